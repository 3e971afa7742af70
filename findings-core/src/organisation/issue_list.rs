//! A list of issues over all projects: which are open, since when, and of which nobody knows.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::known_projects::KnownProjects;
use super::now::is_overdue;
use super::period::seconds_between;
use super::range::ReportRange;
use crate::history::{ClosureKind, IssueId, IssueRecord, ProjectHistory, Sla};
use crate::registry::project_key;
use crate::{AccountId, Result, RunId, Severity, Text};

const DAY: i64 = 86_400;

/// Which issues to list by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueStates {
    /// Those that are open, or of which nobody knows whether they still are.
    #[default]
    Open,
    /// Those that ended: fixed, suppressed, archived or left.
    Resolved,
    /// All.
    All,
}

/// Which issues to list. Without a value, a field selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueFilter {
    /// Which ones by what became of them.
    pub states: IssueStates,
    /// The security control, such as "S3.8"; in any case.
    pub control: Option<String>,
    /// The name of the project.
    pub project: Option<String>,
    /// The severities, as last seen; all if empty.
    pub severities: Vec<Severity>,
    /// The account.
    pub account: Option<AccountId>,
    /// The earliest time at which it was opened or last reopened, UTC.
    pub opened_since: Option<Timestamp>,
}

impl IssueFilter {
    fn selects(&self, issue: &IssueRecord) -> bool {
        let control = |wanted: &String| issue.control_id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(wanted));
        let is_wanted = match self.states {
            IssueStates::Open => issue.is_open(),
            IssueStates::Resolved => !issue.is_open(),
            IssueStates::All => true,
        };
        is_wanted
            && self.control.as_ref().is_none_or(control)
            && (self.severities.is_empty() || self.severities.contains(&issue.severity))
            && self.account.is_none_or(|account| account == issue.account)
            && self.opened_since.is_none_or(|since| issue.opened_at >= since)
    }

    fn selects_project(&self, name: &str) -> bool {
        self.project.as_ref().is_none_or(|wanted| project_key(wanted) == project_key(name))
    }
}

/// What is known of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueStanding {
    /// It is open: the latest run of its project saw it.
    Open,
    /// It was open when it was last seen. The latest run did not see its account completely, or there is no recent run of
    /// its project.
    NotConfirmed,
    /// See [`ClosureKind::Fixed`].
    Fixed,
    /// See [`ClosureKind::Suppressed`].
    Suppressed,
    /// See [`ClosureKind::Archived`].
    Archived,
    /// See [`ClosureKind::Left`].
    Left,
}

/// An issue of a project.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ListedIssue {
    /// The project. An issue in an account of several projects is listed for each.
    pub project: String,
    /// Identity.
    pub issue_id: IssueId,
    /// Security control, for findings of controls.
    pub control: Option<Text>,
    /// Title when last seen.
    pub title: Text,
    /// Severity when last seen.
    pub severity: Severity,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Option<Text>,
    /// Main resource.
    pub resource: Option<Text>,
    /// When it was first seen, UTC.
    pub first_seen: Timestamp,
    /// When it was opened or last reopened, UTC.
    pub opened_at: Timestamp,
    /// How often it was reopened.
    pub reopened: u32,
    /// Whole days since it was opened: until now or, of one that ended, until a run found that.
    pub age_days: i64,
    /// Whether it is older than the target of its severity; `null` without a target, and for issues that ended.
    pub overdue: Option<bool>,
    /// What is known of it.
    pub state: IssueStanding,
    /// When it was last seen, UTC.
    pub last_seen: Timestamp,
    /// The run that saw it last; `null` if the history does not tell.
    pub last_seen_by: Option<RunId>,
    /// When a run found that it had ended, UTC.
    pub closed_at: Option<Timestamp>,
    /// The run that found it.
    pub closed_in: Option<RunId>,
}

/// Why issues of a project are not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotConfirmed {
    /// Its latest run could not see some accounts completely.
    Incomplete,
    /// It has no run in the week of the latest run of any project, so none of its issues is confirmed.
    Stale,
}

/// A project whose history does not tell the present state of all its issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnsureProject {
    /// The project.
    pub project: String,
    /// Why.
    pub why: NotConfirmed,
    /// When its latest run read its findings, UTC; `null` without a run.
    pub last_run: Option<Timestamp>,
    /// The accounts that its latest run could not see completely.
    pub accounts: Vec<AccountId>,
}

/// A list of issues.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IssueList {
    /// The time to which ages refer, UTC.
    pub as_of: Timestamp,
    /// The issues: the worst severity first, then the oldest.
    pub issues: Vec<ListedIssue>,
    /// The projects among those asked for whose history is incomplete or stale, by name. Issues may be missing in the
    /// list because of it.
    pub unsure: Vec<UnsureProject>,
}

/// Builds a list from the histories of projects, which are added one after the other. Only what is listed is kept.
#[derive(Debug)]
pub struct IssueListBuilder {
    filter: IssueFilter,
    sla: Sla,
    as_of: Timestamp,
    zone: TimeZone,
    known: KnownProjects,
    /// The issues that were selected, and the index of their project.
    issues: Vec<(usize, ListedIssue)>,
}

