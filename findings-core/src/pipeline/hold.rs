//! Whether reports are held back because Security Hub could not be read: an empty report to everybody tells readers
//! nothing, and the operators have to act.

mod nothing;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use super::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use super::summary::{HeldBack, SummaryError};
use crate::registry::Project;
use crate::report::UnreadReason;
use crate::source::{AccountFailure, AccountFindings};
use crate::{AccountId, ErrorKind};
pub(super) use nothing::unlikely_nothing;

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
    /// Projects that wait because no source returned anything about anybody yet; `None` if that does not matter, or
    /// something came.
    silent: Option<Vec<FetchedTarget>>,
    /// Findings in the last reports of projects that are held back because nothing came.
    missed: Option<u64>,
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
            silent: None,
            missed: None,
        }
    }

    /// Lets nothing through until a source returned anything, or [`settle_nothing`](Self::settle_nothing) decided.
    pub(super) fn until_anything_comes(mut self) -> Self {
        self.silent = self.limit.map(|_| Vec::new());
        self
    }

    /// Whether projects wait because nothing came about anybody so far.
    pub(super) fn is_silent(&self) -> bool {
        self.silent.as_ref().is_some_and(|silent| !silent.is_empty())
    }

    /// Notes that a source returned something: about accounts of projects, or about others.
    pub(super) fn note(&mut self, accounts: &[Arc<AccountFindings>]) {
        if self.silent.is_some() && nothing::is_anything(accounts) {
            self.ready.extend(self.silent.take().into_iter().flatten());
        }
    }

    /// Decides about the projects that wait because nothing came. They are held back if their last reports had this many
    /// findings.
    pub(super) fn settle_nothing(&mut self, missed: Option<u64>) {
        let silent = self.silent.take().into_iter().flatten();
        match missed {
            None => self.ready.extend(silent),
            Some(_) => self.held.extend(silent.map(|(index, _)| index)),
        }
        self.missed = missed;
    }

    /// Takes a project from the sweep.
    pub(super) fn take(&mut self, index: usize, accounts: Vec<Arc<AccountFindings>>) {
        self.missing = self.missing.saturating_sub(1);
        for account in &accounts {
            self.count(account);
        }
        self.note(&accounts);
        if accounts.iter().any(|account| unread(account).next().is_some()) {
            self.waiting.push((index, accounts));
        } else {
            self.let_through([(index, accounts)]);
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
        self.silent.iter_mut().for_each(Vec::clear);
    }

    /// Returns the next project to deliver.
    pub(super) fn next_ready(&mut self, fits: impl Fn(&[Arc<AccountFindings>]) -> bool) -> Option<FetchedTarget> {
        self.ready.pop_front_if(|(_, accounts)| fits(accounts))
    }

    /// Whether a project could be begun.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether projects are here that were not begun.
    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.waiting.is_empty() && self.silent.as_ref().is_none_or(Vec::is_empty)
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

    /// Lets projects through to delivery, as soon as anything came.
    fn let_through(&mut self, targets: impl IntoIterator<Item = FetchedTarget>) {
        match &mut self.silent {
            None => self.ready.extend(targets),
            Some(silent) => silent.extend(targets),
        }
    }

    fn settle(&mut self) {
        match self.decide() {
            Decision::Open => {}
            Decision::Deliver => {
                let waiting = std::mem::take(&mut self.waiting);
                self.let_through(waiting);
            }
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
        if let Some(missed) = self.missed {
            return Some(self.held_for_nothing(missed));
        }
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

    fn held_for_nothing(&self, missed: u64) -> (HeldBack, SummaryError) {
        let (projects, accounts) = (self.held.len() as u64, self.all);
        let held = HeldBack { projects, unread: accounts, accounts, reason: UnreadReason::Empty };
        let error = format!(
            "reports held back: {projects}; nobody was told, because nothing at all was returned about any account, and the last reports had {missed} findings; check that the source is the right one and an export is whole, then start the run again with the same run ID; if everything is really fixed, start it once without holding reports back"
        );
        (held, SummaryError::new(error))
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
    let message = "the report was held back; the errors of the run say why";
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
        UnreadReason::BadAnswer | UnreadReason::Empty | UnreadReason::Other => "find the cause in the log",
    }
}

#[cfg(test)]
mod tests;
