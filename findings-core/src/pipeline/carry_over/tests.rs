//! Projects that go on under another name or spelling.

use std::sync::Arc;

use crate::history::{HistoryQuery, Measures, ProjectHistory, Resolution, Sla};
use crate::memory::MemoryRegistry;
use crate::pipeline::run::tests::{World, project, settings};
use crate::pipeline::{CarriedHistory, ProjectStatus, RunOutcome, Settings, Summary, compare_registry};
use crate::registry::{Project, Registry, Rename};
use crate::testing::Faulty;
use crate::{ErrorKind, HistoryReader};

const OLD: &str = "Old";
const NEW: &str = "New";

fn named(name: &str) -> Project {
    project(name, &[1], &["x@example.com"])
}

async fn history_of(world: &World, name: &str) -> ProjectHistory {
    world.history.project(&HistoryQuery::new(name).with_all_runs()).await.unwrap()
}

/// A world with two weeks of a project, in the second of which "gone" is resolved and "back" was reopened.
async fn two_weeks(name: &str) -> World {
    let mut world = World::new(vec![named(name)]);
    world.at("2026-11-02T00:00:00Z").see(&[(1, "stays"), (1, "back"), (1, "gone")]).run("r1").await;
    world.at("2026-11-05T00:00:00Z").see(&[(1, "stays"), (1, "gone")]).run("r2").await;
    world.at("2026-11-09T00:00:00Z").see(&[(1, "stays"), (1, "back")]).run("r3").await;
    world.at("2026-11-16T00:00:00Z").see(&[(1, "stays"), (1, "fresh")]);
    world
}

fn register(world: &mut World, project: Project) {
    world.parts.registry = Arc::new(MemoryRegistry::new([project]));
}

/// Does a run and checks that it goes on from the two weeks.
async fn check_run(world: &World, settings: Settings) -> Summary {
    let RunOutcome::Done(summary) = world.start(settings).await else { panic!("nobody else works on it") };
    let changes = summary.projects[0].changes;
    assert_eq!((changes.new, changes.open, changes.reopened, changes.resolved), (1, 1, 0, 1));
    *summary
}

fn run_settings(world: &World, run_id: &str) -> Settings {
    let mut settings = settings(run_id);
    settings.clock = world.clock();
    settings
}

/// Checks that everything is under the new name and nothing is open under the old one.
async fn check_carried(world: &World, old: &str, new: &str) {
    let (before, after) = (history_of(world, old).await, history_of(world, new).await);
    let ids = |history: &ProjectHistory| history.runs.iter().map(|r| r.run_id.to_string()).collect::<Vec<_>>();
    assert_eq!(
        (ids(&before), ids(&after)),
        (vec!["r1".into(), "r2".into(), "r3".into()], ["r1", "r2", "r3", "r4"].map(String::from).to_vec())
    );
    assert_eq!(before.runs, after.runs[..3], "runs are copied and repeated as they are");
    let why = before.issues.iter().map(|i| i.resolved.as_ref().map(|r| r.resolution));
    assert_eq!(why.filter(|r| *r == Some(Resolution::Renamed)).count(), 2);
    assert!(before.issues.iter().all(|issue| !issue.is_open()));
    assert_eq!(after.issues.len(), 4);
    assert_eq!(after.issues.iter().filter(|issue| issue.is_open()).count(), 2);
    assert!(after.issues.iter().all(|i| i.resolved.as_ref().is_none_or(|r| r.resolution == Resolution::Gone)));
    for issue in &before.issues {
        let carried = after.issues.iter().find(|i| i.id == issue.id).unwrap();
        assert_eq!(
            (carried.first_seen, carried.reopened, &carried.opened_in),
            (issue.first_seen, issue.reopened, &issue.opened_in)
        );
    }
}

