//! Reads the sheets of an Excel workbook, row by row, with calamine.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use jiff::civil::Date;

use crate::cell::{Cell, Value};
use crate::error::ReadError;
use crate::grid::{Grid, Merged};
use crate::options::Limits;
use crate::table::Tables;

/// The most merged ranges of a sheet that are looked at.
const MOST_MERGED: usize = 200_000;

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

/// Reads a workbook that [`package::check`](crate::package::check) has accepted.
///
/// A panic of calamine is a fault of the file: one file must not end the reading of others.
pub(crate) fn read(bytes: &[u8], limits: &Limits, tables: &mut Tables<'_>) -> Result<(), ReadError> {
    let reading = AssertUnwindSafe(|| read_sheets(bytes, limits, tables));
    catch_unwind(reading).unwrap_or_else(|_| Err(ReadError::Damaged("it cannot be understood".to_owned())))
}

fn read_sheets(bytes: &[u8], limits: &Limits, tables: &mut Tables<'_>) -> Result<(), ReadError> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    if book.has_1904_epoch() {
        tables.count_from_1904();
    }
    let sheets = book.sheets_metadata().to_vec();
    if sheets.len() > limits.sheets {
        return Err(ReadError::TooLarge { limit: limits.sheets as u64, what: "sheets" });
    }
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let merged = merged(&mut book, &sheet.name)?;
        tables.sheet(&sheet.name, merged)?;
        read_sheet(&mut book, &sheet.name, limits, tables)?;
    }
    Ok(())
}

fn read_sheet(book: &mut Book<'_>, name: &str, limits: &Limits, tables: &mut Tables<'_>) -> Result<(), ReadError> {
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        // a chart has no cells
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(error) => return Err(damaged(&error)),
    };
    let mut row: Option<(u32, Vec<Cell>)> = None;
    while let Some(record) = cells.next_cell_with_formula_metadata().map_err(|e| damaged(&e))? {
        let (number, column) = record.pos;
        if row.as_ref().is_some_and(|(current, _)| *current != number) {
            let (current, cells) = row.take().unwrap_or_default();
            if current > number {
                return Err(ReadError::Damaged("its rows are not in order".to_owned()));
            }
            tables.row(u64::from(current) + 1, cells)?;
        }
        let (_, cells) = row.get_or_insert_with(|| (number, Vec::new()));
        if column < limits.columns && cells.len() < limits.columns as usize {
            let is_formula = record.formula.is_some();
            cells.push(Cell { column, value: value(&record.value), is_formula });
        }
    }
    match row {
        Some((number, cells)) => tables.row(u64::from(number) + 1, cells),
        None => Ok(()),
    }
}

fn value(data: &DataRef<'_>) -> Value {
    match data {
        DataRef::Empty => Value::Empty,
        #[expect(clippy::cast_precision_loss, reason = "Excel has no other number")]
        DataRef::Int(number) => Value::Number(*number as f64),
        DataRef::Float(number) => Value::Number(*number),
        DataRef::String(text) | DataRef::DurationIso(text) | DataRef::DateTimeIso(text) => Value::Text(text.clone()),
        DataRef::SharedString(text) => Value::Text((*text).to_owned()),
        DataRef::Bool(truth) => Value::Bool(*truth),
        DataRef::DateTime(moment) => Value::Day(day(moment)),
        DataRef::Error(_) => Value::Error,
    }
}

/// The day of a date; `None` for a duration, and for a day that Excel cannot count.
fn day(moment: &ExcelDateTime) -> Option<Date> {
    if !moment.is_datetime() || !moment.as_f64().is_finite() || moment.as_f64() < 1.0 {
        return None;
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The ranges that reach over several rows.
fn merged(book: &mut Book<'_>, name: &str) -> Result<Vec<Merged>, ReadError> {
    let ranges = match book.merge_cells_by_sheet_name(name) {
        Ok(ranges) => ranges,
        Err(error) => return Err(damaged(&error)),
    };
    let tall = ranges.into_iter().filter(|range| range.end.0 > range.start.0).take(MOST_MERGED);
    let merged = |range: calamine::Dimensions| Merged {
        row: u64::from(range.start.0) + 1,
        column: range.start.1,
        last_row: u64::from(range.end.0) + 1,
    };
    Ok(tall.map(merged).collect())
}

fn damaged(error: &XlsxError) -> ReadError {
    ReadError::Damaged(error.to_string().chars().filter(|c| !c.is_control()).take(200).collect())
}
