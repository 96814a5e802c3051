//! Runs to make reports of, and the reports as files.

use chrono::{DateTime, Utc};
use ironpipe::model::run::{
    Account, Completeness, ControlRun, DimensionColumn, Group, Node, Provenance, ROOT_GROUP_ID, ResultRow, Run,
    TableState,
};
use ironpipe::model::status::{RunStatus, Severity, Status, StatusSummary};
use ironpipe::report::html::{self, Baseline};
use std::path::PathBuf;

/// A report in a folder of its own, removed when dropped.
pub struct Report {
    _folder: tempfile::TempDir,
    pub file: PathBuf,
    pub size: usize,
}

/// Writes the report of a run.
pub fn report(run: &Run, baseline: Option<&Baseline>) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let mut text = Vec::new();
    html::write(run, baseline, &mut text).unwrap();
    std::fs::write(&file, &text).unwrap();
    Report { _folder: folder, file, size: text.len() }
}

/// Runs the bundled benchmark on the sample account with the real program; returns its HTML and its JSON.
pub fn benchmark() -> (Report, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let json = folder.path().join("report.json");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ironpipe"))
        .current_dir(folder.path())
        .args(["benchmark", "run", "cis_v200_1", "--offline", "--output", "none"])
        .args(["--as-of", "2026-11-24T12:00:00Z", "--inventory"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sample_account/production"))
        .arg("--export")
        .arg(&file)
        .arg("--export")
        .arg(&json)
        .output()
        .unwrap();
    // 1: there are alarms.
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let size = std::fs::metadata(&file).unwrap().len() as usize;
    let json = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    (Report { _folder: folder, file, size }, json)
}

pub fn row(status: Status, reason: &str, resource: &str, dimensions: &[&str]) -> ResultRow {
    ResultRow {
        status,
        reason: reason.to_owned(),
        resource: resource.to_owned(),
        dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(),
    }
}

/// A control that ran to its end. Rows must come in the order of their statuses.
pub fn control(name: &str, title: &str, severity: &str, dimensions: &[&str], results: Vec<ResultRow>) -> ControlRun {
    let mut summary = StatusSummary::default();
    for row in &results {
        summary.add(row.status);
    }
    ControlRun {
        name: format!("sample.control.{name}"),
        control_id: format!("control.{name}"),
        short_name: name.to_owned(),
        title: title.to_owned(),
        severity: severity.to_owned(),
        run_status: RunStatus::Complete,
        summary,
        dimension_columns: dimensions
            .iter()
            .map(|name| DimensionColumn { name: (*name).to_owned(), data_type: "TEXT".to_owned() })
            .collect(),
        query_name: format!("sample.query.{name}"),
        sql: format!("select\n  '{name}' as resource"),
        tables: vec!["aws_iam_user".to_owned()],
        duration_ms: 12.5,
        results,
        ..ControlRun::default()
    }
}

/// A run of one benchmark with a section for each list of controls.
pub fn run(sections: Vec<(&str, Vec<ControlRun>)>) -> Run {
    let mut benchmark =
        Group { id: "sample.benchmark.all".to_owned(), title: "Sample benchmark".to_owned(), ..Group::default() };
    let mut run = Run {
        target: "sample.benchmark.all".to_owned(),
        root: Group::default(),
        controls: indexmap::IndexMap::default(),
        started: "2026-03-04T05:06:07+00:00".parse().unwrap(),
        finished: "2026-03-04T05:06:09+00:00".parse().unwrap(),
        dry_run: false,
        provenance: provenance(),
    };
    for (title, controls) in sections {
        let mut section = Group {
            id: format!("sample.benchmark.{}", title.to_lowercase().replace(' ', "_")),
            title: title.to_owned(),
            ..Group::default()
        };
        for control in controls {
            add(&mut section, &control);
            add(&mut benchmark, &control);
            section.children.push(Node::Control(control.name.clone()));
            run.controls.entry(control.name.clone()).or_insert(control);
        }
        benchmark.children.push(Node::Group(section));
    }
    run.root = Group {
        id: ROOT_GROUP_ID.to_owned(),
        title: benchmark.title.clone(),
        summary: benchmark.summary,
        severity_summary: benchmark.severity_summary.clone(),
        children: vec![Node::Group(benchmark)],
        ..Group::default()
    };
    run
}

fn add(group: &mut Group, control: &ControlRun) {
    group.summary += control.summary;
    if let Some(severity) = Severity::parse(&control.severity) {
        *group.severity_summary.entry(severity).or_default() += control.summary;
    }
}

fn provenance() -> Provenance {
    let collected: DateTime<Utc> = "2026-03-01T05:06:07Z".parse().unwrap();
    let table = |table: &str, completeness, reason: &str| TableState {
        table: table.to_owned(),
        account_id: "111122223333".to_owned(),
        completeness,
        collected_at: Some(collected),
        source: "iam:ListUsers".to_owned(),
        reason: reason.to_owned(),
    };
    Provenance {
        tool_version: "0.1.0".to_owned(),
        mod_name: "sample".to_owned(),
        mod_title: "Sample mod".to_owned(),
        mod_version: "1.2.3".to_owned(),
        database: "inventory".to_owned(),
        accounts: ["111122223333", "444455556666"]
            .map(|id| Account { id: id.to_owned(), alias: String::new() })
            .to_vec(),
        tables: vec![
            table("aws_iam_user", Completeness::Complete, ""),
            table("aws_iam_role", Completeness::Denied, "iam:ListRoles is not allowed"),
            table("aws_iam_group", Completeness::Denied, "iam:ListGroups is not allowed"),
        ],
        ..Provenance::default()
    }
}

/// All five statuses, an error, two accounts, a control in two sections, one without rows, and one with 600 rows.
pub fn sample() -> Run {
    let dims = ["account_id", "region"];
    let keys = control(
        "keys",
        "1.1 Keys are young",
        "high",
        &dims,
        vec![
            row(
                Status::Error,
                "The key's age is not known.",
                "arn:aws:iam::111122223333:user/eve",
                &["111122223333", "global"],
            ),
            row(
                Status::Alarm,
                "Key of bob is 400 days old.",
                "arn:aws:iam::111122223333:user/bob",
                &["111122223333", "global"],
            ),
            row(
                Status::Alarm,
                "Key of mia is 200 days old.",
                "arn:aws:iam::444455556666:user/mia",
                &["444455556666", "global"],
            ),
            row(
                Status::Info,
                "Key of tim is 80 days old.",
                "arn:aws:iam::444455556666:user/tim",
                &["444455556666", "global"],
            ),
            row(
                Status::Ok,
                "Key of ann is 3 days old.",
                "arn:aws:iam::111122223333:user/ann",
                &["111122223333", "global"],
            ),
            row(Status::Skip, "Pat has no key.", "arn:aws:iam::111122223333:user/pat", &["111122223333", "global"]),
        ],
    );
    let mut denied = control("roles", "1.2 Roles are bound", "critical", &dims, Vec::new());
    denied.run_status = RunStatus::Error;
    denied.error = "aws_iam_role was not collected: iam:ListRoles is not allowed".to_owned();
    denied.summary.error = 1;
    denied.tables = vec!["aws_iam_role".to_owned()];
    let empty = control("nothing", "2.1 Nothing to judge", "low", &dims, Vec::new());
    let mut many =
        vec![row(Status::Alarm, "Bucket 0 is public.", "arn:aws:s3:::bucket-0", &["444455556666", "eu-west-1"])];
    many.extend((1..600).map(|i| {
        let region = if i % 2 == 0 { "eu-west-1" } else { "us-east-1" };
        row(
            Status::Ok,
            &format!("Bucket {i} is private."),
            &format!("arn:aws:s3:::bucket-{i}"),
            &["111122223333", region],
        )
    }));
    let mut buckets = control("buckets", "2.2 Buckets are private", "medium", &dims, many);
    "Public buckets leak.".clone_into(&mut buckets.description);
    buckets.documentation = "## Description\n\nA bucket can be public.\n\n## Remediation\n\n1. Block access:\n\n```\n\
        aws s3api put-public-access-block --bucket NAME\n```\n\nSee [the guide](https://docs.aws.amazon.com/).\n"
        .to_owned();
    run(vec![("1 Identity", vec![keys.clone(), denied]), ("2 Storage", vec![empty, buckets, keys])])
}
