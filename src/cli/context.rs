//! What every command is given: flags that mean the same everywhere, configuration, and where to print.

use super::args::Global;
use super::config::{self, Config, Settings};
use super::exit::{Code, Failure};
use super::ui::Ui;
use crate::hcl::Clock;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What every command is given.
pub struct Context<'a> {
    /// What the program was called by: `ironpipe`, or `powerpipe`.
    pub program: &'a str,
    /// Flags that mean the same everywhere.
    pub global: &'a Global,
    /// Where to print.
    pub ui: &'a Ui,
    /// What the configuration files say.
    pub config: &'a Config,
    /// The instant of `timestamp()`: that of `--as-of`, or the present one.
    pub clock: Clock,
}

/// Returns the environment as text.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

/// Reads the configuration files and puts the settings together, for flags that were parsed without them.
///
/// # Errors
///
/// Every fault of the files, and a workspace that does not exist.
pub fn configure(global: &Global) -> Result<(Config, Settings), Failure> {
    let environment = environment();
    let fail = |faults| Failure::from_diagnostics(Code::Unknown, faults);
    let folders = folders(global, &environment);
    let config = config::load(&folders, &environment).map_err(|mut faults| {
        for fault in &mut faults {
            fault.message = format!("Failed to load configuration: {}", fault.message);
        }
        fail(faults)
    })?;
    let named = |value: Option<&String>| value.filter(|v| !v.is_empty()).cloned();
    let workspace = named(global.workspace.as_ref()).or_else(|| named(environment.get("POWERPIPE_WORKSPACE")));
    let settings = Settings::new(&config, workspace.as_deref(), &environment).map_err(|fault| fail(vec![fault]))?;
    Ok((config, settings))
}

/// Returns the folders of configuration files, highest precedence first.
fn folders(global: &Global, environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let set = |name: &str| environment.get(name).filter(|v| !v.is_empty()).cloned();
    if let Some(path) = global.config_path.clone().filter(|p| !p.is_empty()).or_else(|| set("POWERPIPE_CONFIG_PATH")) {
        return path.split(':').filter(|p| !p.is_empty()).map(config::connection::expand).collect();
    }
    let mod_location = global
        .mod_location
        .clone()
        .or_else(|| set("POWERPIPE_MOD_LOCATION").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("."));
    vec![mod_location, install_dir(global, environment).join("config")]
}

fn install_dir(global: &Global, environment: &BTreeMap<String, String>) -> PathBuf {
    let given = global.install_dir.clone();
    given.or_else(|| environment.get("POWERPIPE_INSTALL_DIR").filter(|v| !v.is_empty()).map(PathBuf::from)).map_or_else(
        || config::connection::expand("~/.powerpipe"),
        |dir| config::connection::expand(&dir.to_string_lossy()),
    )
}

/// Prints the settings for `POWERPIPE_CONFIG_DUMP`; returns whether it did.
///
/// # Errors
///
/// The text cannot be printed.
pub fn dump(ui: &Ui, settings: &Settings, global: &Global, flags: &clap::ArgMatches) -> Result<bool, Failure> {
    let Some(how) = std::env::var("POWERPIPE_CONFIG_DUMP").ok().filter(|v| !v.is_empty()) else { return Ok(false) };
    let mut values = settings.resolved(flags);
    let here = std::env::current_dir().unwrap_or_default();
    // `..` is kept: behind a link it leads elsewhere.
    let full = |path: &Path| here.join(path).components().collect::<PathBuf>().to_string_lossy().into_owned();
    values.insert("install-dir".to_owned(), full(&install_dir(global, &environment())).into());
    let location = global.mod_location.clone().unwrap_or_default();
    values.insert("mod-location".to_owned(), full(&location).into());
    let text = match how.as_str() {
        "config_json" => serde_json::to_string_pretty(&values).unwrap_or_default() + "\n",
        "config" => {
            let width = values.keys().map(|k| k.len()).max().unwrap_or(0) + 2;
            let line = |(key, value): (&String, &serde_json::Value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("{:<width$}{value}\n", format!("{key}:"))
            };
            values.iter().map(line).collect()
        }
        other => {
            ui.warning(&format!("POWERPIPE_CONFIG_DUMP={other} is ignored: config or config_json"));
            return Ok(false);
        }
    };
    ui.data(text.as_bytes())?;
    Ok(true)
}
