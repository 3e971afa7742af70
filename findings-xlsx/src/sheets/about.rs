//! The sheet About: the origin of the report, its problems, whether the counts add up, and a glossary.

use findings_core::rendering::{self, Digest};
use findings_core::report::{Change, ProblemKind};
use findings_core::{ComplianceStatus, Severity, WorkflowStatus};
use rust_xlsxwriter::{Format, FormatAlign, Workbook};

use super::page::{Page, Span, lines_height};
use super::summary::SHOWN_GAPS;
use crate::book;
use crate::cell::Context;
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::fill;

const CHANGES: [Change; 4] = [Change::New, Change::Reopened, Change::Open, Change::Worse];
const COMPLIANCES: [ComplianceStatus; 4] =
    [ComplianceStatus::Failed, ComplianceStatus::Warning, ComplianceStatus::NotAvailable, ComplianceStatus::Passed];

const LABEL: Span = Span(0, 4);
const VALUE: Span = Span(4, 8);

pub(crate) fn write(book: &mut Workbook, context: &Context<'_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    let mut page = Page::open(book, context.texts.sheets.about, context)?;
    page.sheet.set_tab_color(palette::MUTED);
    page.banner(page.texts.about.title, &[])?;
    origin(&mut page)?;
    how_to_return(&mut page)?;
    problems(&mut page)?;
    counts(&mut page, digest)?;
    if !book::is_quiet(context.report) {
        glossary(&mut page)?;
    }
    page.section(page.texts.use_heading)?;
    let nobody_reads = page.context.report.returning.is_none().then_some(page.texts.returning.nobody_reads);
    let texts = page.texts;
    let links = if context.report.console_portal.is_some() { texts.portal_note } else { texts.console_note };
    notes(&mut page, texts.use_notes.into_iter().chain([texts.about.age, links]).chain(nobody_reads).map(str::to_owned))
}

/// Writes what becomes of decisions that are entered, if somebody reads them.
fn how_to_return(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let Some(sentence) = page.context.setting().how_to_return() else { return Ok(()) };
    let (report, texts) = (page.context.report, page.texts);
    page.section(texts.returning.heading)?;
    let contact = report.contact.as_deref().unwrap_or(texts.returning.sender);
    let values = [("contact", contact), ("sheet", texts.sheets.accepted)];
    let lines = texts.returning.notes.iter().map(|note| fill(note, &values));
    let lines = [sentence].into_iter().chain(lines).chain([texts.wording.emptied_decides_nothing()]);
    notes(page, lines)
}

fn notes(page: &mut Page<'_, '_>, lines: impl Iterator<Item = String>) -> Result<(), RenderError> {
    let prose = page.formats.prose();
    let mut lines = lines;
    lines.try_for_each(|note| page.paragraph(&format!("• {note}"), &prose))
}

