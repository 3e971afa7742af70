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

/// A wish to know who is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageRequest {
    /// The accounts that matter, each once. An implementation may look twice at those that it cannot find.
    pub accounts: Vec<AccountId>,
}

impl CoverageRequest {
    /// A wish for these accounts.
    pub fn new(accounts: Vec<AccountId>) -> Self {
        Self { accounts }
    }
}

/// What a look at membership showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoverageFacts {
    /// The Regions that were looked at, each once.
    pub regions: Vec<RegionFacts>,
    /// Which Regions show their findings in one place; `None` if there is no finding aggregator or it could not be
    /// looked up.
    pub aggregation: Option<Aggregation>,
    /// Whether findings of further Regions are shown, or may be, whose coverage was not looked at.
    pub other_regions: bool,
    /// What the organisation knows of its accounts; empty if it was not asked.
    pub organization: HashMap<AccountId, OrganizationAccount>,
    /// What could not be looked up or looks wrong, and what to do about it; for the operator, in English.
    pub notes: Vec<String>,
    /// Calls that the look cost.
    pub calls: u64,
}

impl CoverageFacts {
    /// Facts of these Regions.
    pub fn new(regions: Vec<RegionFacts>) -> Self {
        Self { regions, ..Self::default() }
    }

    /// Facts that say that nothing could be found out, and why.
    pub fn unknown(note: impl Into<String>) -> Self {
        Self { regions: vec![RegionFacts::new(None)], notes: vec![note.into()], other_regions: true, ..Self::default() }
    }

    /// Names of accounts, where the organisation was asked.
    pub fn name_of(&self, account: AccountId) -> Option<&str> {
        self.organization.get(&account).and_then(|a| a.name.as_deref())
    }
}

/// What is known of one Region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegionFacts {
    /// The Region; `None` if the facts hold for everything that the source has.
    pub region: Option<String>,
    /// The home Region that shows this one's findings, if it is linked to one.
    pub linked_to: Option<String>,
    /// Whether Security Hub is on for the administrator account.
    pub hub: Hub,
    /// How control findings are made there, as the service says it: `SECURITY_CONTROL` or `STANDARD_CONTROL`.
    pub control_finding_generator: Option<String>,
    /// The administrator account. It sees its own findings and is no member of itself.
    pub administrator: Option<AccountId>,
    /// All members with their status; `None` if they could not be listed.
    pub members: Option<HashMap<AccountId, MemberStatus>>,
}

impl RegionFacts {
    /// A Region of which nothing is known yet.
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

/// Whether Security Hub is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hub {
    /// On.
    On,
    /// Off: nothing is seen there.
    Off,
    /// It could not be looked up.
    #[default]
    Unknown,
}

/// How the administrator account stands to a member account (`MemberStatus` of Security Hub).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MemberStatus {
    /// It is a member.
    Enabled,
    /// Added, but Security Hub is not on in it, or it was not invited yet.
    Created,
    /// Invited, and has not accepted.
    Invited,
    /// Removed by the administrator.
    Removed,
    /// Left by itself.
    Resigned,
    /// Deleted by the administrator.
    Deleted,
    /// Suspended by AWS.
    Suspended,
    /// A status that this version does not know: taken for "no member".
    Other(String),
}

impl FromStr for MemberStatus {
    type Err = Infallible;

    /// Reads the status as the service writes it, in whatever case: its own documentation has `Enabled` and `ENABLED`.
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
    /// The Region that shows the findings of the others too.
    pub home: String,
    /// `ALL_REGIONS`, `ALL_REGIONS_EXCEPT_SPECIFIED`, `SPECIFIED_REGIONS` or `NO_REGIONS`.
    pub linking_mode: String,
    /// The Regions that the mode names.
    pub regions: Vec<String>,
}

impl Aggregation {
    /// Whether the home Region shows the findings of this one.
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

/// What AWS Organizations says of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationAccount {
    /// Its name.
    pub name: Option<String>,
    /// Whether it can be used: not suspended, not closed, nor about to be.
    pub active: bool,
}

/// Results of Security Hub's own checks that a sweep saw of one account in one Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegionChecks {
    /// The latest result that says something, UTC.
    pub last: Option<Timestamp>,
    /// Recent checks that could not be made for want of configuration: AWS Config does not record what they need.
    pub impaired: u64,
    /// Recent checks that passed because nothing was there to evaluate.
    pub empty: u64,
}

impl RegionChecks {
    /// Adds what another look saw.
    pub fn merge(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        self.impaired += other.impaired;
        self.empty += other.empty;
    }
}

/// By Region as the findings name it; the name of the lane stands in for findings that name none.
pub type ChecksByRegion = BTreeMap<Text, RegionChecks>;

/// Knows who is covered.
///
/// An implementation
/// * MUST list every member of the Regions that it looks at, or leave [`RegionFacts::members`] empty and say why in
///   [`CoverageFacts::notes`]: a list that ends early would call members strangers,
/// * MUST NOT fail for want of a permission: what is not allowed is not known,
/// * MUST count its calls.
///
/// `testing::conformance::coverage` has a test for each.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait CoverageSource: fmt::Debug + Send + Sync + 'static {
    /// Looks, once.
    ///
    /// # Errors
    /// Only if nothing could be found out at all.
    async fn look(&self, request: &CoverageRequest) -> Result<CoverageFacts>;
}
