//! Configuration files, workspace profiles, environment variables.

use crate::harness::{TestEnv, control};
use serde_json::{Value, json};

const PROFILES: &str = "
workspace \"dev\" {
  query_timeout      = 11
  max_parallel       = 3
  port               = 9100
  listen             = \"network\"
  watch              = false
  search_path        = \"a, b\"
  search_path_prefix = [\"c\"]
  output             = \"brief\"
  snapshot_location  = \"snaps\"
}
workspace \"child\" {
  base          = workspace.dev
  query_timeout = 12
}
";

fn dump(env: &TestEnv, arguments: &[&str]) -> Value {
    let mut command = env.command(arguments);
    let output = command.env("POWERPIPE_CONFIG_DUMP", "config_json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn layers() {
    let mut env = TestEnv::new();
    env.file("workspaces.ppc", PROFILES);
    let plain = dump(&env, &["server"]);
    assert_eq!(plain["query-timeout"], 300);
    assert_eq!(plain["port"], 9033);
    let dev = dump(&env, &["server", "--workspace=dev"]);
    assert_eq!((&dev["port"], &dev["listen"], &dev["watch"]), (&json!(9100), &json!("network"), &json!(false)));
    assert_eq!((&dev["search-path"], &dev["search-path-prefix"]), (&json!(["a", "b"]), &json!(["c"])));
    let child = dump(&env, &["server", "--workspace", "child"]);
    assert_eq!((&child["query-timeout"], &child["max-parallel"]), (&json!(12), &json!(3)));
    // Flags are stronger than the profile.
    let flags = dump(&env, &["server", "--workspace=dev", "--port=9036", "--listen=local", "--watch=true"]);
    assert_eq!((&flags["port"], &flags["listen"], &flags["watch"]), (&json!(9036), &json!("local"), &json!(true)));
    let flags = dump(&env, &["benchmark", "run", "x", "--workspace=dev", "--query-timeout", "5", "--timing"]);
    assert_eq!((&flags["query-timeout"], &flags["timing"]), (&json!(5), &json!(true)));
    // The environment is stronger than nothing, weaker than a profile that was asked for.
    env.set("POWERPIPE_QUERY_TIMEOUT", "77");
    assert_eq!(dump(&env, &["server"])["query-timeout"], 77);
    assert_eq!(dump(&env, &["server", "--workspace=dev"])["query-timeout"], 11);
    env.set("POWERPIPE_WORKSPACE", "child");
    assert_eq!(dump(&env, &["server"])["query-timeout"], 12);
    assert_eq!(dump(&env, &["server", "--workspace=dev"])["query-timeout"], 11);
    assert_eq!(dump(&env, &["control", "run", "x", "--query-timeout=1"])["query-timeout"], 1);
}

#[test]
fn the_default_profile_is_weaker_than_the_environment() {
    let mut env = TestEnv::new();
    env.file("w.ppc", "workspace \"default\" {\n  query_timeout = 11\n  port = 1234\n}\n");
    env.set("POWERPIPE_QUERY_TIMEOUT", "77");
    let all = dump(&env, &["server"]);
    assert_eq!((&all["query-timeout"], &all["port"]), (&json!(77), &json!(1234)));
}

#[test]
fn the_nearest_folder_wins() {
    let env = TestEnv::new();
    env.file("w.ppc", "workspace \"default\" { port = 1 }\n");
    env.file("other/w.ppc", "workspace \"default\" { port = 3 }\nworkspace \"o\" { port = 4 }");
    let home = env.home().join(".powerpipe/config");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("w.ppc"), "workspace \"default\" { port = 2 }\nworkspace \"h\" { port = 5 }\n").unwrap();
    assert_eq!(dump(&env, &["server"])["port"], 1);
    assert_eq!(dump(&env, &["server", "--workspace", "h"])["port"], 5);
    assert_eq!(dump(&env, &["server", "--config-path", "other:nowhere"])["port"], 3);
    assert_eq!(dump(&env, &["server", "--config-path", "~/.powerpipe/config"])["port"], 2);
}

