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

impl<'r, R: fmt::Debug> Rows<'r> for TableRows<'r, R> {
    fn columns(&self) -> usize {
        self.table.columns.len()
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn write(&self, out: &mut Part<'_, 'r>, frame: &Frame<'_>) -> Result<(), RenderError> {
        let count = u16::try_from(self.columns())?;
        let names: Vec<String> = (0..count).map(column_number_to_name).collect();
        let (least, _) = self.table.lines;
        for (number, row) in (2_u32..).zip(self.rows) {
            let number = number.to_string();
            let mut lines = least;
            for (index, column) in self.table.columns.iter().enumerate() {
                let at = Place { column: &names[index], row: &number };
                let cell = (column.value)(row, &self.context);
                lines = lines.max(self.cell(out, &frame.styles, index, at, cell));
            }
            out.end_row(&number, row_pixels(lines, self.context.texts))?;
        }
        Ok(())
    }
}

impl<'r, R> TableRows<'r, R> {
    /// Writes a cell and returns the lines that it takes.
    fn cell(&self, out: &mut Part<'_, 'r>, styles: &Styles, index: usize, at: Place<'_>, cell: Cell<'r>) -> u32 {
        let looks = [&styles.plain[index], &styles.quoted[index]];
        let column = &self.table.columns[index];
        match cell {
            Cell::Empty => 1,
            Cell::Number(value) => number(out, at, looks[0], value),
            Cell::Text(text) => self.text(out, at, looks, column, text),
            Cell::Moment(moment) => match dates::serial(moment, &self.context.report.time_zone) {
                Some(serial) => number(out, at, looks[0], serial),
                // before Excel's first day: the text says it at least
                None => self.text(out, at, looks, column, moment.to_string().into()),
            },
            Cell::Link { text, url } if self.is_clickable(&url, out) => {
                out.links.add(at, &url);
                self.text(out, at, [&styles.link, &styles.quoted_link], column, text)
            }
            Cell::Link { text, url } if text.is_empty() => self.text(out, at, looks, column, url),
            Cell::Link { text, url } => self.text(out, at, looks, column, [&text, "\n", &url].concat().into()),
        }
    }

    fn is_clickable(&self, url: &str, out: &Part<'_, 'r>) -> bool {
        out.links.count() < self.context.max_links && limits::linkable(url).is_some()
    }

    fn text(
        &self,
        out: &mut Part<'_, 'r>,
        at: Place<'_>,
        [plain, quoted]: [&Style; 2],
        column: &Column<R>,
        text: Cow<'r, str>,
    ) -> u32 {
        let style = |is_formula| if is_formula { quoted } else { plain };
        // a column is narrower than its bound only if nothing in it wraps
        let (Width::Fixed(width) | Width::Fit(_, width)) = column.width;
        let (_, most) = self.table.lines;
        match out.texts.find(text, self.context.texts) {
            Ok(shared) => {
                row_xml::shared_text(&mut out.cells, at, style(shared.looks_like_formula), &shared.number);
                if column.kind.wraps() { shared.lines(width, most) } else { 1 }
            }
            Err(text) => {
                row_xml::text(&mut out.cells, at, style(limits::looks_like_formula(&text)), &text);
                if column.kind.wraps() { limits::wrapped_lines(&text, f64::from(width), most) } else { 1 }
            }
        }
    }
}

fn number(out: &mut Part<'_, '_>, at: Place<'_>, style: &Style, number: f64) -> u32 {
    row_xml::number(&mut out.cells, at, style, number);
    1
}
