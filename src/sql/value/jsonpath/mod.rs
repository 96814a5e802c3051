//! The SQL/JSON path language of `jsonb_path_query` and its like.
//!
//! * [`parse`]: text to a tree. * [`run`]: the tree on a document, lax and strict.

mod parse;
mod run;

use crate::sql::error::{PgError, PgResult};
use serde_json::Value;

/// A parsed path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    strict: bool,
    root: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Root,
    Current,
    Last,
    Variable(String),
    Literal(Value),
    /// An accessor, method or filter on what the inner node gives.
    Step(Box<Node>, Step),
    Arithmetic(&'static str, Box<Node>, Box<Node>),
    Sign(&'static str, Box<Node>),
    /// A predicate used as a value: true, false, or null for unknown.
    Test(Box<Test>),
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Member(String),
    AnyMember,
    /// Subscripts: one item, or a range.
    Elements(Vec<(Node, Option<Node>)>),
    AnyElement,
    /// `.**{from to to}`; none is `last`.
    Descend(Option<u32>, Option<u32>),
    Filter(Box<Test>),
    Method(Method),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Type,
    Size,
    Double,
    Ceiling,
    Floor,
    Abs,
    KeyValue,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    IsUnknown(Box<Test>),
    Compare(&'static str, Node, Node),
    Exists(Node),
    StartsWith(Node, Node),
    LikeRegex(Node, String, String),
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    ///
    /// PostgreSQL's message for a path that is not one.
    pub fn parse(text: &str) -> PgResult<Self> {
        parse::parse(text)
    }

    /// Returns all items that the path finds.
    ///
    /// # Errors
    ///
    /// In strict mode, whatever the document does not have; in both, what cannot be computed. `silent` gives what was
    /// found before.
    pub fn query(&self, document: &Value, variables: &Value, silent: bool) -> PgResult<Vec<Value>> {
        if !matches!(variables, Value::Object(_)) {
            return Err(PgError::new("\"vars\" argument is not an object"));
        }
        match run::run(self, document, variables) {
            (items, None) => Ok(items),
            (items, Some(_)) if silent => Ok(items),
            (_, Some(error)) => Err(error),
        }
    }

    /// Whether the path finds anything; none where that cannot be known.
    ///
    /// # Errors
    ///
    /// As [`Path::query`].
    pub fn exists(&self, document: &Value, variables: &Value, silent: bool) -> PgResult<Option<bool>> {
        match self.query(document, variables, false) {
            Err(_) if silent => Ok(None),
            items => Ok(Some(!items?.is_empty())),
        }
    }

    /// The value of a path that is a predicate; none for unknown.
    ///
    /// # Errors
    ///
    /// When the path gives anything else.
    pub fn matches(&self, document: &Value, variables: &Value, silent: bool) -> PgResult<Option<bool>> {
        match self.query(document, variables, silent)?.as_slice() {
            [Value::Bool(b)] => Ok(Some(*b)),
            [Value::Null] => Ok(None),
            _ if silent => Ok(None),
            _ => Err(PgError::new("single boolean result is expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Path;
    use serde_json::{Value, json};

    fn found(path: &str) -> Result<String, String> {
        let document = json!({
            "a": [1, 2, {"b": "x", "c": [3, 4.5]}], "s": "text", "o": {"k": null, "t": true},
            "g": [{"n": "one", "v": 1}, {"n": "two", "v": 2}, {"n": "three"}],
        });
        let path = Path::parse(path).map_err(|e| e.to_string())?;
        let items = path.query(&document, &json!({"x": 2}), false).map_err(|e| e.to_string())?;
        Ok(items.iter().map(Value::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn paths_find_what_postgresql_finds() {
        for (path, expected) in [
            ("$.s", "\"text\""),
            ("$.a[0]", "1"),
            ("$.a[last]", r#"{"b":"x","c":[3,4.5]}"#),
            ("$.a[0 to 1]", "1 2"),
            ("$.a.b", "\"x\""),
            ("$.a[*].c[*]", "3 4.5"),
            ("lax $.missing", ""),
            ("$.g[*] ? (@.v > 1).n", "\"two\""),
            ("$.g ? (@.n starts with \"t\").n", "\"two\" \"three\""),
            ("$.g[*] ? (@.n like_regex \"^T\" flag \"i\").n", "\"two\" \"three\""),
            ("$.g[*] ? (exists (@.v)).n", "\"one\" \"two\""),
            ("$.g[*] ? (!exists (@.v)).n", "\"three\""),
            ("$.g[*] ? (@.v == $x).n", "\"two\""),
            ("$.g.size()", "3"),
            ("$.a[*].type()", "\"number\" \"number\" \"object\""),
            ("$.g[*].v + 1", "!left operand of jsonpath operator + is not a single numeric value"),
            ("$.a[0] + $.a[1] * 2", "5"),
            ("- $.a[0 to 1]", "-1 -2"),
            ("$.a[0] < 2", "true"),
            ("$.s == 1", "null"),
            ("$.o.k == null", "true"),
            ("$.** ? (@ == 4.5)", "4.5 4.5"),
            ("$.o.keyvalue().key", "\"k\" \"t\""),
            ("strict $.missing", "!JSON object does not contain key \"missing\""),
            ("strict $.s[*]", "!jsonpath wildcard array accessor can only be applied to an array"),
            ("strict $.a[9]", "!jsonpath array subscript is out of bounds"),
            ("$.s[*]", "\"text\""),
            ("$ ? (@.s == \"text\" && @.o.t == true).s", "\"text\""),
            ("$.\"s\"", "\"text\""),
            ("$.o.*", "null true"),
            ("$y", "!could not find jsonpath variable \"y\""),
        ] {
            let expected = match expected.strip_prefix('!') {
                Some(error) => Err(error.to_owned()),
                None => Ok(expected.to_owned()),
            };
            assert_eq!(found(path), expected, "{path}");
        }
        for wrong in ["", "$.", "$[", "$ ? (", "a", "$..a", "$.a ? (@ = 1)", "@"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}
