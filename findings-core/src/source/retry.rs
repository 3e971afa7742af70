//! The one owner of retries for GetFindings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{FindingsSource, Page, PageRequest};
use crate::{ErrorKind, Result};

/// How often and after which pauses a page is asked for again.
///
/// Pauses have full jitter: a random part of `base · 2ⁿ`, at most `cap`, and at least what the service asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts for a page, the first included. Throttled ones do not count.
    pub attempts: u32,
    /// Throttled attempts for a page. They are nobody's fault and pass, so there are many.
    pub throttled_attempts: u32,
    /// The longest first pause.
    pub base: Duration,
    /// The longest pause.
    pub cap: Duration,
    /// How long an attempt may take: a hanging call is cut off. A page can be 24 MB.
    pub attempt_limit: Duration,
    /// How long a service that answers nothing at all is waited for.
    pub outage: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 8,
            throttled_attempts: 60,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(20),
            attempt_limit: Duration::from_mins(1),
            outage: Duration::from_mins(10),
        }
    }
}

impl RetryPolicy {
    /// With another number of attempts, at least one.
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// With other pauses.
    pub fn with_pauses(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// With another limit for an attempt.
    pub fn with_attempt_limit(mut self, limit: Duration) -> Self {
        self.attempt_limit = limit;
        self
    }

    /// With another patience for a service that answers nothing at all.
    pub fn with_outage(mut self, outage: Duration) -> Self {
        self.outage = outage;
        self
    }

    /// The pause before the attempt after `failed` failed ones; `chance` is in `0.0..1.0`.
    fn pause(&self, failed: u32, chance: f64, asked: Option<Duration>) -> Duration {
        let longest = self.base.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1))).min(self.cap);
        longest.mul_f64(chance).max(asked.unwrap_or_default().min(Duration::from_mins(5)))
    }
}

/// A source that asks again where that can help.
#[derive(Debug)]
pub struct RetryingSource<S> {
    source: S,
    policy: RetryPolicy,
    counts: Arc<RetryCounts>,
}

/// What retries have cost.
#[derive(Debug, Default)]
pub(super) struct RetryCounts {
    /// Calls that were repeated.
    pub(super) retried: AtomicU64,
    /// The pauses before them, summed, milliseconds.
    pub(super) paused_ms: AtomicU64,
}

impl<S: FindingsSource> RetryingSource<S> {
    /// Retries calls of `source`.
    pub fn new(source: S, policy: RetryPolicy) -> Self {
        Self { source, policy, counts: Arc::default() }
    }

    /// Counts in counters that others share.
    pub(super) fn counting_in(mut self, counts: Arc<RetryCounts>) -> Self {
        self.counts = counts;
        self
    }
}

#[async_trait]
impl<S: FindingsSource> FindingsSource for RetryingSource<S> {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let (mut failed, mut throttled) = (0, 0);
        loop {
            let error = match self.source.page(request).await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let (count, limit) = match error.kind() {
                ErrorKind::Throttled => (&mut throttled, self.policy.throttled_attempts),
                _ => (&mut failed, self.policy.attempts),
            };
            *count += 1;
            if !error.is_retryable() || *count >= limit {
                return Err(error);
            }
            let pause = self.policy.pause(*count, fastrand::f64(), error.retry_after());
            tracing::debug!(attempt = *count, ?pause, error = %error.report(), "asking for a page again");
            self.counts.retried.fetch_add(1, Ordering::Relaxed);
            self.counts.paused_ms.fetch_add(pause.as_millis().try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
            tokio::time::sleep(pause).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_respect_the_service() {
        let policy = RetryPolicy::default();
        let longest: Vec<_> = (1..=8).map(|n| policy.pause(n, 1.0, None).as_millis()).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
        assert_eq!(policy.pause(1, 0.0, Some(Duration::from_secs(7))).as_secs(), 7);
        assert_eq!(policy.pause(u32::MAX, 0.5, None).as_secs(), 10);
    }
}
