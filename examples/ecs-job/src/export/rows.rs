//! The rows of the tables, from the history of a project.

use findings_core::history::{IssueRecord, ProjectHistory, ProjectRun, Resolution};
use jiff::Timestamp;

use super::table::Value;

/// The row of an issue.
pub(super) fn issue(project: &str, issue: &IssueRecord, history: &ProjectHistory) -> Vec<Value> {
    let closed = issue.resolved.as_ref();
    let change = issue.severity_change.as_ref();
    vec![
        Value::text(project),
        Value::text(issue.id.as_str()),
        Value::text(&issue.account),
        Value::maybe(issue.region.as_ref()),
        Value::maybe(issue.control_id.as_ref()),
        Value::text(&issue.title),
        Value::maybe(issue.resource.as_ref()),
        Value::text(&issue.severity),
        Value::text(issue.workflow.as_str()),
        Value::time(issue.first_seen),
        Value::time(issue.opened_at),
        Value::text(&issue.opened_in),
        Value::count(issue.reopened.into()),
        Value::time(history.last_seen(issue)),
        Value::maybe(history.last_seen_by(issue).map(|run| &run.run_id)),
        Value::Time(issue.decided_at),
        Value::flag(issue.is_open()),
        Value::Flag(issue.is_open().then(|| history.is_confirmed(issue))),
        Value::Time(closed.map(|closed| closed.at)),
        Value::maybe(closed.map(|closed| &closed.run_id)),
        Value::maybe(closed.map(|closed| closed.resolution)),
        Value::maybe(change.map(|change| change.from)),
        Value::maybe(change.map(|change| &change.run_id)),
        Value::maybe(issue.finding_id.as_ref()),
    ]
}

/// The row of a run.
pub(super) fn run(project: &str, run: &ProjectRun) -> Vec<Value> {
    let accounts: Vec<String> = run.incomplete_accounts.iter().map(ToString::to_string).collect();
    let (counts, changes) = (&run.counts, &run.changes);
    let mut row = vec![
        Value::text(project),
        Value::text(&run.run_id),
        Value::time(run.at),
        Value::flag(run.complete),
        Value::flag(run.told),
        Value::text(&accounts.join(";")),
    ];
    let numbers = [
        counts.critical,
        counts.high,
        counts.medium,
        counts.low,
        counts.informational,
        changes.new,
        changes.reopened,
        changes.open,
        changes.worse,
        changes.resolved,
        changes.suppressed,
        changes.archived,
        changes.left,
        changes.stale,
    ];
    row.extend(numbers.map(Value::count));
    row.push(Value::text(&run.report));
    row
}

/// The rows of the times in which an issue was open, the oldest first.
pub(super) fn periods(project: &str, issue: &IssueRecord) -> Vec<Vec<Value>> {
    let earlier = issue
        .earlier
        .iter()
        .map(|p| (p.opened_at, p.opened_in.as_str(), p.decided_at, Some((p.closed_at, p.resolution))));
    let end = issue.resolved.as_ref().map(|closed| (closed.at, closed.resolution));
    let last = (issue.opened_at, issue.opened_in.as_str(), issue.decided_at, end);
    let row = |(number, (opened_at, opened_in, decided_at, end)): (u64, Period<'_>)| {
        vec![
            Value::text(project),
            Value::text(issue.id.as_str()),
            Value::count(number),
            Value::text(&issue.account),
            Value::maybe(issue.control_id.as_ref()),
            Value::text(&issue.severity),
            Value::time(opened_at),
            Value::text(opened_in),
            Value::Time(decided_at),
            Value::Time(end.map(|(at, _)| at)),
            Value::maybe(end.map(|(_, why)| why)),
            Value::maybe(end.map(|(_, why)| why.kind())),
        ]
    };
    (1..).zip(earlier.chain([last])).map(row).collect()
}

/// When and in which run it was opened, the first decision, and the end.
type Period<'a> = (Timestamp, &'a str, Option<Timestamp>, Option<(Timestamp, Resolution)>);
