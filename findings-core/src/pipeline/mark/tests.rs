use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::history::HistoryQuery;
use crate::memory::MemorySource;
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{Pipeline, RunOutcome, Step, Summary};
use crate::source::{FindingsSource, Page, PageRequest};
use crate::workflow::{UnprocessedFinding, UpdateFindings, UpdateResult, WorkflowSink};
use crate::{ComplianceStatus, Error, ErrorKind, Finding, HistoryReader, RecordState, Result, WorkflowStatus};

/// Keeps what it was asked for.
#[derive(Debug, Default)]
struct Asked {
    ids: Mutex<Vec<String>>,
    denied: bool,
}

#[async_trait]
impl WorkflowSink for Asked {
    async fn update(&self, request: &UpdateFindings) -> Result<UpdateResult> {
        if self.denied {
            return Err(Error::new(ErrorKind::PermissionDenied, "set findings"));
        }
        self.ids.lock().unwrap().extend(request.findings.iter().map(|f| f.id.to_string()));
        let refused = request.findings.iter().filter(|f| &*f.id == "refused");
        let refused: Vec<_> = refused.map(|f| UnprocessedFinding::new(f.id.clone(), "FindingNotFound")).collect();
        Ok(UpdateResult::new((request.findings.len() - refused.len()) as u64, refused))
    }
}

fn world() -> World {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"]), project("b", &[2], &["y@example.com"])]);
    let finding = |account: u32, id: &str, workflow| {
        let mut finding = Finding::new(format!("{account:012}").parse().unwrap(), id.to_owned());
        finding.workflow = workflow;
        finding
    };
    world.parts.sweep = sweep(MemorySource::new(vec![
        finding(1, "new", WorkflowStatus::New),
        finding(1, "refused", WorkflowStatus::New),
        finding(1, "told before", WorkflowStatus::Notified),
        finding(2, "of b", WorkflowStatus::New),
    ]));
    world
}

