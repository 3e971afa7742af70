//! The tables of the summary from which the charts are drawn: findings by account, and the trend.

use findings_core::coverage::Verdict;
use findings_core::rendering::{self, AccountRow, Digest};
use findings_core::report::{AccountSummary, Changes};
use findings_core::{Severity, SeverityCounts};
use jiff::Timestamp;
use rust_xlsxwriter::{Format, FormatAlign};

use super::charts::Series;
use crate::error::RenderError;
use crate::formats::{Formats, on_severity, palette, severity_color};
use crate::lang::fill;
use crate::sheets::page::{Page, Span, lines_height};

/// Maximum number of accounts in the matrix. The others are summed up in one line.
pub(crate) const SHOWN_ACCOUNTS: usize = 12;
/// Maximum number of reports in the trend, this one included.
const SHOWN_RUNS: usize = 12;

/// First of the five columns of severities, counted from 0 in the grid.
const SEVERITIES_AT: u16 = 5;

/// Writes the number of findings by account and severity, the worst account first. Returns the rows of the accounts
/// that have findings.
pub(super) fn matrix(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<Series, RenderError> {
    page.section(page.texts.summary.matrix_heading)?;
    head(page, &[(Span(0, 3), page.texts.columns.account_name), (Span(3, 2), page.texts.columns.account)])?;
    let right = page.formats.heading();
    page.text(Span(SEVERITIES_AT + 6, 1), page.texts.columns.read, &right.set_align(FormatAlign::Center))?;
    page.end_line(24.0)?;

    let first = page.row;
    let shown = digest.accounts.len().min(SHOWN_ACCOUNTS);
    for account in &digest.accounts[..shown] {
        account_line(page, account)?;
    }
    // accounts without findings come last; the chart leaves them out
    let drawn = digest.accounts[..shown].iter().filter(|a| a.counts.total() > 0).count();
    let series = Series { first, last: (first + u32::try_from(drawn)?).saturating_sub(1), is_empty: drawn == 0 };
    if digest.accounts.len() > shown {
        let others = &digest.accounts[shown..];
        let counts = others.iter().fold(SeverityCounts::default(), |sum, a| plus(sum, a.counts));
        let values = [("n", &*others.len().to_string()), ("sheet", page.texts.sheets.accounts)];
        let name = Formats::ruled(page.formats.prose());
        page.text(Span(0, 5), &fill(page.texts.other_accounts, &values), &name)?;
        let quiet = Formats::ruled(page.formats.quiet_count());
        counts_cells(page, counts, &quiet)?;
        page.end_line(22.0)?;
    }
    let total = page.formats.prose().set_bold().set_background_color(palette::PANEL);
    page.text(Span(0, 5), page.texts.columns.total, &total)?;
    let number =
        page.formats.count().set_align(FormatAlign::VerticalCenter).set_bold().set_background_color(palette::PANEL);
    counts_cells(page, digest.counts, &number)?;
    page.text(Span(SEVERITIES_AT + 6, 1), "", &number)?;
    page.end_line(24.0)?;
    Ok(series)
}

fn account_line(page: &mut Page<'_, '_>, account: &AccountRow<'_>) -> Result<(), RenderError> {
    let text = Formats::ruled(page.formats.prose().unset_text_wrap().set_shrink());
    let name = if account.name.is_some() { text.clone() } else { Formats::muted(text.clone()) };
    let id = Formats::ruled(page.formats.id());
    let quiet = Formats::ruled(page.formats.quiet_count());
    page.text(Span(0, 3), &account.label(page.context.report.locale), &name)?;
    page.text(Span(3, 2), &account.id.to_string(), &id)?;
    counts_cells(page, account.counts, &quiet)?;
    let mark = text.set_align(FormatAlign::Center);
    if account.is_believed() {
        page.text(Span(SEVERITIES_AT + 6, 1), "✓", &mark.set_font_color(palette::CALM))?;
    } else {
        let red = mark.set_bold().set_font_color(palette::WHITE).set_background_color(palette::ALARM);
        let verdict = account.summary.map_or(Verdict::NotChecked, AccountSummary::verdict);
        let why = if account.complete { page.texts.verdict(verdict) } else { page.texts.summary.incomplete_run };
        page.text(Span(SEVERITIES_AT + 6, 1), why, &red.set_shrink())?;
    }
    page.end_line(22.0)
}

/// Writes the coverage of the accounts, in place of the sheet that a report without findings hides.
pub(super) fn coverage(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<Series, RenderError> {
    let (texts, locale) = (page.texts, page.context.report.locale);
    page.section(texts.columns.coverage)?;
    let heading = page.formats.heading();
    let [name, verdict, last, why] = [Span(0, 3), Span(3, 2), Span(5, 2), Span(7, 5)];
    for (span, text) in [
        (name, texts.columns.account_name),
        (verdict, texts.columns.coverage),
        (last, texts.columns.last_check),
        (why, texts.columns.why),
    ] {
        page.text(span, text, &heading)?;
    }
    page.end_line(24.0)?;
    let (text, date) = (Formats::ruled(page.formats.prose()), Formats::ruled(page.formats.date_time()));
    for account in &digest.accounts {
        page.text(name, &rendering::named_account(page.context.report, account.id), &text)?;
        let summary = account.summary;
        page.text(verdict, texts.verdict(summary.map_or(Verdict::NotChecked, AccountSummary::verdict)), &text)?;
        match summary.and_then(AccountSummary::last_check) {
            Some(at) => page.moment(last, at, &date)?,
            None => page.text(last, "", &text)?,
        }
        let reasons = summary.map_or(String::new(), |summary| rendering::coverage_reasons(summary, locale));
        page.text(why, &reasons, &text)?;
        page.end_line(lines_height(&reasons, why).max(22.0))?;
    }
    Ok(Series { first: 0, last: 0, is_empty: true })
}

/// Writes the open findings of the last reports and of this one. Returns the rows of the reports.
pub(super) fn trend(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<Series, RenderError> {
    let report = page.context.report;
    let skipped = report.trend.len().saturating_sub(SHOWN_RUNS - 1);
    let before = &report.trend[skipped..];
    if before.is_empty() {
        return Ok(Series { first: 0, last: 0, is_empty: true });
    }
    page.section(page.texts.summary.trend_heading)?;
    let names = page.texts.summary.changes();
    head(
        page,
        &[(Span(0, 2), page.texts.columns.run), (Span(2, 1), names[0]), (Span(3, 1), names[1]), (Span(4, 1), names[2])],
    )?;
    page.text(Span(SEVERITIES_AT + 6, 1), "", &page.formats.heading())?;
    page.end_line(24.0)?;
    let first = page.row;
    for run in before {
        let note = if run.complete { "" } else { page.texts.summary.incomplete_run };
        run_line(page, run.at, run.counts, run.changes, note)?;
    }
    let whole = report.is_complete();
    let note = if whole { page.texts.summary.this_run } else { page.texts.summary.incomplete_run };
    run_line(page, report.generated_at, digest.counts, report.changes, note)?;
    Ok(Series { first, last: page.row - 1, is_empty: false })
}

fn run_line(
    page: &mut Page<'_, '_>,
    at: Timestamp,
    counts: SeverityCounts,
    changes: Changes,
    note: &str,
) -> Result<(), RenderError> {
    let date = Formats::ruled(page.formats.date());
    let quiet = Formats::ruled(page.formats.quiet_count());
    page.moment(Span(0, 2), at, &date)?;
    for (col, n) in [(2, changes.new), (3, changes.reopened), (4, changes.resolved)] {
        page.count(Span(col, 1), n, &quiet)?;
    }
    counts_cells(page, counts, &quiet)?;
    let muted = Formats::muted(Formats::ruled(page.formats.prose().set_align(FormatAlign::Center)));
    page.text(Span(SEVERITIES_AT + 6, 1), note, &muted)?;
    page.end_line(20.0)
}

/// Writes a header row: the given headings, the severities in their colours, and the total.
fn head(page: &mut Page<'_, '_>, headings: &[(Span, &str)]) -> Result<(), RenderError> {
    let heading = page.formats.heading();
    for (span, text) in headings {
        // one column wide: the heading of numbers, which are aligned right
        let format = if span.1 == 1 { page.formats.right_heading() } else { heading.clone() };
        page.text(*span, text, &format)?;
    }
    for (at, severity) in (SEVERITIES_AT..).zip(Severity::WORST_FIRST) {
        let format = page.formats.right_heading().set_background_color(severity_color(severity));
        let format = format.set_font_color(on_severity(severity)).unset_text_wrap().set_shrink();
        page.text(Span(at, 1), page.texts.severity_name(severity), &format)?;
    }
    page.text(Span(SEVERITIES_AT + 5, 1), page.texts.columns.total, &page.formats.right_heading())
}

fn counts_cells(page: &mut Page<'_, '_>, counts: SeverityCounts, format: &Format) -> Result<(), RenderError> {
    for (at, severity) in (SEVERITIES_AT..).zip(Severity::WORST_FIRST) {
        page.count(Span(at, 1), counts.get(severity), format)?;
    }
    page.count(Span(SEVERITIES_AT + 5, 1), counts.total(), &format.clone().set_bold())
}

fn plus(a: SeverityCounts, b: SeverityCounts) -> SeverityCounts {
    SeverityCounts {
        critical: a.critical + b.critical,
        high: a.high + b.high,
        medium: a.medium + b.medium,
        low: a.low + b.low,
        informational: a.informational + b.informational,
    }
}
