//! A small inventory with random rows, for both databases.

use super::grammar::Random;
use ironpipe::model::pgtype::PgType;
use ironpipe::sql::schema::{Schema, TableSchema};
use ironpipe::sql::value::jsonb;
use std::fmt::Write as _;

/// Tables with rows; a value is PostgreSQL's text, or none for NULL.
pub struct Data {
    tables: Vec<(TableSchema, Vec<Vec<Option<String>>>)>,
}

const TABLES: &[(&str, &[(&str, &str)])] = &[
    (
        "aws_iam_user",
        &[
            ("name", "text"),
            ("arn", "text"),
            ("create_date", "timestamptz"),
            ("password_last_used", "timestamptz"),
            ("mfa_enabled", "bool"),
            ("groups", "jsonb"),
            ("tags", "jsonb"),
            ("account_id", "text"),
        ],
    ),
    (
        "aws_iam_access_key",
        &[
            ("access_key_id", "text"),
            ("user_name", "text"),
            ("status", "text"),
            ("create_date", "timestamptz"),
            ("account_id", "text"),
        ],
    ),
    (
        "aws_iam_policy",
        &[
            ("name", "text"),
            ("policy_std", "jsonb"),
            ("attachment_count", "int8"),
            ("is_aws_managed", "bool"),
            ("weight", "float8"),
            ("account_id", "text"),
        ],
    ),
    (
        "aws_ec2_instance",
        &[
            ("instance_id", "text"),
            ("private_ip_address", "inet"),
            ("cidr_block", "cidr"),
            ("launch_time", "timestamptz"),
            ("size", "int8"),
            ("cost", "float8"),
            ("tags", "jsonb"),
            ("account_id", "text"),
        ],
    ),
];

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const USERS: [&str; 7] = ["alice", "bob", "carol", "Dave", "eve_x", "frank%", "<root_account>"];

fn value(column: &str, ty: &PgType, random: &mut Random) -> Option<String> {
    if random.percent(12) && column != "account_id" {
        return None;
    }
    let pick = |random: &mut Random, texts: &[&str]| (*random.pick(texts)).to_owned();
    Some(match (column, ty) {
        ("account_id", _) => pick(random, &ACCOUNTS),
        ("name" | "user_name", _) => pick(random, &USERS),
        ("status", _) => pick(random, &["Active", "Inactive"]),
        ("arn", _) => format!("arn:aws:iam::{}:user/{}", random.pick(&ACCOUNTS), random.pick(&USERS)),
        ("groups", _) => pick(
            random,
            &[
                "[]",
                r#"[{"GroupName": "admins", "GroupId": 1}]"#,
                r#"[{"GroupName": "dev", "GroupId": 2}, {"GroupName": "ops", "GroupId": 2.0}]"#,
                r#"["dev", "ops"]"#,
            ],
        ),
        ("policy_std", _) => pick(
            random,
            &[
                r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}"#,
                r#"{"Statement": [{"Effect": "Deny", "Action": ["s3:get*", "s3:put*"], "Resource": ["arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:securetransport": ["false"]}}}]}"#,
                r#"{"Statement": []}"#,
            ],
        ),
        (_, PgType::Jsonb) => pick(
            random,
            &["{}", r#"{"env": "prod", "Owner": "x"}"#, r#"{"env": "dev", "n": 3}"#, r#"{"env": null}"#, "null"],
        ),
        (_, PgType::Bool) => pick(random, &["true", "false"]),
        (_, PgType::Int8) => random.below(6).to_string(),
        (_, PgType::Float8) => pick(random, &["0", "1.5", "2.25", "-3", "0.1", "100"]),
        (_, PgType::Inet) => {
            pick(random, &["10.0.0.1", "10.0.0.9", "10.1.0.0/16", "192.168.0.7", "::1", "2001:db8::5"])
        }
        (_, PgType::Cidr) => pick(random, &["10.0.0.0/8", "0.0.0.0/0", "192.168.0.0/24", "::/0"]),
        (_, PgType::Timestamptz) => format!(
            "20{:02}-{:02}-{:02} {:02}:{:02}:{:02}{}",
            20 + random.below(7),
            1 + random.below(12),
            1 + random.below(28),
            random.below(24),
            random.below(60),
            random.below(60),
            random.pick(&["", ".5", ".123456"])
        ),
        _ => format!("id-{}", random.below(12)),
    })
}

/// Makes the tables with rows.
pub fn generate(random: &mut Random) -> Data {
    let tables = TABLES
        .iter()
        .map(|(name, columns)| {
            let columns: Vec<(String, PgType)> =
                columns.iter().map(|(n, t)| ((*n).to_owned(), PgType::parse(t).unwrap())).collect();
            let rows = (0..14).map(|_| columns.iter().map(|(n, t)| value(n, t, random)).collect()).collect();
            (TableSchema { name: (*name).to_owned(), columns, view: None }, rows)
        })
        .collect();
    Data { tables }
}

impl Data {
    /// Returns the tables with their columns.
    pub fn schemas(&self) -> impl Iterator<Item = &TableSchema> {
        self.tables.iter().map(|(schema, _)| schema)
    }

    /// Returns the SQL that makes and fills the tables in PostgreSQL.
    pub fn postgresql(&self) -> String {
        self.sql(|name, ty| format!("{name} {}", ty.sql_name()), |text, ty| format!("'{text}'::{}", ty.sql_name()))
    }

    /// Returns the same for SQLite, in the representation of the inventory.
    pub fn sqlite(&self) -> String {
        self.sql(
            |name, _| name.to_owned(),
            |text, ty| match ty {
                PgType::Bool => u8::from(text == "true").to_string(),
                PgType::Int8 => text.to_owned(),
                PgType::Float8 => format!("cast({text} as real)"),
                PgType::Jsonb => format!("'{}'", jsonb::canonical(text).unwrap()),
                _ => format!("'{text}'"),
            },
        )
    }

    fn sql(&self, column: impl Fn(&str, &PgType) -> String, literal: impl Fn(&str, &PgType) -> String) -> String {
        let mut out = String::new();
        for (schema, rows) in &self.tables {
            let columns: Vec<String> = schema.columns.iter().map(|(n, t)| column(n, t)).collect();
            let _ = writeln!(out, "create table {} ({});", schema.name, columns.join(", "));
            for row in rows {
                let values: Vec<String> = row
                    .iter()
                    .zip(&schema.columns)
                    .map(|(v, (_, t))| {
                        v.as_ref().map_or_else(|| "null".to_owned(), |v| literal(&v.replace('\'', "''"), t))
                    })
                    .collect();
                let _ = writeln!(out, "insert into {} values ({});", schema.name, values.join(", "));
            }
        }
        out
    }
}

impl Schema for Data {
    fn table(&self, name: &str) -> Option<&TableSchema> {
        self.schemas().find(|s| s.name == name)
    }

    fn table_names(&self) -> Vec<&str> {
        self.schemas().map(|s| s.name.as_str()).collect()
    }
}
