//! Random statements, answered here and by a PostgreSQL server that the test starts itself.
//!
//! `IRONPIPE_FUZZ_STATEMENTS` says how many of each kind (without it 1,500 expressions, 1,500 queries and 500 in the
//! shapes of mods), `IRONPIPE_FUZZ_SEED` where the random numbers start, rows included, and `IRONPIPE_FUZZ_REPORT` names
//! a file for everything that was refused or differs. A statement whose answer is known to differ is listed in
//! `known.txt` by a part of its text, with the reason.

mod engine;
mod grammar;
mod queries;
mod server;
mod shapes;
mod tables;

pub use grammar::Random;

use crate::postgres::Postgres;
use engine::Engine;
use grammar::Grammar;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A random statement.
pub struct Statement {
    /// The query; its columns are `c1`, `c2` ...
    pub sql: String,
    /// How many columns it has.
    pub columns: usize,
    /// Whether ORDER BY fixes the order of the rows.
    pub ordered: bool,
    /// Whether the order in which conditions are evaluated decides if an error shows.
    pub conditions: bool,
}

/// What a database answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Types of the columns (empty without rows) and rows in PostgreSQL's text form.
    Rows(Vec<String>, Vec<String>),
    /// An error while the query ran, or one that PostgreSQL's analysis gives as well.
    Error(String),
    /// Not supported here.
    Refused(String),
}

#[derive(Default)]
struct Tally {
    equal: usize,
    both_fail: usize,
    refused: usize,
    listed: usize,
    tolerated: usize,
    different: Vec<String>,
    refusals: BTreeMap<String, (usize, String)>,
    messages: BTreeMap<String, usize>,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |v| v.parse().unwrap_or_else(|_| panic!("{name}: not a number")))
}

fn compare(statement: &Statement, ours: &Outcome, lenient: bool, theirs: &Outcome, tally: &mut Tally) {
    let known = include_str!("known.txt").lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    let listed = known.filter_map(|l| l.split_once(" -- ")).any(|(part, _)| match part.strip_prefix("here: ") {
        Some(message) => matches!(ours, Outcome::Error(text) if text.contains(message)),
        None => statement.sql.contains(part),
    });
    let different = match (ours, theirs) {
        (Outcome::Refused(why), _) => {
            tally.refused += 1;
            let entry = tally.refusals.entry(why.clone()).or_insert_with(|| (0, statement.sql.clone()));
            entry.0 += 1;
            return;
        }
        (Outcome::Error(a), Outcome::Error(b)) => {
            tally.both_fail += 1;
            if a != b {
                *tally.messages.entry(format!("{b}\n     here: {a}")).or_default() += 1;
            }
            return;
        }
        (Outcome::Rows(our_types, our_rows), Outcome::Rows(their_types, their_rows)) => {
            let (mut a, mut b) = (our_rows.clone(), their_rows.clone());
            if !statement.ordered {
                a.sort();
                b.sort();
            }
            // Of equal numbers (`1` and `1.0`) either may stand for both.
            let folds = [" union ", " intersect ", " except ", " distinct "].iter().any(|w| statement.sql.contains(w));
            if a != b && folds {
                for rows in [&mut a, &mut b] {
                    rows.iter_mut().for_each(|row| *row = without_scale(row));
                    if !statement.ordered {
                        rows.sort();
                    }
                }
            }
            a != b || (!b.is_empty() && our_types != their_types)
        }
        (_, Outcome::Error(message)) if message.starts_with("canceling statement") => {
            tally.tolerated += 1;
            return;
        }
        // PostgreSQL computes constants in branches that are never taken.
        (Outcome::Rows(..), Outcome::Error(_)) if ["coalesce(", "case "].iter().any(|w| statement.sql.contains(w)) => {
            tally.tolerated += 1;
            return;
        }
        // The engines evaluate conditions in different orders, and casts in them are lenient here.
        (Outcome::Rows(..), Outcome::Error(_)) | (Outcome::Error(_), Outcome::Rows(..))
            if statement.conditions || lenient =>
        {
            tally.tolerated += 1;
            return;
        }
        // PostgreSQL computes constants before it knows that there are no rows.
        (Outcome::Rows(_, rows), Outcome::Error(_)) if rows.is_empty() => {
            tally.tolerated += 1;
            return;
        }
        // A strict function with a constant NULL is NULL before PostgreSQL looks at its other arguments; here an array
        // that is NULL is looked at first.
        (Outcome::Error(_), Outcome::Rows(_, rows)) | (Outcome::Rows(_, rows), Outcome::Error(_))
            if ["null", "case "].iter().any(|w| statement.sql.contains(w)) && rows.iter().all(|r| has_null(r)) =>
        {
            tally.tolerated += 1;
            return;
        }
        // PostgreSQL leaves out what a constant has decided.
        (Outcome::Error(_), Outcome::Rows(..))
            if [" and ", " or ", ") = (", ") < (", ") >= ("].iter().any(|op| statement.sql.contains(op)) =>
        {
            tally.tolerated += 1;
            return;
        }
        _ => true,
    };
    if !different {
        tally.equal += 1;
    } else if listed {
        tally.listed += 1;
    } else {
        tally.different.push(format!("{}\n    PostgreSQL: {theirs:?}\n    here:       {ours:?}", statement.sql));
    }
}