impl IssueListBuilder {
    /// An empty list at the time `as_of`. Weeks begin in the time zone.
    pub fn new(filter: IssueFilter, sla: Sla, as_of: Timestamp, zone: TimeZone) -> Self {
        Self { filter, sla, as_of, zone, known: KnownProjects::default(), issues: Vec::new() }
    }

    /// Adds the history of a project, all its runs. Projects that the filter leaves out are needed, too: their runs tell
    /// whether others are stale. Their issues are not.
    pub fn add_project(&mut self, name: &str, history: &ProjectHistory) {
        let index = self.known.add(name, history, self.as_of);
        if !self.filter.selects_project(name) {
            return;
        }
        for record in history.issues.iter().filter(|record| self.filter.selects(record)) {
            if let Some(issue) = self.listed(name, record, history) {
                self.issues.push((index, issue));
            }
        }
    }

    /// The issue as listed; `None` if it goes on as another one, or under another name of the project.
    fn listed(&self, name: &str, record: &IssueRecord, history: &ProjectHistory) -> Option<ListedIssue> {
        let closed = record.resolved.as_ref();
        let state = match closed.map(|closed| closed.resolution.kind()) {
            None if history.is_confirmed(record) => IssueStanding::Open,
            None => IssueStanding::NotConfirmed,
            Some(ClosureKind::Fixed) => IssueStanding::Fixed,
            Some(ClosureKind::Suppressed) => IssueStanding::Suppressed,
            Some(ClosureKind::Archived) => IssueStanding::Archived,
            Some(ClosureKind::Left) if !record.is_renamed() => IssueStanding::Left,
            Some(ClosureKind::Left | ClosureKind::Moved) => return None,
        };
        let end = closed.map_or(self.as_of, |closed| closed.at);
        let has_target = record.is_open() && self.sla.target(record.severity).is_some();
        Some(ListedIssue {
            project: name.to_owned(),
            issue_id: record.id.clone(),
            control: record.control_id.clone(),
            title: record.title.clone(),
            severity: record.severity,
            account: record.account,
            region: record.region.clone(),
            resource: record.resource.clone(),
            first_seen: record.first_seen,
            opened_at: record.opened_at,
            reopened: record.reopened,
            age_days: seconds_between(record.opened_at, end) / DAY,
            overdue: has_target.then(|| is_overdue(record.opened_at, record.severity, &self.sla, self.as_of)),
            state,
            last_seen: history.last_seen(record),
            last_seen_by: history.last_seen_by(record).map(|run| run.run_id.clone()),
            closed_at: closed.map(|closed| closed.at),
            closed_in: closed.map(|closed| closed.run_id.clone()),
        })
    }

    /// Returns the list.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the time lies at the beginning of the calendar.
    pub fn finish(self) -> Result<IssueList> {
        let unsure = self.unsure()?;
        let earlier = self.known.earlier_names();
        let stale = unsure.iter().filter(|(_, project)| project.why == NotConfirmed::Stale);
        let stale: HashSet<usize> = stale.map(|(index, _)| *index).collect();
        let mut issues = Vec::with_capacity(self.issues.len());
        for (index, mut issue) in self.issues {
            // the later name has the same issues
            if matches!(earlier.get(&index), Some(Some(_))) {
                continue;
            }
            if issue.state == IssueStanding::Open && stale.contains(&index) {
                issue.state = IssueStanding::NotConfirmed;
            }
            issues.push(issue);
        }
        issues.sort_by(|a, b| order(a).cmp(&order(b)));
        let unsure = unsure.into_iter().map(|(_, project)| project).collect();
        Ok(IssueList { as_of: self.as_of, issues, unsure })
    }

    /// The projects whose history does not tell the present state of all issues, by name, with their indexes.
    fn unsure(&self) -> Result<Vec<(usize, UnsureProject)>> {
        let range = ReportRange::last_weeks(1, self.as_of, self.zone.clone())?;
        let latest = self.known.latest();
        let week = latest.and_then(|latest| range.weeks_up_to(latest, 1, 0).first().copied());
        let earlier = self.known.earlier_names();
        let projects = self.known.projects.iter().enumerate();
        let asked = projects.filter(|(n, p)| !earlier.contains_key(n) && self.filter.selects_project(&p.name));
        let mut unsure = Vec::new();
        for (index, project) in asked {
            let last = project.runs.last();
            let is_stale = week.is_some_and(|week| last.is_none_or(|run| run.at < week.from));
            let why = match last {
                _ if is_stale => NotConfirmed::Stale,
                Some(run) if !run.complete || !run.unseen.is_empty() => NotConfirmed::Incomplete,
                _ => continue,
            };
            let accounts = last.map(|run| run.unseen.clone()).unwrap_or_default();
            let last_run = project.last_run();
            unsure.push((index, UnsureProject { project: project.name.clone(), why, last_run, accounts }));
        }
        unsure.sort_by(|a, b| a.1.project.cmp(&b.1.project));
        Ok(unsure)
    }
}

/// The order of the list.
fn order(issue: &ListedIssue) -> (Reverse<Severity>, Timestamp, &str, &IssueId) {
    (Reverse(issue.severity), issue.opened_at, &issue.project, &issue.issue_id)
}
