//! Rows that nobody thought of: the rows of a folder, changed at random, and made-up ones for the tables it has not.
//!
//! Documents keep the shapes that queries navigate: keys go, lists become empty, booleans become texts, numbers grow.
//! Every fourth seed changes kinds too, so that what is a list becomes a text. The same seed gives the same rows.

use crate::fuzz::Random;
use ironpipe::inventory;
use ironpipe::model::pgtype::PgType;
use ironpipe::sql::schema::{Schema as _, TableSchema};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

type Row = Map<String, Value>;

const REGIONS: [&str; 4] = ["us-east-1", "eu-central-1", "ap-southeast-2", "global"];
const ACCOUNTS: [&str; 4] = ["111122223333", "444455556666", "012345678901", "469007590049"];
const TEXTS: [&str; 24] = [
    "",
    " ",
    "*",
    "true",
    "false",
    "True",
    "0",
    "1",
    "-1",
    "90",
    "1.50",
    "null",
    "[]",
    "{}",
    "Ünïcödé ✓ 日本",
    "it's \"quoted\"",
    "a\\b",
    "line\nbreak",
    "arn:aws:s3:::bucket/*",
    "2026-03-01T00:00:00Z",
    "2025-12-31T23:59:59.999999Z",
    "0.0.0.0/0",
    "::/0",
    "100%_sure",
];
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "22",
    "90",
    "365",
    "65535",
    "2147483648",
    "9223372036854775807",
    "12345678901234567890",
    "0.5",
    "1.50",
    "1e3",
    "-0.0",
];

/// Writes a folder of rows made from another by a seed, for a clock.
pub fn write(from: &Path, into: &Path, seed: u64, now: chrono::DateTime<chrono::Utc>, words: &[String]) {
    let schema = inventory::schema();
    let mut source: HashMap<String, Vec<Row>> = HashMap::new();
    let mut values: HashMap<(String, String, String), Vec<Value>> = HashMap::new();
    let mut names = schema.table_names();
    names.sort_unstable();
    for name in &names {
        let Some(table) = schema.table(name) else { continue };
        let Ok(text) = std::fs::read_to_string(from.join(format!("{name}.jsonl"))) else { continue };
        let rows: Vec<Row> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        for (column, ty) in &table.columns {
            // Documents of one name have other shapes in other tables.
            for place in ["", name] {
                let known = values.entry((place.to_owned(), column.clone(), ty.sql_name())).or_default();
                known.extend(rows.iter().filter_map(|r| r.get(column)).take(20).cloned());
            }
        }
        source.insert((*name).to_owned(), rows);
    }
    let mut maker =
        Maker { random: Random::new(seed), harsh: seed.is_multiple_of(4), now, words, table: String::new(), values };
    for name in names {
        let Some(table) = schema.table(name).filter(|t| t.view.is_none()) else { continue };
        let known = source.get(name);
        maker.table = if known.is_some() && !maker.harsh { name.to_owned() } else { String::new() };
        let rows = match known {
            Some(rows) => maker.changed(table, rows),
            None => (0..16).map(|_| maker.made_up(table)).collect(),
        };
        let mut text = String::new();
        for row in rows {
            let _ = writeln!(text, "{}", Value::Object(row));
        }
        std::fs::write(into.join(format!("{name}.jsonl")), text).unwrap();
    }
    std::fs::write(into.join("_schema.json"), json!({ "now": now.to_rfc3339() }).to_string()).unwrap();
}

struct Maker<'a> {
    random: Random,
    /// Documents lose their shapes.
    harsh: bool,
    now: chrono::DateTime<chrono::Utc>,
    words: &'a [String],
    /// The table whose rows are made, when it has rows elsewhere.
    table: String,
    /// What columns of a table, name and type hold; without a table: anywhere.
    values: HashMap<(String, String, String), Vec<Value>>,
}

