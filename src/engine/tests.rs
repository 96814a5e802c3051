//! Runs of small mods on a database that answers from a table of texts.

use super::filter::Filter;
use super::params::{parse_arguments, resolve};
use super::plan::Plan;
use super::run::{RunOptions, dry_run, run};
use crate::hcl::{LoadOptions, ModSource, load};
use crate::inventory::backend::{Backend, Cancel, Connection, Limits, QueryError};
use crate::model::pgtype::PgType;
use crate::model::resource::{Args, Mod, Param};
use crate::model::run::{Group, Node, Provenance, Run};
use crate::model::source::{SourceFile, Span, SqlText};
use crate::model::status::{RunStatus, Severity, Status};
use crate::model::value::{Arg, Column, ResultSet, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn module(text: &str) -> Arc<Mod> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mod.pp"), format!("mod \"m\" {{}}\n{text}")).unwrap();
    load(&ModSource::Folder(folder.path().to_owned()), &LoadOptions::default()).unwrap().module
}

/// Answers a query by its text: a list of `status:reason` pairs, or what one word says.
#[derive(Default)]
struct Fake {
    queries: AtomicUsize,
    cancel: Cancel,
}

struct FakeConnection<'f>(&'f Fake);

impl Backend for &'static Fake {
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError> {
        Ok(Box::new(FakeConnection(self)))
    }

    fn tables_of(&self, _: &SqlText) -> Vec<String> {
        vec!["t".to_owned()]
    }

    fn name(&self) -> String {
        "fake".to_owned()
    }
}

impl Connection for FakeConnection<'_> {
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
        self.0.queries.fetch_add(1, Ordering::SeqCst);
        let mut names = vec!["status", "resource", "reason", "region"];
        match sql.text.as_str() {
            "fail" => return Err(QueryError::Execution("division by zero".to_owned())),
            "panic" => panic!("a fault of ours"),
            "slow" => {
                while !limits.is_over() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return Err(QueryError::TimedOut);
            }
            "cancel" => self.0.cancel.cancel(),
            "without" => names = vec!["status"],
            _ => {}
        }
        let row = |word: &str| {
            let (status, reason) = word.split_once(':').unwrap_or((word, ""));
            let args: Vec<String> = args.iter().map(|a| format!("{a:?}")).collect();
            let reason = if args.is_empty() { reason.to_owned() } else { args.join(" ") };
            [status, "r", &reason, "eu"][..names.len()].iter().map(|t| Value::Text((*t).to_owned())).collect()
        };
        let text = if sql.text == "cancel" { "ok" } else { &sql.text };
        Ok(ResultSet {
            columns: names.iter().map(|n| Column { name: (*n).to_owned(), pg_type: PgType::Text }).collect(),
            rows: text.split(' ').map(row).collect(),
            ..ResultSet::default()
        })
    }
}

fn fake() -> &'static Fake {
    Box::leak(Box::default())
}

fn options() -> RunOptions {
    RunOptions {
        max_parallel: 4,
        query_timeout: Duration::ZERO,
        run_timeout: Duration::ZERO,
        cancel: Cancel::default(),
        stop: Cancel::default(),
        started: chrono::DateTime::UNIX_EPOCH.fixed_offset(),
        provenance: Provenance::default(),
        without_durations: true,
    }
}

fn benchmark(text: &str, name: &str) -> (Run, &'static Fake) {
    let module = module(text);
    let plan = Plan::benchmark(&module, name, &Filter::default()).unwrap();
    let fake = fake();
    (run(&plan, &fake, &options(), &|_| {}), fake)
}

const TREE: &str = r#"
benchmark "top" { children = [control.a, benchmark.one, benchmark.two] }
benchmark "one" { children = [control.b, control.a] }
benchmark "two" { children = [control.c, control.d] }
control "a" {
  severity = "high"
  sql = "ok alarm:x"
}
control "b" {
  severity = "high"
  sql = "skip"
}
control "c" { sql = "fail" }
control "d" { sql = "ok alarm:x" }
"#;

