//! Reads a returned file, and finds its project.

use findings_core::decision::{DecisionSheet, SheetSource};
use findings_core::registry::{Project, Registry, project_key};
use findings_core::store::UploadPlace;
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
    check_place(file, &sheet.source)?;
    let key = project_key(&sheet.source.project);
    let is_it = |project: &&Project| {
        let mut names = std::iter::once(&project.name).chain(&project.aliases);
        names.any(|name| project_key(name) == key)
    };
    let project = registry.projects.iter().find(is_it);
    let project = project.ok_or_else(|| format!("the registry has no project {:?}", sheet.source.project))?;
    Ok(ReadSheet { sheet, project })
}

/// A link lets its reader store answers to one report. Whoever has the mark of another report as well could answer that one by
/// it, so the place has to be that of the report.
fn check_place(file: &Returned, source: &SheetSource) -> Result<(), String> {
    let place = UploadPlace::new(&source.run_id, &source.project);
    match file.path.as_deref().and_then(|path| place.is_of(path)) {
        Some(false) => Err(format!(
            "it is about {:?}, run {}, and was sent by a link to another report; answer by the link that came with the report",
            source.project, source.run_id
        )),
        Some(true) | None => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lies_where_the_link_of_its_report_stores_it() {
        let source = |project: &str, run: &str| SheetSource::new(project, run.parse().unwrap(), Timestamp::MAX);
        let folder = UploadPlace::new(&"r1".parse().unwrap(), "Payments");
        let file = |path: Option<String>| Returned { name: String::new(), path, content: Vec::new() };
        let sent = file(Some(format!("{}/answer-0123456789abcdef", folder.as_str())));
        assert_eq!(check_place(&sent, &source("Payments", "r1")), Ok(()));
        for other in [source("Payroll", "r1"), source("Payments", "r2")] {
            let refused = check_place(&sent, &other).unwrap_err();
            assert!(refused.contains("was sent by a link to another report"), "{refused}");
        }
        // what people put there themselves can lie anywhere
        for path in [None, Some("Payments/r1/a.xlsx".to_owned()), Some("answer-0123456789abcdef".to_owned())] {
            assert_eq!(check_place(&file(path), &source("Payroll", "r9")), Ok(()));
        }
    }
}
