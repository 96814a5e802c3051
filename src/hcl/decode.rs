//! Blocks become resources.

use super::eval::{Evaluator, Fault};
use super::files::Located;
use super::load::{Declared, Loader, attributes, block_range};
use super::schema::{allows_attribute, attributes as known_attributes, shape};
use super::template::stripped;
use super::value::Val;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::resource::{
    Args, Benchmark, ChildRef, Control, Database, DatabaseSettings, Documentation, Identity, Meta, Mod, ModConstraint,
    Param, Query, QuerySource, RequiredMod, RequiredPlugin,
};
use crate::model::source::{Segment, SqlText};
use crate::model::value::Arg;
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block};
use hcl_edit::template::Element;
use indexmap::IndexMap;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// Reports attributes and blocks that a kind does not have, and attributes that are set twice.
pub(super) fn check_shape(loader: &Loader, file: usize, kind: &str, block: &Block, errors: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for attribute in attributes(block) {
        let name = attribute.key.as_str();
        let at = attribute.key.span().unwrap_or(0..1);
        if !allows_attribute(kind, name) {
            let d = loader.error(
                file,
                at,
                "unknown-attribute",
                format!("unsupported argument: an argument named \"{name}\" is not expected here"),
            );
            errors.push(match nearest(name, known_attributes(kind)) {
                Some(near) => d.help(format!("did you mean \"{near}\"?")),
                None => d,
            });
        } else if !seen.insert(name) {
            errors.push(loader.error(file, at, "duplicate", format!("attribute redefined: \"{name}\" is set twice")));
        }
    }
    let blocks = shape(kind).blocks;
    for inner in block.body.blocks() {
        let word = inner.ident.as_str();
        if !blocks.contains(&word) {
            let d = loader.error(
                file,
                inner.ident.span().unwrap_or(0..1),
                "unknown-block",
                format!("unsupported block type: blocks of type \"{word}\" are not expected here"),
            );
            errors.push(match nearest(word, blocks.iter().copied()) {
                Some(near) => d.help(format!("did you mean \"{near}\"?")),
                None => d,
            });
        }
    }
}

/// Reads the attributes of one block.
pub(super) struct Reader<'l> {
    pub loader: &'l Loader,
    pub file: usize,
    pub block: &'l Block,
    pub range: Range<usize>,
    pub errors: Vec<Diagnostic>,
}

impl<'l> Reader<'l> {
    pub fn new(loader: &'l Loader, file: usize, block: &'l Block) -> Self {
        Self { loader, file, block, range: block.ident.span().unwrap_or(0..1), errors: Vec::new() }
    }

