//! Step 3: fetching findings. One page is the primitive; everything else is built on it.

mod budget;
mod follow_up;
mod paced;
mod pages;
mod query;
mod retry;
mod sweep;

use std::fmt;

use async_trait::async_trait;

pub use budget::{Budget, BudgetStats, PaidCall};
pub use follow_up::{FinishedQuery, FollowUp};
pub use paced::PacedSource;
pub use pages::{CollectedFindings, PAGE_LIMIT, collect, pages};
pub use query::{
    AccountBatch, FindingsQuery, InvalidBatch, InvalidPageSize, PageRequest, PageSize, PageToken, batches,
};
pub use retry::{RetryPolicy, RetryingSource};
pub use sweep::{
    AccountFailure, AccountFindings, Lane, Sweep, SweepEvent, SweepObserver, SweepStats, SweepStream, SweepTarget,
    TargetFindings,
};

use crate::{AccountId, Finding, Result};

/// A record of a source that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RejectedRecord {
    /// Line in the file, counted from 1, where there is one.
    pub line: Option<u64>,
    /// The account it belongs to, if that much could be read.
    pub account: Option<AccountId>,
    /// What is wrong with it.
    pub message: String,
}

impl RejectedRecord {
    /// A record that nothing is known of but what is wrong with it.
    pub fn new(message: impl Into<String>) -> Self {
        Self { line: None, account: None, message: message.into() }
    }

    /// Says where it stands.
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Says whose it is.
    pub fn of_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }
}

impl fmt::Display for RejectedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// One page of findings.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// Findings; possibly none although there is a next page.
    pub findings: Vec<Finding>,
    /// Records that could not be read. Those without an account come again with every query of the source.
    pub rejected: Vec<RejectedRecord>,
    /// Token of the next page; `None` on the last.
    pub next: Option<PageToken>,
}

impl Page {
    /// A page of these findings.
    pub fn new(findings: Vec<Finding>, next: Option<PageToken>) -> Self {
        Self { findings, rejected: Vec::new(), next }
    }

    /// Adds records that could not be read.
    pub fn with_rejected(mut self, rejected: Vec<RejectedRecord>) -> Self {
        self.rejected = rejected;
        self
    }
}

/// Where findings come from, a page at a time.
///
/// An implementation
/// * MUST return only findings of the accounts asked for that match the selection,
/// * MUST return at most [`PageSize`] findings a page,
/// * MUST reach every such finding that exists throughout by following [`Page::next`] from the first page with the same query; it MAY return one twice,
/// * MUST end: a page without `next` comes at last,
/// * MUST answer a token it no longer knows with [`StaleToken`](crate::ErrorKind::StaleToken), never with another list,
/// * MUST report each record that it cannot read in [`Page::rejected`], never skip it,
/// * MUST NOT retry by itself, so that every attempt can be counted and paced; an error says by its kind whether a retry can help.
///
/// `testing::conformance::source` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait FindingsSource: fmt::Debug + Send + Sync + 'static {
    /// Fetches one page.
    ///
    /// # Errors
    /// As the service answers, with the kind that tells whether a retry can help.
    async fn page(&self, request: &PageRequest) -> Result<Page>;
}
