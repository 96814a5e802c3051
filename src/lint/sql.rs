//! Queries against the schemas of the tables, params against `$n`, results against what a control must return.

use super::names::finding;
use super::rules::rule;
use super::{Finding, Report, joins};
use crate::engine::params;
use crate::engine::plan::database_of;
use crate::hcl::places;
use crate::model::diagnostic::{Diagnostic, Level, nearest};
use crate::model::pgtype::PgType;
use crate::model::resource::QuerySource;
use crate::model::resource::{Args, Control, Database, DatabaseSettings, Identity, Mod, OtherResource, Param, Query};
use crate::model::source::{Segment, Span, SqlText};
use crate::sql::ir::{self, Kind};
use crate::sql::parse;
use crate::sql::resolve::resolve;
use crate::sql::schema::Schema;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

const REQUIRED: [&str; 3] = ["resource", "status", "reason"];
const STATUSES: [&str; 5] = ["ok", "alarm", "info", "error", "skip"];

/// What is known of a query that is right.
struct Known {
    columns: Vec<(String, PgType)>,
    /// Texts that the column `status` can have.
    statuses: Vec<String>,
    /// The highest `$n`.
    params: usize,
}

/// Checks the queries of a mod.
pub fn check(module: &Mod, schema: &dyn Schema, report: &mut Report) {
    let mut plugins: BTreeSet<&str> = schema.table_names().iter().filter_map(|t| t.split('_').next()).collect();
    plugins.insert("ironpipe");
    let mut checker = Checker {
        module,
        schema,
        plugins,
        report,
        foreign: BTreeSet::new(),
        first: None,
        known: HashMap::new(),
        texts: HashMap::new(),
    };
    for query in module.queries.values() {
        checker.query(query);
    }
    for control in module.controls.values() {
        checker.control(control);
    }
    for other in &module.others {
        checker.other(other);
    }
    checker.note_foreign();
}

struct Checker<'c> {
    module: &'c Mod,
    schema: &'c dyn Schema,
    /// What the names of known tables begin with.
    plugins: BTreeSet<&'c str>,
    report: &'c mut Report,
    /// What the names of tables that are not known begin with.
    foreign: BTreeSet<String>,
    first: Option<(Identity, Span)>,
    /// Queries by full name.
    known: HashMap<String, Option<Rc<Known>>>,
    /// Queries by text: many controls have the same one.
    texts: HashMap<String, Option<Rc<Known>>>,
}

