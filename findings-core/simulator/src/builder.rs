//! Builder of a simulator.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::faults::{Fault, FaultRule, When};
use super::handle::SimulatorHandle;
use super::hubs::{Aggregator, ControlFindingGenerator};
use super::members::Member;
use super::operation::Operation;
use super::padding::Padding;
use super::quota::Quota;
use super::server::{SharedState, serve};
use super::state::State;
use super::store::FindingStore;

/// A simulated Security Hub; see the [module](super).
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// The default Region of findings.
    pub const REGION: &'static str = "us-east-1";
    /// The calling account, which is the delegated administrator.
    pub const ADMINISTRATOR: &'static str = "999999999999";

    /// Returns a builder for a simulator without findings, with the quotas of AWS and without latency.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder { state: State::new(Self::REGION, Self::ADMINISTRATOR), bad_seed: None }
    }

    /// Starts a simulator without findings on the current runtime.
    ///
    /// # Errors
    /// Fails if no port of the loopback interface can be bound.
    pub async fn start() -> io::Result<SimulatorHandle> {
        Self::builder().start().await
    }
}

/// Configures a [`Simulator`]. The [`SimulatorHandle`] can change most settings later.
#[derive(Debug)]
#[must_use]
pub struct SimulatorBuilder {
    state: State,
    bad_seed: Option<io::Error>,
}

impl SimulatorBuilder {
    /// Sets the Region of findings without `Region` and without one in `ProductArn`, instead of [`Simulator::REGION`].
    /// Call it before adding findings.
    pub fn region(mut self, region: &str) -> Self {
        self.state.findings.set_default_region(region);
        self
    }

    /// Sets the calling account, instead of [`Simulator::ADMINISTRATOR`].
    pub fn administrator(mut self, account: impl Into<String>) -> Self {
        self.state.settings.administrator = account.into();
        self
    }

    /// Adds findings in ASFF.
    pub fn findings(mut self, findings: impl IntoIterator<Item = Value>) -> Self {
        for finding in findings {
            self.state.findings.upsert(&finding);
        }
        self
    }

    /// Adds records in OCSF that only the new Security Hub has, such as coverage findings.
    pub fn ocsf(mut self, records: impl IntoIterator<Item = Value>) -> Self {
        records.into_iter().for_each(|record| self.state.view.upsert(record));
        self
    }

    /// Lets exports of the new Security Hub write their objects: bucket, key, content. A job ends after `polls` answers that
    /// it runs. The closure may block if the simulator has a [thread](Self::spawn_thread) of its own.
    pub fn exports(mut self, polls: u32, write: impl FnMut(&str, &str, Vec<u8>) + Send + 'static) -> Self {
        self.state.exports.polls = polls;
        self.state.exports.writer = Some(Box::new(write));
        self
    }

    /// Lets exports fail with this code, such as `ACCESS_DENIED`, and message.
    pub fn exports_fail(mut self, code: &str, message: &str) -> Self {
        self.state.exports.failure = Some((code.to_owned(), message.to_owned()));
        self
    }

