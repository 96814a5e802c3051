//! Which attributes and blocks each kind of block may have.

/// The shape of a kind of block.
pub(super) struct Shape {
    pub attributes: &'static [&'static str],
    pub blocks: &'static [&'static str],
    /// Whether it has the attributes of [`COMMON`] too.
    pub common: bool,
}

/// Kinds of blocks that references can name.
pub(super) const RESOURCES: [&str; 18] = [
    "query",
    "control",
    "benchmark",
    "detection",
    "dashboard",
    "container",
    "card",
    "chart",
    "flow",
    "graph",
    "hierarchy",
    "image",
    "input",
    "table",
    "text",
    "node",
    "edge",
    "category",
];

/// Words at the top of a mod file beside those of resources.
const OTHERS: [&str; 3] = ["mod", "variable", "locals"];

/// Returns the words at the top of a mod file.
pub(super) fn top() -> impl Iterator<Item = &'static str> {
    OTHERS.into_iter().chain(RESOURCES)
}

/// First words of references that only a running dashboard can resolve.
pub(super) const RUNTIME: [&str; 3] = ["self", "with", "param"];

/// Further first words of references, which no mod can be named.
pub(super) const WORDS: [&str; 7] = ["var", "local", "connection", "self", "with", "param", "each"];

/// Types of connections, each with an implicit `default`.
pub(super) const CONNECTIONS: [&str; 6] = ["steampipe", "postgres", "mysql", "sqlite", "duckdb", "tailpipe"];

/// Returns the kind of resource that a reference's word means.
pub fn resource_kind(word: &str) -> Option<&'static str> {
    RESOURCES.iter().copied().find(|k| *k == word)
}

/// Attributes that nearly every resource has.
const COMMON: [&str; 9] = [
    "title",
    "description",
    "documentation",
    "tags",
    "database",
    "search_path",
    "search_path_prefix",
    "max_concurrency",
    "name",
];

/// Whether a block of that kind may have an attribute.
pub(super) fn allows_attribute(kind: &str, name: &str) -> bool {
    let shape = shape(kind);
    shape.attributes.contains(&name) || (shape.common && COMMON.contains(&name))
}

/// Returns all attributes of a kind, for suggestions.
pub(super) fn attributes(kind: &str) -> Vec<&'static str> {
    let shape = shape(kind);
    let mut all = shape.attributes.to_vec();
    if shape.common {
        all.extend(COMMON);
    }
    all
}

/// Returns the shape of a kind.
pub(super) fn shape(kind: &str) -> Shape {
    let of = |attributes, blocks| Shape { attributes, blocks, common: true };
    let part = |attributes, blocks| Shape { attributes, blocks, common: false };
    match kind {
        "mod" => part(
            &[
                "title",
                "description",
                "documentation",
                "tags",
                "categories",
                "color",
                "icon",
                "database",
                "search_path",
                "search_path_prefix",
            ],
            &["opengraph", "require", "requires"],
        ),
        "opengraph" => part(&["title", "description", "image"], &[]),
        "require" => part(&["steampipe"], &["powerpipe", "steampipe", "plugin", "mod"]),
        "require powerpipe" | "require steampipe" | "require plugin" => part(&["min_version"], &[]),
        "require mod" => {
            part(&["version", "branch", "path", "tag", "args", "database", "search_path", "search_path_prefix"], &[])
        }
        "variable" => {
            part(&["type", "default", "description", "title", "tags", "enum", "format", "sensitive"], &["validation"])
        }
        "query" => of(&["sql"], &["param"]),
        "control" => of(&["sql", "query", "args", "severity", "width", "type", "display", "base"], &["param"]),
        "detection" => {
            of(&["sql", "query", "args", "severity", "width", "type", "display", "display_columns", "base"], &["param"])
        }
        "benchmark" => part(
            &["title", "description", "documentation", "tags", "children", "type", "display", "width", "base"],
            &[],
        ),
        "param" => part(&["default", "description"], &[]),
        "dashboard" => of(&["width", "type", "display", "base"], CHILDREN),
        "container" => of(&["width", "type", "display"], CHILDREN),
        "card" => of(
            &["sql", "query", "args", "label", "value", "icon", "href", "type", "width", "display", "base"],
            &["param"],
        ),
        "chart" => of(
            &["sql", "query", "args", "grouping", "transform", "type", "width", "display", "base"],
            &["param", "legend", "series", "axes"],
        ),
        "table" => of(&["sql", "query", "args", "type", "width", "display", "base"], &["param", "column"]),
        "image" => of(&["sql", "query", "args", "src", "alt", "width", "type", "display", "base"], &["param"]),
        "text" => of(&["value", "type", "width", "display", "base"], &[]),
        "input" => of(
            &["sql", "query", "args", "label", "placeholder", "type", "width", "display", "base"],
            &["param", "option"],
        ),
        "flow" | "hierarchy" | "graph" => of(
            &["sql", "query", "args", "type", "width", "display", "direction", "base"],
            &["param", "node", "edge", "category", "with"],
        ),
        "node" | "edge" => of(&["sql", "query", "args", "category", "width", "type", "display", "base"], &["param"]),
        "category" => of(
            &["color", "icon", "href", "depth", "property_order", "width", "type", "display", "base"],
            &["fold", "property"],
        ),
        "with" => of(&["sql", "query", "args"], &["param"]),
        "legend" => part(&["display", "position"], &[]),
        "series" => part(&["title", "color"], &["point"]),
        "point" => part(&["color"], &[]),
        "axes" => part(&[], &["x", "y"]),
        "x" | "y" => part(&["min", "max"], &["title", "labels"]),
        "title" => part(&["display", "align", "value"], &[]),
        "labels" => part(&["display", "format"], &[]),
        "column" => part(&["display", "wrap", "href"], &[]),
        "option" => part(&["label"], &[]),
        "fold" => part(&["title", "icon", "threshold"], &[]),
        "property" => part(&["display", "wrap", "href"], &[]),
        _ => part(&[], &[]),
    }
}

/// What dashboards and containers hold.
pub(super) const CHILDREN: &[&str] = &[
    "dashboard",
    "card",
    "chart",
    "container",
    "control",
    "detection",
    "benchmark",
    "flow",
    "graph",
    "hierarchy",
    "image",
    "input",
    "table",
    "text",
    "with",
];

/// Whether a block inside a dashboard is a resource of its own, with or without a name.
pub(super) fn is_nested_resource(word: &str) -> bool {
    CHILDREN.contains(&word) || matches!(word, "node" | "edge" | "category")
}

/// Whether a kind of block has SQL.
pub(super) fn is_query_based(kind: &str) -> bool {
    shape(kind).attributes.contains(&"sql")
}
