//! Whether reports are held back because Security Hub could not be read: an empty report to everybody tells readers
//! nothing, and the operators have to act.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use super::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use super::summary::{HeldBack, SummaryError};
use crate::registry::Project;
use crate::report::UnreadReason;
use crate::source::{AccountFailure, AccountFindings};
use crate::{AccountId, ErrorKind};

/// A project whose accounts are all fetched, by its position in the registry.
pub(super) type FetchedTarget = (usize, Vec<Arc<AccountFindings>>);

/// Lets fetched projects through to delivery, complete ones at once. Those with unread accounts wait until it is decided
/// whether they are delivered as incomplete or held back.
#[derive(Debug)]
pub(super) struct Gate {
    /// The share of unread accounts in percent above which reports are held back; `None` for never.
    limit: Option<u8>,
    lanes: u64,
    /// Projects that this attempt has not taken yet.
    missing: usize,
    /// All accounts, each in every lane.
    all: u64,
    /// Those of them that were read.
    read: u64,
    counted: HashSet<AccountId>,
    /// Number of unread accounts by reason, with the first error.
    unread: BTreeMap<UnreadReason, (u64, String)>,
    ready: VecDeque<FetchedTarget>,
    waiting: Vec<FetchedTarget>,
    /// Positions of projects that are held back.
    held: Vec<usize>,
}

/// What becomes of projects with unread accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Open,
    Deliver,
    Hold,
}

impl Gate {
    /// Creates a gate for the projects `todo`. Accounts that only other projects have were read by an earlier attempt.
    pub(super) fn new(limit: Option<u8>, projects: &[Project], todo: &[usize], lanes: usize) -> Self {
        let accounts = |project: &Project| project.accounts.clone();
        let all: HashSet<AccountId> = projects.iter().flat_map(accounts).collect();
        let asked: HashSet<AccountId> = todo.iter().flat_map(|index| accounts(&projects[*index])).collect();
        let lanes = lanes as u64;
        Self {
            limit,
            lanes,
            missing: todo.len(),
            all: all.len() as u64 * lanes,
            read: (all.len() - asked.len()) as u64 * lanes,
            counted: HashSet::new(),
            unread: BTreeMap::new(),
            ready: VecDeque::new(),
            waiting: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Takes a project from the sweep.
    pub(super) fn take(&mut self, index: usize, accounts: Vec<Arc<AccountFindings>>) {
        self.missing = self.missing.saturating_sub(1);
        for account in &accounts {
            self.count(account);
        }
        if accounts.iter().any(|account| unread(account).next().is_some()) {
            self.waiting.push((index, accounts));
        } else {
            self.ready.push_back((index, accounts));
        }
        self.settle();
    }

    /// Decides with what is known: the sweep brings no further project.
    pub(super) fn finish(&mut self) {
        self.missing = 0;
        self.settle();
    }

    /// Drops the projects about which nothing is decided yet: the sweep ended early.
    pub(super) fn cut_off(&mut self) {
        self.waiting.clear();
    }

    /// Drops the projects that were not begun.
    pub(super) fn clear(&mut self) {
        self.ready.clear();
        self.waiting.clear();
    }

    /// Returns the next project to deliver.
    pub(super) fn next_ready(&mut self) -> Option<FetchedTarget> {
        self.ready.pop_front()
    }

    /// Whether projects are here that were not begun.
    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.waiting.is_empty()
    }

    /// Returns the positions of the projects that are held back.
    pub(super) fn held(&self) -> &[usize] {
        &self.held
    }

    fn count(&mut self, account: &AccountFindings) {
        // an account of several projects comes with each of them
        if !self.counted.insert(account.account) {
            return;
        }
        let mut failed = 0;
        for AccountFailure { kind, message, .. } in unread(account) {
            failed += 1;
            self.unread.entry((*kind).into()).or_insert_with(|| (0, message.clone())).0 += 1;
        }
        self.read += self.lanes.saturating_sub(failed);
    }

    fn settle(&mut self) {
        match self.decide() {
            Decision::Open => {}
            Decision::Deliver => self.ready.extend(self.waiting.drain(..)),
            Decision::Hold => self.held.extend(self.waiting.drain(..).map(|(index, _)| index)),
        }
    }

    /// Decides as soon as the accounts that are still missing cannot change the result.
    fn decide(&self) -> Decision {
        let Some(limit) = self.limit.map(u64::from) else { return Decision::Deliver };
        let worst = self.unread.values().map(|(count, _)| *count).max().unwrap_or_default();
        if worst * 100 > limit * self.all {
            return Decision::Hold;
        }
        match (self.read, self.missing) {
            (0, 0) => Decision::Hold,
            (read, _) if read > 0 && read * 100 >= 100_u64.saturating_sub(limit) * self.all => Decision::Deliver,
            (_, 0) => Decision::Deliver,
            _ => Decision::Open,
        }
    }

    /// Returns what was held back, and the error that tells the operators the cause and the cure; `None` if nothing was.
    pub(super) fn held_back(&self) -> Option<(HeldBack, SummaryError)> {
        let (reason, (unread, message)) = self.unread.iter().max_by_key(|(_, (count, _))| *count)?;
        let held = HeldBack { projects: self.held.len() as u64, unread: *unread, accounts: self.all, reason: *reason };
        (held.projects > 0).then(|| {
            let HeldBack { projects, unread, accounts, .. } = held;
            let error = format!(
                "reports held back: {projects}; nobody was told, because {unread} of {accounts} accounts could not be read: failed to {message}; {}, then start the run again with the same run ID",
                cure(*reason)
            );
            (held, SummaryError::new(error))
        })
    }
}

/// Returns the failures of an account without which nothing was read in a lane. A list that ends early was read as far
/// as it goes.
fn unread(account: &AccountFindings) -> impl Iterator<Item = &AccountFailure> {
    account.failures.iter().filter(|failure| failure.kind != ErrorKind::Inconsistent)
}

/// Returns the outcome of a project whose report is held back. It is not recorded, so that the next attempt does it.
pub(super) fn held_project(project: &Project) -> ProjectOutcome {
    let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
    outcome.status = ProjectStatus::Failed;
    let message = "the report was held back, because Security Hub could not be read; the errors of the run say why";
    outcome.errors = vec![ProjectError::new(Step::Fetch, message)];
    outcome
}

/// Returns what operators can do.
fn cure(reason: UnreadReason) -> &'static str {
    match reason {
        UnreadReason::NotAllowed => {
            "allow the role of the run securityhub:GetFindings, and look for a service control policy that denies it"
        }
        UnreadReason::NotSignedIn => "renew the credentials of the run",
        UnreadReason::HubOff => "turn Security Hub on in this account and Region, or correct the source",
        UnreadReason::Throttled => "find out who else uses the quota of GetFindings",
        UnreadReason::NoAnswer => "check the network, the endpoint and the state of the service",
        UnreadReason::BadAnswer | UnreadReason::Other => "find the cause in the log",
    }
}

#[cfg(test)]
mod tests;
