//! What references mean in a mod.

use super::eval::Names;
use super::fault::{Budget, Eval, Fault};
use super::loader::{Loader, attributes};
use super::schema::{self, CONNECTIONS, RUNTIME, resource_kind};
use super::value::{ResourceRef, Val};
use crate::model::diagnostic::nearest;
use crate::model::resource::{Meta, Mod, QuerySource};
use chrono::{DateTime, Utc};
use std::sync::Arc;

impl Names for Loader<'_> {
    fn resolve(&self, parts: &[&str]) -> Eval<(Val, usize)> {
        let part = |i: usize| parts.get(i).copied();
        let root = part(0).unwrap_or_default();
        if self.variables.is_none() && root != "connection" {
            return Err(Fault::new("the value of a variable cannot refer to other things")
                .code("unknown-reference")
                .help("literals, functions and connection.type.name can stand here"));
        }
        match (root, part(1), part(2)) {
            ("local", Some(name), _) => self.local(name).map(|v| (v, 2)),
            ("var", Some(name), _) => self.variable_value(name).map(|v| (v, 2)),
            ("connection", Some(kind), Some(name)) => self.connection(kind, name).map(|v| (v, 3)),
            ("input", Some(name), _) => Err(Fault::new(format!("input.{name} must be written self.input.{name}"))
                .code("runtime")
                .help(format!("did you mean self.input.{name}.value?"))),
            (word, Some(_), _) if RUNTIME.contains(&word) => {
                if word == "self" && part(1) != Some("input") {
                    return Err(Fault::new("only self.input.<name> is known").code("runtime"));
                }
                Ok((Val::Runtime(Arc::from(parts.join("."))), parts.len()))
            }
            (word, Some(name), _) if resource_kind(word).is_some() => {
                let kind = resource_kind(word).unwrap_or_default();
                self.resource(&self.mod_name, kind, name).map(|v| (v, 2))
            }
            (own, Some(word), Some(name)) if own == self.mod_name && resource_kind(word).is_some() => {
                let kind = resource_kind(word).unwrap_or_default();
                self.resource(own, kind, name).map(|v| (v, 3))
            }
            (own, Some("var"), Some(name)) if own == self.mod_name => self.variable_value(name).map(|v| (v, 3)),
            (alias, Some(word), Some(name)) if self.dependencies.contains_key(alias) => {
                let Some(module) = self.dependencies.get(alias) else { return Err(Fault::new("internal")) };
                self.of_dependency(module, word, name).map(|v| (v, 3))
            }
            (word, None, _) => Err(Fault::new(format!("unknown variable: there is no variable named \"{word}\" here"))
                .code("unknown-reference")
                .help("write var.name, local.name or type.name; text needs quotes")),
            (word, ..) => Err(self.unknown_root(word, parts)),
        }
    }

    fn attribute(&self, resource: &ResourceRef, name: &str) -> Eval<Val> {
        let ResourceRef { mod_name, kind, name: short } = resource;
        match name {
            "name" => return Ok(Val::str(format!("{mod_name}.{kind}.{short}"))),
            "short_name" => return Ok(Val::str(short)),
            "unqualified_name" => return Ok(Val::str(format!("{kind}.{short}"))),
            "mod" => return Ok(Val::str(mod_name)),
            "url_path" if *kind == "dashboard" => return Ok(Val::str(format!("/{mod_name}.dashboard.{short}"))),
            _ => {}
        }
        if *mod_name != self.mod_name {
            return match self.dependencies.get(mod_name) {
                Some(module) => attribute_of_dependency(module, resource, name),
                None => Err(Fault::new(format!("mod \"{mod_name}\" is not installed")).code("missing-dependency")),
            };
        }
        let declared = self.names.resource(kind, short).and_then(|i| self.declared.get(i));
        let Some((declared, block)) = declared.and_then(|d| self.block(d).map(|b| (d, b))) else {
            return Err(Fault::new("internal: a resource vanished"));
        };
        let find = |wanted: &str| attributes(block).find(|a| a.key.as_str() == wanted);
        if let Some(attribute) = find(name) {
            return self.value(declared.file, attribute);
        }
        if !schema::allows_attribute(kind, name) {
            return Err(Fault::new(format!("a {kind} has no attribute \"{name}\""))
                .code("unknown-reference")
                .suggest(nearest(name, schema::attributes(kind)), ""));
        }
        if let Some(base) = find("base")
            && name != "documentation"
            && let Val::Resource(base) = self.value(declared.file, base)?
            && base.kind == *kind
        {
            self.budget.enter()?;
            let value = self.attribute(&base, name);
            self.budget.leave();
            return value;
        }
        Ok(Val::Null)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.files.locate(path).and_then(super::files::Located::read)
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        self.files.locate(path).and_then(super::files::Located::bytes)
    }

    fn files(&self, folder: &str) -> Result<Vec<String>, String> {
        self.files.below(folder)
    }

    fn file_exists(&self, path: &str) -> bool {
        self.files.locate(path).is_ok()
    }

    fn env(&self, name: &str) -> String {
        self.environment.get(name).cloned().unwrap_or_default()
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock
    }

    fn budget(&self) -> &Budget {
        &self.budget
    }
}

