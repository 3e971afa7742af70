//! The same histories against the simulator of Security Hub, so that the facts of the model's world are those that the
//! real coverage check and the real decoder find.

use std::sync::Arc;

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::{BehaviorVersion, Credentials, Region};
use proptest::test_runner::TestCaseError;
use security_hub_simulator::{Aggregator, Fault, FaultRule, Member, Operation, Simulator, SimulatorHandle, When};
use serde_json::{Value, json};

use super::events::{ACCOUNTS, Event, Linking, PROBLEMS, REGIONS, history};
use super::model::Model;
use super::scenery::{MemoryBackend, Scenery, account_of, lane};
use super::{account, cases, run, runner, said};
use crate::aws::{SecurityHubCoverage, SecurityHubSource};
use crate::pipeline::Pipeline;
use crate::source::Budget;
use crate::{ComplianceStatus, Finding};

/// Number of generated histories; a run takes about 40 calls.
const CASES: u32 = 60;

fn asff(finding: &Finding) -> Value {
    let resources: Vec<Value> = finding.resources.iter().map(|r| json!({ "Id": &*r.id, "Type": "Other" })).collect();
    let reasons: Vec<Value> = finding.compliance_reasons.iter().map(|code| json!({ "ReasonCode": &**code })).collect();
    json!({
        "AwsAccountId": finding.account,
        "Id": &*finding.id,
        "ProductArn": &*finding.product_arn,
        "Region": finding.region.as_deref(),
        "GeneratorId": finding.generator_id.as_deref(),
        "Title": &*finding.title,
        "Severity": { "Label": finding.severity.as_str() },
        "UpdatedAt": finding.updated_at.unwrap().to_string(),
        "Compliance": {
            "Status": finding.compliance.map(ComplianceStatus::as_str),
            "SecurityControlId": finding.control_id.as_deref(),
            "StatusReasons": reasons,
        },
        "Workflow": { "Status": finding.workflow.as_str() },
        "RecordState": finding.record_state.as_str(),
        "Resources": resources,
    })
}

/// Makes the simulator show this world.
fn show(simulator: &SimulatorHandle, scenery: &Scenery, before: &[Finding]) -> Vec<Finding> {
    for finding in before {
        simulator.remove(&finding.product_arn, &finding.id);
    }
    // an account that is no member shows nothing; Regions are the simulator's business
    let is_member = |account: &u64| !scenery.strangers.contains(account);
    let problems = (0..PROBLEMS).filter(|n| is_member(&account_of(*n))).filter_map(|n| scenery.finding(n));
    let mut findings: Vec<Finding> = problems.collect();
    for account in (1..=ACCOUNTS).filter(is_member) {
        findings.extend((0..REGIONS.len()).flat_map(|region| scenery.checks(account, region)));
    }
    for finding in &findings {
        simulator.upsert(&asff(finding));
    }
    for (region, on) in REGIONS.iter().zip(scenery.hubs).skip(1) {
        simulator.set_hub(region, on);
    }
    simulator.set_aggregator(match scenery.linking {
        Linking::All => Some(Aggregator::all_regions(REGIONS[0])),
        Linking::One => Some(Aggregator::specified_regions(REGIONS[0], [REGIONS[1]])),
        Linking::None => None,
    });
    let status = |n: u64| if scenery.strangers.contains(&n) { "Resigned" } else { "Enabled" };
    simulator.set_members((1..=ACCOUNTS).map(|n| Member::new(account(n).to_string(), status(n))));
    simulator.clear_faults();
    for unreadable in &scenery.unreadable {
        let rule = FaultRule::new(Fault::InternalError, When::asks(account(*unreadable).to_string()));
        simulator.add_fault_rule(rule.on(Operation::GetFindings));
    }
    findings
}

fn client(simulator: &SimulatorHandle) -> Client {
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::for_tests())
        .region(Region::new(REGIONS[0]))
        .endpoint_url(simulator.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

fn pipeline(backend: &MemoryBackend, scenery: &Scenery, week: usize, client: &Client) -> Pipeline {
    let source = SecurityHubSource::new(client);
    let coverage = SecurityHubCoverage::new([client.clone()]).with_budget(Budget::unlimited());
    backend.pipeline_with(scenery, week, |parts| {
        parts.sweep = lane(source);
        parts.coverage = Some(Arc::new(coverage));
    })
}

async fn play(history: &[Vec<Event>]) -> Result<(), TestCaseError> {
    let (mut scenery, mut model, backend) = (Scenery::default(), Model::default(), MemoryBackend::default());
    let builder = Simulator::builder().quota(None).other_quota(None).administrator("999900000000");
    let simulator = builder.start().await.unwrap();
    let client = client(&simulator);
    let mut shown = Vec::new();
    for (week, events) in history.iter().enumerate() {
        // the simulator does not leave single findings out of its pages
        let events: Vec<Event> = events.iter().filter(|event| !matches!(event, Event::Hide(_))).cloned().collect();
        scenery.next_week(&events);
        shown = show(&simulator, &scenery, &shown);
        let said = said(&run(&pipeline(&backend, &scenery, week, &client)).await);
        let expected = model.run(&scenery);
        proptest::prop_assert_eq!(&said, &expected, "run {} of {:?}\n{:?}", week + 1, history, scenery);
    }
    Ok(())
}

#[test]
fn histories_on_the_simulator_agree_with_the_model() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = cases(CASES).min(CASES);
    let played = std::cell::Cell::new(0_usize);
    let outcome = runner(cases).run(&history(), |history| {
        played.set(played.get() + history.len());
        runtime.block_on(play(&history))
    });
    println!("{cases} generated histories on the simulator, {} runs", played.get());
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[tokio::test]
async fn histories_that_went_wrong_agree_with_the_model_on_the_simulator() {
    for (name, history) in super::seeds::seeds() {
        if let Err(failure) = play(&history).await {
            panic!("{name}: {failure}");
        }
    }
}
