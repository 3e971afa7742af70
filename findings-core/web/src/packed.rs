//! The data of the page for its script: JSON with every name of a field once, and series that name only what changes.
//!
//! `projects` has an array for each project, in the order of the report; `fields` names the places in it. Times are
//! indexes into `times`. A week's state is a letter, and a number if it lasts longer: `c12i2` are twelve complete weeks
//! and two incomplete ones. A series is pairs of numbers, see [`series`].

mod problems;
mod project;
mod series;
mod strings;
mod times;

use findings_core::organisation::{OrganisationDocument, OrganisationWeek, WeekNumbers};
use serde::Serialize;

use self::problems::Problem;
use self::project::{FIELDS, project};
use self::series::{SERIES, Series, states};
pub(crate) use self::strings::Strings;
use self::times::Times;

/// The data of the page.
#[derive(Debug, Serialize)]
struct Packed<'a> {
    weeks: Vec<String>,
    states: String,
    series: [&'static str; 14],
    organisation: Vec<Series>,
    fields: [&'static str; FIELDS.len()],
    projects: Vec<serde_json::Value>,
    problems: Vec<Problem<'a>>,
    times: Vec<String>,
}

/// The data of a document as text that can stand in an element of the page.
pub(crate) fn packed(document: &OrganisationDocument) -> String {
    let report = &*document.report;
    let mut times = Times::new(&document.time_zone);
    let packed = Packed {
        weeks: report.weeks.iter().map(|week| week.first_day.to_string()).collect(),
        states: states(report.weeks.iter().map(|week| week.state)),
        series: SERIES,
        organisation: organisation(&report.weeks),
        fields: FIELDS,
        projects: report.projects.iter().map(|summary| project(summary, &mut times)).collect(),
        problems: report.problems.iter().map(Problem::of).collect(),
        times: times.finish(),
    };
    in_script(&packed)
}

/// JSON that no text in it can end: `<` is written as an escape.
pub(crate) fn in_script(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c")
}

fn organisation(weeks: &[OrganisationWeek]) -> Vec<Series> {
    let column =
        |of: fn(&WeekNumbers) -> u64| weeks.iter().map(|week| week.numbers.as_ref().map(of)).collect::<Vec<_>>();
    series::all([
        &column(|n| n.open.critical),
        &column(|n| n.open.high),
        &column(|n| n.open.medium),
        &column(|n| n.open.low),
        &column(|n| n.open.informational),
        &column(|n| n.not_confirmed.total()),
        &column(|n| n.flow.baseline.total()),
        &column(|n| n.flow.new.total()),
        &column(|n| n.flow.reopened.total()),
        &column(|n| n.flow.fixed.total()),
        &column(|n| n.flow.suppressed.total()),
        &column(|n| n.flow.archived.total()),
        &column(|n| n.flow.left.total()),
        &column(|n| n.flow.merged.total()),
    ])
}
