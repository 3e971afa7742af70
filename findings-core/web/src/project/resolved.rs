//! Issues that were open in the last report and no longer are.

use findings_core::rendering;
use findings_core::report::{Report, ResolvedIssue};
use findings_core::wording::Wording;
use jiff::Timestamp;
use serde::Serialize;

use super::severity_class;

/// An issue that is no longer open.
#[derive(Debug, Serialize)]
pub(super) struct ResolvedLine {
    severity: &'static str,
    severity_name: &'static str,
    control: Option<String>,
    title: String,
    account: String,
    account_name: Option<String>,
    resource: Option<String>,
    first_seen: Timestamp,
    resolved_at: Timestamp,
    days_open: u64,
    why: &'static str,
}

impl ResolvedLine {
    fn of(issue: &ResolvedIssue, report: &Report) -> Self {
        let (say, control) = (Wording::of(report.locale), issue.control_id.as_deref());
        Self {
            severity: severity_class(issue.severity),
            severity_name: say.severity(issue.severity),
            control: control.map(str::to_owned),
            title: rendering::issue_title(&issue.title, control, report.locale).to_owned(),
            account: issue.account.to_string(),
            account_name: rendering::account_name(report, issue.account).map(ToString::to_string),
            resource: issue.resource.as_deref().map(|id| rendering::short_resource(id, report.locale).into_owned()),
            first_seen: issue.first_seen,
            resolved_at: issue.resolved_at,
            days_open: rendering::days_between(issue.opened_at, issue.resolved_at).unsigned_abs(),
            why: say.resolution(issue.resolution),
        }
    }
}

/// The first issues that are no longer open, the worst first.
pub(super) fn resolved(report: &Report, most: usize) -> Vec<ResolvedLine> {
    report.resolved.iter().take(most).map(|issue| ResolvedLine::of(issue, report)).collect()
}