    /// Adds findings as JSON text, which is stored unchanged. Use it for large numbers of findings. A text that is not
    /// JSON makes the start fail.
    pub fn raw_findings(mut self, findings: impl IntoIterator<Item = Arc<str>>) -> Self {
        for finding in findings {
            if let Err(error) = self.state.findings.upsert_raw(finding) {
                self.bad_seed.get_or_insert_with(|| io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
        self
    }

    /// Pads each finding in a response to about `bytes` bytes, with a field that is not in ASFF. With 3,500 bytes, a
    /// full page has 350 KB.
    pub fn pad_findings_to(mut self, bytes: usize) -> Self {
        self.state.settings.padding = Padding::up_to(bytes);
        self
    }

    /// Sets the quota of GetFindings in each Region, instead of [`Quota::GET_FINDINGS`]; `None` for no limit.
    pub fn quota(mut self, quota: impl Into<Option<Quota>>) -> Self {
        self.state.quotas.set_get_findings(quota.into());
        self
    }

    /// Sets the quota of each other operation in each Region, instead of [`Quota::OTHER_OPERATIONS`].
    pub fn other_quota(mut self, quota: impl Into<Option<Quota>>) -> Self {
        self.state.quotas.set_other_operations(quota.into());
        self
    }

    /// Sets the error code of 429, instead of `TooManyRequestsException`. AWS also sends `LimitExceededException` and
    /// `ThrottlingException`.
    pub fn throttle_code(mut self, code: impl Into<String>) -> Self {
        self.state.settings.throttle_code = code.into();
        self
    }

    /// Sends a `Retry-After` header when the quota refuses a call, in whole seconds, rounded up.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.state.settings.retry_after = Some(wait);
        self
    }

    /// Sets the time from the arrival of a call to its response.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.state.settings.latency = latency;
        self
    }

    /// Sets the lifetime of NextTokens; older ones are refused. By default they do not expire.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.state.settings.token_lifetime = Some(lifetime);
        self
    }

    /// Sets the current time for `DateRange` filters and notes, instead of the system's clock.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.state.settings.fixed_now = Some(now);
        self
    }

    /// Adds a fault of GetFindings.
    pub fn fault(self, fault: Fault, when: When) -> Self {
        self.fault_rule(FaultRule::new(fault, when))
    }

    /// Adds a fault of any operation. The first rule that matches a call decides.
    pub fn fault_rule(mut self, rule: FaultRule) -> Self {
        self.state.faults.add(rule);
        self
    }

    /// Calls `hook` after each page of findings, with the page's number from 0. The hook can change the data between
    /// pages. It must not use the [`SimulatorHandle`], which would deadlock.
    pub fn after_page(mut self, hook: impl FnMut(u64, &mut FindingStore) + Send + 'static) -> Self {
        self.state.after_page = Some(Box::new(hook));
        self
    }

    /// Turns Security Hub off for the administrator in this Region; see [`SimulatorHandle::set_hub`].
    pub fn hub_off(mut self, region: &str) -> Self {
        self.state.hubs.set_on(region, false);
        self
    }

    /// Turns Security Hub on for the administrator in this Region; see [`SimulatorHandle::set_hub`].
    pub fn hub_on(mut self, region: &str) -> Self {
        self.state.hubs.set_on(region, true);
        self
    }

    /// Sets what DescribeHub returns as `ControlFindingGenerator`.
    pub fn control_finding_generator(mut self, generator: ControlFindingGenerator) -> Self {
        self.state.hubs.set_generator(generator);
        self
    }

    /// Links Regions.
    pub fn aggregator(mut self, aggregator: Aggregator) -> Self {
        self.state.hubs.set_aggregator(Some(aggregator));
        self
    }

    /// Sets the members in all Regions that have no list from [`members_in`](Self::members_in).
    pub fn members(mut self, members: impl IntoIterator<Item = Member>) -> Self {
        self.state.members.set(members.into_iter().collect());
        self
    }

    /// Makes the accounts members in all Regions, and adds a check that passed at `at` in `region`, as evidence that
    /// they are covered.
    pub fn covered<A: AsRef<str>>(self, accounts: impl IntoIterator<Item = A>, region: &str, at: Timestamp) -> Self {
        let accounts: Vec<A> = accounts.into_iter().collect();
        let checks: Vec<Value> = accounts.iter().map(|account| passed_check(account.as_ref(), region, at)).collect();
        self.findings(checks).members(accounts.iter().map(|account| Member::enabled(account.as_ref())))
    }

    /// Sets the members in one Region.
    pub fn members_in(mut self, region: &str, members: impl IntoIterator<Item = Member>) -> Self {
        self.state.members.set_in(region, members.into_iter().collect());
        self
    }

    /// Adds accounts to the administrator's organisation. They become members without an invitation.
    pub fn organization<A: Into<String>>(mut self, accounts: impl IntoIterator<Item = A>) -> Self {
        self.state.enrollment.organization.extend(accounts.into_iter().map(Into::into));
        self
    }

    /// Adds a role that the administrator may assume in these accounts.
    pub fn member_role<A: Into<String>>(mut self, name: &str, accounts: impl IntoIterator<Item = A>) -> Self {
        let roles = accounts.into_iter().map(|account| (account.into(), name.to_owned()));
        self.state.enrollment.roles.extend(roles);
        self
    }

    /// Turns Security Hub on in a member account. By default it is off in member accounts.
    pub fn member_hub(mut self, account: &str, region: &str) -> Self {
        self.state.hubs.enable_member(account, region);
        self
    }

    /// Makes CreateMembers or InviteMembers return the account as unprocessed, with this reason.
    pub fn refuse(mut self, operation: Operation, account: impl Into<String>, reason: impl Into<String>) -> Self {
        self.state.enrollment.refusals.push((operation, account.into(), reason.into()));
        self
    }

    /// Starts on the current tokio runtime, on a free port of 127.0.0.1. If the clock is paused, quota, latency and
    /// token lifetime follow that clock.
    ///
    /// # Errors
    /// Fails if the port cannot be bound or a raw finding is not JSON.
    pub async fn start(self) -> io::Result<SimulatorHandle> {
        let state = self.checked()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(SharedState::new(state));
        let (stop, stopped) = oneshot::channel::<Infallible>();
        tokio::spawn(serve(listener, shared.clone(), stopped));
        Ok(SimulatorHandle::new(url, shared, stop, None))
    }

    /// Starts on a separate thread with its own runtime, for tests without tokio and tests whose client is another
    /// process.
    ///
    /// # Errors
    /// Those of [`start`](Self::start); it also fails if the thread cannot be created.
    pub fn spawn_thread(self) -> io::Result<SimulatorHandle> {
        let state = self.checked()?;
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(SharedState::new(state));
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let served = shared.clone();
        let thread = std::thread::Builder::new().name("security-hub-simulator".to_owned());
        let thread = thread.spawn(move || runtime.block_on(listen(listener, served, stopped)))?;
        Ok(SimulatorHandle::new(url, shared, stop, Some(thread)))
    }

    fn checked(self) -> io::Result<State> {
        self.bad_seed.map_or(Ok(self.state), Err)
    }
}

