//! Urgent runs and runs that make reports at the same time.

use std::time::Duration;

use super::*;
use crate::ledger::{AcquireOutcome, CloseRun};
use crate::notify::{Notification, Notifier, Receipt, UrgentNotification};

/// Takes a while to send each message, and notes which kind was sent in which order.
#[derive(Clone, Debug, Default)]
struct Slow(Arc<std::sync::Mutex<Vec<String>>>, MemoryNotifier);

#[async_trait::async_trait]
impl Notifier for Slow {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn serves(&self, _: &crate::notify::Recipient) -> bool {
        true
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        tokio::time::sleep(Duration::from_secs(20)).await;
        self.0.lock().unwrap().push(format!("report to {}", notification.recipient));
        self.1.notify(notification).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        tokio::time::sleep(Duration::from_secs(20)).await;
        self.0.lock().unwrap().push(format!("urgent to {}", notification.recipient));
        self.1.notify_urgent(notification).await
    }
}

fn world() -> (World, Slow) {
    let (mut world, slow) = (World::new(payments()), Slow::default());
    world.find(&[(1, "one", Critical)]);
    world.parts.notifiers = vec![Arc::new(slow.clone())];
    (world, slow)
}

fn patient(world: &World, owner: &str) -> Settings {
    let mut settings = world.urgent_settings();
    settings.owner = owner.to_owned();
    settings.deadline = Some(Duration::from_hours(1));
    settings
}

async fn report(world: &World) -> Summary {
    let mut settings = patient(world, "reports");
    settings.run_id = "w1".parse().unwrap();
    match world.start(settings).await {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_a_finding_after_the_report_told_of_it() {
    for seconds in [0, 10, 30, 50] {
        let (world, slow) = world();
        let late = async {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            world.urgent_with("urgent-1", patient(&world, "urgent")).await
        };
        let (weekly, urgent) = tokio::join!(report(&world), late);
        assert_eq!((weekly.exit_code(), urgent.exit_code()), (0, 0), "{urgent:?}");
        let sent = slow.0.lock().unwrap().clone();
        assert_eq!(sent, ["report to a@example.com", "report to b@example.com"], "after {seconds}s");
        assert_eq!(urgent.urgent.map(|urgent| urgent.told), Some(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_waits_for_an_urgent_run_and_tells_of_everything() {
    let (world, slow) = world();
    let late = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        report(&world).await
    };
    let (urgent, weekly) = tokio::join!(world.urgent_with("urgent-1", patient(&world, "urgent")), late);
    assert_eq!((weekly.exit_code(), weekly.projects[0].changes.new, urgent.exit_code()), (0, 1, 0));
    let want =
        ["urgent to a@example.com", "urgent to b@example.com", "report to a@example.com", "report to b@example.com"];
    assert_eq!(*slow.0.lock().unwrap(), want);
}

#[tokio::test(start_paused = true)]
async fn an_urgent_run_that_gets_no_turn_says_so_and_its_retry_goes_on() {
    let (world, _) = world();
    let mut hold = AcquireRun::new(RunId::between_reports(), "reports:other", world.clock().0);
    hold.lease = Duration::from_hours(9);
    world.parts.ledger.acquire(&hold).await.unwrap();
    let summary = world.urgent_with("urgent-1", patient(&world, "urgent")).await;
    assert_eq!((summary.exit_code(), summary.status), (1, RunStatus::Failed));
    assert!(summary.errors[0].message.contains("nobody was told, because another run (reports:other)"), "{summary:?}");
    assert!(world.told().is_empty());
    let free = CloseRun::released(RunId::between_reports(), "reports:other", world.clock().0);
    world.parts.ledger.close(&free).await.unwrap();
    assert_eq!(world.urgent_with("urgent-1", patient(&world, "urgent")).await.exit_code(), 0);
    let _ = world.notifier.urgent_messages();
}

#[tokio::test(start_paused = true)]
async fn a_report_goes_on_beside_an_urgent_run_that_does_not_end() {
    let (world, slow) = world();
    let mut hold = AcquireRun::new(RunId::between_reports(), "urgent:other", world.clock().0);
    hold.lease = Duration::from_hours(9);
    world.parts.ledger.acquire(&hold).await.unwrap();
    let began = tokio::time::Instant::now();
    assert_eq!(report(&world).await.exit_code(), 0);
    assert!((300..400).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(slow.0.lock().unwrap().len(), 2);
    // it did not take the right away
    hold.owner = "another".to_owned();
    let answer = world.parts.ledger.acquire(&hold).await.unwrap();
    assert!(matches!(answer, AcquireOutcome::Held { owner, .. } if owner == "urgent:other"));
}

#[tokio::test(start_paused = true)]
async fn the_same_urgent_run_twice_is_done_once() {
    let (world, slow) = world();
    let first = world.start_urgent("urgent-1", patient(&world, "one"));
    let mut second = patient(&world, "two");
    second.held_wait = Duration::from_hours(1);
    let (first, second) = tokio::join!(first, world.start_urgent("urgent-1", second));
    assert!(matches!(first.unwrap(), RunOutcome::Done(_)));
    assert!(matches!(second.unwrap(), RunOutcome::AlreadyFinished { .. }));
    assert_eq!(slow.0.lock().unwrap().len(), 2);
}
