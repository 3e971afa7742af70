//! What a report needs of each history: a small part of its records, so that thousands of histories fit into memory one
//! after the other.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::decisions::DecisionNumbers;
use super::range::Window;
use crate::history::{ClosureKind, IssueId, IssueRecord, ProjectRun};
use crate::{AccountId, RunId, Severity};

/// How an opening came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The first run of the project that the history has found it open. Nobody knows since when people could know of
    /// it.
    Baseline,
    New,
    Reopened,
}

/// The end of a time in which an issue was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) at: Timestamp,
    pub(super) kind: ClosureKind,
}

/// A time in which an issue was open, as runs saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The start of its age: what the product says.
    pub(super) opened_at: Timestamp,
    /// When the first run reported it. Never later than the end.
    pub(super) seen_at: Timestamp,
    pub(super) start: Start,
    pub(super) decided_at: Option<Timestamp>,
    pub(super) end: Option<End>,
}

impl Span {
    /// Whether the issue was open just before `at`.
    pub(super) fn is_open_before(&self, at: Timestamp) -> bool {
        self.seen_at < at && self.end.is_none_or(|end| end.at >= at)
    }

    /// Whether the issue was open just after `at`: what a run at this time says.
    pub(super) fn is_open_after(&self, at: Timestamp) -> bool {
        self.seen_at <= at && self.end.is_none_or(|end| end.at > at)
    }
}

/// An issue of one project.
#[derive(Clone, Debug)]
pub(super) struct IssueFacts {
    pub(super) id: IssueId,
    /// Index of the project.
    pub(super) project: usize,
    /// Index of the problem that it is a case of.
    pub(super) problem: usize,
    pub(super) account: AccountId,
    pub(super) severity: Severity,
    /// Its severity before the last change, and the time of the change.
    severity_before: Option<(Severity, Timestamp)>,
    pub(super) first_seen: Timestamp,
    /// Whether it was closed because its project goes on under another name.
    pub(super) is_renamed: bool,
    /// The oldest first; at least one.
    pub(super) spans: Vec<Span>,
}

impl IssueFacts {
    /// What was known of an issue at `as_of`; `None` if nothing was.
    pub(super) fn of(
        record: &IssueRecord,
        runs: &RunTimes<'_>,
        indexes: (usize, usize),
        as_of: Timestamp,
    ) -> Option<Self> {
        let spans = spans(record, runs, as_of);
        let change = record.severity_change.as_ref();
        let change = change.and_then(|change| Some((change.from, *runs.times.get(&change.run_id)?)));
        let is_later = change.filter(|(_, at)| *at > as_of);
        (!spans.is_empty()).then(|| Self {
            id: record.id.clone(),
            project: indexes.0,
            problem: indexes.1,
            account: record.account,
            severity: is_later.map_or(record.severity, |(from, _)| from),
            severity_before: change.filter(|_| is_later.is_none()),
            first_seen: record.first_seen,
            is_renamed: record.is_renamed() && spans.last().is_some_and(|span| span.end.is_some()),
            spans,
        })
    }

    /// Its severity before the last change, and the time of the change.
    pub(super) fn severity_change(&self) -> Option<(Severity, Timestamp)> {
        self.severity_before
    }

    /// Its severity just before `at`, as far as it is known: the history keeps the last change only.
    pub(super) fn severity_before(&self, at: Timestamp) -> Severity {
        self.severity_before.filter(|(_, changed)| at <= *changed).map_or(self.severity, |(severity, _)| severity)
    }

    /// Its severity at `at`.
    pub(super) fn severity_at(&self, at: Timestamp) -> Severity {
        self.severity_before.filter(|(_, changed)| at < *changed).map_or(self.severity, |(severity, _)| severity)
    }

    /// Whether it was open just before `at`.
    pub(super) fn is_open_before(&self, at: Timestamp) -> bool {
        self.spans.iter().any(|span| span.is_open_before(at))
    }

    pub(super) fn is_open(&self) -> bool {
        self.spans.last().is_some_and(|span| span.end.is_none())
    }
}

/// The times of a project's runs, to date the openings in records, which name the run only.
#[derive(Debug)]
pub(super) struct RunTimes<'a> {
    times: HashMap<&'a RunId, Timestamp>,
    first: Option<Timestamp>,
}

impl<'a> RunTimes<'a> {
    pub(super) fn of(runs: &'a [ProjectRun]) -> Self {
        let times = runs.iter().map(|run| (&run.run_id, run.at)).collect();
        Self { times, first: runs.iter().map(|run| run.at).min() }
    }

    /// When a run first reported an opening. If the run is not in the history any more, the opening is not earlier than
    /// what the product says and the first run that is.
    fn seen_at(&self, run_id: &RunId, opened_at: Timestamp) -> Timestamp {
        let known = self.times.get(run_id).copied();
        known.unwrap_or_else(|| self.first.map_or(opened_at, |first| first.max(opened_at)))
    }
}

