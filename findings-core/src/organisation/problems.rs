//! What hurts most: issues by the control that reports them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::input::OrganisationInput;
use super::merge::Issue;
use super::now::is_overdue;
use super::period::seconds_between;
use super::score::points;
use crate::history::{ClosureKind, IssueRecord};
use crate::{AccountId, Severity, SeverityCounts, Text};

const WEEK: i64 = 7 * 86_400;

/// A problem that is open: a control, or a title of findings that belong to no control and that several projects have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProblemSummary {
    /// The control, such as `S3.8`; `null` for findings of no control. Controls whose name is a number, such as
    /// `1.4`, are told apart by their title, because every version of a standard has another one.
    pub control: Option<Text>,
    /// Its title.
    pub title: Text,
    /// Open issues by severity, an issue of several projects once.
    pub open: SeverityCounts,
    /// Points of the open issues, by [`WEIGHTS`](super::WEIGHTS): the order of the problems.
    pub points: u64,
    /// Number of open issues that are older than their target; `null` without targets.
    pub overdue: Option<u64>,
    /// The projects that have it, by index, each with its open issues. Several of them can share an issue.
    pub projects: Vec<ProblemProject>,
    /// Number of accounts that have it.
    pub accounts: u64,
    /// When the oldest of its open issues was opened, UTC.
    pub oldest_opened_at: Timestamp,
    /// Whole weeks since then.
    pub weeks_open: u64,
    /// When an issue of it, open or closed, was first seen, UTC, as the product says.
    pub first_seen: Timestamp,
    /// When a run first reported an issue of it, UTC.
    pub first_reported: Timestamp,
    /// Whether that was in the last four weeks; `null` if the history is not older than these, when everything is new.
    pub is_first_time: Option<bool>,
    /// Whether the organisation has guidance of its own on the control; `null` if it is not known, or without control.
    pub has_guidance: Option<bool>,
}

/// A project that has a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProblemProject {
    /// Its index in [`projects`](super::OrganisationReport::projects).
    pub project: usize,
    /// Its open issues.
    pub open: u64,
}

/// A control of which nothing is open any more. That is no proof that Security Hub still checks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EndedProblem {
    /// The control.
    pub control: Text,
    /// Its title.
    pub title: Text,
    /// When a run found the last of its issues closed, UTC.
    pub ended_at: Timestamp,
    /// Number of its issues whose last end was a fix.
    pub fixed: u64,
    /// Number of its issues that ended otherwise: suppressed, archived by the product, or gone with their account.
    pub otherwise: u64,
}

/// What is left of the problems at the end.
#[derive(Debug)]
pub(super) struct Problems {
    pub(super) open: Vec<ProblemSummary>,
    pub(super) ended: Option<Vec<EndedProblem>>,
}

/// The names of problems. Records of one control share a number in place of their texts.
#[derive(Debug, Default)]
pub(super) struct ProblemNames {
    indexes: HashMap<(Option<Text>, Text), usize>,
    names: Vec<(Option<Text>, Text)>,
}

impl ProblemNames {
    pub(super) fn index(&mut self, record: &IssueRecord) -> usize {
        let control = record.control_id.clone();
        let is_number = control.as_ref().is_some_and(|c| c.starts_with(|c: char| c.is_ascii_digit()));
        let key_title = if control.is_some() && !is_number { Text::default() } else { record.title.clone() };
        let Self { indexes, names } = self;
        *indexes.entry((control.clone(), key_title)).or_insert_with(|| {
            names.push((control, record.title.clone()));
            names.len() - 1
        })
    }
}

/// Collects the problems.
#[derive(Debug)]
pub(super) struct ProblemTally<'a> {
    input: &'a OrganisationInput,
    problems: Vec<Option<OneProblem>>,
}

#[derive(Debug)]
struct OneProblem {
    open: SeverityCounts,
    overdue: u64,
    projects: BTreeMap<usize, u64>,
    accounts: BTreeSet<AccountId>,
    oldest_opened_at: Option<Timestamp>,
    first_seen: Timestamp,
    first_reported: Timestamp,
    last_end: Option<Timestamp>,
    fixed: u64,
    otherwise: u64,
}

impl<'a> ProblemTally<'a> {
    pub(super) fn new(input: &'a OrganisationInput, names: &ProblemNames) -> Self {
        Self { input, problems: names.names.iter().map(|_| None).collect() }
    }

