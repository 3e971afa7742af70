//! Urgent runs whose parts fail, and that are killed.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::*;
use crate::ledger::{
    AcquireOutcome, CloseRun, FinishedRun, MessageEntry, MessagesQuery, ProgressQuery, RecordEntry, RenewRun,
    RunLedger, RunProgress,
};
use crate::memory::MemoryHistory;
use crate::notify::{Notification, Notifier, Receipt, Recipient, UrgentNotification};
use crate::testing::Faulty;

fn world() -> World {
    let mut world = World::new(payments());
    world.find(&[(1, "one", Critical), (2, "two", Critical)]);
    world
}

/// How often each recipient was told of each issue.
fn tellings(notifier: &MemoryNotifier) -> HashMap<(String, String), usize> {
    let mut tellings = HashMap::new();
    for message in notifier.urgent_messages() {
        for finding in &message.list.findings {
            *tellings.entry((message.recipient.to_string(), finding.title.to_string())).or_insert(0) += 1;
        }
    }
    tellings
}

/// Each part × each of its first calls × kinds of failure: the next attempt tells whoever was not told, and nobody twice.
#[tokio::test]
async fn next_attempt_tells_whom_a_failure_left_out() {
    for part in ["notifier", "reader", "ledger"] {
        for call in 0..24 {
            for kind in [ErrorKind::Unavailable, ErrorKind::PermissionDenied] {
                let mut world = world();
                let ledger = MemoryLedger::new();
                world.parts.ledger = Arc::new(ledger.clone());
                let healthy = world.parts.clone();
                match part {
                    "notifier" => {
                        world.parts.notifiers = vec![Arc::new(Faulty::new(world.notifier.clone()).failing(call, kind))];
                    }
                    "reader" => {
                        world.parts.history_reader = Arc::new(Faulty::new(MemoryHistory::new()).failing(call, kind));
                    }
                    _ => world.parts.ledger = Arc::new(Faulty::new(ledger).failing(call, kind)),
                }
                let first = world.start_urgent("urgent-1", world.urgent_settings()).await;
                world.parts = healthy;
                // the lease of an attempt that could not give it up has passed
                world.at("2026-11-23T01:00:00Z");
                let _ = world.start_urgent("urgent-1", world.urgent_settings()).await.unwrap();
                let last = world.urgent("urgent-2").await;
                let tellings = tellings(&world.notifier);
                assert_eq!(tellings.len(), 4, "{part} {call} {kind:?}: {first:?}");
                assert!(tellings.values().all(|n| *n == 1), "{part} {call} {kind:?}: {tellings:?}");
                assert_eq!(last.exit_code(), 0, "{part} {call} {kind:?}: {last:?}");
            }
        }
    }
}

/// Sends, and then the process is killed before it knows.
#[derive(Debug)]
struct Boundary {
    calls: AtomicU64,
    /// The call at which the process is killed, and whether the call is still made.
    at: u64,
    is_made: bool,
    killed: CancellationToken,
}

impl Boundary {
    fn new(at: u64, is_made: bool) -> Arc<Self> {
        Arc::new(Self { calls: AtomicU64::new(0), at, is_made, killed: CancellationToken::new() })
    }

    async fn pass<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        if self.killed.is_cancelled() || self.calls.fetch_add(1, Ordering::SeqCst) == self.at {
            if self.is_made && !self.killed.is_cancelled() {
                let _ = call.await;
            }
            self.killed.cancel();
            return std::future::pending().await;
        }
        call.await
    }
}

#[derive(Debug)]
struct Mortal<T>(Arc<Boundary>, T);

#[async_trait::async_trait]
impl Notifier for Mortal<MemoryNotifier> {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn serves(&self, _: &Recipient) -> bool {
        true
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.0.pass(self.1.notify(notification)).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        self.0.pass(self.1.notify_urgent(notification)).await
    }
}

#[async_trait::async_trait]
impl RunLedger for Mortal<MemoryLedger> {
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
        self.0.pass(self.1.acquire(request)).await
    }

    async fn renew(&self, request: &RenewRun) -> Result<()> {
        self.1.renew(request).await
    }

    async fn close(&self, request: &CloseRun) -> Result<()> {
        self.0.pass(self.1.close(request)).await
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        self.0.pass(self.1.record(request)).await
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        self.0.pass(self.1.progress(query)).await
    }

    async fn messages(&self, query: &MessagesQuery) -> Result<Vec<MessageEntry>> {
        self.0.pass(self.1.messages(query)).await
    }

    async fn last_finished(&self) -> Result<Option<FinishedRun>> {
        self.1.last_finished().await
    }
}

/// The run is killed at each boundary of a request, before it is made and after it: whoever was not told hears of everything in
/// the next attempt, and whoever may have been told twice is named in its summary.
#[tokio::test]
async fn killed_at_each_boundary() {
    let mut doubts = 0;
    for (call, is_made) in (0..26).flat_map(|call| [(call, false), (call, true)]) {
        for policy in [InDoubtPolicy::Resend, InDoubtPolicy::Skip] {
            let mut world = world();
            let (ledger, boundary) = (MemoryLedger::new(), Boundary::new(call, is_made));
            let mut healthy = world.parts.clone();
            healthy.ledger = Arc::new(ledger.clone());
            world.parts.ledger = Arc::new(Mortal(boundary.clone(), ledger));
            world.parts.notifiers = vec![Arc::new(Mortal(boundary.clone(), world.notifier.clone()))];
            let mut settings = world.urgent_settings();
            settings.in_doubt = policy;
            let attempt = world.start_urgent("urgent-1", settings.clone());
            tokio::select! {
                _ = attempt => {}
                () = boundary.killed.cancelled() => {}
            }
            world.parts = healthy;
            world.at("2026-11-23T01:00:00Z");
            settings.clock = world.clock();
            settings.owner = "next".to_owned();
            let next = match world.start_urgent("urgent-1", settings).await.unwrap() {
                RunOutcome::Done(summary) => summary.projects[0].in_doubt.clone(),
                RunOutcome::AlreadyFinished { .. } => Vec::new(),
                held => panic!("{held:?}"),
            };
            doubts += next.len();
            let tellings = tellings(&world.notifier);
            for recipient in ["a@example.com", "b@example.com"] {
                for issue in ["one", "two"] {
                    let told = tellings.get(&(recipient.to_owned(), issue.to_owned())).copied().unwrap_or_default();
                    let is_doubtful = next.iter().any(|message| message.recipient == recipient);
                    let want = match (is_doubtful, policy) {
                        (false, _) => 1..=1,
                        (true, InDoubtPolicy::Skip) => 0..=1,
                        (true, _) => 1..=2,
                    };
                    assert!(
                        want.contains(&told),
                        "call {call}, made {is_made}, {policy:?}: {recipient} {issue} {told}"
                    );
                }
            }
        }
    }
    assert!(doubts > 8, "{doubts}");
}

#[tokio::test]
async fn a_lost_answer_is_in_doubt_and_told_again() {
    let world = world();
    world.notifier.fail_for(&"b@example.com".parse().unwrap(), ErrorKind::OutcomeUnknown);
    let first = world.urgent("urgent-1").await;
    assert_eq!((first.exit_code(), first.projects[0].in_doubt.len()), (1, 1));
    world.notifier.recover();
    let second = world.urgent("urgent-2").await;
    assert_eq!(second.projects[0].in_doubt[0].recipient, "b@example.com");
    assert_eq!(second.projects[0].notified, ["b@example.com"]);
    assert_eq!(world.urgent("urgent-3").await.urgent.map(|urgent| urgent.told), Some(0));
}