    pub fn attribute(&self, name: &str) -> Option<&'l Attribute> {
        attributes(self.block).find(|a| a.key.as_str() == name)
    }

    fn push(&mut self, fault: Fault, range: Range<usize>) {
        self.errors.extend(self.loader.fault(self.file, range, fault));
    }

    pub fn eval(&mut self, name: &str) -> Option<Val> {
        let attribute = self.attribute(name)?;
        match Evaluator::new(self.loader).eval(&attribute.value) {
            Ok(Val::Null) => None,
            Ok(value) => Some(value),
            Err(fault) => {
                let range = attribute.value.span().unwrap_or(self.range.clone());
                self.push(fault, range);
                None
            }
        }
    }

    fn wrong_type(&mut self, name: &str, wanted: &str, value: &Val) {
        let range = self.attribute(name).and_then(|a| a.value.span()).unwrap_or(self.range.clone());
        self.errors.push(self.loader.error(
            self.file,
            range,
            "type",
            format!("unsuitable value type: {wanted} required, not a {}", value.type_name()),
        ));
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.eval(name)?;
        let text = value.to_text().map(|t| t.to_string());
        if text.is_none() {
            self.wrong_type(name, "string", &value);
        }
        text
    }

    fn int(&mut self, name: &str) -> Option<i64> {
        let value = self.eval(name)?;
        let number = value.to_number().and_then(super::value::whole);
        if number.is_none() {
            self.wrong_type(name, "whole number", &value);
        }
        number
    }

    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.eval(name)?;
        let items = match &value {
            Val::List(items) => items.iter().map(|i| i.to_text().map(|t| t.to_string())).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if items.is_none() {
            self.wrong_type(name, "list of strings", &value);
        }
        items
    }

    fn tags(&mut self) -> BTreeMap<String, String> {
        let Some(value) = self.eval("tags") else { return BTreeMap::new() };
        let tags = match &value {
            Val::Map(map) => {
                map.iter().map(|(k, v)| v.to_text().map(|t| (k.clone(), t.to_string()))).collect::<Option<_>>()
            }
            _ => None,
        };
        tags.unwrap_or_else(|| {
            self.wrong_type("tags", "map of strings", &value);
            BTreeMap::new()
        })
    }

    /// Documentation; a plain `file("...")` is only looked for.
    fn documentation(&mut self) -> Documentation {
        let Some(attribute) = self.attribute("documentation") else { return Documentation::None };
        if let Expression::FuncCall(call) = &attribute.value
            && call.name.name.value().as_str() == "file"
            && let Some(Expression::String(path)) = call.args.iter().next()
        {
            return match self.loader.files.locate(path.value()) {
                Ok(Located::File(path)) => Documentation::File(path),
                Ok(Located::Embedded(text)) => Documentation::Embedded(text),
                Err(message) => {
                    let range = path.span().unwrap_or(self.range.clone());
                    self.errors.push(self.loader.error(self.file, range, "file", message));
                    Documentation::None
                }
            };
        }
        self.text("documentation").map_or(Documentation::None, Documentation::Text)
    }

    pub fn meta(&mut self) -> Meta {
        Meta {
            title: self.text("title"),
            description: self.text("description"),
            documentation: self.documentation(),
            tags: self.tags(),
        }
    }

    pub fn database(&mut self) -> DatabaseSettings {
        let database = self.eval("database").and_then(|v| self.database_of(&v));
        DatabaseSettings {
            database,
            search_path: self.texts("search_path"),
            search_path_prefix: self.texts("search_path_prefix"),
        }
    }

    fn database_of(&mut self, value: &Val) -> Option<Database> {
        match value {
            Val::Connection(c) => Some(Database::Connection { kind: c.0.clone(), name: c.1.clone() }),
            Val::Str(s) => Some(Database::ConnectionString(s.to_string())),
            other => {
                self.wrong_type("database", "connection or string", other);
                None
            }
        }
    }

    fn identity(&self, declared: &Declared) -> Option<Identity> {
        let span = self.loader.span(self.file, block_range(self.block))?;
        Some(Identity {
            mod_name: self.loader.mod_name.clone(),
            kind: declared.kind,
            name: declared.name.clone(),
            span,
        })
    }

    /// SQL with the places where its pieces were written.
    fn sql(&mut self) -> Option<SqlText> {
        let attribute = self.attribute("sql")?;
        let file = self.loader.file_of(self.file)?;
        let mut sql = SqlText { file: Some(Arc::clone(file)), ..SqlText::default() };
        let whole = attribute.value.span().unwrap_or(self.range.clone());
        let mut evaluator = Evaluator::new(self.loader);
        let result = match &attribute.value {
            Expression::HeredocTemplate(heredoc) => {
                let elements: Vec<&Element> = heredoc.template.iter().collect();
                append(&mut sql, &elements, &mut evaluator)
            }
            Expression::StringTemplate(template) => {
                let elements: Vec<&Element> = template.iter().collect();
                append(&mut sql, &elements, &mut evaluator)
            }
            Expression::String(text) => {
                literal(
                    &mut sql,
                    text.value(),
                    text.span().map(|s| s.start + 1..s.end.saturating_sub(1)).unwrap_or(whole.clone()),
                );
                Ok(())
            }
            other => match evaluator.eval(other) {
                Ok(Val::Null) => return None,
                Ok(value) => match value.to_text() {
                    Some(text) => {
                        sql.segments.push(Segment { text: 0..text.len(), file: whole.clone(), literal: false });
                        sql.text = text.to_string();
                        Ok(())
                    }
                    None => {
                        Err(Fault::new(format!("unsuitable value type: string required, not a {}", value.type_name())))
                    }
                },
                Err(fault) => Err(fault),
            },
        };
        if let Err(fault) = result {
            self.push(fault, whole);
            return None;
        }
        Some(sql)
    }

    fn params(&mut self) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        for block in self.block.body.blocks().filter(|b| b.ident.as_str() == "param") {
            check_shape(self.loader, self.file, "param", block, &mut self.errors);
            let Some(label) = block.labels.first() else {
                self.errors.push(self.loader.error(
                    self.file,
                    block.ident.span().unwrap_or(0..1),
                    "label",
                    "missing name for param",
                ));
                continue;
            };
            let name = label.as_str().to_owned();
            if params.iter().any(|p| p.name == name) {
                self.errors.push(self.loader.error(
                    self.file,
                    label.span().unwrap_or(0..1),
                    "duplicate",
                    format!("param \"{name}\" is defined twice"),
                ));
                continue;
            }
            let mut inner = Reader::new(self.loader, self.file, block);
            let default = inner.eval("default").map(|v| v.to_arg());
            let description = inner.text("description");
            self.errors.append(&mut inner.errors);
            if let Some(span) = self.loader.span(self.file, block_range(block)) {
                params.push(Param { name, description, default, span });
            }
        }
        params
    }

    fn args(&mut self) -> Args {
        let Some(attribute) = self.attribute("args") else { return Args::None };
        match self.eval("args") {
            None => Args::None,
            Some(Val::Map(map)) => {
                // The order in which they were written, not the order of the keys.
                let mut named = IndexMap::new();
                if let Expression::Object(object) = &attribute.value {
                    for (key, _) in object {
                        let key = match key {
                            hcl_edit::expr::ObjectKey::Ident(ident) => ident.value().to_string(),
                            hcl_edit::expr::ObjectKey::Expression(Expression::String(s)) => s.value().clone(),
                            hcl_edit::expr::ObjectKey::Expression(_) => continue,
                        };
                        if let Some(value) = map.get(&key) {
                            named.insert(key, value.to_arg());
                        }
                    }
                }
                for (key, value) in map.iter() {
                    named.entry(key.clone()).or_insert_with(|| value.to_arg());
                }
                Args::Named(named)
            }
            Some(Val::List(items)) => Args::Positional(items.iter().map(Val::to_arg).collect::<Vec<Arg>>()),
            Some(other) => {
                self.wrong_type("args", "map or list", &other);
                Args::None
            }
        }
    }
}

