//! The results of a project's steps, and the outcome built from them.

use jiff::Timestamp;

use super::compare::ReportFacts;
use super::edition::ReportEdition;
use super::mark::Marked;
use super::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use super::publish::StoredReport;
use super::step_error::StepError;
use super::tell::MessageResults;
use crate::registry::Project;

/// The results of the steps of one project that were done.
#[derive(Debug, Default)]
pub(super) struct StepResults {
    pub(super) facts: Option<ReportFacts>,
    pub(super) stored: Option<StoredReport>,
    pub(super) link_expires_at: Option<Timestamp>,
    pub(super) told: Option<MessageResults>,
    pub(super) marked: Option<Marked>,
    pub(super) edition: Option<ReportEdition>,
}

impl StepResults {
    /// Returns the status after the steps that were done, if none of them failed.
    pub(super) fn status(&self, project: &Project) -> ProjectStatus {
        let complete =
            self.facts.as_ref().is_some_and(|facts| facts.certainty.is_complete()) && self.errors().next().is_none();
        self.told.as_ref().map_or(ProjectStatus::Failed, |told| told.status(!project.recipients.is_empty(), complete))
    }

    /// Returns the errors that did not end the steps, in the order of the steps.
    fn errors(&self) -> impl Iterator<Item = ProjectError> {
        let facts = self.facts.iter().flat_map(|facts| &facts.errors);
        let stored = self.stored.iter().flat_map(|stored| &stored.errors);
        let told = self.told.iter().flat_map(|told| &told.errors);
        let marked = self.marked.iter().flat_map(|marked| &marked.failures);
        let marked = marked.map(|failure| ProjectError::new(Step::Workflow, failure));
        facts.chain(stored).chain(told).cloned().chain(marked)
    }

    /// Builds the outcome of the project. `failure` is the error that ended the steps early.
    pub(super) fn into_outcome(self, project: &Project, failure: Option<StepError>) -> ProjectOutcome {
        let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
        outcome.status = self.status(project);
        outcome.errors = self.errors().collect();
        if let Some(facts) = self.facts {
            (outcome.findings, outcome.changes, outcome.coverage) = (facts.findings, facts.changes, facts.coverage);
            outcome.severities = facts.counts;
            outcome.dropped_sources = facts.dropped_sources;
            outcome.certainty = Some(facts.certainty);
            outcome.headline = Some(facts.headline);
            if let Some(owners) = facts.owners {
                (outcome.owners, outcome.owner_shares) = (Some(owners.outcome), owners.shares);
            }
        }
        if let Some(stored) = self.stored {
            (outcome.report, outcome.further_reports) = (Some(stored.report), stored.further);
        }
        if let Some(told) = self.told {
            outcome.is_settled = failure.is_none() && !told.has_open;
            (outcome.told_now, outcome.rejected) = (told.told_now, told.rejected);
            (outcome.notified, outcome.in_doubt, outcome.has_open) = (told.notified, told.in_doubt, told.has_open);
            outcome.silent = told.silent;
        }
        if let Some(edition) = self.edition {
            (outcome.edition, outcome.told_earlier) = (edition.number, edition.told_earlier);
        }
        outcome.link_expires_at = self.link_expires_at;
        outcome.marked = self.marked.and_then(|marked| marked.findings());
        match failure {
            Some(StepError { step, error }) => outcome.failed(step, &error),
            None => outcome,
        }
    }
}
