//! The rows that a fake account must give, from its description alone.

use ironpipe::inventory::Row;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows by table, each by what identifies it.
pub type Tables = BTreeMap<&'static str, BTreeMap<String, Row>>;

/// Adds the columns that every row has, and drops those that are NULL.
fn row(account: &Value, region: &str, columns: Value) -> Row {
    let context = json!({"connection_name": "aws", "steampipe": {"sdk_version": env!("CARGO_PKG_VERSION")}});
    let Value::Object(mut row) = columns else { panic!("not an object: {columns}") };
    row.insert("account_id".into(), account["id"].clone());
    row.insert("partition".into(), json!("aws"));
    row.insert("region".into(), json!(region));
    row.insert("sp_connection_name".into(), json!("aws"));
    row.insert("sp_ctx".into(), context.clone());
    row.insert("_ctx".into(), context);
    row.retain(|_, value| !value.is_null());
    row
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap().clone()
}

fn strings(value: &Value) -> Vec<String> {
    list(value).iter().map(|v| v.as_str().unwrap().to_string()).collect()
}

fn or_null(list: Vec<Value>) -> Value {
    if list.is_empty() { Value::Null } else { Value::Array(list) }
}

fn parsed(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

fn tag_map(tags: &Value) -> Value {
    let map: serde_json::Map<_, _> =
        list(tags).iter().map(|t| (t["Key"].as_str().unwrap().to_string(), t["Value"].clone())).collect();
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

fn tag_list(tags: &Value) -> Value {
    or_null(list(tags))
}

fn inline(of: &Value) -> Value {
    let mut names: Vec<&String> = of["inline"].as_object().unwrap().keys().collect();
    names.sort();
    or_null(
        names.iter().map(|n| json!({"PolicyDocument": parsed(&of["inline"][n.as_str()]), "PolicyName": n})).collect(),
    )
}

fn attached(of: &Value) -> Value {
    or_null(list(&of["attached"]))
}

/// A user as it stands in `aws_iam_group.users`.
fn member(user: &Value) -> Value {
    json!({"Arn": user["arn"], "CreateDate": user["created"], "PasswordLastUsed": null, "Path": user["path"],
        "PermissionsBoundary": null, "Tags": null, "UserId": user["id"], "UserName": user["name"]})
}

fn group(group: &Value) -> Value {
    json!({"Arn": group["arn"], "CreateDate": group["created"], "GroupId": group["id"], "GroupName": group["name"], "Path": group["path"]})
}

fn users(account: &Value) -> BTreeMap<String, Row> {
    let groups = list(&account["groups"]);
    let make = |user: &Value| {
        let boundary = user["boundary"].as_str();
        let mut memberships = strings(&user["groups"]);
        memberships.sort();
        let memberships: Vec<Value> =
            memberships.iter().map(|name| group(groups.iter().find(|g| g["name"] == **name).unwrap())).collect();
        let devices: Vec<Value> = list(&user["mfa"])
            .iter()
            .map(|m| json!({"EnableDate": m["enabled"], "SerialNumber": m["serial"], "UserName": user["name"]}))
            .collect();
        let console = &user["console"];
        let profile = if console.is_null() {
            Value::Null
        } else {
            json!({"CreateDate": console["created"], "PasswordResetRequired": console["reset_required"], "UserName": user["name"]})
        };
        let columns = json!({
            "name": user["name"], "user_id": user["id"], "path": user["path"], "arn": user["arn"],
            "create_date": user["created"], "password_last_used": console["last_used"], "title": user["name"],
            "permissions_boundary_arn": boundary.unwrap_or(""),
            "permissions_boundary_type": if boundary.is_some() { "PermissionsBoundaryPolicy" } else { "" },
            "mfa_enabled": !devices.is_empty(), "mfa_devices": devices, "login_profile": profile, "groups": memberships,
            "inline_policies": inline(user), "attached_policy_arns": attached(user), "akas": [user["arn"]],
            "tags_src": tag_list(&user["tags"]), "tags": tag_map(&user["tags"]),
        });
        (user["name"].as_str().unwrap().to_string(), row(account, "global", columns))
    };
    list(&account["users"]).iter().map(make).collect()
}

fn groups(account: &Value) -> BTreeMap<String, Row> {
    let users = list(&account["users"]);
    let make = |group: &Value| {
        let mut members: Vec<Value> =
            users.iter().filter(|u| list(&u["groups"]).contains(&group["name"])).map(member).collect();
        sort_by(&mut members, "UserName");
        let columns = json!({
            "name": group["name"], "group_id": group["id"], "path": group["path"], "arn": group["arn"],
            "create_date": group["created"], "title": group["name"], "akas": [group["arn"]], "users": or_null(members),
            "inline_policies": inline(group), "attached_policy_arns": attached(group),
        });
        (group["name"].as_str().unwrap().to_string(), row(account, "global", columns))
    };
    list(&account["groups"]).iter().map(make).collect()
}

/// Sorts objects by a member.
pub fn sort_by(list: &mut [Value], member: &str) {
    list.sort_by_key(|v| v[member].as_str().unwrap_or_default().to_string());
}

fn roles(account: &Value) -> BTreeMap<String, Row> {
    let profiles = list(&account["instance_profiles"]);
    let make = |role: &Value| {
        let boundary = role["boundary"].as_str();
        let of: Vec<Value> = profiles
            .iter()
            .filter(|p| list(&p["roles"]).contains(&role["name"]))
            .map(|p| json!(profile_arn(account, p)))
            .collect();
        let columns = json!({
            "name": role["name"], "arn": role["arn"], "role_id": role["id"], "path": role["path"], "title": role["name"],
            "create_date": role["created"], "description": role["description"], "max_session_duration": role["session"],
            "permissions_boundary_arn": boundary, "permissions_boundary_type": boundary.map(|_| "PermissionsBoundaryPolicy"),
            "role_last_used_date": role["last_used"]["date"], "role_last_used_region": role["last_used"]["region"],
            "instance_profile_arns": or_null(of), "inline_policies": inline(role), "attached_policy_arns": attached(role),
            "assume_role_policy": parsed(&role["trust"]), "akas": [role["arn"]],
            "assume_role_policy_document": encoded(role["trust"].as_str().unwrap()),
            "tags_src": tag_list(&role["tags"]), "tags": tag_map(&role["tags"]),
        });
        (role["name"].as_str().unwrap().to_string(), row(account, "global", columns))
    };
    list(&account["roles"]).iter().map(make).collect()
}

/// Percent-encodes by RFC 3986.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (b as char).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

fn profile_arn(account: &Value, profile: &Value) -> String {
    let (id, path, name) = (&account["id"], &profile["path"], &profile["name"]);
    format!(
        "arn:aws:iam::{}:instance-profile{}{}",
        id.as_str().unwrap(),
        path.as_str().unwrap(),
        name.as_str().unwrap()
    )
}

fn access_keys(account: &Value) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for user in list(&account["users"]) {
        for key in list(&user["access_keys"]) {
            let (id, name) = (key["id"].as_str().unwrap(), user["name"].as_str().unwrap());
            let used = &key["last_used"];
            let or_never = |v: &Value| if v.is_null() { json!("N/A") } else { v.clone() };
            let arn = format!("arn:aws:iam::{}:user/{name}/accesskey/{id}", account["id"].as_str().unwrap());
            let columns = json!({
                "access_key_id": id, "user_name": name, "status": key["status"], "create_date": key["created"], "title": id,
                "access_key_last_used_date": used["date"], "access_key_last_used_service": or_never(&used["service"]),
                "access_key_last_used_region": or_never(&used["region"]), "akas": [arn],
            });
            rows.insert(id.to_string(), row(account, "global", columns));
        }
    }
    rows
}

fn virtual_devices(account: &Value) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut put = |serial: &str, enabled: &Value, user: Value, name: &Value| {
        let columns = json!({
            "serial_number": serial, "enable_date": enabled, "title": serial, "akas": [serial], "user_id": user["UserId"],
            "user_name": name, "assignment_status": if user.is_null() { "Unassigned" } else { "Assigned" }, "user": user,
        });
        rows.insert(serial.to_string(), row(account, "global", columns));
    };
    for user in list(&account["users"]) {
        for device in list(&user["mfa"]).iter().filter(|d| d["kind"] == "virtual") {
            let mut shown = member(&user);
            shown["PasswordLastUsed"] = user["console"]["last_used"].clone();
            put(device["serial"].as_str().unwrap(), &device["enabled"], shown, &user["name"]);
        }
    }
    for name in strings(&account["unassigned_mfa_devices"]) {
        let serial = format!("arn:aws:iam::{}:mfa/{name}", account["id"].as_str().unwrap());
        put(&serial, &Value::Null, Value::Null, &Value::Null);
    }
    let root = &account["root"];
    if root["mfa"]["kind"] == "virtual" {
        let user = json!({"Arn": root["arn"], "CreateDate": root["created"], "PasswordLastUsed": root["password"]["last_used"],
            "Path": null, "PermissionsBoundary": null, "Tags": null, "UserId": account["id"], "UserName": null});
        put(root["mfa"]["serial"].as_str().unwrap(), &root["mfa"]["enabled"], user, &Value::Null);
    }
    rows
}

