//! What the findings of accounts, as they were read, become in a report: their order and the problems of reading them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Problem, ProblemKind};
use crate::source::AccountFindings;
use crate::{FindingList, Result};

/// The findings of accounts in the order of reports.
///
/// # Errors
/// Those of the disk that they may be on.
pub(crate) fn read_findings(accounts: &[Arc<AccountFindings>]) -> Result<FindingList> {
    Ok(take_findings(accounts.to_vec())?.0)
}

/// Like [`read_findings`]. Gives back what the lists of the accounts take, unless somebody else needs them, too: a list of a
/// million findings takes 56 MB. Returns the accounts without them.
pub(crate) fn take_findings(
    mut accounts: Vec<Arc<AccountFindings>>,
) -> Result<(FindingList, Vec<Arc<AccountFindings>>)> {
    let mut findings = FindingList::default();
    findings.reserve(accounts.iter().map(|account| account.findings.len()).sum());
    for account in &mut accounts {
        findings.extend(&account.findings, account.findings.entries().iter().copied());
        if let Some(account) = Arc::get_mut(account) {
            account.findings = FindingList::default();
        }
    }
    findings.sort()?;
    Ok((findings, accounts))
}

/// Returns the problems of reading the accounts.
pub(crate) fn reading_problems(accounts: &[Arc<AccountFindings>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut anyones = BTreeSet::new();
    for account in accounts {
        for failure in &account.failures {
            let problem = Problem::new(ProblemKind::AccountNotFetched, &failure.message);
            let problem = problem.with_account(account.account).with_region(&failure.lane);
            problems.push(problem.with_unread(failure.kind.into()));
        }
        for record in &account.rejected {
            if record.account.is_some() {
                let problem = Problem::new(ProblemKind::UnreadableFinding, record.to_string());
                problems.push(problem.with_account(account.account));
            } else {
                anyones.insert(record.to_string());
            }
        }
    }
    // records without an owner come with every account: report them once
    problems.extend(anyones.first().map(|first| {
        let count = anyones.len();
        let detail =
            format!("{count} unreadable record(s) of unknown accounts may belong to this project; the first: {first}");
        Problem::new(ProblemKind::UnreadableFinding, detail)
    }));
    problems
}
