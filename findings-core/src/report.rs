//! Step 4: the report of a project as data, and the trait for renderers, which turn it into a file.

mod builder;
mod certainty;
mod headline;
mod lead;
mod reading;
mod returning;
mod unread;

use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::console::ConsolePortal;
use crate::coverage::{CoverageReason, RegionCoverage, Verdict};
use crate::decision::DecisionKind;
use crate::history::ProjectRun;
use crate::source::AccountFindings;
use crate::{AccountId, Locale, Result, RunId, Selection, SeverityCounts, Text};

pub use self::builder::ReportBuilder;
pub use self::certainty::{Certainty, Conclusion};
pub use self::headline::{FirstThing, FixedThing, Headline, MAX_FIXED, News};
pub use self::lead::LeadReason;
pub(crate) use self::reading::{read_findings, reading_problems, take_findings};
pub use self::returning::{AcceptedIssue, ReportReturn};
pub use self::unread::UnreadReason;
pub use crate::history::{
    Change, Changes, ClosureKind, DueDate, ReportFinding, ReportFindings, Resolution, ResolvedIssue, RowFacts,
};

/// A problem that makes a report incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// The affected account; `None` for a problem of the whole project.
    pub account: Option<AccountId>,
    /// The affected Region; `None` for all of them.
    pub region: Option<String>,
    /// Details for the operator, in English. Readers see them only as far as
    /// [`Wording::problem_detail`](crate::wording::Wording::problem_detail) returns them.
    pub detail: String,
    /// Why findings could not be read; `None` for other problems, and where it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unread: Option<UnreadReason>,
}

/// The kind of a [`Problem`]. Reports and mails have a sentence for each in the language of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The findings of an account could not be fetched, or not all.
    AccountNotFetched,
    /// A record of the account could not be read.
    UnreadableFinding,
    /// A line of the registry could not be read, so accounts may be missing.
    RegistryLine,
    /// The project has no account at all.
    NoAccount,
    /// Security Hub does not check the account, or it is unknown whether it does.
    Coverage(CoverageReason),
    /// The report was incomplete, and only the report itself still says why.
    SeeReport,
}

impl ProblemKind {
    /// Whether a problem's detail is for operators alone: of coverage it is a cure, in English, that readers have no
    /// rights to.
    pub fn is_for_operators(self) -> bool {
        matches!(self, Self::Coverage(_))
    }
}

impl Problem {
    /// A problem of a whole project.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, account: None, region: None, detail: detail.into(), unread: None }
    }

    /// Sets the affected account.
    pub fn with_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets the affected Region.
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets why findings could not be read.
    pub fn with_unread(mut self, reason: UnreadReason) -> Self {
        self.unread = Some(reason);
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
            Self::SeeReport => "the report says what is missing",
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
        if self.detail.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.detail)
    }
}

/// What a report says about one account of the project.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AccountSummary {
    /// Its ID.
    pub id: AccountId,
    /// Its name, if a finding has it.
    pub name: Option<Text>,
    /// Number of its findings by severity.
    pub counts: SeverityCounts,
    /// Whether all its findings were fetched. Only then does a count of zero mean that there are none.
    pub complete: bool,
    /// The result of the coverage check in each Region that was checked; empty if coverage was not checked.
    pub coverage: Vec<RegionCoverage>,
}

impl AccountSummary {
    /// An account as it was read: its findings, and its name as far as they tell it.
    pub fn of(account: &AccountFindings) -> Self {
        Self {
            name: account.name.clone(),
            counts: account.findings.counts(),
            ..Self::new(account.account, account.is_complete())
        }
    }

    /// An account without findings.
    pub fn new(id: AccountId, complete: bool) -> Self {
        Self { id, name: None, counts: SeverityCounts::default(), complete, coverage: Vec::new() }
    }

    /// Whether an issue that is missing from its findings is resolved: all findings were fetched, and no Region has a
    /// coverage gap. In a gap, findings also disappear because Security Hub stopped checking.
    pub fn proves_absence(&self) -> bool {
        self.complete && !self.coverage.iter().any(RegionCoverage::is_gap)
    }

