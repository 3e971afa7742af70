//! What is open at the time of the report, by severity and age.

use jiff::Timestamp;
use serde::Serialize;

use super::merge::Issue;
use super::period::{index, seconds_between};
use crate::history::{AGE_BUCKETS, Sla};
use crate::{Severity, SeverityCounts};

const DAY: i64 = 86_400;

/// The issues of one severity that are open at the time of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SeverityNow {
    /// The severity, as last seen.
    pub severity: Severity,
    /// Number of open issues.
    pub open: u64,
    /// Number of open issues by age in whole days since they were last opened: up to 7, 30, 90, and older.
    pub open_by_age: [u64; 4],
    /// Number of open issues that are older than the target; `null` without a target.
    pub overdue: Option<u64>,
    /// Number of open issues that nobody made a decision about.
    pub undecided: u64,
}

/// Collects what is open.
#[derive(Debug)]
pub(super) struct NowTally<'a> {
    at: Timestamp,
    sla: &'a Sla,
    severities: [SeverityNow; 5],
}

impl<'a> NowTally<'a> {
    pub(super) fn new(at: Timestamp, sla: &'a Sla) -> Self {
        let empty = |severity| SeverityNow {
            severity,
            open: 0,
            open_by_age: [0; 4],
            overdue: sla.target(severity).map(|_| 0),
            undecided: 0,
        };
        Self { at, sla, severities: Severity::WORST_FIRST.map(empty) }
    }

    pub(super) fn add(&mut self, issue: &Issue<'_>) {
        let Some(span) = issue.open() else { return };
        let severity = issue.main.severity;
        let is_overdue = is_overdue(span.opened_at, severity, self.sla, self.at);
        let numbers = &mut self.severities[index(severity)];
        let age = seconds_between(span.opened_at, self.at) / DAY;
        numbers.open += 1;
        numbers.open_by_age[AGE_BUCKETS.iter().filter(|end| age > **end).count()] += 1;
        numbers.undecided += u64::from(span.decided_at.is_none());
        if let Some(overdue) = &mut numbers.overdue {
            *overdue += u64::from(is_overdue);
        }
    }

    pub(super) fn finish(self) -> [SeverityNow; 5] {
        self.severities
    }
}

/// Whether an open issue is older than the target of its severity.
pub(super) fn is_overdue(opened_at: Timestamp, severity: Severity, sla: &Sla, at: Timestamp) -> bool {
    let end = sla.target(severity).map(|target| opened_at.checked_add(target).unwrap_or(Timestamp::MAX));
    end.is_some_and(|end| end < at)
}

/// Open issues by severity.
pub(super) fn open(severities: &[SeverityNow; 5]) -> SeverityCounts {
    counts(severities, |s| s.open)
}

/// Overdue issues by severity; `None` if no severity has a target.
pub(super) fn overdue(severities: &[SeverityNow; 5]) -> Option<SeverityCounts> {
    severities.iter().any(|s| s.overdue.is_some()).then(|| counts(severities, |s| s.overdue.unwrap_or(0)))
}

fn counts(
    [critical, high, medium, low, informational]: &[SeverityNow; 5],
    of: fn(&SeverityNow) -> u64,
) -> SeverityCounts {
    SeverityCounts {
        critical: of(critical),
        high: of(high),
        medium: of(medium),
        low: of(low),
        informational: of(informational),
    }
}
