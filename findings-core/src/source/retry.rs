//! Retries of GetFindings. No other code retries these calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{FindingsSource, Page, PageRequest};
use crate::{ErrorKind, Result};

/// The number of attempts for a page and the pauses between them.
///
/// Pauses have full jitter: a random part of `base · 2ⁿ`, at most `cap`, and at least the `Retry-After` of the service
/// (limited to 5 minutes). Refused calls pause longer, for new credentials to arrive: 2 and 8 seconds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts for a page, including the first. Throttled attempts are counted separately.
    pub attempts: u32,
    /// Throttled attempts for a page. The limit is high because throttling ends by itself.
    pub throttled_attempts: u32,
    /// Attempts for a page that are refused: not authorized, wrong credentials, or Security Hub off. They are few,
    /// because a refusal usually lasts, and then costs the whole lane. At most [`attempts`](Self::attempts) are made.
    pub refused_attempts: u32,
    /// Upper limit of the first pause.
    pub base: Duration,
    /// Upper limit of every pause.
    pub cap: Duration,
    /// Longest time limit of one attempt, after which a hanging call is cancelled. A page can be 24 MB.
    pub attempt_limit: Duration,
    /// Whether the limit of an attempt follows what pages of the lane usually take. It then begins far below
    /// `attempt_limit` and doubles up to it for a page that is not answered in time. Does not apply to sources without a
    /// quota.
    pub limit_follows_latency: bool,
    /// Time after which a lane that receives no page at all is given up.
    pub outage: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 8,
            throttled_attempts: 60,
            refused_attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(20),
            attempt_limit: Duration::from_mins(1),
            limit_follows_latency: true,
            outage: Duration::from_mins(10),
        }
    }
}

impl RetryPolicy {
    /// Sets the number of attempts, at least one.
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the upper limits of the first pause and of every pause.
    pub fn with_pauses(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// Sets the longest time limit of one attempt.
    pub fn with_attempt_limit(mut self, limit: Duration) -> Self {
        self.attempt_limit = limit;
        self
    }

    /// Sets the time after which a lane that receives no page at all is given up.
    pub fn with_outage(mut self, outage: Duration) -> Self {
        self.outage = outage;
        self
    }

    /// Sets the number of attempts for a page that are refused, at least one.
    pub fn with_refused_attempts(mut self, attempts: u32) -> Self {
        self.refused_attempts = attempts.max(1);
        self
    }

    /// Sets whether the limit of an attempt follows what pages of the lane usually take.
    pub fn with_limit_that_follows_latency(mut self, follows: bool) -> Self {
        self.limit_follows_latency = follows;
        self
    }

    /// Returns the pause after `failed` refused attempts.
    fn refused_pause(failed: u32, jitter: f64) -> Duration {
        REFUSED_PAUSE.saturating_mul(4_u32.saturating_pow(failed.saturating_sub(1))).mul_f64(1.0 - jitter / 4.0)
    }

    /// Returns the pause after `failed` failed attempts. `jitter` is in `0.0..1.0`, `retry_after` is the request of the
    /// service.
    fn pause(&self, failed: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
        let longest = self.base.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1))).min(self.cap);
        // spread at random, so that calls that failed together do not return together
        longest.mul_f64(jitter).max(retry_after.unwrap_or_default().min(Duration::from_mins(5)))
    }
}

/// Upper limit of the first pause after a refusal; the next is four times as long. Rotated credentials and changed
/// policies take some seconds to be known everywhere.
const REFUSED_PAUSE: Duration = Duration::from_secs(2);

/// Returns whether the service refused the caller. A single refusal may be a mistake of the service, or credentials that
/// were just rotated.
fn is_refused(kind: ErrorKind) -> bool {
    kind.is_region_wide() && kind != ErrorKind::Cancelled
}

/// A source that retries failed calls if a retry can help.
#[derive(Debug)]
pub struct RetryingSource<S> {
    source: S,
    policy: RetryPolicy,
    counts: Arc<RetryCounts>,
    /// Whether the last call was refused, also after all retries. The next ones are then not retried if they are refused.
    is_refused: Arc<AtomicBool>,
}

/// Counters of retries.
#[derive(Debug, Default)]
pub(super) struct RetryCounts {
    /// Number of retries.
    pub(super) retried: AtomicU64,
    /// Sum of the pauses before retries, in milliseconds.
    pub(super) paused_ms: AtomicU64,
}

impl<S: FindingsSource> RetryingSource<S> {
    /// Retries the calls of `source` as `policy` says.
    pub fn new(source: S, policy: RetryPolicy) -> Self {
        Self { source, policy, counts: Arc::default(), is_refused: Arc::default() }
    }

    /// Shares with other sources whether the last call was refused.
    pub(super) fn remembering_in(mut self, is_refused: Arc<AtomicBool>) -> Self {
        self.is_refused = is_refused;
        self
    }

    /// Returns how many attempts for a page may be refused.
    fn refused_attempts(&self) -> u32 {
        let attempts = self.policy.refused_attempts.min(self.policy.attempts);
        if self.is_refused.load(Ordering::Relaxed) { 1 } else { attempts }
    }

    /// Adds to shared counters instead of its own.
    pub(super) fn counting_in(mut self, counts: Arc<RetryCounts>) -> Self {
        self.counts = counts;
        self
    }
}

#[async_trait]
impl<S: FindingsSource> FindingsSource for RetryingSource<S> {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let (mut failed, mut throttled, mut refused) = (0, 0, 0);
        loop {
            let error = match self.source.page(request).await {
                Ok(page) => {
                    self.is_refused.store(false, Ordering::Relaxed);
                    return Ok(page);
                }
                Err(error) => error,
            };
            let refusal = is_refused(error.kind());
            // throttling says nothing about this page, so it must not use up the attempts for real failures
            let (count, limit) = match error.kind() {
                ErrorKind::Throttled => (&mut throttled, self.policy.throttled_attempts),
                _ if refusal => (&mut refused, self.refused_attempts()),
                _ => (&mut failed, self.policy.attempts),
            };
            *count += 1;
            if !(error.is_retryable() || refusal) || *count >= limit {
                self.is_refused.fetch_or(refusal, Ordering::Relaxed);
                return Err(error);
            }
            let pause = if refusal {
                RetryPolicy::refused_pause(*count, fastrand::f64())
            } else {
                self.policy.pause(*count, fastrand::f64(), error.retry_after())
            };
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
    fn pauses_grow_to_cap_and_respect_retry_after() {
        let policy = RetryPolicy::default();
        let longest: Vec<_> = (1..=8).map(|n| policy.pause(n, 1.0, None).as_millis()).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
        assert_eq!(policy.pause(1, 0.0, Some(Duration::from_secs(7))).as_secs(), 7);
        assert_eq!(policy.pause(u32::MAX, 0.5, None).as_secs(), 10);
    }
}
