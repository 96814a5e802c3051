//! Mods that mean harm, and mods that are broken: an error, never a crash, never long.

use super::{LoadOptions, bad, load_files};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Loads a mod, which must fail with a limit, soon.
fn limited(text: &str) {
    let start = Instant::now();
    let found = bad(text);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(found.contains("[limit]") || found.contains("[syntax]"), "{found}");
}

#[test]
fn deep_nesting() {
    for (open, close) in
        [("[", "]"), ("(", ")"), ("{a = ", "}"), ("\"${", "}\""), ("lower(", ")"), ("!", ""), ("-", "")]
    {
        for depth in [60, 5_000] {
            let text = format!("locals {{\n  a = {}1{}\n}}\n", open.repeat(depth), close.repeat(depth));
            let _ = load_files(&[("a.pp", &text)], &LoadOptions::default());
        }
    }
    let blocks = format!("{}{}", "dashboard \"d\" {\n".repeat(3_000), "}\n".repeat(3_000));
    let _ = load_files(&[("a.pp", &blocks)], &LoadOptions::default());
    let chain: String = (0..5_000).map(|_| " + 1").collect();
    let _ = load_files(&[("a.pp", &format!("locals {{\n  a = 1{chain}\n}}\n"))], &LoadOptions::default());
}

#[test]
fn long_chains_of_locals() {
    let mut text = "locals {\n  a0 = 1\n".to_owned();
    for i in 1..6_000 {
        let _ = writeln!(text, "  a{i} = local.a{}", i - 1);
    }
    // Last to first: the whole chain hangs on the first evaluation.
    let mut backwards = "locals {\n".to_owned();
    for i in 0..6_000 {
        let _ = writeln!(backwards, "  a{i} = local.a{}", i + 1);
    }
    assert!(load_files(&[("a.pp", &format!("{text}}}\n"))], &LoadOptions::default()).is_ok());
    limited(&format!("{backwards}  a6000 = 1\n}}\n"));
}

#[test]
fn bombs() {
    // Text that doubles.
    let mut text = "locals {\n  a0 = \"0123456789\"\n".to_owned();
    for i in 1..60 {
        let _ = writeln!(text, "  a{i} = \"${{local.a{0}}}${{local.a{0}}}\"", i - 1);
    }
    limited(&format!("{text}}}\n"));
    // Lists that double, sharing their parts.
    let mut list = "locals {\n  a0 = [1]\n".to_owned();
    for i in 1..60 {
        let _ = writeln!(list, "  a{i} = [local.a{0}, local.a{0}]", i - 1);
    }
    limited(&format!("{list}}}\n"));
    let mut concat = "locals {\n  a0 = [1]\n".to_owned();
    for i in 1..60 {
        let _ = writeln!(concat, "  a{i} = concat(local.a{0}, local.a{0})", i - 1);
    }
    limited(&format!("{concat}}}\n"));
    // Loops in loops.
    let loops =
        "locals {\n  r = range(1000)\n  a = [for a in local.r : [for b in local.r : [for c in local.r : c]]]\n}\n";
    limited(loops);
    limited(
        "locals {\n  r = range(1000)\n  a = \"%{for a in local.r}%{for b in local.r}%{for c in local.r}x%{endfor}%{endfor}%{endfor}\"\n}\n",
    );
    limited(
        "locals {\n  a = replace(join(\"\", [for i in range(1000) : \"aaaaaaaaaa\"]), \"\", join(\"\", [for i in range(1000) : \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]))\n}\n",
    );
}

#[test]
fn thousands_of_unknown_names() {
    let mut text = String::new();
    for i in 0..1_000 {
        let _ = writeln!(
            text,
            "control \"some_rather_long_name_of_a_control_{i}\" {{\n  query = query.unknown_name_number_{i}\n}}"
        );
        let _ = writeln!(text, "query \"some_rather_long_name_of_a_query_{i}\" {{\n  sql = \"\"\n}}");
    }
    let start = Instant::now();
    assert_eq!(bad(&text).lines().count(), 1_000);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn trees_that_are_too_deep() {
    let mut text = String::new();
    for i in 0..2_000 {
        let _ = writeln!(text, "benchmark \"b{i}\" {{\n  children = [benchmark.b{}]\n}}", i + 1);
    }
    limited(&format!("{text}benchmark \"b2000\" {{}}\n"));
    let mut text = String::new();
    for i in 0..2_000 {
        let _ = writeln!(text, "control \"b{i}\" {{\n  base = control.b{}\n}}", i + 1);
    }
    limited(&format!("{text}control \"b2000\" {{\n  sql = \"\"\n}}\n"));
}

/// A mod with one of everything.
const SAMPLE: &str = include_str!("sample.pp");

#[test]
fn the_sample_is_right() {
    super::good(SAMPLE);
}

fn mutated() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "${",
        "%{",
        "%{ if",
        "~}",
        "<<-EOQ\n",
        "EOQ",
        "\n",
        ",",
        "=",
        ".",
        "*",
        "local.a",
        "var.v",
        "query.q",
        "for x in",
        ":",
        "null",
        "control",
        "\\",
        "\u{feff}",
        "é",
        "\r\n",
        "#",
        "/*",
        "...",
        "<<X\nX\n",
        "$${",
        "-",
        "self.input.x",
        "file(\"",
        "[*]",
        "benchmark \"b\" {\n",
        "\t",
        "\0",
    ]);
    let edit = (0.0..1.0_f64, 0..12_usize, pieces);
    prop::collection::vec(edit, 1..6).prop_map(|edits| {
        let mut text = SAMPLE.to_owned();
        for (place, cut, piece) in edits {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in a short text"
            )]
            let mut at = (text.len() as f64 * place) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut end = (at + cut).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            text.replace_range(at..end, piece);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// `PROPTEST_CASES` sets how many; each must end with a mod or with errors that have places inside their files.
    #[test]
    fn mutated_mods_never_crash(text in mutated()) {
        let start = Instant::now();
        let result = load_files(&[("a.pp", &text)], &LoadOptions { references: true, ..LoadOptions::default() });
        prop_assert!(start.elapsed() < Duration::from_secs(20));
        if let Err(errors) = result {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(!error.message.starts_with("internal"), "{}", error.message);
                for label in error.labels {
                    prop_assert!(label.span.range.end <= label.span.file.text.len().max(1));
                    prop_assert!(label.span.file.text.get(label.span.range.clone()).is_some() || label.span.range == (0..1));
                }
            }
        }
    }
}
