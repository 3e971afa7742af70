//! An empty answer is believed only where somebody looks.

use super::*;
use crate::coverage::{
    AcceptedGap, AcceptedGaps, CoverageFacts, CoverageReason, CoverageRequest, Hub, MemberStatus, RegionFacts, Verdict,
};
use crate::memory::MemoryCoverage;
use crate::pipeline::UnownedPolicy;
use crate::{ComplianceStatus, Severity, WorkflowStatus};

/// A check that passed in this account yesterday.
pub(super) fn passed(n: u64) -> Finding {
    let mut finding = Finding::new(account(n), format!("passed/{n}"));
    finding.product_arn = "arn:aws:securityhub:test::product/aws/securityhub".into();
    finding.region = Some("test".into());
    finding.compliance = Some(ComplianceStatus::Passed);
    finding.workflow = WorkflowStatus::Resolved;
    finding.updated_at = "2026-11-22T00:00:00Z".parse().ok();
    finding
}

pub(super) fn failed(n: u64, id: &str) -> Finding {
    let mut finding = passed(n);
    (finding.id, finding.compliance) = (id.into(), Some(ComplianceStatus::Failed));
    (finding.workflow, finding.severity) = (WorkflowStatus::New, Severity::High);
    finding
}

pub(super) fn members(of: &[(u64, MemberStatus)]) -> CoverageFacts {
    let region = RegionFacts::new(Some("test".to_owned())).with_hub(Hub::On).with_administrator(account(9));
    CoverageFacts::new(vec![region.with_members(of.iter().map(|(n, status)| (account(*n), status.clone())))])
}

fn world(projects: Vec<Project>, facts: CoverageFacts, findings: Vec<Finding>) -> (World, Arc<MemoryStore>) {
    let (mut world, store) = (World::new(projects), Arc::new(MemoryStore::new()));
    world.parts.coverage = Some(Arc::new(MemoryCoverage::new(facts)));
    world.parts.sweep = sweep(MemorySource::new(findings));
    world.parts.store = store.clone();
    (world, store)
}

#[tokio::test]
async fn project_with_uncovered_account_is_not_clean() {
    let projects = vec![
        project("proven", &[1], &["a@example.com"]),
        project("stranger", &[2], &["b@example.com"]),
        project("silent", &[1, 3], &["c@example.com"]),
        project("administrator", &[9], &["d@example.com"]),
    ];
    let facts = members(&[(1, MemberStatus::Enabled), (3, MemberStatus::Enabled)]);
    let (world, _) = world(projects, facts, vec![passed(1), passed(9)]);
    let summary = world.run("r1").await;
    let statuses = statuses(&summary);
    assert_eq!(statuses["proven"], ProjectStatus::Ok, "{:?}", summary.projects[0].errors);
    assert_eq!(statuses["administrator"], ProjectStatus::Ok);
    assert_eq!(statuses["stranger"], ProjectStatus::Incomplete);
    assert_eq!(statuses["silent"], ProjectStatus::Incomplete);
    let errors = &summary.projects[1].errors;
    assert_eq!((errors.len(), errors[0].step, errors[0].account), (1, Step::Coverage, Some(account(2))));
    assert!(errors[0].message.contains("not a member"), "{}", errors[0].message);
    let silent: Vec<Verdict> = summary.projects[2].coverage.iter().map(|a| a.verdict).collect();
    assert_eq!(silent, [Verdict::Covered, Verdict::Unknown]);
    assert_eq!(summary.exit_code(), 3);
}

#[tokio::test]
async fn uncovered_account_resolves_no_issue() {
    let facts = members(&[(1, MemberStatus::Enabled)]);
    let (mut world, _) = world(vec![project("a", &[1], &["a@example.com"])], facts, vec![failed(1, "one")]);
    assert_eq!(world.run("r1").await.projects[0].status, ProjectStatus::Ok);
    world.parts.coverage = Some(Arc::new(MemoryCoverage::new(members(&[(1, MemberStatus::Resigned)]))));
    world.parts.sweep = sweep(MemorySource::default());
    let left = world.run("r2").await;
    assert_eq!((left.projects[0].changes.resolved, left.projects[0].status), (0, ProjectStatus::Incomplete));
    world.parts.coverage = Some(Arc::new(MemoryCoverage::new(members(&[(1, MemberStatus::Enabled)]))));
    world.parts.sweep = sweep(MemorySource::new(vec![passed(1)]));
    assert_eq!(world.run("r3").await.projects[0].changes.resolved, 1);
}

