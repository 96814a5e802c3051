//! Random queries over the tables.

use super::Statement;
use super::grammar::{Grammar, Random};
use super::tables::{Data, generate};
use ironpipe::model::pgtype::PgType;
use std::sync::OnceLock;

/// The entries of the grammar that a column of a type may stand for.
fn entry(ty: &PgType) -> &'static str {
    match ty {
        PgType::Bool => "bool",
        PgType::Int8 => "int8",
        PgType::Float8 => "float",
        PgType::Timestamptz => "tstz",
        PgType::Jsonb => "jsonb",
        PgType::Inet => "inet",
        PgType::Cidr => "cidr",
        _ => "text",
    }
}

/// Types of output columns that can be sorted and compared.
const SORTABLE: [&str; 13] =
    ["text", "int", "int8", "numeric", "float", "bool", "jsonb", "date", "tstz", "ts", "interval", "texts", "inet"];

const AGGREGATES: &[&str] = &[
    "count(*)",
    "count($text)",
    "count(distinct $text)",
    "count(distinct $int)",
    "count(*) filter (where $bool)",
    "sum($int)",
    "sum($int8)",
    "sum($numeric)",
    "avg($int)",
    "avg($int8)",
    "avg($numeric)",
    "min($text)",
    "max($text)",
    "min($int)",
    "max($numeric)",
    "min($tstz)",
    "max($date)",
    "max($float)",
    "min($interval)",
    "max($interval)",
    "min($inet)",
    "max($texts)",
    "sum($interval)",
    "avg($interval)",
    "bool_and($bool)",
    "bool_or($bool)",
    "every($bool)",
    "bit_and($int)",
    "bit_or($int)",
    "bit_xor($int)",
    "string_agg($text, ',' order by $id)",
    "string_agg(distinct $text, ',')",
    "array_agg($int order by $id)",
    "array_agg(distinct $text)",
    "array_agg($text order by $id)",
    "jsonb_agg($text order by $id)",
    "json_agg($int order by $id)",
    "jsonb_object_agg(coalesce($text, ''), $int order by $id)",
    "percentile_cont(0.5) within group (order by $int)",
    "percentile_cont(0.25) within group (order by $float)",
    "percentile_cont(0.3) within group (order by $interval)",
    "percentile_cont(array[0.25, 0.75]) within group (order by $int)",
    "percentile_disc(0.5) within group (order by $text)",
    "percentile_disc(array[0.1, 0.9]) within group (order by $int)",
    "mode() within group (order by $text)",
    "stddev($int)",
    "stddev_pop($numeric)",
    "variance($int)",
    "var_pop($int)",
    "var_samp($float order by $id)",
    "corr($small, $small order by $id)",
    "regr_slope($small, $small order by $id)",
    "regr_count($int, $int)",
    "covar_pop($small, $small order by $id)",
];

const WINDOWS: &[&str] = &[
    "row_number() over (order by $id)",
    "rank() over (order by $text)",
    "dense_rank() over (partition by $column order by $text desc)",
    "count(*) over (partition by $column)",
    "sum($int) over (order by $id)",
    "sum($numeric) over (order by $id rows between 1 preceding and current row)",
    "max($text) over (partition by $column)",
    "lag($text) over (order by $id)",
    "lead($int, 2, 0) over (order by $id)",
    "first_value($text) over (partition by $column order by $id)",
    "last_value($int) over (order by $id)",
    "nth_value($int, 2) over (order by $id)",
    "ntile(3) over (order by $id)",
    "percent_rank() over (order by $text)",
    "cume_dist() over (order by $text)",
    "avg($int) over (order by $id rows between 2 preceding and 2 following)",
    "bool_or($bool) over (partition by $column)",
    "string_agg($text, '+') over (order by $id)",
    "array_agg($text) over (order by $id)",
    "row_number() over w",
    "min($numeric) over (order by $id range between unbounded preceding and current row)",
    "count($text) filter (where $bool) over (order by $id)",
];

const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("jsonb_array_elements({})", "jsonb", "value"),
    ("jsonb_array_elements_text({})", "text", "value"),
    ("jsonb_object_keys({})", "text", ""),
    ("unnest(array['p', null, 'q'])", "text", ""),
    ("generate_series(1, 3)", "int", ""),
    ("generate_series(date '2026-01-01', date '2026-02-01', interval '10 days')", "tstz", ""),
    ("regexp_matches({text}, '[a-z]', 'g')", "texts", ""),
    ("regexp_split_to_table({text}, '[_:]')", "text", ""),
    ("jsonb_path_query({}, '$.**')", "jsonb", ""),
    ("string_to_table({text}, ':')", "text", ""),
];

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| generate(&mut Random::new(7)))
}

