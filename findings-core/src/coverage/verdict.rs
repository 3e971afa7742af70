//! Verdicts: derives a verdict for each account and Region from facts and evidence.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AcceptedGap, AcceptedGaps, ChecksByRegion, CoverageFacts, Hub, MemberStatus, RegionChecks, RegionFacts};
use crate::named::named_values;
use crate::{AccountId, Selection, Text, securityhub};

/// The maximum age of the last result of a check: 48 hours. Security Hub repeats every check within 24 hours, even if
/// nothing changed.
pub const EVIDENCE_AGE: Duration = Duration::from_hours(48);

/// Whether an empty answer for an account can be trusted. The order is from best to worst: the worst verdict is the
/// greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The account is a member, Security Hub is on, and checks ran in the last 48 hours.
    Covered,
    /// Coverage was not checked, for example because the findings come from an exported file.
    NotChecked,
    /// The account is covered, but some checks cannot run.
    Degraded,
    /// Coverage could not be determined.
    Unknown,
    /// Security Hub does not see the account.
    NotCovered,
}

named_values!(
    /// The name in summaries and templates.
    Verdict, "a verdict", [
    Covered => "covered",
    NotChecked => "not_checked",
    Degraded => "degraded",
    Unknown => "unknown",
    NotCovered => "not_covered",
]);

/// The reason for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CoverageReason {
    /// Checks ran in the last 48 hours.
    ChecksSeen,
    /// Coverage was not checked.
    NotLookedAt,
    /// Some checks cannot run, because AWS Config does not record the resources they need.
    ChecksImpaired,
    /// The account is a member, but no check ran in the last 48 hours.
    NoRecentCheck,
    /// The members could not be listed, and no result of a check was found.
    MembersNotListed,
    /// A service whose findings Security Hub shows, such as GuardDuty, is off in the account.
    ServiceOff,
    /// The query for results of checks failed.
    ChecksNotRead,
    /// The account is not a member of the administrator account.
    NotMember,
    /// The account was added as a member, but Security Hub was never turned on in it.
    NeverEnabled,
    /// The account was invited and has not accepted the invitation.
    NotAccepted,
    /// The account is no longer a member.
    Left,
    /// The account is suspended or closed.
    Suspended,
    /// Security Hub is not enabled in the administrator account.
    HubOff,
    /// Earlier runs had findings of the Region, and this run did not look there.
    RegionNotLookedAt,
    /// The findings come from a file that has no record of the account, or none of the Region.
    NoRecords,
}

impl CoverageReason {
    /// Returns the verdict that follows from this reason.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::ChecksSeen => Verdict::Covered,
            Self::NotLookedAt => Verdict::NotChecked,
            Self::ChecksImpaired | Self::ServiceOff => Verdict::Degraded,
            Self::NoRecentCheck
            | Self::MembersNotListed
            | Self::ChecksNotRead
            | Self::RegionNotLookedAt
            | Self::NoRecords => Verdict::Unknown,
            Self::NotMember | Self::NeverEnabled | Self::NotAccepted | Self::Left | Self::Suspended | Self::HubOff => {
                Verdict::NotCovered
            }
        }
    }
}

impl fmt::Display for CoverageReason {
    /// Writes the reason for the operator, and what to do about it.
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
            Self::ServiceOff => {
                "a service whose findings Security Hub shows, such as GuardDuty or Inspector, is off in it; turn it on, or suppress the coverage finding in Security Hub"
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
            Self::RegionNotLookedAt => {
                "earlier runs had findings of this Region, and this run did not look there; link it to the home Region again, make it a Region of the source, or accept the gap"
            }
            Self::NoRecords => {
                "the file has no record of it; export the findings in every state, passed and archived ones too, because a file proves nothing about what it has no record of"
            }
        })
    }
}

/// The verdict on one account in one Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegionCoverage {
    /// The Region; `None` for all Regions of the source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason for the verdict.
    pub reason: CoverageReason,
    /// The time of the latest result of a check, UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_check: Option<Timestamp>,
    /// The number of recent checks that could not run, among those that were read.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub impaired: u64,
    /// The accepted gap that applies to this account and Region.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted: Option<AcceptedGap>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl RegionCoverage {
    /// Creates the verdict that follows from a reason, for all Regions of the source.
    pub fn new(reason: CoverageReason) -> Self {
        Self { region: None, verdict: reason.verdict(), reason, last_check: None, impaired: 0, accepted: None }
    }

    /// Returns whether the account cannot be called clean in the Region: it is not covered, or its coverage is unknown.
    pub fn is_gap(&self) -> bool {
        self.verdict >= Verdict::Unknown
    }

    /// Returns whether the report mentions it even if the report is complete: the gap is accepted, or only some checks
    /// cannot run.
    pub fn is_notice(&self) -> bool {
        self.accepted.is_some() || self.verdict == Verdict::Degraded
    }

    /// Returns whether it is a gap that is not accepted.
    pub fn is_open_gap(&self) -> bool {
        self.is_gap() && self.accepted.is_none()
    }
}

