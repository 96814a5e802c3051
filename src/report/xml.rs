//! What JUnit and NUnit files have in common.

use quick_xml::Writer;
use std::io;

/// Returns a text without what XML 1.0 cannot hold.
pub fn xml_text(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}

/// Writes `<properties>` with a `<property>` for each name and value; nothing when there is none.
pub fn properties<W: io::Write, N: AsRef<str>>(all: &[(N, &str)], xml: &mut Writer<W>) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    xml.create_element("properties").write_inner_content(|xml| {
        all.iter().try_for_each(|(name, value)| {
            xml.create_element("property")
                .with_attribute(("name", &*xml_text(name.as_ref())))
                .with_attribute(("value", &*xml_text(value)))
                .write_empty()
                .map(|_| ())
        })
    })?;
    Ok(())
}
