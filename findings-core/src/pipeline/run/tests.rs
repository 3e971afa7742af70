use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::coverage::CoverageSource;
use crate::history::{HistoryQuery, HistoryReader};
use crate::memory::{
    MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemorySource, MemoryStore, TextRenderer,
};
use crate::notify::Notifier;
use crate::pipeline::{BatchSize, FetchOutcome, FixedClock, Parts, Pipeline, RunEvent, RunObserver};
use crate::registry::RegistryProblem;
use crate::report::{RenderedReport, Report, ReportFormat, ReportRenderer};
use crate::source::{Budget, FindingsSource, Lane, Page, PageRequest, RejectedRecord, RetryPolicy, Sweep};
use crate::store::ArtifactStore;
use crate::testing::Faulty;
use crate::{AccountId, Finding, RunId};

mod at_once;
mod coverage;
mod deadline;
mod delivery;
mod formats;
mod holding;
mod messages;
mod silence;
mod sources;
mod truth;

fn account(n: u64) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

pub(in crate::pipeline) fn project(name: &str, accounts: &[u64], recipients: &[&str]) -> Project {
    let mut project = Project::new(name);
    project.accounts = accounts.iter().map(|n| account(*n)).collect();
    project.recipients = recipients.iter().map(|r| r.parse().unwrap()).collect();
    project
}

/// A world of in-memory parts whose findings can be changed between runs.
pub(in crate::pipeline) struct World {
    pub(in crate::pipeline) parts: Parts,
    pub(in crate::pipeline) notifier: MemoryNotifier,
    pub(in crate::pipeline) history: MemoryHistory,
    now: Timestamp,
}

impl World {
    pub(in crate::pipeline) fn new(projects: Vec<Project>) -> Self {
        let (notifier, history) = (MemoryNotifier::new(), MemoryHistory::new());
        let parts = Parts {
            ledger: Arc::new(MemoryLedger::new()),
            registry: Arc::new(MemoryRegistry::new(projects)),
            sweep: sweep(MemorySource::default()),
            coverage: None,
            renderers: vec![Arc::new(TextRenderer)],
            store: Arc::new(MemoryStore::new()),
            notifiers: vec![Arc::new(notifier.clone())],
            history_sink: Arc::new(history.clone()),
            history_reader: Arc::new(history.clone()),
        };
        Self { parts, notifier, history, now: "2026-11-23T00:00:00Z".parse().unwrap() }
    }

    pub(in crate::pipeline) fn see(&mut self, findings: &[(u64, &str)]) -> &mut Self {
        self.parts.sweep =
            sweep(MemorySource::new(findings.iter().map(|(a, id)| Finding::new(account(*a), *id)).collect()));
        self
    }

    pub(in crate::pipeline) async fn run(&self, run_id: &str) -> Summary {
        let mut settings = settings(run_id);
        settings.clock = self.clock();
        match self.start(settings).await {
            RunOutcome::Done(summary) => *summary,
            other => panic!("{other:?}"),
        }
    }

    pub(in crate::pipeline) fn at(&mut self, now: &str) -> &mut Self {
        self.now = now.parse().unwrap();
        self
    }

    pub(in crate::pipeline) fn clock(&self) -> Arc<FixedClock> {
        Arc::new(FixedClock(self.now))
    }

    pub(in crate::pipeline) async fn start(&self, settings: Settings) -> RunOutcome {
        let pipeline = Pipeline::new(self.parts.clone(), settings);
        if in_stages() { run_in_stages(&pipeline).await } else { pipeline.run().await }.unwrap()
    }
}

/// The variable with which the tests of the pipeline run it in stages.
pub(in crate::pipeline) const IN_STAGES: &str = "FINDINGS_TEST_STAGES";

fn in_stages() -> bool {
    std::env::var_os(IN_STAGES).is_some()
}

