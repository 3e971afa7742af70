#![doc = include_str!("../README.md")]

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

/// AWS: CreateMembers takes 1 to 50 accounts; the others are asked for as many.
pub const MEMBERS_A_CALL: usize = 50;

/// Which Regions are to show their findings in the home Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Linking {
    /// As it is.
    #[default]
    AsIs,
    /// All, and those that AWS opens later.
    All,
    /// At least these, without the home Region.
    Regions(BTreeSet<String>),
}

/// What is wanted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EnrollRequest {
    /// The accounts that are to be members in every Region that the coverage looks at, each once.
    pub accounts: Vec<AccountId>,
    /// The Region in which a finding aggregator is made; only needed for [`linking`](Self::linking).
    pub home: String,
    /// What the finding aggregator is to link. What is linked already stays linked.
    pub linking: Linking,
    /// Whether the [`Enroller`] can accept invitations in the member accounts; otherwise their owners have to.
    pub accepts: bool,
}

impl EnrollRequest {
    /// A wish for these accounts.
    pub fn new(accounts: Vec<AccountId>) -> Self {
        Self { accounts, ..Self::default() }
    }

    /// With Regions linked to `home`.
    pub fn with_linking(mut self, home: impl Into<String>, linking: Linking) -> Self {
        (self.home, self.linking) = (home.into(), linking);
        self
    }

    /// Invitations are accepted in the member accounts.
    pub fn with_acceptance(mut self) -> Self {
        self.accepts = true;
        self
    }
}

/// What is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "subject")]
pub enum Subject {
    /// Security Hub itself in the administrator account.
    Hub {
        /// Where.
        region: String,
    },
    /// The finding aggregator.
    Aggregator {
        /// Its home.
        region: String,
    },
    /// An account as a member.
    Member {
        /// Where.
        region: String,
        /// The account.
        account: AccountId,
    },
}

impl Subject {
    /// The Region.
    pub fn region(&self) -> &str {
        match self {
            Self::Hub { region } | Self::Aggregator { region } | Self::Member { region, .. } => region,
        }
    }

    /// The account, if it is one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Member { account, .. } => Some(*account),
            Self::Hub { .. } | Self::Aggregator { .. } => None,
        }
    }
}

/// Something that an [`Enroller`] does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentStep {
    /// Turn Security Hub on in the administrator account, with the standards that AWS chooses (EnableSecurityHub).
    EnableHub,
    /// Make or change the finding aggregator.
    LinkRegions {
        /// `ALL_REGIONS`, `ALL_REGIONS_EXCEPT_SPECIFIED` or `SPECIFIED_REGIONS`.
        mode: &'static str,
        /// The Regions that the mode names.
        regions: Vec<String>,
    },
    /// Add an account (CreateMembers). Accounts of the organisation are members by that.
    CreateMember,
    /// Invite an account that was added (InviteMembers).
    InviteMember,
    /// Accept the invitation in the account, after turning Security Hub on in it if it is off
    /// (AcceptAdministratorInvitation).
    AcceptInvitation,
}

impl fmt::Display for EnrollmentStep {
    /// Finishes the sentence "will …".
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

/// One step in one Region, for as many accounts as one call takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnrollmentTask {
    /// Where.
    pub region: String,
    /// What.
    pub step: EnrollmentStep,
    /// For whom: up to [`MEMBERS_A_CALL`]; nobody if the step is not about members.
    pub accounts: Vec<AccountId>,
}

impl EnrollmentTask {
    /// A step for these accounts.
    pub fn new(region: impl Into<String>, step: EnrollmentStep, accounts: Vec<AccountId>) -> Self {
        Self { region: region.into(), step, accounts }
    }
}

/// An account for which a step was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The account.
    pub account: AccountId,
    /// Why, and what to do.
    pub reason: String,
}

impl Refusal {
    /// An account with the reason.
    pub fn new(account: AccountId, reason: impl Into<String>) -> Self {
        Self { account, reason: reason.into() }
    }
}

/// Does steps.
///
/// An implementation
/// * MUST do the step for every account of the task, or name the account in a [`Refusal`],
/// * MUST take a step that somebody else was quicker to do for done.
#[async_trait]
pub trait Enroller: fmt::Debug + Send + Sync + 'static {
    /// Does one step; returns the accounts for which it was not done.
    ///
    /// # Errors
    /// If it was done for none of them. The accounts are then taken to be as they were.
    async fn perform(&self, task: &EnrollmentTask) -> Result<Vec<Refusal>>;
}
