//! Findings in every wrapping, from the option to the sheets of the report.

use std::path::Path;

use asff_fixtures::Findings;
use serde_json::{Value, json};

use crate::aws::{World, s3};
use crate::support::{Done, Job, Sheet, files, project, selected, texts_of_book};

const ACCOUNT: &str = "111122223333";

fn finding(id: &str) -> Value {
    json!({
        "AwsAccountId": ACCOUNT, "Id": id, "ProductArn": "arn:aws:securityhub:us-east-1::product/aws/securityhub",
        "GeneratorId": "security-control/S3.8", "UpdatedAt": "2026-11-20T00:00:00Z", "Severity": { "Label": "HIGH" },
        "Title": format!("公開バケット {id}"), "Resources": [{ "Type": "AwsS3Bucket", "Id": format!("arn:aws:s3:::{id}") }],
        "Compliance": { "Status": "FAILED", "SecurityControlId": "S3.8" }, "RecordState": "ACTIVE",
    })
}

fn event(id: &str) -> Value {
    json!({ "detail-type": "Security Hub Findings - Imported", "detail": { "findings": [finding(id)] } })
}

fn run(dir: &Path, source: &str, locale: &str) -> Done {
    let registry = format!("project,account_ids,recipients\np,{ACCOUNT},a@example.com\n");
    std::fs::write(dir.join("projects.csv"), registry).unwrap();
    let run = ["--projects", "projects.csv", "--run-id", locale, "--locale", locale, "--source", source];
    Job::in_dir(dir).args(&run).run()
}

/// The bytes of the workbook of the project.
fn workbook(dir: &Path, run_id: &str) -> Vec<u8> {
    let found = files(&dir.join("out/reports/runs").join(run_id), "xlsx");
    std::fs::read(found.iter().find(|path| !path.ends_with("organisation.xlsx")).unwrap()).unwrap()
}

#[test]
fn folder_of_exports_and_events_is_one_source() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("in/2026/11")).unwrap();
    let write = |name: &str, content: String| std::fs::write(dir.path().join("in").join(name), content).unwrap();
    write("page.json", json!({ "Findings": [finding("a")] }).to_string());
    write("2026/11/events", format!("{}{}", event("b"), event("c")));
    let message = json!({ "Type": "Notification", "Message": event("d").to_string() });
    write("2026/11/queue.json", json!({ "Messages": [{ "Body": message.to_string() }] }).to_string());
    write("2026/11/older.json", event("a").to_string().replace("2026-11-20", "2026-11-01").replace("HIGH", "LOW"));
    let done = run(dir.path(), "in", "en").expect(0);
    let summary = done.summary();
    assert_eq!(project(&summary, "p")["findings"], 4, "{summary}");
    assert_eq!(summary.get("odd_values"), None);
    let sheet = Sheet::read(&workbook(dir.path(), "en"), "Finding ID");
    assert_eq!(sheet.column("Severity"), ["HIGH"; 4]);
    // a file that cannot be read costs the run its completeness, and is named; the others are delivered
    write("sign-in.json", "<html>".to_owned());
    let done = run(dir.path(), "in", "ja").expect(3);
    let error = done.summary()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(error.starts_with("in/sign-in.json, line 1: it is a web page"), "{error}");
    assert_eq!(project(&done.summary(), "p")["findings"], 4);
}

