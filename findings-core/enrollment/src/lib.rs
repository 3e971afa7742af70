#![doc = include_str!("../README.md")]
// docs.rs shows which feature each item needs
#![cfg_attr(docsrs, feature(doc_cfg))]

mod apply;
mod outcome;
mod plan;
#[cfg(feature = "aws")]
mod security_hub_enrollment;

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use findings_core::{AccountId, Result, securityhub};
use serde::Serialize;

pub use apply::enroll;
pub use outcome::{EnrollmentOutcome, EnrollmentReport, EnrollmentState};
pub use plan::{Planned, plan};
#[cfg(feature = "aws")]
pub use security_hub_enrollment::{MemberClients, NewAccounts, SecurityHubEnrollment};

/// The crate that the types of this crate's functions come from, in the version that fits.
pub use findings_core;

/// The largest number of accounts in one request. CreateMembers takes 1 to 50 accounts; the other steps use the same
/// size.
pub const MEMBERS_A_CALL: usize = 50;

/// The Regions whose findings are to appear in the home Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Linking {
    /// Leaves the linking unchanged.
    #[default]
    AsIs,
    /// Links all Regions, including those that AWS opens later.
    All,
    /// Links at least these Regions. The home Region is not one of them.
    Regions(BTreeSet<String>),
}

/// A request to enroll accounts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EnrollRequest {
    /// The accounts that are to be members in every Region of the coverage source, without duplicates.
    pub accounts: Vec<AccountId>,
    /// The Region of the finding aggregator. Only needed for [`linking`](Self::linking).
    pub home: String,
    /// The Regions that the finding aggregator is to link. Regions that are already linked stay linked.
    pub linking: Linking,
    /// Whether the [`Enroller`] can accept invitations in the member accounts; otherwise their owners
    /// have to accept them.
    pub accepts: bool,
}

impl EnrollRequest {
    /// A request for these accounts that leaves the linking unchanged and accepts no invitations.
    pub fn new(accounts: Vec<AccountId>) -> Self {
        Self { accounts, ..Self::default() }
    }

    /// Links Regions to `home`.
    pub fn with_linking(mut self, home: impl Into<String>, linking: Linking) -> Self {
        (self.home, self.linking) = (home.into(), linking);
        self
    }

    /// Accepts invitations in the member accounts.
    pub fn with_acceptance(mut self) -> Self {
        self.accepts = true;
        self
    }
}

/// The subject of an enrollment: a hub, the finding aggregator or a member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "subject")]
pub enum Subject {
    /// Security Hub itself in the administrator account.
    Hub {
        /// The Region of the hub.
        region: String,
    },
    /// The finding aggregator.
    Aggregator {
        /// The home Region.
        region: String,
    },
    /// An account as a member.
    Member {
        /// The Region of the membership.
        region: String,
        /// The member account.
        account: AccountId,
    },
}

impl Subject {
    /// Returns the Region.
    pub fn region(&self) -> &str {
        match self {
            Self::Hub { region } | Self::Aggregator { region } | Self::Member { region, .. } => region,
        }
    }

    /// Returns the account of a member, and `None` for a hub or the finding aggregator.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Member { account, .. } => Some(*account),
            Self::Hub { .. } | Self::Aggregator { .. } => None,
        }
    }
}

/// A step that an [`Enroller`] performs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentStep {
    /// Turns Security Hub on in the administrator account, with the default standards of AWS (EnableSecurityHub).
    EnableHub,
    /// Creates or changes the finding aggregator (CreateFindingAggregator, UpdateFindingAggregator).
    LinkRegions {
        /// `ALL_REGIONS`, `ALL_REGIONS_EXCEPT_SPECIFIED` or `SPECIFIED_REGIONS`.
        mode: &'static str,
        /// The Regions that the mode names.
        regions: Vec<String>,
    },
    /// Adds an account (CreateMembers). An account of the organisation is then a member and needs no invitation.
    CreateMember,
    /// Invites an account that was added (InviteMembers).
    InviteMember,
    /// Accepts the invitation in the member account (AcceptAdministratorInvitation). Turns Security Hub on there first
    /// if it is off.
    AcceptInvitation,
}

impl fmt::Display for EnrollmentStep {
    /// Writes the step so that it completes the sentence "will …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnableHub => f.write_str("turn Security Hub on, with AWS's default standards"),
            Self::LinkRegions { mode: securityhub::ALL_REGIONS, .. } => f.write_str("link all Regions"),
            Self::LinkRegions { mode: securityhub::ALL_REGIONS_EXCEPT_SPECIFIED, regions } => {
                write!(f, "link all Regions but {}", regions.join(", "))
            }
            Self::LinkRegions { regions, .. } => write!(f, "link {}", regions.join(", ")),
            Self::CreateMember => f.write_str("add it as a member"),
            Self::InviteMember => f.write_str("invite it"),
            Self::AcceptInvitation => f.write_str("accept the invitation there"),
        }
    }
}

/// One step in one Region, for the accounts of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnrollmentTask {
    /// The Region.
    pub region: String,
    /// The step to perform.
    pub step: EnrollmentStep,
    /// Up to [`MEMBERS_A_CALL`] accounts. Empty for steps that are not about members.
    pub accounts: Vec<AccountId>,
}

impl EnrollmentTask {
    /// A task to perform `step` in `region` for these accounts.
    pub fn new(region: impl Into<String>, step: EnrollmentStep, accounts: Vec<AccountId>) -> Self {
        Self { region: region.into(), step, accounts }
    }
}

/// An account for which a step was not performed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The account.
    pub account: AccountId,
    /// The reason, and what the operator can do about it.
    pub reason: String,
}

impl Refusal {
    /// A refusal of `account` with its reason.
    pub fn new(account: AccountId, reason: impl Into<String>) -> Self {
        Self { account, reason: reason.into() }
    }
}

/// Performs enrollment steps.
///
/// An implementation
/// * MUST perform the step for every account of the task, or name the account in a [`Refusal`],
/// * MUST treat a step that another process or operator has already performed as done.
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::Result;
/// use findings_enrollment::{Enroller, EnrollmentTask, Refusal};
///
/// /// Leaves everything to a person.
/// #[derive(Debug)]
/// struct ByHand;
///
/// #[async_trait]
/// impl Enroller for ByHand {
///     async fn perform(&self, task: &EnrollmentTask) -> Result<Vec<Refusal>> {
///         let refused = |account: &_| Refusal::new(*account, format!("by hand, in {}: {}", task.region, task.step));
///         Ok(task.accounts.iter().map(refused).collect())
///     }
/// }
/// ```
#[async_trait]
pub trait Enroller: fmt::Debug + Send + Sync + 'static {
    /// Performs one step and returns the accounts for which it was not performed.
    ///
    /// # Errors
    /// If the step was performed for none of the accounts. The caller then assumes that they are unchanged.
    async fn perform(&self, task: &EnrollmentTask) -> Result<Vec<Refusal>>;
}