    /// Adds an issue; `positions` are the indexes of projects in the report.
    pub(super) fn add(&mut self, issue: &Issue<'_>, positions: &[Option<usize>]) {
        let first_reported = issue.spans.first().map_or(issue.main.first_seen, |span| span.seen_at);
        let first_seen = issue.records.iter().map(|record| record.first_seen).min().unwrap_or(first_reported);
        let fresh = || OneProblem::new(first_seen, first_reported);
        let problem = self.problems[issue.main.problem].get_or_insert_with(fresh);
        problem.first_seen = problem.first_seen.min(first_seen);
        problem.first_reported = problem.first_reported.min(first_reported);
        let Some(span) = issue.open() else {
            if let Some(end) = issue.spans.last().and_then(|span| span.end) {
                problem.last_end = problem.last_end.max(Some(end.at));
                let count = if end.kind == ClosureKind::Fixed { &mut problem.fixed } else { &mut problem.otherwise };
                *count += 1;
            }
            return;
        };
        let OrganisationInput { sla, range, .. } = self.input;
        problem.open.add(issue.main.severity);
        problem.overdue += u64::from(is_overdue(span.opened_at, issue.main.severity, sla, range.as_of()));
        problem.accounts.insert(issue.main.account);
        problem.oldest_opened_at = problem.oldest_opened_at.into_iter().chain([span.opened_at]).min();
        for position in issue.records.iter().filter(|r| r.is_open()).filter_map(|r| positions[r.project]) {
            *problem.projects.entry(position).or_default() += 1;
        }
    }

    /// The problems that are open, the worst first, and the controls that ended lately. `recent` is the beginning of the
    /// last four weeks, if the history is older.
    pub(super) fn finish(self, names: &ProblemNames, recent: Option<Timestamp>) -> Problems {
        let input = self.input;
        let named = || self.problems.iter().zip(&names.names).filter_map(|(p, name)| Some((p.as_ref()?, name)));
        let ended = recent.map(|recent| {
            let mut ended: Vec<EndedProblem> = named().filter_map(|(p, name)| p.ended(name, recent)).collect();
            ended.sort_by(|a, b| {
                b.ended_at.cmp(&a.ended_at).then_with(|| (&a.control, &a.title).cmp(&(&b.control, &b.title)))
            });
            ended
        });
        let summaries = named().filter_map(|(problem, name)| problem.summary(name, input, recent));
        // findings of no control have titles of all kinds: what only one project has is its own business
        let mut open: Vec<ProblemSummary> =
            summaries.filter(|problem| problem.control.is_some() || problem.projects.len() > 1).collect();
        open.sort_by(|a, b| {
            let rank = |p: &ProblemSummary| std::cmp::Reverse((p.points, p.open.total(), p.projects.len()));
            rank(a).cmp(&rank(b)).then_with(|| (&a.control, &a.title).cmp(&(&b.control, &b.title)))
        });
        Problems { open, ended }
    }
}

impl OneProblem {
    fn new(first_seen: Timestamp, first_reported: Timestamp) -> Self {
        Self {
            open: SeverityCounts::default(),
            overdue: 0,
            projects: BTreeMap::new(),
            accounts: BTreeSet::new(),
            oldest_opened_at: None,
            first_seen,
            first_reported,
            last_end: None,
            fixed: 0,
            otherwise: 0,
        }
    }

    /// The control, if nothing of it is open and the last issue ended after `recent`.
    fn ended(&self, (control, title): &(Option<Text>, Text), recent: Timestamp) -> Option<EndedProblem> {
        let ended_at = self.last_end.filter(|at| self.oldest_opened_at.is_none() && *at >= recent)?;
        let (control, title) = (control.clone()?, title.clone());
        Some(EndedProblem { control, title, ended_at, fixed: self.fixed, otherwise: self.otherwise })
    }

    fn summary(
        &self,
        (control, title): &(Option<Text>, Text),
        input: &OrganisationInput,
        recent: Option<Timestamp>,
    ) -> Option<ProblemSummary> {
        let oldest_opened_at = self.oldest_opened_at?;
        let weeks = seconds_between(oldest_opened_at, input.range.as_of()) / WEEK;
        let has_targets = Severity::WORST_FIRST.iter().any(|severity| input.sla.target(*severity).is_some());
        let is_known = |control: &Text| {
            let guidance = input.guidance.as_ref()?;
            Some(guidance.iter().any(|known| known.eq_ignore_ascii_case(control)))
        };
        Some(ProblemSummary {
            control: control.clone(),
            title: title.clone(),
            open: self.open,
            points: points(&self.open),
            overdue: has_targets.then_some(self.overdue),
            projects: self.projects.iter().map(|(&project, &open)| ProblemProject { project, open }).collect(),
            accounts: self.accounts.len() as u64,
            oldest_opened_at,
            weeks_open: weeks.unsigned_abs(),
            first_seen: self.first_seen,
            first_reported: self.first_reported,
            is_first_time: recent.map(|recent| self.first_reported >= recent),
            has_guidance: control.as_ref().and_then(is_known),
        })
    }
}