#[test]
fn a_control_in_two_places_runs_once_and_counts_twice() {
    let (run, fake) = benchmark(TREE, "top");
    // a and d share their text.
    assert_eq!(fake.queries.load(Ordering::SeqCst), 3);
    assert_eq!(run.controls.keys().collect::<Vec<_>>(), ["m.control.a", "m.control.b", "m.control.c", "m.control.d"]);
    let s = run.root.summary;
    assert_eq!((s.ok, s.alarm, s.skip, s.error), (3, 3, 1, 1));
    let high = run.root.severity_summary[&Severity::High];
    assert_eq!((high.ok, high.alarm, high.skip), (2, 2, 1));
    assert_eq!(run.controls["m.control.c"].error, "division by zero");
    assert_eq!(run.controls["m.control.a"].results[0].status, Status::Alarm);
}

#[test]
fn the_result_is_the_same_however_many_threads_run() {
    let module = module(TREE);
    let plan = Plan::benchmark(&module, "top", &Filter::default()).unwrap();
    let with = |n| run(&plan, &fake(), &RunOptions { max_parallel: n, ..options() }, &|_| {});
    assert_eq!(with(1), with(8));
}

#[test]
fn faults_of_a_control_stay_its_own() {
    let cases = [
        ("panic", "internal error: the control panicked; please report it"),
        ("without", "control result is missing required columns: [reason resource]"),
        ("fine:x", "invalid control status 'fine'"),
        ("OK", "invalid control status 'OK'"),
    ];
    for (sql, error) in cases {
        let text = format!(
            "benchmark \"t\" {{ children = [control.a, control.b] }}\ncontrol \"a\" {{ sql = \"{sql}\" }}\ncontrol \"b\" {{ sql = \"ok\" }}"
        );
        let (run, _) = benchmark(&text, "t");
        assert_eq!(run.controls["m.control.a"].error, error);
        assert_eq!(run.controls["m.control.a"].run_status, RunStatus::Error);
        assert_eq!((run.root.summary.error, run.root.summary.ok), (1, 1), "{sql}");
    }
}

#[test]
fn the_time_limit_of_a_run_makes_the_rest_errors() {
    let module = module(
        "benchmark \"t\" { children = [control.a, control.b] }\ncontrol \"a\" { sql = \"slow\" }\ncontrol \"b\" { sql = \"ok\" }",
    );
    let plan = Plan::benchmark(&module, "t", &Filter::default()).unwrap();
    let limited = RunOptions { max_parallel: 1, run_timeout: Duration::from_millis(30), ..options() };
    let begun = Instant::now();
    let run = run(&plan, &fake(), &limited, &|_| {});
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(run.controls["m.control.a"].error.starts_with("control execution timed out after running for 0."));
    assert_eq!(run.controls["m.control.b"].error, "execution timed out before control started");
    assert_eq!(run.root.summary.error, 2);
}

#[test]
fn after_a_cancellation_the_rest_is_not_evaluated() {
    let module = module(
        "benchmark \"t\" { children = [control.a, control.b] }\ncontrol \"a\" { sql = \"cancel\" }\ncontrol \"b\" { sql = \"ok\" }",
    );
    let plan = Plan::benchmark(&module, "t", &Filter::default()).unwrap();
    let fake = fake();
    let cancelled = RunOptions { max_parallel: 1, cancel: fake.cancel.clone(), ..options() };
    let run = run(&plan, &fake, &cancelled, &|_| {});
    // What ran when it came is finished.
    assert_eq!(run.controls["m.control.a"].run_status, RunStatus::Complete);
    assert_eq!(run.controls["m.control.b"].run_status, RunStatus::Canceled);
    assert_eq!(run.controls["m.control.b"].error, "execution cancelled");
    assert_eq!((run.root.summary.ok, run.root.summary.error), (1, 1));
}

#[test]
fn a_dry_run_counts_nothing() {
    let module = module(TREE);
    let run = dry_run(&Plan::benchmark(&module, "top", &Filter::default()).unwrap(), &options());
    assert!(run.dry_run && run.root.summary.total() == 0);
    assert!(run.controls.values().all(|c| c.run_status == RunStatus::Complete && c.results.is_empty()));
}

