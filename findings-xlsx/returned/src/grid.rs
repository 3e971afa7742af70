//! What the readers of all formats of tables report to: rows of cells, one after the other.

use crate::cell::Cell;
use crate::error::ReadError;

/// Takes the rows of a file.
pub(crate) trait Grid {
    /// Begins a sheet, with the cells that are merged over several rows.
    fn sheet(&mut self, name: &str, merged: Vec<Merged>) -> Result<(), ReadError>;

    /// Takes a row of the sheet with its number, from 1. Rows come in order; empty ones may be missing.
    fn row(&mut self, number: u64, cells: Vec<Cell>) -> Result<(), ReadError>;
}

/// A cell that reaches over the rows below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    /// Row and column of the cell itself, from 1 and from 0.
    pub(crate) row: u64,
    pub(crate) column: u32,
    /// The last row that it covers.
    pub(crate) last_row: u64,
}
