//! The functions that are decided by their argument types alone, and PostgreSQL's choice among overloads.

use super::cast::{common_type, converts, is_number, is_text};
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::Expr;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Name, argument types, result type, function here.
///
/// `anyarray` and `anyelement` stand for an array and its element. A function here that ends in `/k` takes the
/// element's type as one more argument: how elements compare is not visible in their representation.
const CATALOG: &[(&str, &str, &str, &str)] = &[
    // Numbers.
    ("abs", "int2", "int2", "pg_abs16"),
    ("abs", "int4", "int4", "pg_abs32"),
    ("abs", "int8", "int8", "pg_abs64"),
    ("abs", "numeric", "numeric", "pg_abs_num"),
    ("abs", "float8", "float8", "pg_abs_f"),
    ("acos", "float8", "float8", "pg_acos"),
    ("asin", "float8", "float8", "pg_asin"),
    ("atan", "float8", "float8", "pg_atan"),
    ("atan2", "float8 float8", "float8", "pg_atan2"),
    ("cbrt", "float8", "float8", "pg_cbrt"),
    ("ceil", "float8", "float8", "pg_ceil_f"),
    ("ceil", "numeric", "numeric", "pg_ceil_num"),
    ("ceiling", "float8", "float8", "pg_ceil_f"),
    ("ceiling", "numeric", "numeric", "pg_ceil_num"),
    ("cos", "float8", "float8", "pg_cos"),
    ("cosh", "float8", "float8", "pg_cosh"),
    ("cot", "float8", "float8", "pg_cot"),
    ("degrees", "float8", "float8", "pg_degrees"),
    ("div", "numeric numeric", "numeric", "pg_div_num"),
    ("exp", "float8", "float8", "pg_exp"),
    ("exp", "numeric", "numeric", "pg_exp_num"),
    ("factorial", "int8", "numeric", "pg_factorial"),
    ("floor", "float8", "float8", "pg_floor_f"),
    ("floor", "numeric", "numeric", "pg_floor_num"),
    ("gcd", "int4 int4", "int4", "pg_gcd32"),
    ("gcd", "int8 int8", "int8", "pg_gcd64"),
    ("gcd", "numeric numeric", "numeric", "pg_gcd_num"),
    ("lcm", "int4 int4", "int4", "pg_lcm32"),
    ("lcm", "int8 int8", "int8", "pg_lcm64"),
    ("lcm", "numeric numeric", "numeric", "pg_lcm_num"),
    ("ln", "float8", "float8", "pg_ln"),
    ("ln", "numeric", "numeric", "pg_ln_num"),
    ("log", "float8", "float8", "pg_log10"),
    ("log", "numeric", "numeric", "pg_log10_num"),
    ("log", "numeric numeric", "numeric", "pg_log_num"),
    ("log10", "float8", "float8", "pg_log10"),
    ("log10", "numeric", "numeric", "pg_log10_num"),
    ("min_scale", "numeric", "int4", "pg_min_scale"),
    ("mod", "int2 int2", "int2", "pg_imod"),
    ("mod", "int4 int4", "int4", "pg_imod"),
    ("mod", "int8 int8", "int8", "pg_imod"),
    ("mod", "numeric numeric", "numeric", "pg_mod_num"),
    ("pg_size_pretty", "int8", "text", "pg_size_pretty"),
    ("pi", "", "float8", "pg_pi"),
    ("pow", "float8 float8", "float8", "pg_power"),
    ("pow", "numeric numeric", "numeric", "pg_power_num"),
    ("power", "float8 float8", "float8", "pg_power"),
    ("power", "numeric numeric", "numeric", "pg_power_num"),
    ("radians", "float8", "float8", "pg_radians"),
    ("round", "float8", "float8", "pg_round_f"),
    ("round", "numeric", "numeric", "pg_round"),
    ("round", "numeric int4", "numeric", "pg_round"),
    ("scale", "numeric", "int4", "pg_scale"),
    ("sign", "float8", "float8", "pg_sign_f"),
    ("sign", "numeric", "numeric", "pg_sign_num"),
    ("sin", "float8", "float8", "pg_sin"),
    ("sinh", "float8", "float8", "pg_sinh"),
    ("sqrt", "float8", "float8", "pg_sqrt"),
    ("sqrt", "numeric", "numeric", "pg_sqrt_num"),
    ("tan", "float8", "float8", "pg_tan"),
    ("tanh", "float8", "float8", "pg_tanh"),
    ("to_hex", "int4", "text", "pg_to_hex32"),
    ("to_hex", "int8", "text", "pg_to_hex64"),
    ("trim_scale", "numeric", "numeric", "pg_trim_scale"),
    ("trunc", "numeric", "numeric", "pg_trunc_num"),
    ("trunc", "numeric int4", "numeric", "pg_trunc_num"),
    ("trunc", "float8", "float8", "pg_trunc_f"),
    ("width_bucket", "anyelement anyarray", "int4", "pg_width_bucket_of/k"),
    ("width_bucket", "float8 float8 float8 int4", "int4", "pg_width_bucket_f"),
    ("width_bucket", "numeric numeric numeric int4", "int4", "pg_width_bucket_num"),
    // Text.
    ("ascii", "text", "int4", "pg_ascii"),
    ("bit_length", "text", "int4", "pg_bit_length"),
    ("btrim", "text", "text", "pg_btrim"),
    ("btrim", "text text", "text", "pg_btrim"),
    ("char_length", "text", "int4", "pg_length"),
    ("character_length", "text", "int4", "pg_length"),
    ("chr", "int4", "text", "pg_chr"),
    ("glob", "text", "text", "pg_glob"),
    ("initcap", "text", "text", "pg_initcap"),
    ("left", "text int4", "text", "pg_left"),
    ("length", "text", "int4", "pg_length"),
    ("like", "text text", "bool", "pg_like"),
    ("lower", "text", "text", "pg_lower"),
    ("lpad", "text int4", "text", "pg_lpad"),
    ("lpad", "text int4 text", "text", "pg_lpad"),
    ("ltrim", "text", "text", "pg_ltrim"),
    ("ltrim", "text text", "text", "pg_ltrim"),
    ("md5", "text", "text", "pg_md5"),
    ("octet_length", "bpchar", "int4", "pg_octet_length"),
    ("octet_length", "text", "int4", "pg_octet_length"),
    ("overlay", "text text int4", "text", "pg_overlay"),
    ("overlay", "text text int4 int4", "text", "pg_overlay"),
    ("quote_ident", "text", "text", "pg_quote_ident"),
    ("quote_literal", "text", "text", "pg_quote_literal"),
    ("quote_nullable", "text", "text", "pg_quote_nullable"),
    ("regexp_count", "text text", "int4", "pg_regexp_count"),
    ("regexp_count", "text text int4", "int4", "pg_regexp_count"),
    ("regexp_count", "text text int4 text", "int4", "pg_regexp_count"),
    ("regexp_instr", "text text", "int4", "pg_regexp_instr"),
    ("regexp_instr", "text text int4", "int4", "pg_regexp_instr"),
    ("regexp_instr", "text text int4 int4", "int4", "pg_regexp_instr"),
    ("regexp_instr", "text text int4 int4 int4", "int4", "pg_regexp_instr"),
    ("regexp_instr", "text text int4 int4 int4 text", "int4", "pg_regexp_instr"),
    ("regexp_instr", "text text int4 int4 int4 text int4", "int4", "pg_regexp_instr"),
    ("regexp_like", "text text", "bool", "pg_regexp_like"),
    ("regexp_like", "text text text", "bool", "pg_regexp_like"),
    ("regexp_match", "text text", "_text", "pg_rematch"),
    ("regexp_match", "text text text", "_text", "pg_rematch"),
    ("regexp_replace", "text text text", "text", "pg_regexp_replace"),
    ("regexp_replace", "text text text text", "text", "pg_regexp_replace"),
    ("regexp_replace", "text text text int4", "text", "pg_regexp_replace_at"),
    ("regexp_replace", "text text text int4 int4", "text", "pg_regexp_replace_at"),
    ("regexp_replace", "text text text int4 int4 text", "text", "pg_regexp_replace_at"),
    ("regexp_split_to_array", "text text", "_text", "pg_resplit"),
    ("regexp_split_to_array", "text text text", "_text", "pg_resplit"),
    ("regexp_substr", "text text", "text", "pg_regexp_substr"),
    ("regexp_substr", "text text int4", "text", "pg_regexp_substr"),
    ("regexp_substr", "text text int4 int4", "text", "pg_regexp_substr"),
    ("regexp_substr", "text text int4 int4 text", "text", "pg_regexp_substr"),
    ("regexp_substr", "text text int4 int4 text int4", "text", "pg_regexp_substr"),
    ("repeat", "text int4", "text", "pg_repeat"),
    ("replace", "text text text", "text", "pg_replace"),
    ("reverse", "text", "text", "pg_reverse"),
    ("right", "text int4", "text", "pg_right"),
    ("rpad", "text int4", "text", "pg_rpad"),
    ("rpad", "text int4 text", "text", "pg_rpad"),
    ("rtrim", "text", "text", "pg_rtrim"),
    ("rtrim", "text text", "text", "pg_rtrim"),
    ("split_part", "text text int4", "text", "pg_split_part"),
    ("starts_with", "text text", "bool", "pg_starts_with"),
    ("string_to_array", "text text", "_text", "pg_str2arr"),
    ("string_to_array", "text text text", "_text", "pg_str2arr"),
    ("strpos", "text text", "int4", "pg_position"),
    ("substr", "text int4", "text", "pg_substr"),
    ("substr", "text int4 int4", "text", "pg_substr"),
    ("substring", "text int4", "text", "pg_substr"),
    ("substring", "text int4 int4", "text", "pg_substr"),
    ("substring", "text text", "text", "pg_subre"),
    ("substring", "text text text", "text", "pg_subsimilar"),
    ("translate", "text text text", "text", "pg_translate"),
    ("upper", "text", "text", "pg_upper"),
    // Bytes.
    ("bit_length", "bytea", "int4", "pg_bytea_bits"),
    ("convert_from", "bytea text", "text", "pg_convert_from"),
    ("convert_to", "text text", "bytea", "pg_convert_to"),
    ("decode", "text text", "bytea", "pg_decode"),
    ("encode", "bytea text", "text", "pg_encode"),
    ("length", "bytea", "int4", "pg_bytea_length"),
    ("md5", "bytea", "text", "pg_bytea_md5"),
    ("octet_length", "bytea", "int4", "pg_bytea_length"),
    ("substr", "bytea int4", "bytea", "pg_bytea_substr"),
    ("substr", "bytea int4 int4", "bytea", "pg_bytea_substr"),
    ("substring", "bytea int4", "bytea", "pg_bytea_substr"),
    ("substring", "bytea int4 int4", "bytea", "pg_bytea_substr"),
    ("sha224", "bytea", "bytea", "pg_sha224"),
    ("sha256", "bytea", "bytea", "pg_sha256"),
    ("sha384", "bytea", "bytea", "pg_sha384"),
    ("sha512", "bytea", "bytea", "pg_sha512"),
    // Arrays.
    ("array_append", "anyarray anyelement", "anyarray", "pg_arr_push"),
    ("array_length", "anyarray int4", "int4", "pg_array_length"),
    ("array_lower", "anyarray int4", "int4", "pg_array_lower"),
    ("array_ndims", "anyarray", "int4", "pg_array_ndims"),
    ("array_dims", "anyarray", "text", "pg_array_dims"),
    ("array_position", "anyarray anyelement", "int4", "pg_arr_position/k"),
    ("array_position", "anyarray anyelement int4", "int4", "pg_arr_position_from/k"),
    ("array_positions", "anyarray anyelement", "_int4", "pg_arr_positions/k"),
    ("array_prepend", "anyelement anyarray", "anyarray", "pg_arr_unshift"),
    ("array_remove", "anyarray anyelement", "anyarray", "pg_arr_remove/k"),
    ("array_replace", "anyarray anyelement anyelement", "anyarray", "pg_arr_replace/k"),
    ("array_to_string", "anyarray text", "text", "pg_arr2str/k"),
    ("array_to_string", "anyarray text text", "text", "pg_arr2str/k"),
    ("array_upper", "anyarray int4", "int4", "pg_array_length"),
    ("cardinality", "anyarray", "int4", "pg_arrlen"),
    ("trim_array", "anyarray int4", "anyarray", "pg_arr_trim"),
    // Network addresses.
    ("abbrev", "inet", "text", "pg_inet_abbrev"),
    ("abbrev", "cidr", "text", "pg_cidr_abbrev"),
    ("broadcast", "inet", "inet", "pg_broadcast"),
    ("family", "inet", "int4", "pg_family"),
    ("host", "inet", "text", "pg_host"),
    ("hostmask", "inet", "inet", "pg_hostmask"),
    ("inet_merge", "inet inet", "cidr", "pg_inet_merge"),
    ("inet_same_family", "inet inet", "bool", "pg_inet_same_family"),
    ("masklen", "inet", "int4", "pg_masklen"),
    ("netmask", "inet", "inet", "pg_netmask"),
    ("network", "inet", "cidr", "pg_network"),
    ("set_masklen", "inet int4", "inet", "pg_set_masklen"),
    ("set_masklen", "cidr int4", "cidr", "pg_set_masklen_cidr"),
    // Dates.
    ("date_bin", "interval timestamptz timestamptz", "timestamptz", "pg_date_bin"),
    ("date_bin", "interval timestamp timestamp", "timestamp", "pg_date_bin"),
    ("isfinite", "date", "bool", "pg_isfinite"),
    ("isfinite", "timestamp", "bool", "pg_isfinite"),
    ("isfinite", "timestamptz", "bool", "pg_isfinite"),
    ("isfinite", "interval", "bool", "pg_isfinite_iv"),
    ("justify_days", "interval", "interval", "pg_justify_days"),
    ("justify_hours", "interval", "interval", "pg_justify_hours"),
    ("justify_interval", "interval", "interval", "pg_justify_interval"),
    ("make_date", "int4 int4 int4", "date", "pg_make_date"),
    ("make_time", "int4 int4 float8", "time", "pg_make_time"),
    ("make_timestamp", "int4 int4 int4 int4 int4 float8", "timestamp", "pg_make_timestamp"),
    ("make_timestamptz", "int4 int4 int4 int4 int4 float8", "timestamptz", "pg_make_timestamp"),
    ("make_timestamptz", "int4 int4 int4 int4 int4 float8 text", "timestamptz", "pg_make_timestamptz"),
    ("timezone", "text timestamptz", "timestamp", "pg_ts_in_zone"),
    ("timezone", "text timestamp", "timestamptz", "pg_ts_from_zone"),
    ("timezone", "interval timestamptz", "timestamp", "pg_ts_in_offset"),
    ("timezone", "interval timestamp", "timestamptz", "pg_ts_from_offset"),
    ("to_char", "timestamptz text", "text", "pg_to_char_tz"),
    ("to_char", "timestamp text", "text", "pg_to_char_ts"),
    ("to_char", "interval text", "text", "pg_to_char_iv"),
    ("to_char", "numeric text", "text", "pg_to_char_num"),
    ("to_char", "int4 text", "text", "pg_to_char_int4"),
    ("to_char", "int8 text", "text", "pg_to_char_int"),
    ("to_char", "float4 text", "text", "pg_to_char_float4"),
    ("to_char", "float8 text", "text", "pg_to_char_float"),
    ("to_date", "text text", "date", "pg_to_date"),
    ("to_number", "text text", "numeric", "pg_to_number"),
    ("to_timestamp", "text text", "timestamptz", "pg_to_ts"),
    ("to_timestamp", "float8", "timestamptz", "pg_epoch2ts"),
    // Documents.
    ("json_array_length", "json", "int4", "pg_jsonarrlen"),
    ("json_strip_nulls", "json", "json", "pg_jsonstrip"),
    ("json_typeof", "json", "text", "pg_jtypeof"),
    ("json_object", "_text", "json", "pg_json_object"),
    ("json_object", "_text _text", "json", "pg_json_object"),
    ("jsonb_array_length", "jsonb", "int4", "pg_jarrlen"),
    ("jsonb_object", "_text", "jsonb", "pg_jsonb_object"),
    ("jsonb_object", "_text _text", "jsonb", "pg_jsonb_object"),
    ("jsonb_pretty", "jsonb", "text", "pg_jpretty"),
    ("jsonb_strip_nulls", "jsonb", "jsonb", "pg_jstrip"),
    ("jsonb_typeof", "jsonb", "text", "pg_jtypeof"),
    ("jsonb_set", "jsonb _text jsonb", "jsonb", "pg_jset"),
    ("jsonb_set", "jsonb _text jsonb bool", "jsonb", "pg_jset"),
    ("jsonb_insert", "jsonb _text jsonb", "jsonb", "pg_jinsert"),
    ("jsonb_insert", "jsonb _text jsonb bool", "jsonb", "pg_jinsert"),
    ("jsonb_delete_path", "jsonb _text", "jsonb", "pg_jdelpath"),
    ("jsonb_contains", "jsonb jsonb", "bool", "pg_jcontains"),
    ("jsonb_exists", "jsonb text", "bool", "pg_jhas"),
    ("jsonb_exists_any", "jsonb _text", "bool", "pg_jhasany"),
    ("jsonb_exists_all", "jsonb _text", "bool", "pg_jhasall"),
];

