//! Messages to single people at the end of a run: owners hear of their part of the report and of what is due soon, and those
//! who lead a project of what has been overdue for long.
//!
//! What is due follows from the history and the decisions, and the parts of owners are in the outcome of the project, so that
//! each attempt at the run finds the same. The ledger has the messages beside those about reports, under the notifier's name and the kind of message: each is
//! sent once for a run.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt as _, stream};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ReminderSettings;
use super::context::RunContext;
use super::decisions::recall_decisions;
use super::departed::history_of;
use super::earlier_report::{find_access, find_share_access};
use super::links::ReportAccess;
use super::message::Message;
use super::outcome::{InDoubtMessage, ProjectOutcome, Step};
use super::settings::Settings;
use super::step_error::{StepError, StepExt};
use super::summary::{Summary, SummaryError};
use super::tell::MessageResults;
use crate::decision::{DueItem, DueKind, ProjectDecisions, due_items};
use crate::notify::{DecisionNotification, DecisionSubject, DueList};
use crate::owners::address_of;
use crate::recipient::Recipient;
use crate::registry::{Project, RecipientDomains, Registry};
use crate::wording::ENDING_SOON_DAYS;

/// Projects that are looked at at the same time: most of them have nothing that is due, and cost one read.
const CONCURRENCY: usize = 8;

/// What became of the messages to owners and to those who lead projects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemindersOutcome {
    /// Number of messages to owners and to those who lead projects that this or an earlier attempt at the run sent.
    pub told: u64,
    /// Number of owners who were told of their part of a report.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub parts: u64,
    /// Messages in doubt.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub in_doubt: Vec<InDoubtMessage>,
    /// Whether the next attempt has something to do.
    #[serde(default)]
    pub(super) has_open: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Sends the messages about what is due, and about the parts of owners, to the people of every delivered project. `settings`
/// says who is reminded. Returns what became of them, and the
/// errors. One project that fails does not stop the others.
///
/// It is done when the attempt has come to the end of the run: not after a stop, a passed deadline, or a run that holds its
/// reports back, because the next attempt goes on.
pub(super) async fn remind(
    run: &RunContext<'_>,
    settings: Option<&ReminderSettings>,
    registry: &Registry,
    summary: &Summary,
) -> (RemindersOutcome, Vec<SummaryError>) {
    let mut outcome = RemindersOutcome::default();
    let mut errors = Vec::new();
    let delivered: HashMap<&str, &ProjectOutcome> =
        summary.projects.iter().filter(|of| of.is_delivered()).map(|of| (of.project.as_str(), of)).collect();
    // an undelivered report is delivered first: it says what is due
    let projects = registry.projects.iter().filter_map(|project| Some((project, *delivered.get(&*project.name)?)));
    let is_stopped = || run.stop.is_requested() || run.stop.is_late() || summary.held_back.is_some();
    let mut reminded = stream::iter(projects)
        .map(|(project, of_project)| async move {
            let told = if is_stopped() { None } else { Some(remind_project(run, settings, project, of_project).await) };
            (project, told)
        })
        .buffered(CONCURRENCY);
    while let Some((project, told)) = reminded.next().await {
        let Some(told) = told else {
            outcome.has_open = true;
            continue;
        };
        match told {
            Ok(told) => {
                outcome.told += told.due.notified.len() as u64;
                outcome.parts += told.parts.notified.len() as u64;
                for told in [told.due, told.parts] {
                    outcome.has_open |= told.has_open;
                    outcome.in_doubt.extend(told.in_doubt);
                    errors.extend(told.errors.iter().map(|error| failure(project, &error.message)));
                }
            }
            Err(StepError { error, .. }) => {
                outcome.has_open = true;
                errors.push(failure(project, &error.report()));
            }
        }
    }
    (outcome, errors)
}

fn failure(project: &Project, message: &str) -> SummaryError {
    let error = SummaryError::new(format!("owners and leads of {}: {message}", project.name));
    tracing::error!("{}", error.message);
    error
}

/// What became of the messages to the people of one project.
#[derive(Debug, Default)]
struct PeopleTold {
    due: MessageResults,
    parts: MessageResults,
}

async fn remind_project(
    run: &RunContext<'_>,
    settings: Option<&ReminderSettings>,
    project: &Project,
    outcome: &ProjectOutcome,
) -> Result<PeopleTold, StepError> {
    let mut told = PeopleTold::default();
    if let Some(settings) = settings {
        let messages = due_messages(run, settings, project).await?;
        if !messages.is_empty() {
            let access = find_access(run.parts, run.settings, outcome, project).await?;
            for (recipient, subject) in messages {
                let mut message = notification(run.settings, project, recipient, subject);
                message.edition = outcome.edition;
                send(run, &message, &access, &mut told.due).await;
            }
        }
    }
    for share in &outcome.owner_shares {
        let mut message = share.notification(run.settings, project, outcome);
        message.replaces_earlier = run.dispatch.has_sent_earlier(&message);
        // nothing of theirs has to be fixed: then there is nothing to tell
        if message.is_for(run.settings.notify_when) && message.to_fix().total() > 0 {
            let access = find_share_access(run.parts, run.settings, outcome, project, share).await?;
            send(run, &message, &access, &mut told.parts).await;
        }
    }
    run.dispatch.flush(Some(&project.name)).await.during(Step::Notify)?;
    Ok(told)
}

