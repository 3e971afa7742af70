//! Reads all findings in a process of its own.

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use asff_fixtures::Organisation;
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use findings_core::AccountId;
use findings_core::aws::S3FindingsSource;
use findings_core::source::{Budget, FindingsSource, Lane, Sweep, SweepTarget};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use crate::bucket::{BUCKET, FOLDER, organisation};
use crate::measure::cpu_seconds;
use crate::memory::memory;

/// The argument with which this program reads.
pub(crate) const READ: &str = "--read";

/// The measurements that the reading process prints at its end, as JSON.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Told {
    pub(crate) objects: usize,
    /// Number of findings that the sweep gave out.
    pub(crate) findings: usize,
    /// Wall-clock time until the source was open.
    pub(crate) open_seconds: f64,
    /// Wall-clock time of everything.
    pub(crate) seconds: f64,
    /// CPU time of all threads.
    pub(crate) cpu_seconds: f64,
    /// Peak memory until the source was open, in MiB.
    pub(crate) open_peak_mib: u64,
    /// Memory when the source was open, in MiB.
    pub(crate) opened_mib: u64,
    /// Peak memory of everything, in MiB.
    pub(crate) peak_mib: u64,
}

/// Reads in a new process.
pub(crate) fn run(url: &str, findings: usize) -> Told {
    let this = std::env::current_exe().expect("a path");
    let read = Command::new(this).args([READ, url, &findings.to_string()]).output().expect("the process starts");
    assert!(read.status.success(), "reading failed: {}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).expect("what the process tells")
}

/// Reads in this process, and prints the measurements for [`run`].
pub(crate) fn be(url: &str, findings: usize) {
    let targets = targets(&organisation(findings));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let told = runtime.block_on(async {
        let started = Instant::now();
        let source = S3FindingsSource::open(&client(url), BUCKET, FOLDER).await.expect("findings");
        let open_seconds = started.elapsed().as_secs_f64();
        assert_eq!(source.rejected(), [], "all findings can be read");
        let objects = source.inputs().len();
        let (open_peak_mib, opened_mib) = (mib("VmHWM:"), mib("VmRSS:"));
        let findings = sweep(Arc::new(source), targets).await;
        Told {
            objects,
            findings,
            open_seconds,
            seconds: started.elapsed().as_secs_f64(),
            cpu_seconds: cpu_seconds(),
            open_peak_mib,
            opened_mib,
            peak_mib: mib("VmHWM:"),
        }
    });
    println!("{}", serde_json::to_string(&told).expect("JSON"));
}

fn mib(name: &str) -> u64 {
    memory(name).expect("Linux") >> 10
}

/// Returns the number of findings. Each project is dropped when it arrives, as in the job.
async fn sweep(source: Arc<dyn FindingsSource>, targets: Vec<SweepTarget>) -> usize {
    let mut swept = Sweep::new(vec![Lane::new("bench", source, Budget::unlimited())]).start(targets);
    let mut findings = 0;
    while let Some(target) = swept.next().await {
        findings += target.accounts.iter().map(|account| account.findings.len()).sum::<usize>();
    }
    findings
}

fn targets(organisation: &Organisation) -> Vec<SweepTarget> {
    let accounts = |ids: &[String]| ids.iter().map(|id| id.parse().expect("twelve digits")).collect::<Vec<AccountId>>();
    organisation.projects.iter().map(|project| SweepTarget::new(accounts(&project.account_ids))).collect()
}

fn client(url: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "bench"))
        .endpoint_url(url)
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}
