//! Samples of what messages about decisions tell.

#![expect(clippy::unwrap_used, reason = "sample data is fixed; what is wrong in it fails a test")]

use std::sync::Arc;

use jiff::civil::Date;

use crate::decision::{
    CurrentFindings, Decision, DecisionEntry, DecisionKind, DecisionReply, DecisionSheet, DueItem, DueKind, Plan,
    PlannedDecision, PlannedOutcome, PlannedSheet, Refusal, SheetFault, SheetProblem, SheetSource,
};
use crate::history::{IssueId, IssueRecord};
use crate::notify::DueList;
use crate::{Finding, Resource, RunId, Severity};

fn run() -> RunId {
    RunId::at(jiff::Timestamp::UNIX_EPOCH)
}

fn issue(n: u64, severity: Severity, title: &str) -> IssueRecord {
    let mut finding = Finding::new(format!("123456789{n:03}").parse().unwrap(), format!("f-{n}"));
    (finding.severity, finding.title) = (severity, title.into());
    finding.control_id = Some(format!("S3.{n}").into());
    finding.resources = vec![Resource { id: format!("bucket-{n}-{title}").into(), ..Resource::default() }];
    IssueRecord::of(&finding, IssueId::of(&finding), &run(), jiff::Timestamp::UNIX_EPOCH)
}

fn decision(issue: &IssueRecord, entry: DecisionEntry) -> Decision {
    Decision::new(issue.id.clone(), issue.account, entry, run(), jiff::Timestamp::UNIX_EPOCH)
}

/// What is due on 2026-11-23: a fix that is three days overdue, one due today, one without a decision in a week, and an
/// acceptance that ends in 20 days. `text` stands in every text that comes from outside.
pub fn due_list(text: &str) -> DueList {
    let today = Date::constant(2026, 11, 23);
    let item = |n, severity, kind, day: Date, decided: Option<DecisionKind>| {
        let issue = issue(n, severity, text);
        let entry =
            |kind| DecisionEntry::new(kind).with_owner(text.to_owned()).with_due(day).with_comment(text.to_owned());
        DueItem { decision: decided.map(|kind| decision(&issue, entry(kind))), issue, kind, day }
    };
    let (to_fix, accept) = (Some(DecisionKind::ToFix), Some(DecisionKind::AcceptRisk));
    let items = vec![
        item(1, Severity::Critical, DueKind::Fix, Date::constant(2026, 11, 20), to_fix),
        item(2, Severity::High, DueKind::Fix, today, to_fix),
        item(3, Severity::Low, DueKind::Fix, Date::constant(2026, 11, 30), None),
        item(4, Severity::Medium, DueKind::AcceptanceEnd, Date::constant(2026, 12, 13), accept),
    ];
    DueList::new(items, today)
}

/// The reply to a returned report of the project "Payments": two entries are taken, a comment is missing, and a cell could
/// not be read. `text` stands in every text that comes from outside.
pub fn decision_reply(text: &str) -> Arc<DecisionReply> {
    let due = Date::constant(2026, 12, 31);
    let planned = |n: u64, kind, outcome: &dyn Fn(&IssueRecord, &DecisionEntry) -> PlannedOutcome| {
        let issue = issue(n, Severity::High, text);
        let entry = DecisionEntry::new(kind).with_owner(text.to_owned()).with_due(due);
        let outcome = outcome(&issue, &entry);
        let places = vec![format!("sheet Findings, row {}", n + 10), format!("{text}, row {}", n + 20)];
        PlannedDecision { places, issue: Some(issue), entry, outcome }
    };
    let new =
        |issue: &IssueRecord, entry: &DecisionEntry| PlannedOutcome::New(Box::new(decision(issue, entry.clone())));
    let decisions = vec![
        planned(1, DecisionKind::ToFix, &new),
        planned(2, DecisionKind::AcceptRisk, &|_, _| PlannedOutcome::Refused(Refusal::NoComment)),
        planned(3, DecisionKind::NotOurs, &|_, _| PlannedOutcome::Known),
    ];
    let mut sheet = DecisionSheet::new(SheetSource::new("Payments", run(), jiff::Timestamp::MAX));
    sheet.problems = vec![SheetProblem::new("sheet Findings, cell Z9", SheetFault::UnknownChoice(text.to_owned()))];
    let plan = Plan { decisions, untouched: 0 };
    let planned = PlannedSheet { plan, current: CurrentFindings::new(), failure: None };
    Arc::new(DecisionReply::new(&format!("inbox/{text}.xlsx"), b"content", &sheet, &planned))
}
