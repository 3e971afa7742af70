//! Reports that are held back because Security Hub could not be read.

use super::*;
use crate::pipeline::Step;
use crate::report::UnreadReason;

/// Refuses queries for accounts from this number on.
#[derive(Debug)]
struct RefusedFrom(u64);

const ARN: &str = "User: arn:aws:sts::111122223333:assumed-role/job/task is not authorized";

#[async_trait::async_trait]
impl FindingsSource for RefusedFrom {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        // throttled queries are never split, and an error of the whole Region fails all: this one fails single accounts
        if request.query.accounts.accounts().iter().any(|a| *a >= account(self.0)) {
            return Err(Error::new(ErrorKind::Malformed, "fetch findings").with_message(ARN));
        }
        Ok(Page::default())
    }
}

/// Four projects of one account each, of which those from account `first` on cannot be read.
fn world(first: u64) -> World {
    let projects = (1..5).map(|n| project(&format!("p{n}"), &[n], &[&format!("p{n}@example.com")])).collect();
    let mut world = World::new(projects);
    world.parts.sweep = sweep(RefusedFrom(first));
    world
}

#[tokio::test]
async fn nobody_is_told_if_nothing_could_be_read_and_next_attempt_tells() {
    let mut world = world(1);
    world.parts.sweep = sweep(Faulty::new(MemorySource::default()).failing_always(ErrorKind::PermissionDenied));
    let first = world.run("r1").await;
    assert_eq!((first.status, first.exit_code()), (RunStatus::Failed, 1));
    assert!(world.notifier.sent().is_empty());
    let held = first.held_back.unwrap();
    assert_eq!((held.projects, held.unread, held.accounts, held.reason), (4, 4, 4, UnreadReason::NotAllowed));
    assert_eq!(first.errors.len(), 1, "one headline");
    assert!(first.errors[0].message.contains("securityhub:GetFindings"), "{}", first.errors[0].message);
    for outcome in &first.projects {
        let steps: Vec<Step> = outcome.errors.iter().map(|e| e.step).collect();
        assert_eq!((outcome.status, steps), (ProjectStatus::Failed, vec![Step::Fetch]));
        assert!(outcome.report.is_none() && outcome.errors[0].message.contains("held back"));
        let history = world.history.project(&HistoryQuery::new(&outcome.project)).await.unwrap();
        assert!(history.runs.is_empty(), "nothing is remembered");
    }
    let progress = world.parts.ledger.progress(&ProgressQuery::new("r1".parse().unwrap())).await.unwrap();
    assert!(progress.outcome_of("p1").is_none());
    assert_eq!(world.parts.ledger.last_finished().await.unwrap(), None, "what is held back is not finished");
    world.see(&[(1, "one")]);
    let second = world.run("r1").await;
    assert_eq!((second.status, world.notifier.sent().len()), (RunStatus::Ok, 4));
    let last = world.parts.ledger.last_finished().await.unwrap().unwrap();
    assert_eq!((last.run_id.as_str(), last.complete), ("r1", true));
}

#[tokio::test]
async fn complete_projects_are_delivered_beside_held_ones() {
    let world = world(2);
    let summary = world.run("r1").await;
    let statuses = statuses(&summary);
    assert_eq!((statuses["p1"], statuses["p4"]), (ProjectStatus::Ok, ProjectStatus::Failed));
    assert_eq!((summary.status, summary.exit_code()), (RunStatus::Failed, 1));
    assert_eq!(world.notifier.sent().len(), 1);
    assert_eq!(summary.held_back.unwrap().projects, 3);
    assert!(matches!(world.start(settings("r1")).await, RunOutcome::Done(_)), "the run is not finished");
}