fn shape(group: &Group) -> String {
    let inner = group.children.iter().map(|c| match c {
        Node::Control(name) => name.trim_start_matches("m.control.").to_owned(),
        Node::Group(g) => format!("{}({})", g.id.trim_start_matches("m.benchmark."), shape(g)),
    });
    inner.collect::<Vec<_>>().join(" ")
}

#[test]
fn all_means_what_no_benchmark_holds() {
    let module = module(&format!(
        "{TREE}\ncontrol \"loose\" {{ sql = \"ok\" }}\nbenchmark \"last\" {{ children = [control.a] }}"
    ));
    let plan = Plan::merged(&module, &[], &Filter::default()).unwrap();
    assert_eq!(plan.target, "m.benchmark.root");
    assert_eq!(shape(&plan.root), "top(a one(b a) two(c d)) last(a) loose");
    let two = Plan::merged(&module, &["one".to_owned(), "benchmark.two".to_owned()], &Filter::default()).unwrap();
    assert_eq!(shape(&two.root), "one(b a) two(c d)");
}

#[test]
fn filters_choose_controls_and_drop_empty_benchmarks() {
    let text = r#"
benchmark "top" { children = [benchmark.one, benchmark.two] }
benchmark "one" { children = [control.a] }
benchmark "two" { children = [control.b, control.c] }
control "a" {
  sql  = "ok"
  tags = { level = "1", kind = "x" }
}
control "b" {
  sql      = "ok"
  severity = "high"
  title    = "Fifty% done"
  tags     = { level = "2", kind = "x" }
}
control "c" {
  sql   = "ok"
  width = 10
  args  = { x = 1 }
}
"#;
    let module = module(text);
    let tags: [(&[&str], &str); 6] = [
        (&["level=1"], "top(one(a))"),
        (&["level=1", "level=2"], "top(one(a) two(b))"),
        (&["level!=1"], "top(two(b c))"),
        (&["level=1", "kind=y"], "top()"),
        (&["kind=x", "level!=2"], "top(one(a))"),
        (&["level!=1", "level!=2"], "top(two(c))"),
    ];
    for (flags, wanted) in tags {
        let flags: Vec<String> = flags.iter().map(|f| (*f).to_owned()).collect();
        let filter = Filter::parse(&flags, None).unwrap();
        assert_eq!(shape(&Plan::benchmark(&module, "top", &filter).unwrap().root), wanted, "{flags:?}");
    }
    let conditions = [
        ("severity = 'high'", "top(two(b))"),
        ("severity is null", "top(one(a) two(c))"),
        ("tags->>'level' in ('1', '2') and not tags->>'level' = '2'", "top(one(a))"),
        ("name like '_'", "top(one(a) two(b c))"),
        ("title ilike '%FIFTY\\%%'", "top(two(b))"),
        ("qualified_name = 'm.control.c' or severity = 'high'", "top(two(b c))"),
        // What a control does not have is empty, and not lost.
        ("severity <> 'high'", "top(one(a) two(c))"),
        ("not severity = 'high'", "top(one(a) two(c))"),
        ("tags->>'level' = ''", "top(two(c))"),
        ("tags->>'level' is null", "top(two(c))"),
        ("severity not in ('high')", "top(one(a) two(c))"),
        ("title not like 'F%'", "top(one(a) two(c))"),
        ("name = 'control.b' or name = 'm.control.c'", "top(two(b c))"),
        ("name != 'b'", "top(one(a) two(c))"),
        ("width > 9", "top(two(c))"),
        ("args = '{\"x\":1}'", "top(two(c))"),
        ("params is null and database is null and type is null and query is null", "top(one(a) two(b c))"),
        ("tags->>'level' >= '2'", "top(two(b))"),
    ];
    for (condition, wanted) in conditions {
        let filter = Filter::parse(&[], Some(condition)).unwrap();
        assert_eq!(shape(&Plan::benchmark(&module, "top", &filter).unwrap().root), wanted, "{condition}");
    }
    for (condition, part) in [
        ("severty = 'x'", "did you mean severity?"),
        ("severity =", "--where"),
        ("upper(title) = 'X'", "not supported"),
        ("'a' = 'a'; drop", "--where"),
        ("title", "not a condition"),
    ] {
        let error = Filter::parse(&[], Some(condition)).unwrap_err();
        assert!(error.contains(part), "{condition}: {error}");
    }
    assert!(Filter::parse(&["level".to_owned()], None).unwrap_err().contains("key=value"));
}

