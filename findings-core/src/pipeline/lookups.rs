//! Looks up by ID why issues are no longer reported, within the number of calls that a run may use for it.

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;

use super::context::RunContext;
use crate::history::{IssueId, IssueRecord, LookupOutcome, Resolution};
use crate::source::AccountBatch;
use crate::{ComplianceStatus, Finding, RecordState, Selection, Text, WorkflowStatus, securityhub};

/// Returns the state of issues that are no longer among the findings. Issues whose state is unknown are left out.
pub(super) async fn look_up_missing(run: &RunContext<'_>, missing: &[&IssueRecord]) -> HashMap<IssueId, LookupOutcome> {
    let mut lookups = HashMap::new();
    let sweep = &run.parts.sweep;
    let known: Vec<(&IssueRecord, &Text)> =
        missing.iter().filter_map(|issue| Some((*issue, issue.finding_id.as_ref()?))).collect();
    for chunk in known.chunks(Selection::MAX_IDS) {
        if run.lookups.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_err() {
            tracing::info!("no calls are left to find out why issues are gone; the rest are called gone");
            break;
        }
        let Ok(accounts) = AccountBatch::new(chunk.iter().map(|(issue, _)| issue.account).collect()) else { break };
        match sweep.look_up(accounts, chunk.iter().map(|(_, id)| (*id).clone()).collect()).await {
            Ok(findings) => findings.iter().for_each(|finding| {
                let outcome = outcome(finding, sweep.selection());
                lookups.extend(outcome.map(|outcome| (IssueId::of(finding), outcome)));
            }),
            Err(error) => {
                tracing::warn!(error = %error.report(), "why issues are gone could not be found out; they are called gone");
                break;
            }
        }
    }
    lookups
}

/// Derives the outcome of a missing issue from its finding; `None` if the finding does not show why it is missing.
fn outcome(finding: &Finding, selection: &Selection) -> Option<LookupOutcome> {
    let nothing_checked = finding.compliance_reasons.iter().any(|reason| &**reason == securityhub::NOTHING_EVALUATED);
    let resolution = match (finding.record_state, finding.workflow, finding.compliance) {
        _ if selection.matches(finding) => return Some(LookupOutcome::Open),
        (RecordState::Archived, ..) => Resolution::Archived,
        (_, WorkflowStatus::Suppressed, _) => Resolution::Suppressed,
        (_, _, Some(ComplianceStatus::Passed)) if nothing_checked => return None,
        (_, _, Some(ComplianceStatus::Passed)) => Resolution::Passed,
        (_, WorkflowStatus::Resolved, _) => Resolution::MarkedResolved,
        _ => return None,
    };
    Some(LookupOutcome::Resolved(resolution))
}

#[cfg(test)]
mod tests;