#[test]
fn faults_have_a_place() {
    let cases = [
        ("workspace \"x\" {\n  query_timout = 3\n}\n", "x.ppc:2:3", "did you mean query_timeout?"),
        ("workspace \"x\" {\n  query_timeout = \"soon\"\n}\n", "x.ppc:2:19", "must be a whole number"),
        ("connection \"invalid\" \"test\" {\n}\n", "x.ppc:1:1", "unsupported connection type"),
        ("connection \"sqlite\" \"test\" {\n  file = \"x\"\n}\n", "x.ppc:2:3", "unsupported attribute \"file\""),
        ("connection \"postgres\" \"t\" {\n  port = 99999\n}\n", "x.ppc:2:10", "a port number"),
        ("options \"x\" {\n}\n", "x.ppc:1:1", "unsupported block type \"options\""),
        ("workspace \"x\" {\n", "x.ppc:1:16", "syntax error"),
        ("workspace \"x\" {\n  base = workspace.y\n}\n", "x.ppc:2:10", "there is no workspace \"y\""),
        ("workspace \"x\" {\n  base = workspace.x\n}\n", "x.ppc:2:10", "each other's base"),
        ("x = 1\n", "x.ppc:1:1", "cannot stand outside a block"),
    ];
    for (text, place, message) in cases {
        let env = TestEnv::with_mod("");
        env.file("x.ppc", text);
        env.run(&["control", "list"]).exits(255).says("Failed to load").says(place).says(message);
        // Another path is not concerned.
        env.run(&["control", "list", "--config-path", "nowhere"]).exits(0);
    }
}

#[test]
fn workspaces_that_are_not_there() {
    let env = TestEnv::new();
    env.file("w.ppc", PROFILES);
    env.run(&["control", "list", "--workspace", "dve"]).exits(255).says("not found in config path").says("dev?");
    env.run(&["control", "list", "--workspace", "me/mine"]).exits(255).says("Turbot Pipes");
}

#[test]
fn a_profile_gives_flags_their_defaults() {
    let mut env = TestEnv::with_mod(&control("c", "ok alarm"));
    env.file("w.ppc", "workspace \"w\" {\n  output = \"csv\"\n  header = false\n  separator = \"|\"\n}\n");
    let done = env.run(&["control", "run", "c", "--workspace", "w"]).exits(1);
    assert!(done.stdout.lines().count() == 2 && done.stdout.contains("|because alarm|"), "{}", done.stdout);
    env.run(&["control", "run", "c", "--workspace", "w", "--output", "json"]).exits(1).json();
    // A path and its prefix in a profile and a flag go together; two flags do not.
    env.run(&["control", "run", "c", "--search-path", "a", "--search-path-prefix", "b"]).exits(254).says("only one of");
    env.set("POWERPIPE_MAX_PARALLEL", "many");
    env.run(&["control", "run", "c"]).exits(1).says("POWERPIPE_MAX_PARALLEL=many is ignored");
    env.set("POWERPIPE_TELEMETRY", "loud");
    env.run(&["control", "run", "c"]).exits(255).says("telemetry cannot be 'loud'");
}

