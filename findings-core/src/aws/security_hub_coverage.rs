//! Who is covered, from Security Hub itself.

mod look;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::Region;
use aws_sdk_securityhub::config::retry::RetryConfig;

use self::look::Look;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, RegionFacts};
use crate::source::Budget;
use crate::{Error, ErrorKind, Result, securityhub};

/// Hubs, finding aggregator and members as Security Hub (CSPM) shows them to the administrator account.
///
/// Costs `ListFindingAggregators`, `GetFindingAggregator` if there is one, and in each Region `DescribeHub`, `ListMembers` (50 a page) and, if accounts
/// that were asked for are not in the list, one `GetMembers`: at most `ceil(members / 50) + 4` calls for one Region. Security Hub allows 10 calls a
/// second of each operation; that pace is kept. Throttled calls are repeated by the SDK.
///
/// Regions that a home Region names as linked are looked at too, with the same credentials. A home Region that links *all* Regions does not name them:
/// give those that matter to [`with_linked_regions`](Self::with_linked_regions).
///
/// Needs `securityhub:DescribeHub`, `ListFindingAggregators`, `GetFindingAggregator`, `ListMembers` and `GetMembers`; what is not allowed is not known,
/// and the notes say so.
#[derive(Clone, Debug)]
pub struct SecurityHubCoverage {
    clients: Vec<Client>,
    linked: Vec<String>,
    budget: Arc<Budget>,
}

/// Calls a second that Security Hub allows for each of these operations, and at once.
const QUOTA: (f64, u32) = (10.0, 30);

impl SecurityHubCoverage {
    /// Looks with the client of each Region that findings are fetched from.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let clients = clients.into_iter().map(|client| patient(&client, None)).collect();
        Self { clients, linked: Vec::new(), budget: Arc::new(Budget::new(QUOTA.0, QUOTA.1)) }
    }

    /// Looks at these Regions too, whose findings the home Region shows.
    pub fn with_linked_regions(mut self, regions: impl IntoIterator<Item = String>) -> Self {
        self.linked = regions.into_iter().collect();
        self
    }

    /// With another pace.
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = Arc::new(budget);
        self
    }

    /// The aggregator's view: its linked Regions with the client of the home Region, and what is odd about it.
    fn linked_regions(&self, facts: &mut CoverageFacts, asked: &[String]) -> Vec<Linked> {
        let CoverageFacts { aggregation, notes, other_regions, .. } = facts;
        let Some(aggregation) = aggregation else {
            if let [region] = asked {
                notes.push(format!(
                    "no finding aggregator was found, so only {region} is seen; link the other Regions to it, or make each a Region of the source"
                ));
            }
            return Vec::new();
        };
        let Some(home) = asked.iter().position(|region| *region == aggregation.home) else {
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
        let mut linked: Vec<String> = named.filter(|region| !asked.contains(region)).cloned().collect();
        linked.sort_unstable();
        linked.dedup();
        let client = |region: &String| patient(&self.clients[home], Some(region));
        linked.iter().map(|r| Linked { region: r.clone(), home: aggregation.home.clone(), client: client(r) }).collect()
    }
}

/// A Region that is seen through its home Region.
struct Linked {
    region: String,
    home: String,
    client: Client,
}

/// The same client for a Region, with the patience of a job that runs once a week.
fn patient(client: &Client, region: Option<&str>) -> Client {
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
    async fn look(&self, request: &CoverageRequest) -> Result<CoverageFacts> {
        let asked: Vec<String> = self.clients.iter().map(region_of).collect::<Result<_>>()?;
        let Some(first) = self.clients.first() else { return Ok(CoverageFacts::default()) };
        let mut facts = CoverageFacts::default();
        let mut look = Look::new(first.clone(), &self.budget);
        let aggregation = look.aggregation().await;
        take(look, &mut facts);
        let linked = if let Ok(aggregation) = aggregation {
            facts.aggregation = aggregation;
            self.linked_regions(&mut facts, &asked)
        } else {
            // what is linked is not known, so neither is what it hides
            facts.other_regions = true;
            Vec::new()
        };
        let own = asked.into_iter().zip(&self.clients).map(|(region, client)| (region, None, client.clone()));
        let linked = linked.into_iter().map(|l| (l.region, Some(l.home), l.client));
        let looks = own.chain(linked).map(|(region, home, client)| async move {
            let mut look = Look::new(client, &self.budget);
            let mut known = RegionFacts::new(Some(region));
            known.linked_to = home;
            look.region(&mut known, &request.accounts).await;
            (look, known)
        });
        for (look, region) in futures::future::join_all(looks).await {
            take(look, &mut facts);
            facts.regions.push(region);
        }
        Ok(facts)
    }
}

fn take(look: Look<'_>, facts: &mut CoverageFacts) {
    facts.calls += look.calls;
    facts.notes.extend(look.notes);
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
