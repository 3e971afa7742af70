//! The end of a run: the report of the organisation, from the history of all projects.
//!
//! It is made when the attempt has come to the end of the run: not after a stop, a passed deadline, or a run that holds
//! its reports back, because the next attempt goes on. Whatever fails here leaves the run open, so that the next attempt
//! tries again. Its messages are recorded in the ledger like those of projects, so each is sent once.

mod files;
mod history;
mod index;
mod tell;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::files::publish;
use self::history::read_report;
use self::index::store_index;
use self::tell::tell_recipients;
use super::context::RunContext;
use super::outcome::InDoubtMessage;
use super::summary::{Summary, SummaryError};
use crate::history::Sla;
use crate::organisation::{OrganisationRenderer, OrganisationReport, RunIndexRenderer};
use crate::recipient::Recipient;
use crate::registry::Registry;
use crate::store::StoredArtifact;
use crate::{Error, Result};

/// How many weeks the report has by default.
const WEEKS: usize = 52;

/// What a run does with the report of the organisation at its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrganisationSettings {
    /// The files to store, each with a different file extension. Recipients get links to all of them.
    pub renderers: Vec<Arc<dyn OrganisationRenderer>>,
    /// The index of runs to store beside the folders of the runs; `None` for none.
    pub index: Option<Arc<dyn RunIndexRenderer>>,
    /// Who gets a message about the report, once a week: with the first run of the week that comes to its end. They see
    /// all projects.
    pub recipients: Vec<Recipient>,
    /// Target times to fix issues.
    pub sla: Sla,
    /// The controls for which the organisation has guidance of its own; `None` if that is not known.
    pub guidance: Option<BTreeSet<String>>,
    /// The number of weeks of the report, from 1 to [`MAX_WEEKS`](crate::organisation::MAX_WEEKS).
    pub weeks: usize,
}

impl OrganisationSettings {
    /// The report of 52 weeks as these files, without recipients and target times.
    pub fn new(renderers: Vec<Arc<dyn OrganisationRenderer>>) -> Self {
        Self { renderers, index: None, recipients: Vec::new(), sla: Sla::default(), guidance: None, weeks: WEEKS }
    }
}

/// What became of the report of the organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganisationOutcome {
    /// The stored files.
    pub reports: Vec<StoredArtifact>,
    /// Recipients who were told by this or an earlier attempt at the run.
    pub notified: Vec<String>,
    /// Recipients whom another run of the same week told, or may have told, so this run did not.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub told_this_week: Vec<String>,
    /// Messages in doubt.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub in_doubt: Vec<InDoubtMessage>,
    /// When the links in the messages end, UTC; `null` if never, or if there are none.
    pub link_expires_at: Option<Timestamp>,
    /// What is missing in the guidance; missing if nobody knows which guidance there is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub guidance: Option<GuidanceGaps>,
    /// Whether the next attempt has something to do.
    #[serde(default)]
    pub(super) has_open: bool,
}

/// What the organisation should write down next, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GuidanceGaps {
    /// Number of controls with open issues and without guidance.
    pub without_guidance: u64,
    /// Number of controls that a run reported for the first time in the last four weeks; `null` if the history is not older
    /// than these.
    pub first_seen: Option<u64>,
}

impl GuidanceGaps {
    /// Counts the gaps; `None` if nobody knows which guidance there is.
    fn of(report: &OrganisationReport, settings: &OrganisationSettings) -> Option<Self> {
        settings.guidance.as_ref()?;
        let controls = || report.problems.iter().filter(|problem| problem.control.is_some());
        let is_known = report.ended_problems.is_some();
        Some(Self {
            without_guidance: controls().filter(|problem| problem.has_guidance == Some(false)).count() as u64,
            first_seen: is_known
                .then(|| controls().filter(|problem| problem.is_first_time == Some(true)).count() as u64),
        })
    }
}

impl OrganisationOutcome {
    fn open() -> Self {
        Self { has_open: true, ..Self::default() }
    }
}

/// Makes the report of the organisation, stores its files and tells its recipients. Returns what became of it, and the
/// errors.
pub(super) async fn report_organisation(
    run: &RunContext<'_>,
    settings: &OrganisationSettings,
    registry: &Registry,
    summary: &Summary,
) -> (OrganisationOutcome, Vec<SummaryError>) {
    if run.stop.is_requested() || run.stop.is_late() || summary.held_back.is_some() {
        return (OrganisationOutcome::open(), Vec::new());
    }
    match make(run, settings, registry, summary).await {
        Ok((outcome, errors)) => (outcome, errors.iter().map(|message| error(message)).collect()),
        Err(failure) => (OrganisationOutcome::open(), vec![error(&failure.report())]),
    }
}

async fn make(
    run: &RunContext<'_>,
    settings: &OrganisationSettings,
    registry: &Registry,
    summary: &Summary,
) -> Result<(OrganisationOutcome, Vec<String>), Error> {
    let report = Arc::new(read_report(run, settings, registry, summary).await?);
    let files = publish(run, settings, &report).await?;
    store_index(run, settings, &report).await;
    let guidance = GuidanceGaps::of(&report, settings);
    let mut outcome = OrganisationOutcome { reports: files.stored, guidance, ..OrganisationOutcome::default() };
    if settings.recipients.is_empty() {
        return Ok((outcome, Vec::new()));
    }
    let told = tell_recipients(run, settings, &report, &files.access).await?;
    outcome.link_expires_at = files.access.first().and_then(|file| file.end.expires_at);
    (outcome.notified, outcome.in_doubt) = (told.messages.notified, told.messages.in_doubt);
    (outcome.told_this_week, outcome.has_open) = (told.told_this_week, told.messages.has_open);
    Ok((outcome, told.messages.errors.into_iter().map(|error| error.message).collect()))
}

fn error(message: &str) -> SummaryError {
    let error = SummaryError::new(format!("the report of the organisation: {message}"));
    tracing::error!("{}", error.message);
    error
}

#[cfg(test)]
mod tests;
