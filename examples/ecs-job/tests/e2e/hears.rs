//! Who hears of what: four recipients with four choices over four weeks. The second and the third week are killed at each
//! request to the mail relay, and go on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::gate::{self, Boundary, Watch};
use crate::smtp_sink::SmtpSink;
use crate::support::{Done, Job, project};

const REGISTRY: &str = "project,account_ids,recipients,notify,min_severity,contact,time_zone\n\
    Payments,111122223333;444455556666,A <a@example.com>|always;b@example.com;c@example.com|critical;d@example.com|never,changes,,own desk,Asia/Tokyo\n";

const MARCH: &str = "111122223333";
const APRIL: &str = "444455556666";

/// A check that failed just now, which shows that the account is checked.
fn finding(id: &str, account: &str, severity: &str) -> Value {
    let now = Timestamp::now().to_string();
    json!({"Id": id, "AwsAccountId": account, "Title": "t", "Region": "eu-west-1", "Severity": {"Label": severity},
        "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/securityhub", "CreatedAt": now, "UpdatedAt": now,
        "Resources": [{"Type": "AwsAccount", "Id": format!("AWS::::Account:{account}/{id}")}],
        "Compliance": {"Status": "FAILED", "SecurityControlId": "S3.1"},
        "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE"})
}

/// What a week shows: all accounts with one finding, and perhaps a critical one; in the last week an account is lost.
fn write_week(dir: &Path, week: u32) {
    let mut findings = vec![finding("one", MARCH, "HIGH")];
    findings.extend((week < 4).then(|| finding("two", APRIL, "MEDIUM")));
    findings.extend((week == 3).then(|| finding("three", MARCH, "CRITICAL")));
    std::fs::write(dir.join("findings.json"), json!(findings).to_string()).unwrap();
    let seen = if week < 4 { &[MARCH, APRIL][..] } else { &[MARCH] };
    let member = |account: &&str| json!({"AccountId": account, "MemberStatus": "Enabled"});
    let members: Vec<Value> = seen.iter().map(member).collect();
    std::fs::write(dir.join("members.json"), json!({ "Members": members }).to_string()).unwrap();
}

/// An installation of its own.
struct World {
    dir: tempfile::TempDir,
    relay: SmtpSink,
    watch: Arc<Watch>,
    mail: String,
}

impl World {
    fn new() -> Self {
        let (dir, relay, watch) = (tempfile::tempdir().unwrap(), SmtpSink::start(), Arc::new(Watch::default()));
        std::fs::write(dir.path().join("projects.csv"), REGISTRY).unwrap();
        let mail = gate::open(&watch, relay.address.clone());
        Self { dir, relay, watch, mail }
    }

    fn job(&self, command: &str, week: u32) -> Job {
        let notify = format!("smtp://{}?tls=none&from=job@example.com", self.mail);
        Job::in_dir(self.dir.path())
            .args(&[command, "--projects", "projects.csv", "--source", "findings.json", "--coverage", "members.json"])
            .args(&["--reports", "reports", "--history", "sqlite:history.db", "--notify", &notify])
            .args(&["--organisation-report", "none", "--run-id", &format!("week-{week}")])
    }

    /// Runs a week, up to a boundary if there is one. Returns how it ended, and the new mails by recipient.
    fn run(&self, week: u32, plan: Option<Boundary>) -> (Done, BTreeMap<String, usize>) {
        write_week(self.dir.path(), week);
        let before = self.relay.counts();
        self.watch.start(plan, || self.job("run", week).spawn());
        let done = Done::from(self.watch.wait());
        let mut counts = self.relay.counts();
        for (recipient, count) in before {
            *counts.get_mut(&recipient).unwrap() -= count;
        }
        counts.retain(|_, count| *count > 0);
        (done, counts)
    }

    /// Ends the lease of a killed process without waiting.
    fn expire_lease(&self) {
        let file = rusqlite::Connection::open(self.dir.path().join("history.db")).unwrap();
        let past = "2000-01-01T00:00:00.000000000Z";
        file.execute("UPDATE run SET lease_until = ?1 WHERE owner IS NOT NULL", [past]).unwrap();
    }
}

