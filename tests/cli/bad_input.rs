//! Bad input: a clear message, the right exit code, nothing lost.

use crate::harness::TestEnv;

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
<root_account>,arn:aws:iam::123456789012:root,2015-01-01T00:00:00+00:00,not_supported,2016-01-01T00:00:00+00:00,not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
elise,arn:aws:iam::123456789012:user/elise,2015-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2015-01-01T00:00:00+00:00,2015-04-16T15:14:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
";

fn exports() -> TestEnv {
    let env = TestEnv::new();
    env.file("exports/credential-report.csv", REPORT);
    env
}

#[test]
fn the_credential_report_alone_is_enough_for_its_controls() {
    let env = exports();
    let done =
        env.run(&["control", "run", "cis_v200_1_12", "--inventory", "exports", "--output", "csv"]).exits(1).quietly();
    assert!(done.stdout.contains("alarm"), "{}", done.stdout);
    let sql = "select user_name, access_key_1_active from aws_iam_credential_report order by 1";
    let done = env.run(&["query", "run", sql, "--inventory", "exports", "--output", "csv"]).exits(0);
    assert_eq!(done.stdout, "user_name,access_key_1_active\n<root_account>,false\nelise,true\n");
}

#[test]
fn what_the_folder_does_not_give_is_an_error_of_the_control() {
    let env = exports();
    let done = env.run(&["benchmark", "run", "cis_v200_1", "--inventory", "exports", "--output", "json"]).exits(2);
    assert!(done.stdout.contains("is not in the inventory"), "{}", done.stdout);
    assert!(done.stdout.contains("aws iam get-account-password-policy"), "{}", done.stdout);
}

#[test]
fn no_credentials_and_no_inventory() {
    let env = TestEnv::new();
    let done = env.run(&["control", "run", "cis_v200_1_13"]).exits(250);
    assert_eq!(done.stdout, "");
    done.clone().says("credentials").says("--inventory FILE").says("--inventory DIR");
    assert!(done.stderr.contains("--profile"), "{}", done.stderr);
    env.run(&["control", "run", "cis_v200_1_13", "--offline"]).exits(250).says("--offline forbids to collect");
    env.run(&["control", "run", "cis_v200_1_13", "--offline", "--inventory", "none.db"]).exits(250).says("none.db");
    assert!(env.files().is_empty(), "{:?}", env.files());
}

#[test]
fn unknown_names() {
    let env = TestEnv::new();
    env.run(&["control", "run", "cis_v200_1_131"])
        .exits(250)
        .says("not found in mod.aws_compliance")
        .says("did you mean");
    env.run(&["benchmark", "run", "cis_v20"]).exits(250).says("did you mean benchmark.cis_v200?");
    env.run(&["benchmark", "run", "control.cis_v200_1_13"]).exits(250).says("is not of the expected type 'Benchmark'");
    env.run(&["benchmark", "run", "cis_v200(1)"]).exits(250).says("do not support query args");
}

#[test]
fn faults_of_a_mod_show_file_line_column_and_caret() {
    let env = TestEnv::new();
    env.file("mod.pp", "mod \"m\" {}\n");
    env.file("a.pp", "control \"a\" {\n  sql = \n}\n");
    env.run(&["control", "run", "a"]).exits(250).says("a.pp:2:9").says("sql =").says("^");
    env.file("a.pp", "control \"a\" {\n  title = \"A\n  sql = \"\"\n}\ncontrol \"b\" {}\n");
    env.run(&["control", "run", "a"]).exits(250).says("a.pp:2:11").says("no closing quote").says("heredoc");
    env.file("a.pp", "control \"a\" {\n  query = query.missing\n}\ncontrol \"b\" {\n  sql = \"${local.nothing}\"\n}\nquery \"mising\" {\n  sql = \"select 1\"\n}\n");
    let done = env.run(&["control", "run", "a"]).exits(250);
    done.says("a.pp:2:11").says("did you mean query.mising?").says("a.pp:5:").says("local");
    env.run(&["control", "list"]).exits(255);
}