impl Checker<'_> {
    fn push(&mut self, id: &Identity, code: &'static str, at: Span, message: String) {
        self.report.findings.push(finding(id, code, at, message));
    }

    /// Checks a query by itself, once.
    fn query(&mut self, query: &Query) -> Option<Rc<Known>> {
        let name = query.id.full_name();
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        let known = self.text(&query.id, &query.sql, &query.database);
        if let Some(known) = &known
            && query.id.mod_name == self.module.name
        {
            self.params(&query.id, &query.sql, &query.params, known.params);
        }
        self.known.insert(name, known.clone());
        known
    }

    /// Checks the numbers of the values that a text uses against the params that there are.
    fn params(&mut self, id: &Identity, sql: &SqlText, params: &[Param], used: usize) {
        if params.is_empty() {
            return;
        }
        if used > params.len() {
            let at = locate(sql, &format!("${used}")).unwrap_or_else(|| places::head(&id.span));
            let message = format!("${used} is used, but there are {} params", params.len());
            self.push(id, "param", at, message.replace("are 1 params", "is 1 param"));
        }
        for (number, param) in params.iter().enumerate().skip(used) {
            let message = format!("the SQL does not use param \"{}\", which would be ${}", param.name, number + 1);
            self.push(id, "unused-param", places::head(&param.span), message);
        }
    }

    fn control(&mut self, control: &Control) {
        let id = &control.id;
        let (known, sql, params, owner) = match &control.source {
            QuerySource::Query(query) => (self.query(query), &query.sql, query.params.as_slice(), &query.id),
            QuerySource::Sql(sql) => {
                let known = self.text(id, sql, &control.database);
                if let Some(known) = &known {
                    self.params(id, sql, &control.params, known.params);
                }
                (known, sql, control.params.as_slice(), id)
            }
        };
        let at = places::attribute(&id.span, "args").unwrap_or_else(|| places::head(&id.span));
        match params::resolve(&id.name, params, &control.args, &Args::None) {
            Err(message) => self.push(id, "argument", at, message),
            Ok(values) => {
                if let Some(known) = &known
                    && params.is_empty()
                    && values.len() != known.params
                {
                    let message = format!("the SQL uses {} values, {} are given", known.params, values.len());
                    self.push(id, "argument", at, message);
                }
            }
        }
        let Some(known) = known else { return };
        self.result(control, owner, sql, &known);
    }

    /// Checks the columns that a control must return.
    fn result(&mut self, control: &Control, owner: &Identity, sql: &SqlText, known: &Known) {
        let head = places::head(&owner.span);
        let used_by = |mut found: Finding| {
            if owner != &control.id {
                found.diagnostic = found.diagnostic.at_span(places::head(&control.id.span), "used by this control");
            }
            found
        };
        let has = |name: &str| known.columns.iter().any(|(n, _)| n == name);
        let missing: Vec<&str> = REQUIRED.into_iter().filter(|c| !has(c)).collect();
        if !missing.is_empty() {
            let at = if owner.mod_name == self.module.name { head.clone() } else { places::head(&control.id.span) };
            let plural = if missing.len() > 1 { "columns" } else { "column" };
            let message =
                format!("the query of {} has no {plural} {}", control.id.unqualified_name(), missing.join(", "));
            let mut found = used_by(finding(owner, "missing-column", at, message));
            let names = || known.columns.iter().map(|(n, _)| n.as_str());
            if let Some(near) = missing.iter().find_map(|m| nearest(m, names())) {
                found.diagnostic = found.diagnostic.help(format!("did you mean {near}?"));
            }
            self.report.findings.push(found);
        }
        if let Some((_, ty)) = known.columns.iter().find(|(n, _)| n == "status")
            && !matches!(ty, PgType::Text | PgType::Varchar | PgType::Bpchar | PgType::Name | PgType::Unknown)
        {
            let at = locate(sql, "status").unwrap_or_else(|| head.clone());
            self.report.findings.push(used_by(finding(owner, "status-type", at, format!("status is {ty}, not text"))));
        }
        for status in known.statuses.iter().filter(|s| !STATUSES.contains(&s.as_str())) {
            let at = locate(sql, &format!("'{status}'")).unwrap_or_else(|| head.clone());
            let mut found = used_by(finding(owner, "unknown-status", at, format!("\"{status}\" is no status")));
            found.diagnostic = match nearest(status, STATUSES) {
                Some(near) => found.diagnostic.help(format!("did you mean '{near}'?")),
                None => found.diagnostic.help("the statuses are ok, alarm, info, error and skip"),
            };
            self.report.findings.push(found);
        }
    }

    /// Checks the queries of a dashboard, a part of one, or a detection.
    fn other(&mut self, other: &OtherResource) {
        let settings = DatabaseSettings::default();
        let mut queries = Vec::new();
        collect(other.id.kind, &other.properties, &mut queries);
        for (text, params, given) in queries {
            let sql = find(&other.id.span, text);
            let Some(known) = self.text(&other.id, &sql, &settings) else { continue };
            if params == 0 && given.is_some_and(|n| n < known.params) {
                let at = locate(&sql, &format!("${}", known.params)).unwrap_or_else(|| places::head(&other.id.span));
                let message = format!("${} is used, but {} values are given", known.params, given.unwrap_or(0));
                self.push(&other.id, "argument", at, message);
            }
        }
    }

    /// Checks one text.
    fn text(&mut self, id: &Identity, sql: &SqlText, own: &DatabaseSettings) -> Option<Rc<Known>> {
        if !self.is_postgres(id, own) {
            return None;
        }
        let own_mod = id.mod_name == self.module.name;
        if let Some(known) = self.texts.get(&sql.text) {
            return known.clone();
        }
        let known = match self.resolved(id, sql, own) {
            Ok(known) => known.map(Rc::new),
            Err(diagnostic) => {
                if own_mod {
                    self.report.checked += 1;
                    let level = rule(diagnostic.code).map_or(Level::Error, |r| r.level);
                    let diagnostic = Diagnostic { level, ..*diagnostic };
                    self.report.findings.push(Finding { resource: id.unqualified_name(), diagnostic });
                }
                None
            }
        };
        if known.is_some() {
            self.texts.insert(sql.text.clone(), known.clone());
        }
        known
    }

    fn resolved(
        &mut self,
        id: &Identity,
        sql: &SqlText,
        own: &DatabaseSettings,
    ) -> Result<Option<Known>, Box<Diagnostic>> {
        let parsed = parse::parse(sql)?;
        for (range, whole, part) in joins::find(&sql.text, &parsed) {
            let at = range.and_then(|r| sql.locate(r)).unwrap_or_else(|| places::head(&id.span));
            let message = format!("rows of {whole} and {part} are joined where the text of one contains the other's");
            let mut found = finding(id, "text-join", at, message);
            found.diagnostic =
                found.diagnostic.help("compare whole values, or the part of the text that names the row");
            self.report.findings.push(found);
        }
        match resolve(sql, &parsed, self.schema) {
            Ok(resolved) => {
                self.report.checked += 1;
                let columns = resolved.query.columns.clone();
                let mut statuses = Vec::new();
                if let Some(nth) = columns.iter().position(|(n, _)| n == "status") {
                    texts_of(&resolved.query, nth, &mut statuses);
                }
                Ok(Some(Known { columns, statuses, params: resolved.params.len() }))
            }
            Err(diagnostic) => match self.foreign_table(&diagnostic, own) {
                Some(table) => {
                    self.report.unchecked += 1;
                    self.foreign.insert(table);
                    let at = diagnostic.labels.first().map(|l| l.span.clone());
                    self.first.get_or_insert_with(|| (id.clone(), at.unwrap_or_else(|| places::head(&id.span))));
                    Ok(None)
                }
                None => Err(diagnostic),
            },
        }
    }

    /// Returns what the name of an unknown table begins with, when no table of that kind is known here.
    fn foreign_table(&self, diagnostic: &Diagnostic, own: &DatabaseSettings) -> Option<String> {
        if diagnostic.code != "unknown-table" {
            return None;
        }
        let table = diagnostic.message.strip_prefix("relation \"")?.strip_suffix("\" does not exist")?;
        let prefix = table.split(['_', '.']).next().unwrap_or(table);
        let is_known = self.plugins.contains(prefix) && !self.is_elsewhere(own);
        (!is_known).then(|| prefix.to_owned())
    }

    fn databases<'s>(&'s self, own: &'s DatabaseSettings) -> Option<Database> {
        own.database.clone().or_else(|| self.module.database.clone())
    }

    /// Whether the tables are those of another database than Steampipe's.
    fn is_elsewhere(&self, own: &DatabaseSettings) -> bool {
        match self.databases(own) {
            None => false,
            Some(Database::Connection { kind, .. }) => kind != "steampipe",
            Some(Database::ConnectionString(text)) => !text.contains(":9193/steampipe"),
        }
    }

    /// Whether the dialect is PostgreSQL's.
    fn is_postgres(&self, id: &Identity, own: &DatabaseSettings) -> bool {
        let home = self.module.find_mod(&id.mod_name).unwrap_or(self.module);
        let settings = database_of(self.module, home, std::iter::once(own));
        let database = settings.and_then(|s| s.database).or_else(|| self.module.database.clone());
        match database {
            None => true,
            Some(Database::Connection { kind, .. }) => matches!(kind.as_str(), "steampipe" | "postgres"),
            Some(Database::ConnectionString(text)) => {
                !["sqlite:", "duckdb:", "mysql:"].iter().any(|s| text.starts_with(s))
            }
        }
    }

    fn note_foreign(&mut self) {
        let Some((id, at)) = self.first.take() else { return };
        let names: Vec<String> = self.foreign.iter().map(|p| format!("{p}_...")).collect();
        let message = format!(
            "{} queries were checked for syntax only: they read tables whose schemas are not known here ({})",
            self.report.unchecked,
            names.join(", ")
        );
        self.push(&id, "unchecked", at, message);
    }
}

