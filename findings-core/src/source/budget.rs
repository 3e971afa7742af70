//! The quota: one token bucket for each Region, from which every attempt pays.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A token bucket that learns. Security Hub allows 3 GetFindings calls a second and bursts of 6 for a whole administrator account and Region, other
/// tools included: on a 429 the rate is cut, and with every success it comes back a step.
///
/// ```
/// use findings_core::source::Budget;
/// let budget = Budget::new(3.0, 6);
/// assert_eq!(budget.stats().calls, 0);
/// ```
#[derive(Debug)]
pub struct Budget {
    /// `None`: no limit, as for a file.
    bucket: Option<Mutex<Bucket>>,
    /// Who waits, in order: without it a late call could overtake and starve an early one.
    turn: tokio::sync::Mutex<()>,
    stats: Mutex<BudgetStats>,
    answers: Mutex<Answers>,
}

/// What answers tell of the service.
#[derive(Debug)]
struct Answers {
    /// How long a call takes, seconds: a moving average over some eight answers.
    latency: f64,
    last_page: Option<Instant>,
}

/// What a budget was used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetStats {
    /// Attempts that paid, retries included.
    pub calls: u64,
    /// Attempts that were answered with throttling.
    pub throttled: u64,
    /// Time that attempts waited for their turn, summed.
    pub waited: Duration,
}

#[derive(Debug)]
struct Bucket {
    full_rate: f64,
    rate: f64,
    burst: f64,
    tokens: f64,
    refilled: Instant,
    closed_until: Instant,
    last_cut: Option<Instant>,
    /// Calls that have left and are not answered.
    under_way: f64,
}

/// A call that is paid for. It counts as under way until it is dropped: keep it until the answer is there.
#[derive(Debug)]
pub struct PaidCall<'b>(&'b Budget);

impl Drop for PaidCall<'_> {
    fn drop(&mut self) {
        if let Some(bucket) = &self.0.bucket {
            let mut bucket = lock(bucket);
            bucket.refill(Instant::now());
            bucket.under_way -= 1.0;
        }
    }
}

/// Part of the rate that a cut leaves. Half would waste much of a quota that is only shared for a moment.
const CUT: f64 = 0.7;
/// Part of the full rate that a success brings back.
const STEP: f64 = 0.02;
/// Calls a second that are never gone below, so that a run ends some day.
const FLOOR: f64 = 0.2;
/// A `Retry-After` beyond this is a mistake of the sender.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// Calls in flight are throttled together: that is one signal, not many.
const ONE_SIGNAL: Duration = Duration::from_secs(1);
/// What a call is thought to take before one is answered, seconds.
const FIRST_GUESS: f64 = 1.0;
/// Weight of an answer in the average.
const WEIGHT: f64 = 1.0 / 8.0;
/// Queries in flight without a quota: enough to keep the processors busy while others wait for the disk or the network.
const UNPACED: u16 = 4;
/// Queries in flight are never more than this, however slow the answers: each holds its findings in memory until it is done.
const MOST: u16 = 16;

impl Budget {
    /// `rate` calls a second on average, `burst` at once.
    ///
    /// The service counts a call when it arrives, which may be later than it left: until it is answered, nothing is saved up in its place. One call of
    /// the burst is kept back besides, because a bucket used to its last drop is overdrawn by the first difference between two clocks.
    pub fn new(rate: f64, burst: u32) -> Self {
        let now = Instant::now();
        let rate = rate.max(0.01);
        let burst = f64::from(burst.saturating_sub(1).max(1));
        let bucket = Bucket {
            full_rate: rate,
            rate,
            burst,
            tokens: burst,
            refilled: now,
            closed_until: now,
            last_cut: None,
            under_way: 0.0,
        };
        Self { bucket: Some(Mutex::new(bucket)), ..Self::unlimited() }
    }

