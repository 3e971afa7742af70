//! Urgent runs between the reports: three days after a report, the next report, both at the same moment, and a kill at each
//! request to the mail relay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::gate::{self, Boundary, Watch};
use crate::smtp_sink::SmtpSink;
use crate::support::{Done, Job, project, text_of};

const REGISTRY: &str = "project,account_ids,recipients,notify\n\
    Payments,111122223333,a@example.com;b@example.com|critical;c@example.com|never,changes\n";

fn finding(id: &str, severity: &str) -> Value {
    let now = Timestamp::now().to_string();
    json!({"Id": id, "AwsAccountId": "111122223333", "Title": format!("title of {id}"), "Region": "eu-west-1",
        "Severity": {"Label": severity}, "ProductArn": "arn:aws:securityhub:eu-west-1::product/aws/guardduty",
        "CreatedAt": now, "UpdatedAt": now, "Resources": [{"Type": "AwsAccount", "Id": "AWS::::Account:111122223333"}],
        "Workflow": {"Status": "NEW"}, "RecordState": "ACTIVE"})
}

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

    fn find(&self, findings: &[(&str, &str)]) -> &Self {
        let findings: Vec<Value> = findings.iter().map(|(id, severity)| finding(id, severity)).collect();
        std::fs::write(self.dir.path().join("findings.json"), json!(findings).to_string()).unwrap();
        self
    }

    fn job(&self, run_id: &str, args: &[&str]) -> Job {
        let notify = format!("smtp://{}?tls=none&from=job@example.com", self.mail);
        Job::in_dir(self.dir.path())
            .args(&["run", "--projects", "projects.csv", "--source", "findings.json", "--reports", "reports"])
            .args(&["--history", "sqlite:history.db", "--notify", &notify, "--organisation-report", "none"])
            .args(&["--run-id", run_id])
            .args(args)
    }

    /// Runs, up to a boundary if there is one. Returns how it ended, and the new mails by recipient.
    fn run(&self, run_id: &str, args: &[&str], plan: Option<Boundary>) -> (Done, BTreeMap<String, usize>) {
        let before = self.relay.counts();
        self.watch.start(plan, || self.job(run_id, args).spawn());
        let done = Done::from(self.watch.wait());
        let mut counts = self.relay.counts();
        for (recipient, count) in before {
            *counts.get_mut(&recipient).unwrap() -= count;
        }
        counts.retain(|_, count| *count > 0);
        (done, counts)
    }

    fn urgent(&self, day: u32) -> (Value, BTreeSet<String>) {
        let (done, mails) = self.run(&format!("day-{day}"), &["--urgent"], None);
        (done.expect(0).summary(), mails.into_keys().collect())
    }

    /// Ends the leases of a killed process without waiting.
    fn expire_leases(&self) {
        let file = rusqlite::Connection::open(self.dir.path().join("history.db")).unwrap();
        let past = "2000-01-01T00:00:00.000000000Z";
        file.execute("UPDATE run SET lease_until = ?1 WHERE owner IS NOT NULL", [past]).unwrap();
    }
}

fn both() -> BTreeSet<String> {
    ["a@example.com", "b@example.com"].map(str::to_owned).into()
}

#[test]
fn three_days_between_two_reports() {
    let world = World::new();
    let all = |extra: &[(&'static str, &'static str)]| [&[("old", "CRITICAL"), ("rising", "HIGH")][..], extra].concat();
    world.find(&all(&[])).run("week-1", &[], None).0.expect(0);
    let (summary, mails) = world.urgent(1);
    assert_eq!((mails.len(), &summary["run_id"]), (0, &json!("urgent-day-1")), "the report told of it: {summary}");

    world.find(&all(&[("new", "CRITICAL"), ("high", "HIGH")]));
    let (summary, mails) = world.urgent(2);
    assert_eq!(mails, both());
    assert_eq!(summary["urgent"], json!({"from": "CRITICAL", "issues": 1, "told": 2}));
    let payments = project(&summary, "Payments");
    assert_eq!((&payments["silent"], &payments["changes"]["new"]), (&json!(["c@example.com"]), &json!(1)));
    assert!(payments["report"].is_null());

    let (summary, mails) = world.urgent(3);
    assert_eq!((mails.len(), &summary["urgent"]["told"]), (0, &json!(0)), "they know of it");
    assert_eq!(world.urgent(3).0["note"].as_str().map(|note| note.contains("done before")), Some(true));

    world.find(&[("old", "CRITICAL"), ("rising", "CRITICAL"), ("new", "CRITICAL"), ("high", "HIGH")]);
    let (_, mails) = world.urgent(4);
    assert_eq!(mails, both(), "one got worse");

    // the report is whole, as if nothing had been told in between
    let (weekly, mails) = world.run("week-2", &[], None);
    let weekly = weekly.expect(0).summary();
    let changes = &project(&weekly, "Payments")["changes"];
    assert_eq!((&changes["new"], &changes["worse"]), (&json!(2), &json!(1)), "{weekly}");
    assert_eq!(mails.into_keys().collect::<BTreeSet<_>>(), both());
    assert_eq!(world.urgent(5).1.len(), 0);

    // other commands see the two reports and nothing else
    let read = |args: &[&str]| {
        Job::in_dir(world.dir.path()).args(args).args(&["--history", "sqlite:history.db"]).run().expect(0).stdout
    };
    let status: Value = serde_json::from_str(&read(&["status", "--output", "json"])).unwrap();
    assert_eq!(status["deliveries"][0]["run_id"], "week-2", "{status}");
    assert!(read(&["overdue"]).contains("week-2"));
    assert!(!read(&["history"]).contains("urgent"));
    let told = read(&["history", "--project", "Payments", "--messages", "--run-id", "urgent"]);
    assert_eq!(told.matches("smtp/urgent/").count(), 4, "{told}");
}

