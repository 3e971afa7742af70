//! What the organisation does not see: accounts that are not covered or not owned, and accepted gaps.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::input::{AccountStanding, CoverageInput, OrganisationInput};
use crate::AccountId;
use crate::coverage::{AcceptedGap, CoverageReason, Ownership, RegionCoverage, SharedAccount, UnownedAccount, Verdict};
use crate::registry::project_key;

/// What a coverage check showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrganisationCoverage {
    /// Accounts of the registry by their worst verdict, an account of several projects once.
    pub accounts: VerdictCounts,
    /// Number of accounts whose findings could not be read completely.
    pub unread: u64,
    /// Every account and Region that cannot be called clean, accepted or not, by project.
    pub gaps: Vec<CoverageGap>,
    /// Accounts that Security Hub sees and no project owns; `null` if nobody looked for them.
    pub unowned: Option<Vec<UnownedAccount>>,
    /// Accounts of the registry that do not exist; `null` if the registry was not compared with the accounts that do.
    pub unknown: Option<Vec<AccountId>>,
    /// Accounts of the registry that are suspended or closed; `null` likewise.
    pub closed: Option<Vec<AccountId>>,
}

/// Numbers of accounts by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerdictCounts {
    /// Security Hub makes checks in them.
    pub covered: u64,
    /// Coverage was not checked.
    pub not_checked: u64,
    /// Some checks cannot be made.
    pub degraded: u64,
    /// Coverage could not be determined.
    pub unknown: u64,
    /// Security Hub does not see them.
    pub not_covered: u64,
}

impl VerdictCounts {
    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Covered => &mut self.covered,
            Verdict::NotChecked => &mut self.not_checked,
            Verdict::Degraded => &mut self.degraded,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotCovered => &mut self.not_covered,
        } += 1;
    }
}

/// An account that cannot be called clean in a Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CoverageGap {
    /// The name of the project.
    pub project: String,
    /// The account.
    pub account: AccountId,
    /// The Region; `null` for all Regions of the source.
    pub region: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason for it.
    pub reason: CoverageReason,
    /// The last day on which the gap is accepted, UTC; `null` if nobody accepted it.
    pub accepted_until: Option<Date>,
}

/// An accepted gap, and when it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AcceptedGapEnd {
    /// The gap.
    #[serde(flatten)]
    pub gap: AcceptedGap,
    /// Days from the day of the report to its last day, UTC; below 0 if it has ended.
    pub days_left: i64,
}

/// What the coverage check showed of the accounts of a project. An account with several gaps counts once in each
/// number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProjectCoverage {
    /// Number of its accounts.
    pub accounts: u64,
    /// Number of accounts with a gap that nobody accepted.
    pub gaps: u64,
    /// Number of accounts whose gaps are all accepted.
    pub accepted: u64,
    /// Number of accounts in which some checks cannot be made.
    pub degraded: u64,
    /// Number of accounts whose findings could not be read completely.
    pub unread: u64,
}

impl OrganisationCoverage {
    pub(super) fn of(input: &CoverageInput) -> Self {
        let mut worst: BTreeMap<AccountId, (Verdict, bool)> = BTreeMap::new();
        for standing in &input.accounts {
            let known = worst.entry(standing.account).or_insert((standing.verdict, true));
            *known = (known.0.max(standing.verdict), known.1 && standing.complete);
        }
        let mut accounts = VerdictCounts::default();
        for (verdict, _) in worst.values() {
            accounts.add(*verdict);
        }
        let ownership = input.ownership.as_ref();
        Self {
            accounts,
            unread: worst.values().filter(|(_, complete)| !complete).count() as u64,
            gaps: input.accounts.iter().flat_map(gaps_of).collect(),
            unowned: ownership.filter(|_| input.looked_for_unowned).map(|known| known.unowned.clone()),
            unknown: ownership.map(|known| known.unknown.clone()),
            closed: ownership.map(|known| known.closed.clone()),
        }
    }
}

fn gaps_of(standing: &AccountStanding) -> impl Iterator<Item = CoverageGap> + '_ {
    standing.regions.iter().filter(|region| region.is_gap()).map(|region| CoverageGap {
        project: standing.project.clone(),
        account: standing.account,
        region: region.region.clone(),
        verdict: region.verdict,
        reason: region.reason,
        accepted_until: region.accepted.as_ref().map(|gap| gap.until),
    })
}

/// What the coverage check showed of each project, by the key of its name.
pub(super) fn by_project(input: &CoverageInput) -> BTreeMap<String, ProjectCoverage> {
    let mut projects: BTreeMap<String, ProjectCoverage> = BTreeMap::new();
    for standing in &input.accounts {
        let project = projects.entry(project_key(&standing.project)).or_default();
        let has_gap = standing.verdict >= Verdict::Unknown;
        let is_open = standing.regions.is_empty() || standing.regions.iter().any(RegionCoverage::is_open_gap);
        project.accounts += 1;
        project.gaps += u64::from(has_gap && is_open);
        project.accepted += u64::from(has_gap && !is_open);
        project.degraded += u64::from(standing.verdict == Verdict::Degraded);
        project.unread += u64::from(!standing.complete);
    }
    projects
}

/// The accepted gaps, those that end first in front.
pub(super) fn accepted_gaps(input: &OrganisationInput) -> Option<Vec<AcceptedGapEnd>> {
    let today = TimeZone::UTC.to_datetime(input.range.as_of()).date();
    let days_left = |until: Date| today.until(until).map(|span| i64::from(span.get_days())).unwrap_or_default();
    let gaps = input.accepted_gaps.as_ref()?.gaps.iter();
    let mut ends: Vec<AcceptedGapEnd> =
        gaps.map(|gap| AcceptedGapEnd { gap: gap.clone(), days_left: days_left(gap.until) }).collect();
    ends.sort_by_key(|end| (end.gap.until, end.gap.account));
    Some(ends)
}

/// Accounts that several projects own, as far as the registry or the coverage check tells.
pub(super) fn owned_twice(input: &OrganisationInput) -> Option<Vec<SharedAccount>> {
    let of_registry = || Some(Ownership::compare(&input.registry.as_ref()?.projects, None).shared);
    let of_check = || Some(input.coverage.as_ref()?.ownership.as_ref()?.shared.clone());
    of_registry().or_else(of_check)
}
