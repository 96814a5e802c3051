//! Names, and changes of mod files; installations are tested on the program, with repositories made on the spot.

use super::edit::{quoted, remove, set};
use super::name::{Request, check, check_ref};
use super::summary::changes;
use crate::hcl::definition::{Definition, of_text};
use crate::hcl::lock::Lock;
use crate::model::resource::ModConstraint as C;
use std::path::PathBuf;

#[test]
fn requests() {
    let folder = tempfile::tempdir().unwrap();
    let name = "github.com/o/r".to_owned();
    for (text, constraint) in [
        ("github.com/o/r", C::Version("*".to_owned())),
        ("https://github.com/o/r", C::Version("*".to_owned())),
        ("https://github.com/o/r.git@1.2", C::Version("1.2".to_owned())),
        ("github.com/o/r@^1", C::Version("^1".to_owned())),
        ("github.com/o/r@latest", C::Version("latest".to_owned())),
        ("github.com/o/r@release-5", C::Tag("release-5".to_owned())),
        ("github.com/o/r#feature/x", C::Branch("feature/x".to_owned())),
    ] {
        assert_eq!(Request::parse(text, folder.path()), Ok(Request { name: name.clone(), constraint }), "{text}");
    }
    for text in ["", "r", "o/r", "./missing", "github.com/o/r#", "github.com/o/r#-x", "github.com/o/r@--upload-pack=x"]
    {
        assert!(Request::parse(text, folder.path()).is_err(), "{text}");
    }
}

#[test]
fn names_that_git_must_not_see() {
    for name in [
        "--upload-pack=touch /tmp/x",
        "-c/o/r",
        "github.com/-o/r",
        "github.com/o/..",
        "github.com/../../etc",
        "github.com//r",
        "/etc/passwd/x",
        "ext::sh -c touch% /tmp/x/o/r",
        "file:///a/b",
        "git@github.com:o/r/x",
        "github.com/o/r r",
        "github.com/o/r\nx",
        "user:secret@github.com/o/r",
        "host:port/o/r",
    ] {
        assert!(check(name).is_err(), "{name}");
    }
    for name in ["github.com/o/r", "gitlab.com/group/sub/r", "git.example.com:8443/o/r", "github.com/o/a.b_c~d"] {
        assert_eq!(check(name), Ok(()), "{name}");
    }
    for reference in ["", "-x", "--help", "a..b", "a b", "a:b", "refs/../x", "a^", "a.lock", "/a", "a/", "@{u}"] {
        assert!(check_ref(reference).is_err(), "{reference}");
    }
    for reference in ["main", "feature/x-1", "v1.2.3", "release_5"] {
        assert_eq!(check_ref(reference), Ok(()), "{reference}");
    }
}

fn definition(text: &str) -> Definition {
    of_text(PathBuf::from("mod.pp"), "mod.pp".to_owned(), text).unwrap()
}

fn version(text: &str) -> C {
    C::Version(text.to_owned())
}

#[test]
fn a_requirement_is_added_changed_and_removed() {
    let start = definition("# top\nmod \"m\" {\n  title = \"M\" # keep\n}\n\nquery \"q\" {}\n");
    let added = set(&start, "github.com/o/r", &version("*")).unwrap();
    let wanted = "# top\nmod \"m\" {\n  title = \"M\" # keep\n  require {\n    mod \"github.com/o/r\" {\n      version = \"*\"\n    }\n  }\n}\n\nquery \"q\" {}\n";
    assert_eq!(added.file.text, wanted);
    let second = set(&added, "github.com/o/s", &C::Branch("main".to_owned())).unwrap();
    assert!(second.file.text.contains("    }\n    mod \"github.com/o/s\" {\n      branch = \"main\"\n    }\n  }\n}\n"));
    let changed = set(&second, "github.com/o/r", &C::Tag("x".to_owned())).unwrap();
    assert!(changed.file.text.contains("mod \"github.com/o/r\" {\n      tag = \"x\"\n    }"), "{}", changed.file.text);
    let back = remove(&remove(&changed, "github.com/o/s").unwrap(), "github.com/o/r").unwrap();
    assert_eq!(back.file.text, start.file.text);
    assert_eq!(remove(&back, "github.com/o/none").unwrap().file.text, start.file.text);
}

