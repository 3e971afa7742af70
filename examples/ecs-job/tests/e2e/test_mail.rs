//! `plan --test-mail`: one real mail with a real link, and nothing else.

use std::path::Path;

use aws_emulators::{CREDENTIALS, http_get};

use crate::aws::{World, mails};
use crate::delivery::answering;
use crate::smtp_sink::SmtpSink;
use crate::support::{Done, Job, files};

/// Returns a plan of one project in this folder, with a test mail to this address.
fn plan(dir: &Path, to: &str, notify: &[&str]) -> Job {
    let registry = "project,account_ids,recipients\nPayments,111100000001,anna@example.com\n";
    std::fs::write(dir.join("projects.csv"), registry).unwrap();
    std::fs::write(dir.join("findings.json"), "[]").unwrap();
    let job = Job::in_dir(dir).args(&["plan", "--projects", "projects.csv", "--source", "findings.json"]);
    let job = job.args(&["--run-id", "before", "--reports", "reports", "--test-mail", to]);
    notify.iter().fold(job, |job, notify| job.args(&["--notify", notify]))
}

#[track_caller]
fn shows(done: &Done, wanted: &[&str]) {
    for want in wanted {
        assert!(done.stdout.contains(want), "{want:?} is missing: {}{}", done.stdout, done.stderr);
    }
}

#[test]
fn test_mail_has_link_to_stored_file_and_nothing_else_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let done = plan(dir.path(), "tester@example.com", &["outbox:mails"]).run().expect(0);
    shows(&done, &["sent to tester@example.com through outbox, message ID ", "its link does not expire"]);
    shows(&done, &["test/before/test-mail.xlsx", "Except for the test mail, nothing was sent or stored."]);
    let eml = files(dir.path(), "eml");
    assert_eq!(eml.len(), 1, "{eml:?}");
    let raw = std::fs::read(eml.first().unwrap()).unwrap();
    let mail = mailparse::parse_mail(&raw).unwrap();
    let text = mail.parts().find(|p| p.ctype.mimetype == "text/plain").unwrap().get_body().unwrap();
    let link = text.split_whitespace().find(|word| word.starts_with("file://")).unwrap_or_else(|| panic!("{text}"));
    assert!(link.ends_with("reports/test/before/test-mail.xlsx"), "{link}");
    // nothing was looked at
    assert!(!text.contains("clean") && text.contains("INCOMPLETE"), "{text}");
    let stored = files(&dir.path().join("reports"), "xlsx");
    assert_eq!(stored.len(), 1, "{stored:?}");
    assert!(!dir.path().join("out").exists(), "a plan made a history");
}

#[test]
fn test_mail_goes_through_relay_once() {
    let dir = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start();
    let url = format!("smtp://{}?from=security@example.com", sink.address);
    let done = plan(dir.path(), "tester@example.com", &[&url]).args(&["--locale", "ja"]).run().expect(0);
    shows(&done, &["sent to tester@example.com through smtp, message ID "]);
    assert_eq!(sink.counts(), [("tester@example.com".to_owned(), 1)].into());
}

#[test]
fn test_mail_that_cannot_be_sent_is_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    let rejected = answering(
        "400 Bad Request",
        r#"{"__type":"MessageRejected","message":"Email address is not verified."}"#.to_owned(),
    );
    let job = plan(dir.path(), "tester@example.com", &["ses:security@example.com"])
        .env("AWS_ENDPOINT_URL_SESV2", rejected)
        .env("AWS_ACCESS_KEY_ID", CREDENTIALS.0)
        .env("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1)
        .env("AWS_REGION", "ap-northeast-1");
    let done = job.run().expect(1);
    shows(&done, &["! ses: failed to send the mail through SES", "Email address is not verified."]);
    assert!(!done.stdout.contains("sent to tester"), "{}", done.stdout);
}

#[test]
fn test_mail_to_channel_or_without_mailer_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (to, notify, want) in [
        ("slack:payments", "outbox:mails", "is a channel; name a mail address"),
        ("anna", "outbox:mails", "--test-mail: "),
        ("anna@example.com", "slack:HOOKS", "no notifier serves a mail address"),
    ] {
        let done = plan(dir.path(), to, &[notify]).env("HOOKS", "https://hooks.example/services/x").run().expect(2);
        assert!(done.stderr.contains(want) && !done.stderr.contains("FINDINGS_TEST_MAIL"), "{}", done.stderr);
    }
    assert!(files(dir.path(), "xlsx").is_empty() && files(dir.path(), "eml").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn test_mail_through_ses_has_working_link() {
    let world = World::new().await;
    let done = world.job("plan", "run-test-mail").args(&["--test-mail", "tester@example.com"]).run().expect(0);
    shows(&done, &["sent to tester@example.com through ses, message ID ", "its link works until "]);
    let sent = mails("run-test-mail").await;
    assert_eq!(sent.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(), ["tester@example.com"]);
    let answer = http_get(sent[0].link()).await.unwrap();
    assert!(answer.status == 200 && answer.body.starts_with(b"PK"), "{}", answer.status);
    assert!(sent[0].link().contains("/reports/test/run-test-mail/test-mail.xlsx"), "{}", sent[0].link());
    assert!(!format!("{}{}", done.stdout, done.stderr).contains("X-Amz-Signature"));
    // the run itself is as new as before
    assert!(world.job("run", "run-test-mail").run().expect(0).summary()["note"].is_null());
}
