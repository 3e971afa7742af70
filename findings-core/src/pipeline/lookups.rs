//! Looks up by ID why issues are no longer reported, within the number of calls that a run may use for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::context::RunContext;
use crate::history::{IssueId, IssueRecord, LookupOutcome, Resolution};
use crate::source::{AccountBatch, LookUp};
use crate::{AccountId, ComplianceStatus, Finding, RecordState, Selection, Text, WorkflowStatus, securityhub};

/// What queries for missing issues showed.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    /// What is known of issues that are not open; nothing of issues that are not in it.
    pub(super) outcomes: HashMap<IssueId, LookupOutcome>,
    /// Open findings that the fetched pages lacked, for example because pages shifted while they were read.
    pub(super) found: Vec<Arc<Finding>>,
}

/// Looks up the state of issues that are not among the findings.
pub(super) async fn look_up_missing(run: &RunContext<'_>, missing: &[&IssueRecord]) -> LookUps {
    let mut lookups = LookUps::default();
    let sweep = &run.parts.sweep;
    let known: Vec<(&IssueRecord, &Text)> =
        missing.iter().filter_map(|issue| Some((*issue, issue.finding_id.as_ref()?))).collect();
    for chunk in known.chunks(Selection::MAX_IDS) {
        if run.stop.is_late() {
            tracing::info!(
                "the deadline has passed, so it is not looked up why issues are gone; the rest are called gone"
            );
            break;
        }
        // projects that run side by side share the calls
        if run.lookups.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_err() {
            tracing::info!("no calls are left to find out why issues are gone; the rest are called gone");
            break;
        }
        // cannot fail: a query takes as many accounts as IDs
        let Ok(accounts) = AccountBatch::new(chunk.iter().map(|(issue, _)| issue.account).collect()) else { break };
        // cannot fail either: the IDs are as many as a query takes
        let Ok(answer) = sweep.look_up(accounts, chunk.iter().map(|(_, id)| (*id).clone()).collect()).await else {
            break;
        };
        if let Some(error) = &answer.failure {
            tracing::warn!(error = %error.report(), "why issues are gone could not be found out; they stay open");
        }
        lookups.add(chunk, answer, sweep.selection());
    }
    lookups
}

impl LookUps {
    /// Adds the answer of a query.
    ///
    /// What a finding shows is recorded under the issue that was asked for: a finding can have changed what its issue's
    /// ID is made of. Two issues can ask for the same ID, because findings of two products can share it. A finding that
    /// is not in an incomplete answer may be there, so nothing is known of its issue.
    fn add(&mut self, asked: &[(&IssueRecord, &Text)], answer: LookUp, selection: &Selection) {
        let mut by_id: HashMap<(AccountId, Text), Vec<Arc<Finding>>> = HashMap::new();
        for finding in answer.findings {
            by_id.entry((finding.account, finding.id.clone())).or_default().push(finding);
        }
        for (issue, id) in asked {
            let found = by_id.get(&(issue.account, (*id).clone())).map_or(&[][..], Vec::as_slice);
            // the issue is closed only if no product says that it is open
            if found.iter().any(|finding| selection.matches(finding)) {
                tracing::info!(account = %issue.account, finding = %id, "the fetched pages lacked an open finding, and a query for it found it");
            } else if !found.is_empty() || answer.failure.is_some() {
                let reason = found.iter().find_map(|finding| resolution(finding));
                let outcome = reason.map_or(LookupOutcome::Unclear, LookupOutcome::Closed);
                self.outcomes.insert(issue.id.clone(), outcome);
            }
        }
        self.found.extend(by_id.into_values().flatten().filter(|finding| selection.matches(finding)));
    }
}

/// Why a finding that is not selected is not open; `None` if it does not show why.
fn resolution(finding: &Finding) -> Option<Resolution> {
    let nothing_checked = finding.compliance_reasons.iter().any(|reason| &**reason == securityhub::NOTHING_EVALUATED);
    match (finding.record_state, finding.workflow, finding.compliance) {
        (RecordState::Archived, ..) => Some(Resolution::Archived),
        (_, WorkflowStatus::Suppressed, _) => Some(Resolution::Suppressed),
        // such a check passes without a look at anything, for example where AWS Config is off
        (_, _, Some(ComplianceStatus::Passed)) if nothing_checked => None,
        // before RESOLVED, which Security Hub sets by itself when a check passes
        (_, _, Some(ComplianceStatus::Passed)) => Some(Resolution::Passed),
        (_, WorkflowStatus::Resolved, _) => Some(Resolution::MarkedResolved),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
