//! Finds out which accounts and Regions Security Hub covers.

mod linked_regions;
mod region_check;
mod regions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::config::Region;
use aws_sdk_securityhub::config::retry::RetryConfig;
use aws_sdk_securityhub::config::timeout::TimeoutConfig;

use self::linked_regions::{LinkedRegions, UnseenRegion};
use self::region_check::{NoHub, RegionCheck};
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource, RegionFacts};
use crate::source::Budget;
use crate::{AccountId, Error, ErrorKind, Result};

/// A coverage source that reads hubs, finding aggregator and members from Security Hub (CSPM) in the administrator
/// account.
///
/// It calls `ListFindingAggregators` and, if there is an aggregator, `GetFindingAggregator`. In each Region it calls
/// `DescribeHub`, `ListMembers` (50 members per page) and, if requested accounts are missing from the list, one
/// `GetMembers`. One Region takes at most `ceil(members / 50) + 4` calls. Security Hub allows 10 calls per second and
/// operation; the source stays within this quota. The SDK retries throttled calls.
///
/// Linked Regions are checked too, with the same credentials. An aggregator that links *all* Regions does not name
/// them. Therefore `DescribeHub` is called in each Region of the partition in which Security Hub exists:
/// * where it is on, the Region is checked like the others,
/// * where it is off, or the account has not enabled the Region, the Region is one of
///   [`unused_regions`](CoverageFacts::unused_regions), unless [`with_linked_regions`](Self::with_linked_regions) names
///   it,
/// * where the call is refused or not answered, nobody can tell whether findings come from there: the Region is one of
///   [`unseen_regions`](CoverageFacts::unseen_regions), unless it is named. The facts about a named Region are unknown
///   then.
///
/// Requires the permissions `securityhub:DescribeHub`, `ListFindingAggregators`, `GetFindingAggregator`, `ListMembers`
/// and `GetMembers`. If a call is refused, its facts stay unknown and a note names the permission.
///
/// ```no_run
/// use findings_core::aws::SecurityHubCoverage;
/// use findings_core::CoverageSource;
/// use findings_core::coverage::CoverageRequest;
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let coverage = SecurityHubCoverage::new([aws_sdk_securityhub::Client::new(&config)]);
/// let accounts = vec!["123456789012".parse().expect("12 digits")];
/// let facts = coverage.check(&CoverageRequest::new(accounts)).await?;
/// println!("{} Regions checked", facts.regions.len());
/// # Ok(()) }
/// ```
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
        let clients = clients.into_iter().collect();
        Self { clients, linked: Vec::new(), budget: Arc::new(Budget::new(QUOTA.0, QUOTA.1)) }
    }

    /// Also checks these Regions, which are linked to the home Region. They are reported even if Security Hub is off
    /// there.
    pub fn with_linked_regions(mut self, regions: impl IntoIterator<Item = String>) -> Self {
        self.linked = regions.into_iter().collect();
        self
    }

    /// Sets another request budget.
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = Arc::new(budget);
        self
    }

    /// Returns the Regions that the aggregator links, and adds notes on Regions that stay unchecked.
    fn linked_regions(&self, facts: &mut CoverageFacts, source_regions: &[String]) -> Vec<Target<'_>> {
        let CoverageFacts { aggregation, notes, other_regions, .. } = facts;
        let Some(aggregation) = aggregation else {
            if let [region] = source_regions {
                notes.push(format!(
                    "no finding aggregator was found, so only {region} is seen; link the other Regions to it, or make each a Region of the source"
                ));
            }
            return Vec::new();
        };
        let home = &aggregation.home;
        let Some(position) = source_regions.iter().position(|region| region == home) else {
            // the source does not show the linked Regions, so `other_regions` stays false
            notes.push(format!(
                "findings of all linked Regions are shown in {home} only, and the run does not ask there; make {home} a Region of the source"
            ));
            return Vec::new();
        };
        let linked = LinkedRegions::of(aggregation, source_regions, &self.linked);
        if linked.are_incomplete {
            *other_regions = true;
            notes.push(format!(
                "which Regions are linked to {home} is not known (mode {}), so only named ones are looked at; link Regions by name",
                aggregation.linking_mode
            ));
        }
        let named = linked.named.into_iter().map(|region| (region, true));
        let targets: BTreeMap<String, bool> = named.chain(linked.unnamed.into_iter().map(|r| (r, false))).collect();
        let target = |(region, is_named)| {
            let linked_to = Some(home.clone());
            Target { region, linked_to, is_named, client: &self.clients[position] }
        };
        targets.into_iter().map(target).collect()
    }

    /// Checks a Region.
    async fn look_at(&self, target: Target<'_>, accounts: &[AccountId]) -> (RegionCheck<'_>, Seen) {
        let Target { region, linked_to, is_named, client } = target;
        let full = || with_retries(client, &region);
        let mut known = RegionFacts::new(Some(region.clone()));
        known.linked_to = linked_to;
        if is_named {
            let mut check = RegionCheck::new(full(), &self.budget);
            check.region(&mut known, accounts).await;
            return (check, Seen::Facts(known));
        }
        let mut check = RegionCheck::new(probing(client, &region), &self.budget);
        let seen = match check.hub(&mut known).await {
            Ok(()) => {
                // the Region is in use, so its members are worth all retries
                check.set_client(full());
                check.list_members(&mut known, accounts).await;
                Seen::Facts(known)
            }
            Err(NoHub::Off) => Seen::Unused(region),
            // the credentials were accepted in the home Region, so the account has not enabled this one
            Err(NoHub::UnknownToken(_)) if regions::is_opt_in(&region) => Seen::Unused(region),
            Err(NoHub::UnknownToken(error) | NoHub::Failed(error)) => Seen::Unseen(UnseenRegion { region, error }),
        };
        (check, seen)
    }
}

