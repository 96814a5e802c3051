//! The settings that flags, environment variables and workspace profiles have in common.

use super::Config;
use crate::cli::flags::{listed, switch};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::report::query::QueryFormat;
use clap::{ArgMatches, Command, builder::OsStr};
use std::collections::BTreeMap;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// Text.
    Text,
    /// Texts, separated by commas.
    List,
}

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// Its key, which is also the name of its flag.
    pub key: &'static str,
    /// What it is called in a workspace profile; several spellings, or none.
    pub attributes: &'static [&'static str],
    /// Its environment variable; empty for none.
    pub variable: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Its value when nothing sets it.
    pub default: &'static str,
}

const fn setting(
    key: &'static str,
    attributes: &'static [&'static str],
    variable: &'static str,
    kind: Kind,
    default: &'static str,
) -> Setting {
    Setting { key, attributes, variable, kind, default }
}

/// All settings, by key.
pub const SETTINGS: [Setting; 27] = [
    setting("benchmark-timeout", &["benchmark_timeout"], "POWERPIPE_BENCHMARK_TIMEOUT", Kind::Int, "0"),
    setting("config-path", &[], "POWERPIPE_CONFIG_PATH", Kind::Text, ""),
    setting("dashboard-timeout", &["dashboard_timeout"], "POWERPIPE_DASHBOARD_TIMEOUT", Kind::Int, "0"),
    setting("database", &["database"], "POWERPIPE_DATABASE", Kind::Text, ""),
    setting("header", &["header"], "", Kind::Bool, "true"),
    setting("input", &["input"], "", Kind::Bool, "true"),
    setting("install-dir", &[], "POWERPIPE_INSTALL_DIR", Kind::Text, "~/.powerpipe"),
    setting("listen", &["listen"], "POWERPIPE_LISTEN", Kind::Text, "local"),
    setting("log-level", &["log_level"], "POWERPIPE_LOG_LEVEL", Kind::Text, "off"),
    setting("max-parallel", &["max_parallel"], "POWERPIPE_MAX_PARALLEL", Kind::Int, "10"),
    setting("memory-max-mb", &["memory_max_mb"], "POWERPIPE_MEMORY_MAX_MB", Kind::Int, "1024"),
    setting("mod-location", &["mod_location"], "POWERPIPE_MOD_LOCATION", Kind::Text, ""),
    setting("output", &["output"], "", Kind::Text, "text"),
    setting("pipes-host", &["pipes_host", "cloud_host"], "PIPES_HOST", Kind::Text, "pipes.turbot.com"),
    setting("pipes-token", &["pipes_token", "cloud_token"], "PIPES_TOKEN", Kind::Text, ""),
    setting("port", &["port"], "POWERPIPE_PORT", Kind::Int, "9033"),
    setting("progress", &["progress"], "", Kind::Bool, "true"),
    setting("query-timeout", &["query_timeout"], "POWERPIPE_QUERY_TIMEOUT", Kind::Int, "300"),
    setting("search-path", &["search_path"], "", Kind::List, ""),
    setting("search-path-prefix", &["search_path_prefix"], "", Kind::List, ""),
    setting("separator", &["separator"], "", Kind::Text, ","),
    setting("snapshot-location", &["snapshot_location"], "POWERPIPE_SNAPSHOT_LOCATION", Kind::Text, ""),
    setting("telemetry", &["telemetry"], "POWERPIPE_TELEMETRY", Kind::Text, "info"),
    setting("timing", &["timing"], "", Kind::Bool, "false"),
    setting("update-check", &["update_check"], "POWERPIPE_UPDATE_CHECK", Kind::Bool, "true"),
    setting("watch", &["watch"], "", Kind::Bool, "true"),
    setting("workspace", &[], "POWERPIPE_WORKSPACE", Kind::Text, "default"),
];

/// The settings before flags: each key that something sets, with its values.
#[derive(Debug, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, Vec<String>>,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

