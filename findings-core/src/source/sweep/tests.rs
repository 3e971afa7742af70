use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;

use super::*;
use crate::memory::MemorySource;
use crate::source::{AccountBatch, Budget, FindingsSource, Page, PageRequest};
use crate::{Error, Result};

#[cfg(feature = "testing")]
mod combined;

fn account(n: usize) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

fn finding(account: AccountId, id: usize) -> Finding {
    Finding::new(account, format!("{account}/{id}"))
}

fn targets(of: &[&[usize]]) -> Vec<SweepTarget> {
    of.iter().map(|accounts| SweepTarget { accounts: accounts.iter().map(|n| account(*n)).collect() }).collect()
}

async fn run(sweep: &Sweep, targets: Vec<SweepTarget>) -> (Vec<TargetFindings>, SweepStats) {
    let mut stream = sweep.start(targets);
    let mut done = Vec::new();
    while let Some(target) = stream.next().await {
        done.push(target);
    }
    done.sort_by_key(|t| t.index);
    (done, stream.stats())
}

fn ids(target: &TargetFindings) -> HashSet<String> {
    target.accounts.iter().flat_map(|a| a.findings.to_vec().unwrap()).map(|f| f.id.to_string()).collect()
}

/// Fails every query that contains one of certain accounts.
#[derive(Debug)]
struct FailingSource {
    inner: MemorySource,
    failing: Vec<AccountId>,
    kind: ErrorKind,
    queries: Mutex<usize>,
}

#[async_trait::async_trait]
impl FindingsSource for FailingSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        *self.queries.lock().unwrap() += 1;
        if self.failing.iter().any(|a| request.query.accounts.contains(*a)) {
            return Err(Error::new(self.kind, "fetch a page").with_message("the account always fails"));
        }
        self.inner.page(request).await
    }
}

fn lane(source: impl FindingsSource) -> Lane {
    Lane::new("test", Arc::new(source), Budget::unlimited())
}

#[tokio::test]
async fn targets_share_queries_and_fetch_each_account_once() {
    let findings = (0..50).flat_map(|a| (0..3).map(move |i| finding(account(a), i))).collect();
    let sweep = Sweep::new(vec![lane(MemorySource::new(findings))]);
    let every: Vec<usize> = (0..50).collect();
    let (done, stats) = run(&sweep, targets(&[&every[..25], &every[20..], &[], &[7, 7]])).await;
    let sizes: Vec<_> = done.iter().map(|t| ids(t).len()).collect();
    assert_eq!(sizes, [75, 90, 0, 3]);
    assert_eq!(stats.findings, 150);
    assert_eq!(stats.calls, 3, "50 accounts must take 3 queries of at most 20 accounts and one page each");
}

#[tokio::test]
async fn failing_account_leaves_other_accounts_complete() {
    let findings: Vec<_> = (0..20).map(|a| finding(account(a), 0)).collect();
    let source = FailingSource {
        inner: MemorySource::new(findings),
        failing: vec![account(13)],
        kind: ErrorKind::Malformed,
        queries: Mutex::default(),
    };
    let all: Vec<usize> = (0..20).collect();
    let (done, stats) = run(&Sweep::new(vec![lane(source)]), targets(&[&all])).await;
    let failed: Vec<_> = done[0].accounts.iter().filter(|a| !a.is_complete()).map(|a| a.account).collect();
    assert_eq!(failed, [account(13)]);
    assert_eq!(ids(&done[0]).len(), 19);
    assert!(stats.calls <= 11, "splitting must take at most two queries on each of log₂ 20 levels: {}", stats.calls);
}

