//! The embedded definitions.

use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::sql::schema::{Schema, TableSchema};
use std::sync::{LazyLock, OnceLock};

/// What the names of columns begin with that are stored beside a table's own and are no part of `select *`.
pub const HIDDEN_PREFIX: &str = "ironpipe_";

/// Under this name views read the credential report with its hidden columns.
const RAW_CREDENTIAL_REPORT: &str = "ironpipe_credential_report";

/// Columns that are stored beside a table's own: values that the table's shape drops and a view needs.
const HIDDEN: &[(&str, &str, PgType)] =
    // `true`, `false` or `not_supported`, which the table's boolean cannot tell from true.
    &[("aws_iam_credential_report", "ironpipe_password_enabled", PgType::Text)];

/// What the rows of a table belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A region of an account.
    Regional,
    /// An account; `region` is `global`.
    Global,
    /// An account; there is no column `region`.
    Account,
    /// No account at all.
    None,
}

/// A table of the AWS plugin.
#[derive(Debug)]
pub struct TableDefinition {
    /// Name and columns in `select *` order.
    pub table: TableSchema,
    /// Columns stored beside them.
    pub hidden: Vec<(String, PgType)>,
    /// What its rows belong to.
    pub scope: Scope,
    /// The service, as the plugin names it: `iam`.
    pub service: &'static str,
    /// The calls that list the rows: `iam:ListUsers`. Without them there are no rows.
    pub list_calls: Vec<&'static str>,
    /// Columns that need a call of their own.
    column_calls: Vec<(usize, &'static str)>,
}

impl TableDefinition {
    /// Returns the call that fills a column where the calls that list the rows do not.
    pub fn call_of(&self, column: &str) -> Option<&'static str> {
        let at = self.table.columns.iter().position(|(name, _)| name == column)?;
        self.column_calls.iter().find(|(i, _)| *i == at).map(|(_, call)| *call)
    }

    /// Returns all columns that are stored, hidden ones included.
    pub fn stored_columns(&self) -> impl Iterator<Item = &(String, PgType)> {
        self.table.columns.iter().chain(&self.hidden)
    }
}

struct Table {
    name: &'static str,
    line: &'static str,
    definition: OnceLock<TableDefinition>,
}

struct View {
    name: &'static str,
    sql: &'static str,
    schema: OnceLock<TableSchema>,
}

/// All tables and views that a query on an inventory may name.
pub struct EmbeddedSchema {
    /// Sorted by name.
    tables: Vec<Table>,
    views: Vec<View>,
    raw_credential_report: OnceLock<Option<TableSchema>>,
}

/// Returns the one schema of the program.
pub fn schema() -> &'static EmbeddedSchema {
    static SCHEMA: LazyLock<EmbeddedSchema> = LazyLock::new(EmbeddedSchema::new);
    &SCHEMA
}

impl EmbeddedSchema {
    fn new() -> Self {
        let tables = include_str!("tables.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| Some(Table { name: line.split_once('|')?.0, line, definition: OnceLock::new() }))
            .collect();
        let views = include_str!("cloudquery.sql")
            .split("create view ")
            .skip(1)
            .filter_map(|text| text.split_once(" as\n"))
            .filter_map(|(name, body)| {
                let sql = body.split_once(";\n").map_or(body, |(sql, _)| sql);
                Some(View { name: name.split_whitespace().next()?, sql, schema: OnceLock::new() })
            })
            .collect();
        Self { tables, views, raw_credential_report: OnceLock::new() }
    }

    /// Returns the definition of a stored table.
    pub fn definition(&self, name: &str) -> Option<&TableDefinition> {
        let at = self.tables.binary_search_by(|t| t.name.cmp(name)).ok()?;
        let table = self.tables.get(at)?;
        Some(table.definition.get_or_init(|| read_definition(table.line)))
    }

    /// Returns the names of the stored tables, sorted.
    pub fn stored_tables(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.tables.iter().map(|t| t.name)
    }

    /// Returns names and PostgreSQL queries of the views.
    pub fn views(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.views.iter().map(|v| (v.name, v.sql))
    }

    fn view_schema(&self, view: &View) -> TableSchema {
        let columns = crate::sql::check(&SqlText::inline(view.sql), self).map(|c| c.query.columns).unwrap_or_default();
        TableSchema { name: view.name.to_owned(), columns, view: Some(view.sql.to_owned()) }
    }
}

impl Schema for EmbeddedSchema {
    fn table(&self, name: &str) -> Option<&TableSchema> {
        if let Some(definition) = self.definition(name) {
            return Some(&definition.table);
        }
        if name == RAW_CREDENTIAL_REPORT {
            let raw = self.raw_credential_report.get_or_init(|| {
                let definition = self.definition("aws_iam_credential_report")?;
                let columns = definition.stored_columns().cloned().collect();
                Some(TableSchema { columns, ..definition.table.clone() })
            });
            return raw.as_ref();
        }
        let view = self.views.iter().find(|v| v.name == name)?;
        Some(view.schema.get_or_init(|| self.view_schema(view)))
    }