impl Settings {
    /// Puts the layers together: the profile `default`, the environment, the profile that was asked for.
    ///
    /// # Errors
    ///
    /// The profile that was asked for does not exist, or a value is not allowed.
    pub fn new(
        config: &Config,
        workspace: Option<&str>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Diagnostic> {
        let mut settings = Self::default();
        let explicit = match workspace {
            None => None,
            Some(name) => Some(config.profiles.get(name).ok_or_else(|| not_found(config, name))?),
        };
        if explicit.is_none()
            && let Some(profile) = config.profiles.get("default")
        {
            settings.take(profile);
        }
        for setting in SETTINGS.iter().filter(|s| !s.variable.is_empty()) {
            let Some(text) = environment.get(setting.variable).filter(|v| !v.is_empty()) else { continue };
            let wanted = match setting.kind {
                Kind::Int if text.parse::<u32>().is_err() => "a whole number",
                Kind::Bool if !matches!(text.to_ascii_lowercase().as_str(), "true" | "false") => "true or false",
                _ => {
                    let text = if setting.kind == Kind::Bool { text.to_ascii_lowercase() } else { text.clone() };
                    settings.values.insert(setting.key, vec![text]);
                    continue;
                }
            };
            let message = format!("environment variable {}={text} is ignored: it must be {wanted}", setting.variable);
            settings.warnings.push(Diagnostic::warning(message));
        }
        if let Some(profile) = explicit {
            settings.take(profile);
        }
        match settings.one("telemetry") {
            None | Some("none" | "info") => Ok(settings),
            Some(other) => Err(Diagnostic::error(format!("telemetry cannot be '{other}': none or info"))),
        }
    }

    fn take(&mut self, profile: &super::Profile) {
        for (key, values) in &profile.values {
            self.values.insert(key, values.clone());
        }
        if profile.values.contains_key("database") {
            let message = "database in a workspace is deprecated; set it in the mod, or give --database";
            self.warnings.push(Diagnostic::warning(message).at_span(profile.span().clone(), ""));
        }
    }

    /// Returns the one value of a setting; none when nothing but its default sets it.
    pub fn one(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(|v| v.first()).map(String::as_str)
    }

    /// Makes what the layers say the defaults of the flags of commands that run something.
    ///
    /// `parent` is the word in front of the command.
    pub fn with_defaults(&self, mut command: Command, parent: &str) -> Command {
        let own = command.get_name().to_owned();
        let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        for name in names {
            command = command.mut_subcommand(name, |c| self.with_defaults(c, &own));
        }
        let runs = matches!(own.as_str(), "run" | "server");
        // The formats of queries are others.
        let has_format = match self.one("output") {
            Some(name) if parent == "query" => QueryFormat::parse(name).is_some(),
            _ => matches!(parent, "control" | "benchmark"),
        };
        let flags: Vec<(&str, &Vec<String>)> = SETTINGS
            .iter()
            .filter(|s| runs || s.key == "mod-location")
            .filter(|s| has_format || s.key != "output")
            .filter_map(|s| Some((s.key, self.values.get(s.key)?)))
            .filter(|(key, _)| command.get_arguments().any(|a| a.get_long() == Some(key)))
            .collect();
        let ids: Vec<(clap::Id, &Vec<String>)> = flags
            .iter()
            .filter_map(|(key, values)| {
                let arg = command.get_arguments().find(|a| a.get_long() == Some(key))?;
                Some((arg.get_id().clone(), *values))
            })
            .collect();
        for (id, values) in ids {
            let values: Vec<OsStr> = values.iter().map(|v| OsStr::from(v.clone())).collect();
            command = command.mut_arg(id, |a| a.default_values(values));
        }
        command
    }

    /// Returns every setting as it counts for a command with these flags: keys with JSON values.
    pub fn resolved(&self, flags: &ArgMatches) -> BTreeMap<String, serde_json::Value> {
        let mut all: BTreeMap<String, serde_json::Value> = rest(flags).collect();
        all.extend(SETTINGS.iter().map(|setting| (setting.key.to_owned(), self.value(setting, flags))));
        all
    }

    fn value(&self, setting: &Setting, flags: &ArgMatches) -> serde_json::Value {
        let id = setting.key.replace('-', "_");
        let given = flags
            .try_contains_id(&id)
            .ok()
            .filter(|_| flags.value_source(&id) == Some(clap::parser::ValueSource::CommandLine))
            .and_then(|_| flags.get_raw(&id))
            .map(|raw| raw.map(|v| v.to_string_lossy().into_owned()).collect::<Vec<_>>());
        let values = given.or_else(|| self.values.get(setting.key).cloned());
        let values = values.unwrap_or_else(|| match (setting.kind, setting.default) {
            (Kind::List, _) => Vec::new(),
            (_, default) => vec![default.to_owned()],
        });
        let one = values.first().cloned().unwrap_or_default();
        match setting.kind {
            Kind::Int => one.parse::<u64>().map_or_else(|_| one.clone().into(), serde_json::Value::from),
            Kind::Bool => switch(&one).unwrap_or(false).into(),
            Kind::Text => one.into(),
            Kind::List => values.into(),
        }
    }
}

/// The flags of a command that are no settings: what they were given or their default.
fn rest(flags: &ArgMatches) -> impl Iterator<Item = (String, serde_json::Value)> {
    const LISTS: [&str; 6] = ["arg", "export", "snapshot-tag", "tag", "var", "var-file"];
    const OPERANDS: [&str; 3] = ["name", "names", "query"];
    // Groups of flags have the names of their types.
    let is_flag = |id: &&clap::Id| !OPERANDS.contains(&id.as_str()) && !id.as_str().starts_with(char::is_uppercase);
    flags.ids().filter(is_flag).filter_map(|id| {
        let raw = flags.try_get_raw(id.as_str()).ok().flatten()?;
        let key = if id == "condition" { "where".to_owned() } else { id.as_str().replace('_', "-") };
        let mut values: Vec<String> = raw.map(|v| v.to_string_lossy().into_owned()).collect();
        if key == "tag" {
            values = listed(&values);
        }
        let value = if values.len() > 1 || LISTS.contains(&key.as_str()) {
            values.into()
        } else {
            let one = values.pop()?;
            match one.as_str() {
                "true" | "false" => (one == "true").into(),
                text => text.parse::<u64>().map_or_else(|_| text.into(), serde_json::Value::from),
            }
        };
        Some((key, value))
    })
}

fn not_found(config: &Config, name: &str) -> Diagnostic {
    if let Some((owner, workspace)) = name.split_once('/')
        && !owner.is_empty()
        && !workspace.is_empty()
    {
        let message = format!("workspace '{name}' is one of Turbot Pipes, to which ironpipe does not connect");
        return Diagnostic::error(message).help("define a workspace block in a *.ppc file");
    }
    let fault = Diagnostic::error(format!("workspace '{name}' not found in config path"));
    match nearest(name, config.profiles.keys().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean {near}?")),
        None => fault.help("workspaces are defined in *.ppc files, in the mod's folder or in ~/.powerpipe/config"),
    }
}
