//! Reads the sheets of an OpenDocument workbook, row by row.
//!
//! calamine reads such workbooks, too, but holds every repeated cell of all sheets in memory and loses which cells are
//! merged, so this crate reads the XML itself. [`package::check`](crate::package::check) has made sure that it is sound.

use std::io::{BufRead, BufReader, Cursor, Read as _};

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use crate::cell::{Cell, Value};
use crate::error::ReadError;
use crate::grid::{Grid, Merged};
use crate::options::Limits;
use crate::table::Tables;

/// The most blanks that one element stands for. A cell has no more characters.
const MOST_BLANKS: u32 = 32_767;

pub(crate) fn read(bytes: &[u8], limits: &Limits, tables: &mut Tables<'_>) -> Result<(), ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let content = archive.by_name("content.xml").map_err(damaged)?.take(limits.unpacked);
    let mut sheets = Sheets { reader: Reader::from_reader(BufReader::new(content)), limits, count: 0 };
    sheets.reader.config_mut().expand_empty_elements = true;
    sheets.read(tables)
}

fn damaged(error: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged(error.to_string().chars().filter(|c| !c.is_control()).take(200).collect())
}

struct Sheets<'o, R> {
    reader: Reader<R>,
    limits: &'o Limits,
    count: usize,
}

/// A row as it stands in the file.
#[derive(Default)]
struct Row {
    cells: Vec<Cell>,
    /// Columns of the cells that reach over rows below, with the number of rows.
    tall: Vec<(u32, u64)>,
}

