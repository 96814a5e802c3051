//! The same rows in PostgreSQL, and the bundled mod's queries on both.

use crate::harness::{SAMPLE_TIME, Sample, fixture};
use crate::postgres::Postgres;
use ironpipe::aws::exports;
use ironpipe::hcl::{LoadOptions, ModSource, VariableSources, load};
use ironpipe::inventory::backend::{Backend as _, Limits};
use ironpipe::inventory::{Inventory, InventoryBackend, Row, import_dir, schema};
use ironpipe::model::pgtype::PgType;
use ironpipe::model::source::SqlText;
use ironpipe::model::value::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of columns, and rows of text; none is NULL.
pub type Table = Vec<Vec<Option<String>>>;

/// A schema of the PostgreSQL server with the rows of a folder, whose `now()` is fixed.
pub struct Reference {
    server: &'static Postgres,
    name: String,
}

impl Reference {
    /// Makes one; nothing on a machine without PostgreSQL.
    pub fn new(name: &str, folder: &Path, now: &str) -> Option<Self> {
        let server = Postgres::shared()?;
        let name = format!("of_{name}");
        let mut script = format!(
            "create schema {name}; set search_path = {name}, pg_catalog;
             create function {name}.now() returns timestamptz language sql stable as $$ select timestamptz '{now}' $$;\n"
        );
        let mut rows = rows_of(folder);
        for table in ironpipe::aws::collect::plan::tables() {
            let definition = schema().definition(table).unwrap();
            let columns: Vec<String> =
                definition.stored_columns().map(|(name, of)| format!("\"{name}\" {}", of.sql_name())).collect();
            script += &format!("create table {table} ({});\n", columns.join(", "));
            for row in rows.remove(table).unwrap_or_default() {
                script += &insert(table, &row, definition.stored_columns());
            }
        }
        assert!(rows.is_empty(), "{:?}", rows.keys());
        script += "create view ironpipe_credential_report as select * from aws_iam_credential_report;\n";
        server.psql(&script);
        Some(Self { server, name })
    }

    /// Makes CloudQuery's views.
    pub fn with_views(self, names: &[&str]) -> Self {
        for (name, sql) in schema().views().filter(|(name, _)| names.contains(name)) {
            self.server.psql(&format!("set search_path = {}, pg_catalog; create view {name} as {sql};", self.name));
        }
        self
    }

    /// Runs a query.
    pub fn query(&self, sql: &str) -> Table {
        let sql = sql.trim().trim_end_matches(';');
        let script = format!(
            "set search_path = {}, pg_catalog;\ncopy (\n{sql}\n) to stdout with (format csv, header true, null '\\N');",
            self.name
        );
        let text = self.server.psql(&script);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let field = |text: &str| (text != "\\N").then(|| text.to_owned());
        reader.records().map(|row| row.unwrap().iter().map(field).collect()).collect()
    }
}

fn insert<'c>(table: &str, row: &Row, columns: impl Iterator<Item = &'c (String, PgType)>) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let types: BTreeMap<&str, &PgType> = columns.map(|(name, of)| (name.as_str(), of)).collect();
    let literal = |name: &str, value: &serde_json::Value| {
        let text = match (types[name], value) {
            (PgType::Jsonb, document) => document.to_string(),
            (_, serde_json::Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        };
        format!("{}::{}", quoted(&text), types[name].sql_name())
    };
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    let values: Vec<String> = row.iter().map(|(name, value)| literal(name, value)).collect();
    format!("insert into {table} ({}) values ({});\n", names.join(", "), values.join(", "))
}

/// The rows of a folder of AWS CLI outputs and of rows in files named after their table.
fn rows_of(folder: &Path) -> BTreeMap<String, Vec<Row>> {
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut documents = Vec::new();
    for path in files(folder) {
        let bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|e| e == "jsonl") {
            let table = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = String::from_utf8(bytes).unwrap();
            rows.entry(table).or_default().extend(text.lines().map(|line| serde_json::from_str::<Row>(line).unwrap()));
        } else if path.file_name().is_some_and(|name| name != "_schema.json") {
            documents.extend(exports::recognise(&path, &bytes).unwrap().unwrap());
        }
    }
    for entry in exports::load(documents).unwrap().entries {
        rows.entry(entry.table).or_default().extend(entry.rows);
    }
    rows
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// An inventory with the rows of a folder.
pub struct OnInventory {
    backend: InventoryBackend,
    _inventory: Inventory,
}

