//! `mod init|install|update|uninstall|list|show`, with git repositories made on the spot.

use crate::harness::{Done, TestEnv};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A place whose git finds `https://git.test/...` in a folder.
struct Place {
    env: TestEnv,
}

impl Place {
    fn new() -> Self {
        let mut env = TestEnv::new();
        let repositories = env.home().join("repositories");
        std::fs::create_dir(&repositories).unwrap();
        let config = format!("[url \"file://{}/\"]\n  insteadOf = https://git.test/\n", repositories.display());
        std::fs::write(env.home().join(".gitconfig"), config).unwrap();
        // The second way, ssh, leads nowhere at once.
        env.set("GIT_SSH_COMMAND", "false");
        Self { env }
    }

    fn repository(&self, name: &str) -> PathBuf {
        self.env.home().join("repositories").join(name)
    }

    fn git(&self, name: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main", "-C"])
            .arg(self.repository(name))
            .args(arguments)
            .env("HOME", self.env.home())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits a mod file, and tags it.
    fn release(&self, name: &str, tag: &str, require: &str) {
        self.release_with(
            name,
            tag,
            require,
            &format!("query \"which\" {{\n  sql = \"select '{tag}' as version\"\n}}\n"),
        );
    }

    /// Commits a mod file with resources, and tags it.
    fn release_with(&self, name: &str, tag: &str, require: &str, resources: &str) {
        let folder = self.repository(name);
        if !folder.exists() {
            std::fs::create_dir_all(&folder).unwrap();
            self.git(name, &["init", "-q"]);
        }
        let short = name.rsplit('/').next().unwrap().replace('-', "_");
        let text = format!("mod \"{short}\" {{\n{require}}}\n{resources}");
        std::fs::write(folder.join("mod.pp"), text).unwrap();
        self.git(name, &["add", "-A"]);
        self.git(name, &["commit", "-q", "--allow-empty", "-m", "x"]);
        if !tag.is_empty() {
            self.git(name, &["tag", "-f", tag]);
        }
    }

    fn run(&self, arguments: &[&str]) -> Done {
        self.env.run(arguments)
    }

    /// The folders of installed mods, and whatever else is there.
    fn installed(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, out: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let is_mod = path.join("mod.pp").exists();
                if is_mod || !path.is_dir() {
                    out.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                } else {
                    walk(&path, root, out);
                }
            }
        }
        let root = self.env.work().join(".powerpipe");
        let mut out = Vec::new();
        walk(&root, &root, &mut out);
        out.sort();
        out
    }

    fn lock(&self) -> serde_json::Value {
        serde_json::from_str(&self.env.read(".mod.cache.json")).unwrap()
    }
}

fn require(name: &str, constraint: &str) -> String {
    format!("  require {{\n    mod \"git.test/{name}\" {{\n      {constraint}\n    }}\n  }}\n")
}

#[test]
fn init() {
    let place = Place::new();
    let done = place.run(&["mod", "init"]).exits(0).quietly();
    assert_eq!(done.stdout, "Created mod definition file 'ROOT/work/mod.pp'\n");
    assert_eq!(place.env.read("mod.pp"), "mod \"local\" {\n  title = \"work\"\n}\n");
    place.run(&["mod", "init"]).exits(0).says("exists already");
    assert_eq!(place.run(&["mod", "list"]).exits(0).stdout, "\nlocal\n");
    place.run(&["mod", "show", "local"]).exits(0).prints("work");
}

#[test]
fn nothing_there() {
    let place = Place::new();
    for command in ["list", "update", "uninstall"] {
        assert_eq!(place.run(&["mod", command]).exits(0).quietly().stdout, "No mods installed.\n", "{command}");
    }
    assert_eq!(place.run(&["mod", "install"]).exits(0).stdout, "No mods are installed\n");
    assert!(place.env.files().is_empty());
}

