use std::time::Duration;

use security_hub_simulator::{Aggregator, Fault, FaultRule, Member, Operation, Simulator, SimulatorHandle, When};

use super::*;
use crate::AccountId;
use crate::coverage::{AcceptedGaps, CoverageReason, Evidence, Hub, MemberStatus, judge};

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
async fn regions_that_source_does_not_show_add_notes() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(1)).start().await.unwrap();
    for (aggregator, region, want) in [
        (None, "us-east-1", "no finding aggregator"),
        (Some(Aggregator::specified_regions("us-east-1", ["eu-west-1"])), "eu-west-1", "make us-east-1 a Region"),
    ] {
        simulator.set_aggregator(aggregator);
        let facts = check(&coverage(&simulator, &[region]), &[1]).await;
        assert!(facts.notes.iter().any(|n| n.contains(want)), "{want}: {:?}", facts.notes);
        assert_eq!((facts.other_regions, facts.regions.len()), (false, 1), "{want}: the source shows one Region");
    }
}

#[tokio::test]
async fn all_regions_are_looked_at_beside_named_one() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(2)).start().await.unwrap();
    simulator.set_aggregator(Some(Aggregator::all_regions("us-east-1")));
    simulator.set_hub("eu-west-1", true);
    simulator.set_members_in("eu-central-1", members(1));
    let coverage = coverage(&simulator, &["us-east-1"]).with_linked_regions(["eu-west-1".to_owned()]);
    let facts = check(&coverage, &[1, 2]).await;
    let regions: Vec<_> = facts.regions.iter().filter_map(|r| r.region.as_deref()).collect();
    assert_eq!(regions, ["us-east-1", "eu-central-1", "eu-west-1"]);
    let verdicts = judge(id(2), &facts, &Evidence::default(), &AcceptedGaps::default(), jiff::Timestamp::now());
    assert_eq!(verdicts[1].reason, CoverageReason::NotMember, "eu-central-1 was not named");
    assert_eq!((facts.unused_regions.len(), facts.unseen_regions.len(), facts.other_regions), (31, 0, false));
    assert!(facts.unused_regions.is_sorted() && facts.notes.is_empty(), "{:?}", facts.notes);
    assert_eq!(facts.calls, simulator.calls().len() as u64);
    assert_eq!(facts.calls, 2 + 31 + 3 * 2 + 1, "aggregator, unused Regions, hub and members, the missing account");
}

/// Where a linked Region ends up.
#[derive(Debug, PartialEq)]
enum Place {
    Regions(Hub),
    Unused,
    Unseen,
    Nowhere,
}

fn place_of(facts: &CoverageFacts, region: &str) -> Place {
    let known = facts.regions.iter().find(|r| r.region.as_deref() == Some(region));
    let lists = |regions: &[String]| regions.iter().any(|listed| listed == region);
    match (known, lists(&facts.unused_regions), lists(&facts.unseen_regions)) {
        (Some(known), false, false) => Place::Regions(known.hub),
        (None, true, false) => Place::Unused,
        (None, false, true) => Place::Unseen,
        (None, false, false) => Place::Nowhere,
        _ => panic!("{region} is in several places: {facts:?}"),
    }
}

/// How a Region answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    On,
    Off,
    NotFound,
    UnknownToken,
    Denied,
    Silent,
}

fn let_answer(simulator: &SimulatorHandle, region: &str, answer: Answer) {
    simulator.clear_faults();
    simulator.set_hub(region, answer != Answer::Off);
    let not_found = || Fault::Error { status: 404, code: "ResourceNotFoundException".into(), message: "no hub".into() };
    let fault = match answer {
        Answer::On | Answer::Off => return,
        Answer::NotFound => not_found(),
        Answer::UnknownToken => Fault::RegionNotEnabled,
        Answer::Denied => Fault::AccessDenied,
        Answer::Silent => Fault::Reset,
    };
    simulator.add_fault_rule(FaultRule::new(fault, When::Always).on_every_operation().in_region(region));
}

