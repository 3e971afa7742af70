//! Sets delivered findings to NOTIFIED, if a workflow sink is configured.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::context::RunContext;
use super::outcome::MarkedFindings;
use crate::finding_list::Entry;
use crate::history::{IdentifiedFindings, IssueId, IssueRecords};
use crate::source::{AccountBatch, LookUp};
use crate::workflow::{FindingChange, UpdateFindings, UpdateResult, WorkflowSink};
use crate::{Finding, FindingList, RecordState, Result, Selection, Text, WorkflowStatus};

/// Number of findings that are looked at and then marked together: five queries and one call. With more of them, more
/// time would pass between the look and the mark.
const TOGETHER: usize = 100;

/// A finding that can be set to NOTIFIED, with its issue.
type MarkableFinding = (Arc<Finding>, IssueId);

/// The findings that can be set to NOTIFIED: those whose workflow status is NEW. One that passes is left to Security Hub, which
/// resolves it: as NOTIFIED it would stay in every later report.
#[derive(Debug, Default)]
pub(super) struct Markable {
    findings: FindingList,
    /// The issue of each, in the same order.
    issues: Vec<IssueId>,
}

impl Markable {
    pub(super) fn of(identified: &IdentifiedFindings) -> Self {
        let is_markable = |entry: &Entry| entry.is_new && !entry.passes;
        let findings = identified.findings();
        let issues = findings.entries().iter().zip(identified.issues()).filter(|(entry, _)| is_markable(entry));
        Self { issues: issues.map(|(_, issue)| issue.clone()).collect(), findings: findings.filtered(is_markable) }
    }

    fn read(&self, places: Range<usize>) -> Result<Vec<MarkableFinding>> {
        places.map(|place| Ok((Arc::new(self.findings.get(place)?), self.issues[place].clone()))).collect()
    }
}

/// What became of the findings that were to be set to NOTIFIED.
#[derive(Debug, Default)]
pub(super) struct Marked {
    accepted: u64,
    refused: u64,
    changed: u64,
    /// What went wrong.
    pub(super) failures: Vec<String>,
}

impl Marked {
    /// Returns the numbers; `None` if nothing but a failure is known.
    pub(super) fn findings(&self) -> Option<MarkedFindings> {
        let Self { accepted, refused, changed, failures } = self;
        let is_known = failures.is_empty() || accepted + changed > 0;
        is_known.then_some(MarkedFindings { accepted: *accepted, refused: *refused, changed: *changed })
    }
}

/// Sets findings to NOTIFIED that are still NEW; `None` if no sink is configured, no finding qualifies or the lease is
/// lost. Updates the records too, so that the next run does not report this change.
///
/// Between fetch and mail, people suppress findings and checks pass. To set those to NOTIFIED would undo a decision, and
/// would keep a fixed finding in every later report.
pub(super) async fn mark(
    run: &RunContext<'_>,
    project: &str,
    markable: Markable,
    records: &mut IssueRecords,
) -> Option<Marked> {
    let sink = run.workflow.filter(|_| !markable.issues.is_empty() && run.stop.check_lease().is_ok())?;
    let (mut marked, mut set) = (Marked::default(), HashSet::new());
    let count = markable.issues.len();
    for start in (0..count).step_by(TOGETHER) {
        let end = (start + TOGETHER).min(count);
        let together = match markable.read(start..end) {
            Ok(together) => together,
            Err(error) => {
                marked.refused += (count - start) as u64;
                marked.failures.push(error.report());
                break;
            }
        };
        let still_new = look_again(run, &together, &mut marked).await;
        // the queries can take longer than the lease
        let is_done =
            run.stop.check_lease().is_ok() && mark_together(sink, project, &still_new, &mut marked, &mut set).await;
        if !is_done {
            marked.refused += (still_new.len() + count - end) as u64;
            break;
        }
    }
    records.set_notified(set);
    Some(marked)
}

/// Asks for findings by ID, and returns those that are still NEW, ACTIVE and not PASSED.
async fn look_again<'m>(
    run: &RunContext<'_>,
    markable: &'m [MarkableFinding],
    marked: &mut Marked,
) -> Vec<&'m MarkableFinding> {
    let mut still_new = Vec::new();
    for chunk in markable.chunks(Selection::MAX_IDS) {
        // cannot fail: a query takes as many accounts as IDs
        let Ok(accounts) = AccountBatch::new(chunk.iter().map(|(finding, _)| finding.account).collect()) else { break };
        let ids: HashSet<Text> = chunk.iter().map(|(finding, _)| finding.id.clone()).collect();
        let answer = run.parts.sweep.look_up(accounts, ids.into_iter().collect()).await;
        let LookUp { findings, failure } =
            answer.unwrap_or_else(|error| LookUp { failure: Some(error), ..LookUp::default() });
        for entry in chunk {
            match state_of(&entry.0, &findings) {
                Some(true) => still_new.push(entry),
                // what was not seen because a query failed can be anything
                None if failure.is_some() => marked.refused += 1,
                Some(false) | None => marked.changed += 1,
            }
        }
        if let Some(error) = failure {
            marked.failures.push(format!("findings were not looked at again before marking: {}", error.report()));
        }
    }
    still_new
}

/// Returns whether a finding can be marked as it is now; `None` if it was not found.
fn state_of(finding: &Finding, now: &[Arc<Finding>]) -> Option<bool> {
    let mut same = now.iter().filter(|f| f.id == finding.id && f.product_arn == finding.product_arn).peekable();
    same.peek()?;
    Some(
        same.all(|now| now.workflow == WorkflowStatus::New && now.record_state == RecordState::Active && !now.passes()),
    )
}

/// Sets findings to NOTIFIED, and adds their issues to `set`. Returns whether the call was made.
async fn mark_together(
    sink: &dyn WorkflowSink,
    project: &str,
    findings: &[&MarkableFinding],
    marked: &mut Marked,
    set: &mut HashSet<IssueId>,
) -> bool {
    if findings.is_empty() {
        return true;
    }
    let change = FindingChange::status(WorkflowStatus::Notified);
    let request = UpdateFindings::new(findings.iter().map(|(finding, _)| finding.clone()).collect(), change);
    let result = match sink.update(&request).await {
        Ok(result) => result,
        Err(error) => {
            marked.failures.push(error.report());
            return false;
        }
    };
    log_refused(project, &result);
    let accepted = findings.iter().filter(|(finding, _)| !result.refused.iter().any(|refused| refused.is_of(finding)));
    set.extend(accepted.map(|(_, issue)| issue.clone()));
    marked.accepted += result.accepted;
    marked.refused += result.refused.len() as u64;
    marked.failures.extend(result.failure);
    true
}

fn log_refused(project: &str, marked: &UpdateResult) {
    if let Some(first) = marked.refused.first() {
        let refused = marked.refused.len();
        tracing::warn!(project, refused, id = %first.id, reason = first.reason,
            "findings could not be set to NOTIFIED; this is the first of them");
    }
}

#[cfg(test)]
mod tests;