#[tokio::test(start_paused = true)]
async fn region_wide_error_fails_lane_after_three_attempts_without_split() {
    for kind in [ErrorKind::NotEnabled, ErrorKind::PermissionDenied, ErrorKind::Unauthenticated] {
        let source = FailingSource {
            inner: MemorySource::new(vec![]),
            failing: vec![account(1)],
            kind,
            queries: Mutex::default(),
        };
        let many: Vec<usize> = (0..200).collect();
        let healthy = Lane::new("healthy", Arc::new(MemorySource::new(vec![])), Budget::unlimited());
        let sweep = Sweep::new(vec![lane(source), healthy]).with_in_flight(1);
        let (done, stats) = run(&sweep, targets(&[&many])).await;
        for account in &done[0].accounts {
            let failed: Vec<_> = account.failures.iter().map(|f| (f.lane.as_str(), f.kind)).collect();
            assert_eq!(failed, [("test", kind)]);
        }
        assert_eq!(stats.calls, 3 + 10, "the other lane goes on");
        let look_up = sweep.look_up(AccountBatch::new(vec![account(1)]).unwrap(), vec!["x".into()]).await.unwrap();
        assert_eq!(look_up.failure.unwrap().kind(), kind);
        assert_eq!(sweep.lanes[0].budget().stats().calls, 4, "a lane that is refused for good is asked once");
    }
}

/// Treats its calls, which are numbered from 1, as the function says; then answers.
struct TroubledSource<F> {
    inner: MemorySource,
    calls: Mutex<usize>,
    trouble: F,
}

impl<F> std::fmt::Debug for TroubledSource<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TroubledSource")
    }
}

impl<F> TroubledSource<F> {
    fn new(inner: MemorySource, trouble: F) -> Self {
        Self { inner, calls: Mutex::default(), trouble }
    }
}

/// The time until a call is answered, or the error of its answer.
type Trouble = Result<Duration, ErrorKind>;

#[async_trait::async_trait]
impl<F: Fn(usize) -> Trouble + Send + Sync + 'static> FindingsSource for TroubledSource<F> {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let call = {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        match (self.trouble)(call) {
            Ok(latency) => tokio::time::sleep(latency).await,
            Err(kind) => return Err(Error::new(kind, "fetch a page")),
        }
        self.inner.page(request).await
    }
}

const QUICK: Trouble = Ok(Duration::from_millis(200));

