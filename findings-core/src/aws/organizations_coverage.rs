//! Reads the names and states of accounts from AWS Organizations.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::retry::RetryConfig;
use aws_sdk_organizations::types::{Account, AccountState, AccountStatus};

use super::error::sdk_error;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, OrganizationAccount};
use crate::{AccountId, Result};

/// The page size of ListAccounts. The API allows at most 20.
const ACCOUNTS_PER_PAGE: i32 = 20;
/// The number of pages after which the list counts as endless, far above the account limit of an organisation.
const PAGE_LIMIT: usize = 100_000;

/// A coverage source that adds data of AWS Organizations to another source: the name of every account, and whether the
/// account is suspended or closed.
///
/// Makes one `ListAccounts` call for every 20 accounts of the organisation. Requires the permission
/// `organizations:ListAccounts`, which the management account and the delegated administrators of any service can have.
/// If the call is refused, the result has no names and contains a note. If the list ends early, all of it is dropped,
/// because the accounts after that point would count as unknown to the organisation.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use findings_core::aws::{OrganizationsCoverage, SecurityHubCoverage};
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let members = SecurityHubCoverage::new([aws_sdk_securityhub::Client::new(&config)]);
/// let coverage = OrganizationsCoverage::new(Arc::new(members), &aws_sdk_organizations::Client::new(&config));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationsCoverage {
    inner: Arc<dyn CoverageSource>,
    client: Client,
}

impl OrganizationsCoverage {
    /// Adds the names and states of accounts to the facts that `inner` returns.
    pub fn new(inner: Arc<dyn CoverageSource>, client: &Client) -> Self {
        let mut config = client.config().to_builder();
        config.set_retry_config(Some(RetryConfig::standard().with_max_attempts(8)));
        Self { inner, client: Client::from_conf(config.build()) }
    }

    async fn accounts(&self, calls: &mut u64) -> Result<HashMap<AccountId, OrganizationAccount>> {
        const OPERATION: &str = "list the accounts of the organisation";
        let mut accounts = HashMap::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGE_LIMIT {
            *calls += 1;
            let list = self.client.list_accounts().max_results(ACCOUNTS_PER_PAGE).set_next_token(token.take());
            let page = list.send().await.map_err(|e| sdk_error(e, OPERATION))?;
            accounts.extend(page.accounts().iter().filter_map(entry));
            // only a missing token ends the list: AWS may return empty pages in the middle of it
            match page.next_token().filter(|t| !t.is_empty()) {
                None => return Ok(accounts),
                Some(next) => token = Some(next.to_owned()),
            }
        }
        Err(crate::Error::new(crate::ErrorKind::Inconsistent, OPERATION).with_message("the list does not end"))
    }
}

#[async_trait]
impl CoverageSource for OrganizationsCoverage {
    async fn check(&self, request: &CoverageRequest) -> Result<CoverageFacts> {
        let mut facts = self.inner.check(request).await?;
        let mut calls = 0;
        match self.accounts(&mut calls).await {
            Ok(accounts) => facts.organization = accounts,
            Err(error) => {
                let cure = "; allow organizations:ListAccounts, or do not ask for the organisation";
                facts.notes.push(format!("failed to {}{cure}", error.report()));
            }
        }
        facts.calls += calls;
        Ok(facts)
    }
}

fn entry(account: &Account) -> Option<(AccountId, OrganizationAccount)> {
    let id = account.id()?.parse().ok()?;
    let name = account.name().filter(|name| !name.is_empty()).map(str::to_owned);
    Some((id, OrganizationAccount { name, active: is_active(account) }))
}

/// Returns whether an account is neither suspended nor closed.
///
/// AWS replaced `Status` with `State` in September 2026. Endpoints without `State` still send `Status`.
pub(super) fn is_active(account: &Account) -> bool {
    match (account.state(), account.status()) {
        (Some(state), _) => {
            !matches!(state, AccountState::Closed | AccountState::PendingClosure | AccountState::Suspended)
        }
        (None, Some(status)) => !matches!(status, AccountStatus::Suspended | AccountStatus::PendingClosure),
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_organizations::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_organizations::error::ErrorMetadata;
    use aws_sdk_organizations::operation::list_accounts::{ListAccountsError, ListAccountsOutput};
    use aws_smithy_mocks::{MockResponseInterceptor, RuleMode, create_mock_http_client, mock};

    use super::*;
    use crate::memory::MemoryCoverage;

    fn coverage(mocks: MockResponseInterceptor) -> OrganizationsCoverage {
        let config = aws_sdk_organizations::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::for_tests())
            .region(Region::new("us-east-1"))
            .http_client(create_mock_http_client())
            .interceptor(mocks);
        OrganizationsCoverage::new(Arc::new(MemoryCoverage::default()), &Client::from_conf(config.build()))
    }

    fn account(id: &str, name: &str) -> aws_sdk_organizations::types::builders::AccountBuilder {
        Account::builder().id(id).name(name)
    }

    #[tokio::test]
    async fn all_pages_add_names_and_states() {
        let first = mock!(Client::list_accounts).match_requests(|r| r.next_token().is_none()).then_output(|| {
            let open = account("111100000001", "payments").state(AccountState::Active).build();
            ListAccountsOutput::builder().accounts(open).next_token("2").build()
        });
        let empty = mock!(Client::list_accounts)
            .match_requests(|r| r.next_token() == Some("2"))
            .then_output(|| ListAccountsOutput::builder().next_token("3").build());
        let last = mock!(Client::list_accounts).match_requests(|r| r.next_token() == Some("3")).then_output(|| {
            let closed = account("111100000002", "old").state(AccountState::Closed).build();
            let before = account("111100000003", "older").status(AccountStatus::Suspended).build();
            ListAccountsOutput::builder().accounts(closed).accounts(before).build()
        });
        let mocks = MockResponseInterceptor::new()
            .rule_mode(RuleMode::MatchAny)
            .with_rule(&first)
            .with_rule(&empty)
            .with_rule(&last);
        let facts = coverage(mocks).check(&CoverageRequest::new(vec![])).await.unwrap();
        assert_eq!((facts.calls, facts.organization.len()), (3, 3));
        assert_eq!(facts.name_of("111100000001".parse().unwrap()), Some("payments"));
        let active = |id: &str| facts.organization[&id.parse().unwrap()].active;
        assert!(active("111100000001") && !active("111100000002") && !active("111100000003"));
    }

    #[tokio::test]
    async fn refused_call_adds_note() {
        let denied = mock!(Client::list_accounts).then_error(|| {
            let code = ErrorMetadata::builder().code("AccessDeniedException").message("no").build();
            ListAccountsError::generic(code)
        });
        let mocks = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny).with_rule(&denied);
        let facts = coverage(mocks).check(&CoverageRequest::new(vec![])).await.unwrap();
        assert!(facts.organization.is_empty());
        assert!(facts.notes[0].contains("allow organizations:ListAccounts"), "{:?}", facts.notes);
    }
}
