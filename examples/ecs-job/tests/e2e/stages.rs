//! A run in stages that are processes of their own: it leaves what a single process leaves, whatever is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use serde_json::Value;

use crate::embedded::checkout;
use crate::support::{Done, Job, files, text_of, texts_of_book};

/// The texts of all workbooks below a folder. Each run writes its own time into them: times of day are left out.
fn texts(folder: &Path) -> BTreeMap<PathBuf, Vec<String>> {
    let is_time = |line: &str| {
        let has_minute = line.split(':').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        has_minute || line.parse::<f64>().is_ok_and(|number| number.fract() != 0.0)
    };
    let of = |path: PathBuf| {
        let book = texts_of_book(&std::fs::read(&path).unwrap());
        let lines = book.lines().filter(|line| !is_time(line)).map(str::to_owned).collect();
        (path.strip_prefix(folder).unwrap().to_owned(), lines)
    };
    files(folder, "xlsx").into_iter().map(of).collect()
}

/// The stored summary of a run, without what is new in each: times and hashes.
fn stored_summary(reports: &Path) -> Value {
    fn without_news(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for new in ["started_at", "finished_at", "sha256", "bytes"] {
                    fields.remove(new);
                }
                fields.values_mut().for_each(without_news);
            }
            Value::Array(values) => values.iter_mut().for_each(without_news),
            _ => {}
        }
    }
    let summary = std::fs::read(reports.join("runs/week/summary.json")).unwrap();
    let mut summary = serde_json::from_slice(&summary).unwrap();
    without_news(&mut summary);
    summary
}

/// Who got a mail with which subject, with one entry for each mail.
fn mails(outbox: &Path) -> Vec<String> {
    let header = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    };
    let mail = |path: PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        // what the mail says, without what is new in each: the ID, and the border of its parts
        format!("{}\n{}", header(&text, "To:"), text_of(&bytes))
    };
    let mut all: Vec<String> = files(outbox, "eml").into_iter().map(mail).collect();
    all.sort();
    all
}

#[test]
fn workers_leave_what_one_process_leaves() {
    let (alone, shared) = (checkout(), checkout());
    let run =
        |dir: &Path, more: &[&str]| Job::in_dir(dir).args(&["run", "--run-id", "week"]).args(more).run().expect(0);
    run(alone.path(), &[]);
    run(shared.path(), &["--workers", "3"]);
    let reports = |dir: &Path| dir.join("out/reports");
    let (want, found) = (texts(&reports(alone.path())), texts(&reports(shared.path())));
    assert_eq!(found.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>());
    for (path, lines) in &want {
        assert_eq!(found[path], *lines, "{}", path.display());
    }
    assert!(want.len() > 10, "{:?}", want.keys());
    assert_eq!(stored_summary(&reports(shared.path())), stored_summary(&reports(alone.path())));
    let outbox = |dir: &Path| mails(&dir.join("out/outbox"));
    // the links name the folder
    let without = |dir: &Path| outbox(dir).join("\n").replace(&*dir.to_string_lossy(), "");
    assert_eq!(without(shared.path()), without(alone.path()));
    let left: Vec<_> = std::fs::read_dir(shared.path().join("out")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 3, "the work is in a temporary folder: {left:?}");
}

/// An organisation on files.
struct Files {
    dir: tempfile::TempDir,
    organisation: Organisation,
}

impl Files {
    fn new(projects: usize, findings: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let organisation = Organisation::of_size(projects, 2);
        organisation.write_registry(std::fs::File::create(dir.path().join("projects.csv")).unwrap()).unwrap();
        let made = Findings::new(3, SAMPLE_NOW).with_accounts(&organisation.accounts, findings, &Mix::default());
        let all: Vec<Value> = made.values().collect();
        std::fs::write(dir.path().join("findings.json"), serde_json::to_vec(&all).unwrap()).unwrap();
        Self { dir, organisation }
    }

    fn job(&self, command: &[&str]) -> Job {
        let all =
            ["--projects", "projects.csv", "--source", "findings.json", "--run-id", "week", "--log-level", "warn"];
        let places = ["--reports", "reports", "--notify", "outbox:outbox", "--history", "sqlite:history.db"];
        Job::in_dir(self.dir.path()).args(command).args(&all).args(&places)
    }

