//! Whether an XML document is sound: elements closed in order, not nested deeply, no document type, and references of
//! cells that a reader of workbooks can compute with.

use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::mark::Marks;

/// The deepest nesting. Workbooks have about ten.
const DEEPEST: usize = 100;
/// The most bytes of a name with its attributes, and of a text. A cell has at most 32,767 characters.
const LONGEST: usize = 4 << 20;
/// Parts with the properties of a document.
const PROPERTIES: [&str; 2] = ["docProps/custom.xml", "meta.xml"];
/// Elements of a sheet that have a reference of cells.
const WITH_REFERENCE: [&str; 5] = ["c", "row", "dimension", "mergeCell", "f"];
/// The last cell of a sheet is XFD1048576.
const LAST_ROW: u32 = 1_048_576;
const LAST_COLUMN: u32 = 16_384;

/// Why a document is not read.
#[derive(Debug)]
pub(super) enum Fault {
    TooLarge,
    Encrypted,
    Unsound(String),
}

impl Fault {
    fn unsound(why: &impl ToString) -> Self {
        Self::Unsound(why.to_string())
    }
}

/// A document that is being checked.
pub(super) struct Document<'a, R> {
    pub(super) name: &'a str,
    pub(super) reader: R,
}

impl<R: Read> Document<'_, R> {
    pub(super) fn check(self, elements: &mut u64, marks: &mut Marks) -> Result<(), Fault> {
        let mut reader = Reader::from_reader(BufReader::new(self.reader));
        let is_property = PROPERTIES.contains(&self.name);
        let is_manifest = self.name == "META-INF/manifest.xml";
        let mut buffer = Vec::new();
        let mut depth = 0_usize;
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer).map_err(|e| Fault::unsound(&e))?;
            match &event {
                Event::Start(element) | Event::Empty(element) => {
                    *elements = elements.checked_sub(1).ok_or(Fault::TooLarge)?;
                    if is_manifest && element.name().as_ref() == "manifest:encryption-data" {
                        return Err(Fault::Encrypted);
                    }
                    check_references(element)?;
                    depth += usize::from(matches!(event, Event::Start(_)));
                    if depth > DEEPEST {
                        return Err(Fault::unsound(&"elements are nested too deeply"));
                    }
                }
                // the reader has compared the names
                Event::End(_) => depth = depth.saturating_sub(1),
                Event::Text(text) if is_property => marks.add_property(text),
                Event::DocType(_) => return Err(Fault::unsound(&"it has a document type")),
                Event::Eof if depth > 0 => return Err(Fault::unsound(&"it ends too early")),
                Event::Eof => return Ok(()),
                _ => {}
            }
            if buffer.len() > LONGEST {
                return Err(Fault::TooLarge);
            }
        }
    }
}

/// Checks the attributes that refer to cells.
fn check_references(element: &BytesStart<'_>) -> Result<(), Fault> {
    if !WITH_REFERENCE.contains(&element.local_name().as_ref()) {
        return Ok(());
    }
    let is_row = element.local_name().as_ref() == "row";
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| Fault::unsound(&e))?;
        let is_sound = match attribute.key.as_ref() {
            "r" if is_row => row_number(&attribute.value).is_some(),
            "r" | "ref" => is_reference(&attribute.value),
            _ => true,
        };
        if !is_sound {
            return Err(Fault::unsound(&"it refers to a cell that cannot be"));
        }
    }
    Ok(())
}

fn is_reference(text: &str) -> bool {
    match text.split_once(':') {
        None => cell(text).is_some(),
        Some((first, last)) => match (cell(first), cell(last)) {
            (Some(first), Some(last)) => first.0 <= last.0 && first.1 <= last.1,
            _ => false,
        },
    }
}

/// Row and column of a reference such as `B12`.
fn cell(text: &str) -> Option<(u32, u32)> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = text.split_at(at);
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, b| sum * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    Some((row_number(digits)?, column)).filter(|(_, column)| *column <= LAST_COLUMN)
}

fn row_number(digits: &str) -> Option<u32> {
    let is_plain = !digits.is_empty() && digits.len() <= 7 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|row| is_plain && (1..=LAST_ROW).contains(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(xml: &str) -> Result<(), Fault> {
        Document { name: "x.xml", reader: xml.as_bytes() }.check(&mut 1_000, &mut Marks::default())
    }

    #[test]
    fn unsound_documents_are_refused() {
        let deep = format!("{}{}", "<a>".repeat(101), "</a>".repeat(101));
        for xml in [
            "<a><b></a></b>",
            "<a>",
            "<a",
            "</a>",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            &deep,
            "<worksheet><dimension ref=\"B2:A1\"/></worksheet>",
            "<worksheet><c r=\"AAAA1\"/></worksheet>",
            "<worksheet><c r=\"A1048577\"/></worksheet>",
            "<worksheet><row r=\"99999999999\"/></worksheet>",
            "<x:worksheet><x:c r=\"1\"/></x:worksheet>",
            "<worksheet><f ref=\"A1:\"/></worksheet>",
        ] {
            assert!(matches!(check(xml), Err(Fault::Unsound(_))), "{xml}");
        }
        for xml in
            ["<a><b/></a>", "<worksheet><c r=\"XFD1048576\"/><row r=\"7\"/><mergeCell ref=\"a1:B9\"/></worksheet>"]
        {
            check(xml).unwrap();
        }
        assert!(matches!(check(&"<a/>".repeat(1_001)), Err(Fault::TooLarge)));
    }
}