/// Returns a row whose decimal numbers have no zeros at the end.
fn without_scale(row: &str) -> String {
    let mut out = String::new();
    let mut number = String::new();
    for c in row.chars().chain(['\n']) {
        if c.is_ascii_digit() || c == '.' {
            number.push(c);
            continue;
        }
        let plain = number.matches('.').count() == 1;
        out.push_str(if plain { number.trim_end_matches('0').trim_end_matches('.') } else { &number });
        number.clear();
        out.push(c);
    }
    out
}

/// Whether a column of a row is NULL.
fn has_null(row: &str) -> bool {
    row == "()" || row.starts_with("(,") || row.ends_with(",)") || row.contains(",,")
}

fn run(statements: &[Statement], engine: &mut Engine<'_>, server: &Postgres, tally: &mut Tally) {
    let answers = server::answer(server, statements);
    for (statement, theirs) in statements.iter().zip(&answers) {
        let (ours, lenient) = engine.answer(statement);
        compare(statement, &ours, lenient, theirs, tally);
    }
}

fn report(name: &str, count: usize, tally: &Tally) {
    let mut text = format!(
        "{name}: {count} statements: {} equal, {} fail on both, {} refused, {} tolerated, {} listed, {} different\n",
        tally.equal,
        tally.both_fail,
        tally.refused,
        tally.tolerated,
        tally.listed,
        tally.different.len()
    );
    println!("{}", text.trim_end());
    if let Ok(path) = std::env::var("IRONPIPE_FUZZ_REPORT") {
        text.push_str("\n== different\n");
        for difference in &tally.different {
            let _ = writeln!(text, "{difference}");
        }
        text.push_str("\n== refused\n");
        let mut refusals: Vec<_> = tally.refusals.iter().collect();
        refusals.sort_by_key(|(_, (n, _))| std::cmp::Reverse(*n));
        for (why, (n, example)) in refusals {
            let _ = writeln!(text, "{n:6} {why}\n       {example}");
        }
        text.push_str("\n== other messages\n");
        let mut messages: Vec<_> = tally.messages.iter().collect();
        messages.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        for (message, n) in messages {
            let _ = writeln!(text, "{n:6} {message}");
        }
        std::fs::write(format!("{path}.{name}"), text).unwrap();
    }
    let shown: Vec<&str> = tally.different.iter().take(20).map(String::as_str).collect();
    assert!(tally.different.is_empty(), "{} differ:\n{}", tally.different.len(), shown.join("\n"));
}

const BATCH: usize = 2_000;

fn fuzz(name: &str, statements: u64, mut next: impl FnMut(&mut Random) -> Statement) {
    let Some(server) = Postgres::shared() else { return };
    let seed = setting("IRONPIPE_FUZZ_SEED", 1);
    let mut random = Random::new(seed);
    let data = tables::generate(&mut Random::new(6 + seed));
    let mut engine = Engine::new(&data);
    server::prepare(server, &data);
    let count = usize::try_from(statements).unwrap();
    let mut tally = Tally::default();
    let mut left = count;
    while left > 0 {
        let batch: Vec<Statement> = (0..left.min(BATCH)).map(|_| next(&mut random)).collect();
        left -= batch.len();
        run(&batch, &mut engine, server, &mut tally);
    }
    report(name, count, &tally);
}

#[test]
fn random_expressions_equal_postgresql() {
    let grammar = Grammar::expressions();
    fuzz("expressions", setting("IRONPIPE_FUZZ_STATEMENTS", 1_500), |random| {
        let expression = grammar.expand("any", random, 3);
        Statement { sql: format!("select {expression} as c1"), columns: 1, ordered: true, conditions: false }
    });
}

#[test]
fn random_queries_equal_postgresql() {
    let grammar = Grammar::expressions();
    fuzz("queries", setting("IRONPIPE_FUZZ_STATEMENTS", 1_500), |random| queries::statement(&grammar, random));
}

#[test]
fn random_shapes_equal_postgresql() {
    let grammar = Grammar::expressions();
    fuzz("shapes", setting("IRONPIPE_FUZZ_STATEMENTS", 500), |random| shapes::statement(&grammar, random));
}
