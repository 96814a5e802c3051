//! Which attributes and blocks each kind of block may have.

/// The shape of a kind of block.
pub(super) struct Shape {
    pub attributes: &'static [&'static str],
    pub blocks: &'static [&'static str],
}

/// Words at the top of a mod file.
pub(super) const TOP: [&str; 20] = [
    "mod",
    "variable",
    "locals",
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
];

/// Attributes that nearly every resource has.
const COMMON: [&str; 10] = [
    "title",
    "description",
    "documentation",
    "tags",
    "database",
    "search_path",
    "search_path_prefix",
    "max_concurrency",
    "name",
    "base",
];

/// Whether a resource of that kind may have an attribute.
pub(super) fn allows_attribute(kind: &str, name: &str) -> bool {
    let shape = shape(kind);
    shape.attributes.contains(&name)
        || (kind != "benchmark"
            && kind != "mod"
            && kind != "variable"
            && kind != "param"
            && COMMON.contains(&name)
            && !(name == "base" && kind == "query"))
}

/// Returns all attributes of a kind, for suggestions.
pub(super) fn attributes(kind: &str) -> Vec<&'static str> {
    let mut all = shape(kind).attributes.to_vec();
    if !matches!(kind, "benchmark" | "mod" | "variable" | "param") {
        all.extend(COMMON);
    }
    all
}

/// Returns the shape of a kind.
pub(super) fn shape(kind: &str) -> Shape {
    let of = |attributes, blocks| Shape { attributes, blocks };
    match kind {
        "mod" => of(
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
        "variable" => {
            of(&["type", "default", "description", "title", "tags", "enum", "format", "sensitive"], &["validation"])
        }
        "query" => of(&["sql"], &["param"]),
        "control" => of(&["sql", "query", "args", "severity", "width", "type", "display"], &["param"]),
        "detection" => {
            of(&["sql", "query", "args", "severity", "width", "type", "display", "display_columns"], &["param"])
        }
        "benchmark" => {
            of(&["title", "description", "documentation", "tags", "children", "type", "display", "width", "base"], &[])
        }
        "param" => of(&["default", "description"], &[]),
        "dashboard" => of(&["width", "display", "url_path"], CHILDREN),
        "container" => of(&["width", "display"], CHILDREN),
        "card" => {
            of(&["sql", "query", "args", "label", "value", "icon", "href", "type", "width", "display"], &["param"])
        }
        "chart" => of(
            &["sql", "query", "args", "grouping", "transform", "type", "width", "display"],
            &["param", "legend", "series", "axes"],
        ),
        "table" => of(&["sql", "query", "args", "type", "width", "display"], &["param", "column"]),
        "image" => of(&["sql", "query", "args", "src", "alt", "width", "type", "display"], &["param"]),
        "text" => of(&["value", "type", "width", "display"], &[]),
        "input" => {
            of(&["sql", "query", "args", "label", "placeholder", "type", "width", "display"], &["param", "option"])
        }
        "flow" | "hierarchy" | "graph" => of(
            &["sql", "query", "args", "type", "width", "display", "direction"],
            &["param", "node", "edge", "category", "with"],
        ),
        "node" | "edge" => of(&["sql", "query", "args", "category", "width", "type", "display"], &["param"]),
        "category" => {
            of(&["color", "icon", "href", "depth", "property_order", "width", "type", "display"], &["fold", "property"])
        }
        "with" => of(&["sql", "query", "args"], &["param"]),
        _ => of(&[], &[]),
    }
}

const CHILDREN: &[&str] = &[
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
    "node",
    "edge",
];