/// Returns the place of the first occurrence of a text in SQL.
fn locate(sql: &SqlText, text: &str) -> Option<Span> {
    let at = sql.text.find(text)?;
    sql.locate(at..at + text.len())
}

/// Collects the texts that a column can have, as far as they are written in the query.
fn texts_of(query: &ir::Query, nth: usize, out: &mut Vec<String>) {
    fn of(expr: &ir::Expr, out: &mut Vec<String>) {
        match &expr.kind {
            Kind::Text(text) | Kind::Unknown(text) => out.push(text.clone()),
            Kind::Case(branches, otherwise) => {
                branches.iter().for_each(|(_, e)| of(e, out));
                if let Some(e) = otherwise {
                    of(e, out);
                }
            }
            _ => {}
        }
    }
    match &query.body {
        ir::Body::Select(select) => {
            if let Some(item) = select.items.get(nth) {
                of(item, out);
            }
        }
        ir::Body::Set { left, right, .. } => {
            texts_of(&left.0, nth, out);
            texts_of(&right.0, nth, out);
        }
        ir::Body::Values(rows) => rows.iter().filter_map(|r| r.get(nth)).for_each(|e| of(e, out)),
    }
}

/// Collects the SQL of a resource and of those inside: text, number of params, number of values given by position.
fn collect<'p>(kind: &str, properties: &'p Map<String, Value>, out: &mut Vec<(&'p str, usize, Option<usize>)>) {
    if let Some(Value::String(sql)) = properties.get("sql") {
        let params = properties.get("params").and_then(Value::as_array).map_or(0, Vec::len);
        let given = match properties.get("args") {
            None => Some(0),
            Some(Value::Array(values)) => Some(values.len()),
            Some(_) => None,
        };
        // A node may be the base of others, which have the args.
        let given = given.filter(|_| !matches!(kind, "node" | "edge"));
        out.push((sql, params, given));
    }
    for child in properties.get("children").and_then(Value::as_array).into_iter().flatten() {
        if let Value::Object(child) = child {
            collect(child.get("kind").and_then(Value::as_str).unwrap_or_default(), child, out);
        }
    }
}

/// Finds where the lines of a text were written in a block; what is not found counts as the block's first line.
fn find(block: &Span, text: &str) -> SqlText {
    let source = block.text();
    let head = places::head(block).range;
    let mut segments: Vec<Segment> = Vec::new();
    let (mut from, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let found = source.get(from..).and_then(|rest| rest.find(trimmed)).filter(|_| !trimmed.is_empty());
        let lead = line.len() - line.trim_start().len();
        match found {
            Some(offset) => {
                let start = block.range.start + from + offset;
                let written = at + lead..at + lead + trimmed.len();
                if written.start > at {
                    segments.push(Segment { text: at..written.start, file: start..start, literal: false });
                }
                let end = written.end;
                segments.push(Segment { text: written, file: start..start + trimmed.len(), literal: true });
                if end < at + line.len() {
                    let place = start + trimmed.len();
                    segments.push(Segment { text: end..at + line.len(), file: place..place, literal: false });
                }
                from += offset + trimmed.len();
            }
            None => segments.push(Segment { text: at..at + line.len(), file: head.clone(), literal: false }),
        }
        at += line.len();
    }
    SqlText { text: text.to_owned(), segments, file: Some(Arc::clone(&block.file)) }
}
