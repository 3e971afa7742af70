//! Whether "no findings" means "clean": who is a member, where Security Hub is on, and whether checks are being made.
//!
//! Security Hub answers a query for an account that it has never seen exactly as it answers one for a perfect account:
//! with nothing. So before a run believes an empty answer, a [`CoverageSource`] says what membership shows
//! ([`CoverageFacts`]), the sweep brings the last results of checks ([`RegionChecks`]), and [`judge`] puts both
//! together to a [`Verdict`] for each account and Region.

mod accepted_gaps;
mod evidence;
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
pub use ownership::{Ownership, SharedAccount, UnownedAccount};
pub use verdict::{CoverageReason, EVIDENCE_AGE, Evidence, RegionCoverage, Verdict, judge};
pub(crate) use verdict::{count_check, oldest_evidence};

use crate::{AccountId, Result, Text, securityhub};

/// A request for the facts about coverage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageRequest {
    /// The accounts of interest, each once. An implementation may query those again that it cannot find.
    pub accounts: Vec<AccountId>,
}

impl CoverageRequest {
    /// A request about these accounts.
    pub fn new(accounts: Vec<AccountId>) -> Self {
        Self { accounts }
    }
}

/// The result of a coverage check: which accounts are members, Region by Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageFacts {
    /// The Regions that were checked, each once.
    pub regions: Vec<RegionFacts>,
    /// The finding aggregator, which shows the findings of several Regions in one. `None` if there is none, or it could
    /// not be read.
    pub aggregation: Option<Aggregation>,
    /// Whether findings of other Regions are or may be shown whose coverage was not checked.
    pub other_regions: bool,
    /// The accounts as AWS Organizations lists them. Empty if it was not queried.
    pub organization: HashMap<AccountId, OrganizationAccount>,
    /// Notes for the operator, in English: what could not be read or seems wrong, and what to do about it.
    pub notes: Vec<String>,
    /// The number of API calls that the check made.
    pub calls: u64,
}

impl CoverageFacts {
    /// Facts about these Regions.
    pub fn new(regions: Vec<RegionFacts>) -> Self {
        Self { regions, ..Self::default() }
    }

    /// Facts of a check that failed, with the reason as a note.
    pub fn unknown(note: impl Into<String>) -> Self {
        Self { regions: vec![RegionFacts::new(None)], notes: vec![note.into()], other_regions: true, ..Self::default() }
    }

    /// The name of an account, if AWS Organizations was queried.
    pub fn name_of(&self, account: AccountId) -> Option<&str> {
        self.organization.get(&account).and_then(|a| a.name.as_deref())
    }
}

/// The facts about one Region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegionFacts {
    /// The Region. `None` if the facts apply to everything that the source returns.
    pub region: Option<String>,
    /// The home Region that also shows the findings of this Region, if it is linked to one.
    pub linked_to: Option<String>,
    /// Whether Security Hub is enabled in the administrator account.
    pub hub: Hub,
    /// The control finding generator of the Region, as the service returns it: `SECURITY_CONTROL` or
    /// `STANDARD_CONTROL`.
    pub control_finding_generator: Option<String>,
    /// The administrator account. It sees its own findings, but is not listed as a member.
    pub administrator: Option<AccountId>,
    /// All members with their status. `None` if they could not be listed.
    pub members: Option<HashMap<AccountId, MemberStatus>>,
}

impl RegionFacts {
    /// A Region without any facts.
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

    /// With these members.
    pub fn with_members(mut self, members: impl IntoIterator<Item = (AccountId, MemberStatus)>) -> Self {
        self.members = Some(members.into_iter().collect());
        self
    }

    /// With the administrator account.
    pub fn with_administrator(mut self, administrator: AccountId) -> Self {
        self.administrator = Some(administrator);
        self
    }

    /// With the state of Security Hub in the administrator account.
    pub fn with_hub(mut self, hub: Hub) -> Self {
        self.hub = hub;
        self
    }
}

/// Whether Security Hub is enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hub {
    /// Enabled.
    On,
    /// Not enabled: no finding is seen there.
    Off,
    /// Unknown, because it could not be read.
    #[default]
    Unknown,
}

/// The status of a member account (`MemberStatus` of Security Hub).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MemberStatus {
    /// The account is a member.
    Enabled,
    /// The account was added, but Security Hub is not enabled in it, or it was not invited yet.
    Created,
    /// The account was invited and has not accepted.
    Invited,
    /// The administrator account removed it.
    Removed,
    /// The account left.
    Resigned,
    /// The administrator account deleted it.
    Deleted,
    /// AWS suspended the account.
    Suspended,
    /// A status that this version does not know. It is treated as "not a member".
    Other(String),
}

impl FromStr for MemberStatus {
    type Err = Infallible;

    /// Parses the status regardless of case, because the documentation of the service has both `Enabled` and `ENABLED`.
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

/// A finding aggregator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregation {
    /// The home Region, which also shows the findings of the linked Regions.
    pub home: String,
    /// The linking mode: `ALL_REGIONS`, `ALL_REGIONS_EXCEPT_SPECIFIED`, `SPECIFIED_REGIONS` or `NO_REGIONS`.
    pub linking_mode: String,
    /// The Regions that the mode names.
    pub regions: Vec<String>,
}

impl Aggregation {
    /// Returns whether the home Region shows the findings of this Region.
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

/// An account as AWS Organizations lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationAccount {
    /// Its name.
    pub name: Option<String>,
    /// Whether it is active: not suspended, closed or being closed.
    pub active: bool,
}

/// Results of Security Hub's own checks in one account and Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegionChecks {
    /// The time of the latest meaningful result, UTC.
    pub last: Option<Timestamp>,
    /// The number of recent checks that could not run, because AWS Config does not record what they need.
    pub impaired: u64,
    /// The number of recent checks that passed because there was nothing to evaluate.
    pub empty: u64,
}

impl RegionChecks {
    /// Adds the results of another query.
    pub fn merge(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        self.impaired += other.impaired;
        self.empty += other.empty;
    }
}

/// The checks of an account by Region, as the findings name it. Findings without a Region count for the name of their
/// lane.
pub type ChecksByRegion = BTreeMap<Text, RegionChecks>;

/// Finds out which accounts Security Hub covers.
///
/// An implementation
/// * MUST list every member of the Regions that it checks, or leave [`RegionFacts::members`] empty and say why in
///   [`CoverageFacts::notes`]: with an incomplete list, members would count as unknown accounts,
/// * MUST NOT fail because a permission is missing: the facts are then unknown,
/// * MUST count its calls.
///
/// `testing::conformance::coverage` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CoverageSource: fmt::Debug + Send + Sync + 'static {
    /// Makes one coverage check.
    ///
    /// # Errors
    /// Only if no fact could be read at all.
    async fn look(&self, request: &CoverageRequest) -> Result<CoverageFacts>;
}
