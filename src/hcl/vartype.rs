//! Types of variables, and values converted to them.

use super::syntax::{Expression, Kind, Step};
use super::unify::unify;
use super::value::Val;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Words that name types.
const NAMES: [&str; 9] = ["any", "string", "number", "bool", "list", "set", "map", "object", "connection"];

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum VarType {
    Any,
    String,
    Number,
    Bool,
    List(Box<VarType>),
    Set(Box<VarType>),
    Map(Box<VarType>),
    Object(BTreeMap<String, (VarType, bool)>),
    Tuple(Vec<VarType>),
    /// `connection` or `connection.<type>`.
    Connection(Option<String>),
}

impl VarType {
    /// Reads a type expression.
    pub fn parse(expr: &Expression) -> Result<Self, String> {
        let bad = || "a type such as string, list(string) or map(number) is required".to_owned();
        match &expr.kind {
            Kind::Parenthesis(inner) => Self::parse(inner),
            Kind::Variable(name) => match &**name {
                "any" => Ok(Self::Any),
                "string" => Ok(Self::String),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                "list" => Ok(Self::List(Box::new(Self::Any))),
                "set" => Ok(Self::Set(Box::new(Self::Any))),
                "map" => Ok(Self::Map(Box::new(Self::Any))),
                "connection" => Ok(Self::Connection(None)),
                other => {
                    let near = crate::model::diagnostic::nearest(other, NAMES);
                    let hint = near.map_or_else(bad, |n| format!("did you mean {n}?"));
                    Err(format!("there is no type \"{other}\"; {hint}"))
                }
            },
            Kind::Traversal(t) => match (&t.root.kind, t.operators.first().map(|o| &o.step)) {
                (Kind::Variable(root), Some(Step::Attribute(kind))) if &**root == "connection" => {
                    Ok(Self::Connection(Some(kind.to_string())))
                }
                _ => Err(bad()),
            },
            Kind::Call(call) => {
                let one = || call.args.first().map_or_else(|| Err(bad()), Self::parse).map(Box::new);
                match (call.name.as_str(), call.args.first().map(|a| &a.kind)) {
                    ("list", _) => Ok(Self::List(one()?)),
                    ("set", _) => Ok(Self::Set(one()?)),
                    ("map", _) => Ok(Self::Map(one()?)),
                    ("optional", _) if call.args.len() > 1 => {
                        Err("optional(T) takes a type alone: the default of an attribute cannot be given".to_owned())
                    }
                    ("optional", _) => one().map(|t| *t),
                    ("tuple", Some(Kind::Array(items))) => {
                        Ok(Self::Tuple(items.iter().map(Self::parse).collect::<Result<_, _>>()?))
                    }
                    ("object", Some(Kind::Object(object))) => {
                        let mut members = BTreeMap::new();
                        for (key, value) in object {
                            let name = key.as_str().ok_or_else(bad)?.to_owned();
                            let optional = matches!(&value.kind, Kind::Call(c) if c.name.as_str() == "optional");
                            members.insert(name, (Self::parse(value)?, optional));
                        }
                        Ok(Self::Object(members))
                    }
                    _ => Err(bad()),
                }
            }
            _ => Err(bad()),
        }
    }

    /// Returns the type of a value, for a variable without one.
    pub fn of(value: &Val) -> Self {
        match value {
            Val::Bool(_) => Self::Bool,
            Val::Num(_) => Self::Number,
            Val::Str(_) => Self::String,
            Val::List(items) => Self::List(Box::new(Self::common(items.iter()))),
            Val::Set(items) => Self::Set(Box::new(Self::common(items.iter()))),
            Val::Map(map) => Self::Map(Box::new(Self::common(map.values()))),
            Val::Connection(c) => Self::Connection(Some(c.0.clone())),
            Val::Null | Val::Resource(_) | Val::Runtime(_) => Self::Any,
        }
    }

