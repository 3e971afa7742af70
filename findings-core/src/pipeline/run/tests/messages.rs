//! Each message once: what a further attempt at a run sends, and what it does not send again.

use async_trait::async_trait;

use super::*;
use crate::ledger::{LedgerEntry, MessageStage, Redo};
use crate::notify::{Notification, Receipt};

/// A project with two recipients.
fn world() -> World {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com"])]);
    world.see(&[(1, "one")]);
    world
}

fn fail_for(world: &World, recipient: &str, kind: ErrorKind) {
    world.notifier.fail_for(&recipient.parse().unwrap(), kind);
}

/// Another project, whose message fails, so that the run is not finished.
fn keep_open(world: &World) {
    fail_for(world, "open@example.com", ErrorKind::Unavailable);
}

fn registry(world: &mut World, name: &str, recipients: &[&str]) {
    let projects = vec![project(name, &[1], recipients), project("open", &[2], &["open@example.com"])];
    world.parts.registry = Arc::new(MemoryRegistry::new(projects));
}

/// Returns the recipients of all messages so far, each with whether the message replaces an earlier one.
fn sent(world: &World) -> Vec<(String, bool)> {
    world.notifier.sent().iter().map(|n| (n.recipient.to_string(), n.replaces_earlier)).collect()
}

fn first(recipient: &str) -> (String, bool) {
    (recipient.to_owned(), false)
}

fn replacing(recipient: &str) -> (String, bool) {
    (recipient.to_owned(), true)
}

