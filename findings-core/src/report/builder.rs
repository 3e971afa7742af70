//! Builds a report without a pipeline.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{AccountSummary, Report, read_findings, reading_problems};
use crate::console::ConsolePortal;
use crate::history::{AbsenceRules, DiffInput, IdentifiedFindings, diff};
use crate::source::AccountFindings;
use crate::{AccountId, Finding, Locale, Result, RunId};

/// Builds a report whose parts agree with each other: findings in the order of reports, every issue counted as new, the
/// numbers of each account, and a problem for each account that was not read completely.
///
/// It compares with no history and checks no coverage, so a report without findings says that it was not verified that
/// there are none. [`Pipeline`](crate::pipeline::Pipeline) does both.
///
/// ```
/// use findings_core::report::ReportBuilder;
/// use findings_core::{Finding, Severity};
///
/// let account = "123456789012".parse()?;
/// let finding = |id: &str, severity| {
///     let mut finding = Finding::new(account, id);
///     finding.severity = severity;
///     finding
/// };
/// let report = ReportBuilder::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?)
///     .with_account(account, [finding("1", Severity::Low), finding("2", Severity::Critical)])
///     .build()?;
/// assert_eq!(report.findings.get(0)?.finding.severity, Severity::Critical, "the worst comes first");
/// assert_eq!((report.changes.new, report.counts().total(), report.accounts[0].counts.total()), (2, 2, 2));
/// assert!(report.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReportBuilder {
    report: Report,
    accounts: Vec<Arc<AccountFindings>>,
}

impl ReportBuilder {
    /// Begins the report of a project. `generated_at` is when its findings were read, UTC.
    pub fn new(project: impl Into<String>, run_id: RunId, generated_at: Timestamp) -> Self {
        Self { report: Report::new(project, run_id, generated_at), accounts: Vec::new() }
    }

    /// Sets the reader's language, and the time zone that goes with it.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale) -> Self {
        self.report.locale = locale;
        self.report.time_zone = locale.time_zone();
        self
    }

    /// Sets the reader's time zone. UTC by default.
    #[must_use]
    pub fn with_time_zone(mut self, time_zone: TimeZone) -> Self {
        self.report.time_zone = time_zone;
        self
    }

    /// Sets the contact for questions: a mail address or a text.
    #[must_use]
    pub fn with_contact(mut self, contact: impl Into<String>) -> Self {
        self.report.contact = Some(contact.into());
        self
    }

    /// Sets the access portal that links into the console lead through.
    #[must_use]
    pub fn with_console_portal(mut self, portal: ConsolePortal) -> Self {
        self.report.console_portal = Some(portal);
        self
    }

    /// Names a source of the findings: a Region, or a file.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.report.sources.push(source.into());
        self
    }

    /// Adds an account that was read completely, with all its findings.
    #[must_use]
    pub fn with_account(self, account: AccountId, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.with_swept(Arc::new(AccountFindings::new(account, findings)))
    }

    /// Adds an account as a [`Sweep`](crate::source::Sweep) returned it. If it was not read completely, the report is
    /// incomplete and says why.
    #[must_use]
    pub fn with_swept(mut self, account: Arc<AccountFindings>) -> Self {
        self.accounts.push(account);
        self
    }

    /// Sorts, counts and returns the report.
    ///
    /// # Errors
    /// Findings of a [`Sweep`](crate::source::Sweep) can be on a disk that fails.
    pub fn build(self) -> Result<Report> {
        let Self { mut report, mut accounts } = self;
        accounts.sort_by_key(|account| account.account);
        let findings = IdentifiedFindings::new(read_findings(&accounts)?, &[])?;
        let compared = diff(&DiffInput {
            run_id: &report.run_id,
            now: report.generated_at,
            known: &[],
            runs: &[],
            findings: &findings,
            absence: &AbsenceRules::default(),
            accounts: None,
            lookups: &HashMap::new(),
        })?;
        (report.findings, report.changes) = (compared.findings, compared.changes);
        report.accounts = accounts.iter().map(|account| AccountSummary::of(account)).collect();
        report.fetched = Some(accounts.iter().map(|account| account.received).sum());
        report.duplicates = accounts.iter().map(|account| account.duplicates).sum();
        report.ambiguous = accounts.iter().map(|account| account.ambiguous).sum();
        report.problems = reading_problems(&accounts);
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Change, Conclusion};
    use crate::source::AccountFailure;
    use crate::{ErrorKind, Severity};

    fn builder() -> ReportBuilder {
        ReportBuilder::new("Payments", "run".parse().unwrap(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn rows_and_numbers_agree() {
        let (a, b): (AccountId, AccountId) = ("000000000002".parse().unwrap(), "000000000001".parse().unwrap());
        let finding = |account, id: &str, severity| {
            let mut finding = Finding::new(account, id);
            finding.severity = severity;
            finding
        };
        let report = builder()
            .with_account(a, [finding(a, "1", Severity::Low), finding(a, "2", Severity::Critical)])
            .with_account(b, [finding(b, "3", Severity::High)])
            .build()
            .unwrap();
        let rows = report.findings.to_vec().unwrap();
        assert_eq!(rows.iter().map(|row| &*row.finding.id).collect::<Vec<_>>(), ["2", "3", "1"]);
        assert!(rows.iter().all(|row| row.change == Change::New && row.issue.is_some()));
        assert_eq!((report.changes.new, report.fetched), (3, Some(3)));
        assert_eq!(report.accounts.iter().map(|account| account.counts.total()).collect::<Vec<_>>(), [1, 2]);
        assert!(report.is_complete());
    }

    #[test]
    fn account_that_failed_makes_the_report_incomplete() {
        let mut account = AccountFindings::new("000000000001".parse().unwrap(), []);
        account.failures.push(AccountFailure::new("us-east-1", ErrorKind::PermissionDenied, "no"));
        let report = builder().with_swept(Arc::new(account)).build().unwrap();
        assert!(!report.is_complete() && report.problems.len() == 1, "{:?}", report.problems);
        assert_eq!(report.certainty().conclusion(0), Conclusion::Unknown);
    }

    #[test]
    fn nothing_found_is_not_called_clean() {
        let report = builder().with_account("000000000001".parse().unwrap(), []).build().unwrap();
        assert_eq!(report.certainty().conclusion(0), Conclusion::Unverified);
    }
}
