//! Who heard of the last report: what changed since then is news only to them.

use std::collections::HashSet;

use super::context::RunContext;
use super::tell::listeners;
use crate::NotifyWhen;
use crate::history::ProjectRun;
use crate::ledger::{MessageState, MessagesQuery};
use crate::recipient::Recipient;
use crate::registry::Project;

/// Who heard of the last report that anybody was told of.
#[derive(Debug)]
pub(super) enum Heard {
    /// It makes no difference: there is no such report, or everybody hears of every report or of none.
    NotAsked,
    /// These recipients, in lower case: a service took their message, or they chose silence.
    By(HashSet<String>),
}

impl Heard {
    /// Whether the last report counts as known to the recipient. Whoever never heard of it hears of the present one as of a
    /// first one.
    pub(super) fn is_known_to(&self, recipient: &Recipient) -> bool {
        match self {
            Self::NotAsked => true,
            Self::By(recipients) => recipients.contains(&recipient.as_str().to_lowercase()),
        }
    }
}

/// Reads who heard of the last report, if somebody chose to hear only of some. A failure does not stop the run: in doubt,
/// nobody heard of it, and a message too many is better than none.
pub(super) async fn heard(run: &RunContext<'_>, project: &Project, last: Option<&ProjectRun>) -> Heard {
    let chooses = |when| !matches!(when, NotifyWhen::Always | NotifyWhen::Never);
    let is_asked = listeners(run.settings, project).any(|listener| chooses(listener.when));
    let Some(last) = last.filter(|_| is_asked && !run.dispatch.channels().is_empty()) else { return Heard::NotAsked };
    let mut recipients = HashSet::new();
    // the ledger has the messages under the name that the project had then
    for name in std::iter::once(project.name.as_str()).chain(run.names.earlier_of(project)) {
        let query = MessagesQuery::new(last.run_id.clone(), name);
        match run.parts.ledger.messages(&query).await {
            // reminders and replies are no reports, and have a name like "ses/reminder"
            Ok(messages) => recipients.extend(messages.iter().filter(|m| !m.notifier.contains('/')).filter_map(|m| {
                let has_heard =
                    matches!(m.state, MessageState::Sent { .. } | MessageState::Resent { .. } | MessageState::Silent);
                has_heard.then(|| m.recipient.as_str().to_lowercase())
            })),
            Err(error) => {
                tracing::warn!(project = project.name, error = %error.report(), "who heard of the last report could not be read; everybody is told of this one, except those who want to hear of none");
                return Heard::By(HashSet::new());
            }
        }
    }
    Heard::By(recipients)
}