impl Loader<'_> {
    fn local(&self, name: &str) -> Eval<Val> {
        let Some((file, block, index)) = self.names.locals.get(name).copied() else {
            let known = self.names.locals.keys().map(String::as_str);
            return Err(Fault::new(format!("there is no local \"{name}\""))
                .code("unknown-reference")
                .suggest(self.budget.nearest(name, known), "local."));
        };
        let attribute = self.blocks.get(file).and_then(|b| b.get(block)).and_then(|b| attributes(b).nth(index));
        match attribute {
            Some(attribute) => self.value(file, attribute),
            None => Err(Fault::new("internal: a local vanished")),
        }
    }

    fn variable_value(&self, name: &str) -> Eval<Val> {
        match self.variables.as_ref().and_then(|v| v.get(name)) {
            Some(value) => Ok(value.clone()),
            None => Err(Fault::new(format!("there is no variable \"{name}\""))
                .code("unknown-reference")
                .suggest(self.budget.nearest(name, self.names_of("variable")), "var.")),
        }
    }

    fn connection(&self, kind: &str, name: &str) -> Eval<Val> {
        let is_default = name == "default" && CONNECTIONS.contains(&kind);
        if is_default || self.connections.iter().any(|(k, n)| k == kind && n == name) {
            return Ok(Val::Connection(Arc::new((kind.to_owned(), name.to_owned()))));
        }
        let fault = Fault::new(format!("there is no connection \"{kind}.{name}\"")).code("unknown-reference");
        let known: Vec<String> = CONNECTIONS
            .iter()
            .map(|k| format!("{k}.default"))
            .chain(self.connections.iter().map(|(k, n)| format!("{k}.{n}")))
            .collect();
        Err(fault.suggest(nearest(&format!("{kind}.{name}"), known.iter().map(String::as_str)), "connection."))
    }

    fn resource(&self, mod_name: &str, kind: &'static str, name: &str) -> Eval<Val> {
        if self.names.resource(kind, name).is_some() {
            let resource = ResourceRef { mod_name: mod_name.to_owned(), kind, name: name.to_owned() };
            return Ok(Val::Resource(Arc::new(resource)));
        }
        let fault = Fault::new(format!("there is no {kind} \"{name}\"")).code("unknown-reference");
        // The same name under another word is the likelier slip than a similar name.
        let other = self.declared.iter().find(|d| d.name == name && resource_kind(d.kind).is_some());
        Err(match other {
            Some(d) => fault.help(format!("did you mean {}.{name}?", d.kind)),
            None => fault.suggest(self.budget.nearest(name, self.names_of(kind)), &format!("{kind}.")),
        })
    }

    /// Returns a resource or variable of a dependency.
    fn of_dependency(&self, module: &Mod, word: &str, name: &str) -> Eval<Val> {
        let missing = |what: &str, near: Option<&str>| {
            Fault::new(format!("mod {} has no {what} \"{name}\"", module.name))
                .code("unknown-reference")
                .suggest(near, &format!("{}.{word}.", module.name))
        };
        if word == "var" {
            let Some(variable) = module.variables.get(name) else {
                return Err(missing(
                    "variable",
                    self.budget.nearest(name, module.variables.keys().map(String::as_str)),
                ));
            };
            let value = variable.value.clone().unwrap_or_default();
            // Connections travel as text.
            if variable.type_string.starts_with("connection")
                && let Some((kind, short)) =
                    value.as_str().and_then(|v| v.strip_prefix("connection.")).and_then(|v| v.split_once('.'))
            {
                return Ok(Val::Connection(Arc::new((kind.to_owned(), short.to_owned()))));
            }
            return Ok(Val::from_json(&value));
        }
        let Some(kind) = resource_kind(word) else {
            let words = schema::RESOURCES.iter().copied().chain(["var"]);
            return Err(Fault::new(format!("mod {} has nothing called {word}", module.name))
                .code("unknown-reference")
                .suggest(nearest(word, words), &format!("{}.", module.name))
                .help("locals of a dependency are not visible"));
        };
        let others = || module.others.iter().filter(|o| o.id.kind == kind).map(|o| o.id.name.as_str());
        let is_there = match kind {
            "control" => module.controls.contains_key(name),
            "query" => module.queries.contains_key(name),
            "benchmark" => module.benchmarks.contains_key(name),
            _ => others().any(|n| n == name),
        };
        if !is_there {
            let known: Vec<&str> = match kind {
                "control" => module.controls.keys().map(String::as_str).collect(),
                "query" => module.queries.keys().map(String::as_str).collect(),
                "benchmark" => module.benchmarks.keys().map(String::as_str).collect(),
                _ => others().collect(),
            };
            return Err(missing(kind, self.budget.nearest(name, known)));
        }
        Ok(Val::Resource(Arc::new(ResourceRef { mod_name: module.name.clone(), kind, name: name.to_owned() })))
    }

    fn unknown_root(&self, word: &str, parts: &[&str]) -> Box<Fault> {
        let shown = parts.join(".");
        if parts.get(1).is_some_and(|w| *w == "var" || resource_kind(w).is_some()) {
            return Fault::new(format!("mod \"{word}\" is not a dependency of this mod"))
                .code("missing-dependency")
                .suggest(
                    nearest(word, self.dependencies.keys().map(String::as_str).chain([self.mod_name.as_str()])),
                    "",
                )
                .help(format!("to use {shown}, require the mod and run ironpipe mod install"));
        }
        let words = ["local", "var", "connection"].into_iter().chain(schema::RESOURCES.iter().copied());
        Fault::new(format!("\"{shown}\" refers to nothing: there is no \"{word}\""))
            .code("unknown-reference")
            .suggest(nearest(word, words), "")
    }
}

