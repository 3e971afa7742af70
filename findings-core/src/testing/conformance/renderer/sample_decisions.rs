//! Decisions and due dates of the sample reports.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use super::sample_reports::{SAMPLE_TIME, days_ago};
use crate::decision::{Decision, DecisionEntry, DecisionKind, SheetSource, TokenKey};
use crate::history::{IssueId, IssueRecord};
use crate::report::{AcceptedIssue, DueDate, Report, ReportFinding, ReportReturn};
use crate::{AccountId, Finding, Resource, RunId, Secret, Severity};

/// The key that signs the tokens of the sample reports.
pub fn sample_token_key() -> TokenKey {
    TokenKey::new(Secret::new("the key of the sample reports, no secret".to_owned())).expect("it is long enough")
}

/// How a sample report is returned: until 90 days after it.
pub(super) fn sample_return(report: &Report) -> ReportReturn {
    let until = report.generated_at + SignedDuration::from_hours(24 * 90);
    let source = SheetSource::new(&report.project, report.run_id.clone(), until);
    ReportReturn::new(Some(sample_token_key().sign(&source)), until)
}

fn day(days: i64) -> Date {
    TimeZone::UTC.to_datetime(SAMPLE_TIME).date().saturating_add(days.days())
}

fn run() -> RunId {
    RunId::at(days_ago(7))
}

/// Gives the `n`th row a due date and, to every sixth one, a decision. One decision is no longer in force.
pub(super) fn decide(row: &mut ReportFinding, n: usize) {
    let Some(issue) = row.issue.clone() else { return };
    let entry = match n {
        1 => DecisionEntry::new(DecisionKind::ToFix)
            .with_due(day(-3))
            .with_owner("sato@example.com")
            .with_comment("With the release of\nDecember"),
        7 => DecisionEntry::new(DecisionKind::NotOurs).with_comment("=1+1 is what team B says"),
        13 => DecisionEntry::new(DecisionKind::Fixed),
        19 => DecisionEntry::new(DecisionKind::AcceptanceEnded).with_due(day(-1)).with_comment("Only a test system"),
        25 => DecisionEntry::new(DecisionKind::ToFix).with_due(day(30)).with_owner("基盤チーム"),
        _ => {
            let target = if row.finding.severity >= Severity::High { Some(7) } else { None };
            row.due = target.map(|days: i64| {
                let opened = TimeZone::UTC.to_datetime(row.opened_at).date();
                DueDate::target(opened.saturating_add(days.days()))
            });
            return;
        }
    };
    row.due = entry.due.filter(|_| entry.kind == DecisionKind::ToFix).map(DueDate::decided);
    row.decision = Some(Arc::new(Decision::new(issue, row.finding.account, entry, run(), days_ago(5))));
}

/// Returns an issue that is out of the report: an accepted risk that ends soon, one that ends later, and a false positive.
pub(super) fn accepted_issue(
    (title, control, severity, kind): (&str, &str, Severity, &str),
    account: AccountId,
    n: usize,
) -> AcceptedIssue {
    let mut finding = Finding::new(account, format!("accepted-{n}"));
    (finding.title, finding.severity) = (title.into(), severity);
    (finding.control_id, finding.region) = (Some(control.into()), Some("ap-northeast-1".into()));
    let id = format!("arn:aws:service:ap-northeast-1:{account}:{}/accepted-{n}", kind.to_lowercase());
    finding.resources = vec![Resource { id: id.into(), kind: Some(kind.into()), region: None, tags: Vec::new() }];
    let entry = match n {
        0 => DecisionEntry::new(DecisionKind::AcceptRisk).with_due(day(12)).with_owner("tanaka@example.com"),
        1 => DecisionEntry::new(DecisionKind::AcceptRisk).with_due(day(80)),
        _ => DecisionEntry::new(DecisionKind::FalsePositive),
    };
    let entry = entry.with_comment("The port is open to the office only");
    let issue = IssueRecord::of(&finding, IssueId::of(&finding), &run(), days_ago(40));
    let decision = Decision::new(issue.id.clone(), account, entry, run(), days_ago(6));
    AcceptedIssue::new(issue, decision.with_sender(Some("tanaka@example.com".into())))
}
