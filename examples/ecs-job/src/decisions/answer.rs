//! Tells the people of a project what became of a report that they returned.

use std::sync::Arc;

use findings_core::decision::ReturnedAnswer;
use findings_core::pipeline::{AnswerFile, Pipeline};
use findings_core::registry::Project;
use findings_core::store::{ArtifactKey, PutArtifact, download_name};
use findings_core::{ArtifactStore, Error, ErrorKind, Result};
use findings_xlsx::AnswerWorkbook;
use jiff::Timestamp;

use super::zone_of;
use crate::config::RunConfig;

/// Stores the workbook with all entries, and tells the project. Returns whether nobody is left to be told, and why somebody
/// was not.
pub(super) async fn answer(
    pipeline: &Pipeline,
    store: &dyn ArtifactStore,
    config: &RunConfig,
    project: &Project,
    answer: ReturnedAnswer,
    now: Timestamp,
) -> Result<(bool, Vec<String>)> {
    let locale = project.locale.unwrap_or(config.locale);
    let body = AnswerWorkbook::new(locale, zone_of(config, project)).render(&answer, now)?;
    let (key, name) = (key(&answer)?, format!("{}-{}", answer.source.run_id, answer.receipt()));
    let name = download_name(&project.name, &name, AnswerWorkbook::EXTENSION);
    let put = PutArtifact::new(key.clone(), body.into(), AnswerWorkbook::MEDIA_TYPE).with_download_name(&name);
    store.put(&put).await?;
    let file = AnswerFile::new(key, AnswerWorkbook::EXTENSION, name);
    let told = pipeline.answer(&Arc::new(answer), project, Some(&file)).await?;
    Ok((!told.has_open, told.errors.into_iter().map(|error| error.message).collect()))
}

/// One file for each returned file, whoever takes it how often.
fn key(answer: &ReturnedAnswer) -> Result<ArtifactKey> {
    let digits = answer.file_id.get(..32).unwrap_or(&answer.file_id);
    let key = format!("decisions/answers/{digits}.{}", AnswerWorkbook::EXTENSION);
    key.parse().map_err(|error| Error::new(ErrorKind::Other, "name the answer to a returned report").with_source(error))
}
