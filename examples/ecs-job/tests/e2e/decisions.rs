//! Decisions come back: a report is filled in and returned, taken, mirrored in Security Hub, and shown by the next report.

mod story;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use jiff::{Timestamp, ToSpan as _};
use security_hub_simulator::{Fault, FaultRule, Operation, Simulator, SimulatorHandle, When};
use serde_json::Value;

use crate::support::{Done, Job, files, project_reports, text_of};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A project with findings in Security Hub.
struct World {
    dir: tempfile::TempDir,
    hub: SimulatorHandle,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let organisation = Organisation::of_size(1, 2);
        let mut registry = Vec::new();
        organisation.write_registry(&mut registry).unwrap();
        std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
        let findings = Findings::new(5, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
            &organisation.accounts,
            120,
            &Mix::default(),
        );
        let hub = Simulator::builder().findings(findings.values());
        let accounts = organisation.accounts.iter().map(|a| &a.id);
        let hub = hub.covered(accounts, Simulator::REGION, Timestamp::now()).quota(None).spawn_thread().unwrap();
        Self { dir, hub }
    }

    fn job(&self, args: &[&str]) -> Job {
        self.job_from("securityhub:us-east-1", args)
    }

    fn job_from(&self, source: &str, args: &[&str]) -> Job {
        Job::in_dir(self.dir.path())
            .args(args)
            .args(&["--projects", "projects.csv", "--source", source, "--reports", "reports"])
            .args(&["--notify", "outbox:outbox", "--history", "sqlite:history.db", "--rate", "1000", "--burst", "1000"])
            .args(&["--organisation-report", "none"])
            .env("FINDINGS_DECISIONS_KEY", KEY)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL_SECURITYHUB", self.hub.url())
    }

    /// Runs the job, and returns the lines of the report.
    fn run(&self, run_id: &str, decisions: &str) -> Vec<Value> {
        self.job(&["run", "--run-id", run_id, "--decisions", decisions, "--format", "jsonl,csv,xlsx"]).run().expect(0);
        let report = self.report(run_id, "jsonl");
        report.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn report(&self, run_id: &str, extension: &str) -> String {
        let reports = project_reports(&self.dir.path().join("reports"), extension);
        let path = reports.into_iter().find(|path| path.to_str().unwrap().contains(run_id)).unwrap();
        std::fs::read_to_string(path).unwrap()
    }

    /// Fills in decisions, due dates and comments in the CSV report of a run, and puts it into the inbox.
    fn return_report(&self, run_id: &str, name: &str, entries: &[(&str, [&str; 3])]) {
        let entries: Vec<_> =
            entries.iter().map(|(id, [decision, due, comment])| (*id, [*decision, "", *due, *comment])).collect();
        self.return_entries(run_id, name, &entries);
    }

    /// Fills in decisions, owners, due dates and comments.
    fn return_entries(&self, run_id: &str, name: &str, entries: &[(&str, [&str; 4])]) {
        let report = self.report(run_id, "csv");
        let mut reader = csv::Reader::from_reader(report.trim_start_matches('\u{feff}').as_bytes());
        let headings = reader.headers().unwrap().clone();
        let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
        let columns = ["Decision", "Owner", "Due date", "Comment"].map(column);
        let id = column("Finding ID");
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&headings).unwrap();
        for row in reader.records() {
            let mut row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
            if let Some((_, entry)) = entries.iter().find(|(finding, _)| *finding == row[id]) {
                columns.iter().zip(entry).for_each(|(column, text)| (*text).clone_into(&mut row[*column]));
            }
            writer.write_record(&row).unwrap();
        }
        let inbox = self.dir.path().join("reports/inbox");
        std::fs::create_dir_all(&inbox).unwrap();
        std::fs::write(inbox.join(name), writer.into_inner().unwrap()).unwrap();
    }

    fn status(&self, finding: &Value) -> String {
        let text = |name: &str| finding[name].as_str().unwrap();
        let stored = self.hub.finding(text("product_arn"), text("id")).unwrap();
        stored.pointer("/Workflow/Status").and_then(Value::as_str).unwrap_or("NEW").to_owned()
    }
}

/// The findings of a report, the worst first.
fn findings(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["type"] == "finding").collect()
}

/// Those that nobody was told of.
fn fresh(lines: &[Value]) -> Vec<&Value> {
    findings(lines).into_iter().filter(|line| line["workflow"] == "NEW").collect()
}

/// What was printed for each entry.
fn outcomes(done: &Done) -> Vec<(String, String)> {
    let lines: Vec<Value> = serde_json::from_str(done.stdout.lines().next().unwrap()).unwrap();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    lines.iter().map(|line| (text(line, "outcome"), text(line, "decision"))).collect()
}

