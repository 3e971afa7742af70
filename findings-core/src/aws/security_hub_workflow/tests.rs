use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use aws_sdk_securityhub::config::{BehaviorVersion, Credentials, Region};
use security_hub_simulator::{Fault, FaultRule, Operation, Simulator, SimulatorHandle, When};

use super::*;
use crate::asff::{TextPool, decode_finding};

/// Returns a simulator with findings, a workflow client for it, and those findings that are NEW.
async fn simulated_workflow() -> (SimulatorHandle, SecurityHubWorkflow, Vec<Arc<Finding>>) {
    let organisation = Organisation::of_size(2, 3);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        400,
        &Mix::default(),
    );
    let pool = TextPool::default();
    let decode = |value: serde_json::Value| Arc::new(decode_finding(value.to_string().as_bytes(), &pool).unwrap());
    let fresh = findings.values().map(decode).filter(|f| f.workflow == WorkflowStatus::New).collect();
    let simulator = Simulator::builder().findings(findings.values()).quota(None).start().await.unwrap();
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(Simulator::REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(simulator.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    let workflow = SecurityHubWorkflow::new(&Client::from_conf(config.build()));
    (simulator, workflow, fresh)
}

fn notified(findings: Vec<Arc<Finding>>) -> UpdateFindings {
    UpdateFindings::new(findings, FindingChange::status(WorkflowStatus::Notified))
}

fn status(simulator: &SimulatorHandle, finding: &Finding) -> String {
    let stored = simulator.finding(&finding.product_arn, &finding.id).unwrap();
    stored.pointer("/Workflow/Status").and_then(|s| s.as_str()).unwrap_or("NEW").to_owned()
}

#[tokio::test]
async fn batches_of_100_retry_transient_errors() {
    let (simulator, workflow, fresh) = simulated_workflow().await;
    assert!(fresh.len() > 200, "{}", fresh.len());
    simulator.fail_updates(&*fresh[0].id, "ConcurrentUpdateError", 2);
    simulator.fail_updates(&*fresh[1].id, "InternalFailure", 100);
    simulator.fail_updates(&*fresh[2].id, "FindingNotFound", 1);
    simulator.add_fault_rule(
        FaultRule::new(Fault::Throttle { retry_after: None }, When::call(2)).on(Operation::BatchUpdateFindings),
    );
    let marked = workflow.update(&notified(fresh.clone())).await.unwrap();
    let mut refused: Vec<_> = marked.refused.iter().map(|u| (u.id.clone(), u.reason.as_str())).collect();
    refused.sort();
    let mut want = vec![(fresh[1].id.clone(), "InternalFailure"), (fresh[2].id.clone(), "FindingNotFound")];
    want.sort();
    assert_eq!(refused, want);
    assert_eq!(marked.accepted, fresh.len() as u64 - 2);
    for (n, finding) in fresh.iter().enumerate() {
        let want = if n == 1 || n == 2 { "NEW" } else { "NOTIFIED" };
        assert_eq!(status(&simulator, finding), want, "finding {n}");
    }
}

#[tokio::test]
async fn error_names_missing_permission() {
    let (simulator, workflow, fresh) = simulated_workflow().await;
    simulator.add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::BatchUpdateFindings));
    let error = workflow.update(&notified(fresh)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("securityhub:BatchUpdateFindings"), "{error}");
}

#[tokio::test]
async fn failure_of_a_second_region_keeps_the_counts_of_the_first() {
    let (simulator, workflow, fresh) = simulated_workflow().await;
    let config = workflow.hubs[0].client.config().to_builder().region(Region::new("eu-west-1")).build();
    let workflow = workflow.with_region(&Client::from_conf(config));
    let denied = FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::BatchUpdateFindings);
    simulator.add_fault_rule(denied.in_region("eu-west-1"));
    let mut far = Finding::clone(&fresh[0]);
    far.region = Some("eu-west-1".into());
    let asked = vec![Arc::new(far), fresh[1].clone(), fresh[2].clone()];
    let marked = workflow.update(&notified(asked)).await.unwrap();
    assert_eq!((marked.accepted, marked.refused.len()), (2, 1));
    assert!(marked.refused[0].is_of(&fresh[0]) && !marked.refused[0].is_of(&fresh[1]));
    assert!(marked.failure.unwrap().contains("securityhub:BatchUpdateFindings"));
}

/// The workflow client for the new Security Hub of the same simulator.
fn of_v2(workflow: &SecurityHubWorkflow) -> SecurityHubWorkflow {
    SecurityHubWorkflow::v2(&workflow.hubs[0].client)
}

#[tokio::test]
async fn new_security_hub_gets_status_and_comment() {
    let (simulator, workflow, fresh) = simulated_workflow().await;
    let workflow = of_v2(&workflow);
    simulator.fail_updates(&*fresh[0].id, "ConflictException", 2);
    simulator.fail_updates(&*fresh[1].id, "ValidationException", 100);
    let change = FindingChange {
        note: Some("risk accepted".into()),
        user_defined_fields: Some(vec![("decision-owner".into(), "sato".into())]),
        ..FindingChange::status(WorkflowStatus::Suppressed)
    };
    let updated = workflow.update(&UpdateFindings::new(fresh.clone(), change)).await.unwrap();
    let refused: Vec<_> = updated.refused.iter().map(|u| (u.is_of(&fresh[1]), u.reason.as_str())).collect();
    assert_eq!((refused, updated.accepted), (vec![(true, "ValidationException")], fresh.len() as u64 - 1));
    for (n, finding) in fresh.iter().enumerate() {
        let expected = if n == 1 { "NEW" } else { "SUPPRESSED" };
        assert_eq!(status(&simulator, finding), expected, "finding {n}");
    }
    let stored = simulator.finding(&fresh[0].product_arn, &fresh[0].id).unwrap();
    assert_eq!(stored["Note"]["Text"], "risk accepted");
    assert!(stored.get("UserDefinedFields").is_none(), "they have no place there");
}

#[tokio::test]
async fn change_without_a_place_in_the_new_security_hub_is_no_call() {
    let (simulator, workflow, fresh) = simulated_workflow().await;
    let workflow = of_v2(&workflow);
    let change = FindingChange { user_defined_fields: Some(Vec::new()), ..FindingChange::default() };
    let updated = workflow.update(&UpdateFindings::new(fresh[..3].to_vec(), change)).await.unwrap();
    assert_eq!((updated.accepted, simulator.counters().calls), (3, 0));
    let missing = Arc::new(Finding::new(fresh[0].account, "no such finding"));
    let updated = workflow.update(&notified(vec![missing])).await.unwrap();
    assert_eq!(updated.refused[0].reason, "ResourceNotFoundException");
}
