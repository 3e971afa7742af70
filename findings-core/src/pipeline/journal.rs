//! The ledger's entries of a run's messages: what earlier attempts have sent, and what this one records.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::message::Message;
use super::parts::{Channel, Wiring};
use super::settings::{InDoubtPolicy, Settings};
use crate::Result;
use crate::ledger::{LedgerEntry, MessageEntry, MessageState, RecordEntry, RunLedger, RunProgress};
use crate::recipient::Recipient;
use crate::registry::{Project, project_key};

/// The entries of a run's messages.
#[derive(Debug)]
pub(super) struct Journal<'a> {
    ledger: &'a dyn RunLedger,
    settings: &'a Settings,
    /// The edition of the run that this attempt works on.
    pub(super) edition: u32,
    /// The entries of earlier attempts at the run.
    earlier: HashMap<MessageKey, MessageEntry>,
    /// What became of messages and could not be recorded yet.
    unrecorded: Mutex<Vec<MessageEntry>>,
}

/// What distinguishes an entry of a message of several entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryName<'a> {
    /// Project as the registry spells it now.
    pub(super) project: &'a str,
    /// The notifier, and what the entry is about.
    pub(super) notifier: &'a str,
    pub(super) recipient: &'a Recipient,
    pub(super) edition: u32,
}

/// Project as the registry spells it now, notifier, and recipient in lower case.
type MessageKey = (String, String, String);

/// The name under which the ledger has a message: that of the notifier and, unless the message is about a report, its kind.
fn ledger_name(channel: &Channel, kind: Option<&str>) -> String {
    kind.map_or_else(|| channel.name.clone(), |kind| format!("{}/{kind}", channel.name))
}

fn key(project: &str, notifier: &str, recipient: &Recipient) -> MessageKey {
    (project.to_owned(), notifier.to_owned(), recipient.as_str().to_lowercase())
}

impl<'a> Journal<'a> {
    pub(super) fn new(wiring: &'a Wiring, projects: &[Project], progress: &RunProgress) -> Self {
        let aliases = projects.iter().flat_map(|p| p.aliases.iter().map(move |alias| (project_key(alias), &p.name)));
        // last, because a name of a project is no earlier name of another
        let names: HashMap<String, &String> =
            aliases.chain(projects.iter().map(|p| (project_key(&p.name), &p.name))).collect();
        let mut earlier: HashMap<MessageKey, MessageEntry> = HashMap::new();
        for message in progress.messages() {
            let project = names.get(&project_key(&message.project)).map_or(&message.project, |name| *name);
            let known = earlier.entry(key(project, &message.notifier, &message.recipient)).or_insert(message.clone());
            if (known.edition, known.at) < (message.edition, message.at) {
                *known = message.clone();
            }
        }
        Self {
            ledger: &*wiring.parts.ledger,
            settings: &wiring.settings,
            edition: progress.state.edition,
            earlier,
            unrecorded: Mutex::default(),
        }
    }

    /// Returns the last entry of earlier attempts about the report. `project` is spelled as in the registry.
    pub(super) fn earlier(&self, channel: &Channel, project: &str, recipient: &Recipient) -> Option<&MessageEntry> {
        self.earlier.get(&key(project, &channel.name, recipient))
    }

    /// Returns the last entry of earlier attempts of the same kind of message to the same recipient.
    pub(super) fn earlier_of(&self, channel: &Channel, message: &impl Message) -> Option<&MessageEntry> {
        let name = ledger_name(channel, message.kind());
        self.earlier.get(&key(message.about(), &name, message.recipient()))
    }

    /// Returns the last entry of earlier attempts under this name, of whatever edition.
    pub(super) fn earlier_named(&self, name: &EntryName<'_>) -> Option<&MessageEntry> {
        self.earlier.get(&key(name.project, name.notifier, name.recipient))
    }

    pub(super) fn entry_named(&self, name: &EntryName<'_>, state: MessageState) -> MessageEntry {
        let EntryName { project, notifier, recipient, edition } = *name;
        MessageEntry::new(project, notifier, recipient.clone(), state, self.settings.clock.now()).in_edition(edition)
    }

    /// Whether a message about the project was begun in a later edition than `edition`.
    pub(super) fn has_begun_after(&self, project: &str, edition: u32) -> bool {
        let is_begun = |message: &MessageEntry| message.edition > edition && message.state != MessageState::Silent;
        self.earlier.iter().any(|((of, ..), message)| of == project && is_begun(message))
    }

    /// Whether messages in doubt are sent again.
    pub(super) fn resends(&self) -> bool {
        self.settings.in_doubt == InDoubtPolicy::Resend
    }

    /// Returns the last edition in which a message about the project was begun, at least 1.
    pub(super) fn last_edition(&self, project: &str) -> u32 {
        let editions = self.earlier.iter().filter(|((of, ..), _)| of == project).map(|(_, message)| message.edition);
        editions.max().unwrap_or(1).max(1)
    }

    /// Returns whether the ledger has the intent of exactly this message.
    pub(super) fn has_intent(&self, channel: &Channel, message: &impl Message) -> bool {
        self.earlier_of(channel, message).is_some_and(|entry| {
            let is_same = entry.project == message.about() && entry.recipient == *message.recipient();
            is_same && entry.edition == message.edition() && entry.state == MessageState::Intent
        })
    }

    pub(super) fn entry(&self, channel: &Channel, message: &impl Message, state: MessageState) -> MessageEntry {
        let (about, recipient) = (message.about(), message.recipient().clone());
        let name = ledger_name(channel, message.kind());
        MessageEntry::new(about, name, recipient, state, self.settings.clock.now()).in_edition(message.edition())
    }

    pub(super) async fn record(&self, entry: MessageEntry) -> Result<()> {
        let (run_id, owner) = (self.settings.run_id.clone(), &self.settings.owner);
        self.ledger.record(&RecordEntry::new(run_id, owner, LedgerEntry::Message(entry))).await
    }

    /// Records what became of a message. If that fails, it is kept: the process knows more than the ledger, and
    /// [`flush`](Self::flush) tries again.
    pub(super) async fn record_result(&self, entry: MessageEntry) {
        if let Err(error) = self.record(entry.clone()).await {
            let recipient = &entry.recipient;
            tracing::warn!(%recipient, error = %error.report(), "what became of a message could not be recorded; trying again later");
            self.unrecorded().push(entry);
        }
    }

    /// Records what could not be recorded of the messages of a project, or of all. Must be called before anything else of
    /// the project is recorded.
    ///
    /// # Errors
    /// Those of the ledger. Then the next attempt finds the intents, and the messages are in doubt.
    pub(super) async fn flush(&self, project: Option<&str>) -> Result<()> {
        let is_meant = |entry: &mut MessageEntry| project.is_none_or(|project| entry.project == project);
        let mut pending: Vec<_> = self.unrecorded().extract_if(.., is_meant).collect();
        while let Some(entry) = pending.pop() {
            if let Err(error) = self.record(entry.clone()).await {
                pending.push(entry);
                self.unrecorded().append(&mut pending);
                return Err(error);
            }
        }
        Ok(())
    }

    fn unrecorded(&self) -> MutexGuard<'_, Vec<MessageEntry>> {
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
