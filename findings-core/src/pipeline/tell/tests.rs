//! Messages in doubt, and a run that is told to stop.

use std::time::Duration;

use async_trait::async_trait;

use crate::ledger::{AcquireRun, CloseRun, LedgerEntry, MessageEntry, MessageState, RecordEntry};
use crate::notify::{Notification, Notifier, Receipt};
use crate::pipeline::run::tests::{World, project, settings};
use crate::pipeline::{InDoubtFate, InDoubtPolicy, Pipeline, ProjectStatus, RunOutcome, RunStatus, Settings, Summary};
use crate::{ErrorKind, Result};

/// A world in which an earlier attempt was cut off while it sent to x, after it had sent to y.
async fn cut_off() -> World {
    let world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com", "z@example.com"])]);
    let Settings { run_id, clock, .. } = settings("r1");
    let ledger = &world.parts.ledger;
    ledger.acquire(&AcquireRun::new(run_id.clone(), "dead", clock.now())).await.unwrap();
    let sent = MessageState::Sent { message_id: "1".to_owned() };
    for (recipient, state) in
        [("x@example.com", MessageState::Intent), ("y@example.com", MessageState::Intent), ("y@example.com", sent)]
    {
        let entry = MessageEntry::new("a", "memory", recipient.parse().unwrap(), state, clock.now());
        let entry = RecordEntry::new(run_id.clone(), "dead", LedgerEntry::Message(entry));
        ledger.record(&entry).await.unwrap();
    }
    ledger.close(&CloseRun::released(run_id, "dead", clock.now())).await.unwrap();
    world
}

async fn go_on(world: &World, in_doubt: InDoubtPolicy) -> Summary {
    let mut settings = settings("r1");
    settings.in_doubt = in_doubt;
    match world.start(settings).await {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

fn told(world: &World) -> Vec<String> {
    world.notifier.sent().iter().map(|n| n.recipient.to_string()).collect()
}

#[tokio::test]
async fn message_in_doubt_is_resent_and_listed() {
    let world = cut_off().await;
    let summary = go_on(&world, InDoubtPolicy::Resend).await;
    assert_eq!(told(&world), ["x@example.com", "z@example.com"]);
    let outcome = &summary.projects[0];
    assert_eq!((outcome.status, outcome.notified.len()), (ProjectStatus::Ok, 3));
    let listed: Vec<_> = outcome.in_doubt.iter().map(|m| (m.recipient.as_str(), m.notifier.as_str(), m.fate)).collect();
    assert_eq!(listed, [("x@example.com", "memory", InDoubtFate::Resent)]);
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["projects"][0]["in_doubt"][0]["fate"], "resent");
}

#[tokio::test]
async fn skipped_message_in_doubt_makes_project_not_ok() {
    let world = cut_off().await;
    let summary = go_on(&world, InDoubtPolicy::Skip).await;
    assert_eq!(told(&world), ["z@example.com"]);
    let outcome = &summary.projects[0];
    assert_eq!((outcome.status, summary.exit_code()), (ProjectStatus::Incomplete, 1));
    assert_eq!(outcome.notified, ["y@example.com", "z@example.com"]);
    assert_eq!(outcome.in_doubt[0].fate, InDoubtFate::Skipped);
    assert!(matches!(world.start(settings("r1")).await, RunOutcome::AlreadyFinished { .. }), "it comes to an end");
}

#[tokio::test]
async fn failed_resend_stays_in_doubt() {
    let world = cut_off().await;
    world.notifier.fail_for(&"x@example.com".parse().unwrap(), ErrorKind::Unavailable);
    let summary = go_on(&world, InDoubtPolicy::Resend).await;
    assert_eq!(summary.projects[0].status, ProjectStatus::Incomplete);
    world.notifier.recover();
    let summary = go_on(&world, InDoubtPolicy::Resend).await;
    assert_eq!(summary.projects[0].in_doubt[0].fate, InDoubtFate::Resent);
    assert_eq!(told(&world), ["z@example.com", "x@example.com"]);
}

#[tokio::test]
async fn lost_answer_is_listed_in_doubt() {
    let world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com"])]);
    world.notifier.fail_for(&"x@example.com".parse().unwrap(), ErrorKind::OutcomeUnknown);
    let summary = world.run("r1").await;
    assert_eq!(summary.projects[0].in_doubt[0].fate, InDoubtFate::Unknown);
}

/// A relay that never answers.
#[derive(Debug)]
struct Hanging;

#[async_trait]
impl Notifier for Hanging {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn notify(&self, _: &Notification) -> Result<Receipt> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_run_releases_lease_and_leaves_hanging_message_in_doubt() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let healthy = world.parts.notifiers.clone();
    world.parts.notifiers = vec![std::sync::Arc::new(Hanging)];
    let stopping = settings("r1");
    let cancel = stopping.cancel.clone();
    let begun = tokio::time::Instant::now();
    let pipeline = Pipeline::new(world.parts.clone(), stopping);
    let (outcome, ()) = tokio::join!(pipeline.run(), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    });
    let RunOutcome::Done(summary) = outcome.unwrap() else { panic!("nobody else works on it") };
    // paused time: what passes is what the run waits for
    assert_eq!(begun.elapsed().as_secs(), 26);
    assert_eq!((summary.projects[0].status, summary.exit_code()), (ProjectStatus::Skipped, 1));
    world.parts.notifiers = healthy;
    let mut next = settings("r1");
    next.owner = "next".into();
    let RunOutcome::Done(summary) = world.start(next).await else { panic!("the lease was given up") };
    assert_eq!(summary.status, RunStatus::Ok);
    assert_eq!(summary.projects[0].in_doubt[0].recipient, "x@example.com");
}

/// Without its link a message is not begun: nothing is recorded of it, so that it is neither in doubt nor settled.
#[cfg(feature = "testing")]
#[tokio::test]
async fn recipient_whose_link_cannot_be_made_is_told_by_next_attempt() {
    use std::sync::Arc;

    use crate::memory::MemoryStore;
    use crate::testing::Faulty;

    for kind in [ErrorKind::Throttled, ErrorKind::InvalidInput] {
        let mut world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com"])]);
        // the calls before are: store the report, ask for the end of links
        world.parts.store = Arc::new(Faulty::new(MemoryStore::new()).failing(2, kind));
        let first = go_on(&world, InDoubtPolicy::Resend).await;
        assert_eq!(told(&world), ["y@example.com"], "{kind:?}");
        assert_eq!(first.projects[0].notified, ["y@example.com"]);
        assert!(first.projects[0].in_doubt.is_empty() && !first.projects[0].errors.is_empty());
        let second = go_on(&world, InDoubtPolicy::Resend).await;
        assert_eq!(told(&world), ["y@example.com", "x@example.com"], "{kind:?}");
        assert_eq!((second.projects[0].notified.len(), second.exit_code()), (2, 0));
    }
}
