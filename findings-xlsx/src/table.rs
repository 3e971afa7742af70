//! A sheet that is one table: everything but its rows. A table that fills a sheet goes on in the next one.

use std::borrow::Cow;
use std::ops::Range;

use findings_core::report::Report;
use rust_xlsxwriter::{Color, FilterCondition, Format, IgnoreError, Worksheet};

use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Width};
use crate::error::RenderError;
use crate::formats::Formats;
use crate::lang::Texts;
use crate::limits;
use crate::package::frame::{self, SampleFormats};
use crate::package::table_rows::RowSource;
use crate::rules;
use crate::setting::Setting;

/// How a table is printed, always in landscape and with the header on each page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    /// A4, all columns on one page.
    OnePage,
    /// A4, two pages wide with the frozen columns on each.
    TwoPages,
    /// A3, all columns on one page.
    OneLargePage,
}

/// A table as data.
#[derive(Clone, Debug)]
pub(crate) struct Table<R> {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column<R>>,
    /// Number of columns that stay in place when scrolling to the right.
    pub(crate) frozen: u16,
    /// Columns that are folded away: in a group that a click opens.
    pub(crate) folded: Range<usize>,
    /// Minimum and maximum height of a row, in lines of text.
    pub(crate) lines: (u32, u32),
    pub(crate) paper: Paper,
    pub(crate) tab: Color,
    /// Sentence that is written in place of the rows if there are none.
    pub(crate) empty: &'static str,
    /// Whether rows with a decision are greyed out.
    pub(crate) fades_decided: bool,
    /// The rows that are shown first; `None` shows all.
    pub(crate) view: Option<View<R>>,
}

/// A filter that is set when a file is opened. Everybody can clear it.
#[derive(Clone, Debug)]
pub(crate) struct View<R> {
    /// The column that is filtered.
    pub(crate) column: usize,
    /// The text that its cells have in the rows that are shown.
    pub(crate) value: String,
    /// Whether a row is shown.
    pub(crate) shows: fn(&R, &Report) -> bool,
}

impl<R> Table<R> {
    /// Whether the filter hides a row.
    pub(crate) fn hides(&self, row: &R, report: &Report) -> bool {
        self.view.as_ref().is_some_and(|view| !(view.shows)(row, report))
    }

    /// Writes everything but the rows. `rows` is the number of rows that the sheet will get.
    pub(crate) fn set_up(
        &self,
        sheet: &mut Worksheet,
        context: &Context<'_>,
        rows: usize,
        widths: &[u8],
    ) -> Result<(), RenderError> {
        self.layout(context).set_up(sheet, &context.setting(), rows, widths)?;
        if let Some(view) = self.view.as_ref().filter(|_| rows > 0) {
            let only = FilterCondition::new().add_list_filter(&*view.value);
            sheet.filter_column(u16::try_from(view.column)?, &only)?;
        }
        if rows > 0 {
            let samples = self.sample_formats(&Formats::new(context.texts));
            frame::write_samples(sheet, &samples, self.columns[0].name.heading(context.report.locale))?;
        }
        Ok(())
    }

    fn layout(&self, context: &Context<'_>) -> Layout<'_> {
        let head = |column| -> Head<'_> {
            let Column { name, kind, .. }: &Column<R> = column;
            Head { text: context.heading(name), kind: *kind }
        };
        Layout {
            heads: self.columns.iter().map(head).collect(),
            frozen: self.frozen,
            folded: self.folded.clone(),
            lines: self.lines,
            paper: self.paper,
            tab: self.tab,
            empty: self.empty,
            fades_decided: self.fades_decided,
        }
    }

    fn sample_formats(&self, formats: &Formats) -> SampleFormats {
        let plain: Vec<Format> = self.columns.iter().map(|column| column.kind.format(formats)).collect();
        let quoted = plain.iter().map(|format| format.clone().set_quote_prefix()).collect();
        SampleFormats { plain, quoted, link: formats.link(), quoted_link: formats.link().set_quote_prefix() }
    }
}

/// The heading and the kind of a column.
#[derive(Clone, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) kind: Kind,
}

/// The look of a table, whatever its rows are.
#[derive(Clone, Debug)]
pub(crate) struct Layout<'a> {
    pub(crate) heads: Vec<Head<'a>>,
    /// Number of columns that stay in place when scrolling to the right.
    pub(crate) frozen: u16,
    /// Columns that are folded away.
    pub(crate) folded: Range<usize>,
    /// Minimum and maximum height of a row, in lines of text.
    pub(crate) lines: (u32, u32),
    pub(crate) paper: Paper,
    pub(crate) tab: Color,
    /// Sentence that is written in place of the rows if there are none.
    pub(crate) empty: &'static str,
    /// Whether rows with a decision are greyed out.
    pub(crate) fades_decided: bool,
}

