//! What happened to the issues of a project in the last four weeks.

use std::ops::Range;

use findings_core::organisation::{OrganisationReport, ProjectSummary, TREND_WEEKS, WeekState};

use super::view::View;
use crate::grid::Value;

/// The last four weeks up to that of the latest run, by index; `None` if the report has fewer.
pub(super) fn weeks(view: &View<'_>) -> Option<Range<usize>> {
    let OrganisationReport { last_run, weeks, .. } = view.report;
    let last = weeks.iter().rposition(|week| last_run.is_some_and(|run| week.from <= run))?;
    let first = (last + 1).checked_sub(usize::try_from(TREND_WEEKS).ok()?)?;
    Some(first..last + 1)
}

/// The sum over the weeks. It may be too low if a report is missing or incomplete, and there is none without a run.
pub(super) fn sum<'a>(
    project: &ProjectSummary,
    column: &[Option<u64>],
    weeks: Option<&Range<usize>>,
    view: &View<'_>,
) -> Value<'a> {
    let words = &view.own.words;
    let Some(weeks) = weeks else { return Value::Word(words.not_known) };
    let (Some(states), Some(numbers)) = (project.series.state.get(weeks.clone()), column.get(weeks.clone())) else {
        return Value::Word(words.not_known);
    };
    if numbers.iter().all(Option::is_none) {
        return Value::Word(words.no_run);
    }
    let is_whole = states.iter().all(|state| matches!(state, WeekState::Complete | WeekState::NotYet));
    Value::counted(numbers.iter().flatten().sum(), is_whole)
}
