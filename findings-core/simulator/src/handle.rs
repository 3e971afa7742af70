//! Handle of a running simulator: its address, its settings and its recorded calls.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::faults::{Fault, FaultRule, When};
use super::hubs::{Aggregator, ControlFindingGenerator};
use super::members::Member;
use super::quota::Quota;
use super::records::{CallRecord, Counters};
use super::server::SharedState;
use super::state::UpdateFailure;
use super::store::FindingStore;

/// A running [`Simulator`](super::Simulator). Dropping it stops the server and closes its connections.
#[derive(Debug)]
pub struct SimulatorHandle {
    url: String,
    shared: Arc<SharedState>,
    /// Dropping it stops the server. It is an `Option` so that it can be dropped before the thread is joined.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl SimulatorHandle {
    pub(super) fn new(
        url: String,
        shared: Arc<SharedState>,
        stop: oneshot::Sender<Infallible>,
        thread: Option<JoinHandle<()>>,
    ) -> Self {
        Self { url, shared, stop: Some(stop), thread }
    }

    /// Returns `http://127.0.0.1:PORT`, the endpoint URL for clients, for example in `AWS_ENDPOINT_URL_SECURITYHUB`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Gives `f` exclusive access to the findings, so that calls see all of its changes or none.
    pub fn with_findings<T>(&self, f: impl FnOnce(&mut FindingStore) -> T) -> T {
        f(&mut self.shared.lock().findings)
    }

    /// Adds a finding, or replaces the one with the same (ProductArn, Id).
    pub fn upsert(&self, finding: &Value) {
        self.with_findings(|findings| findings.upsert(finding));
    }

    /// Deletes a finding; `false` if there is none with this identity.
    pub fn remove(&self, product_arn: &str, id: &str) -> bool {
        self.with_findings(|findings| findings.remove(product_arn, id))
    }

    /// Returns the current finding with this identity.
    pub fn finding(&self, product_arn: &str, id: &str) -> Option<Value> {
        self.with_findings(|findings| findings.get(product_arn, id))
    }

    /// Changes the time from the arrival of a call to its response.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.lock().settings.latency = latency;
    }

    /// Changes the quota of GetFindings; `None` for no limit.
    pub fn set_quota(&self, quota: impl Into<Option<Quota>>) {
        self.shared.lock().quotas.set_get_findings(quota.into());
    }

    /// Simulates a burst of `calls` GetFindings calls of another client in the account, which takes up to that many
    /// tokens from the Region's bucket.
    pub fn take_tokens(&self, region: &str, calls: u32) {
        self.shared.lock().quotas.take(region, calls, Instant::now());
    }

    /// Simulates another client of the account that makes `rate` GetFindings calls per second in this Region from now
    /// on. The bucket fills slower by this rate. 0 stops it; at the rate of the quota, the bucket does not fill.
    pub fn set_other_client(&self, region: &str, rate: f64) {
        self.shared.lock().quotas.share(region, rate, Instant::now());
    }

    /// Adds a fault of GetFindings. Calls are counted from now on.
    pub fn add_fault(&self, fault: Fault, when: When) {
        self.add_fault_rule(FaultRule::new(fault, when));
    }

    /// Adds a fault of any operation, after the existing rules.
    pub fn add_fault_rule(&self, rule: FaultRule) {
        self.shared.lock().faults.add(rule);
    }

    /// Removes every fault. Calls that hang already continue to hang.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Invalidates every NextToken issued so far.
    pub fn expire_tokens(&self) {
        let mut state = self.shared.lock();
        state.finding_tokens.forget();
        state.member_tokens.forget();
        state.tokens_v2.forget();
    }

    /// Turns Security Hub on or off for the administrator in a Region. While it is off, the home Region does not show
    /// the findings of that Region.
    ///
    /// By default it is on. Only where an aggregator that links all Regions is the one thing that mentions a Region, it is
    /// off: the Region is not the home Region, no finding is in it, and it has no members of its own.
    pub fn set_hub(&self, region: &str, on: bool) {
        self.shared.lock().change_hubs(|hubs| hubs.set_on(region, on));
    }

    /// Changes what DescribeHub returns as `ControlFindingGenerator`.
    pub fn set_control_finding_generator(&self, generator: ControlFindingGenerator) {
        self.shared.lock().change_hubs(|hubs| hubs.set_generator(generator));
    }

    /// Changes which Regions are linked; `None` deletes the aggregator. The home Region does not show the findings of
    /// Regions that are no longer linked.
    pub fn set_aggregator(&self, aggregator: Option<Aggregator>) {
        self.shared.lock().change_hubs(|hubs| hubs.set_aggregator(aggregator));
    }

    /// Changes the members in all Regions without a separate list.
    pub fn set_members(&self, members: impl IntoIterator<Item = Member>) {
        let members = members.into_iter().collect();
        self.shared.lock().members.set(members);
    }

    /// Changes the members in one Region.
    pub fn set_members_in(&self, region: &str, members: impl IntoIterator<Item = Member>) {
        let members = members.into_iter().collect();
        self.shared.lock().members.set_in(region, members);
    }

    /// Returns every member in a Region with its status.
    pub fn members(&self, region: &str) -> BTreeMap<String, String> {
        self.shared.lock().members.statuses(region).collect()
    }

    /// Returns whether Security Hub is on in a member account.
    pub fn member_hub(&self, account: &str, region: &str) -> bool {
        self.shared.lock().hubs.is_on_in(account, region)
    }

    /// Removes all refusals; the accounts are processed from now on.
    pub fn clear_refusals(&self) {
        self.shared.lock().enrollment.refusals.clear();
    }

    /// Makes the next `times` updates of the finding with this `Id` fail as unprocessed with this code, for example
    /// `ConcurrentUpdateError` or `InternalFailure`.
    pub fn fail_updates(&self, id: impl Into<String>, code: impl Into<String>, times: u32) {
        let failure = UpdateFailure { id: id.into(), code: code.into(), times };
        self.shared.lock().update_failures.push(failure);
    }

    /// Returns the calls since the start or the last reset, in the order of arrival.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.lock().log.records().to_vec()
    }

    /// Returns the totals of these calls.
    pub fn counters(&self) -> Counters {
        self.shared.lock().log.counters()
    }

    /// Deletes the recorded calls; data, quota and faults are unchanged.
    pub fn reset_calls(&self) {
        self.shared.lock().log.reset();
    }
}

impl Drop for SimulatorHandle {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // the result is ignored, because a panic of the thread was already printed
            let _ = thread.join();
        }
    }
}
