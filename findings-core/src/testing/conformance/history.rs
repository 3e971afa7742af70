//! Conformance suite of [`HistorySink`] and [`HistoryReader`]. Each clause gets a new, empty value that implements
//! both.

#![expect(clippy::expect_used, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::history::{
    HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IssueId, IssuePeriod, IssueRecord, IssueRecords,
    IssueResolution, ListProjects, ProjectHistory, ProjectRun, SeverityChange,
};
use crate::report::{Changes, Resolution};
use crate::{ErrorKind, RunId, Severity, SeverityCounts, WorkflowStatus};

/// Generates a test for each clause. `$make` is an async expression that yields an empty history.
#[macro_export]
macro_rules! history_conformance {
    (ignore = $reason:literal, $make:expr) => { $crate::history_conformance!(@ [ignore = $reason,] $make); };
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* history, $make, [
            an_unknown_project_has_no_history,
            every_field_comes_back,
            thousands_of_issues_come_back,
            a_commit_is_seen_at_once,
            a_visible_run_has_all_its_issues,
            issues_that_a_commit_does_not_name_stay,
            an_issue_is_replaced_by_its_next_version,
            the_same_commit_twice_gives_the_same_state,
            a_record_that_cannot_be_read_is_an_error,
            a_run_that_is_committed_again_is_replaced,
            runs_come_by_time_and_issues_by_id,
            only_the_latest_runs_come,
            issues_come_in_parts,
            runs_come_without_issues,
            projects_stay_apart_whatever_their_names,
            projects_are_committed_side_by_side,
            every_reason_comes_back,
            every_project_is_listed_once,
        ]);
    };
    ($make:expr) => { $crate::history_conformance!(@ [] $make); };
}

fn at_day(day: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + day * 86_400).expect("a moment of this century")
}

fn run_id(n: i64) -> RunId {
    RunId::at(at_day(n))
}

fn run(n: i64) -> ProjectRun {
    let mut run = ProjectRun::new(run_id(n), at_day(n));
    run.sources = vec!["securityhub".into(), "scans/prowler-#.json".into()];
    run
}

fn issue(n: u32) -> IssueRecord {
    IssueRecord {
        id: IssueId::from_stored(format!("{:032x}", u128::from(n) << 64)),
        account: "012345678901".parse().expect("an account"),
        region: Some("eu-west-1".into()),
        control_id: Some("S3.1".into()),
        title: format!("Issue {n}").into(),
        resource: Some(format!("arn:aws:s3:::bucket-{n}").into()),
        severity: Severity::High,
        workflow: WorkflowStatus::New,
        first_seen: at_day(0),
        opened_at: at_day(0),
        opened_in: run_id(0),
        reopened: 0,
        earlier: Vec::new(),
        severity_change: None,
        finding_id: Some(format!("arn:aws:securityhub:eu-west-1:012345678901:finding/{n}").into()),
        signature: Some(format!("{n:032x}").into()),
        last_seen: at_day(0),
        decided_at: None,
        resolved: None,
        sources: vec!["scans/prowler-#.json".into(), "securityhub".into()],
    }
}

fn period(day: i64, resolution: Resolution, decided_at: Option<Timestamp>) -> IssuePeriod {
    let (opened_at, opened_in) = (at_day(day), run_id(day));
    IssuePeriod { opened_at, opened_in, closed_at: at_day(day + 1), resolution, decided_at }
}

async fn commit(sink: &impl HistorySink, project: &str, run: ProjectRun, issues: Vec<IssueRecord>) {
    sink.commit(&HistoryCommit::new(project, run, issues)).await.expect("a commit");
}

async fn read_history(reader: &impl HistoryReader, project: &str) -> ProjectHistory {
    reader.project(&HistoryQuery::new(project)).await.expect("a history")
}

/// MUST return an empty history for a project that it does not know.
pub async fn an_unknown_project_has_no_history(history: impl HistorySink + HistoryReader) {
    assert_eq!(read_history(&history, "Nobody").await, ProjectHistory::default());
    commit(&history, "Somebody", run(1), vec![issue(1)]).await;
    assert_eq!(read_history(&history, "Nobody").await, ProjectHistory::default());
}

