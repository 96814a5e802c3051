//! Mods that require mods.

use super::shown;
use crate::hcl::{LoadOptions, ModSource, VariableSources, load};
use crate::model::resource::QuerySource;
use std::fs;
use std::path::{Path, PathBuf};

struct Workspace {
    folder: tempfile::TempDir,
}

const NAME: &str = "github.com/o/dep";

impl Workspace {
    /// A workspace with one dependency installed, and one that it requires in turn.
    fn new(require: &str, rest: &str) -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        this.write("mod.pp", &format!("mod \"own\" {{\n  require {{\n{require}\n  }}\n}}\n{rest}\n"));
        this.write(
            ".mod.cache.json",
            r#"{"own": {"github.com/o/dep": {"version": "1.2.0", "name": "github.com/o/dep", "alias": "dep"}},
                "github.com/o/dep@v1.2.0": {"github.com/o/inner": {"version": "0.1.0", "name": "github.com/o/inner"}}}"#,
        );
        this.write(
            ".powerpipe/mods/github.com/o/dep@v1.2.0/mod.pp",
            r#"mod "dep" {
  title = "Dep"
  require {
    mod "github.com/o/inner" {
      version = "*"
      args    = {given = var.days}
    }
  }
}
variable "days" {
  type    = number
  default = 90
}
locals {
  hidden = 1
}
query "q" {
  sql = "select ${var.days}"
}
control "c" {
  title         = "C"
  query         = query.q
  severity      = "low"
  documentation = file("./doc.md")
}
benchmark "b" {
  title    = "B"
  children = [control.c]
}
"#,
        );
        this.write(".powerpipe/mods/github.com/o/dep@v1.2.0/doc.md", "Doc");
        this.write(
            ".powerpipe/mods/github.com/o/inner@v0.1.0/mod.pp",
            "mod \"inner\" {}\nvariable \"given\" {\n  type = number\n}\ncontrol \"i\" {\n  sql = \"select ${var.given}\"\n}\n",
        );
        this
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn load(&self, options: &LoadOptions) -> Result<crate::hcl::Loaded, String> {
        load(&ModSource::Folder(self.folder.path().to_path_buf()), options).map_err(|e| shown(&e))
    }

    fn error(&self) -> String {
        self.load(&LoadOptions::default()).err().unwrap_or_else(|| "no error".to_owned())
    }
}

const REQUIRE: &str = "mod \"github.com/o/dep\" {\n  version = \"^1.0\"\n}";

#[test]
fn resources_of_a_dependency() {
    let rest = r#"
benchmark "all" {
  title       = dep.benchmark.b.title
  description = "${dep.var.days} ${dep.control.c.severity} ${dep.query.q.sql}"
  children    = [dep.benchmark.b, dep.control.c, control.mine, control.based]
}
control "mine" {
  query = dep.query.q
}
control "based" {
  base = dep.control.c
}
"#;
    let workspace = Workspace::new(REQUIRE, rest);
    let module = workspace.load(&LoadOptions::default()).unwrap().module;
    let all = &module.benchmarks["all"];
    assert_eq!(all.meta.title.as_deref(), Some("B"));
    assert_eq!(all.meta.description.as_deref(), Some("90 low select 90"));
    assert_eq!(
        all.children.iter().map(|c| format!("{}.{}", c.mod_name, c.name)).collect::<Vec<_>>(),
        ["dep.b", "dep.c", "own.mine", "own.based"]
    );
    assert_eq!(module.control(&all.children[1]).unwrap().meta.title.as_deref(), Some("C"));
    let QuerySource::Query(query) = &module.controls["mine"].source else { panic!() };
    assert_eq!(query.id.full_name(), "dep.query.q");
    assert_eq!(module.controls["based"].severity.as_deref(), Some("low"));
    let dep = &module.dependencies["dep"];
    assert_eq!(dep.version, "1.2.0");
    assert_eq!(dep.controls["c"].meta.documentation.read().unwrap().as_deref(), Some("Doc"));
    // What a dependency requires is its own matter.
    assert_eq!(module.dependencies.len(), 1);
    let QuerySource::Sql(sql) = &dep.dependencies["inner"].controls["i"].source else { panic!() };
    assert_eq!(sql.text, "select 90");
}

#[test]
fn what_is_not_visible() {
    for (reference, expected) in [
        ("dep.local.hidden", "mod dep has nothing called local [unknown-reference]; did you mean dep.control? "),
        ("inner.control.i", "mod \"inner\" is not a dependency of this mod"),
        ("dep.control.d", "mod dep has no control \"d\" [unknown-reference]; did you mean dep.control.c?"),
        ("dep.var.day", "mod dep has no variable \"day\" [unknown-reference]; did you mean dep.var.days?"),
        ("dep.benchmark.b.children", "has no attribute \"children\" here"),
        ("dp.control.c", "mod \"dp\" is not a dependency of this mod [missing-dependency]; did you mean dep?"),
    ] {
        let error = Workspace::new(REQUIRE, &format!("locals {{\n  x = {reference}\n}}\n")).error();
        let expected = expected.split(" [unknown-reference]; did you mean dep.control?").next().unwrap();
        assert!(error.contains(expected), "{reference}: {error}");
    }
}

