//! Keeps decisions, and tells Security Hub of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::change::{Mirroring, mirroring};
use super::{CurrentFindings, Decision, DecisionId, DecisionLog, RecordDecisions};
use crate::workflow::{FindingChange, UpdateFindings, UpdateResult, WorkflowSink};
use crate::{Finding, Result};

/// Number of decisions that are kept and told together. A task that is killed in between repeats no more than these.
const TOGETHER: usize = 100;

/// Where decisions go.
#[derive(Clone, Copy, Debug)]
pub struct DecisionTargets<'a> {
    /// Where they are kept.
    pub log: &'a dyn DecisionLog,
    /// Who tells Security Hub; `None` if it is not to be told.
    pub sink: Option<&'a dyn WorkflowSink>,
}

/// What became of decisions.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AppliedDecisions {
    /// Number of decisions that were kept.
    pub kept: u64,
    /// Decisions of which Security Hub holds all that it can.
    pub mirrored: BTreeSet<DecisionId>,
    /// Decisions of which Security Hub could not be told, with the reason. They are kept, and told by the next attempt.
    pub open: Vec<(DecisionId, String)>,
    /// Decisions for which the note of other people left no room.
    pub without_note: BTreeSet<DecisionId>,
}

/// Keeps decisions of a project, and tells Security Hub of them.
///
/// Each decision is kept before Security Hub is told, and noted as told afterwards. So an attempt that is killed is
/// repeated by the next one, and nothing is told that is not kept. Repeating the request is safe.
///
/// # Errors
/// If a decision cannot be kept. What Security Hub does not accept is in the answer.
pub async fn apply(
    targets: DecisionTargets<'_>,
    project: &str,
    decisions: &[Decision],
    current: &CurrentFindings,
    now: Timestamp,
) -> Result<AppliedDecisions> {
    let mut applied = AppliedDecisions::default();
    for together in decisions.chunks(TOGETHER) {
        targets.log.record(&RecordDecisions::new(project, together.to_vec())).await?;
        applied.kept += together.len() as u64;
        let Some(sink) = targets.sink else { continue };
        let told = tell(sink, together, current, &mut applied).await;
        let noted: Vec<Decision> = together
            .iter()
            .filter(|decision| told.contains(&decision.id))
            .map(|decision| Decision { mirrored_at: Some(now), ..decision.clone() })
            .collect();
        if !noted.is_empty() {
            targets.log.record(&RecordDecisions::new(project, noted)).await?;
        }
        applied.mirrored.extend(told);
    }
    Ok(applied)
}

/// Findings that get the same values, each with its decision.
type Group = Vec<(Arc<Finding>, DecisionId)>;

/// Tells Security Hub, and returns the decisions of which it holds all that it can.
async fn tell(
    sink: &dyn WorkflowSink,
    decisions: &[Decision],
    current: &CurrentFindings,
    applied: &mut AppliedDecisions,
) -> BTreeSet<DecisionId> {
    let mut groups: HashMap<FindingChange, Group> = HashMap::new();
    let mut told = BTreeSet::new();
    for decision in decisions {
        let Some(findings) = current.of(&decision.issue) else {
            applied.open.push((decision.id.clone(), "its findings could not be looked at".to_owned()));
            continue;
        };
        told.insert(decision.id.clone());
        for finding in findings {
            let Mirroring { change, note_is_full } = mirroring(&decision.entry, finding);
            if note_is_full {
                applied.without_note.insert(decision.id.clone());
            }
            if let Some(change) = change {
                groups.entry(change).or_default().push((finding.clone(), decision.id.clone()));
            }
        }
    }
    // in a fixed order, so that a fault strikes the same call in every test
    let mut groups: Vec<(FindingChange, Group)> = groups.into_iter().collect();
    groups.sort_by(|(_, a), (_, b)| a[0].0.id.cmp(&b[0].0.id));
    for (change, group) in groups {
        for (id, reason) in update(sink, change, &group).await {
            told.remove(&id);
            applied.open.push((id, reason));
        }
    }
    told
}

/// Gives findings the same values, and returns the decisions that were not accepted, with the reason.
async fn update(sink: &dyn WorkflowSink, change: FindingChange, group: &Group) -> Vec<(DecisionId, String)> {
    let request = UpdateFindings::new(group.iter().map(|(finding, _)| finding.clone()).collect(), change);
    let answer = sink.update(&request).await;
    let UpdateResult { refused, .. } = match answer {
        Ok(result) => result,
        Err(error) => return group.iter().map(|(_, id)| (id.clone(), error.report())).collect(),
    };
    let reason = |finding: &Finding| refused.iter().find(|refused| refused.is_of(finding)).map(|r| r.reason.clone());
    group.iter().filter_map(|(finding, id)| Some((id.clone(), reason(finding)?))).collect()
}