/// The type of a parameter or result.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    Type(PgType),
    AnyArray,
    AnyElement,
}

#[derive(Debug)]
struct Signature {
    args: Vec<Wanted>,
    result: Wanted,
    function: &'static str,
    with_kind: bool,
}

static SIGNATURES: LazyLock<HashMap<&'static str, Vec<Signature>>> = LazyLock::new(|| {
    let mut map: HashMap<&str, Vec<Signature>> = HashMap::new();
    for (name, args, result, function) in CATALOG {
        let (function, with_kind) = function.strip_suffix("/k").map_or((*function, false), |f| (f, true));
        map.entry(name).or_default().push(Signature {
            args: args.split_whitespace().map(wanted).collect(),
            result: wanted(result),
            function,
            with_kind,
        });
    }
    map
});

fn wanted(name: &str) -> Wanted {
    match name {
        "anyarray" => Wanted::AnyArray,
        "anyelement" => Wanted::AnyElement,
        other => Wanted::Type(PgType::parse(other).unwrap_or(PgType::Unknown)),
    }
}

/// The names of the catalog, for suggestions.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    CATALOG.iter().map(|c| c.0)
}

/// What a call's arguments are converted to.
struct Fit<'s> {
    signature: &'s Signature,
    types: Vec<PgType>,
    /// The element type that `anyarray` and `anyelement` stand for.
    element: Option<PgType>,
}

