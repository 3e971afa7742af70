use std::collections::HashMap;

use crate::history::HistoryQuery;
use crate::memory::MemorySource;
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{RunOutcome, Summary};
use crate::report::Resolution;
use crate::source::FindingsSource;
use crate::testing::Faulty;
use crate::{ComplianceStatus, ErrorKind, Finding, HistoryReader, RecordState, WorkflowStatus};

fn finding(id: &str) -> Finding {
    Finding::new("000000000001".parse().unwrap(), id.to_owned())
}

type Touch = fn(&mut Finding);

/// Ways to go, told by the finding that is no longer selected.
fn gone() -> Vec<(&'static str, Touch, Resolution)> {
    use ComplianceStatus::Passed;
    vec![
        ("passed", |f| (f.compliance, f.workflow) = (Some(Passed), WorkflowStatus::Resolved), Resolution::Passed),
        ("archived", |f| f.record_state = RecordState::Archived, Resolution::Archived),
        ("suppressed", |f| f.workflow = WorkflowStatus::Suppressed, Resolution::Suppressed),
        ("marked", |f| f.workflow = WorkflowStatus::Resolved, Resolution::MarkedResolved),
        ("of another account", |f| f.account = "000000000002".parse().unwrap(), Resolution::Gone),
    ]
}

/// The world after a run that saw all of them, and what is there now.
async fn world() -> (World, Vec<Finding>) {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let open: Vec<Finding> = gone().iter().map(|(id, ..)| finding(id)).collect();
    world.parts.sweep = sweep(MemorySource::new(open));
    world.run("r1").await;
    let now = gone().into_iter().map(|(id, touch, _)| {
        let mut finding = finding(id);
        touch(&mut finding);
        finding
    });
    (world, now.collect())
}

async fn reasons(world: &World) -> HashMap<String, Resolution> {
    let issues = world.history.project(&HistoryQuery::new("a")).await.unwrap().issues;
    let reason = |issue: crate::history::IssueRecord| {
        (issue.finding_id.unwrap().to_string(), issue.resolved.unwrap().resolution)
    };
    issues.into_iter().map(reason).collect()
}

#[tokio::test]
async fn missing_issue_is_looked_up_by_id() {
    let (mut world, now) = world().await;
    world.parts.sweep = sweep(MemorySource::new(now));
    let summary = world.run("r2").await;
    assert_eq!(summary.api.get_findings.calls, 2, "one for the account, one for all that are gone");
    let told = reasons(&world).await;
    for (id, _, want) in gone() {
        assert_eq!(told[id], want, "{id}");
    }
}

async fn run_with_lookups(world: &World, lookups: u32) -> Summary {
    let mut settings = settings("r2");
    settings.lookups = lookups;
    match world.start(settings).await {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn missing_issue_is_gone_without_lookup_calls() {
    let (mut world, now) = world().await;
    world.parts.sweep = sweep(MemorySource::new(now));
    let summary = run_with_lookups(&world, 0).await;
    assert_eq!((summary.api.get_findings.calls, summary.projects[0].changes.resolved), (1, 5));
    assert!(reasons(&world).await.values().all(|reason| *reason == Resolution::Gone));
}

#[tokio::test]
async fn failed_lookup_does_not_stop_delivery() {
    let (mut world, now) = world().await;
    world.parts.sweep = sweep(Faulty::new(MemorySource::new(now)).failing(1, ErrorKind::Unavailable));
    let summary = world.run("r2").await;
    let changes = summary.projects[0].changes;
    assert_eq!((summary.exit_code(), changes.closed(), changes.stale), (0, 0, 5), "nothing is known of them");
    let changes = world.run("r3").await.projects[0].changes;
    assert_eq!((changes.closed(), changes.stale), (5, 0), "the next run asks again");
}

/// What the ID of the issue is made of has changed since: the outcome belongs to the issue that was asked for.
#[tokio::test]
async fn outcome_is_filed_under_the_issue_that_was_asked_for() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let mut finding = finding("moved");
    world.parts.sweep = sweep(MemorySource::new(vec![finding.clone()]));
    world.run("r1").await;
    finding.control_id = Some("S3.1".into());
    (finding.compliance, finding.workflow) = (Some(ComplianceStatus::Passed), WorkflowStatus::Resolved);
    world.parts.sweep = sweep(MemorySource::new(vec![finding]));
    world.run("r2").await;
    assert_eq!(reasons(&world).await["moved"], Resolution::Passed);
}

/// Two products report different problems with one ID, and the list lacks both.
#[tokio::test]
async fn findings_of_two_products_with_one_id_are_both_found() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let of_product = |product: &str| {
        let mut finding = finding("hidden");
        (finding.product_arn, finding.title) = (product.into(), product.into());
        finding
    };
    let both = || MemorySource::new(vec![of_product("one"), of_product("two")]);
    world.parts.sweep = sweep(both());
    assert_eq!(world.run("r1").await.projects[0].changes.new, 2);
    world.parts.sweep = sweep(WithGap(both()));
    let project = world.run("r2").await.projects.remove(0);
    assert_eq!((project.findings, project.changes.open, project.changes.closed()), (2, 2, 0));
}

