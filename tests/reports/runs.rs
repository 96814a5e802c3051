//! Runs made by hand.

use chrono::DateTime;
use indexmap::IndexMap;
use ironpipe::model::run::{
    Account, Completeness, ControlRun, DimensionColumn, Group, Node, Provenance, ROOT_GROUP_ID, ResultRow, Run,
    TableState,
};
use ironpipe::model::status::{RunStatus, Status};
use ironpipe::report::{Format, RenderOptions, render};

/// A control of the mod `demo` with rows of status, reason, resource and dimension values.
pub fn control(
    name: &str,
    title: &str,
    severity: &str,
    dimensions: &[&str],
    rows: &[(Status, &str, &str, &[&str])],
) -> ControlRun {
    let mut control = ControlRun {
        name: format!("demo.control.{name}"),
        control_id: format!("control.{name}"),
        short_name: name.to_owned(),
        title: title.to_owned(),
        severity: severity.to_owned(),
        run_status: RunStatus::Complete,
        dimension_columns: dimensions
            .iter()
            .map(|d| DimensionColumn { name: (*d).to_owned(), data_type: "TEXT".to_owned() })
            .collect(),
        file: "demo/keys & more.pp".to_owned(),
        line: 7,
        sql: "select 1 as resource".to_owned(),
        ..ControlRun::default()
    };
    for (status, reason, resource, values) in rows {
        control.summary.add(*status);
        control.results.push(ResultRow {
            status: *status,
            reason: (*reason).to_owned(),
            resource: (*resource).to_owned(),
            dimensions: values.iter().map(|v| (*v).to_owned()).collect(),
        });
    }
    control.results.sort_by_key(|row| row.status);
    control
}

/// A control that failed as a whole.
pub fn failed(name: &str, title: &str, error: &str) -> ControlRun {
    let mut control = control(name, title, "", &[], &[]);
    control.error = error.to_owned();
    control.run_status = RunStatus::Error;
    control.summary.add(Status::Error);
    control
}

/// A benchmark of the mod `demo`.
pub fn group(name: &str, title: &str, children: Vec<Node>) -> Node {
    let id = format!("demo.benchmark.{name}");
    Node::Group(Group { id, title: title.to_owned(), children, ..Group::default() })
}

/// A control as a child.
pub fn leaf(name: &str) -> Node {
    Node::Control(format!("demo.control.{name}"))
}

/// Puts a run together and counts it.
pub fn run(title: &str, children: Vec<Node>, controls: Vec<ControlRun>) -> Run {
    let controls: IndexMap<String, ControlRun> = controls.into_iter().map(|c| (c.name.clone(), c)).collect();
    let mut root = Group { id: ROOT_GROUP_ID.to_owned(), title: title.to_owned(), children, ..Group::default() };
    root.summarise(&controls);
    let started = DateTime::parse_from_rfc3339("2026-03-31T12:00:00+02:00").unwrap();
    Run {
        target: "demo.benchmark.top".to_owned(),
        root,
        controls,
        started,
        finished: started + chrono::Duration::milliseconds(1_500),
        dry_run: false,
        provenance: Provenance {
            tool_version: "1.2.3".to_owned(),
            mod_name: "demo".to_owned(),
            mod_title: "Demo".to_owned(),
            database: "inventory".to_owned(),
            clock: Some(started.to_utc()),
            ..Provenance::default()
        },
    }
}

/// The example of the layout's description: two sections, a failed control, an empty one.
pub fn layout_example() -> Run {
    let mfa = control(
        "mfa",
        "1.13 Ensure MFA is enabled for all users",
        "high",
        &["account_id"],
        &[
            (Status::Alarm, "bob MFA device not configured.", "arn:bob", &["111111111111"]),
            (Status::Ok, "alice MFA device configured.", "arn:alice", &["111111111111"]),
        ],
    );
    let keys = failed("keys", "1.14 Ensure access keys are rotated", "no such column: key_age");
    let empty = control("empty", "2.1 Empty control", "", &[], &[]);
    let sections =
        vec![group("s1", "1 Identity", vec![leaf("mfa"), leaf("keys")]), group("s2", "2 Storage", vec![leaf("empty")])];
    run("CIS demo", vec![group("top", "CIS demo", sections)], vec![mfa, keys, empty])
}

/// All statuses, an error, hostile names, two accounts, a control in two benchmarks, an empty control.
pub fn sample_run() -> Run {
    let mut keys = control(
        "keys",
        "Keys are rotated",
        "critical",
        &["account_id", "region"],
        &[
            (Status::Ok, "ann has a key of 3 days.", "arn:aws:iam::111122223333:user/ann", &["111122223333", "global"]),
            (
                Status::Alarm,
                "bob has a key of 400 days.",
                "arn:aws:iam::444455556666:user/bob",
                &["444455556666", "global"],
            ),
            (
                Status::Alarm,
                "<script>alert(1)</script> & \"co\" has a key, of 95 days.",
                "arn:aws:iam::444455556666:user/</script>",
                &["444455556666", "eu-central-1"],
            ),
            (Status::Skip, "eve has no key.", "arn:aws:iam::111122223333:user/eve", &["111122223333", "global"]),
            (
                Status::Info,
                "tom | has `ticks` and *stars*.",
                "arn:aws:iam::111122223333:user/tom",
                &["111122223333", "global"],
            ),
            (Status::Error, "dan could not be read.", "arn:aws:iam::111122223333:user/dan", &["111122223333", ""]),
        ],
    );
    keys.description = "Old keys leak.".to_owned();
    keys.documentation = "## Remediation\n\nRotate <them>.\n".to_owned();
    keys.tags = [("cis_item_id", "1.14"), ("service", "AWS/IAM")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    keys.tables = vec!["aws_iam_access_key".to_owned()];
    let mfa = control(
        "mfa",
        "Users have MFA",
        "medium",
        &["account_id"],
        &[(Status::Ok, "ann has MFA.", "arn:aws:iam::111122223333:user/ann", &["111122223333"])],
    );
    let denied = failed(
        "denied",
        "Analyzers are on",
        "table aws_accessanalyzer_analyzer: the permission is missing\n(second line)",
    );
    let empty = control("empty", "Nothing to look at", "low", &[], &[]);
    let sections = vec![
        group("first", "First", vec![leaf("keys"), leaf("mfa"), leaf("denied")]),
        group("second", "Second", vec![leaf("mfa"), leaf("empty")]),
    ];
    let mut run = run("Sample", vec![group("top", "Sample", sections)], vec![keys, mfa, denied, empty]);
    run.provenance.accounts = [("111122223333", "prod"), ("444455556666", "")]
        .map(|(id, alias)| Account { id: id.to_owned(), alias: alias.to_owned() })
        .into();
    run.provenance.tables = vec![TableState {
        table: "aws_accessanalyzer_analyzer".to_owned(),
        account_id: "111122223333".to_owned(),
        completeness: Completeness::Denied,
        collected_at: run.provenance.clock,
        source: "access-analyzer:ListAnalyzers".to_owned(),
        reason: "AccessDenied".to_owned(),
    }];
    run
}

/// Renders at a width.
pub fn text_of(run: &Run, format: Format, width: usize) -> String {
    let mut out = Vec::new();
    render(run, format, &RenderOptions { width, ..RenderOptions::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