/// The times in which an issue was open, without what happened after `as_of`.
fn spans(record: &IssueRecord, runs: &RunTimes<'_>, as_of: Timestamp) -> Vec<Span> {
    let earlier = record.earlier.iter().map(|period| {
        let end = End { at: period.closed_at, kind: period.resolution.kind() };
        (period.opened_at, &period.opened_in, period.decided_at, Some(end))
    });
    let last_end = record.resolved.as_ref().map(|closed| End { at: closed.at, kind: closed.resolution.kind() });
    let openings = earlier.chain([(record.opened_at, &record.opened_in, record.decided_at, last_end)]);
    // exactly: most issues have one, and a vector that grows begins with room for four
    let mut spans: Vec<Span> = Vec::with_capacity(record.earlier.len() + 1);
    for (index, (opened_at, opened_in, decided_at, end)) in openings.enumerate() {
        let seen_at = runs.seen_at(opened_in, opened_at);
        if seen_at > as_of {
            break;
        }
        let start = match () {
            () if index == 0 && runs.first.is_some_and(|first| seen_at <= first) => Start::Baseline,
            // early versions kept the number of earlier openings, and not their times
            () if index > 0 || record.reopened > 0 => Start::Reopened,
            () => Start::New,
        };
        let end = end.filter(|end| end.at <= as_of).map(|end| End { at: end.at.max(seen_at), ..end });
        let decided_at = decided_at.filter(|at| *at <= as_of);
        spans.push(Span { opened_at: opened_at.min(seen_at), seen_at, start, decided_at, end });
    }
    spans
}

/// A run of one project.
#[derive(Clone, Debug)]
pub(super) struct RunFacts {
    pub(super) run_id: RunId,
    pub(super) at: Timestamp,
    pub(super) complete: bool,
    pub(super) told: bool,
    pub(super) unseen: Vec<AccountId>,
}

/// What the runs of a stretch of time saw of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// There was no run yet.
    NotYet,
    /// No run was made, or none was delivered.
    NoRun,
    Runs {
        /// Whether a report was complete.
        complete: bool,
        /// The accounts that no run saw completely.
        unseen: Vec<AccountId>,
    },
}

impl Seen {
    pub(super) fn is_complete(&self) -> bool {
        matches!(self, Self::Runs { complete: true, .. })
    }

    /// Whether a run saw the account completely.
    pub(super) fn sees(&self, account: AccountId) -> bool {
        matches!(self, Self::Runs { unseen, .. } if !unseen.contains(&account))
    }
}

/// A project.
#[derive(Debug)]
pub(super) struct ProjectFacts {
    pub(super) name: String,
    /// The oldest first.
    pub(super) runs: Vec<RunFacts>,
    /// Accounts that have had an issue, or that a run could not see.
    pub(super) accounts: BTreeSet<AccountId>,
    pub(super) issues: Vec<IssueFacts>,
    /// The latest of the first decisions about each opening.
    pub(super) last_decision: Option<Timestamp>,
    /// `None` if its decisions are not known.
    pub(super) decisions: Option<DecisionNumbers>,
}

impl ProjectFacts {
    /// A project with these runs up to `as_of`, without issues.
    pub(super) fn new(name: &str, runs: &[ProjectRun], as_of: Timestamp) -> Self {
        let run = |run: &ProjectRun| RunFacts {
            run_id: run.run_id.clone(),
            at: run.at,
            complete: run.complete,
            told: run.told,
            unseen: run.incomplete_accounts.clone(),
        };
        let mut runs: Vec<RunFacts> = runs.iter().filter(|run| run.at <= as_of).map(run).collect();
        runs.sort_by_key(|run| run.at);
        let accounts = runs.iter().flat_map(|run| &run.unseen).copied().collect();
        Self { name: name.to_owned(), runs, accounts, issues: Vec::new(), last_decision: None, decisions: None }
    }

    pub(super) fn add(&mut self, issue: IssueFacts) {
        self.accounts.insert(issue.account);
        self.last_decision = issue.spans.iter().filter_map(|span| span.decided_at).chain(self.last_decision).max();
        self.issues.push(issue);
    }

    pub(super) fn first_run(&self) -> Option<Timestamp> {
        self.runs.first().map(|run| run.at)
    }

    pub(super) fn last_run(&self) -> Option<Timestamp> {
        self.runs.last().map(|run| run.at)
    }

    /// What the runs of a stretch of time saw. An account counts as seen if any of them saw it completely.
    pub(super) fn seen(&self, window: Window) -> Seen {
        let from = self.runs.partition_point(|run| run.at < window.from);
        let to = self.runs.partition_point(|run| run.at < window.to);
        match self.runs.get(from..to).unwrap_or_default() {
            [] if to == 0 => Seen::NotYet,
            [] => Seen::NoRun,
            [first, rest @ ..] => {
                let mut unseen = first.unseen.clone();
                unseen.retain(|account| rest.iter().all(|run| run.unseen.contains(account)));
                unseen.sort_unstable();
                let complete = first.complete || rest.iter().any(|run| run.complete);
                Seen::Runs { complete, unseen }
            }
        }
    }
}
