//! Combines the results of lanes into accounts, and accounts into targets.

mod merge;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use self::merge::{LaneViews, merge};
use super::{AccountFailure, AccountFindings, SweepTarget, TargetFindings};
use crate::source::{Lane, RejectedRecord};
use crate::{AccountId, FindingList, Text};

/// The result of one lane for one account.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneResult {
    /// Index of the lane.
    pub(super) lane: usize,
    pub(super) findings: FindingList,
    pub(super) rejected: Vec<RejectedRecord>,
    pub(super) failure: Option<AccountFailure>,
    /// Regions of all records of the account; `None` if the lane cannot tell.
    pub(super) regions: Option<BTreeSet<Option<Text>>>,
}

impl LaneResult {
    pub(super) fn is_complete(&self) -> bool {
        self.failure.is_none() && self.rejected.is_empty()
    }
}

#[derive(Debug)]
struct PendingAccount {
    /// Number of lanes without a result.
    lanes_left: usize,
    /// Indices of the targets that contain the account.
    targets: Vec<usize>,
    results: Vec<LaneResult>,
}

#[derive(Debug)]
struct PendingTarget {
    order: Vec<AccountId>,
    done: HashMap<AccountId, Arc<AccountFindings>>,
}

#[derive(Debug)]
pub(super) struct Assembly {
    accounts: HashMap<AccountId, PendingAccount>,
    /// Unfinished targets by index. `None` for a target that was returned.
    targets: Vec<Option<PendingTarget>>,
    views: LaneViews,
}

impl Assembly {
    pub(super) fn new(targets: Vec<SweepTarget>, lanes: &[Lane]) -> Self {
        let mut accounts: HashMap<AccountId, PendingAccount> = HashMap::new();
        let mut pending = Vec::with_capacity(targets.len());
        for (index, target) in targets.into_iter().enumerate() {
            let mut order = Vec::with_capacity(target.accounts.len());
            for account in target.accounts {
                let entry = accounts.entry(account).or_insert_with(|| PendingAccount {
                    lanes_left: lanes.len(),
                    targets: Vec::new(),
                    results: Vec::new(),
                });
                // targets are added in order, so a repeated account of this target has its index last
                if entry.targets.last() != Some(&index) {
                    entry.targets.push(index);
                    order.push(account);
                }
            }
            pending.push(Some(PendingTarget { order, done: HashMap::new() }));
        }
        Self { accounts, targets: pending, views: LaneViews::of(lanes) }
    }

    /// Takes the targets without accounts, which are complete from the start.
    pub(super) fn take_empty(&mut self) -> Vec<TargetFindings> {
        let empty = |(index, target): (usize, &mut Option<PendingTarget>)| {
            let finished = target.as_ref().is_some_and(|t| t.order.is_empty());
            if finished { target.take() } else { None }.map(|_| TargetFindings { index, accounts: Vec::new() })
        };
        self.targets.iter_mut().enumerate().filter_map(empty).collect()
    }

    /// Adds the result of one lane for an account. Returns the targets that are complete with it.
    pub(super) fn add_result(&mut self, account: AccountId, result: LaneResult) -> Vec<TargetFindings> {
        let Entry::Occupied(mut entry) = self.accounts.entry(account) else { return Vec::new() };
        let pending = entry.get_mut();
        pending.results.push(result);
        pending.lanes_left -= 1;
        if pending.lanes_left > 0 {
            return Vec::new();
        }
        let pending = entry.remove();
        // shared by pointer, because several targets can have the account
        let findings = Arc::new(merge(account, pending.results, &self.views));
        pending.targets.iter().filter_map(|index| self.complete_target(*index, &findings)).collect()
    }

    /// Adds a finished account to a target. Returns the target if this was its last account.
    fn complete_target(&mut self, index: usize, findings: &Arc<AccountFindings>) -> Option<TargetFindings> {
        let pending = self.targets.get_mut(index)?;
        let target = pending.as_mut()?;
        target.done.insert(findings.account, findings.clone());
        if target.done.len() < target.order.len() {
            return None;
        }
        let mut target = pending.take()?;
        let accounts = target.order.iter().filter_map(|account| target.done.remove(account)).collect();
        Some(TargetFindings { index, accounts })
    }
}

#[cfg(test)]
mod tests;
