//! What to do first: at most five lines, right below the numbers.

use findings_core::console::linkable;
use findings_core::rendering::{self, Digest, FirstFix, first_fixes};
use rust_xlsxwriter::FormatAlign;

use super::lists::clip;
use crate::error::RenderError;
use crate::formats::Formats;
use crate::lang::fill;
use crate::place;
use crate::sheets::page::{Page, Span, lines_height};

const SEVERITY: Span = Span(0, 2);
const WHY: Span = Span(2, 1);
const TITLE: Span = Span(3, 3);
const RESOURCE: Span = Span(6, 2);
const ACCOUNT: Span = Span(8, 2);
const FIX: Span = Span(10, 2);

/// Writes what to fix first, and why, with links to the row, the resource and the fix.
pub(super) fn fixes(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<(), RenderError> {
    let fixes = first_fixes(page.context.report, digest)?;
    if fixes.is_empty() {
        return Ok(());
    }
    page.section(page.texts.summary.do_first_heading)?;
    let (columns, heading) = (page.texts.columns, page.formats.heading());
    page.text(SEVERITY, columns.severity, &heading.clone().set_align(FormatAlign::Center))?;
    let indented = heading.set_indent(1);
    for (span, text) in [
        (WHY, columns.why),
        (TITLE, columns.title),
        (RESOURCE, columns.resource),
        (ACCOUNT, columns.account),
        (FIX, columns.what_to_do),
    ] {
        page.text(span, text, &indented)?;
    }
    page.end_line(24.0)?;
    fixes.iter().try_for_each(|fix| line(page, fix, digest))
}

fn line(page: &mut Page<'_, '_>, fix: &FirstFix, digest: &Digest<'_>) -> Result<(), RenderError> {
    let (report, say) = (page.context.report, page.texts.wording);
    let (group, finding) = (&digest.controls[fix.group], &fix.row.finding);
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    let severity = Formats::ruled(page.formats.severity(finding.severity));
    page.text(SEVERITY, page.texts.severity(finding.severity), &severity)?;

    let places = fill(page.texts.summary.do_first_places, &[("n", &say.number(fix.places))]);
    let why = lines(&[&say.lead_reason(fix.reason), if fix.places > 1 { &places } else { "" }]);
    page.text(WHY, &why, &text.clone().set_bold())?;

    // one line, because LibreOffice drops the line breaks of a link
    let title = clip(&format!("{} {}", group.label(), group.title(report.locale)));
    let row = format!("internal:{}", place::of_finding(fix.index, &page.context));
    page.link(TITLE, &title, &row, &text)?;

    let account = rendering::account_name(report, finding.account)
        .map_or_else(|| finding.account.to_string(), |name| format!("{}\n{}", clip(name), finding.account));
    let resource = clip(&rendering::first_resource(finding, report.locale));
    linked(page, RESOURCE, &resource, rendering::resource_link(finding, report).as_deref())?;
    let account = lines(&[&account, &fix.regions.join(", ")]);
    page.text(ACCOUNT, &account, &text)?;

    let guidance = page.context.guidance;
    let fix = rendering::what_to_do(group.control(), group.advice(report.locale), guidance, report.locale);
    let fix_text = fix.as_ref().map_or(String::new(), |fix| clip(&fix.text));
    linked(page, FIX, &fix_text, fix.as_ref().and_then(|fix| fix.url.as_deref()))?;

    let heights = [(&why, WHY), (&title, TITLE), (&resource, RESOURCE), (&account, ACCOUNT), (&fix_text, FIX)];
    page.end_line(heights.iter().map(|(text, span)| lines_height(text, *span)).fold(0.0, f64::max))
}

/// Writes a text, with a link if there is one that is safe to click.
fn linked(page: &mut Page<'_, '_>, span: Span, text: &str, url: Option<&str>) -> Result<(), RenderError> {
    let format = Formats::ruled(page.formats.prose()).set_indent(1);
    match url.and_then(linkable).filter(|_| !text.is_empty()) {
        Some(url) => page.link(span, text, url, &format),
        None => page.text(span, text, &format),
    }
}

/// The texts that are not empty, each in a line.
fn lines(texts: &[&str]) -> String {
    texts.iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>().join("\n")
}
