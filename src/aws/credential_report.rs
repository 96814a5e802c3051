//! Reads the CSV of the IAM credential report, by column names, in all dialects that AWS has written.
//!
//! Columns come and go (22 are common, 23 are documented), booleans are `true` or `TRUE`, times end in `Z` or
//! `+00:00`, and a value that does not apply is `N/A`, `no_information` or `not_supported`, by column and by year.

use chrono::DateTime;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A credential report that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The text is not CSV.
    #[error("line {line}: not a credential report: {reason}")]
    Csv {
        /// 1-based line.
        line: u64,
        /// What the CSV reader says.
        reason: String,
    },
    /// A column that everything rests on is not there.
    #[error("line 1: not a credential report: it has no column `{0}`")]
    NoColumn(&'static str),
    /// A line ends early, as in a file that was cut.
    #[error("line {line}: the line has {fields} of {columns} fields; the report is cut short")]
    Cut {
        /// 1-based line.
        line: u64,
        /// Fields of the line.
        fields: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// A value is none that its column can have.
    #[error("line {line}: `{column}` of {user} is {value:?}, which is no {kind}")]
    Value {
        /// 1-based line.
        line: u64,
        /// The column.
        column: String,
        /// The user of the line.
        user: String,
        /// What stands there.
        value: String,
        /// What should stand there.
        kind: &'static str,
    },
    /// Two lines are about the same user.
    #[error("line {line}: {user} is there twice; the file holds more than one report")]
    Twice {
        /// 1-based line of the second one.
        line: u64,
        /// The user.
        user: String,
    },
    /// There is a header and nothing else, not even the root user.
    #[error("the credential report has no rows; even an account without users has the row `<root_account>`")]
    Empty,
}

/// One row of the report: a user, or root as `<root_account>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// 1-based line in the CSV.
    pub line: u64,
    fields: BTreeMap<String, String>,
}

impl ReportRow {
    /// Returns a field as it is written; none where the report has no such column.
    pub fn raw(&self, column: &str) -> Option<&str> {
        self.fields.get(column).map(String::as_str)
    }

    /// Returns a field that has a value: not empty, `N/A`, `no_information` or `not_supported`.
    pub fn value(&self, column: &str) -> Option<&str> {
        self.raw(column).filter(|v| !matches!(*v, "" | "N/A" | "no_information" | "not_supported"))
    }

    /// Whether a boolean field is true in any spelling.
    pub fn is_true(&self, column: &str) -> bool {
        self.raw(column).and_then(boolean).unwrap_or_default()
    }

    /// Returns the values by column, whatever the place of the row in its file.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.fields
    }

    /// The user's name, or `<root_account>`.
    pub fn user(&self) -> &str {
        self.raw("user").unwrap_or_default()
    }

    /// Whether this is the root user.
    pub fn is_root(&self) -> bool {
        self.user() == "<root_account>"
    }

    /// Whether the user has a console password.
    pub fn has_password(&self) -> bool {
        self.is_true("password_enabled")
    }

    /// Whether the user has an MFA device.
    pub fn has_mfa(&self) -> bool {
        self.is_true("mfa_active")
    }

    /// Returns the numbers of the key slots (1, 2) that hold a key, active or not.
    ///
    /// An inactive key usually keeps its date. Where AWS writes `N/A` for it instead, it looks as if there were none.
    pub fn key_slots(&self) -> Vec<u8> {
        let in_use = |slot: &u8| {
            self.is_true(&format!("access_key_{slot}_active"))
                || self.value(&format!("access_key_{slot}_last_rotated")).is_some()
                || self.value(&format!("access_key_{slot}_last_used_date")).is_some()
        };
        [1, 2].into_iter().filter(in_use).collect()
    }

    /// Returns the last use of the user's only key, as `GetAccessKeyLastUsed` has it; `created` is when the key was made.
    ///
    /// None unless the report shows one key as well, made at the same time: otherwise it speaks of another key.
    pub fn last_use_of_only_key(&self, created: &str) -> Option<Value> {
        let slots = self.key_slots();
        let [slot] = slots.as_slice() else { return None };
        let field = |what: &str| format!("access_key_{slot}_{what}");
        let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        if time(self.value(&field("last_rotated"))?)? != time(created)? {
            return None;
        }
        let text = |what: &str| self.raw(&field(what)).filter(|text| !text.is_empty());
        let mut used = json!({"ServiceName": text("last_used_service")?, "Region": text("last_used_region")?});
        if let Some(date) = self.value(&field("last_used_date")) {
            time(date)?;
            used["LastUsedDate"] = Value::from(date);
        }
        Some(used)
    }
}

