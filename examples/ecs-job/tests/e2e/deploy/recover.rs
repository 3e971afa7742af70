//! Types the commands of `docs/recover.md` against moto, with the AWS CLI, and looks at what is there afterwards.
//!
//! `recover.py` makes an account for each case and types the blocks of its section. The `aws` that they call is
//! `aws_call.py`, which has `recover_aws.py` run the AWS CLI, but for the three commands below.

use serde_json::{Value, json};

use super::python;
use super::template::{GIVEN, Template};
use crate::support::workspace;

fn typed() -> Value {
    let script = workspace().join("examples/ecs-job/tests/e2e/deploy/recover.py");
    let page = workspace().join("docs/recover.md");
    let parameters: serde_json::Map<_, _> = GIVEN.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
    let (template, parameters) = (Template::path(), Value::Object(parameters).to_string());
    let done =
        python("python", &[script.to_str().unwrap(), page.to_str().unwrap(), template.to_str().unwrap(), &parameters]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn commands_of_each_case_do_what_the_page_says() {
    let seen = typed();
    let table = json!({"items": 2, "expiry": "ttl", "recovery": "ENABLED", "protected": true});
    let with = |mut base: Value, more: Value| {
        base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        base
    };
    let bucket = json!({"versioning": "Enabled", "rules": 2, "block": true, "owner": "BucketOwnerEnforced"});
    let (run, redo) = ("FINDINGS_RUN_ID=2026-11-23T22:00:00Z", "FINDINGS_REDO=all");
    let revoke = ["revoke", "--run-id", "2026-11-23T22:00:00Z"];

    let registry = json!({
        "report": "NoSuchKey", "registry": "project\nPayments,right\n", "keys": ["Inactive"], "rules": ["ENABLED"],
        "told": ["Payments\tsato\tsent", "Payments\tsuzuki\tsent"],
        "stopped": ["DISABLED", "DISABLED"],
        "tasks": [revoke, ["plan"], [run, redo], ["plan"]],
    });
    assert_eq!(seen["registry"], registry);

    let one = seen["report"]["tasks"][1][2].as_str().unwrap();
    assert!(one.starts_with("FINDINGS_PROJECTS=s3://") && one.ends_with("/config/one.csv"), "{one}");
    assert_eq!(seen["report"]["tasks"][0], json!([&revoke[..], &["--project", "Payments"]].concat()));
    assert_eq!(seen["report"]["tasks"][1], json!([run, redo, one]));
    assert_eq!([&seen["report"]["report"], &seen["report"]["one"]], ["NoSuchKey", "project\nPayments,wrong\n"]);

    assert_eq!(seen["damaged"], with(table.clone(), json!({"table": "findings-restored", "kept": 2})));
    assert_eq!(seen["lost"], with(table.clone(), json!({"table": "findings", "empty": ["findings-2"]})));
    let copied = json!({
        "again": "project\nPayments,wrong\n", "other": true, "registry": "project\nPayments,copy\n", "report": "report",
        "log": true, "tasks": [["relink", "--run-id", "2026-11-23T22:00:00Z"], [run, redo]],
    });
    assert_eq!(seen["objects"], with(bucket.clone(), copied));
    assert_eq!(seen["stack"], with(with(table, bucket), json!({"same": ["findings", true], "log": true})));
    let region = json!({
        "imported": ["history/AWSDynamoDB/02-newer/data/"],
        "same": ["findings", "findings-replica"], "table": true, "bucket": "Enabled",
    });
    assert_eq!(seen["region"], region);
    assert_eq!(seen["not typed"], json!([]));
    // what moto cannot do, and recover_aws.py does instead
    assert_eq!(seen["faked"], json!(["cloudformation deploy", "ecs run-task", "logs tail"]));
}