async fn redo(world: &World, redo: Redo) -> Summary {
    let mut settings = settings("r1");
    settings.redo = Some(redo);
    match world.start(settings).await {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

async fn is_finished(world: &World) -> bool {
    matches!(world.start(settings("r1")).await, RunOutcome::AlreadyFinished { .. })
}

#[tokio::test]
async fn next_attempt_sends_only_the_open_message() {
    use ErrorKind::{
        NotFound, OutcomeUnknown, PermissionDenied, QuotaExhausted, Throttled, Unauthenticated, Unavailable,
    };
    for kind in [NotFound, OutcomeUnknown, PermissionDenied, QuotaExhausted, Throttled, Unauthenticated, Unavailable] {
        let world = world();
        fail_for(&world, "y@example.com", kind);
        let summary = world.run("r1").await;
        assert_eq!((summary.exit_code(), &*summary.projects[0].notified), (1, &["x@example.com".to_owned()][..]));
        let calls = summary.api.get_findings.calls;
        world.notifier.recover();
        let summary = world.run("r1").await;
        assert_eq!(sent(&world), [first("x@example.com"), first("y@example.com")], "{kind:?}");
        assert_eq!((summary.exit_code(), summary.api.get_findings.calls), (0, calls), "{kind:?}: nothing is fetched");
        let message = world.notifier.sent().pop().unwrap();
        assert_eq!((message.counts.total(), message.changes.new), (1, 1), "{kind:?}");
        assert!(message.link.is_some() && message.relinked_at.is_none() && message.is_complete(), "{kind:?}");
        assert_eq!(summary.projects[0].notified, ["x@example.com", "y@example.com"], "{kind:?}");
        assert_eq!(summary.projects[0].in_doubt.len(), usize::from(kind == OutcomeUnknown), "{kind:?}");
        assert!(is_finished(&world).await, "{kind:?}");
    }
}

/// Sums over attempts, such as metrics, must count nobody twice.
#[tokio::test]
async fn each_attempt_counts_whom_it_told_and_whom_a_notifier_refused() {
    let world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com", "z@example.com"])]);
    fail_for(&world, "y@example.com", ErrorKind::Unavailable);
    fail_for(&world, "z@example.com", ErrorKind::InvalidInput);
    let counts = |summary: &Summary| (summary.projects[0].told_now, summary.projects[0].rejected);
    assert_eq!(counts(&world.run("r1").await), (1, 1));
    // once more, as long as y stays open
    fail_for(&world, "z@example.com", ErrorKind::InvalidInput);
    assert_eq!(counts(&world.run("r1").await).0, 0, "x was told before");
    world.notifier.recover();
    let summary = world.run("r1").await;
    assert_eq!(summary.projects[0].notified.len(), 3);
    assert_eq!(counts(&summary), (2, 0));
}

#[tokio::test]
async fn rejected_message_does_not_keep_the_run_open() {
    let world = world();
    fail_for(&world, "y@example.com", ErrorKind::InvalidInput);
    assert_eq!(world.run("r1").await.exit_code(), 1);
    let progress = world.parts.ledger.progress(&ProgressQuery::new("r1".parse().unwrap())).await.unwrap();
    let stages: Vec<_> = progress.messages().map(|m| (m.recipient.as_str(), m.state.stage())).collect();
    assert!(stages.contains(&("y@example.com", MessageStage::Rejected)), "{stages:?}");
    assert!(is_finished(&world).await);
    assert_eq!(sent(&world), [first("x@example.com")]);
}

#[tokio::test]
async fn message_stays_open_until_it_is_sent() {
    let world = world();
    fail_for(&world, "y@example.com", ErrorKind::Unavailable);
    for _ in 0..3 {
        assert_eq!(world.run("r1").await.exit_code(), 1, "somebody was not told");
    }
    world.notifier.recover();
    assert_eq!(world.run("r1").await.exit_code(), 0);
    assert_eq!(sent(&world), [first("x@example.com"), first("y@example.com")]);
}

#[tokio::test]
async fn recipient_added_before_the_next_attempt_is_told() {
    let mut world = world();
    fail_for(&world, "y@example.com", ErrorKind::Unavailable);
    world.run("r1").await;
    world.notifier.recover();
    let everyone = ["x@example.com", "y@example.com", "z@example.com"];
    world.parts.registry = Arc::new(MemoryRegistry::new(vec![project("a", &[1], &everyone)]));
    let summary = world.run("r1").await;
    assert_eq!(summary.projects[0].notified, everyone);
    assert_eq!(sent(&world), everyone.map(first));
}

#[tokio::test]
async fn recipient_added_after_the_run_is_named_and_told_by_a_redo() {
    let mut world = world();
    world.run("r1").await;
    let everyone = ["x@example.com", "y@example.com", "z@example.com"];
    let typed = ["X@example.com", "y@example.com", "z@example.com"];
    world.parts.registry = Arc::new(MemoryRegistry::new(vec![project("a", &[1], &typed)]));
    let RunOutcome::AlreadyFinished { untold, .. } = world.start(settings("r1")).await else {
        panic!("it is finished")
    };
    let untold: Vec<_> = untold.iter().map(|u| (u.project.as_str(), u.recipient.as_str())).collect();
    assert_eq!(untold, [("a", "z@example.com")]);
    assert_eq!(redo(&world, Redo::Incomplete).await.exit_code(), 0);
    assert_eq!(sent(&world), everyone.map(first), "nothing of the report has changed");
}

#[tokio::test]
async fn redo_of_incomplete_projects_tells_those_whose_report_changed() {
    use ProjectStatus::{Incomplete, Ok, Skipped};
    let mut world = World::new(vec![
        project("a", &[1], &["a@example.com"]),
        project("b", &[2], &["b@example.com"]),
        project("c", &[3], &["c@example.com"]),
    ]);
    let source = || MemorySource::new(vec![Finding::new(account(1), "one"), Finding::new(account(2), "two")]);
    world.parts.sweep = sweep(SilentForBoth([account(2), account(3)], source()));
    let mut first_attempt = settings("r1");
    // most accounts are unread
    first_attempt.hold_if_unread = None;
    let RunOutcome::Done(summary) = world.start(first_attempt).await else { panic!("it is done") };
    assert_eq!(statuses(&summary), [("a", Ok), ("b", Incomplete), ("c", Incomplete)].into());
    assert!(is_finished(&world).await, "everybody was told");
    // account 2 answers now
    world.parts.sweep = sweep(SilentFor(account(3), source()));
    let summary = redo(&world, Redo::Incomplete).await;
    assert_eq!(statuses(&summary), [("a", Skipped), ("b", Ok), ("c", Incomplete)].into());
    let expected = [first("a@example.com"), first("b@example.com"), first("c@example.com"), replacing("b@example.com")];
    let mut told = sent(&world);
    told[..3].sort();
    assert_eq!(told, expected);
    assert_eq!(world.notifier.sent().pop().unwrap().edition, 2);
    assert!(is_finished(&world).await);
    let runs = world.history.project(&HistoryQuery::new("b")).await.unwrap().runs;
    assert_eq!(runs.iter().map(|run| run.complete).collect::<Vec<_>>(), [true], "it replaces the run in the history");
}

/// Never answers for two accounts, like [`SilentFor`].
#[derive(Debug)]
struct SilentForBoth([AccountId; 2], MemorySource);

#[async_trait]
impl FindingsSource for SilentForBoth {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        if request.query.accounts.contains(self.0[0]) {
            return Err(Error::new(ErrorKind::Unavailable, "fetch").with_message("no answer"));
        }
        SilentFor(self.0[1], self.1.clone()).page(request).await
    }
}

#[tokio::test]
async fn redo_of_all_projects_tells_everybody_that_the_report_replaces_the_first() {
    let world = world();
    world.run("r1").await;
    let summary = redo(&world, Redo::All).await;
    assert_eq!((summary.exit_code(), summary.projects[0].edition), (0, 2));
    let both = ["x@example.com", "y@example.com"];
    assert_eq!(sent(&world), [both.map(first), both.map(replacing)].concat());
    redo(&world, Redo::All).await;
    assert_eq!(world.notifier.sent().pop().unwrap().edition, 3, "each has an identity of its own");
}

#[tokio::test]
async fn interrupted_redo_goes_on_where_it_stopped() {
    let world = world();
    world.run("r1").await;
    fail_for(&world, "y@example.com", ErrorKind::Unavailable);
    redo(&world, Redo::All).await;
    world.notifier.recover();
    let summary = redo(&world, Redo::All).await;
    assert_eq!(summary.exit_code(), 0);
    let both = ["x@example.com", "y@example.com"];
    assert_eq!(sent(&world), [both.map(first), both.map(replacing)].concat(), "nobody is told twice of one edition");
    assert!(is_finished(&world).await);
}

/// The third call of the ledger that records something fails: the message is sent, and the ledger does not know it.
#[tokio::test]
async fn result_of_a_message_is_recorded_before_anything_else() {
    for attempts in 1..=3 {
        let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
        // acquire, the right to tell people, progress, intent, and then sent, its repetition, and the one at the end
        let ledger =
            (0..attempts).fold(Faulty::new(MemoryLedger::new()), |f, n| f.failing(4 + n, ErrorKind::Throttled));
        world.parts.ledger = Arc::new(ledger);
        let summary = world.see(&[(1, "one")]).run("r1").await;
        let progress = world.parts.ledger.progress(&ProgressQuery::new("r1".parse().unwrap())).await.unwrap();
        let stages: Vec<_> = progress.messages().map(|m| m.state.stage()).collect();
        let is_done = progress.entries.iter().any(|e| matches!(e, LedgerEntry::ProjectDone { .. }));
        match attempts {
            1 => assert_eq!((summary.exit_code(), &*stages, is_done), (0, &[MessageStage::Sent][..], true)),
            // nothing that relies on the message is recorded, and the message is recorded at the end
            2 => assert_eq!((summary.exit_code(), &*stages, is_done), (1, &[MessageStage::Sent][..], false)),
            // the next attempt lists the doubt
            _ => assert_eq!((summary.exit_code(), &*stages, is_done), (1, &[MessageStage::Intent][..], false)),
        }
        let runs = world.history.project(&HistoryQuery::new("a")).await.unwrap().runs;
        assert_eq!(runs.len(), usize::from(attempts == 1));
    }
}

/// Asks the run to stop as soon as it has sent the first message.
#[derive(Debug)]
struct StopAfterMessage(MemoryNotifier, tokio_util::sync::CancellationToken);

#[async_trait]
impl Notifier for StopAfterMessage {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.1.cancel();
        self.0.notify(notification).await
    }
}

