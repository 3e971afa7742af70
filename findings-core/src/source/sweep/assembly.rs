//! Combines the results of lanes into accounts, and accounts into targets.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::{AccountFailure, AccountFindings, SweepTarget, TargetFindings};
use crate::source::RejectedRecord;
use crate::{AccountId, Finding, Text};

/// The result of one lane for one account.
#[derive(Debug, Default)]
pub(super) struct LaneResult {
    pub(super) findings: Vec<Arc<Finding>>,
    pub(super) rejected: Vec<RejectedRecord>,
    pub(super) failure: Option<AccountFailure>,
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
}

impl Assembly {
    pub(super) fn new(targets: Vec<SweepTarget>, lanes: usize) -> Self {
        let mut accounts: HashMap<AccountId, PendingAccount> = HashMap::new();
        let mut pending = Vec::with_capacity(targets.len());
        for (index, target) in targets.into_iter().enumerate() {
            let mut order = Vec::with_capacity(target.accounts.len());
            for account in target.accounts {
                let entry = accounts.entry(account).or_insert_with(|| PendingAccount {
                    lanes_left: lanes,
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
        Self { accounts, targets: pending }
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
        let findings = Arc::new(merge(account, pending.results));
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

/// Merges the results of all lanes for an account. Keeps each finding once, in its newest version.
///
/// Copies are normal: pages shift while they are read, and linked Regions return the same findings.
fn merge(account: AccountId, results: Vec<LaneResult>) -> AccountFindings {
    let mut all = AccountFindings {
        account,
        findings: Vec::new(),
        received: results.iter().map(|result| result.findings.len() as u64).sum(),
        duplicates: 0,
        failures: Vec::new(),
        rejected: Vec::new(),
        regions_with_records: None,
    };
    let mut positions: HashMap<(Text, Text), usize> = HashMap::new();
    for result in results {
        all.failures.extend(result.failure);
        all.rejected.extend(result.rejected);
        for finding in result.findings {
            match positions.entry((finding.product_arn.clone(), finding.id.clone())) {
                Entry::Vacant(position) => {
                    position.insert(all.findings.len());
                    all.findings.push(finding);
                }
                Entry::Occupied(position) => {
                    all.duplicates += 1;
                    let kept = &mut all.findings[*position.get()];
                    if finding.is_newer_than(kept) {
                        *kept = finding;
                    }
                }
            }
        }
    }
    all
}
