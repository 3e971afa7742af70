//! Setting a simulator up.

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
use super::server::{Shared, serve};
use super::state::State;
use super::store::FindingStore;

/// A simulated Security Hub; see the [module](super).
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// The Region of findings that name none.
    pub const REGION: &'static str = "us-east-1";
    /// The account that calls: the delegated administrator.
    pub const ADMINISTRATOR: &'static str = "999999999999";

    /// A simulator without findings, with the quotas of AWS and without latency.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder { state: State::new(Self::REGION, Self::ADMINISTRATOR), bad_seed: None }
    }

    /// Starts a simulator without findings on the current runtime.
    ///
    /// # Errors
    /// When no port of the loopback interface can be bound.
    pub async fn start() -> io::Result<SimulatorHandle> {
        Self::builder().start().await
    }
}

/// Sets a [`Simulator`] up. What is set here can be changed later through the [`SimulatorHandle`].
#[derive(Debug)]
#[must_use]
pub struct SimulatorBuilder {
    state: State,
    bad_seed: Option<io::Error>,
}

impl SimulatorBuilder {
    /// The Region of findings without `Region` and without one in `ProductArn`, instead of
    /// [`Simulator::REGION`]. Set it before the findings.
    pub fn region(mut self, region: &str) -> Self {
        self.state.findings.set_default_region(region);
        self
    }

    /// The account that calls, instead of [`Simulator::ADMINISTRATOR`].
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

    /// Adds findings as JSON text, which is stored as it is: the way for very many. A text that is
    /// no JSON fails the start.
    pub fn raw_findings(mut self, findings: impl IntoIterator<Item = Arc<str>>) -> Self {
        for finding in findings {
            if let Err(error) = self.state.findings.upsert_raw(finding) {
                self.bad_seed.get_or_insert_with(|| io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
        self
    }

    /// Pads each finding in an answer to about this many bytes with a field that ASFF does not
    /// have: 3,500 makes a full page of 350 KB.
    pub fn pad_findings_to(mut self, bytes: usize) -> Self {
        self.state.settings.padding = Padding::up_to(bytes);
        self
    }

    /// The quota of GetFindings in each Region, instead of [`Quota::GET_FINDINGS`]; `None` for no
    /// limit.
    pub fn quota(mut self, quota: impl Into<Option<Quota>>) -> Self {
        self.state.quotas.set_get_findings(quota.into());
        self
    }

    /// The quota of each other operation in each Region, instead of [`Quota::OTHER_OPERATIONS`].
    pub fn other_quota(mut self, quota: impl Into<Option<Quota>>) -> Self {
        self.state.quotas.set_other_operations(quota.into());
        self
    }

    /// The error code of 429, instead of `TooManyRequestsException`. `LimitExceededException` and
    /// `ThrottlingException` are seen too.
    pub fn throttle_code(mut self, code: impl Into<String>) -> Self {
        self.state.settings.throttle_code = code.into();
        self
    }

    /// Sends a `Retry-After` header when the quota refuses a call, in whole seconds, rounded up.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.state.settings.retry_after = Some(wait);
        self
    }

    /// The time from the arrival of a call to its answer.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.state.settings.latency = latency;
        self
    }

    /// NextTokens older than this are refused. Without it they live on.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.state.settings.token_lifetime = Some(lifetime);
        self
    }

