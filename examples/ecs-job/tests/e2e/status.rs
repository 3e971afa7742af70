//! `status`: who was told of the last report of each project.

use serde_json::Value;

use crate::smtp_sink::SmtpSink;
use crate::support::Job;

const FINDINGS: &str = r#"[
{"Id":"p","AwsAccountId":"111122223333","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Title":"t","Severity":{"Label":"HIGH"}},
{"Id":"w","AwsAccountId":"444455556666","ProductArn":"arn:aws:securityhub:eu-west-1::product/aws/securityhub","Title":"t","Severity":{"Label":"LOW"}}]"#;

#[test]
fn the_last_report_of_each_project_and_the_last_ones_of_one() {
    let dir = tempfile::tempdir().unwrap();
    let write = |registry: &str| {
        let header = "project,account_ids,recipients\n";
        std::fs::write(dir.path().join("projects.csv"), format!("{header}{registry}")).unwrap();
    };
    std::fs::write(dir.path().join("findings.json"), FINDINGS).unwrap();
    let relay = SmtpSink::start();
    let run = |run_id: &str, to: &str| {
        let common = ["--projects", "projects.csv", "--source", "findings.json", "--history", "sqlite:history.db"];
        Job::in_dir(dir.path()).args(&["run", "--run-id", run_id]).args(&common).args(&["--notify", to]).run()
    };
    let status = |args: &[&str]| {
        let done = Job::in_dir(dir.path()).args(&["status", "--history", "sqlite:history.db"]).args(args).run();
        done.expect(0).stdout
    };
    let json = |args: &[&str]| -> Vec<Value> {
        let text = status(&[args, &["--output", "json"]].concat());
        serde_json::from_str::<Value>(&text).unwrap()["deliveries"].as_array().unwrap().clone()
    };
    write("Payments,111122223333,a@example.com;b@example.com\nWeb,444455556666,\n");
    // nobody is told of a project without recipients
    run("1", "outbox:out").expect(1);
    // the second run does not reach the chat of one of them
    write("Payments,111122223333,a@example.com;nobody:x\nWeb,444455556666,\n");
    run("2", &format!("smtp://{}?from=security@example.com", relay.address)).expect(1);

    let last = json(&[]);
    let of = |name: &str| last.iter().find(|delivery| delivery["project"] == name).unwrap();
    assert_eq!((&of("Payments")["run_id"], &of("Payments")["sent"]), (&"2".into(), &1.into()), "{last:?}");
    assert_eq!((&of("Web")["sent"], &of("Web")["findings"]), (&0.into(), &1.into()));
    assert!(of("Web")["opened_by"].is_null(), "links of files do not tell: {last:?}");
    assert!(status(&[]).contains("1 that nobody was sent"), "{}", status(&[]));

    let payments = json(&["--project", "Payments"]);
    let runs: Vec<&Value> = payments.iter().map(|delivery| &delivery["run_id"]).collect();
    assert_eq!(runs, ["2", "1"], "the latest comes first");
    assert_eq!(payments[1]["sent"], 2);
    assert_eq!(json(&["--run-id", "1"]).len(), 2);
    assert!(status(&["--output", "csv"]).starts_with("project,run,read,report,"));
    let unknown = Job::in_dir(dir.path()).args(&["status", "--history", "sqlite:history.db", "--project", "X"]).run();
    assert!(unknown.expect(2).stderr.contains("known are: Payments, Web"));
    let unknown =
        Job::in_dir(dir.path()).args(&["status", "--history", "sqlite:history.db", "--run-id", "never"]).run();
    assert!(unknown.expect(2).stderr.contains("the latest runs are: 2, 1"));
}
