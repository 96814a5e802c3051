//! The sample run in every format: looked at once, and kept.

use crate::runs::{sample_run, text_of};
use ironpipe::report::Format;
use ironpipe::snapshot;

/// Keeps what a format writes; the version of the tool and the way numbers are spelt are part of it.
fn kept(name: &str, format: Format) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text_of(&sample_run(), format, 100));
    });
}

#[test]
fn text() {
    kept("text", Format::Text);
}

#[test]
fn csv() {
    kept("csv", Format::Csv);
}

#[test]
fn json() {
    kept("json", Format::Json);
}

#[test]
fn md() {
    kept("md", Format::Md);
}

#[test]
fn snapshot_file() {
    kept("snapshot", Format::Snapshot);
}

#[test]
fn nunit3() {
    kept("nunit3", Format::Nunit3);
}

#[test]
fn junit() {
    kept("junit", Format::Junit);
}

#[test]
fn sarif() {
    kept("sarif", Format::Sarif);
}

#[test]
fn ocsf() {
    kept("ocsf", Format::Ocsf);
}

#[test]
fn asff() {
    kept("asff", Format::Asff);
}

#[test]
fn github() {
    kept("github", Format::Github);
}

#[test]
fn a_snapshot_gives_every_format_again() {
    let run = sample_run();
    let file = text_of(&run, Format::Snapshot, 100);
    let again = snapshot::read(file.as_bytes()).unwrap();
    assert_eq!(again, run);
    for name in Format::NAMES {
        let format = Format::parse(name).unwrap();
        assert_eq!(text_of(&again, format, 100), text_of(&run, format, 100), "{name}");
    }
}
