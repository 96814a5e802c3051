//! `variable` blocks: their types, defaults and values.

use super::declare::Declared;
use super::decode::{Reader, check_shape};
use super::load::{ForDependencies, LoadOptions, Role};
use super::loader::{Loader, attributes, block_range};
use super::value::Val;
use super::variables::{self, Assigned};
use super::vartype::VarType;
use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::{Documentation, Identity, Meta, Mod, Variable};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A variable, its type, and its value where it has one.
struct Decoded {
    variable: Variable,
    ty: VarType,
    takes_text: bool,
    allowed: Vec<Val>,
    value: Option<Val>,
}

/// What stands for the value of a variable that has none.
fn stand_in(name: &str, ty: &VarType) -> Val {
    match ty {
        VarType::Any | VarType::String => Val::str(format!("${{var.{name}}}")),
        VarType::Number => Val::Num(0.0),
        VarType::Bool => Val::Bool(false),
        VarType::List(_) => Val::List(Arc::default()),
        VarType::Set(_) => Val::Set(Arc::default()),
        VarType::Tuple(types) => Val::List(Arc::new(types.iter().map(|t| stand_in(name, t)).collect())),
        VarType::Map(_) => Val::Map(Arc::default()),
        VarType::Object(types) => {
            Val::Map(Arc::new(types.iter().map(|(k, (t, _))| (k.clone(), stand_in(name, t))).collect()))
        }
        VarType::Connection(_) => Val::Null,
    }
}