/// Sends one message through every channel that serves its recipient.
async fn send<M: Message>(run: &RunContext<'_>, message: &M, access: &ReportAccess, told: &mut MessageResults) {
    let recipient = message.recipient();
    let mut deliveries = Vec::new();
    for channel in run.dispatch.serving(recipient) {
        deliveries.push((channel, run.dispatch.send(channel, message, std::slice::from_ref(access)).await));
    }
    told.add(&run.dispatch, recipient, &deliveries);
}

/// Returns the messages about what is due, with their recipients.
async fn due_messages(
    run: &RunContext<'_>,
    settings: &ReminderSettings,
    project: &Project,
) -> Result<Vec<(Recipient, DecisionSubject)>, StepError> {
    let decisions = recall_decisions(run, project).await?.decisions;
    let escalates = settings.escalate_after.is_some() && !project.leads.is_empty();
    if !escalates && !names_owner(settings, project, &decisions) {
        return Ok(Vec::new());
    }
    messages(run, settings, project, &decisions).await
}

fn notification(
    settings: &Settings,
    project: &Project,
    recipient: Recipient,
    subject: DecisionSubject,
) -> DecisionNotification {
    let (locale, zone) = (settings.locale_of(project), settings.zone_of(project));
    let (run_id, now) = (settings.run_id.clone(), settings.clock.now());
    let mut message =
        DecisionNotification::new(&project.name, run_id, now, recipient, subject).with_locale(locale, zone);
    message.contact = settings.contact_of(project);
    message
}

/// Whether a decision names somebody who may be reminded, so that the history has to be read.
fn names_owner(settings: &ReminderSettings, project: &Project, decisions: &ProjectDecisions) -> bool {
    settings.days_before.is_some()
        && decisions.latest().iter().any(|decision| {
            owner(decision.entry.owner.as_deref()).is_some_and(|owner| may_mail(&owner, project, &settings.domains))
        })
}

/// Returns the messages: owners by address, then those who lead the project.
async fn messages(
    run: &RunContext<'_>,
    settings: &ReminderSettings,
    project: &Project,
    decisions: &ProjectDecisions,
) -> Result<Vec<(Recipient, DecisionSubject)>, StepError> {
    let history = history_of(&*run.parts.history_reader, &project.name).await.during(Step::History)?;
    let zone = run.settings.zone_of(project);
    let today = zone.to_datetime(run.settings.clock.now()).date();
    let far = settings.days_before.unwrap_or_default().max(ENDING_SOON_DAYS);
    let items = due_items(&history, decisions, &run.settings.targets, &zone, later(today, far));
    let mut messages = Vec::new();
    if let Some(days) = settings.days_before {
        let is_near = |item: &DueItem| item.kind == DueKind::AcceptanceEnd || item.day <= later(today, days);
        for (owner, items) in by_owner(items.iter().filter(|item| is_near(item))) {
            if may_mail(&owner, project, &settings.domains) {
                messages.push((owner, DecisionSubject::Reminder(DueList::new(items, today))));
            } else {
                tracing::warn!(project = project.name, %owner, "an owner is not reminded, because mail may not go to this domain");
            }
        }
    }
    if let Some(after_days) = settings.escalate_after {
        let is_late = |item: &&DueItem| item.kind == DueKind::Fix && -item.days_left(today) >= i64::from(after_days);
        let late: Vec<DueItem> = items.iter().filter(is_late).cloned().collect();
        if !late.is_empty() {
            let due = DueList::new(late, today);
            let subject =
                |lead: &Recipient| (lead.clone(), DecisionSubject::Escalation { after_days, due: due.clone() });
            messages.extend(project.leads.iter().map(subject));
        }
    }
    Ok(messages)
}

fn later(day: Date, days: u16) -> Date {
    day.saturating_add(i64::from(days).days())
}

/// Returns the items of each owner with a mail address.
fn by_owner<'a>(items: impl Iterator<Item = &'a DueItem>) -> BTreeMap<Recipient, Vec<DueItem>> {
    let mut owners: BTreeMap<Recipient, Vec<DueItem>> = BTreeMap::new();
    for item in items {
        let entered = item.decision.as_ref().and_then(|decision| decision.entry.owner.as_deref());
        if let Some(owner) = owner(entered) {
            owners.entry(owner).or_default().push(item.clone());
        }
    }
    owners
}

/// Returns the mail address in what was entered as owner. A channel is nobody who is reminded.
fn owner(entered: Option<&str>) -> Option<Recipient> {
    address_of(entered?).filter(|recipient| recipient.channel().is_none())
}

/// Whether mail may go to an owner. Whoever can return a report enters the address, so it must not lead outside.
pub(super) fn may_mail(owner: &Recipient, project: &Project, domains: &RecipientDomains) -> bool {
    if !domains.allow_all() {
        return domains.allow(owner);
    }
    let domain = |recipient: &Recipient| {
        let address = recipient.as_str().rsplit_once('@');
        address.map(|(_, domain)| domain.to_ascii_lowercase())
    };
    let own = project.recipients.iter().chain(&project.leads).filter_map(domain);
    domain(owner).is_some_and(|of_owner| own.into_iter().any(|domain| domain == of_owner))
}

#[cfg(test)]
mod tests;