/// A FROM clause and what its columns add to the grammar.
struct Source {
    from: String,
    grammar: Grammar,
    columns: Vec<String>,
    id: String,
}

fn source(grammar: &Grammar, random: &mut Random) -> Source {
    let tables: Vec<_> = data().schemas().collect();
    let mut grammar = grammar.clone();
    let mut columns = Vec::new();
    let mut from = String::new();
    let mut ids = Vec::new();
    let mut json: Option<String> = None;
    let mut text = String::new();
    let count = 1 + usize::from(random.percent(40)) + usize::from(random.percent(10));
    for i in 0..count {
        let table = random.choose(&tables);
        let alias = ["a", "b", "c"][i];
        for (name, ty) in &table.columns {
            let column = format!("{alias}.{name}");
            grammar.add(entry(ty), std::slice::from_ref(&column));
            grammar.add(entry(ty), std::slice::from_ref(&column));
            match ty {
                PgType::Jsonb => json = Some(column.clone()),
                PgType::Text => text.clone_from(&column),
                _ => {}
            }
            columns.push(column);
        }
        ids.extend(table.columns.iter().map(|(n, _)| format!("{alias}.{n}")));
        let item = format!("{} {alias}", table.name);
        if i == 0 {
            from = item;
            continue;
        }
        let other = ["a", "b"][random.below(i)];
        let condition = match random.below(4) {
            0 => format!("{alias}.account_id = {other}.account_id and {}", grammar.expand("bool", random, 1)),
            1 => format!("{alias}.account_id = {other}.account_id"),
            _ => format!("{alias}.account_id = {other}.account_id and {alias}.{} = 'x'", text_column(table)),
        };
        from = match random.below(6) {
            0 => format!("{from}, {item}"),
            1 => format!("{from} left join {item} on {condition}"),
            2 => format!("{from} right join {item} on {alias}.account_id = {other}.account_id"),
            3 => format!("{from} full join {item} on {alias}.account_id = {other}.account_id"),
            4 => format!("{from} cross join {item}"),
            _ => format!("{from} join {item} on {condition}"),
        };
    }
    if random.percent(30)
        && let Some(json) = json
    {
        let (call, ty, own) = random.pick(FUNCTIONS);
        let kind = if call.starts_with("jsonb_object") { "object" } else { "array" };
        let guarded = if call.starts_with("jsonb_path") {
            json.clone()
        } else {
            format!("case jsonb_typeof({json}) when '{kind}' then {json} end")
        };
        let call = call.replace("{}", &guarded).replace("{text}", &text);
        let column = if own.is_empty() { "f".to_owned() } else { format!("f.{own}") };
        from = match random.below(4) {
            0 => format!("{from} cross join {call} as f"),
            1 => format!("{from} left join {call} as f on true"),
            2 => format!("{from} cross join lateral {call} as f"),
            _ if from.contains(" join ") => format!("{from} cross join {call} as f"),
            _ => format!("{from}, {call} as f"),
        };
        for _ in 0..4 {
            grammar.add(ty, std::slice::from_ref(&column));
        }
        columns.push(column.clone());
        ids.push(column);
    }
    Source { from, grammar, columns, id: ids.join(", ") }
}

fn text_column(table: &ironpipe::sql::schema::TableSchema) -> &str {
    table.columns.iter().find(|(_, t)| *t == PgType::Text).map_or("account_id", |(n, _)| n.as_str())
}

fn outputs(expressions: &[String]) -> String {
    expressions.iter().enumerate().map(|(i, e)| format!("{e} as c{}", i + 1)).collect::<Vec<_>>().join(", ")
}

fn plain(source: &Source, random: &mut Random, types: &[&str]) -> (String, bool) {
    let expressions: Vec<String> = types.iter().map(|t| source.grammar.expand(t, random, 2)).collect();
    let mut sql = format!("select {} from {}", outputs(&expressions), source.from);
    let conditions = random.percent(50);
    if conditions {
        sql.push_str(&format!(" where {}", source.grammar.expand("bool", random, 2)));
    }
    (sql, conditions || source.from.contains(" on "))
}