    /// Whether its numbers can be trusted: it was read completely, and its coverage has no known gap, accepted or not.
    pub fn is_believed(&self) -> bool {
        self.complete && self.verdict() <= Verdict::NotChecked
    }

    /// The worst verdict of its Regions; [`NotChecked`](Verdict::NotChecked) if there is none.
    pub fn verdict(&self) -> Verdict {
        self.coverage.iter().map(|c| c.verdict).max().unwrap_or(Verdict::NotChecked)
    }

    /// The time of the latest check result in any Region, UTC.
    pub fn last_check(&self) -> Option<Timestamp> {
        self.coverage.iter().filter_map(|c| c.last_check).max()
    }
}

/// A coverage result that readers should know of although it does not make the report incomplete: an accepted gap, or
/// an account and Region where only some checks cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageNotice {
    /// The account.
    pub account: AccountId,
    /// The Region with its verdict, reason and acceptance.
    pub coverage: RegionCoverage,
}

impl CoverageNotice {
    /// A notice about an account in a Region.
    pub fn new(account: AccountId, coverage: RegionCoverage) -> Self {
        Self { account, coverage }
    }
}

impl CoverageNotice {
    /// The notices among the coverage results of an account.
    pub(crate) fn of(account: AccountId, regions: &[RegionCoverage]) -> impl Iterator<Item = Self> {
        regions.iter().filter(|c| c.is_notice()).map(move |c| Self { account, coverage: c.clone() })
    }
}

/// The report of a project: everything that a renderer needs.
///
/// The same value renders to the same bytes, so it also holds the time, the run and the order of the rows.
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
    /// The sources of the findings: Regions, or the name of a file.
    pub sources: Vec<String>,
    /// The Regions whose coverage was checked, linked Regions included; empty if coverage was not checked.
    pub regions: Vec<String>,
    /// Whether the report can have findings of further Regions, whose coverage was not checked.
    pub other_regions: bool,
    /// Linked Regions whose coverage could not be checked.
    pub unseen_regions: Vec<String>,
    /// The filter with which the findings were fetched.
    pub selection: Selection,
    /// The accounts of the project, sorted by ID.
    pub accounts: Vec<AccountSummary>,
    /// All findings, sorted by severity (the worst first), age (the oldest first), account and ID.
    pub findings: ReportFindings,
    /// Issues of the last delivered report that are no longer open, each with the reason.
    pub resolved: Vec<ResolvedIssue>,
    /// Number of issues by change. Findings that several standards report for the same problem are one issue.
    pub changes: Changes,
    /// Number of issues that were open and of which this run could not tell whether they still are, by the severity when
    /// last seen. They count neither as open nor as resolved.
    pub stale: SeverityCounts,
    /// The earlier runs that recipients were told of, the oldest first.
    pub trend: Vec<ProjectRun>,
    /// The problems that make the report incomplete, as far as they are known; see [`Report::certainty`].
    pub problems: Vec<Problem>,
    /// Number of fetched findings, duplicates included, counted independently while fetching; `None` if they were not
    /// counted. It equals the number of findings here plus `duplicates`.
    pub fetched: Option<u64>,
    /// Number of duplicate findings that were left out.
    pub duplicates: u64,
    /// Number of findings received from each of `sources`, duplicates included; empty if it is not known.
    pub received_by_source: Vec<u64>,
    /// Number of findings that have the same ID as another one and differ from it in title, severity or resources: their
    /// product gave one ID to several findings. All of them are in the report.
    pub ambiguous: u64,
    /// The contact for questions, from the configuration.
    pub contact: Option<String>,
    /// The access portal that links into the console lead through; `None` leads to the account in which the reader is signed
    /// in.
    pub console_portal: Option<ConsolePortal>,
    /// How decisions in the report are taken; `None` if nobody reads them.
    pub returning: Option<ReportReturn>,
    /// Issues that are not among the findings because a decision of the project takes them out, those whose acceptance ends
    /// first come first.
    pub accepted: Vec<AcceptedIssue>,
    /// Whether [rules](crate::owners) of the organisation say whose the findings are. Without rules, a finding without an
    /// owner is not nobody's.
    pub has_owner_rules: bool,
    /// The owner whose findings the file shows first; `None` for all. It leaves nothing out: a renderer that can, sets a
    /// filter ([`ReportRenderer::shows_views`]).
    pub view: Option<Text>,
}