fn fit<'s>(signature: &'s Signature, args: &[Expr]) -> Option<Fit<'s>> {
    if signature.args.len() != args.len() {
        return None;
    }
    let mut polymorphic = Vec::new();
    for (arg, wanted) in args.iter().zip(&signature.args) {
        match wanted {
            Wanted::Type(ty) if converts(&arg.ty, ty) => {}
            Wanted::AnyArray => match &arg.ty {
                PgType::Array(element) => polymorphic.push((**element).clone()),
                PgType::Unknown => {}
                _ => return None,
            },
            Wanted::AnyElement => polymorphic.push(arg.ty.clone()),
            Wanted::Type(_) => return None,
        }
    }
    let element = common_type(&polymorphic);
    if element.is_none() && signature.args.iter().any(|w| !matches!(w, Wanted::Type(_))) {
        return None;
    }
    let types = signature
        .args
        .iter()
        .map(|w| match (w, &element) {
            (Wanted::Type(ty), _) => ty.clone(),
            (Wanted::AnyArray, Some(e)) => PgType::Array(Box::new(e.clone())),
            (_, Some(e)) => e.clone(),
            (_, None) => PgType::Text,
        })
        .collect();
    Some(Fit { signature, types, element })
}

/// PostgreSQL's families of types, within which one type is preferred.
fn category(ty: &PgType) -> char {
    match ty {
        PgType::Bool => 'B',
        PgType::Date | PgType::Timestamp | PgType::Timestamptz | PgType::Time | PgType::Timetz => 'D',
        PgType::Inet | PgType::Cidr => 'I',
        PgType::Interval => 'T',
        PgType::Array(_) => 'A',
        ty if is_number(ty) || matches!(ty, PgType::Oid | PgType::Money) => 'N',
        ty if is_text(ty) => 'S',
        _ => 'U',
    }
}

