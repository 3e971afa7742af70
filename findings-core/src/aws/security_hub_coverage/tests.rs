use std::time::Duration;

use security_hub_simulator::{Aggregator, Fault, FaultRule, Member, Operation, Simulator, SimulatorHandle, When};

use super::*;
use crate::AccountId;
use crate::coverage::{Hub, MemberStatus};

const ADMINISTRATOR: &str = "999900000000";

fn id(n: usize) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

fn client(simulator: &SimulatorHandle, region: &str) -> Client {
    use aws_sdk_securityhub::config::{BehaviorVersion, Credentials};
    let config = aws_sdk_securityhub::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::for_tests())
        .region(Region::new(region.to_owned()))
        .endpoint_url(simulator.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

fn members(count: usize) -> Vec<Member> {
    (1..=count).map(|n| Member::enabled(id(n).to_string())).collect()
}

async fn check(coverage: &SecurityHubCoverage, wanted: &[usize]) -> CoverageFacts {
    coverage.check(&CoverageRequest::new(wanted.iter().map(|n| id(*n)).collect())).await.unwrap()
}

fn coverage(simulator: &SimulatorHandle, regions: &[&str]) -> SecurityHubCoverage {
    SecurityHubCoverage::new(regions.iter().map(|r| client(simulator, r))).with_budget(Budget::unlimited())
}

#[tokio::test]
async fn ten_thousand_members_take_the_documented_calls() {
    let builder = Simulator::builder().administrator(ADMINISTRATOR).members(members(10_000)).other_quota(None);
    let simulator = builder.aggregator(Aggregator::no_regions("us-east-1")).start().await.unwrap();
    let facts = check(&coverage(&simulator, &["us-east-1"]), &[1, 20_000]).await;
    let region = &facts.regions[0];
    assert_eq!(region.members.as_ref().unwrap().len(), 10_000);
    assert_eq!((region.hub, region.administrator), (Hub::On, ADMINISTRATOR.parse().ok()));
    assert_eq!(region.control_finding_generator.as_deref(), Some("SECURITY_CONTROL"));
    assert_eq!(facts.calls, 10_000 / 50 + 4, "aggregator 2, hub 1, pages 200, the missing account 1");
    assert!(facts.notes.is_empty(), "{:?}", facts.notes);
}

#[tokio::test]
async fn member_skipped_between_pages_is_found() {
    let without =
        |missing: usize| members(120).into_iter().enumerate().filter(move |(n, _)| n + 1 != missing).map(|(_, m)| m);
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(without(60)).start().await.unwrap();
    // the third page is delayed; meanwhile the member that was missing from the second page is added
    let late = Fault::Delay(Duration::from_secs(1));
    simulator.add_fault_rule(FaultRule::new(late, When::call(2)).on(Operation::ListMembers));
    let coverage = coverage(&simulator, &["us-east-1"]);
    let pages = || simulator.calls().iter().filter(|c| c.operation == "ListMembers").count();
    let appear = async {
        while pages() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        simulator.set_members(members(120));
    };
    let (facts, ()) = tokio::join!(check(&coverage, &[60]), appear);
    assert_eq!(facts.regions[0].members.as_ref().unwrap().get(&id(60)), Some(&MemberStatus::Enabled));
}

#[tokio::test]
async fn refused_call_leaves_facts_unknown_and_names_permission() {
    for (action, operation) in [
        ("ListMembers", Operation::ListMembers),
        ("DescribeHub", Operation::DescribeHub),
        ("ListFindingAggregators", Operation::ListFindingAggregators),
    ] {
        let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(3)).start().await.unwrap();
        simulator.add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on(operation));
        let facts = check(&coverage(&simulator, &["us-east-1"]), &[1]).await;
        let region = &facts.regions[0];
        let unknown = match operation {
            Operation::ListMembers => region.members.is_none(),
            Operation::DescribeHub => region.hub == Hub::Unknown,
            _ => facts.aggregation.is_none(),
        };
        assert!(unknown, "{action}");
        let noted = facts.notes.iter().any(|note| note.contains(&format!("allow securityhub:{action}")));
        assert!(noted, "{action}: {:?}", facts.notes);
        assert_eq!(
            facts.other_regions,
            operation == Operation::ListFindingAggregators,
            "the linked Regions are unknown"
        );
    }
}

