//! Whether a report is complete, and what is missing, in the reader's language.

use findings_core::AccountId;
use findings_core::report::{Problem, Report};

use crate::lang::Texts;
use crate::lists;

/// Something that is missing in the report, as text for readers and for the operator.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The affected account, if the gap is about one.
    pub(crate) account: Option<AccountId>,
    /// A sentence in the reader's language.
    pub(crate) sentence: String,
    /// Details that readers may see or, for a problem that only operators can solve, a sentence in the reader's language
    /// that they know of it.
    pub(crate) detail: String,
}

/// Returns everything that is missing, as sentences; empty if the report is complete.
pub(crate) fn gaps(report: &Report, texts: &Texts) -> Vec<Gap> {
    report.certainty().problems.iter().map(|problem| gap(problem, report, texts)).collect()
}

fn gap(problem: &Problem, report: &Report, texts: &Texts) -> Gap {
    let say = texts.wording;
    let account = problem.account.map(|id| lists::named_account(report, id));
    let place = say.place(account.as_deref(), problem.region.as_deref());
    let sentence = say.at(&place, say.problem(problem.kind));
    let detail = say.problem_detail(problem).unwrap_or(say.operators_know()).to_owned();
    Gap { account: problem.account, sentence, detail }
}