#[tokio::test]
async fn no_message_is_begun_after_a_request_to_stop() {
    let everyone: Vec<String> = (0..15).map(|n| format!("p{n:02}@example.com")).collect();
    let names: Vec<&str> = everyone.iter().map(String::as_str).collect();
    let mut world = World::new(vec![project("a", &[1], &names)]);
    let stopping = settings("r1");
    world.parts.notifiers = vec![Arc::new(StopAfterMessage(world.notifier.clone(), stopping.cancel.clone()))];
    let RunOutcome::Done(summary) = world.see(&[(1, "one")]).start(stopping).await else { panic!("it is done") };
    assert_eq!((summary.exit_code(), summary.projects[0].notified.len()), (1, 1));
    assert_eq!(summary.projects[0].in_doubt, []);
    world.parts.notifiers = vec![Arc::new(world.notifier.clone())];
    assert_eq!(world.run("r1").await.exit_code(), 0);
    assert_eq!(sent(&world).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), everyone);
}

#[tokio::test(start_paused = true)]
async fn held_run_is_waited_for() {
    let world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let Settings { run_id, clock, .. } = settings("r1");
    world.parts.ledger.acquire(&AcquireRun::new(run_id.clone(), "other", clock.now())).await.unwrap();
    let waiting = |seconds| {
        let mut settings = settings("r1");
        settings.held_wait = Duration::from_secs(seconds);
        settings
    };
    assert!(matches!(world.start(waiting(30)).await, RunOutcome::Held { .. }), "it is held longer");
    let ledger = world.parts.ledger.clone();
    let release = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        ledger.close(&CloseRun::released(run_id, "other", clock.now())).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(world.start(waiting(30)), release);
    assert!(matches!(outcome, RunOutcome::Done(_)));
}