/// Appends a template to SQL text, keeping places.
fn append(sql: &mut SqlText, elements: &[&Element], evaluator: &mut Evaluator<'_>) -> Result<(), Fault> {
    for (i, element) in elements.iter().enumerate() {
        let span = element.span();
        match element {
            Element::Literal(text) => {
                let shown = stripped(elements, i, text, (false, false));
                // What strip markers took off at the start moves the place along.
                let offset = text.len() - text.trim_start().len();
                let cut = if shown.len() < text.len() && !text.starts_with(shown) {
                    text.find(shown).unwrap_or(offset)
                } else {
                    0
                };
                match span {
                    Some(range) => literal_part(sql, shown, text, cut, range),
                    None => sql.text.push_str(shown),
                }
            }
            other => {
                let start = sql.text.len();
                evaluator.element(other, &mut sql.text)?;
                if let Some(range) = span {
                    sql.segments.push(Segment { text: start..sql.text.len(), file: range, literal: false });
                }
            }
        }
    }
    Ok(())
}

fn literal(sql: &mut SqlText, text: &str, range: Range<usize>) {
    literal_part(sql, text, text, 0, range);
}

/// Appends literal text. `full` is the whole literal after dedenting, of which `shown` begins at byte `cut`; the range
/// is where it was written, with its indentation.
fn literal_part(sql: &mut SqlText, shown: &str, full: &str, cut: usize, range: Range<usize>) {
    let source = sql.file.as_ref().and_then(|f| f.text.get(range.clone())).unwrap_or_default().to_owned();
    let base = sql.text.len();
    let mut written = range.start;
    let mut at = 0;
    // Lines correspond one to one; each lost some blanks at its start.
    let lines_match = source.split('\n').count() == full.split('\n').count();
    if lines_match {
        for (out, src) in full.split_inclusive('\n').zip(source.split_inclusive('\n')) {
            let lost = src.len().saturating_sub(out.len());
            if src.ends_with(out.trim_start_matches([' ', '\t'])) {
                let from = at.max(cut);
                let to = (at + out.len()).min(cut + shown.len());
                if from < to {
                    let text = base + from - cut..base + to - cut;
                    let file = written + lost + (from - at)..written + lost + (to - at);
                    sql.segments.push(Segment { text, file, literal: true });
                }
            }
            at += out.len();
            written += src.len();
        }
    } else {
        sql.segments.push(Segment { text: base..base + shown.len(), file: range, literal: false });
    }
    sql.text.push_str(shown);
}

