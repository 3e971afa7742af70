//! Reads a returned file, and finds out which report it is.

use findings_core::decision::{DecisionSheet, SheetSource};
use findings_core::registry::{Project, Registry, project_key};
use findings_returned::{ReadOptions, ReturnedReport};
use jiff::Timestamp;

use super::inbox::Returned;
use crate::config::{ReturnedFiles, RunConfig};

/// A returned report, and its project in the registry.
#[derive(Debug)]
pub(super) struct ReadSheet<'a> {
    pub(super) sheet: DecisionSheet,
    pub(super) project: &'a Project,
}

/// Reads a file, or says why it is not taken.
pub(super) fn read<'a>(
    file: &Returned,
    config: &RunConfig,
    wanted: &ReturnedFiles,
    registry: &'a Registry,
    now: Timestamp,
) -> Result<ReadSheet<'a>, String> {
    let report = findings_returned::read(&file.content, &ReadOptions::default()).map_err(|error| error.to_string())?;
    let source = source(&report, config, wanted, now)?;
    let is_named = |project: &&Project| project_key(&project.name) == project_key(&source.project);
    let project = registry.projects.iter().find(|p| is_named(p) || p.aliases.iter().any(|a| project_key(a) == project_key(&source.project)));
    let project = project.ok_or_else(|| format!("the registry has no project {:?}", source.project))?;
    let mut sheet = DecisionSheet::new(source).with_rows(report.rows);
    sheet.problems = report.problems;
    Ok(ReadSheet { sheet, project })
}

/// Finds out which report a file is: by its signature, or as the operator says.
fn source(
    report: &ReturnedReport,
    config: &RunConfig,
    wanted: &ReturnedFiles,
    now: Timestamp,
) -> Result<SheetSource, String> {
    match (&config.decisions.key, &report.token, &wanted.project) {
        (Some(key), Some(token), None) => key.verify(token, now).map_err(|error| error.to_string()),
        // whoever runs the command vouches for it
        (_, _, Some(project)) => Ok(SheetSource::new(project, config.run_id.clone(), Timestamp::MAX)),
        (None, Some(_), None) => {
            Err("FINDINGS_DECISIONS_KEY is not set, so the signature cannot be checked; set it, or give --project and --run-id".to_owned())
        }
        (_, None, None) => {
            Err("the file does not say which report it is; give --project and --run-id if you know that".to_owned())
        }
    }
}