/// A Region to check.
struct Target<'c> {
    region: String,
    /// The home Region through which its findings are read.
    linked_to: Option<String>,
    /// Whether the source, the aggregator or the caller names it.
    is_named: bool,
    /// A client with its credentials, perhaps of another Region.
    client: &'c Client,
}

/// What a check found out about a Region.
enum Seen {
    Facts(RegionFacts),
    /// Security Hub is off there, and nobody named it.
    Unused(String),
    Unseen(UnseenRegion),
}

/// Returns the client for a Region with up to 8 attempts per call, because a weekly job has time for retries.
fn with_retries(client: &Client, region: &str) -> Client {
    let mut config = client.config().to_builder();
    config.set_retry_config(Some(RetryConfig::standard().with_max_attempts(8)));
    config.set_region(Some(Region::new(region.to_owned())));
    Client::from_conf(config.build())
}

/// Returns the client that asks whether a Region is in use: 2 attempts of at most 5 seconds. Many of these Regions are
/// not used, and from a network with endpoints for a few Regions the others do not answer at all.
fn probing(client: &Client, region: &str) -> Client {
    let mut config = client.config().to_builder();
    let timeouts = client.config().timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
    config.set_timeout_config(Some(timeouts.operation_attempt_timeout(Duration::from_secs(5)).build()));
    config.set_retry_config(Some(RetryConfig::standard().with_max_attempts(2)));
    config.set_region(Some(Region::new(region.to_owned())));
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
        let (Some(first), Some(region)) = (self.clients.first(), source_regions.first()) else {
            return Ok(CoverageFacts::default());
        };
        let mut facts = CoverageFacts::default();
        // every Region answers for the aggregator, of which an account has one at most
        let mut check = RegionCheck::new(with_retries(first, region), &self.budget);
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
        let own = source_regions.into_iter().zip(&self.clients);
        let own = own.map(|(region, client)| Target { region, linked_to: None, is_named: true, client });
        let checks = own.chain(linked).map(|target| self.look_at(target, &request.accounts));
        let mut unseen = Vec::new();
        for (check, seen) in futures::future::join_all(checks).await {
            add_calls_and_notes(check, &mut facts);
            match seen {
                Seen::Facts(region) => facts.regions.push(region),
                Seen::Unused(region) => facts.unused_regions.push(region),
                Seen::Unseen(region) => unseen.push(region),
            }
        }
        facts.notes.extend(linked_regions::notes(&unseen));
        facts.other_regions |= !unseen.is_empty();
        facts.unseen_regions = unseen.into_iter().map(|one| one.region).collect();
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
