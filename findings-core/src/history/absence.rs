//! How far an absent finding can be believed to be gone.

use std::collections::HashMap;

use super::IssueRecord;
use crate::{AccountId, Text};

/// What an issue's absence from the findings says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// Nothing: nobody looked, or not everything came.
    Inconclusive,
    /// Something, but only with proof: checks cannot be made there, and what is no longer checked vanishes too.
    NeedsProof,
    /// It is gone.
    Conclusive,
}

/// How far absence can be believed, by account and Region.
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
    /// In these accounts, whatever is absent is gone; in all others absence says nothing.
    pub fn conclusive_for(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self { accounts: accounts.into_iter().map(|account| (account, Vec::new())).collect() }
    }

    /// Believes less of an account in one Region, or in all.
    pub fn except(mut self, account: AccountId, region: Option<&str>, absence: Absence) -> Self {
        if let Some(exceptions) = self.accounts.get_mut(&account) {
            exceptions.push((region.map(Text::from), absence));
        }
        self
    }

    /// What absence says in a Region of an account; without a Region the least of all.
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