#[tokio::test]
async fn answer_decides_where_linked_region_ends_up() {
    use Answer::{Denied, NotFound, Off, On, Silent, UnknownToken};
    use Place::{Nowhere, Regions, Unseen, Unused};
    const OPT_IN: &str = "ap-east-1";
    const DEFAULT: &str = "eu-west-1";
    let home = "us-east-1";
    let all = || Some(Aggregator::all_regions(home));
    let but = |region: &'static str| Some(Aggregator::all_regions_except(home, [region]));
    let only = |region: &'static str| Some(Aggregator::specified_regions(home, [region]));
    let none = || Some(Aggregator::no_regions(home));
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(1)).start().await.unwrap();
    for (aggregator, region, answer, is_named, want) in [
        (all(), DEFAULT, On, false, Regions(Hub::On)),
        (all(), DEFAULT, On, true, Regions(Hub::On)),
        (all(), DEFAULT, Off, false, Unused),
        (all(), DEFAULT, Off, true, Regions(Hub::Off)),
        (all(), DEFAULT, NotFound, false, Unused),
        (all(), DEFAULT, UnknownToken, false, Unseen),
        (all(), OPT_IN, UnknownToken, false, Unused),
        (all(), OPT_IN, UnknownToken, true, Regions(Hub::Unknown)),
        (all(), OPT_IN, Denied, false, Unseen),
        (all(), DEFAULT, Denied, false, Unseen),
        (all(), DEFAULT, Denied, true, Regions(Hub::Unknown)),
        (all(), DEFAULT, Silent, false, Unseen),
        (but("eu-west-2"), DEFAULT, On, false, Regions(Hub::On)),
        (but(DEFAULT), DEFAULT, On, false, Nowhere),
        (but(DEFAULT), DEFAULT, On, true, Regions(Hub::On)),
        (only(DEFAULT), DEFAULT, On, false, Regions(Hub::On)),
        (only(DEFAULT), DEFAULT, Off, false, Regions(Hub::Off)),
        (only(OPT_IN), OPT_IN, UnknownToken, false, Regions(Hub::Unknown)),
        (only("eu-west-2"), DEFAULT, On, false, Nowhere),
        (none(), DEFAULT, On, false, Nowhere),
        (None, DEFAULT, On, false, Nowhere),
    ] {
        let case = format!("{aggregator:?}, {region} {answer:?}, named: {is_named}");
        simulator.set_aggregator(aggregator);
        let_answer(&simulator, region, answer);
        let named = is_named.then(|| region.to_owned());
        let facts = check(&coverage(&simulator, &[home]).with_linked_regions(named), &[1]).await;
        assert_eq!(place_of(&facts, region), want, "{case}");
        assert_eq!(facts.other_regions, want == Unseen, "{case}");
        let notes = facts.notes.iter().filter(|note| note.contains("could not be looked at")).count();
        assert_eq!(notes, usize::from(want == Unseen), "{case}: {:?}", facts.notes);
    }
}

#[tokio::test]
async fn regions_refused_by_policy_share_one_note() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(1)).start().await.unwrap();
    simulator.set_aggregator(Some(Aggregator::all_regions("us-east-1")));
    for known in regions::in_partition_of("us-east-1").unwrap().iter().filter(|known| known.name != "us-east-1") {
        let rule = FaultRule::new(Fault::AccessDenied, When::Always).on_every_operation().in_region(known.name);
        simulator.add_fault_rule(rule);
    }
    let facts = check(&coverage(&simulator, &["us-east-1"]), &[1]).await;
    assert_eq!((facts.unseen_regions.len(), facts.notes.len()), (33, 1), "{:?}", facts.notes);
    assert!(
        facts.notes[0].contains("af-south-1, ap-east-1, ") && facts.notes[0].contains("allow securityhub:DescribeHub")
    );
    assert!(facts.other_regions);
}

#[tokio::test]
async fn regions_of_unlisted_partition_stay_unknown() {
    let simulator = Simulator::builder().administrator(ADMINISTRATOR).members(members(1)).start().await.unwrap();
    simulator.set_aggregator(Some(Aggregator::all_regions("us-iso-east-1")));
    let facts = check(&coverage(&simulator, &["us-iso-east-1"]), &[1]).await;
    assert!(facts.other_regions && facts.notes[0].contains("link Regions by name"), "{:?}", facts.notes);
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