/// What changes between two attempts is judged by the ledger, not by what the first attempt said.
#[tokio::test]
async fn recipient_who_replaced_another_and_is_rejected_is_not_forgotten() {
    let mut world = world();
    registry(&mut world, "a", &["x@example.com"]);
    keep_open(&world);
    world.run("r1").await;
    registry(&mut world, "a", &["z@example.com"]);
    fail_for(&world, "z@example.com", ErrorKind::InvalidInput);
    world.run("r1").await;
    world.notifier.recover();
    let summary = world.run("r1").await;
    assert_eq!(summary.exit_code(), 1, "nobody of the project was told");
    assert!(summary.projects[0].errors.iter().any(|error| error.message.contains("z@example.com")));
    assert!(summary.projects[0].notified.is_empty());
    assert!(is_finished(&world).await, "trying again does not help");
}

#[tokio::test]
async fn skipped_message_in_doubt_is_listed_by_every_attempt() {
    let mut world = world();
    registry(&mut world, "a", &["x@example.com", "y@example.com"]);
    keep_open(&world);
    fail_for(&world, "y@example.com", ErrorKind::OutcomeUnknown);
    for _ in 0..3 {
        let mut skipping = settings("r1");
        skipping.in_doubt = crate::pipeline::InDoubtPolicy::Skip;
        let RunOutcome::Done(summary) = world.start(skipping).await else { panic!("it is not finished") };
        assert_eq!(summary.projects[0].in_doubt.len(), 1);
        assert_eq!(summary.exit_code(), 1);
    }
}

#[tokio::test]
async fn project_whose_recipients_are_all_rejected_does_not_keep_the_run_open() {
    let mut world = world();
    registry(&mut world, "a", &["x@example.com"]);
    fail_for(&world, "open@example.com", ErrorKind::InvalidInput);
    assert_eq!(world.run("r1").await.exit_code(), 1);
    assert!(is_finished(&world).await);
}

#[tokio::test]
async fn run_in_which_everybody_is_rejected_can_be_started_again() {
    let mut world = world();
    registry(&mut world, "a", &["x@example.com"]);
    world.notifier.fail_all(ErrorKind::InvalidInput);
    assert_eq!(world.run("r1").await.exit_code(), 1);
    world.notifier.recover();
    assert_eq!(world.run("r1").await.exit_code(), 0, "the sender was not verified, and now it is");
}

