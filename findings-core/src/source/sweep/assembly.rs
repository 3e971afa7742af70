//! Combines the results of lanes into accounts, and accounts into targets.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{AccountFailure, AccountFindings, SweepTarget, TargetFindings};
use crate::source::RejectedRecord;
use crate::{AccountId, Finding, Text, VersionOrder};

/// The result of one lane for one account.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneResult {
    pub(super) findings: Vec<Arc<Finding>>,
    pub(super) rejected: Vec<RejectedRecord>,
    pub(super) failure: Option<AccountFailure>,
    /// Regions of all records of the account; `None` if the lane cannot tell.
    pub(super) regions: Option<BTreeSet<Option<Text>>>,
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
        // shared by pointer, because several targets can have the account
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
    let received = results.iter().map(|result| result.findings.len() as u64).sum();
    let mut newest = NewestVersions::default();
    let (mut failures, mut rejected) = (Vec::new(), Vec::new());
    // a lane that cannot tell may have records in any Region
    let mut regions = (!results.is_empty()).then(BTreeSet::new);
    for result in results {
        failures.extend(result.failure);
        rejected.extend(result.rejected);
        result.findings.into_iter().for_each(|finding| newest.add(finding));
        regions = regions.zip(result.regions).map(|(mut all, more)| {
            all.extend(more);
            all
        });
    }
    let ambiguous = newest.ambiguous();
    let findings: Vec<_> = newest.into_findings().collect();
    AccountFindings {
        account,
        duplicates: received - findings.len() as u64,
        findings,
        received,
        ambiguous,
        failures,
        rejected,
        regions_with_records: regions,
    }
}

/// The findings of an account, in the order received, without copies and older versions.
#[derive(Debug, Default)]
pub(super) struct NewestVersions {
    /// `None` for a finding that was replaced by a newer version.
    findings: Vec<Option<Arc<Finding>>>,
    /// The first finding with each `ProductArn` and `Id`.
    first: HashMap<(Text, Text), usize>,
    /// Further findings with the same `ProductArn` and `Id`, by the first one. Few findings have any.
    more: HashMap<usize, Vec<usize>>,
}

impl NewestVersions {
    pub(super) fn add(&mut self, finding: Arc<Finding>) {
        let next = self.findings.len();
        let first = match self.first.entry((finding.product_arn.clone(), finding.id.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(next);
                self.findings.push(Some(finding));
                return;
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let more = self.more.get(&first).map_or(&[][..], Vec::as_slice);
        let mut older = Vec::new();
        for index in std::iter::once(first).chain(more.iter().copied()) {
            let Some(kept) = self.findings.get(index).and_then(Option::as_ref) else { continue };
            match finding.version_order(kept) {
                VersionOrder::Newer => older.push(index),
                VersionOrder::Different => {}
                VersionOrder::Older | VersionOrder::Copy => return,
            }
        }
        for index in &older {
            self.findings[*index] = None;
        }
        if let Some(index) = older.first() {
            // the place of the version that it replaces
            self.findings[*index] = Some(finding);
        } else {
            self.more.entry(first).or_default().push(next);
            self.findings.push(Some(finding));
        }
    }

    pub(super) fn into_findings(self) -> impl Iterator<Item = Arc<Finding>> {
        self.findings.into_iter().flatten()
    }

    /// Returns the number of findings that share their identity with another one that is kept.
    fn ambiguous(&self) -> u64 {
        let is_kept = |index: &&usize| self.findings.get(**index).is_some_and(Option::is_some);
        let group = |(first, more): (&usize, &Vec<usize>)| std::iter::once(first).chain(more).filter(is_kept).count();
        self.more.iter().map(group).filter(|kept| *kept > 1).sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests;
