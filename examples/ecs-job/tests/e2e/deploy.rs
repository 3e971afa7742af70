//! The deploy template: evaluated here, checked by cfn-lint, and deployed to an emulator of CloudFormation.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};

use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind};
use aws_sdk_dynamodb::types::TableDescription;
use serde_json::{Value, json};

use crate::aws::World;
use crate::support::{Job, workspace};

mod controls;
mod dashboard;
mod guide;
mod image;
mod links;
mod machine;
mod messages;
pub(crate) mod operations;
mod partitions;
mod policy;
mod recorder;
mod recover;
mod replica;
mod rules;
mod smtp;
mod task_role;
mod template;

use operations::RUN;
use policy::{Request, has, statements};
use recorder::Recorder;
use task_role::ALL_ON;
use template::{GIVEN, TEMPLATES, Template};

const REPORT: &str = "arn:aws:s3:::reports/security-hub/runs/1/payments.xlsx";
const ANSWER: &str = "arn:aws:s3:::reports/security-hub/inbox/payments-0123456789ab/r1/answer-0123456789abcdef";
const REGISTRY: &str = "arn:aws:s3:::reports/config/projects.csv";

/// Largest template body that CloudFormation accepts, in bytes. Larger templates must be uploaded to S3 first.
const MAX_BODY: usize = 51_200;

#[test]
fn template_fits_limit_and_describes_parameters() {
    for path in TEMPLATES.map(Template::path_of) {
        let body = std::fs::read(&path).unwrap();
        assert!(body.len() < MAX_BODY, "{}: {} bytes", path.display(), body.len());
    }
    let all = [
        Template::with(&[]),
        Template::links(&[]),
        Template::link_key(&[]),
        Template::export(),
        Template::dashboard("memory"),
        Template::urgent(&[]),
        Template::stages(&[]),
    ];
    for (name, parameter) in all.iter().flat_map(Template::parameters) {
        assert!(parameter["Description"].is_string(), "{name} has no description");
        let is_aws = parameter["Type"].as_str().is_some_and(|t| t.contains("AWS::"));
        let limits = ["AllowedPattern", "AllowedValues", "MinValue", "MaxLength"];
        assert!(is_aws || limits.iter().any(|limit| !parameter[limit].is_null()), "{name} has no constraint");
    }
}

#[test]
fn bucket_policy_restricts_reports_to_company_network() {
    for template in Template::both(&[]) {
        let policy = template.properties("BucketPolicy");
        assert_eq!(policy["Bucket"], "reports");
        restricts_reports_to_company_network(&policy["PolicyDocument"]);
    }
}