impl Layout<'_> {
    /// Writes everything but the rows. `rows` is the number of rows that the sheet will get.
    pub(crate) fn set_up(
        &self,
        sheet: &mut Worksheet,
        setting: &Setting<'_>,
        rows: usize,
        widths: &[u8],
    ) -> Result<(), RenderError> {
        let last_row = u32::try_from(rows)?;
        let (texts, formats) = (setting.texts, Formats::new(setting.texts));
        sheet.set_default_row_height(points(row_pixels(self.lines.0, texts))).set_row_height(0, 33)?;
        sheet.set_tab_color(self.tab).set_freeze_panes(1, self.frozen)?;
        for ((col, head), width) in (0..).zip(&self.heads).zip(widths) {
            sheet.set_column_format(col, &head.kind.format(&formats))?;
            let heading = head.kind.heading(&formats);
            // a heading can be a name from outside
            let heading = if limits::looks_like_formula(&head.text) { heading.set_quote_prefix() } else { heading };
            sheet.write_string_with_format(0, col, &*head.text, &heading)?;
            sheet.set_column_width(col, *width)?;
        }
        if !self.folded.is_empty() {
            sheet.group_columns_collapsed(u16::try_from(self.folded.start)?, u16::try_from(self.folded.end - 1)?)?;
        }
        if rows == 0 {
            // the cells to the right stay empty, and Excel shows the sentence across them
            sheet.write_string_with_format(1, 0, self.empty, &formats.text().set_bold())?;
        } else {
            let kinds: Vec<Kind> = self.heads.iter().map(|head| head.kind).collect();
            rules::add(sheet, &kinds, last_row, setting, self.fades_decided)?;
            for (col, _) in (0..).zip(&kinds).filter(|(_, kind)| **kind == Kind::Id) {
                // else Excel puts a green triangle on each of them
                sheet.ignore_error_range(1, col, last_row, col, IgnoreError::NumberStoredAsText)?;
            }
        }
        let last_col = u16::try_from(self.heads.len())?.saturating_sub(1);
        sheet.autofilter(0, 0, last_row.max(1), last_col)?;
        // nobody reads a key on paper
        if let Some(key) = self.heads.iter().position(|head| head.kind == Kind::Key).filter(|key| *key > 0) {
            sheet.set_print_area(0, 0, last_row.max(1), u16::try_from(key - 1)?)?;
        }
        self.set_up_page(sheet, setting)
    }

    fn set_up_page(&self, sheet: &mut Worksheet, setting: &Setting<'_>) -> Result<(), RenderError> {
        sheet.set_landscape().set_repeat_rows(0, 0)?;
        match self.paper {
            Paper::OnePage => _ = sheet.set_paper_size(9).set_print_fit_to_pages(1, 0),
            Paper::TwoPages => {
                sheet.set_paper_size(9).set_print_fit_to_pages(2, 0);
                sheet.set_repeat_columns(0, self.frozen.saturating_sub(1))?;
            }
            Paper::OneLargePage => _ = sheet.set_paper_size(8).set_print_fit_to_pages(1, 0),
        }
        page_texts(sheet, setting);
        Ok(())
    }
}

/// The most rows of a sheet whose texts are measured, because measuring makes each row a second time. In a longer sheet, a
/// column that fits its texts has its greatest width.
const MEASURED: usize = 10_000;

/// Returns the widths of the columns, in characters.
pub(crate) fn widths<R>(
    columns: &[Column<R>],
    source: impl RowSource<R>,
    range: Range<usize>,
    context: &Context<'_>,
) -> Result<Vec<u8>, RenderError> {
    let least = |column: &Column<R>| limits::display_width(column.name.heading(context.report.locale)) + 4;
    let mut widths: Vec<usize> = columns.iter().map(least).collect();
    // rows in the outer loop: each row is then made once for all columns
    if range.len() > MEASURED {
        return Ok(columns.iter().map(|column| column.width.max_width()).collect());
    }
    source.each(range, |row| {
        for (width, column) in widths.iter_mut().zip(columns) {
            if let Width::Fit(_, most) = column.width
                // a column at its maximum cannot grow, and values are costly to make and to measure
                && *width < usize::from(most)
                && let Cell::Text(text) = column.value.of(row, context)
            {
                *width = (*width).max(limits::display_width(&text));
            }
        }
        Ok(())
    })?;
    Ok(widths.into_iter().zip(columns).map(|(width, column)| column.width.bounded(width + 1)).collect())
}

/// Returns the height in pixels of a row with a number of lines of text.
pub(crate) fn row_pixels(lines: u32, texts: &Texts) -> u32 {
    // a row is at most 409 points high in Excel, which are 545 pixels
    (lines * texts.font.row_pixels + 4).min(545)
}

fn points(pixels: u32) -> f64 {
    f64::from(pixels) * 0.75
}

/// Sets the header and the footer of printed pages.
pub(crate) fn page_texts(sheet: &mut Worksheet, setting: &Setting<'_>) {
    let subject = limits::header_text(setting.subject);
    sheet
        .set_header(format!("&L{subject}&C&B&KC00000{}&R&A", setting.alarm))
        .set_footer(format!("&C{}", setting.texts.page_footer));
    sheet.set_margins(0.4, 0.4, 0.7, 0.6, 0.3, 0.3);
}
