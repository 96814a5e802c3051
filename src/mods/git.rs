//! The user's own git: credentials, proxies and keys are what git's configuration says.

use super::name;
use base64::Engine as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// How git is called.
#[derive(Debug, Clone, Default)]
pub struct Git {
    /// `POWERPIPE_GIT_TOKEN`
    pub token: Option<String>,
    /// Whether somebody is there to answer git's questions.
    pub interactive: bool,
    /// `GIT_CONFIG_COUNT` of the environment, to which ours is added.
    pub config_count: usize,
}

/// What a name on the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefKind {
    /// A tag.
    Tag,
    /// A branch.
    Branch,
}

/// The tags and branches of a repository with their commits.
#[derive(Debug, Clone, Default)]
pub struct Refs {
    /// The URL that answered.
    pub url: String,
    /// Kind and name to commit.
    pub commits: BTreeMap<(RefKind, String), String>,
}

impl Git {
    /// Lists the tags and branches of a repository.
    ///
    /// # Errors
    ///
    /// What git says, for https and for ssh.
    pub fn refs(&self, repository: &str) -> Result<Refs, String> {
        name::check(repository)?;
        let mut failures = Vec::new();
        for url in urls(repository) {
            let mut command = self.command(repository);
            command.args(["ls-remote", "--tags", "--heads", "--", &url]);
            match run(&mut command) {
                Ok(out) => return Ok(Refs { commits: parse_refs(&String::from_utf8_lossy(&out.stdout)), url }),
                Err(e) => failures.push(format!("{url}: {e}")),
            }
        }
        // One line: messages hold no line breaks.
        Err(format!("could not retrieve version data from Git URL {}", failures.join("; nor from ")))
    }

    /// Fetches one tag or branch into a folder, without history. Returns the commit.
    ///
    /// # Errors
    ///
    /// What git says.
    pub fn fetch(&self, repository: &str, url: &str, reference: &str, into: &Path) -> Result<String, String> {
        name::check_ref(reference)?;
        let mut command = self.command(repository);
        command
            .args(["clone", "--quiet", "--depth", "1", "--single-branch", "--no-recurse-submodules"])
            .arg(format!("--branch={reference}"))
            .args(["--", url])
            .arg(into);
        run(&mut command)?;
        let mut command = self.command(repository);
        command.arg("-C").arg(into).args(["rev-parse", "HEAD"]);
        let out = run(&mut command)?;
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    fn command(&self, repository: &str) -> Command {
        let mut command = Command::new("git");
        // Nothing that a repository holds is run, and no helper program is a transport.
        command.args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "protocol.ext.allow=never",
            "-c",
            "advice.detachedHead=false",
        ]);
        command.stdin(if self.interactive { Stdio::inherit() } else { Stdio::null() });
        if !self.interactive {
            command.env("GIT_TERMINAL_PROMPT", "0");
            if std::env::var_os("GIT_SSH_COMMAND").is_none() && std::env::var_os("GIT_SSH").is_none() {
                command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
            }
        }
        // A repository that this program runs in must not be meant.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        if let Some(token) = self.token.as_deref().filter(|t| !t.is_empty()) {
            let host = repository.split('/').next().unwrap_or_default();
            let user = if token.starts_with("ghs_") {
                format!("x-access-token:{token}")
            } else if token.starts_with("glpat-") {
                format!("oauth2:{token}")
            } else {
                format!("{token}:")
            };
            let basic = base64::engine::general_purpose::STANDARD.encode(user);
            // In the environment: arguments are visible to every user of the machine.
            let n = self.config_count;
            command.env("GIT_CONFIG_COUNT", (n + 1).to_string());
            command.env(format!("GIT_CONFIG_KEY_{n}"), format!("http.https://{host}/.extraHeader"));
            command.env(format!("GIT_CONFIG_VALUE_{n}"), format!("Authorization: Basic {basic}"));
        }
        command
    }
}

/// Returns the URLs of a repository, in the order in which they are tried.
fn urls(repository: &str) -> Vec<String> {
    let mut urls = vec![format!("https://{repository}")];
    if let Some((host, path)) = repository.split_once('/')
        && !host.contains(':')
    {
        urls.push(format!("git@{host}:{path}.git"));
    }
    urls
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "there is no git on this machine; install it, or put it into PATH".to_owned(),
        _ => format!("failed to run git: {e}"),
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let said = if lines.is_empty() { output.status.to_string() } else { lines.join("; ") };
    Err(said.chars().filter(|c| !c.is_control()).collect())
}

fn parse_refs(text: &str) -> BTreeMap<(RefKind, String), String> {
    let mut out = BTreeMap::new();
    for line in text.lines() {
        let Some((commit, name)) = line.split_once('\t') else { continue };
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            out.insert((RefKind::Branch, branch.to_owned()), commit.to_owned());
        } else if let Some(tag) = name.strip_prefix("refs/tags/") {
            // The commit that an annotated tag stands for follows the tag itself.
            let tag = tag.strip_suffix("^{}").unwrap_or(tag);
            out.insert((RefKind::Tag, tag.to_owned()), commit.to_owned());
        }
    }
    out
}
