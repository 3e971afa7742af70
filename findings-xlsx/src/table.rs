//! A sheet that is one table: written row by row without holding the rows, continued on a next sheet where one is full.

use jiff::Timestamp;
use rust_xlsxwriter::{Color, Format, Url, Workbook, Worksheet};

use crate::cell::{Cell, Column, Context, Width};
use crate::dates;
use crate::error::RenderError;
use crate::formats::Formats;
use crate::lang::Texts;
use crate::limits::{self, MAX_ROWS};
use crate::rules;
use crate::trust;

/// How a table is printed, always in landscape and with the header on each page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    /// A4, all columns on one page.
    OnePage,
    /// A3, all columns on one page.
    OneLargePage,
    /// A3, three pages wide with the frozen columns on each: for a table that is too wide to be read on one.
    ThreeLargePages,
}

/// A table as data.
#[derive(Debug)]
pub(crate) struct Table<'t, R> {
    pub(crate) name: &'static str,
    pub(crate) columns: &'t [Column<R>],
    /// Columns that stay when scrolling to the right.
    pub(crate) frozen: u16,
    /// Lines of text that a row has room for: at least, and at most if its texts need them.
    pub(crate) lines: (u32, u32),
    pub(crate) paper: Paper,
    pub(crate) tab: Color,
    /// Stands in place of the rows if there is none.
    pub(crate) empty: &'static str,
}

impl<R> Table<'_, R> {
    /// Writes all rows and returns how many.
    pub(crate) fn write<'r>(
        &self,
        book: &mut Workbook,
        context: &Context<'r>,
        rows: impl Iterator<Item = &'r R>,
    ) -> Result<u64, RenderError>
    where
        R: 'r,
    {
        let mut rows = rows.peekable();
        let mut written = 0;
        for number in 1.. {
            let sheet = book.add_worksheet_with_constant_memory()?;
            sheet.set_name(limits::sheet_name(self.name, number))?;
            let mut writer = SheetWriter::open(self, sheet, *context)?;
            let room = context.max_rows.clamp(2, MAX_ROWS) - 1;
            for _ in 0..room {
                let Some(row) = rows.next() else { break };
                writer.row(row)?;
            }
            written += u64::from(writer.next_row - 1);
            writer.close()?;
            if rows.peek().is_none() {
                break;
            }
        }
        Ok(written)
    }
}

/// One sheet of a table while it is written. Rows come in ascending order: the writer underneath drops others silently.
struct SheetWriter<'s, 't, 'r, R> {
    table: &'t Table<'t, R>,
    sheet: &'s mut Worksheet,
    context: Context<'r>,
    /// For texts that Excel would take for a formula if somebody edited them, by column.
    quoted: Vec<Format>,
    link: Format,
    quoted_link: Format,
    widths: Vec<usize>,
    /// Lines that the current row needs.
    lines: u32,
    own_heights: u32,
    next_row: u32,
    links: usize,
}

