//! An organisation moves from ASFF to OCSF, and its history goes on.

use std::path::Path;

use asff_fixtures::{Findings, Organisation, in_ocsf};
use security_hub_simulator::{Fault, FaultRule, Operation, When};
use serde_json::{Value, json};

use crate::aws::{World, s3};
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
    changes(&summary)
}

/// The sums of the changes of a run, in the order of [`COUNTS`].
fn changes(summary: &Value) -> [u64; 9] {
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

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn nothing_is_new_or_resolved_when_the_job_asks_the_new_security_hub() {
    let world = World::new().await;
    let run = |run_id: &str, source: &str| {
        let summary = world.job("run", run_id).args(&["--source", source]).run().expect(0).summary();
        assert!(summary["api"]["get_findings"]["calls"].as_u64() > Some(1), "{summary}");
        changes(&summary)
    };
    let [first, ..] = run("v2-1", "securityhub:ap-northeast-1");
    let unchanged = [0, 0, first, 0, 0, 0, 0, 0, 0];
    assert_eq!(run("v2-2", "securityhub-v2:ap-northeast-1"), unchanged, "the switch");
    assert_eq!(run("v2-3", "securityhub-v2:ap-northeast-1"), unchanged);
    assert_eq!(run("v2-4", "securityhub:ap-northeast-1"), unchanged, "and back");
    let plan = world.job("plan", "v2-5").args(&["--source", "securityhub-v2:ap-northeast-1"]).run().expect(0).stdout;
    assert!(plan.contains("at 10 a second"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn history_goes_on_with_an_export_and_nothing_is_resolved_without_one() {
    let world = World::new().await;
    let key = "arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let export = format!("export:ap-northeast-1:s3://{}/exports?key={key}", world.bucket());
    let run = |run_id: &str, source: &str| world.job("run", run_id).args(&["--source", source]);
    let [first, ..] = changes(&run("export-1", "securityhub:ap-northeast-1").run().expect(0).summary());
    let unchanged = [0, 0, first, 0, 0, 0, 0, 0, 0];
    assert_eq!(changes(&run("export-2", &export).run().expect(0).summary()), unchanged, "the switch");
    let manifest = s3().get_object().bucket(world.bucket()).key("reports/runs/export-2/manifest.json").send();
    let manifest: Value =
        serde_json::from_slice(&manifest.await.unwrap().body.collect().await.unwrap().into_bytes()).unwrap();
    let inputs = manifest["query"]["inputs"].as_array().unwrap();
    let own = format!("s3://{}/exports/export-2/", world.bucket());
    assert!(inputs.len() > 1 && inputs.iter().all(|i| i["location"].as_str().unwrap().starts_with(&own)), "{inputs:?}");
    let plan = world.job("plan", "export-3").args(&["--source", &export]).run().expect(0).stdout;
    assert!(plan.contains("the run exports all findings to s3://"), "{plan}");
    let denied = FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::StartExportJobV2);
    world.hub().add_fault_rule(denied);
    let summary = run("export-4", &export).args(&["--hold-if-unread", "never"]).run().expect(3).summary();
    assert_eq!(changes(&summary), [0, 0, 0, 0, 0, 0, 0, 0, first], "not known, and not resolved");
    let error = &summary["projects"][0]["errors"][0];
    assert!(error["message"].as_str().unwrap().contains("export findings from Security Hub"), "{error}");
}