#[test]
fn returned_report_is_planned_applied_once_and_shown_by_the_next_one() {
    let world = World::new();
    let first = world.run("first", "show");
    let open = fresh(&first);
    let id = |n: usize| open[n]["id"].as_str().unwrap();
    let day = |days: i64| (Timestamp::now() + (days * 24).hours()).strftime("%Y-%m-%d").to_string();
    let entries = [
        (id(0), ["Accept risk", &*day(20), "no customer data"]),
        (id(1), ["To fix", &*day(10), ""]),
        (id(2), ["Accept risk", &*day(9_000), "for ever"]),
        (id(3), ["Perhaps", "", ""]),
    ];
    world.return_report("first", "returned.csv", &entries);

    let planned = world.job(&["decisions", "--output", "json"]).run().expect(1);
    let mut expected = [("new", "accept_risk"), ("new", "to_fix"), ("refused", "accept_risk"), ("unreadable", "")]
        .map(|(outcome, decision)| (outcome.to_owned(), decision.to_owned()));
    expected.sort();
    let mut got = outcomes(&planned);
    got.sort();
    assert_eq!(got, expected, "{}", planned.stdout);
    assert_eq!(world.status(open[0]), "NEW", "a plan changes nothing");

    // Security Hub fails: the decisions are kept, and the next call tells it
    let fault = FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::BatchUpdateFindings);
    world.hub.add_fault_rule(fault);
    let failed = world.job(&["decisions", "--apply"]).run().expect(1);
    assert!(failed.stderr.contains("Security Hub was not told"), "{}", failed.stderr);
    let still = world.job(&["decisions", "--apply"]).run().expect(1);
    assert!(still.stderr.contains("Security Hub was not told"), "{}", still.stderr);
    world.hub.clear_faults();
    let applied = world.job(&["decisions", "--apply"]).run().expect(0);
    assert!(
        applied.stdout.contains("files read: 1, taken before: 1; decisions kept: 0, told to Security Hub: 2"),
        "{}",
        applied.stdout
    );
    assert_eq!((world.status(open[0]), world.status(open[1])), ("SUPPRESSED".to_owned(), "NOTIFIED".to_owned()));
    let calls = world.hub.calls().len();
    world.job(&["decisions", "--apply"]).run().expect(0);
    assert_eq!(world.hub.calls().len(), calls, "everything is told, so nothing is asked");

    let second = world.run("second", "show");
    let row = findings(&second).into_iter().find(|line| line["id"] == id(1)).unwrap();
    assert_eq!(row["decision"]["kind"], "to_fix", "{row}");
    assert!(!findings(&second).iter().any(|line| line["id"] == id(0)));
    assert!(second.iter().any(|line| line["type"] == "accepted"), "the accepted risk is listed");
    let audit = files(&world.dir.path().join("reports/decisions"), "jsonl");
    let mails = answers(&world);
    assert_eq!(mails.len(), 1, "told once, whatever is repeated");
    let text = &mails[0];
    assert!(text.contains("2 entries were taken") && text.contains("2 entries were not taken"), "{text}");
    assert!(text.contains("may be accepted until") && text.contains("\"Perhaps\" is no decision"), "{text}");
    assert_eq!(files(&world.dir.path().join("reports/decisions/replies"), "xlsx").len(), 1);
    let lines: usize = audit.iter().map(|path| std::fs::read_to_string(path).unwrap().lines().count()).sum();
    assert_eq!(lines, 2, "{audit:?}");
}

/// The texts of the mails about returned reports.
fn answers(world: &World) -> Vec<String> {
    let mails = files(&world.dir.path().join("outbox"), "eml");
    let texts = mails.iter().map(|path| text_of(&std::fs::read(path).unwrap()));
    texts.filter(|text| text.contains("What became of your decisions")).collect()
}

#[test]
fn a_file_that_suppresses_too_much_is_not_taken_until_a_call_allows_it() {
    let world = World::new();
    let first = world.run("first", "take");
    let open = fresh(&first);
    let ids: Vec<&str> = open[..3].iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    let entries: Vec<_> = ids.iter().map(|id| (*id, ["Accept risk", "", "all of them"])).collect();
    world.return_report("first", "returned.csv", &entries);
    let refused = world.job(&["decisions", "--apply", "--suppress-at-most", "2"]).run().expect(1);
    assert!(refused.stdout.contains("decisions kept: 0"), "{}", refused.stdout);
    let whole = world.job(&["decisions", "--suppress-at-most", "2", "--output", "json"]).run().expect(1).stdout;
    assert!(whole.contains("it would suppress 3 findings, more than --suppress-at-most 2"), "{whole}");
    assert_eq!((world.status(open[0]), answers(&world).len()), ("NEW".to_owned(), 0));
    let taken = world.job(&["decisions", "--apply", "--suppress-at-most", "3"]).run().expect(0);
    assert!(taken.stdout.contains("decisions kept: 3"), "{}", taken.stdout);
    assert_eq!((world.status(open[0]), answers(&world).len()), ("SUPPRESSED".to_owned(), 1));
    let refused = world.job(&["decisions", "--false-positives", "perhaps"]).run().expect(2);
    assert!(refused.stderr.contains("neither accept nor refuse"), "{}", refused.stderr);
}