fn attribute_of_dependency(module: &Mod, resource: &ResourceRef, name: &str) -> Eval<Val> {
    let text = |t: &Option<String>| t.as_ref().map_or(Val::Null, Val::str);
    let meta = |m: &Meta| -> Option<Val> {
        Some(match name {
            "title" => text(&m.title),
            "description" => text(&m.description),
            "tags" => Val::Map(Arc::new(m.tags.iter().map(|(k, v)| (k.clone(), Val::str(v))).collect())),
            "documentation" => m.documentation.read().ok().flatten().map_or(Val::Null, Val::str),
            _ => return None,
        })
    };
    let short = &resource.name;
    let value = match resource.kind {
        "control" => module.controls.get(short).and_then(|c| {
            meta(&c.meta).or_else(|| match (name, &c.source) {
                ("severity", _) => Some(text(&c.severity)),
                ("sql", QuerySource::Sql(sql)) => Some(Val::str(&sql.text)),
                ("type", _) => Some(text(&c.display_type)),
                ("display", _) => Some(text(&c.display)),
                _ => None,
            })
        }),
        "query" => {
            let query = module.queries.get(short);
            query.and_then(|q| meta(&q.meta).or_else(|| (name == "sql").then(|| Val::str(&q.sql.text))))
        }
        "benchmark" => module.benchmarks.get(short).and_then(|b| meta(&b.meta)),
        kind => module
            .others
            .iter()
            .find(|o| o.id.kind == kind && o.id.name == *short)
            .and_then(|o| meta(&o.meta).or_else(|| o.properties.get(name).map(Val::from_json))),
    };
    value.ok_or_else(|| {
        Fault::new(format!("{}.{} has no attribute \"{name}\" here", module.name, resource.unqualified()))
            .code("unknown-reference")
    })
}
