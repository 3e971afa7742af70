//! Tells the recipients of the report of the organisation, once a week.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::OrganisationSettings;
use crate::Result;
use crate::ledger::{ProgressQuery, Redo};
use crate::notify::OrganisationNotification;
use crate::organisation::OrganisationReport;
use crate::pipeline::context::RunContext;
use crate::pipeline::links::ReportAccess;
use crate::pipeline::tell::MessageResults;
use crate::recipient::Recipient;
use crate::registry::ORGANISATION;

/// The results of the messages about the report.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) messages: MessageResults,
    /// Recipients whom another run of the week told, or may have told.
    pub(super) told_this_week: Vec<String>,
}

/// Tells every recipient whom no other run of the week has told. A failed message does not stop the others.
pub(super) async fn tell_recipients(
    run: &RunContext<'_>,
    settings: &OrganisationSettings,
    report: &Arc<OrganisationReport>,
    access: &[ReportAccess],
) -> Result<Told> {
    let others = told_by_others(run, report).await?;
    let edition = edition(run);
    let mut told = Told::default();
    for recipient in &settings.recipients {
        if others.contains(&recipient.as_str().to_lowercase()) {
            told.told_this_week.push(recipient.to_string());
            continue;
        }
        let mut deliveries = Vec::new();
        for channel in run.dispatch.serving(recipient) {
            let mut message = message(run, report, recipient);
            message.edition = edition;
            message.replaces_earlier = run.dispatch.was_told_before(channel, ORGANISATION, recipient, edition);
            deliveries.push((channel, run.dispatch.send(channel, &message, access).await));
        }
        told.messages.add(&run.dispatch, recipient, &deliveries);
    }
    run.dispatch.flush(Some(ORGANISATION)).await?;
    Ok(told)
}

fn message(run: &RunContext<'_>, report: &Arc<OrganisationReport>, recipient: &Recipient) -> OrganisationNotification {
    let of_run = run.settings;
    let zone = of_run.time_zone.clone().unwrap_or_else(|| of_run.locale.time_zone());
    let mut message = OrganisationNotification::new(report.clone(), of_run.run_id.clone(), recipient.clone())
        .with_locale(of_run.locale, zone);
    message.contact = of_run.contact.of_project(None, of_run.locale);
    message
}

/// Returns the edition of the messages. Only a run that does everything again tells those again who were told.
fn edition(run: &RunContext<'_>) -> u32 {
    let last = run.dispatch.last_edition(ORGANISATION);
    if run.redo == Some(Redo::All) { run.dispatch.edition().max(last) } else { last }
}

/// Returns the recipients, in lower case, whom other runs of the week of the report have told, or may have told.
async fn told_by_others(run: &RunContext<'_>, report: &OrganisationReport) -> Result<BTreeSet<String>> {
    let Some(week) = report.weeks.last() else { return Ok(BTreeSet::new()) };
    let is_other = |id: &crate::RunId| *id != run.settings.run_id;
    let mut told = BTreeSet::new();
    for other in report.runs.iter().filter(|other| other.at >= week.from && is_other(&other.run_id)) {
        let progress = run.parts.ledger.progress(&ProgressQuery::new(other.run_id.clone())).await?;
        let messages = progress.messages().filter(|m| m.project == ORGANISATION && m.state.may_have_been_sent());
        told.extend(messages.map(|message| message.recipient.as_str().to_lowercase()));
    }
    Ok(told)
}
