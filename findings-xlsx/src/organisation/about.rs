//! The sheet About: the origin of the report, and how its numbers are counted.

use findings_core::Severity;
use findings_core::organisation::{AccountsBasis, ScoreFormula};
use findings_core::rendering;
use rust_xlsxwriter::Workbook;

use super::view::{OrganisationPage, View};
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::fill;
use crate::sheets::page::{Span, lines_height};

const LABEL: Span = Span(0, 4);
const VALUE: Span = Span(4, 8);

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let mut page = OrganisationPage::new(book, view.own.sheets.about, *view, view.setting())?;
    page.sheet.set_tab_color(palette::MUTED);
    page.banner(view.texts.about.title, &[])?;
    origin(&mut page)?;
    page.section(view.own.about.definitions)?;
    line(&mut page, view.own.about.score, &score(view))?;
    view.own.about.terms.iter().try_for_each(|(term, meaning)| line(&mut page, term, meaning))?;
    page.section(view.own.about.words)?;
    let words = &view.own.words;
    let not_known = format!("{} / {}", words.not_known, words.not_checked);
    let terms = [not_known.as_str(), words.no_target, words.too_few, words.not_comparable];
    terms.iter().zip(view.own.about.word_meanings).try_for_each(|(term, meaning)| line(&mut page, term, meaning))
}

fn origin(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let (report, about, shared) = (view.report, &view.own.about, &view.texts.about);
    let zone = &view.document.time_zone;
    let moment = |at| view.texts.wording.moment(at, zone);
    let (weeks, day) = (view.number(report.weeks.len() as u64), view.texts.wording.day(report.first_day));
    let totals = &report.totals;
    let (projects, active, ranked) =
        (view.number(totals.projects), view.number(totals.active), view.number(totals.ranked));
    let projects = fill(about.projects_value, &[("projects", &projects), ("active", &active), ("ranked", &ranked)]);
    let contact = view.document.contact.clone().unwrap_or_else(|| shared.none.to_owned());
    let week_zone = report.time_zone.clone().unwrap_or_else(|| view.own.words.not_known.to_owned());
    let last_run = report.last_run.map_or_else(|| view.own.words.never.to_owned(), moment);
    page.section(shared.report)?;
    for (label, value) in [
        (about.as_of, moment(report.as_of)),
        (about.last_run, last_run),
        (shared.time_zone, rendering::zone_name(zone, report.as_of)),
        (about.weeks, fill(about.weeks_value, &[("n", &weeks), ("day", &day)])),
        (about.week_zone, week_zone),
        (about.targets, targets(&view)),
        (about.projects, projects),
        (shared.contact, contact),
        (shared.version, format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))),
    ] {
        line(page, label, &value)?;
    }
    Ok(())
}

fn targets(view: &View<'_>) -> String {
    if view.report.targets.is_empty() {
        return view.own.words.no_target.to_owned();
    }
    let target = |target: &findings_core::organisation::Target| {
        let name = view.texts.severity_name(target.severity);
        fill(view.own.about.target_value, &[("severity", name), ("days", &target.days.to_string())])
    };
    view.report.targets.iter().map(target).collect::<Vec<_>>().join(view.texts.wording.comma())
}

/// How the score of projects was computed, with the weights.
fn score(view: &View<'_>) -> String {
    let (about, rule) = (&view.own.about, &view.report.score);
    let formula = match rule.formula {
        ScoreFormula::OpenAndOverduePerAccount => about.score_overdue,
        _ => about.score_open,
    };
    let accounts = match rule.accounts {
        AccountsBasis::Registry => about.accounts_registry,
        _ => about.accounts_history,
    };
    let weights: Vec<String> = Severity::WORST_FIRST
        .iter()
        .zip(rule.weights)
        .map(|(severity, weight)| format!("{} {weight}", view.texts.severity_name(*severity)))
        .collect();
    format!("{formula}\n{}\n{accounts}", weights.join(view.texts.wording.comma()))
}

fn line(page: &mut OrganisationPage<'_, '_>, label: &str, value: &str) -> Result<(), RenderError> {
    let bold = Formats::ruled(page.formats.prose()).set_bold();
    let text = Formats::ruled(page.formats.prose()).set_indent(1);
    page.text(LABEL, label, &bold)?;
    page.text(VALUE, value, &text)?;
    page.end_line(lines_height(label, LABEL).max(lines_height(value, VALUE)))
}
