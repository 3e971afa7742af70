//! Several sources in one run: each answers for what it shows, and for nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::coverage::{failed, members, passed};
use super::*;
use crate::coverage::{MemberStatus, Verdict};
use crate::memory::MemoryCoverage;
use crate::pipeline::OpenLanes;
use crate::source::{UnavailableSource, View};

/// A file: it knows of which accounts and Regions it has records.
#[derive(Debug)]
struct FileLike {
    findings: MemorySource,
    recorded: Vec<u64>,
}

#[async_trait::async_trait]
impl FindingsSource for FileLike {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let page = self.findings.page(request).await?;
        let asked = self.recorded.iter().map(|n| account(*n)).filter(|id| request.query.accounts.contains(*id));
        Ok(page.with_inventory(asked.map(|id| (id, Some("test".into()))).collect()))
    }
}

fn hub(findings: Vec<Finding>) -> Lane {
    Lane::new("test", Arc::new(MemorySource::new(findings)), Budget::unlimited()).with_view(View::security_hub())
}

/// A finding that only the file has.
fn scanned(n: u64, id: &str) -> Finding {
    let mut finding = failed(n, id);
    finding.product_arn = "arn:aws:securityhub:test::product/prowler/prowler".into();
    finding
}

/// A file with these findings, and with other records of these accounts.
fn file(findings: Vec<Finding>, recorded: &[u64]) -> Lane {
    let source = FileLike { findings: MemorySource::new(findings), recorded: recorded.to_vec() };
    Lane::new("scan", Arc::new(source), Budget::unlimited()).with_view(View::files("scan-2026-11-23.json"))
}

/// A world in which Security Hub covers the accounts 1 and 2 of the only project.
fn world() -> World {
    let mut world = World::new(vec![project("a", &[1, 2], &["x@example.com"])]);
    let facts = members(&[(1, MemberStatus::Enabled), (2, MemberStatus::Enabled)]);
    world.parts.coverage = Some(Arc::new(MemoryCoverage::new(facts)));
    world
}

async fn read(world: &mut World, run_id: &str, lanes: Vec<Lane>) -> Summary {
    let retry = RetryPolicy::default().with_attempts(1).with_outage(Duration::ZERO);
    world.parts.sweep = Sweep::new(lanes).with_retry(retry);
    world.run(run_id).await
}

/// New, open, resolved, stale.
fn changes(summary: &Summary) -> [u64; 4] {
    let changes = summary.projects[0].changes;
    [changes.new, changes.open, changes.resolved, changes.stale]
}

fn checked(more: &[Finding]) -> Vec<Finding> {
    [passed(1), passed(2)].into_iter().chain(more.iter().cloned()).collect()
}

#[tokio::test]
async fn findings_of_a_dropped_source_are_not_resolved() {
    let mut world = world();
    let both = || vec![hub(checked(&[failed(1, "h1"), failed(1, "h2")])), file(vec![scanned(1, "s1")], &[1])];
    let first = read(&mut world, "r1", both()).await;
    assert_eq!((changes(&first), first.exit_code()), ([3, 0, 0, 0], 0), "{first:?}");
    let counts: Vec<_> = first.sources.iter().map(|s| (s.source.as_str(), s.findings, s.unread)).collect();
    assert_eq!(counts, [("test", 2, 0), ("scan", 1, 0)]);
    // h2 is fixed, and nobody reads the file any more: nobody looks for s1
    let dropped = read(&mut world, "r2", vec![hub(checked(&[failed(1, "h1")]))]).await;
    assert_eq!(changes(&dropped), [0, 1, 1, 1]);
    assert!(dropped.sources.is_empty());
    let told = &dropped.errors[0].message;
    assert!(told.contains("\"scan-#-#-#.json\"") && told.contains("1 open issues of 1 projects"), "{told}");
    assert_eq!(
        (dropped.exit_code(), dropped.projects[0].status),
        (3, ProjectStatus::Ok),
        "readers can do nothing about it"
    );
    let later = read(&mut world, "r3", vec![hub(checked(&[]))]).await;
    assert_eq!(changes(&later), [0, 0, 1, 1], "what the file showed stays open, however often nobody looks");
    let mut accepting = settings("r3b");
    accepting.dropped_sources = vec!["scan-2026-11-23.json".to_owned()];
    let RunOutcome::Done(accepted) = world.start(accepting).await else { panic!("nobody else works on it") };
    assert_eq!((accepted.exit_code(), changes(&accepted)), (0, [0, 0, 0, 1]), "it is gone for good: {accepted:?}");
    // the file is back: what it still has is neither new nor reopened, and what it lacks is resolved
    let back = read(&mut world, "r4", vec![hub(checked(&[])), file(vec![scanned(1, "s1")], &[1])]).await;
    assert_eq!(changes(&back), [0, 1, 0, 0]);
    let fixed = read(&mut world, "r5", vec![hub(checked(&[])), file(vec![], &[1])]).await;
    assert_eq!((changes(&fixed), fixed.exit_code()), ([0, 0, 1, 0], 0));
}

#[tokio::test]
async fn proof_resolves_what_a_dropped_source_showed() {
    let mut world = world();
    read(&mut world, "r1", vec![hub(checked(&[])), file(vec![scanned(1, "s1")], &[1])]).await;
    let mut proof = scanned(1, "s1");
    (proof.compliance, proof.workflow) = (Some(crate::ComplianceStatus::Passed), crate::WorkflowStatus::Resolved);
    assert_eq!(changes(&read(&mut world, "r2", vec![hub(checked(&[proof]))]).await), [0, 0, 1, 0]);
}

