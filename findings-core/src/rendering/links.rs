//! Links into the console, in the account that they are about if the report knows the access portal.

use crate::console::{self, MAX_URL};
use crate::report::Report;
use crate::{AccountId, Finding};

/// Returns the link to a finding in the Security Hub console: [`console::finding_url`], through the access portal if the report
/// has one.
///
/// ```
/// use findings_core::report::Report;
/// use findings_core::{Finding, rendering};
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// finding.region = Some("eu-west-1".into());
/// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// assert!(rendering::finding_link(&finding, &report).unwrap().starts_with("https://eu-west-1.console.aws.amazon.com/"));
/// report.console_portal = Some("https://d-1.awsapps.com/start".parse()?);
/// let link = rendering::finding_link(&finding, &report).unwrap();
/// assert!(link.starts_with("https://d-1.awsapps.com/start/#/console?account_id=123456789012&destination="));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn finding_link(finding: &Finding, report: &Report) -> Option<String> {
    Some(through_portal(console::finding_url(finding)?, finding.account, report))
}

/// Returns the link to the first resource of a finding in the console of its service: [`console::resource_url`], through the
/// access portal if the report has one.
pub fn resource_link(finding: &Finding, report: &Report) -> Option<String> {
    Some(through_portal(console::resource_url(finding)?, finding.account, report))
}

/// A link that would be too long for the portal stays as it is.
fn through_portal(url: String, account: AccountId, report: &Report) -> String {
    let link = report.console_portal.as_ref().map(|portal| portal.link(account, &url));
    link.filter(|link| link.len() <= MAX_URL).unwrap_or(url)
}
