//! The weeks of the organisation.

use findings_core::organisation::{Flow, OrganisationWeek, WeekNumbers, WeekState};
use findings_core::{Severity, SeverityCounts};
use serde::Serialize;

use crate::chart::{Chart, Column, Part};
use crate::texts::{Texts, text};

/// How many names of projects stand in a cell. Their number is always there.
pub(super) const MAX_NAMES: usize = 5;

/// A week.
#[derive(Debug, Serialize)]
pub(crate) struct WeekRow<'a> {
    day: String,
    state: WeekState,
    projects: u64,
    numbers: Option<&'a WeekNumbers>,
    incomplete: FirstOf<'a>,
    without_run: FirstOf<'a>,
}

/// The first few of many projects.
#[derive(Debug, Serialize)]
pub(crate) struct FirstOf<'a> {
    first: &'a [usize],
    total: usize,
    more: usize,
}

impl<'a> FirstOf<'a> {
    pub(super) fn of(projects: &'a [usize]) -> Self {
        let first = &projects[..projects.len().min(MAX_NAMES)];
        Self { first, total: projects.len(), more: projects.len() - first.len() }
    }
}

impl<'a> WeekRow<'a> {
    pub(super) fn of(week: &'a OrganisationWeek) -> Self {
        Self {
            day: week.first_day.to_string(),
            state: week.state,
            projects: week.projects,
            numbers: week.numbers.as_ref(),
            incomplete: FirstOf::of(&week.incomplete),
            without_run: FirstOf::of(&week.without_run),
        }
    }
}

/// The classes of severities, the worst first.
pub(super) const CLASSES: [&str; 5] = ["sc", "sh", "sm", "sl", "si"];

/// The fewest weeks that a chart shows.
const FEWEST: usize = 12;

/// The weeks that the charts show: from the first run on, so that the history of a month is not drawn as a thin line at the
/// end of a year.
fn shown(weeks: &[OrganisationWeek]) -> &[OrganisationWeek] {
    let first = weeks.iter().position(|week| week.state != WeekState::NotYet).unwrap_or(weeks.len());
    &weeks[first.min(weeks.len().saturating_sub(FEWEST))..]
}

/// The charts of what is open and of what came and was fixed.
pub(super) fn charts(weeks: &[OrganisationWeek], texts: &Texts) -> (String, String) {
    let weeks = shown(weeks);
    let columns = |up: fn(&WeekNumbers) -> Vec<Part>, down: fn(&WeekNumbers) -> Vec<Part>| Chart {
        columns: weeks.iter().map(|week| column(week, up, down)).collect(),
    };
    let open = columns(|n| severities(&n.open), |_| Vec::new());
    let flow = columns(|n| came(&n.flow), |n| vec![("ff", n.flow.fixed.total())]);
    (open.svg(&label("open_chart_label", texts)), flow.svg(&label("flow_chart_label", texts)))
}

fn label(key: &str, texts: &Texts) -> String {
    let text = text(texts, key, &[]).unwrap_or_default();
    format!(" aria-label=\"{}\" data-t-aria-label=\"{key}\"", minijinja::HtmlEscape(&text))
}

fn column(week: &OrganisationWeek, up: fn(&WeekNumbers) -> Vec<Part>, down: fn(&WeekNumbers) -> Vec<Part>) -> Column {
    let parts = |of: fn(&WeekNumbers) -> Vec<Part>| week.numbers.as_ref().map(of).unwrap_or_default();
    Column { day: week.first_day.to_string(), state: week.state, up: parts(up), down: parts(down) }
}

fn severities(counts: &SeverityCounts) -> Vec<Part> {
    Severity::WORST_FIRST.iter().zip(CLASSES).map(|(severity, class)| (class, counts.get(*severity))).collect()
}

fn came(flow: &Flow) -> Vec<Part> {
    vec![("fn", flow.new.total()), ("fr", flow.reopened.total())]
}
