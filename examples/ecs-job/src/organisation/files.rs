//! The files of the report.

use std::io::Write as _;
use std::path::Path;

use findings_core::organisation::{OrganisationDocument, OrganisationReport};
use findings_core::{Error, ErrorKind, Result};
use tempfile::NamedTempFile;

use crate::config::OrganisationConfig;
use crate::wiring::organisation_renderer;

/// Writes the files that the options name, and says so on stderr.
pub(super) fn write(config: &OrganisationConfig, report: &OrganisationReport) -> Result<()> {
    if config.files.is_empty() {
        return Ok(());
    }
    let document = OrganisationDocument::new(report.clone(), config.locale).with_time_zone(config.time_zone.clone());
    for (format, path) in &config.files {
        let rendered = organisation_renderer(*format).render(&document)?;
        replace(path, &rendered.body).map_err(|error| unwritten(path, error))?;
        tracing::info!(path = %path.display(), bytes = rendered.body.len(), "written");
    }
    Ok(())
}

/// Replaces a file at once. Only its owner can read it, because it has the findings of all projects.
fn replace(path: &Path, body: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(body)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, "write the report about the organisation")
        .with_subject(path.display().to_string())
        .with_source(error)
}
