//! Projects that are absent and return, and runs that are told again.

use std::sync::Arc;

use crate::history::{HistoryQuery, ProjectHistory};
use crate::memory::{MemoryLedger, MemoryRegistry};
use crate::pipeline::run::tests::{World, project, settings};
use crate::pipeline::{Pipeline, RunOutcome, RunStatus};
use crate::registry::{Project, Registry, RegistryProblem};
use crate::testing::Faulty;
use crate::{ErrorKind, HistoryReader};

fn a_and_b() -> Vec<Project> {
    vec![project("a", &[1], &["x@example.com"]), project("b", &[2], &["y@example.com"])]
}

fn registry(projects: Vec<Project>) -> Arc<MemoryRegistry> {
    Arc::new(MemoryRegistry::new(projects))
}

async fn history_of(world: &World, name: &str) -> ProjectHistory {
    world.history.project(&HistoryQuery::new(name)).await.unwrap()
}

#[tokio::test]
async fn absent_project_is_listed_each_time_and_keeps_its_issues_open() {
    let mut world = World::new(a_and_b());
    world.see(&[(1, "one"), (2, "two"), (2, "three")]).run("r1").await;
    let before = history_of(&world, "b").await;
    world.parts.registry = registry(a_and_b()[..1].to_vec());
    for run in ["r2", "r3"] {
        let summary = world.run(run).await;
        assert_eq!((summary.status, summary.exit_code()), (RunStatus::Ok, 0));
        let told: Vec<_> = summary.departed.iter().map(|d| (d.project.as_str(), d.issues)).collect();
        assert_eq!(told, [("b", 2)]);
        assert_eq!(history_of(&world, "b").await, before, "nothing of it is written");
    }
    world.parts.registry = registry(a_and_b());
    let back = world.see(&[(1, "one"), (2, "two")]).run("r4").await;
    let changes = back.projects[1].changes;
    assert_eq!((changes.open, changes.new, changes.reopened, changes.resolved), (1, 0, 0, 1));
    assert!(back.departed.is_empty());
    // projects are told in no particular order
    let last = world.notifier.sent().into_iter().rfind(|n| n.project == "b").unwrap();
    assert_eq!((last.project.as_str(), last.previous.unwrap().run_id.as_str()), ("b", "r1"), "what people saw last");
}

#[tokio::test]
async fn project_without_open_issues_is_not_listed() {
    let mut world = World::new(a_and_b());
    world.see(&[(1, "one")]).run("r1").await;
    world.parts.registry = registry(a_and_b()[..1].to_vec());
    assert!(world.run("r2").await.departed.is_empty());
}

#[tokio::test]
async fn registries_in_turn_keep_the_issues_of_both() {
    let mut world = World::new(a_and_b());
    world.see(&[(1, "one"), (2, "two")]);
    for week in 0..3 {
        for (project, run) in [(0, "a"), (1, "b")] {
            world.parts.registry = registry(vec![a_and_b().remove(project)]);
            let changes = world.run(&format!("{week}-{run}")).await.projects[0].changes;
            let want = if week == 0 { (1, 0) } else { (0, 1) };
            assert_eq!((changes.new, changes.open), want);
            assert_eq!((changes.reopened, changes.resolved), (0, 0));
        }
        for name in ["a", "b"] {
            assert!(history_of(&world, name).await.issues[0].is_open(), "{name} in week {week}");
        }
    }
}

#[tokio::test]
async fn run_warns_if_more_than_a_tenth_is_missing() {
    let all: Vec<Project> = (0..20).map(|n| project(&format!("p{n:02}"), &[n], &["x@example.com"])).collect();
    let mut world = World::new(all.clone());
    assert_eq!(world.run("r0").await.registry_warning, None);
    for (kept, missing) in [(20, None), (18, None), (17, Some(3)), (1, Some(19))] {
        world.parts.registry = registry(all[..kept].to_vec());
        let summary = world.run(&format!("r{kept}")).await;
        assert_eq!(summary.exit_code(), 0);
        let warning = summary.registry_warning;
        assert_eq!(warning.as_ref().map(|w| (w.known, w.missing)), missing.map(|missing| (20, missing)), "{kept}");
        assert!(warning.is_none_or(|w| w.message.starts_with(&format!("{} of 20 projects", 20 - kept))));
    }
}

