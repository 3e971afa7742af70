//! Accepts invitations in the member accounts.

use std::collections::HashSet;

use aws_sdk_securityhub::Client;
use findings_core::aws::sdk_error;
use findings_core::{AccountId, Error, ErrorKind, Result};
use futures::StreamExt;

use super::{MemberClients, SecurityHubEnrollment, allow, turn_on, without_sdk_retries};
use crate::Refusal;

/// The number of member accounts that accept concurrently. Each account has its own quotas.
const ACCOUNTS_AT_ONCE: usize = 8;

impl SecurityHubEnrollment {
    /// Accepts the invitation in every account. A failure in one account does not affect the others.
    pub(super) async fn accept(&self, region: &str, accounts: &[AccountId]) -> Result<Vec<Refusal>> {
        const OPERATION: &str = "accept invitations";
        let Some(members) = &self.members else {
            let message = "there are no clients for the member accounts";
            return Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_message(message));
        };
        let hub = self.hub(region).await.describe_hub().send().await;
        let hub = hub.map_err(|e| allow(sdk_error(e, "look up the administrator account"), "DescribeHub"))?;
        let administrator = hub.hub_arn().and_then(|arn| arn.split(':').nth(4)).unwrap_or_default();
        let accepted = accounts.iter().copied().map(|account| async move {
            let error = accept_in(&**members, account, region, administrator).await.err()?;
            let cure = "let its owner accept in the console, or mend the role";
            Some(Refusal::new(account, format!("failed to {}; {cure}", error.report())))
        });
        let refused = futures::stream::iter(accepted).buffer_unordered(ACCOUNTS_AT_ONCE);
        Ok(refused.filter_map(std::future::ready).collect().await)
    }
}

/// Accepts the invitation in one account. Turns Security Hub on first, because an account without it cannot accept.
async fn accept_in(members: &dyn MemberClients, account: AccountId, region: &str, administrator: &str) -> Result<()> {
    let client = without_sdk_retries(&members.client(account, region).await?, region);
    match client.describe_hub().send().await.map_err(|e| sdk_error(e, "look up whether Security Hub is on there")) {
        Ok(_) => {}
        Err(off) if off.kind() == ErrorKind::NotEnabled => {
            turn_on(&client, "turn Security Hub on there").await?;
        }
        Err(error) => return Err(allow(error, "DescribeHub")),
    }
    let invitation = invitation_of(&client, administrator).await?;
    let accepted = client.accept_administrator_invitation().administrator_id(administrator).invitation_id(invitation);
    let accepted = accepted.send().await.map_err(|e| sdk_error(e, "accept the invitation"));
    accepted.map(|_| ()).map_err(|error| allow(error, "AcceptAdministratorInvitation"))
}

/// Returns the ID of the invitation from this administrator. Invitations from other accounts are never accepted.
pub(super) async fn invitation_of(client: &Client, administrator: &str) -> Result<String> {
    const OPERATION: &str = "find the invitation";
    let mut token: Option<String> = None;
    // a service that repeats a token would otherwise keep this loop running forever
    let mut seen = HashSet::new();
    loop {
        let page = client.list_invitations().max_results(50).set_next_token(token.take()).send().await;
        let page = page.map_err(|e| allow(sdk_error(e, OPERATION), "ListInvitations"))?;
        let own = page.invitations().iter().find(|i| i.account_id() == Some(administrator));
        if let Some(id) = own.and_then(|invitation| invitation.invitation_id()) {
            return Ok(id.to_owned());
        }
        match page.next_token().filter(|token| !token.is_empty()) {
            Some(next) if seen.insert(next.to_owned()) => token = Some(next.to_owned()),
            _ => {
                let message = format!("there is none from {administrator} yet; repeat this in some minutes");
                return Err(Error::new(ErrorKind::NotFound, OPERATION).with_message(message));
            }
        }
    }
}