fn restricts_reports_to_company_network(document: &Value) {
    let read = || Request::new("s3:GetObject", REPORT).with("aws:SecureTransport", "true");
    let from = |address: &str| read().with("aws:SourceIp", address);
    let through = |request: Request, endpoint: &str| request.with("aws:SourceVpce", endpoint);
    let own = "vpce-0123456789abcdef0";
    let tls = |action: &str, resource: &str| Request::new(action, resource).with("aws:SecureTransport", "true");
    let answer = || tls("s3:PutObject", ANSWER);
    for (what, request, denied) in [
        ("office, IPv4", from("198.51.100.77"), false),
        ("office, IPv6", from("2001:db8:42:7::9"), false),
        ("home, IPv4", from("203.0.113.5"), true),
        ("home, IPv6", from("2001:db8:43::5"), true),
        ("an old version from home", Request { action: "s3:GetObjectVersion".to_owned(), ..from("203.0.113.5") }, true),
        ("through the endpoint", through(read(), own), false),
        ("through another endpoint", through(read(), "vpce-0fffffffffffffff0"), true),
        ("neither address nor endpoint", read(), true),
        ("office without TLS", from("198.51.100.77").with("aws:SecureTransport", "false"), true),
        ("endpoint without TLS", through(read(), own).with("aws:SecureTransport", "false"), true),
        ("the job puts a report", through(tls("s3:PutObject", REPORT), own), false),
        ("the job reads the registry", through(tls("s3:GetObject", REGISTRY), own), false),
        (
            "an administrator puts the registry from home",
            tls("s3:PutObject", REGISTRY).with("aws:SourceIp", "203.0.113.5"),
            false,
        ),
        ("an answer from the office", answer().with("aws:SourceIp", "198.51.100.77"), false),
        ("an answer from the office, IPv6", answer().with("aws:SourceIp", "2001:db8:42:7::9"), false),
        ("an answer from home", answer().with("aws:SourceIp", "203.0.113.5"), true),
        ("an answer through the endpoint", through(answer(), own), false),
        ("an answer through another endpoint", through(answer(), "vpce-0fffffffffffffff0"), true),
        (
            "an answer without TLS",
            Request::new("s3:PutObject", ANSWER)
                .with("aws:SourceIp", "198.51.100.77")
                .with("aws:SecureTransport", "false"),
            true,
        ),
        ("an administrator reads a report at home", from("203.0.113.5"), true),
        (
            "an administrator mends the policy from home",
            tls("s3:PutBucketPolicy", "arn:aws:s3:::reports").with("aws:SourceIp", "203.0.113.5"),
            false,
        ),
    ] {
        assert_eq!(has(document, "Deny", &request), denied, "{what}");
    }
    assert!(statements(document).all(|s| s["Effect"] == "Deny"), "the bucket's policy must not grant anything");
    // requests by link have the signer as principal: to exempt it by name would exempt every recipient
    assert!(statements(document).all(|s| !s["Condition"].to_string().contains("Principal")));
}

#[test]
fn existing_bucket_and_table_are_used_and_not_made() {
    let given = [&ALL_ON[..], &[("SubnetIds", "subnet-0123456789abcdef0")]].concat();
    let [made, adopted] = Template::both(&given);
    let others = [("ExistingBucket", "kept-reports"), ("ExistingTable", "restored")];
    let other = Template::with(&[&given[..], &others].concat());
    assert_eq!((made.of_type("AWS::S3::Bucket").len(), made.of_type("AWS::DynamoDB::Table").len()), (2, 1));
    // the bucket of the access log is made in both cases
    assert_eq!((other.of_type("AWS::S3::Bucket").len(), other.of_type("AWS::DynamoDB::Table").len()), (1, 0));
    // apart from what is made, nothing but the names differs
    let [mut made, adopted, other] = [made, adopted, other].map(|template| template.everything());
    for name in ["Bucket", "Table"] {
        made["Resources"].as_object_mut().unwrap().remove(name);
    }
    assert_eq!(made, adopted);
    let renamed =
        made.to_string().replace("s3:::reports", "s3:::kept-reports").replace("s3://reports/", "s3://kept-reports/");
    let renamed = renamed.replace("\"Bucket\":\"reports\"", "\"Bucket\":\"kept-reports\"");
    let renamed = renamed.replace("table/findings", "table/restored").replace("dynamodb:findings", "dynamodb:restored");
    let renamed = renamed.replace("\"Table\":\"findings\"", "\"Table\":\"restored\"");
    assert_eq!(serde_json::from_str::<Value>(&renamed).unwrap(), other);
}

/// Returns the variables of the container, including the one that the schedule adds.
fn environment(template: &Template) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    let container = template.properties("TaskDefinition")["ContainerDefinitions"][0].take();
    let input = text(&template.properties("Schedule")["Target"]["Input"]);
    let input: Value = serde_json::from_str(&input).unwrap();
    let overridden = &input["containerOverrides"][0];
    assert_eq!(overridden["name"], container["Name"]);
    let pairs = |list: &Value, name: &str, value: &str| -> Vec<_> {
        list.as_array().unwrap().iter().map(|pair| (text(&pair[name]), text(&pair[value]))).collect()
    };
    let mut all = pairs(&container["Environment"], "Name", "Value");
    all.extend(pairs(&overridden["environment"], "name", "value"));
    all
}

