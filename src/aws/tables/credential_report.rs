//! `aws_iam_credential_report`.

use super::Built;
use super::answers::{Answers, report_rows};
use super::row::RowBuilder;
use crate::aws::credential_report::ReportRow;
use crate::aws::documents::Operation;
use crate::inventory::Row;
use serde_json::{Value, json};

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let Some(document) = answers.of(Operation::GetCredentialReport).first() else { return };
    let rows = report_rows(document).unwrap_or_default();
    let generated = document.body.get("GeneratedTime");
    let rows = rows.iter().map(|row| report_row(answers.global_row(), row, generated)).collect();
    built.put("aws_iam_credential_report", Some(rows));
}

fn report_row(row: RowBuilder, from: &ReportRow, generated: Option<&Value>) -> Row {
    let mut row = row
        .text("user_name", Some(from.user()))
        .text("user_arn", from.raw("arn"))
        .text("user_creation_time", from.value("user_creation_time"))
        .set("generated_time", generated)
        // Upstream counts `not_supported`, which only root has, as true.
        .put("password_enabled", json!(from.has_password() || from.raw("password_enabled") == Some("not_supported")))
        .text("ironpipe_password_enabled", from.raw("password_enabled").map(str::to_lowercase).as_deref())
        .text("password_last_used", from.value("password_last_used"))
        .text("password_status", from.raw("password_last_used").map(password_status))
        .text("password_last_changed", from.value("password_last_changed"))
        .text("password_next_rotation", from.value("password_next_rotation"))
        .put("mfa_active", json!(from.has_mfa()));
    for key in ["access_key_1", "access_key_2"] {
        let column = |what: &str| format!("{key}_{what}");
        row = row.put(&column("active"), json!(from.is_true(&column("active"))));
        for what in ["last_rotated", "last_used_date", "last_used_region", "last_used_service"] {
            row = row.text(&column(what), from.value(&column(what)));
        }
    }
    for certificate in ["cert_1", "cert_2"] {
        let (active, rotated) = (format!("{certificate}_active"), format!("{certificate}_last_rotated"));
        row = row.put(&active, json!(from.is_true(&active))).text(&rotated, from.value(&rotated));
    }
    row.done()
}

fn password_status(last_used: &str) -> &'static str {
    match last_used {
        "no_information" => "never_used",
        "N/A" => "not_set",
        _ => "used",
    }
}