#[test]
fn connections() {
    let env = TestEnv::with_mod(
        "variable \"db\" {
  type    = connection.sqlite
  default = connection.sqlite.mine
}
query \"q\" {
  database = var.db
  sql      = \"select n from t\"
}
query \"lost\" {
  database = connection.sqlite.lost
  sql      = \"select n from t\"
}
",
    );
    for (file, n) in [("mine.db", 1), ("yours.db", 2)] {
        let database = rusqlite::Connection::open(env.work().join(file)).unwrap();
        database.execute_batch(&format!("create table t (n int); insert into t values ({n});")).unwrap();
    }
    env.file(
        "c.ppc",
        "connection \"sqlite\" \"mine\" { filename = \"mine.db\" }
connection \"sqlite\" \"yours\" { file_name = \"./yours.db\" }
connection \"sqlite\" \"lost\" { connection_string = \"sqlite://lost.db\" }
connection \"mysql\" \"my\" { host = \"localhost\" }
",
    );
    let rows = |arguments: &[&str]| {
        env.run(&[&["query", "run"], arguments, &["--output", "csv", "--header=false"]].concat()).exits(0).stdout
    };
    assert_eq!(rows(&["q"]), "1\n");
    assert_eq!(rows(&["q", "--var", "db=connection.sqlite.yours"]), "2\n");
    assert_eq!(rows(&["select n from t", "--database", "connection.sqlite.yours"]), "2\n");
    for form in ["sqlite:yours.db", "sqlite://yours.db", "sqlite:./yours.db"] {
        assert_eq!(rows(&["select n from t", "--database", form]), "2\n", "{form}");
    }
    for slashes in ["sqlite:", "sqlite://", "sqlite:///"] {
        let form = format!("{slashes}{}", env.work().join("yours.db").display());
        assert_eq!(rows(&["select n from t", "--database", &form]), "2\n", "{form}");
    }
    env.run(&["query", "run", "lost"]).exits(255).says("there is no SQLite file").says("lost.db");
    // A relative file that is not beside the configuration file is looked for in the folder of the mod.
    std::fs::create_dir(env.work().join("settings")).unwrap();
    let far = ["far", "mine", "lost"]
        .map(|name| format!("connection \"sqlite\" \"{name}\" {{ file_name = \"yours.db\" }}\n"));
    env.file("settings/c.ppc", &far.concat());
    let far = ["select n from t", "--database", "connection.sqlite.far", "--config-path", "settings"];
    assert_eq!(rows(&far), "2\n");
    let asked = |database: &str| env.run(&["query", "run", "select 1", "--database", database]).exits(255);
    if cfg!(not(feature = "mysql")) {
        asked("connection.mysql.my").says("connection.mysql.my").says("--features mysql");
        asked("mysql://root:secret@tcp(h:1)/d").says("mysql://root@tcp(h:1)/d: this").says("--features mysql");
    }
    if cfg!(not(feature = "duckdb")) {
        asked("duckdb:some.duckdb").says("some.duckdb").says("--features duckdb");
    }
    asked("connection.sqlite.yuors").says("connection.sqlite.yours?");
    asked("me/mine").says("Turbot Pipes");
    asked("what").says("could not evaluate backend");
    env.file("mod.pp", "mod \"m\" {}\ncontrol \"c\" { sql = \"select 1\" }\n");
    env.run(&["control", "run", "c", "--database", "what"]).exits(254).says("could not evaluate backend");
}

#[test]
fn the_format_of_a_profile_and_the_dump_of_settings() {
    let mut env = TestEnv::with_mod("query \"q\" { sql = \"select 1 as a\" }\n");
    env.file("p.ppc", "workspace \"default\" { output = \"csv\" }\nworkspace \"w\" { output = \"brief\" }\n");
    assert_eq!(env.run(&["query", "run", "q"]).exits(0).stdout, "a\n1\n");
    // Not a format of queries: the default counts.
    env.run(&["query", "run", "q", "--workspace", "w"]).exits(0).prints("custom.table.results");
    env.set("POWERPIPE_CONFIG_DUMP", "config_json");
    let more = ["--share", "--var", "a=b", "--where", "x = 1", "--mod-install=false", "--pull", "full", "--dry-run"];
    let dump = env.run(&[&["benchmark", "run", "x"][..], &more].concat()).exits(0).json();
    assert_eq!(dump["share"], true);
    assert_eq!(dump["var"], serde_json::json!(["a=b"]));
    assert_eq!((&dump["where"], &dump["pull"]), (&"x = 1".into(), &"full".into()));
    assert_eq!((&dump["mod-install"], &dump["dry-run"]), (&false.into(), &true.into()));
    let dump = env.run(&["dashboard", "run", "d", "--dashboard-timeout", "3", "--arg", "a=b"]).exits(0).json();
    assert_eq!((&dump["dashboard-timeout"], &dump["arg"][0], &dump["name"]), (&3.into(), &"a=b".into(), &Value::Null));
    let dump = env.run(&["query", "run", "x", "--header=0", "--timing=T"]).exits(0).json();
    assert_eq!((&dump["header"], &dump["timing"]), (&false.into(), &true.into()));
    assert_eq!(env.run(&["detection", "run", "x", "--max-parallel=3"]).exits(0).json()["max-parallel"], 3);
}
