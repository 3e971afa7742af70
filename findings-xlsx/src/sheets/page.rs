//! A sheet that is a page for reading: a margin, a grid of equal columns, and a current line.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_xlsxwriter::{Format, FormatUnderline, Url, Workbook, Worksheet};

use crate::cell::Context;
use crate::dates;
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::Texts;
use crate::limits;
use crate::setting::Setting;
use crate::table;

/// First column of the grid.
pub(crate) const LEFT: u16 = 1;
/// Number of columns of the grid.
pub(crate) const GRID: u16 = 12;
/// Width of a column of the grid, in characters.
pub(crate) const CELL: f64 = 13.0;
/// Height of a line of text, in points.
pub(crate) const LINE: f64 = 18.0;

/// The columns of a cell: the first one, counted from 0 at the left edge of the grid, and their number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(crate) u16, pub(crate) u16);

impl Span {
    pub(crate) const ALL: Self = Self(0, GRID);

    fn first(self) -> u16 {
        LEFT + self.0
    }

    fn last(self) -> u16 {
        LEFT + self.0 + self.1 - 1
    }

    /// Returns the number of characters that fit into one line.
    pub(crate) fn width(self) -> f64 {
        // merged cells gain the padding between them
        CELL * f64::from(self.1) + 0.6 * f64::from(self.1 - 1)
    }
}

/// Writes a page line by line. `C` is what its contents are taken from.
pub(crate) struct Page<'b, 'r, C = Context<'r>> {
    pub(crate) sheet: &'b mut Worksheet,
    pub(crate) formats: Formats,
    pub(crate) context: C,
    setting: Setting<'r>,
    pub(crate) texts: &'static Texts,
    /// Row of the current line, from 0.
    pub(crate) row: u32,
}

impl<'b, 'r> Page<'b, 'r> {
    pub(crate) fn open(book: &'b mut Workbook, name: &'static str, context: &Context<'r>) -> Result<Self, RenderError> {
        Self::new(book, name, *context, context.setting())
    }
}

impl<'b, 'r, C> Page<'b, 'r, C> {
    pub(crate) fn new(
        book: &'b mut Workbook,
        name: &'static str,
        context: C,
        setting: Setting<'r>,
    ) -> Result<Self, RenderError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?.set_screen_gridlines(false);
        sheet.set_column_width(0, 2)?.set_column_range_width(LEFT, LEFT + GRID - 1, CELL)?;
        sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
        table::page_texts(sheet, &setting);
        let texts = setting.texts;
        Ok(Self { sheet, formats: Formats::new(texts), context, setting, texts, row: 0 })
    }

    /// Returns the width in pixels of a number of columns of the grid.
    pub(crate) fn pixels(&self, columns: u16) -> u32 {
        let one = CELL * self.texts.font.digit_pixels + 5.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "about 100 pixels")]
        let one = one as u32;
        one * u32::from(columns)
    }

    /// Sets the height of the current line, in points, and goes on to the next.
    pub(crate) fn end_line(&mut self, points: f64) -> Result<(), RenderError> {
        self.sheet.set_row_height(self.row, points.min(400.0))?;
        self.row += 1;
        Ok(())
    }

    /// Adds an empty line.
    pub(crate) fn gap(&mut self, points: f64) -> Result<(), RenderError> {
        self.end_line(points)
    }

    /// Writes a text, which is never read as a formula.
    pub(crate) fn text(&mut self, span: Span, text: &str, format: &Format) -> Result<(), RenderError> {
        let text = limits::cell_text(text, self.texts);
        let format = if limits::looks_like_formula(&text) {
            Cow::Owned(format.clone().set_quote_prefix())
        } else {
            Cow::Borrowed(format)
        };
        if span.1 > 1 {
            self.sheet.merge_range(self.row, span.first(), self.row, span.last(), &text, &format)?;
        } else {
            self.sheet.write_string_with_format(self.row, span.first(), text, &format)?;
        }
        Ok(())
    }

    /// Writes a text with a link: to a URL that can be clicked, or to `internal:` and a place in the workbook. The text must
    /// not be empty.
    pub(crate) fn link(&mut self, span: Span, text: &str, url: &str, format: &Format) -> Result<(), RenderError> {
        self.text(span, text, format)?;
        let text = limits::cell_text(text, self.texts);
        let linked = format.clone().set_font_color(palette::LINK).set_underline(FormatUnderline::Single);
        let linked = if limits::looks_like_formula(&text) { linked.set_quote_prefix() } else { linked };
        self.sheet.write_url_with_format(self.row, span.first(), Url::new(url).set_text(text), &linked)?;
        Ok(())
    }

    /// Writes a text across the page, and ends the line with the height that the text needs.
    pub(crate) fn paragraph(&mut self, text: &str, format: &Format) -> Result<(), RenderError> {
        self.text(Span::ALL, text, format)?;
        self.end_line(lines_height(text, Span::ALL))
    }

    pub(crate) fn number(&mut self, span: Span, number: f64, format: &Format) -> Result<(), RenderError> {
        if span.1 > 1 {
            self.sheet.merge_range(self.row, span.first(), self.row, span.last(), "", format)?;
        }
        self.sheet.write_number_with_format(self.row, span.first(), number, format)?;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "Excel has no other number, and counts stay far below 2^53")]
    pub(crate) fn count(&mut self, span: Span, count: u64, format: &Format) -> Result<(), RenderError> {
        self.number(span, count as f64, format)
    }

    /// Writes a moment in the reader's time zone.
    pub(crate) fn moment(&mut self, span: Span, moment: Timestamp, format: &Format) -> Result<(), RenderError> {
        match dates::serial(moment, self.setting.time_zone) {
            Some(serial) => self.number(span, serial, format),
            None => self.text(span, &moment.to_string(), format),
        }
    }

    /// Writes the heading of a section, with space above it.
    pub(crate) fn section(&mut self, text: &str) -> Result<(), RenderError> {
        self.gap(14.0)?;
        let format = self.formats.section();
        self.text(Span::ALL, text, &format)?;
        self.end_line(24.0)
    }

    /// Writes the dark band at the top of the page.
    pub(crate) fn banner(&mut self, title: &str, lines: &[String]) -> Result<(), RenderError> {
        let big = self.formats.banner().set_bold().set_font_size(20);
        self.text(Span::ALL, title, &big)?;
        self.end_line(42.0)?;
        let small = self.formats.banner();
        for line in lines {
            self.text(Span::ALL, line, &small)?;
            self.end_line(20.0)?;
        }
        Ok(())
    }
}

/// Returns the height in points that a wrapped text needs in a span.
pub(crate) fn lines_height(text: &str, span: Span) -> f64 {
    f64::from(limits::wrapped_lines(text, span.width(), 22)) * LINE + 4.0
}
