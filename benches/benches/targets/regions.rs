//! The home Region of an aggregator alone, and beside its linked Regions, each with a lane and a quota of its own.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use findings_core::AccountId;
use findings_core::aws::SecurityHubSource;
use findings_core::source::{Budget, ExceptRegions, Lane, Sweep, SweepTarget};
use futures::StreamExt;
use security_hub_simulator::{Aggregator, Quota, Simulator};
use serde_json::json;

use crate::common::client_in;
use crate::table::Table;

/// The home Region first.
const REGIONS: [&str; 8] = [
    "ap-northeast-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-southeast-1",
    "ap-southeast-2",
];

const ACCOUNTS: u64 = 120;
/// Findings of each account in each Region.
const EACH: u64 = 25;

/// A sweep that was measured.
pub(crate) struct Swept {
    seconds: f64,
    calls: u64,
    /// Distinct findings.
    found: usize,
    /// Whether everything was read, and nothing twice.
    is_whole: bool,
}

/// Sweeps with lanes for these Regions from a simulator of its own with the real quota of each Region.
async fn sweep(regions: &[&str]) -> Swept {
    let finding = |account: u64, region: &str, n: u64| {
        json!({
            "AwsAccountId": account.to_string(),
            "Id": format!("{account}/{region}/{n}"),
            "ProductArn": format!("arn:aws:securityhub:{region}::product/aws/securityhub"),
            "Region": region,
            "UpdatedAt": format!("2026-11-{:02}T00:00:00Z", 1 + n % 20),
            "RecordState": "ACTIVE",
            "Workflow": { "Status": "NEW" },
        })
    };
    let accounts = 100_000_000_000..100_000_000_000 + ACCOUNTS;
    let places = accounts.clone().flat_map(|account| REGIONS.map(|region| (account, region)));
    let findings = places.flat_map(|(account, region)| (0..EACH).map(move |n| finding(account, region, n)));
    let simulator = Simulator::builder()
        .findings(findings)
        .quota(Quota::GET_FINDINGS)
        .latency(Duration::from_millis(200))
        .aggregator(Aggregator::all_regions(REGIONS[0]));
    let simulator = simulator.start().await.expect("a port on loopback");
    let lane = |region: &&str| {
        let source = SecurityHubSource::new(&client_in(simulator.url(), region));
        let others = regions.iter().filter(|other| *other != region).copied();
        Lane::new(*region, Arc::new(ExceptRegions::new(Arc::new(source), others)), Budget::new(3.0, 6))
    };
    let targets = accounts.map(|account| {
        let account: AccountId = account.to_string().parse().expect("twelve digits");
        SweepTarget::new(vec![account])
    });
    let started = Instant::now();
    let mut swept = Sweep::new(regions.iter().map(lane).collect()).start(targets.collect());
    let (mut ids, mut is_whole) = (HashSet::new(), true);
    while let Some(target) = swept.next().await {
        for account in &target.accounts {
            is_whole &= account.is_complete() && account.duplicates == 0;
            ids.extend(account.findings.iter().map(|finding| finding.expect("a finding").id));
        }
    }
    Swept { seconds: started.elapsed().as_secs_f64(), calls: swept.stats().calls, found: ids.len(), is_whole }
}

/// Sweeps the home Region alone, and then all Regions.
pub(crate) async fn run() -> (Swept, Swept) {
    tokio::join!(sweep(&REGIONS[..1]), sweep(&REGIONS))
}

/// Adds the row.
pub(crate) fn row(table: &mut Table, (home, all): &(Swept, Swept)) {
    let ratio = home.seconds / all.seconds;
    let whole = |swept: &Swept| swept.is_whole && swept.found as u64 == ACCOUNTS * EACH * REGIONS.len() as u64;
    table.row(
        format!("{} linked Regions with a lane each, against the home Region alone", REGIONS.len()),
        format!(
            "{} findings; home Region {:.1} s and {} calls, lanes {:.1} s and {} calls: {ratio:.1}× faster",
            all.found, home.seconds, home.calls, all.seconds, all.calls
        ),
        "complete, nothing twice, at least 7× faster",
        whole(home) && whole(all) && ratio >= 7.0,
    );
}
