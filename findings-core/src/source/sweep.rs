//! The sweep: one pass that fetches the findings of all projects.
//!
//! Each query requests up to 20 accounts. The sweep groups the findings by account and returns each target as soon as
//! all its accounts are done.

mod assembly;
mod driver;
mod look_up;
mod newest_versions;
mod observed_source;
mod work;

pub use self::look_up::LookUp;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::retry::RetryCounts;
use super::{BudgetStats, FollowUp, Lane, PageSize, RejectedRecord, RetryPolicy, View};
use crate::blocking;
use crate::finding_list::IdentityHash;
use crate::{AccountId, ErrorKind, Finding, FindingList, Selection, Spool, Text};

/// The reason why findings of an account are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountFailure {
    /// Name of the lane in which the account failed.
    pub lane: String,
    /// Kind of the error.
    pub kind: ErrorKind,
    /// Description of the error.
    pub message: String,
}

impl AccountFailure {
    /// A failure in a lane.
    pub fn new(lane: impl Into<String>, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { lane: lane.into(), kind, message: message.into() }
    }
}

/// The result of a sweep for one account.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountFindings {
    /// Account ID.
    pub account: AccountId,
    /// Its name, if a finding has it.
    pub name: Option<Text>,
    /// Findings of the account, each once and in its newest version. If the account failed, those that were read.
    pub findings: FindingList,
    /// Number of findings received, copies included.
    pub received: u64,
    /// Number of copies and of older versions removed.
    pub duplicates: u64,
    /// Number of findings that have `ProductArn`, `Id` and `UpdatedAt` in common with another one in `findings`, but
    /// differ from it in title, severity or resources. Whether they are different findings or versions of one is not
    /// known, so all are kept.
    pub ambiguous: u64,
    /// Failures of the account, one for each lane in which it failed.
    pub failures: Vec<AccountFailure>,
    /// Records that could not be read: those of this account, and those of its query that name no account, because they
    /// may belong to it.
    pub rejected: Vec<RejectedRecord>,
    /// Regions of all records of the account, whatever their states; `None` in the set stands for records without a
    /// Region. An empty set means that the sources have no record of the account. `None` unless every lane can tell.
    pub regions_with_records: Option<BTreeSet<Option<Text>>>,
    /// What each view showed of the account, in the order of the lanes; empty unless every lane has a view.
    pub views: Vec<ViewFindings>,
    /// The views that showed a finding, by its [identity](Finding::identity), as bits in the order of `views`; empty if
    /// there are not several.
    pub(crate) shown_by: HashMap<IdentityHash, u64>,
    /// Number of findings received from each lane, in the order of the lanes.
    pub received_by_lane: Vec<u64>,
}

/// What a view showed of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ViewFindings {
    /// The view.
    pub view: View,
    /// As [`AccountFindings::regions_with_records`], of the lanes of this view.
    pub regions_with_records: Option<BTreeSet<Option<Text>>>,
}

impl AccountFindings {
    /// An account that was read completely, with all its findings, each once.
    pub fn new(account: AccountId, findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut name = None;
        let named = findings.into_iter().inspect(|finding| name = name.take().or_else(|| finding.account_name.clone()));
        let findings: FindingList = named.collect();
        Self {
            account,
            name,
            received: findings.len() as u64,
            findings,
            duplicates: 0,
            ambiguous: 0,
            failures: Vec::new(),
            rejected: Vec::new(),
            regions_with_records: None,
            views: Vec::new(),
            shown_by: HashMap::new(),
            received_by_lane: Vec::new(),
        }
    }

    /// Returns whether all requested findings were read.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.rejected.is_empty()
    }
}

/// The accounts of one project. A sweep collects their findings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepTarget {
    /// Accounts of the target. An account that several targets share is fetched once.
    pub accounts: Vec<AccountId>,
}

impl SweepTarget {
    /// The accounts of one project.
    pub fn new(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self { accounts: accounts.into_iter().collect() }
    }
}

/// The result of a sweep for one target. All its accounts are done, but not necessarily complete.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TargetFindings {
    /// Index of the target in the list given to [`Sweep::start`].
    pub index: usize,
    /// Results for its accounts in the order given, each account once.
    pub accounts: Vec<Arc<AccountFindings>>,
}

/// Counters of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SweepStats {
    /// Number of calls to the sources, retries included.
    pub calls: u64,
    /// Number of pages received in queries that succeeded.
    pub pages: u64,
    /// Number of findings received in queries that succeeded, copies included.
    pub findings: u64,
    /// Number of calls that the service throttled.
    pub throttled: u64,
    /// Number of retries.
    pub retried: u64,
    /// Time that calls waited for their turn or before a retry. This is a sum over concurrent calls and can be longer
    /// than the sweep.
    pub waited: Duration,
    /// Records that could not be read and that name no account, each once.
    pub unattributed: Vec<RejectedRecord>,
    /// The counters of each lane, in the order of the lanes.
    pub lanes: Vec<LaneStats>,
}

