//! What Security Hub is told of a decision.

use super::note::with_decision;
use super::{DecisionEntry, DecisionKind};
use crate::workflow::{FindingChange, Verification};
use crate::{Finding, Text, WorkflowStatus};

/// The user-defined field with the owner.
const OWNER: &str = "decision-owner";
/// The user-defined field with the due date, as 2027-03-31.
const DUE: &str = "decision-due";

/// What becomes of a finding in Security Hub, and what could not be told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mirroring {
    /// `None` if Security Hub holds nothing of the decision, or holds all of it already.
    pub(super) change: Option<FindingChange>,
    /// Whether the note of other people leaves no room for the decision.
    pub(super) note_is_full: bool,
}

/// Returns what Security Hub has to hold of a decision about a finding, as it is now.
///
/// The next check alone says that the finding of a control is fixed: RESOLVED by hand would hide a check that fails.
pub(super) fn mirroring(entry: &DecisionEntry, finding: &Finding) -> Mirroring {
    let workflow = workflow(entry.kind, finding).filter(|status| *status != finding.workflow);
    let mut change = FindingChange { workflow, ..FindingChange::default() };
    let is_control = finding.is_security_hub_check();
    if entry.kind == DecisionKind::Fixed && is_control && change.workflow.is_none() {
        return Mirroring::default();
    }
    change.verification = match (entry.kind, change.workflow) {
        (DecisionKind::FalsePositive, _) => Some(Verification::FalsePositive),
        // what was a false positive before is none any more
        (_, Some(_)) if finding.workflow == WorkflowStatus::Suppressed => Some(Verification::Unknown),
        _ => None,
    };
    let now = finding.note.as_ref().map(|note| &*note.text);
    let note = with_decision(now, entry);
    let note_is_full = note.is_none();
    change.note = note.filter(|note| Some(note.as_str()) != now).map(Text::from);
    let fields = fields(entry, finding);
    let mut known = finding.user_defined_fields.clone();
    known.sort();
    change.user_defined_fields = (fields != known).then_some(fields);
    let changes = change.workflow.is_some() || change.note.is_some() || change.user_defined_fields.is_some();
    Mirroring { change: changes.then_some(change), note_is_full }
}

/// The status that the decision asks for; `None` if it asks for none.
fn workflow(kind: DecisionKind, finding: &Finding) -> Option<WorkflowStatus> {
    // what is no longer accepted comes back into the reports
    let back = (finding.workflow == WorkflowStatus::Suppressed).then_some(WorkflowStatus::New);
    match kind {
        DecisionKind::ToFix => Some(WorkflowStatus::Notified),
        DecisionKind::Fixed if !finding.is_security_hub_check() => Some(WorkflowStatus::Resolved),
        DecisionKind::AcceptRisk | DecisionKind::FalsePositive => Some(WorkflowStatus::Suppressed),
        DecisionKind::Fixed | DecisionKind::NotOurs | DecisionKind::Withdrawn | DecisionKind::AcceptanceEnded => back,
    }
}

/// The user-defined fields: those of other people, and owner and due date. BatchUpdateFindings replaces all of them.
fn fields(entry: &DecisionEntry, finding: &Finding) -> Vec<(Text, Text)> {
    /// The most fields of a finding, and characters of a value, that Security Hub accepts.
    const MOST: usize = 50;
    const VALUE: usize = 1_024;
    let others = finding.user_defined_fields.iter().filter(|(name, _)| &**name != OWNER && &**name != DUE);
    let mut fields: Vec<(Text, Text)> = others.cloned().collect();
    if entry.kind.is_in_force() {
        let owner = entry.owner.as_deref().map(|owner| owner.chars().take(VALUE).collect::<String>());
        let due = entry.due.map(|due| due.to_string());
        let own = [(OWNER, owner), (DUE, due)];
        fields.extend(own.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))));
    }
    fields.truncate(MOST);
    fields.sort();
    fields
}
