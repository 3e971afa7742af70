//! Keeps notifications in memory instead of sending them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::notify::{
    DecisionNotification, Notification, Notifier, OrganisationNotification, Receipt, Recipient, UrgentNotification,
};
use crate::{Error, ErrorKind, Result};

/// A [`Notifier`] that stores each notification, and fails on request: for some recipients or for all.
///
/// Clones share their notifications, so a test can keep one clone and pass the other to the pipeline.
///
/// ```
/// use findings_core::memory::MemoryNotifier;
/// use findings_core::notify::{Notification, Notifier, Recipient};
/// use findings_core::{ErrorKind, report::Report};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let [anna, bob]: [Recipient; 2] = ["anna@example.com".parse()?, "bob@example.com".parse()?];
/// let notifier = MemoryNotifier::new();
/// notifier.fail_for(&bob, ErrorKind::Unavailable);
///
/// assert!(notifier.notify(&Notification::of(&report, anna)?).await.is_ok());
/// assert!(notifier.notify(&Notification::of(&report, bob)?).await.is_err());
/// assert_eq!(notifier.sent()[0].recipient.as_str(), "anna@example.com");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryNotifier {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Notification>,
    of_organisation: Vec<OrganisationNotification>,
    of_decisions: Vec<DecisionNotification>,
    urgent: Vec<UrgentNotification>,
    failing: HashMap<Recipient, ErrorKind>,
    all_failing: Option<ErrorKind>,
}

impl State {
    fn check(&self, to: &Recipient) -> Result<()> {
        match self.all_failing.or_else(|| self.failing.get(to).copied()) {
            Some(kind) => Err(Error::new(kind, "notify").with_subject(to.as_str()).with_message("told to fail")),
            None => Ok(()),
        }
    }
}

impl MemoryNotifier {
    /// Creates a notifier that accepts every notification.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the notifications that were accepted so far, in the order they arrived.
    pub fn sent(&self) -> Vec<Notification> {
        self.state().sent.clone()
    }

    /// Returns the messages about the report of the organisation that were accepted so far, in the order they arrived.
    pub fn organisation_messages(&self) -> Vec<OrganisationNotification> {
        self.state().of_organisation.clone()
    }

    /// Returns the messages about decisions that were accepted so far, in the order they arrived.
    pub fn decision_messages(&self) -> Vec<DecisionNotification> {
        self.state().of_decisions.clone()
    }

    /// Returns the urgent messages that were accepted so far, in the order they arrived.
    pub fn urgent_messages(&self) -> Vec<UrgentNotification> {
        self.state().urgent.clone()
    }

    /// Makes every later notification to `recipient` fail with an error of this kind.
    pub fn fail_for(&self, recipient: &Recipient, kind: ErrorKind) {
        self.state().failing.insert(recipient.clone(), kind);
    }

    /// Makes every later notification fail with an error of this kind, for example [`ErrorKind::QuotaExhausted`].
    pub fn fail_all(&self, kind: ErrorKind) {
        self.state().all_failing = Some(kind);
    }

    /// Accepts every notification again.
    pub fn recover(&self) {
        let mut state = self.state();
        state.failing.clear();
        state.all_failing = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // a poisoned lock is safe to use: no code that holds it can panic in the middle of a change
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for MemoryNotifier {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn serves(&self, _: &Recipient) -> bool {
        true
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        let mut state = self.state();
        state.check(&notification.recipient)?;
        state.sent.push(notification.clone());
        Ok(Receipt { message_id: format!("memory-{}", state.sent.len()) })
    }

    async fn notify_organisation(&self, notification: &OrganisationNotification) -> Result<Receipt> {
        let mut state = self.state();
        state.check(&notification.recipient)?;
        state.of_organisation.push(notification.clone());
        Ok(Receipt { message_id: format!("memory-organisation-{}", state.of_organisation.len()) })
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        let mut state = self.state();
        state.check(&notification.recipient)?;
        state.of_decisions.push(notification.clone());
        Ok(Receipt { message_id: format!("memory-decisions-{}", state.of_decisions.len()) })
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        let mut state = self.state();
        state.check(&notification.recipient)?;
        state.urgent.push(notification.clone());
        Ok(Receipt { message_id: format!("memory-urgent-{}", state.urgent.len()) })
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::conformance::notifier::{Inbox, Message};

    #[async_trait]
    impl Inbox for MemoryNotifier {
        async fn messages(&self) -> Vec<Message> {
            let message = |n: &Notification| {
                // there is no message text, so this builds one from the notification
                let state = if n.is_complete() { "complete" } else { "incomplete" };
                let text = format!("{} {state} {:?} {}", n.project, n.certainty.problems, n.certainty.stale.total());
                Message::new([n.recipient.as_str()], text)
            };
            let urgent = |n: &UrgentNotification| {
                let titles: Vec<&str> = n.list.findings.iter().map(|finding| &*finding.title).collect();
                Message::new([n.recipient.as_str()], format!("{} {}", n.project, titles.join(" ")))
            };
            self.sent().iter().map(message).chain(self.urgent_messages().iter().map(urgent)).collect()
        }

        async fn break_down(&self) {
            self.fail_all(ErrorKind::Unavailable);
        }
    }

    fn fresh() -> (MemoryNotifier, MemoryNotifier) {
        let notifier = MemoryNotifier::new();
        (notifier.clone(), notifier)
    }

    crate::notifier_conformance!(async { fresh() });
}
