//! The verdict on each account and Region, derived from facts and evidence.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AcceptedGap, AcceptedGaps, ChecksByRegion, CoverageFacts, Hub, MemberStatus, RegionChecks, RegionFacts};
use crate::{AccountId, Text, securityhub};

/// The maximum age of the last result of a check. Security Hub repeats every check within 24 hours, whether or not
/// something changed.
pub const EVIDENCE_AGE: Duration = Duration::from_hours(48);

/// Whether "no findings" of an account can be trusted. The worst verdict is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The account is a member, Security Hub is enabled, and checks ran within the last 48 hours.
    Covered,
    /// Coverage was not checked, as with an exported file.
    NotChecked,
    /// Covered, but some checks cannot run.
    Degraded,
    /// Unknown.
    Unknown,
    /// Security Hub does not cover the account.
    NotCovered,
}

/// The reason for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CoverageReason {
    /// Checks ran within the last 48 hours.
    ChecksSeen,
    /// Coverage was not checked.
    NotLookedAt,
    /// Some checks cannot run, because AWS Config does not record what they need.
    ChecksImpaired,
    /// The account is a member, but no check ran within the last 48 hours.
    NoRecentCheck,
    /// The members could not be listed, and no check was seen.
    MembersNotListed,
    /// The search for checks failed.
    ChecksNotRead,
    /// The account is not a member of the administrator account.
    NotMember,
    /// The account was added, but Security Hub was never enabled in it.
    NeverEnabled,
    /// The account was invited and has not accepted.
    NotAccepted,
    /// The account is no longer a member.
    Left,
    /// The account is suspended or closed.
    Suspended,
    /// Security Hub is not enabled in the administrator account.
    HubOff,
}

impl CoverageReason {
    /// Returns the verdict that follows from the reason.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::ChecksSeen => Verdict::Covered,
            Self::NotLookedAt => Verdict::NotChecked,
            Self::ChecksImpaired => Verdict::Degraded,
            Self::NoRecentCheck | Self::MembersNotListed | Self::ChecksNotRead => Verdict::Unknown,
            Self::NotMember | Self::NeverEnabled | Self::NotAccepted | Self::Left | Self::Suspended | Self::HubOff => {
                Verdict::NotCovered
            }
        }
    }
}

impl fmt::Display for CoverageReason {
    /// Explains the reason to operators, with what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChecksSeen => "checks were made in the last 48 hours",
            Self::NotLookedAt => "coverage was not looked at",
            Self::ChecksImpaired => {
                "some checks cannot be made, because AWS Config does not record what they need; turn on its recorder there"
            }
            Self::NoRecentCheck => {
                "it is a member, but no check was made in the last 48 hours; see that Security Hub, its standards and AWS Config are on there"
            }
            Self::MembersNotListed => {
                "no check was seen in the last 48 hours, and the members could not be listed; allow securityhub:ListMembers"
            }
            Self::ChecksNotRead => "whether checks are made could not be read; start the run again",
            Self::NotMember => {
                "it is not a member of the administrator account; add it there, or take it out of the registry if it is gone"
            }
            Self::NeverEnabled => "it was added as a member, but Security Hub was never turned on in it; turn it on",
            Self::NotAccepted => "it was invited as a member and has not accepted; accept the invitation in that account",
            Self::Left => "it is no longer a member of the administrator account; add it again, or take it out of the registry",
            Self::Suspended => "it is suspended or closed; take it out of the registry if it is gone for good",
            Self::HubOff => "Security Hub is off in the administrator account in this Region; turn it on",
        })
    }
}

/// The verdict on one account in one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegionCoverage {
    /// The Region. `None` if the verdict applies to everything that the source returns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason for the verdict.
    pub reason: CoverageReason,
    /// The time of the latest result of a check, UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_check: Option<Timestamp>,
    /// The number of checks that were seen and cannot run.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub impaired: u64,
    /// The acceptance of the gap, if the organisation accepts it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted: Option<AcceptedGap>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl RegionCoverage {
    /// A verdict with this reason, for everything that the source returns.
    pub fn new(reason: CoverageReason) -> Self {
        Self { region: None, verdict: reason.verdict(), reason, last_check: None, impaired: 0, accepted: None }
    }

    /// Returns whether this is a gap: the account is not covered, or its coverage is unknown.
    pub fn is_gap(&self) -> bool {
        self.verdict >= Verdict::Unknown
    }

    /// Returns whether a complete report mentions it: the gap is accepted, or only some checks cannot run.
    pub fn is_notice(&self) -> bool {
        self.accepted.is_some() || self.verdict == Verdict::Degraded
    }

    /// Returns whether this is a gap that is not accepted.
    pub fn is_open_gap(&self) -> bool {
        self.is_gap() && self.accepted.is_none()
    }
}

/// The evidence that Security Hub runs checks in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Results of checks by Region.
    pub checks: ChecksByRegion,
    /// Whether the search failed in some lane. The absence of checks then proves nothing.
    pub failed: bool,
}

impl Evidence {
    /// Adds evidence from elsewhere, such as another lane.
    pub(super) fn merge(&mut self, other: Self) {
        self.failed |= other.failed;
        for (region, checks) in other.checks {
            self.checks.entry(region).or_default().merge(&checks);
        }
    }
}