/// The credential report; `documented` leaves out inactive keys, as AWS's documentation has it.
fn credential_report(account: &Value, documented: bool) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let root = &account["root"];
    let rotation = account["password_policy"]["MaxPasswordAge"].as_i64();
    for user in std::iter::once(root).chain(account["users"].as_array().unwrap()) {
        let is_root = user["user"] == "<root_account>";
        let console = if is_root { &user["password"] } else { &user["console"] };
        let name = if is_root { "<root_account>" } else { user["name"].as_str().unwrap() };
        let next = rotation.filter(|_| !is_root && !console.is_null()).map(|days| {
            let changed = chrono::DateTime::parse_from_rfc3339(console["changed"].as_str().unwrap()).unwrap();
            json!((changed + chrono::Duration::days(days)).to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        });
        let mut columns = json!({
            "user_name": name, "user_arn": user["arn"], "user_creation_time": user["created"],
            "password_enabled": !console.is_null(), "password_last_used": console["last_used"],
            "password_status": match (console.is_null(), console["last_used"].is_null()) {
                (true, _) => "not_set", (false, true) => "never_used", _ => "used",
            },
            "password_last_changed": console["changed"], "password_next_rotation": next,
            "mfa_active": if is_root { !user["mfa"].is_null() } else { !list(&user["mfa"]).is_empty() },
        });
        let mut keys = list(&user["access_keys"]);
        sort_by(&mut keys, "id");
        for (slot, n) in [(0, "1"), (1, "2")] {
            let key = keys.get(slot).cloned().unwrap_or_default();
            let active = key["status"] == "Active";
            columns[format!("access_key_{n}_active")] = json!(active);
            let shown = active || !documented;
            columns[format!("access_key_{n}_last_rotated")] = if shown { key["created"].clone() } else { Value::Null };
            for what in ["date", "region", "service"] {
                let value = key["last_used"][what].clone();
                columns[format!("access_key_{n}_last_used_{what}")] = if value == "N/A" { Value::Null } else { value };
            }
            let mut certificates = if is_root { Vec::new() } else { list(&user["certificates"]) };
            // The report lists inactive certificates first.
            certificates.sort_by_key(|c| (c["status"] == "Active", c["uploaded"].as_str().map(str::to_string)));
            let certificate = certificates.get(slot).cloned().unwrap_or_default();
            let active = certificate["status"] == "Active";
            columns[format!("cert_{n}_active")] = json!(active);
            columns[format!("cert_{n}_last_rotated")] =
                if active || !documented { certificate["uploaded"].clone() } else { Value::Null };
        }
        rows.insert(name.to_string(), row(account, "global", columns));
    }
    rows
}

