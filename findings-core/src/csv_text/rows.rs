//! The rows of a CSV file with their line numbers.

use csv::{ReaderBuilder, StringRecord};

use super::UnreadableCsv;
use super::decode::decode;
use super::limits;

/// A row that is not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// First line, counted from 1.
    pub line: u64,
    /// Last line: a quoted cell may hold line breaks.
    pub last_line: u64,
    /// Whether the file ends inside a quoted cell, which then holds all lines to the end of the file.
    pub unclosed: bool,
    /// The cells, without the white space around them.
    pub cells: Vec<String>,
}

impl Row {
    /// The cell of a column, counted from 0; empty if the row is shorter.
    pub fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// Reads the rows of a CSV file in UTF-8, UTF-16 with a byte order mark, Shift_JIS, EUC-JP or ISO-2022-JP. Blank rows,
/// such as the `,,,` that spreadsheets leave below the data, are left out, and a 0x1A at the end of the file.
///
/// ```
/// use findings_core::csv_text::rows;
/// let rows = rows(b"control,fix\r\n,\r\nS3.1,\"block it\"\r\n")?;
/// assert_eq!((rows[1].line, rows[1].cell(1)), (3, "block it"));
/// # Ok::<(), findings_core::csv_text::UnreadableCsv>(())
/// ```
///
/// # Errors
/// If the file is not text, is in another format of a spreadsheet, or has a row with more than 1,000 fields, more than
/// 1,000,000 rows or more than 8,000,000 cells.
pub fn rows(bytes: &[u8]) -> Result<Vec<Row>, UnreadableCsv> {
    rows_separated_by(bytes, b',')
}

/// Reads the rows of a file like [`rows`], whose cells another byte separates, such as `;` or a tab.
///
/// ```
/// use findings_core::csv_text::rows_separated_by;
/// let rows = rows_separated_by(b"control;fix\r\nS3.1;\"block; it\"\r\n", b';')?;
/// assert_eq!(rows[1].cell(1), "block; it");
/// # Ok::<(), findings_core::csv_text::UnreadableCsv>(())
/// ```
///
/// # Errors
/// Those of [`rows`].
pub fn rows_separated_by(bytes: &[u8], separator: u8) -> Result<Vec<Row>, UnreadableCsv> {
    let text = &*decode(bytes)?;
    limits::check_fields(text, separator)?;
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut lines = LineCounter { text, at: 0, line: 1 };
    let mut rows = Vec::new();
    let mut count = 0;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| UnreadableCsv::new(format!("it is not CSV: {e}")))? {
        let begin = record.position().map_or(0, |position| offset(position.byte()));
        let end = offset(reader.position().byte());
        let line = lines.up_to(skip_breaks(text, begin));
        let raw = text.get(lines.at..end).unwrap_or_default();
        let last_line = lines.up_to(lines.at + raw.trim_end_matches(['\r', '\n']).len());
        let cells: Vec<String> = record.iter().map(|cell| trim(cell).to_owned()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            // the CSV reader accepts an unclosed quote and takes the rest of the file for one cell
            let unclosed = raw.matches('"').count() % 2 == 1 && last_line > line && end >= text.len();
            count += cells.len();
            limits::check_size(rows.len() + 1, count)?;
            rows.push(Row { line, last_line, unclosed, cells });
        }
    }
    Ok(rows)
}

/// Trims white space, and invisible characters that come with text from spreadsheets and web pages.
pub(crate) fn trim(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}'))
}

fn offset(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}

/// Skips line breaks. The CSV reader counts the `\n` of a `\r\n`, and empty lines, as part of the next record, so its
/// own line numbers are too small.
fn skip_breaks(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start_matches(['\r', '\n']).len())
}

/// Counts lines. `\n`, `\r\n` and a lone `\r` are one line break each.
struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// Returns the line of the byte at `to`, which must not be less than in earlier calls.
    fn up_to(&mut self, to: usize) -> u64 {
        let bytes = self.text.as_bytes();
        while self.at < to.min(bytes.len()) {
            let byte = bytes[self.at];
            let is_cr_of_crlf = byte == b'\r' && bytes.get(self.at + 1) == Some(&b'\n');
            if byte == b'\n' || (byte == b'\r' && !is_cr_of_crlf) {
                self.line += 1;
            }
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, u64)> {
        rows(text.as_bytes()).unwrap().iter().map(|row| (row.line, row.last_line)).collect()
    }

    #[test]
    fn line_numbers_match_an_editor() {
        for (text, want) in [
            ("a\nb\nc", vec![(1, 1), (2, 2), (3, 3)]),
            ("a\r\nb\r\nc\r\n", vec![(1, 1), (2, 2), (3, 3)]),
            ("a\rb\rc", vec![(1, 1), (2, 2), (3, 3)]),
            ("\n\na\n\n\nb\n", vec![(3, 3), (6, 6)]),
            ("\r\n\r\na\r\n\r\nb", vec![(3, 3), (5, 5)]),
            ("a,\"x\ny\nz\",b\nc", vec![(1, 3), (4, 4)]),
            ("a,\"x\r\ny\"\r\nc", vec![(1, 2), (3, 3)]),
            ("a\n,,\n  \n\u{3000},\nb", vec![(1, 1), (5, 5)]),
        ] {
            assert_eq!(lines(text), want, "{text:?}");
        }
    }

    #[test]
    fn unclosed_quote_is_detected() {
        let unclosed = |text: &str| rows(text.as_bytes()).unwrap().last().unwrap().unclosed;
        assert!(unclosed("a\nb,\"c\nd,e\n"));
        assert!(!unclosed("a\nb,\"c\nd\",e\n"));
        assert!(!unclosed("a\n5\" disk,c\n"));
    }
}
