//! Step 4: a project's report as pure data, and the trait of what turns it into a file.

use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::coverage::{CoverageReason, RegionCoverage, Verdict};
use crate::history::ProjectRun;
use crate::{AccountId, Locale, Result, RunId, Selection, SeverityCounts, Text};

pub use crate::history::{Change, Changes, ReportFinding, Resolution, ResolvedIssue};

/// Something that makes a report incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// The account concerned, if it is one.
    pub account: Option<AccountId>,
    /// The Region concerned, if it is one.
    pub region: Option<String>,
    /// Details for the operator, in English.
    pub detail: String,
}

/// What kind of problem makes a report incomplete; readers get a sentence for it in their language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The findings of an account could not be fetched, or not all.
    AccountNotFetched,
    /// A record of the account could not be read.
    UnreadableFinding,
    /// A line of the registry could not be read: accounts may be missing.
    RegistryLine,
    /// The project has no account at all.
    NoAccount,
    /// Security Hub does not see the account, or nobody can tell whether it does.
    Coverage(CoverageReason),
}

impl ProblemKind {
    /// Whether a problem's detail is for operators alone: of coverage it is a cure, in English, that readers have no rights to.
    pub fn is_for_operators(self) -> bool {
        matches!(self, Self::Coverage(_))
    }
}

impl Problem {
    /// A problem of a whole project.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, account: None, region: None, detail: detail.into() }
    }

    /// Narrows it to an account.
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Narrows it to a Region.
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccountNotFetched => "findings not fetched",
            Self::UnreadableFinding => "unreadable finding",
            Self::RegistryLine => "unreadable line of the registry",
            Self::NoAccount => "no account",
            Self::Coverage(reason) if reason.verdict() == Verdict::NotCovered => "not covered",
            Self::Coverage(_) => "not known to be covered",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(account) = self.account {
            write!(f, ", account {account}")?;
        }
        if let Some(region) = &self.region {
            write!(f, ", {region}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

/// An account of the project.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AccountSummary {
    /// Its ID.
    pub id: AccountId,
    /// Its name, as far as findings tell it.
    pub name: Option<Text>,
    /// Its findings by severity.
    pub counts: SeverityCounts,
    /// Whether all its findings were fetched. A zero means "none" only then.
    pub complete: bool,
    /// Whether an empty answer could be believed, for each Region that was looked at; empty if nobody looked.
    pub coverage: Vec<RegionCoverage>,
}

impl AccountSummary {
    /// An account without findings.
    pub fn new(id: AccountId, complete: bool) -> Self {
        Self { id, name: None, counts: SeverityCounts::default(), complete, coverage: Vec::new() }
    }

    /// Whether what is not among its findings is gone: all were fetched, and Security Hub looks. Where it does not, nothing that is gone was fixed.
    pub fn shows_what_is_gone(&self) -> bool {
        self.complete && !self.coverage.iter().any(RegionCoverage::is_gap)
    }

    /// The worst verdict of its Regions.
    pub fn verdict(&self) -> Verdict {
        self.coverage.iter().map(|c| c.verdict).max().unwrap_or(Verdict::NotChecked)
    }

    /// The latest result of a check that was seen in any Region, UTC.
    pub fn last_check(&self) -> Option<Timestamp> {
        self.coverage.iter().filter_map(|c| c.last_check).max()
    }
}

/// An account that is watched badly in a Region, which somebody knows and accepts, or which costs only some checks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageNotice {
    /// The account.
    pub account: AccountId,
    /// The verdict, its reason and the acceptance.
    pub coverage: RegionCoverage,
}

impl CoverageNotice {
    /// The notices among the verdicts on an account.
    pub(crate) fn of(account: AccountId, regions: &[RegionCoverage]) -> impl Iterator<Item = Self> {
        regions.iter().filter(|c| c.is_notice()).map(move |c| Self { account, coverage: c.clone() })
    }
}