#[tokio::test]
async fn hub_that_is_off_adds_note() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(3)).start().await.unwrap();
    simulator.set_hub("us-east-1", false);
    let facts = check(&coverage(&simulator, &["us-east-1"]), &[1]).await;
    assert_eq!((facts.regions[0].hub, &facts.regions[0].members), (Hub::Off, &None));
    assert!(facts.notes.iter().any(|n| n.contains("turn it on")), "{:?}", facts.notes);
}

#[tokio::test]
async fn linked_regions_are_checked_with_their_own_members() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(2)).start().await.unwrap();
    simulator.set_aggregator(Some(Aggregator::specified_regions("us-east-1", ["eu-west-1"])));
    simulator.set_members_in("eu-west-1", members(1));
    let facts = check(&coverage(&simulator, &["us-east-1"]), &[1, 2]).await;
    let regions: Vec<_> = facts.regions.iter().map(|r| (r.region.as_deref(), r.linked_to.as_deref())).collect();
    assert_eq!(regions, [(Some("us-east-1"), None), (Some("eu-west-1"), Some("us-east-1"))]);
    let counts: Vec<_> = facts.regions.iter().map(|r| r.members.as_ref().unwrap().len()).collect();
    assert_eq!(counts, [2, 1]);
}

#[tokio::test]
async fn unchecked_linked_regions_add_notes() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(1)).start().await.unwrap();
    for (aggregator, region, want) in [
        (None, "us-east-1", "no finding aggregator"),
        (Some(Aggregator::all_regions("us-east-1")), "eu-west-1", "make us-east-1 a Region of the source"),
        (Some(Aggregator::all_regions("us-east-1")), "us-east-1", "as coverage Regions"),
    ] {
        simulator.set_aggregator(aggregator);
        let facts = check(&coverage(&simulator, &[region]), &[1]).await;
        assert!(facts.notes.iter().any(|n| n.contains(want)), "{want}: {:?}", facts.notes);
        assert_eq!(facts.other_regions, want.starts_with("as"), "{want}");
    }
    let named = coverage(&simulator, &["us-east-1"]).with_linked_regions(["eu-west-1".to_owned()]);
    let facts = check(&named, &[1]).await;
    assert_eq!((facts.regions.len(), facts.notes.len()), (2, 0), "{:?}", facts.notes);
}

mod conformance {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;

    use super::*;
    use crate::testing::conformance::coverage::CoverageProbe;

    #[derive(Debug, Default)]
    struct Probe(Mutex<Option<Arc<SimulatorHandle>>>);

    impl Probe {
        async fn start(&self, members: Vec<Member>) -> Arc<SimulatorHandle> {
            let builder = Simulator::builder().administrator(ADMINISTRATOR).members(members).other_quota(None);
            let simulator = Arc::new(builder.start().await.unwrap());
            *self.0.lock().unwrap() = Some(simulator.clone());
            simulator
        }
    }

    #[async_trait]
    impl CoverageProbe for Probe {
        async fn source(&self, members: Vec<(AccountId, &'static str)>) -> Arc<dyn CoverageSource> {
            let members = members.into_iter().map(|(account, status)| Member::new(account.to_string(), status));
            Arc::new(coverage(&*self.start(members.collect()).await, &["us-east-1"]))
        }

        async fn forbidden(&self) -> Option<Arc<dyn CoverageSource>> {
            let simulator = self.start(Vec::new()).await;
            simulator.add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on_every_operation());
            Some(Arc::new(coverage(&simulator, &["us-east-1"])))
        }

        async fn received(&self) -> Option<u64> {
            self.0.lock().unwrap().as_ref().map(|simulator| simulator.calls().len() as u64)
        }
    }

    crate::coverage_conformance!(async { Probe::default() });
}
