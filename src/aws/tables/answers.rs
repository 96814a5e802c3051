//! The documents of one account, looked up by operation.

use super::row::RowBuilder;
use crate::aws::credential_report::{self, ReportRow};
use crate::aws::documents::{Document, Operation, Scope};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The documents of one account.
#[derive(Debug)]
pub struct Answers<'a> {
    /// What is common to all rows.
    pub scope: &'a Scope,
    by_operation: BTreeMap<Operation, Vec<&'a Document>>,
    report: OnceLock<BTreeMap<String, ReportRow>>,
}

impl<'a> Answers<'a> {
    /// Sorts the documents.
    pub fn new(scope: &'a Scope, documents: &'a [Document]) -> Self {
        let mut by_operation: BTreeMap<Operation, Vec<&Document>> = BTreeMap::new();
        for document in documents {
            by_operation.entry(document.operation).or_default().push(document);
        }
        Self { scope, by_operation, report: OnceLock::new() }
    }

    /// Returns the answers to an operation, pages in their order.
    pub fn of(&self, operation: Operation) -> &[&'a Document] {
        self.by_operation.get(&operation).map_or(&[], Vec::as_slice)
    }

    /// Whether an operation was answered.
    pub fn has(&self, operation: Operation) -> bool {
        self.by_operation.contains_key(&operation)
    }

    /// Returns the items of a list in all answers to an operation.
    pub fn items(&self, operation: Operation, list: &str) -> Vec<&'a Value> {
        self.of(operation).iter().flat_map(|document| items(&document.body, list)).collect()
    }

    /// Whether any answer to an operation has a list with something in it.
    pub fn any(&self, operation: Operation, list: &str) -> bool {
        self.of(operation).iter().any(|document| items(&document.body, list).next().is_some())
    }

    /// Returns the answers to an operation by the entity that they speak of; what `name` finds in an answer stands in
    /// where the document does not say.
    pub fn by_subject(
        &self,
        operation: Operation,
        name: impl Fn(&'a Value) -> Option<&'a str>,
    ) -> BTreeMap<&'a str, Vec<&'a Value>> {
        let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for document in self.of(operation) {
            if let Some(subject) = document.subject.as_deref().or_else(|| name(&document.body)) {
                found.entry(subject).or_default().push(&document.body);
            }
        }
        found
    }

    /// Returns the credential report by user name; empty where there is none.
    pub fn report(&self) -> &BTreeMap<String, ReportRow> {
        self.report.get_or_init(|| {
            let rows = self.of(Operation::GetCredentialReport).iter().filter_map(|document| report_rows(document));
            rows.flatten().map(|row| (row.user().to_string(), row)).collect()
        })
    }

    /// Begins a row of a table that belongs to the whole account.
    pub fn global_row(&self) -> RowBuilder {
        RowBuilder::new(self.scope, Some("global"))
    }

    /// Returns the ARN of something of this account in IAM: `user/path/name`.
    pub fn iam_arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.scope.partition, self.scope.account_id)
    }
}

/// Reads the CSV in an answer of `GetCredentialReport`.
pub fn report_rows(document: &Document) -> Option<Vec<ReportRow>> {
    let content = document.body.get("Content")?.as_str()?;
    let csv = STANDARD.decode(content.split_whitespace().collect::<String>()).ok()?;
    credential_report::parse(&csv).ok()
}

/// Returns the items of a list; none where it is absent.
pub fn items<'v>(value: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    value.get(list).and_then(Value::as_array).into_iter().flatten()
}

/// Returns a text member.
pub fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member)?.as_str()
}
