//! Why a whole file is not read. What is wrong with a single row is in the sheet that was read.

use findings_core::csv_text::UnreadableCsv;
use findings_core::decision::InvalidToken;

use crate::format::OtherFormat;

/// Why a file is not read. The message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It has no bytes.
    #[error("the file is empty; attach the report again")]
    Empty,
    /// It is something else than a report.
    #[error("it is {0}")]
    OtherFormat(OtherFormat),
    /// It is larger than reports are.
    #[error("it has more than {limit} {what}; return the report itself, without other sheets or pictures")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// What there are too many of.
        what: &'static str,
    },
    /// It cannot be opened.
    #[error("the file is damaged ({0}); open it, save it as an Excel workbook (.xlsx), and return that")]
    Damaged(String),
    /// It is a text that is no CSV file.
    #[error("it cannot be read as CSV: {0}")]
    Csv(#[from] UnreadableCsv),
    /// It has no table of a report.
    #[error(
        "no sheet has the columns {decision} and {key} in one of its first {rows} rows; return the report itself",
        decision = crate::column::EXPECTED[0],
        key = crate::column::EXPECTED[1],
        rows = crate::table::HEADING_ROWS
    )]
    NoTable,
    /// Two columns have the same name.
    #[error("{place}: the columns {columns} have the same name; rename the one that you added")]
    TwoColumns {
        /// The row with the names.
        place: String,
        /// Letters of the columns.
        columns: String,
    },
    /// Its mark is missing, was changed, or is too old.
    #[error(transparent)]
    Mark(#[from] InvalidToken),
    /// It has the marks of two reports.
    #[error("it has the marks of two reports; return each report in a file of its own")]
    TwoReports,
    /// It has the mark of another report than the one that was named.
    #[error("it is the report of another project or run than the one that was named; name the right one")]
    OtherReport,
}
