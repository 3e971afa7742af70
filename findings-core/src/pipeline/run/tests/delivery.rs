//! Links that end too soon, quotas that end, recipients that nobody serves.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;

use super::*;
use crate::notify::{Notification, Receipt, Recipient};
use crate::pipeline::{LinkPolicy, ShortLinkPolicy};

/// A world whose credentials end an hour after the start, and settings that want links of a day.
fn short_lived(short: ShortLinkPolicy) -> (World, Settings) {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let settings = Settings { link: LinkPolicy::new(DAY).with_min_ttl(DAY, short), ..settings("r1") };
    let end = settings.clock.now() + SignedDuration::from_hours(1);
    world.parts.store = Arc::new(MemoryStore::new().with_credentials_until(end));
    (world, settings)
}

const DAY: Duration = Duration::from_hours(24);

async fn done(world: &World, settings: Settings) -> Summary {
    match world.start(settings).await {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn short_link_is_reported_or_attached_or_refused() {
    let (world, settings) = short_lived(ShortLinkPolicy::Warn);
    assert_eq!(done(&world, settings).await.exit_code(), 0);
    assert!(world.notifier.sent()[0].attachment.is_none());

    let (world, settings) = short_lived(ShortLinkPolicy::Attach);
    let end = settings.clock.now() + SignedDuration::from_hours(1);
    let summary = done(&world, settings).await;
    assert_eq!(summary.projects[0].link_expires_at, Some(end));
    let sent = world.notifier.sent().remove(0);
    assert_eq!(sent.attachment.unwrap().name, "a r1.txt");
    assert_eq!(sent.link.unwrap().expires_at, Some(end), "the link goes along all the same");

    let (world, settings) = short_lived(ShortLinkPolicy::Fail);
    let error = Pipeline::new(world.parts.clone(), settings.clone()).run().await.unwrap_err();
    assert!(error.to_string().contains("1h instead of at least 1d"), "{error}");
    assert!(world.notifier.sent().is_empty());
    // the lease was given up, so that the next attempt can start at once
    let patient = Settings { link: LinkPolicy::new(DAY), ..settings };
    assert_eq!(done(&world, patient).await.exit_code(), 0);
}

/// Accepts one message, and then says that the daily quota is used up.
#[derive(Debug, Default)]
struct OneADay(AtomicUsize);

#[async_trait::async_trait]
impl Notifier for OneADay {
    fn name(&self) -> &'static str {
        "daily"
    }

    async fn notify(&self, _: &Notification) -> Result<Receipt> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(Receipt { message_id: "1".to_owned() }),
            _ => Err(Error::new(ErrorKind::QuotaExhausted, "send").with_message("daily message quota exceeded")),
        }
    }
}

#[tokio::test]
async fn exhausted_quota_stops_mail_and_next_attempt_continues() {
    let people = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
    let mut world = World::new(vec![project("a", &[1], &people)]);
    let daily = Arc::new(OneADay::default());
    world.parts.notifiers = vec![daily.clone()];
    let summary = world.run("r").await;
    assert_eq!(daily.0.load(Ordering::SeqCst), 2, "one that is sent, one that is refused, and no more");
    assert_eq!(summary.projects[0].notified, ["a@example.com"]);
    let errors: Vec<_> = summary.projects[0].errors.iter().map(|e| e.message.as_str()).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].contains("daily message quota exceeded"), "{errors:?}");
    assert!(errors[1..].iter().all(|e| e.contains("start the run again with the same run ID")), "{errors:?}");

    world.parts.notifiers = vec![Arc::new(NamedMemory(world.notifier.clone()))];
    let next = world.run("r").await;
    assert_eq!(next.projects[0].notified, people);
    assert_eq!(world.notifier.sent().len(), 3, "who was told is not told again");
}

/// The memory's notifier under another name.
#[derive(Debug)]
struct NamedMemory(MemoryNotifier);

#[async_trait::async_trait]
impl Notifier for NamedMemory {
    fn name(&self) -> &'static str {
        "daily"
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.0.notify(notification).await
    }
}

/// Serves what is not mail.
#[derive(Debug)]
struct Chat(MemoryNotifier);

#[async_trait::async_trait]
impl Notifier for Chat {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn schemes(&self) -> Vec<String> {
        vec!["slack".to_owned()]
    }

    fn serves(&self, recipient: &Recipient) -> bool {
        recipient.channel() == Some(("slack", "payments"))
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.0.notify(notification).await
    }
}

#[tokio::test]
async fn recipient_is_notified_by_serving_notifier() {
    let people = ["a@example.com", "slack:payments", "teams:nobody"];
    let mut world = World::new(vec![project("a", &[1], &people)]);
    let chat = MemoryNotifier::new();
    world.parts.notifiers = vec![Arc::new(NamedMemory(world.notifier.clone())), Arc::new(Chat(chat.clone()))];
    let outcome = world.run("r").await.projects.remove(0);
    assert_eq!(outcome.notified, ["a@example.com", "slack:payments"]);
    assert_eq!((world.notifier.sent().len(), chat.sent().len()), (1, 1));
    let message = &outcome.errors[0].message;
    assert!(message.contains("teams:nobody was not told") && message.contains("a notifier for teams"), "{message}");
    assert_eq!(outcome.status, ProjectStatus::Incomplete);
}
