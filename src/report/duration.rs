//! Durations as Powerpipe prints them.

use std::time::Duration;

/// Go's way of writing a duration, to the millisecond.
pub fn duration(d: Duration) -> String {
    let seconds = |ms: u128| {
        let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let ms = d.as_millis();
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    match ms {
        0 => "0s".to_owned(),
        1..1_000 => format!("{ms}ms"),
        1_000..60_000 => format!("{}s", seconds(ms)),
        60_000..3_600_000 => format!("{minutes}m{}s", seconds(ms % 60_000)),
        _ => format!("{hours}h{minutes}m{}s", seconds(ms % 60_000)),
    }
}
