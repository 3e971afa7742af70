use security_hub_simulator::{Fault, FaultRule, Operation, Simulator, When};

use super::*;

fn client(url: &str) -> Client {
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(aws_sdk_securityhub::config::BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(aws_sdk_securityhub::config::Region::new("us-east-1"))
        .credentials_provider(aws_credential_types::Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn catalogue_has_all_controls_and_details_of_those_asked_for() {
    let simulator = Simulator::start().await.unwrap();
    let controls = SecurityHubControls::new(client(simulator.url()));
    let wanted = ["ec2.18", "IAM.6", "No.1"].map(str::to_owned);
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let catalogue = controls.catalogue(now, &wanted).await.unwrap();
    assert_eq!((catalogue.controls.len(), catalogue.fetched_at), (36, now));
    let ports = catalogue.get("EC2.18").unwrap();
    assert_eq!(ports.parameters[0].value.as_deref(), Some("80, 443, 8443"));
    assert_eq!(ports.severity.as_deref(), Some("HIGH"));
    assert_eq!(catalogue.get("IAM.6").unwrap().requirements, ["CIS AWS Foundations 1.6"]);
    assert!(catalogue.get("IAM.6").unwrap().is_detailed && !catalogue.get("IAM.5").unwrap().is_detailed);
    assert_eq!(catalogue.get("No.1"), None);
}

#[tokio::test]
async fn a_refused_call_is_an_error() {
    let denied = FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::BatchGetSecurityControls);
    let simulator = Simulator::builder().fault_rule(denied).start().await.unwrap();
    let controls = SecurityHubControls::new(client(simulator.url()));
    let error = controls.catalogue(Timestamp::UNIX_EPOCH, &["S3.8".to_owned()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}
