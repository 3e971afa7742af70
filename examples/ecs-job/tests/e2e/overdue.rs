//! `ecs-job overdue`: when the last run finished.

use crate::support::{Done, Job, workspace};

pub(crate) fn sample(dir: &std::path::Path, args: &[&str]) -> Job {
    let data = workspace().join("examples/data");
    let (projects, source) = (data.join("projects.csv"), data.join("findings.json"));
    Job::in_dir(dir)
        .args(args)
        .args(&["--projects", projects.to_str().unwrap(), "--source", source.to_str().unwrap()])
        .args(&["--reports", "reports", "--notify", "outbox:outbox", "--history", "sqlite:history.db", "--run-id", "r"])
}

pub(crate) fn overdue(dir: &std::path::Path, args: &[&str]) -> Done {
    Job::in_dir(dir).args(&["overdue", "--history", "sqlite:history.db"]).args(args).run()
}

#[test]
fn last_finished_run_is_named_and_judged() {
    let dir = tempfile::tempdir().unwrap();
    let missing = overdue(dir.path(), &["--after", "8d"]).expect(2);
    assert!(missing.stderr.contains("there is no such file"), "{}", missing.stderr);
    assert!(!dir.path().join("history.db").exists(), "a look makes no history");
    sample(dir.path(), &["setup"]).run().expect(0);
    let never = overdue(dir.path(), &["--after", "8d"]).expect(1);
    assert_eq!(never.stdout, "no finished run is recorded yet, so none finished in the last 8d\n");
    // the sample organisation has gaps, so that its run is finished and incomplete
    let code = sample(dir.path(), &["run"]).run().code;
    assert!([0, 3].contains(&code), "{code}");
    let recent = overdue(dir.path(), &["--after", "8d"]).expect(0);
    assert!(recent.stdout.starts_with("the last run is recent enough: run r finished 20"), "{}", recent.stdout);
    assert_eq!(recent.stdout.contains("(complete)"), code == 0, "{}", recent.stdout);
    let long_ago = overdue(dir.path(), &["--after", "0s"]).expect(1);
    assert!(long_ago.stdout.starts_with("overdue: no run finished in the last 0s; the last one was: run r finished"));
    let wrong = overdue(dir.path(), &["--after", "soon"]).expect(2);
    assert!(wrong.stderr.contains("is not a duration"), "{}", wrong.stderr);
}
