//! Whether a report is complete, and what is missing, in the reader's language.

use std::borrow::Cow;
use std::collections::HashSet;

use findings_core::AccountId;
use findings_core::report::{Problem, ProblemKind, Report};

use crate::lang::Texts;
use crate::lists;

/// Something that is missing in the report, as text for readers and for the operator.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The affected account, if the gap is about one.
    pub(crate) account: Option<AccountId>,
    /// A sentence in the reader's language.
    pub(crate) sentence: String,
    /// Details in English or, for a problem that only operators can solve, a sentence in the reader's language that
    /// they know of it.
    pub(crate) detail: String,
}

/// Returns everything that is missing, as sentences; empty if the report is complete.
pub(crate) fn gaps(report: &Report, texts: &Texts) -> Vec<Gap> {
    problems(report).iter().map(|problem| gap(problem, report, texts)).collect()
}

/// Returns everything that is missing; empty if the report is complete.
///
/// This adds a problem for an account that is incomplete without one, and for a report without accounts and findings:
/// without an account, "no findings" means nothing.
pub(crate) fn problems(report: &Report) -> Vec<Cow<'_, Problem>> {
    let mut problems: Vec<_> = report.problems.iter().map(Cow::Borrowed).collect();
    let named: HashSet<AccountId> = report.problems.iter().filter_map(|p| p.account).collect();
    for account in report.accounts.iter().filter(|a| !a.complete && !named.contains(&a.id)) {
        problems.push(Cow::Owned(Problem::new(ProblemKind::AccountNotFetched, "").with_account(account.id)));
    }
    if problems.is_empty() && is_about_nothing(report) {
        problems.push(Cow::Owned(Problem::new(ProblemKind::NoAccount, "")));
    }
    problems
}

/// Whether the report is complete: whether [`gaps`] is empty.
pub(crate) fn is_whole(report: &Report) -> bool {
    report.is_complete() && !is_about_nothing(report)
}

fn is_about_nothing(report: &Report) -> bool {
    report.accounts.is_empty() && report.findings.is_empty()
}

fn gap(problem: &Problem, report: &Report, texts: &Texts) -> Gap {
    let say = texts.wording;
    let account = problem.account.map(|id| lists::named_account(report, id));
    let place = say.place(account.as_deref(), problem.region.as_deref());
    let sentence = say.at(&place, say.problem(problem.kind));
    let detail = if problem.kind.is_for_operators() { say.operators_know().to_owned() } else { problem.detail.clone() };
    Gap { account: problem.account, sentence, detail }
}
