//! Mods of other people, whole: every query of the mods in the folders that `IRONPIPE_MODS` lists (separated by
//! colons) runs here and on a PostgreSQL server of the test's own, over the rows in the folder `IRONPIPE_ROWS`
//! (`<table>.jsonl`). Both must give the same rows. A folder without a mod is taken for pages of documentation, whose
//! statements run. `IRONPIPE_MODS_REPORT` names a file for what differs. The clock is the one that the folder's
//! `_schema.json` states.
//!
//! `IRONPIPE_SEEDS` lists numbers (separated by commas): for each the rows are changed at random, tables without rows get
//! some, and the clock is set elsewhere.
//!
//! Nothing of such mods is in this repository; without the first two variables there is nothing to do.

use crate::both::{Answer, CLOCK, NOW, ours, theirs};
use crate::fuzz::Random;
use crate::mutants;
use crate::postgres::Postgres;
use chrono::{DateTime, Utc};
use ironpipe::hcl::{LoadOptions, ModSource, load};
use ironpipe::inventory::backend::Backend as _;
use ironpipe::inventory::{self, Inventory, InventoryBackend};
use ironpipe::model::pgtype::PgType;
use ironpipe::model::source::SqlText;
use ironpipe::model::value::Arg;
use ironpipe::sql::schema::Schema as _;
use ironpipe::sql::{Statement, translate};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// How many of the queries that PostgreSQL answers must give its rows.
const LEAST: f64 = 0.995;

struct Query {
    name: String,
    sql: SqlText,
}

/// The statements in a folder of documentation: what its pages fence as PostgreSQL's.
fn documented(folder: &Path) -> Vec<Query> {
    let fence = regex::Regex::new(r"(?ms)^```sql(?:\+p\w*)?[ \t]*\n(.*?)^```").unwrap();
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    pages.sort();
    let mut found = Vec::new();
    for page in pages.iter().filter(|p| p.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        let name = page.file_stem().unwrap_or_default().to_string_lossy();
        for (i, block) in fence.captures_iter(&text).enumerate() {
            found.push(Query { name: format!("{name}#{i}"), sql: SqlText::inline(&block[1]) });
        }
    }
    found
}

