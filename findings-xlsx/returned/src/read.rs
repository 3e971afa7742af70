//! Reads a file, whatever it is.

use findings_core::Locale;
use findings_core::decision::DecisionSheet;

use crate::csv_file;
use crate::error::ReadError;
use crate::format::{FileFormat, OtherFormat, Sniffed, sniff};
use crate::json_file;
use crate::mark::Marks;
use crate::ods;
use crate::options::ReadOptions;
use crate::package::{self, Checked, Workbook};
use crate::table::{Entries, Places, Tables};
use crate::xlsx;

/// What a returned report has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReturnedReport {
    /// The report, its rows with an entry, and the entries that could not be read. Rows that are as the report was
    /// filled are among them; [`plan`](findings_core::decision::plan) tells them apart.
    pub sheet: DecisionSheet,
    /// The format of the file.
    pub format: FileFormat,
    /// Number of rows about findings, with an entry or without.
    pub findings: u64,
    /// The sheets that were read, by their names in the file; empty for CSV and JSON.
    pub tables: Vec<String>,
    /// The language of the report, if the file shows it.
    pub locale: Option<Locale>,
}

/// Reads a file that came back. Its name does not count: what it is, its bytes say.
///
/// ```
/// use findings_core::decision::{DecisionKind, SheetSource};
/// use findings_returned::{FileFormat, ReadOptions, read};
/// let source = SheetSource::new("Payments", "2026-11-23".parse()?, "2027-02-21T00:00:00Z".parse()?);
/// let csv = "Finding ID;Account;Decision;Due date\nf-1;123456789012;To fix;2027/3/31\nf-2;123456789012;;\n";
/// let returned = read(csv.as_bytes(), &ReadOptions::told(source))?;
/// assert_eq!((returned.format, returned.findings), (FileFormat::Csv, 2));
/// let row = &returned.sheet.rows[0];
/// assert_eq!((row.place.as_str(), row.entry.kind), ("line 2", DecisionKind::ToFix));
/// assert_eq!(row.entry.due, Some("2027-03-31".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file as a whole cannot be read: see [`ReadError`]. What is wrong with single rows is in
/// [`DecisionSheet::problems`].
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<ReturnedReport, ReadError> {
    let limits = &options.limits;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    if bytes.len() as u64 > limits.bytes {
        return Err(ReadError::TooLarge { limit: limits.bytes, what: "bytes" });
    }
    let (format, entries, marks) = match sniff(bytes) {
        Sniffed::Other(format) => return Err(ReadError::OtherFormat(format)),
        Sniffed::Zip => read_workbook(bytes, options)?,
        Sniffed::Json => {
            let mut marks = Marks::default();
            let entries = json_file::read(bytes, limits, &mut marks)?;
            if entries.findings == 0 && entries.problems.is_empty() {
                return Err(ReadError::NoTable);
            }
            (FileFormat::Json, entries, marks)
        }
        Sniffed::Text => {
            let mut tables = Tables::new(limits, Places::Lines, Marks::default());
            csv_file::read(bytes, limits, &mut tables).map_err(|error| unknown(bytes, error))?;
            let Tables { mut entries, marks, .. } = tables;
            entries.tables.clear();
            (FileFormat::Csv, entries, marks)
        }
    };
    returned(format, entries, &marks, options)
}

fn read_workbook(bytes: &[u8], options: &ReadOptions) -> Result<(FileFormat, Entries, Marks), ReadError> {
    let limits = &options.limits;
    let Checked { workbook, archive, marks } = package::check(bytes, limits)?;
    let mut tables = Tables::new(limits, Places::Sheets, marks);
    let format = match workbook {
        Workbook::Xlsx => {
            xlsx::read(&archive, limits, &mut tables)?;
            FileFormat::Xlsx
        }
        Workbook::Ods => {
            ods::read(&archive, limits, &mut tables)?;
            FileFormat::Ods
        }
    };
    if tables.entries.tables.is_empty() {
        return Err(ReadError::NoTable);
    }
    Ok((format, tables.entries, tables.marks))
}

/// Bytes that are no text are no CSV file that is damaged.
fn unknown(bytes: &[u8], error: ReadError) -> ReadError {
    let is_text = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || !bytes.contains(&0);
    if is_text { error } else { ReadError::OtherFormat(OtherFormat::Unknown) }
}

fn returned(
    format: FileFormat,
    entries: Entries,
    marks: &Marks,
    options: &ReadOptions,
) -> Result<ReturnedReport, ReadError> {
    let source = marks.source(options)?;
    let mut sheet = DecisionSheet::new(source).with_rows(entries.rows);
    sheet.problems = entries.problems;
    Ok(ReturnedReport { sheet, format, findings: entries.findings, tables: entries.tables, locale: entries.locale })
}
