//! Runs without names: account ids, ARNs, access keys and the names of things become tokens that are the same wherever
//! the same thing is meant, in every run that is redacted with the same key.
//!
//! What stays: controls, statuses, regions, services and kinds of resources, ARNs of AWS's own policies, numbers of
//! days. Of a reason, the words that the query itself has stay: all others came from the data, so they may be names (an
//! instance is called by its tag there, which is neither the resource nor a dimension).

use crate::model::run::{ControlRun, ResultRow, Run};
use regex::{Captures, Regex};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;

/// Redacts a run. Redacting it again with any key changes nothing.
///
/// # Errors
///
/// Only if the program's own patterns were wrong.
pub fn redact(run: &mut Run, key: &[u8]) -> Result<(), regex::Error> {
    let mut redactor = Redactor::new(key)?;
    redactor.learn(run);
    redactor.run(run);
    Ok(())
}

/// Whether a run's title is its benchmark's or its control's, not one that was given to the run.
fn is_of_mod(run: &Run) -> bool {
    let title = run.root.title.as_str();
    title.is_empty() || run.root.groups().any(|g| g.title == title) || run.controls.values().any(|c| c.title == title)
}

/// Dimensions that name no thing.
const OPEN_DIMENSIONS: [&str; 4] = ["region", "partition", "severity", "status"];
/// Values that name no thing.
const OPEN_VALUES: [&str; 8] = ["global", "root", "aws", "true", "false", "<root_account>", "<root>", "us-east-1"];
/// Names shorter than this are replaced in the reason of their own row only: elsewhere they would hit words.
const LONG: usize = 4;

struct Redactor<'k> {
    key: &'k [u8],
    token: Regex,
    arn: Regex,
    number: Regex,
    access_key: Regex,
    word: Regex,
    plain: Regex,
    quoted: Regex,
    names: HashSet<String>,
}

