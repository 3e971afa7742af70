//! The coverage in the summary of a run: each account, and the Regions that were checked.

use serde::{Deserialize, Serialize};

use crate::AccountId;
use crate::coverage::{Aggregation, CoverageFacts, Hub, RegionCoverage, RegionFacts, Verdict};
use crate::report::AccountSummary;

/// The outcome of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountOutcome {
    /// The account.
    pub account: AccountId,
    /// The worst verdict of its Regions.
    pub verdict: Verdict,
    /// Whether all its findings were fetched.
    pub complete: bool,
    /// Its findings, each once.
    pub findings: u64,
    /// Copies that were left out.
    pub duplicates: u64,
    /// The Regions whose verdict is not [`Covered`](Verdict::Covered).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub regions: Vec<RegionCoverage>,
}

impl AccountOutcome {
    pub(super) fn of(account: &AccountSummary, duplicates: u64) -> Self {
        let regions = account.coverage.iter().filter(|c| c.verdict != Verdict::Covered).cloned().collect();
        Self {
            account: account.id,
            verdict: account.verdict(),
            complete: account.complete,
            findings: account.counts.total(),
            duplicates,
            regions,
        }
    }
}

/// The result of the coverage check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoverageSummary {
    /// The Regions that were checked.
    pub regions: Vec<RegionSummary>,
    /// Linked Regions in which Security Hub is off in the administrator account and that nobody named.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unused_regions: Vec<String>,
    /// Linked Regions whose coverage could not be checked.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unseen_regions: Vec<String>,
    /// The finding aggregator, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub aggregation: Option<Aggregation>,
    /// Facts that could not be read or seem wrong, and what to do about them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// A Region that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegionSummary {
    /// The Region; missing if the facts hold for everything that the source has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// The home Region that shows its findings, if it is linked to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub linked_to: Option<String>,
    /// Whether Security Hub is on in the administrator account.
    pub hub: Hub,
    /// How Security Hub creates control findings there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub control_finding_generator: Option<String>,
    /// Number of members with every status; missing if they could not be listed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub members: Option<u64>,
}

impl From<&CoverageFacts> for CoverageSummary {
    fn from(facts: &CoverageFacts) -> Self {
        let region = |r: &RegionFacts| RegionSummary {
            region: r.region.clone(),
            linked_to: r.linked_to.clone(),
            hub: r.hub,
            control_finding_generator: r.control_finding_generator.clone(),
            members: r.members.as_ref().map(|members| members.len() as u64),
        };
        Self {
            regions: facts.regions.iter().map(region).collect(),
            unused_regions: facts.unused_regions.clone(),
            unseen_regions: facts.unseen_regions.clone(),
            aggregation: facts.aggregation.clone(),
            notes: facts.notes.clone(),
        }
    }
}
