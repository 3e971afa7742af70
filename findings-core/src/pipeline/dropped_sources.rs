//! Sources that showed open issues in earlier runs, and that this run does not look at. The operator is told, because a file
//! that moved looks the same as one that was given up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::ProjectOutcome;
use super::settings::Settings;
use super::summary::SummaryError;
use crate::history::{AbsenceRules, IssueRecord};
use crate::source::View;
use crate::{Text, csv_text};

/// A source that showed open issues of a project, and that a run does not look at any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DroppedSource {
    /// The name of its [view](View), as the history has it.
    pub source: Text,
    /// Open issues that it showed and no source of the run shows. They stay open.
    pub issues: u64,
}

/// Returns the sources that showed what is open and is not looked for, by name.
pub(super) fn dropped_sources(issues: &[IssueRecord], rules: &AbsenceRules) -> Vec<DroppedSource> {
    let mut dropped: BTreeMap<&Text, u64> = BTreeMap::new();
    for issue in issues.iter().filter(|issue| issue.is_open() && !rules.is_looked_for(issue)) {
        issue.sources.iter().for_each(|source| *dropped.entry(source).or_default() += 1);
    }
    dropped.into_iter().map(|(source, issues)| DroppedSource { source: source.clone(), issues }).collect()
}

/// Returns an error for each dropped source that the operator has not accepted: their issues cannot be confirmed.
pub(super) fn dropped_source_errors(settings: &Settings, projects: &[ProjectOutcome]) -> Vec<SummaryError> {
    let mut dropped: BTreeMap<&Text, (u64, u64)> = BTreeMap::new();
    for of_project in projects.iter().flat_map(|project| &project.dropped_sources) {
        let (issues, projects) = dropped.entry(&of_project.source).or_default();
        (*issues, *projects) = (*issues + of_project.issues, *projects + 1);
    }
    let is_accepted = |source: &Text| settings.dropped_sources.iter().any(|accepted| is_named(accepted, source));
    dropped.retain(|source, _| !is_accepted(source));
    let error = |(source, (issues, projects)): (&Text, (u64, u64))| {
        SummaryError::incomplete(format!(
            "the source \"{source}\" of an earlier run is not looked at any more, and {issues} open issues of {projects} projects were last shown there; they stay open and are told as not checked; name it again, or say that it is gone for good"
        ))
    };
    let mut errors: Vec<SummaryError> = dropped.into_iter().map(error).collect();
    let hidden = csv_text::cut(&mut errors, csv_text::LISTED).len();
    if hidden > 0 {
        errors.push(SummaryError::incomplete(csv_text::and_more(hidden)));
    }
    errors
}

/// Whether an operator's name of a source is this one. Digits of files make no difference.
fn is_named(name: &str, source: &Text) -> bool {
    **source == *name || View::files(name).as_str() == &**source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_differ_in_more_than_digits() {
        let moved = View::files("scans/2026-11-28/prowler.json").as_str().into();
        assert!(is_named("scans/2026-11-29/prowler.json", &moved) && is_named("scans/#-#-#/prowler.json", &moved));
        assert!(
            !is_named("scans/2026-11-28/trivy.json", &moved) && is_named("securityhub-v2", &"securityhub-v2".into())
        );
    }
}
