//! The queue of a lane, and the decision what to do with a query that failed after all retries.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::ErrorKind;
use crate::source::{AccountBatch, RetryPolicy};

/// Attempts for each page of a half of a split query. The whole query already used all its retries. The halves only
/// have to show which account fails.
const PART_ATTEMPTS: u32 = 3;

/// Maximum age of a page that proves that the service is available. A query that fails within this time has its own
/// cause.
const RECENT_PAGE: Duration = Duration::from_secs(15);

/// A query that waits or runs.
#[derive(Clone, Debug)]
pub(super) struct LaneQuery {
    pub(super) batch: AccountBatch,
    /// Time of the first start of this query, or of the query from which it was split.
    began: Option<Instant>,
    /// Whether it is a part of a split query.
    is_part: bool,
    /// Whether it is a part of the probe, which checks if the service answers at all.
    is_probe: bool,
}

impl LaneQuery {
    pub(super) fn new(batch: AccountBatch) -> Self {
        Self { batch, began: None, is_part: false, is_probe: false }
    }

    /// Returns the retry policy of this query. A part has fewer attempts and therefore the longest limit at once.
    pub(super) fn retry_policy(&self, policy: &RetryPolicy) -> RetryPolicy {
        if !self.is_part {
            return policy.clone();
        }
        policy.clone().with_attempts(policy.attempts.min(PART_ATTEMPTS)).with_limit_that_follows_latency(false)
    }

    fn part(&self, batch: AccountBatch, is_probe: bool) -> Self {
        Self { batch, began: self.began, is_part: true, is_probe }
    }
}

/// What to do with a query that failed after all retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryDecision {
    /// Its two halves were queued.
    Split,
    /// It was queued again, because the lane receives no pages at present.
    Postpone,
    /// Its accounts fail.
    FailAccounts,
    /// All accounts of the lane fail, because the lane received no page for too long.
    FailLane,
}

/// The waiting queries of a lane and the number of running ones.
///
/// If a query fails while other queries receive pages, one of its accounts causes the failure. The query is split in
/// halves until that account is alone. If no query receives pages, a bad account and an outage look the same. Then only
/// one query is split, as a probe, and the others are postponed: an outage delays the sweep but no account fails.
///
/// Postponed and split queries go to the end of the queue. They do not delay healthy queries, and the service has time
/// to recover.
#[derive(Debug, Default)]
pub(super) struct LaneQueue {
    queue: VecDeque<LaneQuery>,
    pub(super) running: usize,
    /// Start time of the last probe. It no longer counts when a page arrives after it.
    probe_started: Option<Instant>,
}

impl LaneQueue {
    pub(super) fn new(batches: &[AccountBatch]) -> Self {
        Self { queue: batches.iter().cloned().map(LaneQuery::new).collect(), ..Self::default() }
    }

    /// Takes the next query from the queue and counts it as running.
    pub(super) fn next(&mut self) -> Option<LaneQuery> {
        let mut query = self.queue.pop_front()?;
        // kept when the query is repeated, so that an outage is measured from its first start
        query.began.get_or_insert_with(Instant::now);
        self.running += 1;
        Some(query)
    }

    /// Takes all waiting queries from the queue.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = LaneQuery> {
        self.queue.drain(..)
    }

    /// Decides what to do with the failed `query`, and queues it or its halves if they are to be repeated.
    ///
    /// `last_page` is the time of the last page received in the lane. `outage` is the longest time without a page.
    pub(super) fn resolve_failure(
        &mut self,
        query: &LaneQuery,
        kind: ErrorKind,
        last_page: Option<Instant>,
        outage: Duration,
    ) -> QueryDecision {
        // an error that no retry ends cannot be an outage, even without a recent page
        let is_silent = kind.is_retryable() && last_page.is_none_or(|page| page.elapsed() >= RECENT_PAGE);
        let has_probe = self.probe_started.is_some_and(|start| last_page.is_none_or(|page| page < start));
        let is_probe = is_silent && (query.is_probe || !has_probe);
        // splitting makes more queries, which would make throttling worse
        let may_split = kind != ErrorKind::Throttled && (is_probe || !is_silent);
        if let Some((left, right)) = query.batch.halves().filter(|_| may_split) {
            if is_probe {
                self.probe_started = Some(Instant::now());
            }
            self.queue.extend([left, right].map(|half| query.part(half, is_probe)));
            return QueryDecision::Split;
        }
        if !is_silent {
            return QueryDecision::FailAccounts;
        }
        // the lane may have been idle before this query, so silence counts from its first start at the earliest
        let silent_since = query.began.max(last_page);
        if silent_since.is_none_or(|since| since.elapsed() >= outage) {
            return QueryDecision::FailLane;
        }
        // the outage used up the retries, so the query gets all of them again
        self.queue.push_back(LaneQuery { is_part: false, ..query.clone() });
        QueryDecision::Postpone
    }
}
