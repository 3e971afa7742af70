//! Appends rows and cells of a sheet as XML to a buffer: the part of a workbook that grows with the findings.

use std::fmt::Write as _;

/// The format of a cell: an XML attribute with its number in the workbook's table of formats, empty for the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style(String);

impl Style {
    pub(crate) fn new(index: &str) -> Self {
        Self(if index.is_empty() { String::new() } else { format!(" s=\"{index}\"") })
    }
}

/// The reference of a cell, such as `B2`: the letters of its column and the number of its row, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellRef<'a> {
    pub(crate) column: &'a str,
    pub(crate) row: &'a str,
}

/// Appends a row with its height in pixels; Excel counts in points. A filter hides rows.
pub(crate) fn row(out: &mut String, row: &str, pixels: u32, is_hidden: bool, cells: &str) {
    // writing to a String cannot fail
    let hidden = if is_hidden { " hidden=\"1\"" } else { "" };
    let height = f64::from(pixels) * 0.75;
    let _ = write!(out, "<row r=\"{row}\" ht=\"{height}\" customHeight=\"1\"{hidden}>{cells}</row>");
}

/// Appends a cell with a number.
pub(crate) fn number(out: &mut String, at: CellRef<'_>, style: &Style, number: f64) {
    open_cell(out, at, style, "");
    let _ = write!(out, "<v>{number}</v></c>");
}

/// Appends a cell with a text, which stays a text whatever it begins with. Control characters must have been replaced
/// before.
pub(crate) fn text(out: &mut String, at: CellRef<'_>, style: &Style, text: &str) {
    open_cell(out, at, style, " t=\"inlineStr\"");
    out.push_str("<is>");
    text_element(out, text);
    out.push_str("</is></c>");
}

/// Appends a cell that refers to a shared string by its number.
pub(crate) fn shared_text(out: &mut String, at: CellRef<'_>, style: &Style, number: &str) {
    open_cell(out, at, style, " t=\"s\"");
    for part in ["<v>", number, "</v></c>"] {
        out.push_str(part);
    }
}

/// Appends an entry of the shared strings.
pub(crate) fn list_item(out: &mut String, text: &str) {
    out.push_str("<si>");
    text_element(out, text);
    out.push_str("</si>");
}

fn text_element(out: &mut String, text: &str) {
    // without the attribute, readers drop white space at the ends of a text
    let is_space = [' ', '\t', '\n'];
    let keep = text.starts_with(is_space) || text.ends_with(is_space);
    out.push_str(if keep { "<t xml:space=\"preserve\">" } else { "<t>" });
    escape(out, text);
    out.push_str("</t>");
}

/// Opens a cell.
///
/// The reference comes last, unlike in files that Excel writes: the cells of a column then begin with the same bytes,
/// which compress faster. The order of attributes has no meaning in XML.
fn open_cell(out: &mut String, at: CellRef<'_>, style: &Style, kind: &str) {
    for part in ["<c", &style.0, kind, " r=\"", at.column, at.row, "\">"] {
        out.push_str(part);
    }
}

/// Appends a text as XML. A text that Excel would read as one of its own escapes, such as `_x0041_`, is escaped the way
/// Excel does it.
fn escape(out: &mut String, text: &str) {
    // most texts have nothing to escape; a loop without an early exit finds that out far faster, as it is vectorised
    if text.bytes().fold(true, |so_far, byte| so_far & !matches!(byte, b'&' | b'<' | b'>' | b'_')) {
        out.push_str(text);
        return;
    }
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
    fn escape_keeps_markup_and_excel_escapes_as_text() {
        assert_eq!(escaped("a<b>&\"c\" 日本"), "a&lt;b&gt;&amp;\"c\" 日本");
        assert_eq!(escaped("_x0041_"), "_x005F_x0041_");
        assert_eq!(escaped("_x0041_x00e9_"), "_x005F_x0041_x005F_x00e9_");
        for plain in ["", "_x004", "_x00G1_", "_", "__x", "snake_x_case"] {
            assert_eq!(escaped(plain), plain);
        }
    }

    #[test]
    fn row_has_the_elements_that_excel_writes() {
        let (mut cells, mut out) = (String::new(), String::new());
        let at = |column| CellRef { column, row: "2" };
        number(&mut cells, at("A"), &Style::new("3"), 46_349.5);
        text(&mut cells, at("B"), &Style::new(""), "=1+1\n");
        shared_text(&mut cells, at("C"), &Style::new("4"), "17");
        row(&mut out, "2", 65, false, &cells);
        assert_eq!(
            out,
            "<row r=\"2\" ht=\"48.75\" customHeight=\"1\"><c s=\"3\" r=\"A2\"><v>46349.5</v></c>\
             <c t=\"inlineStr\" r=\"B2\"><is><t xml:space=\"preserve\">=1+1\n</t></is></c>\
             <c s=\"4\" t=\"s\" r=\"C2\"><v>17</v></c></row>"
        );
    }
}
