//! What has to be done about earlier decisions: ended acceptances, findings that came back, and what was left open.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Decision, DecisionKind, ProjectDecisions};
use crate::history::{IssueRecord, ProjectHistory};

/// What has to be done about earlier decisions of a project.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Upkeep {
    /// Acceptances that ended: the new decisions that say so.
    pub ended: Vec<Decision>,
    /// Decisions of which Security Hub has to be told, for the first time or again.
    pub to_tell: Vec<Decision>,
}

/// Returns what has to be done today.
///
/// * An accepted risk whose last day is past has ended: its finding comes back into the reports.
/// * A decision of which Security Hub was not told, because an attempt was killed or refused, is told now.
/// * An issue that was taken out of the reports and is open again, usually because its finding got another ID, keeps its
///   decision: the new finding is told of it.
pub fn upkeep(history: &ProjectHistory, decisions: &ProjectDecisions, today: Date, now: Timestamp) -> Upkeep {
    let mut upkeep = Upkeep::default();
    for decision in decisions.latest() {
        let Ok(n) = history.issues.binary_search_by(|issue| issue.id.cmp(&decision.issue)) else { continue };
        let issue = &history.issues[n];
        if decision.accepted_until().is_some_and(|last| last < today) {
            upkeep.ended.push(ended(decision, now));
        } else if decision.mirrored_at.is_none_or(|told_at| is_back(history, issue, decision, told_at)) {
            upkeep.to_tell.push(decision.clone());
        }
    }
    upkeep
}

/// Whether a run saw an issue open after its decision took it out of the reports.
fn is_back(history: &ProjectHistory, issue: &IssueRecord, decision: &Decision, told_at: Timestamp) -> bool {
    decision.entry.kind.suppresses() && issue.is_open() && history.last_seen(issue) > told_at
}

fn ended(decision: &Decision, now: Timestamp) -> Decision {
    let mut entry = decision.entry.clone();
    entry.kind = DecisionKind::AcceptanceEnded;
    // after the decision that it ends, whatever the clock says
    let at = now.max(decision.at);
    Decision::new(decision.issue.clone(), decision.account, entry, decision.run_id.clone(), at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::DecisionEntry;
    use crate::history::{IssueId, IssueRecord, IssueResolution, Resolution};
    use crate::{Finding, RunId};

    fn record(id: &str, is_open: bool) -> IssueRecord {
        let finding = Finding::new("123456789012".parse().unwrap(), id);
        let run: RunId = "r".parse().unwrap();
        let at: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let mut record = IssueRecord::of(&finding, IssueId::of(&finding), &run, at);
        // a run saw it after the decision was told
        record.last_seen = "2026-11-03T00:00:00Z".parse().unwrap();
        let closed = IssueResolution { at, run_id: run, resolution: Resolution::Suppressed };
        record.resolved = Some(closed).filter(|_| !is_open);
        record
    }

    fn decision(issue: &IssueRecord, kind: DecisionKind, due: Option<&str>, is_told: bool) -> Decision {
        let mut entry = DecisionEntry::new(kind);
        entry.due = due.map(|due| due.parse().unwrap());
        let at: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
        let mut decision = Decision::new(issue.id.clone(), issue.account, entry, "r".parse().unwrap(), at);
        decision.mirrored_at = is_told.then_some(at);
        decision
    }

    #[test]
    fn table_of_what_has_to_be_done() {
        use DecisionKind::{AcceptRisk, AcceptanceEnded, FalsePositive, ToFix, Withdrawn};
        let (past, today) = (Some("2026-11-22"), Some("2026-11-23"));
        // kind, due, told, open; ended, to tell
        let rows = [
            (AcceptRisk, past, true, false, true, false),
            (AcceptRisk, past, false, true, true, false),
            (AcceptRisk, today, true, false, false, false),
            (AcceptRisk, today, true, true, false, true),
            (AcceptRisk, today, false, false, false, true),
            (FalsePositive, past, true, false, false, false),
            (FalsePositive, past, true, true, false, true),
            (ToFix, past, true, true, false, false),
            (ToFix, past, false, true, false, true),
            (Withdrawn, None, true, true, false, false),
            (Withdrawn, None, false, true, false, true),
            (AcceptanceEnded, past, true, true, false, false),
            (AcceptanceEnded, past, false, true, false, true),
        ];
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        for (kind, due, is_told, is_open, is_ended, is_to_tell) in rows {
            let issue = record("f", is_open);
            let decisions = ProjectDecisions::new([decision(&issue, kind, due, is_told)]);
            let history = ProjectHistory::new(vec![issue], Vec::new());
            let upkeep = upkeep(&history, &decisions, "2026-11-23".parse().unwrap(), now);
            let got = (!upkeep.ended.is_empty(), !upkeep.to_tell.is_empty());
            assert_eq!(got, (is_ended, is_to_tell), "{kind} {due:?}, told {is_told}, open {is_open}");
        }
    }

    #[test]
    fn an_end_is_recorded_once() {
        let issue = record("f", false);
        let accepted = decision(&issue, DecisionKind::AcceptRisk, Some("2026-11-22"), true);
        let history = ProjectHistory::new(vec![issue], Vec::new());
        let today = "2026-11-23".parse().unwrap();
        let decide = |decisions: &ProjectDecisions, now: &str| upkeep(&history, decisions, today, now.parse().unwrap());
        let first = decide(&ProjectDecisions::new([accepted.clone()]), "2026-11-23T00:00:00Z");
        let second = decide(&ProjectDecisions::new([accepted.clone()]), "2026-11-23T01:00:00Z");
        assert_eq!(first.ended[0].id, second.ended[0].id, "a repeated attempt records the same decision");
        let both = ProjectDecisions::new([first.ended[0].clone(), accepted]);
        assert!(decide(&both, "2026-11-24T00:00:00Z").ended.is_empty());
        assert!(both.in_force(&first.ended[0].issue).is_none());
    }
}
