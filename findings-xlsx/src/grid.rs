//! A sheet that is one table, of a report that is small enough to be written as a whole.
//!
//! Unlike a table of findings, it has words in place of numbers that are not known, marks for numbers that may be too
//! low, and notes below. Charts find its numbers in the file, because its rows are written together with them.

use std::borrow::Cow;

use findings_core::{Severity, SeverityCounts};
use jiff::civil::Date;
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet};

use crate::cell::{Cell, Kind};
use crate::column::Width;
use crate::dates;
use crate::error::RenderError;
use crate::formats::{Formats, on_severity, severity_color};
use crate::limits;
use crate::setting::Setting;
use crate::table::{Head, Layout, Paper, row_pixels};

/// The value of a cell.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Plain(Cell<'a>),
    /// A word in place of a number.
    Word(&'static str),
    /// A number that may be too low.
    Doubtful(u64),
    /// An empty cell that is marked, because its number would be too low.
    Gap,
    Severity(Severity),
}

impl<'a> Value<'a> {
    pub(crate) const EMPTY: Self = Self::Plain(Cell::Empty);

    pub(crate) fn text(text: &'a str) -> Self {
        Self::Plain(Cell::text(text))
    }

    pub(crate) fn owned(text: String) -> Self {
        Self::Plain(Cell::owned(text))
    }

    pub(crate) fn count(n: u64) -> Self {
        Self::Plain(Cell::count(n))
    }

    pub(crate) fn day(day: Date) -> Self {
        Self::Plain(Cell::Day(day))
    }

    pub(crate) fn number(n: f64) -> Self {
        Self::Plain(Cell::Number(n))
    }

    /// A share, which Excel stores as 1 for 100 %.
    pub(crate) fn percent(percent: f64) -> Self {
        Self::number(percent / 100.0)
    }

    /// The number, or a word if it is not known.
    pub(crate) fn or_word<T>(value: Option<T>, some: impl FnOnce(T) -> Self, word: &'static str) -> Self {
        value.map_or(Self::Word(word), some)
    }

    pub(crate) fn count_or(n: Option<u64>, word: &'static str) -> Self {
        Self::or_word(n, Self::count, word)
    }

    /// The number of a week; one of an incomplete week may be too low.
    pub(crate) fn counted(n: u64, is_whole: bool) -> Self {
        if is_whole { Self::count(n) } else { Self::Doubtful(n) }
    }
}

/// The numbers of the severities, the worst first.
pub(crate) fn by_severity<'a>(counts: &SeverityCounts) -> [Value<'a>; 5] {
    Severity::WORST_FIRST.map(|severity| Value::count(counts.get(severity)))
}

/// A column of a grid.
#[derive(Clone, Debug)]
pub(crate) struct GridColumn<'a> {
    head: Head<'a>,
    width: Width,
}

impl<'a> GridColumn<'a> {
    /// A column of a fixed width, in characters.
    pub(crate) fn new(text: impl Into<Cow<'a, str>>, kind: Kind, width: u8) -> Self {
        Self { head: Head { text: text.into(), kind }, width: Width::Fixed(width) }
    }

    /// As [`Self::new`], with one of our own texts.
    pub(crate) fn fixed(text: &'static str, kind: Kind, width: u8) -> Self {
        Self::new(text, kind, width)
    }

    /// A column as wide as its widest text, within bounds.
    pub(crate) fn fit(text: impl Into<Cow<'a, str>>, kind: Kind, least: u8, most: u8) -> Self {
        Self { head: Head { text: text.into(), kind }, width: Width::Fit(least, most) }
    }
}

/// A table as data.
#[derive(Debug)]
pub(crate) struct Grid<'a> {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<GridColumn<'a>>,
    pub(crate) rows: Vec<Vec<Value<'a>>>,
    /// Number of columns that stay in place when scrolling to the right.
    pub(crate) frozen: u16,
    /// Maximum height of a row, in lines of text.
    pub(crate) lines: u32,
    pub(crate) paper: Paper,
    pub(crate) tab: Color,
    /// Sentence that is written in place of the rows if there are none.
    pub(crate) empty: &'static str,
    /// Written below the rows.
    pub(crate) notes: Vec<String>,
}

