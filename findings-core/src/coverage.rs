//! Coverage: decides whether "no findings" means "clean" for an account.
//!
//! Security Hub returns the same empty answer for an account that it has never seen and for an account without
//! findings. Before a run trusts an empty answer, it collects two things: a [`CoverageSource`] reports the membership
//! of the account and whether Security Hub is on ([`CoverageFacts`]), and the sweep reports the latest results of
//! checks ([`RegionChecks`]). [`judge`] combines them into a [`Verdict`] for each account and Region.

mod accepted_gaps;
mod evidence;
mod not_seen;
mod ownership;
mod verdict;

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use accepted_gaps::{AcceptedGap, AcceptedGaps};
pub use evidence::EvidenceSearch;
pub use not_seen::{NotSeen, judge_not_seen};
pub use ownership::{Ownership, SharedAccount, UnownedAccount};
pub use verdict::{CoverageReason, EVIDENCE_AGE, Evidence, RegionCoverage, Verdict, judge};
pub(crate) use verdict::{count_check, oldest_evidence};

use crate::{AccountId, Result, Text, securityhub};

/// A request for the coverage of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageRequest {
    /// The accounts to check, without duplicates. An implementation may query an account again if it does not find it
    /// at first.
    pub accounts: Vec<AccountId>,
}

impl CoverageRequest {
    /// Creates a request for these accounts.
    pub fn new(accounts: Vec<AccountId>) -> Self {
        Self { accounts }
    }
}

/// The result of a coverage check: membership and service state, by Region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoverageFacts {
    /// The Regions that were checked, without duplicates.
    pub regions: Vec<RegionFacts>,
    /// The finding aggregator; `None` if there is none or it could not be read.
    pub aggregation: Option<Aggregation>,
    /// Linked Regions in which Security Hub is off in the administrator account and that nobody named, sorted. Findings
    /// cannot come from there.
    pub unused_regions: Vec<String>,
    /// Linked Regions whose coverage could not be checked, sorted. [`notes`](Self::notes) say why.
    pub unseen_regions: Vec<String>,
    /// Whether the source shows, or may show, findings of Regions whose coverage was not checked.
    pub other_regions: bool,
    /// The accounts of the organisation; empty if AWS Organizations was not queried.
    pub organization: HashMap<AccountId, OrganizationAccount>,
    /// Notes for the operator, in English: what could not be read or looks wrong, and what to do about it.
    pub notes: Vec<String>,
    /// The number of API calls that the check made.
    pub calls: u64,
}

impl CoverageFacts {
    /// Creates facts for these Regions.
    pub fn new(regions: Vec<RegionFacts>) -> Self {
        Self { regions, ..Self::default() }
    }

    /// Creates facts for a check that could not determine anything; `note` says why.
    pub fn unknown(note: impl Into<String>) -> Self {
        Self { regions: vec![RegionFacts::new(None)], notes: vec![note.into()], other_regions: true, ..Self::default() }
    }

    /// Returns the name of an account, if AWS Organizations reported one.
    pub fn name_of(&self, account: AccountId) -> Option<&str> {
        self.organization.get(&account).and_then(|a| a.name.as_deref())
    }
}

/// The membership and service state of one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegionFacts {
    /// The Region; `None` if the facts apply to all Regions of the source.
    pub region: Option<String>,
    /// The home Region that also shows the findings of this Region, if it is linked to one.
    pub linked_to: Option<String>,
    /// Whether Security Hub is on in the administrator account.
    pub hub: Hub,
    /// How Security Hub generates control findings in this Region: `SECURITY_CONTROL` (one finding per control) or
    /// `STANDARD_CONTROL` (one finding per control and standard).
    pub control_finding_generator: Option<String>,
    /// The administrator account. It sees its own findings, but is not in the list of members.
    pub administrator: Option<AccountId>,
    /// All members and their statuses; `None` if they could not be listed.
    pub members: Option<HashMap<AccountId, MemberStatus>>,
}

impl RegionFacts {
    /// Creates facts for a Region about which nothing is known yet.
    pub fn new(region: Option<String>) -> Self {
        Self {
            region,
            linked_to: None,
            hub: Hub::Unknown,
            control_finding_generator: None,
            administrator: None,
            members: None,
        }
    }

    /// Sets the members.
    pub fn with_members(mut self, members: impl IntoIterator<Item = (AccountId, MemberStatus)>) -> Self {
        self.members = Some(members.into_iter().collect());
        self
    }

    /// Sets the administrator account.
    pub fn with_administrator(mut self, administrator: AccountId) -> Self {
        self.administrator = Some(administrator);
        self
    }

    /// Sets whether Security Hub is on in the administrator account.
    pub fn with_hub(mut self, hub: Hub) -> Self {
        self.hub = hub;
        self
    }
}

/// Whether Security Hub is enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hub {
    /// Security Hub is on.
    On,
    /// Security Hub is off. It reports no findings.
    Off,
    /// The state could not be read.
    #[default]
    Unknown,
}

