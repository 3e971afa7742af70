//! The workbook with what became of a returned report.

use findings_core::decision::{DecisionReply, EntryReply};
use findings_core::rendering::resource_name;
use findings_core::wording::ReturnColumn;
use findings_core::{Locale, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::book;
use crate::cell::Kind;
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value};
use crate::lang::{self, Texts};
use crate::setting::Setting;
use crate::table::Paper;

/// Renders what became of a returned report as an Excel workbook: one row for each entry, what was not taken first.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::testing::decisions::decision_reply;
/// use findings_xlsx::ReplyWorkbook;
/// use jiff::tz::TimeZone;
///
/// let workbook = ReplyWorkbook::new(Locale::En, TimeZone::UTC);
/// let body = workbook.render(&decision_reply("a"), "2026-11-23T00:00:00Z".parse()?)?;
/// assert!(body.starts_with(b"PK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReplyWorkbook {
    locale: Locale,
    time_zone: TimeZone,
}

impl ReplyWorkbook {
    /// The file name extension of the workbook, without the dot.
    pub const EXTENSION: &'static str = "xlsx";

    /// The media type of the workbook.
    pub const MEDIA_TYPE: &'static str = crate::xlsx_renderer::FORMAT.media_type;

    /// A workbook in this language, with times in this time zone.
    pub fn new(locale: Locale, time_zone: TimeZone) -> Self {
        Self { locale, time_zone }
    }

    /// Returns the file. `at` is the time that it names as its own; the same input gives the same bytes.
    ///
    /// # Errors
    /// If the file cannot be written, for example because it has more rows than Excel can open.
    pub fn render(&self, reply: &DecisionReply, at: Timestamp) -> Result<Vec<u8>> {
        self.write(reply, at).map_err(|error| error.into_core(&reply.source.project))
    }

    fn write(&self, reply: &DecisionReply, at: Timestamp) -> std::result::Result<Vec<u8>, RenderError> {
        let texts = lang::texts(self.locale);
        let (project, run) = (&reply.source.project, reply.source.run_id.as_str());
        let setting = Setting { texts, time_zone: &self.time_zone, subject: project, alarm: "", until: None };
        let grid = Grid {
            name: texts.columns.what_became,
            columns: columns(texts),
            rows: reply.entries.iter().map(|entry| row(entry, texts, self.locale)).collect(),
            frozen: 1,
            lines: 6,
            paper: Paper::OnePage,
            tab: palette::NAVY,
            empty: texts.finding.no_entries,
            notes: vec![format!("{project} / {run} / {} / {}", reply.file, reply.receipt())],
        };
        let mut book = book::titled(texts.columns.what_became, run, at, None, texts)?;
        grid.write(&mut book, &setting)?;
        Ok(book.save_to_buffer()?)
    }
}

fn columns(texts: &'static Texts) -> Vec<GridColumn<'static>> {
    let (columns, say) = (&texts.columns, texts.wording);
    let entered = |column, kind, least, most| GridColumn::fit(say.return_column(column), kind, least, most);
    vec![
        GridColumn::fit(columns.what_became, Kind::Wrapped, 24, 60),
        GridColumn::fit(columns.place, Kind::Wrapped, 18, 40),
        GridColumn::fixed(columns.severity, Kind::Severity, 16),
        GridColumn::fit(columns.control, Kind::Text, 12, 24),
        GridColumn::fit(columns.title, Kind::Wrapped, 24, 50),
        GridColumn::fixed(columns.account, Kind::Id, 16),
        GridColumn::fit(columns.resource, Kind::Wrapped, 24, 50),
        entered(ReturnColumn::Decision, Kind::Text, 14, 24),
        entered(ReturnColumn::Owner, Kind::Wrapped, 12, 30),
        entered(ReturnColumn::Due, Kind::Date, 13, 13),
        entered(ReturnColumn::Comment, Kind::Wrapped, 20, 50),
    ]
}

fn row<'a>(entry: &'a EntryReply, texts: &'static Texts, locale: Locale) -> Vec<Value<'a>> {
    let say = texts.wording;
    let mut row = vec![Value::owned(say.entry_outcome(&entry.outcome)), Value::owned(entry.places.join("; "))];
    match &entry.issue {
        Some(issue) => row.extend([
            Value::Severity(issue.severity),
            Value::text(issue.control_id.as_deref().unwrap_or_default()),
            Value::text(&issue.title),
            Value::owned(issue.account.to_string()),
            Value::owned(
                issue.resource.as_deref().map_or_else(String::new, |id| resource_name(id, locale).into_owned()),
            ),
        ]),
        None => row.extend(std::iter::repeat_with(|| Value::EMPTY).take(5)),
    }
    if let Some(entered) = &entry.entry {
        row.extend([
            Value::text(say.decision(entered.kind)),
            Value::text(entered.owner.as_deref().unwrap_or_default()),
            entered.due.map_or(Value::EMPTY, Value::day),
            Value::text(entered.comment.as_deref().unwrap_or_default()),
        ]);
    }
    row
}