/// Returns the verdict on an account for every Region that was checked, in the order of the facts.
///
/// ```
/// use findings_core::coverage::*;
/// let (known, stranger) = ("111100000001".parse()?, "999900000009".parse()?);
/// let now = "2026-11-23T00:00:00Z".parse()?;
/// let region = RegionFacts::new(None).with_members([(known, MemberStatus::Enabled)]);
/// let facts = CoverageFacts::new(vec![region]);
/// let of = |account| judge(account, &facts, &Evidence::default(), &AcceptedGaps::default(), now);
/// assert_eq!(of(known)[0].verdict, Verdict::Unknown);
/// assert_eq!(of(stranger)[0].reason, CoverageReason::NotMember);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge(
    account: AccountId,
    facts: &CoverageFacts,
    evidence: &Evidence,
    accepted: &AcceptedGaps,
    now: Timestamp,
) -> Vec<RegionCoverage> {
    let judge_one = |region: &RegionFacts| {
        let checks = checks_in(&evidence.checks, region.region.as_deref());
        let reason = reason(account, facts, region, &checks, evidence.failed, now);
        let mut coverage = RegionCoverage::new(reason);
        coverage.region.clone_from(&region.region);
        (coverage.last_check, coverage.impaired) = (checks.last, checks.impaired);
        if coverage.is_gap() {
            coverage.accepted = accepted.find(account, region.region.as_deref(), now).cloned();
        }
        coverage
    };
    facts.regions.iter().map(judge_one).collect()
}

/// Returns the checks that count for a Region. For facts without a Region, checks of every Region count.
fn checks_in(checks: &ChecksByRegion, region: Option<&str>) -> RegionChecks {
    match region {
        Some(region) => checks.get(region).cloned().unwrap_or_default(),
        None => checks.values().fold(RegionChecks::default(), |mut all, one| {
            all.merge(one);
            all
        }),
    }
}

fn reason(
    account: AccountId,
    facts: &CoverageFacts,
    region: &RegionFacts,
    checks: &RegionChecks,
    evidence_failed: bool,
    now: Timestamp,
) -> CoverageReason {
    if facts.organization.get(&account).is_some_and(|known| !known.active) {
        return CoverageReason::Suspended;
    }
    if region.hub == Hub::Off {
        return CoverageReason::HubOff;
    }
    let is_administrator = region.administrator == Some(account);
    if let (Some(members), false) = (&region.members, is_administrator) {
        match members.get(&account) {
            Some(MemberStatus::Enabled) => {}
            None | Some(MemberStatus::Other(_)) => return CoverageReason::NotMember,
            Some(MemberStatus::Created) => return CoverageReason::NeverEnabled,
            Some(MemberStatus::Invited) => return CoverageReason::NotAccepted,
            Some(MemberStatus::Removed | MemberStatus::Resigned | MemberStatus::Deleted) => {
                return CoverageReason::Left;
            }
            Some(MemberStatus::Suspended) => return CoverageReason::Suspended,
        }
    }
    let since = oldest_evidence(now);
    if checks.last.is_some_and(|last| last >= since) {
        return if checks.impaired > 0 { CoverageReason::ChecksImpaired } else { CoverageReason::ChecksSeen };
    }
    // checks run, but none found a resource to evaluate: AWS Config records nothing
    if checks.empty > 0 {
        return CoverageReason::ChecksImpaired;
    }
    match (evidence_failed, region.members.is_some() || is_administrator) {
        (true, _) => CoverageReason::ChecksNotRead,
        (false, true) => CoverageReason::NoRecentCheck,
        (false, false) => CoverageReason::MembersNotListed,
    }
}

/// Returns the earliest time of a check that counts as evidence.
pub(crate) fn oldest_evidence(now: Timestamp) -> Timestamp {
    now.checked_sub(EVIDENCE_AGE).unwrap_or(now)
}

/// Reason codes of checks that cannot run because of AWS Config. Codes about resources that do not apply or no longer
/// exist are not among them.
const WANT_OF_CONFIG: [&str; 5] = [
    "CONFIG_ACCESS_DENIED",
    "CONFIG_RECORDER_CUSTOM_ROLE",
    "CONFIG_RECORDER_DISABLED",
    "CONFIG_RULE_EVALUATION_ERROR",
    "CONFIG_RULE_NOT_FOUND",
];

/// Counts a finding if it is the result of a check.
pub(crate) fn count_check(checks: &mut ChecksByRegion, finding: &crate::Finding, lane: &Text, since: Timestamp) {
    use crate::ComplianceStatus::{NotAvailable, Warning};
    let Some(at) = finding.updated_at.filter(|_| finding.is_security_hub_check()) else { return };
    let entry = checks.entry(finding.region.clone().unwrap_or_else(|| lane.clone())).or_default();
    let is_empty = finding.compliance_reasons.iter().any(|r| &**r == securityhub::NOTHING_EVALUATED);
    if is_empty {
        entry.empty += u64::from(at >= since);
        return;
    }
    entry.last = entry.last.max(Some(at));
    let for_want_of_config = finding.compliance_reasons.iter().any(|r| WANT_OF_CONFIG.contains(&&**r));
    if matches!(finding.compliance, Some(Warning | NotAvailable)) && for_want_of_config && at >= since {
        entry.impaired += 1;
    }
}

#[cfg(test)]
mod tests;
