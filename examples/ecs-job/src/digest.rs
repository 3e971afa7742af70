//! The mail to the operators after a run.

use std::sync::Arc;

use findings_core::notify::{Recipient, ReportLink};
use findings_core::pipeline::Summary;
use findings_core::registry::ORGANISATION;
use findings_core::store::{ArtifactKey, LinkRequest};
use findings_core::{ArtifactStore, Result};
use findings_notify::{Digest, Mailer, compose_digest};
use jiff::Timestamp;

use crate::config::{OrganisationFormat, RunConfig};
use crate::settings;

/// Mails the digest of the run to the operators, through every notifier that sends mail. Failures are logged and added
/// to the summary.
pub(crate) async fn notify_operators(
    summary: &mut Summary,
    mailers: &[Arc<dyn Mailer>],
    store: Option<&dyn ArtifactStore>,
    config: &RunConfig,
) {
    let zone = config.time_zone.clone().unwrap_or_else(|| config.locale.time_zone());
    let mut failures = Vec::new();
    for recipient in &config.notify.operators {
        let links = match store {
            Some(store) => organisation_links(summary, store, recipient, config).await,
            None => Vec::new(),
        };
        let digest = Digest::new(recipient, summary).with_locale(config.locale, zone.clone()).with_organisation(links);
        for mailer in mailers {
            if let Err(error) = send(&**mailer, &digest).await {
                failures.push(format!("the operator {recipient} was not told: {}", settings::report(&error)));
            }
        }
    }
    for failure in failures {
        tracing::error!("{failure}");
        summary.add_error(failure);
    }
}

/// Makes the operator's links to the files of the report about all projects. A link that cannot be made is left out: the
/// mail is about the run, and the summary says where the files are.
async fn organisation_links(
    summary: &Summary,
    store: &dyn ArtifactStore,
    operator: &Recipient,
    config: &RunConfig,
) -> Vec<ReportLink> {
    let mut links = Vec::new();
    let stored = summary.organisation.iter().flat_map(|organisation| &organisation.reports);
    for format in stored.filter_map(|file| OrganisationFormat::of_file(&file.location)) {
        let key = ArtifactKey::for_organisation(&summary.run_id, format.as_str());
        let request = LinkRequest::new(key, config.report.link.ttl, Timestamp::now())
            .for_report(summary.run_id.clone(), ORGANISATION)
            .for_reader(operator.clone());
        match store.link(&request).await {
            Ok(link) => links.push(ReportLink::new(format.as_str(), link)),
            Err(error) => {
                tracing::warn!(error = %settings::report(&error), "the mail to operators has no link to the report about all projects");
            }
        }
    }
    links
}

async fn send(mailer: &dyn Mailer, digest: &Digest<'_>) -> Result<()> {
    let mail = compose_digest(digest, mailer.sender(), mailer.templates())?;
    mailer.send(&mail).await.map(drop)
}
