//! Sends one message about several issues to a recipient, and records each issue before and after it.

use futures::{StreamExt as _, stream};

use super::candidates::Candidate;
use crate::Result;
use crate::ledger::MessageState;
use crate::notify::{Notifier, Receipt, UrgentNotification};
use crate::pipeline::dispatch::{By, Delivery, Dispatch, Known, not_recorded, state_after};
use crate::pipeline::journal::EntryName;
use crate::pipeline::links::ReportAccess;
use crate::pipeline::message::Message;
use crate::pipeline::parts::Channel;
use crate::recipient::Recipient;
use crate::store::ArtifactLink;

/// Entries of one message that are recorded at the same time: a first run can tell of hundreds of issues.
const CONCURRENCY: usize = 8;

impl Candidate {
    /// What distinguishes it from all others of its project.
    pub(super) fn key(&self) -> String {
        format!("{}-{}", self.issue.as_str(), self.opening)
    }

    /// The name under which the ledger has what was told of it through a channel. Ledgers hold the names, so they must never
    /// change.
    fn ledger_name(&self, channel: &Channel) -> String {
        format!("{}/urgent/{}", channel.name, self.issue.as_str())
    }
}

impl Message for UrgentNotification {
    fn about(&self) -> &str {
        &self.project
    }

    fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// Each issue has its own: see [`Candidate::opening`].
    fn edition(&self) -> u32 {
        1
    }

    /// It has no link to a file.
    fn with_link(self, _: &ReportAccess, _: ArtifactLink) -> Self {
        self
    }

    async fn hand_over(&self, notifier: &dyn Notifier) -> Result<Receipt> {
        notifier.notify_urgent(self).await
    }
}

/// What is to be delivered to a recipient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivering<'a> {
    pub(super) dispatch: &'a Dispatch<'a>,
    pub(super) project: &'a str,
    pub(super) recipient: &'a Recipient,
    pub(super) candidates: &'a [Candidate],
}

impl Delivering<'_> {
    fn entry<'n>(&'n self, candidate: &Candidate, name: &'n str) -> EntryName<'n> {
        EntryName { project: self.project, notifier: name, recipient: self.recipient, edition: candidate.opening }
    }
}

/// Tells a recipient of every candidate that is open, in one message through each channel that serves them. Returns what became
/// of it; nothing for a channel through which they know all.
pub(super) async fn deliver<'a>(
    to: &Delivering<'a>,
    message: impl Fn(&[&Candidate]) -> UrgentNotification,
) -> Vec<(&'a Channel, Delivery)> {
    let mut deliveries = Vec::new();
    for channel in to.dispatch.serving(to.recipient) {
        let open = Open::of(to, channel);
        if open.is_skipped {
            deliveries.push((channel, Delivery::Skipped));
        }
        if !open.issues.is_empty() {
            let issues: Vec<&Candidate> = open.issues.iter().map(|(issue, _)| *issue).collect();
            deliveries.push((channel, open.send(&message(&issues)).await));
        }
    }
    deliveries
}

/// The issues of which a recipient is to be told through a channel, each with whether an earlier attempt left it in doubt.
struct Open<'a> {
    to: Delivering<'a>,
    channel: &'a Channel,
    issues: Vec<(&'a Candidate, bool)>,
    /// Whether an issue is in doubt and is not told again.
    is_skipped: bool,
}

impl<'a> Open<'a> {
    fn of(to: &Delivering<'a>, channel: &'a Channel) -> Self {
        let mut open = Self { to: *to, channel, issues: Vec::new(), is_skipped: false };
        for candidate in to.candidates {
            let name = candidate.ledger_name(channel);
            match to.dispatch.known(&to.entry(candidate, &name)) {
                Known::Nothing => open.issues.push((candidate, false)),
                Known::InDoubt => open.issues.push((candidate, true)),
                Known::Skipped => open.is_skipped = true,
                Known::Settled => {}
            }
        }
        open
    }

    async fn send(&self, message: &UrgentNotification) -> Delivery {
        let was_in_doubt = self.issues.iter().any(|(_, in_doubt)| *in_doubt);
        let failed = |error| if was_in_doubt { Delivery::StillInDoubt(error) } else { Delivery::Failed(error) };
        let dispatch = self.to.dispatch;
        let message = match dispatch.prepare(self.channel, message, &[]).await {
            Ok(Some(message)) => message,
            Ok(None) => return Delivery::NotBegun,
            Err(error) => return failed(error),
        };
        if let Err(error) = self.record_intents().await {
            return failed(not_recorded(error));
        }
        let answer = message.hand_over(&*self.channel.notifier).await;
        dispatch.note_quota(self.channel, &answer);
        self.record(|in_doubt| state_after(in_doubt, &answer)).await;
        match answer {
            Ok(_) if was_in_doubt => Delivery::Resent(By::ThisAttempt),
            Ok(_) => Delivery::Sent(By::ThisAttempt),
            Err(error) => failed(error),
        }
    }

    /// Records that each issue is about to be told, unless the ledger has it from the attempt that left it in doubt. If one
    /// cannot be recorded, nothing is sent, and the others are recorded as failed.
    async fn record_intents(&self) -> Result<()> {
        let fresh = self.issues.iter().filter(|(_, in_doubt)| !in_doubt).map(|(candidate, _)| *candidate);
        let results: Vec<(&Candidate, Result<()>)> = stream::iter(fresh)
            .map(|candidate| async move { (candidate, self.record_one(candidate, MessageState::Intent).await) })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        let (begun, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, result)| result.is_ok());
        let Some(error) = refused.into_iter().find_map(|(_, result)| result.err()) else { return Ok(()) };
        let state = MessageState::Failed { reason: format!("not sent: {}", error.report()) };
        for (candidate, _) in begun {
            let name = candidate.ledger_name(self.channel);
            self.to.dispatch.record_named_result(&self.to.entry(candidate, &name), state.clone()).await;
        }
        Err(error)
    }

    async fn record_one(&self, candidate: &Candidate, state: MessageState) -> Result<()> {
        let name = candidate.ledger_name(self.channel);
        self.to.dispatch.record_named(&self.to.entry(candidate, &name), state).await
    }

    /// Records what became of each issue.
    async fn record(&self, state_of: impl Fn(bool) -> Option<MessageState>) {
        let state_of = &state_of;
        stream::iter(&self.issues)
            .for_each_concurrent(CONCURRENCY, |(candidate, in_doubt)| async move {
                let Some(state) = state_of(*in_doubt) else { return };
                let name = candidate.ledger_name(self.channel);
                self.to.dispatch.record_named_result(&self.to.entry(candidate, &name), state).await;
            })
            .await;
    }
}
