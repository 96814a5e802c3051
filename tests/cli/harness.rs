//! A folder of its own for each test, an empty environment, and the real binary.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A place to run the program in: `work` is the current folder, `home` the user's.
pub struct TestEnv {
    root: TempDir,
    variables: Vec<(String, String)>,
    program: PathBuf,
}

/// What the program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl TestEnv {
    /// An empty place.
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["work", "home"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root, variables: Vec::new(), program: PathBuf::from(env!("CARGO_BIN_EXE_ironpipe")) }
    }

    /// A place with a mod.
    pub fn with_mod(text: &str) -> Self {
        let env = Self::new();
        env.file("mod.pp", &format!("mod \"m\" {{\n  title = \"M\"\n}}\n{text}"));
        env
    }

    /// The current folder.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The user's folder.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Writes a file, relative to the current folder.
    pub fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Reads a file, relative to the current folder.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.work().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The names of the files in the current folder.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.work()).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Sets an environment variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs the program under another name, by a link.
    pub fn named(&mut self, name: &str) {
        let link = self.root.path().join(name);
        std::os::unix::fs::symlink(&self.program, &link).unwrap();
        self.program = link;
    }

    /// The program with arguments, ready to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("TZ", "UTC")
            .env("POWERPIPE_DISPLAY_WIDTH", "100")
            // Nothing asks a cloud machine for credentials.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.variables.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Done {
        let output = self.command(arguments).output().unwrap();
        self.done(output.status.code(), &output.stdout, &output.stderr)
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for its end.
    pub fn wait(&self, child: Child) -> Done {
        let output = child.wait_with_output().unwrap();
        self.done(output.status.code(), &output.stdout, &output.stderr)
    }

    fn done(&self, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Done {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let real = self.root.path().canonicalize().unwrap();
            text.replace(&*real.to_string_lossy(), "ROOT").replace(&*self.root.path().to_string_lossy(), "ROOT")
        };
        Done { code: code.unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Done {
    /// Checks the exit code, and returns itself.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Checks that standard error holds a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in stderr:\n{}\nstdout:\n{}", self.stderr, self.stdout);
        self
    }

    /// Checks that standard output holds a text.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is not in stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Checks that nothing was said.
    #[track_caller]
    pub fn quietly(self) -> Self {
        assert_eq!(self.stderr, "");
        self
    }

    /// The printed JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}:\n{}\n{}", self.stdout, self.stderr))
    }
}

/// Reads a JSON file.
pub fn json_of(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A control with constant rows: `name: status status ...`.
pub fn control(name: &str, statuses: &str) -> String {
    let rows: Vec<String> = statuses
        .split_whitespace()
        .enumerate()
        .map(|(i, s)| format!("select 'r{i}' as resource, '{s}' as status, 'because {s}' as reason"))
        .collect();
    format!("control \"{name}\" {{\n  title = \"{name}\"\n  sql = \"{}\"\n}}\n", rows.join(" union all "))
}