/// Runs the stages one after the other, with as many batches as possible.
pub(in crate::pipeline) async fn run_in_stages(pipeline: &Pipeline) -> Result<RunOutcome> {
    let work: Arc<dyn ArtifactStore> = Arc::new(MemoryStore::new());
    let size = BatchSize { projects: 1, ..BatchSize::default() };
    match pipeline.fetch(&work, size).await? {
        FetchOutcome::Held { owner, until } => return Ok(RunOutcome::Held { owner, until }),
        FetchOutcome::AlreadyFinished => {}
        FetchOutcome::Fetched { batches, .. } => {
            for batch in batches.into_iter().rev() {
                pipeline.deliver(&work, batch).await?;
            }
        }
    }
    pipeline.finish(&work).await
}

pub(in crate::pipeline) fn sweep(source: impl FindingsSource) -> Sweep {
    let retry = RetryPolicy::default().with_attempts(1).with_outage(Duration::ZERO);
    Sweep::new(vec![Lane::new("test", Arc::new(source), Budget::unlimited())]).with_retry(retry)
}

pub(in crate::pipeline) fn settings(run_id: &str) -> Settings {
    let mut settings = Settings::new(run_id.parse().unwrap(), "me");
    settings.clock = Arc::new(FixedClock("2026-11-23T00:00:00Z".parse().unwrap()));
    settings
}

fn statuses(summary: &Summary) -> HashMap<&str, ProjectStatus> {
    summary.projects.iter().map(|p| (p.project.as_str(), p.status)).collect()
}

#[tokio::test]
async fn changes_are_relative_to_last_delivered_report() {
    let mut world = World::new(vec![project("a", &[1, 2], &["x@example.com"])]);
    world.see(&[(1, "one"), (2, "two")]);
    let changes = world.run("r1").await.projects[0].changes;
    assert_eq!((changes.new, changes.open, changes.resolved), (2, 0, 0));
    world.see(&[(2, "two"), (2, "three")]);
    let changes = world.run("r2").await.projects[0].changes;
    assert_eq!((changes.new, changes.open, changes.resolved), (1, 1, 1));
    world.see(&[(1, "one"), (2, "two"), (2, "three")]);
    let changes = world.run("r3").await.projects[0].changes;
    assert_eq!((changes.reopened, changes.open, changes.resolved), (1, 2, 0));
    assert_eq!(world.notifier.sent()[2].previous.as_ref().unwrap().run_id.as_str(), "r2");
}

/// Never answers for one account.
#[derive(Debug)]
struct SilentFor(AccountId, MemorySource);

#[async_trait::async_trait]
impl FindingsSource for SilentFor {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        if request.query.accounts.contains(self.0) {
            return Err(Error::new(ErrorKind::Unavailable, "fetch").with_message("no answer"));
        }
        self.1.page(request).await
    }
}

/// Nothing was read of the account, so no finding says how it is called.
#[tokio::test]
async fn account_that_failed_is_told_by_its_name() {
    let mut owner = project("a", &[1, 2], &["x@example.com"]);
    owner.account_names = [(account(1), "other".into()), (account(2), "prod".into())].into();
    let mut world = World::new(vec![owner]);
    let mut finding = Finding::new(account(1), "one");
    finding.account_name = Some("own".into());
    world.parts.sweep = sweep(SilentFor(account(2), MemorySource::new(vec![finding])));
    world.run("r1").await;
    let told = &world.notifier.sent()[0].certainty;
    assert_eq!(told.problems[0].account, Some(account(2)));
    assert_eq!(told.named_account(account(2)), "000000000002 (prod)");
    assert_eq!(told.names.len(), 1, "only those that something is said about");
}

#[tokio::test]
async fn failed_account_makes_projects_incomplete_and_resolves_nothing() {
    let mut world = World::new(vec![
        project("a", &[1], &["x@example.com"]),
        project("b", &[2, 3], &["y@example.com"]),
        project("c", &[3], &["z@example.com"]),
    ]);
    world.see(&[(1, "one"), (2, "two"), (3, "three")]).run("r1").await;
    world.parts.sweep = sweep(SilentFor(account(3), MemorySource::new(vec![Finding::new(account(1), "one")])));
    let summary = world.run("r2").await;
    let expected = [("a", ProjectStatus::Ok), ("b", ProjectStatus::Incomplete), ("c", ProjectStatus::Incomplete)];
    assert_eq!(statuses(&summary), expected.into());
    assert_eq!((summary.status, summary.exit_code()), (RunStatus::Partial, 3));
    assert_eq!(summary.projects[1].changes.resolved, 1, "account 2 answered, and its issue is gone");
    assert_eq!(summary.projects[2].changes.resolved, 0, "account 3 did not answer");
    assert_eq!(summary.projects[1].errors[0].account, Some(account(3)));
    let told = world.notifier.sent();
    assert!(told.iter().filter(|n| n.run_id.as_str() == "r2" && n.project != "a").all(|n| !n.is_complete()));
    let issues = world.history.project(&HistoryQuery::new("c")).await.unwrap().issues;
    assert!(issues[0].is_open(), "carried forward");
}

