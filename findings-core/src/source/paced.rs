//! A source decorator that charges every attempt to a budget.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Budget, FindingsSource, Page, PageRequest};
use crate::{Error, ErrorKind, Result};

/// A source that paces each attempt with a [`Budget`] and stops an attempt that takes too long.
///
/// Place it *inside* the retries, because retries must be paid for too:
/// * right: `RetryingSource::new(PacedSource::new(source, budget, limit), policy)`,
/// * wrong: `PacedSource::new(RetryingSource::new(source, policy), …)`.
#[derive(Clone, Debug)]
pub struct PacedSource {
    source: Arc<dyn FindingsSource>,
    budget: Arc<Budget>,
    limit: Duration,
}

impl PacedSource {
    /// Calls `source` at the rate of `budget`. Each call takes at most `limit`, without the time spent waiting for the
    /// budget.
    pub fn new(source: Arc<dyn FindingsSource>, budget: Arc<Budget>, limit: Duration) -> Self {
        Self { source, budget, limit }
    }
}

#[async_trait]
impl FindingsSource for PacedSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        // held to the end of the function: the budget counts the call as in flight until it is answered
        let _call = self.budget.pay().await;
        let sent = Instant::now();
        let answer = tokio::time::timeout(self.limit, self.source.page(request)).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", self.limit.as_secs());
            Err(Error::new(ErrorKind::Timeout, "fetch a page of findings").with_message(message))
        });
        match &answer {
            Err(error) if error.kind() == ErrorKind::Throttled => self.budget.throttled(error.retry_after()),
            // other failures say nothing about the quota
            Err(_) => {}
            Ok(_) => self.budget.succeeded(sent.elapsed()),
        }
        answer
    }
}