#[tokio::test]
async fn accepted_gap_keeps_run_ok_and_resolves_nothing() {
    let facts = members(&[(1, MemberStatus::Enabled)]);
    let (mut world, _) = world(vec![project("a", &[1], &["a@example.com"])], facts, vec![failed(1, "one")]);
    world.run("r1").await;
    world.parts.coverage = Some(Arc::new(MemoryCoverage::new(members(&[]))));
    world.parts.sweep = sweep(MemorySource::default());
    let mut accepting = settings("r2");
    let gap = |until: &str| AcceptedGap::new(account(1), "closing", until.parse().unwrap());
    accepting.accepted_gaps = Arc::new(AcceptedGaps::new(vec![gap("2026-11-23")]));
    let RunOutcome::Done(summary) = world.start(accepting).await else { panic!() };
    let project = &summary.projects[0];
    assert_eq!((project.status, summary.exit_code(), project.changes.resolved), (ProjectStatus::Ok, 0, 0));
    let region = &project.coverage[0].regions[0];
    assert_eq!(
        (region.reason, region.accepted.as_ref().unwrap().reason.as_str()),
        (CoverageReason::NotMember, "closing")
    );
    let mut late = settings("r3");
    late.accepted_gaps = Arc::new(AcceptedGaps::new(vec![gap("2026-11-22")]));
    let RunOutcome::Done(summary) = world.start(late).await else { panic!() };
    assert_eq!(summary.exit_code(), 3);
    assert!(summary.projects[0].errors[0].message.contains("until 2026-11-22"), "{:?}", summary.projects[0].errors);
}

#[tokio::test]
async fn unowned_members_are_listed_with_open_findings() {
    let facts = members(&[(1, MemberStatus::Enabled), (5, MemberStatus::Enabled), (6, MemberStatus::Invited)]);
    let findings = vec![passed(1), failed(5, "x"), failed(5, "y"), failed(9, "z")];
    let projects = vec![project("a", &[1, 7], &["a@example.com"]), project("b", &[1], &["b@example.com"])];
    let (world, _) = world(projects, facts, findings);
    let counting = Settings { unowned: UnownedPolicy::Count, ..settings("r1") };
    let RunOutcome::Done(summary) = world.start(counting).await else { panic!() };
    let ownership = summary.ownership.unwrap();
    let unowned: Vec<_> = ownership.unowned.iter().map(|u| (u.account, u.open.unwrap().high)).collect();
    assert_eq!(unowned, [(account(5), 2), (account(9), 1)]);
    assert_eq!(ownership.unknown, [account(7)]);
    assert_eq!((ownership.shared[0].account, ownership.shared[0].projects.len()), (account(1), 2));
}

#[tokio::test]
async fn unowned_members_cost_no_call_unless_they_are_counted() {
    for (policy, names, calls) in
        [(UnownedPolicy::Skip, 0, 1), (UnownedPolicy::Names, 61, 1), (UnownedPolicy::Count, 61, 5)]
    {
        let of_all: Vec<_> = (1..=60).map(|n| (100 + n, MemberStatus::Enabled)).collect();
        let of_all: Vec<_> = of_all.into_iter().chain([(1, MemberStatus::Enabled)]).collect();
        let (mut world, _) = world(vec![project("pilot", &[1], &["a@example.com"])], members(&of_all), Vec::new());
        // without a follow-up, calls are those for findings alone
        let everybody = (1..200).map(passed).chain((1..200).map(|n| failed(n, "x"))).collect();
        world.parts.sweep = sweep(MemorySource::new(everybody));
        let policy_settings = Settings { unowned: policy, ..settings("r1") };
        let RunOutcome::Done(summary) = world.start(policy_settings).await else { panic!() };
        let unowned = summary.ownership.map(|ownership| ownership.unowned).unwrap_or_default();
        let counted = unowned.iter().filter(|account| account.open.is_some()).count();
        assert_eq!((unowned.len(), counted > 0), (names, policy == UnownedPolicy::Count), "{policy:?}");
        let fetching = summary.api.get_findings.calls - summary.api.get_findings.evidence;
        assert!(fetching <= calls, "{policy:?}: {fetching}");
    }
}

#[tokio::test]
async fn failed_coverage_check_leaves_only_evidence() {
    #[derive(Debug)]
    struct Broken;
    #[async_trait::async_trait]
    impl CoverageSource for Broken {
        async fn check(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
            Err(Error::new(ErrorKind::Unavailable, "look").with_message("no answer"))
        }
    }
    let projects = vec![project("a", &[1], &["a@example.com"]), project("b", &[2], &["b@example.com"])];
    let (mut world, _) = world(projects, members(&[]), vec![passed(1)]);
    world.parts.coverage = Some(Arc::new(Broken));
    let summary = world.run("r1").await;
    assert_eq!((statuses(&summary)["a"], statuses(&summary)["b"]), (ProjectStatus::Ok, ProjectStatus::Incomplete));
    assert_eq!(summary.projects[1].coverage[0].regions[0].reason, CoverageReason::MembersNotListed);
    assert!(summary.coverage.unwrap().notes[0].contains("no answer"));
}

