//! The sheet Controls by project: which projects share the worst problems.

use std::collections::{BTreeMap, HashMap};

use findings_core::organisation::ProblemSummary;
use rust_xlsxwriter::{ConditionalFormat2ColorScale, ConditionalFormatType, Workbook};

use super::problems::name;
use super::view::{View, short_name};
use crate::cell::Kind;
use crate::error::RenderError;
use crate::formats::{palette, severity_color};
use crate::grid::{Grid, GridColumn, Value};
use crate::lang::fill;
use crate::table::Paper;
use findings_core::Severity;

/// Maximum number of problems. Those with fewer points are on the sheet Problems.
const SHOWN_PROBLEMS: usize = 50;
/// Maximum number of projects: what a screen and a printed page can hold.
const SHOWN_PROJECTS: usize = 40;
/// Number of projects from which on the table is printed on two pages.
const TWO_PAGES: usize = 15;
/// Smallest number of open issues in the full colour: a project with one issue must not look as bad as one with ten.
const FULL_COLOR: u64 = 10;
/// Columns in front of the projects.
const LEFT: u16 = 3;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let problems = &view.report.problems;
    let shown = &problems[..problems.len().min(SHOWN_PROBLEMS)];
    let all_projects = worst_first(shown);
    let projects = &all_projects[..all_projects.len().min(SHOWN_PROJECTS)];
    let mut notes = vec![view.own.notes.heat_map.to_owned()];
    let left_out = (problems.len() - shown.len(), all_projects.len() - projects.len());
    if left_out != (0, 0) {
        let (problems, projects) = (view.number(left_out.0 as u64), view.number(left_out.1 as u64));
        let values = [("problems", problems.as_str()), ("projects", projects.as_str())];
        notes.push(fill(view.own.notes.heat_map_left_out, &values));
    }
    let grid = Grid {
        name: view.own.sheets.heat_map,
        columns: columns(projects, view),
        rows: shown.iter().map(|problem| row(problem, projects, view)).collect(),
        frozen: LEFT,
        lines: 3,
        paper: if projects.len() < TWO_PAGES { Paper::OnePage } else { Paper::TwoPages },
        tab: palette::NAVY,
        empty: view.own.notes.no_problems,
        notes,
    };
    let sheet = grid.write(book, &view.setting())?;
    if !shown.is_empty() && !projects.is_empty() {
        sheet.set_row_height(0, 130)?;
        let scale = ConditionalFormat2ColorScale::new()
            .set_minimum(ConditionalFormatType::Number, 0)
            .set_minimum_color(palette::WHITE)
            .set_maximum(ConditionalFormatType::Number, u32::try_from(most(shown))?)
            .set_maximum_color(severity_color(Severity::High));
        let (last_row, last_col) = (u32::try_from(shown.len())?, LEFT + u16::try_from(projects.len())? - 1);
        sheet.add_conditional_format(1, LEFT, last_row, last_col, &scale)?;
    }
    Ok(())
}

/// The number of open issues that has the full colour.
fn most(problems: &[ProblemSummary]) -> u64 {
    let open = problems.iter().flat_map(|problem| &problem.projects).map(|project| project.open);
    open.max().unwrap_or_default().max(FULL_COLOR)
}

/// The projects that have these problems, by index. First are those of which most points are open, an issue for its
/// share in the points of its problem.
fn worst_first(problems: &[ProblemSummary]) -> Vec<usize> {
    let mut points: BTreeMap<usize, u64> = BTreeMap::new();
    for problem in problems {
        let open = problem.open.total().max(1);
        for project in &problem.projects {
            *points.entry(project.project).or_default() += project.open * (problem.points * 100 + 1) / open;
        }
    }
    let mut projects: Vec<(usize, u64)> = points.into_iter().collect();
    projects.sort_by_key(|(project, points)| (std::cmp::Reverse(*points), *project));
    projects.into_iter().map(|(project, _)| project).collect()
}

fn columns<'a>(projects: &[usize], view: &View<'_>) -> Vec<GridColumn<'a>> {
    let shared = &view.texts.columns;
    let mut columns = vec![
        GridColumn::fit(shared.control, Kind::Text, 14, 26),
        GridColumn::new(shared.title, Kind::Wrapped, 40),
        GridColumn::new(view.own.columns.open, Kind::Count, 11),
    ];
    let project = |index: &usize| GridColumn::new(short_name(view.project(*index)), Kind::Turned, 6);
    columns.extend(projects.iter().map(project));
    columns
}

fn row<'a>(problem: &'a ProblemSummary, projects: &[usize], view: &View<'_>) -> Vec<Value<'a>> {
    let open: HashMap<usize, u64> = problem.projects.iter().map(|p| (p.project, p.open)).collect();
    let (control, title) = name(problem, view);
    let mut row = vec![Value::owned(control.to_owned()), Value::text(title), Value::count(problem.open.total())];
    row.extend(projects.iter().map(|project| open.get(project).map_or(Value::EMPTY, |n| Value::count(*n))));
    row
}
