use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::history::HistoryQuery;
use crate::memory::MemorySource;
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{Pipeline, RunOutcome, Step, Summary};
use crate::workflow::{MarkNotified, MarkResult, UnprocessedFinding, WorkflowSink};
use crate::{Error, ErrorKind, Finding, HistoryReader, Result, WorkflowStatus};

/// Keeps what it was asked for.
#[derive(Debug, Default)]
struct Asked {
    ids: Mutex<Vec<String>>,
    denied: bool,
}

#[async_trait]
impl WorkflowSink for Asked {
    async fn mark_notified(&self, request: &MarkNotified) -> Result<MarkResult> {
        if self.denied {
            return Err(Error::new(ErrorKind::PermissionDenied, "set findings"));
        }
        self.ids.lock().unwrap().extend(request.findings.iter().map(|f| f.id.to_string()));
        let refused = request.findings.iter().filter(|f| &*f.id == "refused");
        let refused: Vec<_> = refused.map(|f| UnprocessedFinding::new(f.id.clone(), "FindingNotFound")).collect();
        Ok(MarkResult::new((request.findings.len() - refused.len()) as u64, refused))
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
