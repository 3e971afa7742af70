//! What a message between reports says of a finding.

use super::headline::page_about_fix;
use super::{account_name, finding_link, issue_title, product, short_resource};
use crate::Severity;
use crate::decision::DecisionKind;
use crate::guidance::Guidance;
use crate::notify::UrgentFinding;
use crate::report::{Report, ReportFinding};

/// Whether a finding asks the project for anything: not a sample, a check that passes, or what the project decided to accept or
/// said is not its own.
pub(crate) fn asks(row: &ReportFinding) -> bool {
    let is_settled = |kind: DecisionKind| kind.suppresses() || kind == DecisionKind::NotOurs;
    let decided = row.decision.as_deref().is_some_and(|decision| is_settled(decision.entry.kind));
    !(row.finding.sample || row.finding.passes() || decided)
}

/// Returns what a message between reports says of a finding. `severity` is that of its issue, `key` distinguishes it from all
/// others; language, portal and names of accounts are those of the report.
///
/// ```
/// use findings_core::guidance::Guidance;
/// use findings_core::report::{Change, Report, ReportFinding};
/// use findings_core::{Finding, Severity, rendering};
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// (finding.control_id, finding.title) = (Some("S3.8".into()), "S3.8 Buckets are public".into());
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let row = ReportFinding::new(finding, Change::New, "2026-11-23T00:00:00Z".parse()?);
/// let told = rendering::urgent_finding(&row, Severity::Critical, "key", &report, &Guidance::default());
/// assert_eq!((&*told.label, told.severity), ("S3.8", Severity::Critical));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn urgent_finding(
    row: &ReportFinding,
    severity: Severity,
    key: impl Into<String>,
    report: &Report,
    guidance: &Guidance,
) -> UrgentFinding {
    let (finding, locale) = (&row.finding, report.locale);
    let mut told = UrgentFinding::new(key, severity, row.change, finding.account, row.opened_at);
    if let Some(control) = finding.control_id.as_deref() {
        told.label = control.into();
        told.title = issue_title(&finding.title, Some(control), locale).into();
        told.guidance = guidance.first_sentence(control, locale).map(Into::into);
    } else {
        (told.label, told.title) = (product(finding).into(), finding.title.clone());
    }
    told.resource = finding.resources.first().map(|resource| short_resource(&resource.id, locale).into());
    told.account_name = finding.account_name.clone().or_else(|| account_name(report, finding.account).cloned());
    told.region.clone_from(&finding.region);
    told.url = page_about_fix(finding, guidance, locale);
    told.console_url = finding_link(finding, report).map(Into::into);
    told
}