#[tokio::test]
async fn damaged_registry_removes_no_account() {
    let mut damaged = project("a", &[1], &["x@example.com"]);
    damaged.problems = vec![RegistryProblem::new(3, "an account ID is damaged")];
    let mut world = World::new(vec![project("a", &[1, 2], &["x@example.com"])]);
    world.see(&[(1, "one"), (2, "two")]).run("r1").await;
    world.parts.registry = Arc::new(MemoryRegistry::new(vec![damaged]));
    let summary = world.run("r2").await;
    assert_eq!(summary.projects[0].changes.resolved, 0);
    assert_eq!(summary.projects[0].status, ProjectStatus::Incomplete);
    world.parts.registry = Arc::new(MemoryRegistry::new(vec![project("a", &[1], &["x@example.com"])]));
    assert_eq!(world.run("r3").await.projects[0].changes.left, 1, "now it has left");
}

#[tokio::test]
async fn failed_recipient_does_not_stop_others() {
    let mut world = World::new(vec![
        project("a", &[1], &["good@example.com", "bad@example.com"]),
        project("b", &[1], &["bad@example.com"]),
        project("c", &[1], &[]),
    ]);
    world.notifier.fail_for(&"bad@example.com".parse().unwrap(), ErrorKind::InvalidInput);
    let summary = world.see(&[(1, "one")]).run("r1").await;
    let expected = [("a", ProjectStatus::Incomplete), ("b", ProjectStatus::Failed), ("c", ProjectStatus::Incomplete)];
    assert_eq!(statuses(&summary), expected.into());
    assert_eq!(summary.projects[0].notified, ["good@example.com"]);
    assert!(summary.projects[2].errors[0].message.contains("no recipient"));
    let seen = world.history.project(&HistoryQuery::new("b")).await.unwrap();
    assert!(seen.runs.is_empty(), "nobody saw it, so the next report tells the same again");
}

#[tokio::test]
async fn resumed_run_notifies_each_recipient_once() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"]), project("b", &[1], &["y@example.com"])]);
    world.notifier.fail_for(&"y@example.com".parse().unwrap(), ErrorKind::Unavailable);
    let first = world.see(&[(1, "one")]).run("r1").await;
    assert_eq!(first.projects[1].status, ProjectStatus::Failed);
    world.notifier.recover();
    let second = world.run("r1").await;
    assert_eq!(statuses(&second), [("a", ProjectStatus::Skipped), ("b", ProjectStatus::Ok)].into());
    assert_eq!(second.status, RunStatus::Ok);
    assert_eq!(second.projects[1].changes.new, 1, "its people have not seen it yet");
    assert_eq!(world.notifier.sent().len(), 2);
    let third = world.start(settings("r1")).await;
    assert!(matches!(third, RunOutcome::AlreadyFinished { summary, .. } if summary.contains("\"status\":\"ok\"")));
    let mut again = settings("r1");
    again.redo = Some(crate::ledger::Redo::All);
    assert!(matches!(world.start(again).await, RunOutcome::Done(_)));
    assert_eq!(world.notifier.sent().len(), 4, "force tells everybody again");
}

#[tokio::test]
async fn second_process_does_not_take_held_run() {
    let world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let ask = AcquireRun::new("r1".parse().unwrap(), "other", settings("r1").clock.now());
    world.parts.ledger.acquire(&ask).await.unwrap();
    assert!(matches!(world.start(settings("r1")).await, RunOutcome::Held { owner, .. } if owner == "other"));
    assert!(world.notifier.sent().is_empty());
}

