//! Reads tables out of CSV files, whatever separates their cells.

use findings_core::csv_text::{Row, UnreadableCsv, rows_separated_by, unguard_formulas};

use crate::cell::{Cell, Value};
use crate::column::{self, Headings};
use crate::error::ReadError;
use crate::grid::Grid;
use crate::options::Limits;
use crate::table::{HEADING_ROWS, Tables};

/// What may separate cells, in the order in which it is tried.
const SEPARATORS: [u8; 4] = *b",;\t|";

pub(crate) fn read(bytes: &[u8], limits: &Limits, tables: &mut Tables<'_>) -> Result<(), ReadError> {
    tables.sheet("", Vec::new())?;
    for row in separated(bytes, limits)? {
        tables.row(row.line, cells(&row))?;
    }
    Ok(())
}

/// Returns the rows, with the separator that shows the names of the columns; if none does, there is no table.
fn separated(bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, ReadError> {
    let mut fault: Option<UnreadableCsv> = None;
    for separator in SEPARATORS {
        match rows_separated_by(bytes, separator) {
            Ok(rows) => {
                if rows.len() as u64 > limits.rows {
                    return Err(ReadError::TooLarge { limit: limits.rows, what: "rows" });
                }
                let first = rows.iter().take_while(|row| row.line <= HEADING_ROWS);
                if first.into_iter().any(|row| !matches!(column::find(&cells(row)), Headings::None)) {
                    return Ok(rows);
                }
            }
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    Err(fault.map_or(ReadError::NoTable, ReadError::Csv))
}

fn cells(row: &Row) -> Vec<Cell> {
    let cell = |(column, text): (u32, &String)| Cell {
        column,
        // reports guard texts that a spreadsheet would take for formulas
        value: Value::Text(unguard_formulas(text).into_owned()),
        is_formula: false,
    };
    (0..).zip(&row.cells).map(cell).collect()
}
