//! The calls of a coverage check. Each call is paid from the budget and counted, and a failed call adds a note.

use std::collections::{HashMap, HashSet};
use std::error::Error as StdError;

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::types::Member;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::error::sdk_error;
use crate::coverage::{Aggregation, Hub, MemberStatus, RegionFacts};
use crate::source::Budget;
use crate::{AccountId, Error, ErrorKind, Result};

/// The most accounts per GetMembers call. It equals the page size of ListMembers, which is at most 50.
const MEMBERS_PER_CALL: usize = 50;
/// The number of pages after which the list counts as endless, a hundred times the members an administrator can have.
const PAGE_LIMIT: usize = 20_000;

/// Why a Region has no hub, as far as its answer tells.
#[derive(Debug)]
pub(super) enum NoHub {
    /// Security Hub is off.
    Off,
    /// The Region does not know the credentials. So answer Regions that the account has not enabled.
    UnknownToken(Error),
    /// Any other error.
    Failed(Error),
}

/// A coverage check of one Region.
pub(super) struct RegionCheck<'b> {
    client: Client,
    budget: &'b Budget,
    pub(super) calls: u64,
    pub(super) notes: Vec<String>,
}

impl<'b> RegionCheck<'b> {
    pub(super) fn new(client: Client, budget: &'b Budget) -> Self {
        Self { client, budget, calls: 0, notes: Vec::new() }
    }

    async fn pay(&mut self) {
        self.budget.pay().await;
        self.calls += 1;
    }

    fn note(&mut self, error: &Error, action: &str) {
        let region = self.client.config().region().map(ToString::to_string).unwrap_or_default();
        let cure = if error.kind() == ErrorKind::PermissionDenied {
            format!("; allow securityhub:{action}")
        } else {
            String::new()
        };
        self.notes.push(format!("{region}: failed to {}{cure}", error.report()));
    }

    /// Reads the finding aggregator, if there is one. A failed call adds a note.
    pub(super) async fn aggregation(&mut self) -> Result<Option<Aggregation>> {
        self.pay().await;
        let listed = self.client.list_finding_aggregators().send().await;
        let listed = match listed.map_err(|e| service(e, "look up the finding aggregator")) {
            Ok(listed) => listed,
            // no note: the check of the Region adds one that says that the hub is off
            Err(error) if error.kind() == ErrorKind::NotEnabled => return Err(error),
            Err(error) => {
                self.note(&error, "ListFindingAggregators");
                return Err(error);
            }
        };
        let Some(arn) = listed.finding_aggregators().iter().find_map(|a| a.finding_aggregator_arn()) else {
            return Ok(None);
        };
        self.pay().await;
        let found = self.client.get_finding_aggregator().finding_aggregator_arn(arn).send().await;
        let found = found.map_err(|e| service(e, "read the finding aggregator"));
        let found = found.inspect_err(|error| self.note(error, "GetFindingAggregator"))?;
        Ok(Some(Aggregation {
            home: found.finding_aggregation_region().unwrap_or_default().to_owned(),
            linking_mode: found.region_linking_mode().unwrap_or_default().to_owned(),
            regions: found.regions().to_vec(),
        }))
    }

    /// Makes the following calls with another client.
    pub(super) fn set_client(&mut self, client: Client) {
        self.client = client;
    }

    /// Reads the hub and the members of a Region into `known`. A failed call or a hub that is off adds a note.
    pub(super) async fn region(&mut self, known: &mut RegionFacts, wanted: &[AccountId]) {
        match self.hub(known).await {
            Ok(()) => {}
            Err(NoHub::Off) => {
                known.hub = Hub::Off;
                let region = known.region.as_deref().unwrap_or_default();
                self.notes.push(format!("{region}: Security Hub is off in the administrator account; turn it on"));
                return;
            }
            Err(NoHub::UnknownToken(error) | NoHub::Failed(error)) => self.note(&error, "DescribeHub"),
        }
        self.list_members(known, wanted).await;
    }

