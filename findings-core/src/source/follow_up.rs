//! What is asked beyond a query's findings, while its accounts are at hand.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::FindingsSource;
use crate::{AccountId, Finding};

/// A query of a sweep that succeeded.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FinishedQuery<'a> {
    /// Name of the lane.
    pub lane: &'a str,
    /// The accounts that were asked for.
    pub accounts: &'a [AccountId],
    /// Their findings, as they came.
    pub findings: &'a [Arc<Finding>],
    /// The source of the lane, paced and repeated as the sweep's own calls are.
    pub source: &'a dyn FindingsSource,
}

/// Asks more about the accounts of a query, paid from the same budget.
///
/// An implementation
/// * MUST NOT rely on the order of queries: several run at the same time,
/// * MUST keep its failures to itself: the accounts are complete or not by their findings alone.
#[async_trait]
pub trait FollowUp: fmt::Debug + Send + Sync + 'static {
    /// Called once after each query that succeeded. The accounts count as done when it returns.
    async fn after_query(&self, query: &FinishedQuery<'_>);
}
