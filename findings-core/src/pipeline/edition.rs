//! The edition of the run in which a report got its present content, and who has to be told of it.

use super::compare::ReportFacts;
use super::context::RunContext;
use super::outcome::ProjectOutcome;
use crate::ledger::Redo;
use crate::report::Certainty;

/// The edition of the run in which a report got its present content, and who knows an earlier content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReportEdition {
    /// The number of the edition.
    pub(super) number: u32,
    /// Recipients who were told of an earlier content, or may have been.
    pub(super) told_earlier: Vec<String>,
}

impl ReportEdition {
    /// The edition of a report that no earlier attempt has delivered.
    fn first() -> Self {
        Self { number: 1, told_earlier: Vec::new() }
    }

    /// The edition of the report of `outcome`.
    pub(super) fn of(outcome: &ProjectOutcome) -> Self {
        Self { number: outcome.edition, told_earlier: outcome.told_earlier.clone() }
    }

    /// The edition `number`, in which the report has another content than that of `earlier`.
    fn after(earlier: &ProjectOutcome, number: u32) -> Self {
        let doubtful = earlier.in_doubt.iter().map(|message| &message.recipient);
        let told = earlier.told_earlier.iter().chain(&earlier.notified).chain(doubtful);
        let mut told_earlier: Vec<String> = told.cloned().collect();
        told_earlier.sort_unstable();
        told_earlier.dedup();
        Self { number, told_earlier }
    }
}

/// Returns the edition of the report that `facts` are about. Recipients who were told of it are not told again.
/// `project` is spelled as in the registry.
pub(super) fn edition(
    run: &RunContext<'_>,
    earlier: Option<&ProjectOutcome>,
    facts: &ReportFacts,
    project: &str,
) -> ReportEdition {
    let present = run.dispatch.edition();
    let Some(earlier) = earlier else { return ReportEdition::first() };
    let is_new = match run.redo {
        // messages that an attempt has begun since spoke of another content than the earlier report
        _ if run.dispatch.has_begun_after(project, earlier.edition) => true,
        Some(Redo::All) => earlier.done_in < present,
        Some(Redo::Incomplete) => earlier.done_in < present && !says_the_same(earlier, facts),
        // the earlier report is no longer kept
        None => false,
    };
    if is_new { ReportEdition::after(earlier, present) } else { ReportEdition::of(earlier) }
}

/// Whether a report says the same as the earlier one of the same run. The details of problems do not count: the same
/// failure can be described in other words.
fn says_the_same(earlier: &ProjectOutcome, facts: &ReportFacts) -> bool {
    let without_details = |certainty: &Certainty| {
        let mut certainty = certainty.clone();
        certainty.problems.iter_mut().for_each(|problem| problem.detail.clear());
        // not stored; they follow from the coverage
        certainty.notices.clear();
        certainty
    };
    let certainty = earlier.certainty.as_ref().map(without_details) == Some(without_details(&facts.certainty));
    certainty
        && earlier.coverage == facts.coverage
        && (earlier.findings, earlier.changes) == (facts.findings, facts.changes)
}
