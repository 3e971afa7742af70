//! The comparison of the registry with the accounts that exist: unknown accounts, and accounts without a project.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CoverageFacts, MemberStatus};
use crate::registry::Project;
use crate::{AccountId, SeverityCounts};

/// The differences between the registry and the accounts that exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ownership {
    /// Accounts of the registry that are not members in any Region and not in the organisation. Empty if the members
    /// could not be listed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unknown: Vec<AccountId>,
    /// Accounts of the registry that are suspended or closed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub closed: Vec<AccountId>,
    /// Accounts that Security Hub sees and no project owns.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unowned: Vec<UnownedAccount>,
    /// Accounts that several projects own. Each of these projects gets their findings.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shared: Vec<SharedAccount>,
}

/// An account that Security Hub sees and no project owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnownedAccount {
    /// The account.
    pub account: AccountId,
    /// Its name, if it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Its open findings by severity. `None` if they were not counted or could not be fetched completely.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub open: Option<SeverityCounts>,
}

/// An account that several projects own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedAccount {
    /// The account.
    pub account: AccountId,
    /// The projects, in the order of the registry.
    pub projects: Vec<String>,
}

impl Ownership {
    /// Compares the projects with the facts. Without facts, only shared accounts are found.
    ///
    /// ```
    /// use findings_core::coverage::*;
    /// use findings_core::registry::Project;
    /// let [mine, strange, nobodys] = ["111100000001", "999900000009", "222200000002"].map(|a| a.parse().unwrap());
    /// let members = [(mine, MemberStatus::Enabled), (nobodys, MemberStatus::Enabled)];
    /// let facts = CoverageFacts::new(vec![RegionFacts::new(None).with_members(members)]);
    /// let found = Ownership::compare(&[Project::new("A").with_accounts([mine, strange])], Some(&facts));
    /// assert_eq!((found.unknown, found.unowned[0].account), (vec![strange], nobodys));
    /// ```
    pub fn compare(projects: &[Project], facts: Option<&CoverageFacts>) -> Self {
        let mut owners: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
        for project in projects {
            for account in &project.accounts {
                owners.entry(*account).or_default().push(project.name.clone());
            }
        }
        let mut found = Self::default();
        if let Some(facts) = facts {
            found.unknown = unknown(&owners, facts);
            found.closed = owners.keys().copied().filter(|account| is_closed(*account, facts)).collect();
            let unowned = seen(facts).into_iter().filter(|account| !owners.contains_key(account));
            let named =
                |account| UnownedAccount { account, name: facts.name_of(account).map(str::to_owned), open: None };
            found.unowned = unowned.map(named).collect();
        }
        let several = owners.into_iter().filter(|(_, projects)| projects.len() > 1);
        found.shared = several.map(|(account, projects)| SharedAccount { account, projects }).collect();
        found
    }

    /// Returns whether there are no differences.
    pub fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.closed.is_empty() && self.unowned.is_empty() && self.shared.is_empty()
    }
}

/// Returns accounts of the registry that are unknown. Without the members of every Region, none can be called unknown.
fn unknown(owners: &BTreeMap<AccountId, Vec<String>>, facts: &CoverageFacts) -> Vec<AccountId> {
    if facts.regions.is_empty() || facts.regions.iter().any(|r| r.members.is_none()) {
        return Vec::new();
    }
    let is_known = |account: &AccountId| {
        facts.organization.contains_key(account)
            || facts.regions.iter().any(|r| {
                r.administrator == Some(*account) || r.members.as_ref().is_some_and(|m| m.contains_key(account))
            })
    };
    owners.keys().copied().filter(|account| !is_known(account)).collect()
}

fn is_closed(account: AccountId, facts: &CoverageFacts) -> bool {
    facts.organization.get(&account).is_some_and(|known| !known.active)
        || facts
            .regions
            .iter()
            .any(|r| r.members.as_ref().and_then(|members| members.get(&account)) == Some(&MemberStatus::Suspended))
}

/// Returns the accounts whose findings the administrator account sees in some Region.
fn seen(facts: &CoverageFacts) -> BTreeSet<AccountId> {
    let members = |r: &super::RegionFacts| {
        let enabled = r.members.iter().flatten().filter(|(_, status)| **status == MemberStatus::Enabled);
        enabled.map(|(account, _)| *account).collect::<Vec<_>>()
    };
    facts.regions.iter().flat_map(|r| members(r).into_iter().chain(r.administrator)).collect()
}