impl<'k> Redactor<'k> {
    fn new(key: &'k [u8]) -> Result<Self, regex::Error> {
        let pattern = Regex::new;
        Ok(Self {
            key,
            token: pattern(r"^(account|name|key)-[0-9a-f]{10}$")?,
            arn: pattern(r#"\barn:(aws[a-z-]*):([a-z0-9-]*):([a-z0-9-]*):([^:\s]*):([^\s"'<>|]+)"#)?,
            number: pattern(r"\b[0-9]{12}\b")?,
            access_key: pattern(r"\b(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|AIPA|ASCA|APKA)[A-Z0-9]{8,}\b")?,
            word: pattern(r"[\p{L}\p{N}+=,.@_/<>-]+")?,
            plain: pattern(r"^(?:[0-9.:TZ+-]+|[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2})$")?,
            quoted: pattern(r#""[^"]*"|'[^']*'"#)?,
            names: HashSet::new(),
        })
    }

    fn token(&self, kind: &str, value: &str) -> String {
        if value.is_empty() || self.token.is_match(value) {
            return value.to_owned();
        }
        let mut hash = Sha256::new();
        for part in [self.key, b"\0", kind.as_bytes(), b"\0", value.as_bytes()] {
            hash.update(part);
        }
        let digits: String = hash.finalize().iter().take(5).map(|b| format!("{b:02x}")).collect();
        format!("{kind}-{digits}")
    }

    /// Whether a value names a thing.
    fn is_name(&self, value: &str) -> bool {
        let is_open = value.is_empty() || OPEN_VALUES.contains(&value) || self.token.is_match(value);
        !is_open && (self.number.is_match(value) || !self.plain.is_match(value))
    }

    /// Notes the names of everything that the run speaks of.
    fn learn(&mut self, run: &Run) {
        let mut names: Vec<String> = run.provenance.accounts.iter().map(|a| a.alias.clone()).collect();
        names.push(run.provenance.caller.rsplit(['/', ':']).next().unwrap_or_default().to_owned());
        for control in run.controls.values() {
            for row in &control.results {
                names.extend(self.names_of(control, row));
            }
        }
        self.names.extend(names.into_iter().filter(|n| n.chars().count() >= LONG));
    }

    /// The names in a row's resource and dimensions.
    fn names_of(&self, control: &ControlRun, row: &ResultRow) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        match self.arn.captures(&row.resource) {
            Some(arn) if &arn[4] != "aws" => names.extend(arn[5].split(['/', ':']).skip(1).map(str::to_owned)),
            Some(_) => {}
            None => names.push(row.resource.clone()),
        }
        let columns = control.dimension_columns.iter().map(|c| c.name.as_str());
        let named = columns.zip(&row.dimensions).filter(|(name, _)| !OPEN_DIMENSIONS.contains(name));
        names.extend(named.map(|(_, value)| value.clone()));
        names.retain(|name| self.is_name(name));
        names
    }

    fn run(&self, run: &mut Run) {
        if !is_of_mod(run) {
            run.root.title = self.text(&run.root.title);
        }
        for control in run.controls.values_mut() {
            control.error = self.message(control, &control.error);
            control.warnings = control.warnings.iter().map(|w| self.message(control, w)).collect();
            control.args = control.args.iter().map(|a| self.json(a)).collect();
            control.sql = self.text(&control.sql);
            let own_words = self.own_words(control);
            let mut rows = std::mem::take(&mut control.results);
            for row in &mut rows {
                let is_message = row.resource.is_empty() && row.dimensions.iter().all(String::is_empty);
                self.row(control, row);
                if is_message {
                    row.reason = self.message(control, &row.reason);
                } else if !control.sql.is_empty() {
                    row.reason = self.only(&own_words, &row.reason);
                }
            }
            control.results = rows;
        }
        let provenance = &mut run.provenance;
        provenance.caller = self.text(&provenance.caller);
        if let Some((kind, place)) = provenance.database.split_once(':') {
            // A path, or a host with its user.
            provenance.database = format!("{kind}:{}", self.token("name", place));
        }
        for account in &mut provenance.accounts {
            account.id = self.token("account", &account.id);
            account.alias = self.token("name", &account.alias);
        }
        for table in &mut provenance.tables {
            table.account_id = self.token("account", &table.account_id);
            table.reason = self.text(&table.reason);
            // Names of files are names too; calls are not.
            if table.source.contains(['/', '.']) {
                table.source = "imported files".to_owned();
            }
        }
        for value in provenance.variables.values_mut() {
            *value = self.json(value);
        }
        for value in provenance.snapshot_tags.values_mut() {
            *value = self.text(value);
        }
    }

    /// A message about a query. What it quotes is of the query, or of the data.
    fn message(&self, control: &ControlRun, message: &str) -> String {
        let own = |text: &str| control.sql.contains(text) || control.args.iter().any(|a| a.to_string().contains(text));
        let unquoted = self.quoted.replace_all(message, |part: &Captures<'_>| {
            let (quote, inner) = (&part[0][..1], &part[0][1..part[0].len() - 1]);
            if own(inner) { part[0].to_owned() } else { format!("{quote}{}{quote}", self.value(inner)) }
        });
        self.text(&unquoted)
    }

    /// The words of a control's query and of its arguments.
    fn own_words(&self, control: &ControlRun) -> HashSet<String> {
        let args = control.args.iter().map(Value::to_string);
        let texts: Vec<String> = std::iter::once(control.sql.clone()).chain(args).collect();
        let words = texts.iter().flat_map(|text| self.word.find_iter(text));
        words.map(|w| w.as_str().trim_end_matches(['.', ',']).to_owned()).collect()
    }

