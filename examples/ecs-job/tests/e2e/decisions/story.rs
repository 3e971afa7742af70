//! Six weeks of decisions with real processes: in the history, in Security Hub, in reports and in mails.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use super::{World, answers, findings, fresh};
use crate::gate::{self, Boundary, Watch};
use crate::smtp_sink::SmtpSink;
use crate::support::{Sheet, files, project_reports, rows_of_sheet, text_of};

fn day(days: i64) -> String {
    (Timestamp::now() + (days * 24).hours()).strftime("%Y-%m-%d").to_string()
}

impl World {
    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.dir.path().join("history.db")).unwrap()
    }

    /// Kind and last day of the decision about a finding that counts, and whether Security Hub was told.
    fn decided(&self, finding: &Value) -> (String, Option<String>, bool) {
        let sql = "SELECT d.kind, d.due, d.mirrored_at IS NOT NULL FROM current_decisions d
                   JOIN issue i ON i.issue_id = d.issue_id WHERE i.finding_id = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.database().query_row(sql, [finding["id"].as_str().unwrap()], row).unwrap()
    }

    /// Changes a finding in Security Hub.
    fn change(&self, finding: &Value, change: impl FnOnce(&mut Value)) {
        let text = |name: &str| finding[name].as_str().unwrap();
        let mut stored = self.hub.finding(text("product_arn"), text("id")).unwrap();
        change(&mut stored);
        self.hub.upsert(&stored);
    }

    /// What was decided about a finding, as the report has it; `None` if it does not list the finding.
    fn shown(lines: &[Value], id: &Value) -> Option<String> {
        let row = findings(lines).into_iter().find(|line| line["id"] == *id)?;
        let decided = if row["acceptance_ended"].is_object() { &row["acceptance_ended"] } else { &row["decision"] };
        Some(decided["kind"].as_str().unwrap_or("none").to_owned())
    }

    fn accepted(lines: &[Value]) -> usize {
        lines.iter().filter(|line| line["type"] == "accepted").count()
    }

    /// The decisions in the workbook of a run, and the number of rows of its sheet of accepted risks.
    fn in_workbook(&self, run_id: &str) -> (Vec<String>, usize) {
        let reports = project_reports(&self.dir.path().join("reports"), "xlsx");
        let path = reports.into_iter().find(|path| path.to_str().unwrap().contains(run_id)).unwrap();
        let bytes = std::fs::read(path).unwrap();
        let mut decisions = Sheet::read(&bytes, "Finding ID").column("Decision");
        decisions.sort();
        (decisions, rows_of_sheet(&bytes, "Accepted"))
    }

    /// The texts of the mails with these words.
    fn mails(&self, words: &str) -> Vec<String> {
        let mails = files(&self.dir.path().join("outbox"), "eml");
        mails.iter().map(|path| text_of(&std::fs::read(path).unwrap())).filter(|text| text.contains(words)).collect()
    }
}

#[test]
#[expect(clippy::many_single_char_names, reason = "the findings a to e of the story")]
fn six_weeks_of_decisions_with_processes() {
    let world = World::new();
    let registry = std::fs::read_to_string(world.dir.path().join("projects.csv")).unwrap();
    let domain = registry.split('@').nth(1).unwrap().split([',', ';', '\n']).next().unwrap().trim().to_owned();

    // week 1: four findings are decided
    let first = world.run("week-1", "show");
    let open = fresh(&first);
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|n| open[n].clone());
    let owner = format!("Sato <sato@{domain}>");
    let entries = [
        (a["id"].as_str().unwrap(), ["Accept risk", "", &*day(20), "no data in it"]),
        (b["id"].as_str().unwrap(), ["To fix", &*owner, &*day(5), ""]),
        (c["id"].as_str().unwrap(), ["False positive", "", "", "the check is wrong"]),
        (d["id"].as_str().unwrap(), ["Not ours", "", "", "team X"]),
    ];
    world.return_entries("week-1", "one.csv", &entries);
    world.job(&["decisions", "--apply"]).run().expect(0);
    assert_eq!(world.decided(&a), ("accept_risk".to_owned(), Some(day(20)), true));
    assert_eq!(world.decided(&b), ("to_fix".to_owned(), Some(day(5)), true));
    let status = |finding: &Value| world.status(finding);
    let expected = ["SUPPRESSED", "NOTIFIED", "SUPPRESSED", "NEW"].map(str::to_owned);
    assert_eq!([status(&a), status(&b), status(&c), status(&d)], expected);

    // week 2: the report shows it; the owner is reminded; the same file returned under another name changes nothing
    world.return_entries("week-1", "again.csv", &entries);
    let second = world.run("week-2", "take");
    assert_eq!((World::shown(&second, &a["id"]), World::accepted(&second)), (None, 2));
    assert_eq!(World::shown(&second, &b["id"]).as_deref(), Some("to_fix"));
    assert_eq!(World::shown(&second, &d["id"]).as_deref(), Some("not_ours"));
    assert_eq!(world.in_workbook("week-2"), (vec!["Not ours".to_owned(), "To fix".to_owned()], 2));
    let reminded = world.mails("you are named as the owner");
    assert_eq!(reminded.len(), 1);
    assert!(
        reminded[0].contains(&format!("To fix, {}", day(5))) && reminded[0].contains("due in 5 days"),
        "{reminded:?}"
    );
    assert_eq!(answers(&world).len(), 1, "the same content is answered once");

    // week 3: somebody suppresses e by hand before its decision comes back
    world.return_entries("week-2", "three.csv", &[(e["id"].as_str().unwrap(), ["To fix", "", "", ""])]);
    world.change(&e, |finding| finding["Workflow"]["Status"] = "SUPPRESSED".into());
    let third = world.run("week-3", "take");
    assert_eq!((status(&e), World::shown(&third, &e["id"])), ("SUPPRESSED".to_owned(), None));
    let conflict = world.mails("the status was changed to SUPPRESSED since the report");
    assert_eq!(conflict.len(), 1, "whoever returned it knows");

    // week 4: b is fixed, and nobody is reminded of it any more
    world.change(&b, |finding| {
        finding["Compliance"]["Status"] = "PASSED".into();
        // as Security Hub does
        finding["Workflow"]["Status"] = "RESOLVED".into();
    });
    let reminded = world.mails("you are named as the owner").len();
    let fourth = world.run("week-4", "take");
    assert_eq!((World::shown(&fourth, &b["id"]), status(&b)), (None, "RESOLVED".to_owned()));
    assert_eq!(world.mails("you are named as the owner").len(), reminded);

    // week 5: the time of a is over
    let over = "UPDATE decision SET due = ?1 WHERE kind = 'accept_risk'";
    world.database().execute(over, [day(-1)]).unwrap();
    let fifth = world.run("week-5", "take");
    assert_eq!(World::shown(&fifth, &a["id"]).as_deref(), Some("acceptance_ended"));
    assert_eq!((status(&a), World::accepted(&fifth)), ("NEW".to_owned(), 1));
    assert_eq!(world.decided(&a).0, "acceptance_ended");
    assert_eq!(world.in_workbook("week-5"), (vec!["Not ours".to_owned()], 1));
    assert_eq!(world.mails("1 issue is listed again").len(), 1, "and the mail says so");

    // week 6: d comes back under another ID and keeps its decision
    let (product, id) = (d["product_arn"].as_str().unwrap(), d["id"].as_str().unwrap());
    let mut renamed = world.hub.finding(product, id).unwrap();
    world.hub.remove(product, id);
    let other = format!("{id}-again");
    renamed["Id"] = other.as_str().into();
    world.hub.upsert(&renamed);
    let sixth = world.run("week-6", "take");
    assert_eq!(World::shown(&sixth, &other.into()).as_deref(), Some("not_ours"));
    assert_eq!(world.in_workbook("week-6"), (vec!["Not ours".to_owned()], 1));
    assert_eq!(answers(&world).len(), 2, "one for each file with new content");
}

