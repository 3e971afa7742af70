//! Sets delivered findings to NOTIFIED, if a workflow sink is configured.

use std::collections::HashSet;
use std::sync::Arc;

use super::context::RunContext;
use super::outcome::MarkedFindings;
use crate::history::{IssueId, IssueRecord};
use crate::workflow::{MarkNotified, MarkResult};
use crate::{Finding, Result, Text, WorkflowStatus};

/// Sets findings to NOTIFIED; `None` if no sink is configured, no finding qualifies or the lease is lost. Updates the
/// records too, so that the next run does not report this change.
pub(super) async fn mark(
    run: &RunContext<'_>,
    project: &str,
    markable: Vec<(Arc<Finding>, IssueId)>,
    records: &mut [IssueRecord],
) -> Option<Result<MarkedFindings>> {
    let sink = run.workflow.filter(|_| !markable.is_empty() && run.stop.check_lease().is_ok())?;
    let findings = markable.iter().map(|(finding, _)| finding.clone()).collect();
    let marked = match sink.mark_notified(&MarkNotified::new(findings)).await {
        Ok(marked) => marked,
        Err(error) => return Some(Err(error)),
    };
    log_refused(project, &marked);
    let refused: HashSet<&Text> = marked.refused.iter().map(|unmarked| &unmarked.id).collect();
    let set = markable.iter().filter(|(finding, _)| !refused.contains(&finding.id));
    let set: HashSet<&IssueId> = set.map(|(_, issue)| issue).collect();
    for record in records.iter_mut().filter(|record| set.contains(&record.id)) {
        record.workflow = WorkflowStatus::Notified;
    }
    Some(Ok(MarkedFindings { accepted: marked.accepted, refused: marked.refused.len() as u64 }))
}

fn log_refused(project: &str, marked: &MarkResult) {
    if let Some(first) = marked.refused.first() {
        let refused = marked.refused.len();
        tracing::warn!(project, refused, id = %first.id, reason = first.reason,
            "findings could not be set to NOTIFIED; this is the first of them");
    }
}

#[cfg(test)]
mod tests;