    fn table_names(&self) -> Vec<&str> {
        self.tables.iter().map(|t| t.name).chain(self.views.iter().map(|v| v.name)).collect()
    }
}

/// Reads one line of `tables.txt`, whose layout its head describes.
fn read_definition(line: &'static str) -> TableDefinition {
    let mut fields = line.split('|');
    let mut next = || fields.next().unwrap_or_default();
    let (name, scope, service, listing) = (next(), next(), next(), next());
    let calls: Vec<&'static str> = next().split(' ').filter(|c| !c.is_empty()).collect();
    let mut columns = Vec::new();
    let mut column_calls = Vec::new();
    for (i, column) in next().split(' ').filter(|c| !c.is_empty()).enumerate() {
        let (column, kind) = column.split_once(':').unwrap_or((column, "t"));
        let (code, call) = kind.split_at(kind.len().min(1));
        columns.push((column.to_owned(), type_of(code)));
        if let Some(call) = call.parse::<usize>().ok().and_then(|at| calls.get(at)) {
            column_calls.push((i, *call));
        }
    }
    let kind = match scope.as_bytes().first() {
        Some(b'r') => Scope::Regional,
        Some(b'g') => Scope::Global,
        Some(b'a') => Scope::Account,
        _ => Scope::None,
    };
    if !scope.ends_with('!') {
        let implied: &[&str] = match kind {
            Scope::Regional | Scope::Global => &["partition", "region", "account_id"],
            Scope::Account => &["partition", "account_id"],
            Scope::None => &[],
        };
        columns.extend(implied.iter().map(|c| ((*c).to_owned(), PgType::Text)));
        columns.push(("sp_connection_name".to_owned(), PgType::Text));
        columns.extend(["sp_ctx", "_ctx"].map(|c| (c.to_owned(), PgType::Jsonb)));
    }
    let list_calls = calls.into_iter().take(listing.parse().unwrap_or(0)).collect();
    let hidden = HIDDEN.iter().filter(|(t, ..)| *t == name).map(|(_, c, t)| ((*c).to_owned(), t.clone())).collect();
    let table = TableSchema { name: name.to_owned(), columns, view: None };
    TableDefinition { table, hidden, scope: kind, service, list_calls, column_calls }
}

fn type_of(code: &str) -> PgType {
    match code {
        "j" => PgType::Jsonb,
        "z" => PgType::Timestamptz,
        "i" => PgType::Int8,
        "b" => PgType::Bool,
        "f" => PgType::Float8,
        "n" => PgType::Inet,
        "c" => PgType::Cidr,
        "l" => PgType::Ltree,
        _ => PgType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_well_formed() {
        let schema = schema();
        let names: Vec<_> = schema.stored_tables().collect();
        assert_eq!(names.len(), 586);
        assert!(names.is_sorted());
        let mut columns = 0;
        for name in names {
            let table = schema.definition(name).unwrap();
            assert_eq!(table.table.columns.last().unwrap().0, "_ctx", "{name}");
            columns += table.table.columns.len();
        }
        assert_eq!(columns, 12_591);
        for line in include_str!("tables.txt").lines().filter(|l| !l.starts_with('#')) {
            let fields: Vec<_> = line.split('|').collect();
            assert_eq!(fields.len(), 6, "{line}");
            assert!(["r", "g", "a", "n", "r!"].contains(&fields[1]), "{line}");
            let calls = fields[4].split(' ').count();
            assert!(fields[3].parse::<usize>().unwrap() <= calls, "{line}");
            for column in fields[5].split(' ') {
                let (name, kind) = column.split_once(':').unwrap();
                assert!(!name.is_empty() && "tjzibfncl".contains(&kind[..1]), "{line}");
                assert!(kind.len() == 1 || kind[1..].parse::<usize>().unwrap() < calls, "{line}");
            }
        }
    }

    #[test]
    fn columns_stand_in_steampipes_order() {
        let schema = schema();
        let names = |table: &str| -> Vec<String> {
            schema.table(table).unwrap().columns.iter().map(|(n, _)| n.clone()).collect()
        };
        assert_eq!(
            names("aws_iam_access_key")[5..],
            [
                "access_key_last_used_service",
                "access_key_last_used_region",
                "title",
                "akas",
                "partition",
                "region",
                "account_id",
                "sp_connection_name",
                "sp_ctx",
                "_ctx"
            ]
        );
        assert_eq!(names("aws_region")[4..8], ["region", "steampipe_available", "steampipe_default", "partition"]);
        assert!(!names("aws_pricing_product").contains(&"region".to_owned()));
        assert!(!names("aws_iam_credential_report").iter().any(|n| n.starts_with(HIDDEN_PREFIX)));
    }

    #[test]
    fn calls_are_known_for_tables_and_columns() {
        let keys = schema().definition("aws_iam_access_key").unwrap();
        assert_eq!(keys.list_calls, ["iam:ListUsers", "iam:ListAccessKeys"]);
        assert_eq!(keys.call_of("access_key_last_used_date"), Some("iam:GetAccessKeyLastUsed"));
        assert_eq!(keys.call_of("status"), None);
        assert_eq!(keys.scope, Scope::Global);
    }

    #[test]
    fn every_view_resolves() {
        let schema = schema();
        assert_eq!(schema.views().count(), 21);
        for (name, sql) in schema.views() {
            if let Err(diagnostic) = crate::sql::translate(&SqlText::inline(sql), schema) {
                panic!("{name}: {}", diagnostic.message);
            }
            assert!(!schema.table(name).unwrap().columns.is_empty(), "{name}");
        }
    }
}