/// Counters of a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LaneStats {
    /// Name of the lane.
    pub lane: String,
    /// Number of calls to the source, retries included.
    pub calls: u64,
    /// Number of findings received in queries that succeeded, copies included.
    pub findings: u64,
    /// Number of accounts that could not be read completely.
    pub unread: u64,
}

/// A progress event of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SweepEvent {
    /// The sweep started.
    Started {
        /// Number of accounts, multiplied by the number of lanes.
        accounts: usize,
    },
    /// A page came. A query that fails and is repeated gets its pages again.
    PageReceived {
        /// Number of findings on the page, coverage findings and copies included.
        findings: usize,
    },
    /// A query succeeded.
    QueryDone {
        /// Number of its accounts.
        accounts: usize,
        /// Number of its findings.
        findings: usize,
    },
    /// A query failed while the lane receives no pages. It is repeated later.
    QueryPostponed {
        /// Number of its accounts.
        accounts: usize,
        /// Error of the query.
        reason: String,
    },
    /// A query failed after all retries. It is repeated in two halves.
    QuerySplit {
        /// Number of its accounts.
        accounts: usize,
        /// Error of the query.
        reason: String,
    },
    /// An account failed in one lane and is not retried.
    AccountFailed {
        /// Account ID.
        account: AccountId,
        /// Error of its query.
        reason: String,
    },
}

/// Receives the progress events of a sweep.
///
/// ```
/// use std::sync::Mutex;
/// use findings_core::AccountId;
/// use findings_core::source::{SweepEvent, SweepObserver};
///
/// /// Notes the accounts that could not be read.
/// #[derive(Debug, Default)]
/// struct Unread(Mutex<Vec<AccountId>>);
///
/// impl SweepObserver for Unread {
///     fn on_event(&self, event: &SweepEvent) {
///         if let SweepEvent::AccountFailed { account, .. } = event {
///             self.0.lock().unwrap().push(*account);
///         }
///     }
/// }
/// # let (unread, account) = (Unread::default(), "123456789012".parse()?);
/// # unread.on_event(&SweepEvent::AccountFailed { account, reason: "access denied".to_owned() });
/// # assert_eq!(unread.0.into_inner()?, [account]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait SweepObserver: fmt::Debug + Send + Sync + 'static {
    /// Handles an event. The sweep starts no query until it returns, so it must return quickly.
    fn on_event(&self, event: &SweepEvent);
}

/// An observer that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
struct SilentObserver;

impl SweepObserver for SilentObserver {
    fn on_event(&self, _: &SweepEvent) {}
}

/// Fetches the findings of many projects in one pass.
///
/// Each account is requested once in each lane, up to 20 accounts in a query. Without failures, a lane makes at most
/// ⌈accounts ÷ 20⌉ + findings ÷ 100 calls.
///
/// A query that fails after all retries is split in halves until the account that causes the failure is alone. Only
/// that account is incomplete. An outage of a few minutes only delays the sweep. An error that concerns a whole lane
/// (Security Hub not enabled, access denied, no page for [`RetryPolicy::outage`]) fails the remaining accounts of the
/// lane at once.
///
/// Coverage findings ([`Finding::is_coverage`]) are for the [`FollowUp`] alone and in no target.
///
/// The stream returns a target as soon as its last account is done. While the caller does not take finished targets, no
/// further query starts: this limits memory use. The pages of one query are read one after another. A final account
/// with very many findings is therefore read alone, at one page in each round trip.
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
/// let mut projects = sweep.start(vec![SweepTarget::new(vec![account])]);
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
    spool: Spool,
    follow_up: Option<Arc<dyn FollowUp>>,
    observer: Arc<dyn SweepObserver>,
}

impl Sweep {
    /// Creates a sweep over these lanes. It fetches open findings, 100 in a page, with the number of concurrent queries
    /// that [`Budget::in_flight`](super::Budget::in_flight) returns for each lane.
    pub fn new(lanes: Vec<Lane>) -> Self {
        Self {
            lanes,
            selection: Selection::default(),
            page_size: PageSize::default(),
            retry: RetryPolicy::default(),
            in_flight: None,
            spool: Spool::default(),
            follow_up: None,
            observer: Arc::new(SilentObserver),
        }
    }

    /// Sets the selection of findings.
    pub fn with_selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets the page size.
    pub fn with_page_size(mut self, page_size: PageSize) -> Self {
        self.page_size = page_size;
        self
    }