/// How a call that takes a returned report is killed: at each boundary of its requests to Security Hub and to the mail relay.
#[test]
fn killed_call_is_finished_by_the_next_one() {
    let (mut killed, mut question) = (0, 1);
    loop {
        for answered in [false, true] {
            if kill_at(Boundary { question, answered }) {
                killed += 1;
            } else {
                assert!(killed >= 6, "{killed} boundaries");
                return;
            }
        }
        question += 1;
    }
}

/// Kills the call at the boundary, finishes it with another one, and checks all states. Returns whether it was killed.
fn kill_at(boundary: Boundary) -> bool {
    let (world, relay, watch) = (World::new(), SmtpSink::start(), Arc::new(Watch::default()));
    let first = world.run("first", "show");
    let open = fresh(&first);
    let entries: Vec<_> = [("Accept risk", 0), ("To fix", 1)]
        .map(|(kind, n)| (open[n]["id"].as_str().unwrap(), [kind, "", "", "why"]))
        .into();
    world.return_entries("first", "returned.csv", &entries);
    let mail = format!("smtp://{}?tls=none&from=job@example.com", gate::open(&watch, relay.address.clone()));
    let hub = gate::open(&watch, world.hub.url().trim_start_matches("http://").to_owned());
    let job = || {
        let job = world.job(&["decisions", "--apply", "--notify", &mail]);
        job.env("AWS_ENDPOINT_URL_SECURITYHUB", format!("http://{hub}"))
    };
    watch.start(Some(boundary), || job().spawn());
    let output = watch.wait();
    let was_killed = output.status.code().is_none();
    // nobody waits for the lease of the killed process
    let past = "2000-01-01T00:00:00Z";
    world.database().execute("UPDATE run SET lease_until = ?1 WHERE owner IS NOT NULL", [past]).unwrap();
    watch.start(None, || job().spawn());
    let done = watch.wait();
    let said = [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
    assert!(done.status.success(), "{boundary:?}: {said}");
    let states = [world.status(open[0]), world.status(open[1])];
    assert_eq!(states, ["SUPPRESSED".to_owned(), "NOTIFIED".to_owned()], "{boundary:?}");
    assert_eq!(world.decided(open[0]).0, "accept_risk");
    assert!(world.decided(open[0]).2 && world.decided(open[1]).2, "{boundary:?}");
    let decisions: i64 = world.database().query_row("SELECT count(*) FROM decision", [], |row| row.get(0)).unwrap();
    assert_eq!(decisions, 2, "{boundary:?}: kept once");
    // a mail that was on its way when the process was killed is sent again, and says so in the log; no other one is
    let on_its_way = said.contains("cut off while sending");
    for (to, mails) in relay.counts() {
        assert!(mails == 1 || (mails == 2 && on_its_way), "{boundary:?}: {mails} to {to}");
    }
    assert!(!relay.counts().is_empty(), "{boundary:?}");
    was_killed
}
