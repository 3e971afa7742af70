//! After delivery: the findings that people were told about become NOTIFIED, if that is wished.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::outcome::{ProjectError, Step};
use super::{Pipeline, ProjectOutcome};
use crate::history::{IssueId, IssueRecord};
use crate::report::Report;
use crate::workflow::{MarkNotified, WorkflowSink};
use crate::{Finding, Text, WorkflowStatus};

/// Findings of a project that were to become NOTIFIED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarkedFindings {
    /// Set.
    pub accepted: u64,
    /// Not set; the log says why.
    pub refused: u64,
}

impl Pipeline {
    /// With something that sets delivered findings to NOTIFIED.
    #[must_use]
    pub fn with_workflow(mut self, sink: Arc<dyn WorkflowSink>) -> Self {
        self.workflow = Some(sink);
        self
    }

    /// Marks what is in the report and NEW. The records remember it, so that the next run does not find a change that is our own.
    pub(super) async fn mark_notified(
        &self,
        report: &Report,
        issues: &mut [IssueRecord],
        outcome: &mut ProjectOutcome,
    ) {
        let Some(sink) = self.workflow.as_ref().filter(|_| !outcome.notified.is_empty()) else { return };
        let is_new = |f: &&Arc<Finding>| f.workflow == WorkflowStatus::New;
        let findings: Vec<_> = report.findings.iter().map(|row| &row.finding).filter(is_new).cloned().collect();
        if findings.is_empty() {
            return;
        }
        match sink.mark_notified(&MarkNotified::new(findings.clone())).await {
            Ok(marked) => {
                if let Some(first) = marked.refused.first() {
                    let refused = marked.refused.len();
                    tracing::warn!(project = %report.project, refused, id = %first.id, reason = first.reason,
                        "findings could not be set to NOTIFIED; this is the first of them");
                }
                outcome.marked =
                    Some(MarkedFindings { accepted: marked.accepted, refused: marked.refused.len() as u64 });
                let refused: HashSet<&Text> = marked.refused.iter().map(|unmarked| &unmarked.id).collect();
                let set = findings.iter().filter(|f| !refused.contains(&f.id)).map(|f| IssueId::of(f));
                let set: HashSet<IssueId> = set.collect();
                for issue in issues.iter_mut().filter(|issue| set.contains(&issue.id)) {
                    issue.workflow = WorkflowStatus::Notified;
                }
            }
            Err(error) => outcome.errors.push(ProjectError::new(Step::Workflow, error.report())),
        }
    }
}

#[cfg(test)]
mod tests;