fn queries(folder: &Path) -> Vec<Query> {
    if !folder.join("mod.pp").exists() && !folder.join("mod.sp").exists() {
        return documented(folder);
    }
    let options = LoadOptions { allow_missing_variables: true, ..LoadOptions::default() };
    let module = match load(&ModSource::Folder(folder.to_owned()), &options) {
        Ok(loaded) => loaded.module,
        Err(faults) => panic!("{}: {:?}", folder.display(), faults.first()),
    };
    let mut found: Vec<Query> =
        module.queries.iter().map(|(name, q)| Query { name: format!("query.{name}"), sql: q.sql.clone() }).collect();
    for (name, control) in &module.controls {
        if let ironpipe::model::resource::QuerySource::Sql(sql) = &control.source {
            found.push(Query { name: format!("control.{name}"), sql: sql.clone() });
        }
    }
    for other in &module.others {
        if let Some(sql) = other.properties.get("sql").and_then(Value::as_str) {
            found.push(Query { name: other.id.full_name(), sql: SqlText::inline(sql) });
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|q| seen.insert(q.sql.text.clone()));
    found
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The tables, for PostgreSQL.
fn tables() -> String {
    let mut out = CLOCK.to_owned();
    let schema = inventory::schema();
    for name in schema.table_names() {
        let Some(table) = schema.table(name).filter(|t| t.view.is_none()) else { continue };
        // A column of this type is only compared as text here.
        let columns: Vec<String> =
            table.columns.iter().map(|(n, t)| format!("\"{n}\" {}", t.sql_name().replace("ltree", "text"))).collect();
        let _ = writeln!(out, "create table \"{name}\" ({});", columns.join(", "));
    }
    out
}

/// The clock and the rows of all tables, for PostgreSQL.
fn contents(rows: &Path, now: DateTime<Utc>) -> String {
    let mut out = format!(
        "create or replace function fixed.now() returns timestamptz language sql stable as $$ select '{}'::timestamptz $$;\n",
        now.to_rfc3339()
    );
    let schema = inventory::schema();
    for name in schema.table_names() {
        let Some(table) = schema.table(name).filter(|t| t.view.is_none()) else { continue };
        let _ = writeln!(out, "truncate \"{name}\";");
        let Ok(lines) = std::fs::read_to_string(rows.join(format!("{name}.jsonl"))) else { continue };
        for line in lines.lines().filter(|l| !l.trim().is_empty()) {
            let row: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
            let (mut names, mut values) = (Vec::new(), Vec::new());
            for (column, ty) in &table.columns {
                let Some(value) = row.get(column) else { continue };
                names.push(format!("\"{column}\""));
                values.push(match (ty, value) {
                    (PgType::Jsonb | PgType::Json, value) => literal(&value.to_string()),
                    (_, Value::Null) => "null".to_owned(),
                    (_, Value::String(text)) => literal(text),
                    (_, value) => literal(&value.to_string()),
                });
            }
            let columns = if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
            let values =
                if names.is_empty() { "default values".to_owned() } else { format!("values ({})", values.join(", ")) };
            let _ = writeln!(out, "insert into \"{name}\" {columns} {values};");
        }
    }
    out.push_str("analyze;\n");
    out
}

/// Arguments that find something: a value of a table that the query reads, by the kind of parameter.
fn arguments(statement: &Statement, rows: &Path) -> Vec<Arg> {
    let arn = statement.reads.iter().find_map(|read| {
        let text = std::fs::read_to_string(rows.join(format!("{}.jsonl", read.table))).ok()?;
        let row: Value = serde_json::from_str(text.lines().nth(3)?).ok()?;
        row.get("arn").or_else(|| row.get("title"))?.as_str().map(str::to_owned)
    });
    let text = || Arg::Text(arn.clone().unwrap_or_else(|| "name".to_owned()));
    statement
        .params
        .iter()
        .map(|ty| match ty {
            PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Numeric | PgType::Float4 | PgType::Float8 => {
                Arg::Int(30)
            }
            PgType::Bool => Arg::Bool(true),
            PgType::Json | PgType::Jsonb => Arg::Object("{}".to_owned()),
            PgType::Array(_) => Arg::List(vec![text(), Arg::Text("Owner".to_owned())]),
            PgType::Timestamptz | PgType::Timestamp | PgType::Date => Arg::Text("2026-01-01".to_owned()),
            PgType::Interval => Arg::Text("90 days".to_owned()),
            _ => text(),
        })
        .collect()
}

/// The text with its parameters filled in and the clock's keywords replaced, for PostgreSQL.
fn substituted(sql: &str, args: &[Arg], types: &[PgType]) -> String {
    let shown = |arg: &Arg| match arg {
        Arg::Int(n) => literal(&n.to_string()),
        Arg::Text(t) | Arg::Object(t) => literal(t),
        Arg::Bool(b) => literal(&b.to_string()),
        Arg::List(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|i| {
                    if let Arg::Text(t) = i {
                        format!("\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\""))
                    } else {
                        String::new()
                    }
                })
                .collect();
            literal(&format!("{{{}}}", items.join(",")))
        }
        _ => "null".to_owned(),
    };
    let mut text = sql.trim().to_owned();
    if let Some((statement, note)) = text.rsplit_once(';')
        && (note.trim().is_empty() || note.trim().starts_with("--") && !note.trim().contains('\n'))
    {
        text = statement.trim_end_matches(';').to_owned();
    }
    for (i, arg) in args.iter().enumerate().rev() {
        let value = match types.get(i) {
            Some(ty) => format!("({}::{})", shown(arg), ty.sql_name()),
            None => shown(arg),
        };
        text = text.replace(&format!("${}", i + 1), &value);
    }
    let word = |name: &str| regex::Regex::new(&format!(r"(?i)\b{name}\b")).unwrap();
    let text = word("current_date").replace_all(&text, "fixed.now()::date").into_owned();
    word("current_timestamp").replace_all(&text, "fixed.now()").into_owned()
}

/// The clock that a folder of rows states.
fn stated_clock(rows: &Path) -> DateTime<Utc> {
    let text = std::fs::read_to_string(rows.join("_schema.json")).unwrap_or_default();
    let stated: Value = serde_json::from_str(&text).unwrap_or_default();
    stated["now"].as_str().unwrap_or(NOW).parse().unwrap()
}

/// A clock for a seed: ends of months and years, a leap day, midnight.
fn clock(seed: u64) -> DateTime<Utc> {
    let times = [
        "2026-03-31T00:00:00Z",
        "2028-02-29T23:59:59.999999Z",
        "2025-12-31T12:00:00.5Z",
        "2026-01-01T00:00:00.000001Z",
        "2027-05-31T18:45:10.25Z",
        "2024-03-01T06:00:00Z",
    ];
    Random::new(seed).choose(&times).parse().unwrap()
}