#[tokio::test]
async fn manifest_has_query_and_balanced_counts() {
    let facts = members(&[(1, MemberStatus::Enabled), (5, MemberStatus::Enabled)]);
    let copy = failed(1, "one");
    let findings = vec![failed(1, "one"), copy, failed(1, "two"), failed(5, "nobody's")];
    let (world, store) = world(vec![project("a", &[1], &["a@example.com"])], facts, findings);
    let counting = Settings { unowned: UnownedPolicy::Count, ..settings("r1") };
    let RunOutcome::Done(summary) = world.start(counting).await else { panic!() };
    let artifacts = store.artifacts();
    let manifest = artifacts.iter().find(|a| a.key.as_str() == "runs/r1/manifest.json").unwrap();
    let json: serde_json::Value = serde_json::from_slice(&manifest.body).unwrap();
    assert_eq!(json["reconciliation"]["fetched"], 4);
    assert_eq!(json["reconciliation"]["kept"], 3);
    assert_eq!(json["reconciliation"]["duplicates"], 1);
    assert_eq!(json["reconciliation"]["balanced"], true);
    assert_eq!(json["accounts"][0]["findings"], 2);
    assert_eq!(json["projects"][0]["reports"][0]["sha256"], summary.projects[0].report.as_ref().unwrap().sha256);
    assert_eq!(json["query"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["coverage"]["regions"][0]["hub"], "on");
    assert!(summary.manifest.clone().unwrap().location.ends_with("runs/r1/manifest.json"));
    let whole = artifacts.iter().find(|a| a.key.as_str() == "runs/r1/summary.json").unwrap();
    let location = summary.summary_location.clone();
    assert!(location.is_some_and(|location| location.ends_with("runs/r1/summary.json")));
    let alone = Summary { summary_location: None, ..*summary };
    assert_eq!(&*whole.body, serde_json::to_vec(&alone).unwrap());
}

#[tokio::test]
async fn where_checks_cannot_be_made_nothing_just_vanishes() {
    let facts = members(&[(1, MemberStatus::Enabled)]);
    let (mut world, _) = world(vec![project("a", &[1], &["a@example.com"])], facts, vec![failed(1, "one")]);
    world.run("r1").await;
    let mut impaired = failed(1, "two");
    impaired.compliance = Some(ComplianceStatus::NotAvailable);
    impaired.compliance_reasons = vec!["CONFIG_RULE_NOT_FOUND".into()];
    world.parts.sweep = sweep(MemorySource::new(vec![impaired.clone()]));
    let summary = world.run("r2").await;
    let project = &summary.projects[0];
    assert_eq!((project.status, project.changes.resolved), (ProjectStatus::Ok, 0), "the recorder may just be off");
    assert_eq!(project.coverage[0].verdict, Verdict::Degraded);
    world.parts.sweep = sweep(MemorySource::new(vec![impaired, passed(1)]));
    assert_eq!(world.run("r3").await.projects[0].changes.resolved, 0, "nor does another check prove it");
}

#[tokio::test]
async fn gap_in_one_region_does_not_affect_others() {
    let region = |name: &str| RegionFacts::new(Some(name.to_owned())).with_hub(Hub::On);
    let member = [(account(1), MemberStatus::Enabled)];
    let mut facts =
        CoverageFacts::new(vec![region("test").with_members(member.clone()), region("far").with_members([])]);
    facts.regions[1].linked_to = Some("test".to_owned());
    let mut far = failed(1, "far");
    far.region = Some("far".into());
    let all_members = {
        let mut facts = facts.clone();
        facts.regions[1].members = Some(member.into());
        facts
    };
    let (mut world, _) = world(vec![project("a", &[1], &["a@example.com"])], all_members, vec![failed(1, "near"), far]);
    world.run("r1").await;
    world.parts.coverage = Some(Arc::new(MemoryCoverage::new(facts)));
    world.parts.sweep = sweep(MemorySource::new(vec![passed(1)]));
    let project = world.run("r2").await.projects.remove(0);
    assert_eq!(project.changes.resolved, 1, "near is gone, far nobody knows");
    assert_eq!(project.status, ProjectStatus::Incomplete);
}

#[tokio::test]
async fn unchecked_region_leaves_projects_unproven() {
    let mut facts = members(&[(1, MemberStatus::Enabled)]);
    facts.other_regions = true;
    let (world, _) = world(vec![project("a", &[1], &["a@example.com"])], facts, vec![passed(1)]);
    let summary = world.run("r1").await;
    assert_eq!(summary.status, RunStatus::Ok);
    let told = &world.notifier.sent()[0];
    assert_eq!(
        (told.certainty.verdict, told.certainty.other_regions, &*told.certainty.regions),
        (Verdict::NotChecked, true, &["test".to_owned()][..])
    );
}

#[tokio::test(start_paused = true)]
async fn hanging_coverage_check_does_not_delay_stop() {
    #[derive(Debug)]
    struct Hanging;
    #[async_trait::async_trait]
    impl CoverageSource for Hanging {
        async fn check(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
            std::future::pending().await
        }
    }
    let (mut world, _) = world(vec![project("a", &[1], &["a@example.com"])], members(&[]), vec![passed(1)]);
    world.parts.coverage = Some(Arc::new(Hanging));
    let stopping = settings("r1");
    let cancel = stopping.cancel.clone();
    let stop = async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(world.start(stopping), stop);
    let RunOutcome::Done(summary) = outcome else { panic!("{outcome:?}") };
    assert_eq!((summary.projects[0].status, world.notifier.sent().len()), (ProjectStatus::Skipped, 0));
}
