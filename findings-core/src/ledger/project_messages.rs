//! The messages about a project.

use super::{MessageEntry, RunProgress};
use crate::RunId;

/// A request for the messages about a project in a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessagesQuery {
    /// The run.
    pub run_id: RunId,
    /// Name of the project, as in that run.
    pub project: String,
}

impl MessagesQuery {
    /// A request for all messages about `project` in a run.
    pub fn new(run_id: RunId, project: impl Into<String>) -> Self {
        Self { run_id, project: project.into() }
    }

    /// The messages about the project in the progress of the run, in the order that
    /// [`RunLedger::messages`](super::RunLedger::messages) promises.
    pub(super) fn select(&self, progress: &RunProgress) -> Vec<MessageEntry> {
        let of_project = progress.messages().filter(|message| message.project == self.project);
        in_order(of_project.cloned().collect())
    }
}

/// Messages by recipient and notifier.
pub(crate) fn in_order(mut messages: Vec<MessageEntry>) -> Vec<MessageEntry> {
    messages.sort_by(|a, b| (&a.recipient, &a.notifier).cmp(&(&b.recipient, &b.notifier)));
    messages
}