#[tokio::test]
async fn only_who_was_told_reads_that_a_report_replaces_another() {
    let mut world = world();
    world.run("r1").await;
    let everyone = ["x@example.com", "y@example.com", "z@example.com"];
    world.parts.registry = Arc::new(MemoryRegistry::new(vec![project("a", &[1], &everyone)]));
    for failing in ["z@example.com", "y@example.com"] {
        fail_for(&world, failing, ErrorKind::Unavailable);
    }
    redo(&world, Redo::All).await;
    world.notifier.recover();
    world.run("r1").await;
    let told: std::collections::BTreeSet<_> = sent(&world).into_iter().skip(2).collect();
    assert_eq!(told, [replacing("x@example.com"), replacing("y@example.com"), first("z@example.com")].into());
}

#[tokio::test]
async fn second_redo_without_a_change_tells_nobody() {
    let mut world = World::new(vec![project("a", &[1, 2], &["x@example.com", "y@example.com"])]);
    world.parts.sweep = sweep(SilentFor(account(2), MemorySource::new(vec![Finding::new(account(1), "one")])));
    fail_for(&world, "y@example.com", ErrorKind::Unavailable);
    world.run("r1").await;
    world.notifier.recover();
    for _ in 0..3 {
        redo(&world, Redo::Incomplete).await;
    }
    assert_eq!(sent(&world), [first("x@example.com"), first("y@example.com")]);
}

#[tokio::test]
async fn corrected_spelling_tells_nobody_again() {
    let mut world = world();
    registry(&mut world, "Data Platform", &["anna@example.com"]);
    keep_open(&world);
    world.run("r1").await;
    registry(&mut world, "Data\u{3000}Platform", &["Anna@example.com"]);
    world.run("r1").await;
    let mut renamed = project("Warehouse", &[1], &["anna@example.com"]);
    renamed.add_alias("Data Platform");
    let projects = vec![renamed, project("open", &[2], &["open@example.com"])];
    world.parts.registry = Arc::new(MemoryRegistry::new(projects));
    world.run("r1").await;
    assert_eq!(sent(&world), [first("anna@example.com")]);
}

#[tokio::test]
async fn project_is_done_again_if_its_report_is_gone() {
    let mut world = world();
    fail_for(&world, "y@example.com", ErrorKind::Unavailable);
    world.run("r1").await;
    world.notifier.recover();
    world.parts.store = Arc::new(MemoryStore::new());
    let summary = world.run("r1").await;
    assert_eq!(summary.exit_code(), 0);
    assert_eq!(sent(&world), [first("x@example.com"), first("y@example.com")]);
}

/// Two tasks are started with the same wish: the second one waits and finds it done.
#[tokio::test(start_paused = true)]
async fn redo_of_two_tasks_is_done_once() {
    let world = world();
    world.run("r1").await;
    let wish = |owner: &str| {
        let mut settings = settings("r1");
        (settings.redo, settings.held_wait) = (Some(Redo::All), Duration::from_mins(1));
        settings.owner = owner.to_owned();
        settings
    };
    let Settings { run_id, clock, .. } = settings("r1");
    let mut reopen = AcquireRun::new(run_id.clone(), "first", clock.now());
    reopen.redo = Some(Redo::All);
    let ledger = world.parts.ledger.clone();
    ledger.acquire(&reopen).await.unwrap();
    let finish = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        ledger.close(&CloseRun::finished(run_id, "first", clock.now(), "{}")).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(world.start(wish("second")), finish);
    assert!(matches!(outcome, RunOutcome::AlreadyFinished { .. }), "{outcome:?}");
}

#[tokio::test]
async fn message_in_doubt_stays_open_if_the_run_is_stopped() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com", "y@example.com"])]);
    fail_for(&world, "y@example.com", ErrorKind::OutcomeUnknown);
    world.see(&[(1, "one")]).run("r1").await;
    world.notifier.recover();
    let stopping = settings("r1");
    stopping.cancel.cancel();
    let RunOutcome::Done(summary) = world.start(stopping).await else { panic!("it is not finished") };
    assert_eq!(summary.exit_code(), 1);
    assert_eq!(world.run("r1").await.exit_code(), 0);
    assert_eq!(sent(&world), [first("x@example.com"), first("y@example.com")]);
}