    /// Sets the retry policy.
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Sets a fixed number of concurrent queries in each lane, at least one.
    pub fn with_in_flight(mut self, queries: usize) -> Self {
        self.in_flight = Some(queries.max(1));
        self
    }

    /// Sets where findings are kept until their project is done.
    pub fn with_spool(mut self, spool: Spool) -> Self {
        self.spool = spool;
        self
    }

    /// Sets a follow-up that makes additional requests about the accounts of each query.
    pub fn with_follow_up(mut self, follow_up: Arc<dyn FollowUp>) -> Self {
        self.follow_up = Some(follow_up);
        self
    }

    /// Sets the observer that receives progress events.
    pub fn with_observer(mut self, observer: Arc<dyn SweepObserver>) -> Self {
        self.observer = observer;
        self
    }

    /// Returns the lanes.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Returns the selection of findings.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Replaces the lanes.
    pub fn with_lanes(mut self, lanes: Vec<Lane>) -> Self {
        self.lanes = lanes;
        self
    }

    /// Number of calls so far to the source of each lane, retries included, in the order of the lanes.
    pub(crate) fn calls(&self) -> Vec<u64> {
        self.lanes.iter().map(|lane| lane.budget().stats().calls).collect()
    }

    /// Returns what the lanes can show, each view once, in the order of the lanes; nothing unless every lane has a view.
    pub fn views(&self) -> Vec<View> {
        let mut views: Vec<View> = Vec::new();
        for lane in &self.lanes {
            match lane.view() {
                Some(view) if views.contains(view) => {}
                Some(view) => views.push(view.clone()),
                None => return Vec::new(),
            }
        }
        views
    }

    /// Starts the sweep on the current tokio runtime. Dropping the stream stops it.
    pub fn start(&self, targets: Vec<SweepTarget>) -> SweepStream {
        // one finished target at most waits here; the next one blocks the driver until the caller takes it
        let (sender, receiver) = mpsc::channel(1);
        let counters =
            SweepCounters { lanes: self.lanes.iter().map(|_| LaneCounts::default()).collect(), ..Default::default() };
        let counters = Arc::new(counters);
        let (mut task, ending) = (JoinSet::new(), CancellationToken::new());
        // the meter of processor time is task-local, and a spawned task has none of its own
        task.spawn(blocking::inherit_meter(driver::drive(
            self.clone(),
            targets,
            sender,
            counters.clone(),
            ending.clone(),
        )));
        SweepStream { receiver, counters, lanes: self.lanes.clone(), ending, _task: task }
    }
}

#[derive(Debug, Default)]
struct SweepCounters {
    pages: AtomicU64,
    findings: AtomicU64,
    retries: Arc<RetryCounts>,
    unattributed: Mutex<Vec<RejectedRecord>>,
    /// By index of the lane.
    lanes: Vec<LaneCounts>,
}

#[derive(Debug, Default)]
struct LaneCounts {
    findings: AtomicU64,
    unread: AtomicU64,
}

/// A stream of the targets of a sweep, in the order in which they are done.
#[derive(Debug)]
pub struct SweepStream {
    receiver: mpsc::Receiver<TargetFindings>,
    counters: Arc<SweepCounters>,
    lanes: Vec<Lane>,
    ending: CancellationToken,
    /// Aborts the sweep when the stream is dropped.
    _task: JoinSet<()>,
}

impl SweepStream {
    /// Gives up all queries. The stream returns the targets that are done, and ends.
    pub(crate) fn stop_fetching(&self) {
        self.ending.cancel();
    }

    /// Returns the counters so far. They are complete when the stream has ended.
    pub fn stats(&self) -> SweepStats {
        use std::sync::atomic::Ordering::Relaxed;
        let budgets: Vec<_> = self.lanes.iter().map(|lane| lane.budget().stats()).collect();
        let lane = |((lane, budget), counts): ((&Lane, &BudgetStats), &LaneCounts)| LaneStats {
            lane: lane.name().to_owned(),
            calls: budget.calls,
            findings: counts.findings.load(Relaxed),
            unread: counts.unread.load(Relaxed),
        };
        SweepStats {
            calls: budgets.iter().map(|b| b.calls).sum(),
            throttled: budgets.iter().map(|b| b.throttled).sum(),
            pages: self.counters.pages.load(Relaxed),
            findings: self.counters.findings.load(Relaxed),
            retried: self.counters.retries.retried.load(Relaxed),
            waited: budgets.iter().map(|b| b.waited).sum::<Duration>()
                + Duration::from_millis(self.counters.retries.paused_ms.load(Relaxed)),
            unattributed: self.counters.unattributed.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            lanes: self.lanes.iter().zip(&budgets).zip(&self.counters.lanes).map(lane).collect(),
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