fn fill(template: &str, source: &Source, random: &mut Random, depth: usize) -> String {
    let mut grammar = source.grammar.clone();
    grammar.add("id", std::slice::from_ref(&source.id));
    grammar.add("column", &source.columns);
    grammar.add_rule("template", template);
    grammar.expand("template", random, depth)
}

/// Makes a random query.
pub fn statement(grammar: &Grammar, random: &mut Random) -> Statement {
    let source = source(grammar, random);
    let width = 1 + random.below(3);
    let types: Vec<&str> = (0..width).map(|_| random.choose(&SORTABLE)).collect();
    let order = (1..=width).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let done =
        |sql: String, columns: usize, ordered: bool, conditions: bool| Statement { sql, columns, ordered, conditions };
    match random.below(14) {
        0 | 1 => {
            let (sql, conditions) = plain(&source, random, &types);
            done(sql, width, false, conditions)
        }
        2 => {
            let (sql, conditions) = plain(&source, random, &types);
            let direction = random.choose(&["", " desc", " nulls first", " desc nulls last"]);
            let order = (1..=width).map(|i| format!("{i}{direction}")).collect::<Vec<_>>().join(", ");
            let limit = random.choose(&["", " limit 3", " limit 2 offset 1", " offset 2", " fetch first 2 rows only"]);
            done(format!("{sql} order by {order}{limit}"), width, true, conditions)
        }
        3 => {
            let (sql, conditions) = plain(&source, random, &types);
            done(sql.replacen("select ", "select distinct ", 1), width, false, conditions)
        }
        4 | 5 => {
            let key = source.grammar.expand(random.choose(&["text", "bool", "date", "int", "jsonb"]), random, 1);
            let aggregates: Vec<String> =
                (0..1 + random.below(2)).map(|_| fill(random.choose(AGGREGATES), &source, random, 1)).collect();
            let mut all = vec![key];
            all.extend(aggregates);
            let having = if random.percent(25) { " having count(*) > 1" } else { "" };
            let filter = random.percent(30);
            let condition =
                if filter { format!(" where {}", source.grammar.expand("bool", random, 1)) } else { String::new() };
            let columns = all.len();
            let sql = format!("select {} from {}{condition} group by 1{having}", outputs(&all), source.from);
            done(sql, columns, false, filter || source.from.contains(" on "))
        }
        6 => {
            let aggregates: Vec<String> =
                (0..1 + random.below(3)).map(|_| fill(random.choose(AGGREGATES), &source, random, 1)).collect();
            let columns = aggregates.len();
            let sql = format!("select {} from {}", outputs(&aggregates), source.from);
            done(sql, columns, false, source.from.contains(" on "))
        }
        7 | 8 => {
            let windows: Vec<String> =
                (0..1 + random.below(2)).map(|_| fill(random.choose(WINDOWS), &source, random, 1)).collect();
            let named = if windows.iter().any(|w| w.ends_with(" over w")) {
                format!(" window w as (order by {})", source.id)
            } else {
                String::new()
            };
            let columns = windows.len();
            let sql = format!("select {} from {}{named}", outputs(&windows), source.from);
            done(sql, columns, false, source.from.contains(" on "))
        }
        9 | 10 => {
            let (left, _) = plain(&source, random, &types);
            let (right, _) = plain(&source, random, &types);
            let op = random.choose(&["union", "union all", "intersect", "except", "union"]);
            let tail = if random.percent(40) { format!(" order by {order}") } else { String::new() };
            done(format!("{left} {op} {right}{tail}"), width, !tail.is_empty(), true)
        }
        11 => {
            let (inner, _) = plain(&source, random, &types);
            let filter = random.choose(&["c1 is not null", "true", "c1 is null or true"]);
            done(format!("with w as ({inner}) select * from w where {filter}"), width, false, true)
        }
        12 => {
            let (inner, _) = plain(&source, random, &["text"]);
            let test = source.grammar.expand("text", random, 1);
            let form = random.below(4);
            let condition = match form {
                0 => format!("{test} in ({inner})"),
                1 => format!("{test} not in ({inner})"),
                2 => format!("exists ({inner})"),
                _ => format!("{test} = any ({inner})"),
            };
            done(format!("select a.account_id as c1 from {} where {condition}", source.from), 1, false, true)
        }
        _ => {
            let aggregate = fill(random.choose(AGGREGATES), &source, random, 1);
            let scalar = format!("(select {aggregate} from {})", source.from);
            let expression = source.grammar.clone().expand("account", random, 0);
            done(format!("select {expression} as c1, {scalar} as c2 from aws_iam_user z"), 2, false, true)
        }
    }
}
