//! `mod check`.

use super::args::{CheckOutput, FailOn, ModCheck};
use super::context::Context;
use super::exit::{Code, Failure};
use super::workspace;
use crate::hcl::{LoadOptions, load};
use crate::lint::{self, Report};
use crate::model::diagnostic::{Level, nearest};

/// `mod check`.
pub fn run(cx: &Context<'_>, args: &ModCheck) -> Result<Code, Failure> {
    if args.rules {
        cx.ui.data(lint::rules_text().as_bytes())?;
        return Ok(Code::Ok);
    }
    if let Some(unknown) = args.allow.iter().find(|a| lint::rule(a).is_none()) {
        let failure = Failure::new(Code::Unknown, format!("--allow {unknown}: there is no such rule"));
        return Err(match nearest(unknown, lint::RULES.iter().map(|r| r.name)) {
            Some(near) => failure.help(format!("did you mean {near}?")),
            None => failure.help("ironpipe mod check --rules lists them"),
        });
    }
    let options = LoadOptions {
        allow_missing_variables: true,
        allow_missing_documentation: true,
        references: true,
        ..workspace::options(cx, &args.variables)
    };
    let (report, is_loaded) = match load(&workspace::source(cx)?, &options) {
        Ok(loaded) => (lint::check(&loaded.module, crate::inventory::schema(), loaded.warnings, &args.allow), true),
        Err(errors) => (Report::of_diagnostics(errors), false),
    };
    let text = match args.output {
        CheckOutput::Json => pretty(&lint::json(&report)),
        CheckOutput::Sarif => pretty(&lint::sarif(&report)),
        CheckOutput::Text => {
            let drawn = report.findings.iter().map(|f| cx.ui.finding(&f.diagnostic) + "\n\n");
            drawn.collect::<String>() + &summary(&report, is_loaded)
        }
    };
    cx.ui.data(text.as_bytes())?;
    if !is_loaded {
        return Ok(Code::Initialization);
    }
    let counts = |level| report.count(level) > 0;
    let failed = match args.fail_on {
        FailOn::Error => counts(Level::Error),
        FailOn::Warning => counts(Level::Error) || counts(Level::Warning),
        FailOn::Note => !report.findings.is_empty(),
        FailOn::Never => false,
    };
    Ok(if failed { Code::Alarm } else { Code::Ok })
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn summary(report: &Report, is_loaded: bool) -> String {
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    let found = [
        count(report.count(Level::Error), "error"),
        count(report.count(Level::Warning), "warning"),
        count(report.count(Level::Note), "note"),
    ];
    if !is_loaded {
        return format!("The mod cannot be loaded: {}.\n", found.join(", "));
    }
    let mut text = format!(
        "{} checked",
        if report.checked == 1 { "1 query".to_owned() } else { format!("{} queries", report.checked) }
    );
    if report.unchecked > 0 {
        text += &format!(", {} for syntax only", report.unchecked);
    }
    text += &format!(": {}", found.join(", "));
    if report.silenced > 0 {
        text += &format!(" ({} silenced)", report.silenced);
    }
    text + ".\n"
}
