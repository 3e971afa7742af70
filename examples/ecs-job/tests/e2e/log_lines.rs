//! Log lines name the run, and none is too long.

use serde_json::Value;

use crate::overdue::sample;
use crate::support::Job;

/// Longest line that CloudWatch Logs keeps whole, in bytes.
const LONGEST: usize = 256 * 1024;

#[test]
fn every_line_of_a_run_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let json = sample(dir.path(), &["run", "--log", "json"]).run();
    assert!(json.stderr.lines().count() > 3, "{}", json.stderr);
    for line in json.stderr.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["run_id"], "r", "{line}");
    }
    let text = sample(dir.path(), &["run", "--log", "text", "--redo", "all"]).run();
    let lines: Vec<&str> =
        text.stderr.lines().filter(|line| line.contains(" INFO ") || line.contains(" WARN ")).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("run_id=r")), "{}", text.stderr);
}

/// A thousand projects whose accounts no source knows: nothing can be read, so all are held back.
#[test]
fn thousand_projects_break_no_line() {
    let dir = tempfile::tempdir().unwrap();
    let row = |n| format!("A project with a rather long name {n},{n:012},p{n}@example.com");
    let rows = (0..1_000).map(row).collect::<Vec<_>>().join("\n");
    std::fs::write(dir.path().join("projects.csv"), format!("project,account_ids,recipients\n{rows}")).unwrap();
    let job = Job::in_dir(dir.path())
        .args(&["run", "--projects", "projects.csv", "--source", "securityhub:us-east-1", "--reports", "reports"])
        .args(&["--notify", "outbox:outbox", "--history", "sqlite:history.db", "--run-id", "r", "--log", "json"])
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    let simulator = security_hub_simulator::Simulator::builder().quota(None).spawn_thread().unwrap();
    let refused = job
        .env("AWS_ENDPOINT_URL_SECURITYHUB", format!("{}/nothing-here", simulator.url()))
        .args(&["--rate", "1000", "--burst", "1000"])
        .run()
        .expect(1);
    let summary = refused.summary();
    assert_eq!(summary["held_back"]["projects"], 1_000, "{}", &refused.stderr[..refused.stderr.len().min(2_000)]);
    assert!(refused.stdout.lines().chain(refused.stderr.lines()).all(|line| line.len() < LONGEST));
    let lines = refused.stderr.lines().count();
    assert!(lines < 100, "a line for each project or account: {lines}");
}

#[test]
fn plan_shows_first_accounts_without_owner() {
    let dir = tempfile::tempdir().unwrap();
    let members: Vec<Value> =
        (0..431).map(|n| serde_json::json!({"AccountId": format!("{n:012}"), "MemberStatus": "Enabled"})).collect();
    std::fs::write(dir.path().join("members.json"), serde_json::json!({"Members": members}).to_string()).unwrap();
    std::fs::write(dir.path().join("findings.json"), "{\"Findings\":[]}").unwrap();
    let registry = "project,account_ids,recipients\na,000000000000,a@example.com\n";
    std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
    let plan = Job::in_dir(dir.path())
        .args(&["plan", "--projects", "projects.csv", "--source", "findings.json", "--coverage", "members.json"])
        .args(&["--reports", "reports", "--notify", "outbox:outbox", "--history", "sqlite:history.db"])
        .run();
    assert_eq!(plan.stdout.matches("owned by no project").count(), 20, "{}", plan.stdout);
    assert!(plan.stdout.contains("(note) and 410 more of these, 430 in all"), "{}", plan.stdout);
}