fn is_preferred(ty: &PgType) -> bool {
    matches!(
        ty,
        PgType::Bool
            | PgType::Timestamptz
            | PgType::Inet
            | PgType::Interval
            | PgType::Float8
            | PgType::Oid
            | PgType::Text
    )
}

/// Keeps the candidates for which a measure is greatest.
fn best<'s>(candidates: Vec<Fit<'s>>, measure: impl Fn(&Fit<'s>) -> usize) -> Vec<Fit<'s>> {
    let most = candidates.iter().map(&measure).max().unwrap_or(0);
    candidates.into_iter().filter(|c| measure(c) == most).collect()
}

/// Chooses among overloads by the rules of PostgreSQL's manual, chapter 10.3.
fn choose<'s>(mut candidates: Vec<Fit<'s>>, args: &[Expr]) -> Vec<Fit<'s>> {
    let pairs = |c: &Fit<'_>| args.iter().map(|a| a.ty.clone()).zip(c.types.clone()).collect::<Vec<_>>();
    candidates = best(candidates, |c| pairs(c).iter().filter(|(a, w)| a == w).count());
    if candidates.len() > 1 {
        candidates = best(candidates, |c| {
            pairs(c).iter().filter(|(a, w)| a == w || (*a != PgType::Unknown && is_preferred(w))).count()
        });
    }
    for i in 0..args.len() {
        if candidates.len() < 2 {
            break;
        }
        if args.get(i).is_none_or(|a| a.ty != PgType::Unknown) {
            continue;
        }
        let of = |c: &Fit<'_>| c.types.get(i).cloned().unwrap_or(PgType::Unknown);
        let categories: Vec<char> = candidates.iter().map(|c| category(&of(c))).collect();
        let chosen = if categories.contains(&'S') {
            'S'
        } else {
            match categories.first() {
                Some(first) if categories.iter().all(|c| c == first) => *first,
                _ => break,
            }
        };
        candidates.retain(|c| category(&of(c)) == chosen);
        if candidates.iter().any(|c| is_preferred(&of(c))) {
            candidates.retain(|c| is_preferred(&of(c)));
        }
    }
    candidates
}

