//! Enrollment through the API of Security Hub.

mod acceptance;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::Region;
use aws_sdk_securityhub::config::retry::RetryConfig;
use aws_sdk_securityhub::types::{
    AccountDetails, OrganizationConfigurationConfigurationType as ConfigurationType, Result as Unprocessed,
};
use findings_core::aws::sdk_error;
use findings_core::source::Budget;
use findings_core::{AccountId, Error, ErrorKind, Result};

use crate::{Enroller, EnrollmentStep, EnrollmentTask, Refusal};

/// Requests per second and burst that Security Hub allows for each of these operations.
const QUOTA: (f64, u32) = (10.0, 30);

/// The text with which CreateMembers refuses an account that is already added, for example because another operator
/// added it or because the SDK repeated the request.
const ALREADY_ADDED: &str = "already a member or associated member of the current account";

/// Creates clients that act in member accounts.
#[async_trait]
pub trait MemberClients: fmt::Debug + Send + Sync + 'static {
    /// Returns a client for `region` with credentials of `account`.
    ///
    /// # Errors
    /// If no client can be created. The invitation of that account is then not accepted.
    async fn client(&self, account: AccountId, region: &str) -> Result<Client>;
}

/// How Security Hub treats accounts that join the organisation later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewAccounts {
    /// They become members automatically (`AutoEnable`).
    Added,
    /// They do not become members automatically.
    NotAdded,
    /// The policies of the central configuration decide.
    ByPolicy,
}

/// An [`Enroller`] that enrolls accounts into the account of its credentials, the administrator account.
///
/// Requires these permissions, each only for the step that uses it:
/// * in the administrator account `securityhub:EnableSecurityHub`, `CreateMembers`, `InviteMembers`,
///   `ListFindingAggregators`, `CreateFindingAggregator` and `UpdateFindingAggregator`, and `DescribeHub` to accept
///   invitations,
/// * in the member accounts `DescribeHub`, `EnableSecurityHub`, `ListInvitations` and `AcceptAdministratorInvitation`,
///   to accept invitations.
///
/// Keeps to 10 requests per second in the administrator account, with bursts of up to 30. The SDK repeats throttled
/// requests. Accepts only invitations from this administrator account.
#[derive(Clone, Debug)]
pub struct SecurityHubEnrollment {
    client: Client,
    members: Option<Arc<dyn MemberClients>>,
    budget: Arc<Budget>,
}

impl SecurityHubEnrollment {
    /// Creates an enroller that uses the credentials and endpoint of `client` in every Region.
    pub fn new(client: &Client) -> Self {
        Self { client: client.clone(), members: None, budget: Arc::new(Budget::new(QUOTA.0, QUOTA.1)) }
    }

    /// Accepts invitations with the clients of `members`.
    pub fn with_member_clients(mut self, members: Arc<dyn MemberClients>) -> Self {
        self.members = Some(members);
        self
    }

    /// Returns how Security Hub treats new accounts of the organisation in this Region
    /// (DescribeOrganizationConfiguration).
    ///
    /// # Errors
    /// [`NotEnabled`](ErrorKind::NotEnabled) if the account is not the organisation's delegated administrator;
    /// otherwise the error of the service.
    pub async fn new_accounts(&self, region: &str) -> Result<NewAccounts> {
        let found = self.hub(region).await.describe_organization_configuration().send().await;
        let failed = "look up how new accounts of the organisation are treated";
        let found = found.map_err(|e| allow(sdk_error(e, failed), "DescribeOrganizationConfiguration"))?;
        let kind = found.organization_configuration().and_then(|c| c.configuration_type());
        Ok(match (kind, found.auto_enable()) {
            (Some(ConfigurationType::Central), _) => NewAccounts::ByPolicy,
            (_, Some(true)) => NewAccounts::Added,
            _ => NewAccounts::NotAdded,
        })
    }

    /// Waits for the budget, then returns a client for one request.
    async fn hub(&self, region: &str) -> Client {
        self.budget.pay().await;
        without_sdk_retries(&self.client, region)
    }

    async fn enable_hub(&self, region: &str) -> Result<()> {
        turn_on(&self.hub(region).await, "turn Security Hub on in the administrator account").await
    }

    async fn create(&self, region: &str, accounts: &[AccountId]) -> Result<Vec<Refusal>> {
        let details = accounts.iter().map(|account| AccountDetails::builder().account_id(account.to_string()).build());
        let call = self.hub(region).await.create_members();
        let answer = call.set_account_details(Some(details.collect())).send().await;
        let answer = answer.map_err(|e| allow(sdk_error(e, "add accounts as members"), "CreateMembers"))?;
        let refused = answer.unprocessed_accounts().iter().filter(|u| !is_already_added(u));
        let advice = "check the account ID; an account that has another administrator must leave that first";
        Ok(refusals(refused, accounts, advice))
    }

