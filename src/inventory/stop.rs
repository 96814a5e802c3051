//! Stops a query in another thread when its time is over or the user asks for it.

use super::backend::{Limits, QueryError};
use super::sqlite::guard::check;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the limits are looked at.
const PERIOD: Duration = Duration::from_millis(20);

/// Runs a query; `stop` is called once, in another thread, when a limit is reached while it runs.
///
/// # Errors
///
/// Those of the query; a limit that was reached takes their place.
pub(super) fn watched<T>(
    limits: &Limits,
    stop: impl FnOnce() + Send,
    query: impl FnOnce() -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    check(limits)?;
    let (done, watch) = channel::<()>();
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            while watch.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                if check(limits).is_err() {
                    stop();
                    return;
                }
            }
        });
        let result = query();
        drop(done);
        result
    });
    result.map_err(|error| check(limits).err().unwrap_or(error))
}

/// Refuses what is no query before it is sent.
///
/// # Errors
///
/// The first word is none that a query begins with.
pub(super) fn only_queries(text: &str) -> Result<(), QueryError> {
    const FIRST: [&str; 10] =
        ["select", "with", "from", "values", "table", "show", "describe", "desc", "explain", "summarize"];
    let word = first_word(text);
    if FIRST.contains(&word.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(QueryError::Execution("only queries are allowed; the database is opened read-only".to_owned()))
}

/// Returns the first word behind blanks, comments and parentheses.
fn first_word(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        let behind = if rest.starts_with("--") {
            rest.split_once('\n').map(|(_, behind)| behind)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map(|(_, behind)| behind)
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            return rest.get(..end).unwrap_or_default();
        };
        rest = behind.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::backend::Cancel;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn what_is_no_query_is_refused() {
        for text in ["select 1", "-- a\n /* b */ ((SELECT 1))", "with a as (select 1) select * from a", "show tables"] {
            assert_eq!(only_queries(text), Ok(()), "{text}");
        }
        for text in ["", "delete from t", "/* select */ drop table t", "copy t to 'f'", "set x = 1", "-- select"] {
            assert!(only_queries(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_query_is_stopped() {
        let stopped = AtomicBool::new(false);
        let limits = Limits::new(Duration::from_millis(50), Cancel::default());
        let result: Result<(), _> = watched(
            &limits,
            || stopped.store(true, Ordering::SeqCst),
            || {
                while !stopped.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(QueryError::Execution("interrupted".to_owned()))
            },
        );
        assert_eq!(result, Err(QueryError::TimedOut));
        assert_eq!(watched(&Limits::default(), || (), || Ok(1)), Ok(1));
    }
}
