//! Wall-clock time to start `ecs-job` and to build `findings-core` as embedders do, in processes of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::table::Table;

/// Environment variable with the path of a built `ecs-job`. Without it the release is built, which takes minutes.
const JOB: &str = "FINDINGS_BENCH_JOB";

const RUNS: usize = 20;
const START_MS: u128 = 50;
const SIZE_MB: f64 = 25.0;
const BUILD_SECONDS: f64 = 60.0;

/// Adds the rows about start-up, the size of the binary, and a clean build of `findings-core`.
pub(crate) fn measure(table: &mut Table) {
    let job = built();
    let folder = tempfile::tempdir().expect("a folder");
    start(table, &job, "ecs-job --help", &["--help".to_owned()]);
    start(table, &job, "ecs-job plan, an account without findings", &empty_organisation(folder.path()));

    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let megabytes = fs::metadata(&job).expect("ecs-job").len() as f64 / 1e6;
    let target = format!("under {SIZE_MB} MB");
    table.row("size of the stripped release", format!("{megabytes:.1} MB"), target, megabytes < SIZE_MB);

    let seconds = clean_build(folder.path()).as_secs_f64();
    table.row(
        format!("cargo build -p findings-core, default features, from clean, {} cores", cores()),
        format!("{seconds:.1} s"),
        format!("under {BUILD_SECONDS} s on 2 cores"),
        seconds < BUILD_SECONDS,
    );
}

/// The path of the built `ecs-job`.
pub(crate) fn built() -> PathBuf {
    std::env::var_os(JOB).map_or_else(build, PathBuf::from)
}

/// The arguments of a plan for an organisation without findings.
fn empty_organisation(folder: &Path) -> Vec<String> {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let projects = file("projects.csv", "project,account_ids,recipients\nPayments,111122223333,a@example.com\n");
    let source = file("findings.json", "{\"Findings\":[]}");
    let out = |name: &str| folder.join("out").join(name).display().to_string();
    vec![
        "plan".to_owned(),
        format!("--projects={projects}"),
        format!("--source={source}"),
        format!("--reports={}", out("reports")),
        format!("--notify=outbox:{}", out("outbox")),
        format!("--history=sqlite:{}", out("history.db")),
    ]
}

fn start(table: &mut Table, job: &Path, what: &str, arguments: &[String]) {
    let once = || {
        let started = Instant::now();
        let mut command = Command::new(job);
        // without the user's own configuration
        command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().unwrap_or_else(|error| panic!("{} does not start: {error}", job.display()));
        assert!(status.success(), "{what}: {status}; run it by hand: {} {}", job.display(), arguments.join(" "));
        started.elapsed()
    };
    // not measured: the first start reads the program from the disk
    once();
    let mut times: Vec<Duration> = (0..RUNS).map(|_| once()).collect();
    times.sort_unstable();
    let [median, slowest] = [times[RUNS / 2], times[RUNS - 1]].map(|time| time.as_micros());
    table.row(
        format!("{what}: median of {RUNS} starts"),
        format!("{:.1} ms, the slowest {:.1} ms", milliseconds(median), milliseconds(slowest)),
        format!("under {START_MS} ms"),
        median < START_MS * 1_000,
    );
}

#[expect(clippy::cast_precision_loss, reason = "some milliseconds")]
fn milliseconds(micros: u128) -> f64 {
    micros as f64 / 1_000.0
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Builds the release as its users do, and returns its path.
fn build() -> PathBuf {
    cargo(&["build", "--release", "--locked", "--quiet", "-p", "ecs-job"]);
    // this program is in target/release/deps
    let this = std::env::current_exe().expect("a path");
    this.parent().and_then(Path::parent).expect("the folder of releases").join("ecs-job")
}

fn clean_build(folder: &Path) -> Duration {
    // download before the measurement, so that the network does not count
    cargo(&["fetch", "--locked", "--quiet"]);
    let target = folder.join("target");
    let started = Instant::now();
    cargo(&["build", "--locked", "--quiet", "-p", "findings-core", "--target-dir", target.to_str().expect("a path")]);
    started.elapsed()
}

fn cargo(arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).status();
    assert!(status.expect("cargo").success(), "this failed: cargo {}", arguments.join(" "));
}
