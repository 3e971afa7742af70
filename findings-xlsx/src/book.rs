//! The workbook: which sheets, in which order, and what it says about itself.

use findings_core::report::Report;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::cell::Context;
use crate::digest::Digest;
use crate::error::RenderError;
use crate::formats;
use crate::guidance::Guidance;
use crate::lang::{self, Texts};
use crate::limits::{self, Limits};
use crate::package::file::WorkbookFile;
use crate::package::packer::Packing;
use crate::sheets;

/// Renders the whole workbook and counts the findings written into it.
pub(crate) fn render(
    report: &Report,
    guidance: &Guidance,
    limits: Limits,
    packing: Packing,
) -> Result<(Vec<u8>, u64), RenderError> {
    let context = Context::new(report, guidance, limits);

    let digest = Digest::new(report);

    let mut file = WorkbookFile::new(without_sheets(report, context.texts)?);
    sheets::summary::write(&mut file.book, &context, &digest)?;
    let findings = sheets::findings::write(&mut file, context)?;
    sheets::controls::write(&mut file, context, &digest)?;
    sheets::accounts::write(&mut file, context, &digest)?;
    sheets::resolved::write(&mut file, context)?;
    sheets::about::write(&mut file.book, &context, &digest)?;
    let (bytes, rows) = file.finish(packing)?;
    Ok((bytes, findings.filter_map(|sheet| rows.get(&sheet)).sum()))
}

/// A workbook in a language, with what it says about itself.
pub(crate) fn without_sheets(report: &Report, texts: &Texts) -> Result<Workbook, RenderError> {
    let mut book = Workbook::new();
    book.set_default_format(&formats::default_format(texts), texts.font.row_pixels, texts.font.column_pixels)?;
    book.set_properties(&properties(report, texts)?);
    Ok(book)
}

/// Title and time. The time is the report's, so that the same report gives the same bytes.
fn properties(report: &Report, texts: &Texts) -> Result<DocProperties, RenderError> {
    let title = lang::fill(texts.summary.title, &[("project", &report.project)]);
    // the format has no negative years; such a report is a test
    let seconds = report.generated_at.as_second().max(0);
    Ok(DocProperties::new()
        .set_title(limits::short_text(&title))
        .set_subject(limits::short_text(report.run_id.as_str()))
        .set_comment(env!("CARGO_PKG_NAME"))
        .set_creation_datetime(&ExcelDateTime::from_timestamp(seconds)?))
}
