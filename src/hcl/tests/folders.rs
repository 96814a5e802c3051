//! Which files belong to a mod.

use super::shown;
use crate::hcl::{LoadOptions, ModSource, load};
use std::fs;
use std::path::Path;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn query(name: &str) -> String {
    format!("query \"{name}\" {{\n  sql = \"\"\n}}\n")
}

#[test]
fn listing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "mod.pp", "mod \"m\" {}\n");
    for name in ["b.pp", "a/deep/er.sp", "z.sp"] {
        write(root, name, &query(&name.replace(['/', '.'], "_")));
    }
    for name in [
        ".hidden.pp",
        ".git/x.pp",
        "a/.b/c.pp",
        "a/.c.pp",
        "x.hcl",
        "x.sql",
        "x.fp",
        "skip/one.pp",
        "skip/two/x.pp",
        "x.md",
    ] {
        write(root, name, "not hcl");
    }
    write(root, "kept/skip.pp", &query("kept_skip"));
    write(root, ".powerpipeignore", "# comment\n\nskip/**\n");
    let loaded = load(&ModSource::Folder(root.join("a")), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.module.root, root.canonicalize().unwrap());
    assert_eq!(loaded.module.queries.keys().collect::<Vec<_>>(), ["a_deep_er_sp", "b_pp", "kept_skip", "z_sp"]);
    assert_eq!(shown(&loaded.warnings), "a/.c.pp is hidden and was not read [hidden-file]");
}

#[test]
fn the_mod_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "q.pp", &query("q"));
    let loaded = load(&ModSource::Folder(root.to_path_buf()), &LoadOptions::default()).unwrap();
    assert!(!loaded.module.has_mod_file);
    assert_eq!(loaded.module.name, "local");
    write(root, "mod.sp", &format!("mod \"old\" {{}}\n{}", query("in_sp")));
    write(root, "sub/mod.pp", &format!("mod \"inner\" {{}}\n{}", query("in_sub")));
    let loaded = load(&ModSource::Folder(root.to_path_buf()), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.module.name, "old");
    assert!(shown(&loaded.warnings).contains("sub holds a mod file of its own"));
    write(root, "mod.pp", "mod \"new\" {}\n");
    let loaded = load(&ModSource::Folder(root.to_path_buf()), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.module.name, "new");
    assert_eq!(loaded.module.queries.keys().collect::<Vec<_>>(), ["in_sp", "q", "in_sub"]);
}

#[cfg(unix)]
#[test]
fn links() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("mod");
    write(&root, "mod.pp", "mod \"m\" {}\n");
    write(&root, "real.txt", &query("linked"));
    write(&root, "docs/a.md", "text");
    write(folder.path(), "secret.pp", &query("secret"));
    write(folder.path(), "secret.md", "secret");
    std::os::unix::fs::symlink(root.join("real.txt"), root.join("link.pp")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.pp"), root.join("out.pp")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.md"), root.join("out.md")).unwrap();
    std::os::unix::fs::symlink(&root, root.join("docs/loop")).unwrap();
    std::os::unix::fs::symlink(root.join("docs"), root.join("folder.pp")).unwrap();
    let loaded = load(&ModSource::Folder(root.clone()), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.module.queries.keys().collect::<Vec<_>>(), ["linked"]);
    let warnings = shown(&loaded.warnings);
    assert!(warnings.contains("out.pp is a link out of the mod's folder and was not read"), "{warnings}");
    assert!(warnings.contains("folder.pp is not a file and was not read"), "{warnings}");
    for path in ["out.md", "../secret.md", "docs/../../secret.md", "/etc/hostname", "~/x"] {
        write(&root, "c.pp", &format!("control \"c\" {{\n  sql = file(\"{path}\")\n}}\n"));
        let errors = shown(&load(&ModSource::Folder(root.clone()), &LoadOptions::default()).unwrap_err());
        assert!(errors.contains(&format!("{path} is outside the mod's folder")), "{errors}");
    }
    write(&root, "c.pp", "control \"c\" {\n  sql = file(\"docs/../docs/a.md\")\n}\n");
    assert!(load(&ModSource::Folder(root), &LoadOptions::default()).is_ok());
}

#[test]
fn bad_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "mod.pp", "mod \"m\" {}\n");
    fs::write(root.join("bin.pp"), b"a\nb\xff").unwrap();
    let errors = shown(&load(&ModSource::Folder(root.to_path_buf()), &LoadOptions::default()).unwrap_err());
    assert!(errors.contains("bin.pp: the file is not UTF-8 (line 2, byte 3)"), "{errors}");
    let errors = shown(&load(&ModSource::Folder(root.join("nope")), &LoadOptions::default()).unwrap_err());
    assert!(errors.contains("failed to open mod folder"), "{errors}");
    let errors = shown(&load(&ModSource::Folder(root.join("mod.pp")), &LoadOptions::default()).unwrap_err());
    assert!(errors.contains("is not a folder"), "{errors}");
}

#[test]
fn the_digest_follows_contents_and_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "mod.pp", "mod \"m\" {}\n");
    write(root, "a.pp", &query("a"));
    let digest =
        || load(&ModSource::Folder(root.to_path_buf()), &LoadOptions::default()).unwrap().module.digest.clone();
    let first = digest();
    assert_eq!(first, digest());
    write(root, "a.pp", &format!("{}\n", query("a")));
    assert_ne!(first, digest());
    write(root, "a.pp", &query("a"));
    assert_eq!(first, digest());
    fs::rename(root.join("a.pp"), root.join("b.pp")).unwrap();
    assert_ne!(first, digest());
}

#[test]
fn documentation_is_read_when_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "mod.pp", "mod \"m\" {}\ncontrol \"c\" {\n  sql = \"\"\n  documentation = file(\"./d.md\")\n}\n");
    write(root, "d.md", "before");
    let loaded = load(&ModSource::Folder(root.to_path_buf()), &LoadOptions::default()).unwrap();
    write(root, "d.md", "after");
    assert_eq!(loaded.module.controls["c"].meta.documentation.read().unwrap().as_deref(), Some("after"));
}