/// Everything that a project's report says. The same value renders to the same bytes: time, run and order are in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Name of the project, as in the registry.
    pub project: String,
    /// The run.
    pub run_id: RunId,
    /// When the findings were read, UTC.
    pub generated_at: Timestamp,
    /// Language of the reader.
    pub locale: Locale,
    /// Time zone of the reader.
    pub time_zone: TimeZone,
    /// Where the findings come from: Regions, or the name of a file.
    pub sources: Vec<String>,
    /// The Regions whose coverage was looked at, linked ones included; empty if nobody looked.
    pub regions: Vec<String>,
    /// Whether findings of further Regions are shown whose coverage nobody looked at.
    pub other_regions: bool,
    /// What was asked for.
    pub selection: Selection,
    /// The project's accounts, by ID.
    pub accounts: Vec<AccountSummary>,
    /// All findings: the worst first, then the oldest, then by account and ID.
    pub findings: Vec<ReportFinding>,
    /// Issues of the last delivered report that are gone.
    pub resolved: Vec<ResolvedIssue>,
    /// Number of issues by change. A finding reported once per standard is one issue.
    pub changes: Changes,
    /// Issues that were open and whose account could not be fetched completely: neither open nor resolved.
    pub stale: u64,
    /// The delivered runs before this one, the oldest first.
    pub trend: Vec<ProjectRun>,
    /// What makes the report incomplete; empty if nothing does.
    pub problems: Vec<Problem>,
    /// Findings that came, copies included, as counted when they came; `None` if nobody did. Less the copies, it is the number of findings here.
    pub fetched: Option<u64>,
    /// Copies of the same finding that were left out.
    pub duplicates: u64,
    /// Whom to ask, from the configuration.
    pub contact: Option<String>,
}

impl Report {
    /// A report without accounts and findings, to be filled.
    ///
    /// ```
    /// use findings_core::report::{AccountSummary, Report};
    /// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    /// assert!(!report.is_complete(), "nothing was looked at yet");
    /// report.accounts.push(AccountSummary::new("123456789012".parse()?, true));
    /// assert!(report.is_complete() && report.counts().total() == 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(project: impl Into<String>, run_id: RunId, generated_at: Timestamp) -> Self {
        Self {
            project: project.into(),
            run_id,
            generated_at,
            locale: Locale::default(),
            time_zone: TimeZone::UTC,
            sources: Vec::new(),
            regions: Vec::new(),
            other_regions: false,
            selection: Selection::default(),
            accounts: Vec::new(),
            findings: Vec::new(),
            resolved: Vec::new(),
            changes: Changes::default(),
            stale: 0,
            trend: Vec::new(),
            problems: Vec::new(),
            fetched: None,
            duplicates: 0,
            contact: None,
        }
    }

    /// Findings by severity.
    pub fn counts(&self) -> SeverityCounts {
        self.findings.iter().map(|f| f.finding.severity).collect()
    }

    /// Whether it holds everything that was asked for, of accounts that are covered or whose gaps are accepted; one without accounts never does.
    /// Completeness alone calls no project clean: see [`Report::verdict`].
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty() && !self.accounts.is_empty() && self.accounts.iter().all(|a| a.complete)
    }

    /// The worst verdict of its accounts. A report without findings may call the project clean only if it is complete and this is
    /// [`Covered`](Verdict::Covered); with [`NotChecked`](Verdict::NotChecked) it has to say that nobody looked.
    pub fn verdict(&self) -> Verdict {
        let worst = self.accounts.iter().map(AccountSummary::verdict).max().unwrap_or(Verdict::NotChecked);
        if self.other_regions { worst.max(Verdict::NotChecked) } else { worst }
    }

    /// What is known to be watched badly and makes the report no less complete: accepted gaps, and checks that cannot be made.
    pub fn notices(&self) -> Vec<CoverageNotice> {
        self.accounts.iter().flat_map(|a| CoverageNotice::of(a.id, &a.coverage)).collect()
    }

    /// The last delivered run before this one.
    pub fn previous(&self) -> Option<&ProjectRun> {
        self.trend.last()
    }
}

/// What a renderer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportFormat {
    /// File name extension without the dot, such as `xlsx`.
    pub extension: &'static str,
    /// Media type, such as `text/csv; charset=utf-8`.
    pub media_type: &'static str,
}

/// A finished file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedReport {
    /// The whole file.
    pub body: Bytes,
    /// What it is.
    pub format: ReportFormat,
    /// Number of findings in it, so that the pipeline can check that none was lost.
    pub rows: u64,
}

/// Turns a report into a file. CPU work, so not async: the pipeline calls it on a blocking thread.
///
/// An implementation
/// * MUST put every finding of the report into the file and count them in [`RenderedReport::rows`],
/// * MUST say in the file that the report is incomplete if it is, and with which problems,
/// * MUST give the same bytes for the same report,
/// * MUST NOT write anything anywhere but into its result (and temporary files that are gone afterwards),
/// * MUST accept any text in any field,
/// * SHOULD speak the report's language and show times in its time zone.
///
/// `testing::conformance::renderer` has a test for each MUST.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait ReportRenderer: fmt::Debug + Send + Sync + 'static {
    /// What this renderer makes.
    fn format(&self) -> ReportFormat;

    /// Renders a report.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the format cannot hold the report.
    fn render(&self, report: &Report) -> Result<RenderedReport>;
}
