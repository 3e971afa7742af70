//! Puts the report together.

use std::collections::BTreeMap;

use jiff::ToSpan;

use super::builder::OrganisationBuilder;
use super::facts::{IssueFacts, ProjectFacts};
use super::now::{open, overdue};
use super::project::{MeasuredProject, ProjectSummary, Surroundings, measure};
use super::score::{AccountsBasis, ScoreFormula, ScoreRule, WEIGHTS, ranks};
use super::seeing::{OrganisationCoverage, accepted_gaps, by_project, owned_twice};
use super::standing::{ProjectView, RegistryNames, Standing, earlier_names, never_reported, standing};
use super::sums::{Cast, Frame, OrganisationSums, sum};
use super::trend::{Balance, Movers, movers};
use super::weeks::OrganisationWeek;
use super::{OrganisationInput, OrganisationReport, RenamedProject, Target, Totals};
use crate::registry::project_key;
use crate::{Severity, SeverityCounts};

const DAY: f64 = 86_400.0;

pub(super) fn report(builder: OrganisationBuilder) -> OrganisationReport {
    let OrganisationBuilder { input, projects, problems: names, runs, shared_reports, .. } = builder;
    let earlier = earlier_names(&projects, &shared_reports);
    let positions = positions(&projects, &earlier);
    let own = || projects.iter().enumerate().filter(|(index, _)| !earlier.contains_key(index)).map(|(_, p)| p);
    let first_run = own().filter_map(ProjectFacts::first_run).min();
    let last_run = own().filter_map(ProjectFacts::last_run).max();
    let frame = Frame::new(&input, first_run, last_run);
    let registry = input.registry.as_ref().map(|registry| RegistryNames::of(&registry.projects));
    let view = |(index, facts)| {
        let standing = standing(facts, registry.as_ref(), &input.range, last_run);
        let seen = frame.weeks.iter().map(|week| facts.seen(*week)).collect();
        ProjectView { facts, standing, latest: last_run, is_earlier_name: earlier.contains_key(&index), seen }
    };
    let views: Vec<ProjectView<'_>> = projects.iter().enumerate().map(view).collect();
    let cast = Cast { views: &views, positions: &positions };
    let sums = sum(&records(&projects, &earlier), &cast, &frame, &names);
    let measured = measure_all(&views, &frame, registry.as_ref());
    let (movers_of_week, movers_of_month) = both_movers(&measured);
    let weeks = weeks(&sums, &cast, &frame);
    let summaries = ranked(measured);
    OrganisationReport {
        format: super::FORMAT,
        as_of: input.range.as_of(),
        first_day: input.range.first_day(),
        time_zone: input.range.time_zone().iana_name().map(str::to_owned),
        first_run,
        last_run,
        targets: targets(&input),
        totals: totals(&summaries, &sums, &frame),
        severities: sums.now.to_vec(),
        weeks,
        period: sums.period,
        recent: sums.recent,
        score: score_rule(&input),
        projects: summaries,
        renamed: renamed(&projects, &earlier),
        never_reported: unknown_to_history(&input, &projects),
        movers_of_week,
        movers_of_month,
        problems: sums.problems.open,
        ended_problems: sums.problems.ended,
        coverage: input.coverage.as_ref().map(OrganisationCoverage::of),
        owned_twice: owned_twice(&input),
        accepted_gaps: accepted_gaps(&input),
        runs: runs.finish(input.range.whole().window, &positions, &input.runs),
    }
}

/// The movers of the week and those of the last four weeks.
fn both_movers(measured: &[MeasuredProject]) -> (Movers, Movers) {
    let of = |balance: fn(&MeasuredProject) -> Option<Balance>| {
        movers(measured.iter().enumerate().map(|(i, p)| (i, balance(p), p.summary.accounts.unwrap_or_default())))
    };
    (of(|project| project.balances.week), of(|project| project.balances.trend.map(|trend| trend.recent)))
}

fn unknown_to_history(input: &OrganisationInput, projects: &[ProjectFacts]) -> Option<Vec<String>> {
    let registry = input.registry.as_ref()?;
    Some(never_reported(&registry.projects, projects.iter().map(|project| project.name.clone())))
}

/// The position of each project in the report, by name; of an earlier name, that of the later one.
fn positions(projects: &[ProjectFacts], earlier: &BTreeMap<usize, Option<usize>>) -> Vec<Option<usize>> {
    let mut listed: Vec<usize> = (0..projects.len()).filter(|index| !earlier.contains_key(index)).collect();
    listed.sort_by_key(|index| (&projects[*index].name, *index));
    let mut positions = vec![None; projects.len()];
    for (position, index) in listed.into_iter().enumerate() {
        positions[index] = Some(position);
    }
    // a later name can be an earlier one of a third
    for index in earlier.keys() {
        let mut later = Some(*index);
        for _ in 0..projects.len().min(100) {
            let Some(next) = later.and_then(|index| earlier.get(&index)) else { break };
            later = *next;
        }
        positions[*index] = later.and_then(|index| positions[index]);
    }
    positions
}

