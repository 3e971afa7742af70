//! Several sources in one run, from the option to summary, manifest and report.

use std::path::Path;

use security_hub_simulator::{Fault, FaultRule, Operation, When};
use serde_json::{Value, json};

use crate::aws::{World, s3};
use crate::support::{Done, Job, files, project, texts_of_book};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";

fn finding(account: &str, id: &str, product: &str, day: u32) -> Value {
    json!({
        "AwsAccountId": account, "Id": id, "ProductArn": format!("arn:aws:securityhub:us-east-1::product/{product}"),
        "GeneratorId": "g", "UpdatedAt": format!("2026-11-{day:02}T00:00:00Z"), "Severity": { "Label": "HIGH" },
        "Title": format!("finding {id} of day {day}"), "Resources": [{ "Type": "Other", "Id": id }],
        "Region": "us-east-1", "RecordState": "ACTIVE",
    })
}

fn run(dir: &Path, run_id: &str, sources: &[&str]) -> Done {
    let registry = format!("project,account_ids,recipients\np,{ACCOUNT},a@example.com\nq,{OTHER},b@example.com\n");
    std::fs::write(dir.join("projects.csv"), registry).unwrap();
    let mut job = Job::in_dir(dir).args(&["--projects", "projects.csv", "--run-id", run_id]);
    for source in sources {
        job = job.args(&["--source", source]);
    }
    job.run()
}

/// New, open, resolved and stale issues of a project.
fn changes(summary: &Value, name: &str) -> Vec<u64> {
    let changes = &project(summary, name)["changes"];
    ["new", "open", "resolved", "stale"].iter().map(|key| changes[key].as_u64().unwrap_or_default()).collect()
}

