//! Reads the accounts of AWS Organizations with their organisational units and tags.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::retry::RetryConfig;

use super::error::sdk_error;
use super::organizations_coverage::is_active;
use crate::{AccountId, Error, ErrorKind, Result};

/// The page size of the lists. The API allows at most 20.
const PAGE: i32 = 20;
/// The number of organisational units after which the tree counts as endless. AWS allows 2,000 and five levels.
const UNIT_LIMIT: usize = 20_000;

/// An account of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryAccount {
    /// The account.
    pub account: AccountId,
    /// Its name; empty if it has none.
    pub name: String,
    /// The names of its organisational units, from below the root down; empty if it is in the root.
    pub units: Vec<String>,
    /// Whether it is neither suspended nor closed.
    pub active: bool,
}

/// The accounts of an organisation, with their organisational units and tags.
///
/// Requires `organizations:ListRoots`, `ListAccountsForParent` and `ListOrganizationalUnitsForParent`, and for tags
/// `ListTagsForResource`, which the management account and delegated administrators can have.
///
/// ```no_run
/// use findings_core::aws::OrganizationDirectory;
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let directory = OrganizationDirectory::new(&aws_sdk_organizations::Client::new(&config));
/// for account in directory.accounts().await? {
///     println!("{} {} {}", account.account, account.name, account.units.join("/"));
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationDirectory {
    client: Client,
}

impl OrganizationDirectory {
    /// Reads with this client. Calls that are throttled are repeated up to eight times.
    pub fn new(client: &Client) -> Self {
        let mut config = client.config().to_builder();
        config.set_retry_config(Some(RetryConfig::standard().with_max_attempts(8)));
        Self { client: Client::from_conf(config.build()) }
    }

    /// Returns all accounts, by organisational unit, name and ID. Makes two calls for each unit, and one more for every
    /// further 20 accounts or units in it.
    ///
    /// # Errors
    /// As the service answers. A list that ends early is an error, because accounts would be missing without a word.
    pub async fn accounts(&self) -> Result<Vec<DirectoryAccount>> {
        let mut found = Vec::new();
        let mut open: VecDeque<(String, Vec<String>)> =
            self.roots().await?.into_iter().map(|id| (id, vec![])).collect();
        let mut units = 0;
        while let Some((parent, path)) = open.pop_front() {
            units += 1;
            if units > UNIT_LIMIT {
                let message = "the organisational units do not end";
                return Err(Error::new(ErrorKind::Inconsistent, "list organisational units").with_message(message));
            }
            found.extend(self.accounts_of(&parent, &path).await?);
            for (id, name) in self.units_of(&parent).await? {
                open.push_back((id, [path.as_slice(), &[name]].concat()));
            }
        }
        found.sort_by(|a, b| (&a.units, &a.name, a.account).cmp(&(&b.units, &b.name, b.account)));
        Ok(found)
    }

    /// Returns the tags of an account.
    ///
    /// # Errors
    /// As the service answers.
    pub async fn tags(&self, account: AccountId) -> Result<BTreeMap<String, String>> {
        let mut pages = self.client.list_tags_for_resource().resource_id(account.to_string()).into_paginator().send();
        let mut tags = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| sdk_error(error, "list the tags of an account"))?;
            tags.extend(page.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
        }
        Ok(tags)
    }

    async fn roots(&self) -> Result<Vec<String>> {
        let mut pages = self.client.list_roots().into_paginator().send();
        let mut roots = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| sdk_error(error, "list the roots of the organisation"))?;
            roots.extend(page.roots().iter().filter_map(|root| root.id().map(str::to_owned)));
        }
        Ok(roots)
    }

    async fn accounts_of(&self, parent: &str, path: &[String]) -> Result<Vec<DirectoryAccount>> {
        let list = self.client.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
        let mut pages = list.into_paginator().send();
        let mut accounts = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| sdk_error(error, "list the accounts of an organisational unit"))?;
            for account in page.accounts() {
                let Some(id) = account.id().and_then(|id| id.parse().ok()) else { continue };
                let name = account.name().unwrap_or_default().to_owned();
                let units = path.to_vec();
                accounts.push(DirectoryAccount { account: id, name, units, active: is_active(account) });
            }
        }
        Ok(accounts)
    }

    /// Returns the IDs and names of the units directly below.
    async fn units_of(&self, parent: &str) -> Result<Vec<(String, String)>> {
        let list = self.client.list_organizational_units_for_parent().parent_id(parent).max_results(PAGE);
        let mut pages = list.into_paginator().send();
        let mut units = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| sdk_error(error, "list organisational units"))?;
            units.extend(page.organizational_units().iter().filter_map(|unit| {
                let id = unit.id()?.to_owned();
                Some((id.clone(), unit.name().map_or(id, str::to_owned)))
            }));
        }
        Ok(units)
    }
}
