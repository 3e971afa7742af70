//! Measures of progress, computed from the history of one project or of all. These functions are pure and make no
//! calls.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Changes, ClosureKind, IssueId, IssuePeriod, IssueRecord, ProjectHistory};
use crate::{RunId, Severity, SeverityCounts};

const DAY: i64 = 86_400;

/// Upper ends of the age buckets in whole days. A last bucket holds older issues.
pub const AGE_BUCKETS: [i64; 3] = [7, 30, 90];

/// How long an issue of each severity may stay open. Issues of a severity without a target are never overdue.
///
/// ```
/// use std::time::Duration;
/// use findings_core::{Severity, history::Sla};
/// let sla = Sla::default().with_target(Severity::Critical, Duration::from_hours(7 * 24));
/// assert!(sla.target(Severity::Critical).is_some() && sla.target(Severity::Low).is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sla {
    targets: BTreeMap<Severity, Duration>,
}

impl Sla {
    /// Sets the target of a severity.
    #[must_use]
    pub fn with_target(mut self, severity: Severity, target: Duration) -> Self {
        self.targets.insert(severity, target);
        self
    }

    /// The target of a severity.
    pub fn target(&self, severity: Severity) -> Option<Duration> {
        self.targets.get(&severity).copied()
    }
}

/// Statistics of durations, in days with one decimal.
///
/// Percentiles are by nearest rank: the smallest of the values that is at least as large as that share of them. They
/// are not interpolated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Durations {
    /// Number of durations.
    pub count: u64,
    /// The median; `None` if there are no durations.
    pub median_days: Option<f64>,
    /// The 90th percentile; `None` if there are no durations.
    pub p90_days: Option<f64>,
}

impl Durations {
    pub(crate) fn of(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable();
        let rank = |percent: usize| {
            let at = (seconds.len() * percent).div_ceil(100).checked_sub(1)?;
            seconds.get(at).map(|s| days(*s))
        };
        Self { count: seconds.len() as u64, median_days: rank(50), p90_days: rank(90) }
    }
}

/// Converts seconds to days with one decimal.
#[expect(clippy::cast_precision_loss, reason = "seconds of centuries are exact in an f64")]
fn days(seconds: i64) -> f64 {
    (seconds as f64 / DAY as f64 * 10.0).round() / 10.0
}

/// The measures of one severity.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeverityMeasures {
    /// The severity, as last seen.
    pub severity: Severity,
    /// Number of open issues.
    pub open: u64,
    /// Number of open issues by age in whole days since they were last opened: up to 7, 30, 90, and older.
    pub open_by_age: [u64; 4],
    /// Number of open issues that are older than the target; `None` without a target.
    pub overdue: Option<u64>,
    /// From when an issue was opened to the run that found it fixed. Every fix counts, also of an issue that was reopened
    /// later. Issues that were suppressed or archived, or whose account or project left, were not fixed.
    pub time_to_resolve: Durations,
    /// From when an issue was opened to the first decision about it: a note, suppressed, or set to RESOLVED.
    pub time_to_decision: Durations,
}

/// The measures of a run, of one project or summed over all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunMeasures {
    /// The run.
    pub run_id: RunId,
    /// When its findings were read, UTC; for several projects, those of the first one.
    pub at: Timestamp,
    /// Whether all reports were complete.
    pub complete: bool,
    /// Number of findings by severity.
    pub findings: SeverityCounts,
    /// Number of issues by what happened to them since the last run that somebody was told of.
    pub changes: Changes,
    /// Whether somebody was told of a report. If not, the changes are counted once more in the next run.
    pub told: bool,
}

/// The measures of one project or of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measures {
    /// The name of the project; `None` for all of them together.
    pub project: Option<String>,
    /// The time to which ages refer, UTC.
    pub at: Timestamp,
    /// By severity, the worst first.
    pub severities: Vec<SeverityMeasures>,
    /// The runs, the oldest first.
    pub runs: Vec<RunMeasures>,
}

impl Measures {
    /// The measures of one project at `at`.
    pub fn of_project(name: impl Into<String>, history: &ProjectHistory, sla: &Sla, at: Timestamp) -> Self {
        let issues: Vec<&IssueRecord> = history.issues.iter().collect();
        let runs = history.runs.iter().map(run_measures).collect();
        Self { project: Some(name.into()), at, severities: by_severity(&issues, sla, at), runs }
    }