/// The status of a member account, as reported by Security Hub's `ListMembers` (`MemberStatus`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
#[non_exhaustive]
pub enum MemberStatus {
    /// The account is a member.
    Enabled,
    /// The account was added, but Security Hub is not on in it or it has not been invited yet.
    Created,
    /// The account was invited and has not accepted the invitation.
    Invited,
    /// The administrator removed the account.
    Removed,
    /// The account left on its own initiative.
    Resigned,
    /// The administrator deleted the account.
    Deleted,
    /// AWS suspended the account.
    Suspended,
    /// A status that this version does not know. It is treated as "not a member".
    Other(String),
}

impl FromStr for MemberStatus {
    type Err = Infallible;

    /// Parses a status, ignoring case: the documentation of Security Hub has both `Enabled` and `ENABLED`.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "enabled" => Self::Enabled,
            "created" => Self::Created,
            "invited" => Self::Invited,
            "removed" => Self::Removed,
            "resigned" => Self::Resigned,
            "deleted" => Self::Deleted,
            "accountsuspended" => Self::Suspended,
            _ => Self::Other(text.to_owned()),
        })
    }
}

impl From<MemberStatus> for String {
    fn from(status: MemberStatus) -> Self {
        status.to_string()
    }
}

impl From<String> for MemberStatus {
    fn from(text: String) -> Self {
        match text.parse() {
            Ok(status) => status,
            Err(never) => match never {},
        }
    }
}

impl fmt::Display for MemberStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enabled => "Enabled",
            Self::Created => "Created",
            Self::Invited => "Invited",
            Self::Removed => "Removed",
            Self::Resigned => "Resigned",
            Self::Deleted => "Deleted",
            Self::Suspended => "AccountSuspended",
            Self::Other(text) => text,
        })
    }
}

/// A finding aggregator: the setting that shows the findings of several Regions in one home Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregation {
    /// The home Region, which also shows the findings of the linked Regions.
    pub home: String,
    /// The linking mode: `ALL_REGIONS`, `ALL_REGIONS_EXCEPT_SPECIFIED`, `SPECIFIED_REGIONS` or `NO_REGIONS`.
    pub linking_mode: String,
    /// The Regions that the linking mode includes or excludes.
    pub regions: Vec<String>,
}

impl Aggregation {
    /// Returns whether the home Region shows the findings of `region`.
    pub fn links(&self, region: &str) -> bool {
        let is_named = self.regions.iter().any(|named| named == region);
        match self.linking_mode.as_str() {
            securityhub::ALL_REGIONS => true,
            securityhub::ALL_REGIONS_EXCEPT_SPECIFIED => !is_named,
            securityhub::SPECIFIED_REGIONS => is_named,
            _ => false,
        }
    }
}

/// An account, as reported by AWS Organizations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationAccount {
    /// The name of the account.
    pub name: Option<String>,
    /// Whether the account is in use: it is neither suspended nor closed, and its closure is not pending.
    pub active: bool,
}

/// A summary of the results of Security Hub's own checks for one account in one Region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegionChecks {
    /// The time of the latest result that is evidence of a working check, UTC.
    pub last: Option<Timestamp>,
    /// The number of recent checks that could not run because AWS Config does not record the resources they need.
    pub impaired: u64,
    /// The number of recent checks that passed because there was nothing to evaluate.
    pub empty: u64,
    /// The number of open coverage findings ([`Finding::is_coverage`](crate::Finding::is_coverage)) that say that a
    /// service is off.
    pub off: u64,
}

impl RegionChecks {
    /// Adds the results of another query.
    pub fn merge(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        self.impaired += other.impaired;
        self.empty += other.empty;
        self.off += other.off;
    }
}

/// Summaries of check results, by the Region that the findings name. Findings that name no Region are counted under the
/// name of their lane.
pub type ChecksByRegion = BTreeMap<Text, RegionChecks>;

/// Reports which accounts are members and where Security Hub is on.
///
/// An implementation
/// * MUST list every member of the Regions that it checks, or set [`RegionFacts::members`] to `None` and say why in
///   [`CoverageFacts::notes`]: members that are missing from an incomplete list would be reported as not covered,
/// * MUST NOT fail because a permission is missing: it reports the facts that it may not read as unknown,
/// * MUST count its API calls.
///
/// `testing::conformance::coverage` has a test for each clause.
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::Result;
/// use findings_core::coverage::{CoverageFacts, CoverageRequest, CoverageSource, Hub, MemberStatus, RegionFacts};
///
/// /// A scanner that looks at every account that it is asked for, in one Region.
/// #[derive(Debug)]
/// struct Scanner;
///
/// #[async_trait]
/// impl CoverageSource for Scanner {
///     async fn check(&self, request: &CoverageRequest) -> Result<CoverageFacts> {
///         let administrator = "999900000001".parse().ok();
///         let mut region = RegionFacts::new(Some("us-east-1".to_owned())).with_hub(Hub::On);
///         region.administrator = administrator;
///         let members = request.accounts.iter().map(|account| (*account, MemberStatus::Enabled));
///         Ok(CoverageFacts::new(vec![region.with_members(members)]))
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CoverageSource: fmt::Debug + Send + Sync + 'static {
    /// Checks the coverage of the requested accounts once.
    ///
    /// # Errors
    /// Returns an error only if nothing could be determined.
    async fn check(&self, request: &CoverageRequest) -> Result<CoverageFacts>;
}
