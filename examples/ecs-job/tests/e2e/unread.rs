//! A Security Hub that refuses everything: nobody is mailed an empty report, and the operators get the cause once.

use std::path::Path;

use aws_emulators::CREDENTIALS;
use jiff::Timestamp;
use security_hub_simulator::{Fault, Member, Simulator, SimulatorHandle, When};

use crate::support::{Done, Job, files, project_reports};

const HOME: &str = "ap-northeast-1";
const ACCOUNTS: [&str; 3] = ["111100000001", "111100000002", "111100000003"];

fn simulator() -> SimulatorHandle {
    let members = ACCOUNTS.map(Member::enabled);
    Simulator::builder().covered(ACCOUNTS, HOME, Timestamp::now()).members(members).spawn_thread().unwrap()
}

fn run(dir: &Path, hub: &SimulatorHandle, more: &[&str]) -> Done {
    let registry = ACCOUNTS.iter().zip(1..).map(|(account, n)| format!("P{n},{account},p{n}@example.com\n"));
    std::fs::write(
        dir.join("projects.csv"),
        format!("project,account_ids,recipients\n{}", registry.collect::<String>()),
    )
    .unwrap();
    Job::in_dir(dir)
        .args(&["run", "--run-id", "r1", "--projects", "projects.csv", "--reports", "reports"])
        .args(&["--source", &format!("securityhub:{HOME}"), "--notify", "outbox:outbox"])
        .args(&["--history", "sqlite:history.db", "--operators", "ops@example.com", "--log", "json"])
        .args(more)
        .env("AWS_ACCESS_KEY_ID", CREDENTIALS.0)
        .env("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1)
        .env("AWS_REGION", HOME)
        .env("AWS_ENDPOINT_URL_SECURITYHUB", hub.url())
        .run()
}

/// Returns all mails to these people as text.
fn mails(dir: &Path, to: &str) -> Vec<String> {
    let texts = files(&dir.join("outbox"), "eml").into_iter().map(|path| std::fs::read(path).unwrap());
    let is_to = |mail: &Vec<u8>| String::from_utf8_lossy(mail).contains(&format!("To: {to}"));
    texts.filter(is_to).map(|mail| read(&mail)).collect()
}

fn read(mail: &[u8]) -> String {
    let parsed = mailparse::parse_mail(mail).unwrap();
    let bodies = parsed.parts().map(|part| part.get_body().unwrap_or_default());
    format!("{}\n{}", String::from_utf8_lossy(mail), bodies.collect::<Vec<_>>().join("\n"))
}

#[test]
fn refused_security_hub_holds_reports_back_until_next_attempt() {
    let (dir, hub) = (tempfile::tempdir().unwrap(), simulator());
    hub.add_fault(Fault::AccessDenied, When::Always);
    let first = run(dir.path(), &hub, &[]).expect(1);
    let summary = first.summary();
    assert_eq!((&summary["status"], &summary["held_back"]["reason"]), (&"failed".into(), &"not_allowed".into()));
    assert_eq!(summary["held_back"]["projects"], 3);
    assert!(summary["errors"][0]["message"].as_str().unwrap().contains("securityhub:GetFindings"), "{summary}");
    for project in summary["projects"].as_array().unwrap() {
        assert_eq!((&project["status"], project["errors"].as_array().unwrap().len()), (&"failed".into(), 1));
        assert_eq!(project["errors"][0]["step"], "fetch");
    }
    assert!(mails(dir.path(), "p").is_empty() && files(&dir.path().join("reports"), "xlsx").is_empty());
    let digest = mails(dir.path(), "ops@example.com");
    assert_eq!(digest.len(), 1);
    for part in ["FAILED, 3 reports held back", "Security Hub refused the request (missing permission)."] {
        assert!(digest[0].contains(part), "{part} in {}", digest[0]);
    }
    hub.clear_faults();
    let second = run(dir.path(), &hub, &[]).expect(0);
    assert_eq!(second.summary()["status"], "ok");
    assert_eq!(mails(dir.path(), "p").len(), 3);
}

#[test]
fn readers_of_an_incomplete_report_do_not_see_the_error() {
    let (dir, hub) = (tempfile::tempdir().unwrap(), simulator());
    hub.add_fault(Fault::AccessDenied, When::Always);
    let done = run(dir.path(), &hub, &["--hold-if-unread", "never", "--format", "jsonl,csv,xlsx"]);
    let summary = done.expect(3).summary();
    let message = summary["projects"][0]["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("AccessDenied"), "operators see it: {message}");
    let told = mails(dir.path(), "p");
    assert_eq!(told.len(), 3);
    let reports = ["jsonl", "csv"].map(|extension| project_reports(&dir.path().join("reports"), extension));
    let reports = reports.iter().flatten().map(|path| std::fs::read_to_string(path).unwrap());
    let book = project_reports(&dir.path().join("reports"), "xlsx").into_iter().next().unwrap();
    let page = crate::support::texts_of_sheet(&std::fs::read(book).unwrap(), 0);
    for text in told.into_iter().chain(reports).chain([page]) {
        assert!(text.contains("Security Hub refused the request (missing permission)."), "{text}");
        assert!(!text.contains("AccessDenied"), "{text}");
    }
}
