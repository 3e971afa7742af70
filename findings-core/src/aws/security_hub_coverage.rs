//! Finds out which accounts and Regions Security Hub covers.

mod region_check;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::Region;
use aws_sdk_securityhub::config::retry::RetryConfig;

use self::region_check::RegionCheck;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, RegionFacts};
use crate::source::Budget;
use crate::{Error, ErrorKind, Result, securityhub};

/// A coverage source that reads hubs, finding aggregator and members from Security Hub (CSPM) in the administrator
/// account.
///
/// It calls `ListFindingAggregators` and, if there is an aggregator, `GetFindingAggregator`. In each Region it calls
/// `DescribeHub`, `ListMembers` (50 members per page) and, if requested accounts are missing from the list, one
/// `GetMembers`. One Region takes at most `ceil(members / 50) + 4` calls. Security Hub allows 10 calls per second and
/// operation; the source stays within this quota. The SDK retries throttled calls.
///
/// Linked Regions that the aggregator names are checked too, with the same credentials. An aggregator that links *all*
/// Regions does not name them: pass the relevant ones to [`with_linked_regions`](Self::with_linked_regions).
///
/// Requires the permissions `securityhub:DescribeHub`, `ListFindingAggregators`, `GetFindingAggregator`, `ListMembers`
/// and `GetMembers`. If a call is refused, its facts stay unknown and a note names the permission.
#[derive(Clone, Debug)]
pub struct SecurityHubCoverage {
    clients: Vec<Client>,
    linked: Vec<String>,
    budget: Arc<Budget>,
}

/// The quota of each of these operations, in calls per second and as a burst.
const QUOTA: (f64, u32) = (10.0, 30);

impl SecurityHubCoverage {
    /// Takes one client for each Region that findings are read from.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let clients = clients.into_iter().map(|client| with_retries(&client, None)).collect();
        Self { clients, linked: Vec::new(), budget: Arc::new(Budget::new(QUOTA.0, QUOTA.1)) }
    }

    /// Also checks these Regions, which are linked to the home Region.
    pub fn with_linked_regions(mut self, regions: impl IntoIterator<Item = String>) -> Self {
        self.linked = regions.into_iter().collect();
        self
    }

    /// Sets another request budget.
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = Arc::new(budget);
        self
    }

    /// Returns the Regions linked by the aggregator, each with a client, and adds notes on Regions that stay unchecked.
    fn linked_regions(&self, facts: &mut CoverageFacts, source_regions: &[String]) -> Vec<LinkedRegion> {
        let CoverageFacts { aggregation, notes, other_regions, .. } = facts;
        let Some(aggregation) = aggregation else {
            if let [region] = source_regions {
                notes.push(format!(
                    "no finding aggregator was found, so only {region} is seen; link the other Regions to it, or make each a Region of the source"
                ));
            }
            return Vec::new();
        };
        let Some(home) = source_regions.iter().position(|region| *region == aggregation.home) else {
            notes.push(format!(
                "findings of all linked Regions are shown in {home} only, and the run does not ask there; make {home} a Region of the source",
                home = aggregation.home
            ));
            return Vec::new();
        };
        let names_linked = aggregation.linking_mode == securityhub::SPECIFIED_REGIONS;
        let links_all = aggregation.linking_mode.starts_with(securityhub::ALL_REGIONS);
        if links_all && self.linked.is_empty() {
            *other_regions = true;
            notes.push(format!(
                "all Regions are linked to {}, and the aggregator does not name them: membership was looked at there only; name those that matter as coverage Regions",
                aggregation.home
            ));
        }
        let named = aggregation.regions.iter().filter(|_| names_linked).chain(&self.linked);
        let mut linked: Vec<String> = named.filter(|region| !source_regions.contains(region)).cloned().collect();
        linked.sort_unstable();
        linked.dedup();
        let link = |region: String| {
            let client = with_retries(&self.clients[home], Some(&region));
            LinkedRegion { region, home: aggregation.home.clone(), client }
        };
        linked.into_iter().map(link).collect()
    }
}

/// A Region whose findings are read through its home Region.
struct LinkedRegion {
    region: String,
    home: String,
    client: Client,
}

/// Returns the client for a Region with up to 8 attempts per call, because a weekly job has time for retries.
fn with_retries(client: &Client, region: Option<&str>) -> Client {
    let mut config = client.config().to_builder();
    config.set_retry_config(Some(RetryConfig::standard().with_max_attempts(8)));
    if let Some(region) = region {
        config.set_region(Some(Region::new(region.to_owned())));
    }
    Client::from_conf(config.build())
}

fn region_of(client: &Client) -> Result<String> {
    client.config().region().map(ToString::to_string).ok_or_else(|| {
        let message = "the client has no Region; set one on the SDK's configuration";
        Error::new(ErrorKind::InvalidInput, "look at the coverage").with_message(message)
    })
}

#[async_trait]
impl CoverageSource for SecurityHubCoverage {
    async fn check(&self, request: &CoverageRequest) -> Result<CoverageFacts> {
        let source_regions: Vec<String> = self.clients.iter().map(region_of).collect::<Result<_>>()?;
        let Some(first) = self.clients.first() else { return Ok(CoverageFacts::default()) };
        let mut facts = CoverageFacts::default();
        let mut check = RegionCheck::new(first.clone(), &self.budget);
        let aggregation = check.aggregation().await;
        add_calls_and_notes(check, &mut facts);
        let linked = if let Ok(aggregation) = aggregation {
            facts.aggregation = aggregation;
            self.linked_regions(&mut facts, &source_regions)
        } else {
            // without the aggregator it is unknown which other Regions are linked
            facts.other_regions = true;
            Vec::new()
        };
        let own = source_regions.into_iter().zip(&self.clients).map(|(region, client)| (region, None, client.clone()));
        let linked = linked.into_iter().map(|l| (l.region, Some(l.home), l.client));
        let checks = own.chain(linked).map(|(region, home, client)| async move {
            let mut check = RegionCheck::new(client, &self.budget);
            let mut known = RegionFacts::new(Some(region));
            known.linked_to = home;
            check.region(&mut known, &request.accounts).await;
            (check, known)
        });
        for (check, region) in futures::future::join_all(checks).await {
            add_calls_and_notes(check, &mut facts);
            facts.regions.push(region);
        }
        Ok(facts)
    }
}

fn add_calls_and_notes(check: RegionCheck<'_>, facts: &mut CoverageFacts) {
    facts.calls += check.calls;
    facts.notes.extend(check.notes);
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