    /// A redacted reason in which words that the query does not have are tokens. ARNs have been seen to.
    fn only(&self, own: &HashSet<String>, reason: &str) -> String {
        let hide = |text: &str| {
            let hidden = self.word.replace_all(text, |word: &Captures<'_>| {
                let bare = word[0].trim_end_matches(['.', ',']);
                let rest = word[0].strip_prefix(bare).unwrap_or_default();
                let shown = if own.contains(bare) { bare.to_owned() } else { self.value(bare) };
                format!("{shown}{rest}")
            });
            hidden.into_owned()
        };
        let mut out = String::with_capacity(reason.len());
        let mut end = 0;
        for arn in self.arn.find_iter(reason) {
            out.push_str(&hide(reason.get(end..arn.start()).unwrap_or_default()));
            out.push_str(arn.as_str());
            end = arn.end();
        }
        out + &hide(reason.get(end..).unwrap_or_default())
    }

    fn row(&self, control: &ControlRun, row: &mut ResultRow) {
        let mut own = self.names_of(control, row);
        own.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let mut reason = row.reason.clone();
        for name in &own {
            reason = self.replace_whole(&reason, name);
        }
        row.reason = self.text(&reason);
        row.resource =
            if self.arn.is_match(&row.resource) { self.text(&row.resource) } else { self.value(&row.resource) };
        for (column, value) in control.dimension_columns.iter().zip(&mut row.dimensions) {
            if !OPEN_DIMENSIONS.contains(&column.name.as_str()) {
                *value = self.value(value);
            }
        }
    }

    /// A value that stands alone.
    fn value(&self, value: &str) -> String {
        if !self.is_name(value) {
            return value.to_owned();
        }
        match value {
            v if self.number.find(v).is_some_and(|m| m.len() == v.len()) => self.token("account", v),
            v if self.access_key.find(v).is_some_and(|m| m.len() == v.len()) => self.token("key", v),
            v if self.arn.is_match(v) => self.text(v),
            v => self.token("name", v),
        }
    }

    /// Replaces a name where it stands as a word of its own.
    fn replace_whole(&self, text: &str, name: &str) -> String {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/'));
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(name) {
            out.push_str(before);
            let is_inside = is_part(out.chars().next_back()) || is_part(after.chars().next());
            out.push_str(&if is_inside { name.to_owned() } else { self.value(name) });
            rest = after;
        }
        out + rest
    }

    /// Redacts running text.
    fn text(&self, text: &str) -> String {
        let text = self.arn.replace_all(text, |arn: &Captures<'_>| self.arn(arn));
        let text = self.access_key.replace_all(&text, |key: &Captures<'_>| self.token("key", &key[0]));
        let text = self.number.replace_all(&text, |id: &Captures<'_>| self.token("account", &id[0]));
        let text = self.word.replace_all(&text, |word: &Captures<'_>| {
            let whole = word.get(0).map_or("", |m| m.as_str());
            let bare = whole.trim_end_matches(['.', ',', ':', ';']);
            if self.names.contains(bare) {
                format!("{}{}", self.value(bare), whole.strip_prefix(bare).unwrap_or_default())
            } else {
                whole.to_owned()
            }
        });
        text.into_owned()
    }

    fn arn(&self, arn: &Captures<'_>) -> String {
        let (partition, service, region, account, resource) = (&arn[1], &arn[2], &arn[3], &arn[4], &arn[5]);
        if account == "aws" {
            return arn[0].to_owned();
        }
        let tail = resource.trim_end_matches(['.', ',', ';', ')']);
        let punctuation = resource.strip_prefix(tail).unwrap_or_default();
        let shown = match tail.split_once(['/', ':']) {
            Some((kind, rest)) if service != "s3" => {
                let separator = if tail.as_bytes().get(kind.len()) == Some(&b':') { ':' } else { '/' };
                let parts: Vec<String> = rest.split('/').map(|p| self.part(p)).collect();
                format!("{kind}{separator}{}", parts.join("/"))
            }
            _ if tail == "root" => tail.to_owned(),
            _ => self.part(tail),
        };
        format!("arn:{partition}:{service}:{region}:{}:{shown}{punctuation}", self.token("account", account))
    }

    fn part(&self, part: &str) -> String {
        match part {
            "accesskey" | "aws-service-role" | "*" => part.to_owned(),
            key if self.access_key.is_match(key) => self.token("key", key),
            name => self.token("name", name),
        }
    }

    fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|i| self.json(i)).collect(),
            Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), self.json(v))).collect(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Redactor;
    use crate::model::run::ControlRun;

    fn redactor() -> Redactor<'static> {
        let mut redactor = Redactor::new(b"key").unwrap();
        redactor.names = ["alice", "build-agent"].map(str::to_owned).into();
        redactor
    }

    #[test]
    fn names_go_and_structure_stays() {
        let r = redactor();
        let account = r.token("account", "111122223333");
        let alice = r.token("name", "alice");
        for (text, wanted) in [
            ("alice has MFA.", format!("{alice} has MFA.")),
            ("malice has MFA", "malice has MFA".to_owned()),
            ("arn:aws:iam::111122223333:user/alice", format!("arn:aws:iam::{account}:user/{alice}")),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()),
            ("arn:aws:iam::111122223333:root.", format!("arn:aws:iam::{account}:root.")),
            ("in 111122223333 for 400 days", format!("in {account} for 400 days")),
            ("key AKIAIOSFODNN7EXAMPLE", format!("key {}", r.token("key", "AKIAIOSFODNN7EXAMPLE"))),
        ] {
            assert_eq!(r.text(text), wanted);
            assert_eq!(r.text(&wanted), wanted, "once more changes nothing");
        }
        assert_eq!(r.value("eu-central-1"), "eu-central-1");
        assert_eq!(r.value("2026-03-31"), "2026-03-31");
        assert_ne!(Redactor::new(b"other").unwrap().token("name", "alice"), alice);
    }

    #[test]
    fn what_a_message_quotes_is_of_the_query_or_hidden() {
        let r = redactor();
        let control =
            ControlRun { sql: "select name::int from t where kind = 'user'".to_owned(), ..ControlRun::default() };
        let hidden = r.message(&control, "invalid input syntax for type integer: \"jane doe\" (kind 'user')");
        assert_eq!(
            hidden,
            format!("invalid input syntax for type integer: \"{}\" (kind 'user')", r.token("name", "jane doe"))
        );
    }

    #[test]
    fn titles_of_runs_and_places_of_databases() {
        let mut run = crate::model::run::Run {
            target: "m.control.c".to_owned(),
            root: crate::model::run::Group {
                title: "Audit of 111122223333 for alice".to_owned(),
                ..Default::default()
            },
            controls: [("m.control.c".to_owned(), ControlRun { title: "A title".to_owned(), ..ControlRun::default() })]
                .into(),
            started: chrono::DateTime::default(),
            finished: chrono::DateTime::default(),
            dry_run: false,
            provenance: crate::model::run::Provenance {
                database: "postgres://alice@db.example:9193/x".to_owned(),
                ..Default::default()
            },
        };
        let r = redactor();
        r.run(&mut run);
        let (account, alice) = (r.token("account", "111122223333"), r.token("name", "alice"));
        assert_eq!(run.root.title, format!("Audit of {account} for {alice}"));
        assert!(run.provenance.database.starts_with("postgres:name-"), "{}", run.provenance.database);
        "A title".clone_into(&mut run.root.title);
        r.run(&mut run);
        assert_eq!(run.root.title, "A title");
    }

    #[test]
    fn words_that_the_query_does_not_have_are_names() {
        let redactor = redactor();
        let own: std::collections::HashSet<String> = ["has", "no", "profile", "since"].map(str::to_owned).into();
        let hidden = redactor.only(&own, "notebook-3 has no profile since 2026-01-02, 57.");
        assert!(!hidden.contains("notebook"), "{hidden}");
        assert!(hidden.starts_with("name-") && hidden.ends_with(" has no profile since 2026-01-02, 57."), "{hidden}");
        assert_eq!(redactor.only(&own, &hidden), hidden);
        let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess has no profile";
        assert_eq!(redactor.only(&own, arn), arn);
    }
}
