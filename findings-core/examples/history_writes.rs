//! Measures the cost of the history: writes per run of one project, for a first run, an unchanged run, and a run in
//! which a twentieth of the issues changed.
//!
//! ```text
//! cargo run -p findings-core --all-features --example history_writes -- [ISSUES] [DYNAMODB ENDPOINT]
//! ```
//!
//! The default is 10,000 issues. With an endpoint, for example of an emulator, the example measures DynamoDB too.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use findings_core::aws::DynamoDbTable;
use findings_core::history::{
    AbsenceRules, DiffInput, HistoryCommit, HistoryQuery, IdentifiedFindings, ProjectRun, diff,
};
use findings_core::local::SqliteDatabase;
use findings_core::memory::MemoryHistory;
use findings_core::{AccountId, Backend, Finding, HistoryReader, HistorySink, Resource, RunId, Severity};
use jiff::Timestamp;

const PROJECT: &str = "Payments";

fn finding(account: AccountId, n: usize) -> Arc<Finding> {
    let arn = format!("arn:aws:s3:::payments-production-ap-northeast-1-{n:06}");
    let mut finding = Finding::new(
        account,
        format!("arn:aws:securityhub:ap-northeast-1:{account}:security-control/S3.1/finding/{n:032x}"),
    );
    let mut resource = Resource::default();
    resource.id = arn.into();
    (finding.control_id, finding.region) = (Some("S3.1".into()), Some("ap-northeast-1".into()));
    finding.title = "S3 general purpose buckets should have block public access settings enabled".into();
    (finding.severity, finding.resources) = (Severity::Medium, vec![resource]);
    Arc::new(finding)
}

/// Returns the findings of the next run: of every hundred, two are no longer reported, two are new, and one is worse.
fn change_a_twentieth(before: &[Arc<Finding>], account: AccountId) -> Vec<Arc<Finding>> {
    let hundredth = before.len() / 100;
    let mut after = before[2 * hundredth..].to_vec();
    for finding in &mut after[..hundredth] {
        let mut worse = Finding::clone(finding);
        worse.severity = Severity::Critical;
        *finding = Arc::new(worse);
    }
    after.extend((0..2 * hundredth).map(|n| finding(account, before.len() + n)));
    after
}

/// Runs three weeks on a history, prints a line for each, and checks that all issues can be read back.
async fn measure<M: HistorySink + HistoryReader>(
    name: &str,
    history_store: &M,
    issues: usize,
) -> Result<(), Box<dyn Error>> {
    let account: AccountId = "123456789012".parse()?;
    let first: Vec<_> = (0..issues).map(|n| finding(account, n)).collect();
    let changed = change_a_twentieth(&first, account);
    let runs = [("first run", &first), ("unchanged run", &first), ("5 % changed", &changed)];
    let start: Timestamp = "2026-11-02T06:00:00Z".parse()?;
    for (n, (run, findings)) in (0_u32..).zip(runs) {
        let now = start + Duration::from_hours(24 * 7) * n;
        let run_id = RunId::at(now);
        let started = Instant::now();
        let history = history_store.project(&HistoryQuery::new(PROJECT).with_all_runs()).await?;
        let read = started.elapsed();
        let found = findings.iter().map(|finding| (**finding).clone()).collect();
        let diff = diff(&DiffInput {
            run_id: &run_id,
            now,
            known: &history.issues,
            runs: &history.runs,
            findings: &IdentifiedFindings::new(found, &history.issues)?,
            absence: &AbsenceRules::conclusive_for([account]),
            accounts: Some(&HashSet::from([account])),
            lookups: &HashMap::new(),
        })?;
        let (records, changes) = (diff.upserts.len(), diff.changes);
        let started = Instant::now();
        let receipt =
            history_store.commit(&HistoryCommit::new(PROJECT, ProjectRun::new(run_id, now), diff.upserts)).await?;
        println!(
            "{name:<10} {run:<14} {:>8} {:>8} {:>8} {:>8} {records:>9} {:>8} {:>7.1} {:>7.1}",
            changes.new,
            changes.worse,
            changes.resolved,
            history.issues.len(),
            receipt.writes,
            read.as_secs_f64(),
            started.elapsed().as_secs_f64()
        );
    }
    let history = history_store.project(&HistoryQuery::new(PROJECT)).await?;
    let open = history.issues.iter().filter(|issue| issue.is_open()).count();
    if open != issues {
        return Err(format!("{name}: {open} of {issues} issues came back").into());
    }
    Ok(())
}

fn dynamodb(endpoint: &str) -> DynamoDbTable {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("test", "test", None, None, "example"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let name = format!("history-writes-{}", std::process::id());
    DynamoDbTable::new(aws_sdk_dynamodb::Client::from_conf(config.build()), name)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let issues = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    println!("{issues} issues in one project; items or rows written, seconds to read and to write");
    println!(
        "{:<10} {:<14} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>7} {:>7}",
        "memory", "run", "new", "worse", "resolved", "known", "changed", "writes", "read s", "write s"
    );
    measure("in memory", &MemoryHistory::new(), issues).await?;
    let folder = tempfile::tempdir()?;
    measure("SQLite", &SqliteDatabase::new(folder.path().join("history.db")), issues).await?;
    if let Some(endpoint) = arguments.next() {
        let table = dynamodb(&endpoint);
        table.setup().await?;
        measure("DynamoDB", &table, issues).await?;
    }
    Ok(())
}