/// Columns that say yes or no.
const FLAGS: &[&str] =
    &["password_enabled", "mfa_active", "access_key_1_active", "access_key_2_active", "cert_1_active", "cert_2_active"];

/// Columns that hold a time.
const TIMES: &[&str] = &[
    "user_creation_time",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "cert_1_last_rotated",
    "cert_2_last_rotated",
];

/// Reads a boolean in any spelling; an empty one is false.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" | "" => Some(false),
        _ => None,
    }
}

/// Checks that every value is one that its column can have: a word that nobody knows must not pass for `false`.
fn check(row: &ReportRow) -> Result<(), ReportError> {
    let fault = |column: &str, kind: &'static str| ReportError::Value {
        line: row.line,
        column: column.to_string(),
        user: row.user().to_string(),
        value: row.raw(column).unwrap_or_default().to_string(),
        kind,
    };
    for column in FLAGS {
        let is_exempt = |text: &str| *column == "password_enabled" && text == "not_supported";
        if row.raw(column).is_some_and(|text| boolean(text).is_none() && !is_exempt(text)) {
            return Err(fault(column, "`true` or `false`"));
        }
    }
    for column in TIMES {
        if row.value(column).is_some_and(|text| DateTime::parse_from_rfc3339(text).is_err()) {
            return Err(fault(column, "time"));
        }
    }
    for column in ["user", "arn"] {
        if row.raw(column).is_none_or(str::is_empty) {
            return Err(fault(column, "name"));
        }
    }
    Ok(())
}

/// Whether a report leaves out inactive keys, as AWS's documentation has it; it writes TRUE and FALSE then.
pub fn hides_inactive_keys<'r>(rows: impl IntoIterator<Item = &'r ReportRow>) -> bool {
    rows.into_iter().any(|row| matches!(row.raw("access_key_1_active"), Some("TRUE" | "FALSE")))
}

/// Returns the line of a record. The reader stands before the rest of the line's end (`\r\n`) and before empty lines.
fn line_at(csv: &[u8], position: &csv::Position) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|at| csv.get(at..)).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + ends.filter(|byte| **byte == b'\n').count() as u64
}