fn customer_policies(account: &Value) -> BTreeMap<String, Row> {
    let entities = ["users", "groups", "roles"];
    let make = |policy: &Value| {
        let arn = &policy["arn"];
        let count =
            |has: &dyn Fn(&Value) -> bool| entities.iter().flat_map(|kind| list(&account[*kind])).filter(has).count();
        let attachments = count(&|e| list(&e["attached"]).contains(arn));
        let boundaries = count(&|e| e["boundary"] == *arn);
        let version: usize = policy["default"].as_str().unwrap()[1..].parse().unwrap();
        let columns = json!({
            "name": policy["name"], "policy_id": policy["id"], "path": policy["path"], "arn": arn, "title": policy["name"],
            "is_aws_managed": false, "is_attachable": true, "create_date": policy["created"], "akas": [arn],
            "update_date": policy["updated"], "attachment_count": attachments, "is_attached": attachments > 0,
            "default_version_id": policy["default"], "permissions_boundary_usage_count": boundaries,
            "policy": parsed(&policy["versions"][version - 1]), "tags_src": tag_list(&policy["tags"]),
            "tags": tag_map(&policy["tags"]),
        });
        (arn.as_str().unwrap().to_string(), row(account, "global", columns))
    };
    list(&account["policies"]).iter().map(make).collect()
}

