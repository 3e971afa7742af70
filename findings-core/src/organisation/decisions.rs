//! Numbers of decisions that count at the time of a report.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::decision::{Decision, DecisionKind, DueItem, DueKind, ProjectDecisions, due_items};
use crate::history::{IssueRecord, ProjectHistory, Sla};
use crate::wording::ENDING_SOON_DAYS;

/// What projects have decided about issues, as far as it counts at the time of the report. An issue of several projects
/// counts with each that decided about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DecisionNumbers {
    /// Open issues that are to be fixed.
    pub to_fix: u64,
    /// Those of them whose day, as the project decided it, has passed.
    pub late: u64,
    /// Issues whose risk is accepted.
    pub accepted: u64,
    /// Those of them whose acceptance ends within 30 days, or has ended and was not looked at since.
    pub ending_soon: u64,
    /// Issues that are false positives.
    pub false_positives: u64,
    /// Open issues that somebody else has to fix.
    pub not_ours: u64,
}

impl DecisionNumbers {
    /// Counts the decisions about the issues of a history. The decisions are those that were [recorded](recorded) by this time.
    pub(super) fn of(history: &ProjectHistory, known: &ProjectDecisions, as_of: Timestamp, zone: &TimeZone) -> Self {
        let decided = history.issues.iter().filter(|issue| known.in_force(&issue.id).is_some());
        let decided = ProjectHistory::new(decided.map(|issue| as_it_was(issue, as_of)).collect(), Vec::new());
        let mut numbers = Self::default();
        for issue in &decided.issues {
            if let Some(decision) = known.in_force(&issue.id) {
                numbers.add(issue, decision);
            }
        }
        let today = zone.to_datetime(as_of).date();
        let last = today.saturating_add(jiff::Span::new().days(i64::from(ENDING_SOON_DAYS)));
        // without targets, only what projects decided is due
        for item in due_items(&decided, known, &Sla::default(), zone, last) {
            let DueItem { kind, day, .. } = item;
            numbers.late += u64::from(kind == DueKind::Fix && day < today);
            numbers.ending_soon += u64::from(kind == DueKind::AcceptanceEnd);
        }
        numbers
    }

    fn add(&mut self, issue: &IssueRecord, decision: &Decision) {
        let counter = match decision.entry.kind {
            DecisionKind::ToFix if issue.is_open() => &mut self.to_fix,
            DecisionKind::NotOurs if issue.is_open() => &mut self.not_ours,
            DecisionKind::AcceptRisk if issue.is_out_by_decision() => &mut self.accepted,
            DecisionKind::FalsePositive if issue.is_out_by_decision() => &mut self.false_positives,
            _ => return,
        };
        *counter += 1;
    }
}

/// The decisions that were recorded by this time.
pub(super) fn recorded(decisions: &ProjectDecisions, as_of: Timestamp) -> ProjectDecisions {
    ProjectDecisions::new(decisions.all().into_iter().filter(|decision| decision.at <= as_of).cloned())
}

/// The issue at the time of the report: what was closed later was open.
fn as_it_was(issue: &IssueRecord, as_of: Timestamp) -> IssueRecord {
    let mut issue = issue.clone();
    issue.resolved = issue.resolved.filter(|resolved| resolved.at <= as_of);
    issue
}

impl std::ops::AddAssign for DecisionNumbers {
    fn add_assign(&mut self, other: Self) {
        self.to_fix += other.to_fix;
        self.late += other.late;
        self.accepted += other.accepted;
        self.ending_soon += other.ending_soon;
        self.false_positives += other.false_positives;
        self.not_ours += other.not_ours;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::DecisionEntry;
    use crate::history::{IssueId, IssueResolution, Resolution};
    use crate::organisation::{OrganisationBuilder, OrganisationInput, ReportRange};
    use crate::{Finding, RunId};

    fn record(id: &str, resolution: Option<Resolution>) -> IssueRecord {
        let finding = Finding::new("123456789012".parse().unwrap(), id);
        let (run, at): (RunId, Timestamp) = ("r".parse().unwrap(), "2026-11-01T00:00:00Z".parse().unwrap());
        let mut record = IssueRecord::of(&finding, IssueId::of(&finding), &run, at);
        record.resolved = resolution.map(|resolution| IssueResolution { at, run_id: run, resolution });
        record
    }

    #[test]
    fn decisions_that_count_are_counted() {
        use DecisionKind::{AcceptRisk, FalsePositive, Fixed, NotOurs, ToFix, Withdrawn};
        let (open, suppressed, gone) = (None, Some(Resolution::Suppressed), Some(Resolution::Gone));
        // issue, decision, last day, when it was recorded
        let rows = [
            (open, ToFix, Some("2026-11-22"), "2026-11-10"),            // late
            (open, ToFix, Some("2026-11-23"), "2026-11-10"),            // today is not late
            (gone, ToFix, Some("2026-11-22"), "2026-11-10"),            // fixed
            (open, ToFix, None, "2026-11-24"),                          // decided after the report
            (suppressed, AcceptRisk, Some("2026-12-23"), "2026-11-10"), // ends in 30 days
            (suppressed, AcceptRisk, Some("2026-12-24"), "2026-11-10"),
            (gone, AcceptRisk, Some("2026-12-01"), "2026-11-10"), // the resource is gone
            (suppressed, FalsePositive, None, "2026-11-10"),
            (open, NotOurs, None, "2026-11-10"),
            (open, Fixed, None, "2026-11-10"),
            (open, Withdrawn, None, "2026-11-10"),
        ];
        let issues: Vec<IssueRecord> = rows.iter().enumerate().map(|(n, row)| record(&n.to_string(), row.0)).collect();
        let decisions = issues.iter().zip(rows).map(|(issue, (_, kind, due, at))| {
            let mut entry = DecisionEntry::new(kind);
            entry.due = due.map(|due| due.parse().unwrap());
            let at = format!("{at}T00:00:00Z").parse().unwrap();
            Decision::new(issue.id.clone(), issue.account, entry, "r".parse().unwrap(), at)
        });
        let decisions = ProjectDecisions::new(decisions.collect::<Vec<_>>());
        let mut sorted = issues;
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        let history = ProjectHistory::new(sorted, Vec::new());
        let expected =
            DecisionNumbers { to_fix: 2, late: 1, accepted: 2, ending_soon: 1, false_positives: 1, not_ours: 1 };
        let as_of = "2026-11-23T12:00:00Z".parse().unwrap();
        let known = recorded(&decisions, as_of);
        assert_eq!(DecisionNumbers::of(&history, &known, as_of, &TimeZone::UTC), expected);

        let range = ReportRange::last_weeks(4, as_of, TimeZone::UTC).unwrap();
        let report = |names: &[&str]| {
            let mut builder = OrganisationBuilder::new(OrganisationInput::new(range.clone()));
            builder.add_project("never asked", &history);
            for name in names {
                builder.add_decided_project(name, &history, &decisions);
            }
            builder.finish()
        };
        let report_of_two = report(&["a", "b"]);
        let of = |name: &str| report_of_two.projects.iter().find(|p| p.project == name).unwrap().decisions;
        assert_eq!((of("a"), of("never asked")), (Some(expected), None));
        let mut both = expected;
        both += expected;
        assert_eq!((report_of_two.totals.decisions, report(&[]).totals.decisions), (Some(both), None));
    }
}
