use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::ledger::{AcquireOutcome, AcquireRun, CloseRun};
use crate::memory::{MemoryRegistry, MemorySource, MemoryStore};
use crate::pipeline::run::tests::{IN_STAGES, World, project, run_in_stages, settings, sweep};
use crate::pipeline::{OpenLanes, Parts, Pipeline, ProjectStatus, RunOutcome, Summary};
use crate::source::{Budget, Lane, Sweep};
use crate::store::{ArtifactKey, ArtifactStore, PutArtifact};
use crate::testing::Faulty;
use crate::{ErrorKind, Finding, Result};

fn world() -> World {
    let mut world = World::new(vec![
        project("a", &[1, 2], &["x@example.com"]),
        project("b", &[2, 3], &["y@example.com", "x@example.com"]),
        project("c", &[4], &["z@example.com"]),
    ]);
    world.see(&[(1, "one"), (2, "two"), (2, "three"), (4, "four")]);
    world
}

fn pipeline(world: &World, owner: &str) -> Pipeline {
    pipeline_with(&world.parts, owner)
}

fn pipeline_with(parts: &Parts, owner: &str) -> Pipeline {
    let mut settings = settings("r1");
    owner.clone_into(&mut settings.owner);
    Pipeline::new(parts.clone(), settings)
}

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

/// Fetches into batches of one project.
async fn fetch(pipeline: &Pipeline, work: &Arc<dyn ArtifactStore>) -> Vec<BatchId> {
    let size = BatchSize { projects: 1, ..BatchSize::default() };
    match pipeline.fetch(work, size).await.unwrap() {
        FetchOutcome::Fetched { batches, .. } => batches,
        other => panic!("{other:?}"),
    }
}

async fn delivered(pipeline: &Pipeline, work: &Arc<dyn ArtifactStore>, batch: BatchId) -> Vec<ProjectOutcome> {
    match pipeline.deliver(work, batch).await.unwrap() {
        DeliverOutcome::Done(outcomes) => outcomes,
        other @ DeliverOutcome::Held { .. } => panic!("{other:?}"),
    }
}

