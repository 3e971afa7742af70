//! The task role permits the calls of the code, on exactly their resources, and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::operations::RUN;
use super::policy::{Request, has, statements, texts};
use super::template::Template;
use super::{REGISTRY, REPORT};
use crate::support::Job;

/// All parameters that add permissions, switched on.
pub(super) const ALL_ON: [(&str, &str); 3] = [
    ("KmsKeyArn", "arn:aws:kms:ap-northeast-1:111122223333:key/1234"),
    ("Organizations", "true"),
    ("MarkNotified", "true"),
];

/// Returns the policy of the task role.
pub(super) fn task_policy(parameters: &[(&str, &str)]) -> Value {
    let [made, adopted] = Template::both(parameters)
        .map(|template| template.properties("TaskRole")["Policies"][0]["PolicyDocument"].take());
    assert_eq!(made, adopted, "an existing bucket and table need the same permissions");
    made
}

/// Returns resources that the action is needed on, and resources that it must not work on.
fn resources(action: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    const TABLE: &str = "arn:aws:dynamodb:ap-northeast-1:111122223333:table/findings";
    const SENDER: &str = "arn:aws:ses:ap-northeast-1:111122223333:identity/example.com";
    const SET: &str = "arn:aws:ses:ap-northeast-1:111122223333:configuration-set/weekly";
    // in the sandbox a recipient is an identity of the account, and the mail is authorised on it, too
    const RECIPIENT: &str = "arn:aws:ses:ap-northeast-1:111122223333:identity/anna@example.org";
    const OTHER_ACCOUNT: &str = "arn:aws:ses:ap-northeast-1:444455556666:identity/example.com";
    const OTHER_SET: &str = "arn:aws:ses:ap-northeast-1:111122223333:configuration-set/others";
    const OTHER_BUCKET: &str = "arn:aws:s3:::reports-of-others/security-hub/x";
    match action {
        "s3:GetObject" => (vec![REPORT, REGISTRY], vec![OTHER_BUCKET, "arn:aws:s3:::reports/else"]),
        "s3:PutObject" => (vec![REPORT], vec![REGISTRY, OTHER_BUCKET]),
        "s3:ListBucket" => (vec!["arn:aws:s3:::reports"], vec!["arn:aws:s3:::reports-of-others"]),
        "ses:SendEmail" | "ses:SendRawEmail" => (vec![SENDER, RECIPIENT, SET], vec![OTHER_ACCOUNT, OTHER_SET]),
        "ses:GetEmailIdentity" => (vec![SENDER], vec![SET]),
        a if a.starts_with("dynamodb:") => {
            (vec![TABLE], vec!["arn:aws:dynamodb:ap-northeast-1:111122223333:table/other"])
        }
        // these actions have no resources, or only the account's hub
        a if ["securityhub:", "organizations:", "ses:"].iter().any(|s| a.starts_with(s)) => (vec!["*"], vec![]),
        other => panic!("no resources are known for {other}"),
    }
}

#[test]
fn task_role_reads_findings_in_s3_only_where_they_are() {
    let none = task_policy(&ALL_ON);
    for (source, own, foreign) in [
        (
            "exports/security-hub",
            &["exports/security-hub/2026/1.json", "exports/security-hub"][..],
            "exports/else/1.json",
        ),
        ("exports/", &["exports/1.json"], "exports-of-others/1.json"),
    ] {
        let document = task_policy(&[("SourceObjects", source)]);
        let allows = |document: &Value, action: &str, name: &str| {
            has(document, "Allow", &Request::new(action, &format!("arn:aws:s3:::{name}")))
        };
        for object in own {
            assert!(allows(&document, "s3:GetObject", object), "{source}: {object}");
            assert!(!allows(&none, "s3:GetObject", object), "without it, {object} is nobody's business");
        }
        assert!(allows(&document, "s3:ListBucket", "exports") && !allows(&none, "s3:ListBucket", "exports"));
        assert!(!allows(&document, "s3:GetObject", foreign) && !allows(&document, "s3:PutObject", own[0]));
        assert_eq!(self::source(&[("SourceObjects", source)]), format!("s3://{source}"));
    }
}

/// The source of a container, as the template sets it.
fn source(parameters: &[(&str, &str)]) -> Value {
    let container = Template::with(parameters).properties("TaskDefinition")["ContainerDefinitions"][0].take();
    let environment = container["Environment"].as_array().unwrap();
    environment.iter().find(|variable| variable["Name"] == "FINDINGS_SOURCE").unwrap()["Value"].clone()
}

