//! An organisation moves from ASFF to OCSF, and its history goes on.

use std::path::Path;

use asff_fixtures::{Findings, Organisation, in_ocsf};
use serde_json::{Value, json};

use crate::support::Job;

const COUNTS: [&str; 9] = ["new", "reopened", "open", "worse", "resolved", "suppressed", "archived", "left", "stale"];

/// Runs a week of the sample organisation. Returns the sums of its changes, in the order of [`COUNTS`].
fn week(dir: &Path, run_id: &str, findings: &[Value]) -> [u64; 9] {
    let lines: Vec<String> = findings.iter().map(Value::to_string).collect();
    std::fs::write(dir.join("findings.json"), lines.join("\n")).unwrap();
    Organisation::sample().write_registry(std::fs::File::create(dir.join("projects.csv")).unwrap()).unwrap();
    let run = ["--projects", "projects.csv", "--source", "findings.json", "--run-id", run_id];
    let summary = Job::in_dir(dir).args(&run).run().expect(0).summary();
    assert_eq!((&summary["errors"], summary.get("odd_values")), (&json!([]), None), "{summary}");
    let projects = summary["projects"].as_array().unwrap();
    COUNTS.map(|name| projects.iter().filter_map(|project| project["changes"][name].as_u64()).sum())
}

fn issues(dir: &Path) -> i64 {
    let database = rusqlite::Connection::open(dir.join("out/history.db")).unwrap();
    database.query_row("SELECT count(*) FROM issue", [], |row| row.get(0)).unwrap()
}

/// The findings in OCSF. Of security groups it has only the bare ID, so that the Id of the finding alone leads to the
/// issue that is known.
fn moved(findings: &[Value]) -> Vec<Value> {
    let mut moved: Vec<Value> = findings.iter().map(in_ocsf).collect();
    let mut groups = 0;
    for resource in moved.iter_mut().flat_map(|finding| finding["resources"].as_array_mut().unwrap()) {
        if resource["type"] == "AWS::EC2::SecurityGroup" {
            resource.as_object_mut().unwrap().remove("uid_alt");
            groups += 1;
        }
    }
    assert!(groups > 3, "{groups}");
    moved
}

#[test]
fn nothing_is_new_or_resolved_when_the_format_changes() {
    let dir = tempfile::tempdir().unwrap();
    let asff: Vec<Value> = Findings::sample().values().collect();
    let [first, ..] = week(dir.path(), "week-1", &asff);
    assert!(first > 200, "{first}");
    let known = issues(dir.path());
    let unchanged = [0, 0, first, 0, 0, 0, 0, 0, 0];
    assert_eq!(week(dir.path(), "week-2", &asff), unchanged, "in ASFF");
    assert_eq!(week(dir.path(), "week-3", &moved(&asff)), unchanged, "the switch");
    assert_eq!(issues(dir.path()), known);
    // and the story goes on in OCSF
    let mut fixed = asff.clone();
    // two findings can be one issue, which the second one alone would not lead to where the ARN is missing
    let has_arn = |finding: &Value| finding["Resources"][0]["Type"] != "AwsEc2SecurityGroup";
    for finding in fixed.iter_mut().step_by(3).filter(|f| f["Compliance"]["Status"] == "FAILED" && has_arn(f)) {
        finding["Compliance"]["Status"] = "PASSED".into();
        finding["Workflow"] = json!({ "Status": "RESOLVED" });
    }
    let [new, reopened, open, _, resolved, ..] = week(dir.path(), "week-4", &moved(&fixed));
    assert_eq!((new, reopened, open + resolved), (0, 0, first));
    assert!(resolved > 20, "{resolved}");
    // an organisation that moves back
    assert_eq!(week(dir.path(), "week-5", &fixed)[..3], [0, 0, open]);
    assert_eq!(week(dir.path(), "week-6", &asff)[..2], [0, resolved]);
    assert_eq!(issues(dir.path()), known);
}