impl Grid<'_> {
    /// Adds the sheet, and returns it.
    pub(crate) fn write<'b>(
        &self,
        book: &'b mut Workbook,
        setting: &Setting<'_>,
    ) -> Result<&'b mut Worksheet, RenderError> {
        let sheet = book.add_worksheet();
        sheet.set_name(self.name)?;
        let widths = self.widths();
        self.layout().set_up(sheet, setting, self.rows.len(), &widths)?;
        let mut writer = CellWriter::new(sheet, setting, &self.columns);
        for (row, values) in (1..).zip(&self.rows) {
            let mut lines = 1;
            for (col, (value, width)) in (0..).zip(values.iter().zip(&widths)) {
                lines = lines.max(writer.write(row, col, value, *width, self.lines)?);
            }
            if lines > 1 {
                writer.sheet.set_row_height_pixels(row, row_pixels(lines, setting.texts))?;
            }
        }
        self.write_notes(sheet, setting)?;
        Ok(sheet)
    }

    fn layout(&self) -> Layout<'_> {
        let heads = self.columns.iter().map(|column| Head { text: Cow::Borrowed(&*column.head.text), ..column.head });
        let Self { frozen, lines, paper, tab, empty, .. } = *self;
        Layout {
            heads: heads.collect(),
            frozen,
            folded: 0..0,
            lines: (1, lines),
            paper,
            tab,
            empty,
            fades_decided: false,
        }
    }

    fn widths(&self) -> Vec<u8> {
        let width = |(at, column): (usize, &GridColumn<'_>)| {
            let cells = self.rows.iter().filter_map(|row| match row.get(at)? {
                Value::Plain(Cell::Text(text)) => Some(limits::display_width(text)),
                Value::Word(word) => Some(limits::display_width(word)),
                _ => None,
            });
            column.width.bounded(cells.max().unwrap_or(0) + 1)
        };
        self.columns.iter().enumerate().map(width).collect()
    }

    fn write_notes(&self, sheet: &mut Worksheet, setting: &Setting<'_>) -> Result<(), RenderError> {
        let format = Formats::muted(Formats::new(setting.texts).text());
        // a line is left free, so that a filter or a sort does not take the notes for rows
        let first = u32::try_from(self.rows.len().max(1))? + 2;
        for (row, note) in (first..).zip(&self.notes) {
            sheet.write_string_with_format(row, 0, limits::cell_text(note, setting.texts), &format)?;
        }
        Ok(())
    }
}

/// Writes cells. A cell without a format of its own has that of its column.
struct CellWriter<'w, 'v> {
    sheet: &'w mut Worksheet,
    setting: Setting<'v>,
    kinds: Vec<Kind>,
    formats: Formats,
    word: Format,
    doubtful: Format,
}

impl<'w, 'v> CellWriter<'w, 'v> {
    fn new(sheet: &'w mut Worksheet, setting: &Setting<'v>, columns: &[GridColumn<'_>]) -> Self {
        let formats = Formats::new(setting.texts);
        let (word, doubtful) = (formats.word(), Formats::doubtful(formats.count()));
        let kinds = columns.iter().map(|column| column.head.kind).collect();
        Self { sheet, setting: *setting, kinds, formats, word, doubtful }
    }

    /// Writes a cell, and returns the number of lines that it takes.
    fn write(&mut self, row: u32, col: u16, value: &Value<'_>, width: u8, most: u32) -> Result<u32, RenderError> {
        match value {
            Value::Plain(Cell::Empty) => {}
            Value::Plain(Cell::Text(text) | Cell::Link { text, .. } | Cell::Jump { text, .. }) => {
                return self.text(row, col, text, width, most);
            }
            Value::Plain(Cell::Number(number)) => _ = self.sheet.write_number(row, col, *number)?,
            Value::Plain(Cell::Moment(moment)) => match dates::serial(*moment, self.setting.time_zone) {
                Some(serial) => _ = self.sheet.write_number(row, col, serial)?,
                None => _ = self.sheet.write_string(row, col, moment.to_string())?,
            },
            Value::Plain(Cell::Day(day)) => match dates::day_serial(*day) {
                Some(serial) => _ = self.sheet.write_number(row, col, serial)?,
                None => _ = self.sheet.write_string(row, col, day.to_string())?,
            },
            Value::Word(word) => _ = self.sheet.write_string_with_format(row, col, *word, &self.word)?,
            #[expect(clippy::cast_precision_loss, reason = "Excel has no other number, and counts stay below 2^53")]
            Value::Doubtful(n) => _ = self.sheet.write_number_with_format(row, col, *n as f64, &self.doubtful)?,
            Value::Gap => _ = self.sheet.write_blank(row, col, &self.doubtful)?,
            Value::Severity(severity) => {
                let format = self.formats.label();
                let format = format.set_background_color(severity_color(*severity));
                let format = format.set_font_color(on_severity(*severity));
                let name = self.setting.texts.severity_name(*severity);
                self.sheet.write_string_with_format(row, col, name, &format)?;
            }
        }
        Ok(1)
    }

    fn text(&mut self, row: u32, col: u16, text: &str, width: u8, most: u32) -> Result<u32, RenderError> {
        let text = limits::cell_text(text, self.setting.texts);
        let kind = self.kinds[usize::from(col)];
        if limits::looks_like_formula(&text) {
            let quoted = kind.format(&self.formats).set_quote_prefix();
            self.sheet.write_string_with_format(row, col, &*text, &quoted)?;
        } else {
            self.sheet.write_string(row, col, &*text)?;
        }
        Ok(if kind.wraps() { limits::wrapped_lines(&text, f64::from(width), most) } else { 1 })
    }
}
