//! The whole job on a million findings, in a process of its own, so that the simulator's memory is not counted.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use findings_core::aws::SecurityHubCoverage;
use findings_core::local::{DirStore, FileRegistry, SqliteDatabase};
use findings_core::pipeline::{Clock, Parts, Pipeline, RunOutcome, Settings};
use findings_core::source::{Budget, Lane, Sweep};
use findings_core::testing::fixture::{Findings, Mix, Organisation, SAMPLE_NOW, States};
use findings_core::testing::simulator::{Member, Simulator};
use findings_notify::OutboxNotifier;
use findings_xlsx::XlsxRenderer;
use jiff::Timestamp;
use serde_json::Value;

use crate::fetch::{client, source};
use crate::table::Table;

/// Tells this program to be the job.
pub(crate) const JOB: &str = "--job";

const PROJECTS: usize = 2_000;
const FINDINGS: usize = 1_000_000;
/// Bytes of a finding, so that a page of 100 has 350 KB.
const BYTES: usize = 3_500;
const MIB: u64 = 200;

/// Everything is open, so that everything is fetched.
fn mix() -> Mix {
    let states = States { new: 84, notified: 16, suppressed: 0, resolved: 0, archived: 0 };
    Mix { passed: 0, states, ..Mix::default() }
}

/// Adds the line about memory.
pub(crate) fn measure(table: &mut Table) {
    let organisation = Organisation::of_size(PROJECTS, 3);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        FINDINGS,
        &mix(),
    );
    let simulator = Simulator::builder()
        .quota(None)
        .pad_findings_to(BYTES)
        .raw_findings(findings.lines().map(Arc::from))
        .members(organisation.accounts.iter().map(|account| Member::enabled(&account.id)));
    let simulator = simulator.spawn_thread().expect("a port on loopback");
    let folder = tempfile::tempdir().expect("a folder");
    let registry = std::fs::File::create(folder.path().join("projects.csv")).expect("a file");
    organisation.write_registry(registry).expect("the registry");

    let started = Instant::now();
    let this = std::env::current_exe().expect("a path");
    let job = Command::new(this).arg(JOB).arg(simulator.url()).arg(folder.path()).output().expect("the job starts");
    assert!(job.status.success(), "the job failed: {}", String::from_utf8_lossy(&job.stderr));
    let told: Value = serde_json::from_slice(&job.stdout).expect("what the job tells");
    let (peak, found) = (told["peak_kib"].as_u64().expect("a number") / 1024, told["findings"].as_u64());
    let is_whole = told["exit_code"] == 0 && found == Some(FINDINGS as u64);
    table.row(
        format!("{FINDINGS} findings, {PROJECTS} projects, pages of 350 KB, no quota: peak memory of the whole job"),
        format!(
            "{peak} MiB; {} findings in {} workbooks and mails, {} s",
            found.unwrap_or_default(),
            told["delivered"],
            started.elapsed().as_secs()
        ),
        format!("at most {MIB} MiB"),
        peak <= MIB && is_whole,
    );
}

/// The job: the wiring of `ecs-job` with embedded parts. Its last words are for [`measure`].
pub(crate) fn job(url: &str, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let memory = SqliteDatabase::new(folder.join("history.db"));
    let from = "Reports <reports@example.com>".parse().expect("a sender");
    let parts = Parts {
        ledger: Arc::new(memory.clone()),
        registry: Arc::new(FileRegistry::new(folder.join("projects.csv"))),
        coverage: Some(Arc::new(SecurityHubCoverage::new([client(url)]))),
        sweep: Sweep::new(vec![Lane::new(Simulator::REGION, source(url), Budget::unlimited())]),
        renderers: vec![Arc::new(XlsxRenderer::new())],
        store: Arc::new(DirStore::new(folder.join("reports"))),
        notifiers: vec![Arc::new(OutboxNotifier::new(folder.join("outbox"), from).expect("an outbox"))],
        history_sink: Arc::new(memory.clone()),
        history_reader: Arc::new(memory),
    };
    let mut settings = Settings::new("bench".parse().expect("a run ID"), "bench");
    settings.clock = Arc::new(Then);
    let outcome = runtime.block_on(Pipeline::new(parts, settings).run()).expect("the run starts");
    let RunOutcome::Done(summary) = outcome else { panic!("somebody else works in a new folder") };
    let told = serde_json::json!({
        "peak_kib": peak_kib(),
        "exit_code": summary.exit_code(),
        "findings": summary.projects.iter().map(|project| project.findings).sum::<u64>(),
        "delivered": summary.projects.iter().filter(|project| project.is_ok()).count(),
    });
    println!("{told}");
}

/// The time at which the findings were made.
#[derive(Debug)]
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        SAMPLE_NOW
    }
}

/// The most memory that this process ever held, KiB, as Linux counts it.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}