#[tokio::test]
async fn history_that_does_not_answer_does_not_stop_the_run() {
    for call in [0, 1] {
        let mut world = World::new(a_and_b());
        world.see(&[(1, "one"), (2, "two")]).run("r1").await;
        world.parts.registry = registry(a_and_b()[..1].to_vec());
        let reader = Faulty::new(world.history.clone()).failing(call, ErrorKind::Unavailable);
        world.parts.history_reader = Arc::new(reader);
        let summary = world.run("r2").await;
        assert_eq!((summary.exit_code(), summary.projects[0].changes.open), (0, 1), "call {call}");
        assert!(summary.departed.is_empty());
    }
}

#[tokio::test]
async fn damaged_registry_changes_nothing_of_a_project() {
    let mut world = World::new(a_and_b());
    world.see(&[(2, "two")]).run("r1").await;
    let mut damaged = Registry { projects: a_and_b()[..1].to_vec(), ..Registry::default() };
    damaged.problems = vec![RegistryProblem::new(3, "the name of the project is missing")];
    world.parts.registry = Arc::new(MemoryRegistry::of(damaged));
    assert_eq!(world.run("r2").await.departed.len(), 1);
    assert!(history_of(&world, "b").await.issues[0].is_open());
}

#[tokio::test]
async fn relink_after_a_shorter_registry_mails_the_complete_report() {
    let mut world = World::new(a_and_b());
    world.see(&[(1, "one"), (2, "two")]).run("r1").await;
    world.parts.registry = registry(a_and_b()[..1].to_vec());
    // another schedule, which has a ledger of its own and shares only the history
    let ledger = std::mem::replace(&mut world.parts.ledger, Arc::new(MemoryLedger::new()));
    assert_eq!(world.run("r1").await.departed.len(), 1);
    (world.parts.registry, world.parts.ledger) = (registry(a_and_b()), ledger);
    let mut settings = settings("r1");
    settings.clock = world.clock();
    let summary = Pipeline::new(world.parts.clone(), settings).relink(Some("b")).await.unwrap();
    assert_eq!((summary.exit_code(), summary.projects.len()), (0, 1));
    let sent = world.notifier.sent().pop().unwrap();
    assert!(sent.project == "b" && sent.is_complete() && sent.changes.new == 1, "{sent:?}");
}

#[tokio::test]
async fn superseded_run_changes_only_its_own_numbers() {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    world.at("2026-11-02T00:00:00Z").see(&[(1, "one")]).run("r1").await;
    world.at("2026-11-09T00:00:00Z").see(&[(1, "one"), (1, "two")]).run("r2").await;
    let before = world.history.project(&HistoryQuery::new("a")).await.unwrap();
    world.at("2026-11-16T00:00:00Z").see(&[(1, "two"), (1, "three")]);
    let mut again = settings("r1");
    (again.redo, again.clock) = (Some(crate::ledger::Redo::All), world.clock());
    let RunOutcome::Done(summary) = world.start(again).await else { panic!("it is forced") };
    let changes = summary.projects[0].changes;
    assert_eq!((changes.new, changes.open, changes.resolved), (1, 1, 1), "against the last report, not its own");
    let after = world.history.project(&HistoryQuery::new("a")).await.unwrap();
    assert_eq!((&after.issues, &after.runs[1]), (&before.issues, &before.runs[1]), "later runs saw more");
    let (was, is) = (&before.runs[0], &after.runs[0]);
    assert_eq!((was.counts.total(), is.counts.total()), (1, 2), "the numbers of the report that readers have");
    assert_eq!((is.at, is.changes, &is.run_id), (was.at, was.changes, &was.run_id));
    let before = after;
    // the last run may be done again, and takes its own place
    let mut again = settings("r2");
    (again.redo, again.clock) = (Some(crate::ledger::Redo::All), world.clock());
    world.start(again).await;
    let after = world.history.project(&HistoryQuery::new("a")).await.unwrap();
    assert_eq!(after.runs.iter().map(|r| r.run_id.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    assert_eq!(after.runs[0], before.runs[0]);
}