async fn listen(listener: StdListener, state: Arc<SharedState>, stopped: oneshot::Receiver<Infallible>) {
    match TcpListener::from_std(listener) {
        Ok(listener) => serve(listener, state, stopped).await,
        Err(error) => tracing::error!(%error, "the simulator cannot listen"),
    }
}

/// Returns the finding of a check that passed, which Security Hub keeps as ACTIVE and RESOLVED.
fn passed_check(account: &str, region: &str, at: Timestamp) -> Value {
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("arn:aws:securityhub:{region}:{account}:security-control/Account.1/finding/passed"),
        "ProductArn": format!("arn:aws:securityhub:{region}::product/aws/securityhub"),
        "GeneratorId": "security-control/Account.1",
        "AwsAccountId": account,
        "Region": region,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "CreatedAt": at.to_string(),
        "UpdatedAt": at.to_string(),
        "Severity": { "Label": "INFORMATIONAL" },
        "Title": "Security contact information should be provided for an AWS account",
        "Description": "A made-up check that passed.",
        "Resources": [{ "Type": "AwsAccount", "Id": format!("AWS::::Account:{account}"), "Region": region }],
        "Compliance": { "Status": "PASSED", "SecurityControlId": "Account.1" },
        "Workflow": { "Status": "RESOLVED" },
        "RecordState": "ACTIVE",
    })
}