impl Report {
    /// A report without accounts and findings; the caller fills in the fields. [`ReportBuilder`] sorts and counts.
    ///
    /// ```
    /// use findings_core::report::{AccountSummary, Report};
    /// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    /// assert!(!report.is_complete(), "a report without accounts is incomplete");
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
            unseen_regions: Vec::new(),
            selection: Selection::default(),
            accounts: Vec::new(),
            findings: ReportFindings::default(),
            resolved: Vec::new(),
            changes: Changes::default(),
            stale: SeverityCounts::default(),
            trend: Vec::new(),
            problems: Vec::new(),
            fetched: None,
            duplicates: 0,
            received_by_source: Vec::new(),
            ambiguous: 0,
            contact: None,
            console_portal: None,
            returning: None,
            accepted: Vec::new(),
            has_owner_rules: false,
            view: None,
        }
    }

    /// The number of findings by severity.
    pub fn counts(&self) -> SeverityCounts {
        self.findings.counts()
    }

    /// The date of the report, as its reader counts it.
    pub fn today(&self) -> Date {
        self.time_zone.to_datetime(self.generated_at).date()
    }

    /// Number of issues that were to be fixed by now. Findings without an issue count each.
    pub fn overdue(&self) -> u64 {
        let today = self.today();
        let late = self.findings.facts().filter(|row| row.due.is_some_and(|due| due.is_overdue(today)));
        let (with, without): (Vec<_>, Vec<_>) = late.map(|row| row.issue).partition(Option::is_some);
        (with.into_iter().flatten().collect::<HashSet<_>>().len() + without.len()) as u64
    }

    /// Number of issues that are listed again because the time for which their risk was accepted is over.
    pub fn ended_acceptances(&self) -> u64 {
        let ended = |row: &RowFacts<'_>| {
            row.decision.is_some_and(|decision| decision.entry.kind == DecisionKind::AcceptanceEnded)
        };
        self.findings.facts().filter(ended).filter_map(|row| row.issue).collect::<HashSet<_>>().len() as u64
    }

    /// Number of accepted risks whose last day is at most so many days away.
    pub fn ending_acceptances(&self, days: u16) -> u64 {
        let last = self.today().saturating_add(i64::from(days).days());
        self.accepted
            .iter()
            .filter(|accepted| accepted.decision.accepted_until().is_some_and(|end| end <= last))
            .count() as u64
    }

    /// Whether all requested findings are there, and every account is covered or its gaps are accepted. A report
    /// without accounts is never complete.
    ///
    /// Complete does not mean clean: see [`Report::verdict`].
    pub fn is_complete(&self) -> bool {
        self.all_problems().is_empty()
    }

    /// How far the report can be trusted: what renderers and notifiers state about it.
    pub fn certainty(&self) -> Certainty {
        Certainty::of(self)
    }

    /// All problems: those that were reported, one for each account that is incomplete without one, and one if there is no
    /// account, because then "no findings" means nothing.
    fn all_problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        let named: HashSet<AccountId> = problems.iter().filter_map(|p| p.account).collect();
        let unexplained = self.accounts.iter().filter(|a| !a.complete && !named.contains(&a.id));
        problems.extend(unexplained.map(|a| Problem::new(ProblemKind::AccountNotFetched, "").with_account(a.id)));
        if problems.is_empty() && self.accounts.is_empty() {
            problems.push(Problem::new(ProblemKind::NoAccount, ""));
        }
        problems
    }

    /// The worst verdict of its accounts.
    ///
    /// A renderer may call a project without findings clean only if the report is complete and this is
    /// [`Covered`](Verdict::Covered). For [`NotChecked`](Verdict::NotChecked) it has to say that coverage was not
    /// checked.
    pub fn verdict(&self) -> Verdict {
        let worst = self.accounts.iter().map(AccountSummary::verdict).max().unwrap_or(Verdict::NotChecked);
        if self.other_regions { worst.max(Verdict::NotChecked) } else { worst }
    }

    /// The coverage results that readers should know of although they do not make the report incomplete: accepted gaps,
    /// and checks that cannot be made.
    pub fn notices(&self) -> Vec<CoverageNotice> {
        self.accounts.iter().flat_map(|a| CoverageNotice::of(a.id, &a.coverage)).collect()
    }

    /// The latest earlier delivered run.
    pub fn previous(&self) -> Option<&ProjectRun> {
        self.trend.last()
    }
}

