//! The top of the summary: project, completeness, number of findings, and changes.

use findings_core::Severity;
use findings_core::rendering::{self, Digest, Gap, NothingFound};
use findings_core::report::Conclusion;
use findings_core::wording::{ENDING_SOON_DAYS, ReturnColumn};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder};

use crate::error::RenderError;
use crate::formats::{Formats, on_severity, palette, severity_color};
use crate::lang::fill;
use crate::sheets::page::{Page, Span, lines_height};

/// Maximum number of problems in the box. A long list would push the numbers off the page; the last sheet has all
/// problems.
pub(crate) const SHOWN_GAPS: usize = 12;

/// Maximum characters of a problem's detail.
const DETAIL: usize = 300;

pub(super) fn banner(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let report = page.context.report;
    let title = fill(page.texts.summary.title, &[("project", &report.project)]);
    let when = page.texts.wording.moment(report.generated_at, &report.time_zone);
    let values = [
        ("when", when.as_str()),
        ("zone", &rendering::zone_name(&report.time_zone, report.generated_at)),
        ("run", report.run_id.as_str()),
    ];
    let as_of = fill(page.texts.summary.as_of, &values);
    let values = [("accounts", &*report.accounts.len().to_string()), ("sources", &rendering::sources(report))];
    let covered = fill(page.texts.summary.covered, &values);
    page.banner(&title, &[as_of, covered])
}

/// Writes that the file shows the part of an owner first, if it does.
pub(super) fn view(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let report = page.context.report;
    let Some((_, owner)) = page.context.view() else { return Ok(()) };
    let own = report.findings.facts().filter(|row| row.responsible().is_some_and(|of_row| **of_row == *owner)).count();
    let values = [
        ("n", &*page.texts.wording.number(own as u64)),
        ("all", &page.texts.wording.number(report.findings.len() as u64)),
        ("owner", owner),
        ("sheet", page.texts.sheets.findings),
        ("column", page.texts.wording.return_column(ReturnColumn::Owner)),
    ];
    page.gap(10.0)?;
    let panel = page.formats.prose().set_background_color(palette::PANEL).set_indent(1);
    page.paragraph(&fill(page.texts.view, &values), &panel.set_bold())
}

/// Writes the status boxes: red if the report is incomplete, amber if it is known that not everything was seen, green if
/// the project is clean, blue if it has no findings and nobody verified that checks are made.
pub(super) fn status(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let gaps = rendering::gaps(page.context.report);
    let notices = rendering::notices(page.context.report);
    if !gaps.is_empty() {
        alarm(page, &gaps)?;
    }
    if !notices.is_empty() {
        notice(page, &notices)?;
    }
    stale(page)?;
    match rendering::nothing_found(page.context.report) {
        Some(nothing) => nothing_found(page, &nothing),
        None => Ok(()),
    }
}

fn notice(page: &mut Page<'_, '_>, notices: &[String]) -> Result<(), RenderError> {
    page.gap(10.0)?;
    let amber = page.formats.prose().set_font_color(palette::WHITE).set_background_color(palette::NOTICE).set_indent(1);
    page.text(Span::ALL, page.texts.wording.not_all_watched(), &amber.set_bold().set_font_size(14))?;
    page.end_line(30.0)?;
    let pale = page.formats.prose().set_background_color(palette::NOTICE_PALE).set_indent(1);
    page.paragraph(page.texts.summary.notice_meaning, &pale.clone().set_bold())?;
    for line in notices.iter().take(SHOWN_GAPS) {
        page.paragraph(&format!("• {line}"), &pale)?;
    }
    let hidden = notices.len().saturating_sub(SHOWN_GAPS);
    if hidden > 0 {
        let values = [("n", &*hidden.to_string()), ("sheet", page.texts.sheets.accounts)];
        page.paragraph(&fill(page.texts.more_notices, &values), &pale)?;
    }
    Ok(())
}

fn alarm(page: &mut Page<'_, '_>, gaps: &[Gap]) -> Result<(), RenderError> {
    page.gap(10.0)?;
    let alarm = page.formats.prose().set_font_color(palette::WHITE).set_background_color(palette::ALARM).set_indent(1);
    let title = format!("⚠  {}", page.texts.wording.incomplete());
    page.text(Span::ALL, &title, &alarm.clone().set_bold().set_font_size(18))?;
    page.end_line(36.0)?;
    page.paragraph(page.texts.wording.incomplete_meaning(), &alarm.set_bold())?;
    let pale = page.formats.prose().set_background_color(palette::ALARM_PALE).set_indent(1);
    let small = Formats::muted(pale.clone());
    for gap in gaps.iter().take(SHOWN_GAPS) {
        page.paragraph(&format!("• {}", gap.sentence), &pale)?;
        let detail = shorten(&gap.detail);
        if !detail.is_empty() {
            page.paragraph(&format!("    {detail}"), &small)?;
        }
    }
    let hidden = gaps.len().saturating_sub(SHOWN_GAPS);
    if hidden > 0 {
        let values = [("n", &*hidden.to_string()), ("sheet", page.texts.sheets.about)];
        page.paragraph(&fill(page.texts.more_problems, &values), &pale)?;
    }
    Ok(())
}

