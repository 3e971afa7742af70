//! Messages that earlier attempts at the run left open: the report is delivered and remembered, and some recipients were
//! not told yet, or were added to the registry since.

use std::collections::HashMap;

use futures::{StreamExt, stream};

use super::context::RunContext;
use super::dispatch::stopped;
use super::earlier::EarlierOutcomes;
use super::earlier_report::EarlierReport;
use super::edition::ReportEdition;
use super::heard::heard;
use super::journal::Journal;
use super::outcome::{ProjectOutcome, Step};
use super::parts::Wiring;
use super::remember::record_outcome;
use super::step_error::{StepError, StepExt};
use super::tell::{Audience, MessageResults, listeners, recorded_messages, tell};
use crate::ErrorKind;
use crate::ledger::RunProgress;
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::report::Certainty;

/// What became of a project with open messages.
enum Completion {
    Done(Box<ProjectOutcome>),
    /// The report cannot be linked to any more, so the project has to be done again.
    Again(Box<ProjectOutcome>),
}

/// Sends the open messages of projects that are done, a few projects at a time. The outcomes of the others are brought up
/// to what the ledger says of their messages.
pub(super) async fn send_open_messages(
    run: &RunContext<'_>,
    projects: &[Project],
    mut earlier: EarlierOutcomes,
) -> EarlierOutcomes {
    let (mut works, mut done) = (Vec::new(), HashMap::new());
    for (index, outcome) in earlier.done.drain() {
        let project = &projects[index];
        if run.dispatch.has_open_message(project, outcome.edition) {
            done.insert(index, not_begun(outcome.clone()));
            works.push(async move { (index, complete(run, project, outcome).await) });
        } else {
            done.insert(index, recorded(run, project, outcome).repeated());
        }
    }
    let mut completed = stream::iter(works).buffer_unordered(run.settings.concurrency);
    let grace_over = run.stop.grace_over();
    tokio::pin!(grace_over);
    loop {
        tokio::select! {
            // what is in hand is dropped: the intents in the ledger show what is in doubt
            () = &mut grace_over => break,
            next = completed.next() => match next {
                None => break,
                Some((index, Completion::Done(outcome))) => drop(done.insert(index, *outcome)),
                Some((index, Completion::Again(outcome))) => {
                    done.remove(&index);
                    earlier.again.insert(index, *outcome);
                }
            },
        }
    }
    drop(completed);
    earlier.done = done;
    earlier
}

/// Returns the outcome of a project whose open messages were not begun.
fn not_begun(mut outcome: ProjectOutcome) -> ProjectOutcome {
    outcome = outcome.with_error(Step::Notify, &stopped("send the open messages"));
    outcome.has_open = true;
    outcome
}

/// Returns the outcome with what the ledger says of the messages now, none of which is open.
fn recorded(run: &RunContext<'_>, project: &Project, outcome: ProjectOutcome) -> ProjectOutcome {
    if project.recipients.is_empty() || run.dispatch.channels().is_empty() {
        return outcome;
    }
    let messages = recorded_messages(run, project, outcome.edition);
    with_messages(outcome, messages)
}

/// A recipient of a project who has no message of a finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UntoldRecipient {
    /// The name of the project.
    pub project: String,
    /// The recipient.
    pub recipient: Recipient,
}

/// Returns the recipients of delivered projects who have no message of the run, although a notifier serves them.
pub(super) fn untold_recipients(wiring: &Wiring, projects: &[Project], progress: &RunProgress) -> Vec<UntoldRecipient> {
    let (journal, earlier) = (Journal::new(wiring, projects, progress), EarlierOutcomes::read(projects, progress));
    let is_untold = |project: &Project, recipient: &Recipient| {
        let mut serving = wiring.channels.iter().filter(|channel| channel.notifier.serves(recipient)).peekable();
        serving.peek().is_some() && serving.all(|channel| journal.earlier(channel, &project.name, recipient).is_none())
    };
    let done = projects.iter().enumerate().filter(|(index, _)| earlier.done.contains_key(index));
    done.flat_map(|(_, project)| project.recipients.iter().map(move |recipient| (project, recipient)))
        .filter(|(project, recipient)| is_untold(project, recipient))
        .map(|(project, recipient)| UntoldRecipient { project: project.name.clone(), recipient: recipient.clone() })
        .collect()
}

/// Sends the open messages of one project and records the new outcome.
async fn complete(run: &RunContext<'_>, project: &Project, outcome: ProjectOutcome) -> Completion {
    if run.stop.is_requested() {
        return Completion::Done(Box::new(not_begun(outcome)));
    }
    match send(run, project, &outcome).await {
        Ok(messages) => Completion::Done(Box::new(record_outcome(run, with_messages(outcome, messages)).await)),
        // the file or the run is gone, or another file is in its place
        Err(StepError { error, .. }) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Inconsistent) => {
            tracing::warn!(project = %project.name, error = %error.report(), "the report of an earlier attempt cannot be used; the project is done again");
            Completion::Again(Box::new(outcome))
        }
        Err(StepError { step, error }) => {
            let mut outcome = outcome.with_error(step, &error);
            outcome.has_open = true;
            Completion::Done(Box::new(outcome))
        }
    }
}

async fn send(run: &RunContext<'_>, project: &Project, outcome: &ProjectOutcome) -> Result<MessageResults, StepError> {
    let Some(first) = project.recipients.first() else { return Ok(MessageResults::default()) };
    let report = EarlierReport::find(run.parts, run.settings, run.decisions, outcome, project).await?;
    report.require_no_attachment(run.settings).during(Step::Link)?;
    let notification = report.notification(run.settings, project, outcome, first.clone());
    let edition = ReportEdition::of(outcome);
    let audience = Audience {
        listeners: listeners(run.settings, project).collect(),
        heard: heard(run, project, notification.previous.as_ref()).await,
        monthly: report.monthly(&notification.time_zone),
    };
    let messages = tell(&run.dispatch, notification, &report.access, &edition, audience).await;
    run.dispatch.flush(Some(&project.name)).await.during(Step::Notify)?;
    Ok(messages)
}

/// Returns the outcome with the results of all messages, those that were settled before included.
fn with_messages(mut outcome: ProjectOutcome, messages: MessageResults) -> ProjectOutcome {
    outcome.errors.retain(|error| error.step != Step::Notify);
    // early versions recorded no certainty
    let complete = outcome.certainty.as_ref().is_none_or(Certainty::is_complete) && outcome.errors.is_empty();
    outcome.errors.extend(messages.errors.iter().cloned());
    outcome.status = messages.status(true, complete && messages.errors.is_empty());
    outcome.is_settled = !messages.has_open;
    (outcome.told_now, outcome.rejected) = (messages.told_now, messages.rejected);
    (outcome.notified, outcome.in_doubt, outcome.has_open) = (messages.notified, messages.in_doubt, messages.has_open);
    outcome.silent = messages.silent;
    outcome
}
