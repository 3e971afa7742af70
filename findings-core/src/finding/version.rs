//! The rule that orders the versions of a finding. Sources that hold several versions and the sweep share it.

#[cfg(feature = "files")]
use std::hash::{BuildHasher, Hasher as _};

use jiff::Timestamp;

use super::{Finding, RecordState, Severity, Text, WorkflowStatus};

/// What a finding is to another one with the same account, `ProductArn` and `Id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionOrder {
    /// A later version; the other one no longer counts.
    Newer,
    /// An earlier version, which no longer counts.
    Older,
    /// The same version once more.
    Copy,
    /// Another finding that has the same ID, or a version of unknown order. Both count, and the doubt must be said.
    Different,
}

#[cfg(feature = "files")]
impl VersionOrder {
    /// Whether the finding adds nothing to the other one.
    pub(crate) fn is_redundant(self) -> bool {
        matches!(self, Self::Older | Self::Copy)
    }
}

/// What decides between two findings with the same account, `ProductArn` and `Id`, in a few bytes.
#[cfg(feature = "files")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    updated_at: Option<Timestamp>,
    /// Hash of title, severity and resource IDs.
    content: u64,
    is_open: bool,
}

#[cfg(feature = "files")]
impl Version {
    /// The version of a finding. Versions can be compared if their contents were hashed with the same `hasher`.
    pub(crate) fn of(finding: &Finding, hasher: &impl BuildHasher) -> Self {
        Self {
            updated_at: finding.updated_at,
            content: hasher.hash_one(Content::of(finding)),
            is_open: is_open(finding),
        }
    }

    /// What `self` is to `other`.
    pub(crate) fn order(&self, other: &Self) -> VersionOrder {
        let same = || self.content == other.content;
        order((self.updated_at, self.is_open), (other.updated_at, other.is_open), same)
    }
}

/// What copies have in common: title, severity, and resource IDs in any order.
#[derive(PartialEq, Eq, Hash)]
struct Content<'a> {
    title: &'a str,
    severity: Severity,
    resources: Vec<&'a Text>,
}

impl<'a> Content<'a> {
    fn of(finding: &'a Finding) -> Self {
        let mut resources: Vec<_> = finding.resources.iter().map(|resource| &resource.id).collect();
        resources.sort_unstable();
        Self { title: &finding.title, severity: finding.severity, resources }
    }
}

fn is_open(finding: &Finding) -> bool {
    finding.record_state == RecordState::Active
        && matches!(finding.workflow, WorkflowStatus::New | WorkflowStatus::Notified)
}

/// The rule. Takes of each finding when it was updated and whether it is open.
fn order(
    (updated_at, open): (Option<Timestamp>, bool),
    (other_updated_at, other_open): (Option<Timestamp>, bool),
    same_content: impl FnOnce() -> bool,
) -> VersionOrder {
    // `None` is less than any time: a version with a time is newer than one without
    match updated_at.cmp(&other_updated_at) {
        std::cmp::Ordering::Greater => VersionOrder::Newer,
        std::cmp::Ordering::Less => VersionOrder::Older,
        std::cmp::Ordering::Equal if !same_content() => VersionOrder::Different,
        // changes by people do not set the time, so the order of the two is unknown: no open finding must be hidden
        std::cmp::Ordering::Equal => match (open, other_open) {
            (true, false) => VersionOrder::Newer,
            (false, true) => VersionOrder::Older,
            _ => VersionOrder::Copy,
        },
    }
}

impl Finding {
    /// What `self` is to `other`, which has the same account, `ProductArn` and `Id`.
    ///
    /// The later `UpdatedAt` is newer, and any `UpdatedAt` is newer than none. If it is equal or both have none, the
    /// two are copies if title, severity and resource IDs are equal. Otherwise they are different findings: some
    /// products give one ID to several findings. Of two copies in different states, the open one is newer, because
    /// changes by people do not set `UpdatedAt`.
    ///
    /// ```
    /// use findings_core::{Finding, VersionOrder};
    /// let old = Finding::new("123456789012".parse()?, "1");
    /// let mut new = old.clone();
    /// assert_eq!(new.version_order(&old), VersionOrder::Copy);
    /// new.updated_at = Some("2026-11-28T00:00:00Z".parse()?);
    /// assert_eq!(new.version_order(&old), VersionOrder::Newer);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn version_order(&self, other: &Self) -> VersionOrder {
        let same = || Content::of(self) == Content::of(other);
        order((self.updated_at, is_open(self)), (other.updated_at, is_open(other)), same)
    }

    /// A hash of account, `ProductArn` and `Id`, which the versions of a finding have in common.
    #[cfg(feature = "files")]
    pub(crate) fn identity_hash(&self, hasher: &impl BuildHasher) -> u64 {
        let mut hash = hasher.build_hasher();
        std::hash::Hash::hash(&(self.account, &self.product_arn, &self.id), &mut hash);
        hash.finish()
    }
}