    /// Reads the members of a Region into `known`. A failed call adds a note.
    pub(super) async fn list_members(&mut self, known: &mut RegionFacts, wanted: &[AccountId]) {
        match self.members(known).await {
            Ok(mut members) => {
                self.add_missing_members(known, &mut members, wanted).await;
                known.members = Some(members);
            }
            Err(error) => self.note(&error, "ListMembers"),
        }
    }

    /// Reads the hub of a Region into `known`. Adds no note.
    pub(super) async fn hub(&mut self, known: &mut RegionFacts) -> Result<(), NoHub> {
        self.pay().await;
        match self.client.describe_hub().send().await {
            Ok(hub) => {
                known.hub = Hub::On;
                known.control_finding_generator = hub.control_finding_generator().map(|g| g.as_str().to_owned());
                known.administrator = hub.hub_arn().and_then(account_of);
                Ok(())
            }
            Err(error) => {
                let code = error.code().map(str::to_owned);
                let error = service(error, "look up whether Security Hub is on");
                Err(match code.as_deref() {
                    Some("ResourceNotFoundException") => NoHub::Off,
                    _ if error.kind() == ErrorKind::NotEnabled => NoHub::Off,
                    Some("AuthFailure" | "InvalidClientTokenId" | "UnrecognizedClientException") => {
                        NoHub::UnknownToken(error)
                    }
                    _ => NoHub::Failed(error),
                })
            }
        }
    }

    /// Lists all members, with every status.
    ///
    /// Members missing from an incomplete list would be reported as not covered, so every doubt about it is an error.
    async fn members(&mut self, known: &mut RegionFacts) -> Result<HashMap<AccountId, MemberStatus>> {
        const OPERATION: &str = "list the members";
        let mut members = HashMap::new();
        let mut seen = HashSet::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGE_LIMIT {
            self.pay().await;
            // by default only enabled members are listed: the others would look like strangers
            let list = self.client.list_members().only_associated(false).max_results(50).set_next_token(token.take());
            let page = list.send().await.map_err(|e| service(e, OPERATION))?;
            for member in page.members() {
                // DescribeHub may have been refused
                if known.administrator.is_none() {
                    known.administrator = member.administrator_id().and_then(|id| id.parse().ok());
                }
                members.extend(entry(member));
            }
            match page.next_token().filter(|t| !t.is_empty()) {
                None => return Ok(members),
                Some(next) if seen.insert(next.to_owned()) => token = Some(next.to_owned()),
                Some(_) => return Err(endless(OPERATION, "the same page token came twice")),
            }
        }
        Err(endless(OPERATION, "the list does not end"))
    }

    /// Reads wanted accounts that are missing from the list with GetMembers, unless they exceed one call.
    ///
    /// If members are added or removed while the list is read, others can be skipped between two pages.
    async fn add_missing_members(
        &mut self,
        known: &RegionFacts,
        members: &mut HashMap<AccountId, MemberStatus>,
        wanted: &[AccountId],
    ) {
        let is_missing =
            |account: &&AccountId| !members.contains_key(account) && known.administrator != Some(**account);
        let missing: Vec<String> = wanted.iter().filter(is_missing).map(ToString::to_string).collect();
        if missing.is_empty() || missing.len() > MEMBERS_PER_CALL {
            return;
        }
        self.pay().await;
        match self.client.get_members().set_account_ids(Some(missing)).send().await {
            Ok(found) => members.extend(found.members().iter().filter_map(entry)),
            Err(error) => self.note(&service(error, "look again at members that the list lacks"), "GetMembers"),
        }
    }
}

fn entry(member: &Member) -> Option<(AccountId, MemberStatus)> {
    let account = member.account_id()?.parse().ok()?;
    let Ok(status) = member.member_status().unwrap_or_default().parse();
    Some((account, status))
}

/// Returns the account in `arn:aws:securityhub:REGION:ACCOUNT:hub/default`.
fn account_of(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

fn endless(operation: &'static str, what: &'static str) -> Error {
    Error::new(ErrorKind::Inconsistent, operation).with_message(what)
}

fn service<E>(error: SdkError<E, HttpResponse>, operation: &'static str) -> Error
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    sdk_error(error, operation)
}
