//! Rows of a sheet as XML, appended to a text: the part of a workbook that grows with the findings.

use std::fmt::Write as _;

/// The look of a cell: its place in the workbook's table of formats, as XML; empty for the default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Style(String);

impl Style {
    pub(crate) fn new(index: &str) -> Self {
        Self(if index.is_empty() { String::new() } else { format!(" s=\"{index}\"") })
    }
}

/// Where a cell stands: the letters of its column and the number of its row, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) column: &'a str,
    pub(crate) row: &'a str,
}

/// Begins a row of so many pixels.
pub(crate) fn open_row(out: &mut String, row: &str, pixels: u32) {
    let _ = write!(out, "<row r=\"{row}\" ht=\"{}\" customHeight=\"1\">", f64::from(pixels) * 0.75);
}

pub(crate) fn close_row(out: &mut String) {
    out.push_str("</row>");
}

pub(crate) fn number(out: &mut String, at: Place<'_>, style: &Style, number: f64) {
    open_cell(out, at, style);
    let _ = write!(out, "><v>{number}</v></c>");
}

/// A text, which stays one whatever it begins with. Control characters must have been replaced before.
pub(crate) fn text(out: &mut String, at: Place<'_>, style: &Style, text: &str) {
    open_cell(out, at, style);
    let is_space = [' ', '\t', '\n'];
    let keep = text.starts_with(is_space) || text.ends_with(is_space);
    out.push_str(if keep { " t=\"inlineStr\"><is><t xml:space=\"preserve\">" } else { " t=\"inlineStr\"><is><t>" });
    escape(out, text);
    out.push_str("</t></is></c>");
}

fn open_cell(out: &mut String, at: Place<'_>, style: &Style) {
    for part in ["<c r=\"", at.column, at.row, "\"", &style.0] {
        out.push_str(part);
    }
}

/// Appends a text as XML. What Excel would read as one of its own escapes, `_x0041_`, is escaped as it does itself.
fn escape(out: &mut String, text: &str) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'_' if is_excel_escape(&text.as_bytes()[at..]) => "_x005F_",
            _ => continue,
        };
        out.push_str(&text[done..at]);
        out.push_str(escaped);
        done = at + 1;
    }
    out.push_str(&text[done..]);
}

fn is_excel_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'_', b'x', digits @ .., ] if digits.len() > 4
        && digits[..4].iter().all(u8::is_ascii_hexdigit) && digits[4] == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(&mut out, text);
        out
    }

    #[test]
    fn markup_and_excels_own_escapes_are_texts() {
        assert_eq!(escaped("a<b>&\"c\" 日本"), "a&lt;b&gt;&amp;\"c\" 日本");
        assert_eq!(escaped("_x0041_"), "_x005F_x0041_");
        assert_eq!(escaped("_x0041_x00e9_"), "_x005F_x0041_x005F_x00e9_");
        for plain in ["", "_x004", "_x00G1_", "_", "__x", "snake_x_case"] {
            assert_eq!(escaped(plain), plain);
        }
    }

    #[test]
    fn a_row_is_as_excel_writes_it() {
        let mut out = String::new();
        let at = |column| Place { column, row: "2" };
        open_row(&mut out, "2", 65);
        number(&mut out, at("A"), &Style::new("3"), 46_349.5);
        text(&mut out, at("B"), &Style::new(""), "=1+1\n");
        close_row(&mut out);
        assert_eq!(
            out,
            "<row r=\"2\" ht=\"48.75\" customHeight=\"1\"><c r=\"A2\" s=\"3\"><v>46349.5</v></c>\
             <c r=\"B2\" t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1\n</t></is></c></row>"
        );
    }
}