#[test]
fn other_layouts_stay_what_they_are() {
    for text in [
        "mod \"m\" {}\n",
        "mod \"m\" { title = \"M\" }",
        "mod \"m\" {\n  require {}\n}\n",
        "mod \"m\" {\n  require {\n    plugin \"aws\" { min_version = \"1.0\" }\n  }\n}\n",
        "mod \"m\" {\r\n  title = \"M\"\r\n}\r\n",
        "mod \"m\" {\n  requires {\n    # a comment\n  }\n}\n",
    ] {
        let added = set(&definition(text), "github.com/o/r", &version("^1")).unwrap();
        assert_eq!(added.mods.len(), 1, "{text}");
        assert_eq!(added.mods[0].constraint, version("^1"));
        let removed = remove(&added, "github.com/o/r").unwrap();
        assert!(removed.mods.is_empty(), "{text}");
        assert_eq!(removed.file.text.contains("# a comment"), text.contains("# a comment"));
        assert_eq!(removed.file.text.contains("plugin"), text.contains("plugin"));
    }
    assert_eq!(quoted("a \"b\" ${c}\\"), "\"a \\\"b\\\" $${c}\\\\\"");
}

#[test]
fn what_changed() {
    let lock = |text: &str| -> Lock { serde_json::from_str(text).unwrap() };
    let old = lock(
        r#"{"m": {"h/o/a": {"version": "1.0.0"}, "h/o/b": {"version": "2.0.0"}, "h/o/c": {"branch": "main", "commit": "1"}},
            "h/o/a@v1.0.0": {"h/o/d": {"version": "1.0.0"}}}"#,
    );
    let new = lock(
        r#"{"m": {"h/o/a": {"version": "1.1.0"}, "h/o/b": {"version": "1.9.0"}, "h/o/c": {"branch": "main", "commit": "2"}},
            "h/o/a@v1.1.0": {"h/o/e": {"tag": "x"}}}"#,
    );
    let changes = changes("m", &old, &new);
    assert_eq!(changes.installed.tree.draw(), "m\n└── h/o/a@v1.1.0\n    └── h/o/e@x\n");
    assert_eq!(changes.upgraded.tree.draw(), "m\n├── h/o/a@v1.1.0\n└── h/o/c#main\n");
    assert_eq!(changes.downgraded.tree.draw(), "m\n└── h/o/b@v1.9.0\n");
    assert_eq!(changes.uninstalled.tree.draw(), "m\n└── h/o/a@v1.0.0\n    └── h/o/d@v1.0.0\n");
    let counts = [&changes.installed, &changes.upgraded, &changes.downgraded, &changes.uninstalled].map(|c| c.count);
    assert_eq!(counts, [1, 2, 1, 1]);
}

#[test]
fn what_the_mod_itself_requires_is_told_even_if_another_mod_requires_it_too() {
    let lock = |text: &str| -> Lock { serde_json::from_str(text).unwrap() };
    let inner = r#""h/o/a@v1.0.0": {"h/o/b": {"version": "1.0.0"}}"#;
    let one = lock(&format!(r#"{{"m": {{"h/o/a": {{"version": "1.0.0"}}}}, {inner}}}"#));
    let both =
        lock(&format!(r#"{{"m": {{"h/o/a": {{"version": "1.0.0"}}, "h/o/b": {{"version": "1.0.0"}}}}, {inner}}}"#));
    assert_eq!(changes("m", &one, &both).installed.tree.draw(), "m\n└── h/o/b@v1.0.0\n");
    assert_eq!(changes("m", &both, &one).uninstalled.tree.draw(), "m\n└── h/o/b@v1.0.0\n");
}