/// Reads the CSV.
///
/// # Errors
///
/// When it is not a credential report, or not a whole one.
pub fn parse(csv: &[u8]) -> Result<Vec<ReportRow>, ReportError> {
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let fault = |error: &csv::Error| ReportError::Csv {
        line: error.position().map_or(1, csv::Position::line),
        reason: error.to_string(),
    };
    let header: Vec<String> =
        reader.headers().map_err(|e| fault(&e))?.iter().map(|name| name.trim().to_lowercase()).collect();
    for required in ["user", "arn", "password_enabled", "mfa_active", "access_key_1_active", "access_key_2_active"] {
        if !header.iter().any(|name| name == required) {
            return Err(ReportError::NoColumn(required));
        }
    }
    let mut rows = Vec::new();
    let mut users = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(|e| fault(&e))?;
        let line = record.position().map_or(0, |position| line_at(csv, position));
        if record.len() != header.len() {
            return Err(ReportError::Cut { line, fields: record.len(), columns: header.len() });
        }
        let fields = header.iter().cloned().zip(record.iter().map(str::to_string)).collect();
        let row = ReportRow { line, fields };
        check(&row)?;
        if !users.insert(row.user().to_string()) {
            return Err(ReportError::Twice { line, user: row.user().to_string() });
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(ReportError::Empty);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,\
                          access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
                          access_key_2_last_used_date";

    fn one(row: &str) -> ReportRow {
        parse(format!("{HEADER}\n{row}").as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn reads_every_dialect() {
        let old =
            one("<root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,no_information,true,\
                       false,N/A,N/A,false,N/A,N/A");
        assert!(old.is_root() && old.has_mfa() && !old.has_password());
        assert_eq!(old.value("password_last_used"), None);
        assert!(old.key_slots().is_empty());
        let documented =
            one("\"a,b\",arn,2020-01-01T00:00:00Z,TRUE,N/A,FALSE,FALSE,N/A,N/A,TRUE,2020-01-01T00:00:00Z,N/A");
        assert_eq!(documented.user(), "a,b");
        assert!(documented.has_password() && !documented.has_mfa());
        assert_eq!(documented.key_slots(), [2]);
    }

    #[test]
    fn an_inactive_key_with_a_date_is_a_key() {
        let row = one("u,arn,2020-01-01T00:00:00Z,false,N/A,false,false,2020-01-01T00:00:00Z,N/A,false,N/A,N/A");
        assert_eq!(row.key_slots(), [1]);
    }

    #[test]
    fn a_cut_report_is_an_error() {
        let text = format!("{HEADER}\nu,arn,2020-01-01T00:00:00Z,fal");
        assert!(matches!(parse(text.as_bytes()), Err(ReportError::Cut { line: 2, fields: 4, columns: 12 })));
        let windows = text.replace('\n', "\r\n\r\n");
        assert!(matches!(parse(windows.as_bytes()), Err(ReportError::Cut { line: 3, .. })), "an empty line counts");
        assert_eq!(parse(HEADER.as_bytes()), Err(ReportError::Empty));
        assert_eq!(parse(b"a,b\n1,2\n"), Err(ReportError::NoColumn("user")));
    }

    #[test]
    fn a_value_that_its_column_cannot_have_is_an_error() {
        let line = |row: &str| parse(format!("{HEADER}\n{row}").as_bytes()).unwrap_err().to_string();
        let cut = line("u,arn,2020-01-01T00:00:00Z,true,N/A,true,true,2020-01-01T00:00:00Z,N/A,false,N/A,N/");
        assert_eq!(cut, "line 2: `access_key_2_last_used_date` of u is \"N/\", which is no time");
        let odd = line("u,arn,2020-01-01T00:00:00Z,true,N/A,perhaps,true,2020-01-01T00:00:00Z,N/A,false,N/A,N/A");
        assert_eq!(odd, "line 2: `mfa_active` of u is \"perhaps\", which is no `true` or `false`");
        let twice = "u,arn,2020-01-01T00:00:00Z,YES,N/A,0,1,N/A,N/A,no,N/A,N/A";
        assert!(one(twice).has_password() && !one(twice).has_mfa() && one(twice).key_slots() == [1]);
        assert!(line(&format!("{twice}\n{twice}")).contains("line 3: u is there twice"));
    }

    fn row(keys: &str) -> ReportRow {
        let header = "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                      access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date";
        parse(format!("{header}\nu,arn,false,false,{keys}").as_bytes()).unwrap().remove(0)
    }

    const MADE: &str = "2020-01-01T00:00:00Z";

    #[test]
    fn the_last_use_of_an_only_key_comes_from_the_report() {
        let used = row("true,2020-01-01T00:00:00+00:00,2020-02-02T00:00:00+00:00,N/A,s3,false,N/A,N/A");
        let expected = json!({"ServiceName": "s3", "Region": "N/A", "LastUsedDate": "2020-02-02T00:00:00+00:00"});
        assert_eq!(used.last_use_of_only_key(MADE), Some(expected));
        let never = row("true,2020-01-01T00:00:00Z,N/A,N/A,N/A,false,N/A,N/A");
        assert_eq!(never.last_use_of_only_key(MADE), Some(json!({"ServiceName": "N/A", "Region": "N/A"})));
    }

    #[test]
    fn the_report_is_not_believed_when_it_may_speak_of_another_key() {
        let two = row("true,2020-01-01T00:00:00Z,N/A,N/A,N/A,true,2020-01-01T00:00:00Z,N/A");
        assert_eq!(two.last_use_of_only_key(MADE), None);
        let older = row("true,2019-01-01T00:00:00Z,N/A,N/A,N/A,false,N/A,N/A");
        assert_eq!(older.last_use_of_only_key(MADE), None);
    }
}
