//! What remembering costs: writes per run of one project, for a first run, an unchanged one, and one in which a
//! twentieth changed.
//!
//! ```text
//! cargo run -p findings-core --all-features --example history_writes -- [ISSUES] [DYNAMODB ENDPOINT]
//! ```
//!
//! 10,000 issues unless another number is given. With an endpoint, such as an emulator's, DynamoDB is asked too.

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

/// Two of a hundred are gone, two are new, one is worse.
fn a_twentieth_changed(before: &[Arc<Finding>], account: AccountId) -> Vec<Arc<Finding>> {
    let some = before.len() / 100;
    let mut after = before[2 * some..].to_vec();
    for finding in &mut after[..some] {
        let mut worse = Finding::clone(finding);
        worse.severity = Severity::Critical;
        *finding = Arc::new(worse);
    }
    after.extend((0..2 * some).map(|n| finding(account, before.len() + n)));
    after
}

async fn measure<M: HistorySink + HistoryReader>(name: &str, memory: &M, issues: usize) -> Result<(), Box<dyn Error>> {
    let account: AccountId = "123456789012".parse()?;
    let first: Vec<_> = (0..issues).map(|n| finding(account, n)).collect();
    let changed = a_twentieth_changed(&first, account);
    let weeks = [("first run", &first), ("unchanged run", &first), ("5 % changed", &changed)];
    let start: Timestamp = "2026-11-02T06:00:00Z".parse()?;
    for (n, (what, findings)) in (0_u32..).zip(weeks) {
        let now = start + Duration::from_hours(24 * 7) * n;
        let run_id = RunId::at(now);
        let asked = Instant::now();
        let history = memory.project(&HistoryQuery::new(PROJECT).with_all_runs()).await?;
        let read = asked.elapsed();
        let diff = diff(&DiffInput {
            run_id: &run_id,
            now,
            known: &history.issues,
            runs: &history.runs,
            findings: &IdentifiedFindings::new(findings.clone()),
            absence: &AbsenceRules::conclusive_for([account]),
            accounts: Some(&HashSet::from([account])),
            lookups: &HashMap::new(),
        });
        let (records, changes) = (diff.upserts.len(), diff.changes);
        let asked = Instant::now();
        let receipt = memory.commit(&HistoryCommit::new(PROJECT, ProjectRun::new(run_id, now), diff.upserts)).await?;
        println!(
            "{name:<10} {what:<14} {:>8} {:>8} {:>8} {:>8} {records:>9} {:>8} {:>7.1} {:>7.1}",
            changes.new,
            changes.worse,
            changes.resolved,
            history.issues.len(),
            receipt.writes,
            read.as_secs_f64(),
            asked.elapsed().as_secs_f64()
        );
    }
    let history = memory.project(&HistoryQuery::new(PROJECT)).await?;
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
