//! The two lists of the summary: who moved most, and what hurts most.

use findings_core::organisation::{Mover, ProblemSummary};
use rust_xlsxwriter::{Format, FormatAlign};

use super::problems::name;
use super::view::{OrganisationPage, clip, short_name};
use crate::error::RenderError;
use crate::formats::{Formats, palette};
use crate::lang::fill;
use crate::sheets::page::Span;

/// Number of problems.
const PROBLEMS: usize = 10;
/// Number of movers in each direction.
const MOVERS: usize = 5;
/// Columns of the grid that a list takes.
const HALF: u16 = 6;

/// Writes both lists, side by side.
pub(super) fn write(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let movers = &view.report.movers_of_month;
    let moved: Vec<&Mover> =
        movers.improved.iter().take(MOVERS).chain(movers.worsened.iter().take(MOVERS).rev()).collect();
    let problems: Vec<&ProblemSummary> = view.report.problems.iter().take(PROBLEMS).collect();
    headings(page)?;
    for line in 0..moved.len().max(problems.len()).max(1) {
        match moved.get(line) {
            Some(mover) => mover_line(page, mover)?,
            None if line == 0 => note(page, 0, view.own.summary.no_movers)?,
            None => {}
        }
        match problems.get(line) {
            Some(problem) => problem_line(page, problem)?,
            None if line == 0 => note(page, HALF, view.own.summary.no_problems)?,
            None => {}
        }
        page.end_line(18.0)?;
    }
    Ok(())
}

fn headings(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let view = page.context;
    let texts = &view.own.summary;
    page.gap(6.0)?;
    let bold = page.formats.prose().set_bold().set_font_color(palette::NAVY).unset_text_wrap();
    let comparable = view.number(view.report.movers_of_month.comparable);
    let values = [("n", comparable.as_str()), ("all", &view.number(view.report.totals.projects))];
    let movers = format!("{}  {}", texts.movers, fill(texts.comparable, &values));
    page.text(Span(0, HALF), &movers, &bold.clone().set_shrink())?;
    page.text(Span(HALF, HALF), texts.problems, &bold)?;
    page.end_line(20.0)?;
    let columns = &view.own.columns;
    let (left, right) = (page.formats.heading().unset_text_wrap(), page.formats.right_heading().unset_text_wrap());
    page.text(Span(0, 3), columns.project, &left)?;
    for (at, text) in [(3, columns.came), (4, columns.fixed), (5, columns.points_per_account)] {
        page.text(Span(at, 1), text, &right.clone().set_shrink())?;
    }
    page.text(Span(HALF, 4), view.texts.columns.control, &left)?;
    for (at, text) in [(10, columns.open), (11, columns.projects)] {
        page.text(Span(at, 1), text, &right.clone().set_shrink())?;
    }
    page.end_line(20.0)
}

fn mover_line(page: &mut OrganisationPage<'_, '_>, mover: &Mover) -> Result<(), RenderError> {
    let view = page.context;
    let (text, number) = line_formats(page);
    page.text(Span(0, 3), &short_name(view.project(mover.project)), &text)?;
    page.count(Span(3, 1), mover.balance.came.total(), &number)?;
    page.count(Span(4, 1), mover.balance.fixed.total(), &number)?;
    let color = if mover.points_per_account < 0.0 { palette::CALM } else { palette::ALARM };
    let signed = number.set_num_format("▲ #,##0.0;▼ #,##0.0;0").set_font_color(color).set_bold();
    page.number(Span(5, 1), mover.points_per_account, &signed)
}

fn problem_line(page: &mut OrganisationPage<'_, '_>, problem: &ProblemSummary) -> Result<(), RenderError> {
    let view = page.context;
    let (text, number) = line_formats(page);
    let (control, title) = name(problem, &view);
    page.text(Span(HALF, 4), &clip(&format!("{} {title}", short_name(control)), 70), &text)?;
    page.count(Span(10, 1), problem.open.total(), &number)?;
    page.count(Span(11, 1), problem.projects.len() as u64, &number)
}

fn line_formats(page: &OrganisationPage<'_, '_>) -> (Format, Format) {
    let text = Formats::ruled(page.formats.prose()).unset_text_wrap().set_shrink();
    (text, Formats::ruled(page.formats.count()).set_align(FormatAlign::Right))
}

fn note(page: &mut OrganisationPage<'_, '_>, at: u16, text: &str) -> Result<(), RenderError> {
    let muted = Formats::muted(page.formats.prose());
    page.text(Span(at, HALF), text, &muted)
}
