//! The baseline of workbooks: their cells as plain strings, written by `rust_xlsxwriter`.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;

/// The texts of the cells of a workbook, by sheet and row.
pub(crate) fn cells(workbook: &[u8]) -> Vec<Vec<Vec<String>>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(workbook)).expect("a workbook");
    let sheets = book.sheet_names();
    let text = |cell: &Data| if let Data::DateTime(day) = cell { day.as_f64().to_string() } else { cell.to_string() };
    let rows = |sheet: calamine::Range<Data>| sheet.rows().map(|row| row.iter().map(text).collect()).collect();
    sheets.iter().map(|name| rows(book.worksheet_range(name).expect("a sheet"))).collect()
}

/// Writes every cell as a string without format, in the constant-memory mode of `rust_xlsxwriter`.
pub(crate) fn bare_strings(sheets: &[Vec<Vec<String>>]) -> Vec<u8> {
    let mut book = Workbook::new();
    for rows in sheets {
        let sheet = book.add_worksheet_with_constant_memory().expect("a sheet");
        for (row, cells) in (0..).zip(rows) {
            for (col, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row, col, cell).expect("a cell");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}
