//! The findings that are in the page as such: the first ones for readers without script, and the oldest ones.

use findings_core::rendering::{self, Digest};
use findings_core::report::{Report, ReportFinding};
use findings_core::wording::Wording;
use serde::Serialize;

use super::{change_class, severity_class};

/// A finding of the table.
#[derive(Debug, Serialize)]
pub(super) struct FindingLine {
    index: usize,
    severity: &'static str,
    severity_name: &'static str,
    change: &'static str,
    change_name: &'static str,
    age_days: u64,
    title: String,
    control: Option<String>,
    account: String,
    account_name: Option<String>,
    region: Option<String>,
    resource: Option<String>,
}

impl FindingLine {
    fn of(index: usize, row: &ReportFinding, report: &Report) -> Self {
        let (finding, say) = (&row.finding, Wording::of(report.locale));
        let name = finding.account_name.as_ref().or_else(|| rendering::account_name(report, finding.account));
        Self {
            index,
            severity: severity_class(finding.severity),
            severity_name: say.severity(finding.severity),
            change: change_class(row.change),
            change_name: say.change(row.change),
            age_days: age_days(row, report),
            title: finding.title.to_string(),
            control: finding.control_id.as_ref().map(ToString::to_string),
            account: finding.account.to_string(),
            account_name: name.map(ToString::to_string),
            region: finding.region.as_ref().map(ToString::to_string),
            resource: finding.resources.first().map(|r| rendering::short_arn(&r.id).to_owned()),
        }
    }
}

/// The first findings of the report, which are the worst.
pub(super) fn first(report: &Report, most: usize) -> Vec<FindingLine> {
    report.findings.iter().take(most).enumerate().map(|(index, row)| FindingLine::of(index, row, report)).collect()
}

/// The oldest critical and high findings.
pub(super) fn oldest(report: &Report, digest: &Digest<'_>) -> Vec<FindingLine> {
    let index_of = |old: &ReportFinding| report.findings.iter().position(|row| std::ptr::eq(row, old));
    let line = |row: &&ReportFinding| Some(FindingLine::of(index_of(row)?, row, report));
    digest.oldest.iter().filter_map(line).collect()
}

/// The days since the issue was last opened.
pub(super) fn age_days(row: &ReportFinding, report: &Report) -> u64 {
    rendering::days_between(row.opened_at, report.generated_at).unsigned_abs()
}
