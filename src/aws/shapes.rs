//! The shapes of EC2's answers, from the list in `ec2_shapes.txt`.

use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::OnceLock;

/// What a member of a shape is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A time.
    Time,
    /// A structure, by name.
    Shape(String),
    /// A list.
    List(Box<Self>),
}

impl Kind {
    fn parse(word: &str) -> Self {
        match word {
            "text" => Self::Text,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "time" => Self::Time,
            _ => match word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(item) => Self::List(Box::new(Self::parse(item))),
                None => Self::Shape(word.to_string()),
            },
        }
    }
}

/// Members of a shape by XML element: the JSON name and what it is.
pub type Members = HashMap<String, (String, Kind)>;

/// The shapes of a service's answers.
#[derive(Debug)]
pub struct Shapes(HashMap<String, Members>);

impl Shapes {
    /// Returns EC2's shapes.
    pub fn ec2() -> &'static Self {
        static SHAPES: OnceLock<Shapes> = OnceLock::new();
        SHAPES.get_or_init(|| Self::parse(include_str!("ec2_shapes.txt")))
    }

    fn parse(text: &str) -> Self {
        let mut shapes: HashMap<String, Members> = HashMap::new();
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [shape] if !line.starts_with(' ') => {
                    current = (*shape).to_string();
                    shapes.entry(current.clone()).or_default();
                }
                [element, member, kind] => {
                    let members = shapes.entry(current.clone()).or_default();
                    members.insert((*element).to_string(), ((*member).to_string(), Kind::parse(kind)));
                }
                _ => {}
            }
        }
        Self(shapes)
    }
    /// Returns the members of a shape.
    #[cfg(all(feature = "aws-iam", feature = "aws-ec2"))]
    pub fn members(&self, shape: &str) -> Option<&Members> {
        self.0.get(shape)
    }

    /// Adds null for every member that a structure does not have, as the tables show structures.
    pub fn fill(&self, kind: &Kind, value: &Value) -> Value {
        match (kind, value) {
            (Kind::List(item), Value::Array(list)) => list.iter().map(|v| self.fill(item, v)).collect(),
            (Kind::Shape(shape), Value::Object(object)) => {
                let Some(members) = self.0.get(shape) else { return value.clone() };
                let mut names: Vec<(&String, &Kind)> = members.values().map(|(name, kind)| (name, kind)).collect();
                names.sort_by_key(|(name, _)| *name);
                let filled = |(name, kind): (&String, &Kind)| {
                    (name.clone(), object.get(name).map_or(Value::Null, |value| self.fill(kind, value)))
                };
                Value::Object(names.into_iter().map(filled).collect::<Map<_, _>>())
            }
            _ => value.clone(),
        }
    }

    /// Returns what a member of a shape is.
    pub fn kind_of(&self, shape: &str, member: &str) -> Option<&Kind> {
        self.0.get(shape)?.values().find(|(name, _)| name == member).map(|(_, kind)| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_shape_that_is_named_is_there() {
        fn named(kind: &Kind) -> Option<&String> {
            match kind {
                Kind::Shape(name) => Some(name),
                Kind::List(item) => named(item),
                _ => None,
            }
        }
        let shapes = Shapes::ec2();
        let kinds: Vec<&Kind> = shapes.0.values().flat_map(HashMap::values).map(|(_, kind)| kind).collect();
        assert!(kinds.len() > 400);
        for name in kinds.into_iter().filter_map(named) {
            assert!(shapes.0.contains_key(name), "{name}");
        }
    }

    #[test]
    fn absent_members_become_null() {
        let kind = Shapes::ec2().kind_of("Instance", "SecurityGroups").unwrap();
        let filled = Shapes::ec2().fill(kind, &json!([{"GroupId": "sg-1"}]));
        assert_eq!(filled, json!([{"GroupId": "sg-1", "GroupName": null}]));
    }
}
