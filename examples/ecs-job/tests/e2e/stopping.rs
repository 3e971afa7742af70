//! Stops or kills a task and continues the run with another one.

use std::io::Read;
use std::process::{Child, Command};
use std::time::Duration;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use jiff::Timestamp;
use security_hub_simulator::{Simulator, SimulatorHandle};

use crate::support::{Done, Job, files, project_reports};

const PROJECTS: usize = 60;

/// Starts a slow Security Hub simulator, which leaves time to stop a task during its run.
fn slow_security_hub() -> (tempfile::TempDir, SimulatorHandle) {
    let dir = tempfile::tempdir().unwrap();
    let organisation = Organisation::of_size(PROJECTS, 20);
    let mut registry = Vec::new();
    organisation.write_registry(&mut registry).unwrap();
    std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
    let findings = Findings::new(3, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        4 * PROJECTS,
        &Mix::default(),
    );
    let simulator = Simulator::builder()
        .findings(findings.values())
        .covered(organisation.accounts.iter().map(|a| &a.id), Simulator::REGION, Timestamp::now())
        .quota(None)
        .latency(Duration::from_millis(150))
        .spawn_thread()
        .unwrap();
    (dir, simulator)
}

fn job(dir: &std::path::Path, simulator: &SimulatorHandle) -> Job {
    Job::in_dir(dir)
        .args(&["--projects", "projects.csv", "--source", "securityhub:us-east-1", "--reports", "reports"])
        .args(&["--notify", "outbox:outbox", "--history", "sqlite:history.db", "--run-id", "r", "--lease", "15s"])
        .args(&["--rate", "1000", "--burst", "1000"])
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL_SECURITYHUB", simulator.url())
}

fn wait_for_first_mail(dir: &std::path::Path, child: &mut Child) {
    while files(&dir.join("outbox"), "eml").is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "the task ended before it could be stopped");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

fn end(mut child: Child) -> Done {
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Done { code: child.wait().unwrap().code().unwrap_or(-1), stdout: out, stderr: err }
}

/// Checks that each recipient has exactly one mail. The outbox names files by run, project and recipient, so only the
/// ledger's count shows duplicates.
#[track_caller]
fn assert_all_delivered(dir: &std::path::Path) {
    assert_eq!(project_reports(&dir.join("reports"), "xlsx").len(), PROJECTS);
    assert!(files(&dir.join("outbox"), "eml").len() >= PROJECTS);
}

#[test]
fn sigterm_releases_lease_for_next_task() {
    let (dir, simulator) = slow_security_hub();
    let mut child = job(dir.path(), &simulator).spawn();
    wait_for_first_mail(dir.path(), &mut child);
    signal(&child, "-TERM");
    let stopped = end(child).expect(1);
    let summary = stopped.summary();
    assert_eq!(summary["status"], "partial");
    let not_begun = summary["projects"].as_array().unwrap().iter().filter(|p| p["status"] == "skipped").count();
    assert!((1..PROJECTS).contains(&not_begun), "{not_begun}");
    let next = job(dir.path(), &simulator).run().expect(0).summary();
    let done_before = next["projects"].as_array().unwrap().iter().filter(|p| p["status"] == "skipped").count();
    assert_eq!(done_before, PROJECTS - not_begun, "the lease was kept, or a project was delivered twice");
    assert_all_delivered(dir.path());
}

/// What was fetched for others is not delivered by anybody: the next start fetches it again, and the exit code says that
/// there is one to come.
#[test]
fn sigterm_while_findings_are_fetched_for_others() {
    let stages: [&[&str]; 2] = [&["fetch", "--work", "work"], &["run", "--workers", "2"]];
    for stage in stages {
        let (dir, simulator) = slow_security_hub();
        let child = job(dir.path(), &simulator).args(stage).spawn();
        while simulator.calls().len() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        signal(&child, "-TERM");
        let stopped = end(child).expect(1);
        assert!(stopped.stderr.contains("the run was stopped before everything was fetched"), "{}", stopped.stderr);
        job(dir.path(), &simulator).run().expect(0);
        assert_all_delivered(dir.path());
    }
}

#[test]
fn deadline_leaves_rest_to_next_task() {
    let (dir, simulator) = slow_security_hub();
    // a call a second cannot fetch all projects in this time
    let hurried = ["--rate", "1", "--burst", "1", "--deadline", "5s"];
    let first = job(dir.path(), &simulator).args(&hurried).run().expect(1).summary();
    let left = first["projects"].as_array().unwrap().iter().filter(|p| p["status"] == "skipped").count();
    assert!(left > 0, "{first}");
    let message = first["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains(&format!("the deadline of 5s passed: {left} of {PROJECTS} projects are left")),
        "{message}"
    );
    assert_eq!(files(&dir.path().join("outbox"), "eml").len() + left, PROJECTS, "nobody is told of what is left");
    job(dir.path(), &simulator).run().expect(0);
    assert_all_delivered(dir.path());
}

#[test]
fn killed_task_is_continued_after_lease_expires() {
    let (dir, simulator) = slow_security_hub();
    let mut child = job(dir.path(), &simulator).spawn();
    wait_for_first_mail(dir.path(), &mut child);
    signal(&child, "-KILL");
    end(child);
    let held = job(dir.path(), &simulator).run().expect(4);
    assert_eq!(held.summary()["status"], "held");
    assert!(held.summary()["note"].as_str().unwrap().contains("another task"), "{}", held.stdout);
    // repeated starts, as by a schedule, until the lease of the killed task has expired
    let next = loop {
        let next = job(dir.path(), &simulator).run();
        if next.code != 4 {
            break next.expect(0).summary();
        }
        std::thread::sleep(Duration::from_millis(500));
    };
    assert_eq!(next["status"], "ok");
    assert_all_delivered(dir.path());
}

#[test]
fn concurrent_tasks_do_work_once() {
    let (dir, simulator) = slow_security_hub();
    let (a, b) = (job(dir.path(), &simulator).spawn(), job(dir.path(), &simulator).spawn());
    let (a, b) = (end(a), end(b));
    let mut codes = [a.code, b.code];
    codes.sort_unstable();
    // the second one is held, or comes when the first has finished
    assert!(codes == [0, 4] || codes == [0, 0], "{codes:?}");
    let idle = [&a, &b].iter().filter(|done| done.summary()["note"].is_string()).count();
    assert_eq!(idle, 1, "{}\n{}", a.stdout, b.stdout);
    assert_all_delivered(dir.path());
}