async fn run(world: &World, sink: Arc<Asked>) -> Summary {
    match Pipeline::new(world.parts.clone(), settings("r1")).with_workflow(sink).run().await.unwrap() {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_delivered_findings_become_notified() {
    let world = world();
    world.notifier.fail_for(&"y@example.com".parse().unwrap(), ErrorKind::InvalidInput);
    let sink = Arc::new(Asked::default());
    let summary = run(&world, sink.clone()).await;
    let mut asked = sink.ids.lock().unwrap().clone();
    asked.sort();
    assert_eq!(asked, ["new", "refused"], "b was told nothing");
    let marked = summary.projects[0].marked.unwrap();
    assert_eq!((marked.accepted, marked.refused, summary.projects[1].marked), (1, 1, None));
    let issues = world.history.project(&HistoryQuery::new("a")).await.unwrap().issues;
    let status = |id: &str| issues.iter().find(|i| i.finding_id.as_deref() == Some(id)).unwrap().workflow;
    assert_eq!(["new", "refused"].map(status), [WorkflowStatus::Notified, WorkflowStatus::New]);
}

#[tokio::test]
async fn missing_workflow_permission_is_reported_and_report_delivered() {
    let world = world();
    let summary = run(&world, Arc::new(Asked { denied: true, ..Asked::default() })).await;
    assert_eq!((summary.projects[0].errors[0].step, summary.exit_code()), (Step::Workflow, 1));
    assert_eq!(world.history.project(&HistoryQuery::new("a")).await.unwrap().issues.len(), 3);
}

/// Answers queries by ID from other findings than queries for accounts: what happened between fetch and mark.
#[derive(Debug)]
struct Changing {
    fetched: MemorySource,
    now: Option<MemorySource>,
}

#[async_trait]
impl FindingsSource for Changing {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        match (&self.now, request.query.selection.ids.is_empty()) {
            (_, true) => self.fetched.page(request).await,
            (Some(now), _) => now.page(request).await,
            (None, _) => Err(Error::new(ErrorKind::Malformed, "fetch findings")),
        }
    }
}

fn finding(id: &str) -> Finding {
    let mut finding = Finding::new("000000000001".parse().unwrap(), id.to_owned());
    finding.workflow = WorkflowStatus::New;
    finding
}

fn changing(fetched: Vec<Finding>, now: Option<Vec<Finding>>) -> World {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    world.parts.sweep = sweep(Changing { fetched: MemorySource::new(fetched), now: now.map(MemorySource::new) });
    world
}

#[tokio::test]
async fn what_changed_between_fetch_and_mark_is_left_alone() {
    let ids = ["new", "suppressed", "passed", "archived", "gone"];
    let (mut suppressed, mut passed, mut archived) = (finding(ids[1]), finding(ids[2]), finding(ids[3]));
    suppressed.workflow = WorkflowStatus::Suppressed;
    passed.compliance = Some(ComplianceStatus::Passed);
    archived.record_state = RecordState::Archived;
    let world = changing(ids.map(finding).to_vec(), Some(vec![finding("new"), suppressed, passed, archived]));
    let sink = Arc::new(Asked::default());
    let summary = run(&world, sink.clone()).await;
    assert_eq!(*sink.ids.lock().unwrap(), ["new"]);
    let marked = summary.projects[0].marked.unwrap();
    assert_eq!((marked.accepted, marked.refused, marked.changed), (1, 0, 4));
    assert_eq!(summary.exit_code(), 0);
    let issues = world.history.project(&HistoryQuery::new("a")).await.unwrap().issues;
    let notified: Vec<_> = issues.iter().filter(|i| i.workflow == WorkflowStatus::Notified).collect();
    assert_eq!((notified.len(), notified[0].finding_id.as_deref()), (1, Some("new")));
}

#[tokio::test]
async fn what_could_not_be_looked_at_is_not_marked() {
    let world = changing(vec![finding("new")], None);
    let sink = Arc::new(Asked::default());
    let summary = run(&world, sink.clone()).await;
    assert!(sink.ids.lock().unwrap().is_empty());
    let outcome = &summary.projects[0];
    assert_eq!((outcome.errors[0].step, outcome.errors.len(), outcome.marked), (Step::Workflow, 1, None));
    assert!(outcome.errors[0].message.contains("not looked at again"), "{}", outcome.errors[0].message);
}

/// Refuses the finding of the other product, and says that a Region failed.
#[derive(Debug)]
struct RefusesOther;
#[async_trait]
impl WorkflowSink for RefusesOther {
    async fn update(&self, request: &UpdateFindings) -> Result<UpdateResult> {
        let other = request.findings.iter().find(|f| f.product_arn.contains("other")).unwrap();
        let refused = UnprocessedFinding::new(other.id.clone(), "x").with_product_arn(other.product_arn.clone());
        Ok(UpdateResult::new(1, vec![refused]).with_failure("one Region of two".to_owned()))
    }
}

#[tokio::test]
async fn findings_of_two_products_with_one_id_are_told_apart() {
    let mut other = finding("refused");
    other.product_arn = "arn:aws:securityhub:us-east-1::product/other/other".into();
    let both = vec![finding("refused"), other.clone()];
    let world = changing(both.clone(), Some(both));
    let pipeline = Pipeline::new(world.parts.clone(), settings("r1")).with_workflow(Arc::new(RefusesOther));
    let RunOutcome::Done(summary) = pipeline.run().await.unwrap() else { panic!() };
    let marked = summary.projects[0].marked.unwrap();
    assert_eq!((marked.accepted, marked.refused), (1, 1), "the counts are kept beside the failure");
    assert_eq!(summary.projects[0].errors[0].message, "one Region of two");
    let issues = world.history.project(&HistoryQuery::new("a")).await.unwrap().issues;
    let notified = issues.iter().filter(|issue| issue.workflow == WorkflowStatus::Notified).count();
    assert_eq!((issues.len(), notified), (2, 1));
}
