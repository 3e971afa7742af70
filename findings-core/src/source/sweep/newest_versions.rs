//! Findings without copies and older versions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::{Finding, Text, VersionOrder};

/// The findings of an account, in the order received, without copies and older versions.
#[derive(Clone, Debug, Default)]
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

    /// The findings that are kept so far.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Finding>> {
        self.findings.iter().flatten()
    }

    pub(super) fn into_findings(self) -> impl Iterator<Item = Arc<Finding>> {
        self.findings.into_iter().flatten()
    }

    /// Returns the number of findings that share their identity with another one that is kept.
    pub(super) fn ambiguous(&self) -> u64 {
        let is_kept = |index: &&usize| self.findings.get(**index).is_some_and(Option::is_some);
        let group = |(first, more): (&usize, &Vec<usize>)| std::iter::once(first).chain(more).filter(is_kept).count();
        self.more.iter().map(group).filter(|kept| *kept > 1).sum::<usize>() as u64
    }
}
