//! The call quota: one token bucket for each Region, charged for every attempt.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A token bucket that adapts its rate to the answers of the service.
///
/// Security Hub allows 3 GetFindings calls a second and bursts of 6 for an administrator account and Region. Other
/// tools use the same quota. Each throttled answer (HTTP 429) cuts the rate, and each success raises it by one step.
///
/// ```
/// use findings_core::source::Budget;
/// let budget = Budget::new(3.0, 6);
/// assert_eq!(budget.stats().calls, 0);
/// ```
#[derive(Debug)]
pub struct Budget {
    /// `None` for a source without a quota, for example a file.
    bucket: Option<Mutex<Bucket>>,
    /// Queue of waiting calls. Without it a later call could overtake and starve an earlier one.
    turn: tokio::sync::Mutex<()>,
    stats: Mutex<BudgetStats>,
    responses: Mutex<ResponseStats>,
}

/// Measurements of the answers of the service.
#[derive(Debug)]
struct ResponseStats {
    /// Moving average of the call duration over about eight answers, in seconds.
    latency: f64,
    /// Slowly falling maximum of the call duration, in seconds.
    slowest: f64,
    last_page: Option<Instant>,
}

/// Counters of a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetStats {
    /// Attempts, retries included.
    pub calls: u64,
    /// Attempts that the service throttled.
    pub throttled: u64,
    /// Sum of the time that attempts waited for their turn.
    pub waited: Duration,
}

#[derive(Debug)]
struct Bucket {
    /// Rate without throttling, in calls per second.
    full_rate: f64,
    /// Current rate, in calls per second.
    rate: f64,
    burst: f64,
    tokens: f64,
    refilled: Instant,
    /// End of the pause that the service requested with `Retry-After`.
    closed_until: Instant,
    last_cut: Option<Instant>,
    /// Number of calls that were sent and are not answered yet.
    in_flight: f64,
}

/// A call that is charged to a budget. It counts as in flight until it is dropped: keep it until the answer arrives.
#[derive(Debug)]
pub struct PaidCall<'b>(&'b Budget);

impl Drop for PaidCall<'_> {
    fn drop(&mut self) {
        if let Some(bucket) = &self.0.bucket {
            let mut bucket = lock(bucket);
            // first: until now, this call kept its place in the bucket
            bucket.refill(Instant::now());
            bucket.in_flight -= 1.0;
        }
    }
}

/// Factor applied to the rate when the service throttles. A factor of 0.5 would waste much of the quota when another
/// tool uses it only for a moment.
const THROTTLE_FACTOR: f64 = 0.7;
/// Part of the full rate that each success restores.
const RECOVERY_STEP: f64 = 0.02;
/// Lowest rate after cuts, in calls per second. It guarantees that a run ends.
const MIN_RATE: f64 = 0.2;
/// Longest `Retry-After` that is followed. A longer one is treated as a mistake of the sender.
const MAX_PAUSE: Duration = Duration::from_mins(5);
/// Shortest time between two cuts. Calls in flight are throttled together, which is one signal and not many.
const CUT_INTERVAL: Duration = Duration::from_secs(1);
/// Assumed call duration before the first answer, in seconds.
const INITIAL_LATENCY: f64 = 1.0;
/// Weight of one answer in the moving average of the call duration.
const LATENCY_WEIGHT: f64 = 1.0 / 8.0;
/// Assumed longest call duration before the first answer, in seconds.
const INITIAL_SLOWEST: f64 = 4.0;
/// Factor by which each answer lowers the maximum of the call duration.
const SLOWEST_FACTOR: f64 = 0.85;
/// A call that takes this many times as long as the slowest recent one hangs.
const HANGING: f64 = 4.0;
/// No call hangs before this time, however quick the others are.
const MIN_LIMIT: Duration = Duration::from_secs(5);
/// Queries in flight for a source without a quota: enough to keep the processors busy while some queries wait for the
/// disk or the network.
const UNLIMITED_IN_FLIGHT: u16 = 4;
/// Upper limit of queries in flight, because each query holds its findings in memory until it is done.
const MAX_IN_FLIGHT: u16 = 16;

