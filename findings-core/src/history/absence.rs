//! Whether the absence of an issue from the fetched findings shows that it is resolved.

use std::collections::HashMap;

use super::IssueRecord;
use crate::{AccountId, Text};

/// What the absence of an issue from the fetched findings shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// Nothing: Security Hub does not check the account, or not all findings were fetched.
    Inconclusive,
    /// That it is resolved if a query for the issue proves it. Some checks cannot be made there, and findings whose
    /// control is no longer checked disappear, too.
    NeedsProof,
    /// That it is resolved.
    Conclusive,
}

/// What absence shows, by account and Region.
///
/// ```
/// use findings_core::history::{Absence, AbsenceRules};
/// let account = "123456789012".parse()?;
/// let rules = AbsenceRules::conclusive_for([account]).except(account, Some("eu-west-1"), Absence::Inconclusive);
/// assert_eq!(rules.in_region(account, Some("us-east-1")), Absence::Conclusive);
/// assert_eq!(rules.in_region(account, Some("eu-west-1")), Absence::Inconclusive);
/// assert_eq!(rules.in_region(account, None), Absence::Inconclusive, "it may be of that Region");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbsenceRules {
    accounts: HashMap<AccountId, Vec<(Option<Text>, Absence)>>,
}

impl AbsenceRules {
    /// Rules by which absence is conclusive in these accounts, and inconclusive in all others.
    pub fn conclusive_for(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self { accounts: accounts.into_iter().map(|account| (account, Vec::new())).collect() }
    }

    /// Adds an exception for an account, in one Region or in all of them.
    pub fn except(mut self, account: AccountId, region: Option<&str>, absence: Absence) -> Self {
        if let Some(exceptions) = self.accounts.get_mut(&account) {
            exceptions.push((region.map(Text::from), absence));
        }
        self
    }

    /// What absence shows in a Region of an account. If the Region is unknown, the weakest rule of all Regions applies.
    pub fn in_region(&self, account: AccountId, region: Option<&str>) -> Absence {
        let Some(exceptions) = self.accounts.get(&account) else { return Absence::Inconclusive };
        let concerns = |of: &Option<Text>| match (of.as_deref(), region) {
            (Some(of), Some(region)) => of == region,
            (None, _) | (_, None) => true,
        };
        exceptions
            .iter()
            .filter(|(of, _)| concerns(of))
            .map(|(_, absence)| *absence)
            .min()
            .unwrap_or(Absence::Conclusive)
    }

    pub(super) fn of_issue(&self, issue: &IssueRecord) -> Absence {
        self.in_region(issue.account, issue.region.as_deref())
    }
}