#[test]
fn names_lead_to_resources_or_to_a_suggestion() {
    let module = module(TREE);
    for name in ["a", "control.a", "m.control.a"] {
        assert_eq!(Plan::control(&module, name, &[]).unwrap().target, "m.control.a");
    }
    let error = |name: &str| Plan::control(&module, name, &[]).unwrap_err().to_string();
    let folder = module.root.display();
    assert_eq!(error("aa"), format!("'control.aa' not found in mod.m ({folder}); did you mean control.a?"));
    assert_eq!(error("m.control.zzzz"), format!("'m.control.zzzz' not found in mod.m ({folder})"));
    assert_eq!(error("benchmark.top"), "target 'benchmark.top' is not of the expected type 'Control'");
    assert!(error("a.b.c.d").contains("not found"));
    assert!(error("a; drop").contains("not found"));
}

fn param(name: &str, default: Option<&str>) -> Param {
    let file = Arc::new(SourceFile { path: "x".into(), display_path: "x".to_owned(), text: String::new() });
    Param {
        name: name.to_owned(),
        description: None,
        default: default.map(|d| Arg::Text(d.to_owned())),
        span: Span { file, range: 0..0 },
    }
}

#[test]
fn arguments_are_merged_parameter_by_parameter() {
    let params = [param("p1", Some("d1")), param("p2", Some("d2")), param("p3", None)];
    let read = |flags: &[&str], call: Option<&str>| {
        let flags: Vec<String> = flags.iter().map(|f| (*f).to_owned()).collect();
        parse_arguments(&flags, call)
    };
    let text = |t: &str| Arg::Text(t.to_owned());
    let own = read(&["p2=own", "p3=own"], None).unwrap();
    let value = |flags: &[&str]| resolve("q", &params, &own, &read(flags, None).unwrap());
    assert_eq!(value(&[]), Ok(vec![text("d1"), text("own"), text("own")]));
    assert_eq!(value(&["p2=a=b"]), Ok(vec![text("d1"), text("a=b"), text("own")]));
    assert_eq!(value(&["one", "two"]), Ok(vec![text("one"), text("two"), text("own")]));
    let missing = resolve("q", &params, &Args::None, &Args::None);
    assert_eq!(missing, Err("failed to resolve args for q: p3".to_owned()));
    assert!(value(&["p4=x"]).unwrap_err().contains("it has no param \"p4\"; did you mean"));
    assert!(value(&["1", "2", "3", "4"]).unwrap_err().contains("4 args were given, it has 3 params"));
    assert_eq!(read(&["x", "p1=y"], None), Err("cannot mix positional and named args".to_owned()));
    assert!(read(&["x"], Some("1")).unwrap_err().contains("both command line args"));
    assert_eq!(
        read(&[], Some("\"a,b\", 2, [1, \"x\"]")),
        Ok(Args::Positional(vec![text("a,b"), Arg::Int(2), Arg::List(vec![Arg::Int(1), text("x")]),]))
    );
    assert!(read(&[], Some("p1 => word")).unwrap_err().starts_with("bad arg syntax"));
    // Values are what HCL makes of them.
    assert_eq!(
        read(&[], Some("\"a => b\", {k = \"v\"}, upper(\"x,y\"), null")),
        Ok(Args::Positional(vec![text("a => b"), Arg::Object("{\"k\":\"v\"}".to_owned()), text("X,Y"), Arg::Null]))
    );
    assert!(read(&[], Some("p1 => 1, p1 => 2")).unwrap_err().contains("given twice"));
}