impl Maker<'_> {
    /// Rows of a table that are like others; some go, some come twice.
    fn changed(&mut self, table: &TableSchema, rows: &[Row]) -> Vec<Row> {
        let share = self.random.choose(&[0, 5, 20, 40]);
        let mut out = Vec::new();
        for row in rows {
            if self.random.percent(10) {
                continue;
            }
            let mut new = row.clone();
            for (column, ty) in &table.columns {
                if self.random.percent(share) {
                    self.change_column(&mut new, column, ty);
                } else if let (PgType::Jsonb | PgType::Json, Some(value)) = (ty, new.get_mut(column))
                    && self.random.percent(40)
                {
                    self.change(value, 0);
                }
            }
            if self.random.percent(5) {
                out.push(new.clone());
            }
            out.push(new);
        }
        out
    }

    fn change_column(&mut self, row: &mut Row, column: &str, ty: &PgType) {
        match self.random.below(10) {
            0..=2 => {
                row.remove(column);
            }
            3 if matches!(ty, PgType::Jsonb | PgType::Json) && self.random.percent(10) => {
                row.insert(column.to_owned(), Value::Null);
            }
            _ if !self.harsh
                && matches!(ty, PgType::Text | PgType::Jsonb | PgType::Json)
                && self.random.percent(80) =>
            {
                let value = self.value(column, ty);
                row.insert(column.to_owned(), value);
            }
            3..=6 => {
                let value = self.value(column, ty);
                row.insert(column.to_owned(), value);
            }
            _ => {
                let value = self.plain(column, ty);
                row.insert(column.to_owned(), value);
            }
        }
    }

    fn made_up(&mut self, table: &TableSchema) -> Row {
        let mut row = Row::new();
        for (column, ty) in &table.columns {
            if self.random.percent(85) {
                let value = if self.random.percent(70) { self.value(column, ty) } else { self.plain(column, ty) };
                row.insert(column.clone(), value);
            }
        }
        row
    }

    /// A value that a column of this name has somewhere, or any.
    fn value(&mut self, column: &str, ty: &PgType) -> Value {
        let known = self.values.get(&(self.table.clone(), column.to_owned(), ty.sql_name())).filter(|v| !v.is_empty());
        match known {
            Some(known) => known[self.random.below(known.len())].clone(),
            None if !self.harsh && matches!(ty, PgType::Jsonb | PgType::Json) => {
                if self.random.percent(50) {
                    json!([self.document(1)])
                } else {
                    json!({ self.text(): self.document(1) })
                }
            }
            None => self.plain(column, ty),
        }
    }

    fn plain(&mut self, column: &str, ty: &PgType) -> Value {
        match (column, ty) {
            ("region", _) => self.random.choose(&REGIONS).into(),
            ("account_id", _) => self.random.choose(&ACCOUNTS).into(),
            (_, PgType::Bool) => self.random.percent(50).into(),
            (_, PgType::Int2 | PgType::Int4 | PgType::Int8) => {
                let whole = [0_i64, 1, -1, 22, 90, 443, 3306, 65_535, 2_147_483_648, 9_007_199_254_740_993];
                self.random.choose(&whole).into()
            }
            (_, PgType::Float4 | PgType::Float8 | PgType::Numeric) => {
                json!(self.random.choose(&[0.0, 0.5, -1.25, 100.0, 33.333, 1e15]))
            }
            (_, PgType::Timestamptz | PgType::Timestamp | PgType::Date) => self.time().into(),
            (_, PgType::Inet) => {
                self.random.choose(&["10.0.0.1", "0.0.0.0/0", "192.168.1.0/24", "::1", "8.8.8.8"]).into()
            }
            (_, PgType::Cidr) => self.random.choose(&["10.0.0.0/8", "0.0.0.0/0", "192.168.1.0/24", "::/0"]).into(),
            (_, PgType::Jsonb | PgType::Json) => self.document(0),
            _ => self.text().into(),
        }
    }

    fn text(&mut self) -> String {
        if self.random.percent(50) && !self.words.is_empty() {
            return self.random.pick(self.words).clone();
        }
        self.random.choose(&TEXTS).to_owned()
    }

    /// A time near the clock, at and beside whole days.
    fn time(&mut self) -> String {
        let days = self
            .random
            .choose(&[0_i64, 1, -1, -30, -44, -45, -46, -89, -90, -91, -180, -364, -365, -366, 7, 30, -3650]);
        let beside = self.random.choose(&[0_i64, 0, 1, -1, 3_600_000_000, 43_200_000_000, -1_500_000]);
        let at = self.now + chrono::Duration::days(days) + chrono::Duration::microseconds(beside);
        at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }

    fn scalar(&mut self) -> Value {
        match self.random.below(8) {
            0 => Value::Null,
            1 => self.random.percent(50).into(),
            2 | 3 => serde_json::from_str(self.random.choose(&NUMBERS)).unwrap(),
            4 => self.time().into(),
            _ => self.text().into(),
        }
    }

    fn document(&mut self, depth: usize) -> Value {
        match self.random.below(if depth > 3 { 2 } else { 8 }) {
            0 | 1 => self.scalar(),
            2 | 3 => (0..self.random.below(4)).map(|_| self.document(depth + 1)).collect(),
            _ => {
                let members = self.random.below(5);
                Value::Object((0..members).map(|_| (self.text(), self.document(depth + 1))).collect())
            }
        }
    }

    /// Changes one place of a document.
    fn change(&mut self, value: &mut Value, depth: usize) {
        let deeper = !self.random.percent(20 + 15 * depth);
        match value {
            Value::Object(members) if deeper && !members.is_empty() => {
                let key = members.keys().nth(self.random.below(members.len())).unwrap().clone();
                if self.random.percent(15) {
                    members.shift_remove(&key);
                } else if self.random.percent(5) {
                    let moved = members.shift_remove(&key).unwrap();
                    members.insert(self.text(), moved);
                } else if let Some(inner) = members.get_mut(&key) {
                    self.change(inner, depth + 1);
                }
            }
            Value::Array(items) if deeper && !items.is_empty() => {
                let at = self.random.below(items.len());
                match self.random.below(8) {
                    0 => drop(items.remove(at)),
                    1 => items.push(items[at].clone()),
                    2 => items.insert(at, Value::Null),
                    _ => self.change(&mut items[at], depth + 1),
                }
            }
            other => *other = self.instead_of(other),
        }
    }

    fn instead_of(&mut self, value: &Value) -> Value {
        if !self.harsh {
            return self.alike(value);
        }
        match self.random.below(12) {
            0 => Value::Null,
            1 => json!([]),
            2 => json!({}),
            3 => json!([value]),
            4 => self.document(2),
            5 | 6 => match value {
                Value::Bool(b) => b.to_string().into(),
                Value::Number(n) => n.to_string().into(),
                Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| text.to_uppercase().into()),
                Value::Array(items) => items.first().cloned().unwrap_or(Value::Null),
                other => other.to_string().into(),
            },
            _ => match value {
                Value::Bool(b) => (!b).into(),
                Value::Number(_) => serde_json::from_str(self.random.choose(&NUMBERS)).unwrap(),
                Value::String(text) if text.len() > 18 && text.as_bytes().get(10) == Some(&b'T') => self.time().into(),
                Value::String(_) => self.text().into(),
                _ => self.scalar(),
            },
        }
    }

    /// Another value of the kind.
    fn alike(&mut self, value: &Value) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::Bool(b) if self.random.percent(10) => b.to_string().into(),
            Value::Bool(b) => (!b).into(),
            Value::Number(n) if self.random.percent(10) => n.to_string().into(),
            Value::Number(_) => json!(self.random.choose(&[0, 1, -1, 22, 80, 90, 443, 3389, 65_535, 2_147_483_647])),
            Value::String(text) => match text.as_str() {
                "true" => "false".into(),
                "false" => "true".into(),
                _ if text.len() > 18 && text.as_bytes().get(10) == Some(&b'T') => self.time().into(),
                _ if text.parse::<f64>().is_ok() => self.random.choose(&["0", "1", "7", "90", "365", "3000"]).into(),
                _ if self.random.percent(10) => Value::Null,
                _ => self.text().into(),
            },
            Value::Array(_) => json!([]),
            Value::Object(_) if self.random.percent(20) => Value::Null,
            Value::Object(_) => json!({}),
        }
    }
}