/// MUST fail rather than lose data: absent, empty and multi-line values are returned unchanged, too.
pub async fn every_field_comes_back(history: impl HistorySink + HistoryReader) {
    let mut issues = vec![issue(1), issue(2), issue(3), issue(4), issue(5)];
    issues[0].resolved = Some(IssueResolution {
        at: "2026-11-23T01:02:03.123456789Z".parse().expect("a moment"),
        run_id: run_id(3),
        resolution: Resolution::Gone,
    });
    issues[0].severity = Severity::Critical;
    issues[1].resolved =
        Some(IssueResolution { at: at_day(2), run_id: run_id(2), resolution: Resolution::AccountLeft });
    issues[1].severity = Severity::Medium;
    issues[1].workflow = WorkflowStatus::Resolved;
    (issues[2].region, issues[2].control_id, issues[2].resource) = (None, None, None);
    (issues[2].title, issues[2].severity) = ("".into(), Severity::Low);
    issues[2].workflow = WorkflowStatus::Suppressed;
    issues[3].title = "二行の\n題名 \"quoted\" 'and' \\ \u{1F512} \0 ;--".into();
    issues[3].resource = Some("".into());
    issues[3].workflow = WorkflowStatus::Notified;
    issues[3].severity = Severity::Informational;
    issues[4].reopened = u32::MAX;
    issues[4].earlier = vec![period(1, Resolution::Passed, Some(at_day(1))), period(3, Resolution::Merged, None)];
    (issues[4].opened_at, issues[4].signature) = (at_day(5), None);
    issues[4].severity_change = Some(SeverityChange { from: Severity::Low, run_id: run_id(2) });
    (issues[4].finding_id, issues[4].decided_at) = (None, Some(at_day(4)));
    issues[4].last_seen = "2026-11-23T01:02:03.5Z".parse().expect("a moment");
    issues[4].first_seen = "1999-12-31T23:59:59.5Z".parse().expect("a moment");
    let mut delivered = run(3);
    delivered.complete = false;
    delivered.counts = SeverityCounts { critical: 1, high: 2, medium: 3, low: 4, informational: 5_000_000_000 };
    delivered.changes =
        Changes { new: 1, reopened: 2, open: 3, worse: 5, resolved: 4, suppressed: 6, archived: 7, left: 8, stale: 9 };
    delivered.told = false;
    delivered.incomplete_accounts =
        vec!["012345678901".parse().expect("an account"), "000000000000".parse().expect("one")];
    delivered.report = "s3://bucket/キー.xlsx".into();

    commit(&history, "Payments", delivered.clone(), issues.clone()).await;
    assert_eq!(read_history(&history, "Payments").await, ProjectHistory::new(issues, vec![delivered]));
}

/// MUST return every committed issue, whatever their number.
pub async fn thousands_of_issues_come_back(history: impl HistorySink + HistoryReader) {
    let issues: Vec<_> = (0..3_000).map(issue).collect();
    let receipt = history.commit(&HistoryCommit::new("Large", run(1), issues.clone())).await.expect("a commit");
    assert!(receipt.writes >= 3_001, "3,000 issues and a run need at least 3,001 writes, not {}", receipt.writes);
    assert_eq!(read_history(&history, "Large").await.issues, issues);
}

/// MUST return the data of every commit that returned before the query began.
pub async fn a_commit_is_seen_at_once(history: impl HistorySink + HistoryReader) {
    for n in 0..10_u32 {
        commit(&history, "Payments", run(n.into()), vec![issue(n)]).await;
        let seen = read_history(&history, "Payments").await;
        assert_eq!((seen.issues.len(), seen.runs.len()), (n as usize + 1, n as usize + 1));
    }
}

/// MUST make the run visible only after all issues of the commit are visible.
pub async fn a_visible_run_has_all_its_issues(history: impl HistorySink + HistoryReader) {
    let history = Arc::new(history);
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (history, done) = (Arc::clone(&history), Arc::clone(&done));
        async move {
            loop {
                // read before the query, so that the last query runs after the commit
                let is_last = done.load(Ordering::Acquire);
                let seen = read_history(&*history, "Payments").await;
                assert!(seen.runs.is_empty() || seen.issues.len() == 500, "{} of 500 issues", seen.issues.len());
                if is_last {
                    return seen.runs.len();
                }
                tokio::task::yield_now().await;
            }
        }
    });
    commit(&*history, "Payments", run(1), (0..500).map(issue).collect()).await;
    done.store(true, Ordering::Release);
    assert_eq!(reader.await.expect("the reader"), 1);
}

/// MUST leave issues that a commit does not contain unchanged.
pub async fn issues_that_a_commit_does_not_name_stay(history: impl HistorySink + HistoryReader) {
    commit(&history, "Payments", run(1), vec![issue(1), issue(2), issue(3)]).await;
    commit(&history, "Payments", run(2), vec![issue(4)]).await;
    commit(&history, "Payments", run(3), Vec::new()).await;
    assert_eq!(read_history(&history, "Payments").await.issues, vec![issue(1), issue(2), issue(3), issue(4)]);
}