#[test]
fn variables_of_a_dependency() {
    let sql = |workspace: &Workspace, options: &LoadOptions| {
        let loaded = workspace.load(options).unwrap();
        loaded.module.dependencies["dep"].queries["q"].sql.text.clone()
    };
    let args = "mod \"github.com/o/dep\" {\n  version = \"^1.0\"\n  args = {days = var.mine}\n}";
    let workspace = Workspace::new(args, "variable \"mine\" {\n  default = 10\n}\n");
    let mut options = LoadOptions::default();
    assert_eq!(sql(&workspace, &options), "select 10");
    options.variables.environment.insert("PP_VAR_dep__days".to_owned(), "20".to_owned());
    assert_eq!(sql(&workspace, &options), "select 20");
    workspace.write("powerpipe.ppvars", "dep.days = 30\n");
    assert_eq!(sql(&workspace, &options), "select 30");
    options.variables.vars = vec!["dep.days=40".to_owned()];
    assert_eq!(sql(&workspace, &options), "select 40");
    options.variables.vars = vec!["dep.var.days=50".to_owned()];
    assert_eq!(sql(&workspace, &options), "select 50");
    options.variables = VariableSources { vars: vec!["dep.dys=1".to_owned()], ..VariableSources::default() };
    let error = workspace.load(&options).unwrap_err();
    assert_eq!(error, "Value for undeclared variable \"dep.dys\" (--var) [variable]; did you mean \"dep.days\"?");
}

#[test]
fn an_unknown_argument_is_an_error() {
    let args = "mod \"github.com/o/dep\" {\n  version = \"^1.0\"\n  args = {dys = 1}\n}";
    let error = Workspace::new(args, "").error();
    assert!(
        error.contains(
            "Value for undeclared variable \"dep.dys\" (args of mod github.com/o/dep) [variable]; did you mean \"dep.days\"?"
        ),
        "{error}"
    );
}

#[test]
fn what_is_not_installed() {
    let workspace = Workspace::new(REQUIRE, "");
    fs::remove_dir_all(workspace.path(".powerpipe/mods/github.com/o/inner@v0.1.0")).unwrap();
    let error = workspace.error();
    assert!(error.contains("not all dependencies are installed: github.com/o/inner is missing"), "{error}");
    fs::remove_file(workspace.path(".mod.cache.json")).unwrap();
    let error = workspace.error();
    assert!(error.contains("mod.pp:3:1-5:2: not all dependencies are installed: github.com/o/dep is missing [missing-dependency]; run ironpipe mod install"), "{error}");
    workspace.write(".mod.cache.json", "{");
    assert!(workspace.error().contains("is not a lock file"), "{}", workspace.error());
}

#[test]
fn what_is_installed_must_fit() {
    for (constraint, expected) in [
        ("version = \"^2.0\"", "mod github.com/o/dep: version ^2.0 is required, version 1.2.0 is installed"),
        ("tag = \"x\"", "tag x is required, version 1.2.0 is installed"),
        ("branch = \"main\"", "branch main is required, version 1.2.0 is installed"),
    ] {
        let error = Workspace::new(&format!("mod \"{NAME}\" {{\n  {constraint}\n}}"), "").error();
        assert!(error.contains(expected), "{constraint}: {error}");
    }
}

#[test]
fn folders_as_dependencies() {
    let workspace = Workspace::new(
        "mod \"local_dep\" {\n  path = \"../beside\"\n}",
        "benchmark \"b\" {\n  children = [beside.control.c]\n}\n",
    );
    let beside = workspace.folder.path().join("../beside");
    let write = |folder: &Path| {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("mod.pp"), "mod \"beside\" {}\ncontrol \"c\" {\n  sql = \"\"\n}\n").unwrap();
    };
    // The folder of all temporary folders is shared: a folder of this test's own is used instead.
    let inside = workspace.path("beside");
    write(&inside);
    workspace.write("mod.pp", "mod \"own\" {\n  require {\n    mod \"local_dep\" {\n      path = \"beside\"\n    }\n  }\n}\nbenchmark \"b\" {\n  children = [beside.control.c]\n}\n");
    workspace.write(".powerpipeignore", "beside/**\n");
    assert!(!beside.exists());
    let loaded = workspace.load(&LoadOptions::default()).unwrap();
    assert!(loaded.module.control(&loaded.module.benchmarks["b"].children[0]).is_some());
    fs::remove_dir_all(inside).unwrap();
    assert!(workspace.error().contains("mod local_dep is not installed: there is no mod in"), "{}", workspace.error());
}

#[test]
fn an_installed_mod_cannot_require_folders() {
    let workspace = Workspace::new(REQUIRE, "");
    workspace.write(
        ".powerpipe/mods/github.com/o/dep@v1.2.0/mod.pp",
        "mod \"dep\" {\n  require {\n    mod \"x\" {\n      path = \"../../../../..\"\n    }\n  }\n}\n",
    );
    assert!(
        workspace.error().contains("mod x is required by path, which an installed mod may not do"),
        "{}",
        workspace.error()
    );
}

#[test]
fn names_cannot_leave_the_folder_of_mods() {
    let workspace = Workspace::new("mod \"../../evil\" {\n  version = \"*\"\n}", "");
    workspace.write(".mod.cache.json", r#"{"own": {"../../evil": {"version": "1.0.0"}}}"#);
    workspace.write("evil@v1.0.0/mod.pp", "mod \"evil\" {}\n");
    assert!(workspace.error().contains("\"../../evil\" is not the name of a mod"), "{}", workspace.error());
}

#[test]
fn mods_that_require_each_other() {
    let workspace = Workspace::new("mod \"a\" {\n  path = \"a\"\n}", "");
    workspace.write(".powerpipeignore", "a/**\n");
    workspace.write("a/mod.pp", "mod \"a\" {\n  require {\n    mod \"a\" {\n      path = \".\"\n    }\n  }\n}\n");
    assert!(workspace.error().contains("or require each other"), "{}", workspace.error());
}