#[test]
fn odd_values_are_counted_and_shown_as_they_came() {
    let dir = tempfile::tempdir().unwrap();
    let with = |id: &str, field: &str, value: Value| {
        let mut finding = finding(id);
        finding[field] = value;
        finding.to_string()
    };
    let lines = [
        finding("ok").to_string(),
        with("sur", "Description", "Trojan HALF".into()).replace("HALF", "\\ud83d"),
        with("tag", "Resources", json!([{ "Id": "r", "Tags": { "Owner": null } }])),
        with("cas", "Severity", json!({ "Label": "Critical" })),
        with("int", "AwsAccountId", json!(111_122_223_333_u64)),
        with("typ", "Types", "a/b/c".into()),
        with("enu", "Compliance", json!({ "Status": "INFOED" })),
        with("fpf", "Severity", Value::Null)
            .replace("\"Title\"", r#""FindingProviderFields":{"Severity":{"Label":"LOW"}},"Title""#),
    ];
    std::fs::write(dir.path().join("f.json"), lines.join("\n")).unwrap();
    for (locale, id, severity, compliance, note, sentence) in [
        (
            "en",
            "Finding ID",
            "Severity",
            "Compliance",
            "Not as AWS defines it: Compliance.Status = INFOED",
            "6 values of findings are not as AWS defines them.",
        ),
        (
            "ja",
            "検出結果ID",
            "重要度",
            "コンプライアンス",
            "AWS の定義と異なる値: Compliance.Status = INFOED",
            "検出結果に AWS の定義と異なる値が 6個あります。",
        ),
    ] {
        let summary = run(dir.path(), "f.json", locale).expect(0).summary();
        assert_eq!((&project(&summary, "p")["findings"], &summary["odd_values"]), (&8.into(), &6.into()));
        assert_eq!(project(&summary, "p")["certainty"]["odd_values"], 6);
        let book = workbook(dir.path(), locale);
        let sheet = Sheet::read(&book, id);
        assert_eq!(sheet.column(severity).len(), 8);
        assert!(sheet.column(compliance).contains(&"INFOED".to_owned()), "{:?}", sheet.column(compliance));
        let all = texts_of_book(&book);
        for text in [note, sentence, "    Compliance.Status = INFOED (1)", "Trojan \u{fffd}"] {
            assert!(all.contains(text), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn objects_in_s3_are_read_without_a_call_of_security_hub() {
    let world = World::new().await;
    let put = async |key: String, body: Vec<u8>| {
        s3().put_object().bucket(world.bucket()).key(key).body(body.into()).send().await.unwrap();
    };
    let findings: Vec<Value> = Findings::sample().values().collect();
    for (n, part) in findings.chunks(40).enumerate() {
        let events = part.iter().map(|finding| {
            let detail = json!({ "findings": [finding] });
            json!({ "detail-type": "Security Hub Findings - Imported", "detail": detail }).to_string()
        });
        put(format!("stream/2026/11/29/delivery-{n}"), events.collect::<String>().into_bytes()).await;
    }
    put("stream/_SUCCESS".to_owned(), Vec::new()).await;
    let source = format!("s3://{}/stream", world.bucket());
    let run = |run_id: &str| world.job("run", run_id).args(&["--source", &source]).run();
    let done = run("s3").expect(0);
    let summary = done.summary();
    for outcome in summary["projects"].as_array().unwrap() {
        let accounts: Vec<&str> =
            outcome["coverage"].as_array().unwrap().iter().map(|a| a["account"].as_str().unwrap()).collect();
        assert_eq!(outcome["findings"], selected(&findings, &accounts).len(), "{outcome}");
    }
    let key = format!("reports/runs/{}/manifest.json", "s3");
    let manifest = s3().get_object().bucket(world.bucket()).key(key).send().await.unwrap();
    let manifest: Value = serde_json::from_slice(&manifest.body.collect().await.unwrap().into_bytes()).unwrap();
    let inputs = manifest["query"]["inputs"].as_array().unwrap();
    assert_eq!(inputs.len(), findings.len().div_ceil(40));
    for input in inputs {
        assert!(input["location"].as_str().unwrap().starts_with(&format!("{source}/2026/11/29/delivery-")), "{input}");
        assert!(input["etag"].is_string() && input["bytes"].as_u64() > Some(0), "{input}");
    }
    assert_eq!(manifest["query"]["sources"], json!([source]));
    // the list of members is in S3, too
    let accounts = findings.iter().map(|finding| finding["AwsAccountId"].as_str().unwrap());
    let accounts: std::collections::BTreeSet<&str> = accounts.collect();
    let member = |account: &&str| json!({ "AccountId": account, "MemberStatus": "Enabled" });
    let members = json!({ "Members": accounts.iter().map(member).collect::<Vec<_>>() });
    put("members.json".to_owned(), members.to_string().into_bytes()).await;
    let covered = |run_id: &str, key: &str| {
        world
            .job("run", run_id)
            .args(&["--source", &source, "--coverage", &format!("s3://{}/{key}", world.bucket())])
            .run()
    };
    // every account is a member, but the last checks of the sample were made long ago
    let summary = covered("s3-members", "members.json").expect(3).summary();
    let accounts_of = |p: &Value| p["coverage"].as_array().unwrap().clone();
    let reasons = summary["projects"].as_array().unwrap().iter().flat_map(accounts_of);
    let reasons: Vec<Value> = reasons.map(|account| account["regions"][0]["reason"].clone()).collect();
    assert!(reasons.contains(&"no_recent_check".into()) && !reasons.contains(&Value::Null), "{reasons:?}");
    let stderr = covered("s3-nobody", "nobody.json").expect(2).stderr;
    assert!(stderr.contains("/nobody.json") && stderr.contains("--coverage"), "{stderr}");
    // one object that is no finding: everything else is delivered, and nothing is complete
    put("stream/2026/11/30/page.html".to_owned(), b"<html>".to_vec()).await;
    let summary = run("s3-2").expect(3).summary();
    let error = summary["errors"][0]["message"].as_str().unwrap();
    assert!(error.contains("/stream/2026/11/30/page.html, line 1: it is a web page"), "{error}");
    let plan =
        world.job("plan", "s3-3").args(&["--source", &format!("s3://{}/nothing", world.bucket())]).run().expect(2);
    assert!(plan.stderr.contains("there is no object of this name or under it"), "{}", plan.stderr);
}
