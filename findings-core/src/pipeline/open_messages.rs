//! Messages that earlier attempts at the run left open: the report is delivered and remembered, and some recipients were
//! not told yet, or were added to the registry since.

use std::collections::HashSet;

use futures::{StreamExt, stream};

use super::context::RunContext;
use super::earlier::EarlierOutcomes;
use super::earlier_report::EarlierReport;
use super::outcome::{ProjectOutcome, Step};
use super::parts::Wiring;
use super::remember::record_outcome;
use super::step_error::{StepError, StepExt};
use super::tell::{MessageResults, tell};
use crate::ledger::RunProgress;
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::report::Certainty;

/// Sends the open messages of projects that are done, a few projects at a time.
pub(super) async fn send_open_messages(
    run: &RunContext<'_>,
    projects: &[Project],
    mut earlier: EarlierOutcomes,
) -> EarlierOutcomes {
    let has_open = |(index, project): &(usize, &Project)| {
        let outcome = earlier.done.get(index);
        outcome.is_some_and(|outcome| run.dispatch.has_open_message(project, outcome.edition))
    };
    let open: Vec<(usize, &Project)> = projects.iter().enumerate().filter(has_open).collect();
    let work = open.into_iter().filter_map(|(index, project)| {
        let outcome = earlier.done.remove(&index)?;
        Some(async move { (index, complete(run, project, outcome).await) })
    });
    let works: Vec<_> = work.collect();
    let completed: Vec<_> = stream::iter(works).buffer_unordered(run.settings.concurrency).collect().await;
    // only after that: a project that had nothing to send was not done by this attempt
    earlier.done = earlier.done.into_iter().map(|(index, outcome)| (index, outcome.repeated())).collect();
    earlier.done.extend(completed);
    earlier
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
    let known: HashSet<(&str, &Recipient)> = progress.messages().map(|m| (m.project.as_str(), &m.recipient)).collect();
    let earlier = EarlierOutcomes::read(projects, progress);
    let is_served = |recipient: &Recipient| wiring.channels.iter().any(|channel| channel.notifier.serves(recipient));
    let done = projects.iter().enumerate().filter(|(index, _)| earlier.done.contains_key(index));
    done.flat_map(|(_, project)| project.recipients.iter().map(move |recipient| (project, recipient)))
        .filter(|(project, recipient)| !known.contains(&(project.name.as_str(), *recipient)) && is_served(recipient))
        .map(|(project, recipient)| UntoldRecipient { project: project.name.clone(), recipient: recipient.clone() })
        .collect()
}

/// Sends the open messages of one project and records the new outcome.
async fn complete(run: &RunContext<'_>, project: &Project, outcome: ProjectOutcome) -> ProjectOutcome {
    match send(run, project, &outcome).await {
        Ok(messages) => record_outcome(run, with_messages(outcome, messages)).await,
        Err(StepError { step, error }) => {
            let mut outcome = outcome.with_error(step, &error);
            outcome.has_open = true;
            outcome
        }
    }
}

async fn send(run: &RunContext<'_>, project: &Project, outcome: &ProjectOutcome) -> Result<MessageResults, StepError> {
    let Some(first) = project.recipients.first() else { return Ok(MessageResults::default()) };
    let report = EarlierReport::find(run.parts, run.settings, outcome, project).await?;
    let notification = report.notification(run.settings, project, outcome, first.clone());
    let messages = tell(&run.dispatch, notification, outcome.edition, project.recipients.iter()).await;
    run.dispatch.flush(&project.name).await.during(Step::Notify)?;
    Ok(messages)
}

/// Returns the outcome with the results of all messages, those that were settled before included.
fn with_messages(mut outcome: ProjectOutcome, messages: MessageResults) -> ProjectOutcome {
    outcome.errors.retain(|error| error.step != Step::Notify);
    let complete = outcome.certainty.as_ref().is_some_and(Certainty::is_complete) && outcome.errors.is_empty();
    outcome.errors.extend(messages.errors.iter().cloned());
    outcome.status = messages.status(true, complete && messages.errors.is_empty());
    (outcome.notified, outcome.in_doubt, outcome.has_open) = (messages.notified, messages.in_doubt, messages.has_open);
    outcome
}