    /// No limit, for sources without a quota.
    pub fn unlimited() -> Self {
        Self {
            bucket: None,
            turn: tokio::sync::Mutex::default(),
            stats: Mutex::default(),
            answers: Mutex::new(Answers { latency: FIRST_GUESS, last_page: None }),
        }
    }

    /// What it was used for so far.
    pub fn stats(&self) -> BudgetStats {
        *lock(&self.stats)
    }

    /// Queries that have to be under way so that slow answers do not keep calls below the rate, and no more: each query has one call in flight, so by
    /// Little's law rate × latency of them, and one that stands by for its turn. 2 at 3 calls a second and 200 ms, 4 or 5 at 1 s, 16 at the most.
    pub fn in_flight(&self) -> usize {
        let Some(bucket) = &self.bucket else { return usize::from(UNPACED) };
        let busy = lock(bucket).full_rate * lock(&self.answers).latency;
        usize::from((2..MOST).find(|n| f64::from(n - 1) >= busy).unwrap_or(MOST))
    }

    /// When a page last came.
    pub(super) fn last_page(&self) -> Option<Instant> {
        lock(&self.answers).last_page
    }

    /// Waits for a call's turn and pays for it. Calls are served in the order in which they ask.
    pub async fn pay(&self) -> PaidCall<'_> {
        let asked = Instant::now();
        if let Some(bucket) = &self.bucket {
            let _turn = self.turn.lock().await;
            // the lock on the bucket must not be held while waiting, so the wait is computed in a statement of its own
            while let Some(wait) = { lock(bucket).try_take(Instant::now()) } {
                tokio::time::sleep(wait).await;
            }
        }
        let mut stats = lock(&self.stats);
        stats.calls += 1;
        stats.waited += asked.elapsed();
        PaidCall(self)
    }

    /// Learns from an answer that was throttled; `pause` is the `Retry-After` of the answer.
    pub fn throttled(&self, pause: Option<Duration>) {
        lock(&self.stats).throttled += 1;
        if let Some(bucket) = &self.bucket {
            lock(bucket).cut(Instant::now(), pause);
        }
    }

    /// Learns from an answer that was not, and that took so long.
    pub fn succeeded(&self, took: Duration) {
        {
            let mut answers = lock(&self.answers);
            answers.latency += (took.as_secs_f64() - answers.latency) * WEIGHT;
            answers.last_page = Some(Instant::now());
        }
        if let Some(bucket) = &self.bucket {
            let mut bucket = lock(bucket);
            bucket.rate = (bucket.rate + bucket.full_rate * STEP).min(bucket.full_rate);
        }
    }
}

impl Bucket {
    /// Takes a token, or says how long to wait before asking again.
    fn try_take(&mut self, now: Instant) -> Option<Duration> {
        self.refill(now);
        if now < self.closed_until {
            return Some(self.closed_until - now);
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.under_way += 1.0;
            return None;
        }
        // a timer may fire a hair early, and then the rest is waited for again
        Some(Duration::from_secs_f64((1.0 - self.tokens) / self.rate).max(Duration::from_millis(1)))
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        // a call that has not arrived leaves the service's bucket fuller than ours, and what overflows there is not earned; one is always let through,
        // so that answers slower than the burst do not stop everything
        let most = (self.burst - self.under_way).max(1.0);
        self.tokens = (self.tokens + elapsed * self.rate).min(most.max(self.tokens));
        self.refilled = now;
    }

