//! The HTML report: one file that asks the network for nothing.
//!
//! The first screen, the section tree, every control and the failing rows (up to a limit) are static HTML, readable
//! and printable without script. All rows are also in one compressed block, which the page's script reads when a
//! filter or a link needs it. A strict Content-Security-Policy allows exactly the style and the script of this file,
//! by their hashes; all data goes through the template engine's escaping.
//!
//! * [`view`]: what the template shows, made from a [`Run`]: the first screen ([`overview`]), the [`tree`] of sections,
//!   what the form offers ([`filters`]), sections and controls ([`blocks`]), where the data came from ([`sources`]).
//! * [`baseline`]: what an earlier run says of this one's results.
//! * [`rows`]: the compressed block, and the digests that make links to results stable.
//! * [`markdown`]: documentation as HTML that cannot do harm.

mod baseline;
mod blocks;
mod counts;
mod filters;
mod markdown;
mod overview;
mod rows;
mod sources;
mod tree;
mod view;

use crate::model::run::Run;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use sha2::{Digest as _, Sha256};
use std::io;

pub use baseline::Baseline;

const TEMPLATE: &str = include_str!("../../../templates/report/report.html");
const CSS: &str = include_str!("../../../templates/report/report.css");
const JS: &str = include_str!("../../../templates/report/report.js");

/// Writes the report of a run.
///
/// `baseline` marks what is new since an earlier run.
pub fn write(run: &Run, baseline: Option<&Baseline>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(io::Error::other)?);
    environment.add_template("report", TEMPLATE).map_err(io::Error::other)?;
    let view = view::View::new(run, baseline);
    let data = BASE64.encode(rows::compressed(run, baseline)?);
    let page = context! {
        csp => policy(),
        css => Value::from_safe_string(CSS.to_owned()),
        js => Value::from_safe_string(JS.to_owned()),
        data => Value::from_safe_string(data),
        ..Value::from(Serde(&view))
    };
    let template = environment.get_template("report").map_err(io::Error::other)?;
    let text = template.render(page).map_err(io::Error::other)?;
    // A browser would read a bare carriage return as a line feed; only values can have one.
    let text = if text.contains('\r') { text.replace('\r', "&#13;") } else { text };
    out.write_all(text.as_bytes())
}

/// Returns the Content-Security-Policy: nothing from anywhere but this file's own style and script.
fn policy() -> String {
    let hash = |text: &str| BASE64.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(CSS),
        hash(JS)
    )
}