fn attachments(account: &Value) -> BTreeMap<String, Row> {
    let make = |policy: &Value| {
        let arn = &policy["arn"];
        let of = |kind: &str, id: &str, name: &str| {
            let mut found: Vec<Value> = list(&account[kind])
                .iter()
                .filter(|e| list(&e["attached"]).contains(arn) || e["boundary"] == *arn)
                .map(|e| json!({id: e["id"], name: e["name"]}))
                .collect();
            sort_by(&mut found, name);
            found
        };
        let attached = ["users", "groups", "roles"]
            .iter()
            .any(|kind| list(&account[*kind]).iter().any(|e| list(&e["attached"]).contains(arn)));
        let columns = json!({
            "policy_arn": arn, "is_attached": attached, "policy_groups": of("groups", "GroupId", "GroupName"),
            "policy_roles": of("roles", "RoleId", "RoleName"), "policy_users": of("users", "UserId", "UserName"),
        });
        (arn.as_str().unwrap().to_string(), row(account, "global", columns))
    };
    list(&account["policies"]).iter().map(make).collect()
}

fn certificates(account: &Value) -> BTreeMap<String, Row> {
    let make = |certificate: &Value| {
        let (path, name) = (certificate["path"].as_str().unwrap(), certificate["name"].as_str().unwrap());
        let arn = format!("arn:aws:iam::{}:server-certificate{path}{name}", account["id"].as_str().unwrap());
        let columns = json!({
            "name": name, "arn": arn, "server_certificate_id": certificate["id"], "expiration": certificate["expires"],
            "path": path, "upload_date": certificate["uploaded"], "title": name, "akas": [arn],
        });
        (name.to_string(), row(account, "global", columns))
    };
    list(&account["server_certificates"]).iter().map(make).collect()
}

