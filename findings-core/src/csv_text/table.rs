//! Small CSV tables with named columns, such as the list of accepted gaps.

use std::fmt;

use super::{Row, rows};
use crate::{Error, ErrorKind, Result};

/// A line of a table that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineProblem {
    /// Line number in the file, counted from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

impl LineProblem {
    /// A problem of a line.
    pub fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The content of a CSV file with `N` named columns.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    /// Line and cells of each row, in the order of the requested columns; a missing cell is empty.
    pub(crate) rows: Vec<(u64, [String; N])>,
}

/// Reads the columns with these names, which the file may have in any order and case. Other columns are ignored.
pub(crate) fn read_table<const N: usize>(
    bytes: &[u8],
    operation: &'static str,
    columns: [&str; N],
) -> Result<Table<N>> {
    read(bytes, columns).map_err(|message| Error::new(ErrorKind::InvalidInput, operation).with_message(message))
}

/// As [`read_table`], with an error message that says what is wrong and what to do.
fn read<const N: usize>(bytes: &[u8], columns: [&str; N]) -> Result<Table<N>, String> {
    let rows = rows(bytes).map_err(|e| e.to_string())?;
    let expected = columns.join(",");
    let Some(header) = rows.first() else {
        return Err(format!("it is empty; expected a header line \"{expected}\""));
    };
    let mut indexes = [0; N];
    for (index, column) in indexes.iter_mut().zip(columns) {
        let found = header.cells.iter().position(|name| name.eq_ignore_ascii_case(column));
        *index = found.ok_or_else(|| {
            format!("line {} has no column \"{column}\"; expected a header line \"{expected}\"", header.line)
        })?;
    }
    let cells = |row: &Row| indexes.map(|index| row.cell(index).to_owned());
    Ok(Table { rows: rows[1..].iter().map(|row| (row.line, cells(row))).collect() })
}
