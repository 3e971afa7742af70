//! Whether the numbers may be believed, and what stands against it, in the reader's language.

use std::borrow::Cow;
use std::collections::HashSet;

use findings_core::AccountId;
use findings_core::report::{Problem, ProblemKind, Report};

use crate::lang::Texts;
use crate::lists;

/// Something missing, for readers and for the operator.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The account concerned, if it is one.
    pub(crate) account: Option<AccountId>,
    /// A sentence in the reader's language.
    pub(crate) sentence: String,
    /// Details in English, or in the reader's language who knows what to do.
    pub(crate) detail: String,
}

/// Everything that is missing, as sentences. Empty if the report may be believed.
pub(crate) fn gaps(report: &Report, texts: &Texts) -> Vec<Gap> {
    problems(report).iter().map(|problem| gap(problem, report, texts)).collect()
}

/// Everything that is missing. Empty if the report may be believed.
///
/// An account that is incomplete for no stated reason counts, and so does a report about nothing: without an account, "no findings" means nothing.
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

/// Whether the report may be believed: whether [`gaps`] is empty.
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
