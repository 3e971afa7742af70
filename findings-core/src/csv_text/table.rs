//! Small tables of named columns that people keep beside the registry: the same encodings, the same line numbers.

use std::fmt;

use super::{Row, rows};
use crate::{Error, ErrorKind, Result};

/// A line of a table that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineProblem {
    /// Line, counted from 1, the header being the first.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

impl LineProblem {
    /// What is wrong with a line.
    pub fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// A CSV file of `N` named columns.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    /// Line and cells of each row, in the order of the columns asked for; a missing cell is empty.
    pub(crate) rows: Vec<(u64, [String; N])>,
}

/// Reads the columns of these names, in any order and case; others are left out.
pub(crate) fn read_table<const N: usize>(
    bytes: &[u8],
    operation: &'static str,
    columns: [&str; N],
) -> Result<Table<N>> {
    read(bytes, columns).map_err(|message| Error::new(ErrorKind::InvalidInput, operation).with_message(message))
}

/// The message of the error says what is wrong and what to do.
fn read<const N: usize>(bytes: &[u8], columns: [&str; N]) -> Result<Table<N>, String> {
    let rows = rows(bytes).map_err(|e| e.to_string())?;
    let expected = columns.join(",");
    let Some(header) = rows.first() else {
        return Err(format!("it is empty; expected a header line \"{expected}\""));
    };
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = header.cells.iter().position(|name| name.eq_ignore_ascii_case(column));
        *place = found.ok_or_else(|| {
            format!("line {} has no column \"{column}\"; expected a header line \"{expected}\"", header.line)
        })?;
    }
    let cells = |row: &Row| places.map(|place| row.cell(place).to_owned());
    Ok(Table { rows: rows[1..].iter().map(|row| (row.line, cells(row))).collect() })
}