/// The stack of exports gives the job what docs/sources.md lists, and its output is a source.
#[test]
fn stack_of_exports_fits_the_job_and_the_page() {
    let stack = Template::export();
    let regions = stack.everything()["Outputs"]["SourceRegions"].as_str().unwrap().to_owned();
    let parameters = [("SecurityHubApi", "export"), ("SourceRegions", &*regions)];
    let set = source(&parameters);
    let key = "arn:aws:kms:ap-northeast-1:111122223333:key/1234";
    assert_eq!(set, format!("export:ap-northeast-1:s3://exports/security-hub?key={key}"));
    let pattern = Template::with(&[]).parameters()["SourceRegions"]["AllowedPattern"].as_str().unwrap().to_owned();
    let pattern = regex_lite::Regex::new(&pattern).unwrap();
    assert!(pattern.is_match(&regions) && !pattern.is_match("eu-west-1:exports") && !pattern.is_match(":s3://exports"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("projects.csv"), "project,account_ids,recipients\nP,111122223333,a@example.com\n")
        .unwrap();
    let options =
        ["plan", "--projects", "projects.csv", "--reports", "out", "--notify", "outbox:o", "--history", "sqlite:h.db"];
    let refused = Job::in_dir(dir.path()).args(&options).args(&["--source", set.as_str().unwrap()]).run().stderr;
    assert!(!refused.contains("--source"), "the job reads what the template sets: {refused}");

    let page = std::fs::read_to_string(crate::support::workspace().join("docs/sources.md")).unwrap();
    let chapter = page.split("## Exports of the new Security Hub").nth(1).unwrap().split("\n## ").next().unwrap();
    let listed: Vec<Value> = chapter
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    let actions = |statements: &mut dyn Iterator<Item = &Value>| -> BTreeSet<String> {
        statements.flat_map(|statement| texts(&statement["Action"])).map(str::to_owned).collect()
    };
    let job = stack.properties("JobPolicy")["PolicyDocument"].take();
    assert_eq!(actions(&mut statements(&job)), actions(&mut statements(&listed[0])));
    let bucket = stack.properties("ExportsPolicy")["PolicyDocument"].take();
    let allowed = |document: &Value| actions(&mut statements(document).filter(|one| one["Effect"] == "Allow"));
    assert_eq!(allowed(&bucket), allowed(&listed[1]));
    let key_policy = stack.properties("Key")["KeyPolicy"].take();
    let own = statements(&key_policy).find(|one| one["Sid"] == "Export").unwrap();
    assert_eq!(actions(&mut std::iter::once(own)), actions(&mut std::iter::once(&listed[2])));
    assert_eq!(own["Principal"], listed[2]["Principal"]);
    let context = &own["Condition"]["StringEquals"]["kms:EncryptionContext:aws:s3:arn"];
    assert_eq!(context, "arn:aws:s3:::exports");
}

#[test]
fn task_role_permits_calls_on_their_resources() {
    let document = task_policy(&ALL_ON);
    for (call, action) in RUN.iter().flat_map(|(call, actions)| actions.iter().map(move |action| (call, *action))) {
        let request = |resource: &str| Request::new(action, resource).with("ses:FromAddress", "security@example.com");
        let (needed, foreign) = resources(action);
        for on in needed {
            assert!(has(&document, "Allow", &request(on)), "{call} needs {action} on {on}");
        }
        for on in foreign {
            assert!(!has(&document, "Allow", &request(on)), "{action} works on {on}");
        }
    }
    for action in ["ses:SendEmail", "ses:SendRawEmail"] {
        for on in resources(action).0 {
            let stranger = Request::new(action, on).with("ses:FromAddress", "ceo@example.com");
            assert!(!has(&document, "Allow", &stranger), "the role can send mail from another address");
        }
    }
}

#[test]
fn task_role_permits_nothing_else() {
    // granted although the code does not call them
    let with_reason = [
        ("kms:Decrypt", "S3 asks for it when an object of a bucket with a KMS key is read"),
        ("kms:GenerateDataKey", "S3 asks for it when an object is stored in a bucket with a KMS key"),
        // DynamoDB asks for these in the name of its caller if the table has a KMS key
        ("kms:CreateGrant", "DynamoDB"),
        ("kms:DescribeKey", "DynamoDB"),
        ("kms:Encrypt", "DynamoDB"),
        ("kms:GenerateDataKey*", "DynamoDB"),
        ("kms:ReEncrypt*", "DynamoDB"),
    ];
    let granted = |parameters: &[(&str, &str)]| -> BTreeSet<String> {
        statements(&task_policy(parameters)).flat_map(|s| texts(&s["Action"])).map(str::to_owned).collect()
    };
    let called = RUN.iter().flat_map(|(_, actions)| *actions).map(|action| (*action).to_owned());
    let want: BTreeSet<_> = called.chain(with_reason.iter().map(|(action, _)| (*action).to_owned())).collect();
    assert_eq!(granted(&ALL_ON), want);
    let optional = ["organizations:ListAccounts", "securityhub:BatchUpdateFindings"];
    let optional: BTreeSet<_> =
        optional.into_iter().chain(with_reason.map(|(action, _)| action)).map(str::to_owned).collect();
    assert_eq!(granted(&[]), &want - &optional, "optional actions must be granted only with their parameters");
    let open: BTreeSet<_> = statements(&task_policy(&ALL_ON))
        .filter(|s| s["Resource"] == "*")
        .flat_map(|s| texts(&s["Action"]).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .filter(|action| resources(action).0 != ["*"])
        .collect();
    assert!(open.is_empty(), "{open:?} could be granted on their resources");
    let grant = Request::new("kms:CreateGrant", ALL_ON[0].1);
    let document = task_policy(&ALL_ON);
    let through =
        |service: &str| grant.clone().with("kms:ViaService", &format!("{service}.ap-northeast-1.amazonaws.com"));
    assert!(has(&document, "Allow", &through("dynamodb")));
    assert!(!has(&document, "Allow", &through("ebs")) && !has(&document, "Allow", &grant));
}