impl OnInventory {
    pub fn new(folder: &Path, now: &str) -> Self {
        let mut inventory = Inventory::temporary().unwrap();
        import_dir(folder, &mut inventory).unwrap();
        let backend = InventoryBackend::new(&inventory, Some(now.parse().unwrap())).unwrap();
        Self { backend, _inventory: inventory }
    }

    /// Runs a query, and writes values as PostgreSQL's `copy` does.
    pub fn query(&self, sql: &SqlText) -> Table {
        let result = self.backend.connect().unwrap().query(sql, &[], &Limits::default());
        let result = result.unwrap_or_else(|e| panic!("{e}: {}", sql.text));
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::Bool(flag) => Some(if *flag { "t" } else { "f" }.to_owned()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Timestamptz(time) => Some(format!("{time}+00")),
            Value::Numeric(t) | Value::Text(t) | Value::Json(t) | Value::Timestamp(t) => Some(t.clone()),
            Value::Date(t) | Value::Interval(t) | Value::Inet(t) => Some(t.clone()),
            Value::Array(_) => panic!("no query here returns arrays"),
        };
        let header = result.columns.iter().map(|column| Some(column.name.clone())).collect();
        std::iter::once(header).chain(result.rows.iter().map(|row| row.iter().map(text).collect())).collect()
    }
}

/// The queries of the bundled mod by name.
fn queries(variables: &[&str]) -> BTreeMap<String, SqlText> {
    let source = ModSource::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("mods/aws_compliance"));
    let vars = variables.iter().map(|text| (*text).to_owned()).collect();
    let options =
        LoadOptions { variables: VariableSources { vars, ..VariableSources::default() }, ..LoadOptions::default() };
    let module = load(&source, &options).unwrap_or_else(|errors| panic!("{errors:?}")).module;
    module.queries.values().map(|query| (query.id.name.clone(), query.sql.clone())).collect()
}

const VARIABLES: [&[&str]; 2] = [
    &[],
    &[
        "common_dimensions=[\"connection_name\", \"partition\", \"region\"]",
        "tag_dimensions=[\"team\", \"it's\", \"a \\\"b\\\"\"]",
    ],
];

/// Compares on the rows of a folder, which are all the columns have: what a file of rows leaves out is NULL.
#[track_caller]
fn compare(name: &str, folder: &Path) {
    let Some(reference) = Reference::new(name, folder, SAMPLE_TIME) else { return };
    let rows = tempfile::tempdir().unwrap();
    for (table, rows_of_table) in rows_of(folder) {
        let lines: Vec<String> = rows_of_table.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
        fs::write(rows.path().join(format!("{table}.jsonl")), lines.join("\n")).unwrap();
    }
    let inventory = OnInventory::new(rows.path(), SAMPLE_TIME);
    for variables in VARIABLES {
        let queries = queries(variables);
        assert_eq!(queries.len(), 20, "one for each control, but that the manual ones share theirs");
        for (query, sql) in queries {
            let expected = reference.query(&sql.text);
            assert!(expected.len() > 2, "{query} finds nothing to compare");
            assert_eq!(inventory.query(&sql), expected, "{query} {variables:?}");
        }
    }
}

#[test]
fn the_mod_gives_the_same_rows_on_postgresql() {
    compare("sample", &fixture("sample_account"));
}

#[test]
fn also_in_another_partition_and_without_a_report_of_aliases() {
    let sample = Sample::copy();
    sample.replace_all("sandbox", "arn:aws:", "arn:aws-us-gov:");
    sample.remove("production/account-aliases.json");
    compare("variant", sample.path());
}
