//! `ecs-job history` on the command line.

use crate::support::{Job, workspace};

#[test]
fn history_prints_each_format_and_creates_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let data = workspace().join("examples/data");
    let (projects, source) = (data.join("projects.csv"), data.join("findings.json"));
    let history =
        |args: &[&str]| Job::in_dir(dir.path()).args(&["history", "--history", "sqlite:h.db"]).args(args).run();
    let missing = history(&[]);
    assert!(missing.code == 2 && missing.stderr.contains("no such file"), "{}", missing.stderr);
    assert!(!dir.path().join("h.db").exists());
    let run = ["run", "--run-id", "week-1", "--history", "sqlite:h.db", "--projects", projects.to_str().unwrap()];
    let job = Job::in_dir(dir.path()).args(&run).args(&["--source", source.to_str().unwrap()]);
    let summary = job.run().expect(0).summary();
    let reported: u64 = summary["projects"].as_array().unwrap().iter().map(|p| p["findings"].as_u64().unwrap()).sum();

    let all = history(&["--output", "json", "--sla", "critical=7d,HIGH=30d"]).expect(0).summary();
    let measures = all["measures"].as_array().unwrap();
    assert_eq!(
        measures.len(),
        1 + summary["projects"].as_array().unwrap().len(),
        "one entry for all projects, and one for each"
    );
    let counts = measures[0]["runs"][0]["findings"].as_object().unwrap();
    assert_eq!(counts.values().map(|n| n.as_u64().unwrap()).sum::<u64>(), reported);
    for severity in measures[0]["severities"].as_array().unwrap() {
        let ages = severity["open_by_age"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap());
        assert_eq!(Some(ages.sum()), severity["open"].as_u64(), "{severity}");
        let has_target = ["CRITICAL", "HIGH"].contains(&severity["severity"].as_str().unwrap());
        assert_eq!(severity["overdue"].is_u64(), has_target, "{severity}");
    }
    let one = history(&["--project", "Mobile App"]).expect(0).stdout;
    assert!(one.starts_with("Mobile App\n") && one.contains("week-1"), "{one}");
    let csv = history(&["--output", "csv", "--project", "Mobile App"]).expect(0).stdout;
    assert!(
        csv.lines().skip(1).all(|line| line.starts_with("\"Mobile App\",") && line.split(',').count() == 5),
        "{csv}"
    );
    let stranger = history(&["--project", "Nobody"]);
    assert!(stranger.code == 2 && stranger.stderr.contains("Mobile App"), "{}", stranger.stderr);
    for bad in ["urgent=7d", "critical", "high=30", "low=1d,LOW=2d"] {
        let refused = history(&["--sla", bad]);
        assert!(refused.code == 2 && refused.stderr.contains("--sla"), "{bad}: {}", refused.stderr);
    }
}
