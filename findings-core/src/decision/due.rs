//! What a project has to do by a day: fixes that are due, and accepted risks that end.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Decision, DecisionKind, ProjectDecisions};
use crate::Severity;
use crate::history::{DueDate, IssueRecord, ProjectHistory, Resolution, Sla};

/// What has to be done by the day of a [`DueItem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DueKind {
    /// The issue has to be fixed.
    Fix,
    /// The risk is accepted until this day.
    AcceptanceEnd,
}

/// Something that a project has to do by a day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueItem {
    /// The issue.
    pub issue: IssueRecord,
    /// The last decision about it, if there is one.
    pub decision: Option<Decision>,
    /// What has to be done.
    pub kind: DueKind,
    /// The last day, in the time zone of the project.
    pub day: Date,
}

impl DueItem {
    /// Number of days from `today` to the last day; negative if that has passed.
    pub fn days_left(&self, today: Date) -> i64 {
        i64::from((self.day - today).get_days())
    }
}

impl DueDate {
    /// Until when an issue is to be fixed: the day that the project has decided, or else the target for its severity.
    /// `None` if there is neither.
    ///
    /// ```
    /// use findings_core::{Severity, history::{DueDate, Sla}};
    /// use jiff::tz::TimeZone;
    /// let targets = Sla::default().with_target(Severity::High, std::time::Duration::from_hours(30 * 24));
    /// let opened_at = "2026-11-01T00:00:00Z".parse()?;
    /// let due = DueDate::of(Severity::High, opened_at, None, &targets, &TimeZone::UTC).unwrap();
    /// assert_eq!(due.date, "2026-12-01".parse()?);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn of(
        severity: Severity,
        opened_at: Timestamp,
        decision: Option<&Decision>,
        targets: &Sla,
        zone: &TimeZone,
    ) -> Option<Self> {
        let decided = decision.filter(|decision| decision.entry.kind == DecisionKind::ToFix);
        if let Some(date) = decided.and_then(|decision| decision.entry.due) {
            return Some(Self::decided(date));
        }
        let target = SignedDuration::try_from(targets.target(severity)?).ok()?;
        Some(Self::target(zone.to_datetime(opened_at.checked_add(target).ok()?).date()))
    }
}

impl IssueRecord {
    /// Whether nothing but a decision keeps the issue out of reports.
    pub(crate) fn is_out_by_decision(&self) -> bool {
        self.resolved.as_ref().is_none_or(|resolved| resolved.resolution == Resolution::Suppressed)
    }
}

/// Returns what is due by `last`, or was due before: the earliest day first, then the worst severity.
///
/// Open issues are to be fixed by their [`DueDate`]; accepted risks end on the day of the decision.
pub fn due_items(
    history: &ProjectHistory,
    decisions: &ProjectDecisions,
    targets: &Sla,
    zone: &TimeZone,
    last: Date,
) -> Vec<DueItem> {
    let item = |issue: &IssueRecord| {
        let decision = decisions.last(&issue.id);
        let (kind, day) = due(issue, decision, targets, zone)?;
        let is_due = day <= last;
        is_due.then(|| DueItem { issue: issue.clone(), decision: decision.cloned(), kind, day })
    };
    let mut items: Vec<DueItem> = history.issues.iter().filter_map(item).collect();
    items.sort_by(|a, b| (a.day, b.issue.severity, &a.issue.id).cmp(&(b.day, a.issue.severity, &b.issue.id)));
    items
}