impl Budget {
    /// Creates a budget of `rate` calls a second on average and `burst` calls at once.
    ///
    /// The service counts a call when it arrives, which can be later than it was sent. Therefore a call in flight keeps
    /// its place in the bucket until it is answered. One call of the burst stays in reserve, unless it is the only
    /// one: without it, a small difference between the clocks would exceed the quota.
    pub fn new(rate: f64, burst: u32) -> Self {
        let now = Instant::now();
        // `try_take` divides by the rate, and `Duration` panics on infinity
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
            in_flight: 0.0,
        };
        Self { bucket: Some(Mutex::new(bucket)), ..Self::unlimited() }
    }

    /// Creates a budget without a limit, for sources without a quota.
    pub fn unlimited() -> Self {
        Self {
            bucket: None,
            turn: tokio::sync::Mutex::default(),
            stats: Mutex::default(),
            responses: Mutex::new(ResponseStats {
                latency: INITIAL_LATENCY,
                slowest: INITIAL_SLOWEST,
                last_page: None,
            }),
        }
    }

    /// Returns the counters so far.
    pub fn stats(&self) -> BudgetStats {
        *lock(&self.stats)
    }

    /// Returns the number of concurrent queries needed to use the full rate at the measured latency.
    ///
    /// Each query has one call in flight. By Little's law this takes rate × latency queries, and one more that waits
    /// for its turn. At 3 calls a second this is 2 queries at 200 ms and 4 or 5 at 1 s. The maximum is 16.
    pub fn in_flight(&self) -> usize {
        let Some(bucket) = &self.bucket else { return usize::from(UNLIMITED_IN_FLIGHT) };
        let busy = lock(bucket).full_rate * lock(&self.responses).latency;
        usize::from((2..MAX_IN_FLIGHT).find(|n| f64::from(n - 1) >= busy).unwrap_or(MAX_IN_FLIGHT))
    }

    /// Returns the time after which a call takes much longer than calls usually do; `None` for a source without a quota,
    /// whose pages may take any time.
    pub(super) fn usual_limit(&self) -> Option<Duration> {
        self.bucket.as_ref()?;
        Some(Duration::from_secs_f64(lock(&self.responses).slowest * HANGING).max(MIN_LIMIT))
    }

    /// Returns the time of the last page received.
    pub(super) fn last_page(&self) -> Option<Instant> {
        lock(&self.responses).last_page
    }

    /// Waits for the turn of a call and charges it to the budget. Calls are served in the order of their requests.
    pub async fn pay(&self) -> PaidCall<'_> {
        let asked = Instant::now();
        if let Some(bucket) = &self.bucket {
            let _turn = self.turn.lock().await;
            // the braces release the lock on the bucket before the sleep; other calls report their answers meanwhile
            while let Some(wait) = { lock(bucket).try_take(Instant::now()) } {
                tokio::time::sleep(wait).await;
            }
        }
        let mut stats = lock(&self.stats);
        stats.calls += 1;
        stats.waited += asked.elapsed();
        PaidCall(self)
    }

    /// Records a throttled answer. `pause` is its `Retry-After`.
    pub fn throttled(&self, pause: Option<Duration>) {
        lock(&self.stats).throttled += 1;
        if let Some(bucket) = &self.bucket {
            lock(bucket).cut(Instant::now(), pause);
        }
    }

    /// Records a successful answer that took `took`.
    pub fn succeeded(&self, took: Duration) {
        {
            // the braces release this lock before the next: `in_flight` takes the two in the other order
            let mut responses = lock(&self.responses);
            responses.latency += (took.as_secs_f64() - responses.latency) * LATENCY_WEIGHT;
            responses.slowest = (responses.slowest * SLOWEST_FACTOR).max(took.as_secs_f64());
            responses.last_page = Some(Instant::now());
        }
        if let Some(bucket) = &self.bucket {
            let mut bucket = lock(bucket);
            bucket.rate = (bucket.rate + bucket.full_rate * RECOVERY_STEP).min(bucket.full_rate);
        }
    }
}