    fn cut(&mut self, now: Instant, pause: Option<Duration>) {
        self.refill(now);
        self.tokens = self.tokens.min(0.0);
        if let Some(pause) = pause {
            self.closed_until = self.closed_until.max(now + pause.min(LONGEST_PAUSE));
        }
        if self.last_cut.is_none_or(|last| now.saturating_duration_since(last) >= ONE_SIGNAL) {
            self.rate = (self.rate * CUT).max(FLOOR.min(self.full_rate));
            self.last_cut = Some(now);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // numbers are whole at any moment, so a panic elsewhere cannot have broken them
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn times(budget: &Budget, calls: usize) -> Vec<u128> {
        let start = Instant::now();
        let mut times = Vec::new();
        for _ in 0..calls {
            budget.pay().await;
            times.push(start.elapsed().as_millis());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_and_then_the_rate() {
        let times = times(&Budget::new(2.0, 4), 7).await;
        assert_eq!(times[..3], [0, 0, 0], "one of the burst is kept back");
        for (pause, pair) in times[2..].windows(2).map(|w| (w[1] - w[0], w)) {
            assert!((500..=502).contains(&pause), "{pair:?}");
        }
    }

    /// A service that counts calls when they arrive, each later than it left by a chance of its own.
    #[tokio::test(start_paused = true)]
    async fn delays_on_the_way_do_not_overdraw_the_services_bucket() {
        for seed in 0..50 {
            let budget = Arc::new(Budget::new(3.0, 6));
            let (mut chance, service) =
                (fastrand::Rng::with_seed(seed), Arc::new(Mutex::new((6.0_f64, Instant::now()))));
            let (mut calls, in_flight) = (tokio::task::JoinSet::new(), Arc::new(tokio::sync::Semaphore::new(4)));
            // the first calls have to connect and are the slowest
            for slow in [2_000; 5].into_iter().chain([400; 55]) {
                let (budget, service, delay) = (budget.clone(), service.clone(), chance.u64(0..slow));
                let in_flight = in_flight.clone();
                calls.spawn(async move {
                    let _turn = in_flight.acquire().await.unwrap();
                    let _call = budget.pay().await;
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                    let left = {
                        let mut service = lock(&service);
                        let left = (service.0 + 3.0 * service.1.elapsed().as_secs_f64()).min(6.0) - 1.0;
                        *service = (left, Instant::now());
                        left
                    };
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    left
                });
            }
            let left = calls.join_all().await;
            assert!(left.iter().all(|left| *left >= 0.0), "seed {seed}: {left:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_calls_are_served_in_order() {
        let budget = Arc::new(Budget::new(10.0, 1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let calls = (0..20).map(|n| {
            let (budget, order) = (budget.clone(), order.clone());
            async move {
                budget.pay().await;
                lock(&order).push(n);
            }
        });
        futures::future::join_all(calls).await;
        assert_eq!(*lock(&order), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_slows_down_and_success_brings_back() {
        let budget = Budget::new(10.0, 1);
        times(&budget, 3).await;
        budget.throttled(Some(Duration::from_secs(2)));
        budget.throttled(None);
        let slow = times(&budget, 2).await;
        assert!(slow[0] >= 2000, "Retry-After is honoured: {slow:?}");
        let pause = slow[1] - slow[0];
        assert!((140..=150).contains(&pause), "cut once to 7 a second, not twice: {pause}");
        (0..100).for_each(|_| budget.succeeded(Duration::from_millis(200)));
        times(&budget, 1).await;
        assert_eq!(times(&budget, 1).await, [100]);
        assert_eq!(budget.stats().throttled, 2);
    }

    #[test]
    fn queries_in_flight_follow_the_latency() {
        let at = |rate: f64, millis: u64| {
            let budget = Budget::new(rate, 6);
            (0..100).for_each(|_| budget.succeeded(Duration::from_millis(millis)));
            budget.in_flight()
        };
        assert_eq!([at(3.0, 0), at(3.0, 200), at(3.0, 900), at(3.0, 1_100), at(3.0, 60_000)], [2, 2, 4, 5, 16]);
        assert_eq!([at(0.1, 200), at(100.0, 95)], [2, 11]);
        assert_eq!(Budget::new(3.0, 6).in_flight(), 4, "as if a call took a second, before one is answered");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        assert_eq!(times(&Budget::unlimited(), 1000).await.last(), Some(&0));
    }
}