/// Who gets a mail in each week. The week in which an account is lost is told to all but `never`.
const HEARS: [&[&str]; 4] = [
    &["a@example.com", "b@example.com"],
    &["a@example.com"],
    &["a@example.com", "b@example.com", "c@example.com"],
    &["a@example.com", "b@example.com", "c@example.com"],
];

fn once(recipients: &[&str]) -> BTreeMap<String, usize> {
    recipients.iter().map(|recipient| ((*recipient).to_owned(), 1)).collect()
}

fn silent_of(week: usize) -> Vec<&'static str> {
    let all = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
    all.into_iter().filter(|recipient| !HEARS[week - 1].contains(recipient)).collect()
}

#[test]
fn four_recipients_hear_what_they_chose_and_silence_is_shown() {
    let world = World::new();
    let plan = world.job("plan", 1);
    write_week(world.dir.path(), 1);
    let plan = plan.run().expect(0).stdout;
    let to = "to a@example.com, b@example.com (changes), c@example.com (critical), d@example.com (never)";
    assert!(plan.contains(to) && plan.contains("time zone Asia/Tokyo, contact own desk"), "{plan}");
    for (week, exit) in [(1, 0), (2, 0), (3, 0), (4, 3)] {
        let (done, mails) = world.run(week, None);
        let summary = done.expect(exit).summary();
        let at = usize::try_from(week).unwrap();
        assert_eq!(mails, once(HEARS[at - 1]), "week {week}: {summary}");
        assert_eq!(project(&summary, "Payments")["silent"], json!(silent_of(at)), "week {week}");
    }
    // a finished run tells nobody again
    let (again, mails) = world.run(2, None);
    assert!(again.expect(0).summary()["note"].is_string() && mails.is_empty());
    let read = |args: &[&str]| {
        Job::in_dir(world.dir.path()).args(args).args(&["--history", "sqlite:history.db"]).run().expect(0).stdout
    };
    let status: Value = serde_json::from_str(&read(&["status", "--run-id", "week-2", "--output", "json"])).unwrap();
    let delivery = &status["deliveries"][0];
    let counts = ["sent", "not_sent", "in_doubt", "silent"].map(|name| delivery[name].as_u64().unwrap());
    assert_eq!((counts, &delivery["complete"]), ([1, 0, 0, 3], &json!(true)));
    let messages = read(&["history", "--project", "Payments", "--messages", "--run-id", "week-2"]);
    assert_eq!(messages.matches("silent").count(), 3, "{messages}");
}

/// Whatever a kill interrupts, everybody who wants to hear gets one mail, or the summary lists it as in doubt, and nobody
/// else gets one.
#[test]
fn a_killed_run_decides_the_same() {
    let undisturbed = World::new();
    undisturbed.run(1, None).0.expect(0);
    undisturbed.run(2, None).0.expect(0);
    undisturbed.run(3, None).0.expect(0);
    let questions = undisturbed.watch.questions();
    assert!(questions > 12, "{questions} requests to the relay for three mails");
    for question in 0..questions {
        let (world, answered) = (World::new(), question % 2 == 0);
        world.run(1, None).0.expect(0);
        for week in [2, 3] {
            let at = usize::try_from(week).unwrap();
            let (_, mut mails) = world.run(week, Some(Boundary { question, answered }));
            world.expire_lease();
            let (done, more) = world.run(week, None);
            let summary = done.expect(0).summary();
            for (recipient, count) in more {
                *mails.entry(recipient).or_default() += count;
            }
            let what = format!("week {week}, request {question}, answered: {answered}: {summary}");
            let recipients: Vec<&str> = mails.keys().map(String::as_str).collect();
            assert_eq!(recipients, HEARS[at - 1], "{what}");
            let doubts = project(&summary, "Payments")["in_doubt"].as_array().cloned().unwrap_or_default();
            let is_doubtful = |to: &str| doubts.iter().any(|message| message["recipient"] == to);
            assert!(mails.iter().all(|(to, count)| *count == 1 || is_doubtful(to)), "{what}");
            assert_eq!(project(&summary, "Payments")["silent"], json!(silent_of(at)), "{what}");
        }
    }
}

