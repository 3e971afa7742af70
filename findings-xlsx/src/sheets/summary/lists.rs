//! What to fix first: the worst controls, and the oldest findings.

use findings_core::rendering::{self, ControlRow, Digest, TOP};
use findings_core::report::ReportFinding;

use rust_xlsxwriter::FormatAlign;

use crate::error::RenderError;
use crate::formats::Formats;
use crate::sheets::page::{Page, Span, lines_height};

/// Writes the ten worst controls.
pub(super) fn controls(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    if digest.controls.is_empty() {
        return Ok(());
    }
    page.section(page.texts.summary.controls_heading)?;
    let columns = &page.texts.columns;
    let heading = page.formats.heading();
    let right = page.formats.right_heading();
    page.text(Span(0, 2), columns.severity, &heading.clone().set_align(FormatAlign::Center))?;
    let indented = heading.clone().set_indent(1);
    page.text(Span(2, 2), columns.control, &indented)?;
    page.text(Span(4, 5), columns.title, &indented)?;
    for (at, text) in [(9, columns.open_findings), (10, columns.accounts_touched), (11, columns.resources_touched)] {
        page.text(Span(at, 1), text, &right)?;
    }
    page.end_line(36.0)?;
    digest.controls.iter().take(TOP).try_for_each(|control| control_line(page, control))
}

fn control_line(page: &mut Page<'_, '_>, control: &ControlRow<'_>) -> Result<(), RenderError> {
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    let number = Formats::ruled(page.formats.count());
    page.text(
        Span(0, 2),
        page.texts.severity(control.severity),
        &Formats::ruled(page.formats.severity(control.severity)),
    )?;
    page.text(Span(2, 2), control.label(), &text)?;
    let title = clip(&control.title(page.context.report.locale));
    page.text(Span(4, 5), &title, &text)?;
    page.count(Span(9, 1), control.findings, &number.clone().set_bold())?;
    page.count(Span(10, 1), control.accounts.len() as u64, &number)?;
    page.count(Span(11, 1), control.resources.len() as u64, &number)?;
    page.end_line(lines_height(&title, Span(4, 5)).max(lines_height(control.label(), Span(2, 2))))
}

/// Writes the oldest open critical and high findings.
pub(super) fn oldest(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    if digest.counts.total() == 0 {
        return Ok(());
    }
    page.section(page.texts.summary.oldest_heading)?;
    if digest.oldest.is_empty() {
        let format = page.formats.prose();
        return page.paragraph(page.texts.summary.oldest_none, &format);
    }
    let (columns, heading) = (&page.texts.columns, page.formats.heading());
    page.text(Span(0, 2), columns.severity, &heading.clone().set_align(FormatAlign::Center))?;
    page.text(Span(2, 1), columns.age_days, &page.formats.right_heading())?;
    let indented = heading.clone().set_indent(1);
    page.text(Span(3, 4), columns.title, &indented)?;
    page.text(Span(7, 2), columns.account, &indented)?;
    page.text(Span(9, 3), columns.resource, &indented)?;
    page.end_line(24.0)?;
    digest.oldest.iter().try_for_each(|row| finding_line(page, row))
}

fn finding_line(page: &mut Page<'_, '_>, row: &ReportFinding) -> Result<(), RenderError> {
    let finding = &row.finding;
    let report = page.context.report;
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    let number = Formats::ruled(page.formats.count());
    let days = rendering::days_between(row.opened_at, report.generated_at).unsigned_abs();
    let name = finding.account_name.as_ref().or_else(|| rendering::account_name(report, finding.account));
    let account = name.map_or_else(|| finding.account.to_string(), |n| format!("{n}\n{}", finding.account));
    let (title, resource) =
        (clip(&finding.title), clip(rendering::short_arn(finding.resources.first().map_or("", |r| &r.id))));
    page.text(
        Span(0, 2),
        page.texts.severity(finding.severity),
        &Formats::ruled(page.formats.severity(finding.severity)),
    )?;
    page.count(Span(2, 1), days, &number)?;
    page.text(Span(3, 4), &title, &text)?;
    page.text(Span(7, 2), &account, &text)?;
    page.text(Span(9, 3), &resource, &text)?;
    let heights = [(&title, Span(3, 4)), (&account, Span(7, 2)), (&resource, Span(9, 3))];
    page.end_line(heights.iter().map(|(t, s)| lines_height(t, *s)).fold(0.0, f64::max))
}

/// Cuts a text for the page, which has no room for 1,000 characters. The findings sheet has the whole text.
fn clip(text: &str) -> String {
    const MAX_CHARS: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_CHARS { line } else { line.chars().take(MAX_CHARS).chain(['…']).collect() }
}