/// All records by the ID of the issue, without those of earlier names whose later name has them.
fn records<'a>(projects: &'a [ProjectFacts], earlier: &BTreeMap<usize, Option<usize>>) -> Vec<&'a IssueFacts> {
    let is_told = |index: &usize| !matches!(earlier.get(index), Some(Some(_)));
    let told = projects.iter().enumerate().filter(|(index, _)| is_told(index));
    let mut records: Vec<&IssueFacts> = told.flat_map(|(_, project)| &project.issues).collect();
    records.sort_by(|a, b| a.id.cmp(&b.id));
    records
}

fn measure_all(
    views: &[ProjectView<'_>],
    frame: &Frame<'_>,
    registry: Option<&RegistryNames<'_>>,
) -> Vec<MeasuredProject> {
    let coverage = frame.input.coverage.as_ref().map(by_project);
    let mut own: Vec<&ProjectView<'_>> = views.iter().filter(|view| !view.is_earlier_name).collect();
    own.sort_by_key(|view| &view.facts.name);
    let measured = own.into_iter().map(|view| {
        let registered = registry.and_then(|registry| registry.project(&view.facts.name));
        let name = registered.map_or(&view.facts.name, |project| &project.name);
        let coverage = coverage.as_ref().and_then(|known| known.get(&project_key(name)).copied());
        measure(view, frame, &Surroundings { registered, has_registry: registry.is_some(), coverage })
    });
    measured.collect()
}

fn ranked(measured: Vec<MeasuredProject>) -> Vec<ProjectSummary> {
    let mut summaries: Vec<ProjectSummary> = measured.into_iter().map(|project| project.summary).collect();
    let ranks = ranks(&summaries.iter().map(|summary| summary.points).collect::<Vec<_>>());
    for (summary, rank) in summaries.iter_mut().zip(ranks) {
        summary.rank = rank;
    }
    summaries
}

fn weeks(sums: &OrganisationSums, cast: &Cast<'_>, frame: &Frame<'_>) -> Vec<OrganisationWeek> {
    let first = frame.input.range.first_day();
    let week = |(index, (window, numbers)): (usize, (&super::range::Window, &super::WeekNumbers))| {
        let day = first.checked_add(i64::try_from(index).unwrap_or_default().weeks()).unwrap_or(first);
        cast.week(index, *window, numbers, day)
    };
    frame.weeks.iter().zip(&sums.weeks).enumerate().map(week).collect()
}

fn totals(projects: &[ProjectSummary], sums: &OrganisationSums, frame: &Frame<'_>) -> Totals {
    let mut counted = SeverityCounts::default();
    let mut not_active = SeverityCounts::default();
    for project in projects {
        counted += project.open;
        if project.standing != Standing::Active {
            not_active += project.open;
        }
    }
    let open = open(&sums.now);
    let last_week = frame.stretches.as_ref().map(|stretches| stretches.last_week);
    let of_last_run = frame.weeks.iter().position(|week| Some(*week) == last_week);
    let last_week = of_last_run.map_or_else(|| sums.weeks.last(), |index| sums.weeks.get(index));
    Totals {
        projects: projects.len() as u64,
        active: projects.iter().filter(|project| project.standing == Standing::Active).count() as u64,
        ranked: projects.iter().filter(|project| project.rank.is_some()).count() as u64,
        open,
        overdue: overdue(&sums.now),
        not_confirmed: last_week.map(|week| week.not_confirmed).unwrap_or_default(),
        of_projects_not_active: not_active,
        decisions: projects.iter().filter_map(|project| project.decisions).reduce(|mut all, of_project| {
            all += of_project;
            all
        }),
        counted_more_than_once: counted.total().saturating_sub(open.total()),
    }
}

fn targets(input: &OrganisationInput) -> Vec<Target> {
    let target = |severity: Severity| {
        let days = super::statistics::one_decimal(input.sla.target(severity)?.as_secs_f64() / DAY);
        Some(Target { severity, days })
    };
    Severity::WORST_FIRST.into_iter().filter_map(target).collect()
}

fn score_rule(input: &OrganisationInput) -> ScoreRule {
    let has_targets = Severity::WORST_FIRST.iter().any(|severity| input.sla.target(*severity).is_some());
    ScoreRule {
        formula: if has_targets { ScoreFormula::OpenAndOverduePerAccount } else { ScoreFormula::OpenPerAccount },
        weights: WEIGHTS,
        accounts: if input.registry.is_some() { AccountsBasis::Registry } else { AccountsBasis::History },
    }
}

fn renamed(projects: &[ProjectFacts], earlier: &BTreeMap<usize, Option<usize>>) -> Vec<RenamedProject> {
    let name = |index: usize| projects[index].name.clone();
    let mut renamed: Vec<RenamedProject> = earlier
        .iter()
        .map(|(index, later)| RenamedProject { project: name(*index), goes_on_as: later.map(name) })
        .collect();
    renamed.sort_by(|a, b| a.project.cmp(&b.project));
    renamed
}