#[test]
fn a_mod_with_mods_of_its_own() {
    let place = Place::new();
    place.release("o/inner", "v2.0.0", "");
    place.release("o/outer", "v1.0.0", &require("o/inner", "version = \"^2\""));
    let done = place.run(&["mod", "install", "https://git.test/o/outer"]).exits(0).quietly();
    let wanted = "Initializing mod, created mod.pp.

Installed 2 mods:

local
└── git.test/o/outer@v1.0.0
    └── git.test/o/inner@v2.0.0
";
    assert_eq!(done.stdout, wanted);
    assert_eq!(place.installed(), ["mods/git.test/o/inner@v2.0.0", "mods/git.test/o/outer@v1.0.0"]);
    let entry = &place.lock()["local"]["git.test/o/outer"];
    assert_eq!(entry["version"], "1.0.0");
    assert_eq!(entry["git_ref"], "refs/tags/v1.0.0");
    assert_eq!(entry["commit"], place.git("o/outer", &["rev-parse", "HEAD"]));
    assert_eq!(entry["alias"], "outer");
    assert_eq!(entry["struct_version"], 20_240_429);
    assert_eq!(place.lock()["git.test/o/outer@v1.0.0"]["git.test/o/inner"]["version"], "2.0.0");
    // It can be used.
    place.run(&["query", "list"]).exits(0).prints("outer.query.which");
    let tree = "\nlocal\n└── git.test/o/outer@v1.0.0\n    └── git.test/o/inner@v2.0.0\n";
    assert_eq!(place.run(&["mod", "list"]).exits(0).stdout, tree);
    let again = place.run(&["mod", "install", "git.test/o/outer"]).exits(0).quietly();
    assert_eq!(again.stdout, "All targeted mods are up to date\n");
    let json = place.run(&["mod", "list", "--output", "json"]).exits(0).json();
    assert_eq!(json[1]["dependency_path"], "git.test/o/outer");
    // The lock and the folders come back as they were.
    std::fs::remove_file(place.env.work().join(".mod.cache.json")).unwrap();
    place.run(&["mod", "install"]).exits(0).prints("Installed 2 mods:");
    // All of it goes again.
    let done = place.run(&["mod", "uninstall", "git.test/o/outer"]).exits(0).quietly();
    assert_eq!(done.stdout, format!("\nUninstalled 2 mods:\n{tree}"));
    assert_eq!(place.env.files(), ["mod.pp"]);
    assert_eq!(place.env.read("mod.pp"), "mod \"local\" {\n  title = \"work\"\n}\n");
    assert_eq!(place.run(&["mod", "uninstall", "git.test/o/outer"]).exits(0).stdout, "Nothing uninstalled\n");
}