#[test]
fn an_unknown_column_is_shown_in_its_heredoc() {
    let env = exports();
    env.file(
        "mod.pp",
        "mod \"m\" {}\nquery \"q\" {\n  sql = <<-EOQ\n    select\n      user_nam\n    from\n      aws_iam_credential_report\n  EOQ\n}\ncontrol \"c\" { query = query.q }\n",
    );
    env.run(&["query", "run", "q", "--inventory", "exports"])
        .exits(41)
        .says("mod.pp:5:7")
        .says("      user_nam")
        .says("^^^^^^^^")
        .says("user_name");
    let done = env.run(&["control", "run", "c", "--inventory", "exports"]).exits(2);
    done.prints("mod.pp:5:7").says("5 |       user_nam").says("^^^^^^^^").says("user_name");
}

#[test]
fn a_truncated_report_imports_nothing() {
    let env = TestEnv::new();
    let cut = REPORT.len() - 40;
    env.file("exports/report.csv", &REPORT[..cut]);
    env.run(&["control", "run", "cis_v200_1_12", "--inventory", "exports"]).exits(250).says("report.csv").says(":3");
    env.run(&["inventory", "import", "exports", "--inventory", "new.db"]).exits(250).says("report.csv");
    env.run(&["inventory", "show", "--inventory", "new.db", "--output", "json"]);
}

#[test]
fn json_that_is_cut_in_the_middle() {
    let env = exports();
    env.file("exports/users.json", "{\n  \"Users\": [\n    {\n      \"UserName\": \"eli");
    env.run(&["control", "run", "cis_v200_1_12", "--inventory", "exports"]).exits(250).says("users.json").says(":4");
    env.file("exports/users.json", "{}");
    env.run(&["control", "run", "cis_v200_1_12", "--inventory", "exports"]).exits(250).says("not recognised");
    std::fs::remove_file(env.work().join("exports/users.json")).unwrap();
    env.file("exports/aws_iam_user.jsonl", "{\"name\": \"a\"}\n{\"name\": ");
    env.run(&["control", "run", "cis_v200_1_12", "--inventory", "exports"])
        .exits(250)
        .says("aws_iam_user.jsonl")
        .says(":2");
}

#[test]
fn files_that_are_no_inventory() {
    let env = TestEnv::new();
    env.file(
        "text.db",
        "this is not a database at all, whatever its name says, and long enough to hold a header ........",
    );
    env.file("empty.db", "");
    for (file, message) in [("text.db", "is not an inventory"), ("empty.db", "is empty")] {
        env.run(&["control", "run", "cis_v200_1_12", "--offline", "--inventory", file])
            .exits(250)
            .says(message)
            .says(file);
        env.run(&["inventory", "show", "--inventory", file]).exits(250).says(message);
    }
    let other = rusqlite::Connection::open(env.work().join("other.db")).unwrap();
    other.execute_batch("create table t (a)").unwrap();
    env.run(&["inventory", "show", "--inventory", "other.db"]).exits(250).says("not an inventory");
}

#[test]
fn an_inventory_of_a_newer_version() {
    let env = exports();
    env.run(&["inventory", "import", "exports", "--inventory", "a.db"]).exits(0).says("Imported 1 file");
    env.run(&["control", "run", "cis_v200_1_12", "--offline", "--inventory", "a.db"]).exits(1).quietly();
    let file = rusqlite::Connection::open(env.work().join("a.db")).unwrap();
    file.pragma_update(None, "user_version", 9_999).unwrap();
    drop(file);
    env.run(&["control", "run", "cis_v200_1_12", "--offline", "--inventory", "a.db"]).exits(250).says("newer");
}

#[test]
fn an_imported_file_answers_like_its_folder() {
    let env = exports();
    env.run(&["inventory", "import", "exports", "--inventory", "a.db"]).exits(0);
    let run = |inventory: &str| {
        env.run(&["benchmark", "run", "cis_v200_1", "--offline", "--inventory", inventory, "--output", "csv"]).stdout
    };
    assert_eq!(run("exports"), run("a.db"));
    env.run(&["inventory", "show", "--inventory", "a.db"])
        .exits(0)
        .prints("aws_iam_credential_report")
        .prints("complete");
    env.run(&["inventory", "export", "out", "--inventory", "a.db"]).exits(0);
    assert!(env.read("out/aws_iam_credential_report.jsonl").contains("elise"));
}
