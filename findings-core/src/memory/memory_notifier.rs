//! Messages that go no further than this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::notify::{Notification, Notifier, Receipt, Recipient};
use crate::{Error, ErrorKind, Result};

/// A [`Notifier`] that keeps what it was told to send, and fails for those recipients it was told to fail for.
///
/// Clones share their messages, so that a test keeps one and gives the other away.
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
/// assert!(notifier.notify(&Notification::of(&report, anna)).await.is_ok());
/// assert!(notifier.notify(&Notification::of(&report, bob)).await.is_err());
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
    failing: HashMap<Recipient, ErrorKind>,
    all_failing: Option<ErrorKind>,
}

impl MemoryNotifier {
    /// A notifier that accepts everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was accepted so far, in the order of acceptance.
    pub fn sent(&self) -> Vec<Notification> {
        self.state().sent.clone()
    }

    /// From now on every message to `recipient` fails with an error of this kind.
    pub fn fail_for(&self, recipient: &Recipient, kind: ErrorKind) {
        self.state().failing.insert(recipient.clone(), kind);
    }

    /// From now on every message fails with an error of this kind, such as [`ErrorKind::QuotaExhausted`].
    pub fn fail_all(&self, kind: ErrorKind) {
        self.state().all_failing = Some(kind);
    }

    /// Accepts everything again.
    pub fn recover(&self) {
        let mut state = self.state();
        state.failing.clear();
        state.all_failing = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // nothing that holds the lock can leave it half-changed
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
        let to = &notification.recipient;
        if let Some(kind) = state.all_failing.or_else(|| state.failing.get(to).copied()) {
            return Err(Error::new(kind, "notify").with_subject(to.as_str()).with_message("told to fail"));
        }
        state.sent.push(notification.clone());
        Ok(Receipt { message_id: format!("memory-{}", state.sent.len()) })
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
                // what is kept are the notifications themselves: this is how they would read
                let state = if n.is_complete() { "complete" } else { "incomplete" };
                let text = format!("{} {state} {:?}", n.project, n.problems);
                Message::new([n.recipient.as_str()], text)
            };
            self.sent().iter().map(message).collect()
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
