//! Tells the people of a project what became of a report that they returned.

use std::sync::Arc;

use findings_core::decision::DecisionReply;
use findings_core::pipeline::{Pipeline, ReplyFile};
use findings_core::registry::Project;
use findings_core::store::{ArtifactKey, PutArtifact, download_name};
use findings_core::{ArtifactStore, Error, ErrorKind, Result};
use findings_xlsx::ReplyWorkbook;
use jiff::Timestamp;

use super::zone_of;
use crate::config::RunConfig;

/// Stores the workbook with all entries, and tells the project. Returns whether nobody is left to be told, and why somebody
/// was not.
pub(super) async fn send(
    pipeline: &Pipeline,
    store: &dyn ArtifactStore,
    config: &RunConfig,
    project: &Project,
    reply: DecisionReply,
    now: Timestamp,
) -> Result<(bool, Vec<String>)> {
    let locale = project.locale.unwrap_or(config.locale);
    let body = ReplyWorkbook::new(locale, zone_of(config, project)).render(&reply, now)?;
    let (key, name) = (key(&reply)?, format!("{}-{}", reply.source.run_id, reply.receipt()));
    let name = download_name(&project.name, &name, ReplyWorkbook::EXTENSION);
    let put = PutArtifact::new(key.clone(), body.into(), ReplyWorkbook::MEDIA_TYPE).with_download_name(&name);
    store.put(&put).await?;
    let file = ReplyFile::new(key, ReplyWorkbook::EXTENSION, name);
    let told = pipeline.reply(&Arc::new(reply), project, Some(&file)).await?;
    Ok((!told.has_open, told.errors.into_iter().map(|error| error.message).collect()))
}

/// One file for each returned file, whoever takes it how often.
fn key(reply: &DecisionReply) -> Result<ArtifactKey> {
    let digits = reply.file_id.get(..32).unwrap_or(&reply.file_id);
    let key = format!("decisions/replies/{digits}.{}", ReplyWorkbook::EXTENSION);
    key.parse().map_err(|error| Error::new(ErrorKind::Other, "name the reply to a returned report").with_source(error))
}