impl Resolver<'_> {
    /// Calls a function of the catalog; none when it has no function of that name.
    pub(super) fn catalog_call(&mut self, name: &str, args: Vec<Expr>) -> Result<Option<Expr>> {
        let Some(signatures) = SIGNATURES.get(name) else { return Ok(None) };
        let candidates: Vec<Fit<'_>> = signatures.iter().filter_map(|s| fit(s, &args)).collect();
        let mut chosen = choose(candidates, &args).into_iter();
        let (Some(Fit { signature, types, element }), more) = (chosen.next(), chosen.next()) else {
            return Err(self.no_function(name, &args));
        };
        if more.is_some() {
            let types: Vec<String> = args.iter().map(|a| a.ty.to_string()).collect();
            return Err(Fault::new("unknown-function", format!("function {name}({}) is not unique", types.join(", ")))
                .help("could not choose a best candidate function; you might need to add explicit type casts"));
        }
        let result = match (&signature.result, &element) {
            (Wanted::Type(ty), _) => ty.clone(),
            (Wanted::AnyArray, Some(e)) => PgType::Array(Box::new(e.clone())),
            (_, e) => e.clone().unwrap_or(PgType::Text),
        };
        let mut converted = Vec::new();
        for (arg, ty) in args.into_iter().zip(&types) {
            converted.push(self.coerce(arg, ty)?);
        }
        if signature.with_kind {
            converted.push(Expr::option(element.map_or_else(String::new, |e| e.internal_name())));
        }
        Ok(Some(Expr::call(signature.function, converted, result)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_registered() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let session = crate::sql::functions::Session::new(chrono::DateTime::UNIX_EPOCH);
        crate::sql::functions::register(&connection, &session).unwrap();
        for (name, args, _, function) in CATALOG {
            let own = function.strip_suffix("/k").unwrap_or(function);
            let count = args.split_whitespace().count() + usize::from(function.ends_with("/k"));
            let call = format!("select {own}({})", vec!["null"; count].join(", "));
            assert!(connection.prepare(&call).is_ok(), "{name}({args}): {call}");
        }
    }
}
