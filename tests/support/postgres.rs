//! A throw-away PostgreSQL server for tests that compare with the real thing.
//!
//! The server's programs come from the machine (Debian: package `postgresql`). Where they are missing the test says
//! so and passes, unless `IRONPIPE_REQUIRE_POSTGRES` is set, as it is in continuous integration.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A running server: C locale, UTC, no password, reachable on a loopback port. Stopped when the process ends.
pub struct Postgres {
    dir: PathBuf,
    bin: PathBuf,
    port: u16,
    /// Waits for the end of its standard input, which comes when this process ends however it ends, and then stops
    /// the server and removes its files. A static is never dropped, so `Drop` could not do it.
    _janitor: Option<Child>,
}

impl Postgres {
    /// Returns the one server of this test process, started on first use; `None` when the machine has no PostgreSQL.
    pub fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    /// Returns the connection string of the database `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Runs SQL through `psql` and returns what it prints, unaligned and without headers.
    ///
    /// Panics with the server's message when a statement fails.
    pub fn psql(&self, sql: &str) -> String {
        let script = self.dir.join(format!("{:?}.sql", std::thread::current().id()));
        std::fs::write(&script, sql).unwrap();
        // The client may live elsewhere than the server's programs.
        let psql = Some(self.bin.join("psql")).filter(|p| p.exists()).unwrap_or_else(|| PathBuf::from("psql"));
        let output = Command::new(psql)
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(), "-f"])
            .arg(&script)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn start() -> Option<Self> {
        let Some(bin) = find_programs() else {
            assert!(
                std::env::var_os("IRONPIPE_REQUIRE_POSTGRES").is_none(),
                "PostgreSQL's programs were not found, and IRONPIPE_REQUIRE_POSTGRES is set"
            );
            eprintln!("skipped: PostgreSQL is not installed on this machine");
            return None;
        };
        let dir = tempfile::Builder::new().prefix("ironpipe-postgres-").tempdir().unwrap().keep();
        let port = free_port();
        let mut server = Self { dir, bin, port, _janitor: None };
        let data = server.dir.join("data").to_string_lossy().into_owned();
        server.run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8"]);
        let options = format!(
            "-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=UTC -c log_timezone=UTC"
        );
        server.run("pg_ctl", &["-D", &data, "-o", &options, "-l", &format!("{data}/server.log"), "-w", "start"]);
        let script = r#"read -r _; "$1" -D "$2/data" -m immediate stop; cd / && rm -rf "$2""#;
        let mut janitor = server.as_owner("sh");
        janitor.args(["-c", script, "sh"]).arg(server.bin.join("pg_ctl")).arg(&server.dir);
        server._janitor =
            Some(janitor.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        Some(server)
    }

    /// Runs one of PostgreSQL's programs to its end.
    fn run(&self, program: &str, args: &[&str]) {
        let program = self.bin.join(program);
        let mut command = self.as_owner(&program.to_string_lossy());
        let output = command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Prepares a command that runs as the owner of the server: user `postgres` when we are root, which the server
    /// refuses to be.
    fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if is_root() {
            let owned = Command::new("chown").arg("-R").arg("postgres").arg(&self.dir).status().unwrap();
            assert!(owned.success());
            command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
        }
        command.current_dir(&self.dir);
        command
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0"))
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Finds the folder with `initdb` and `pg_ctl`: in PATH, or where Debian puts them, the newest first.
fn find_programs() -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).find(|d| d.join("initdb").exists() && d.join("pg_ctl").exists()));
    in_path.or_else(|| {
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|e| e.path().join("bin")).collect();
        versions.sort_by_key(|p| std::cmp::Reverse(version_of(p)));
        versions.into_iter().find(|d| d.join("initdb").exists())
    })
}

fn version_of(bin: &Path) -> u32 {
    bin.parent().and_then(Path::file_name).and_then(|n| n.to_str()).and_then(|n| n.parse().ok()).unwrap_or(0)
}