/// A week in which nothing changed: nobody is told if all chose so, and the run proves that it looked.
#[test]
fn a_silent_week_proves_that_it_looked() {
    let world = World::new();
    let registry = "project,account_ids,recipients\nPayments,111122223333;444455556666,a@example.com\n";
    std::fs::write(world.dir.path().join("projects.csv"), registry).unwrap();
    let run = |week: u32| {
        write_week(world.dir.path(), week.min(2));
        let job = world.job("run", week).args(&["--notify-when", "changes", "--operators", "ops@example.com"]);
        job.run().expect(0).summary()
    };
    let first = run(1);
    assert_eq!(project(&first, "Payments").get("silent"), None);
    let summary = run(2);
    let payments = project(&summary, "Payments");
    assert_eq!((&payments["status"], &payments["notified"]), (&json!("ok"), &json!([])));
    assert_eq!(payments["silent"], json!(["a@example.com"]));
    let stored = std::fs::read_to_string(world.dir.path().join(summary["summary_location"].as_str().unwrap())).unwrap();
    assert!(stored.contains("\"silent\":[\"a@example.com\"]"), "{stored}");
    assert_eq!(
        world.relay.counts(),
        BTreeMap::from([("a@example.com".to_owned(), 1), ("ops@example.com".to_owned(), 2)])
    );
    let history =
        Job::in_dir(world.dir.path()).args(&["history", "--history", "sqlite:history.db", "--project", "Payments"]);
    let history = history.run().expect(0).stdout;
    assert!(history.contains("week-1") && history.contains("week-2"), "{history}");
    // what would be told is shown, also to those who would not hear of it
    world.job("preview", 3).args(&["--notify-when", "never", "--out", "preview"]).run().expect(0);
    assert!(world.dir.path().join("preview/mail.txt").exists());
    // the third week says what changed since the mail of the first
    let fixed = json!([finding("one", MARCH, "HIGH"), finding("other", APRIL, "LOW")]);
    std::fs::write(world.dir.path().join("findings.json"), fixed.to_string()).unwrap();
    let third = world.job("run", 3).args(&["--notify-when", "changes"]).run().expect(0).summary();
    let payments = project(&third, "Payments");
    assert_eq!((&payments["notified"], payments.get("silent")), (&json!(["a@example.com"]), None));
}

#[test]
fn wrong_choices_are_named_and_the_project_is_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let registry = "project,account_ids,recipients,notify,time_zone\n\
        Payments,111122223333,a@example.com|weekly,sometimes,Tokyo\n";
    std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
    std::fs::write(dir.path().join("findings.json"), json!([finding("one", MARCH, "HIGH")]).to_string()).unwrap();
    let job = |args: &[&str]| {
        Job::in_dir(dir.path()).args(&["--projects", "projects.csv", "--source", "findings.json"]).args(args).run()
    };
    let summary = job(&["run", "--run-id", "1"]).expect(1).summary();
    let payments = project(&summary, "Payments");
    assert_eq!((&payments["notified"], payments.get("silent")), (&json!(["a@example.com"]), None));
    let said = payments["errors"].to_string();
    for want in [
        "line 2: what stands behind the bar is not a choice of reports, so a@example.com",
        "line 2: \\\"sometimes\\\" is not a choice of reports",
        "line 2: \\\"Tokyo\\\" is not a time zone",
    ] {
        assert!(said.contains(want), "{want}: {said}");
    }
    let refused = job(&["run", "--run-id", "2", "--notify-when", "weekly"]).expect(2).stderr;
    assert!(
        refused.contains("--notify-when") && refused.contains("always, changes, critical, overdue, monthly, never"),
        "{refused}"
    );
}
