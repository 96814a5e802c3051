//! Building one row.

use crate::aws::documents::Scope;
use crate::aws::policy;
use crate::inventory::Row;
use serde_json::{Map, Value, json};

/// A row under construction: what AWS did not send stays out of it.
#[derive(Debug)]
pub struct RowBuilder {
    row: Row,
    scope: Scope,
    region: Option<String>,
}

impl RowBuilder {
    /// Begins a row; `region` is none for tables without that column.
    pub fn new(scope: &Scope, region: Option<&str>) -> Self {
        Self { row: Row::new(), scope: scope.clone(), region: region.map(str::to_string) }
    }

    /// Sets a column, unless the value is null or absent.
    #[must_use]
    pub fn set<'v>(self, column: &str, value: impl Into<Option<&'v Value>>) -> Self {
        self.put(column, value.into().cloned())
    }

    /// Sets a column to a value made here.
    #[must_use]
    pub fn put(mut self, column: &str, value: impl Into<Option<Value>>) -> Self {
        if let Some(value) = value.into().filter(|value| !value.is_null()) {
            self.row.insert(column.to_string(), value);
        }
        self
    }

    /// Sets a text column.
    #[must_use]
    pub fn text(self, column: &str, text: Option<&str>) -> Self {
        self.put(column, text.map(Value::from))
    }

    /// Copies members of an object to columns: pairs of column and path (`State.Name`).
    #[must_use]
    pub fn copy(mut self, from: &Value, columns: &[(&str, &str)]) -> Self {
        for (column, path) in columns {
            self = self.set(column, at(from, path));
        }
        self
    }

    /// Sets `akas` to one ARN.
    #[must_use]
    pub fn akas(self, arn: Option<&str>) -> Self {
        self.put("akas", arn.map(|arn| json!([arn])))
    }

    /// Sets `tags_src` and `tags` from a list of tags; both stay NULL without any.
    #[must_use]
    pub fn tags(self, list: Option<&Value>) -> Self {
        let list = list.filter(|list| list.as_array().is_some_and(|list| !list.is_empty()));
        self.put("tags", list.map(tag_map)).put("tags_src", list.map(tag_list))
    }

    /// Returns the row with the columns that every table has.
    pub fn done(self) -> Row {
        let Self { mut row, scope, region } = self;
        let context = json!({
            "connection_name": scope.connection_name,
            "steampipe": {"sdk_version": env!("CARGO_PKG_VERSION")},
        });
        for (column, text) in [("partition", &scope.partition), ("account_id", &scope.account_id)] {
            if !text.is_empty() {
                row.insert(column.to_string(), Value::from(text.as_str()));
            }
        }
        if let Some(region) = region {
            row.insert("region".to_string(), Value::from(region));
        }
        row.insert("sp_connection_name".to_string(), Value::from(scope.connection_name));
        row.insert("sp_ctx".to_string(), context.clone());
        row.insert("_ctx".to_string(), context);
        row
    }
}

/// Follows a path with dots.
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// Returns an object with these members of another one, null where it has none: the way tables show structures.
pub fn structure(value: &Value, members: &[&str]) -> Value {
    let members = members.iter().map(|name| ((*name).to_string(), value.get(*name).cloned().unwrap_or(Value::Null)));
    Value::Object(members.collect())
}

/// Returns tags as an object.
fn tag_map(list: &Value) -> Value {
    let tags = list.as_array().into_iter().flatten();
    let pairs = tags.filter_map(|tag| Some((tag.get("Key")?.as_str()?.to_string(), tag.get("Value")?.clone())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// Returns tags as objects with Key and Value.
fn tag_list(list: &Value) -> Value {
    list.as_array().into_iter().flatten().map(|tag| structure(tag, &["Key", "Value"])).collect()
}

/// Returns a list, or nothing where it is absent or empty.
pub fn not_empty(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::Array(list))
}

/// Returns the canonical form of a document, and notes where there is none.
pub fn canonical(document: &Value, of: &str, notes: &mut Vec<String>) -> Option<Value> {
    match policy::canonical(document) {
        Ok(canonical) => Some(canonical),
        Err(error) => {
            notes.push(format!("{of}: {error}; its canonical form is NULL"));
            None
        }
    }
}