impl Bucket {
    /// Takes a token, or returns the time to wait before the next try.
    fn try_take(&mut self, now: Instant) -> Option<Duration> {
        self.refill(now);
        if now < self.closed_until {
            return Some(self.closed_until - now);
        }
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.in_flight += 1.0;
            return None;
        }
        // a timer can fire slightly early; the minimum keeps the caller from spinning on the rest
        Some(Duration::from_secs_f64((1.0 - self.tokens) / self.rate).max(Duration::from_millis(1)))
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        // The service takes a token only when a call arrives. Until then its bucket can be full and earns no tokens, so
        // this bucket must not earn any either. One token is always possible: otherwise slow answers would stop all
        // calls.
        let capacity = (self.burst - self.in_flight).max(1.0);
        self.tokens = (self.tokens + elapsed * self.rate).min(capacity.max(self.tokens));
        self.refilled = now;
    }

    fn cut(&mut self, now: Instant, pause: Option<Duration>) {
        self.refill(now);
        // a throttled call shows that the service's bucket is empty, so saved tokens are worthless
        self.tokens = self.tokens.min(0.0);
        if let Some(pause) = pause {
            // a shorter `Retry-After` of another call must not end this pause
            self.closed_until = self.closed_until.max(now + pause.min(MAX_PAUSE));
        }
        if self.last_cut.is_none_or(|last| now.saturating_duration_since(last) >= CUT_INTERVAL) {
            // a budget can be set to less than the minimum
            self.rate = (self.rate * THROTTLE_FACTOR).max(MIN_RATE.min(self.full_rate));
            self.last_cut = Some(now);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // a poisoned lock is safe to use: a panic cannot leave these numbers half written
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
    async fn burst_is_followed_by_steady_rate() {
        let times = times(&Budget::new(2.0, 4), 7).await;
        assert_eq!(times[..3], [0, 0, 0], "one call of the burst is kept in reserve");
        for (pause, pair) in times[2..].windows(2).map(|w| (w[1] - w[0], w)) {
            assert!((500..=502).contains(&pause), "{pair:?}");
        }
    }

    /// The simulated service counts a call when it arrives, after a random delay.
    #[tokio::test(start_paused = true)]
    async fn network_delays_do_not_exceed_quota() {
        for seed in 0..50 {
            let budget = Arc::new(Budget::new(3.0, 6));
            let (mut random, service) =
                (fastrand::Rng::with_seed(seed), Arc::new(Mutex::new((6.0_f64, Instant::now()))));
            let (mut calls, in_flight) = (tokio::task::JoinSet::new(), Arc::new(tokio::sync::Semaphore::new(4)));
            // the first calls are the slowest because they open connections
            for slow in [2_000; 5].into_iter().chain([400; 55]) {
                let (budget, service, delay) = (budget.clone(), service.clone(), random.u64(0..slow));
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
    async fn waiting_calls_run_in_order() {
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
    async fn throttling_cuts_rate_and_success_restores_it() {
        let budget = Budget::new(10.0, 1);
        times(&budget, 3).await;
        budget.throttled(Some(Duration::from_secs(2)));
        budget.throttled(None);
        let slow = times(&budget, 2).await;
        assert!(slow[0] >= 2000, "the budget ignored Retry-After: {slow:?}");
        let pause = slow[1] - slow[0];
        assert!((140..=150).contains(&pause), "two cuts at once must lower the rate once, to 7 a second: {pause}");
        (0..100).for_each(|_| budget.succeeded(Duration::from_millis(200)));
        times(&budget, 1).await;
        assert_eq!(times(&budget, 1).await, [100]);
        assert_eq!(budget.stats().throttled, 2);
    }

    #[test]
    fn queries_in_flight_follow_latency() {
        let at = |rate: f64, millis: u64| {
            let budget = Budget::new(rate, 6);
            (0..100).for_each(|_| budget.succeeded(Duration::from_millis(millis)));
            budget.in_flight()
        };
        assert_eq!([at(3.0, 0), at(3.0, 200), at(3.0, 900), at(3.0, 1_100), at(3.0, 60_000)], [2, 2, 4, 5, 16]);
        assert_eq!([at(0.1, 200), at(100.0, 95)], [2, 11]);
        assert_eq!(Budget::new(3.0, 6).in_flight(), 4, "the assumed latency is one second");
    }

    #[tokio::test(start_paused = true)]
    async fn unlimited_budget_never_waits() {
        assert_eq!(times(&Budget::unlimited(), 1000).await.last(), Some(&0));
    }
}
