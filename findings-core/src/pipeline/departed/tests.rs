//! Projects that leave and return, and runs that are told again.

use std::sync::Arc;

use crate::HistoryReader;
use crate::history::HistoryQuery;
use crate::memory::MemoryRegistry;
use crate::pipeline::run::tests::{World, project, settings};
use crate::pipeline::{RunOutcome, RunStatus};
use crate::registry::{Registry, RegistryProblem};

fn a_and_b() -> Vec<crate::registry::Project> {
    vec![project("a", &[1], &["x@example.com"]), project("b", &[2], &["y@example.com"])]
}

#[tokio::test]
async fn departed_project_is_reported_once_and_returns_with_open_issues() {
    let mut world = World::new(a_and_b());
    world.see(&[(1, "one"), (2, "two"), (2, "three")]).run("r1").await;
    world.parts.registry = Arc::new(MemoryRegistry::new(a_and_b()[..1].to_vec()));
    let summary = world.run("r2").await;
    assert_eq!((summary.status, summary.exit_code()), (RunStatus::Ok, 0));
    let told: Vec<_> = summary.departed.iter().map(|d| (d.project.as_str(), d.issues)).collect();
    assert_eq!(told, [("b", 2)]);
    assert!(world.run("r3").await.departed.is_empty());
    world.parts.registry = Arc::new(MemoryRegistry::new(a_and_b()));
    let back = world.see(&[(1, "one"), (2, "two")]).run("r4").await;
    let changes = back.projects[1].changes;
    assert_eq!((changes.open, changes.new, changes.reopened, changes.resolved), (1, 0, 0, 1));
    // projects are told in no particular order
    let last = world.notifier.sent().into_iter().rfind(|n| n.project == "b").unwrap();
    assert_eq!((last.project.as_str(), last.previous.unwrap().run_id.as_str()), ("b", "r1"), "what people saw last");
}

#[tokio::test]
async fn damaged_registry_closes_no_project() {
    let mut world = World::new(a_and_b());
    world.see(&[(2, "two")]).run("r1").await;
    let mut damaged = Registry { projects: a_and_b()[..1].to_vec(), ..Registry::default() };
    damaged.problems = vec![RegistryProblem::new(3, "the name of the project is missing")];
    world.parts.registry = Arc::new(MemoryRegistry::of(damaged));
    assert!(world.run("r2").await.departed.is_empty());
    assert!(world.history.project(&HistoryQuery::new("b")).await.unwrap().issues[0].is_open());
}

#[tokio::test]
async fn superseded_run_leaves_history_unchanged() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    world.at("2026-11-02T00:00:00Z").see(&[(1, "one")]).run("r1").await;
    world.at("2026-11-09T00:00:00Z").see(&[(1, "one"), (1, "two")]).run("r2").await;
    let before = world.history.project(&HistoryQuery::new("a")).await.unwrap();
    world.at("2026-11-16T00:00:00Z").see(&[(1, "two"), (1, "three")]);
    let mut again = settings("r1");
    (again.force, again.clock) = (true, world.clock());
    let RunOutcome::Done(summary) = world.start(again).await else { panic!("it is forced") };
    let changes = summary.projects[0].changes;
    assert_eq!((changes.new, changes.open, changes.resolved), (1, 1, 1), "against the last report, not its own");
    assert_eq!(world.history.project(&HistoryQuery::new("a")).await.unwrap(), before);
    // the last run may be done again, and takes its own place
    let mut again = settings("r2");
    (again.force, again.clock) = (true, world.clock());
    world.start(again).await;
    let after = world.history.project(&HistoryQuery::new("a")).await.unwrap();
    assert_eq!(after.runs.iter().map(|r| r.run_id.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    assert_eq!(after.runs[0], before.runs[0]);
}
