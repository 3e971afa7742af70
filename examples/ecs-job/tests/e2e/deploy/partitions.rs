//! The template and the sources in partitions other than `aws`.

use std::path::Path;

use super::replica::REPLICA;
use super::template::Template;
use crate::support::{files, workspace};

/// Parameters that name nothing in a partition, with everything switched on.
const NEUTRAL: [(&str, &str); 3] =
    [("Organizations", "true"), ("MarkNotified", "true"), ("SubnetIds", "subnet-0123456789abcdef0")];

/// Returns the ARNs in a text that are not of this partition.
fn foreign<'a>(text: &'a str, partition: &str) -> Vec<&'a str> {
    let arns = text.split("arn:").skip(1).map(|rest| rest.split(['"', '\\']).next().unwrap());
    arns.filter(|arn| arn.split(':').next() != Some(partition)).collect()
}

#[test]
fn template_names_only_its_own_partition() {
    for place in [
        ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
        ("aws-eusc", "eusc-de-east-1", "amazonaws.eu"),
    ] {
        let key = format!("arn:{}:kms:{}:111122223333:key/1", place.0, place.1);
        let copies = REPLICA.map(|(name, arn)| (name, arn.replace("arn:aws:", &format!("arn:{}:", place.0))));
        let mut given = NEUTRAL.to_vec();
        given.push(("KmsKeyArn", &key));
        given.extend(copies.iter().map(|(name, arn)| (*name, arn.as_str())));
        let text = Template::with(&given).in_partition(place).everything().to_string();
        assert_eq!(foreign(&text, place.0), Vec::<&str>::new(), "{place:?}");
        assert!(text.contains(&format!("arn:{}:s3:::reports", place.0)) && text.contains(place.1));
        let topic = format!("arn:{}:sns:{}:111122223333:operations", place.0, place.1);
        let links = Template::links(&[("OperationsTopicArn", &topic), ("KmsKeyArn", &key)]).in_partition(place);
        let text = links.everything().to_string();
        assert_eq!(foreign(&text, place.0), Vec::<&str>::new(), "{place:?}");
        assert!(text.contains(&format!(".execute-api.{}.{}/prod", place.1, place.2)), "{text}");
    }
}

#[test]
fn patterns_of_parameters_accept_all_partitions() {
    let template = Template::with(&[]);
    for (parameter, values) in [
        ("SourceRegions", &["eusc-de-east-1", "us-isob-east-1,us-iso-west-1", "cn-north-1", "us-gov-east-1"][..]),
        ("CoverageRegions", &["eusc-de-east-1", "eu-isoe-west-1"]),
        (
            "LinkKeySecretArn",
            &[
                "arn:aws-iso-b:secretsmanager:us-isob-east-1:111122223333:secret:key-AbCdEf",
                "arn:aws-eusc:secretsmanager:eusc-de-east-1:111122223333:secret:key-AbCdEf",
            ],
        ),
        ("KmsKeyArn", &["arn:aws-cn:kms:cn-north-1:111122223333:key/1"]),
        ("ReplicaBucketArn", &["arn:aws-us-gov:s3:::copies", "arn:aws-eusc:s3:::copies"]),
        ("OperationsTopicArn", &["arn:aws-us-gov:sns:us-gov-west-1:111122223333:alarms"]),
        ("SmtpSecretArn", &["arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:relay-AbCdEf"]),
        ("PermissionsBoundaryArn", &["arn:aws-iso-f:iam::111122223333:policy/boundary"]),
    ] {
        let pattern = template.parameters()[parameter]["AllowedPattern"].as_str().unwrap();
        let pattern = regex_lite::Regex::new(pattern).unwrap();
        for value in values {
            assert!(pattern.is_match(value), "{parameter} refuses {value}");
        }
        assert!(!pattern.is_match("arn:aws"), "{parameter}");
    }
}

/// Code that names a partition or a host of one, by file, each with its reason. Comments and tests in the file may name any.
const LITERALS: [(&str, &str); 9] = [
    ("findings-core/src/partition.rs", "the list of the partitions"),
    ("findings-core/src/console.rs", "the consoles; the SDK does not know them"),
    ("findings-core/src/console/portal.rs", "an example in a message"),
    ("findings-core/src/recipient.rs", "an example in a message"),
    ("findings-core/src/rendering/advice.rs", "the address of a page"),
    ("findings-core/src/languages/ja/control_titles.rs", "the addresses of pages"),
    ("findings-core/src/aws/security_hub_coverage/regions.rs", "the Regions of each partition"),
    ("findings-core/src/testing/", "data for tests"),
    ("examples/ecs-job/src/config/tests.rs", "a test"),
];

fn names_partition(path: &Path) -> bool {
    const WORDS: [&str; 6] = ["arn:aws", "aws-cn", "aws-us-gov", "amazonaws", "aws.amazon.com", "awsapps"];
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.into_iter().any(|line| WORDS.iter().any(|word| line.contains(word)))
}

#[test]
fn sources_name_no_partition_and_no_host() {
    let root = workspace();
    let folders = [
        "findings-core/src",
        "findings-core/enrollment/src",
        "findings-notify/src",
        "findings-xlsx/src",
        "examples/ecs-job/src",
    ];
    let sources = folders.iter().flat_map(|folder| files(&root.join(folder), "rs"));
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("/tests.rs");
    let mut found = Vec::new();
    for path in sources.filter(|path| names_partition(path)) {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        if !is_test(&name) && !LITERALS.iter().any(|(known, _)| name.starts_with(known)) {
            found.push(name);
        }
    }
    assert!(
        found.is_empty(),
        "take ARNs, endpoints and hosts from the SDK or from findings_core::partition: {found:#?}"
    );
    for (name, reason) in LITERALS {
        let path = root.join(name);
        let names =
            if path.is_dir() { files(&path, "rs").iter().any(|p| names_partition(p)) } else { names_partition(&path) };
        assert!(names, "{name} names no partition any more ({reason}); remove it from the list");
    }
    // the principals of services are the same in all partitions, but for EC2 and EMR, which the template does not name
    let principals = [
        "ecs-tasks",
        "scheduler",
        "events",
        "ses",
        "cloudwatch",
        "logging.s3",
        "s3",
        "lambda",
        "apigateway",
        "firehose",
        "states",
        "exportv2.securityhub",
    ];
    for line in Template::text().lines().filter(|line| line.contains("amazonaws") || line.contains("arn:aws")) {
        let rest =
            principals.iter().fold(line.to_owned(), |line, name| line.replace(&format!("{name}.amazonaws.com"), ""));
        assert!(!rest.contains("amazonaws") && !rest.contains("arn:aws"), "{line}");
    }
}