    /// Returns the one type of some values; any when they differ.
    fn common<'v>(mut values: impl Iterator<Item = &'v Val>) -> Self {
        let Some(first) = values.next().map(Self::of) else { return Self::Any };
        if values.all(|v| Self::of(v) == first) { first } else { Self::Any }
    }

    /// Whether text on the command line is taken as it is.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::String | Self::Number | Self::Bool)
    }

    /// Whether a variable of this type may list its values with `enum`.
    pub fn can_be_enumerated(&self) -> bool {
        match self {
            Self::List(of) => of.is_primitive(),
            other => other.is_primitive() || *other == Self::Any,
        }
    }

    /// Whether a default is of this type as it stands, without conversion.
    pub fn fits(&self, value: &Val) -> bool {
        match (self, value) {
            (_, Val::Null) | (Self::Any, _) => true,
            (Self::String, Val::Str(_)) | (Self::Number, Val::Num(_)) | (Self::Bool, Val::Bool(_)) => true,
            (Self::List(of) | Self::Set(of), Val::List(items) | Val::Set(items)) => items.iter().all(|i| of.fits(i)),
            (Self::Tuple(types), Val::List(items)) => {
                types.len() == items.len() && types.iter().zip(items.iter()).all(|(t, v)| t.fits(v))
            }
            (Self::Map(of), Val::Map(map)) => map.values().all(|v| of.fits(v)),
            (Self::Object(members), Val::Map(map)) => {
                members.iter().all(|(name, (ty, optional))| map.get(name).map_or(*optional, |v| ty.fits(v)))
            }
            (Self::Connection(_), _) => self.convert(value).is_ok(),
            _ => false,
        }
    }

    /// Converts a value.
    pub fn convert(&self, value: &Val) -> Result<Val, String> {
        let wrong = || format!("a value of type {self} is required, not a {}", value.type_name());
        match (self, value) {
            (_, Val::Null) | (Self::Any, _) => Ok(value.clone()),
            (Self::String, _) => value.to_text().map(Val::Str).ok_or_else(wrong),
            (Self::Number, Val::Str(text)) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                let lost = || format!("the number {text} has too many digits to be kept exactly");
                value.to_number().map(Val::Num).ok_or_else(lost)
            }
            (Self::Number, _) => value.to_number().map(Val::Num).ok_or_else(wrong),
            (Self::Bool, _) => value.to_bool().map(Val::Bool).ok_or_else(wrong),
            (Self::List(of), Val::List(items) | Val::Set(items)) => {
                of.convert_all(items.iter()).map(|items| Val::List(Arc::new(items)))
            }
            (Self::Set(of), Val::List(items) | Val::Set(items)) => of.convert_all(items.iter()).map(Val::set),
            (Self::Tuple(types), Val::List(items)) if types.len() == items.len() => Ok(Val::List(Arc::new(
                types.iter().zip(items.iter()).map(|(t, v)| t.convert(v)).collect::<Result<_, _>>()?,
            ))),
            (Self::Map(of), Val::Map(map)) => {
                let values = of.convert_all(map.values())?;
                Ok(Val::Map(Arc::new(map.keys().cloned().zip(values).collect())))
            }
            (Self::Object(members), Val::Map(map)) => {
                let mut out = BTreeMap::new();
                for (name, (ty, optional)) in members {
                    match map.get(name) {
                        Some(v) => out.insert(name.clone(), ty.convert(v)?),
                        None if *optional => out.insert(name.clone(), Val::Null),
                        None => return Err(format!("attribute \"{name}\" is required")),
                    };
                }
                Ok(Val::Map(Arc::new(out)))
            }
            (Self::Connection(kind), Val::Connection(c)) => match kind {
                Some(kind) if *kind != c.0 && !(kind == "steampipe" && c.0 == "postgres") => {
                    Err(format!("a connection of type {kind} is required, not {}", c.0))
                }
                _ => Ok(value.clone()),
            },
            // A connection string stands for a connection.
            (Self::Connection(_), Val::Str(_)) => Ok(value.clone()),
            _ => Err(wrong()),
        }
    }
}

impl VarType {
    /// Converts the elements of a collection; those of any type to the one type that they have in common.
    fn convert_all<'v>(&self, items: impl Iterator<Item = &'v Val>) -> Result<Vec<Val>, String> {
        if *self != Self::Any {
            return items.map(|item| self.convert(item)).collect();
        }
        let items: Vec<Val> = items.cloned().collect();
        // What has no type in common stays as it is: a query takes it as JSON.
        Ok(unify(&items).unwrap_or(items))
    }
}

impl fmt::Display for VarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::List(t) => write!(f, "list({t})"),
            Self::Set(t) => write!(f, "set({t})"),
            Self::Map(t) => write!(f, "map({t})"),
            Self::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(k, (t, o))| if *o { format!("{k}=optional({t})") } else { format!("{k}={t}") })
                    .collect();
                write!(f, "object({{{}}})", members.join(","))
            }
            Self::Tuple(types) => {
                write!(f, "tuple([{}])", types.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
            Self::Connection(None) => f.write_str("connection"),
            Self::Connection(Some(kind)) => write!(f, "connection.{kind}"),
        }
    }
}