fn account_tables(account: &Value, tables: &mut Tables) {
    let id = account["id"].as_str().unwrap();
    let arn = format!("arn:aws:::{id}");
    let alias = &account["alias"];
    let columns = json!({
        "account_aliases": if alias.is_null() { json!([]) } else { json!([alias]) }, "arn": arn, "akas": [arn],
        "title": if alias.is_null() { json!(id) } else { alias.clone() },
    });
    tables.insert("aws_account", BTreeMap::from([(id.to_string(), row(account, "global", columns))]));
    let policy = &account["password_policy"];
    let mut rows = BTreeMap::new();
    if !policy.is_null() {
        let columns = json!({
            "allow_users_to_change_password": policy["AllowUsersToChangePassword"], "hard_expiry": policy["HardExpiry"],
            "expire_passwords": policy["MaxPasswordAge"].as_i64().is_some_and(|age| age > 0),
            "max_password_age": policy["MaxPasswordAge"], "minimum_password_length": policy["MinimumPasswordLength"],
            "password_reuse_prevention": policy["PasswordReusePrevention"],
            "require_lowercase_characters": policy["RequireLowercaseCharacters"],
            "require_numbers": policy["RequireNumbers"], "require_symbols": policy["RequireSymbols"],
            "require_uppercase_characters": policy["RequireUppercaseCharacters"],
        });
        rows.insert(id.to_string(), row(account, "global", columns));
    }
    tables.insert("aws_iam_account_password_policy", rows);
    let contact = |(kind, c): (&String, &Value)| {
        let columns = json!({"name": c["Name"], "contact_type": kind, "email_address": c["EmailAddress"],
            "phone_number": c["PhoneNumber"], "contact_title": c["Title"], "linked_account_id": id, "title": c["Name"]});
        (kind.clone(), row(account, "global", columns))
    };
    let contacts = account["alternate_contacts"].as_object().unwrap().iter().map(contact).collect();
    tables.insert("aws_account_alternate_contact", contacts);
    let mut analyzers = BTreeMap::new();
    for (region, found) in account["analyzers"].as_object().unwrap() {
        for a in list(found) {
            let columns = json!({"name": a["name"], "arn": a["arn"], "status": a["status"], "type": a["type"],
                "created_at": a["createdAt"], "last_resource_analyzed": a["lastResourceAnalyzed"], "tags": a["tags"],
                "last_resource_analyzed_at": a["lastResourceAnalyzedAt"], "title": a["name"], "akas": [a["arn"]]});
            analyzers.insert(a["arn"].as_str().unwrap().to_string(), row(account, region, columns));
        }
    }
    tables.insert("aws_accessanalyzer_analyzer", analyzers);
    let mut credentials = BTreeMap::new();
    for user in list(&account["users"]) {
        for c in list(&user["service_credentials"]) {
            let columns = json!({"service_name": c["service"], "service_specific_credential_id": c["id"],
                "create_date": c["created"], "service_user_name": c["user_name"], "status": c["status"],
                "user_name": user["name"], "title": c["service"]});
            credentials.insert(c["id"].as_str().unwrap().to_string(), row(account, "global", columns));
        }
    }
    tables.insert("aws_iam_service_specific_credential", credentials);
}

/// Returns the rows of an account.
pub fn expected(account: &Value, documented: bool) -> Tables {
    let mut tables = Tables::from([
        ("aws_iam_user", users(account)),
        ("aws_iam_group", groups(account)),
        ("aws_iam_role", roles(account)),
        ("aws_iam_access_key", access_keys(account)),
        ("aws_iam_virtual_mfa_device", virtual_devices(account)),
        ("aws_iam_credential_report", credential_report(account, documented)),
        ("aws_iam_policy", customer_policies(account)),
        ("aws_iam_policy_attachment", attachments(account)),
        ("aws_iam_server_certificate", certificates(account)),
    ]);
    account_tables(account, &mut tables);
    tables
}

/// What identifies a row of a table.
pub fn key_column(table: &str) -> &'static str {
    match table {
        "aws_account" | "aws_iam_account_password_policy" => "account_id",
        "aws_iam_access_key" => "access_key_id",
        "aws_iam_virtual_mfa_device" => "serial_number",
        "aws_iam_credential_report" => "user_name",
        "aws_iam_policy" | "aws_accessanalyzer_analyzer" => "arn",
        "aws_iam_policy_attachment" => "policy_arn",
        "aws_iam_service_specific_credential" => "service_specific_credential_id",
        "aws_account_alternate_contact" => "contact_type",
        _ => "name",
    }
}