/// Decodes every resource of the mod.
pub(super) fn decode(loader: &Loader, module: &mut Mod, warnings: &mut Vec<Diagnostic>, errors: &mut Vec<Diagnostic>) {
    for declared in &loader.declared {
        let Some(block) = loader.block(declared) else { continue };
        let mut reader = Reader::new(loader, declared.file, block);
        check_shape(loader, declared.file, declared.kind, block, &mut reader.errors);
        match declared.kind {
            "mod" => decode_mod(&mut reader, module, warnings),
            "query" => {
                if let Some(query) = decode_query(&mut reader, declared) {
                    module.queries.insert(declared.name.clone(), Arc::new(query));
                }
            }
            _ => {}
        }
        errors.append(&mut reader.errors);
    }
    for declared in &loader.declared {
        let Some(block) = loader.block(declared) else { continue };
        let mut reader = Reader::new(loader, declared.file, block);
        match declared.kind {
            "control" => {
                if let Some(control) = decode_control(&mut reader, declared, module, warnings) {
                    module.controls.insert(declared.name.clone(), Arc::new(control));
                }
            }
            "benchmark" => {
                if let Some(benchmark) = decode_benchmark(&mut reader, declared) {
                    module.benchmarks.insert(declared.name.clone(), Arc::new(benchmark));
                }
            }
            "mod" | "query" | "variable" | "locals" => {}
            _ => super::others::decode(&mut reader, declared, module),
        }
        errors.append(&mut reader.errors);
    }
    find_cycles(loader, module, errors);
}

fn decode_mod(reader: &mut Reader<'_>, module: &mut Mod, warnings: &mut Vec<Diagnostic>) {
    module.meta = reader.meta();
    module.database = reader.database().database;
    module.categories = reader.texts("categories").unwrap_or_default();
    module.color = reader.text("color");
    module.icon = reader.text("icon");
    for require in reader.block.body.blocks().filter(|b| matches!(b.ident.as_str(), "require" | "requires")) {
        for block in require.body.blocks() {
            let mut inner = Reader::new(reader.loader, reader.file, block);
            let label = block.labels.first().map(|l| l.as_str().to_owned()).unwrap_or_default();
            match block.ident.as_str() {
                "powerpipe" => module.require.powerpipe_min_version = inner.text("min_version"),
                "steampipe" => {}
                "plugin" => {
                    let min_version = inner.text("min_version").unwrap_or_default();
                    module.require.plugins.push(RequiredPlugin { name: label, min_version });
                }
                "mod" => {
                    let constraints: Vec<ModConstraint> = [
                        inner.text("version").map(ModConstraint::Version),
                        inner.text("tag").map(ModConstraint::Tag),
                        inner.text("branch").map(ModConstraint::Branch),
                        inner.text("path").map(ModConstraint::Path),
                    ]
                    .into_iter()
                    .flatten()
                    .collect();
                    let args = match inner.eval("args") {
                        Some(Val::Map(map)) => map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect(),
                        _ => BTreeMap::new(),
                    };
                    let span = reader.loader.span(reader.file, block_range(block));
                    match (<[ModConstraint; 1]>::try_from(constraints), span) {
                        (Ok([constraint]), Some(span)) => {
                            let database = inner.database();
                            module.require.mods.push(RequiredMod { name: label, constraint, args, database, span });
                        }
                        _ => inner.errors.push(reader.loader.error(
                            reader.file,
                            inner.range.clone(),
                            "require",
                            format!("mod \"{label}\" needs exactly one of version, tag, branch and path"),
                        )),
                    }
                }
                other => inner.errors.push(reader.loader.error(
                    reader.file,
                    inner.range.clone(),
                    "unknown-block",
                    format!("unsupported block type: blocks of type \"{other}\" are not expected here"),
                )),
            }
            reader.errors.append(&mut inner.errors);
        }
        if require.ident.as_str() == "requires" {
            warnings.extend(
                std::iter::once(reader.loader.error(
                    reader.file,
                    require.ident.span().unwrap_or(0..1),
                    "deprecated",
                    "`requires` is now written `require`",
                ))
                .map(|mut d| {
                    d.level = crate::model::diagnostic::Level::Note;
                    d
                }),
            );
        }
    }
}

