//! The home Region of an aggregator and its linked Regions as lanes of one sweep.

use security_hub_simulator::{Aggregator, FaultRule};

use super::*;
use crate::Text;
use crate::aws::SecurityHubV2Source;
use crate::source::ExceptRegions;

/// The home Region first.
const REGIONS: [&str; 9] = [
    "ap-northeast-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-southeast-1",
    "ap-southeast-2",
    // linked, and without a lane of its own
    "sa-east-1",
];

fn source_in(simulator: &SimulatorHandle, region: &str, is_v2: bool) -> Arc<dyn FindingsSource> {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = config(simulator.url()).region(Region::new(region.to_owned())).http_client(http);
    let client = Client::from_conf(config.build());
    if is_v2 { Arc::new(SecurityHubV2Source::new(&client)) } else { Arc::new(SecurityHubSource::new(&client)) }
}

/// Sweeps the accounts with a lane for each Region, without the findings of the others.
async fn split(
    simulator: &SimulatorHandle,
    regions: &[&str],
    is_v2: bool,
    accounts: &[AccountId],
) -> (TargetFindings, SweepStats) {
    let lane = |region: &&str| {
        let others = regions.iter().filter(|other| *other != region).copied();
        let source = ExceptRegions::new(source_in(simulator, region, is_v2), others);
        Lane::new(*region, Arc::new(source), Budget::unlimited())
    };
    let retry = RetryPolicy::default().with_pauses(Duration::from_micros(10), Duration::from_micros(50));
    let sweep = Sweep::new(regions.iter().map(lane).collect()).with_retry(retry.with_refused_attempts(1));
    let mut stream = sweep.start(vec![SweepTarget { accounts: accounts.to_vec() }]);
    let target = stream.next().await.unwrap();
    (target, stream.stats())
}

/// Account and ID of each finding.
fn ids(target: &TargetFindings) -> BTreeSet<(AccountId, Text)> {
    let findings = target.accounts.iter().flat_map(|account| account.findings.to_vec().unwrap());
    findings.map(|finding| (finding.account, finding.id)).collect()
}

async fn world() -> (SimulatorHandle, Vec<AccountId>) {
    let organisation = Organisation::of_size(10, 2);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions(REGIONS).with_accounts(
        &organisation.accounts,
        4_500,
        &Mix::default(),
    );
    let simulator = simulator(&findings).other_quota(None).aggregator(Aggregator::all_regions(REGIONS[0]));
    let accounts = organisation.accounts.iter().map(|account| account.id.parse().unwrap()).collect();
    (simulator.start().await.unwrap(), accounts)
}

#[tokio::test]
async fn lanes_together_show_what_the_home_region_shows_and_nothing_twice() {
    let (simulator, accounts) = world().await;
    for is_v2 in [false, true] {
        let (home, alone) = split(&simulator, &REGIONS[..1], is_v2, &accounts).await;
        let (lanes, stats) = split(&simulator, &REGIONS[..8], is_v2, &accounts).await;
        assert!(ids(&home).len() > 1_500, "{}", ids(&home).len());
        assert_eq!(ids(&lanes), ids(&home));
        assert!(lanes.accounts.iter().all(|account| account.is_complete() && account.duplicates == 0));
        assert_eq!(stats.findings, alone.findings);
        // the home Region has those of two Regions of nine, and a query takes at least a call
        let most = stats.lanes.iter().map(|lane| lane.calls).max().unwrap();
        assert!(most * 4 <= alone.calls, "{most} of {} calls", alone.calls);
    }
}

#[tokio::test]
async fn a_linked_region_that_refuses_makes_every_account_incomplete() {
    let (simulator, accounts) = world().await;
    simulator.add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).in_region("us-west-2"));
    let (lanes, _) = split(&simulator, &REGIONS[..8], false, &accounts).await;
    for account in &lanes.accounts {
        assert_eq!(account.failures.iter().map(|failure| &*failure.lane).collect::<Vec<_>>(), ["us-west-2"]);
    }
}
