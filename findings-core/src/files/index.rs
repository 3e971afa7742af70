//! The index of findings in files: where the newest version of each finding is.

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{BTreeSet, HashMap};

use crate::finding::{Version, VersionOrder};
use crate::{AccountId, Finding, RecordState, Selection, Text, WorkflowStatus};

/// Where a finding is, and its states, so that a selection by state reads nothing from the disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct IndexEntry {
    pub(super) address: u64,
    /// Zero for a version that no longer counts.
    pub(super) len: u32,
    record_state: RecordState,
    workflow: WorkflowStatus,
}

impl IndexEntry {
    pub(super) fn is_selected(self, selection: &Selection) -> bool {
        selection.record_states.contains(&self.record_state) && selection.workflow.contains(&self.workflow)
    }

    pub(super) fn matches(self, finding: &Finding) -> bool {
        (self.record_state, self.workflow) == (finding.record_state, finding.workflow)
    }
}

/// The newest versions of the findings of each account, in the order of the file, and where each account has records.
#[derive(Debug, Default)]
pub(super) struct Index {
    findings: HashMap<AccountId, Vec<IndexEntry>>,
    regions: HashMap<AccountId, BTreeSet<Option<Text>>>,
    /// Number of copies and older versions.
    pub(super) superseded: usize,
}

impl Index {
    pub(super) fn of(&self, account: AccountId) -> &[IndexEntry] {
        self.findings.get(&account).map_or(&[], Vec::as_slice)
    }

    pub(super) fn len(&self) -> usize {
        self.findings.values().map(Vec::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.findings.keys().copied()
    }

    /// Returns the Regions of all records of an account, whatever their states.
    pub(super) fn regions(&self, account: AccountId) -> impl Iterator<Item = &Option<Text>> {
        self.regions.get(&account).into_iter().flatten()
    }

    /// Remembers that the account has a record in the Region.
    pub(super) fn add_region(&mut self, account: AccountId, region: Option<&Text>) {
        let regions = self.regions.entry(account).or_default();
        if !regions.contains(&region.cloned()) {
            regions.insert(region.cloned());
        }
    }
}

/// Builds the index. Its knowledge of versions is dropped with it, because only opening the files needs it.
#[derive(Debug, Default)]
pub(super) struct IndexBuilder {
    index: Index,
    /// The first version of each finding. The keys are hashes, because IDs would take most of the memory.
    versions: HashMap<u128, Indexed>,
    /// Findings with the identity of another finding, by its hash. There are few.
    more: HashMap<u128, Vec<Indexed>>,
    /// Keys of the hashes. They are random, so that nobody can make two identities collide.
    hashers: [RandomState; 2],
}

/// A version in the index.
#[derive(Clone, Copy, Debug)]
struct Indexed {
    /// Position in the list of its account.
    position: usize,
    version: Version,
}

impl IndexBuilder {
    /// Adds a finding, unless the index has a newer version of it. Removes older versions.
    pub(super) fn add(&mut self, finding: &Finding, address: u64, len: usize) {
        self.index.add_region(finding.account, finding.region.as_ref());
        let entry = IndexEntry {
            address,
            // cannot saturate: the scanner rejects records of more than 16 MiB
            len: u32::try_from(len).unwrap_or(u32::MAX),
            record_state: finding.record_state,
            workflow: finding.workflow,
        };
        let entries = self.index.findings.entry(finding.account).or_default();
        let new = Indexed { position: entries.len(), version: Version::of(finding, &self.hashers[0]) };
        let [high, low] = [0, 1].map(|n| u128::from(finding.identity_hash(&self.hashers[n])));
        let key = high << 64 | low;
        let mut known = match self.versions.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(new);
                entries.push(entry);
                return;
            }
            Entry::Occupied(occupied) => occupied,
        };
        let more = self.more.get_mut(&key);
        let orders = std::iter::once(known.get()).chain(more.iter().flat_map(|more| more.iter()));
        if orders.map(|old| new.version.order(&old.version)).any(VersionOrder::is_redundant) {
            self.index.superseded += 1;
            return;
        }
        entries.push(entry);
        let mut remove_if_older = |old: &Indexed| {
            let is_older = new.version.order(&old.version) == VersionOrder::Newer;
            if is_older && let Some(entry) = entries.get_mut(old.position) {
                // marked only: the positions of the other versions must stay valid
                entry.len = 0;
                self.index.superseded += 1;
            }
            is_older
        };
        let is_first_older = remove_if_older(known.get());
        if let Some(more) = more {
            more.retain(|old| !remove_if_older(old));
        }
        if is_first_older {
            known.insert(new);
        } else {
            self.more.entry(key).or_default().push(new);
        }
    }

    /// Returns the index.
    pub(super) fn finish(mut self) -> Index {
        for entries in self.index.findings.values_mut() {
            entries.retain(|entry| entry.len > 0);
            entries.shrink_to_fit();
        }
        self.index
    }

    /// The index so far.
    pub(super) fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }
}