#[test]
fn mods_equal_postgresql() {
    let (Ok(mods), Ok(rows)) = (std::env::var("IRONPIPE_MODS"), std::env::var("IRONPIPE_ROWS")) else { return };
    let rows = Path::new(&rows);
    let Some(server) = Postgres::shared() else { return };
    server.psql(&tables());
    let mods: Vec<(&str, Vec<Query>)> = mods.split(':').map(|folder| (folder, queries(Path::new(folder)))).collect();
    let mut report = String::new();
    let mut worst: Vec<String> = Vec::new();
    match std::env::var("IRONPIPE_SEEDS") {
        Err(_) => compare(server, &mods, rows, stated_clock(rows), &mut report, &mut worst),
        Ok(seeds) => {
            let literals = regex::Regex::new(r"'([\w:.*/-]{1,30})'").unwrap();
            let texts = mods.iter().flat_map(|(_, queries)| queries).flat_map(|q| literals.captures_iter(&q.sql.text));
            let words: std::collections::BTreeSet<String> = texts.map(|c| c[1].to_owned()).collect();
            let words: Vec<String> = words.into_iter().collect();
            for seed in seeds.split(',').map(|s| s.parse().unwrap()) {
                let folder = tempfile::tempdir().unwrap();
                let now = clock(seed);
                mutants::write(rows, folder.path(), seed, now, &words);
                println!("seed {seed}, {now}");
                let _ = writeln!(report, "#### seed {seed}, {now}");
                compare(server, &mods, folder.path(), now, &mut report, &mut worst);
            }
        }
    }
    if let Ok(path) = std::env::var("IRONPIPE_MODS_REPORT") {
        std::fs::write(path, &report).unwrap();
    }
    assert!(worst.is_empty(), "{worst:?}\n{}", report.chars().take(8_000).collect::<String>());
}

/// Compares the queries of all mods over a folder of rows.
fn compare(
    server: &Postgres,
    mods: &[(&str, Vec<Query>)],
    rows: &Path,
    now: DateTime<Utc>,
    report: &mut String,
    worst: &mut Vec<String>,
) {
    server.psql(&contents(rows, now));
    let mut stored = Inventory::temporary().unwrap();
    inventory::import_dir(rows, &mut stored).unwrap();
    let backend = InventoryBackend::new(&stored, Some(now)).unwrap();
    let mut connection = backend.connect().unwrap();
    for (folder, queries) in mods {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut answered, mut scripts) = (Vec::new(), Vec::new());
        for query in queries {
            let outcome = match translate(&query.sql, inventory::schema()) {
                Err(fault) => {
                    let place = fault.message.clone();
                    let text = substituted(&query.sql.text, &vec![Arg::Text("1".to_owned()); 9], &[]);
                    scripts.push(format!("select fixed.probe($zz${text}$zz$, 1);\n"));
                    Err(format!("translation: {place}"))
                }
                Ok(statement) => {
                    let args = arguments(&statement, rows);
                    let text = substituted(&query.sql.text, &args, &statement.params);
                    scripts.push(format!("select fixed.probe($zz${text}$zz$, {});\n", statement.columns.len()));
                    ours(connection.as_mut(), &query.sql, &args)
                }
            };
            answered.push((query, outcome));
        }
        let answers = theirs(server, &scripts);
        assert_eq!(answers.len(), answered.len());
        for ((query, outcome), answer) in answered.iter().zip(answers) {
            let plain = query.sql.text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
            let open = ["limit ", "distinct on", "lag(", "row_number("].iter().any(|word| plain.contains(word));
            let (kind, why) = match (outcome, answer) {
                (Err(why), _) if why.starts_with("no rows: ") => ("without rows", String::new()),
                (Err(mine), Answer::Error(why)) => {
                    let _ = writeln!(report, "-- {folder} {} both fail: {mine}\n--   there: {why}", query.name);
                    ("both fail", String::new())
                }
                (Err(why), Answer::Rows(..)) => ("we fail", why.clone()),
                (Ok(_), Answer::Error(why)) => ("we answer", why),
                (Ok((types, mine)), Answer::Rows(their_types, mut all)) => {
                    let mut mine = mine.clone();
                    let as_they_came = mine == all;
                    mine.sort();
                    all.sort();
                    if !all.is_empty() && *types != their_types && !their_types.contains(&String::new()) {
                        ("types", format!("{types:?} {their_types:?}"))
                    } else if mine == all && !as_they_came && query.sql.text.to_lowercase().contains("order by") {
                        ("equal, order", String::new())
                    } else if mine == all {
                        (if all.is_empty() { "equal, empty" } else { "equal" }, String::new())
                    } else if open && mine.len() == all.len() {
                        ("left open", String::new())
                    } else {
                        let extra = mine.iter().find(|r| !all.contains(r));
                        let missing = all.iter().find(|r| !mine.contains(r));
                        (
                            "rows",
                            format!(
                                "{} here, {} there\n   here:  {extra:?}\n   there: {missing:?}",
                                mine.len(),
                                all.len()
                            ),
                        )
                    }
                }
            };
            *counts.entry(kind).or_default() += 1;
            if !why.is_empty() {
                let _ = writeln!(report, "== {folder} {} {kind}: {why}\n{}\n", query.name, query.sql.text);
            }
        }
        println!("{folder}: {} queries: {counts:?}", answered.len());
        let bad: usize = ["we fail", "we answer", "types", "rows"].iter().filter_map(|k| counts.get(k)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand queries")]
        if (bad as f64) > (answered.len() as f64) * (1.0 - LEAST) {
            worst.push(format!("{folder}: {bad} of {} differ", answered.len()));
        }
    }
}