impl Loader<'_> {
    /// Decodes the variables. Returns their values, and those that are meant for dependencies.
    pub fn load_variables(
        &self,
        module: &mut Mod,
        role: &Role,
        options: &LoadOptions,
        warnings: &mut Vec<Diagnostic>,
        errors: &mut Vec<Diagnostic>,
    ) -> (BTreeMap<String, Val>, ForDependencies) {
        let mut given = match role {
            Role::Workspace => {
                let collected = variables::collect(self, &options.variables);
                errors.extend(collected.errors);
                warnings.extend(collected.warnings);
                collected.values
            }
            Role::Dependency(given) => given.values.clone(),
        };
        let declared: Vec<&Declared> = self.declared.iter().filter(|d| d.kind == "variable").collect();
        let mut values = BTreeMap::new();
        for d in declared {
            let assigned = given.remove(&d.name);
            let Some(mut decoded) = self.variable(d, assigned.as_ref(), errors) else { continue };
            if decoded.value.is_none() && !options.allow_missing_variables {
                self.ask(&mut decoded, role, options, errors);
            }
            let value = decoded.value.clone();
            decoded.variable.value = value.as_ref().map(Val::to_json);
            // Where missing values are allowed, the rest of the mod is still to be listed and shown.
            let value = value.unwrap_or_else(|| stand_in(&d.name, &decoded.ty));
            values.insert(d.name.clone(), value);
            module.variables.insert(d.name.clone(), Arc::new(decoded.variable));
        }
        let mut for_dependencies = ForDependencies::new();
        for (name, assigned) in given {
            match (name.split_once('.'), role) {
                (Some((alias, short)), Role::Workspace) => {
                    for_dependencies.insert((alias.to_owned(), short.to_owned()), assigned);
                }
                _ if assigned.undeclared == Level::Note => {}
                _ => {
                    // The user writes the variables of a dependency with its name before them.
                    let prefix = if matches!(role, Role::Workspace) { "" } else { &*format!("{}.", self.mod_name) };
                    let known: Vec<String> = self.names_of("variable").map(|v| format!("{prefix}{v}")).collect();
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    let name = format!("{prefix}{name}");
                    let mut d = variables::undeclared(&name, &known, &assigned.source, assigned.undeclared);
                    if let Some(span) = assigned.span {
                        d = d.at_span(span, "");
                    }
                    if assigned.undeclared == Level::Error { errors.push(d) } else { warnings.push(d) }
                }
            }
        }
        (values, for_dependencies)
    }

    /// Asks for a missing value; without an answer that is an error which says how to set it.
    fn ask(&self, decoded: &mut Decoded, role: &Role, options: &LoadOptions, errors: &mut Vec<Diagnostic>) {
        let variable = &mut decoded.variable;
        let can_ask = match role {
            Role::Workspace => true,
            Role::Dependency(given) => given.is_direct,
        };
        if can_ask && let Some(text) = options.prompt.as_ref().and_then(|p| (p.0)(variable)) {
            let source = "prompt".to_owned();
            let answer = Assigned { is_text: true, ..Assigned::given(Val::str(text), source.clone(), None) };
            match variables::finish(self, &answer, &decoded.ty, decoded.takes_text, &decoded.allowed) {
                Ok(value) => {
                    variable.value_source = source;
                    decoded.value = Some(value);
                }
                Err(message) => errors.push(
                    Diagnostic::error(format!("Invalid value for input variable \"{}\": {message}", variable.id.name))
                        .code("variable")
                        .at_span(variable.id.span.clone(), ""),
                ),
            }
            return;
        }
        let name = &variable.id.name;
        let about = variable.meta.description.as_deref().map(|d| format!(": {d}")).unwrap_or_default();
        let d = Diagnostic::error(format!(
            "{name} not set: variable \"{name}\" ({}) has no value{about}",
            variable.type_string
        ))
        .code("missing-variable")
        .at_span(variable.id.span.clone(), "");
        let sample = match &decoded.ty {
            VarType::List(_) | VarType::Set(_) | VarType::Tuple(_) => "'[...]'",
            VarType::Map(_) | VarType::Object(_) => "'{...}'",
            _ => "...",
        };
        let alias = &self.mod_name;
        errors.push(match role {
            Role::Workspace => d.help(format!(
                "set it with --var {name}={sample}, the environment variable PP_VAR_{name}, or a line `{name} = ...` in powerpipe.ppvars"
            )),
            Role::Dependency(given) if given.is_direct => d.help(format!(
                "set it with --var {alias}.{name}={sample}, the environment variable PP_VAR_{alias}__{name}, a line `{alias}.{name} = ...` in powerpipe.ppvars, or args of the mod's require block"
            )),
            Role::Dependency(given) => {
                d.help(format!("the mod {} must give it in args of its require block", given.parent))
            }
        });
    }

    fn variable(&self, d: &Declared, assigned: Option<&Assigned>, errors: &mut Vec<Diagnostic>) -> Option<Decoded> {
        let block = self.block(d)?;
        let mut reader = Reader::new(self, d.file, block, format!("var.{}", d.name));
        check_shape(self, d.file, "variable", block, &mut reader.errors);
        for inner in block.body.blocks().filter(|b| b.ident.as_str() == "validation") {
            let range = inner.ident.span();
            let d = self.error(d.file, range, "unsupported", "validation blocks are not supported");
            reader.errors.push(d.help("enum lists the values that are allowed"));
        }
        let attribute = |name: &str| attributes(block).find(|a| a.key.as_str() == name);
        let declared_type = attribute("type").map(|a| {
            let range = a.value.span();
            VarType::parse(&a.value).map_err(|m| self.error(d.file, range, "type", m))
        });
        // A default of null is a default.
        let default = attribute("default").and_then(|_| reader.value("default"));
        let has_default = attribute("default").is_some();
        let takes_text = declared_type.is_none() && default.as_ref().is_none_or(|d| *d == Val::Null);
        let ty = match declared_type {
            Some(Ok(ty)) => ty,
            Some(Err(e)) => {
                reader.errors.push(e);
                VarType::Any
            }
            None => default.as_ref().map_or(VarType::Any, VarType::of),
        };
        if let Some(default) = default.as_ref().filter(|v| !ty.fits(v)) {
            let message = format!("default value type mismatched: expected {ty}, got {}", VarType::of(default));
            reader.error_at("default", "type", message);
        }
        let allowed = self.allowed(&mut reader, &ty, default.as_ref());
        let meta = Meta {
            title: reader.text("title"),
            description: reader.text("description"),
            documentation: Documentation::None,
            tags: reader.tags(),
        };
        let format = reader.text("format");
        if let Some(format) = &format {
            if !matches!(format.as_str(), "text" | "multiline" | "json") {
                let message = format!("format must be text, multiline or json, not \"{format}\"");
                reader.error_at("format", "variable", message);
            } else if ty != VarType::String {
                reader.error_at("format", "variable", format!("format is for variables of type string, not {ty}"));
            }
        }
        let from_default = default.clone().filter(|_| has_default).map(|value| Assigned {
            value,
            source: "default".to_owned(),
            is_text: false,
            span: None,
            undeclared: Level::Note,
        });
        let chosen = assigned.cloned().or(from_default);
        let mut value = None;
        if let Some(assigned) = chosen.as_ref().filter(|_| reader.errors.is_empty()) {
            match variables::finish(self, assigned, &ty, takes_text, &allowed) {
                Ok(v) => value = Some(v),
                Err(message) => {
                    let message =
                        format!("Invalid value for input variable \"{}\" ({}): {message}", d.name, assigned.source);
                    reader.errors.push(match &assigned.span {
                        Some(span) => Diagnostic::error(message).code("variable").at_span(span.clone(), ""),
                        None => self.error(d.file, reader.range.clone(), "variable", message),
                    });
                }
            }
        }
        let failed = !reader.errors.is_empty();
        errors.append(&mut reader.errors);
        let span = self.span(d.file, block_range(block))?;
        let variable = Variable {
            id: Identity { mod_name: self.mod_name.clone(), kind: "var", name: d.name.clone(), span },
            meta,
            type_string: ty.to_string(),
            default: default.map(|v| v.to_json()),
            value: None,
            value_source: chosen.map(|c| c.source).unwrap_or_default(),
            allowed: allowed.iter().map(Val::to_json).collect(),
            format,
        };
        // One that failed was reported; that it has no value is no second error.
        let value = value.or_else(|| failed.then_some(Val::Null));
        Some(Decoded { variable, ty, takes_text, allowed, value })
    }

    fn allowed(&self, reader: &mut Reader<'_>, ty: &VarType, default: Option<&Val>) -> Vec<Val> {
        let allowed = match reader.value("enum") {
            None => return Vec::new(),
            Some(Val::List(items) | Val::Set(items)) => items.to_vec(),
            Some(other) => {
                reader.wrong_type("enum", "list", &other);
                return Vec::new();
            }
        };
        if !ty.can_be_enumerated() {
            let message = format!("enum is for strings, numbers, bools and lists of them, not {ty}");
            reader.error_at("enum", "variable", message);
            return Vec::new();
        }
        let element = match ty {
            VarType::List(of) => of,
            other => other,
        };
        if let Some(wrong) = allowed.iter().find(|v| !element.fits(v)) {
            let message = format!("the values of enum must be of type {element}, not {}", wrong.type_name());
            reader.error_at("enum", "type", message);
        }
        let is_member = |v: &Val| *v == Val::Null || allowed.contains(v);
        let fits = match default {
            None => true,
            Some(Val::List(items) | Val::Set(items)) => items.iter().all(is_member),
            Some(other) => is_member(other),
        };
        if !fits {
            reader.error_at("default", "variable", "default value not in enum");
        }
        allowed
    }
}

/// What variables are given, by name.
pub(super) type Values = BTreeMap<String, Assigned>;
