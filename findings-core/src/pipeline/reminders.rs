//! Reminders at the end of a run: owners of decisions hear of what is due soon, and those who lead a project of what has been
//! overdue for long.
//!
//! What is due follows from the history and the decisions, not from the report, so that each attempt at the run finds the
//! same. The ledger has the messages beside those about reports, under the notifier's name and the kind of message: each is
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
use super::earlier_report::find_access;
use super::outcome::{InDoubtMessage, ProjectOutcome, Step};
use super::settings::Settings;
use super::step_error::{StepError, StepExt};
use super::summary::{Summary, SummaryError};
use super::tell::MessageResults;
use crate::decision::{DueItem, DueKind, ProjectDecisions, due_items};
use crate::notify::{DecisionNotification, DecisionSubject, DueList};
use crate::recipient::Recipient;
use crate::registry::{Project, RecipientDomains, Registry};
use crate::wording::ENDING_SOON_DAYS;

/// Projects that are looked at at the same time: most of them have nothing that is due, and cost one read.
const CONCURRENCY: usize = 8;

/// What became of the messages about what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemindersOutcome {
    /// Number of messages to owners and to those who lead projects that this or an earlier attempt at the run sent.
    pub told: u64,
    /// Messages in doubt.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub in_doubt: Vec<InDoubtMessage>,
    /// Whether the next attempt has something to do.
    #[serde(default)]
    pub(super) has_open: bool,
}

/// Sends the messages about what is due to the people of every delivered project. Returns what became of them, and the
/// errors. One project that fails does not stop the others.
///
/// It is done when the attempt has come to the end of the run: not after a stop, a passed deadline, or a run that holds its
/// reports back, because the next attempt goes on.
pub(super) async fn remind(
    run: &RunContext<'_>,
    settings: &ReminderSettings,
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
                outcome.told += told.notified.len() as u64;
                outcome.has_open |= told.has_open;
                outcome.in_doubt.extend(told.in_doubt);
                errors.extend(told.errors.iter().map(|error| failure(project, &error.message)));
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
    let error = SummaryError::new(format!("reminders of {}: {message}", project.name));
    tracing::error!("{}", error.message);
    error
}

async fn remind_project(
    run: &RunContext<'_>,
    settings: &ReminderSettings,
    project: &Project,
    outcome: &ProjectOutcome,
) -> Result<MessageResults, StepError> {
    let decisions = recall_decisions(run, project).await?.decisions;
    let escalates = settings.escalate_after.is_some() && !project.leads.is_empty();
    let mut told = MessageResults::default();
    if !escalates && !names_owner(settings, project, &decisions) {
        return Ok(told);
    }
    let messages = messages(run, settings, project, &decisions).await?;
    if messages.is_empty() {
        return Ok(told);
    }
    let access = find_access(run.parts, run.settings, outcome, project).await?;
    for (recipient, subject) in messages {
        let mut message = notification(run.settings, project, recipient.clone(), subject);
        message.edition = outcome.edition;
        let mut deliveries = Vec::new();
        for channel in run.dispatch.serving(&recipient) {
            let access = std::slice::from_ref(&access);
            deliveries.push((channel, run.dispatch.send(channel, &message, access).await));
        }
        told.add(&run.dispatch, &recipient, &deliveries);
    }
    run.dispatch.flush(Some(&project.name)).await.during(Step::Notify)?;
    Ok(told)
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

/// Returns the mail address in what was entered as owner: `sato@example.com` or `Sato <sato@example.com>`. In lower case, so
/// that one owner gets one mail.
fn owner(entered: Option<&str>) -> Option<Recipient> {
    let text = entered?.trim();
    let address = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map_or(text, |(_, address)| address);
    let recipient: Recipient = address.trim().to_lowercase().parse().ok()?;
    recipient.channel().is_none().then_some(recipient)
}

/// Whether mail may go to an owner. Whoever can return a report enters the address, so it must not lead outside.
fn may_mail(owner: &Recipient, project: &Project, domains: &RecipientDomains) -> bool {
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