/// Writes how many issues that were open could not be checked.
fn stale(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let Some(sentence) = page.texts.wording.stale(&page.context.report.stale) else { return Ok(()) };
    page.gap(10.0)?;
    let amber = page.formats.prose().set_font_color(palette::WHITE).set_background_color(palette::NOTICE).set_indent(1);
    page.text(Span::ALL, page.texts.wording.not_all_checked(), &amber.set_bold().set_font_size(14))?;
    page.end_line(30.0)?;
    let pale = page.formats.prose().set_background_color(palette::NOTICE_PALE).set_indent(1);
    page.paragraph(&sentence, &pale.set_bold())
}

fn shorten(detail: &str) -> String {
    let line = detail.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= DETAIL { line } else { line.chars().take(DETAIL).chain(['…']).collect() }
}

/// Writes that there are no findings, and what that is based on.
fn nothing_found(page: &mut Page<'_, '_>, nothing: &NothingFound) -> Result<(), RenderError> {
    let (dark, pale) =
        if nothing.is_clean { (palette::CALM, palette::CALM_PALE) } else { (palette::NAVY, palette::PANEL) };
    page.gap(10.0)?;
    let box_format = page.formats.prose().set_font_color(palette::WHITE).set_background_color(dark).set_indent(1);
    page.text(Span::ALL, nothing.title, &box_format.set_bold().set_font_size(18))?;
    page.end_line(40.0)?;
    let pale = page.formats.prose().set_background_color(pale).set_indent(1);
    nothing.sentences.iter().try_for_each(|sentence| page.paragraph(sentence, &pale))
}

/// Writes the big numbers: all findings, then each severity, with those of the last report below.
pub(super) fn tiles(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    page.gap(12.0)?;
    let tile = |background, font| {
        let edge = Format::new().set_border_left(FormatBorder::Thick).set_border_right(FormatBorder::Thick);
        let edge = edge.set_border_left_color(palette::WHITE).set_border_right_color(palette::WHITE);
        edge.merge(&page.formats.prose())
            .set_align(FormatAlign::Center)
            .set_background_color(background)
            .set_font_color(font)
            .unset_text_wrap()
    };
    let all = (page.texts.summary.all, digest.counts.total(), tile(palette::NAVY, palette::WHITE), None);
    let each = Severity::WORST_FIRST.map(|s| {
        let count = digest.counts.get(s);
        // a severity without findings has no colour
        let (background, font) =
            if count == 0 { (palette::PANEL, palette::MUTED) } else { (severity_color(s), on_severity(s)) };
        (page.texts.severity_name(s), count, tile(background, font), Some(s))
    });
    let tiles: Vec<_> = std::iter::once(all).chain(each).collect();
    for (at, (name, _, format, _)) in (0..).zip(&tiles) {
        page.text(Span(at * 2, 2), name, &format.clone().set_bold())?;
    }
    page.end_line(24.0)?;
    for (at, (_, count, format, _)) in (0..).zip(&tiles) {
        let big = format.clone().set_bold().set_font_size(28).set_num_format("#,##0");
        page.count(Span(at * 2, 2), *count, &big)?;
    }
    page.end_line(46.0)?;
    for (at, (_, count, format, severity)) in (0..).zip(&tiles) {
        let text = rendering::compared(page.context.report, *count, *severity);
        page.text(Span(at * 2, 2), &text, &format.clone().set_font_size(10))?;
    }
    page.end_line(22.0)?;
    if !page.context.report.is_complete() {
        let red = page.formats.prose().set_bold().set_font_color(palette::ALARM);
        page.paragraph(page.texts.summary.zero_is_not_none, &red)?;
    }
    Ok(())
}

/// Writes what is overdue, and what decisions take out of the report.
pub(super) fn deadlines(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let (report, say) = (page.context.report, page.texts.wording);
    let prose = page.formats.prose();
    let overdue =
        say.overdue(report.overdue()).map(|text| (text, prose.clone().set_bold().set_font_color(palette::ALARM)));
    let ending = report.ending_acceptances(ENDING_SOON_DAYS);
    let ended = say.ended_acceptances(report.ended_acceptances()).map(|text| (text, prose.clone()));
    let accepted = say.accepted_issues(report.accepted.len() as u64, ending).map(|text| (text, prose));
    overdue.into_iter().chain(ended).chain(accepted).try_for_each(|(text, format)| page.paragraph(&text, &format))
}

/// Writes the changes: new, reopened, worse, still open, fixed.
pub(super) fn changes(page: &mut Page<'_, '_>) -> Result<(), RenderError> {
    let report = page.context.report;
    if report.certainty().conclusion(report.findings.len() as u64) == Conclusion::Unknown {
        return Ok(());
    }
    page.section(&rendering::changes_heading(report))?;
    let label =
        page.formats.prose().set_background_color(palette::PANEL).set_align(FormatAlign::Right).unset_text_wrap();
    let number = page.formats.prose().set_background_color(palette::PANEL).set_bold().set_font_size(16);
    let number = number.set_num_format("#,##0").set_indent(1);
    for (at, (name, count)) in (0..).zip(rendering::changes_row(report)) {
        page.text(Span(at * 2, 1), name, &label)?;
        page.count(Span(at * 2 + 1, 1), count, &number)?;
    }
    page.end_line(30.0)?;
    if let Some(sentence) = page.texts.wording.closed_without_fix(&report.changes) {
        page.paragraph(&sentence, &page.formats.prose())?;
    }
    let note = Formats::muted(page.formats.prose());
    for sentence in page.texts.wording.data_notes(&report.certainty()) {
        page.paragraph(&sentence, &note)?;
    }
    let counted = page.texts.wording.counted_once();
    page.text(Span::ALL, counted, &note)?;
    page.end_line(lines_height(counted, Span::ALL).max(18.0))
}