/// MUST fail rather than lose data: the next version of an issue replaces the previous version completely.
pub async fn an_issue_is_replaced_by_its_next_version(history: impl HistorySink + HistoryReader) {
    let mut resolved = issue(1);
    resolved.resolved = Some(IssueResolution { at: at_day(1), run_id: run_id(1), resolution: Resolution::Gone });
    commit(&history, "Payments", run(1), vec![resolved]).await;
    let mut reopened = issue(1);
    (reopened.reopened, reopened.region, reopened.severity) = (1, None, Severity::Critical);
    commit(&history, "Payments", run(2), vec![reopened.clone()]).await;
    assert_eq!(read_history(&history, "Payments").await.issues, vec![reopened]);
}

/// MUST have the same state after the same commit is made twice.
pub async fn the_same_commit_twice_gives_the_same_state(history: impl HistorySink + HistoryReader) {
    commit(&history, "Payments", run(1), vec![issue(1), issue(9)]).await;
    let again = HistoryCommit::new("Payments", run(2), (2..60).map(issue).collect::<Vec<_>>());
    history.commit(&again).await.expect("a commit");
    let once = read_history(&history, "Payments").await;
    history.commit(&again).await.expect("the same commit");
    assert_eq!(read_history(&history, "Payments").await, once);
}

/// MUST return the error of a record that cannot be read, and not make the run visible.
pub async fn a_record_that_cannot_be_read_is_an_error(history: impl HistorySink + HistoryReader) {
    commit(&history, "Payments", run(1), vec![issue(1)]).await;
    let records = IssueRecords::from((2..60).map(issue).collect::<Vec<_>>());
    let damaged = HistoryCommit::new("Payments", run(2), records.damaged().expect("records in memory"));
    let error = history.commit(&damaged).await.expect_err("a record is missing");
    assert_eq!(error.kind(), ErrorKind::Storage, "{}", error.report());
    assert_eq!(read_history(&history, "Payments").await.runs, vec![run(1)]);
}

/// MUST keep one run for each run ID: a later attempt of a run has read its findings at another time.
pub async fn a_run_that_is_committed_again_is_replaced(history: impl HistorySink + HistoryReader) {
    commit(&history, "Payments", run(1), vec![issue(1)]).await;
    let mut later = run(1);
    (later.at, later.complete) = (at_day(2), false);
    commit(&history, "Payments", later.clone(), Vec::new()).await;
    assert_eq!(read_history(&history, "Payments").await.runs, vec![later]);
}

/// MUST sort runs by time and issues by ID.
pub async fn runs_come_by_time_and_issues_by_id(history: impl HistorySink + HistoryReader) {
    // the order of the IDs differs from that of the times, and the times do not sort correctly as text
    let odd = |id: &str, at: &str| ProjectRun::new(id.parse().expect("an ID"), at.parse().expect("a moment"));
    let runs = [
        odd("b", "2026-01-01T00:00:00Z"),
        odd("a", "2026-01-01T00:00:00.5Z"),
        odd("z", "2026-01-01T00:00:00.25Z"),
        odd("10", "2026-01-03T00:00:00Z"),
        odd("9", "2026-01-02T00:00:00Z"),
    ];
    for (run, n) in runs.into_iter().zip([5_u32, 1, 4, 2, 3]) {
        commit(&history, "Payments", run, vec![issue(n)]).await;
    }
    let seen = read_history(&history, "Payments").await;
    let ids: Vec<_> = seen.runs.iter().map(|r| r.run_id.as_str()).collect();
    assert_eq!(ids, ["b", "z", "a", "9", "10"]);
    assert!(seen.issues.windows(2).all(|w| w[0].id < w[1].id));
}

/// MUST return the latest runs, up to the requested number.
pub async fn only_the_latest_runs_come(history: impl HistorySink + HistoryReader) {
    for n in [3, 1, 4, 2] {
        commit(&history, "Payments", run(n), Vec::new()).await;
    }
    for (limit, days) in [(2, vec![3, 4]), (0, vec![]), (9, vec![1, 2, 3, 4])] {
        let mut query = HistoryQuery::new("Payments");
        query.runs = limit;
        let seen = history.project(&query).await.expect("a history").runs;
        assert_eq!(seen, days.into_iter().map(run).collect::<Vec<_>>(), "the latest {limit}");
    }
}

