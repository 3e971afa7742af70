//! What changed in the organisation from one run to another.

mod state;

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

pub use self::state::IssueChange;
use self::state::TwoStates;
use super::known_projects::KnownProjects;
use crate::history::{IssueId, IssueRecord, ProjectHistory, ProjectRun};
use crate::{AccountId, RunId, Severity, Text};

/// Number of issues by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangeCounts {
    /// Issues that were open after the earlier run.
    pub open_before: u64,
    /// Issues that are open after the later run, those that it could not confirm included.
    pub open_after: u64,
    /// See [`IssueChange::New`].
    pub new: u64,
    /// See [`IssueChange::Reopened`].
    pub reopened: u64,
    /// See [`IssueChange::Worse`].
    pub worse: u64,
    /// See [`IssueChange::NotConfirmed`].
    pub not_confirmed: u64,
    /// See [`IssueChange::Fixed`].
    pub fixed: u64,
    /// See [`IssueChange::Suppressed`].
    pub suppressed: u64,
    /// See [`IssueChange::Archived`].
    pub archived: u64,
    /// See [`IssueChange::Left`].
    pub left: u64,
}

impl ChangeCounts {
    /// Number of issues with a change.
    pub fn get(&self, change: IssueChange) -> u64 {
        match change {
            IssueChange::New => self.new,
            IssueChange::Reopened => self.reopened,
            IssueChange::Worse => self.worse,
            IssueChange::NotConfirmed => self.not_confirmed,
            IssueChange::Fixed => self.fixed,
            IssueChange::Suppressed => self.suppressed,
            IssueChange::Archived => self.archived,
            IssueChange::Left => self.left,
        }
    }

    fn add(&mut self, states: &TwoStates) {
        self.open_before += u64::from(states.before.is_some());
        self.open_after += u64::from(states.after.is_some());
        let Some(change) = states.change() else { return };
        let count = match change {
            IssueChange::New => &mut self.new,
            IssueChange::Reopened => &mut self.reopened,
            IssueChange::Worse => &mut self.worse,
            IssueChange::NotConfirmed => &mut self.not_confirmed,
            IssueChange::Fixed => &mut self.fixed,
            IssueChange::Suppressed => &mut self.suppressed,
            IssueChange::Archived => &mut self.archived,
            IssueChange::Left => &mut self.left,
        };
        *count += 1;
    }
}

/// An issue of which something became.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangedIssue {
    /// The project.
    pub project: String,
    /// What became of it.
    pub change: IssueChange,
    /// Identity.
    pub issue_id: IssueId,
    /// Security control, for findings of controls.
    pub control: Option<Text>,
    /// Title when last seen.
    pub title: Text,
    /// Severity after the later run or, of one that is no longer open, after the earlier one.
    pub severity: Severity,
    /// Severity after the earlier run; `null` if it was not open.
    pub severity_before: Option<Severity>,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Option<Text>,
    /// Main resource.
    pub resource: Option<Text>,
}

/// A project that both runs reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ComparedProject {
    /// The project.
    pub project: String,
    /// Whether its report of the earlier run was complete. If not, some issues may only seem to be new.
    pub complete_before: bool,
    /// Whether its report of the later run was complete.
    pub complete_after: bool,
    /// Its issues.
    pub counts: ChangeCounts,
}

/// Why a project cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoComparison {
    /// The earlier run did not report it.
    NotInEarlier,
    /// The later run did not report it.
    NotInLater,
    /// The earlier run was done again for it after the later one.
    EarlierDoneAgain,
}

/// A project that cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotCompared {
    /// The project.
    pub project: String,
    /// Why.
    pub why: NoComparison,
}

/// What changed from one run to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunComparison {
    /// The earlier run.
    pub from: RunId,
    /// When it read the findings of the first project, UTC; `null` if it reported no project.
    pub from_at: Option<Timestamp>,
    /// The later run.
    pub to: RunId,
    /// When it read the findings of the first project, UTC; `null` if it reported no project.
    pub to_at: Option<Timestamp>,
    /// All projects that both runs reported together. An issue in an account of several projects counts once, and one whose
    /// account moved from one to another neither left nor is new.
    pub totals: ChangeCounts,
    /// The projects that both runs reported, by name.
    pub projects: Vec<ComparedProject>,
    /// The projects that only one of the runs reported, by name. Nothing of them is in the numbers.
    pub not_compared: Vec<NotCompared>,
    /// The issues: by change, then the worst severity first, then by project.
    pub issues: Vec<ChangedIssue>,
}

