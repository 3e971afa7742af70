//! The sheet Coverage: what Security Hub watches, in numbers, and what was not checked.

use std::collections::BTreeMap;

use findings_core::coverage::{CoverageReason, Verdict};
use findings_core::organisation::{CoverageGap, OrganisationCoverage};
use rust_xlsxwriter::{FormatAlign, Workbook};

use super::view::{OrganisationPage, View};
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::fill;
use crate::sheets::page::{Span, lines_height};

const LABEL: Span = Span(0, 8);
const VALUE: Span = Span(8, 4);

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let mut page = OrganisationPage::new(book, view.own.sheets.coverage, *view, view.setting())?;
    page.sheet.set_landscape().set_tab_color(palette::NAVY);
    page.banner(view.own.gaps.title, &[])?;
    if let Some(coverage) = &view.report.coverage {
        checked(&mut page, coverage)?;
    } else {
        page.gap(10.0)?;
        let amber = page.formats.prose().set_background_color(palette::NOTICE_PALE).set_bold().set_indent(1);
        page.paragraph(view.own.summary.coverage_not_checked, &amber)?;
    }
    lists(&mut page)?;
    page.gap(8.0)?;
    let muted = Formats::muted(page.formats.prose());
    page.paragraph(&fill(view.own.gaps.see, &[("sheet", view.own.sheets.gaps)]), &muted)
}

fn checked(page: &mut OrganisationPage<'_, '_>, coverage: &OrganisationCoverage) -> Result<(), RenderError> {
    let view = page.context;
    let accounts = &coverage.accounts;
    page.section(view.own.gaps.by_verdict)?;
    for (verdict, count) in [
        (Verdict::Covered, accounts.covered),
        (Verdict::Degraded, accounts.degraded),
        (Verdict::Unknown, accounts.unknown),
        (Verdict::NotCovered, accounts.not_covered),
        (Verdict::NotChecked, accounts.not_checked),
    ] {
        line(page, view.texts.verdict(verdict), Some(count))?;
    }
    line(page, view.own.gaps.unread, Some(coverage.unread))?;
    page.section(view.own.gaps.by_cause)?;
    let causes = causes(&coverage.gaps, &view);
    if causes.is_empty() {
        let prose = page.formats.prose();
        page.paragraph(view.own.gaps.no_causes, &prose)?;
    }
    causes.into_iter().try_for_each(|(reason, count)| line(page, reason, Some(count)))
}

/// The number of gaps by their cause, the most frequent first. The same account and Region of several projects is one.
fn causes(gaps: &[CoverageGap], view: &View<'_>) -> Vec<(&'static str, u64)> {
    let reason = |reason: CoverageReason| view.texts.wording.coverage_reason(reason);
    let places: std::collections::BTreeSet<_> =
        gaps.iter().map(|gap| (gap.account, gap.region.as_deref(), reason(gap.reason))).collect();
    let mut causes: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (_, _, reason) in places {
        *causes.entry(reason).or_default() += 1;
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    causes
}

/// The lists of accounts and projects, each with the number of its rows.
fn lists(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let report = view.report;
    let coverage = report.coverage.as_ref();
    let count = |length: Option<usize>| length.map(|length| length as u64);
    let kinds = &view.own.gaps.kinds;
    page.section(view.own.gaps.lists)?;
    for (kind, known) in [
        (kinds[1], count(report.accepted_gaps.as_ref().map(Vec::len))),
        (kinds[2], count(coverage.and_then(|c| c.unowned.as_ref()).map(Vec::len))),
        (kinds[3], count(report.owned_twice.as_ref().map(Vec::len))),
        (kinds[4], count(coverage.and_then(|c| c.unknown.as_ref()).map(Vec::len))),
        (kinds[5], count(coverage.and_then(|c| c.closed.as_ref()).map(Vec::len))),
        (kinds[6], count(report.never_reported.as_ref().map(Vec::len))),
        (kinds[7], Some(report.renamed.len() as u64)),
    ] {
        line(page, kind, known)?;
    }
    Ok(())
}

fn line(page: &mut OrganisationPage<'_, '_>, label: &str, count: Option<u64>) -> Result<(), RenderError> {
    let text = Formats::ruled(page.formats.prose());
    let number = Formats::ruled(page.formats.count()).set_align(FormatAlign::Left);
    page.text(LABEL, label, &text)?;
    if let Some(count) = count {
        page.count(VALUE, count, &number)?;
    } else {
        let word = page.context.own.words.not_checked;
        page.text(VALUE, word, &Formats::doubtful(text.set_indent(1)))?;
    }
    page.end_line(lines_height(label, LABEL))
}
