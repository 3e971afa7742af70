//! The default run on the sample organisation, without options.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{Done, Job, Sheet, files, project, rows_of_sheet, selected, workspace};

/// Returns a folder with the files of a checkout that the default run reads.
pub(crate) fn checkout() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("examples/data")).unwrap();
    copy_sample(&dir.path().join("examples/data"));
    dir
}

/// Copies the files of the sample organisation.
pub(crate) fn copy_sample(to: &Path) {
    for file in std::fs::read_dir(workspace().join("examples/data")).unwrap().flatten() {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn run(dir: &Path, run_id: &str) -> Done {
    Job::in_dir(dir).args(&["run", "--run-id", run_id]).run()
}

fn sample() -> Vec<Value> {
    let file = std::fs::File::open(workspace().join("examples/data/findings.json")).unwrap();
    let mut value: Value = serde_json::from_reader(std::io::BufReader::new(file)).unwrap();
    value["Findings"].as_array_mut().unwrap().drain(..).collect()
}

/// Returns names and accounts of the sample's CSV, read without our parser.
fn registry() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(workspace().join("examples/data/projects.csv")).unwrap();
    let mut projects: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let accounts = cells[1].split(';').map(|a| a.trim().to_owned());
        match projects.iter_mut().find(|(name, _)| name == cells[0]) {
            Some((_, known)) => known.extend(accounts),
            None => projects.push((cells[0].to_owned(), accounts.collect())),
        }
    }
    projects
}

#[test]
fn default_run_delivers_exactly_the_sample() {
    let dir = checkout();
    let done = run(dir.path(), "first").expect(0);
    let summary = done.summary();
    assert_eq!(summary["status"], "ok");
    assert!(
        done.stderr.contains("out/outbox") && done.stderr.contains("--history sqlite:out/history.db"),
        "it tells where to look: {}",
        done.stderr
    );
    let findings = sample();
    for (name, accounts) in registry() {
        let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
        let want = selected(&findings, &accounts);
        let outcome = project(&summary, &name);
        assert_eq!(outcome["findings"], want.len(), "{name}");
        assert_eq!(outcome["status"], "ok", "{name}");
        let workbook = std::fs::read(dir.path().join(outcome["report"]["location"].as_str().unwrap())).unwrap();
        let (japanese, heading) = (!name.is_ascii(), if name.is_ascii() { "Finding ID" } else { "検出結果ID" });
        let ids: BTreeSet<String> = Sheet::read(&workbook, heading).column(heading).into_iter().collect();
        assert_eq!(ids, want, "{name}, Japanese: {japanese}");
    }
    let mails = files(&dir.path().join("out/outbox"), "eml");
    let told: usize =
        summary["projects"].as_array().unwrap().iter().map(|p| p["notified"].as_array().unwrap().len()).sum();
    let owners = mails.iter().filter(|mail| mail.to_str().unwrap().contains(" web-team@example.com ")).count();
    assert_eq!((mails.len(), owners), (told + 1, 1), "and one to the owner who has an address");
}

/// Returns the runs of the history.
fn runs(dir: &Path) -> Vec<Value> {
    let args = ["history", "--history", "sqlite:out/history.db", "--output", "json"];
    let printed = Job::in_dir(dir).args(&args).run().expect(0).stdout;
    let printed: Value = serde_json::from_str(&printed).unwrap();
    printed["measures"][0]["runs"].as_array().unwrap().clone()
}

#[test]
fn first_run_has_earlier_weeks_and_is_about_today() {
    let dir = checkout();
    let done = Job::in_dir(dir.path()).run().expect(0);
    assert_eq!(done.stderr.matches("so a run of an earlier week was made first").count(), 2, "{}", done.stderr);
    assert!(done.stderr.contains("\"status\":\"partial\""), "a gap was not accepted yet: {}", done.stderr);
    let summary = done.summary();
    let total = |name: &str| -> u64 {
        summary["projects"].as_array().unwrap().iter().map(|project| project["changes"][name].as_u64().unwrap()).sum()
    };
    assert!(total("new") > 10 && total("resolved") > 10 && total("reopened") > 3, "{summary}");
    let mobile = project(&summary, "Mobile App");
    let workbook = std::fs::read(dir.path().join(mobile["report"]["location"].as_str().unwrap())).unwrap();
    assert!(rows_of_sheet(&workbook, "By owner") >= 3);
    // three weeks of six projects, found by the names of the projects
    let names = files(&dir.path().join("out/reports/by-name"), "xlsx");
    assert_eq!(names.len(), 18);
    let of_kessai = names.iter().filter(|name| name.file_name().unwrap().to_str().unwrap().starts_with("決済基盤 "));
    assert_eq!(of_kessai.count(), 3);

    // a second start on the same day adds a run without changes, and no further weeks
    let again = Job::in_dir(dir.path()).run().expect(0);
    assert!(!again.stderr.contains("earlier week"), "{}", again.stderr);
    for project in again.summary()["projects"].as_array().unwrap() {
        let changes = &project["changes"];
        let changed = ["new", "resolved", "reopened", "worse"].map(|name| changes[name].as_u64().unwrap());
        assert_eq!(changed, [0; 4], "{project}");
    }
    assert_eq!(runs(dir.path()).len(), 4);
}

