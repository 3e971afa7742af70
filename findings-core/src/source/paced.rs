//! A source decorator that charges every attempt to a budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
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
    /// Attempts in a row that were not answered in time. `None` if the limit is the same for every attempt.
    late: Option<Arc<AtomicU32>>,
}

impl PacedSource {
    /// Calls `source` at the rate of `budget`. Each call takes at most `limit`, without the time spent waiting for the
    /// budget.
    pub fn new(source: Arc<dyn FindingsSource>, budget: Arc<Budget>, limit: Duration) -> Self {
        Self { source, budget, limit, late: None }
    }

    /// Lets the limit follow what the calls of the budget usually take: a few times as long, and twice that for each
    /// attempt in a row that is not answered in time, but never longer than the limit given to [`new`](Self::new). A
    /// call that hangs is then noticed soon, and a service whose answers became slow is waited for.
    pub fn with_limit_that_follows_latency(mut self) -> Self {
        self.late = Some(Arc::default());
        self
    }

    /// Returns the limit of the next attempt.
    fn attempt_limit(&self) -> Duration {
        let Some((late, usual)) = self.late.as_ref().zip(self.budget.usual_limit()) else { return self.limit };
        usual.saturating_mul(2_u32.saturating_pow(late.load(Ordering::Relaxed))).min(self.limit)
    }

    /// Counts the attempts in a row that were not answered in time.
    fn count_late(&self, answer: &Result<Page>) {
        let Some(late) = &self.late else { return };
        match answer {
            Ok(_) => late.store(0, Ordering::Relaxed),
            Err(error) if error.kind() == ErrorKind::Timeout => {
                late.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }
}

#[async_trait]
impl FindingsSource for PacedSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        // held to the end of the function: the budget counts the call as in flight until it is answered
        let _call = self.budget.pay().await;
        let (sent, limit) = (Instant::now(), self.attempt_limit());
        let answer = tokio::time::timeout(limit, self.source.page(request)).await.unwrap_or_else(|_| {
            let message = format!("no answer within {} s", limit.as_secs());
            Err(Error::new(ErrorKind::Timeout, "fetch a page of findings").with_message(message))
        });
        self.count_late(&answer);
        match &answer {
            Err(error) if error.kind() == ErrorKind::Throttled => self.budget.throttled(error.retry_after()),
            // other failures say nothing about the quota
            Err(_) => {}
            Ok(_) => self.budget.succeeded(sent.elapsed()),
        }
        answer
    }
}
