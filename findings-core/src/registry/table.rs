//! Other small tables that people keep beside the registry: the same encodings, the same line numbers.

use super::unreadable;
use crate::Result;
use crate::csv_text::{self, Row};

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
    read(bytes, columns).map_err(|error| error.with_operation(operation))
}

fn read<const N: usize>(bytes: &[u8], columns: [&str; N]) -> Result<Table<N>> {
    let rows = csv_text::rows(bytes).map_err(|e| unreadable(e.to_string()))?;
    let expected = columns.join(",");
    let Some(header) = rows.first() else {
        return Err(unreadable(format!("it is empty; expected a header line \"{expected}\"")));
    };
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        let found = header.cells.iter().position(|name| name.eq_ignore_ascii_case(column));
        *place = found.ok_or_else(|| {
            unreadable(format!(
                "line {} has no column \"{column}\"; expected a header line \"{expected}\"",
                header.line
            ))
        })?;
    }
    let cells = |row: &Row| places.map(|place| row.cell(place).to_owned());
    Ok(Table { rows: rows[1..].iter().map(|row| (row.line, cells(row))).collect() })
}
