//! Renders the findings as a CSV file, for other tools than Excel.

use std::borrow::Cow;
use std::sync::Arc;

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use findings_core::csv_text::guard_formulas;
use findings_core::rendering::{self, Gap};
use findings_core::report::{Conclusion, RenderedReport, Report, ReportFormat};
use findings_core::{Error, ErrorKind, ReportRenderer, Result};

use crate::cell::{Cell, Context, Kind};
use crate::column::Column;
use crate::columns::FindingColumns;
use crate::lang::{self, Texts};
use crate::limits;
use crate::settings::Settings;

const FORMAT: ReportFormat = ReportFormat::new("csv", "text/csv; charset=utf-8");

/// Renders the findings as CSV: the columns of the workbook's findings sheet, in the report's language and time zone.
/// The columns that people fill in are among them if the report can be returned.
///
/// The file is UTF-8 with a byte order mark, which makes Excel read it as UTF-8. Cells are separated by commas and
/// always quoted, and lines end with CR LF. A text that a spreadsheet could read as a formula has an apostrophe in
/// front, also within a cell wherever a reader with another separator would begin a new cell.
///
/// If the report is incomplete, or accounts are known not to be covered, the first rows say so; they have no finding
/// ID. A file without such rows is complete and its coverage is proven, even if it has only a header.
///
/// ```
/// use findings_core::{ReportRenderer, report::Report};
/// use findings_xlsx::CsvRenderer;
///
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let body = CsvRenderer::new().render(&report)?.body;
/// assert!(body.starts_with("\u{feff}\"Severity\",\"Change\",".as_bytes()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CsvRenderer {
    settings: Settings,
}

impl CsvRenderer {
    /// Returns a renderer with the standard columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the columns and their order. Those that a workbook folds away are there, too.
    pub fn with_columns(mut self, columns: FindingColumns) -> Self {
        self.settings.columns = Arc::new(columns);
        self
    }
}

impl ReportRenderer for CsvRenderer {
    fn format(&self) -> ReportFormat {
        FORMAT
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let body = write(report, &self.settings)?;
        Ok(RenderedReport::new(body, FORMAT, report.findings.len() as u64))
    }
}

fn write(report: &Report, settings: &Settings) -> Result<Vec<u8>> {
    let unwritten = |error: csv::Error| {
        Error::new(ErrorKind::Other, "write the CSV file of").with_subject(&report.project).with_source(error)
    };
    let texts = lang::texts(report.locale);
    let context = Context::new(report, settings);
    // the columns that people fill in are there only if somebody reads them
    let is_returned = report.returning.is_some();
    let columns: Vec<_> =
        settings.columns.of(report).into_iter().filter(|c| is_returned || !c.kind.is_entry()).collect();
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    record(&mut writer, texts, columns.iter().map(|c| context.heading(&c.name))).map_err(unwritten)?;
    for gap in rendering::gaps(report) {
        record(&mut writer, texts, columns.iter().map(|c| gap_text(&gap, c.id(), &context))).map_err(unwritten)?;
    }
    for notice in rendering::notices(report).into_iter().chain(unproven(report, texts)) {
        let gap = Gap { account: None, sentence: notice, detail: String::new() };
        let cell = |id| match id {
            "severity" => texts.wording.not_all_checked().into(),
            _ => gap_text(&gap, id, &context),
        };
        record(&mut writer, texts, columns.iter().map(|c| cell(c.id()))).map_err(unwritten)?;
    }
    for row in &report.findings {
        let row = row?;
        let cells = columns.iter().map(|c| cell_text(c, c.value.of(&row, &context), &context));
        record(&mut writer, texts, cells).map_err(unwritten)?;
    }
    writer.into_inner().map_err(|e| unwritten(e.into_error().into()))
}

/// Returns how many issues could not be checked and, if the file would have only a header without it, that coverage was
/// not checked.
fn unproven(report: &Report, texts: &Texts) -> impl Iterator<Item = String> {
    let is_unverified = report.certainty().conclusion(report.findings.len() as u64) == Conclusion::Unverified;
    let unverified = is_unverified.then(|| rendering::assurance(report));
    texts.wording.stale(&report.stale).into_iter().chain(unverified)
}

fn record<'a>(
    writer: &mut Writer<Vec<u8>>,
    texts: &Texts,
    cells: impl Iterator<Item = Cow<'a, str>>,
) -> csv::Result<()> {
    for cell in cells {
        writer.write_field(&*guard_formulas(&limits::cell_text(cell, texts)))?;
    }
    writer.write_record(None::<&[u8]>)
}

/// Returns the text of a gap's row in a column. Severity and title both say it, because either may be the only column
/// that a reader sees.
fn gap_text<'a>(gap: &'a Gap, column: &str, context: &Context<'a>) -> Cow<'a, str> {
    match column {
        "severity" => context.texts.page_incomplete.into(),
        "title" if !gap.detail.is_empty() && !context.columns.has("description") => {
            format!("{} ({})", gap.sentence, gap.detail).into()
        }
        "title" => gap.sentence.as_str().into(),
        "account" => gap.account.map_or_else(String::new, |id| id.to_string()).into(),
        "description" => gap.detail.as_str().into(),
        _ => "".into(),
    }
}

fn cell_text<'a, R>(column: &Column<R>, cell: Cell<'a>, context: &Context<'a>) -> Cow<'a, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) | Cell::Jump { text, .. } => text,
        Cell::Number(number) => number.to_string().into(),
        Cell::Day(day) => day.to_string().into(),
        Cell::Moment(moment) => {
            let pattern = if column.kind == Kind::Date { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" };
            context.report.time_zone.to_datetime(moment).strftime(pattern).to_string().into()
        }
        Cell::Link { url, .. } if column.kind == Kind::Open => url,
        Cell::Link { text, url } => format!("{text}\n{url}").into(),
    }
}
