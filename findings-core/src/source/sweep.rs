//! One pass for all projects: accounts packed 20 to a query, findings dealt out by account, targets handed on as soon as they are complete.

mod assembly;
mod driver;
mod look_up;
mod work;

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::retry::RetryCounts;
use super::{Budget, FindingsSource, FollowUp, PacedSource, PageSize, RejectedRecord, RetryPolicy, RetryingSource};
use crate::blocking;
use crate::{AccountId, ErrorKind, Finding, Selection};

/// A source with the budget that pays for it: a Region, or a file.
#[derive(Clone, Debug)]
pub struct Lane {
    name: String,
    source: Arc<dyn FindingsSource>,
    budget: Arc<Budget>,
}

impl Lane {
    /// A lane with a name for people, such as `ap-northeast-1`.
    pub fn new(name: impl Into<String>, source: Arc<dyn FindingsSource>, budget: Budget) -> Self {
        Self { name: name.into(), source, budget: Arc::new(budget) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its source, paced by its budget and asked again where that can help.
    pub fn patient(&self, retry: &RetryPolicy) -> RetryingSource<PacedSource> {
        RetryingSource::new(
            PacedSource::new(self.source.clone(), self.budget.clone(), retry.attempt_limit),
            retry.clone(),
        )
    }

    /// Its source, for a look outside of a sweep.
    pub fn source(&self) -> &Arc<dyn FindingsSource> {
        &self.source
    }
}

/// Why an account's findings are not all there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountFailure {
    /// The lane in which it failed.
    pub lane: String,
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
}

/// All that is known of an account after the sweep.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountFindings {
    /// The account.
    pub account: AccountId,
    /// Its findings, each once.
    pub findings: Vec<Arc<Finding>>,
    /// Findings that came, copies included.
    pub received: u64,
    /// Copies that were left out.
    pub duplicates: u64,
    /// Lanes in which it failed.
    pub failures: Vec<AccountFailure>,
    /// Records that could not be read: the account's own, and those of its query that name no account and may be its own.
    pub rejected: Vec<RejectedRecord>,
}

impl AccountFindings {
    /// Whether everything that was asked for is there.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.rejected.is_empty()
    }
}

/// What a sweep collects for: the accounts of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepTarget {
    /// Its accounts. One that several targets share is fetched once.
    pub accounts: Vec<AccountId>,
}

/// A target all of whose accounts are done, complete or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetFindings {
    /// Which one: its place among the targets given.
    pub index: usize,
    /// Its accounts in the order given, each once.
    pub accounts: Vec<Arc<AccountFindings>>,
}

/// Counters of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepStats {
    /// Calls of the source, retries included.
    pub calls: u64,
    /// Pages that came.
    pub pages: u64,
    /// Findings that came, copies included.
    pub findings: u64,
    /// Calls that were throttled.
    pub throttled: u64,
    /// Calls that were repeated.
    pub retried: u64,
    /// Time that calls waited for their turn or, after a failure, to be repeated. Summed over calls that waited side by side.
    pub waited: Duration,
    /// Records that could not be read and name no account, each once.
    pub unattributed: Vec<RejectedRecord>,
}

/// Progress of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SweepEvent {
    /// It begins.
    Started {
        /// Accounts, each counted once a lane.
        accounts: usize,
    },
    /// A query is done.
    QueryDone {
        /// Its accounts.
        accounts: usize,
        /// Its findings.
        findings: usize,
    },
    /// A query failed, as all do just now, and is made again later.
    QueryPostponed {
        /// Its accounts.
        accounts: usize,
        /// Why.
        reason: String,
    },
    /// A query failed for good and is tried again in two halves.
    QuerySplit {
        /// Its accounts.
        accounts: usize,
        /// Why.
        reason: String,
    },
    /// An account failed for good.
    AccountFailed {
        /// The account.
        account: AccountId,
        /// Why.
        reason: String,
    },
}

/// Listens to the progress of a sweep.
pub trait SweepObserver: fmt::Debug + Send + Sync + 'static {
    /// Something happened. Called between queries: return soon.
    fn on_event(&self, event: &SweepEvent);
}

/// An observer that does not listen.
#[derive(Clone, Copy, Debug, Default)]
struct SilentObserver;

impl SweepObserver for SilentObserver {
    fn on_event(&self, _: &SweepEvent) {}
}

