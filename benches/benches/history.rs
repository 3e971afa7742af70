//! The history of a project in memory and in SQLite: reading it, comparing it with findings, and writing the changes.
//!
//! ```text
//! cargo bench -p findings-benches --bench history                            # print
//! cargo bench -p findings-benches --bench history -- --save-baseline before  # keep
//! cargo bench -p findings-benches --bench history -- --baseline before       # compare
//! ```
//! For the number of rows or items that are written, DynamoDB included, run
//! `cargo run -p findings-core --all-features --example history_writes`.
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use findings_core::history::{
    AbsenceRules, DiffInput, HistoryCommit, HistoryQuery, IdentifiedFindings, ProjectRun, diff,
};
use findings_core::local::SqliteDatabase;
use findings_core::memory::MemoryHistory;
use findings_core::{AccountId, Finding, HistoryReader, HistorySink, Resource, RunId, Severity};
use jiff::Timestamp;
use tempfile::TempDir;

const PROJECT: &str = "Payments";
/// Number of issues of the project, each with one finding.
const SIZES: [usize; 2] = [1_000, 10_000];

type Found = Vec<Arc<Finding>>;

fn account() -> AccountId {
    "123456789012".parse().expect("twelve digits")
}

fn finding(n: usize) -> Arc<Finding> {
    let id = format!("arn:aws:securityhub:ap-northeast-1:{}:security-control/S3.1/finding/{n:032x}", account());
    let mut finding = Finding::new(account(), id);
    let mut resource = Resource::default();
    resource.id = format!("arn:aws:s3:::payments-production-ap-northeast-1-{n:06}").into();
    (finding.control_id, finding.region) = (Some("S3.1".into()), Some("ap-northeast-1".into()));
    finding.title = "S3 general purpose buckets should have block public access settings enabled".into();
    (finding.severity, finding.resources) = (Severity::Medium, vec![resource]);
    Arc::new(finding)
}

/// The findings after a week in which 2 % were resolved, 2 % are new and 1 % are worse.
fn a_twentieth_changed(before: &Found) -> Found {
    let some = before.len() / 100;
    let mut after = before[2 * some..].to_vec();
    for finding in &mut after[..some] {
        Arc::make_mut(finding).severity = Severity::Critical;
    }
    after.extend((0..2 * some).map(|n| finding(before.len() + n)));
    after
}

/// Reads, compares and writes the history, as the pipeline does. Returns the number of changed records.
async fn remember(memory: &(impl HistorySink + HistoryReader), findings: &Found, week: u32) -> usize {
    let start: Timestamp = "2026-11-02T06:00:00Z".parse().expect("a time");
    let now = start + Duration::from_hours(24 * 7) * week;
    let run_id = RunId::at(now);
    let history = memory.project(&HistoryQuery::new(PROJECT)).await.expect("a history");
    let found = findings.iter().map(|finding| (**finding).clone()).collect();
    let diff = diff(&DiffInput {
        run_id: &run_id,
        now,
        known: &history.issues,
        runs: &history.runs,
        findings: &IdentifiedFindings::new(found, &history.issues).expect("findings in memory"),
        absence: &AbsenceRules::conclusive_for([account()]),
        accounts: Some(&HashSet::from([account()])),
        lookups: &HashMap::new(),
    })
    .expect("findings in memory");
    let changed = diff.upserts.len();
    let commit = HistoryCommit::new(PROJECT, ProjectRun::new(run_id, now), diff.upserts);
    memory.commit(&commit).await.expect("a commit");
    changed
}

/// A history backend that can be created in a folder.
trait Memory: HistorySink + HistoryReader + Sized {
    const NAME: &str;
    fn new_in(folder: &TempDir) -> Self;
}

impl Memory for MemoryHistory {
    const NAME: &str = "in memory";
    fn new_in(_: &TempDir) -> Self {
        Self::new()
    }
}

impl Memory for SqliteDatabase {
    const NAME: &str = "SQLite";
    fn new_in(folder: &TempDir) -> Self {
        Self::new(folder.path().join("history.db"))
    }
}

fn bench<M: Memory>(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group(format!("history {}", M::NAME));
    group.sample_size(10);
    for size in SIZES {
        let first: Found = (0..size).map(finding).collect();
        let changed = a_twentieth_changed(&first);
        group.throughput(Throughput::Elements(size as u64));
        for (name, before, now, upserts) in [
            ("first", None, &first, size),
            ("unchanged", Some(&first), &first, 0),
            ("5 % changed", Some(&first), &changed, size / 20),
        ] {
            // outside the measurement: a new backend with the state that the run before left
            let prepare = || {
                let folder = tempfile::tempdir().expect("a folder");
                let memory = M::new_in(&folder);
                if let Some(before) = before {
                    runtime.block_on(remember(&memory, before, 0));
                }
                (memory, folder)
            };
            let measured = |(memory, folder): (M, TempDir)| {
                let count = runtime.block_on(remember(&memory, now, 1));
                assert_eq!(count, upserts, "another case than the one named");
                // returned, because criterion drops the output outside the measurement
                (memory, folder)
            };
            group.bench_function(BenchmarkId::new(name, format!("{size} issues")), |b| {
                b.iter_batched(prepare, measured, BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench::<MemoryHistory>, bench::<SqliteDatabase>);
criterion_main!(benches);