/// Returns the command of the daily look at the last run.
fn overdue_command(template: &Template) -> Vec<String> {
    let target = template.properties("OverdueSchedule")["Target"].take();
    let mut input: Value = serde_json::from_str(target["Input"].as_str().unwrap()).unwrap();
    serde_json::from_value(input["containerOverrides"][0]["command"].take()).unwrap()
}

/// Parameters with which every variable is set.
const EVERYTHING: [(&str, &str); 9] = [
    ("CoverageRegions", "us-east-1"),
    ("AcceptedGapsFile", "gaps.csv"),
    ("OwnersFile", "owners.csv"),
    ("Guidance", "guidance.csv"),
    ("TimeZone", "Asia/Tokyo"),
    ("RecipientDomains", "example.com,*.example.co.jp"),
    ("Contact", "the security team"),
    ("Sla", "critical=7d,high=30d"),
    ("LinkKeySecretArn", "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:link-key-AbCdEf"),
];

#[test]
fn template_sets_every_option_that_fits_container() {
    let left_out = [
        "FINDINGS_ACCEPT_AT_MOST", // its default fits most; another one is set in the task definition
        // as are those of these
        "FINDINGS_ESCALATE_AFTER",
        "FINDINGS_FALSE_POSITIVES",
        "FINDINGS_REMIND_OWNERS",
        "FINDINGS_SUPPRESS_AT_MOST",
        "FINDINGS_CHANNEL_LINKS", // who may see reports in channels is decided channel by channel
        "FINDINGS_REPLY_TO",      // its default is the contact
        "FINDINGS_COLUMNS",       // the standard order fits most; another one is set in the task definition
        "FINDINGS_DROPPED_SOURCE", // after a source was given up
        "FINDINGS_CONSOLE_PORTAL", // as is the portal, which not everybody has
        "FINDINGS_DECISIONS_KEY", // a secret, see DecisionsSecretArn
        "FINDINGS_GUIDANCE_SITE", // set in the task definition by those who publish a site
        "FINDINGS_INBOX",         // its default is below the reports
        "FINDINGS_COVERAGE",      // for findings from a file
        "FINDINGS_LEASE",         // its default fits the two minutes that ECS gives a task to stop
        "FINDINGS_NOTIFY_WHEN",   // the registry says it for each project and recipient
        "FINDINGS_ORGANISATION_REPORT", // its default makes both files
        "FINDINGS_REDO",          // for one run
        "FINDINGS_RENAME",        // for one run; the registry names the earlier names for all
        "FINDINGS_S3_PATH_STYLE", // for endpoints other than AWS
        "FINDINGS_S3_SSE",        // the bucket itself encrypts
        "FINDINGS_TEMPLATES",     // a folder, which requires a custom image
    ];
    let dir = tempfile::tempdir().unwrap();
    let help = Job::in_dir(dir.path()).args(&["--help"]).run().expect(0).stdout;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let known: BTreeSet<String> =
        help.split(|c| !is_name(c)).filter(|w| w.starts_with("FINDINGS_")).map(str::to_owned).collect();
    // no key signs links through the table, so the two are not set together
    let [.., key] = EVERYTHING;
    let links = [("LinkUrl", "https://reports.example.com"), ("LinkTtl", "30d")];
    let with_links = [&EVERYTHING[..EVERYTHING.len() - 1], &links].concat();
    let all = [Template::with(&EVERYTHING), Template::with(&with_links)];
    assert_eq!(key.0, "LinkKeySecretArn");
    let set = all.iter().flat_map(environment).map(|(name, _)| name);
    let mut set: BTreeSet<String> = set.filter(|name| name.starts_with("FINDINGS_")).collect();
    set.extend(left_out.map(str::to_owned));
    assert_eq!(set, known);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn job_runs_with_variables_and_permissions_of_task() {
    let world = World::new().await;
    let template =
        Template::with(&ALL_ON).with_resource("Bucket", world.bucket()).with_resource("Table", world.table());
    let scheduled = "2026-11-23T22:00:00Z";
    let services = ["", "_SESV2", "_SECURITYHUB"].map(|service| format!("AWS_ENDPOINT_URL{service}"));
    let doors = services.map(|name| (Recorder::before(&world.endpoint(&name)), name));
    let in_container = |args: &[&str]| {
        let mut job = world.bare_job(args[0]).args(&args[1..]);
        for (name, value) in environment(&template) {
            // there is no emulator of AWS Organizations
            let value = if name == "FINDINGS_ORGANIZATIONS" { "false".to_owned() } else { value };
            job = job.env(&name, value.replace("<aws.scheduler.scheduled-time>", scheduled));
        }
        for (door, name) in &doors {
            job = job.env(name, &door.endpoint);
        }
        job.env("FINDINGS_S3_PATH_STYLE", "true")
    };
    in_container(&["plan"]).run().expect(0);
    let summary = in_container(&["run"]).run().expect(0).summary();
    assert_eq!((&summary["status"], &summary["run_id"]), (&json!("ok"), &json!(scheduled)), "{summary}");
    let location = summary["projects"][0]["report"]["location"].as_str().unwrap();
    assert!(location.starts_with(&format!("s3://{}/security-hub/", world.bucket())), "{location}");
    let again = in_container(&["run"]).run().expect(0).summary();
    assert!(again["note"].is_string(), "the same scheduled time started another run: {again}");
    in_container(&["relink"]).run().expect(0);
    let daily = overdue_command(&template);
    let daily: Vec<&str> = daily.iter().map(String::as_str).collect();
    let looked = in_container(&daily).run().expect(0).stdout;
    assert!(looked.contains(&format!("run {scheduled} finished ")), "{looked}");

    let document = template.properties("TaskRole")["Policies"][0]["PolicyDocument"].take();
    let asked: Vec<Request> = doors.iter().flat_map(|(door, _)| door.requests()).collect();
    for request in &asked {
        assert!(has(&document, "Allow", request), "the policy does not allow {request:?}");
    }
    let actions: BTreeSet<&str> = asked.iter().map(|request| request.action.as_str()).collect();
    let never = [
        "organizations:ListAccounts",         // switched off above
        "securityhub:GetAdhocInsightResults", // for the new Security Hub
        "securityhub:GetMembers",             // called for accounts that ListMembers leaves out; there are none here
    ];
    let listed: BTreeSet<&str> =
        RUN.iter().flat_map(|(_, actions)| *actions).copied().filter(|a| !never.contains(a)).collect();
    assert_eq!(actions, listed, "called actions, and listed actions");
}

/// Returns the table that `setup` creates, as DynamoDB describes it and in the template's form.
async fn table_of_setup() -> (TableDescription, Value) {
    let world = World::new().await;
    let endpoint = Emulator::shared(EmulatorKind::Ministack).unwrap().endpoint();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::new("ap-northeast-1"))
        .endpoint_url(endpoint)
        .credentials_provider(aws_credential_types::Credentials::new(CREDENTIALS.0, CREDENTIALS.1, None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    let table = client.describe_table().table_name(world.table()).send().await.unwrap().table.unwrap();
    let expiry = client.describe_time_to_live().table_name(world.table()).send().await.unwrap();
    let expiry = expiry.time_to_live_description.unwrap();
    let backups = client.describe_continuous_backups().table_name(world.table()).send().await.unwrap();
    let recovery = backups.continuous_backups_description.unwrap().point_in_time_recovery_description.unwrap();
    let rest = json!({
        "TimeToLiveSpecification": {
            "AttributeName": expiry.attribute_name.unwrap(),
            "Enabled": expiry.time_to_live_status.unwrap().as_str() == "ENABLED",
        },
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": recovery.point_in_time_recovery_status.unwrap().as_str() == "ENABLED",
        },
    });
    (table, rest)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn template_table_matches_setup() {
    let (table, mut made) = table_of_setup().await;
    made["TableName"] = "findings".into();
    made["BillingMode"] = table.billing_mode_summary.unwrap().billing_mode.unwrap().as_str().into();
    made["DeletionProtectionEnabled"] = table.deletion_protection_enabled.into();
    let attributes = table.attribute_definitions.unwrap().into_iter();
    made["AttributeDefinitions"] = attributes
        .map(|a| json!({"AttributeName": a.attribute_name, "AttributeType": a.attribute_type.as_str()}))
        .collect();
    let keys = table.key_schema.unwrap().into_iter();
    made["KeySchema"] =
        keys.map(|k| json!({"AttributeName": k.attribute_name, "KeyType": k.key_type.as_str()})).collect();
    assert_eq!(Template::with(&[]).properties("Table"), made);
}

/// Returns a program of the Python environment of the emulators.
fn python(program: &str, args: &[&str]) -> Output {
    let venv = std::env::var_os("FINDINGS_TEST_VENV").map_or_else(|| workspace().join(".venv"), PathBuf::from);
    let mut command = Command::new(venv.join("bin").join(program));
    command.args(args).output().unwrap_or_else(|e| panic!("{program} of .ci/requirements.txt is not installed: {e}"))
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn template_passes_cfn_lint() {
    let paths = TEMPLATES.map(Template::path_of);
    let mut args = vec!["--non-zero-exit-code", "informational", "--"];
    args.extend(paths.iter().map(|path| path.to_str().unwrap()));
    let lint = python("cfn-lint", &args);
    assert!(
        lint.status.success(),
        "{}{}",
        String::from_utf8_lossy(&lint.stdout),
        String::from_utf8_lossy(&lint.stderr)
    );
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn stack_is_created_updated_and_deleted() {
    let script = workspace().join("examples/ecs-job/tests/e2e/deploy/stack.py");
    let parameters: serde_json::Map<_, _> = GIVEN.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
    let parameters = Value::Object(parameters).to_string();
    let done = python("python", &[script.to_str().unwrap(), Template::path().to_str().unwrap(), &parameters]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let seen: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        [&seen["created"], &seen["updated"], &seen["deleted"]],
        ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"]
    );
    let failed = "A task ended with an exit code other than 0, or never started";
    let overdue = [
        "The daily look found no recent finished run, or could not look",
        "The look found no recent finished run, or could not look",
    ];
    let again = "A scheduled task ended with exit code 1 or 4, or was killed";
    assert_eq!(seen["rules"], json!(overdue.map(|o| [o, failed, again].iter().copied().collect::<BTreeSet<_>>())));
    assert_eq!(seen["roles"], json!([3, 0]));
    assert_eq!(seen["table"]["DeletionProtectionEnabled"], true);
    let outputs = seen["outputs"].as_object().unwrap();
    assert!(outputs.values().all(|o| !o.as_str().unwrap().contains("${")), "{outputs:?}");
    // moto cannot create these; cfn-lint checks their properties, and the tests above check policy and schedule
    let unsupported = [
        "AWS::CloudWatch::Alarm",
        "AWS::S3::BucketPolicy",
        "AWS::SES::ConfigurationSet",
        "AWS::SES::ConfigurationSetEventDestination",
        "AWS::SES::EmailIdentity",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
    ];
    assert_eq!(seen["unsupported"], json!(unsupported));
}

/// The stack of urgent runs starts the task of the job with the options of an urgent run, once more if it left something, and
/// its role may do no more.
#[test]
fn stack_of_urgent_runs_starts_the_task_of_the_job() {
    let job = Template::with(&[]);
    let stack = Template::urgent(&[("UrgentFrom", "high")]);
    let family = job.properties("TaskDefinition")["Family"].as_str().unwrap().to_owned();
    let task = format!("arn:aws:ecs:ap-northeast-1:111122223333:task-definition/{family}");
    let container = &job.properties("TaskDefinition")["ContainerDefinitions"][0]["Name"];
    let target = stack.properties("Schedule")["Target"].clone();
    let again = stack.properties("StartAgain");
    assert_eq!(target["EcsParameters"]["TaskDefinitionArn"], json!(task));
    assert_eq!(again["Targets"][0]["EcsParameters"]["TaskDefinitionArn"], json!(task));
    let input: Value = serde_json::from_str(target["Input"].as_str().unwrap()).unwrap();
    let overrides = &input["containerOverrides"][0];
    assert_eq!((&overrides["name"], &overrides["environment"][0]["name"]), (container, &json!("FINDINGS_RUN_ID")));
    assert_eq!(overrides["command"], json!(["run", "--urgent", "--urgent-from", "high"]));
    // the rule of the job's stack must not take it for a weekly run
    let start = &overrides["environment"][1]["value"];
    let value =
        |of: &Value| of["EventPattern"]["detail"]["overrides"]["containerOverrides"]["environment"]["value"][0].clone();
    assert_eq!((start, value(&again) == *start), (&json!("urgent by the schedule"), true));
    assert_ne!(value(&job.properties("StartAgain")), *start);
    let transformed =
        again["Targets"][0]["InputTransformer"]["InputTemplate"].as_str().unwrap().replace("<run>", "\"r\"");
    let transformed: Value = serde_json::from_str(&transformed).unwrap();
    assert_eq!(transformed["containerOverrides"][0]["command"], overrides["command"]);
    assert_ne!(transformed["containerOverrides"][0]["environment"][1]["value"], *start, "started again once only");
    let options: Vec<&str> = overrides["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let help = Job::in_dir(tempfile::tempdir().unwrap().path()).args(&["run", "--help"]).run().expect(0).stdout;
    assert!(options.iter().filter(|option| option.starts_with("--")).all(|option| help.contains(option)), "{help}");
    let statements = &stack.properties("SchedulerRole")["Policies"][0]["PolicyDocument"]["Statement"];
    let actions: BTreeSet<&str> =
        statements.as_array().unwrap().iter().filter_map(|statement| statement["Action"].as_str()).collect();
    assert_eq!(actions, ["ecs:RunTask", "iam:PassRole", "sqs:SendMessage"].into());
    assert!(!statements.to_string().contains("\"*\""), "{statements}");
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn schedule_and_alarms_are_accepted() {
    let script = workspace().join("examples/ecs-job/tests/e2e/deploy/watch.py");
    for state in ["ENABLED", "DISABLED"] {
        let template = Template::with(&[("ScheduleState", state), ("SubnetIds", "subnet-0123456789abcdef0")]);
        let named = |names: &[&str]| -> serde_json::Map<_, _> {
            names.iter().map(|name| ((*name).to_owned(), template.properties(name))).collect()
        };
        let schedules = named(&["Schedule", "OverdueSchedule"]);
        let given = json!({"schedules": schedules, "alarms": named(&["StartsThatNeverHappened"])}).to_string();
        let done = python("python", &[script.to_str().unwrap(), &given]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let seen: Value = serde_json::from_slice(&done.stdout).unwrap();
        // nobody looks for missing runs unless the weekly schedule is on
        assert_eq!(seen["listed"], json!([["OverdueSchedule", state], ["Schedule", state]]));
        let overridden = &seen["inputs"]["Schedule"]["containerOverrides"][0]["environment"][0];
        assert_eq!(overridden["value"], "<aws.scheduler.scheduled-time>");
        let command = &seen["inputs"]["OverdueSchedule"]["containerOverrides"][0]["command"];
        assert_eq!(command, &json!(["overdue", "--after", "8d"]));
        assert_eq!(seen["zones"]["Schedule"], "Asia/Tokyo");
        assert_eq!(seen["alarms"], json!({"StartsThatNeverHappened": true}));
    }
}