async fn finished(pipeline: &Pipeline, work: &Arc<dyn ArtifactStore>) -> Summary {
    match pipeline.finish(work).await.unwrap() {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

/// The work as it is now, without the results that follow.
async fn copy_of(work: &MemoryStore) -> Arc<dyn ArtifactStore> {
    let copy = memory();
    for artifact in work.artifacts() {
        copy.put(&artifact).await.unwrap();
    }
    copy
}

/// A further attempt at the run, in one process.
async fn next_attempt(world: &World) -> Summary {
    match pipeline(world, "next").run().await.unwrap() {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

fn recipients(world: &World) -> Vec<String> {
    let mut all: Vec<String> =
        world.notifier.sent().iter().map(|sent| format!("{} {}", sent.project, sent.recipient)).collect();
    all.sort();
    all
}

const EVERYBODY: [&str; 4] = ["a x@example.com", "b x@example.com", "b y@example.com", "c z@example.com"];

/// Everything that a run leaves: reports and messages with their content, and what the summary says.
async fn traces(in_stages: bool) -> String {
    let (store, mut world) = (memory(), world());
    world.parts.store = store.clone();
    let mut traces = String::new();
    for (run, seen) in [
        ("r1", &[(1, "one"), (2, "two"), (2, "three"), (4, "four")][..]),
        ("r2", &[(1, "one"), (2, "three"), (3, "five"), (4, "four")]),
        ("r3", &[(2, "two")]),
    ] {
        world.see(seen);
        let pipeline = Pipeline::new(world.parts.clone(), settings(run));
        let ended = if in_stages { run_in_stages(&pipeline).await } else { pipeline.run().await };
        let RunOutcome::Done(summary) = ended.unwrap() else { panic!() };
        traces += &serde_json::to_string_pretty(&summary).unwrap();
    }
    let mut sent: Vec<String> = world.notifier.sent().iter().map(|sent| format!("{sent:?}\n")).collect();
    sent.sort();
    let stored = store.artifacts().into_iter().map(|artifact| format!("{} {:?}\n", artifact.key, artifact.body));
    traces + &sent.concat() + &stored.collect::<String>()
}

#[tokio::test]
async fn run_in_stages_leaves_what_a_single_run_leaves() {
    assert_eq!(traces(true).await, traces(false).await);
}

/// The tests that stop a run, or count the calls of the ledger: there, a stage ends as no single run does.
const ONLY_SINGLE: [&str; 6] = [
    "hanging_coverage_check_does_not_delay_stop",
    "stop_leaves_waiting_projects_to_the_next_attempt",
    "lease_is_renewed_and_lost_lease_stops_run",
    "message_in_doubt_stays_open_if_the_run_is_stopped",
    "result_of_a_message_is_recorded_before_anything_else",
    "a_report_goes_on_beside_an_urgent_run_that_does_not_end",
];

/// All other tests of the pipeline once more, with every run in stages.
#[test]
fn other_tests_of_the_pipeline_pass_in_stages() {
    if std::env::var_os(IN_STAGES).is_some() {
        return;
    }
    let skipped = ONLY_SINGLE.iter().flat_map(|name| ["--skip", name]);
    let mut tests = std::process::Command::new(std::env::current_exe().unwrap());
    let done = tests.arg("pipeline::").args(skipped).env(IN_STAGES, "yes").output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && text.contains("test result: ok."), "{text}");
    assert!(text.matches("... ok").count() > 200, "{text}");
}

#[tokio::test]
async fn batches_are_as_large_as_asked() {
    for (projects, findings, want) in [(1, 100, 3), (2, 100, 2), (50, 100, 1), (50, 3, 2), (50, 0, 3)] {
        let (world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
        let fetched = pipeline(&world, "me").fetch(&work, BatchSize { projects, findings }).await.unwrap();
        let FetchOutcome::Fetched { batches, projects: all, list } = fetched else { panic!() };
        assert_eq!(
            (batches.len(), all, &*list),
            (want, 3, "memory:r1/work.jsonl"),
            "{projects} projects, {findings} findings"
        );
        let lines = work.read(&"r1/work.jsonl".parse().unwrap()).await.unwrap();
        let lines = String::from_utf8(lines.to_vec()).unwrap();
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        let place = first["batch"].as_str().unwrap();
        assert!(place.starts_with("memory:r1/") && place.ends_with("/batches/0001.json"), "{place}");
        assert_eq!(place.parse::<BatchId>().unwrap().to_string(), "0001");
        assert_eq!(lines.lines().count(), want);
    }
}

#[tokio::test]
async fn repeated_batch_sends_nothing_twice() {
    let (world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    for worker in ["one", "two"] {
        for batch in &batches {
            let outcomes = delivered(&pipeline(&world, worker), &work, *batch).await;
            assert!(outcomes.iter().all(ProjectOutcome::is_ok), "{outcomes:?}");
        }
    }
    assert_eq!(recipients(&world), EVERYBODY);
    let summary = finished(&pipeline(&world, "finisher"), &work).await;
    assert_eq!((summary.exit_code(), summary.projects.len()), (0, 3));
    let again = pipeline(&world, "finisher").finish(&work).await.unwrap();
    assert!(matches!(again, RunOutcome::AlreadyFinished { .. }), "{again:?}");
    let late = pipeline(&world, "late").deliver(&work, batches[0]).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    let fetched = pipeline(&world, "late").fetch(&work, BatchSize::default()).await.unwrap();
    assert_eq!(fetched, FetchOutcome::AlreadyFinished);
    assert!(matches!(pipeline(&world, "late").finish(&work).await.unwrap(), RunOutcome::AlreadyFinished { .. }));
    assert_eq!(recipients(&world), EVERYBODY);
}

#[tokio::test]
async fn batch_is_delivered_by_one_process_at_a_time() {
    let (world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    let run = settings("r1").run_id;
    let mut lease = AcquireRun::new(run.of_batch(batches[0]), "other", settings("r1").clock.now());
    lease.lease = Duration::from_hours(1);
    let acquired = world.parts.ledger.acquire(&lease).await.unwrap();
    assert_eq!(acquired, AcquireOutcome::Granted { resumed: false });
    let held = pipeline(&world, "me").deliver(&work, batches[0]).await.unwrap();
    assert!(matches!(&held, DeliverOutcome::Held { owner, .. } if owner == "other"), "{held:?}");
    assert!(!held.is_delivered());
    assert_eq!(recipients(&world), [""; 0]);
    delivered(&pipeline(&world, "me"), &work, batches[1]).await;
    assert!(!recipients(&world).is_empty(), "other batches have leases of their own");
}

#[tokio::test]
async fn run_that_another_process_took_is_not_delivered() {
    let (mut world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    assert!(matches!(world.start(settings("r1")).await, RunOutcome::Held { .. }), "the lease is the run's");
    world.at("2026-11-23T01:00:00Z");
    let mut later = settings("r1");
    later.clock = world.clock();
    "other".clone_into(&mut later.owner);
    let RunOutcome::Done(summary) = Pipeline::new(world.parts.clone(), later).run().await.unwrap() else { panic!() };
    assert_eq!(summary.exit_code(), 0);
    assert_eq!(pipeline(&world, "me").deliver(&work, batches[0]).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(matches!(pipeline(&world, "me").finish(&work).await.unwrap(), RunOutcome::AlreadyFinished { .. }));
    assert_eq!(recipients(&world), EVERYBODY);
}

#[tokio::test]
async fn batch_without_result_fails_its_projects_until_the_next_attempt() {
    let (world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    delivered(&pipeline(&world, "worker"), &work, batches[1]).await;
    let summary = finished(&pipeline(&world, "finisher"), &work).await;
    assert_eq!(summary.exit_code(), 1);
    let failed: Vec<&ProjectOutcome> = summary.projects.iter().filter(|p| p.status == ProjectStatus::Failed).collect();
    assert_eq!(failed.len(), 2);
    assert!(failed[0].errors[0].message.starts_with("batch 000"), "{:?}", failed[0].errors);
    // the next attempt does them alone
    let summary = next_attempt(&world).await;
    assert_eq!(summary.exit_code(), 0);
    assert_eq!(recipients(&world), EVERYBODY);
}

/// A message that is open keeps the run open, also if only the ledger knows of it.
#[tokio::test]
async fn open_message_of_lost_result_keeps_the_run_open() {
    let (world, store) = (world(), memory());
    let work = store.clone() as Arc<dyn ArtifactStore>;
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    let copy = copy_of(&store).await;
    world.notifier.fail_for(&"y@example.com".parse().unwrap(), ErrorKind::Unavailable);
    for batch in batches {
        pipeline(&world, "worker").deliver(&work, batch).await.unwrap();
    }
    let summary = finished(&pipeline(&world, "finisher"), &copy).await;
    assert_eq!(summary.exit_code(), 1);
    world.notifier.recover();
    let summary = next_attempt(&world).await;
    assert_eq!((summary.exit_code(), recipients(&world)), (0, EVERYBODY.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn run_is_not_finished_while_a_batch_is_delivered() {
    let (world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    for batch in &batches {
        delivered(&pipeline(&world, "worker"), &work, *batch).await;
    }
    for lease in ["finish".to_owned(), batches[1].to_string()] {
        let run = settings("r1").run_id.of_batch(lease);
        let (ledger, now) = (&world.parts.ledger, settings("r1").clock.now());
        ledger.acquire(&AcquireRun::new(run.clone(), "other", now)).await.unwrap();
        let held = pipeline(&world, "me").finish(&work).await.unwrap();
        assert!(matches!(&held, RunOutcome::Held { owner, .. } if owner == "other"), "{held:?}");
        ledger.close(&CloseRun::released(run, "other", now)).await.unwrap();
    }
    assert_eq!(finished(&pipeline(&world, "me"), &work).await.exit_code(), 0);
}

/// The results of an earlier fetch are no results of this one.
#[tokio::test]
async fn run_that_is_done_again_does_not_take_old_results() {
    let (world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    for batch in fetch(&pipeline(&world, "first"), &work).await {
        delivered(&pipeline(&world, "first"), &work, batch).await;
    }
    assert_eq!(finished(&pipeline(&world, "first"), &work).await.exit_code(), 0);
    let mut again = settings("r1");
    "second".clone_into(&mut again.owner);
    again.redo = Some(crate::ledger::Redo::All);
    let again = Pipeline::new(world.parts.clone(), again);
    let batches = fetch(&again, &work).await;
    assert_eq!(batches.len(), 3);
    delivered(&again, &work, batches[0]).await;
    let summary = finished(&again, &work).await;
    let failed = summary.projects.iter().filter(|project| project.status == ProjectStatus::Failed).count();
    assert_eq!((summary.exit_code(), failed), (1, 2), "two projects are still to be done again");
    let unknown = pipeline(&world, "worker").deliver(&work, BatchId::new(4)).await.unwrap_err();
    assert!(unknown.report().contains("there are 3 batches"), "{}", unknown.report());
}

/// The deadline of a run begins with its fetch.
#[tokio::test]
async fn deadline_is_that_of_the_run() {
    let (mut world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    delivered(&pipeline(&world, "worker"), &work, batches[0]).await;
    world.at("2026-11-23T00:10:00Z");
    let mut late = settings("r1");
    (late.clock, late.deadline) = (world.clock(), Some(Duration::from_mins(5)));
    let late = Pipeline::new(world.parts.clone(), late);
    delivered(&late, &work, batches[1]).await;
    let summary = finished(&late, &work).await;
    assert_eq!(summary.exit_code(), 1);
    assert!(summary.errors[0].message.starts_with("the deadline of"), "{:?}", summary.errors);
}

/// What is done is in the ledger, even if the result of the batch is lost.
#[tokio::test]
async fn lost_result_of_delivered_batch_is_in_the_ledger() {
    let (world, store) = (world(), memory());
    let work = store.clone() as Arc<dyn ArtifactStore>;
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    let copy = copy_of(&store).await;
    for batch in batches {
        delivered(&pipeline(&world, "worker"), &work, batch).await;
    }
    let summary = finished(&pipeline(&world, "finisher"), &copy).await;
    assert_eq!((summary.exit_code(), summary.projects.iter().map(|p| p.findings).sum::<u64>()), (0, 6));
}

#[tokio::test]
async fn registry_that_changed_since_the_fetch_fails_what_is_not_as_it_was() {
    let (mut world, work) = (world(), memory() as Arc<dyn ArtifactStore>);
    let batches = fetch(&pipeline(&world, "fetcher"), &work).await;
    let changed = vec![
        project("a", &[1, 2], &["x@example.com"]),
        // another account, which nobody fetched
        project("b", &[2, 3, 5], &["y@example.com"]),
        project("d", &[4], &["z@example.com"]),
    ];
    world.parts.registry = Arc::new(MemoryRegistry::new(changed));
    let mut outcomes = Vec::new();
    for batch in batches {
        outcomes.extend(delivered(&pipeline(&world, "worker"), &work, batch).await);
    }
    outcomes.sort_by(|a, b| a.project.cmp(&b.project));
    let [a, b, c] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(a.is_ok());
    for changed in [b, c] {
        assert_eq!(changed.status, ProjectStatus::Failed);
        assert!(changed.errors[0].message.starts_with("the registry has changed"), "{:?}", changed.errors);
    }
    assert_eq!(recipients(&world), EVERYBODY[..1]);
    let summary = finished(&pipeline(&world, "finisher"), &work).await;
    let d = summary.projects.iter().find(|outcome| outcome.project == "d").unwrap();
    assert!(d.errors[0].message.contains("since the findings were fetched"), "{:?}", d.errors);
    assert_eq!(summary.exit_code(), 1);
}

/// Each file of the work cut at some lengths: nothing is delivered that is not as it was fetched.
#[tokio::test]
async fn damaged_work_is_an_error() {
    let whole = memory();
    let batches = fetch(&pipeline(&world(), "fetcher"), &(whole.clone() as Arc<dyn ArtifactStore>)).await;
    let artifacts = whole.artifacts();
    assert!(artifacts.iter().any(|artifact| artifact.key.as_str().ends_with(".findings")));
    for damaged in artifacts.iter().filter(|artifact| !artifact.key.as_str().ends_with("work.jsonl")) {
        for length in [0, 1, damaged.body.len() / 2, damaged.body.len() - 1] {
            let (world, work) = (world(), memory());
            // the lease of this world's run, which the plan that is put there names, too
            fetch(&pipeline(&world, "fetcher"), &(work.clone() as Arc<dyn ArtifactStore>)).await;
            for artifact in &artifacts {
                work.put(artifact).await.unwrap();
            }
            let cut = PutArtifact::new(damaged.key.clone(), damaged.body.slice(..length), "text/plain");
            work.put(&cut).await.unwrap();
            let work = work as Arc<dyn ArtifactStore>;
            let mut errors = 0;
            for batch in &batches {
                match pipeline(&world, "worker").deliver(&work, *batch).await {
                    Ok(delivered) => errors += usize::from(!delivered.is_delivered()),
                    Err(_) => errors += 1,
                }
            }
            assert!(errors > 0, "{} with {length} bytes", damaged.key);
            assert!(recipients(&world).len() < EVERYBODY.len(), "{} with {length} bytes", damaged.key);
        }
    }
}

/// A store that fails at any of its calls fails the stage, and the next attempt does the run.
#[tokio::test]
async fn work_that_cannot_be_stored_fails_the_fetch_and_frees_the_run() {
    for call in 0.. {
        let world = world();
        let faulty = Arc::new(Faulty::new(MemoryStore::new()).failing(call, ErrorKind::Storage));
        let work = faulty.clone() as Arc<dyn ArtifactStore>;
        let fetched = pipeline(&world, "fetcher").fetch(&work, BatchSize::default()).await;
        if faulty.calls() <= call {
            assert!(fetched.is_ok() && call == 4, "two files of the batch, the plan and the list");
            break;
        }
        assert_eq!(fetched.unwrap_err().kind(), ErrorKind::Storage, "call {call}");
        let summary = world.run("r1").await;
        assert_eq!((summary.exit_code(), recipients(&world).len()), (0, 4), "call {call}");
    }
}

#[tokio::test]
async fn nothing_more_is_fetched_for_work_that_cannot_be_stored() {
    let mut pages = Vec::new();
    for failing in [true, false] {
        let projects: Vec<_> = (1..=2_000).map(|n| project(&format!("p{n}"), &[n], &[])).collect();
        // projects without findings wait for the end of the sweep
        let findings = projects.iter().map(|project| Finding::new(project.accounts[0], "1")).collect();
        let mut world = World::new(projects);
        let source = Arc::new(Faulty::new(MemorySource::new(findings)));
        world.parts.sweep = Sweep::new(vec![Lane::new("test", source.clone(), Budget::unlimited())]);
        let store = Faulty::new(MemoryStore::new());
        let work = Arc::new(if failing { store.failing(0, ErrorKind::Storage) } else { store });
        let size = BatchSize { projects: 1, ..BatchSize::default() };
        let fetched = pipeline(&world, "fetcher").fetch(&(work as Arc<dyn ArtifactStore>), size).await;
        assert_eq!(fetched.is_err(), failing);
        pages.push(source.calls());
    }
    assert!(pages[0] * 2 < pages[1], "{pages:?}");
}

/// Counts how often sources are opened.
#[derive(Debug, Default)]
struct Counted(std::sync::atomic::AtomicUsize, Vec<Finding>);

#[async_trait::async_trait]
impl OpenLanes for Counted {
    async fn open(&self) -> Result<Vec<Lane>> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(sweep(MemorySource::new(self.1.clone())).lanes().to_vec())
    }
}

/// An issue that is gone is looked up in the sources, which are opened for it, and only for it.
#[tokio::test]
async fn sources_are_opened_for_look_ups_alone() {
    let opened = |lanes: &Counted| lanes.0.load(std::sync::atomic::Ordering::Relaxed);
    let mut world = world();
    assert_eq!(world.run("r0").await.exit_code(), 0);
    let findings = |ids: &[&str]| {
        let finding = |id: &&str| Finding::new("000000000001".parse().unwrap(), *id);
        ids.iter().map(finding).collect::<Vec<_>>()
    };
    let mut archived = findings(&["one"]);
    archived[0].record_state = crate::RecordState::Archived;
    for (left, opens, closed) in [(findings(&["one"]), 1, [0, 0]), (archived, 2, [0, 1])] {
        let mut left = left;
        left.extend(
            [(2, "two"), (2, "three"), (4, "four")]
                .map(|(n, id)| Finding::new(format!("{n:012}").parse().unwrap(), id)),
        );
        let lanes = Arc::new(Counted(std::sync::atomic::AtomicUsize::default(), left));
        world.see(&[]);
        let pipeline = pipeline(&world, "me").with_lanes(lanes.clone());
        let work = memory() as Arc<dyn ArtifactStore>;
        for batch in fetch(&pipeline, &work).await {
            delivered(&pipeline, &work, batch).await;
        }
        assert_eq!(opened(&lanes), opens);
        let changes = finished(&pipeline, &work).await.projects[0].changes;
        assert_eq!([changes.resolved, changes.archived], closed);
        assert_eq!(opened(&lanes), opens, "the last stage asks for nothing");
        // the next run of this world has another ID
        break_run(&mut world);
    }
}

/// Gives the run free, as if it had another ID.
fn break_run(world: &mut World) {
    world.parts.ledger = Arc::new(crate::memory::MemoryLedger::new());
}

#[test]
fn batch_is_named_by_number_or_place() {
    for (text, want) in
        [("7", 7), ("0007", 7), ("0007.json", 7), ("s3://w/r1/batches/0012.json", 12), (r"w\r1\batches\0003.json", 3)]
    {
        assert_eq!(text.parse(), Ok(BatchId::new(want)), "{text}");
    }
    for bad in ["", "0", "x", "-1", "batches/", "4294967296", "s3://w/r1/work.jsonl"] {
        assert!(bad.parse::<BatchId>().is_err(), "{bad}");
    }
    assert!("batches/0001.json".parse::<ArtifactKey>().is_ok());
}
