//! The rows of a table, from its columns to XML.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use rust_xlsxwriter::utility::column_number_to_name;

use crate::cell::{Cell, Column, Context, Width};
use crate::dates;
use crate::error::RenderError;
use crate::file::{Part, Rows};
use crate::frame::{Frame, Styles};
use crate::limits;
use crate::row_xml::{self, Place, Style};
use crate::table::{Table, row_pixels};

/// The rows of one sheet of a table.
#[derive(Debug)]
pub(crate) struct TableRows<'r, R> {
    pub(crate) table: Rc<Table<R>>,
    pub(crate) context: Context<'r>,
    pub(crate) rows: &'r [R],
}

impl<R: fmt::Debug> Rows for TableRows<'_, R> {
    fn columns(&self) -> usize {
        self.table.columns.len()
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn write(&self, out: &mut Part<'_>, frame: &Frame<'_>) -> Result<(), RenderError> {
        let count = u16::try_from(self.columns())?;
        let names: Vec<String> = (0..count).map(column_number_to_name).collect();
        let mut cells: Vec<Cell<'_>> = Vec::with_capacity(self.columns());
        for (number, row) in (2_u32..).zip(self.rows) {
            let room = self.context.max_links.saturating_sub(out.links.count());
            let mut links = 0;
            for column in &self.table.columns {
                cells.push(clickable((column.value)(row, &self.context), room, &mut links));
            }
            let number = number.to_string();
            row_xml::open_row(&mut out.buffer, &number, row_pixels(self.lines(&cells), self.context.texts));
            for (index, cell) in cells.drain(..).enumerate() {
                self.cell(out, &frame.styles, index, Place { column: &names[index], row: &number }, &cell);
            }
            row_xml::close_row(&mut out.buffer);
            out.row_is_done()?;
        }
        Ok(())
    }
}

impl<R> TableRows<'_, R> {
    fn cell(&self, out: &mut Part<'_>, styles: &Styles, index: usize, at: Place<'_>, cell: &Cell<'_>) {
        let (plain, quoted) = (&styles.plain[index], &styles.quoted[index]);
        match cell {
            Cell::Empty => {}
            Cell::Number(number) => row_xml::number(&mut out.buffer, at, plain, *number),
            Cell::Text(text) => self.text(&mut out.buffer, at, [plain, quoted], text),
            Cell::Moment(moment) => match dates::serial(*moment, &self.context.report.time_zone) {
                Some(serial) => row_xml::number(&mut out.buffer, at, plain, serial),
                // before Excel's first day: the text says it at least
                None => self.text(&mut out.buffer, at, [plain, quoted], &moment.to_string()),
            },
            Cell::Link { text, url } => {
                out.links.add(at, url);
                self.text(&mut out.buffer, at, [&styles.link, &styles.quoted_link], text);
            }
        }
    }

    fn text(&self, out: &mut String, at: Place<'_>, [plain, quoted]: [&Style; 2], text: &str) {
        let text = limits::cell_text(text, self.context.texts);
        let style = if limits::looks_like_formula(&text) { quoted } else { plain };
        row_xml::text(out, at, style, &text);
    }

    /// Lines of text that a row has room for.
    fn lines(&self, cells: &[Cell<'_>]) -> u32 {
        let (least, most) = self.table.lines;
        let of = |(column, cell): (&Column<R>, &Cell<'_>)| match cell {
            Cell::Text(text) | Cell::Link { text, .. } if column.kind.wraps() => {
                // a column is narrower than its bound only if nothing in it wraps
                let (Width::Fixed(width) | Width::Fit(_, width)) = column.width;
                limits::wrapped_lines(text, f64::from(width), most)
            }
            _ => 1,
        };
        self.table.columns.iter().zip(cells).map(of).fold(least, u32::max)
    }
}

/// A link that a click may follow, counted; another one as text.
fn clickable<'a>(cell: Cell<'a>, room: usize, links: &mut usize) -> Cell<'a> {
    match cell {
        Cell::Link { url, text } if *links >= room || limits::linkable(&url).is_none() => {
            Cell::Text(if text.is_empty() { url } else { Cow::Owned([&text, "\n", &url].concat()) })
        }
        Cell::Link { .. } => {
            *links += 1;
            cell
        }
        _ => cell,
    }
}
