//! Random queries in the shapes that mods have: documents taken apart step by step, tables of WITH that build on each
//! other, rows as values, subqueries that read the rows or the groups around them, windows over sets of groups, columns
//! that nothing reads, functions in the SELECT list that return sets.

use super::Statement;
use super::grammar::{Grammar, Random};

/// The tables' columns that the shapes use, by entry of the grammar, behind the alias `a`.
const USER: &[(&str, &str)] = &[
    ("text", "a.name"),
    ("text", "a.arn"),
    ("tstz", "a.create_date"),
    ("tstz", "a.password_last_used"),
    ("bool", "a.mfa_enabled"),
    ("jsonb", "a.groups"),
    ("jsonb", "a.tags"),
    ("text", "a.account_id"),
];
const KEY: &[(&str, &str)] = &[
    ("text", "k.access_key_id"),
    ("text", "k.user_name"),
    ("text", "k.status"),
    ("tstz", "k.create_date"),
    ("text", "k.account_id"),
];
const POLICY: &[(&str, &str)] = &[
    ("text", "p.name"),
    ("jsonb", "p.policy_std"),
    ("int8", "p.attachment_count"),
    ("bool", "p.is_aws_managed"),
    ("float", "p.weight"),
    ("text", "p.account_id"),
];

/// What stands in FROM, the columns of its tables, and those of what is taken out of their documents.
type Source =
    (&'static str, &'static [&'static [(&'static str, &'static str)]], &'static [(&'static str, &'static str)]);

/// What can stand in FROM: after a table its documents, level by level.
const SOURCES: &[Source] = &[
    ("aws_iam_user a", &[USER], &[]),
    ("aws_iam_user a, jsonb_array_elements(a.groups) g", &[USER], &[("jsonb", "g"), ("text", "(g ->> 'GroupName')")]),
    (
        "aws_iam_user as a left join jsonb_array_elements(a.groups) with ordinality as g(v, n) on true",
        &[USER],
        &[("jsonb", "g.v"), ("int8", "g.n")],
    ),
    (
        "aws_iam_user a, jsonb_each(case jsonb_typeof(a.tags) when 'object' then a.tags end) t",
        &[USER],
        &[("text", "t.key"), ("jsonb", "t.value")],
    ),
    (
        "aws_iam_user a left join lateral jsonb_each_text(case jsonb_typeof(a.tags) when 'object' then a.tags end) t on t.key <> 'n'",
        &[USER],
        &[("text", "t.key"), ("text", "t.value")],
    ),
    (
        "aws_iam_policy p, jsonb_array_elements(p.policy_std -> 'Statement') as s, jsonb_array_elements_text(s -> 'Action') as x",
        &[POLICY],
        &[("jsonb", "s"), ("text", "x"), ("text", "(s ->> 'Effect')")],
    ),
    (
        "aws_iam_policy p cross join jsonb_array_elements(p.policy_std -> 'Statement') as s left join jsonb_array_elements_text(s -> 'Resource') as x on true",
        &[POLICY],
        &[("jsonb", "s.value"), ("text", "x.value")],
    ),
    (
        "aws_iam_policy p join jsonb_array_elements(p.policy_std -> 'Statement') s on s ->> 'Effect' = 'Allow'",
        &[POLICY],
        &[("jsonb", "s")],
    ),
    (
        "aws_iam_user a left join aws_iam_access_key k on k.user_name = a.name and k.account_id = a.account_id",
        &[USER, KEY],
        &[],
    ),
    ("aws_iam_user a full join aws_iam_access_key k on k.user_name = a.name", &[USER, KEY], &[]),
    ("aws_iam_user a right join aws_iam_access_key k on k.user_name = a.name", &[USER, KEY], &[]),
    ("aws_iam_access_key k join aws_iam_policy p using (account_id)", &[KEY, POLICY], &[("text", "account_id")]),
    ("aws_iam_access_key k full join aws_iam_policy p using (account_id)", &[KEY, POLICY], &[("text", "account_id")]),
    (
        "aws_iam_user a natural join (select account_id, count(*) as n from aws_iam_policy group by account_id) q",
        &[USER],
        &[("int8", "q.n")],
    ),
    (
        "aws_iam_user a left join lateral (select k.status, count(*) as n from aws_iam_access_key k where k.user_name = a.name group by k.status) q on true",
        &[USER],
        &[("text", "q.status"), ("int8", "q.n")],
    ),
    (
        "aws_iam_user a cross join lateral (select max(k.create_date) as last, a.name || '!' as shout from aws_iam_access_key k where k.account_id = a.account_id) q",
        &[USER],
        &[("tstz", "q.last"), ("text", "q.shout")],
    ),
    (
        "aws_iam_user a, (values ('alice', 1), ('bob', 2), (null, 3)) as v(who, n)",
        &[USER],
        &[("text", "v.who"), ("int", "v.n")],
    ),
    (
        "(select distinct on (user_name) user_name, status, create_date, account_id, access_key_id from aws_iam_access_key order by user_name, create_date desc nulls last, access_key_id, status, account_id) as k",
        &[KEY],
        &[],
    ),
    (
        "(select account_id, string_agg(name, ',' order by name, arn) as names, array_agg(distinct name) as list from aws_iam_user group by account_id) as a(account_id, names, list)",
        &[],
        &[("text", "a.account_id"), ("text", "a.names"), ("texts", "a.list")],
    ),
    ("aws_iam_policy p, generate_series(1, p.attachment_count) as i", &[POLICY], &[("int8", "i")]),
    (
        "aws_iam_user a, unnest(string_to_array(a.arn, ':')) with ordinality as u(part, n)",
        &[USER],
        &[("text", "u.part"), ("int8", "u.n")],
    ),
    ("aws_iam_user a, regexp_matches(a.arn, '([0-9]+):([a-z]+)') as m", &[USER], &[("texts", "m")]),
];

/// Values that only a query can give; `$id` stands for the columns of the row.
const VALUES_OF_USER: &[&str] = &[
    "array(select k.access_key_id from aws_iam_access_key k where k.user_name = a.name order by 1)",
    "array(select jsonb_array_elements_text(case when a.groups @> '[\"dev\"]' then a.groups end))",
    "(select count(*) from aws_iam_access_key k where k.user_name = a.name and $bool)",
    "(select max(k.create_date) from aws_iam_access_key k where k.account_id = a.account_id)",
    "(select string_agg(k.status, '/' order by k.status) from aws_iam_access_key k where k.user_name = a.name)",
    "exists (select from aws_iam_access_key k where k.user_name = a.name and k.status = 'Active')",
    "not exists (select 1 from aws_iam_access_key k where k.user_name = a.name and $bool)",
    "a.name in (select user_name from aws_iam_access_key)",
    "a.name not in (select user_name from aws_iam_access_key where user_name is not null)",
    "(a.name, a.account_id) in (select user_name, account_id from aws_iam_access_key)",
    "a.create_date > all (select k.create_date from aws_iam_access_key k where k.user_name = a.name)",
    "a.create_date < any (select k.create_date from aws_iam_access_key k)",
    "row_to_json(a)",
    "to_jsonb(a)",
    "to_jsonb(a) -> 'tags'",
    "a is null",
    "a is not null",
    "jsonb_build_object('name', a.name, 'at', a.create_date, 'groups', a.groups, 'mfa', a.mfa_enabled)",
    "json_build_object('name', a.name, 'n', jsonb_array_length(a.groups), 'x', null)",
    "to_jsonb(array['env', 'Owner', $text]) - array(select jsonb_object_keys(case jsonb_typeof(a.tags) when 'object' then a.tags end))",
    "a.name || ' has ' || (select count(*) from aws_iam_access_key k where k.user_name = a.name) || ' keys.'",
    "case when a.mfa_enabled then 'ok' when a.password_last_used is null then 'skip' else 'alarm' end",
    "a.name || ' since ' || to_char(a.create_date, 'DD-Mon-YYYY') || '.'",
    "extract(day from timestamptz '2026-03-31 10:30:45.5+00' - a.create_date)",
    "date_part('day', timestamptz '2026-03-31 10:30:45.5+00' - a.password_last_used)",
    "coalesce(a.tags ->> 'env', $text, 'none')",
    "a.tags ?& array['env', 'Owner']",
    "a.groups = '[]' or a.groups is null",
];

/// Set-returning functions in a SELECT list.
const SETS: &[&str] = &[
    "jsonb_array_elements(a.groups)",
    "jsonb_array_elements(a.groups) ->> 'GroupName'",
    "jsonb_object_keys(case jsonb_typeof(a.tags) when 'object' then a.tags end)",
    "unnest(array[a.name, 'x', a.account_id])",
    "unnest(string_to_array(a.arn, ':'))",
    "generate_series(1, 3)",
    "regexp_split_to_table(a.name, 'a')",
    "jsonb_path_query(a.groups, '$$[*].GroupId')",
];

const AGGREGATES_OF_ROWS: &[&str] = &[
    "count(*)",
    "count($text)",
    "count(distinct $text)",
    "count(*) filter (where $bool)",
    "bool_or($bool)",
    "bool_and($bool)",
    "max($tstz)",
    "min($text)",
    "sum($int)",
    "avg($int8)",
    "string_agg(distinct $text, ', ')",
    "array_agg(distinct $text)",
    "jsonb_agg(distinct $jsonb)",
    "sum(case when $bool then 1 else 0 end)",
    "coalesce(sum($int), 0)",
    "max($numeric) - min($numeric)",
];

fn outputs(expressions: &[String]) -> String {
    expressions.iter().enumerate().map(|(i, e)| format!("{e} as c{}", i + 1)).collect::<Vec<_>>().join(", ")
}

/// The grammar with the columns of a source.
fn with_columns(grammar: &Grammar, lists: &[&[(&str, &str)]], more: &[(&str, &str)]) -> Grammar {
    let mut grammar = grammar.clone();
    for (entry, column) in lists.iter().flat_map(|l| l.iter()).chain(more) {
        for _ in 0..3 {
            grammar.add(entry, &[(*column).to_owned()]);
        }
    }
    grammar
}

fn filled(grammar: &Grammar, template: &str, random: &mut Random) -> String {
    let mut grammar = grammar.clone();
    grammar.add_rule("template", template);
    grammar.expand("template", random, 1)
}

const TYPES: [&str; 10] = ["text", "text", "int", "bool", "jsonb", "tstz", "numeric", "interval", "texts", "float"];

/// Makes a random query.
pub fn statement(grammar: &Grammar, random: &mut Random) -> Statement {
    let (from, lists, more) = *random.pick(SOURCES);
    let grammar = with_columns(grammar, lists, more);
    let has_user = lists.iter().any(|l| std::ptr::eq(*l, USER));
    let condition = |random: &mut Random, share: usize| {
        if random.percent(share) { format!(" where {}", grammar.expand("bool", random, 1)) } else { String::new() }
    };
    let value = |random: &mut Random| {
        if has_user && random.percent(60) {
            filled(&grammar, random.choose(VALUES_OF_USER), random)
        } else {
            grammar.expand(random.choose(&TYPES), random, 2)
        }
    };
    let done = |sql: String, columns: usize| {
        let conditions = [" where ", " on ", " having ", "join"].iter().any(|w| sql.contains(w));
        Statement { sql, columns, ordered: false, conditions }
    };
    match random.below(if has_user { 12 } else { 9 }) {
        0 | 1 => {
            let values: Vec<String> = (0..1 + random.below(3)).map(|_| value(random)).collect();
            done(format!("select {} from {from}{}", outputs(&values), condition(random, 50)), values.len())
        }
        // Grouped by an expression, by the name of an output, by its place, by several sets of keys.
        2 | 3 => {
            let keys = [grammar.expand("text", random, 1), grammar.expand("bool", random, 1)];
            let aggregates: Vec<String> =
                (0..1 + random.below(2)).map(|_| filled(&grammar, random.choose(AGGREGATES_OF_ROWS), random)).collect();
            let by = match random.below(7) {
                0 => format!("{}, {}", keys[0], keys[1]),
                1 => "c1, c2".to_owned(),
                2 => "2, 1".to_owned(),
                3 => "rollup (1, 2)".to_owned(),
                4 => format!("cube ({}, {})", keys[0], keys[1]),
                5 => "grouping sets ((1, 2), (1), ())".to_owned(),
                _ => "c2, 1".to_owned(),
            };
            let having = random.choose(&["", " having count(*) > 1", " having max(1) is not null and count(*) < 9"]);
            let mut all = keys.to_vec();
            all.extend(aggregates);
            let sql = format!("select {} from {from}{} group by {by}{having}", outputs(&all), condition(random, 30));
            done(sql, all.len())
        }
        // Tables of WITH that build on each other, one of them read twice.
        4 | 5 => {
            let values = [grammar.expand("text", random, 1), value(random)];
            let filter = condition(random, 40);
            let last = random.choose(&[
                "select w.c1, v.n from w left join v on v.c1 = w.c1",
                "select v.c1, v.n from v where v.c1 in (select c1 from w where c1 is not null)",
                "select w.c1 || ':' || v.n as c1, count(*) over (partition by w.c1) as c2 from w, v where v.c1 is not distinct from w.c1",
                "select coalesce(w.c1, v.c1) as c1, count(v.n) as c2 from w full join v on v.c1 = w.c1 and v.n > 1 group by 1",
                "(select c1, 0 as c2 from w order by c1 limit 3) union all select c1, n from v",
                "select c1, n from v union select c1, 1 from w",
                "select c1, n from v intersect all select c1, 1 from w",
                "select c1, 1 from w except all select c1, n from v",
                "select c1, rank() over (order by n desc, c1) from v",
                "select x.c1, y.c1 from v x left join v y on y.n = x.n and y.c1 > x.c1",
            ]);
            let sql = format!(
                "with w as (select {} from {from}{filter}), v as (select c1, count(c2) as n from w group by c1) {last}",
                outputs(&values)
            );
            done(format!("select * from ({sql}) as q(c1, c2)"), 2)
        }
        // The rows that a deciding order leaves.
        6 => {
            let value = grammar.expand(random.choose(&TYPES), random, 1);
            let inner = format!("select {value} as c1, count(*) as c2 from {from} group by 1");
            let order = random.choose(&["c1, c2", "c2 desc, c1", "2, 1 desc", "c1 desc nulls last, 2"]);
            let limit = random.choose(&["", " limit 4", " offset 1", " fetch first 3 rows only"]);
            Statement { ordered: true, ..done(format!("{inner} order by {order}{limit}"), 2) }
        }
        // Sets of grouping sets, and windows over the groups.
        7 => {
            let keys = [grammar.expand("text", random, 0), grammar.expand("bool", random, 1)];
            let by = random.choose(&[
                "rollup (1), cube (2)",
                "grouping sets (rollup (1), cube (1, 2), ())",
                "grouping sets ((2, 1), grouping sets (1, (), (2)))",
                "1, rollup (2)",
                "rollup ((1, 2)), 2",
                "grouping sets (cube (1), (1, 2), ())",
            ]);
            let window = random.choose(&[
                "rank() over (order by count(*))",
                "sum(count(*)) over ()",
                "count(*) over (partition by count(*) > 3)",
                "max(count(*)) over (order by count(*) desc rows between unbounded preceding and unbounded following)",
                "dense_rank() over (order by count(*) desc) + count(*)",
            ]);
            let aggregate = filled(&grammar, random.choose(AGGREGATES_OF_ROWS), random);
            let all = [keys[0].clone(), keys[1].clone(), aggregate, window.to_owned()];
            let having = random.choose(&["", "", " having count(*) > 2"]);
            let sql = format!("select {} from {from}{} group by {by}{having}", outputs(&all), condition(random, 30));
            done(sql, all.len())
        }
        // Columns that nothing reads, some of which cannot be computed.
        8 => {
            let values = [value(random), value(random), grammar.expand("int", random, 2)];
            let inner = format!("select {} from {from}{}", outputs(&values), condition(random, 20));
            let sql = match random.below(4) {
                0 => format!("select q.c1 from ({inner}) q"),
                1 => format!("with q as ({inner}), r as (select c1, c2 from q) select c1 from r"),
                2 => format!("select q.c2 as c1 from ({inner} union all {inner}) q"),
                _ => format!("select count(*) as c1 from ({inner}) q"),
            };
            // PostgreSQL computes the constants of each part of UNION ALL before it leaves out what nothing reads.
            let conditions = sql.contains(" union all ");
            let statement = done(sql, 1);
            Statement { conditions: statement.conditions || conditions, ..statement }
        }
        // Aggregates and columns of a query in its subqueries.
        9 => {
            let key = random.choose(&["a.account_id", "a.name", "a.mfa_enabled", "a.tags ->> 'env'"]);
            let aggregate = random.choose(&["count(a.arn)", "count(a.name)", "count(distinct a.account_id)"]);
            let query = random.choose(&[
                "(select max(p.name) from aws_iam_policy p where p.attachment_count < $aggregate)",
                "exists (select 1 from aws_iam_policy p where p.attachment_count = $aggregate)",
                "$aggregate in (select p.attachment_count from aws_iam_policy p)",
                "(select count(*) + $aggregate from aws_iam_policy p where p.account_id = $key)",
                "array(select distinct p.attachment_count from aws_iam_policy p where p.attachment_count <= $aggregate order by 1)",
                "(select sum(p.attachment_count) from aws_iam_policy p where p.account_id = a.account_id)",
                "(select $aggregate)",
            ]);
            let query = query.replace("$aggregate", aggregate).replace("$key", key);
            let having = match random.below(3) {
                0 => format!(" having exists (select 1 from aws_iam_policy p where p.attachment_count < {aggregate})"),
                1 => " having count(*) > 1".to_owned(),
                _ => String::new(),
            };
            let all = [key.to_owned(), query, "count(*)".to_owned()];
            done(format!("select {} from {from}{} group by 1{having}", outputs(&all), condition(random, 30)), all.len())
        }
        // Functions that return sets, in the SELECT list.
        _ => {
            let mut all = vec![grammar.expand("text", random, 1)];
            all.extend((0..1 + random.below(2)).map(|_| filled(&grammar, random.choose(SETS), random)));
            let distinct = if random.percent(30) { "distinct " } else { "" };
            let sql = format!("select {distinct}{} from {from}{}", outputs(&all), condition(random, 30));
            done(sql, all.len())
        }
    }
}
