//! What is looked for.

use crate::model::diagnostic::Level;

/// A rule of `mod check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name, for comments and `--allow`.
    pub name: &'static str,
    /// How bad a finding is.
    pub level: Level,
    /// What is found, and why it matters.
    pub help: &'static str,
}

const fn error(name: &'static str, help: &'static str) -> Rule {
    Rule { name, level: Level::Error, help }
}

const fn warning(name: &'static str, help: &'static str) -> Rule {
    Rule { name, level: Level::Warning, help }
}

const fn note(name: &'static str, help: &'static str) -> Rule {
    Rule { name, level: Level::Note, help }
}

/// All rules, sorted by name. What keeps a mod from being loaded has codes of its own and cannot be silenced.
pub const RULES: [Rule; 32] = [
    error("ambiguous-column", "A column name that several tables of the query have: PostgreSQL refuses the query."),
    error("argument", "Arguments of a control that the params of its query do not take, or that are missing."),
    warning(
        "cis-item-id",
        "A title that begins with another number than the tag cis_item_id: one of the two is wrong.",
    ),
    warning("deprecated", "Something that a newer way of writing replaces."),
    warning("hidden-file", "A source file whose name begins with a dot: it is not read."),
    error("invalid-literal", "A quoted value that cannot be read as the type it is used as."),
    warning("link", "A link that leads out of the mod's folder: it is not read."),
    error("missing-column", "A control whose query has no column resource, status or reason: it ends in error."),
    warning("missing-documentation", "documentation = file(...) names a file that is not there."),
    warning("nested-mod", "A mod file in a folder of the mod: its files count as part of the outer mod."),
    error("param", "A query that uses more $n than it has params, so that it can never run with them."),
    warning("require", "A mod that asks for a newer Powerpipe than the one whose language is understood."),
    error("status-type", "A status that is no text: the control ends in error."),
    error("syntax", "SQL that PostgreSQL cannot parse, or that is no query."),
    warning(
        "text-join",
        "Rows joined because one's text contains another's: web also finds web-2. Compare whole values.",
    ),
    error("type", "Values of the wrong type where PostgreSQL wants another."),
    note("unchecked", "Queries on tables whose schemas are not known here: only their syntax is checked."),
    warning("undeclared", "A value for a variable that is not declared."),
    error("unknown-column", "A column that the table does not have."),
    error("unknown-function", "A function that PostgreSQL does not have, or not with these arguments."),
    error("unknown-operator", "An operator that PostgreSQL does not have for these types."),
    warning("unknown-rule", "A comment that silences a rule that does not exist."),
    warning(
        "unknown-severity",
        "A severity other than none, low, medium, high and critical: filters and reports miss it.",
    ),
    error("unknown-status", "A status other than ok, alarm, info, error and skip: the control ends in error."),
    error("unknown-table", "A table that the plugin does not have."),
    warning("unknown-tag", "A tag whose name is nearly that of one in wide use: filters miss the resource."),
    error("unknown-type", "A type that PostgreSQL does not have."),
    note(
        "unsupported-sql",
        "Something that PostgreSQL can do and the inventory cannot: it needs a PostgreSQL database.",
    ),
    warning("unused-param", "A param that the SQL does not use: PostgreSQL refuses more values than there are $n."),
    note("unused-query", "A query that no control and no dashboard of the mod uses."),
    warning("unused-variable", "A variable that nothing in the mod uses."),
    error("view", "A view of the schema that cannot be expanded."),
];

/// Returns a rule by name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.name == name)
}
