//! Issues that decisions of the project take out of the report.

use findings_core::rendering;
use findings_core::report::{AcceptedIssue, Report};
use findings_core::wording::Wording;
use jiff::Timestamp;
use serde::Serialize;

use super::severity_class;

/// An issue that is accepted, or no problem to the project.
#[derive(Debug, Serialize)]
pub(super) struct AcceptedLine {
    severity: &'static str,
    severity_name: &'static str,
    control: Option<String>,
    title: String,
    account: String,
    account_name: Option<String>,
    resource: Option<String>,
    decision: &'static str,
    comment: Option<String>,
    decided_by: Option<String>,
    decided_at: Timestamp,
    /// The last day; `none` for a decision without an end.
    ends_on: Option<String>,
    days_left: Option<i32>,
}

impl AcceptedLine {
    fn of(accepted: &AcceptedIssue, report: &Report) -> Self {
        let (issue, decision) = (&accepted.issue, &accepted.decision);
        let (say, control) = (Wording::of(report.locale), issue.control_id.as_deref());
        let end = decision.accepted_until();
        Self {
            severity: severity_class(issue.severity),
            severity_name: say.severity(issue.severity),
            control: control.map(str::to_owned),
            title: rendering::issue_title(&issue.title, control, report.locale).to_owned(),
            account: issue.account.to_string(),
            account_name: rendering::account_name(report, issue.account).map(ToString::to_string),
            resource: issue.resource.as_deref().map(|id| rendering::short_resource(id, report.locale).into_owned()),
            decision: say.decision(decision.entry.kind),
            comment: decision.entry.comment.as_ref().map(ToString::to_string),
            decided_by: decision.by.as_ref().map(ToString::to_string),
            decided_at: decision.at,
            ends_on: end.map(|day| day.to_string()),
            days_left: end.map(|day| (day - report.today()).get_days().max(0)),
        }
    }
}

/// The first of these issues, those whose acceptance ends first come first.
pub(super) fn accepted(report: &Report, most: usize) -> Vec<AcceptedLine> {
    report.accepted.iter().take(most).map(|issue| AcceptedLine::of(issue, report)).collect()
}
