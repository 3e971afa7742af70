//! Comparison of the registry with the accounts that exist: unknown, closed, unowned and shared accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CoverageFacts, MemberStatus};
use crate::registry::Project;
use crate::{AccountId, SeverityCounts};

/// The differences between the registry and the accounts that exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ownership {
    /// Accounts of the registry that are not members in any Region and not in the organisation; empty if the members
    /// could not be listed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unknown: Vec<AccountId>,
    /// Accounts of the registry that are suspended or closed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub closed: Vec<AccountId>,
    /// Accounts that Security Hub sees and that no project owns.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unowned: Vec<UnownedAccount>,
    /// Accounts that several projects own. Each of these projects receives their findings.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shared: Vec<SharedAccount>,
}

/// An account that Security Hub sees and that no project owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnownedAccount {
    /// The account.
    pub account: AccountId,
    /// The name of the account, if it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The number of open findings by severity; `None` if they were not counted, or not completely.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub open: Option<SeverityCounts>,
}

/// An account that several projects own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedAccount {
    /// The account.
    pub account: AccountId,
    /// The names of the projects, in the order of the registry.
    pub projects: Vec<String>,
}

impl Ownership {
    /// Compares the projects with the facts. Without facts, it only finds accounts that several projects own.
    ///
    /// ```
    /// use findings_core::coverage::*;
    /// use findings_core::registry::Project;
    /// let [owned, unknown, unowned] = ["111100000001", "999900000009", "222200000002"].map(|a| a.parse().unwrap());
    /// let members = [(owned, MemberStatus::Enabled), (unowned, MemberStatus::Enabled)];
    /// let facts = CoverageFacts::new(vec![RegionFacts::new(None).with_members(members)]);
    /// let found = Ownership::compare(&[Project::new("A").with_accounts([owned, unknown])], Some(&facts));
    /// assert_eq!((found.unknown, found.unowned[0].account), (vec![unknown], unowned));
    /// ```
    pub fn compare(projects: &[Project], facts: Option<&CoverageFacts>) -> Self {
        let mut owners: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
        for (account, name) in projects.iter().flat_map(|p| p.accounts.iter().map(move |account| (account, &p.name))) {
            owners.entry(*account).or_default().push(name.clone());
        }
        let mut found = Self::default();
        if let Some(facts) = facts {
            found.unknown = unknown_accounts(&owners, facts);
            found.closed = owners.keys().copied().filter(|account| is_closed(*account, facts)).collect();
            let unowned = visible_accounts(facts).into_iter().filter(|account| !owners.contains_key(account));
            let with_name =
                |account| UnownedAccount { account, name: facts.name_of(account).map(str::to_owned), open: None };
            found.unowned = unowned.map(with_name).collect();
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

/// Returns the accounts of the registry that are in no list of members and not in the organisation.
///
/// Returns nothing if the members of any Region are missing, because the accounts may be members there.
fn unknown_accounts(owners: &BTreeMap<AccountId, Vec<String>>, facts: &CoverageFacts) -> Vec<AccountId> {
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

/// Returns the accounts whose findings the administrator account sees in at least one Region.
fn visible_accounts(facts: &CoverageFacts) -> BTreeSet<AccountId> {
    let members = |r: &super::RegionFacts| {
        let enabled = r.members.iter().flatten().filter(|(_, status)| **status == MemberStatus::Enabled);
        enabled.map(|(account, _)| *account).collect::<Vec<_>>()
    };
    // an administrator account sees its own findings and is in no list of members
    facts.regions.iter().flat_map(|r| members(r).into_iter().chain(r.administrator)).collect()
}