fn due(issue: &IssueRecord, decision: Option<&Decision>, targets: &Sla, zone: &TimeZone) -> Option<(DueKind, Date)> {
    if let Some(end) = decision.and_then(Decision::accepted_until) {
        return issue.is_out_by_decision().then_some((DueKind::AcceptanceEnd, end));
    }
    // what is accepted without an end, or is no longer open, is not due
    let is_accepted = decision.is_some_and(|decision| decision.entry.kind.suppresses());
    if is_accepted || !issue.is_open() {
        return None;
    }
    let due = DueDate::of(issue.severity, issue.opened_at, decision, targets, zone)?;
    Some((DueKind::Fix, due.date))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Finding;
    use crate::decision::DecisionEntry;
    use crate::history::{IssueId, IssueResolution};

    fn record(id: &str, severity: Severity, resolution: Option<Resolution>) -> IssueRecord {
        let mut finding = Finding::new("123456789012".parse().unwrap(), id);
        finding.severity = severity;
        let (run, at) = ("r".parse().unwrap(), "2026-11-01T16:00:00Z".parse().unwrap());
        let mut record = IssueRecord::of(&finding, IssueId::of(&finding), &run, at);
        record.resolved = resolution.map(|resolution| IssueResolution { at, run_id: run, resolution });
        record
    }

    fn decide(record: &IssueRecord, kind: DecisionKind, due: Option<&str>) -> Decision {
        let mut entry = DecisionEntry::new(kind);
        entry.due = due.map(|due| due.parse().unwrap());
        Decision::new(record.id.clone(), record.account, entry, "r".parse().unwrap(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn table_of_what_is_due() {
        use DecisionKind::{AcceptRisk, FalsePositive, NotOurs, ToFix};
        use DueKind::{AcceptanceEnd, Fix};
        let targets = Sla::default().with_target(Severity::High, Duration::from_hours(7 * 24));
        let (open, suppressed, fixed) = (None, Some(Resolution::Suppressed), Some(Resolution::Passed));
        let rows = [
            (Severity::High, open, None, Some((Fix, "2026-11-09"))), // in Tokyo, it was opened on the 2nd
            (Severity::Low, open, None, None),
            (Severity::High, fixed, None, None),
            (Severity::High, open, Some((ToFix, Some("2026-11-20"))), Some((Fix, "2026-11-20"))),
            (Severity::Low, open, Some((ToFix, Some("2026-11-20"))), Some((Fix, "2026-11-20"))),
            (Severity::High, open, Some((ToFix, None)), Some((Fix, "2026-11-09"))),
            (Severity::High, open, Some((NotOurs, None)), Some((Fix, "2026-11-09"))),
            (Severity::High, fixed, Some((ToFix, Some("2026-11-20"))), None),
            (Severity::High, suppressed, Some((AcceptRisk, Some("2026-11-20"))), Some((AcceptanceEnd, "2026-11-20"))),
            (Severity::High, open, Some((AcceptRisk, Some("2026-11-20"))), Some((AcceptanceEnd, "2026-11-20"))),
            (Severity::High, fixed, Some((AcceptRisk, Some("2026-11-20"))), None),
            (Severity::High, suppressed, Some((FalsePositive, None)), None),
            (Severity::High, open, Some((FalsePositive, None)), None),
            (Severity::Low, open, Some((ToFix, Some("2026-12-01"))), None), // after the last day
        ];
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        for (severity, resolution, decision, expected) in rows {
            let issue = record("f", severity, resolution);
            let decisions = ProjectDecisions::new(decision.map(|(kind, due)| decide(&issue, kind, due)));
            let history = ProjectHistory::new(vec![issue], Vec::new());
            let items = due_items(&history, &decisions, &targets, &zone, "2026-11-30".parse().unwrap());
            let got = items.first().map(|item| (item.kind, item.day));
            let expected = expected.map(|(kind, day)| (kind, day.parse().unwrap()));
            assert_eq!(got, expected, "{severity} {resolution:?} {decision:?}");
        }
    }

    #[test]
    fn earliest_day_and_worst_severity_come_first() {
        let issues = [
            ("a", Severity::Low, "2026-11-20"),
            ("b", Severity::Critical, "2026-11-20"),
            ("c", Severity::Low, "2026-11-02"),
        ]
        .map(|(id, severity, day)| (record(id, severity, None), day));
        let decisions = issues.iter().map(|(issue, day)| decide(issue, DecisionKind::ToFix, Some(day)));
        let decisions = ProjectDecisions::new(decisions.collect::<Vec<_>>());
        let mut records: Vec<IssueRecord> = issues.into_iter().map(|(issue, _)| issue).collect();
        records.sort_by(|a, b| a.id.cmp(&b.id));
        let history = ProjectHistory::new(records, Vec::new());
        let today: Date = "2026-11-10".parse().unwrap();
        let items = due_items(&history, &decisions, &Sla::default(), &TimeZone::UTC, Date::MAX);
        let got: Vec<_> = items.iter().map(|i| (i.issue.finding_id.as_deref().unwrap(), i.days_left(today))).collect();
        assert_eq!(got, [("c", -8), ("b", 10), ("a", 10)]);
    }
}
