//! CSV as people save it: in the encodings of spreadsheets, and with the lines that an editor shows, so that errors can
//! name them; and the guard against formulas in CSV files that are written.

mod decode;
mod guard;
mod rows;
mod table;

pub(crate) use decode::SAVE_AS_CSV;
pub use guard::{guard_formulas, looks_like_formula};
pub(crate) use rows::trim;
pub use rows::{Row, rows};
pub use table::LineProblem;
pub(crate) use table::{Table, read_table};

/// Why a file is no CSV; the message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableCsv(String);

impl UnreadableCsv {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