#[test]
fn versions_and_strategies() {
    let place = Place::new();
    for tag in ["v0.10.0", "v0.10.3", "v1.0.0", "v1.1.0", "v2.0.0-rc.1", "other"] {
        place.release("o/r", tag, "");
    }
    place.env.file("mod.pp", &format!("mod \"m\" {{\n{}}}\n", require("o/r", "version = \"^1\"")));
    place.run(&["mod", "install"]).exits(0).prints("m\n└── git.test/o/r@v1.1.0\n");
    // Older, by another constraint.
    let done = place.run(&["mod", "install", "git.test/o/r@0.10", "--dry-run"]).exits(0).quietly();
    assert_eq!(done.stdout, "\nWould downgrade 1 mod:\n\nm\n└── git.test/o/r@v0.10.3\n");
    assert_eq!(place.installed(), ["mods/git.test/o/r@v1.1.0"]);
    let done = place.run(&["mod", "install", "git.test/o/r@0.10"]).exits(0).quietly();
    assert_eq!(done.stdout, "\nDowngraded 1 mod:\n\nm\n└── git.test/o/r@v0.10.3\n");
    assert!(place.env.read("mod.pp").contains("version = \"0.10\""));
    // What nothing needs any more is gone.
    assert_eq!(place.installed(), ["mods/git.test/o/r@v0.10.3"]);
    // A newer one is taken by latest, not by minimal.
    place.release("o/r", "v0.10.4", "");
    assert_eq!(place.run(&["mod", "install"]).exits(0).stdout, "All targeted mods are up to date\n");
    let done = place.run(&["mod", "update", "--pull", "development"]).exits(0);
    assert_eq!(done.stdout, "All targeted mods are up to date\n");
    let done = place.run(&["mod", "update", "git.test/o/r"]).exits(0);
    assert_eq!(done.stdout, "\nUpgraded 1 mod:\n\nm\n└── git.test/o/r@v0.10.4\n");
    // A tag that moved is taken by full only.
    place.release("o/r", "v0.10.4", "");
    assert_eq!(place.run(&["mod", "update"]).exits(0).stdout, "All targeted mods are up to date\n");
    place.run(&["mod", "update", "--pull", "full"]).exits(0).prints("Upgraded 1 mod:");
    assert_eq!(place.lock()["m"]["git.test/o/r"]["commit"], place.git("o/r", &["rev-parse", "HEAD"]));
    // A pre-release by its name, a tag that is no version, with and without pruning.
    place.run(&["mod", "install", "git.test/o/r@2.0.0-rc.1"]).exits(0).prints("r@v2.0.0-rc.1");
    place.run(&["mod", "install", "git.test/o/r@other", "--prune=false"]).exits(0).prints("git.test/o/r@other");
    assert!(place.env.read("mod.pp").contains("tag = \"other\""));
    assert_eq!(place.installed(), ["mods/git.test/o/r@other", "mods/git.test/o/r@v2.0.0-rc.1"]);
    place.run(&["query", "run", "r.query.which", "--output", "csv", "--offline"]).exits(0).prints("other");
}

#[test]
fn branches_and_folders() {
    let place = Place::new();
    place.release("o/r", "v1.0.0", "");
    place.git("o/r", &["branch", "new/x"]);
    place.env.file("mod.pp", "mod \"m\" {}\n");
    let done = place.run(&["mod", "install", "git.test/o/r#new/x"]).exits(0).quietly();
    assert_eq!(done.stdout, "\nInstalled 1 mod:\n\nm\n└── git.test/o/r#new/x\n");
    place.run(&["query", "list"]).exits(0).prints("r.query.which");
    place.git("o/r", &["checkout", "-q", "new/x"]);
    place.release("o/r", "", "");
    assert_eq!(place.run(&["mod", "install"]).exits(0).stdout, "All targeted mods are up to date\n");
    place.run(&["mod", "update", "--pull", "minimal"]).exits(0).prints("up to date");
    place.run(&["mod", "update"]).exits(0).prints("Upgraded 1 mod:");
    assert_eq!(place.lock()["m"]["git.test/o/r"]["commit"], place.git("o/r", &["rev-parse", "new/x"]));
    // A folder is used in place, with what it requires.
    place.release("o/inner", "v1.0.0", "");
    place.env.file("near/mod.pp", &format!("mod \"near\" {{\n{}}}\n", require("o/inner", "tag = \"v1.0.0\"")));
    place.run(&["mod", "install", "./near"]).exits(0).prints("git.test/o/inner@v1.0.0");
    assert!(place.env.read("mod.pp").contains("path = \"./near\""));
    place.run(&["mod", "list"]).exits(0).prints("near\n").prints("git.test/o/inner@v1.0.0");
    place.run(&["mod", "show", "near"]).exits(0).prints("near");
    place.run(&["mod", "update", "./near"]).exits(255).says("used in place");
}

