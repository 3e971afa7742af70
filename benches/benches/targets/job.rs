//! The whole job in a process of its own, so that only its time and memory are measured. The process is this program
//! with the parts of `ecs-job`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use asff_fixtures::{Mix, SAMPLE_NOW, States};
use findings_core::aws::SecurityHubCoverage;
use findings_core::coverage::CoverageSource;
use findings_core::local::{AsffFileSource, DirStore, FileRegistry, SqliteDatabase};
use findings_core::pipeline::timings::{Stage, Timings, peak_memory};
use findings_core::pipeline::{Clock, Parts, Pipeline, RunOutcome, Settings};
use findings_core::source::{Budget, FindingsSource, Lane, Sweep};
use findings_notify::OutboxNotifier;
use findings_xlsx::XlsxRenderer;
use jiff::Timestamp;
use security_hub_simulator::Simulator;
use serde::{Deserialize, Serialize};

use crate::common::{client, source};
use crate::measure::cpu_seconds;

/// The argument with which this program runs the job.
pub(crate) const JOB: &str = "--job";
/// The argument with which the job keeps to the quota of GetFindings.
const QUOTA: &str = "--with-quota";

/// The measurements that the process of the job prints at its end, as JSON.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Told {
    /// Peak memory in MiB.
    pub(crate) peak_mib: u64,
    /// Wall-clock time from the first call to the last write.
    pub(crate) seconds: f64,
    /// CPU time of all threads.
    pub(crate) cpu_seconds: f64,
    pub(crate) exit_code: u8,
    pub(crate) findings: u64,
    /// Number of projects whose recipients got a complete report.
    pub(crate) delivered: usize,
    /// CPU time of each stage in seconds, in the order of [`Stage::ALL`].
    pub(crate) stages: Vec<f64>,
}

/// A mix of open findings, because the default filter fetches only open ones.
pub(crate) fn open_mix() -> Mix {
    let states = States { new: 84, notified: 16, suppressed: 0, resolved: 0, archived: 0 };
    Mix { passed: 0, states, ..Mix::default() }
}

/// Runs the job in a new process. `origin` is the URL of a simulator or the path of a file. The folder has the
/// registry, `projects.csv`, and gets all output.
pub(crate) fn run(origin: &str, folder: &Path) -> Told {
    start(origin, folder, &[])
}

/// The same, with the quota of GetFindings: 3 calls a second, and a burst of 6.
pub(crate) fn run_with_quota(origin: &str, folder: &Path) -> Told {
    start(origin, folder, &[QUOTA])
}

fn start(origin: &str, folder: &Path, more: &[&str]) -> Told {
    let this = std::env::current_exe().expect("a path");
    let job = Command::new(this).args([JOB, origin]).arg(folder).args(more).output().expect("the job starts");
    assert!(job.status.success(), "the job failed: {}", String::from_utf8_lossy(&job.stderr));
    serde_json::from_slice(&job.stdout).expect("what the job tells")
}

/// Runs the job in this process, and prints the measurements for [`run`].
pub(crate) fn be(origin: &str, folder: &Path, more: &[String]) {
    let budget = if more.iter().any(|flag| flag == QUOTA) { Budget::new(3.0, 6) } else { Budget::unlimited() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (started, timings) = (Instant::now(), Timings::on());
    let outcome = runtime.block_on(async {
        let mut settings = Settings::new("bench".parse().expect("a run ID"), "bench");
        (settings.clock, settings.timings) = (Arc::new(Then), timings.clone());
        Pipeline::new(parts(origin, folder, budget, &timings).await, settings).run().await.expect("the run starts")
    });
    let seconds = started.elapsed().as_secs_f64();
    let RunOutcome::Done(summary) = outcome else { panic!("somebody else works in a new folder") };
    let told = Told {
        peak_mib: peak_memory().expect("Linux") >> 20,
        seconds,
        cpu_seconds: cpu_seconds(),
        exit_code: summary.exit_code(),
        findings: summary.projects.iter().map(|project| project.findings).sum(),
        delivered: summary.projects.iter().filter(|project| project.is_ok()).count(),
        stages: Stage::ALL.iter().map(|stage| timings.of(*stage).processor.as_secs_f64()).collect(),
    };
    println!("{}", serde_json::to_string(&told).expect("JSON"));
}

async fn parts(origin: &str, folder: &Path, budget: Budget, timings: &Timings) -> Parts {
    let memory = SqliteDatabase::new(folder.join("history.db"));
    let from = "Reports <reports@example.com>".parse().expect("a sender");
    let (source, coverage) = timings.measure(Stage::Open, origin_of(origin)).await;
    Parts {
        ledger: Arc::new(memory.clone()),
        registry: Arc::new(FileRegistry::new(folder.join("projects.csv"))),
        coverage,
        sweep: Sweep::new(vec![Lane::new(Simulator::REGION, source, budget)]),
        renderers: vec![Arc::new(XlsxRenderer::new())],
        store: Arc::new(DirStore::new(folder.join("reports"))),
        notifiers: vec![Arc::new(OutboxNotifier::new(folder.join("outbox"), from).expect("an outbox"))],
        history_sink: Arc::new(memory.clone()),
        history_reader: Arc::new(memory),
    }
}

async fn origin_of(origin: &str) -> (Arc<dyn FindingsSource>, Option<Arc<dyn CoverageSource>>) {
    if origin.starts_with("http://") {
        return (source(origin), Some(Arc::new(SecurityHubCoverage::new([client(origin)]))));
    }
    let file = AsffFileSource::open(PathBuf::from(origin)).await.expect("findings");
    (Arc::new(file), None)
}

/// A clock that stands at the time for which the findings were generated.
#[derive(Debug)]
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        SAMPLE_NOW
    }
}
