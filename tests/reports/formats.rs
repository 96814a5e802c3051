//! The sample run in every format: looked at once, and kept.

use crate::runs::{control, leaf, run, sample_run, text_of};
use ironpipe::model::status::Status;
use ironpipe::report::Format;
use ironpipe::snapshot;
use serde_json::{Value, json};

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
fn half_a_snapshot_is_refused() {
    let file: Value = serde_json::from_str(&text_of(&sample_run(), Format::Snapshot, 100)).unwrap();
    type Damage = fn(&mut Value);
    let damages: [(Damage, &str); 3] = [
        (|s| drop(s.as_object_mut().unwrap().remove("panels")), "demo.control.keys counts other results"),
        (
            |s| s["ironpipe"]["root"]["children"][0]["group"]["children"] = json!([{ "control": "demo.control.gone" }]),
            "it lacks demo.control.gone",
        ),
        (|s| s["ironpipe"]["root"]["summary"]["alarm"] = json!(0), "root_result_group counts other results"),
    ];
    for (damage, wanted) in damages {
        let mut damaged = file.clone();
        damage(&mut damaged);
        let error = snapshot::read(damaged.to_string().as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("the snapshot is damaged") && error.contains(wanted), "{error}");
    }
}

#[test]
fn findings_of_other_clouds_are_not_called_those_of_aws() {
    let rows: &[(Status, &str, &str, &[&str])] = &[(Status::Alarm, "open", "/subscriptions/1/vm", &["acme"])];
    let mut vm = control("vm", "VMs are closed", "high", &["subscription"], rows);
    vm.tags = [("plugin".to_owned(), "azure".to_owned())].into();
    let plain = control("plain", "Something", "", &[], &[(Status::Ok, "fine", "r", &[])]);
    let run = run("Clouds", vec![leaf("vm"), leaf("plain")], vec![vm, plain]);
    let text = text_of(&run, Format::Ocsf, 100);
    let events: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        (&events[0]["cloud"]["provider"], &events[0]["cloud"]["account"]["uid"]),
        (&json!("Azure"), &json!("acme"))
    );
    assert_eq!((&events[1]["cloud"], &events[1]["metadata"]["profiles"]), (&Value::Null, &Value::Null));
    assert_eq!(text_of(&run, Format::Asff, 100), "[]\n");
}

#[test]
fn what_powerpipe_writes_is_read_as_far_as_it_goes() {
    let run = sample_run();
    let mut file: Value = serde_json::from_str(&text_of(&run, Format::Snapshot, 100)).unwrap();
    file.as_object_mut().unwrap().remove("ironpipe");
    // It counts the error of a control that failed in some places only; the rows are what counts.
    file["panels"]["demo.benchmark.top"]["summary"]["status"]["error"] = json!(0);
    let read = |file: &Value| snapshot::read(file.to_string().as_bytes());
    let foreign = read(&file).unwrap();
    for format in [Format::Text, Format::Csv, Format::Md, Format::Nunit3] {
        let wanted = text_of(&run, format, 100).replace(&run.provenance.tool_version, env!("CARGO_PKG_VERSION"));
        assert_eq!(text_of(&foreign, format, 100), wanted, "{format:?}");
    }
    let ids: Vec<&str> = foreign.provenance.accounts.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["111122223333", "444455556666"]);
    assert!(text_of(&foreign, Format::Html, 100).contains("a snapshot of Powerpipe"));

    type Change = (fn(&mut Value), &'static str);
    let changes: [Change; 4] = [
        (|f| f["panels"]["demo.benchmark.top"]["panel_type"] = json!("dashboard"), "is of a dashboard"),
        (|f| f["panels"]["demo.benchmark.top"]["benchmark_type"] = json!("detection"), "is of detections"),
        (|f| f["panels"]["demo.control.mfa"]["data"]["rows"][0]["status"] = json!("fine"), "the status \"fine\""),
        (|f| drop(f["panels"].as_object_mut().unwrap().remove("demo.control.mfa")), "of which there is no panel"),
    ];
    for (change, wanted) in changes {
        let mut changed = file.clone();
        change(&mut changed);
        let error = read(&changed).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    // A control that was still running, or never ran, has no verdict, whatever rows there are.
    for (key, value) in [("status", json!("running")), ("error", json!("denied")), ("data", Value::Null)] {
        let mut unfinished = file.clone();
        unfinished["panels"]["demo.control.mfa"][key] = value;
        let control = read(&unfinished).unwrap().controls["demo.control.mfa"].clone();
        assert_eq!((control.summary.error, control.summary.total()), (1, 1), "{key}");
    }
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
