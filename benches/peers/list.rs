//! Writes a list of all findings with these crates, to compare with the scripts beside it. It decodes pages as they
//! arrive, writes and compresses rows at the same time, and keeps no findings in memory.
//!
//! Usage: `list-findings ACCOUNTS.csv REPORT.xlsx`, as for the scripts. Endpoint, Region and credentials come from the
//! AWS_* variables.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fs::{self, File};
use std::hash::BuildHasher;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_securityhub::config::{BehaviorVersion, Region};
use findings_core::Finding;
use findings_core::aws::SecurityHubSource;
use findings_core::report::{AccountSummary, Change, Report, ReportFinding};
use findings_core::source::{Budget, FindingsQuery, Lane, RetryPolicy, batches, pages};
use findings_xlsx::{FindingColumns, XlsxRenderer};
use futures::TryStreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc::{Receiver, channel};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [accounts_file, report_file] = &arguments[..] else {
        return Err("usage: list-findings ACCOUNTS.csv REPORT.xlsx".into());
    };
    let mut report = Report::new("All accounts", "2026-11-23".parse()?, Timestamp::now());
    for line in fs::read_to_string(accounts_file)?.lines().skip(1) {
        let (id, name) = line.split_once(',').ok_or("a line without a name")?;
        let mut account = AccountSummary::new(id.parse()?, true);
        account.name = Some(name.into());
        report.accounts.push(account);
    }
    let accounts: Vec<_> = report.accounts.iter().map(|account| account.id).collect();

    // room for a few pages: reader and writer seldom wait for each other, and memory stays small
    let (sender, receiver) = channel(4);
    let partial = Path::new(report_file).with_extension("part");
    let file = File::create(&partial)?;
    let writing = tokio::task::spawn_blocking(move || write(report, file, receiver));

    // waits for the quota and retries, as the sweep does, although the server of this benchmark has no quota
    let lane = Lane::new("peers", Arc::new(source()?), Budget::unlimited());
    let source = lane.paced_source(&RetryPolicy::default());
    for batch in batches(&accounts) {
        let mut pages = pin!(pages(&source, FindingsQuery::new(batch)));
        while let Some(page) = pages.try_next().await? {
            if let Some(record) = page.rejected.first() {
                return Err(format!("a finding cannot be read: {record}").into());
            }
            if sender.send(page.findings).await.is_err() {
                break;
            }
        }
    }
    drop(sender);
    let rows = writing.await??;
    // the report gets its name only when it is complete
    fs::rename(partial, report_file)?;
    println!("{rows} findings");
    Ok(())
}

fn source() -> Result<SecurityHubSource> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let (key, secret) = (variable("AWS_ACCESS_KEY_ID")?, variable("AWS_SECRET_ACCESS_KEY")?);
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")?))
        .endpoint_url(variable("AWS_ENDPOINT_URL")?)
        .credentials_provider(Credentials::new(key, secret, None, None, "environment"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Ok(SecurityHubSource::new(&aws_sdk_securityhub::Client::from_conf(config.build())))
}

/// The columns that all peers write.
#[rustfmt::skip]
const COLUMNS: [&str; 29] = [
    "severity", "change", "age_days", "first_seen", "title", "control", "account", "account_name", "region", "resource_type",
    "resource", "further_resources", "tags", "workflow", "compliance", "standards", "product", "description",
    "vulnerabilities", "what_to_do", "console", "product_console", "notes", "updated", "finding_id", "decision", "owner",
    "due", "comment",
];

/// Writes findings until the channel closes and returns the number of rows. Skips repeated findings: pages shift while
/// they are read, so a finding may be on two of them.
fn write(report: Report, file: File, mut pages: Receiver<Vec<Finding>>) -> Result<u64> {
    let (now, mut rows) = (report.generated_at, 0);
    // to save memory, two 64-bit hashes with separate keys stand for a product ARN and ID of some 200 bytes
    let (first_hasher, second_hasher) = (RandomState::new(), RandomState::new());
    let mut seen = HashSet::new();
    let columns = FindingColumns::standard().in_order(COLUMNS)?;
    let mut workbook = XlsxRenderer::new().with_packing_thread().with_columns(columns).writer(report, file);
    while let Some(findings) = pages.blocking_recv() {
        for finding in findings {
            let key = (&finding.product_arn, &finding.id);
            if !seen.insert((first_hasher.hash_one(key), second_hasher.hash_one(key))) {
                continue;
            }
            let first_seen = finding.since().unwrap_or(now);
            workbook.write(&ReportFinding::new(finding, Change::New, first_seen))?;
            rows += 1;
        }
    }
    workbook.finish()?;
    Ok(rows)
}
