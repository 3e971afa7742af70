//! Reads a returned file, and finds its project.

use findings_core::decision::{DecisionSheet, SheetSource};
use findings_core::registry::{Project, Registry, project_key};
use findings_returned::ReadOptions;
use jiff::Timestamp;

use super::inbox::Returned;
use crate::config::{DECISIONS_KEY, ReturnedFiles, RunConfig};

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
    let returned = findings_returned::read(&file.content, &options(config, wanted, now)?);
    let sheet = returned.map_err(|error| error.to_string())?.sheet;
    let key = project_key(&sheet.source.project);
    let is_it = |project: &&Project| {
        let mut names = std::iter::once(&project.name).chain(&project.aliases);
        names.any(|name| project_key(name) == key)
    };
    let project = registry.projects.iter().find(is_it);
    let project = project.ok_or_else(|| format!("the registry has no project {:?}", sheet.source.project))?;
    Ok(ReadSheet { sheet, project })
}

/// How the file says which report it is: by its signature, or the operator says it.
fn options(config: &RunConfig, wanted: &ReturnedFiles, now: Timestamp) -> Result<ReadOptions, String> {
    match (&wanted.project, &config.decisions.key) {
        (Some(project), _) => {
            let source = SheetSource::new(project, config.run_id.clone(), Timestamp::MAX);
            Ok(ReadOptions::told(source))
        }
        (None, Some(key)) => Ok(ReadOptions::verified(key.clone(), now)),
        (None, None) => Err(format!(
            "{DECISIONS_KEY} is not set, so no signature can be checked; set it, or say with --project and --run-id which report it is"
        )),
    }
}