#[test]
fn run_takes_the_inbox_first() {
    let world = World::new();
    let first = world.run("first", "take");
    let open = findings(&first);
    let id = open[0]["id"].as_str().unwrap().to_owned();
    world.return_report("first", "returned.csv", &[(&id, ["False positive", "", "test data"])]);
    std::fs::write(world.dir.path().join("reports/inbox/notes.txt"), "hello\n").unwrap();
    let second = world.run("second", "take");
    assert!(!findings(&second).iter().any(|line| line["id"] == id.as_str()), "it is out of this report already");
    assert_eq!(world.status(open[0]), "SUPPRESSED");
}

#[test]
fn file_that_was_refused_is_taken_once_the_key_is_right() {
    let world = World::new();
    let first = world.run("first", "show");
    let id = findings(&first)[0]["id"].as_str().unwrap().to_owned();
    world.return_report("first", "returned.csv", &[(&id, ["Not ours", "", "team X"])]);
    let other = "another key of thirty-two characters";
    let refused = world.job(&["decisions", "--apply"]).env("FINDINGS_DECISIONS_KEY", other).run().expect(1);
    assert!(refused.stdout.contains("unreadable"), "{}", refused.stdout);
    let unset =
        world.job(&["decisions", "reports/inbox/returned.csv"]).env("FINDINGS_DECISIONS_KEY", "").run().expect(1);
    assert!(unset.stdout.contains("FINDINGS_DECISIONS_KEY"), "{}", unset.stdout);
    let project = first[0]["project"].as_str().unwrap();
    let told = ["decisions", "reports/inbox/returned.csv", "--project", project, "--run-id", "first"];
    let planned = world.job(&told).env("FINDINGS_DECISIONS_KEY", "").run().expect(0);
    assert!(planned.stdout.contains("new decisions: 1"), "{}", planned.stdout);
    let taken = world.job(&["decisions", "--apply"]).run().expect(0);
    assert!(taken.stdout.contains("taken before: 0; decisions kept: 1"), "{}", taken.stdout);
    let missing = world.job(&["decisions", "x.csv", "--project", project]).run().expect(2);
    assert!(missing.stderr.contains("--run-id"), "{}", missing.stderr);
}

#[test]
fn report_under_an_earlier_name_is_taken_once_the_history_is_carried_over() {
    let world = World::new();
    let first = world.run("first", "show");
    let (id, name) = (findings(&first)[0]["id"].as_str().unwrap(), first[0]["project"].as_str().unwrap());
    let accounts: Vec<&str> =
        first[0]["accounts"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    let accounts = accounts.join(";");
    let registry = format!("project,account_ids,recipients,aliases\nBilling,{accounts},x@example.com,{name}\n");
    std::fs::write(world.dir.path().join("projects.csv"), registry).unwrap();
    world.return_report("first", "returned.csv", &[(id, ["Not ours", "", "team X"])]);
    let early = world.job(&["decisions", "--apply"]).run().expect(1);
    assert!(early.stdout.contains("the project has no such finding"), "{}", early.stdout);
    world.run("second", "show");
    let taken = world.job(&["decisions", "--apply"]).run().expect(0);
    assert!(taken.stdout.contains("taken before: 0; decisions kept: 1"), "{}", taken.stdout);
}

#[test]
fn options_are_checked_at_once() {
    let world = World::new();
    let wrong = ["--decisions", "perhaps", "--accept-at-most", "high=2", "--inbox", "s3://"];
    let done = world.job(&["decisions"]).args(&wrong).env("FINDINGS_DECISIONS_KEY", "short").run().expect(2);
    for part in ["perhaps", "high=2", "--inbox", "fewer than 32 characters"] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
}

#[test]
fn new_security_hub_is_told_of_decisions() {
    let world = World::new();
    let source = "securityhub-v2:us-east-1";
    let run = |id: &str| {
        let args = ["run", "--run-id", id, "--decisions", "show", "--format", "jsonl,csv"];
        world.job_from(source, &args).run().expect(0);
        let report = world.report(id, "jsonl");
        report.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let first = run("first");
    let open = fresh(&first);
    let id = |n: usize| open[n]["id"].as_str().unwrap();
    world.return_report("first", "returned.csv", &[(id(0), ["Accept risk", "", "why"]), (id(1), ["To fix", "", ""])]);
    world.job_from(source, &["decisions", "--apply"]).run().expect(0);
    assert_eq!((world.status(open[0]), world.status(open[1])), ("SUPPRESSED".to_owned(), "NOTIFIED".to_owned()));
    let again = world.job_from(source, &["decisions", "--apply"]).run().expect(0);
    assert!(again.stdout.contains("told to Security Hub: 0"), "{}", again.stdout);
    let second = run("second");
    let decided = findings(&second).into_iter().find(|line| line["id"] == id(1)).unwrap();
    assert_eq!(decided["decision"]["kind"], "to_fix");
    assert!(second.iter().any(|line| line["type"] == "accepted"), "the accepted risk is listed");
}