#[tokio::test]
async fn up_to_half_is_delivered_as_incomplete_without_the_text_of_the_error() {
    let world = world(3);
    let summary = world.run("r1").await;
    assert_eq!((summary.status, summary.exit_code()), (RunStatus::Partial, 3));
    assert!(summary.held_back.is_none());
    assert!(!world.parts.ledger.last_finished().await.unwrap().unwrap().complete);
    assert_eq!(world.notifier.sent().len(), 4);
    assert!(summary.projects[3].errors[0].message.contains(ARN), "operators see it");
    let sent = world.notifier.sent();
    let told = sent.iter().find(|n| n.project == "p4").unwrap();
    assert_eq!(told.certainty.problems[0].unread, Some(UnreadReason::BadAnswer));
}

#[tokio::test]
async fn never_delivers_everything_as_incomplete() {
    let world = world(1);
    let patient = Settings { hold_if_unread: None, ..settings("r1") };
    let RunOutcome::Done(summary) = world.start(patient).await else { panic!() };
    assert_eq!((summary.exit_code(), world.notifier.sent().len()), (3, 4));
}

#[tokio::test]
async fn stop_leaves_waiting_projects_to_the_next_attempt() {
    /// Refuses the first account, and hangs after it.
    #[derive(Debug)]
    struct Hanging;
    #[async_trait::async_trait]
    impl FindingsSource for Hanging {
        async fn page(&self, request: &PageRequest) -> Result<Page> {
            if request.query.accounts.contains(account(1)) {
                return RefusedFrom(1).page(request).await;
            }
            std::future::pending().await
        }
    }
    let mut world = world(1);
    let projects: Vec<Project> = (1..60).map(|n| project(&n.to_string(), &[n], &["x@example.com"])).collect();
    world.parts.registry = Arc::new(MemoryRegistry::new(projects));
    world.parts.sweep = sweep(Hanging);
    let stopping = Settings { grace: Duration::ZERO, ..settings("r1") };
    let cancel = stopping.cancel.clone();
    let stop = async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(world.start(stopping), stop);
    let RunOutcome::Done(summary) = outcome else { panic!() };
    assert!(summary.projects.iter().all(|p| p.status == ProjectStatus::Skipped));
    assert!(world.notifier.sent().is_empty() && summary.held_back.is_none());
}

fn findings(count: u64) -> Vec<(u64, String)> {
    (0..count).map(|n| (n % 4 + 1, format!("f{n}"))).collect()
}

fn seeing(world: &mut World, count: u64) {
    let findings = findings(count);
    world.see(&findings.iter().map(|(account, id)| (*account, id.as_str())).collect::<Vec<_>>());
}

/// Nothing at all after many findings is held back, once it is let through no more, and nobody is held back for ever.
#[tokio::test]
async fn nothing_at_all_after_many_findings_is_held_until_somebody_says_that_it_is_true() {
    let mut world = world(5);
    seeing(&mut world, 60);
    world.run("r1").await;
    world.see(&[]);
    let summary = world.run("r2").await;
    let held = summary.held_back.unwrap();
    assert_eq!((held.projects, held.reason, summary.exit_code()), (4, UnreadReason::Empty, 1));
    assert!(summary.errors[0].message.contains("had 60 findings"), "{}", summary.errors[0].message);
    assert_eq!((summary.errors.len(), world.notifier.sent().len()), (1, 4), "nobody was told of it");
    let allowed = Settings { hold_if_unread: None, ..settings("r2") };
    let RunOutcome::Done(summary) = world.start(allowed).await else { panic!("it is not finished") };
    assert_eq!((summary.held_back, world.notifier.sent().len()), (None, 8));
    assert!(world.run("r3").await.held_back.is_none(), "the last report had none either");
}

/// A few findings can all be fixed, one finding anywhere shows that the source answers, and so does a check that passes.
#[tokio::test]
async fn what_may_be_true_is_not_held() {
    let mut few = world(5);
    seeing(&mut few, 40);
    few.run("r1").await;
    few.see(&[]);
    assert!(few.run("r2").await.held_back.is_none());
    let mut one = world(5);
    seeing(&mut one, 60);
    one.run("r1").await;
    one.see(&[(3, "left")]);
    assert!(one.run("r2").await.held_back.is_none());
}