#[test]
fn second_week_has_no_changes_and_run_is_done_once() {
    let dir = checkout();
    run(dir.path(), "week-1").expect(0);
    let again = run(dir.path(), "week-1").expect(0);
    assert!(again.stderr.contains("finished before, with status ok"), "{}", again.stderr);
    assert!(again.summary()["note"].as_str().unwrap().contains("nothing was done"));
    assert_eq!(again.summary()["run_id"], "week-1");
    let mails = files(&dir.path().join("out/outbox"), "eml").len();
    let second = run(dir.path(), "week-2").expect(0).summary();
    for project in second["projects"].as_array().unwrap() {
        let changes = &project["changes"];
        assert_eq!((&changes["new"], &changes["resolved"]), (&0.into(), &0.into()), "{project}");
    }
    assert_eq!(files(&dir.path().join("out/outbox"), "eml").len(), 2 * mails);
}

#[test]
fn counts_do_not_depend_on_folder() {
    let (a, b) = (checkout(), checkout());
    let counts = |dir: &Path| {
        let summary = run(dir, "r").expect(0).summary();
        let projects = summary["projects"].as_array().unwrap().clone();
        projects.iter().map(|p| (p["project"].clone(), p["findings"].clone(), p["changes"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(counts(a.path()), counts(b.path()));
}

#[cfg(unix)]
#[test]
fn outputs_can_be_read_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = checkout();
    run(dir.path(), "private").expect(0);
    let (mut folders, mut seen) = (vec![dir.path().join("out")], 0);
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
            seen += 1;
        }
    }
    assert!(seen > 12, "reports, mails, history and manifest: {seen}");
}

#[test]
fn help_shows_no_values_of_variables() {
    let dir = tempfile::tempdir().unwrap();
    for words in [&["--help"][..], &["run", "--help"], &["plan", "--help"], &["history", "--help"]] {
        let job = Job::in_dir(dir.path()).args(words).env("FINDINGS_CONTACT", "geheim1").env("FINDINGS_SLA", "geheim2");
        let job = job.env("FINDINGS_NOTIFY", "smtp://u:geheim3@h").env("FINDINGS_LINK_CREDENTIALS", "geheim4");
        let help = job.env("FINDINGS_HISTORY", "geheim5").run().expect(0).stdout;
        assert!(help.contains("FINDINGS_HISTORY") && !help.contains("geheim"), "{help}");
    }
}

#[test]
fn plan_sends_and_stores_nothing() {
    let dir = checkout();
    let done = Job::in_dir(dir.path()).args(&["plan"]).run().expect(0);
    assert!(done.stdout.contains("Mobile App") && done.stdout.contains("決済基盤"), "{}", done.stdout);
    assert!(done.stdout.contains("Nothing was sent or stored"));
    assert!(files(&dir.path().join("out"), "eml").is_empty() && files(&dir.path().join("out"), "xlsx").is_empty());
    assert!(!dir.path().join("out/history.db").exists());
}

#[test]
fn setup_can_be_repeated() {
    let dir = checkout();
    for _ in 0..2 {
        let done = Job::in_dir(dir.path()).args(&["setup"]).run().expect(0);
        assert!(done.stdout.contains("history"), "{}", done.stdout);
    }
    run(dir.path(), "after-setup").expect(0);
}

#[test]
fn flags_override_variables() {
    let dir = checkout();
    let done = Job::in_dir(dir.path())
        .env("FINDINGS_PROJECTS", "examples/data/projects.csv")
        .env("FINDINGS_SOURCE", "examples/data/findings.json")
        .env("FINDINGS_NOTIFY", "outbox:one outbox:two")
        .env("FINDINGS_REPORTS", "")
        .env("FINDINGS_RUN_ID", "from-the-environment")
        .args(&["--run-id", "from-the-flag", "--log", "json"])
        .run()
        .expect(0);
    assert_eq!(done.summary()["run_id"], "from-the-flag");
    let (one, two) = (files(&dir.path().join("one"), "eml"), files(&dir.path().join("two"), "eml"));
    assert!(!one.is_empty() && one.len() == two.len());
    let line: Value = serde_json::from_str(done.stderr.lines().next().unwrap()).expect("logs are JSON");
    assert!(line["timestamp"].is_string());
}