#[test]
fn benchmarks_hold_controls_of_the_mods_that_their_own_mod_requires() {
    let place = Place::new();
    let control = |status: &str| {
        format!("control \"which\" {{\n  sql = \"select 'r' as resource, '{status}' as status, '' as reason\"\n}}\n")
    };
    let holds = "benchmark \"b\" {\n  children = [inner.control.which]\n}\n";
    place.release_with("o/inner", "v1.0.0", "", &control("ok"));
    place.release_with("o/inner", "v2.0.0", "", &control("alarm"));
    place.release_with("o/old", "v1.0.0", &require("o/inner", "version = \"^1\""), holds);
    place.release_with("o/new", "v1.0.0", &require("o/inner", "version = \"^2\""), holds);
    place
        .env
        .file("mod.pp", "mod \"m\" {}\nbenchmark \"both\" {\n  children = [old.benchmark.b, new.benchmark.b]\n}\n");
    place.run(&["mod", "install", "git.test/o/old", "git.test/o/new"]).exits(0).prints("Installed 4 mods:");
    // Each mod has the version that it requires.
    place.run(&["benchmark", "run", "old.benchmark.b"]).exits(0).quietly();
    place.run(&["benchmark", "run", "new.benchmark.b"]).exits(1).quietly();
    let done = place.run(&["benchmark", "run", "both", "--output", "csv"]).exits(1).quietly();
    assert_eq!(
        done.stdout,
        "group_id,title,description,control_id,control_title,control_description,reason,resource,status,severity\n\
         old.benchmark.b,,,inner.control.which,,,,r,ok,\n\
         new.benchmark.b,,,inner@v2.0.0.control.which,,,,r,alarm,\n"
    );
}

#[test]
fn failures_name_mod_and_step_and_change_nothing() {
    let place = Place::new();
    place.release("o/good", "v1.0.0", "");
    place.release("o/strict", "v1.0.0", "  require {\n    powerpipe {\n      min_version = \"99.0.0\"\n    }\n  }\n");
    place.release("o/local", "v1.0.0", "  require {\n    mod \"/etc\" {\n      path = \"/etc\"\n    }\n  }\n");
    place.release("o/option", "v1.0.0", &require("../../x", "branch = \"main\""));
    let start = "mod \"m\" {\n  title = \"M\"\n}\n";
    place.env.file("mod.pp", start);
    let check = |request: &str, code: i32, text: &str| {
        let done = place.run(&["mod", "install", "git.test/o/good", request]).exits(code).says(text);
        assert_eq!(done.stdout, "");
        assert_eq!(place.env.read("mod.pp"), start, "{request}");
        assert_eq!(place.env.files(), ["mod.pp"], "{request}");
        if code == 62 {
            done.says(request.split(['@', '#']).next().unwrap()).says("nothing was changed");
        }
    };
    check("git.test/o/none", 62, "could not retrieve version data from Git URL");
    check("git.test/o/good@^7", 62, "no version of git.test/o/good found satisfying version constraint: ^7");
    check("git.test/o/good@nope", 62, "tag nope not found for mod git.test/o/good");
    check("git.test/o/good#nope", 62, "branch nope not found for mod git.test/o/good");
    check("git.test/o/strict", 62, "it requires powerpipe 99.0.0 or newer");
    check("git.test/o/local", 62, "required by path, which an installed mod may not do");
    check("git.test/o/option", 62, "is not the name of a mod");
    check("--upload-pack=touch x", 255, "unknown flag: --upload-pack");
    check("ext::sh -c date/o/r", 255, "is not the name of a mod");
    check("git.test/o/good#--help", 255, "is not the name of a branch or tag");
    check("./nowhere", 255, "is not a folder");
    place.run(&["mod", "install", "git.test/o/strict", "--force"]).exits(0).prints("strict@v1.0.0");
    place.run(&["mod", "update", "git.test/o/good"]).exits(255).says("it is not a direct dependency");
    place.run(&["mod", "update", "git.test/o/strict@1"]).exits(255).says("cannot specify a version when updating");
    place.run(&["mod", "uninstall", "git.test/o/strict@1"]).exits(255).says("cannot specify a version");
    // Several failures are reported together.
    place.env.file("mod.pp", "mod \"m\" {\n  require {\n    mod \"git.test/o/a\" {\n      version = \"*\"\n    }\n    mod \"git.test/o/b\" {\n      version = \"*\"\n    }\n  }\n}\n");
    place
        .run(&["mod", "install"])
        .exits(62)
        .says("failed to install git.test/o/a")
        .says("failed to install git.test/o/b");
}