fn origin(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let (report, texts) = (page.context.report, page.texts);
    let about = texts.about;
    page.section(about.report)?;
    let complete = report.accounts.iter().filter(|a| a.is_believed()).count();
    let values = [("n", &*report.accounts.len().to_string()), ("complete", &complete.to_string())];
    let lines = [
        (about.project, report.project.clone()),
        (about.run, report.run_id.to_string()),
        (about.generated_at, texts.wording.moment(report.generated_at, &report.time_zone)),
        (about.time_zone, rendering::zone_name(&report.time_zone, report.generated_at)),
        (about.sources, rendering::counted_sources(report)),
        (about.accounts, fill(about.accounts_value, &values)),
        (about.selection, rendering::selection(report)),
        (about.contact, report.contact.clone().unwrap_or_else(|| about.none.to_owned())),
        (about.version, format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
    ];
    lines.iter().try_for_each(|(label, value)| line(page, label, value))?;
    match report.returning.as_ref().and_then(|returning| returning.token.as_deref()) {
        Some(token) => line(page, page.texts.returning.mark, token),
        None => Ok(()),
    }
}

fn problems(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let gaps = rendering::gaps(page.context.report);
    page.section(page.texts.about.problems)?;
    let prose = page.formats.prose();
    if gaps.is_empty() {
        return page.paragraph(page.texts.about.no_problems, &prose.set_font_color(palette::CALM));
    }
    let red = prose.clone().set_font_color(palette::ALARM);
    // once in full is enough
    if gaps.len() <= SHOWN_GAPS {
        let values = [("n", &*gaps.len().to_string()), ("sheet", page.texts.sheets.summary)];
        return page.paragraph(&fill(page.texts.about.problems_listed, &values), &red);
    }
    let small = Formats::muted(prose);
    for gap in &gaps {
        page.paragraph(&format!("• {}", gap.sentence), &red)?;
        if !gap.detail.trim().is_empty() {
            page.paragraph(&format!("    {}", gap.detail), &small)?;
        }
    }
    Ok(())
}

/// Writes the counts, with which a reader can check that no finding was lost: fetched = shown + duplicates.
fn counts(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    let (report, about) = (page.context.report, page.texts.about);
    page.section(about.counts)?;
    let shown = digest.counts.total();
    let unreadable = report.problems.iter().filter(|p| p.kind == ProblemKind::UnreadableFinding).count() as u64;
    let lines = [
        (about.fetched, report.fetched.unwrap_or(shown + report.duplicates)),
        (about.duplicates, report.duplicates),
        (page.texts.shown, shown),
        (about.issues, report.changes.current()),
        (about.stale, report.stale.total()),
        (about.unreadable, unreadable),
    ];
    // the last two are shown only if something is missing
    let lines = lines.into_iter().enumerate().filter(|(n, (_, count))| *n < 4 || *count > 0).map(|(_, line)| line);
    let label = Formats::ruled(page.formats.prose());
    let number = Formats::ruled(page.formats.count()).set_align(FormatAlign::Left);
    for (text, count) in lines {
        page.text(LABEL, text, &label)?;
        page.count(VALUE, count, &number)?;
        page.end_line(lines_height(text, LABEL))?;
    }
    if report.fetched.is_some_and(|fetched| fetched != shown + report.duplicates) {
        let red = page.formats.prose().set_bold().set_font_color(palette::ALARM);
        page.paragraph(about.do_not_add_up, &red)?;
    }
    let note = Formats::muted(page.formats.prose());
    page.paragraph(page.texts.wording.counted_once(), &note)?;
    for sentence in page.texts.wording.data_notes(&report.certainty()) {
        page.paragraph(&sentence, &page.formats.prose())?;
    }
    let small = Formats::muted(page.formats.prose());
    rendering::odd_values(report)?.iter().try_for_each(|line| page.paragraph(&format!("    {line}"), &small))
}

fn glossary(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let (say, about) = (page.texts.wording, page.texts.about);
    page.section(about.severities)?;
    for severity in Severity::WORST_FIRST {
        let label = Formats::ruled(page.formats.severity(severity));
        styled_line(page, say.severity_label(severity), &label, say.severity_meaning(severity))?;
    }
    let terms = [
        (about.changes, CHANGES.map(|change| (say.change(change), say.change_meaning(change))).to_vec()),
        (
            about.workflows,
            WorkflowStatus::ALL.iter().map(|status| (say.workflow(*status), say.workflow_meaning(*status))).collect(),
        ),
        (
            about.compliances,
            COMPLIANCES.map(|status| (say.compliance(status), say.compliance_meaning(status))).to_vec(),
        ),
    ];
    for (heading, terms) in terms {
        page.section(heading)?;
        terms.iter().try_for_each(|(term, meaning)| line(page, term, meaning))?;
    }
    Ok(())
}

fn line(page: &mut Page<'_, '_>, label: &str, value: &str) -> Result<(), RenderError> {
    let bold = Formats::ruled(page.formats.prose()).set_bold();
    styled_line(page, label, &bold, value)
}

fn styled_line(page: &mut Page<'_, '_>, label: &str, format: &Format, value: &str) -> Result<(), RenderError> {
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    page.text(LABEL, label, format)?;
    page.text(VALUE, value, &text)?;
    page.end_line(lines_height(label, LABEL).max(lines_height(value, VALUE)))
}
