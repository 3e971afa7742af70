use std::collections::HashMap;

use super::*;
use crate::coverage::OrganizationAccount;
use crate::{ComplianceStatus, Finding, WorkflowStatus};

const NOW: &str = "2026-11-23T00:00:00Z";

fn account() -> AccountId {
    "111100000001".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Returns the result of one of Security Hub's own checks.
fn check(status: ComplianceStatus, reason: &str, updated: &str) -> Finding {
    let mut finding = Finding::new(account(), "1");
    finding.product_arn = "arn:aws:securityhub:us-east-1::product/aws/securityhub".into();
    finding.region = Some("us-east-1".into());
    finding.compliance = Some(status);
    finding.compliance_reasons = if reason.is_empty() { vec![] } else { vec![reason.into()] };
    finding.updated_at = Some(at(updated));
    finding
}

fn summarize(findings: &[Finding]) -> ChecksByRegion {
    let mut checks = ChecksByRegion::default();
    for finding in findings {
        count_check(&mut checks, finding, &"lane".into(), oldest_evidence(at(NOW)));
    }
    checks
}

fn reason_of(facts: &CoverageFacts, checks: &ChecksByRegion, failed: bool) -> CoverageReason {
    judge(account(), facts, &Evidence { checks: checks.clone(), failed }, &AcceptedGaps::default(), at(NOW))[0].reason
}

fn region(members: &[(&str, &str)]) -> RegionFacts {
    let member = |(id, status): &(&str, &str)| {
        let Ok(status) = status.parse();
        (id.parse().unwrap(), status)
    };
    RegionFacts::new(Some("us-east-1".to_owned())).with_members(members.iter().map(member)).with_hub(Hub::On)
}

fn facts(region: RegionFacts) -> CoverageFacts {
    CoverageFacts::new(vec![region])
}

#[test]
fn each_member_status_gives_its_reason() {
    let fresh = summarize(&[check(ComplianceStatus::Failed, "", "2026-11-22T12:00:00Z")]);
    for (status, want) in [
        ("Enabled", CoverageReason::ChecksSeen),
        ("ENABLED", CoverageReason::ChecksSeen),
        ("Created", CoverageReason::NeverEnabled),
        ("invited", CoverageReason::NotAccepted),
        ("Removed", CoverageReason::Left),
        ("Resigned", CoverageReason::Left),
        ("Deleted", CoverageReason::Left),
        ("AccountSuspended", CoverageReason::Suspended),
        ("SomethingNew", CoverageReason::NotMember),
    ] {
        assert_eq!(reason_of(&facts(region(&[("111100000001", status)])), &fresh, false), want, "{status}");
    }
    let stranger = facts(region(&[("222200000002", "Enabled")]));
    assert_eq!(reason_of(&stranger, &fresh, false), CoverageReason::NotMember);
    let off = facts(region(&[("111100000001", "Enabled")]).with_hub(Hub::Off));
    assert_eq!(reason_of(&off, &fresh, false), CoverageReason::HubOff);
    let administrator = facts(region(&[]).with_administrator(account()));
    assert_eq!(reason_of(&administrator, &fresh, false), CoverageReason::ChecksSeen);
    let mut closed = facts(region(&[("111100000001", "Enabled")]));
    closed.organization = HashMap::from([(account(), OrganizationAccount { name: None, active: false })]);
    assert_eq!(reason_of(&closed, &fresh, false), CoverageReason::Suspended);
}

/// A coverage finding of the new Security Hub, which nobody updated for long.
fn coverage(status: ComplianceStatus, workflow: WorkflowStatus) -> Finding {
    let mut finding = check(status, "GuardDuty Foundational Coverage", "2026-10-01T00:00:00Z");
    finding.product_arn = "arn:aws:securityhub:us-east-1::product/aws/securityhub-coverage".into();
    finding.workflow = workflow;
    finding
}

#[test]
fn member_is_covered_only_with_recent_evidence() {
    use ComplianceStatus::{Failed, NotAvailable, Passed, Warning};
    use WorkflowStatus::{New, Suppressed};
    let member = facts(region(&[("111100000001", "Enabled")]));
    let of = |findings: &[Finding]| reason_of(&member, &summarize(findings), false);
    let mut other_product = check(Failed, "", NOW);
    other_product.product_arn = "arn:aws:securityhub:us-east-1::product/aws/guardduty".into();
    let mut without_compliance = check(Failed, "", NOW);
    without_compliance.compliance = None;
    for (findings, want) in [
        (vec![], CoverageReason::NoRecentCheck),
        (vec![check(Passed, "", "2026-11-21T00:00:00Z")], CoverageReason::ChecksSeen),
        (vec![check(Passed, "", "2026-11-20T23:59:59Z")], CoverageReason::NoRecentCheck),
        (vec![other_product], CoverageReason::NoRecentCheck),
        (vec![without_compliance], CoverageReason::NoRecentCheck),
        (vec![check(Warning, "CONFIG_ACCESS_DENIED", NOW)], CoverageReason::ChecksImpaired),
        (
            vec![check(NotAvailable, "CONFIG_RULE_NOT_FOUND", NOW), check(Failed, "", NOW)],
            CoverageReason::ChecksImpaired,
        ),
        (vec![check(Warning, "", NOW)], CoverageReason::ChecksSeen),
        (vec![check(Passed, "", NOW), coverage(Failed, New)], CoverageReason::ServiceOff),
        (vec![check(Passed, "", NOW), coverage(Failed, Suppressed)], CoverageReason::ChecksSeen),
        (vec![check(Passed, "", NOW), coverage(Passed, New)], CoverageReason::ChecksSeen),
        (vec![check(Warning, "CONFIG_ACCESS_DENIED", NOW), coverage(Failed, New)], CoverageReason::ChecksImpaired),
        // that a service is on shows no check at work
        (vec![coverage(Passed, New)], CoverageReason::NoRecentCheck),
        (vec![check(NotAvailable, "CONFIG_RETURNS_NOT_APPLICABLE", NOW)], CoverageReason::ChecksSeen),
        (vec![check(Passed, "CONFIG_EVALUATIONS_EMPTY", NOW)], CoverageReason::ChecksImpaired),
        (vec![check(Passed, "CONFIG_EVALUATIONS_EMPTY", NOW), check(Passed, "", NOW)], CoverageReason::ChecksSeen),
        (vec![check(Passed, "CONFIG_EVALUATIONS_EMPTY", "2026-11-01T00:00:00Z")], CoverageReason::NoRecentCheck),
    ] {
        assert_eq!(of(&findings), want, "{findings:?}");
    }
    assert_eq!(reason_of(&member, &summarize(&[]), true), CoverageReason::ChecksNotRead);
}

#[test]
fn unlisted_members_are_judged_by_evidence_alone() {
    let unlisted = facts(RegionFacts::new(Some("us-east-1".to_owned())));
    assert_eq!(reason_of(&unlisted, &summarize(&[]), false), CoverageReason::MembersNotListed);
    let fresh = summarize(&[check(ComplianceStatus::Passed, "", NOW)]);
    assert_eq!(reason_of(&unlisted, &fresh, false), CoverageReason::ChecksSeen);
}

#[test]
fn evidence_applies_to_its_own_region_only() {
    let mut second = region(&[("111100000001", "Enabled")]);
    second.region = Some("eu-west-1".to_owned());
    let facts = CoverageFacts::new(vec![region(&[("111100000001", "Enabled")]), second]);
    let checks = summarize(&[check(ComplianceStatus::Passed, "", NOW)]);
    let both = judge(
        account(),
        &facts,
        &Evidence { checks: checks.clone(), failed: false },
        &AcceptedGaps::default(),
        at(NOW),
    );
    assert_eq!(both.iter().map(|c| c.verdict).collect::<Vec<_>>(), [Verdict::Covered, Verdict::Unknown]);
}

#[test]
fn accepted_gap_reopens_after_its_last_day() {
    let facts = facts(region(&[]));
    let gap = |until: &str| AcceptedGaps::new(vec![AcceptedGap::new(account(), "closing", until.parse().unwrap())]);
    let nothing = ChecksByRegion::default();
    let of = |accepted: &AcceptedGaps| {
        judge(account(), &facts, &Evidence { checks: nothing.clone(), failed: false }, accepted, at(NOW)).remove(0)
    };
    let accepted = of(&gap("2026-11-23"));
    assert!(accepted.is_gap() && !accepted.is_open_gap() && accepted.verdict == Verdict::NotCovered);
    assert!(of(&gap("2026-11-22")).is_open_gap());
}

#[test]
fn worst_verdict_is_greatest() {
    use Verdict::{Covered, Degraded, NotChecked, NotCovered, Unknown};
    let mut verdicts = [NotCovered, Unknown, Degraded, NotChecked, Covered];
    verdicts.sort_unstable();
    assert_eq!(verdicts, [Covered, NotChecked, Degraded, Unknown, NotCovered]);
}