/// Cancels the run as soon as the first project is done.
#[derive(Debug)]
struct StopAfterFirst(tokio_util::sync::CancellationToken);

impl RunObserver for StopAfterFirst {
    fn on_event(&self, event: &RunEvent<'_>) {
        if let RunEvent::ProjectDone(_) = event {
            self.0.cancel();
        }
    }
}

#[tokio::test]
async fn stopped_run_finishes_started_projects_and_lists_others() {
    let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let projects: Vec<_> = names.iter().zip(1..).map(|(name, n)| project(name, &[n], &["x@example.com"])).collect();
    let world = World::new(projects);
    let mut stopping = settings("r1");
    stopping.concurrency = 1;
    stopping.observer = Arc::new(StopAfterFirst(stopping.cancel.clone()));
    let RunOutcome::Done(summary) = world.start(stopping).await else { panic!() };
    let done = summary.projects.iter().filter(|p| p.status == ProjectStatus::Ok).count();
    assert!((1..100).contains(&done) && done == world.notifier.sent().len(), "{done}");
    assert_eq!((summary.status, summary.exit_code()), (RunStatus::Partial, 1));
    let rest = world.run("r1").await;
    assert_eq!(rest.status, RunStatus::Ok);
    assert_eq!(world.notifier.sent().len(), 100, "the next task did the rest, and nobody was told twice");
}

#[tokio::test]
async fn lost_finding_fails_rendering() {
    #[derive(Debug)]
    struct Losing;
    impl ReportRenderer for Losing {
        fn format(&self) -> ReportFormat {
            TextRenderer.format()
        }
        fn render(&self, report: &Report) -> Result<RenderedReport> {
            let mut rendered = TextRenderer.render(report)?;
            rendered.rows = rendered.rows.saturating_sub(1);
            Ok(rendered)
        }
    }
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    world.parts.renderers = vec![Arc::new(Losing)];
    let summary = world.see(&[(1, "one")]).run("r1").await;
    assert_eq!(summary.projects[0].errors[0].step, Step::Render);
    assert!(world.notifier.sent().is_empty());
}

#[tokio::test]
async fn records_without_account_make_run_partial_and_appear_in_reports() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"]), project("b", &[2], &["y@example.com"])]);
    let stray = RejectedRecord::new("not JSON").at_line(7);
    world.parts.sweep = sweep(MemorySource::default().with_rejected(vec![stray]));
    let summary = world.run("r1").await;
    assert_eq!(summary.errors[0].line, Some(7));
    assert!(summary.projects.iter().all(|p| p.status == ProjectStatus::Incomplete));
    assert_eq!(summary.projects[0].errors.len(), 1);
}

#[tokio::test]
async fn a_registry_without_a_usable_project_is_an_error() {
    let world = World::new(vec![project("a", &[], &["x@example.com"])]);
    let error = Pipeline::new(world.parts, settings("r1")).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test(start_paused = true)]
async fn lease_is_renewed_and_lost_lease_stops_run() {
    #[derive(Debug)]
    struct Slow;
    #[async_trait::async_trait]
    impl FindingsSource for Slow {
        async fn page(&self, _: &PageRequest) -> Result<Page> {
            tokio::time::sleep(Duration::from_mins(50)).await;
            Ok(Page::default())
        }
    }
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let patient = RetryPolicy::default().with_attempt_limit(Duration::from_hours(2));
    world.parts.sweep = sweep(Slow).with_retry(patient);
    assert_eq!(world.run("r1").await.status, RunStatus::Ok);

    let mut ledger = crate::ledger::MockRunLedger::new();
    // of the run, and of the right to tell people
    ledger.expect_acquire().returning(|_| Ok(AcquireOutcome::Granted { resumed: false }));
    ledger.expect_progress().return_once(|_| Ok(crate::ledger::RunProgress::default()));
    ledger.expect_renew().return_once(|_| Err(Error::new(ErrorKind::Conflict, "renew the lease")));
    ledger.expect_close().returning(|_| Err(Error::new(ErrorKind::Conflict, "close the run")));
    world.parts.ledger = Arc::new(ledger);
    let summary = world.run("r2").await;
    assert_eq!(summary.projects[0].status, ProjectStatus::Skipped);
    assert!(summary.projects[0].errors[0].message.contains("same run ID"));
}

