//! Rules for owners: the column Owner, the mail with their part and its file, wrong rules, and a returned report.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{Done, Job, Sheet, files, project, rows_of_sheet, text_of, texts_of_book};

const ACCOUNT: &str = "111122223333";
const REGISTRY: &str = "project,account_ids,recipients,locale\nPayments,111122223333,lead@example.com,ja\n";
const OWNERS: &str = "project,match,owner\n\
    Payments,tag:Team=data,データ基盤 <data@example.com>\n\
    Payments,resource:arn:aws:s3:::web-*,Lead <lead@example.com>\n\
    Payments,tag:Owner,tag:Owner\n\
    Payments,region:us-west-2,far@example.com\n\
    Payments,regoin:eu-west-1,typo@example.com\n";

fn finding(id: &str, severity: &str, resource: &str, tags: &Value) -> Value {
    let now = Timestamp::now().to_string();
    json!({"Id": id, "AwsAccountId": ACCOUNT, "Title": "t", "Region": "eu-west-1", "Severity": {"Label": severity},
        "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/securityhub", "CreatedAt": now, "UpdatedAt": now,
        "Resources": [{"Type": "AwsS3Bucket", "Id": resource, "Tags": tags}],
        "Compliance": {"Status": "FAILED", "SecurityControlId": format!("S3.{id}")},
        "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE"})
}

fn write(dir: &Path) {
    let findings = json!([
        finding("1", "CRITICAL", "arn:aws:s3:::a", &json!({"Team": "data"})),
        finding("2", "HIGH", "arn:aws:s3:::b", &json!({"Team": "data"})),
        finding("3", "HIGH", "arn:aws:s3:::web-1", &json!({})),
        finding("4", "HIGH", "arn:aws:s3:::c", &json!({"Owner": "=HYPERLINK(\"http://evil\")"})),
        finding("5", "LOW", "arn:aws:s3:::d", &json!({})),
    ]);
    std::fs::write(dir.join("findings.json"), findings.to_string()).unwrap();
    std::fs::write(dir.join("projects.csv"), REGISTRY).unwrap();
    std::fs::write(dir.join("owners.csv"), OWNERS).unwrap();
}

fn job(dir: &Path, command: &[&str]) -> Job {
    Job::in_dir(dir).args(command).args(&[
        "--projects",
        "projects.csv",
        "--owners",
        "owners.csv",
        "--recipient-domains",
        "example.com",
    ])
}

fn run(dir: &Path, run_id: &str, more: &[&str]) -> Done {
    job(dir, &["run"])
        .args(&["--source", "findings.json", "--reports", "reports", "--history", "sqlite:history.db"])
        .args(&["--notify", "outbox:mail", "--organisation-report", "none", "--run-id", run_id])
        .args(more)
        .run()
}

/// The mail to a recipient, decoded.
fn mail_to(dir: &Path, recipient: &str) -> Option<(String, String)> {
    let mut of_recipient = files(&dir.join("mail"), "eml").into_iter().filter_map(|path| {
        let bytes = std::fs::read(path).unwrap();
        let mail = mailparse::parse_mail(&bytes).unwrap();
        let header = |name: &str| mail.headers.iter().find(|h| h.get_key() == name).unwrap().get_value();
        header("To").contains(recipient).then(|| (header("Subject"), text_of(&bytes)))
    });
    of_recipient.next()
}

#[test]
fn owners_are_filled_in_and_told_of_their_part() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir);
    let done = run(dir, "week-1", &[]).expect(1);
    let summary = done.summary();
    let owners = &project(&summary, "Payments")["owners"];
    assert_eq!((&owners["owned"], &owners["nobodys"]), (&4.into(), &1.into()), "{owners}");
    assert_eq!(summary["unused_owner_rules"], json!([5]), "nothing is in the Region");
    assert!(done.stderr.contains("owners, line 5: the rule fits no finding"), "{}", done.stderr);
    let wrong = summary["errors"][0]["message"].as_str().unwrap();
    assert!(wrong.starts_with("owners, line 6: match: \"regoin:eu-west-1\" is no condition"), "{wrong}");

    let (subject, text) = mail_to(dir, "data@example.com").unwrap();
    assert!(subject.contains("Payments（ご担当分）") && subject.contains("重大 1件"), "{subject}");
    assert!(text.contains("ご担当分（データ基盤 <data@example.com>）のお知らせです：全 5件のうち 2件"), "{text}");
    assert!(text.contains("-owner-") && !text.contains("解消 "), "{text}");
    assert!(mail_to(dir, "far@example.com").is_none(), "nothing is theirs");
    let (_, whole) = mail_to(dir, "lead@example.com").unwrap();
    assert!(!whole.contains("ご担当分"), "whoever hears of the whole gets one mail");

    let books = files(&dir.join("reports/runs"), "xlsx");
    let (part, whole): (Vec<_>, Vec<_>) = books.iter().partition(|path| path.to_string_lossy().contains("-owner-"));
    let [part, whole] = [part, whole].map(|of| std::fs::read(of[0]).unwrap());
    let owner = |bytes: &[u8]| Sheet::read(bytes, "検出結果ID").column("担当者");
    assert_eq!(owner(&part), owner(&whole), "the part leaves nothing out");
    assert_eq!(owner(&whole).iter().filter(|owner| owner.starts_with("データ基盤")).count(), 2);
    assert_eq!(rows_of_sheet(&whole, "担当者別"), 4, "three owners, and nobody");
    assert!(texts_of_book(&part).contains("データ基盤 <data@example.com> の担当分 2件（全 5件中）"));
    assert!(!texts_of_book(&whole).contains("の担当分 "));
    // a second attempt tells nobody again
    let before = files(&dir.join("mail"), "eml").len();
    run(dir, "week-1", &[]);
    assert_eq!(files(&dir.join("mail"), "eml").len(), before);
}

#[test]
fn wrong_rules_are_seen_before_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir);
    let table = job(dir, &["registry", "check"]).run().expect(1).stdout;
    assert!(table.contains("owners: match: \"regoin:eu-west-1\" is no condition"), "{table}");
    std::fs::write(dir.join("owners.csv"), "project,match,owner\nPayment,*,Sato\nPayments,account:444455556666,Ito\n")
        .unwrap();
    let table = job(dir, &["registry", "check"]).run().expect(0).stdout;
    for want in ["\"Payment\" is not in the registry", "account 444455556666 is not of \"Payments\""] {
        assert!(table.contains(want), "{want}: {table}");
    }
    let plan = job(dir, &["plan"]).args(&["--source", "findings.json", "--history", "sqlite:history.db"]).run().stdout;
    assert!(plan.contains("Owners: 2 rules of owners.csv") && plan.contains("(note) line 2: \"Payment\""), "{plan}");
    std::fs::write(dir.join("owners.csv"), "project,owner\nPayments,Sato\n").unwrap();
    let done = run(dir, "r", &[]).expect(2);
    assert!(done.stdout.contains("has no column \\\"match\\\""), "{done:?}");
}