impl<'s, 't, 'r, R: 'r> SheetWriter<'s, 't, 'r, R> {
    fn open(table: &'t Table<'t, R>, sheet: &'s mut Worksheet, context: Context<'r>) -> Result<Self, RenderError> {
        let formats = Formats::new(context.texts);
        sheet.set_default_row_height(row_points(table.lines.0, context.texts)).set_row_height(0, 33)?;
        sheet.set_tab_color(table.tab).set_freeze_panes(1, table.frozen)?;
        let (mut quoted, mut widths) = (Vec::new(), Vec::new());
        for (col, column) in (0..).zip(table.columns) {
            let format = column.kind.format(&formats);
            // formats of columns reach the cells without a look-up for each
            sheet.set_column_format(col, &format)?;
            let heading = (column.heading)(context.texts);
            let look = column.kind.heading(&formats);
            sheet.write_string_with_format(0, col, heading, &look)?;
            quoted.push(format.set_quote_prefix());
            widths.push(limits::display_width(heading) + 4);
        }
        let link = formats.link();
        let quoted_link = link.clone().set_quote_prefix();
        Ok(Self {
            table,
            sheet,
            context,
            quoted,
            link,
            quoted_link,
            widths,
            lines: 0,
            own_heights: 0,
            next_row: 1,
            links: 0,
        })
    }

    fn row(&mut self, row: &'r R) -> Result<(), RenderError> {
        let at = self.next_row;
        self.lines = self.table.lines.0;
        for (index, column) in self.table.columns.iter().enumerate() {
            let col = u16::try_from(index)?;
            match (column.value)(row, &self.context) {
                Cell::Empty => {}
                Cell::Text(text) => self.text(at, col, &text)?,
                Cell::Number(number) => _ = self.sheet.write_number(at, col, number)?,
                Cell::Moment(moment) => self.moment(at, col, moment)?,
                Cell::Link { text, url } => self.link(at, col, &text, &url)?,
            }
        }
        if self.lines > self.table.lines.0 && self.own_heights < limits::OWN_HEIGHTS {
            self.own_heights += 1;
            self.sheet.set_row_height(at, row_points(self.lines, self.context.texts))?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// Notes what room the text needs.
    fn measure(&mut self, index: usize, text: &str) {
        let column = &self.table.columns[index];
        if let Width::Fit(..) = column.width {
            self.widths[index] = self.widths[index].max(limits::display_width(text));
        }
        let most = self.table.lines.1;
        if column.kind.wraps() && self.lines < most && self.own_heights < limits::OWN_HEIGHTS {
            // a column is narrower than its bound only if nothing in it wraps
            let (Width::Fixed(width) | Width::Fit(_, width)) = column.width;
            self.lines = self.lines.max(limits::wrapped_lines(text, f64::from(width), most));
        }
    }

    fn text(&mut self, row: u32, col: u16, text: &str) -> Result<(), RenderError> {
        let index = usize::from(col);
        let text = limits::cell_text(text, self.context.texts);
        self.measure(index, &text);
        if limits::looks_like_formula(&text) {
            self.sheet.write_string_with_format(row, col, text, &self.quoted[index])?;
        } else {
            self.sheet.write_string(row, col, text)?;
        }
        Ok(())
    }

    fn moment(&mut self, row: u32, col: u16, moment: Timestamp) -> Result<(), RenderError> {
        match dates::serial(moment, &self.context.report.time_zone) {
            Some(serial) => _ = self.sheet.write_number(row, col, serial)?,
            // before Excel's first day: the text says it at least
            None => self.text(row, col, &moment.to_string())?,
        }
        Ok(())
    }

    fn link(&mut self, row: u32, col: u16, text: &str, url: &str) -> Result<(), RenderError> {
        let target = limits::linkable(url).filter(|_| self.links < self.context.max_links);
        let Some(target) = target else {
            let both = if text.is_empty() { url.to_owned() } else { format!("{text}\n{url}") };
            return self.text(row, col, &both);
        };
        self.links += 1;
        let text = limits::cell_text(text, self.context.texts);
        self.measure(usize::from(col), &text);
        let format = if limits::looks_like_formula(&text) { &self.quoted_link } else { &self.link };
        self.sheet.write_url_with_format(row, col, Url::new(target).set_text(text), format)?;
        Ok(())
    }

    fn close(self) -> Result<(), RenderError> {
        let last_row = self.next_row - 1;
        let last_col = u16::try_from(self.table.columns.len())?.saturating_sub(1);
        for (col, (column, seen)) in (0..).zip(self.table.columns.iter().zip(&self.widths)) {
            let width = match column.width {
                Width::Fixed(width) => width,
                Width::Fit(least, most) => u8::try_from(*seen + 1).unwrap_or(u8::MAX).clamp(least, most),
            };
            self.sheet.set_column_width(col, width)?;
        }
        if last_row == 0 {
            // the cells to the right are empty, so that the sentence runs across them
            let format = Formats::new(self.context.texts).text();
            self.sheet.write_string_with_format(1, 0, self.table.empty, &format.set_bold())?;
        } else {
            rules::add(self.sheet, self.table.columns, last_row, self.context.texts)?;
        }
        self.sheet.autofilter(0, 0, last_row.max(1), last_col)?;
        self.set_up_page()
    }

    fn set_up_page(self) -> Result<(), RenderError> {
        self.sheet.set_landscape().set_repeat_rows(0, 0)?;
        match self.table.paper {
            Paper::OnePage => _ = self.sheet.set_paper_size(9).set_print_fit_to_pages(1, 0),
            Paper::OneLargePage => _ = self.sheet.set_paper_size(8).set_print_fit_to_pages(1, 0),
            Paper::ThreeLargePages => {
                self.sheet.set_paper_size(8).set_print_fit_to_pages(3, 0);
                self.sheet.set_repeat_columns(0, self.table.frozen.saturating_sub(1))?;
            }
        }
        page_texts(self.sheet, &self.context);
        Ok(())
    }
}

/// Height of a row with so many lines of text.
fn row_points(lines: u32, texts: &Texts) -> f64 {
    // Excel takes 409 points at the most
    (f64::from(lines * texts.font.row_pixels) * 0.75 + 3.0).min(409.0)
}

/// The lines above and below each printed page.
pub(crate) fn page_texts(sheet: &mut Worksheet, context: &Context<'_>) {
    let project = limits::header_text(&context.report.project);
    let alarm = if trust::is_whole(context.report) { "" } else { context.texts.page_incomplete };
    sheet
        .set_header(format!("&L{project}&C&B&KC00000{alarm}&R&A"))
        .set_footer(format!("&C{}", context.texts.page_footer));
    sheet.set_margins(0.4, 0.4, 0.7, 0.6, 0.3, 0.3);
}