/// The file format of a renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportFormat {
    /// File name extension without the dot, such as `xlsx`.
    pub extension: &'static str,
    /// Media type, such as `text/csv; charset=utf-8`.
    pub media_type: &'static str,
}

impl ReportFormat {
    /// A format with this file name extension (without the dot) and media type.
    pub const fn new(extension: &'static str, media_type: &'static str) -> Self {
        Self { extension, media_type }
    }
}

/// A rendered report: a whole file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenderedReport {
    /// The whole file.
    pub body: Bytes,
    /// The format of the file.
    pub format: ReportFormat,
    /// Number of findings in the file. The pipeline compares it with the report to detect lost rows.
    pub rows: u64,
}

impl RenderedReport {
    /// A file with this number of findings.
    pub fn new(body: impl Into<Bytes>, format: ReportFormat, rows: u64) -> Self {
        Self { body: body.into(), format, rows }
    }
}

/// Turns a report into a file.
///
/// Rendering is CPU work and therefore not async: the pipeline calls it on a blocking thread.
///
/// An implementation
/// * MUST put every finding of the report into the file and count them in [`RenderedReport::rows`],
/// * MUST say in the file that the report is incomplete if it is, and with which problems,
/// * MUST say in the file how many issues are stale, if any are,
/// * MUST give the same bytes for the same report,
/// * MUST NOT write anywhere but into its result (and temporary files that it removes),
/// * MUST accept any text in any field,
/// * MUST return the error of a finding that it cannot read, and no file without it,
/// * SHOULD write in the language of the report and show times in its time zone.
///
/// `testing::conformance::renderer` has a test for each MUST.
///
/// ```
/// use findings_core::report::{RenderedReport, Report, ReportFormat, ReportRenderer};
/// use findings_core::Result;
///
/// /// One line for each finding.
/// #[derive(Debug)]
/// struct Lines;
///
/// impl ReportRenderer for Lines {
///     fn format(&self) -> ReportFormat {
///         ReportFormat::new("txt", "text/plain; charset=utf-8")
///     }
///
///     fn render(&self, report: &Report) -> Result<RenderedReport> {
///         let mut text = format!("{}\n", report.project);
///         for problem in report.certainty().problems {
///             text += &format!("INCOMPLETE: {problem}\n");
///         }
///         if report.stale.total() > 0 {
///             text += &format!("{} issues could not be checked\n", report.stale.total());
///         }
///         for row in &report.findings {
///             let row = row?;
///             text += &format!("{} {} {}\n", row.finding.severity, row.finding.account, row.finding.title);
///         }
///         Ok(RenderedReport::new(text, self.format(), report.findings.len() as u64))
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait ReportRenderer: fmt::Debug + Send + Sync + 'static {
    /// The format of the rendered files.
    fn format(&self) -> ReportFormat;

    /// Whether a file shows the findings of the owner first whom [`Report::view`] names. If not, all owners get a link to the
    /// same file.
    fn shows_views(&self) -> bool {
        false
    }

    /// Renders a report.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the format cannot hold the report, and the error of a finding that
    /// cannot be read ([`ReportFindings::iter`]).
    fn render(&self, report: &Report) -> Result<RenderedReport>;
}
