//! Whether the absence of an issue from the fetched findings shows that it is resolved.

use std::collections::HashMap;

use super::IssueRecord;
use crate::{AccountId, Text};

/// What the absence of an issue from the fetched findings shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Absence {
    /// Nothing: Security Hub does not check the account, or not all findings were fetched.
    Inconclusive,
    /// That it is resolved if a query for the issue proves it. Some checks cannot be made there, and findings whose
    /// control is no longer checked disappear, too.
    NeedsProof,
    /// That it is resolved.
    Conclusive,
}

/// What absence shows, by account and Region. It shows nothing where nothing is said: in an account or Region that a run
/// did not look at, findings are absent, too.
///
/// ```
/// use findings_core::history::{Absence, AbsenceRules};
/// let account = "123456789012".parse()?;
/// let rules = AbsenceRules::default()
///     .with(account, Some("us-east-1"), Absence::Conclusive)
///     .with(account, Some("eu-west-1"), Absence::Inconclusive);
/// assert_eq!(rules.in_region(account, Some("us-east-1")), Absence::Conclusive);
/// assert_eq!(rules.in_region(account, Some("eu-west-1")), Absence::Inconclusive);
/// assert_eq!(rules.in_region(account, Some("ap-east-1")), Absence::Inconclusive, "nobody looked there");
/// assert_eq!(rules.in_region(account, None), Absence::Inconclusive, "it may be of eu-west-1");
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbsenceRules {
    accounts: HashMap<AccountId, Vec<(Option<Text>, Absence)>>,
}

impl AbsenceRules {
    /// Rules by which absence is conclusive in all Regions of these accounts, and inconclusive in all other accounts.
    pub fn conclusive_for(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        accounts.into_iter().fold(Self::default(), |rules, account| rules.with(account, None, Absence::Conclusive))
    }

    /// Says what absence shows in a Region of an account, or in all of its Regions of which nothing else is said.
    #[must_use]
    pub fn with(mut self, account: AccountId, region: Option<&str>, absence: Absence) -> Self {
        self.accounts.entry(account).or_default().push((region.map(Text::from), absence));
        self
    }

    /// What absence shows in a Region of an account. If the Region is unknown, the weakest rule of all Regions applies.
    pub fn in_region(&self, account: AccountId, region: Option<&str>) -> Absence {
        let rules = self.accounts.get(&account).map_or(&[][..], Vec::as_slice);
        let weakest = |concerns: &dyn Fn(Option<&str>) -> bool| {
            rules.iter().filter(|(of, _)| concerns(of.as_deref())).map(|(_, absence)| *absence).min()
        };
        let Some(region) = region else { return weakest(&|_| true).unwrap_or(Absence::Inconclusive) };
        weakest(&|of| of == Some(region)).or_else(|| weakest(&|of| of.is_none())).unwrap_or(Absence::Inconclusive)
    }

    pub(super) fn of_issue(&self, issue: &IssueRecord) -> Absence {
        self.in_region(issue.account, issue.region.as_deref())
    }
}
