//! Connections: `connection "type" "name" { ... }`, and the strings that `--database` takes.

use super::Config;
use super::profile::texts;
use crate::hcl::config::{ConfigAttribute, ConfigBlock};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::resource::Database;
use crate::model::source::SourceFile;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configured connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    kind: String,
    connection_string: Option<String>,
    host: Option<String>,
    port: Option<String>,
    db: Option<String>,
    username: Option<String>,
    password: Option<String>,
    sslmode: Option<String>,
    file_name: Option<String>,
    /// The folder of the configuration file: relative file names start there.
    folder: PathBuf,
    /// `search_path`
    pub search_path: Option<Vec<String>>,
    /// `search_path_prefix`
    pub search_path_prefix: Option<Vec<String>>,
}

/// What a database name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The inventory, in the place of Steampipe.
    Inventory,
    /// `postgres://...`
    Postgres {
        /// The connection string.
        url: String,
        /// What messages and reports call it; never a password.
        name: String,
        /// The connection's own search path.
        search_path: Option<Vec<String>>,
        /// The connection's own search path prefix.
        search_path_prefix: Option<Vec<String>>,
    },
    /// A SQLite file.
    Sqlite(PathBuf),
    /// `mysql://...`
    Mysql {
        /// The connection string.
        url: String,
        /// What messages and reports call it; never a password.
        name: String,
    },
    /// A DuckDB file.
    Duckdb(PathBuf),
}

impl Target {
    /// Sets the search path, and what comes before it, where they are given.
    #[must_use]
    pub fn with_paths(self, path: Option<Vec<String>>, prefix: Option<Vec<String>>) -> Self {
        match self {
            Self::Postgres { url, name, search_path, search_path_prefix } => Self::Postgres {
                url,
                name,
                search_path: path.or(search_path),
                search_path_prefix: prefix.or(search_path_prefix),
            },
            other => other,
        }
    }
}

/// Types with the attributes that each may have, besides those of [`ANY`].
const TYPES: [(&str, &[&str]); 6] = [
    ("steampipe", SERVER),
    ("postgres", SERVER),
    ("mysql", &["connection_string", "host", "port", "db", "username", "password"]),
    ("sqlite", &["connection_string", "file_name", "filename"]),
    ("duckdb", &["connection_string", "file_name", "filename"]),
    ("tailpipe", &["from", "to", "indexes", "partitions"]),
];
const SERVER: &[&str] = &[
    "connection_string",
    "host",
    "port",
    "db",
    "username",
    "password",
    "sslmode",
    "ssl_mode",
    "search_path",
    "search_path_prefix",
];
const ANY: [&str; 2] = ["ttl", "pipes"];
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

impl Connection {
    /// Reads a block. Faults are added to `errors`.
    pub fn read(file: &Arc<SourceFile>, block: &ConfigBlock, kind: &str, errors: &mut Vec<Diagnostic>) -> Option<Self> {
        let fault = |message: String, range: &std::ops::Range<usize>| {
            Diagnostic::error(message).code("configuration").at(file, range.clone(), "")
        };
        let Some((_, known)) = TYPES.iter().find(|(k, _)| *k == kind) else {
            let fault = fault(format!("unsupported connection type \"{kind}\""), &block.place);
            errors.push(match nearest(kind, TYPES.map(|t| t.0)) {
                Some(near) => fault.help(format!("did you mean \"{near}\"?")),
                None => fault.help(format!("one of {}", TYPES.map(|t| t.0).join(", "))),
            });
            return None;
        };
        let folder = file.path.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
        let mut connection = Self { kind: kind.to_owned(), folder, ..Self::default() };
        for inner in block.blocks.iter().filter(|b| b.kind != "pipes") {
            errors.push(fault(format!("a connection cannot hold a block \"{}\"", inner.kind), &inner.place));
        }
        for attribute in &block.attributes {
            let name = attribute.name.as_str();
            if !known.contains(&name) && !ANY.contains(&name) {
                let fault = fault(format!("unsupported attribute \"{name}\" in a {kind} connection"), &attribute.place);
                errors.push(match nearest(name, known.iter().copied()) {
                    Some(near) => fault.help(format!("did you mean {near}?")),
                    None => fault,
                });
            } else if let Err(wanted) = connection.set(attribute) {
                errors.push(fault(format!("{name} must be {wanted}"), &attribute.value_place));
            }
        }
        Some(connection)
    }

