//! The fake AWS server of `tests/fake_aws.py` as a child process, one for each set of arguments.

use ironpipe::aws::collect::{AwsFiles, CollectOptions, RetryPolicy};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running server; it ends with its standard input.
pub struct FakeAws {
    child: Child,
    address: String,
    folder: TempDir,
}

/// The Python interpreter that has the server's packages.
pub fn python() -> PathBuf {
    std::env::var_os("IRONPIPE_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from)
}

/// Whether the server can run here; says why not, and insists where it must.
pub fn is_available() -> bool {
    let found = Command::new(python())
        .args(["-c", "import moto, flask, flask_cors, cryptography"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        let text = "the fake AWS server needs `pip install -r tests/fake_aws.requirements.txt` (IRONPIPE_PYTHON names the interpreter)";
        assert!(std::env::var_os("IRONPIPE_REQUIRE_FAKE_AWS").is_none(), "{text}");
        let _ = writeln!(std::io::stderr(), "skipped: {text}");
    }
    found
}

impl FakeAws {
    /// Starts a server; none where it cannot run.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        if !is_available() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_aws.py");
        let mut child = Command::new(python())
            .arg(script)
            .args(["--port", "0", "--exit-on-stdin-eof", "--write-config"])
            .arg(folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let endpoint = lines.next().expect("the server ended");
        let address = endpoint.strip_prefix("endpoint http://").unwrap().to_string();
        assert_eq!(lines.next().as_deref(), Some("ready"));
        Some(Self { child, address, folder })
    }

    /// Options that lead to the server with a profile such as `audit-00`.
    pub fn options(&self, profile: &str) -> CollectOptions {
        CollectOptions {
            profiles: vec![profile.to_string()],
            files: Some(AwsFiles {
                config: self.folder.path().join("config"),
                credentials: self.folder.path().join("credentials"),
            }),
            api_rate: Some(0.0),
            retry: RetryPolicy {
                first_wait: Duration::from_millis(2),
                longest_wait: Duration::from_millis(20),
                attempt_timeout: Duration::from_secs(10),
                ..RetryPolicy::default()
            },
            report_poll: Duration::from_millis(10),
            report_timeout: Duration::from_secs(120),
            ..CollectOptions::default()
        }
    }

    fn http(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let host = &self.address;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        body.to_string()
    }

    /// Makes calls fail.
    pub fn fault(&self, rules: &Value) {
        self.http("POST", "/_fake/faults", &rules.to_string());
    }

    /// Forgets faults, statistics and the state of the credential report.
    pub fn reset(&self) {
        self.http("POST", "/_fake/reset", "");
    }

    /// What was called.
    pub fn stats(&self) -> Value {
        serde_json::from_str(&self.http("GET", "/_fake/stats", "")).unwrap()
    }

    /// What the accounts hold, and what CIS questions should find.
    pub fn manifest(&self) -> Value {
        serde_json::from_str(&self.http("GET", "/_fake/manifest", "")).unwrap()
    }
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