impl<R: BufRead> Sheets<'_, R> {
    fn event(&mut self) -> Result<Event<'static>, ReadError> {
        let mut buffer = Vec::new();
        self.reader.read_event_into(&mut buffer).map(Event::into_owned).map_err(damaged)
    }

    fn read(&mut self, tables: &mut Tables<'_>) -> Result<(), ReadError> {
        loop {
            match self.event()? {
                Event::Start(element) if element.name().as_ref() == "table:table" => {
                    self.count += 1;
                    if self.count > self.limits.sheets {
                        return Err(ReadError::TooLarge { limit: self.limits.sheets as u64, what: "sheets" });
                    }
                    let name = attribute(&element, "table:name").unwrap_or_default();
                    tables.sheet(&name, Vec::new())?;
                    self.read_table(tables)?;
                }
                // what was deleted while changes were tracked
                Event::Start(element) if element.name().as_ref() == "table:tracked-changes" => self.skip()?,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Skips the element that was begun.
    fn skip(&mut self) -> Result<(), ReadError> {
        let mut depth = 1_u32;
        while depth > 0 {
            match self.event()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(damaged("it ends too early")),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_table(&mut self, tables: &mut Tables<'_>) -> Result<(), ReadError> {
        let mut number = 1_u64;
        loop {
            match self.event()? {
                Event::Start(element) => match element.name().as_ref() {
                    "table:table-row" => {
                        let repeated = count(&element, "table:number-rows-repeated");
                        let row = self.read_row()?;
                        number = pass_on(row, number, repeated, tables)?;
                    }
                    // rows can be in groups
                    "table:table-rows" | "table:table-row-group" | "table:table-header-rows" => {}
                    _ => self.skip()?,
                },
                Event::End(element) if element.name().as_ref() == "table:table" => return Ok(()),
                Event::Eof => return Err(damaged("it ends too early")),
                _ => {}
            }
        }
    }

    fn read_row(&mut self) -> Result<Row, ReadError> {
        let (mut row, mut column) = (Row::default(), 0_u32);
        loop {
            match self.event()? {
                Event::Start(element)
                    if matches!(element.name().as_ref(), "table:table-cell" | "table:covered-table-cell") =>
                {
                    let repeated = count(&element, "table:number-columns-repeated");
                    let repeated = u32::try_from(repeated).unwrap_or(u32::MAX);
                    let rows = count(&element, "table:number-rows-spanned");
                    let (value, is_formula) = self.read_cell(&element)?;
                    let end = column.saturating_add(repeated);
                    if !value.is_blank() || is_formula || rows > 1 {
                        for column in column..end.min(self.limits.columns) {
                            row.cells.push(Cell { column, value: value.clone(), is_formula });
                            if rows > 1 {
                                row.tall.push((column, rows));
                            }
                        }
                    }
                    column = end;
                }
                Event::Start(_) => self.skip()?,
                Event::End(element) if element.name().as_ref() == "table:table-row" => return Ok(row),
                Event::Eof => return Err(damaged("it ends too early")),
                _ => {}
            }
        }
    }

    /// Reads a cell to its end.
    fn read_cell(&mut self, cell: &BytesStart<'_>) -> Result<(Value, bool), ReadError> {
        let is_formula = attribute(cell, "table:formula").is_some();
        let kind = attribute(cell, "office:value-type").unwrap_or_default();
        let is_error = attribute(cell, "calcext:value-type").as_deref() == Some("error");
        let text = self.read_text()?;
        let number = || attribute(cell, "office:value").and_then(|value| value.parse().ok());
        let value = match kind.as_str() {
            _ if is_error => Value::Error,
            "float" | "percentage" | "currency" => number().map_or(Value::Text(text), Value::Number),
            "date" => {
                let date = attribute(cell, "office:date-value").unwrap_or_default();
                let date = date.split('T').next().unwrap_or_default();
                Value::Day(date.parse().ok())
            }
            "boolean" => Value::Bool(attribute(cell, "office:boolean-value").as_deref() == Some("true")),
            "string" => Value::Text(attribute(cell, "office:string-value").unwrap_or(text)),
            _ if text.is_empty() => Value::Empty,
            _ => Value::Text(text),
        };
        Ok((value, is_formula))
    }

    /// Reads the paragraphs of a cell to its end.
    fn read_text(&mut self) -> Result<String, ReadError> {
        let (mut text, mut depth, mut paragraphs) = (String::new(), 1_u32, 0_u32);
        while depth > 0 {
            match self.event()? {
                Event::Start(element) => match element.name().as_ref() {
                    // a note at a cell, and a drawing on it, are no part of its text
                    "office:annotation" | "draw:frame" | "draw:g" | "draw:custom-shape" | "table:table" => {
                        self.skip()?;
                    }
                    name => {
                        if name == "text:p" {
                            if paragraphs > 0 {
                                text.push('\n');
                            }
                            paragraphs += 1;
                        }
                        push_blanks(name, &element, &mut text);
                        depth += 1;
                    }
                },
                Event::End(_) => depth -= 1,
                Event::Text(part) if depth > 1 => text.push_str(&part.xml10_content()),
                Event::CData(part) if depth > 1 => text.push_str(&part.xml10_content()),
                Event::GeneralRef(entity) if depth > 1 => push_entity(&entity, &mut text),
                Event::Eof => return Err(damaged("it ends too early")),
                _ => {}
            }
        }
        Ok(text)
    }
}

/// Appends the blanks that an element stands for.
fn push_blanks(name: &str, element: &BytesStart<'_>, text: &mut String) {
    match name {
        "text:s" => {
            let blanks = attribute(element, "text:c").and_then(|count| count.parse().ok()).unwrap_or(1);
            text.extend(std::iter::repeat_n(' ', blanks.min(MOST_BLANKS) as usize));
        }
        "text:tab" => text.push('\t'),
        "text:line-break" => text.push('\n'),
        _ => {}
    }
}

fn push_entity(entity: &BytesRef<'_>, text: &mut String) {
    match &**entity {
        "amp" => text.push('&'),
        "lt" => text.push('<'),
        "gt" => text.push('>'),
        "quot" => text.push('"'),
        "apos" => text.push('\''),
        _ => text.push(entity.resolve_char_ref().ok().flatten().unwrap_or('\u{fffd}')),
    }
}

/// Passes a row on as often as it is repeated, and returns the number of the row below.
fn pass_on(row: Row, number: u64, repeated: u64, tables: &mut Tables<'_>) -> Result<u64, ReadError> {
    for (column, rows) in row.tall {
        tables.merge(Merged { row: number, column, last_row: number.saturating_add(rows - 1) });
    }
    if !row.cells.is_empty() {
        // the number of rows is limited where they are taken
        for at in 0..repeated {
            tables.row(number.saturating_add(at), row.cells.clone())?;
        }
    }
    Ok(number.saturating_add(repeated))
}

/// An attribute that is a number of at least 1.
fn count(element: &BytesStart<'_>, name: &str) -> u64 {
    attribute(element, name).and_then(|value| value.parse().ok()).unwrap_or(1).max(1)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}
