//! Additional requests about the accounts of a query, made as soon as the query succeeds.

use std::fmt;

use async_trait::async_trait;

use super::FindingsSource;
use crate::{AccountId, FindingList};

/// A query of a sweep that succeeded.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FinishedQuery<'a> {
    /// Name of the lane that ran the query.
    pub lane: &'a str,
    /// Region of Security Hub that the lane asks, see [`Lane::region`](super::Lane::region).
    pub region: &'a str,
    /// Accounts that the query requested.
    pub accounts: &'a [AccountId],
    /// Findings of these accounts in the order received, copies and coverage findings
    /// ([`Finding::is_coverage`](crate::Finding::is_coverage)) included.
    pub findings: &'a FindingList,
    /// Source of the lane, with the same budget and the same retries as the sweep's own calls.
    pub source: &'a dyn FindingsSource,
}

/// Makes additional requests about the accounts of a finished query, paid from the budget of the lane.
///
/// An implementation
/// * MUST NOT rely on the order of queries, because several run at the same time,
/// * MUST handle its own failures: only the findings decide whether an account is complete.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use async_trait::async_trait;
/// use findings_core::source::{FinishedQuery, FollowUp};
///
/// /// Counts findings, and asks for nothing more.
/// #[derive(Debug, Default)]
/// struct Received(AtomicUsize);
///
/// #[async_trait]
/// impl FollowUp for Received {
///     async fn after_query(&self, query: &FinishedQuery<'_>) {
///         self.0.fetch_add(query.findings.len(), Ordering::Relaxed);
///     }
/// }
/// ```
#[async_trait]
pub trait FollowUp: fmt::Debug + Send + Sync + 'static {
    /// Runs once after each query that succeeded. The sweep treats the accounts as done only when it returns.
    async fn after_query(&self, query: &FinishedQuery<'_>);
}
