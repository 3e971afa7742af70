//! Step 3: fetching findings. A source returns one page at a time; queries, retries and sweeps are built on that.

mod budget;
mod except_regions;
mod follow_up;
mod lane;
mod paced;
mod pages;
mod query;
mod retry;
mod sweep;
mod unavailable_source;
mod view;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use budget::{Budget, BudgetStats, PaidCall};
pub use except_regions::ExceptRegions;
pub use follow_up::{FinishedQuery, FollowUp};
pub use lane::Lane;
pub use paced::PacedSource;
pub use pages::{CollectedFindings, PAGE_LIMIT, collect, pages};
pub use query::{
    AccountBatch, FindingsQuery, InvalidBatch, InvalidPageSize, PageRequest, PageSize, PageToken, batches,
};
pub use retry::{RetryPolicy, RetryingSource};
pub use sweep::{
    AccountFailure, AccountFindings, LaneStats, LookUp, Sweep, SweepEvent, SweepObserver, SweepStats, SweepStream,
    SweepTarget, TargetFindings, ViewFindings,
};
pub use unavailable_source::UnavailableSource;
pub use view::View;

use crate::{AccountId, Finding, Result, Text};

/// A record of a source that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RejectedRecord {
    /// Name of the file, if the source has several. In an archive with the name of the file in it.
    pub file: Option<Text>,
    /// Line number in the file, starting at 1. `None` if the source is not a file of lines.
    pub line: Option<u64>,
    /// Account that the record belongs to, if it could be read.
    pub account: Option<AccountId>,
    /// Description of the problem.
    pub message: String,
}

impl RejectedRecord {
    /// Creates a record with a description of the problem, without a line number or an account.
    pub fn new(message: impl Into<String>) -> Self {
        Self { file: None, line: None, account: None, message: message.into() }
    }

    /// Sets the name of the file.
    pub fn in_file(mut self, file: impl Into<Text>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Sets the line number, starting at 1.
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Sets the account that the record belongs to.
    pub fn of_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }
}

impl fmt::Display for RejectedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}, line {line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)
    }
}

/// A file or object that a source has read, so that a run can say exactly what it read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SourceInput {
    /// Path or URL.
    pub location: String,
    /// Size in bytes, as it is stored.
    pub bytes: u64,
    /// The version of an object, as the store names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// When it was last written, UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub modified_at: Option<Timestamp>,
}

impl SourceInput {
    /// Creates an input without an ETag or a time.
    pub fn new(location: impl Into<String>, bytes: u64) -> Self {
        Self { location: location.into(), bytes, etag: None, modified_at: None }
    }
}

/// One page of findings.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// Findings on this page. A page can be empty and still have a next page.
    pub findings: Vec<Finding>,
    /// Records that could not be read. A record without an account is repeated in every query of the source.
    pub rejected: Vec<RejectedRecord>,
    /// Token of the next page. `None` on the last page.
    pub next: Option<PageToken>,
    /// Why the list of this source is incomplete although its last page was read; `None` if it is complete. Set on the
    /// last page of a query. A retry cannot help.
    pub cut: Option<String>,
    /// The accounts of the query with the Regions of all their records, whatever their states, each pair once; an
    /// account without records is not in it. `None` if the source cannot tell, as Security Hub cannot. Set on the last
    /// page of a query.
    pub inventory: Option<Vec<(AccountId, Option<Text>)>>,
    /// Number of records that are not to be reported, because they are about another cloud or are no findings.
    pub set_aside: u64,
    /// Number of records in the answer, whatever became of them; `None` if it is the number of findings and rejected
    /// records.
    pub received: Option<u64>,
    /// The number of records that the source counts for the whole query; `None` if it does not say. Set on the last page
    /// of a query.
    pub expected: Option<u64>,
}

impl Page {
    fn received(&self) -> u64 {
        self.received.unwrap_or(self.findings.len() as u64 + self.rejected.len() as u64)
    }

    /// Creates a page without rejected records.
    pub fn new(findings: Vec<Finding>, next: Option<PageToken>) -> Self {
        Self { findings, next, ..Self::default() }
    }

    /// Replaces the records that could not be read.
    pub fn with_rejected(mut self, rejected: Vec<RejectedRecord>) -> Self {
        self.rejected = rejected;
        self
    }

    /// Says why the list of the source is incomplete.
    pub fn with_cut(mut self, reason: impl Into<String>) -> Self {
        self.cut = Some(reason.into());
        self
    }

    /// Sets the accounts and Regions of all records of the query.
    pub fn with_inventory(mut self, inventory: Vec<(AccountId, Option<Text>)>) -> Self {
        self.inventory = Some(inventory);
        self
    }
}

/// A source of findings, read one page at a time.
///
/// An implementation
/// * MUST return only findings that belong to the requested accounts and match the selection,
/// * MUST return at most [`PageSize`] findings in a page,
/// * MUST return every matching finding that exists during the whole query when the caller follows [`Page::next`] from
///   the first page with the same query; it MAY return a finding twice,
/// * MUST end: the last page has no `next`,
/// * MUST answer an unknown or expired token with [`StaleToken`](crate::ErrorKind::StaleToken), never another list,
/// * MUST report each record that it cannot read in [`Page::rejected`], never skip it,
/// * MUST return a finding of which only some values cannot be read, with these in
///   [`odd_values`](Finding::odd_values); only account and ID are required,
/// * MUST say in [`Page::cut`] if it knows that its list is incomplete,
/// * MUST NOT retry by itself, because every attempt is counted and paced by the caller. The kind of an error says
///   whether a retry can help.
///
/// `testing::conformance::source` has a test for each rule.
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::source::{FindingsSource, Page, PageRequest, PageToken};
/// use findings_core::{Error, ErrorKind, Finding, Result};
///
/// /// Findings of a scanner, in memory.
/// #[derive(Debug)]
/// struct Scanner(Vec<Finding>);
///
/// #[async_trait]
/// impl FindingsSource for Scanner {
///     async fn page(&self, request: &PageRequest) -> Result<Page> {
///         let query = &request.query;
///         let start = match &request.token {
///             None => 0,
///             Some(token) => token.as_str().parse().map_err(|_| Error::new(ErrorKind::StaleToken, "ask the scanner"))?,
///         };
///         let matching = |f: &&Finding| query.accounts.contains(f.account) && query.selection.matches(f);
///         let mut rest = self.0.iter().filter(matching).skip(start);
///         let findings: Vec<Finding> = rest.by_ref().take(query.page_size.get()).cloned().collect();
///         let end = start + findings.len();
///         Ok(Page::new(findings, rest.next().and_then(|_| PageToken::new(end.to_string()))))
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait FindingsSource: fmt::Debug + Send + Sync + 'static {
    /// Fetches one page.
    ///
    /// # Errors
    /// The error of the service. Its kind says whether a retry can help.
    async fn page(&self, request: &PageRequest) -> Result<Page>;
}
