//! Reading of CSV files as spreadsheets save them, with the line numbers that an editor shows, for error messages; and
//! the guard against formulas in CSV files that are written.

mod decode;
mod file;
mod guard;
mod japanese;
mod limits;
mod listed;
mod rows;
mod table;

pub(crate) use decode::SAVE_AS_CSV;
pub use file::{MAX_BYTES, TOO_LARGE, read_file};
pub use guard::{guard_formulas, looks_like_formula, unguard_formulas};
pub(crate) use listed::{LISTED, and_more, cut};
pub(crate) use rows::trim;
pub use rows::{Row, rows, rows_separated_by};
pub use table::LineProblem;
pub(crate) use table::{Table, read_table};

/// The error for a file that is not CSV. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableCsv(String);

impl UnreadableCsv {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
