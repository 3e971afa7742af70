//! What waits in a lane, and what becomes of a query that failed for good: whose fault was it?

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::ErrorKind;
use crate::source::{AccountBatch, RetryPolicy};

/// Attempts for each page of a part of a query that failed for good: the patience was spent there, and what is left to find out is whose fault it is.
const ATTEMPTS_OF_PARTS: u32 = 3;

/// A page that came so recently proves that the service is there, and that a query fails for a reason of its own.
const PROOF: Duration = Duration::from_secs(15);

/// A query to be made.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) batch: AccountBatch,
    /// When it, or the query that it is a part of, was first made.
    began: Option<Instant>,
    is_part: bool,
    /// A part that was made to find out whether the service answers at all.
    is_probe: bool,
}

impl Job {
    pub(super) fn new(batch: AccountBatch) -> Self {
        Self { batch, began: None, is_part: false, is_probe: false }
    }

    /// How patiently it is made.
    pub(super) fn retry(&self, policy: &RetryPolicy) -> RetryPolicy {
        let attempts = if self.is_part { policy.attempts.min(ATTEMPTS_OF_PARTS) } else { policy.attempts };
        policy.clone().with_attempts(attempts)
    }

    fn part(&self, batch: AccountBatch, is_probe: bool) -> Self {
        Self { batch, began: self.began, is_part: true, is_probe }
    }
}

/// What becomes of a query that failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryDecision {
    /// Its halves are queued.
    Split,
    /// Nobody gets an answer just now: it is queued again.
    Again,
    /// Its accounts cannot be fetched.
    Failed,
    /// Nobody got an answer for too long.
    LaneIsOut,
}

/// What waits and runs in a lane.
///
/// A query that fails while others bring pages fails by its own fault: it is split in halves until the account that causes it stands alone. Without a
/// page from anybody, fault and outage look alike. Then only one query is split, as a probe, and the others are made again later, so that an outage
/// costs time and not reports. What is queued again goes to the end: what is well is not held up, and what fails has time to recover.
#[derive(Debug, Default)]
pub(super) struct LaneWork {
    queue: VecDeque<Job>,
    pub(super) running: usize,
    /// When the probe was made; void as soon as a page comes.
    probed: Option<Instant>,
}

impl LaneWork {
    pub(super) fn new(batches: &[AccountBatch]) -> Self {
        Self { queue: batches.iter().cloned().map(Job::new).collect(), ..Self::default() }
    }

    /// The next query.
    pub(super) fn next(&mut self) -> Option<Job> {
        let mut job = self.queue.pop_front()?;
        job.began.get_or_insert_with(Instant::now);
        self.running += 1;
        Some(job)
    }

    /// Everything that waits, taken out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Job> {
        self.queue.drain(..)
    }

    /// Says what becomes of `job`, and queues it or its halves. `last_page` is when the lane last brought a page, and `outage` how long it may bring none.
    pub(super) fn judge(
        &mut self,
        job: &Job,
        kind: ErrorKind,
        last_page: Option<Instant>,
        outage: Duration,
    ) -> QueryDecision {
        let is_dark = kind.is_retryable() && last_page.is_none_or(|page| page.elapsed() >= PROOF);
        let has_probe = self.probed.is_some_and(|made| last_page.is_none_or(|page| page < made));
        let is_probe = is_dark && (job.is_probe || !has_probe);
        // more queries would be the wrong answer to throttling
        let may_split = kind != ErrorKind::Throttled && (is_probe || !is_dark);
        if let Some((left, right)) = job.batch.halves().filter(|_| may_split) {
            if is_probe {
                self.probed = Some(Instant::now());
            }
            self.queue.extend([left, right].map(|half| job.part(half, is_probe)));
            return QueryDecision::Split;
        }
        if !is_dark {
            return QueryDecision::Failed;
        }
        let dark_since = job.began.max(last_page);
        if dark_since.is_none_or(|since| since.elapsed() >= outage) {
            return QueryDecision::LaneIsOut;
        }
        self.queue.push_back(Job { is_part: false, ..job.clone() });
        QueryDecision::Again
    }
}