#[tokio::test(start_paused = true)]
async fn refusal_that_passes_costs_nothing() {
    for kind in [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied, ErrorKind::NotEnabled] {
        for refused in [1..=1, 15..=15, 15..=16, 20..=20, 1..=2] {
            let (targets, findings) = targets_of_400_accounts();
            let refusals = refused.clone().count() as u64;
            let trouble = move |call| if refused.contains(&call) { Err(kind) } else { QUICK };
            let source = Arc::new(TroubledSource::new(findings, trouble));
            // one query at a time, so that all refusals are of the same page
            let sweep = Sweep::new(vec![Lane::new("test", source, Budget::new(3.0, 6))]).with_in_flight(1);
            let (done, stats) = run(&sweep, targets).await;
            assert!(done[0].accounts.iter().all(|a| a.is_complete()), "{kind:?}");
            assert_eq!((stats.calls, stats.retried, ids(&done[0]).len()), (20 + refusals, refusals, 400));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_answer_is_asked_for_again_soon() {
    for hanging in [1, 10, 20] {
        let (targets, findings) = targets_of_400_accounts();
        let trouble = move |call| if call == hanging { Ok(Duration::from_hours(1)) } else { QUICK };
        let source = Arc::new(TroubledSource::new(findings, trouble));
        let sweep = Sweep::new(vec![Lane::new("test", source, Budget::new(3.0, 6))]);
        let began = tokio::time::Instant::now();
        let (done, stats) = run(&sweep, targets).await;
        assert!(done[0].accounts.iter().all(|a| a.is_complete()));
        assert_eq!((stats.calls, stats.retried), (21, 1), "call {hanging}: the second call is paid, too");
        assert!(began.elapsed() < Duration::from_secs(20), "call {hanging}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn service_that_becomes_slow_is_waited_for() {
    for (latency, most) in [(20, 60), (45, 80)] {
        let (targets, findings) = targets_of_400_accounts();
        let trouble = move |call| if call > 10 { Ok(Duration::from_secs(latency)) } else { QUICK };
        let source = Arc::new(TroubledSource::new(findings, trouble));
        let sweep = Sweep::new(vec![Lane::new("test", source, Budget::new(3.0, 6))]);
        let (done, stats) = run(&sweep, targets).await;
        assert!(done[0].accounts.iter().all(|a| a.is_complete()), "{latency} s");
        assert!(stats.calls <= most, "{latency} s: {} calls", stats.calls);
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_call_times_out() {
    #[derive(Debug)]
    struct Hanging;
    #[async_trait::async_trait]
    impl FindingsSource for Hanging {
        async fn page(&self, _: &PageRequest) -> Result<Page> {
            std::future::pending().await
        }
    }
    let retry =
        RetryPolicy::default().with_attempts(2).with_attempt_limit(Duration::from_secs(5)).with_outage(Duration::ZERO);
    let sweep = Sweep::new(vec![lane(Hanging)]).with_retry(retry);
    let (done, stats) = run(&sweep, targets(&[&[1]])).await;
    assert_eq!(done[0].accounts[0].failures[0].kind, ErrorKind::Timeout);
    assert_eq!((stats.calls, stats.retried), (2, 1));
}

#[tokio::test]
async fn panic_in_source_fails_only_accounts_of_its_query() {
    #[derive(Debug)]
    struct Panicking(MemorySource);
    #[async_trait::async_trait]
    impl FindingsSource for Panicking {
        async fn page(&self, request: &PageRequest) -> Result<Page> {
            assert!(!request.query.accounts.contains(account(2)), "a bug");
            self.0.page(request).await
        }
    }
    let source = Panicking(MemorySource::new(vec![finding(account(1), 0)]));
    let (done, _) = run(&Sweep::new(vec![lane(source)]), targets(&[&[1], &[2]])).await;
    assert!(done[0].accounts[0].is_complete() && !done[1].accounts[0].is_complete());
}

#[tokio::test]
async fn merge_of_regions_keeps_newest_version() {
    let version = |at: &str| {
        let mut f = finding(account(1), 0);
        f.updated_at = at.parse().ok();
        f
    };
    let old = MemorySource::new(vec![version("2026-01-01T00:00:00Z"), finding(account(1), 1)]);
    let new = MemorySource::new(vec![version("2026-02-01T00:00:00Z")]);
    let (done, _) = run(&Sweep::new(vec![lane(new), lane(old)]), targets(&[&[1]])).await;
    let merged = &done[0].accounts[0];
    assert_eq!((merged.received, merged.findings.len(), merged.duplicates), (3, 2, 1));
    let kept = merged.findings.to_vec().unwrap().into_iter().find(|f| f.id.ends_with("/0")).unwrap();
    assert_eq!(kept.updated_at, "2026-02-01T00:00:00Z".parse().ok());
}

#[tokio::test]
async fn record_without_account_is_counted_once_and_makes_every_account_incomplete() {
    let unattributed = RejectedRecord::new("line 7: not JSON");
    let attributed = RejectedRecord::new("no Id").of_account(account(1));
    let source = MemorySource::new(vec![finding(account(1), 0)]).with_rejected(vec![unattributed.clone(), attributed]);
    let all: Vec<usize> = (0..60).collect();
    let (done, stats) = run(&Sweep::new(vec![lane(source)]), targets(&[&all])).await;
    assert_eq!(stats.unattributed, [unattributed]);
    assert!(done[0].accounts.iter().all(|a| !a.is_complete()));
    let rejected: Vec<_> = done[0].accounts.iter().map(|a| a.rejected.len()).collect();
    assert_eq!(rejected[..3], [1, 2, 1], "account 1 must have a second record, its own");
}

/// Answers as a file does that is cut, in pages of one finding.
#[derive(Debug)]
struct CutSource(MemorySource, Arc<Mutex<usize>>);

#[async_trait::async_trait]
impl FindingsSource for CutSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        *self.1.lock().unwrap() += 1;
        let page = self.0.page(request).await?;
        if page.next.is_some() {
            return Ok(page);
        }
        Ok(page.with_cut("the list is cut").with_inventory(vec![(account(1), Some("eu-west-1".into()))]))
    }
}

#[tokio::test]
async fn cut_list_makes_every_account_incomplete_and_keeps_what_was_read() {
    let calls = Arc::new(Mutex::new(0));
    let source = MemorySource::new((0..3).map(|id| finding(account(1), id)).collect());
    let sweep = Sweep::new(vec![lane(CutSource(source, calls.clone()))]).with_page_size(PageSize::new(1).unwrap());
    let (done, stats) = run(&sweep, targets(&[&[1, 2]])).await;
    assert_eq!((*calls.lock().unwrap(), stats.retried), (3, 0), "a cut page must not be asked for again");
    for found in &done[0].accounts {
        assert!(!found.is_complete(), "{found:?}");
        let failure = &found.failures[0];
        assert_eq!((failure.lane.as_str(), failure.message.as_str()), ("test", "the list is cut"));
    }
    assert_eq!(done[0].accounts[0].findings.len(), 3);
    let regions: Vec<_> = done[0].accounts.iter().map(|a| a.regions_with_records.as_ref().unwrap().len()).collect();
    assert_eq!(regions, [1, 0]);
}

#[tokio::test]
async fn dropped_stream_stops_sweep() {
    #[derive(Debug)]
    struct CountingSource(Arc<Mutex<usize>>);
    #[async_trait::async_trait]
    impl FindingsSource for CountingSource {
        async fn page(&self, _: &PageRequest) -> Result<Page> {
            *self.0.lock().unwrap() += 1;
            tokio::task::yield_now().await;
            Ok(Page::default())
        }
    }
    let calls = Arc::new(Mutex::new(0));
    let many: Vec<usize> = (0..2000).collect();
    let one_each: Vec<SweepTarget> = many.iter().map(|n| SweepTarget { accounts: vec![account(*n)] }).collect();
    let mut stream = Sweep::new(vec![lane(CountingSource(calls.clone()))]).with_in_flight(1).start(one_each);
    stream.next().await;
    drop(stream);
    tokio::task::yield_now().await;
    let after = *calls.lock().unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(*calls.lock().unwrap() <= after && after < 100, "{after} calls before the drop");
}

#[tokio::test(start_paused = true)]
async fn throttled_query_is_retried_and_never_split() {
    /// Throttles every call before the one with the given number, counted from 1.
    #[derive(Debug)]
    struct ThrottlingSource(Mutex<u32>);
    #[async_trait::async_trait]
    impl FindingsSource for ThrottlingSource {
        async fn page(&self, _: &PageRequest) -> Result<Page> {
            let mut left = self.0.lock().unwrap();
            *left = left.saturating_sub(1);
            if *left > 0 { Err(Error::new(ErrorKind::Throttled, "fetch a page")) } else { Ok(Page::default()) }
        }
    }
    let few = RetryPolicy::default().with_attempts(2);
    let sweep = |calls| Sweep::new(vec![lane(ThrottlingSource(Mutex::new(calls)))]).with_retry(few.clone());
    let (done, stats) = run(&sweep(50), targets(&[&[1, 2]])).await;
    assert!(done[0].accounts.iter().all(|a| a.is_complete()));
    assert_eq!((stats.calls, stats.throttled), (50, 49));
    let (done, stats) = run(&sweep(u32::MAX), targets(&[&[1, 2]])).await;
    assert!(done[0].accounts.iter().all(|a| a.failures[0].kind == ErrorKind::Throttled));
    assert!([60, 120].contains(&stats.calls), "the query was split: {}", stats.calls);
}

/// Answers after `latency`, and fails during `outage`, given in seconds since the start.
#[derive(Debug)]
struct UnstableSource {
    inner: MemorySource,
    latency: Duration,
    outage: std::ops::Range<u64>,
    began: tokio::time::Instant,
    calls: Mutex<Vec<Duration>>,
}

impl UnstableSource {
    fn new(inner: MemorySource, latency: Duration, outage: std::ops::Range<u64>) -> Arc<Self> {
        Arc::new(Self { inner, latency, outage, began: tokio::time::Instant::now(), calls: Mutex::default() })
    }
}

#[async_trait::async_trait]
impl FindingsSource for UnstableSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        self.calls.lock().unwrap().push(self.began.elapsed());
        tokio::time::sleep(self.latency).await;
        if self.outage.contains(&self.began.elapsed().as_secs()) {
            return Err(Error::new(ErrorKind::Unavailable, "fetch a page"));
        }
        self.inner.page(request).await
    }
}

/// 400 accounts, one finding each.
fn targets_of_400_accounts() -> (Vec<SweepTarget>, MemorySource) {
    let every: Vec<usize> = (0..400).collect();
    (targets(&[&every]), MemorySource::new(every.iter().map(|a| finding(account(*a), 0)).collect()))
}

#[tokio::test(start_paused = true)]
async fn outage_of_minutes_fails_no_account() {
    for (outage, name) in [(0..300, "from the beginning"), (3..400, "in the middle"), (6..60, "at the end")] {
        for accounts in [1, 20, 400] {
            let every: Vec<usize> = (0..accounts).collect();
            let findings = every.iter().flat_map(|a| (0..100).map(move |i| finding(account(*a), i))).collect();
            let source = UnstableSource::new(MemorySource::new(findings), Duration::from_millis(200), outage.clone());
            let sweep = Sweep::new(vec![Lane::new("test", source, Budget::new(3.0, 6))]);
            let (done, stats) = run(&sweep, targets(&[&every])).await;
            let failed = done[0].accounts.iter().filter(|a| !a.is_complete()).count();
            assert_eq!((failed, ids(&done[0]).len()), (0, accounts * 100), "{accounts} accounts, outage {name}");
            let calls_without_outage = accounts as u64;
            assert!(
                stats.calls <= calls_without_outage + 1_000,
                "{accounts} accounts, outage {name}: {} calls",
                stats.calls
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn permanent_outage_fails_all_accounts() {
    let (targets, findings) = targets_of_400_accounts();
    let source = UnstableSource::new(findings, Duration::from_millis(200), 0..u64::MAX);
    let (done, stats) = run(&Sweep::new(vec![Lane::new("test", source, Budget::new(3.0, 6))]), targets).await;
    let failures: Vec<_> = done[0].accounts.iter().flat_map(|a| &a.failures).collect();
    assert_eq!(failures.len(), 400);
    assert!(failures.iter().all(|f| f.message.contains("no answer for 10 minutes")), "{}", failures[0].message);
    assert!(stats.calls < 1_000, "{} calls", stats.calls);
}

#[tokio::test(start_paused = true)]
async fn split_finds_failing_account_with_few_calls() {
    for failing in [&[13][..], &[12, 13], &[0, 19]] {
        let source = FailingSource {
            inner: MemorySource::new((0..20).map(|a| finding(account(a), 0)).collect()),
            failing: failing.iter().map(|n| account(*n)).collect(),
            kind: ErrorKind::Unavailable,
            queries: Mutex::default(),
        };
        let all: Vec<usize> = (0..20).collect();
        let (done, stats) = run(&Sweep::new(vec![lane(source)]), targets(&[&all])).await;
        let failed: Vec<_> = done[0].accounts.iter().filter(|a| !a.is_complete()).map(|a| a.account).collect();
        assert_eq!(failed, failing.iter().map(|n| account(*n)).collect::<Vec<_>>());
        // five levels of splits, each with three attempts for the failing half and one for the other
        let path = 5 * (3 + 1);
        let most = 8 + path * failing.len() as u64;
        assert!(stats.calls <= most, "{failing:?}: {} calls, expected at most {most}", stats.calls);
    }
}

/// Time is simulated, so these numbers are exact on every machine.
#[tokio::test(start_paused = true)]
async fn slow_answers_do_not_lower_call_rate() {
    for (latency, most) in [(0, 1.01), (200, 1.02), (1_000, 1.05), (3_000, 1.15)] {
        let every: Vec<usize> = (0..2_000).collect();
        let findings = every.iter().flat_map(|a| (0..20).map(move |i| finding(account(*a), i))).collect();
        let source = UnstableSource::new(MemorySource::new(findings), Duration::from_millis(latency), 0..0);
        let sweep = Sweep::new(vec![Lane::new("test", source.clone(), Budget::new(3.0, 6))]);
        let (_, stats) = run(&sweep, targets(&[&every])).await;
        let calls = source.calls.lock().unwrap();
        assert_eq!((stats.calls, calls.len()), (400, 400), "100 queries must take four pages each");
        let ideal = Duration::from_secs(400 - 6) / 3;
        let ratio = calls[399].abs_diff(calls[0]).div_duration_f64(ideal);
        assert!(ratio <= most, "{latency} ms: {ratio}");
    }
}