/// Fetches the findings of many projects in one pass.
///
/// Each account is asked for once, 20 to a query: at most ⌈accounts ÷ 20⌉ + findings ÷ 100 calls in each lane. A query that fails for good is split in
/// halves until the account that causes it stands alone: only that account is incomplete. A service that is out for some minutes costs nothing but
/// time. What concerns a whole lane (Security Hub off, access denied, no answer at all for [`RetryPolicy::outage`]) fails it at once.
///
/// Targets come out as soon as their last account is done, and while nobody takes them no further query starts, so that only unfinished targets are
/// held. The pages of one query follow each other: an account with very many findings that comes last is read alone, at one page a round trip.
///
/// ```
/// use std::sync::Arc;
/// use findings_core::source::{Budget, Lane, Sweep, SweepTarget};
/// use findings_core::{Finding, memory::MemorySource};
/// use futures::StreamExt;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let account = "123456789012".parse()?;
/// let source = Arc::new(MemorySource::new(vec![Finding::new(account, "1")]));
/// let sweep = Sweep::new(vec![Lane::new("memory", source, Budget::unlimited())]);
/// let mut projects = sweep.start(vec![SweepTarget { accounts: vec![account] }]);
/// while let Some(project) = projects.next().await {
///     assert!(project.accounts[0].is_complete());
/// }
/// assert_eq!(projects.stats().findings, 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Sweep {
    lanes: Vec<Lane>,
    selection: Selection,
    page_size: PageSize,
    retry: RetryPolicy,
    in_flight: Option<usize>,
    follow_up: Option<Arc<dyn FollowUp>>,
    observer: Arc<dyn SweepObserver>,
}

impl Sweep {
    /// A sweep over these lanes: open findings, 100 a page, as many queries at a time in each lane as [`Budget::in_flight`] says.
    pub fn new(lanes: Vec<Lane>) -> Self {
        Self {
            lanes,
            selection: Selection::default(),
            page_size: PageSize::default(),
            retry: RetryPolicy::default(),
            in_flight: None,
            follow_up: None,
            observer: Arc::new(SilentObserver),
        }
    }

    /// With another selection.
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// With another page size.
    pub fn with_page_size(mut self, page_size: PageSize) -> Self {
        self.page_size = page_size;
        self
    }

    /// With another policy of retries.
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// With a fixed number of queries at a time in each lane, at least one.
    pub fn with_in_flight(mut self, queries: usize) -> Self {
        self.in_flight = Some(queries.max(1));
        self
    }

    /// With something that asks more about the accounts of each query.
    pub fn with_follow_up(mut self, follow_up: Arc<dyn FollowUp>) -> Self {
        self.follow_up = Some(follow_up);
        self
    }

    /// With somebody who listens.
    pub fn with_observer(mut self, observer: Arc<dyn SweepObserver>) -> Self {
        self.observer = observer;
        self
    }

    /// Its lanes.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// What is asked for.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Starts on the current tokio runtime. Dropping the stream stops it.
    pub fn start(&self, targets: Vec<SweepTarget>) -> SweepStream {
        let (sender, receiver) = mpsc::channel(1);
        let counters = Arc::new(Counters::default());
        let mut task = JoinSet::new();
        task.spawn(blocking::inherit_meter(driver::drive(self.clone(), targets, sender, counters.clone())));
        SweepStream { receiver, counters, lanes: self.lanes.clone(), _task: task }
    }
}

#[derive(Debug, Default)]
struct Counters {
    pages: AtomicU64,
    findings: AtomicU64,
    retries: Arc<RetryCounts>,
    unattributed: Mutex<Vec<RejectedRecord>>,
}

/// The targets of a sweep, in the order in which they are done.
#[derive(Debug)]
pub struct SweepStream {
    receiver: mpsc::Receiver<TargetFindings>,
    counters: Arc<Counters>,
    lanes: Vec<Lane>,
    /// Aborts the sweep when the stream is dropped.
    _task: JoinSet<()>,
}

impl SweepStream {
    /// The counters so far; complete once the stream has ended.
    pub fn stats(&self) -> SweepStats {
        use std::sync::atomic::Ordering::Relaxed;
        let budgets: Vec<_> = self.lanes.iter().map(|lane| lane.budget.stats()).collect();
        SweepStats {
            calls: budgets.iter().map(|b| b.calls).sum(),
            throttled: budgets.iter().map(|b| b.throttled).sum(),
            pages: self.counters.pages.load(Relaxed),
            findings: self.counters.findings.load(Relaxed),
            retried: self.counters.retries.retried.load(Relaxed),
            waited: budgets.iter().map(|b| b.waited).sum::<Duration>()
                + Duration::from_millis(self.counters.retries.paused_ms.load(Relaxed)),
            unattributed: self.counters.unattributed.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl Stream for SweepStream {
    type Item = TargetFindings;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<TargetFindings>> {
        self.receiver.poll_recv(cx)
    }
}

#[cfg(test)]
mod tests;