/// The finding of one issue is fetched, and that of another issue with the same ID is not: it alone is added.
#[tokio::test]
async fn fetched_finding_is_not_added_again() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let (mut hidden, mut seen) = (finding("hidden"), finding("hidden"));
    (hidden.product_arn, hidden.title) = ("one".into(), "one".into());
    (seen.product_arn, seen.title) = ("two".into(), "two".into());
    world.parts.sweep = sweep(MemorySource::new(vec![hidden.clone(), seen.clone()]));
    world.run("r1").await;
    world.parts.sweep = sweep(WithoutFirst(MemorySource::new(vec![hidden, seen])));
    let project = world.run("r2").await.projects.remove(0);
    assert_eq!((project.findings, project.changes.open, project.changes.closed()), (2, 2, 0));
}

/// Leaves out the first finding of each list.
#[derive(Debug)]
struct WithoutFirst(MemorySource);

#[async_trait::async_trait]
impl FindingsSource for WithoutFirst {
    async fn page(&self, request: &crate::source::PageRequest) -> crate::Result<crate::source::Page> {
        let mut page = self.0.page(request).await?;
        if request.query.selection.ids.is_empty() {
            page.findings.remove(0);
        }
        Ok(page)
    }
}

/// The check passes because nothing was evaluated: this shows nothing about the issue, and its finding is not gone.
#[tokio::test]
async fn finding_that_shows_nothing_stays_open() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let mut finding = finding("empty");
    world.parts.sweep = sweep(MemorySource::new(vec![finding.clone()]));
    world.run("r1").await;
    (finding.compliance, finding.workflow) = (Some(ComplianceStatus::Passed), WorkflowStatus::Resolved);
    finding.compliance_reasons = vec!["CONFIG_EVALUATIONS_EMPTY".into()];
    world.parts.sweep = sweep(MemorySource::new(vec![finding]));
    let changes = world.run("r2").await.projects[0].changes;
    assert_eq!((changes.stale, changes.resolved), (1, 0));
}

/// Leaves out a finding that is there, as a page that moved under the reader does.
#[derive(Debug)]
struct WithGap(MemorySource);

#[async_trait::async_trait]
impl FindingsSource for WithGap {
    async fn page(&self, request: &crate::source::PageRequest) -> crate::Result<crate::source::Page> {
        let mut page = self.0.page(request).await?;
        if request.query.selection.ids.is_empty() {
            page.findings.retain(|f| &*f.id != "hidden");
        }
        Ok(page)
    }
}

#[tokio::test]
async fn finding_that_a_page_lacked_is_in_the_report() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let both = || MemorySource::new(vec![finding("hidden"), finding("seen")]);
    world.parts.sweep = sweep(both());
    world.run("r1").await;
    world.parts.sweep = sweep(WithGap(both()));
    let summary = world.run("r2").await;
    let project = &summary.projects[0];
    assert_eq!((project.findings, project.changes.open, project.changes.resolved), (2, 2, 0), "it is in the report");
    assert!(summary.errors.is_empty() && project.certainty.as_ref().unwrap().stale.total() == 0);
    world.parts.sweep = sweep(both());
    let changes = world.run("r3").await.projects[0].changes;
    assert_eq!((changes.open, changes.reopened, changes.new), (2, 0, 0));
}
