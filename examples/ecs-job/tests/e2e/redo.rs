//! A run that is finished: what `plan` and another start say, and what `--redo` does.

use std::path::Path;

use crate::support::{Done, Job, files, workspace};

fn job(dir: &Path, command: &str) -> Job {
    let sample = |name: &str| workspace().join("examples/data").join(name).display().to_string();
    Job::in_dir(dir).args(&[command, "--projects", &sample("projects.csv"), "--source", &sample("findings.json")]).args(
        &["--reports", "reports", "--notify", "outbox:outbox", "--history", "sqlite:history.db", "--run-id", "r1"],
    )
}

fn corrected(dir: &Path) -> (usize, usize) {
    let mails = files(&dir.join("outbox"), "eml");
    let text = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    // the Japanese prefix is encoded in the header, so the English mails are enough to tell
    let corrected = mails.iter().filter(|path| text(path).contains("Subject: [Security Hub] Corrected: ")).count();
    (mails.len(), corrected)
}

fn note(done: &Done) -> String {
    done.summary()["note"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn finished_run_is_reopened_only_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let planned = job(dir.path(), "plan").run();
    assert!(!planned.stdout.contains("run r1"), "{}", planned.stdout);
    let first = job(dir.path(), "run").run();
    let code = first.code;
    let (mails, _) = corrected(dir.path());
    assert!(mails > 2 && first.summary()["status"] != "failed", "{}", first.stderr);

    let planned = job(dir.path(), "plan").run().expect(1);
    assert!(planned.stdout.contains("! run r1: it is finished, so a run would do nothing"), "{}", planned.stdout);
    let planned = job(dir.path(), "plan").args(&["--redo", "all"]).run();
    assert!(planned.stdout.contains("would be reopened as edition 2"), "{}", planned.stdout);

    let again = job(dir.path(), "run").run().expect(code);
    assert!(note(&again).contains("was finished before"), "{}", again.stdout);
    assert_eq!(corrected(dir.path()), (mails, 0));

    // nothing has changed, so there is nothing to tell
    job(dir.path(), "run").args(&["--redo", "incomplete"]).run().expect(code);
    assert_eq!(corrected(dir.path()), (mails, 0));

    let forced = job(dir.path(), "run").args(&["--force"]).run().expect(code);
    let (all, in_english) = corrected(dir.path());
    assert_eq!(all, 2 * mails, "each corrected mail is a mail of its own");
    assert!(in_english > 0);
    let projects = forced.summary()["projects"].as_array().cloned().unwrap();
    assert!(projects.iter().all(|project| project["edition"] == 3), "{projects:?}");
}

/// A mistyped ID must not become a new run, which mails everybody.
#[test]
fn run_that_is_not_known_is_not_redone() {
    let dir = tempfile::tempdir().unwrap();
    for redo in ["all", "incomplete"] {
        let refused = job(dir.path(), "run").args(&["--redo", redo]).run().expect(2);
        assert!(refused.stderr.contains("do the run again r1: no run with this ID was begun"), "{}", refused.stderr);
        assert!(refused.stderr.contains("no finished run is recorded"), "{}", refused.stderr);
        assert_eq!(corrected(dir.path()).0, 0);
    }
    let planned = job(dir.path(), "plan").args(&["--redo", "all"]).run().expect(1);
    assert!(planned.stdout.contains("! run r1: no run with this ID was begun"), "{}", planned.stdout);

    let code = job(dir.path(), "run").args(&["--force"]).run().code;
    let (mails, _) = corrected(dir.path());
    assert!(mails > 0, "--force begins a run as well");
    let refused = job(dir.path(), "run").args(&["--redo", "all", "--run-id", "r2"]).run().expect(2);
    assert!(refused.stderr.contains("the run that finished last is r1"), "{}", refused.stderr);
    assert_eq!(corrected(dir.path()), (mails, 0));
    job(dir.path(), "run").args(&["--redo", "all"]).run().expect(code);
    assert_eq!(corrected(dir.path()).0, 2 * mails);
}

#[test]
fn wrong_values_of_redo_grace_and_deadline_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let done = job(dir.path(), "run").args(&["--redo", "some", "--grace", "5m", "--deadline", "0s"]).run().expect(2);
    for wanted in ["expected incomplete or all", "give at most 2m", "leaves no time for anything"] {
        assert!(done.stderr.contains(wanted), "{wanted}: {}", done.stderr);
    }
}