/// Compares two runs by the histories of projects, which are added one after the other.
///
/// The states after both runs are compared. What came and ended between them is not in the numbers.
#[derive(Debug)]
pub struct RunComparisonBuilder {
    from: RunId,
    to: RunId,
    known: KnownProjects,
    from_at: Option<Timestamp>,
    to_at: Option<Timestamp>,
    /// The project of this index, or why it cannot be compared.
    projects: Vec<(usize, Result<ComparedProject, NotCompared>)>,
    issues: Vec<(usize, ChangedIssue)>,
    /// What the projects of an index say about each issue.
    states: Vec<(usize, IssueId, TwoStates)>,
}

impl RunComparisonBuilder {
    /// A comparison of the run `from` with the later run `to`.
    pub fn new(from: RunId, to: RunId) -> Self {
        Self {
            from,
            to,
            known: KnownProjects::default(),
            from_at: None,
            to_at: None,
            projects: Vec::new(),
            issues: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Adds the history of a project, all its runs.
    pub fn add_project(&mut self, name: &str, history: &ProjectHistory) {
        let index = self.known.add(name, history, Timestamp::MAX);
        let run = |run_id: &RunId| history.runs.iter().find(|run| run.run_id == *run_id);
        let (from, to) = (run(&self.from), run(&self.to));
        let first =
            |known: Option<Timestamp>, run: Option<&ProjectRun>| known.into_iter().chain(run.map(|r| r.at)).min();
        (self.from_at, self.to_at) = (first(self.from_at, from), first(self.to_at, to));
        let project = name.to_owned();
        let why = match (from, to) {
            (None, None) => return,
            (Some(from), Some(to)) if from.at <= to.at => {
                let counts = self.compare(index, history, from, to);
                let (complete_before, complete_after) = (from.complete, to.complete);
                let compared = ComparedProject { project, complete_before, complete_after, counts };
                self.projects.push((index, Ok(compared)));
                return;
            }
            (Some(_), Some(_)) => NoComparison::EarlierDoneAgain,
            (None, Some(_)) => NoComparison::NotInEarlier,
            (Some(_), None) => NoComparison::NotInLater,
        };
        self.projects.push((index, Err(NotCompared { project, why })));
    }

    fn compare(&mut self, index: usize, history: &ProjectHistory, from: &ProjectRun, to: &ProjectRun) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        let project = &self.known.projects[index];
        let records: HashMap<&IssueId, &IssueRecord> = history.issues.iter().map(|issue| (&issue.id, issue)).collect();
        for facts in &project.issues {
            let Some(record) = records.get(&facts.id) else { continue };
            let states = TwoStates::of(facts, record, from, to);
            counts.add(&states);
            if states.before.is_some() || states.after.is_some() {
                self.states.push((index, facts.id.clone(), states));
            }
            if let Some(change) = states.change() {
                self.issues.push((index, changed_issue(&project.name, record, change, &states)));
            }
        }
        counts
    }

    /// Returns the comparison.
    pub fn finish(self) -> RunComparison {
        let earlier = self.known.earlier_names();
        // the later name has the same issues, and the same runs
        let is_told = |index: &usize| !matches!(earlier.get(index), Some(Some(_)));
        let mut totals: HashMap<IssueId, TwoStates> = HashMap::new();
        for (_, id, states) in self.states.into_iter().filter(|(index, ..)| is_told(index)) {
            totals.entry(id).and_modify(|known| *known = known.merge(states)).or_insert(states);
        }
        let mut comparison = RunComparison {
            from: self.from,
            from_at: self.from_at,
            to: self.to,
            to_at: self.to_at,
            totals: ChangeCounts::default(),
            projects: Vec::new(),
            not_compared: Vec::new(),
            issues: self.issues.into_iter().filter(|(index, _)| is_told(index)).map(|(_, issue)| issue).collect(),
        };
        for states in totals.values() {
            comparison.totals.add(states);
        }
        for (_, project) in self.projects.into_iter().filter(|(index, _)| is_told(index)) {
            match project {
                Ok(compared) => comparison.projects.push(compared),
                Err(why) => comparison.not_compared.push(why),
            }
        }
        comparison.projects.sort_by(|a, b| a.project.cmp(&b.project));
        comparison.not_compared.sort_by(|a, b| a.project.cmp(&b.project));
        comparison.issues.sort_by(|a, b| order(a).cmp(&order(b)));
        comparison
    }
}

fn changed_issue(project: &str, record: &IssueRecord, change: IssueChange, states: &TwoStates) -> ChangedIssue {
    ChangedIssue {
        project: project.to_owned(),
        change,
        issue_id: record.id.clone(),
        control: record.control_id.clone(),
        title: record.title.clone(),
        severity: states.after.or(states.before).unwrap_or(record.severity),
        severity_before: states.before,
        account: record.account,
        region: record.region.clone(),
        resource: record.resource.clone(),
    }
}

/// The order of the issues.
fn order(issue: &ChangedIssue) -> (IssueChange, Reverse<Severity>, &str, &IssueId) {
    (issue.change, Reverse(issue.severity), &issue.project, &issue.issue_id)
}
