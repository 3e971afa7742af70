//! Findings in little memory: each as a record of some hundred bytes, and many of them on the disk.

mod dictionary;
pub(crate) mod packed;
mod record;
mod spool;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use self::spool::Spool;
pub(crate) use self::spool::{FindingWriter, RecordPlace, RecordWriter, Segment};
use crate::{AccountId, Finding, Result, Severity, SeverityCounts, Text, WorkflowStatus};

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
    /// Shared, because a report takes the list that was compared.
    entries: Arc<Vec<Entry>>,
    segments: Vec<Arc<Segment>>,
}

/// What the versions of a finding have in common: a hash of account, `ProductArn` and `Id`.
pub(crate) type IdentityHash = [u8; 16];

/// What is known of a finding without reading it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub(crate) struct Entry {
    pub(crate) identity: IdentityHash,
    pub(crate) account: AccountId,
    offset: u64,
    length: u32,
    segment: u32,
    /// [`Finding::since`] in nanoseconds since 1970, for the order of findings. The least number is an unknown time.
    since: i64,
    /// Number of values that are not as AWS defines them, at most 65,535.
    pub(crate) odd_values: u16,
    pub(crate) severity: Severity,
    pub(crate) is_coverage: bool,
    pub(crate) has_account_name: bool,
    /// Whether its check passes.
    pub(crate) passes: bool,
    /// Whether its workflow status is NEW.
    pub(crate) is_new: bool,
}

impl Entry {
    fn of(finding: &Finding, place: RecordPlace) -> Self {
        Self {
            identity: finding.identity(),
            account: finding.account,
            offset: place.offset,
            length: place.length,
            segment: 0,
            since: finding.since().map_or(i64::MIN, nanoseconds),
            odd_values: finding.odd_values.len().try_into().unwrap_or(u16::MAX),
            severity: finding.severity,
            is_coverage: finding.is_coverage(),
            has_account_name: finding.account_name.is_some(),
            passes: finding.passes(),
            is_new: finding.workflow == WorkflowStatus::New,
        }
    }

    /// The order of findings in a report, as far as it is known without reading them.
    fn order(&self) -> (Reverse<Severity>, i64, AccountId) {
        (Reverse(self.severity), self.since, self.account)
    }
}

/// Times that 64 bits do not hold, which are before 1677 or after 2262, are the first and the last.
fn nanoseconds(at: Timestamp) -> i64 {
    let all = at.as_nanosecond();
    i64::try_from(all).unwrap_or(if all < 0 { i64::MIN + 1 } else { i64::MAX })
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
        Self { entries: Arc::new(entries), segments: vec![Arc::new(segment)] }
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
        read(&self.segments, entry)
    }

    /// The spool that its findings are in.
    pub(crate) fn spool(&self) -> Spool {
        self.segments.first().map_or_else(Spool::in_memory, |segment| segment.spool().clone())
    }

    /// The same findings, none of which can be read.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn damaged(&self) -> Self {
        let entries: Vec<Entry> = self.entries.iter().map(|entry| Entry { length: 0, ..*entry }).collect();
        Self { entries: Arc::new(entries), segments: self.segments.clone() }
    }

    /// Adds findings of another list: those whose entries are given.
    pub(crate) fn extend(&mut self, others: &Self, entries: impl IntoIterator<Item = Entry>) {
        // a segment has the accounts of a query, so there are few
        let place: Vec<u32> = others.segments.iter().map(|segment| self.place_of(segment)).collect();
        let entries = entries.into_iter().map(|entry| Entry { segment: place[entry.segment as usize], ..entry });
        Arc::make_mut(&mut self.entries).extend(entries);
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
        Arc::make_mut(&mut self.entries).swap(a, b);
    }

    /// The findings of each account, in the same order.
    pub(crate) fn by_account(&self) -> HashMap<AccountId, Self> {
        let mut lists: HashMap<AccountId, Vec<Entry>> = HashMap::new();
        for entry in &*self.entries {
            lists.entry(entry.account).or_default().push(*entry);
        }
        let list = |entries| Self { entries: Arc::new(entries), segments: self.segments.clone() };
        lists.into_iter().map(|(account, entries)| (account, list(entries))).collect()
    }

    /// Makes room for findings that come.
    pub(crate) fn reserve(&mut self, more: usize) {
        Arc::make_mut(&mut self.entries).reserve_exact(more);
    }

    /// Sorts findings as reports have them: by severity, worst first, then by age, oldest first. Account and ID make the
    /// order the same in every run. Only findings that are otherwise equal are read.
    pub(crate) fn sort(&mut self) -> Result<()> {
        let (entries, segments) = (Arc::make_mut(&mut self.entries), &self.segments);
        entries.sort_by_key(Entry::order);
        let mut start = 0;
        while start < entries.len() {
            let order = entries[start].order();
            let equal = entries[start..].iter().take_while(|entry| entry.order() == order).count();
            if equal > 1 {
                let ids = |entry: &Entry| {
                    read(segments, entry).map(|finding| (finding.since(), finding.product_arn, finding.id))
                };
                let mut named = Vec::with_capacity(equal);
                for entry in &entries[start..start + equal] {
                    named.push((ids(entry)?, *entry));
                }
                named.sort_by(|(a, _), (b, _)| a.cmp(b));
                entries.splice(start..start + equal, named.into_iter().map(|(_, entry)| entry));
            }
            start += equal;
        }
        Ok(())
    }

    /// The findings at these places.
    pub(crate) fn select(&self, places: &[usize]) -> Self {
        let entries = places.iter().map(|place| self.entries[*place]).collect();
        Self { entries: Arc::new(entries), segments: self.segments.clone() }
    }

    /// The same findings without those whose entry is not to be kept. It is asked for each in order.
    pub(crate) fn filtered(&self, mut keep: impl FnMut(&Entry) -> bool) -> Self {
        let entries = self.entries.iter().copied().filter(|entry| keep(entry)).collect();
        Self { entries: Arc::new(entries), segments: self.segments.clone() }
    }
}

fn read(segments: &[Arc<Segment>], entry: &Entry) -> Result<Finding> {
    let place = RecordPlace { offset: entry.offset, length: entry.length };
    segments[entry.segment as usize].finding(place)
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