    fn set(&mut self, attribute: &ConfigAttribute) -> Result<(), String> {
        let value = &attribute.value;
        let text = || {
            let number = value.is_number().then(|| value.to_string());
            number.or_else(|| value.as_str().map(str::to_owned)).ok_or_else(|| "text".to_owned())
        };
        match attribute.name.as_str() {
            "connection_string" => self.connection_string = Some(text()?),
            "host" => self.host = Some(text()?),
            "port" => {
                let port = text()?;
                port.parse::<u16>().map_err(|_| "a port number".to_owned())?;
                self.port = Some(port);
            }
            "db" => self.db = Some(text()?),
            "username" => self.username = Some(text()?),
            "password" => self.password = Some(text()?),
            "sslmode" | "ssl_mode" => {
                let mode = text()?;
                if !SSL_MODES.contains(&mode.as_str()) {
                    return Err(format!("one of {}", SSL_MODES.join(", ")));
                }
                self.sslmode = Some(mode);
            }
            "file_name" | "filename" => self.file_name = Some(text()?),
            "search_path" => self.search_path = Some(list(value)?),
            "search_path_prefix" => self.search_path_prefix = Some(list(value)?),
            // The rest belongs to databases that this program does not read.
            _ => {}
        }
        Ok(())
    }

    /// Returns what the connection leads to.
    fn target(&self, name: &str, mod_folder: &Path) -> Result<Target, String> {
        let shown = format!("connection.{}.{name}", self.kind);
        match self.kind.as_str() {
            "steampipe" | "postgres" => Ok(Target::Postgres {
                url: self.connection_string.clone().unwrap_or_else(|| self.postgres_url()),
                name: shown,
                search_path: self.search_path.clone(),
                search_path_prefix: self.search_path_prefix.clone(),
            }),
            "sqlite" => {
                let file = self.connection_string.as_deref().map(sqlite_file).or(self.file_name.as_deref());
                let file = file.ok_or_else(|| format!("{shown} names no file: set file_name"))?;
                Ok(Target::Sqlite(self.file(file, mod_folder)))
            }
            "duckdb" => {
                let file = self.connection_string.as_deref().map(duckdb_file).or(self.file_name.as_deref());
                let file = file.ok_or_else(|| format!("{shown} names no file: set file_name"))?;
                Ok(Target::Duckdb(self.file(file, mod_folder)))
            }
            "mysql" => {
                let url = self.connection_string.clone().unwrap_or_else(|| self.mysql_url());
                Ok(Target::Mysql { url, name: shown })
            }
            other => Err(format!("{shown}: ironpipe does not read {other} databases")),
        }
    }

    /// Finds a file: in the folder of the configuration file, or else in that of the mod.
    fn file(&self, name: &str, mod_folder: &Path) -> PathBuf {
        let (here, there) = (self.folder.join(expand(name)), mod_folder.join(expand(name)));
        if !here.exists() && there.exists() { there } else { here }
    }

    fn mysql_url(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let user = encode(self.username.as_deref().unwrap_or("root"));
        let password = self.password.as_deref().map(|p| format!(":{}", encode(p))).unwrap_or_default();
        let host = self.host.as_deref().unwrap_or("localhost");
        let port = self.port.as_deref().unwrap_or("3306");
        let db = encode(self.db.as_deref().unwrap_or("mysql"));
        format!("mysql://{user}{password}@tcp({host}:{port})/{db}")
    }

    fn postgres_url(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (port, who, db) = match self.kind.as_str() {
            "steampipe" => ("9193", "steampipe", "steampipe"),
            _ => ("5432", "postgres", "postgres"),
        };
        let user = encode(self.username.as_deref().unwrap_or(who));
        let password = self.password.as_deref().map(|p| format!(":{}", encode(p))).unwrap_or_default();
        let host = self.host.as_deref().unwrap_or("localhost");
        let port = self.port.as_deref().unwrap_or(port);
        let db = encode(self.db.as_deref().unwrap_or(db));
        let mode = self.sslmode.as_deref().map(|m| format!("?sslmode={m}")).unwrap_or_default();
        format!("postgres://{user}{password}@{host}:{port}/{db}{mode}")
    }
}

fn list(value: &serde_json::Value) -> Result<Vec<String>, String> {
    texts(value).ok_or_else(|| "a list of texts".to_owned())
}

/// Returns the file of `sqlite:FILE`, `sqlite://FILE`, `sqlite:///abs` or of a plain name.
fn sqlite_file(text: &str) -> &str {
    file_of(text.strip_prefix("sqlite:").unwrap_or(text))
}

/// Returns the file of `duckdb:FILE`, as [`sqlite_file`] does.
fn duckdb_file(text: &str) -> &str {
    file_of(text.strip_prefix("duckdb:").unwrap_or(text))
}

/// Takes `//` away, and of further slashes all but one: `////abs` is `/abs`.
fn file_of(text: &str) -> &str {
    let text = text.strip_prefix("//").unwrap_or(text);
    let slashes = text.bytes().take_while(|b| *b == b'/').count();
    text.get(slashes.saturating_sub(1)..).unwrap_or(text)
}

