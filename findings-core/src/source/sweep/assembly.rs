//! Puts accounts together from lanes, and targets from accounts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::{AccountFailure, AccountFindings, SweepTarget, TargetFindings};
use crate::source::RejectedRecord;
use crate::{AccountId, Finding, Text};

/// What one lane says of one account.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) findings: Vec<Arc<Finding>>,
    pub(super) rejected: Vec<RejectedRecord>,
    pub(super) failure: Option<AccountFailure>,
}

#[derive(Debug)]
struct PendingAccount {
    lanes_left: usize,
    targets: Vec<usize>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct PendingTarget {
    order: Vec<AccountId>,
    done: HashMap<AccountId, Arc<AccountFindings>>,
}

#[derive(Debug)]
pub(super) struct Assembly {
    accounts: HashMap<AccountId, PendingAccount>,
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
                    parts: Vec::new(),
                });
                if entry.targets.last() != Some(&index) {
                    entry.targets.push(index);
                    order.push(account);
                }
            }
            pending.push(Some(PendingTarget { order, done: HashMap::new() }));
        }
        Self { accounts, targets: pending }
    }

    /// Targets that wait for nothing: those without accounts.
    pub(super) fn take_empty(&mut self) -> Vec<TargetFindings> {
        let empty = |(index, slot): (usize, &mut Option<PendingTarget>)| {
            let finished = slot.as_ref().is_some_and(|t| t.order.is_empty());
            if finished { slot.take() } else { None }.map(|_| TargetFindings { index, accounts: Vec::new() })
        };
        self.targets.iter_mut().enumerate().filter_map(empty).collect()
    }

    /// Takes what a lane says of an account, and returns the targets that this completes.
    pub(super) fn settle(&mut self, account: AccountId, part: Part) -> Vec<TargetFindings> {
        let Entry::Occupied(mut entry) = self.accounts.entry(account) else { return Vec::new() };
        let pending = entry.get_mut();
        pending.parts.push(part);
        pending.lanes_left -= 1;
        if pending.lanes_left > 0 {
            return Vec::new();
        }
        let pending = entry.remove();
        let findings = Arc::new(merge(account, pending.parts));
        pending.targets.iter().filter_map(|index| self.complete(*index, &findings)).collect()
    }

    fn complete(&mut self, index: usize, findings: &Arc<AccountFindings>) -> Option<TargetFindings> {
        let slot = self.targets.get_mut(index)?;
        let target = slot.as_mut()?;
        target.done.insert(findings.account, findings.clone());
        if target.done.len() < target.order.len() {
            return None;
        }
        let mut target = slot.take()?;
        let accounts = target.order.iter().filter_map(|account| target.done.remove(account)).collect();
        Some(TargetFindings { index, accounts })
    }
}

/// Each finding once, the later version of it: pages shift while they are read, and linked Regions repeat each other.
fn merge(account: AccountId, parts: Vec<Part>) -> AccountFindings {
    let mut all = AccountFindings {
        account,
        findings: Vec::new(),
        received: parts.iter().map(|part| part.findings.len() as u64).sum(),
        duplicates: 0,
        failures: Vec::new(),
        rejected: Vec::new(),
    };
    let mut places: HashMap<(Text, Text), usize> = HashMap::new();
    for part in parts {
        all.failures.extend(part.failure);
        all.rejected.extend(part.rejected);
        for finding in part.findings {
            match places.entry((finding.product_arn.clone(), finding.id.clone())) {
                Entry::Vacant(place) => {
                    place.insert(all.findings.len());
                    all.findings.push(finding);
                }
                Entry::Occupied(place) => {
                    all.duplicates += 1;
                    let kept = &mut all.findings[*place.get()];
                    if finding.is_newer_than(kept) {
                        *kept = finding;
                    }
                }
            }
        }
    }
    all
}
