//! Columns and rows as JSON, and the snapshot with one table.

use super::QueryRun;
use crate::model::pgtype::PgType;
use crate::model::value::{Column, ResultSet, Value};
use crate::report::json::escape_html;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::io;
use std::time::Duration;

/// Writes `{columns, rows, metadata?}`, indented by one blank.
///
/// Numbers, booleans and JSON are native; other types are PostgreSQL's text. The second and later columns of one name get
/// a suffix, as Powerpipe's, unless they say the same as the first in every row. With `--pg-text` a row is the list of its values as PostgreSQL prints them, and columns
/// keep their names: the result as it is, for comparisons.
pub(super) fn write(set: &ResultSet, run: &QueryRun, out: &mut dyn io::Write) -> io::Result<()> {
    let mut document = Map::new();
    if run.pg_text {
        document.insert("columns".to_owned(), columns(set, None, PgType::type_name));
        document.insert("rows".to_owned(), pg_text(set));
    } else {
        let names = needed_names(set);
        document.insert("columns".to_owned(), columns(set, Some(&names), PgType::type_name));
        document.insert("rows".to_owned(), rows(set, &names));
    }
    if let Some(duration) = run.duration_ms {
        let text = crate::report::duration(Duration::from_secs_f64(duration / 1_000.0));
        document.insert(
            "metadata".to_owned(),
            json!({ "rows_returned": set.rows.len(), "duration_ms": text, "duration": duration }),
        );
    }
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
    Json::Object(document).serialize(&mut serializer).map_err(io::Error::other)?;
    out.write_all(b"\n")
}

/// Describes the columns, by the keys of the rows where rows have keys.
fn columns(set: &ResultSet, keys: Option<&[String]>, type_name: fn(&PgType) -> String) -> Json {
    let entry = |(i, column): (usize, &Column)| {
        let key = keys.and_then(|keys| keys.get(i)).unwrap_or(&column.name);
        let mut entry = json!({ "name": key, "data_type": type_name(&column.pg_type) });
        if *key != column.name {
            entry["original_name"] = column.name.as_str().into();
        }
        entry
    };
    set.columns.iter().enumerate().map(entry).collect()
}

fn rows(set: &ResultSet, names: &[String]) -> Json {
    set.rows
        .iter()
        .map(|row| {
            let mut members: Vec<(String, Json)> =
                names.iter().cloned().zip(row.iter().zip(&set.columns).map(|(v, c)| native(v, &c.pg_type))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(members.into_iter().collect())
        })
        .collect()
}

fn pg_text(set: &ResultSet) -> Json {
    let value = |(v, c): (&Value, &Column)| v.pg_text(&c.pg_type).map_or(Json::Null, Json::String);
    set.rows.iter().map(|row| row.iter().zip(&set.columns).map(value).collect::<Json>()).collect()
}

fn native(value: &Value, ty: &PgType) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(n) => (*n).into(),
        Value::Float(n) => serde_json::Number::from_f64(*n).map_or_else(|| n.to_string().into(), Json::Number),
        Value::Numeric(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Value::Timestamptz(t) => format!("{t}+00").into(),
        Value::Array(_) => value.pg_text(ty).unwrap_or_default().into(),
        Value::Text(t) | Value::Timestamp(t) | Value::Date(t) | Value::Interval(t) | Value::Inet(t) => t.clone().into(),
    }
}

/// Names as `unique_names` does, but columns of one name whose values are the same share it: one key holds them all.
fn needed_names(set: &ResultSet) -> Vec<String> {
    let mut names = unique_names(set);
    for (i, column) in set.columns.iter().enumerate() {
        let first = set.columns.iter().position(|c| c.name == column.name).unwrap_or(i);
        let same_type = set.columns.get(first).is_some_and(|c| c.pg_type == column.pg_type);
        let same = same_type && set.rows.iter().all(|row| row.get(first) == row.get(i));
        if let Some(name) = names.get_mut(i).filter(|_| same) {
            name.clone_from(&column.name);
        }
    }
    names
}

/// Gives the second and later columns of one name a suffix made from the name and the place.
fn unique_names(set: &ResultSet) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    set.columns
        .iter()
        .enumerate()
        .map(|(i, c)| {
            if seen.insert(c.name.clone()) {
                c.name.clone()
            } else {
                format!("{}_{}", c.name, hash(&format!("{}{i}", c.name), 4))
            }
        })
        .collect()
}

/// Powerpipe's short hash: the first half of MD5 as a number in base 36, its last digits.
fn hash(text: &str, length: usize) -> String {
    use md5::Digest as _;
    let digest = md5::Md5::digest(text.as_bytes());
    let mut number = digest.iter().take(8).fold(0_u64, |n, b| n << 8 | u64::from(*b));
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from_digit(u32::try_from(number % 36).unwrap_or(0), 36).unwrap_or('0'));
        number /= 36;
    }
    digits.resize(digits.len().max(length), '0');
    digits.truncate(length);
    digits.into_iter().rev().collect()
}

/// Writes the snapshot: a dashboard with one table.
pub(super) fn snapshot(set: &ResultSet, run: &QueryRun, pretty: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let names = unique_names(set);
    let id = hash(&run.sql, 8);
    let key = format!("custom.dashboard.sql_{id}");
    let title = if run.title.is_empty() { format!("Custom query [{id}]") } else { run.title.clone() };
    let time = |t: Option<chrono::DateTime<chrono::FixedOffset>>| t.map(|t| t.to_rfc3339()).unwrap_or_default();
    let document = json!({
        "end_time": time(run.times.map(|t| t.1)),
        "inputs": {},
        "layout": { "children": [{ "name": "custom.table.results", "panel_type": "table" }], "name": key, "panel_type": "dashboard" },
        "metadata": {},
        "panels": {
            "custom.table.results": {
                "dashboard": key,
                "data": { "columns": columns(set, Some(&names), PgType::display_name), "rows": rows(set, &names) },
                "name": "custom.table.results",
                "panel_type": "table",
                "properties": { "name": "results" },
                "status": "complete",
            },
            key.clone(): { "dashboard": key, "name": key, "panel_type": "dashboard", "status": "complete", "title": title },
        },
        "schema_version": "20240607",
        "start_time": time(run.times.map(|t| t.0)),
        "variables": {},
    });
    let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }
        .map_err(io::Error::other)?;
    out.write_all(escape_html(&text).as_bytes())?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Powerpipe's names: the hash of the SQL, also for a query with a name.
    #[test]
    fn a_snapshot_is_named_after_its_sql() {
        let run = QueryRun { name: "m.query.q".to_owned(), sql: "select 1".to_owned(), ..QueryRun::default() };
        let mut out = Vec::new();
        snapshot(&ResultSet::default(), &run, false, &mut out).unwrap();
        let document: Json = serde_json::from_slice(&out).unwrap();
        let panel = &document["panels"]["custom.dashboard.sql_se8xawnt"];
        assert_eq!(panel["title"], "Custom query [se8xawnt]");
    }
}
