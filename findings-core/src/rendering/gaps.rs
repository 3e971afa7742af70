//! What is missing in a report, in the reader's language.

use super::named_account;
use crate::AccountId;
use crate::report::{Problem, Report};
use crate::wording::Wording;

/// Something that is missing in a report, as text for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The affected account, if the gap is about one.
    pub account: Option<AccountId>,
    /// A sentence in the reader's language.
    pub sentence: String,
    /// Details that readers may see or, for a problem that only operators can solve, a sentence in the reader's language
    /// that they know of it. Can be empty.
    pub detail: String,
}

/// Returns everything that is missing, as sentences; empty if the report is complete.
///
/// ```
/// use findings_core::rendering;
/// use findings_core::report::Report;
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// assert!(rendering::gaps(&report)[0].sentence.starts_with("No account is registered for this project"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gaps(report: &Report) -> Vec<Gap> {
    report.certainty().problems.iter().map(|problem| gap(problem, report)).collect()
}

fn gap(problem: &Problem, report: &Report) -> Gap {
    let say = Wording::of(report.locale);
    let account = problem.account.map(|id| named_account(report, id));
    let place = say.place(account.as_deref(), problem.region.as_deref());
    let sentence = say.at(&place, say.problem(problem.kind));
    let detail = say.problem_detail(problem).unwrap_or(say.operators_know()).to_owned();
    Gap { account: problem.account, sentence, detail }
}
