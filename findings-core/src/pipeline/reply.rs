//! Tells the people of a project what became of a report that they returned.
//!
//! The ledger keeps these messages under a run of their own for each returned file, so that each is sent once, whoever takes
//! the file how often. That run is never finished: it is no run whose reports somebody waits for.

use std::sync::Arc;

use super::dispatch::Dispatch;
use super::heartbeat::Heartbeat;
use super::links::ReportAccess;
use super::outcome::{InDoubtMessage, ProjectError};
use super::parts::Wiring;
use super::stop::Stop;
use super::tell::MessageResults;
use crate::decision::DecisionReply;
use crate::ledger::{AcquireOutcome, AcquireRun, CloseRun, ProgressQuery};
use crate::notify::{DecisionNotification, DecisionSubject};
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::store::{ArtifactKey, LinkRequest};
use crate::{Error, ErrorKind, Result, RunId};

/// A stored file with everything that became of a returned report.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReplyFile {
    /// Its key.
    pub key: ArtifactKey,
    /// File name extension without the dot.
    pub extension: &'static str,
    /// The name under which it is downloaded.
    pub download_name: String,
}

impl ReplyFile {
    /// A file with this key.
    pub fn new(key: ArtifactKey, extension: &'static str, download_name: impl Into<String>) -> Self {
        Self { key, extension, download_name: download_name.into() }
    }
}

/// Who was told what became of a returned report.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReplyOutcome {
    /// Recipients who were told, now or by an earlier attempt.
    pub notified: Vec<String>,
    /// Messages in doubt.
    pub in_doubt: Vec<InDoubtMessage>,
    /// Why somebody was not told.
    pub errors: Vec<ProjectError>,
    /// Whether a further attempt has a message to send.
    pub has_open: bool,
}

impl ReplyOutcome {
    fn of(told: MessageResults) -> Self {
        let MessageResults { notified, in_doubt, errors, has_open, .. } = told;
        Self { notified, in_doubt, errors, has_open }
    }
}

/// The run under which the ledger keeps the messages about a returned file.
fn run_of(reply: &DecisionReply) -> Result<RunId> {
    let digits = reply.file_id.get(..32).unwrap_or(&reply.file_id);
    let named = |error| Error::new(ErrorKind::InvalidInput, "name the returned file").with_source(error);
    format!("returned-{digits}").parse().map_err(named)
}

pub(super) async fn send(
    wiring: &Wiring,
    reply: &Arc<DecisionReply>,
    project: &Project,
    file: Option<&ReplyFile>,
) -> Result<ReplyOutcome> {
    let mut wiring = wiring.clone();
    wiring.settings.run_id = run_of(reply)?;
    let (ledger, settings) = (wiring.parts.ledger.clone(), &wiring.settings);
    let mut request = AcquireRun::new(settings.run_id.clone(), &settings.owner, settings.clock.now());
    request.lease = settings.lease;
    if let AcquireOutcome::Held { owner, until } = ledger.acquire(&request).await? {
        return Err(Error::new(ErrorKind::Conflict, "reply to a returned report").with_message(format!(
            "another process ({owner}) replies to it, at most until {until}; the next call tells whoever is not told by then"
        )));
    }
    let told = tell(&wiring, reply, project, file).await;
    let close = CloseRun::released(settings.run_id.clone(), &settings.owner, settings.clock.now());
    if let Err(error) = ledger.close(&close).await {
        tracing::warn!(error = %error.report(), "the lease on a returned file could not be given up; it ends by itself");
    }
    told.map(ReplyOutcome::of)
}

async fn tell(
    wiring: &Wiring,
    reply: &Arc<DecisionReply>,
    project: &Project,
    file: Option<&ReplyFile>,
) -> Result<MessageResults> {
    let (settings, parts) = (&wiring.settings, &wiring.parts);
    let stop = Stop::new(settings);
    let _heartbeat = Heartbeat::start(parts.ledger.clone(), settings.clone(), stop.clone());
    let progress = parts.ledger.progress(&ProgressQuery::new(settings.run_id.clone())).await?;
    let dispatch = Dispatch::once(wiring, stop, std::slice::from_ref(project), &progress);
    let access = match file {
        Some(file) => Some(access(wiring, reply, file).await?),
        None => None,
    };
    let (locale, zone) = (settings.locale_of(project), settings.zone_of(project));
    let mut told = MessageResults::default();
    for recipient in readers(reply, project) {
        let subject = DecisionSubject::Reply(reply.clone());
        let run_id = reply.source.run_id.clone();
        let mut message =
            DecisionNotification::new(&project.name, run_id, settings.clock.now(), recipient.clone(), subject)
                .with_locale(locale, zone.clone());
        message.contact = settings.contact_of(project);
        let mut deliveries = Vec::new();
        for channel in dispatch.serving(recipient) {
            deliveries.push((channel, dispatch.send(channel, &message, access.as_slice()).await));
        }
        told.add(&dispatch, recipient, &deliveries);
    }
    dispatch.flush(None).await?;
    Ok(told)
}

async fn access(wiring: &Wiring, reply: &DecisionReply, file: &ReplyFile) -> Result<ReportAccess> {
    let (policy, now) = (wiring.settings.link, wiring.settings.clock.now());
    let request = LinkRequest::new(file.key.clone(), policy.ttl, now)
        .with_download_name(&file.download_name)
        .for_report(reply.source.run_id.clone(), &reply.source.project);
    let end = wiring.parts.store.link_end(&request).await?;
    Ok(ReportAccess { extension: file.extension, request, end, attachment: None, inbox: None })
}

/// Returns who is told: whoever sent the file, if the registry names them, or else all mail addresses of the project. A file
/// can claim to come from anybody, so nobody else is told.
fn readers<'a>(reply: &DecisionReply, project: &'a Project) -> Vec<&'a Recipient> {
    let addresses = project.recipients.iter().filter(|recipient| recipient.channel().is_none());
    let sent = |recipient: &&&Recipient| {
        reply.by.as_deref().is_some_and(|by| by.trim().eq_ignore_ascii_case(recipient.as_str()))
    };
    match addresses.clone().find(|recipient| sent(&recipient)) {
        Some(sender) => vec![sender],
        None => addresses.collect(),
    }
}

#[cfg(test)]
mod tests;