#[tokio::test]
async fn file_answers_only_for_accounts_of_which_it_has_records() {
    let mut world = world();
    let first = vec![hub(checked(&[failed(1, "h1"), failed(2, "h2")])), file(vec![scanned(1, "s1")], &[1])];
    assert_eq!(read(&mut world, "r1", first).await.exit_code(), 0, "the file need not know of account 2");
    let silent = read(&mut world, "r2", vec![hub(checked(&[])), file(vec![], &[])]).await;
    assert_eq!(changes(&silent), [0, 0, 2, 1], "Security Hub answers for its own findings");
    let verdicts: Vec<_> = silent.projects[0].coverage.iter().map(|account| account.verdict).collect();
    assert_eq!(verdicts, [Verdict::Unknown, Verdict::Covered]);
    let error = &silent.projects[0].errors[0];
    assert!(error.message.contains("no record of it") && error.account == Some(account(1)), "{error:?}");
    assert_eq!(silent.exit_code(), 3, "a scan of account 1 that failed is no clean account");
}

#[tokio::test]
async fn adding_a_source_keeps_what_the_one_before_proves() {
    let mut world = world();
    read(&mut world, "r1", vec![hub(checked(&[failed(1, "h1"), failed(2, "h2")]))]).await;
    let added = vec![hub(checked(&[failed(1, "h1")])), file(vec![scanned(1, "s1")], &[1])];
    assert_eq!(changes(&read(&mut world, "r2", added).await), [1, 1, 1, 0]);
}

#[tokio::test]
async fn source_that_cannot_be_opened_makes_every_account_incomplete() {
    let mut world = world();
    let first = vec![hub(checked(&[failed(1, "h1"), failed(1, "h2")])), file(vec![scanned(1, "s1")], &[1])];
    read(&mut world, "r1", first).await;
    let error = Error::new(ErrorKind::NotFound, "read the findings file").with_message("there is no such file");
    let view = View::files("scan-2026-11-30.json");
    let gone = Lane::new("scan", Arc::new(UnavailableSource::new(&error)), Budget::unlimited()).with_view(view);
    let summary = read(&mut world, "r2", vec![hub(checked(&[failed(1, "h1")])), gone]).await;
    assert_eq!((changes(&summary), summary.exit_code()), ([0, 1, 0, 2], 3));
    assert_eq!(summary.sources.iter().map(|source| source.unread).collect::<Vec<_>>(), [0, 2]);
    let errors = &summary.projects[0].errors;
    assert!(errors.iter().all(|e| e.message.contains("there is no such file")) && errors.len() == 2, "{errors:?}");
}

#[tokio::test]
async fn finding_of_two_sources_is_one_in_its_newest_version() {
    let mut world = world();
    let at = |title: &str, day: &str| {
        let mut finding = failed(1, "f");
        finding.title = title.into();
        finding.updated_at = format!("{day}T00:00:00Z").parse().ok();
        finding
    };
    for (run_id, ours, theirs, want) in [
        ("r1", "2026-11-21", "2026-11-22", "theirs"),
        ("r2", "2026-11-22", "2026-11-21", "ours"),
        ("r3", "2026-11-22", "2026-11-22", "ours"),
    ] {
        let v2 = Lane::new("test (V2)", Arc::new(MemorySource::new(vec![at("theirs", theirs)])), Budget::unlimited());
        let lanes = vec![hub(checked(&[at("ours", ours)])), v2.with_region("test").with_view(View::security_hub_v2())];
        let summary = read(&mut world, run_id, lanes).await;
        let project = &summary.projects[0];
        assert_eq!((project.findings, project.status), (1, ProjectStatus::Ok), "{run_id}");
        let history = world.history.project(&HistoryQuery::new("a")).await.unwrap();
        assert_eq!(&*history.issues[0].title, want, "{run_id}");
        assert_eq!(history.issues[0].sources, ["securityhub", "securityhub-v2"].map(crate::Text::from));
        assert_eq!(history.runs.last().unwrap().sources.len(), 2);
    }
}

/// Counts how often it is opened.
#[derive(Debug, Default)]
struct Opened(AtomicUsize);

#[async_trait::async_trait]
impl OpenLanes for Opened {
    async fn open(&self) -> Result<Vec<Lane>> {
        if self.0.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err(Error::new(ErrorKind::NotFound, "open").with_message("not there yet"));
        }
        Ok(vec![hub(checked(&[failed(1, "h1")]))])
    }
}

#[tokio::test]
async fn sources_are_opened_by_the_task_that_holds_the_run() {
    let (world, opened) = (world(), Arc::new(Opened::default()));
    let pipeline = |owner: &str| {
        let mut settings = settings("r1");
        settings.owner = owner.to_owned();
        Pipeline::new(world.parts.clone(), settings).with_lanes(opened.clone())
    };
    let request = crate::ledger::AcquireRun::new("r1".parse().unwrap(), "other", world.now);
    world.parts.ledger.acquire(&request).await.unwrap();
    assert!(matches!(pipeline("me").run().await, Ok(RunOutcome::Held { .. })));
    assert_eq!(opened.0.load(Ordering::Relaxed), 0, "another task holds the run");
    world.parts.ledger.close(&CloseRun::released("r1".parse().unwrap(), "other", world.now)).await.unwrap();
    assert!(pipeline("me").run().await.unwrap_err().to_string().contains("not there yet"));
    assert!(matches!(pipeline("you").run().await, Ok(RunOutcome::Done(_))), "the lease was released");
    assert!(matches!(pipeline("me").run().await, Ok(RunOutcome::AlreadyFinished { .. })));
    assert_eq!(opened.0.load(Ordering::Relaxed), 2, "a finished run opens nothing");
}
