//! Documentation as HTML that cannot do harm.
//!
//! A mod's documentation is Markdown by its author. It is rendered without raw HTML, without images, and with links
//! to web addresses only. Headings go on below those of the page.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// Documentation, split where its reader looks for different things.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Documentation {
    /// How to put the finding right; HTML.
    pub remediation: String,
    /// Everything else; HTML.
    pub about: String,
}

/// Renders documentation, taking the part below a heading that begins with `Remediation` apart.
pub fn render_documentation(markdown: &str, heading: usize) -> Documentation {
    let (about, remediation) = split_remediation(markdown);
    Documentation { remediation: render(&remediation, heading), about: render(&about, heading) }
}

/// Renders Markdown as safe HTML below a heading of that level.
pub fn render(markdown: &str, heading: usize) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut skipped_links = 0_usize;
    let mut levels = Levels { outer: heading, first: None, current: heading };
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock | Tag::Image { .. }) | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: levels.next(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(levels.current()))),
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            if is_web_address(&dest_url, link_type) {
                Some(Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title: CowStr::Borrowed(""),
                    id: CowStr::Borrowed(""),
                }))
            } else {
                skipped_links += 1;
                None
            }
        }
        Event::End(TagEnd::Link) if skipped_links > 0 => {
            skipped_links -= 1;
            None
        }
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    // A wide block must be reachable with the keyboard to be scrolled.
    out.replace("<pre>", "<pre tabindex=\"0\">").replace("<a href=", "<a rel=\"noreferrer noopener\" href=")
}

fn is_web_address(url: &str, link_type: LinkType) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    matches!(link_type, LinkType::Email)
        || lower.starts_with("https://")
        || lower.starts_with("http://")
        || lower.starts_with("mailto:")
}

/// Levels of headings, so that they go on from the page's own without leaving one out.
struct Levels {
    /// The level of the page's heading above.
    outer: usize,
    /// The level of the first heading in the Markdown.
    first: Option<usize>,
    /// The level that the last heading was given.
    current: usize,
}

impl Levels {
    fn next(&mut self, level: HeadingLevel) -> HeadingLevel {
        let level = level as usize;
        let first = *self.first.get_or_insert(level);
        self.current = (self.outer + 1 + level.saturating_sub(first)).min(self.current + 1).min(6);
        self.current()
    }

    fn current(&self) -> HeadingLevel {
        HeadingLevel::try_from(self.current).unwrap_or(HeadingLevel::H6)
    }
}

/// Splits at top headings (`#`, `##`) outside code fences.
fn split_remediation(markdown: &str) -> (String, String) {
    let mut about = String::new();
    let mut remediation = String::new();
    let mut in_remediation = false;
    let mut fence: Option<&str> = None;
    for line in markdown.split_inclusive('\n') {
        let trimmed = line.trim_start();
        match fence {
            Some(mark) if trimmed.starts_with(mark) => fence = None,
            Some(_) => {}
            None if trimmed.starts_with("```") => fence = Some("```"),
            None if trimmed.starts_with("~~~") => fence = Some("~~~"),
            None => {
                let hashes = line.chars().take_while(|c| *c == '#').count();
                if (1..=2).contains(&hashes) {
                    let title = line.trim_matches(['#', ' ', '\n', '\r']);
                    in_remediation = title.to_ascii_lowercase().starts_with("remediation");
                    if in_remediation {
                        continue;
                    }
                }
            }
        }
        if in_remediation { &mut remediation } else { &mut about }.push_str(line);
    }
    (about, remediation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_becomes_text() {
        let html = render("a <script>alert(1)</script> b\n\n<img src=x onerror=alert(1)>\n", 2);
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn only_web_links_survive() {
        let html = render(
            "[a](javascript:alert(1)) [b](https://example.com/) ![c](https://example.com/x.png) [d](data:text/html,x)",
            2,
        );
        assert!(!html.contains("javascript:") && !html.contains("<img") && !html.contains("data:"), "{html}");
        assert!(html.contains("href=\"https://example.com/\""));
        assert!(html.contains('a') && html.contains('c') && html.contains('d'));
    }

    #[test]
    fn headings_leave_no_level_out() {
        let html = render("## a\n\n#### b\n\n##### c\n\n# d\n", 3);
        for expected in ["<h4>a</h4>", "<h5>b</h5>", "<h6>c</h6>", "<h4>d</h4>"] {
            assert!(html.contains(expected), "{html}");
        }
    }

    #[test]
    fn remediation_is_taken_apart() {
        let parts = render_documentation(
            "## Description\n\nfirst\n\n## Remediation\n\n1. do it\n\n```\n# not a heading\n```\n\n## References\n\nlast\n",
            2,
        );
        assert!(parts.remediation.contains("do it") && parts.remediation.contains("# not a heading"));
        assert!(parts.about.contains("first") && parts.about.contains("last") && !parts.about.contains("do it"));
    }
}
