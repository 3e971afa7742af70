//! Writes the rows of a table as XML.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;

use findings_core::report::{ReportFinding, ReportFindings};

use crate::cell::{Cell, Context};
use crate::column::Column;
use crate::dates;
use crate::error::RenderError;
use crate::limits::{self, MAX_ROWS};
use crate::package::file::{Memory, Rows, WorkbookFile};
use crate::package::frame::Styles;
use crate::package::packer::{Packer, Target};
use crate::package::row_xml::{self, CellRef, Style};
use crate::package::sheet_xml::SheetXml;
use crate::table::{Table, row_pixels, widths};

/// Where the rows of a table come from. They are made one by one, so that only one of a long table is in memory.
pub(crate) trait RowSource<R>: Copy + fmt::Debug {
    /// Number of rows.
    fn count(&self) -> usize;

    /// Makes the rows of a range, one after the other.
    fn each(&self, range: Range<usize>, take: impl FnMut(&R) -> Result<(), RenderError>) -> Result<(), RenderError>;
}

impl<R: fmt::Debug> RowSource<R> for &[R] {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, range: Range<usize>, take: impl FnMut(&R) -> Result<(), RenderError>) -> Result<(), RenderError> {
        self[range].iter().try_for_each(take)
    }
}

impl RowSource<ReportFinding> for &ReportFindings {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(
        &self,
        mut range: Range<usize>,
        mut take: impl FnMut(&ReportFinding) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        range.try_for_each(|index| take(&self.get(index)?))
    }
}

/// Adds as many sheets as the rows of a table need, and returns their numbers, from 1.
pub(crate) fn add_sheets<'r, R: fmt::Debug + 'r>(
    table: Table<R>,
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
    source: impl RowSource<R> + 'r,
) -> Result<RangeInclusive<usize>, RenderError> {
    let table = Rc::new(table);
    let first = file.book.worksheets().len() + 1;
    // a row is left besides the header
    let rows_per_sheet = usize::try_from(context.max_rows.clamp(2, MAX_ROWS) - 1)?;
    // a table without rows has a sheet, too, which says so
    for (number, start) in (1..).zip((0..source.count().max(1)).step_by(rows_per_sheet)) {
        let range = start..source.count().min(start + rows_per_sheet);
        let sheet = file.book.add_worksheet();
        sheet.set_name(limits::sheet_name(table.name, number))?;
        table.set_up(sheet, &context, range.len(), &widths(&table.columns, source, range.clone(), &context)?)?;
        if !range.is_empty() {
            file.fill(TableRows { table: table.clone(), context, source, range });
        }
    }
    Ok(first..=file.book.worksheets().len())
}

/// The rows of one sheet of a table.
#[derive(Debug)]
struct TableRows<'r, R, S> {
    table: Rc<Table<R>>,
    context: Context<'r>,
    source: S,
    range: Range<usize>,
}

impl<R: fmt::Debug, S: RowSource<R>> Rows for TableRows<'_, R, S> {
    fn columns(&self) -> usize {
        self.table.columns.len()
    }

    fn count(&self) -> usize {
        self.range.len()
    }

    fn write(&self, out: &mut SheetXml, packer: &mut Packer<Memory>, styles: &Styles) -> Result<(), RenderError> {
        let mut number = 1;
        self.source.each(self.range.clone(), |row| {
            number += 1;
            RowWriter { table: &self.table, context: &self.context, styles, out }.write(number, row, packer)
        })
    }
}

/// Writes a row of a table.
#[derive(Debug)]
pub(crate) struct RowWriter<'w, 'c, R> {
    pub(crate) table: &'w Table<R>,
    pub(crate) context: &'w Context<'c>,
    pub(crate) styles: &'w Styles,
    pub(crate) out: &'w mut SheetXml,
}

impl<'c, R> RowWriter<'_, 'c, R> {
    /// Writes the row with this number; the header has number 1.
    pub(crate) fn write<W: Target>(
        mut self,
        number: u32,
        row: &'c R,
        packer: &mut Packer<W>,
    ) -> Result<(), RenderError> {
        let number = number.to_string();
        let (mut lines, _) = self.table.lines;
        for (index, (column, name)) in self.table.columns.iter().zip(&self.styles.names).enumerate() {
            let at = CellRef { column: name, row: &number };
            let needed = self.cell(index, at, column.value.of(row, self.context));
            // what is folded away must not make the rows high that people see
            if !self.table.folded.contains(&index) {
                lines = lines.max(needed);
            }
        }
        let is_hidden = self.table.hides(row, self.context.report);
        self.out.end_row(&number, row_pixels(lines, self.context.texts), is_hidden, packer)
    }

    /// Writes a cell and returns the number of lines that its text takes.
    fn cell(&mut self, index: usize, at: CellRef<'_>, cell: Cell<'_>) -> u32 {
        let styles = self.styles;
        let plain_or_quoted = [&styles.plain[index], &styles.quoted[index]];
        let column = &self.table.columns[index];
        match cell {
            Cell::Empty => 1,
            Cell::Number(value) => self.number(at, plain_or_quoted[0], value),
            Cell::Moment(moment) => match dates::serial(moment, &self.context.report.time_zone) {
                Some(serial) => self.number(at, plain_or_quoted[0], serial),
                // Excel has no dates before 1900-03-01 that all readers agree on: write it as text
                None => self.text(at, plain_or_quoted, column, moment.to_string().into()),
            },
            Cell::Day(day) => match dates::day_serial(day) {
                Some(serial) => self.number(at, plain_or_quoted[0], serial),
                None => self.text(at, plain_or_quoted, column, day.to_string().into()),
            },
            Cell::Jump { text, place } if self.has_room() => {
                self.out.links.add_place(at, &place);
                self.text(at, [&styles.link, &styles.quoted_link], column, text)
            }
            Cell::Text(text) | Cell::Jump { text, .. } => self.text(at, plain_or_quoted, column, text),
            Cell::Link { text, url } if self.is_clickable(&url) => {
                self.out.links.add(at, &url);
                self.text(at, [&styles.link, &styles.quoted_link], column, text)
            }
            Cell::Link { text, url } if text.is_empty() => self.text(at, plain_or_quoted, column, url),
            Cell::Link { text, url } => self.text(at, plain_or_quoted, column, [&text, "\n", &url].concat().into()),
        }
    }

    fn is_clickable(&self, url: &str) -> bool {
        self.has_room() && findings_core::console::linkable(url).is_some()
    }

    fn has_room(&self) -> bool {
        self.out.links.count() < self.context.max_links
    }

    fn number(&mut self, at: CellRef<'_>, style: &Style, number: f64) -> u32 {
        row_xml::number(&mut self.out.cells, at, style, number);
        1
    }

    fn text(&mut self, at: CellRef<'_>, [plain, quoted]: [&Style; 2], column: &Column<R>, text: Cow<'_, str>) -> u32 {
        let style = |is_formula| if is_formula { quoted } else { plain };
        // if a column is narrower than its maximum, all its texts fit, and the maximum gives the same number of lines
        let width = column.width.max_width();
        let (_, most) = self.table.lines;
        let SheetXml { cells, texts, .. } = &mut *self.out;
        match texts.find(text, self.context.texts) {
            Ok(shared) => {
                row_xml::shared_text(cells, at, style(shared.looks_like_formula), &shared.number);
                if column.kind.wraps() { shared.lines(width, most) } else { 1 }
            }
            Err(text) => {
                row_xml::text(cells, at, style(limits::looks_like_formula(&text)), &text);
                if column.kind.wraps() { limits::wrapped_lines(&text, f64::from(width), most) } else { 1 }
            }
        }
    }
}