fn counts(summary: &Value) -> Vec<(String, u64, u64)> {
    let number = |source: &Value, key: &str| source[key].as_u64().unwrap();
    let of = |source: &Value| {
        (source["source"].as_str().unwrap().to_owned(), number(source, "findings"), number(source, "unread"))
    };
    summary["sources"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn files_of_several_producers_are_one_report() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, findings: &[Value]| {
        std::fs::write(dir.path().join(name), Value::from(findings.to_vec()).to_string()).unwrap();
    };
    let (hub, scanner) = ("aws/securityhub", "prowler/prowler");
    write(
        "hub.json",
        &[finding(ACCOUNT, "both", hub, 20), finding(ACCOUNT, "h", hub, 20), finding(OTHER, "o", hub, 20)],
    );
    write("scan-1.json", &[finding(ACCOUNT, "both", hub, 21), finding(ACCOUNT, "s", scanner, 20)]);
    let done = run(dir.path(), "r1", &["hub.json", "scan-1.json"]).expect(0);
    let summary = done.summary();
    let sources = vec![("hub.json".to_owned(), 3, 0), ("scan-1.json".to_owned(), 2, 0)];
    assert_eq!(counts(&summary), sources);
    assert_eq!((changes(&summary, "p"), changes(&summary, "q")), (vec![3, 0, 0, 0], vec![1, 0, 0, 0]));
    let folder = dir.path().join("out/reports/runs/r1");
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((counts(&manifest), &manifest["query"]["sources"]), (sources, &json!(["hub.json", "scan-1.json"])));
    assert_eq!(manifest["query"]["inputs"].as_array().unwrap().len(), 2);
    let book = files(&folder, "xlsx")
        .into_iter()
        .map(|path| std::fs::read(path).unwrap())
        .find(|book| texts_of_book(book).contains("finding both of day 21"));
    let texts = texts_of_book(book.as_ref().unwrap());
    assert!(texts.contains("hub.json: 2, scan-1.json: 2") && !texts.contains("finding both of day 20"), "{texts}");
    // the next scan has another date in its name, and found the problem of the first one fixed
    write("scan-2.json", &[finding(ACCOUNT, "t", scanner, 22)]);
    write("hub.json", &[finding(ACCOUNT, "both", hub, 20), finding(OTHER, "o", hub, 20)]);
    let summary = run(dir.path(), "r2", &["hub.json", "scan-2.json"]).expect(0).summary();
    assert_eq!((changes(&summary, "p"), changes(&summary, "q")), (vec![1, 1, 2, 0], vec![0, 1, 0, 0]));
    // without the scan, nobody looks for what only the scan showed
    let summary = run(dir.path(), "r3", &["hub.json"]).expect(3).summary();
    assert_eq!((changes(&summary, "p"), summary.get("sources")), (vec![0, 1, 0, 1], None));
    let summary = run(dir.path(), "r4", &["hub.json"]).expect(3).summary();
    let told = summary["errors"][0]["message"].as_str().unwrap();
    assert!(told.contains("scan-#.json") && told.contains("is not looked at any more"), "{told}");
    // a scan that is not there costs completeness, and nothing else
    let done = run(dir.path(), "r5", &["hub.json", "scan-9.json"]).expect(3);
    assert_eq!(counts(&done.summary()), [("hub.json".to_owned(), 2, 0), ("scan-9.json".to_owned(), 0, 2)]);
    assert_eq!(changes(&done.summary(), "q"), [0, 1, 0, 0]);
    let stderr = run(dir.path(), "r6", &["none-1.json", "none-2.json"]).expect(2).stderr;
    assert!(stderr.contains("none-1.json"), "{stderr}");
}

#[test]
fn variable_holds_several_sources() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.json", "b.json"] {
        std::fs::write(dir.path().join(name), finding(ACCOUNT, name, "x/y", 20).to_string()).unwrap();
    }
    std::fs::write(
        dir.path().join("projects.csv"),
        format!("project,account_ids,recipients\np,{ACCOUNT},a@example.com\n"),
    )
    .unwrap();
    let job = |command: &str| {
        Job::in_dir(dir.path())
            .args(&[command, "--projects", "projects.csv"])
            .env("FINDINGS_SOURCE", " a.json  b.json ")
            .run()
    };
    let plan = job("plan").expect(0).stdout;
    assert!(plan.contains("Findings from a.json, b.json: 1 account in 1 query"), "{plan}");
    assert!(plan.contains("  a.json: no calls of Security Hub") && plan.contains("  b.json: answers"), "{plan}");
    assert_eq!(job("run").expect(0).summary()["projects"][0]["findings"], 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn two_dialects_of_one_region_and_objects_are_one_list() {
    let world = World::new().await;
    let (first, second) = ("securityhub:ap-northeast-1", "securityhub-v2:ap-northeast-1");
    let objects = format!("s3://{}/scans", world.bucket());
    let job = |command: &str, run_id: &str, sources: &[&str]| {
        sources.iter().fold(world.job(command, run_id), |job, source| job.args(&["--source", source])).run()
    };
    let totals = |summary: &Value| -> Vec<u64> {
        let projects = summary["projects"].as_array().unwrap();
        let of = |key: &str| projects.iter().map(|p| p["changes"][key].as_u64().unwrap_or_default()).sum();
        ["new", "reopened", "open", "resolved", "stale"].map(of).to_vec()
    };
    let findings = |summary: &Value| -> u64 {
        summary["projects"].as_array().unwrap().iter().map(|p| p["findings"].as_u64().unwrap()).sum()
    };
    let alone = job("run", "several-1", &[first]).expect(0).summary();
    let both = job("run", "several-2", &[first, second]).expect(0).summary();
    assert_eq!(totals(&both)[..2], [0, 0], "a second dialect brings nothing new: {both}");
    assert_eq!((findings(&both), totals(&both)[2]), (findings(&alone), totals(&alone)[0]));
    let names: Vec<String> = counts(&both).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["ap-northeast-1", "ap-northeast-1 (V2)"]);
    let plan = job("plan", "several-3", &[first, second]).expect(0).stdout;
    for line in [format!("{first}: at least"), format!("{second}: at least"), "at 10 a second".to_owned()] {
        assert!(plan.contains(&line), "{line}: {plan}");
    }
    // a scan under a prefix, which ends
    let account = alone["projects"][0]["coverage"][0]["account"].as_str().unwrap();
    let scan = |id: &str| finding(account, id, "prowler/prowler", 20).to_string().into_bytes();
    let put = async |body: Vec<u8>| {
        s3().put_object().bucket(world.bucket()).key("scans/1.json").body(body.into()).send().await.unwrap();
    };
    put(scan("a")).await;
    let three = job("run", "several-4", &[first, second, &objects]).expect(0).summary();
    assert_eq!((totals(&three)[0], findings(&three)), (1, findings(&alone) + 1));
    let dropped = job("run", "several-5", &[first, second]).expect(3).summary();
    assert_eq!(totals(&dropped)[3..], [0, 1], "nobody looked for the finding of the scan");
    put(scan("b")).await;
    let back = job("run", "several-6", &[first, second, &objects]).expect(0).summary();
    assert_eq!(totals(&back)[3..], [1, 0]);
    // one of the two is refused: what both have is there, and nothing is resolved
    world.hub().add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::GetFindingsV2));
    let refused = job("run", "several-7", &[first, second]).expect(3).summary();
    assert_eq!((totals(&refused)[0], totals(&refused)[3]), (0, 0));
    assert!(counts(&refused)[1].2 > 0, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn finished_run_begins_no_second_export() {
    let world = World::new().await;
    let key = "arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let export = format!("export:ap-northeast-1:s3://{}/exports?key={key}", world.bucket());
    let run = || world.job("run", "export-once").args(&["--source", &export]).run();
    run().expect(0);
    world.hub().add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::StartExportJobV2));
    let again = run().expect(0).summary();
    assert!(again["note"].is_string(), "{again}");
    assert!(!run().expect(0).stderr.contains("there is no export to read"));
}