#[test]
fn a_repository_without_a_mod() {
    let place = Place::new();
    place.release("o/r", "v1.0.0", "");
    place.git("o/r", &["rm", "-q", "mod.pp"]);
    std::fs::write(place.repository("o/r").join("README"), "x").unwrap();
    place.git("o/r", &["add", "-A"]);
    place.git("o/r", &["commit", "-q", "-m", "x"]);
    place.git("o/r", &["tag", "v2.0.0"]);
    place.run(&["mod", "install", "git.test/o/r"]).exits(62).says("'git.test/o/r' has no mod definition file");
    assert!(place.env.files().is_empty());
}

#[test]
fn an_interrupted_installation_leaves_what_was_there() {
    let mut place = Place::new();
    place.release("o/r", "v1.0.0", "");
    place.env.file("mod.pp", "mod \"m\" {}\n");
    place.run(&["mod", "install", "git.test/o/r"]).exits(0);
    let before = (place.env.read("mod.pp"), place.lock());
    place.release("o/r", "v2.0.0", "");
    // A git that tells versions and then takes its time.
    let bin = place.env.home().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|p| p.join("git")).find(|p| p.exists());
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *clone*) touch \"$HOME/cloning\"; exec sleep 20;; esac\nexec {} \"$@\"\n",
        real.unwrap().display()
    );
    let fake = bin.join("git");
    std::fs::write(&fake, script).unwrap();
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    place.env.set("PATH", &path);
    let mut child = place.env.start(&["mod", "update"]);
    let begun = Instant::now();
    while !place.env.home().join("cloning").exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "git was not called");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((place.env.read("mod.pp"), place.lock()), before);
    place.run(&["query", "run", "r.query.which", "--output", "csv", "--offline"]).exits(0).prints("v1.0.0");
    // The next one does not stumble over what is left.
    std::fs::remove_file(&fake).unwrap();
    place.run(&["mod", "update"]).exits(0).prints("r@v2.0.0");
}

#[test]
fn a_run_installs_what_is_missing() {
    let place = Place::new();
    place.release("o/r", "v1.0.0", "");
    place.env.file("mod.pp", &format!("mod \"m\" {{\n{}}}\n", require("o/r", "version = \"1\"")));
    let run = ["query", "run", "r.query.which", "--output", "csv"];
    let with = |more: &[&'static str]| place.run(&[&run[..], more].concat());
    with(&["--offline"]).exits(255).says("not all dependencies are installed");
    with(&["--mod-install=false"]).exits(255).says("run ironpipe mod install");
    assert!(!place.env.work().join(".mod.cache.json").exists());
    with(&[]).exits(0).quietly().prints("v1.0.0");
}

#[test]
fn a_token_is_sent_without_being_shown() {
    let mut place = Place::new();
    let bin = place.env.home().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let fake = bin.join("git");
    std::fs::write(&fake, "#!/bin/sh\necho \"$GIT_CONFIG_KEY_0=$GIT_CONFIG_VALUE_0 $*\" >> \"$HOME/log\"\nexit 1\n")
        .unwrap();
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    place.env.set("PATH", &format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
    place.env.set("POWERPIPE_GIT_TOKEN", "ghs_secret");
    let done = place.run(&["mod", "install", "git.test/o/r"]).exits(62);
    assert!(!done.stderr.contains("secret"));
    let log = std::fs::read_to_string(place.env.home().join("log")).unwrap();
    // base64 of x-access-token:ghs_secret
    let header = "http.https://git.test/.extraHeader=Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hzX3NlY3JldA==";
    assert!(log.starts_with(header) && !log.contains("ghs_"), "{log}");
}