    /// The time of day for `DateRange` filters and notes, instead of the system's clock.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.state.settings.fixed_now = Some(now);
        self
    }

    /// Adds a fault of GetFindings.
    pub fn fault(self, fault: Fault, when: When) -> Self {
        self.fault_rule(FaultRule::new(fault, when))
    }

    /// Adds a fault of any operation. The first rule that hits a call decides.
    pub fn fault_rule(mut self, rule: FaultRule) -> Self {
        self.state.faults.add(rule);
        self
    }

    /// Calls `hook` after each page of findings, with the page's number from 0: a place to change
    /// the data while a client pages through it. The hook must not use the [`SimulatorHandle`].
    pub fn after_page(mut self, hook: impl FnMut(u64, &mut FindingStore) + Send + 'static) -> Self {
        self.state.after_page = Some(Box::new(hook));
        self
    }

    /// Security Hub is off for the administrator in this Region.
    pub fn hub_off(mut self, region: &str) -> Self {
        self.state.hubs.set_on(region, false);
        self
    }

    /// What DescribeHub says about control findings.
    pub fn control_finding_generator(mut self, generator: ControlFindingGenerator) -> Self {
        self.state.hubs.set_generator(generator);
        self
    }

    /// Links Regions.
    pub fn aggregator(mut self, aggregator: Aggregator) -> Self {
        self.state.hubs.set_aggregator(Some(aggregator));
        self
    }

    /// The members in all Regions for which [`members_in`](Self::members_in) says nothing else.
    pub fn members(mut self, members: impl IntoIterator<Item = Member>) -> Self {
        self.state.members.set(members.into_iter().collect());
        self
    }

    /// These accounts are members of all Regions, and in this one a check of theirs passed at `at`: nobody has to doubt
    /// that they are covered.
    pub fn covered<A: AsRef<str>>(self, accounts: impl IntoIterator<Item = A>, region: &str, at: Timestamp) -> Self {
        let accounts: Vec<A> = accounts.into_iter().collect();
        let checks: Vec<Value> = accounts.iter().map(|account| passed_check(account.as_ref(), region, at)).collect();
        self.findings(checks).members(accounts.iter().map(|account| Member::enabled(account.as_ref())))
    }

    /// The members in one Region.
    pub fn members_in(mut self, region: &str, members: impl IntoIterator<Item = Member>) -> Self {
        self.state.members.set_in(region, members.into_iter().collect());
        self
    }

    /// Accounts of the administrator's organisation, whose delegated administrator it is: they become members without
    /// an invitation.
    pub fn organization<A: Into<String>>(mut self, accounts: impl IntoIterator<Item = A>) -> Self {
        self.state.enrollment.organization.extend(accounts.into_iter().map(Into::into));
        self
    }

    /// A role that the administrator may assume in these accounts.
    pub fn member_role<A: Into<String>>(mut self, name: &str, accounts: impl IntoIterator<Item = A>) -> Self {
        let roles = accounts.into_iter().map(|account| (account.into(), name.to_owned()));
        self.state.enrollment.roles.extend(roles);
        self
    }

    /// Security Hub is on in this member account. Everywhere else it is off until it is turned on.
    pub fn member_hub(mut self, account: &str, region: &str) -> Self {
        self.state.hubs.enable_member(account, region);
        self
    }

    /// CreateMembers or InviteMembers returns the account as unprocessed, for this reason.
    pub fn refuse(mut self, operation: Operation, account: impl Into<String>, reason: impl Into<String>) -> Self {
        self.state.enrollment.refusals.push((operation, account.into(), reason.into()));
        self
    }

    /// Starts on the current tokio runtime, on a free port of 127.0.0.1. With a paused clock the
    /// quota, latency and token lifetime follow that clock.
    ///
    /// # Errors
    /// When the port cannot be bound, or a raw finding is no JSON.
    pub async fn start(self) -> io::Result<SimulatorHandle> {
        let state = self.checked()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared::new(state));
        let (stop, stopped) = oneshot::channel::<Infallible>();
        tokio::spawn(serve(listener, shared.clone(), stopped));
        Ok(SimulatorHandle::new(url, shared, stop, None))
    }

    /// Starts on a thread and a runtime of its own: for tests without tokio, and for those whose
    /// client is another process.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when the thread cannot be made.
    pub fn spawn_thread(self) -> io::Result<SimulatorHandle> {
        let state = self.checked()?;
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(Shared::new(state));
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let served = shared.clone();
        let thread = std::thread::Builder::new().name("security-hub-simulator".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(async move {
                match TcpListener::from_std(listener) {
                    Ok(listener) => serve(listener, served, stopped).await,
                    Err(error) => tracing::error!(%error, "the simulator cannot listen"),
                }
            });
        })?;
        Ok(SimulatorHandle::new(url, shared, stop, Some(thread)))
    }

    fn checked(self) -> io::Result<State> {
        self.bad_seed.map_or(Ok(self.state), Err)
    }
}

/// The result of a check that passed, as Security Hub keeps it: active and resolved.
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