/// The evidence that Security Hub runs checks in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The results of checks, by Region.
    pub checks: ChecksByRegion,
    /// Whether a query for them failed. If so, missing results prove nothing.
    pub failed: bool,
}

impl Evidence {
    /// Adds evidence from another query or lane.
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
/// let (member, stranger) = ("111100000001".parse()?, "999900000009".parse()?);
/// let now = "2026-11-23T00:00:00Z".parse()?;
/// let region = RegionFacts::new(None).with_members([(member, MemberStatus::Enabled)]);
/// let facts = CoverageFacts::new(vec![region]);
/// let of = |account| judge(account, &facts, &Evidence::default(), &AcceptedGaps::default(), now);
/// assert_eq!(of(member)[0].verdict, Verdict::Unknown);
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

/// Returns the results of checks for a Region, or those of all Regions together if the facts name none.
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
    // before all evidence: the findings of a closed account stay visible for a while
    if facts.organization.get(&account).is_some_and(|known| !known.active) {
        return CoverageReason::Suspended;
    }
    if region.hub == Hub::Off {
        return CoverageReason::HubOff;
    }
    // ListMembers does not list the administrator account itself
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
        return match (checks.impaired, checks.off) {
            (0, 0) => CoverageReason::ChecksSeen,
            (0, _) => CoverageReason::ServiceOff,
            _ => CoverageReason::ChecksImpaired,
        };
    }
    // checks run, but none of them has resources to evaluate: AWS Config records nothing
    if checks.empty > 0 {
        return CoverageReason::ChecksImpaired;
    }
    match (evidence_failed, region.members.is_some() || is_administrator) {
        (true, _) => CoverageReason::ChecksNotRead,
        (false, true) => CoverageReason::NoRecentCheck,
        (false, false) => CoverageReason::MembersNotListed,
    }
}

/// Returns the earliest time at which the result of a check still counts as evidence.
pub(crate) fn oldest_evidence(now: Timestamp) -> Timestamp {
    now.checked_sub(EVIDENCE_AGE).unwrap_or(now)
}

/// Reason codes of checks that cannot run because of the configuration of AWS Config.
///
/// The codes for a resource that is not applicable or was deleted are left out: they do not stop a check from running.
const CONFIG_PROBLEMS: [&str; 5] = [
    "CONFIG_ACCESS_DENIED",
    "CONFIG_RECORDER_CUSTOM_ROLE",
    "CONFIG_RECORDER_DISABLED",
    "CONFIG_RULE_EVALUATION_ERROR",
    "CONFIG_RULE_NOT_FOUND",
];

/// Adds a finding to the summary of its Region if it is the result of one of Security Hub's own checks, or says that a
/// service is off.
pub(crate) fn count_check(checks: &mut ChecksByRegion, finding: &crate::Finding, lane: &Text, since: Timestamp) {
    use crate::ComplianceStatus::{Failed, NotAvailable, Warning};
    let region = || finding.region.clone().unwrap_or_else(|| lane.clone());
    // one that is suppressed says that the service is off on purpose; one that passes shows no check at work
    if finding.is_coverage() && finding.compliance == Some(Failed) && Selection::default().matches(finding) {
        checks.entry(region()).or_default().off += 1;
    }
    let Some(at) = finding.updated_at.filter(|_| finding.is_security_hub_check()) else { return };
    let entry = checks.entry(region()).or_default();
    let is_empty = finding.compliance_reasons.iter().any(|r| &**r == securityhub::NOTHING_EVALUATED);
    // a check that evaluates nothing also passes where AWS Config is off, so it must not advance `last`
    if is_empty {
        entry.empty += u64::from(at >= since);
        return;
    }
    entry.last = entry.last.max(Some(at));
    let has_config_problem = finding.compliance_reasons.iter().any(|r| CONFIG_PROBLEMS.contains(&&**r));
    if matches!(finding.compliance, Some(Warning | NotAvailable)) && has_config_problem && at >= since {
        entry.impaired += 1;
    }
}

#[cfg(test)]
mod tests;
