//! The stack against the controls of Security Hub: which property passes each control, or why none can.
//!
//! A control is checked on every resource of its type that the stack makes, with and without the optional parameters. The
//! texts of the controls are in the AWS Security Hub User Guide, "Security Hub controls reference".

use serde_json::{Value, json};

use super::policy::{Request, has, statements, texts};
use super::replica::REPLICA;
use super::task_role::ALL_ON;
use super::template::Template;
use crate::support::workspace;

/// What makes a control pass.
#[derive(Clone, Copy)]
enum Rule {
    /// The property has this value, written as JSON.
    Is(&'static str, &'static str),
    /// The property has a value.
    IsSet(&'static str),
    /// The property is absent, which passes.
    IsAbsent(&'static str),
    /// The properties pass this test.
    Holds(fn(&Template, &str, &Value) -> bool),
}

use Rule::{Holds, Is, IsAbsent, IsSet};

const CONTAINER: &str = "/ContainerDefinitions/0";

/// Control, type of resource, what passes it, and resources of the type that cannot pass.
const PASSED: [(&str, &str, Rule, &[&str]); 44] = [
    ("S3.2", "AWS::S3::Bucket", Is("/PublicAccessBlockConfiguration/BlockPublicAcls", "true"), &[]),
    ("S3.2", "AWS::S3::Bucket", Is("/PublicAccessBlockConfiguration/RestrictPublicBuckets", "true"), &[]),
    ("S3.3", "AWS::S3::Bucket", Is("/PublicAccessBlockConfiguration/BlockPublicPolicy", "true"), &[]),
    ("S3.5", "AWS::S3::Bucket", Holds(requires_tls), &[]),
    ("S3.6", "AWS::S3::BucketPolicy", Holds(grants_no_account), &[]),
    ("S3.7", "AWS::S3::Bucket", Holds(replicates_if_asked), &["AccessLogs", "Work"]),
    ("S3.8", "AWS::S3::Bucket", Is("/PublicAccessBlockConfiguration/IgnorePublicAcls", "true"), &[]),
    ("S3.9", "AWS::S3::Bucket", IsSet("/LoggingConfiguration/DestinationBucketName"), &["AccessLogs"]),
    ("S3.12", "AWS::S3::Bucket", Is("/OwnershipControls/Rules/0/ObjectOwnership", "\"BucketOwnerEnforced\""), &[]),
    ("S3.13", "AWS::S3::Bucket", Is("/LifecycleConfiguration/Rules/0/Status", "\"Enabled\""), &[]),
    ("DynamoDB.1", "AWS::DynamoDB::Table", Is("/BillingMode", "\"PAY_PER_REQUEST\""), &[]),
    (
        "DynamoDB.2",
        "AWS::DynamoDB::Table",
        Is("/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", "true"),
        &[],
    ),
    ("DynamoDB.6", "AWS::DynamoDB::Table", Is("/DeletionProtectionEnabled", "true"), &[]),
    ("SQS.1", "AWS::SQS::Queue", Holds(is_encrypted_queue), &[]),
    ("SNS.4", "AWS::SNS::TopicPolicy", Holds(grants_no_account), &[]),
    ("ECR.1", "AWS::ECR::Repository", Is("/ImageScanningConfiguration/ScanOnPush", "true"), &[]),
    ("ECR.2", "AWS::ECR::Repository", Is("/ImageTagMutability", "\"IMMUTABLE\""), &[]),
    ("ECR.3", "AWS::ECR::Repository", Holds(has_lifecycle), &[]),
    ("ECS.1", "AWS::ECS::TaskDefinition", Is("/NetworkMode", "\"awsvpc\""), &[]),
    ("ECS.3", "AWS::ECS::TaskDefinition", IsAbsent("/PidMode"), &[]),
    ("ECS.4", "AWS::ECS::TaskDefinition", Is("/ContainerDefinitions/0/Privileged", "false"), &[]),
    ("ECS.5", "AWS::ECS::TaskDefinition", Is("/ContainerDefinitions/0/ReadonlyRootFilesystem", "true"), &[]),
    ("ECS.8", "AWS::ECS::TaskDefinition", Holds(has_no_secret_variable), &[]),
    ("ECS.9", "AWS::ECS::TaskDefinition", Is("/ContainerDefinitions/0/LogConfiguration/LogDriver", "\"awslogs\""), &[]),
    ("ECS.12", "AWS::ECS::Cluster", Is("/ClusterSettings/0", r#"{"Name":"containerInsights","Value":"enabled"}"#), &[]),
    ("ECS.17", "AWS::ECS::TaskDefinition", Is("/NetworkMode", "\"awsvpc\""), &[]),
    ("ECS.20", "AWS::ECS::TaskDefinition", Is("/ContainerDefinitions/0/User", "\"65532:65532\""), &[]),
    ("IAM.2", "AWS::IAM::User", IsAbsent("/Policies"), &[]),
    ("IAM.2", "AWS::IAM::User", IsAbsent("/ManagedPolicyArns"), &[]),
    ("SES.3", "AWS::SES::ConfigurationSet", Is("/DeliveryOptions/TlsPolicy", "\"REQUIRE\""), &[]),
    ("KMS.2", "AWS::IAM::Role", Holds(decrypts_with_named_keys), &[]),
    ("KMS.2", "AWS::IAM::Group", Holds(decrypts_with_named_keys), &[]),
    ("EC2.18", "AWS::EC2::SecurityGroup", IsAbsent("/SecurityGroupIngress"), &[]),
    ("EC2.19", "AWS::EC2::SecurityGroup", IsAbsent("/SecurityGroupIngress"), &[]),
    ("APIGateway.1", "AWS::ApiGateway::Stage", Is("/MethodSettings/0/LoggingLevel", "\"ERROR\""), &[]),
    ("APIGateway.5", "AWS::ApiGateway::Stage", IsAbsent("/CacheClusterEnabled"), &[]),
    ("Lambda.1", "AWS::Lambda::Permission", Holds(is_called_by_one_api), &[]),
    ("StepFunctions.1", "AWS::StepFunctions::StateMachine", Is("/LoggingConfiguration/Level", "\"ERROR\""), &[]),
    // the parameters of the organisation
    ("KmsKeyArn", "AWS::Logs::LogGroup", Holds(has_key_of_parameter), &[]),
    ("KmsKeyArn", "AWS::SNS::Topic", Holds(has_key_of_parameter), &[]),
    ("KmsKeyArn", "AWS::DynamoDB::Table", Holds(has_key_of_parameter), &[]),
    ("KmsKeyArn", "AWS::ECR::Repository", Holds(has_key_of_parameter), &[]),
    ("KmsKeyArn", "AWS::SQS::Queue", Holds(has_key_of_parameter), &[]),
    // S3 cannot write access logs to a bucket with a KMS key
    ("KmsKeyArn", "AWS::S3::Bucket", Holds(has_key_of_parameter), &["AccessLogs"]),
];

/// Controls that no property of the template passes, with the reason. The guide has a row for each.
const NOT_BY_TEMPLATE: [(&str, &str); 20] = [
    ("S3.1", "a setting of the account"),
    ("S3.4", "retired: S3 encrypts every object"),
    ("S3.7", "only with ReplicaBucketArn: reports can be written again, and a copy is one more place to protect"),
    ("S3.9", "of the bucket of access logs itself: S3 advises against logs about logs"),
    ("ECS.2", "there is no ECS service: the schedule starts tasks"),
    ("IAM.3", "the age of the link key, which you rotate"),
    ("IAM.8", "the last use of the link key: each opened link counts"),
    ("IAM.22", "the last use of the link key: each opened link counts"),
    ("SecretsManager.1", "the link key and webhooks have no function that rotates them"),
    ("SecretsManager.2", "no rotation that could fail"),
    ("SecretsManager.3", "each run reads the secrets"),
    ("SecretsManager.4", "only a rotation by a function counts"),
    ("APIGateway.2", "the function is called with its permission, and no server behind the API asks for a certificate"),
    ("APIGateway.3", "a trace has the whole URL, and so the token of the link"),
    ("Lambda.7", "the same"),
    ("APIGateway.4", "a web ACL costs money and sees nothing that the API's policy lets through"),
    ("Lambda.2", "the function is an image and has no runtime of AWS"),
    ("Lambda.3", "it calls DynamoDB, and needs no network of yours"),
    ("CloudFormation.3", "a setting of the stack and not of its template"),
    ("CloudFormation.4", "an option of each deploy"),
];

fn requires_tls(template: &Template, bucket: &str, _: &Value) -> bool {
    let policies = template.of_type("AWS::S3::BucketPolicy");
    let Some((_, policy)) = policies.iter().find(|(_, policy)| policy["Bucket"] == template.ref_of(bucket)) else {
        return false;
    };
    // only the statement for everybody is evaluated; another one may name a service
    let everybody = json!({"Statement": statements(&policy["PolicyDocument"]).filter(|s| s["Principal"] == "*").collect::<Vec<_>>()});
    let arn = template.arn_of(bucket);
    [arn.clone(), format!("{arn}/x")].iter().all(|on| {
        let plain = Request::new("s3:PutObject", on).with("aws:SecureTransport", "false");
        let plain = plain.with("aws:SourceIp", "198.51.100.1");
        has(&everybody, "Deny", &plain)
    })
}

/// Statements that allow something name services only, each with a condition on who calls them.
fn grants_no_account(_: &Template, _: &str, policy: &Value) -> bool {
    statements(&policy["PolicyDocument"]).filter(|s| s["Effect"] == "Allow").all(|statement| {
        let principal = statement["Principal"].as_object();
        let is_service = principal.is_some_and(|p| p.len() == 1 && p.contains_key("Service"));
        let condition = statement["Condition"].to_string();
        is_service && (condition.contains("aws:SourceAccount") || condition.contains("aws:SourceArn"))
    })
}

fn is_called_by_one_api(template: &Template, _: &str, permission: &Value) -> bool {
    let api = template.ref_of("Api");
    let source = permission["SourceArn"].as_str().unwrap_or_default();
    permission["Principal"] == "apigateway.amazonaws.com" && source.contains(api.as_str().unwrap())
}

/// Whether the bucket has copies in another Region exactly if the parameter is given.
fn replicates_if_asked(template: &Template, _: &str, bucket: &Value) -> bool {
    let rule = &bucket["ReplicationConfiguration"]["Rules"][0];
    let is_copied =
        rule["Status"] == "Enabled" && rule["Destination"]["Bucket"] == template.parameter("ReplicaBucketArn");
    is_copied != template.parameter("ReplicaBucketArn").is_empty()
}

fn is_encrypted_queue(_: &Template, _: &str, queue: &Value) -> bool {
    // both at once are refused
    (queue["SqsManagedSseEnabled"] == true) != queue["KmsMasterKeyId"].is_string()
}

fn has_lifecycle(_: &Template, _: &str, repository: &Value) -> bool {
    let text = repository["LifecyclePolicy"]["LifecyclePolicyText"].as_str().unwrap_or_default();
    serde_json::from_str::<Value>(text).is_ok_and(|policy| policy["rules"][0]["action"]["type"] == "expire")
}

fn has_no_secret_variable(_: &Template, _: &str, task: &Value) -> bool {
    const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"];
    let variables = task.pointer(CONTAINER).and_then(|c| c["Environment"].as_array()).unwrap();
    variables.iter().all(|v| !KEYS.contains(&v["Name"].as_str().unwrap()))
}

fn decrypts_with_named_keys(_: &Template, _: &str, owner: &Value) -> bool {
    let documents = owner["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
    documents.flat_map(statements).all(|statement| {
        let is_kms =
            texts(&statement["Action"]).iter().any(|action| action.starts_with("kms:") || action.contains('*'));
        let names_key =
            texts(&statement["Resource"]).iter().all(|on| on.starts_with("arn:aws:kms:") && !on.contains('*'));
        !is_kms || names_key
    })
}

/// Whether the resource has the key exactly if the parameter is given.
fn has_key_of_parameter(template: &Template, _: &str, resource: &Value) -> bool {
    let has_key = resource.to_string().contains(ALL_ON[0].1);
    has_key != template.parameter("KmsKeyArn").is_empty()
}

impl Rule {
    fn passes(self, template: &Template, name: &str, properties: &Value) -> bool {
        match self {
            Is(pointer, json) => properties.pointer(pointer) == Some(&serde_json::from_str(json).unwrap()),
            IsSet(pointer) => properties.pointer(pointer).is_some(),
            IsAbsent(pointer) => properties.pointer(pointer).is_none(),
            Holds(test) => test(template, name, properties),
        }
    }
}

/// Parameters of an organisation with a key, a boundary, a topic and a bucket of its own.
const OWN: [(&str, &str); 3] = [
    ("PermissionsBoundaryArn", "arn:aws:iam::111122223333:policy/boundary"),
    ("OperationsTopicArn", "arn:aws:sns:ap-northeast-1:111122223333:alarms"),
    ("AccessLogBucket", "logs-of-the-organisation"),
];

fn templates() -> [Template; 5] {
    let all: Vec<_> = ALL_ON.iter().chain(&OWN).copied().collect();
    let [made, adopted] = Template::both(&[]);
    let copied: Vec<_> = ALL_ON.iter().chain(&REPLICA).copied().collect();
    [made, Template::with(&ALL_ON), Template::with(&all), adopted, Template::with(&copied)]
}

#[test]
fn stack_passes_controls() {
    let mut failed = Vec::new();
    let own = [ALL_ON[0], OWN[0]];
    let logs = OWN[2];
    let others = [
        Template::links(&[]),
        Template::links(&own),
        Template::link_key(&[]),
        Template::link_key(&own),
        Template::stages(&[logs]),
        Template::stages(&[own[0], own[1], logs]),
    ];
    for template in templates().iter().chain(&others) {
        for (control, kind, rule, except) in PASSED {
            for (name, properties) in template.of_type(kind) {
                if !except.contains(&name.as_str()) && !rule.passes(template, &name, &properties) {
                    failed.push(format!("{control}: {name}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    let template = Template::with(&[]);
    for (control, kind, _, _) in PASSED {
        let is_made = others.iter().chain([&template]).any(|template| !template.of_type(kind).is_empty());
        assert!(is_made, "{control}: there is no {kind}");
    }
}

#[test]
fn every_control_is_in_table() {
    let numbers = |service: &str, numbers: &[u8]| numbers.iter().map(|n| format!("{service}.{n}")).collect::<Vec<_>>();
    let wanted = [
        numbers("S3", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13]),
        numbers("DynamoDB", &[1, 2, 6]),
        numbers("SQS", &[1]),
        numbers("SNS", &[4]),
        numbers("ECR", &[1, 2, 3]),
        numbers("ECS", &[1, 2, 3, 4, 5, 8, 9, 12, 17, 20]),
        numbers("IAM", &[2, 3, 8, 22]),
        numbers("SecretsManager", &[1, 2, 3, 4]),
        numbers("SES", &[3]),
        numbers("KMS", &[2]),
        numbers("CloudFormation", &[3, 4]),
        numbers("EC2", &[18, 19]),
        numbers("APIGateway", &[1, 2, 3, 4, 5]),
        numbers("Lambda", &[1, 2, 3, 7]),
        numbers("StepFunctions", &[1]),
    ];
    for control in wanted.concat() {
        let is_listed = PASSED.iter().any(|row| row.0 == control) || NOT_BY_TEMPLATE.iter().any(|row| row.0 == control);
        assert!(is_listed, "{control}");
    }
    for page in ["docs/deploy.md", "docs/ja/deploy.md"] {
        let text = std::fs::read_to_string(workspace().join(page)).unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
        for (control, reason) in NOT_BY_TEMPLATE {
            let is_told = rows.iter().any(|row| row.split(['|', ',']).any(|cell| cell.trim() == control));
            assert!(is_told, "{page} has no row for {control}: {reason}");
        }
    }
}

#[test]
fn parameters_of_organisation_are_used_everywhere() {
    let [plain, _, own, ..] = templates();
    let [boundary, topic, logs] = OWN.map(|(_, value)| value);
    let (links, key, stages) = (Template::links(&[OWN[0]]), Template::link_key(&[OWN[0]]), Template::stages(&[OWN[0]]));
    for kind in ["AWS::IAM::Role", "AWS::IAM::User"] {
        for (name, properties) in [&own, &links, &key, &stages].iter().flat_map(|template| template.of_type(kind)) {
            assert_eq!(properties["PermissionsBoundary"], boundary, "{name}");
        }
        assert!(plain.of_type(kind).iter().all(|(_, properties)| properties["PermissionsBoundary"].is_null()));
    }
    assert!(own.of_type("AWS::SNS::Topic").is_empty() && own.of_type("AWS::SNS::TopicPolicy").is_empty());
    for (name, alarm) in own.of_type("AWS::CloudWatch::Alarm") {
        assert_eq!(alarm["AlarmActions"], json!([topic]), "{name}");
    }
    assert_eq!(own.properties("TaskFailed")["Targets"][0]["Arn"], topic);
    assert_eq!(own.properties("UndeliveredMails")["EventDestination"]["SnsDestination"]["TopicARN"], topic);
    assert_eq!(own.properties("Bucket")["LoggingConfiguration"]["DestinationBucketName"], logs);
    assert_eq!(own.of_type("AWS::S3::Bucket").len(), 1, "a bucket for access logs is made although one is given");
}
