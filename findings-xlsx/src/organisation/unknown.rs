//! What is not known, in sentences: the first thing that a reader sees.

use findings_core::organisation::{OrganisationCoverage, VerdictCounts};

use super::view::View;
use crate::lang::fill;

/// Number of names in a sentence.
const NAMES: usize = 5;

/// Returns a sentence for everything that is not known; none if everything that was asked for is.
pub(super) fn sentences(view: &View<'_>) -> Vec<String> {
    if view.report.last_run.is_none() {
        return vec![view.own.summary.no_run.to_owned()];
    }
    [latest_week(view), weeks(view), issues(view), coverage(view), registry(view)].concat()
}

fn latest_week(view: &View<'_>) -> Vec<String> {
    let texts = &view.own.summary;
    let Some(week) = view.latest_week().map(|index| &view.report.weeks[index]) else { return Vec::new() };
    let lists = [(texts.latest_incomplete, &week.incomplete), (texts.latest_without_run, &week.without_run)];
    let known = lists.into_iter().filter(|(_, projects)| !projects.is_empty());
    known.map(|(text, projects)| fill(text, &[("names", &view.project_names(projects, NAMES))])).collect()
}

fn weeks(view: &View<'_>) -> Vec<String> {
    let period = &view.report.period.current;
    let weeks = view.number(period.weeks.saturating_sub(period.weeks_before_history));
    let sentence = |n: u64| fill(view.own.summary.weeks_with_gaps, &[("n", &view.number(n)), ("weeks", &weeks)]);
    (period.weeks_with_gaps > 0).then(|| sentence(period.weeks_with_gaps)).into_iter().collect()
}

fn issues(view: &View<'_>) -> Vec<String> {
    let (texts, totals) = (&view.own.summary, &view.report.totals);
    let numbers = [
        (texts.not_confirmed, totals.not_confirmed.total()),
        (texts.not_active, totals.of_projects_not_active.total()),
    ];
    let mut sentences: Vec<String> =
        numbers.into_iter().filter(|(_, n)| *n > 0).map(|(text, n)| fill(text, &[("n", &view.number(n))])).collect();
    if view.report.targets.is_empty() {
        sentences.push(texts.no_targets.to_owned());
    }
    sentences
}

fn coverage(view: &View<'_>) -> Vec<String> {
    let texts = &view.own.summary;
    let Some(coverage) = &view.report.coverage else { return vec![texts.coverage_not_checked.to_owned()] };
    let OrganisationCoverage { accounts, unread, unowned, .. } = coverage;
    let VerdictCounts { covered, not_checked, degraded, unknown, not_covered, .. } = *accounts;
    // an account that was not read can be covered, so the larger number is the least that is certain
    let not_seen = (not_checked + unknown + not_covered).max(*unread);
    let all = covered + not_checked + degraded + unknown + not_covered;
    let mut sentences = Vec::new();
    if not_seen > 0 {
        sentences.push(fill(texts.not_seen, &[("n", &view.number(not_seen)), ("all", &view.number(all))]));
    }
    match unowned {
        None => sentences.push(texts.unowned_not_checked.to_owned()),
        Some(unowned) if !unowned.is_empty() => {
            sentences.push(fill(texts.unowned, &[("n", &view.number(unowned.len() as u64))]));
        }
        Some(_) => {}
    }
    sentences
}

fn registry(view: &View<'_>) -> Vec<String> {
    let texts = &view.own.summary;
    match &view.report.never_reported {
        None => vec![texts.registry_not_known.to_owned()],
        Some(projects) if projects.is_empty() => Vec::new(),
        Some(projects) => {
            vec![fill(texts.never_reported, &[("names", &view.names(projects.iter().map(String::as_str), NAMES))])]
        }
    }
}
