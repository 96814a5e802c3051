//! `aws_iam_access_key`, `aws_iam_virtual_mfa_device` and `aws_iam_service_specific_credential`.

use super::Built;
use super::answers::{Answers, items, text};
use super::identities::USER;
use super::row::structure;
use crate::aws::documents::Operation;
use crate::inventory::Row;
use serde_json::Value;

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let has = |operation: Operation| answers.has(operation);
    built.put("aws_iam_access_key", has(Operation::ListAccessKeys).then(|| access_keys(answers)));
    built.put("aws_iam_virtual_mfa_device", has(Operation::ListVirtualMFADevices).then(|| virtual_devices(answers)));
    let operation = Operation::ListServiceSpecificCredentials;
    built.put("aws_iam_service_specific_credential", has(operation).then(|| service_credentials(answers)));
}

fn access_keys(answers: &Answers<'_>) -> Vec<Row> {
    let used = answers.by_subject(Operation::GetAccessKeyLastUsed, |_| None);
    let mut keys = answers.items(Operation::ListAccessKeys, "AccessKeyMetadata");
    keys.sort_by_key(|key| (text(key, "UserName"), text(key, "AccessKeyId")));
    keys.dedup_by_key(|key| text(key, "AccessKeyId"));
    let row = |key: &Value| {
        let id = text(key, "AccessKeyId").unwrap_or_default();
        let user = text(key, "UserName").unwrap_or_default();
        let last_used = used.get(id).and_then(|bodies| bodies.first()?.get("AccessKeyLastUsed"));
        answers
            .global_row()
            .copy(
                key,
                &[
                    ("access_key_id", "AccessKeyId"),
                    ("user_name", "UserName"),
                    ("status", "Status"),
                    ("create_date", "CreateDate"),
                    ("title", "AccessKeyId"),
                ],
            )
            .copy(
                last_used.unwrap_or(&Value::Null),
                &[
                    ("access_key_last_used_date", "LastUsedDate"),
                    ("access_key_last_used_service", "ServiceName"),
                    ("access_key_last_used_region", "Region"),
                ],
            )
            // Upstream leaves the user's path out.
            .akas(Some(&answers.iam_arn(&format!("user/{user}/accesskey/{id}"))))
            .done()
    };
    keys.into_iter().map(row).collect()
}

fn virtual_devices(answers: &Answers<'_>) -> Vec<Row> {
    let tags = answers.by_subject(Operation::ListMFADeviceTags, |_| None);
    let mut devices = answers.items(Operation::ListVirtualMFADevices, "VirtualMFADevices");
    devices.sort_by_key(|device| text(device, "SerialNumber"));
    let row = |device: &Value| {
        let serial = text(device, "SerialNumber");
        let user = device.get("User");
        let listed: Vec<Value> = serial
            .and_then(|serial| tags.get(serial))
            .into_iter()
            .flatten()
            .flat_map(|page| items(page, "Tags"))
            .cloned()
            .collect();
        answers
            .global_row()
            .copy(
                device,
                &[
                    ("serial_number", "SerialNumber"),
                    ("enable_date", "EnableDate"),
                    ("user_id", "User.UserId"),
                    ("user_name", "User.UserName"),
                    ("title", "SerialNumber"),
                ],
            )
            .text("assignment_status", Some(if user.is_some() { "Assigned" } else { "Unassigned" }))
            .put("user", user.map(|user| structure(user, USER)))
            .akas(serial)
            .tags(if listed.is_empty() { device.get("Tags").cloned() } else { Some(Value::Array(listed)) }.as_ref())
            .done()
    };
    devices.into_iter().map(row).collect()
}

fn service_credentials(answers: &Answers<'_>) -> Vec<Row> {
    let operation = Operation::ListServiceSpecificCredentials;
    let mut credentials = answers.items(operation, "ServiceSpecificCredentials");
    credentials.sort_by_key(|c| (text(c, "UserName"), text(c, "ServiceSpecificCredentialId")));
    let row = |credential: &Value| {
        answers
            .global_row()
            .copy(
                credential,
                &[
                    ("service_name", "ServiceName"),
                    ("service_specific_credential_id", "ServiceSpecificCredentialId"),
                    ("create_date", "CreateDate"),
                    ("service_user_name", "ServiceUserName"),
                    ("status", "Status"),
                    ("user_name", "UserName"),
                    ("title", "ServiceName"),
                ],
            )
            .done()
    };
    credentials.into_iter().map(row).collect()
}