    fn run(&self, command: &[&str]) -> Done {
        self.job(command).run()
    }

    /// Everybody who is to get a mail, as `recipient project`.
    fn everybody(&self) -> BTreeSet<String> {
        let of = |project: &asff_fixtures::Project| {
            project.recipients.iter().map(|recipient| format!("{recipient} {}", project.name)).collect::<Vec<_>>()
        };
        self.organisation.projects.iter().flat_map(of).collect()
    }

    /// The messages that the ledger calls sent, as `recipient project`, with the number of mails to everybody.
    fn told(&self) -> (BTreeSet<String>, usize) {
        let mails = files(&self.dir.path().join("outbox"), "eml").len();
        let ledger = rusqlite::Connection::open(self.dir.path().join("history.db")).unwrap();
        let sql =
            "SELECT recipient || ' ' || project FROM message WHERE run_id = 'week' AND state IN ('sent', 'resent')";
        let mut sent = ledger.prepare(sql).unwrap();
        let told = sent.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        (told, mails)
    }
}

#[test]
fn stages_by_hand() {
    let organisation = Files::new(7, 60);
    let files = &organisation;
    let stage = |name: &str, more: &[&str]| organisation.run(&[&[name, "--work", "work"], more].concat());
    let missing = stage("finish", &[]);
    let says = ["run the stage fetch first", "see --work (FINDINGS_WORK)"];
    assert!(missing.code == 2 && says.iter().all(|text| missing.stderr.contains(text)), "{}", missing.stderr);

    let fetched = stage("fetch", &["--workers", "2"]).expect(0).summary();
    assert_eq!((&fetched["stage"], &fetched["projects"], &fetched["batches"]), (&"fetch".into(), &7.into(), &7.into()));
    let list = std::fs::read_to_string(files.dir.path().join(fetched["list"].as_str().unwrap())).unwrap();
    assert_eq!(list.lines().count(), 7);
    assert!(crate::support::files(&files.dir.path().join("outbox"), "eml").is_empty(), "nobody is told");
    // the run is taken
    let held = files.run(&["run"]).expect(4).summary();
    assert!(held["note"].as_str().unwrap().contains("another task"), "{held}");

    for line in list.lines().skip(1) {
        let batch: Value = serde_json::from_str(line).unwrap();
        let delivered = stage("deliver", &["--batch", batch["batch"].as_str().unwrap()]).expect(0).summary();
        assert_eq!((&delivered["delivered"], &delivered["failed"]), (&1.into(), &0.into()), "{delivered}");
    }
    let unknown = stage("deliver", &["--batch", "99"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("there are 7 batches"), "{}", unknown.stderr);
    // one batch is missing: the run says so and stays open
    let first = stage("finish", &[]).expect(1).summary();
    let failed: Vec<&Value> =
        first["projects"].as_array().unwrap().iter().filter(|p| p["status"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0]["errors"][0]["message"].as_str().unwrap().contains("batch 0001"), "{}", failed[0]);

    // a further attempt, in stages or not, does what is left
    let again = stage("fetch", &[]).expect(0).summary();
    assert_eq!((&again["projects"], &again["batches"]), (&1.into(), &1.into()));
    stage("deliver", &["--batch", "1"]).expect(0);
    stage("deliver", &["--batch", "1"]).expect(0);
    assert_eq!(stage("finish", &[]).expect(0).summary()["projects"].as_array().unwrap().len(), 7);
    let (told, mails) = files.told();
    assert_eq!((told, mails), (files.everybody(), files.everybody().len()));
    assert!(stage("fetch", &[]).expect(0).summary()["note"].as_str().unwrap().contains("finished before"));
    assert!(stage("finish", &[]).expect(0).summary()["note"].as_str().unwrap().contains("finished before"));
}

#[test]
fn options_of_stages_are_checked() {
    let files = Files::new(1, 1);
    for (command, code, wanted) in [
        (&["fetch"][..], 2, "--work"),
        (&["deliver", "--batch", "1"], 2, "--work"),
        (&["deliver", "--work", "w", "--batch", "x"], 2, "is no batch"),
        (&["run", "--workers", "0"], 2, "is not a number of workers"),
        (&["run", "--workers", "2", "--urgent"], 2, "an urgent run makes no reports"),
    ] {
        let done = files.run(command);
        assert!(done.code == code && done.stderr.contains(wanted), "{command:?}: {} {}", done.code, done.stderr);
    }
    let done = Job::in_dir(files.dir.path()).args(&["finish", "--work", "w"]).run();
    assert!(done.code == 2 && done.stderr.contains("--run-id"), "{}", done.stderr);
}

/// The workers of a process.
#[cfg(target_os = "linux")]
fn workers_of(parent: u32) -> Vec<u32> {
    let parent_of = |pid: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // the name of the program, in brackets, can have blanks
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
    };
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// Kills a worker again and again. Every report is delivered, and every mail is there once, apart from those of which the
/// summary says that they were sent again.
#[cfg(target_os = "linux")]
fn kill_workers(projects: usize, kills: u32) {
    let files = Files::new(projects, projects * 5);
    let run = files.job(&["run", "--workers", "4", "--lookups", "0"]).spawn();
    let (parent, mut killed, mut seed) = (run.id(), 0, 1_u64);
    let begun = Instant::now();
    while killed < kills && begun.elapsed() < Duration::from_mins(10) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis(100 + (seed >> 33) % 300));
        let workers = workers_of(parent);
        if !Path::new(&format!("/proc/{parent}/fd")).read_dir().is_ok_and(|mut open| open.next().is_some()) {
            break;
        }
        if let Some(worker) = workers.get(usize::try_from(seed >> 40).unwrap() % workers.len().max(1)) {
            killed += u32::from(Command::new("kill").args(["-9", &worker.to_string()]).status().unwrap().success());
        }
    }
    let done: Done = run.wait_with_output().unwrap().into();
    assert!(killed > 0, "the run ended before a worker was killed");
    // a batch is left after some attempts; the next start does its projects
    if done.code != 0 {
        files.run(&["run"]).expect(0);
    }
    let summary = stored_summary(&files.dir.path().join("reports"));
    assert_eq!(summary["projects"].as_array().unwrap().len(), projects, "after {killed} kills");
    // reading many workbooks takes long
    if projects <= 100 {
        let alone = Files::new(projects, projects * 5);
        alone.run(&["run", "--lookups", "0"]).expect(0);
        let reports = |of: &Files| texts(&of.dir.path().join("reports/runs"));
        assert_eq!(reports(&files), reports(&alone), "the reports are those of one process after {killed} kills");
    }
    let (told, mails) = files.told();
    assert_eq!(told, files.everybody(), "nobody is left out after {killed} kills");
    let text = summary.to_string() + &done.stdout + &done.stderr;
    let resent = text.matches("\"resent\"").count() + text.matches("sending again").count();
    let most = files.everybody().len() + resent;
    assert!((files.everybody().len()..=most).contains(&mails), "{mails} mails, at most {most}, after {killed} kills");
}

