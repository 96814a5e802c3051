//! Where values of variables come from.

use crate::harness::TestEnv;

const MOD: &str = "variable \"version\" {
  type    = string
  default = \"v2\"
}
query \"q\" { sql = \"select '${var.version}' as v\" }
";

fn value(env: &TestEnv, arguments: &[&str]) -> String {
    let done = env.run(&[&["query", "run", "q", "--output", "csv", "--header=false"], arguments].concat()).exits(0);
    done.stdout.trim_end().to_owned()
}

#[test]
fn the_strongest_source_counts() {
    let mut env = TestEnv::with_mod(MOD);
    assert_eq!(value(&env, &[]), "v2");
    env.set("PP_VAR_version", "v9");
    assert_eq!(value(&env, &[]), "v9");
    env.file("powerpipe.ppvars", "version = \"v7\"\n");
    assert_eq!(value(&env, &[]), "v7");
    env.file("x.auto.ppvars", "version = \"v8\"\n");
    assert_eq!(value(&env, &[]), "v8");
    env.file("given.ppvars", "version = \"v4\"\n");
    env.file("other.ppvars", "version = \"v6\"\n");
    assert_eq!(value(&env, &["--var-file", "given.ppvars"]), "v4");
    assert_eq!(value(&env, &["--var-file=given.ppvars,other.ppvars"]), "v6");
    assert_eq!(value(&env, &["--var", "version=v5", "--var-file", "given.ppvars"]), "v5");
}

#[test]
fn a_missing_value_is_an_error_and_never_a_hang() {
    let env = TestEnv::with_mod(
        "variable \"needed\" {
  type        = string
  description = \"What is needed.\"
}
query \"q\" { sql = \"select 1 as v\" }
",
    );
    for flag in ["--input=true", "--input=false"] {
        env.run(&["query", "run", "q", flag]).exits(255).says("needed").says("What is needed.").says("--var");
    }
    env.run(&["query", "list"]).exits(0).quietly();
    env.run(&["query", "run", "q", "--var", "need=x"]).exits(255).says("did you mean");
    env.run(&["query", "run", "q", "--var", "needed"]).exits(255).says("equals sign");
    env.run(&["query", "run", "q", "--var-file", "nope.ppvars"]).exits(255).says("nope.ppvars does not exist");
}
