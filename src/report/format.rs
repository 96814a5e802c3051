//! Names, aliases and file extensions of the formats.

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The tree for a terminal.
    Text,
    /// The same without rows that are fine.
    Brief,
    /// Comma-separated values.
    Csv,
    /// One self-contained page.
    Html,
    /// Groups, controls and results.
    Json,
    /// Markdown.
    Md,
    /// What every other format can be made from again.
    Snapshot,
    /// NUnit 3 XML.
    Nunit3,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// OCSF compliance findings.
    Ocsf,
    /// AWS Security Finding Format.
    Asff,
    /// A GitHub step summary.
    Github,
    /// Nothing.
    None,
}

/// Name, alias, extension of a file that gets its name from us, and suffixes of file names that mean the format.
const TABLE: [(Format, &str, &str, &str, &[&str]); 14] = [
    (Format::Text, "text", "", ".txt", &[".txt"]),
    (Format::Brief, "brief", "", ".txt", &[]),
    (Format::Csv, "csv", "", ".csv", &[".csv"]),
    (Format::Html, "html", "", ".html", &[".html"]),
    (Format::Json, "json", "", ".json", &[".json"]),
    (Format::Md, "md", "", ".md", &[".md"]),
    (Format::Snapshot, "snapshot", "pps", ".pps", &[".pps", ".sps"]),
    (Format::Nunit3, "nunit3", "nunit3.xml", ".nunit3.xml", &[".xml"]),
    (Format::Junit, "junit", "junit.xml", ".junit.xml", &[".junit.xml"]),
    (Format::Sarif, "sarif", "sarif.json", ".sarif", &[".sarif", ".sarif.json"]),
    (Format::Ocsf, "ocsf", "ocsf.json", ".ocsf.jsonl", &[".ocsf.jsonl", ".ocsf.json"]),
    (Format::Asff, "asff", "asff.json", ".asff.json", &[".asff.json"]),
    (Format::Github, "github", "github.md", ".github.md", &[".github.md"]),
    (Format::None, "none", "", "", &[]),
];

impl Format {
    /// The names that `--output` takes, in the order of help.
    pub const NAMES: [&str; 15] = [
        "text", "brief", "csv", "html", "json", "md", "snapshot", "pps", "nunit3", "junit", "sarif", "ocsf", "asff",
        "github", "none",
    ];

    /// Finds a format by name or alias, whatever the case.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        TABLE.iter().find(|(_, n, alias, ..)| *n == name || (!alias.is_empty() && *alias == name)).map(|(f, ..)| *f)
    }

    /// Finds the format that a file name means; the longest suffix wins.
    pub fn of_file(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let suffixes = TABLE.iter().flat_map(|(f, .., s)| s.iter().map(move |x| (*f, *x)));
        suffixes.filter(|(_, s)| name.ends_with(s)).max_by_key(|(_, s)| s.len()).map(|(f, _)| f)
    }

    /// Returns the extension of a file without a name of its own.
    pub fn extension(self) -> &'static str {
        TABLE.iter().find(|(f, ..)| *f == self).map_or("", |(_, _, _, e, _)| e)
    }

    /// Returns the name.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(f, ..)| *f == self).map_or("", |(_, n, ..)| n)
    }
}