#[cfg(target_os = "linux")]
#[test]
fn killed_workers_leave_no_project_behind() {
    kill_workers(24, 5);
}

#[cfg(target_os = "linux")]
#[test]
fn many_projects_with_twenty_killed_workers() {
    kill_workers(2_000, 20);
}

/// Workers end when the process that began them is killed, and a further start does what is left.
#[cfg(target_os = "linux")]
#[test]
fn workers_of_a_killed_process_end() {
    let files = Files::new(60, 1_200);
    let mut run = files.job(&["run", "--workers", "2", "--lease", "15s"]).spawn();
    let begun = Instant::now();
    let workers = loop {
        let workers = workers_of(run.id());
        if !workers.is_empty() {
            break workers;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "no worker was begun");
        std::thread::sleep(Duration::from_millis(5));
    };
    run.kill().unwrap();
    run.wait().unwrap();
    while workers.iter().any(|worker| Path::new(&format!("/proc/{worker}/stat")).exists()) {
        assert!(begun.elapsed() < Duration::from_secs(90), "the workers do not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    let summary = files.run(&["run", "--held-wait", "60s"]).expect(0).summary();
    assert_eq!(summary["projects"].as_array().unwrap().len(), 60);
    let (told, mails) = files.told();
    assert_eq!((told, mails), (files.everybody(), files.everybody().len()));
}