/// MUST return the first issues after an issue up to the limit, with the runs.
pub async fn issues_come_in_parts(history: impl HistorySink + HistoryReader) {
    let all: Vec<IssueRecord> = (0..7).map(|n| issue(10 * n)).collect();
    let mixed = [3, 6, 0, 5, 2, 4, 1].map(|n: usize| all[n].clone());
    commit(&history, "Payments", run(1), mixed[..4].to_vec()).await;
    commit(&history, "Payments", run(2), mixed[4..].to_vec()).await;
    // another project has issues before, between and after them
    commit(&history, "Payments 2", run(1), (0..90).map(issue).collect()).await;
    // no issue, the first, between two, the last, behind it
    for after in [None, Some(0), Some(10), Some(15), Some(50), Some(59), Some(60), Some(61)] {
        for limit in [0, 1, 2, 3, 6, 7, 8, usize::MAX] {
            let first = after.map(|n| issue(n).id);
            let want = all.iter().filter(|issue| first.as_ref().is_none_or(|first| issue.id > *first));
            let want = ProjectHistory::new(want.take(limit).cloned().collect(), vec![run(1), run(2)]);
            let query = HistoryQuery::new("Payments").with_issues_after(first, limit);
            assert_eq!(history.project(&query).await.expect("a history"), want, "{limit} after {after:?}");
        }
    }
    let latest = HistoryQuery { runs: 1, ..HistoryQuery::new("Payments").with_issues_after(None, 2) };
    assert_eq!(history.project(&latest).await.expect("a history").runs, [run(2)]);
    let runs_alone = HistoryQuery::new("Payments").without_issues().with_issues_after(None, 3);
    assert_eq!(history.project(&runs_alone).await.expect("a history").issues, []);
}

/// MUST return the runs, and no issues, to a request for the runs alone.
pub async fn runs_come_without_issues(history: impl HistorySink + HistoryReader) {
    commit(&history, "Payments", run(1), vec![issue(1)]).await;
    let query = HistoryQuery::new("Payments").without_issues();
    let seen = history.project(&query).await.expect("a history");
    assert_eq!(seen, ProjectHistory::new(Vec::new(), vec![run(1)]));
}

/// MUST keep projects separate, whatever their names.
pub async fn projects_stay_apart_whatever_their_names(history: impl HistorySink + HistoryReader) {
    let long = "x".repeat(3_000);
    let names = [
        "Payments",
        "payments",
        "PAYMENTS",
        " Payments",
        "Payments ",
        "",
        " ",
        "..",
        "a/b",
        "a\\b",
        "a#b",
        "a%23b",
        "a\0b",
        "a\nb",
        "決済",
        "か\u{3099}",
        "が",
        "é",
        "e\u{301}",
        "%",
        "_",
        "PROJ#Payments",
        "'; DROP TABLE issue;--",
        &long,
        &long[1..],
    ];
    for (name, n) in names.iter().zip(0_u32..) {
        commit(&history, name, run(n.into()), vec![issue(n), issue(1_000)]).await;
    }
    for (name, n) in names.iter().zip(0_u32..) {
        let want = ProjectHistory::new(vec![issue(n), issue(1_000)], vec![run(n.into())]);
        assert_eq!(read_history(&history, name).await, want, "{name:?}");
    }
}

/// MUST fail rather than lose data, even if many projects are committed concurrently.
pub async fn projects_are_committed_side_by_side(history: impl HistorySink + HistoryReader) {
    let history = Arc::new(history);
    let name = |n: u32| format!("Project {n}");
    let commits = (0..16_u32).map(|n| {
        let history = Arc::clone(&history);
        tokio::spawn(async move { commit(&*history, &name(n), run(1), (n..n + 40).map(issue).collect()).await })
    });
    for task in commits.collect::<Vec<_>>() {
        task.await.expect("a commit");
    }
    for n in 0..16 {
        let seen = read_history(&*history, &name(n)).await;
        assert_eq!(seen.issues, (n..n + 40).map(issue).collect::<Vec<_>>());
    }
}

/// MUST fail rather than lose data: each reason for resolving an issue is returned unchanged.
pub async fn every_reason_comes_back(history: impl HistorySink + HistoryReader) {
    let reasons = [
        Resolution::Gone,
        Resolution::Passed,
        Resolution::Archived,
        Resolution::Suppressed,
        Resolution::MarkedResolved,
        Resolution::AccountLeft,
        Resolution::ProjectLeft,
        Resolution::Renamed,
    ];
    let resolved = |(n, resolution)| {
        let mut issue = issue(n);
        issue.resolved = Some(IssueResolution { at: at_day(1), run_id: run_id(1), resolution });
        issue
    };
    let issues: Vec<_> = (0..).zip(reasons).map(resolved).collect();
    commit(&history, "Payments", run(1), issues.clone()).await;
    assert_eq!(read_history(&history, "Payments").await.issues, issues);
}

/// MUST list every project with a committed run once, sorted by name.
pub async fn every_project_is_listed_once(history: impl HistorySink + HistoryReader) {
    let list = || async { history.projects(&ListProjects::new()).await.expect("a list") };
    assert_eq!(list().await, Vec::<String>::new());
    let long = "x".repeat(3_000);
    let mut names = vec!["b", "決済", "a", "", "A", "a#b", long.as_str()];
    for (name, n) in names.iter().zip(0..) {
        commit(&history, name, run(n), vec![issue(1)]).await;
        commit(&history, name, run(n + 1), Vec::new()).await;
    }
    names.sort_unstable();
    assert_eq!(list().await, names);
}