#[tokio::test]
async fn alias_and_rename_and_spelling_carry_the_history_over() {
    let (composed, decomposed) = ("\u{304c} b", "\u{304b}\u{3099}\u{3000}b");
    for (old, new, aliases, renames) in [
        (OLD, NEW, vec![OLD], vec![]),
        (OLD, NEW, vec![], vec![Rename::new(OLD, NEW)]),
        (composed, decomposed, vec![], vec![]),
        (decomposed, composed, vec![], vec![]),
        (composed, NEW, vec![decomposed], vec![]),
    ] {
        let mut world = two_weeks(old).await;
        register(&mut world, named(new).with_aliases(aliases));
        let mut settings = run_settings(&world, "r4");
        settings.renames = renames;
        let summary = check_run(&world, settings).await;
        assert!(summary.departed.is_empty() && summary.registry_warning.is_none());
        assert_eq!(world.notifier.sent().last().unwrap().previous.as_ref().unwrap().run_id.as_str(), "r3");
        check_carried(&world, old, new).await;
        // the next run needs no alias
        register(&mut world, named(new));
        let summary = world.at("2026-11-23T00:00:00Z").run("r5").await;
        assert_eq!((summary.projects[0].changes.open, summary.projects[0].changes.new), (2, 0));
        assert!(summary.departed.is_empty() && summary.registry_warning.is_none());
    }
}

#[tokio::test]
async fn carrying_over_that_is_killed_at_any_call_is_finished_later() {
    // three runs are copied, then this run is written and the old name closed
    for call in 0..5 {
        // by another attempt at the run, or by the run after it
        for then in ["r4", "r5"] {
            let mut world = two_weeks(OLD).await;
            register(&mut world, named(NEW).with_aliases([OLD]));
            let sink = Faulty::new(world.history.clone()).failing(call, ErrorKind::Unavailable);
            world.parts.history_sink = Arc::new(sink);
            let killed = check_run(&world, run_settings(&world, "r4")).await;
            assert_eq!(killed.projects[0].status, ProjectStatus::Failed, "call {call}");
            let told = world.notifier.sent().len();
            if then == "r4" {
                check_run(&world, run_settings(&world, "r4")).await;
                assert_eq!(world.notifier.sent().len(), told, "nobody is told twice");
                check_carried(&world, OLD, NEW).await;
                continue;
            }
            let changes = world.at("2026-11-23T00:00:00Z").run("r5").await.projects[0].changes;
            let want = if call < 4 { (1, 1, 0, 1) } else { (0, 2, 0, 0) };
            assert_eq!((changes.new, changes.open, changes.reopened, changes.resolved), want, "call {call}");
            let (before, after) = (history_of(&world, OLD).await, history_of(&world, NEW).await);
            assert!(before.issues.iter().all(|issue| !issue.is_open()), "call {call}");
            assert_eq!(after.runs[..3], before.runs, "call {call}");
            register(&mut world, named(NEW));
            assert!(world.run("r6").await.departed.is_empty());
        }
    }
}

#[tokio::test]
async fn carrying_over_twice_writes_nothing_more() {
    let mut world = two_weeks(OLD).await;
    register(&mut world, named(NEW).with_aliases([OLD]));
    check_run(&world, run_settings(&world, "r4")).await;
    let before = history_of(&world, OLD).await;
    let sink = Arc::new(Faulty::new(world.history.clone()));
    world.parts.history_sink = sink.clone();
    world.at("2026-11-23T00:00:00Z").run("r5").await;
    assert_eq!((sink.calls(), history_of(&world, OLD).await), (1, before));
}

#[tokio::test]
async fn alias_that_comes_late_merges_what_the_old_name_knows() {
    let mut world = two_weeks(OLD).await;
    register(&mut world, named(NEW));
    assert_eq!(world.run("r4").await.projects[0].changes.new, 2, "nobody said that it was renamed");
    register(&mut world, named(NEW).with_aliases([OLD]));
    world.at("2026-11-23T00:00:00Z").run("r5").await;
    let after = history_of(&world, NEW).await;
    assert_eq!(after.runs.iter().map(|r| r.run_id.as_str()).collect::<Vec<_>>(), ["r1", "r2", "r3", "r4", "r5"]);
    let stays = after.issues.iter().find(|i| i.finding_id.as_deref() == Some("stays")).unwrap();
    assert_eq!(stays.first_seen, after.runs[0].at);
    assert!(history_of(&world, OLD).await.issues.iter().all(|issue| !issue.is_open()));
}

