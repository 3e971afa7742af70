//! Findings in little memory: each as a record of some hundred bytes, and many of them on the disk.

mod dictionary;
mod record;
mod spool;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use self::spool::Segment;
pub use self::spool::Spool;
use crate::{AccountId, Finding, Result, Severity, SeverityCounts, Text};

/// A list of findings that is read one by one.
///
/// The list itself has 56 bytes for each finding; the findings are records in memory or in a temporary file, as the
/// [`Spool`] decides. Reading a finding can fail, because the disk can.
///
/// ```
/// use findings_core::{Finding, FindingList};
/// let list: FindingList = ["1", "2"].map(|id| Finding::new("123456789012".parse().unwrap(), id)).into_iter().collect();
/// let mut ids = Vec::new();
/// for finding in list.iter() {
///     ids.push(finding?.id);
/// }
/// assert_eq!(ids, ["1".into(), "2".into()]);
/// # Ok::<(), findings_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct FindingList {
    entries: Vec<Entry>,
    segments: Vec<Arc<Segment>>,
}

/// What the versions of a finding have in common: a hash of account, `ProductArn` and `Id`.
pub(crate) type IdentityHash = [u8; 16];

/// What is known of a finding without reading it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) identity: IdentityHash,
    pub(crate) account: AccountId,
    offset: u64,
    length: u32,
    segment: u32,
    pub(crate) severity: Severity,
    pub(crate) is_coverage: bool,
    pub(crate) has_account_name: bool,
}

impl Entry {
    fn of(finding: &Finding, offset: u64, length: usize) -> Self {
        Self {
            identity: finding.identity(),
            account: finding.account,
            offset,
            // longer ones do not come: a page has at most some megabytes. One would be an error where it is read.
            length: u32::try_from(length).unwrap_or_default(),
            segment: 0,
            severity: finding.severity,
            is_coverage: finding.is_coverage(),
            has_account_name: finding.account_name.is_some(),
        }
    }
}

impl Finding {
    /// A hash of account, `ProductArn` and `Id`, which the versions of a finding have in common.
    pub(crate) fn identity(&self) -> IdentityHash {
        let mut hash = Sha256::new();
        hash.update(self.account.number().to_be_bytes());
        // the length keeps ("ab", "c") and ("a", "bc") apart
        hash.update((self.product_arn.len() as u64).to_be_bytes());
        hash.update(self.product_arn.as_bytes());
        hash.update(self.id.as_bytes());
        let mut identity = IdentityHash::default();
        identity.copy_from_slice(&hash.finalize()[..16]);
        identity
    }
}

impl FindingList {
    fn of_segment(entries: Vec<Entry>, segment: Segment) -> Self {
        Self { entries, segments: vec![Arc::new(segment)] }
    }

    /// Number of findings.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reads the findings in their order.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) for each finding that cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = Result<Finding>> + '_ {
        self.entries.iter().map(|entry| self.read(entry))
    }

    /// Reads all findings into memory.
    ///
    /// # Errors
    /// As [`iter`](Self::iter).
    pub fn to_vec(&self) -> Result<Vec<Finding>> {
        self.iter().collect()
    }

    /// Number of findings by severity, without reading them.
    pub fn counts(&self) -> SeverityCounts {
        self.entries.iter().map(|entry| entry.severity).collect()
    }

    #[cfg(test)]
    fn is_on_disk(&self) -> bool {
        self.segments.iter().any(|segment| segment.is_on_disk())
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads the finding of an entry of this list.
    pub(crate) fn read(&self, entry: &Entry) -> Result<Finding> {
        self.segments[entry.segment as usize].finding(entry.offset, entry.length)
    }

    /// Adds findings of another list: those whose entries are given.
    pub(crate) fn extend(&mut self, others: &Self, entries: impl IntoIterator<Item = Entry>) {
        // few lists have more than one segment, so this is a comparison or two
        let place: Vec<u32> = others.segments.iter().map(|segment| self.place_of(segment)).collect();
        self.entries.extend(entries.into_iter().map(|entry| Entry { segment: place[entry.segment as usize], ..entry }));
    }

    fn place_of(&mut self, segment: &Arc<Segment>) -> u32 {
        let known = self.segments.iter().position(|known| Arc::ptr_eq(known, segment));
        let place = known.unwrap_or_else(|| {
            self.segments.push(segment.clone());
            self.segments.len() - 1
        });
        place.try_into().unwrap_or(u32::MAX)
    }

    /// Reads the name of the account of the first finding that has it.
    pub(crate) fn account_name(&self) -> Result<Option<Text>> {
        let named = self.entries.iter().find(|entry| entry.has_account_name);
        named.map_or(Ok(None), |entry| Ok(self.read(entry)?.account_name))
    }

    /// Reads the finding at a place of this list.
    pub(crate) fn get(&self, place: usize) -> Result<Finding> {
        self.read(&self.entries[place])
    }

    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        self.entries.swap(a, b);
    }

    /// The findings of each account, in the same order.
    pub(crate) fn by_account(&self) -> HashMap<AccountId, Self> {
        let mut lists: HashMap<AccountId, Self> = HashMap::new();
        for entry in &self.entries {
            let empty = || Self { entries: Vec::new(), segments: self.segments.clone() };
            lists.entry(entry.account).or_insert_with(empty).entries.push(*entry);
        }
        lists
    }

    /// The same findings without those whose entry is not to be kept. It is asked for each in order.
    pub(crate) fn filtered(&self, mut keep: impl FnMut(&Entry) -> bool) -> Self {
        let entries = self.entries.iter().copied().filter(|entry| keep(entry)).collect();
        Self { entries, segments: self.segments.clone() }
    }
}

impl<'a> IntoIterator for &'a FindingList {
    type Item = Result<Finding>;
    type IntoIter = Box<dyn Iterator<Item = Result<Finding>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// A list in memory.
impl FromIterator<Finding> for FindingList {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        let mut writer = Spool::in_memory().writer();
        for finding in findings {
            writer.extend([&finding]);
        }
        writer.into_list()
    }
}

impl fmt::Debug for FindingList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FindingList({} findings)", self.len())
    }
}

#[cfg(test)]
mod tests;