fn decode_query(reader: &mut Reader<'_>, declared: &Declared) -> Option<Query> {
    let sql = reader.sql();
    if sql.is_none() && reader.errors.is_empty() {
        reader.errors.push(reader.loader.error(
            reader.file,
            reader.range.clone(),
            "missing-sql",
            format!("query.{} does not define a query or SQL", declared.name),
        ));
    }
    let query = Query {
        id: reader.identity(declared)?,
        meta: reader.meta(),
        sql: sql?,
        params: reader.params(),
        database: reader.database(),
    };
    Some(query)
}

fn decode_control(
    reader: &mut Reader<'_>,
    declared: &Declared,
    module: &Mod,
    warnings: &mut Vec<Diagnostic>,
) -> Option<Control> {
    let (own_sql, own_query) = (reader.attribute("sql").is_some(), reader.attribute("query").is_some());
    let base = match reader.eval("base") {
        Some(Val::Resource(r)) if r.1 == "control" => Some(r.2.clone()),
        Some(other) => {
            reader.wrong_type("base", "control", &other);
            None
        }
        None => None,
    };
    let base = base.and_then(|name| module.controls.get(&name).cloned());
    let full = |name: &str| format!("control.{name}");
    if own_sql && own_query {
        reader.errors.push(reader.loader.error(
            reader.file,
            reader.range.clone(),
            "sql-and-query",
            format!("{} has both 'SQL' and 'query' property set", full(&declared.name)),
        ));
    }
    let source = if own_query {
        match reader.eval("query") {
            Some(Val::Resource(r)) if r.1 == "query" => {
                module.queries.get(&r.2).map(|q| QuerySource::Query(Arc::clone(q)))
            }
            Some(other) => {
                reader.wrong_type("query", "query", &other);
                None
            }
            None => None,
        }
    } else if own_sql {
        reader.sql().map(|sql| {
            // SQL that is the name of a query stands for the query.
            let name = sql.text.trim().strip_prefix("query.").and_then(|n| module.queries.get(n));
            name.map_or_else(|| QuerySource::Sql(sql.clone()), |q| QuerySource::Query(Arc::clone(q)))
        })
    } else {
        base.as_ref().map(|b| b.source.clone())
    };
    if source.is_none() && reader.errors.is_empty() {
        reader.errors.push(reader.loader.error(
            reader.file,
            reader.range.clone(),
            "missing-sql",
            format!("{} does not define a query or SQL", full(&declared.name)),
        ));
    }
    let mut params = reader.params();
    if own_query && !params.is_empty() {
        let mut d = reader.loader.error(
            reader.file,
            reader.range.clone(),
            "deprecated",
            "deprecated usage: params of a control with a query are ignored; the query's own count",
        );
        d.level = crate::model::diagnostic::Level::Warning;
        warnings.push(d);
        params.clear();
    }
    let mut meta = reader.meta();
    let mut args = reader.args();
    let mut severity = reader.text("severity");
    let (mut width, mut display_type, mut display) = (reader.int("width"), reader.text("type"), reader.text("display"));
    if let Some(base) = &base {
        meta.title = meta.title.or_else(|| base.meta.title.clone());
        meta.description = meta.description.or_else(|| base.meta.description.clone());
        for (key, value) in &base.meta.tags {
            meta.tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
        if args == Args::None {
            args = base.args.clone();
        }
        if params.is_empty() && !own_query && !own_sql {
            params.clone_from(&base.params);
        }
        severity = severity.or_else(|| base.severity.clone());
        width = width.or(base.width);
        display_type = display_type.or_else(|| base.display_type.clone());
        display = display.or_else(|| base.display.clone());
    }
    Some(Control {
        id: reader.identity(declared)?,
        meta,
        source: source?,
        params,
        args,
        severity,
        width,
        display_type,
        display,
        database: reader.database(),
    })
}

fn decode_benchmark(reader: &mut Reader<'_>, declared: &Declared) -> Option<Benchmark> {
    let mut children: Vec<ChildRef> = Vec::new();
    let ranges: Vec<Range<usize>> = match reader.attribute("children").map(|a| &a.value) {
        Some(Expression::Array(items)) => items.iter().map(|i| i.span().unwrap_or(reader.range.clone())).collect(),
        _ => Vec::new(),
    };
    let at = |i: usize, reader: &Reader<'_>| ranges.get(i).cloned().unwrap_or_else(|| reader.range.clone());
    // Each child by itself, so that all misspelt ones are reported at once.
    let values: Vec<Option<Val>> = match reader.attribute("children").map(|a| &a.value) {
        None => Vec::new(),
        Some(Expression::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(i, item)| match Evaluator::new(reader.loader).eval(item) {
                Ok(value) => Some(value),
                Err(fault) => {
                    let range = at(i, reader);
                    reader.push(fault, range);
                    None
                }
            })
            .collect(),
        Some(_) => match reader.eval("children") {
            Some(Val::List(items)) => items.iter().cloned().map(Some).collect(),
            Some(other) => {
                reader.wrong_type("children", "list of controls and benchmarks", &other);
                Vec::new()
            }
            None => Vec::new(),
        },
    };
    for (i, value) in values.into_iter().enumerate() {
        let range = at(i, reader);
        match value {
            Some(Val::Resource(r)) if matches!(r.1, "control" | "benchmark" | "detection") => {
                let child = ChildRef { mod_name: r.0.clone(), kind: r.1, name: r.2.clone() };
                if children.contains(&child) {
                    reader.errors.push(reader.loader.error(
                        reader.file,
                        range,
                        "duplicate",
                        format!("benchmark.{} has duplicate child name {}.{}", declared.name, child.kind, child.name),
                    ));
                } else {
                    children.push(child);
                }
            }
            Some(Val::Resource(r)) => {
                reader.errors.push(reader.loader.error(
                    reader.file,
                    range,
                    "child",
                    format!("invalid child: a benchmark holds controls and benchmarks, not a {}", r.1),
                ));
            }
            Some(other) => {
                reader.errors.push(reader.loader.error(
                    reader.file,
                    range,
                    "type",
                    format!(
                        "unsuitable value type: element {i} must be a control or benchmark, not a {}",
                        other.type_name()
                    ),
                ));
            }
            None => {}
        }
    }
    Some(Benchmark {
        id: reader.identity(declared)?,
        meta: reader.meta(),
        children,
        width: reader.int("width"),
        display_type: reader.text("type"),
        display: reader.text("display"),
    })
}

/// Reports benchmarks that hold themselves.
fn find_cycles(loader: &Loader, module: &Mod, errors: &mut Vec<Diagnostic>) {
    fn visit<'m>(
        module: &'m Mod,
        name: &'m str,
        path: &mut Vec<&'m str>,
        done: &mut HashSet<&'m str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|n| *n == name) {
            return Some(path.iter().skip(start).chain([&name]).map(|n| format!("benchmark.{n}")).collect());
        }
        if !done.insert(name) {
            return None;
        }
        path.push(name);
        let benchmark = module.benchmarks.get(name)?;
        let found = benchmark
            .children
            .iter()
            .filter(|c| c.kind == "benchmark" && c.mod_name == module.name)
            .find_map(|c| visit(module, &c.name, path, done));
        path.pop();
        found
    }
    let mut done = HashSet::new();
    for (name, benchmark) in &module.benchmarks {
        if let Some(chain) = visit(module, name, &mut Vec::new(), &mut done) {
            let mut d = Diagnostic::error(format!("benchmarks form a cycle: {}", chain.join(" → "))).code("cycle");
            d = d.at_span(benchmark.id.span.clone(), "");
            errors.push(d);
        }
    }
    let _ = loader;
}
