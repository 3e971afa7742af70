//! `preview`: what a run would send, as files, and nothing else.

use std::path::Path;

use serde_json::Value;

use crate::embedded::checkout;
use crate::support::{Done, Job, files};

fn preview(dir: &Path, args: &[&str]) -> Done {
    Job::in_dir(dir).args(&["preview"]).args(args).run()
}

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The sample organisation works without options.
#[test]
fn preview_writes_what_a_run_would_send_and_nothing_else() {
    let dir = checkout();
    let done = preview(dir.path(), &[]).expect(0);
    assert!(done.stdout.contains("Nothing was sent, stored or remembered."), "{}", done.stdout);
    let out = dir.path().join("out/preview");
    let made = std::fs::read_dir(dir.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(made.collect::<Vec<_>>(), ["preview"]);
    let text = read(&out, "mail.txt");
    assert!(text.contains("\nSubject: [Security Hub] ") && text.contains("link-to-the-report.example.com"), "{text}");
    assert!(read(&out, "mail.html").contains("link-to-the-report.example.com"));
    assert!(read(&out, "report.html").contains("<html") && out.join("report.xlsx").exists());
    for service in ["teams", "slack", "mattermost", "googlechat"] {
        let card = read(&out, &format!("card.{service}.json"));
        serde_json::from_str::<Value>(&card).unwrap();
        assert!(!card.contains("link-to-the-report"), "{service}: no channel gets links");
    }
    preview(dir.path(), &["--channel-links", "all"]).expect(0);
    assert!(read(&out, "card.teams.json").contains("link-to-the-report"));
}

/// Owners get mails about their parts: these are shown, too, and none of an earlier preview stays.
#[test]
fn preview_shows_the_mails_to_owners() {
    let dir = checkout();
    let rules = "project,match,owner\n*,*,Sato <sato@example.com>\n";
    std::fs::write(dir.path().join("owners.csv"), rules).unwrap();
    let done = preview(dir.path(), &["--owners", "owners.csv"]).expect(0);
    assert!(done.stdout.contains("owner-1.html"), "{}", done.stdout);
    let out = dir.path().join("out/preview");
    let text = read(&out, "owner-1.txt");
    assert!(text.starts_with("To: sato@example.com\n") && text.contains("Sato <sato@example.com>"), "{text}");
    assert!(read(&out, "owner-1.html").contains("link-to-the-report"));
    preview(dir.path(), &[]).expect(0);
    assert!(!out.join("owner-1.txt").exists() && out.join("mail.txt").exists());
}

/// The mail is that of the next run: it compares with the history, and leaves it as it is.
#[test]
fn preview_compares_with_the_history_and_keeps_it() {
    let dir = checkout();
    Job::in_dir(dir.path()).args(&["run", "--run-id", "2026-11-23"]).run().expect(0);
    let history = || {
        let args = ["history", "--history", "sqlite:out/history.db", "--output", "json"];
        let printed = Job::in_dir(dir.path()).args(&args).run().expect(0).stdout;
        serde_json::from_str::<serde_json::Value>(&printed).unwrap()["measures"][0]["runs"].clone()
    };
    let before = history();
    let mails = files(dir.path(), "eml").len();
    let name = "決済基盤";
    let done = preview(dir.path(), &["--project", name, "--out", "shown"]).expect(0);
    assert!(done.stdout.starts_with(name), "{}", done.stdout);
    let text = read(&dir.path().join("shown"), "mail.txt");
    assert!(text.lines().nth(1).unwrap().contains("変化なし"), "{text}");
    assert_eq!((history(), files(dir.path(), "eml").len()), (before, mails + 1), "and the mail of the preview");
    let unknown = preview(dir.path(), &["--project", "nobody"]).expect(2);
    assert!(unknown.stderr.contains(name), "it says which there are: {}", unknown.stderr);
}
