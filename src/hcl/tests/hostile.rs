//! Mods that mean harm, and mods that are broken: an error, never a crash, never long.

use super::{LoadOptions, Loaded, ModSource, bad, load, load_files};
use crate::model::diagnostic::Diagnostic;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};
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

/// A text with a few pieces of the language put in its place.
fn mutated(original: String) -> impl Strategy<Value = String> {
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
    prop::collection::vec(edit, 1..6).prop_map(move |edits| {
        let mut text = original.clone();
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

/// How many cases: what `PROPTEST_CASES` says, for a long run, or a number that a build can wait for.
pub(in crate::hcl) fn cases(few: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { few };
    ProptestConfig { cases, ..config }
}

/// The files of the bundled mod: paths and texts.
pub(in crate::hcl) static BUNDLED: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    fn read(folder: &Path, root: &Path, out: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, root, out);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                out.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("mods/aws_compliance");
    let mut out = Vec::new();
    read(&root, &root, &mut out);
    out.sort();
    out
});

/// One of the bundled mod's sources, damaged: which, and its text.
pub(in crate::hcl) fn mutated_bundled() -> impl Strategy<Value = (usize, String)> {
    let sources: Vec<usize> = (0..BUNDLED.len()).filter(|i| BUNDLED[*i].0.ends_with(".pp")).collect();
    prop::sample::select(sources).prop_flat_map(|i| (Just(i), mutated(BUNDLED[i].1.clone())))
}

/// Checks that loading ended soon, with a mod or with errors that have places inside their files.
fn ended_well(begun: Instant, result: &Result<Loaded, Vec<Diagnostic>>) -> Result<(), TestCaseError> {
    prop_assert!(begun.elapsed() < Duration::from_secs(20));
    let Err(errors) = result else { return Ok(()) };
    prop_assert!(!errors.is_empty());
    for error in errors {
        prop_assert!(!error.message.starts_with("internal"), "{}", error.message);
        for label in &error.labels {
            let (range, text) = (label.span.range.clone(), &label.span.file.text);
            prop_assert!(range.end <= text.len().max(1));
            prop_assert!(text.get(range.clone()).is_some() || range == (0..1));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn mutated_mods_never_crash(text in mutated(SAMPLE.to_owned())) {
        let begun = Instant::now();
        let result = load_files(&[("a.pp", &text)], &LoadOptions { references: true, ..LoadOptions::default() });
        ended_well(begun, &result)?;
    }
}

proptest! {
    #![proptest_config(cases(40))]

    /// Loading, and checking the SQL of what loads.
    #[test]
    fn mutations_of_the_bundled_mod_never_crash((file, text) in mutated_bundled()) {
        let mut files = BUNDLED.clone();
        files[file].1 = text;
        let begun = Instant::now();
        let options = LoadOptions { references: true, allow_missing_documentation: true, ..LoadOptions::default() };
        let result = load(&ModSource::Memory(Arc::new(files)), &options);
        ended_well(begun, &result)?;
        if let Ok(loaded) = result {
            let report = crate::lint::check(&loaded.module, crate::inventory::schema(), loaded.warnings, &[]);
            prop_assert!(begun.elapsed() < Duration::from_secs(60));
            for label in report.findings.iter().flat_map(|f| &f.diagnostic.labels) {
                prop_assert!(label.span.file.text.get(label.span.range.clone()).is_some(), "{label:?}");
            }
        }
    }
}