#[test]
fn run_ids_of_a_moment_are_legal() {
    let id = RunId::at("2026-11-23T00:00:00.5Z".parse().unwrap());
    assert_eq!(id.as_str().parse(), Ok(id));
}

/// Each part × each of its first calls × kinds of failure: the run ends with a summary, nobody is told twice once it is
/// repeated, and what is not delivered is not called delivered.
#[tokio::test]
async fn next_attempt_completes_run_after_any_failure() {
    for part in ["store", "notifier", "sink", "reader", "ledger"] {
        for call in 0..6 {
            for kind in [ErrorKind::Unavailable, ErrorKind::PermissionDenied] {
                let mut world =
                    World::new(vec![project("a", &[1], &["x@example.com"]), project("b", &[2], &["y@example.com"])]);
                world.see(&[(1, "one"), (2, "two")]);
                let healthy = world.parts.clone();
                let history = || Faulty::new(world.history.clone()).failing(call, kind);
                match part {
                    "store" => world.parts.store = Arc::new(Faulty::new(MemoryStore::new()).failing(call, kind)),
                    "notifier" => {
                        world.parts.notifiers = vec![Arc::new(Faulty::new(world.notifier.clone()).failing(call, kind))];
                    }
                    "sink" => world.parts.history_sink = Arc::new(history()),
                    "reader" => world.parts.history_reader = Arc::new(history()),
                    _ => {
                        let ledger = MemoryLedger::new();
                        world.parts.ledger = Arc::new(Faulty::new(ledger.clone()).failing(call, kind));
                    }
                }
                let name = format!("{part}, call {call}, {kind:?}");
                match Pipeline::new(world.parts.clone(), settings("r1")).run().await {
                    Ok(RunOutcome::Done(summary)) => {
                        let told = world.notifier.sent().len();
                        let said: usize = summary.projects.iter().map(|p| p.notified.len()).sum();
                        assert_eq!(told, said, "{name}");
                        let whole = summary.projects.iter().all(ProjectOutcome::is_ok) && summary.manifest.is_some();
                        assert_eq!(summary.exit_code(), u8::from(!whole), "{name}");
                    }
                    Ok(other) => panic!("{name}: {other:?}"),
                    Err(error) => assert_eq!((part, error.kind()), ("ledger", kind), "{name}"),
                }
                if part == "ledger" {
                    continue; // the entries of the attempt are in the ledger that failed
                }
                world.parts = healthy;
                match world.start(settings("r1")).await {
                    RunOutcome::Done(summary) => assert_eq!(summary.status, RunStatus::Ok, "{name}"),
                    RunOutcome::AlreadyFinished { .. } => {}
                    other @ RunOutcome::Held { .. } => panic!("{name}: {other:?}"),
                }
                let mut told: Vec<String> = world.notifier.sent().iter().map(|n| n.recipient.to_string()).collect();
                told.sort();
                assert_eq!(told, ["x@example.com", "y@example.com"], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn next_attempt_sends_only_unsent_message() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com", "busy@example.com"])]);
    world.notifier.fail_for(&"busy@example.com".parse().unwrap(), ErrorKind::QuotaExhausted);
    let first = world.see(&[(1, "one")]).run("r1").await;
    assert_eq!((first.projects[0].status, first.projects[0].changes.new), (ProjectStatus::Incomplete, 1));
    world.notifier.recover();
    let second = world.run("r1").await;
    assert_eq!((second.status, second.projects[0].changes.new), (RunStatus::Ok, 1), "the same report to everybody");
    let told: Vec<String> = world.notifier.sent().iter().map(|n| n.recipient.to_string()).collect();
    assert_eq!(told, ["x@example.com", "busy@example.com"]);
    assert!(matches!(world.start(settings("r1")).await, RunOutcome::AlreadyFinished { .. }));
}

#[tokio::test]
async fn notifiers_of_one_kind_have_own_names_and_one_success_suffices() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let second = MemoryNotifier::new();
    world.notifier.fail_all(ErrorKind::Unavailable);
    world.parts.notifiers.push(Arc::new(second.clone()));
    let summary = world.see(&[(1, "one")]).run("r1").await;
    assert_eq!(summary.projects[0].status, ProjectStatus::Incomplete);
    assert_eq!(summary.projects[0].notified, ["x@example.com"], "the other one reached them");
    assert!(!world.history.project(&HistoryQuery::new("a")).await.unwrap().runs.is_empty());
    world.notifier.recover();
    assert_eq!(world.run("r1").await.status, RunStatus::Ok);
    assert_eq!((world.notifier.sent().len(), second.sent().len()), (1, 1));
}

#[tokio::test]
async fn registry_line_without_project_removes_no_account() {
    let mut world = World::new(vec![project("a", &[1, 2], &["x@example.com"])]);
    world.see(&[(1, "one"), (2, "two")]).run("r1").await;
    let mut damaged = Registry { projects: vec![project("a", &[1], &["x@example.com"])], ..Registry::default() };
    damaged.problems = vec![RegistryProblem::new(3, "the name of the project is missing")];
    world.parts.registry = Arc::new(MemoryRegistry::of(damaged));
    let summary = world.run("r2").await;
    assert_eq!((summary.projects[0].changes.resolved, summary.status), (0, RunStatus::Partial));
}

#[tokio::test]
async fn message_with_unknown_outcome_keeps_intent() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com"])]);
    world.notifier.fail_for(&"y@example.com".parse().unwrap(), ErrorKind::OutcomeUnknown);
    world.see(&[(1, "one")]).run("r1").await;
    let progress = world.parts.ledger.progress(&ProgressQuery::new("r1".parse().unwrap())).await.unwrap();
    let message = progress.messages().find(|message| message.recipient.as_str() == "y@example.com").unwrap();
    assert_eq!(message.state, crate::ledger::MessageState::Intent);
}

#[tokio::test]
async fn failed_run_releases_lease() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    // acquire, the right to tell people, progress
    let ledger = Arc::new(Faulty::new(MemoryLedger::new()).failing(2, ErrorKind::Unavailable));
    world.parts.ledger = ledger;
    let pipeline = Pipeline::new(world.parts.clone(), settings("r1"));
    assert_eq!(pipeline.run().await.unwrap_err().kind(), ErrorKind::Unavailable, "its progress could not be read");
    let mut other = settings("r1");
    other.owner = "other".into();
    assert!(matches!(world.start(other).await, RunOutcome::Done(_)), "nobody has to wait");
}

#[test]
fn exit_code_tells_held_from_done() {
    let (run_id, at) = ("r".parse().unwrap(), Timestamp::UNIX_EPOCH);
    let held = Summary::held(run_id, at, "another task works on it");
    assert_eq!((held.status, held.exit_code()), (RunStatus::Held, 4));
    assert!(serde_json::to_string(&held).unwrap().contains(r#""status":"held""#));
    assert_eq!(Summary::idle("r".parse().unwrap(), at, "nothing to do").exit_code(), 0);
}

#[tokio::test]
async fn bad_address_does_not_make_report_incomplete() {
    let mut typo = project("a", &[1], &["x@example.com"]);
    typo.problems = vec![RegistryProblem::new(2, "\"y@\" is not a mail address").about_people()];
    let mut world = World::new(vec![project("a", &[1, 2], &["x@example.com"])]);
    world.see(&[(1, "one"), (2, "two")]).run("r1").await;
    world.parts.registry = Arc::new(MemoryRegistry::new(vec![typo]));
    let summary = world.run("r2").await;
    assert_eq!((summary.projects[0].status, summary.exit_code()), (ProjectStatus::Incomplete, 1));
    assert_eq!(summary.projects[0].errors[0].step, Step::Registry);
    assert!(world.notifier.sent()[1].is_complete(), "all its accounts were read");
    assert_eq!(summary.projects[0].changes.left, 1, "the account that is no longer registered has left");
}