#[test]
fn the_message_says_what_matters() {
    let world = World::new();
    world.find(&[("one", "CRITICAL"), ("two", "HIGH")]);
    let (done, _) =
        world.run("day-1", &["--urgent=true", "--urgent-from", "high", "--contact", "desk@example.com"], None);
    assert_eq!(done.expect(0).summary()["urgent"]["from"], "HIGH");
    let mails = world.relay.mails();
    let text = text_of(&mails[0]);
    for said in [
        "1 new critical, 1 new high",
        "title of one",
        "111122223333",
        "eu-west-1",
        "The next report lists them",
        "desk@example.com",
    ] {
        assert!(text.contains(said), "{said} is missing in {text}");
    }
    assert!(!text.contains("reports/"), "no link to a file: {text}");
}

#[test]
fn variables_ask_for_an_urgent_run_and_mistakes_are_told() {
    let world = World::new();
    world.find(&[("one", "CRITICAL")]);
    let done = world.job("day-1", &[]).env("FINDINGS_URGENT", "true").env("FINDINGS_REDO", "all").run();
    assert_eq!(done.expect(0).summary()["run_id"], "urgent-day-1");
    let wrong = world.job(&"x".repeat(60), &["--urgent", "--urgent-from", "medium"]).run().expect(2);
    let errors = wrong.summary()["errors"].to_string();
    for said in ["expected critical or high", "at most 57 characters", "FINDINGS_URGENT_FROM"] {
        assert!(errors.contains(said), "{errors}");
    }
}

/// Both runs are started at the same moment, several times: whoever got the report does not hear of its finding afterwards.
#[test]
fn urgent_and_weekly_at_the_same_moment() {
    for round in 0..3 {
        let world = World::new();
        world.find(&[("one", "CRITICAL")]);
        let jobs = [world.job("week-1", &[]), world.job("day-1", &["--urgent"])];
        let children = jobs.map(Job::spawn);
        let [weekly, urgent] = children.map(|child| Done::from(child.wait_with_output().unwrap()));
        weekly.expect(0);
        let told = urgent.expect(0).summary()["urgent"]["told"].clone();
        let mails = world.relay.mails();
        let are_urgent: Vec<bool> =
            mails.iter().map(|mail| text_of(mail).contains("outside of the regular reports")).collect();
        let told = usize::try_from(told.as_u64().unwrap()).unwrap();
        let want: Vec<bool> = [vec![true; told], vec![false; 2]].concat();
        assert_eq!(are_urgent, want, "round {round}: nobody hears of it after the report told of it");
    }
}

/// Killed at each request to the mail relay, before it and after it: the next start tells whom this one did not, and the summary
/// lists what may have arrived twice.
#[test]
fn a_killed_urgent_run_tells_everybody_once_or_says_so() {
    let undisturbed = World::new();
    undisturbed.find(&[("one", "CRITICAL")]);
    undisturbed.run("day-1", &["--urgent"], None).0.expect(0);
    let questions = undisturbed.watch.questions();
    assert!(questions > 8, "{questions} requests to the relay for two mails");
    for (question, answered) in (0..questions).flat_map(|question| [(question, false), (question, true)]) {
        let world = World::new();
        world.find(&[("low", "LOW")]).run("week-0", &[], None).0.expect(0);
        world.find(&[("one", "CRITICAL")]);
        let (_, first) = world.run("day-1", &["--urgent"], Some(Boundary { question, answered }));
        world.expire_leases();
        let (next, second) = world.run("day-1", &["--urgent"], None);
        let summary = next.expect(0).summary();
        let in_doubt = project(&summary, "Payments")["in_doubt"].to_string();
        for recipient in both() {
            let count = first.get(&recipient).unwrap_or(&0) + second.get(&recipient).unwrap_or(&0);
            let is_twice = count == 2 && in_doubt.contains(&recipient);
            assert!(count == 1 || is_twice, "request {question}, answered: {answered}: {recipient} {count}, {summary}");
        }
        assert_eq!(world.run("day-2", &["--urgent"], None).1.len(), 0);
    }
}
