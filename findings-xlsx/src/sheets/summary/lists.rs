//! Lists of the summary: the worst controls with their split by severity, and the oldest problems.

use findings_core::Severity;
use findings_core::rendering::{self, ControlRow, Digest, IssueLine, TOP};
use rust_xlsxwriter::FormatAlign;

use crate::error::RenderError;
use crate::formats::{Formats, on_severity, severity_color};
use crate::place;
use crate::sheets::page::{Page, Span, lines_height};

const CONTROL: Span = Span(0, 2);
const TITLE: Span = Span(2, 3);
/// First of the columns of severities, of the total and of the resources.
const COUNTS_AT: u16 = 5;

/// Writes the ten worst controls.
pub(super) fn controls(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    if digest.controls.is_empty() {
        return Ok(());
    }
    page.section(page.texts.summary.controls_heading)?;
    let columns = page.texts.columns;
    let indented = page.formats.heading().set_indent(1);
    page.text(CONTROL, columns.control, &indented)?;
    page.text(TITLE, columns.title, &indented)?;
    let right = page.formats.right_heading();
    for (at, severity) in (COUNTS_AT..).zip(Severity::WORST_FIRST) {
        let format = right.clone().set_background_color(severity_color(severity)).set_font_color(on_severity(severity));
        page.text(Span(at, 1), page.texts.severity_name(severity), &format.unset_text_wrap().set_shrink())?;
    }
    page.text(Span(COUNTS_AT + 5, 1), columns.open_findings, &right)?;
    page.text(Span(COUNTS_AT + 6, 1), columns.resources_touched, &right)?;
    page.end_line(36.0)?;
    digest.controls.iter().take(TOP).try_for_each(|control| control_line(page, control))
}

fn control_line(page: &mut Page<'_, '_>, control: &ControlRow) -> Result<(), RenderError> {
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    let number = Formats::ruled(page.formats.count());
    let quiet = Formats::ruled(page.formats.quiet_count());
    page.text(CONTROL, control.label(), &text)?;
    let title = clip(&control.title(page.context.report.locale));
    page.text(TITLE, &title, &text)?;
    for (at, severity) in (COUNTS_AT..).zip(Severity::WORST_FIRST) {
        page.count(Span(at, 1), control.counts.get(severity), &quiet)?;
    }
    page.count(Span(COUNTS_AT + 5, 1), control.findings, &number.clone().set_bold())?;
    page.count(Span(COUNTS_AT + 6, 1), control.resources(), &number)?;
    page.end_line(lines_height(&title, TITLE).max(lines_height(control.label(), CONTROL)))
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
    let (columns, heading) = (page.texts.columns, page.formats.heading());
    page.text(Span(0, 2), columns.severity, &heading.clone().set_align(FormatAlign::Center))?;
    page.text(Span(2, 1), columns.age_days, &page.formats.right_heading())?;
    let indented = heading.clone().set_indent(1);
    page.text(Span(3, 4), columns.title, &indented)?;
    page.text(Span(7, 2), columns.account, &indented)?;
    page.text(Span(9, 3), columns.resource, &indented)?;
    page.end_line(24.0)?;
    digest.oldest.iter().try_for_each(|line| finding_line(page, digest, line))
}

fn finding_line(page: &mut Page<'_, '_>, digest: &Digest<'_>, line: &IssueLine) -> Result<(), RenderError> {
    let report = page.context.report;
    let row = report.findings.get(line.index)?;
    let finding = &row.finding;
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    let number = Formats::ruled(page.formats.count());
    let days = rendering::age_days(&row, report);
    let name = finding.account_name.as_ref().or_else(|| rendering::account_name(report, finding.account));
    let account = name.map_or_else(|| finding.account.to_string(), |n| format!("{n}\n{}", finding.account));
    let title = clip(&line.title(finding, digest, report.locale));
    let resource = clip(&rendering::first_resource(finding, report.locale));
    let resource = format!("{resource}\n{}", line.regions_text());
    let severity = Formats::ruled(page.formats.severity(finding.severity));
    page.text(Span(0, 2), page.texts.severity(finding.severity), &severity)?;
    page.count(Span(2, 1), days, &number)?;
    if title.is_empty() {
        page.text(Span(3, 4), &title, &text)?;
    } else {
        let row = format!("internal:{}", place::of_finding(line.index, &page.context));
        page.link(Span(3, 4), &title, &row, &text)?;
    }
    page.text(Span(7, 2), &account, &text)?;
    page.text(Span(9, 3), resource.trim(), &text)?;
    let heights = [(&title, Span(3, 4)), (&account, Span(7, 2)), (&resource, Span(9, 3))];
    page.end_line(heights.iter().map(|(t, s)| lines_height(t, *s)).fold(0.0, f64::max))
}

/// Cuts a text for the page, which has no room for 1,000 characters. The findings sheet has the whole text.
pub(super) fn clip(text: &str) -> String {
    const MAX_CHARS: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_CHARS { line } else { line.chars().take(MAX_CHARS).chain(['…']).collect() }
}
