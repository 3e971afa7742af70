//! The problems that make a report incomplete.

use std::sync::Arc;

use super::outcome::{ProjectError, Step};
use crate::coverage::{AcceptedGaps, CoverageReason};
use crate::registry::Project;
use crate::report::{AccountSummary, Problem, ProblemKind, reading_problems};
use crate::source::AccountFindings;

/// Converts a problem of a report to an error of the outcome.
pub(super) fn as_error(problem: &Problem) -> ProjectError {
    let step = match problem.kind {
        ProblemKind::RegistryLine | ProblemKind::NoAccount | ProblemKind::SeeReport => Step::Registry,
        ProblemKind::AccountNotFetched | ProblemKind::UnreadableFinding => Step::Fetch,
        ProblemKind::Coverage(_) => Step::Coverage,
    };
    let message = match &problem.region {
        Some(region) => format!("{region}: {}", problem.detail),
        None => problem.detail.clone(),
    };
    ProjectError { step, account: problem.account, message }
}

/// Returns the gaps that the operator has not accepted. Leaves out unreadable checks of accounts whose findings could
/// not be read: these are reported already.
pub(super) fn gaps(accounts: &[AccountSummary], accepted: &AcceptedGaps) -> Vec<Problem> {
    let mut problems = Vec::new();
    for account in accounts {
        for gap in account.coverage.iter().filter(|c| c.is_open_gap()) {
            if gap.reason == CoverageReason::ChecksNotRead && !account.complete {
                continue;
            }
            let mut detail = gap.reason.to_string();
            if let Some(ended) = accepted.ended(account.id, gap.region.as_deref()) {
                detail = format!("{detail} (the gap was accepted until {}: {})", ended.until, ended.reason);
            }
            let mut problem = Problem::new(ProblemKind::Coverage(gap.reason), detail).with_account(account.id);
            problem.region.clone_from(&gap.region);
            problems.push(problem);
        }
    }
    problems
}

/// Returns the problems of reading the registry and the accounts.
pub(super) fn problems(project: &Project, accounts: &[Arc<AccountFindings>]) -> Vec<Problem> {
    let hiding = project.problems.iter().filter(|p| p.hides_accounts);
    let mut problems: Vec<Problem> = hiding.map(|p| Problem::new(ProblemKind::RegistryLine, p.to_string())).collect();
    if project.accounts.is_empty() {
        problems.push(Problem::new(ProblemKind::NoAccount, "the registry names no readable account for this project"));
    }
    problems.extend(reading_problems(accounts));
    problems
}