#[tokio::test]
async fn two_spellings_in_turn_share_one_history() {
    let (one, other) = ("a b", "a\u{3000}b");
    let mut world = two_weeks(one).await;
    for (name, run, day) in [(other, "r4", 16), (one, "r5", 17), (other, "r6", 18), (one, "r7", 19)] {
        register(&mut world, named(name));
        world.at(&format!("2026-11-{day}T00:00:00Z"));
        let changes = world.run(run).await.projects[0].changes;
        let want = if run == "r4" { (1, 1, 0, 1) } else { (0, 2, 0, 0) };
        assert_eq!((changes.new, changes.open, changes.reopened, changes.resolved), want, "{run}");
    }
    assert_eq!(history_of(&world, one).await.runs.len(), 7);
}

#[tokio::test]
async fn name_of_another_project_is_no_earlier_name() {
    let mut world = two_weeks(OLD).await;
    let projects = vec![named(NEW).with_aliases([OLD]), project(OLD, &[], &[])];
    let both = Registry { projects, ..Registry::default() };
    world.parts.registry = Arc::new(MemoryRegistry::of(both));
    assert_eq!(world.run("r4").await.projects[0].changes.new, 2);
    assert!(
        history_of(&world, OLD)
            .await
            .issues
            .iter()
            .all(|i| { i.resolved.as_ref().is_none_or(|r| r.resolution != Resolution::Renamed) })
    );
}

#[tokio::test]
async fn preview_names_what_a_run_would_carry_over() {
    let mut world = two_weeks(OLD).await;
    let renamed = || Registry { projects: vec![named(NEW).with_aliases([OLD])], ..Registry::default() };
    let preview = compare_registry(&world.history, &renamed()).await.unwrap();
    assert_eq!(preview.carried, [CarriedHistory { project: NEW.into(), from: vec![OLD.into()] }]);
    assert!(preview.departed.is_empty() && preview.warning.is_none());
    let shorter = Registry { projects: vec![named("other")], ..Registry::default() };
    let preview = compare_registry(&world.history, &shorter).await.unwrap();
    assert_eq!((preview.departed.len(), preview.departed[0].issues, preview.carried.len()), (1, 2, 0));
    assert_eq!(preview.warning.map(|w| (w.known, w.missing)), Some((1, 1)));
    register(&mut world, named(NEW).with_aliases([OLD]));
    check_run(&world, run_settings(&world, "r4")).await;
    assert!(compare_registry(&world.history, &renamed()).await.unwrap().carried.is_empty());
}

#[tokio::test]
async fn measures_of_all_projects_count_a_renamed_one_once() {
    let mut world = two_weeks(OLD).await;
    register(&mut world, named(NEW).with_aliases([OLD]));
    check_run(&world, run_settings(&world, "r4")).await;
    let (old, new) = (history_of(&world, OLD).await, history_of(&world, NEW).await);
    let at = "2026-11-23T00:00:00Z".parse().unwrap();
    let alone = Measures::of_project(NEW, &new, &Sla::default(), at);
    for both in [[&old, &new], [&new, &old]] {
        let all = Measures::of_all(both, &Sla::default(), at);
        assert_eq!((all.severities, all.runs), (alone.severities.clone(), alone.runs.clone()));
    }
    let resolved: u64 =
        Measures::of_project(OLD, &old, &Sla::default(), at).severities.iter().map(|s| s.time_to_resolve.count).sum();
    assert_eq!(resolved, 2, "the fixes of the two weeks; nothing is fixed by a new name");
}