/// Writes the home folder for `~`.
pub fn expand(path: &str) -> PathBuf {
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => match std::env::var_os("HOME") {
            Some(home) => PathBuf::from(home).join(rest.trim_start_matches('/')),
            None => PathBuf::from(path),
        },
        _ => PathBuf::from(path),
    }
}

impl Config {
    /// Returns what a name leads to: `connection.<type>.<name>` or a connection string. Relative files start in the
    /// folder of the mod.
    ///
    /// # Errors
    ///
    /// A connection that is not there, or a database that cannot be read here.
    pub fn target(&self, name: &str, mod_folder: &Path) -> Result<Target, String> {
        if let Some(rest) = name.strip_prefix("connection.") {
            let Some((kind, short)) = rest.split_once('.') else {
                return Err(format!("{name}: a connection is named connection.<type>.<name>"));
            };
            return self.connection(kind, short, mod_folder);
        }
        if is_steampipe(name) {
            return Ok(Target::Inventory);
        }
        if name.starts_with("postgres://") || name.starts_with("postgresql://") {
            let (search_path, search_path_prefix) = (None, None);
            let shown = without_password(name);
            return Ok(Target::Postgres { url: name.to_owned(), name: shown, search_path, search_path_prefix });
        }
        if name.starts_with("sqlite:") {
            let file = sqlite_file(name);
            if file.is_empty() {
                return Err("`sqlite:` needs the name of a file: sqlite:path/to/file.db".to_owned());
            }
            return Ok(Target::Sqlite(mod_folder.join(expand(file))));
        }
        let shown = without_password(name);
        if name.starts_with("mysql:") {
            return Ok(Target::Mysql { url: name.to_owned(), name: shown });
        }
        if name.starts_with("duckdb:") {
            let file = duckdb_file(name);
            if file.is_empty() {
                return Err("`duckdb:` needs the name of a file: duckdb:path/to/file.duckdb".to_owned());
            }
            return Ok(Target::Duckdb(mod_folder.join(expand(file))));
        }
        if name.starts_with("tailpipe:") {
            return Err(format!("{shown}: ironpipe does not read Tailpipe databases"));
        }
        let parts: Vec<&str> = name.split('/').collect();
        if let [owner, workspace] = parts.as_slice()
            && !owner.is_empty()
            && !workspace.is_empty()
        {
            return Err(format!(
                "{name}: ironpipe does not connect to Turbot Pipes; give the workspace's postgres:// string"
            ));
        }
        Err(format!("could not evaluate backend: {shown}"))
    }

    /// Returns what a database setting leads to.
    ///
    /// # Errors
    ///
    /// As [`Config::target`].
    pub fn database(&self, database: &Database, mod_folder: &Path) -> Result<Target, String> {
        match database {
            Database::Connection { kind, name } => self.connection(kind, name, mod_folder),
            Database::ConnectionString(text) => self.target(text, mod_folder),
        }
    }

    fn connection(&self, kind: &str, name: &str, mod_folder: &Path) -> Result<Target, String> {
        if let Some(connection) = self.connections.get(&(kind.to_owned(), name.to_owned())) {
            return connection.target(name, mod_folder);
        }
        match (kind, name) {
            ("steampipe", "default") => Ok(Target::Inventory),
            ("postgres", "default") => {
                Connection { kind: "postgres".to_owned(), ..Connection::default() }.target(name, mod_folder)
            }
            ("mysql", "default") => {
                Connection { kind: "mysql".to_owned(), ..Connection::default() }.target(name, mod_folder)
            }
            _ => {
                let known: Vec<String> = self.connections.keys().map(|(k, n)| format!("connection.{k}.{n}")).collect();
                let wanted = format!("connection.{kind}.{name}");
                let hint = nearest(&wanted, known.iter().map(String::as_str));
                let hint = hint.map(|h| format!("; did you mean {h}?")).unwrap_or_default();
                Err(format!("connection '{wanted}' not found{hint}"))
            }
        }
    }
}

/// Whether a connection string is that of Steampipe on this machine, in whose place the inventory answers.
fn is_steampipe(url: &str) -> bool {
    let plain = url.split('?').next().unwrap_or_default().trim_end_matches('/');
    let hosts = ["localhost", "127.0.0.1"];
    hosts.iter().any(|host| {
        ["postgres", "postgresql"].iter().any(|scheme| plain == format!("{scheme}://steampipe@{host}:9193/steampipe"))
    })
}

/// Returns a connection string as messages show it.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((who, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = who.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{}", host.split('?').next().unwrap_or_default())
}