    async fn invite(&self, region: &str, accounts: &[AccountId]) -> Result<Vec<Refusal>> {
        let ids = accounts.iter().map(ToString::to_string).collect();
        let answer = self.hub(region).await.invite_members().set_account_ids(Some(ids)).send().await;
        let answer = answer.map_err(|e| allow(sdk_error(e, "invite accounts"), "InviteMembers"))?;
        let advice = "accounts of your organisation need no invitation: have AWS Organizations asked which they are";
        Ok(refusals(answer.unprocessed_accounts(), accounts, advice))
    }

    async fn link(&self, home: &str, mode: &str, regions: &[String]) -> Result<()> {
        let listed = self.hub(home).await.list_finding_aggregators().send().await;
        let listed =
            listed.map_err(|e| allow(sdk_error(e, "look up the finding aggregator"), "ListFindingAggregators"))?;
        let regions = Some(regions.to_vec()).filter(|regions| !regions.is_empty());
        let client = self.hub(home).await;
        match listed.finding_aggregators().iter().find_map(|a| a.finding_aggregator_arn()) {
            None => {
                let call = client.create_finding_aggregator().region_linking_mode(mode).set_regions(regions);
                let made = call.send().await;
                made.map_err(|e| allow(sdk_error(e, "make the finding aggregator"), "CreateFindingAggregator"))?;
            }
            Some(arn) => {
                let call = client.update_finding_aggregator().finding_aggregator_arn(arn);
                let changed = call.region_linking_mode(mode).set_regions(regions).send().await;
                changed.map_err(|e| allow(sdk_error(e, "change the finding aggregator"), "UpdateFindingAggregator"))?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Enroller for SecurityHubEnrollment {
    async fn perform(&self, task: &EnrollmentTask) -> Result<Vec<Refusal>> {
        let EnrollmentTask { region, step, accounts } = task;
        match step {
            EnrollmentStep::EnableHub => self.enable_hub(region).await.map(|()| Vec::new()),
            EnrollmentStep::LinkRegions { mode, regions } => {
                self.link(region, mode, regions).await.map(|()| Vec::new())
            }
            EnrollmentStep::CreateMember => self.create(region, accounts).await,
            EnrollmentStep::InviteMember => self.invite(region, accounts).await,
            EnrollmentStep::AcceptInvitation => self.accept(region, accounts).await,
        }
    }
}

/// Returns the client for a Region with more retries than by default: enrollment is run once by an operator, and no
/// later run repeats a throttled request.
fn without_sdk_retries(client: &Client, region: &str) -> Client {
    let retries = RetryConfig::standard().with_max_attempts(8);
    let config = client.config().to_builder().retry_config(retries).region(Region::new(region.to_owned()));
    Client::from_conf(config.build())
}

/// Turns Security Hub on. Succeeds if it is already on, which the service reports as a conflict.
async fn turn_on(client: &Client, operation: &'static str) -> Result<()> {
    match client.enable_security_hub().send().await.map_err(|e| sdk_error(e, operation)) {
        Err(error) if error.kind() != ErrorKind::Conflict => Err(allow(error, "EnableSecurityHub")),
        _ => Ok(()),
    }
}

fn is_already_added(unprocessed: &Unprocessed) -> bool {
    unprocessed.processing_result().is_some_and(|why| why.contains(ALREADY_ADDED))
}

/// Returns the accounts that the service did not process, with its reasons. If the ID of one cannot be parsed, any of
/// the requested accounts may be meant, so all of them are refused.
fn refusals<'u>(
    unprocessed: impl IntoIterator<Item = &'u Unprocessed>,
    asked: &[AccountId],
    advice: &str,
) -> Vec<Refusal> {
    let refusal = |unprocessed: &Unprocessed| {
        let why = unprocessed.processing_result().unwrap_or("no reason given");
        let reason = format!("Security Hub did not process it: {}; {advice}", why.trim_end_matches('.'));
        match unprocessed.account_id().and_then(|id| id.parse().ok()) {
            Some(account) => vec![Refusal::new(account, reason)],
            None => asked.iter().map(|account| Refusal::new(*account, reason.clone())).collect(),
        }
    };
    unprocessed.into_iter().flat_map(refusal).collect()
}

/// Adds the missing permission to the message of a permission error.
fn allow(error: Error, action: &str) -> Error {
    if error.kind() != ErrorKind::PermissionDenied {
        return error;
    }
    let operation = error.operation().to_owned();
    let message = format!("allow securityhub:{action} to who runs this");
    Error::new(ErrorKind::PermissionDenied, operation).with_message(message).with_source(error)
}

#[cfg(test)]
mod tests;
