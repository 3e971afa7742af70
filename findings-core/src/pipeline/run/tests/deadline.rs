//! A run that reaches its deadline.

use super::*;
use crate::coverage::{CoverageFacts, CoverageRequest};
use crate::ledger::AcquireRun;

const DEADLINE: Duration = Duration::from_hours(6);

/// Answers for accounts below `slow_from` at once, and for the others never, or with [`Throttled`](ErrorKind::Throttled)
/// after an hour.
#[derive(Debug)]
struct SlowFrom {
    slow_from: u64,
    throttles: bool,
}

#[async_trait::async_trait]
impl FindingsSource for SlowFrom {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        if request.query.accounts.accounts().iter().all(|a| *a < account(self.slow_from)) {
            return Ok(Page::default());
        }
        if self.throttles {
            tokio::time::sleep(Duration::from_hours(1)).await;
            return Err(Error::new(ErrorKind::Throttled, "fetch findings"));
        }
        std::future::pending().await
    }
}

fn slow_from(slow_from: u64, throttles: bool) -> Sweep {
    let retry = RetryPolicy::default().with_attempts(u32::MAX).with_outage(Duration::MAX);
    let source = Arc::new(SlowFrom { slow_from, throttles });
    Sweep::new(vec![Lane::new("test", source, Budget::unlimited())]).with_retry(retry).with_in_flight(60)
}

/// Sixty projects of twenty accounts each: a query for each project.
fn world() -> World {
    let accounts = |n: u64| (n * 100..n * 100 + 20).collect::<Vec<_>>();
    World::new((1..=60).map(|n| project(&format!("p{n}"), &accounts(n), &["x@example.com"])).collect())
}

fn hurried() -> Settings {
    Settings { deadline: Some(DEADLINE), ..settings("r1") }
}

async fn done(world: &World) -> Summary {
    match world.start(hurried()).await {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

fn count(summary: &Summary, status: ProjectStatus) -> usize {
    summary.projects.iter().filter(|project| project.status == status).count()
}

#[tokio::test(start_paused = true)]
async fn fetched_projects_are_delivered_and_others_are_left_to_the_next_attempt() {
    for throttles in [false, true] {
        let mut world = world();
        world.parts.sweep = slow_from(1_000, throttles);
        let first = done(&world).await;
        assert_eq!((count(&first, ProjectStatus::Ok), count(&first, ProjectStatus::Skipped)), (9, 51), "{throttles}");
        assert_eq!((first.status, first.exit_code(), world.notifier.sent().len()), (RunStatus::Partial, 1, 9));
        let message = &first.errors[0].message;
        assert!(message.starts_with("the deadline of 6h passed: 51 of 60 projects are left"), "{message}");
        assert_eq!(first.errors.len(), 1, "one sentence, and no projects held back: {:?}", first.errors);
        assert!(first.projects[59].errors[0].message.contains("the deadline"), "{:?}", first.projects[59].errors);
        let history = world.history.project(&HistoryQuery::new("p59")).await.unwrap();
        assert!(history.runs.is_empty(), "nothing is remembered");
        world.parts.sweep = slow_from(999_999_999_999, false);
        let second = done(&world).await;
        assert_eq!((second.exit_code(), world.notifier.sent().len()), (0, 60), "the lease is free, and each once");
    }
}

#[tokio::test(start_paused = true)]
async fn coverage_check_that_outlasts_the_deadline_leaves_all_projects() {
    #[derive(Debug)]
    struct Hanging;
    #[async_trait::async_trait]
    impl CoverageSource for Hanging {
        async fn check(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
            std::future::pending().await
        }
    }
    let mut world = world();
    world.parts.sweep = slow_from(999_999_999_999, false);
    world.parts.coverage = Some(Arc::new(Hanging));
    let summary = done(&world).await;
    assert_eq!((count(&summary, ProjectStatus::Skipped), summary.exit_code()), (60, 1));
    assert!(world.notifier.sent().is_empty());
    world.parts.coverage = None;
    assert_eq!(done(&world).await.exit_code(), 0);
}

#[tokio::test(start_paused = true)]
async fn held_run_is_not_waited_for_beyond_the_deadline() {
    let world = world();
    let Settings { run_id, clock, .. } = settings("r1");
    world.parts.ledger.acquire(&AcquireRun::new(run_id, "other", clock.now())).await.unwrap();
    let begun = tokio::time::Instant::now();
    let outcome = world.start(Settings { held_wait: Duration::from_hours(1_000), ..hurried() }).await;
    assert!(matches!(outcome, RunOutcome::Held { .. }), "{outcome:?}");
    // paused time: it shows which timer woke the run
    assert!(begun.elapsed() < DEADLINE + Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn deadline_that_is_met_changes_nothing() {
    let mut world = world();
    world.parts.sweep = slow_from(999_999_999_999, false);
    let summary = done(&world).await;
    assert_eq!((summary.exit_code(), summary.errors.len()), (0, 0));
    assert!(matches!(world.start(hurried()).await, RunOutcome::AlreadyFinished { .. }));
}
