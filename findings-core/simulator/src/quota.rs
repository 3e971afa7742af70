//! Token buckets that limit the calls per second of the simulated account.

use std::collections::HashMap;

use tokio::time::Instant;

use super::operation::Operation;

/// The settings of a token bucket: calls per second, and calls at once after a pause (burst).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    rate: f64,
    burst: f64,
}

impl Quota {
    /// AWS: GetFindings, 3 calls per second, burst of 6, for each account and Region.
    pub const GET_FINDINGS: Self = Self { rate: 3.0, burst: 6.0 };
    /// AWS: each other operation, 10 calls per second, burst of 30, for each account and Region.
    pub const OTHER_OPERATIONS: Self = Self { rate: 10.0, burst: 30.0 };

    /// Creates a quota of `rate` calls per second and `burst` calls at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        Self { rate: rate.max(0.0), burst: f64::from(burst) }
    }
}

/// Tolerance for rounding errors of tokens: at 3 calls per second, three thirds of a second must give 3 tokens.
const ROUNDING: f64 = 1e-6;

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
    /// Calls per second that another client of the same account makes.
    others: f64,
}

impl Bucket {
    fn fill(&mut self, quota: Quota, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        let rate = (quota.rate - self.others).max(0.0);
        self.tokens = (self.tokens + elapsed * rate).min(quota.burst);
        self.filled = now.max(self.filled);
    }
}

/// All buckets, one per Region and operation.
#[derive(Debug)]
pub(super) struct Quotas {
    get_findings: Option<Quota>,
    other_operations: Option<Quota>,
    buckets: HashMap<(String, Operation), Bucket>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            get_findings: Some(Quota::GET_FINDINGS),
            other_operations: Some(Quota::OTHER_OPERATIONS),
            buckets: HashMap::new(),
        }
    }
}

impl Quotas {
    pub(super) fn set_get_findings(&mut self, quota: Option<Quota>) {
        self.get_findings = quota;
    }

    pub(super) fn set_other_operations(&mut self, quota: Option<Quota>) {
        self.other_operations = quota;
    }

    /// Returns whether the bucket admits a call, and takes its token.
    pub(super) fn admit(&mut self, region: &str, operation: Operation, now: Instant) -> bool {
        let Some(bucket) = self.filled_bucket(region, operation, now) else {
            return true;
        };
        if bucket.tokens + ROUNDING < 1.0 {
            return false;
        }
        // the tolerance may have admitted the call for slightly less than a token
        bucket.tokens = (bucket.tokens - 1.0).max(0.0);
        true
    }

    /// Takes up to `calls` GetFindings tokens, as a burst of another client would.
    pub(super) fn take(&mut self, region: &str, calls: u32, now: Instant) {
        if let Some(bucket) = self.filled_bucket(region, Operation::GetFindings, now) {
            bucket.tokens = (bucket.tokens - f64::from(calls)).max(0.0);
        }
    }

    /// Reserves `rate` GetFindings calls per second for another client from now on.
    pub(super) fn share(&mut self, region: &str, rate: f64, now: Instant) {
        if let Some(bucket) = self.filled_bucket(region, Operation::GetFindings, now) {
            bucket.others = rate.max(0.0);
        }
    }

    fn filled_bucket(&mut self, region: &str, operation: Operation, now: Instant) -> Option<&mut Bucket> {
        let quota = match operation {
            Operation::GetFindings => self.get_findings,
            // of other services, with quotas of their own
            Operation::AssumeRole | Operation::ListAccounts => None,
            _ => self.other_operations,
        }?;
        let bucket = self.buckets.entry((region.to_owned(), operation)).or_insert(Bucket {
            tokens: quota.burst,
            filled: now,
            others: 0.0,
        });
        bucket.fill(quota, now);
        Some(bucket)
    }
}
