//! Findings without copies and older versions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::finding_list::IdentityHash;
use crate::{FindingList, Result, VersionOrder};

/// The findings of an account, in the order received, without copies and older versions.
#[derive(Clone, Debug, Default)]
pub(super) struct NewestVersions {
    findings: FindingList,
    /// Whether each is kept. A copy is not, nor is one that was replaced by a newer version.
    is_kept: Vec<bool>,
    /// The place of the first finding of each identity.
    first: HashMap<IdentityHash, usize>,
    /// Further findings of the same identity, by the first one. Few findings have any.
    more: HashMap<usize, Vec<usize>>,
}

impl NewestVersions {
    /// Adds findings. Only those of a known identity are read.
    pub(super) fn add(&mut self, findings: &FindingList) -> Result<()> {
        let start = self.findings.len();
        self.findings.extend(findings, findings.entries().iter().copied());
        self.is_kept.resize(self.findings.len(), true);
        (start..self.findings.len()).try_for_each(|place| self.settle(place))
    }

    /// Decides about a finding that was added, and about those of its identity before it.
    fn settle(&mut self, place: usize) -> Result<()> {
        let first = match self.first.entry(self.findings.entries()[place].identity) {
            Entry::Vacant(entry) => {
                entry.insert(place);
                return Ok(());
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let more = self.more.get(&first).map_or(&[][..], Vec::as_slice);
        let finding = self.findings.get(place)?;
        let mut older = Vec::new();
        for known in std::iter::once(first).chain(more.iter().copied()).filter(|known| self.is_kept[*known]) {
            match finding.version_order(&self.findings.get(known)?) {
                VersionOrder::Newer => older.push(known),
                VersionOrder::Different => {}
                VersionOrder::Older | VersionOrder::Copy => {
                    self.is_kept[place] = false;
                    return Ok(());
                }
            }
        }
        for known in &older {
            self.is_kept[*known] = false;
        }
        if let Some(known) = older.first() {
            // the place of the version that it replaces
            self.findings.swap(*known, place);
            (self.is_kept[*known], self.is_kept[place]) = (true, false);
        } else {
            self.more.entry(first).or_default().push(place);
        }
        Ok(())
    }

    /// The findings that are kept.
    pub(super) fn findings(&self) -> FindingList {
        let mut kept = self.is_kept.iter();
        self.findings.filtered(|_| kept.next().is_some_and(|kept| *kept))
    }

    /// Returns the number of findings that share their identity with another one that is kept.
    pub(super) fn ambiguous(&self) -> u64 {
        let is_kept = |place: &&usize| self.is_kept[**place];
        let group = |(first, more): (&usize, &Vec<usize>)| std::iter::once(first).chain(more).filter(is_kept).count();
        self.more.iter().map(group).filter(|kept| *kept > 1).sum::<usize>() as u64
    }
}
