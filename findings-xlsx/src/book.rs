//! The workbook: its sheets, their order, and the document properties.

use findings_core::rendering::{self, Digest};
use findings_core::report::Report;
use jiff::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::cell::Context;
use crate::error::RenderError;
use crate::formats;
use crate::lang::{self, Texts};
use crate::limits;
use crate::package::file::WorkbookFile;
use crate::settings::Settings;
use crate::sheets;

/// Renders the whole workbook. Returns its bytes and the number of findings in it.
pub(crate) fn render(report: &Report, settings: &Settings) -> Result<(Vec<u8>, u64), RenderError> {
    let context = Context::new(report, settings);
    let digest = Digest::new(report)?;
    let week = rendering::this_week(report, &digest)?;
    let owners = rendering::owner_rows(report);
    let mut file = WorkbookFile::new(without_sheets(report, context.texts)?);
    sheets::summary::write(&mut file.book, &context, &digest)?;
    sheets::week::write(&mut file, context, &digest, &week)?;
    let findings = sheets::findings::write(&mut file, context)?;
    sheets::controls::write(&mut file, context, &digest)?;
    sheets::owners::write(&mut file, context, &owners)?;
    sheets::accounts::write(&mut file, context, &digest)?;
    sheets::resolved::write(&mut file, context)?;
    sheets::accepted::write(&mut file, context)?;
    sheets::about::write(&mut file.book, &context, &digest)?;
    if context.view().is_some() {
        file.book.worksheet_from_name(context.texts.sheets.findings)?.set_active(true);
    }
    hide_empty_sheets(&mut file.book, &context, &digest)?;
    let (bytes, rows) = file.finish(settings.packing)?;
    Ok((bytes, findings.filter_map(|sheet| rows.get(&sheet)).sum()))
}

/// Hides sheets of a report without findings that have nothing to say: hidden sheets are not printed, and the file still has
/// all that is read when it comes back. Nothing is hidden that is incomplete.
fn hide_empty_sheets(book: &mut Workbook, context: &Context<'_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    let (report, names) = (context.report, context.texts.sheets);
    if !is_quiet(report) {
        return Ok(());
    }
    let hidden = [
        (names.findings, true),
        (names.controls, true),
        (names.accounts, digest.accounts.len() <= sheets::summary::SHOWN_ACCOUNTS),
        (names.resolved, report.resolved.is_empty()),
    ];
    for (name, _) in hidden.iter().filter(|(_, is_hidden)| *is_hidden) {
        book.worksheet_from_name(name)?.set_hidden(true);
    }
    Ok(())
}

/// Whether the report is complete and has no findings, so that two pages say everything.
pub(crate) fn is_quiet(report: &Report) -> bool {
    report.findings.is_empty() && report.is_complete()
}

/// Returns a workbook without sheets, with its default format and document properties.
pub(crate) fn without_sheets(report: &Report, texts: &Texts) -> Result<Workbook, RenderError> {
    let title = lang::fill(texts.summary.title, &[("project", &report.project)]);
    let token = report.returning.as_ref().and_then(|returning| returning.token.as_deref());
    titled(&title, report.run_id.as_str(), report.generated_at, token, texts)
}

/// The document property with the mark of the report, in case the heading with it does not come back.
const MARK: &str = "findings-report";

/// Returns a workbook without sheets, with the default format of a language, a title and a subject. Its time is the
/// report's, because the same report must give the same bytes.
pub(crate) fn titled(
    title: &str,
    subject: &str,
    at: Timestamp,
    token: Option<&str>,
    texts: &Texts,
) -> Result<Workbook, RenderError> {
    let mut book = Workbook::new();
    book.set_default_format(&formats::default_format(texts), texts.font.row_pixels, texts.font.column_pixels)?;
    // the file format has no negative years; only tests render such a report
    let created = ExcelDateTime::from_timestamp(at.as_second().max(0))?;
    let properties = DocProperties::new()
        .set_title(limits::short_text(title))
        .set_subject(limits::short_text(subject))
        .set_comment(env!("CARGO_PKG_NAME"))
        .set_creation_datetime(&created);
    // a property holds no more, and half a mark is none
    let properties = match token.filter(|token| token.len() <= limits::MAX_SHORT) {
        Some(token) => properties.set_custom_property(MARK, token),
        None => properties,
    };
    book.set_properties(&properties);
    Ok(book)
}
