//! A relay in place of SES (`SmtpSecretArn`), as in partitions without SES.

use serde_json::{Value, json};

use super::policy::{statements, texts};
use super::task_role::task_policy;
use super::template::Template;

const SMTP: [(&str, &str); 3] = [
    ("SmtpSecretArn", "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:relay-AbCdEf"),
    ("SmtpPort", "465"),
    ("SubnetIds", "subnet-0123456789abcdef0"),
];

#[test]
fn relay_replaces_everything_of_ses() {
    let template = Template::with(&SMTP);
    let everything = template.everything();
    assert!(!everything.to_string().contains("ses:"), "the stack still uses SES");
    for kind in ["ConfigurationSet", "ConfigurationSetEventDestination", "EmailIdentity"] {
        assert!(template.of_type(&format!("AWS::SES::{kind}")).is_empty(), "{kind}");
    }
    let policy = task_policy(&SMTP);
    assert!(statements(&policy).flat_map(|s| texts(&s["Action"])).all(|action| !action.starts_with("ses:")));
}

#[test]
fn relay_is_read_from_its_secret_and_reached_at_its_port() {
    let template = Template::with(&SMTP);
    let container = template.properties("TaskDefinition")["ContainerDefinitions"][0].take();
    assert_eq!(container["Secrets"], json!([{"Name": "FINDINGS_NOTIFY", "ValueFrom": SMTP[0].1}]));
    let names: Vec<&Value> = container["Environment"].as_array().unwrap().iter().map(|v| &v["Name"]).collect();
    assert!(!names.contains(&&json!("FINDINGS_NOTIFY")), "the variable is set twice");
    let role = template.properties("ExecutionRole")["Policies"][0]["PolicyDocument"].take();
    assert!(statements(&role).any(|s| s["Resource"] == json!([SMTP[0].1])), "ECS must be able to read the secret");
    let egress = template.of_type("AWS::EC2::SecurityGroupEgress");
    assert_eq!((&egress[0].1["FromPort"], &egress[0].1["ToPort"]), (&json!("465"), &json!("465")));
    assert!(Template::with(&[]).of_type("AWS::EC2::SecurityGroupEgress").is_empty());
}