    /// The measures of several projects together. An issue of an account that several of them own counts once; the
    /// numbers of their runs are summed. A report that the history has under two names of a project counts once.
    pub fn of_all<'a>(
        histories: impl IntoIterator<Item = &'a ProjectHistory> + Clone,
        sla: &Sla,
        at: Timestamp,
    ) -> Self {
        let mut issues: HashMap<&IssueId, &IssueRecord> = HashMap::new();
        for issue in histories.clone().into_iter().flat_map(|h| &h.issues) {
            let known = issues.entry(&issue.id).or_insert(issue);
            // the issue is open if it is open in one of the projects; otherwise its latest resolution counts. That a
            // project goes on under another name says nothing: the other name tells what became of the issue
            let rank = |i: &IssueRecord| (i.is_open(), !i.is_renamed(), i.resolved.as_ref().map(|r| r.at));
            if rank(issue) > rank(known) {
                *known = issue;
            }
        }
        let issues: Vec<&IssueRecord> = issues.into_values().collect();
        let mut runs: Vec<RunMeasures> = Vec::new();
        let mut indexes: HashMap<&RunId, usize> = HashMap::new();
        let mut reports: HashSet<(&RunId, &str)> = HashSet::new();
        for run in histories.into_iter().flat_map(|h| &h.runs) {
            // the history of a renamed project has the runs under both names
            if !run.report.is_empty() && !reports.insert((&run.run_id, run.report.as_str())) {
                continue;
            }
            let measured = run_measures(run);
            if let Some(index) = indexes.get(&run.run_id) {
                add(&mut runs[*index], &measured);
            } else {
                indexes.insert(&run.run_id, runs.len());
                runs.push(measured);
            }
        }
        runs.sort_by(|a, b| (a.at, &a.run_id).cmp(&(b.at, &b.run_id)));
        Self { project: None, at, severities: by_severity(&issues, sla, at), runs }
    }
}

fn run_measures(run: &super::ProjectRun) -> RunMeasures {
    let super::ProjectRun { run_id, at, complete, counts, changes, told, .. } = run;
    let (run_id, at, complete, findings, changes) = (run_id.clone(), *at, *complete, *counts, *changes);
    RunMeasures { run_id, at, complete, findings, changes, told: *told }
}

/// Adds the measures of the same run of another project.
fn add(sum: &mut RunMeasures, one: &RunMeasures) {
    sum.at = sum.at.min(one.at);
    sum.complete &= one.complete;
    sum.told |= one.told;
    sum.findings += one.findings;
    sum.changes += one.changes;
}

fn by_severity(issues: &[&IssueRecord], sla: &Sla, at: Timestamp) -> Vec<SeverityMeasures> {
    let of = |severity| {
        let own: Vec<&IssueRecord> = issues.iter().copied().filter(|i| i.severity == severity).collect();
        measure(severity, &own, sla.target(severity), at)
    };
    Severity::WORST_FIRST.map(of).into()
}

fn measure(severity: Severity, issues: &[&IssueRecord], target: Option<Duration>, at: Timestamp) -> SeverityMeasures {
    let open: Vec<&&IssueRecord> = issues.iter().filter(|i| i.is_open()).collect();
    let mut open_by_age = [0; 4];
    for issue in &open {
        let age = (at.as_second() - issue.opened_at.as_second()).max(0) / DAY;
        open_by_age[AGE_BUCKETS.iter().filter(|end| age > **end).count()] += 1;
    }
    let overdue = target.map(|target| {
        let end = |issue: &IssueRecord| issue.opened_at.checked_add(target).unwrap_or(Timestamp::MAX);
        open.iter().filter(|issue| end(issue) < at).count() as u64
    });
    let took = |from: Timestamp, to: Timestamp| to.as_second() - from.as_second();
    let ended: Vec<IssuePeriod> = issues.iter().flat_map(|i| i.earlier.iter().cloned().chain(i.period())).collect();
    let fixed = ended.iter().filter(|period| period.resolution.kind() == ClosureKind::Fixed);
    let resolved = fixed.map(|period| took(period.opened_at, period.closed_at));
    let earlier = issues.iter().flat_map(|i| &i.earlier).map(|period| (period.opened_at, period.decided_at));
    let openings = issues.iter().map(|i| (i.opened_at, i.decided_at)).chain(earlier);
    let decided = openings.filter_map(|(opened_at, decided_at)| Some(took(opened_at, decided_at?).max(0)));
    SeverityMeasures {
        severity,
        open: open.len() as u64,
        open_by_age,
        overdue,
        time_to_resolve: Durations::of(resolved.collect()),
        time_to_decision: Durations::of(decided.collect()),
    }
}
