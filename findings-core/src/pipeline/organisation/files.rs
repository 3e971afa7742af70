//! Renders and stores the report of the organisation, and prepares the links to its files.

use std::sync::Arc;

use super::OrganisationSettings;
use crate::organisation::{OrganisationDocument, OrganisationRenderer, OrganisationReport, RenderedOrganisation};
use crate::pipeline::context::RunContext;
use crate::pipeline::links::ReportAccess;
use crate::registry::ORGANISATION;
use crate::store::{ArtifactKey, LinkRequest, PutArtifact, StoredArtifact, download_name};
use crate::wording::Wording;
use crate::{Error, ErrorKind, Result, blocking};

/// The stored files of the report.
#[derive(Debug, Default)]
pub(super) struct ReportFiles {
    pub(super) stored: Vec<StoredArtifact>,
    /// How each of them is reached.
    pub(super) access: Vec<ReportAccess>,
}

/// Renders and stores the report in every format, one after the other, so that one file is in memory at a time.
pub(super) async fn publish(
    run: &RunContext<'_>,
    settings: &OrganisationSettings,
    report: &Arc<OrganisationReport>,
) -> Result<ReportFiles> {
    let of_run = run.settings;
    let mut document = OrganisationDocument::new(report.clone(), of_run.locale);
    if let Some(zone) = &of_run.time_zone {
        document = document.with_time_zone(zone.clone());
    }
    document.contact = of_run.contact.of_project(None, of_run.locale);
    let mut files = ReportFiles::default();
    for renderer in &settings.renderers {
        let rendered = render(renderer, document.clone()).await?;
        let extension = rendered.format.extension;
        let key = ArtifactKey::for_organisation(&of_run.run_id, extension);
        let name = download_name(Wording::of(of_run.locale).organisation(), of_run.run_id.as_str(), extension);
        let put = PutArtifact::new(key.clone(), rendered.body, rendered.format.media_type).with_download_name(&name);
        files.stored.push(run.parts.store.put(&put).await?);
        files.access.push(access(run, key, name, extension).await?);
    }
    Ok(files)
}

async fn access(run: &RunContext<'_>, key: ArtifactKey, name: String, extension: &'static str) -> Result<ReportAccess> {
    let (policy, now) = (run.settings.link, run.settings.clock.now());
    let request = LinkRequest::new(key, policy.ttl, now)
        .with_download_name(name)
        .for_report(run.settings.run_id.clone(), ORGANISATION);
    let end = run.parts.store.link_end(&request).await?;
    policy.refuse_short(end, now)?;
    Ok(ReportAccess { extension, request, end, attachment: None, inbox: None })
}

/// Renders on a blocking thread, and checks that no project was lost.
async fn render(
    renderer: &Arc<dyn OrganisationRenderer>,
    document: OrganisationDocument,
) -> Result<RenderedOrganisation> {
    let (renderer, projects) = (renderer.clone(), document.report.projects.len() as u64);
    let rendered = blocking::run("render the report of the organisation", move || renderer.render(&document)).await?;
    if rendered.projects != projects {
        let message = format!("{} of {projects} projects are in the file", rendered.projects);
        let error = Error::new(ErrorKind::Inconsistent, "render the report of the organisation");
        return Err(error.with_message(message));
    }
    Ok(rendered)
}
