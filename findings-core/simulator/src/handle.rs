//! A running simulator: its address, its switches and what it saw.

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
use super::server::Shared;
use super::state::UpdateFailure;
use super::store::FindingStore;

/// A running [`Simulator`](super::Simulator). Dropping it stops the server and closes its connections.
#[derive(Debug)]
pub struct SimulatorHandle {
    url: String,
    shared: Arc<Shared>,
    /// Dropped to stop; taken out of the option so that the thread can be waited for afterwards.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl SimulatorHandle {
    pub(super) fn new(
        url: String,
        shared: Arc<Shared>,
        stop: oneshot::Sender<Infallible>,
        thread: Option<JoinHandle<()>>,
    ) -> Self {
        Self { url, shared, stop: Some(stop), thread }
    }

    /// `http://127.0.0.1:PORT`: what a client takes as its endpoint URL, for instance in
    /// `AWS_ENDPOINT_URL_SECURITYHUB`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Looks at the findings or changes them; calls see nothing in between.
    pub fn with_findings<T>(&self, f: impl FnOnce(&mut FindingStore) -> T) -> T {
        f(&mut self.shared.lock().findings)
    }

    /// Adds a finding, or replaces the one with the same (ProductArn, Id).
    pub fn upsert(&self, finding: &Value) {
        self.with_findings(|findings| findings.upsert(finding));
    }

    /// Deletes a finding; `false` when there is none with this identity.
    pub fn remove(&self, product_arn: &str, id: &str) -> bool {
        self.with_findings(|findings| findings.remove(product_arn, id))
    }

    /// The finding with this identity, as it is now.
    pub fn finding(&self, product_arn: &str, id: &str) -> Option<Value> {
        self.with_findings(|findings| findings.get(product_arn, id))
    }

    /// Changes the time from the arrival of a call to its answer.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.lock().settings.latency = latency;
    }

    /// Changes the quota of GetFindings; `None` for no limit.
    pub fn set_quota(&self, quota: impl Into<Option<Quota>>) {
        self.shared.lock().quotas.set_get_findings(quota.into());
    }

    /// Another client of the account makes `calls` GetFindings calls at once: that many tokens of
    /// the Region's bucket are gone, or all there are.
    pub fn take_tokens(&self, region: &str, calls: u32) {
        self.shared.lock().quotas.take(region, calls, Instant::now());
    }

    /// Another client of the account makes `rate` GetFindings calls per second in this Region, from
    /// now on: the bucket fills that much slower. 0 ends it; at the quota's rate nothing is left.
    pub fn set_other_client(&self, region: &str, rate: f64) {
        self.shared.lock().quotas.share(region, rate, Instant::now());
    }

    /// Adds a fault of GetFindings; its calls are counted from now.
    pub fn add_fault(&self, fault: Fault, when: When) {
        self.add_fault_rule(FaultRule::new(fault, when));
    }

    /// Adds a fault of any operation, behind the rules there are.
    pub fn add_fault_rule(&self, rule: FaultRule) {
        self.shared.lock().faults.add(rule);
    }

    /// Removes every fault. Calls that hang go on hanging.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// Makes every NextToken given out so far stale.
    pub fn expire_tokens(&self) {
        let mut state = self.shared.lock();
        state.finding_tokens.forget();
        state.member_tokens.forget();
    }

    /// Turns Security Hub on or off in a Region.
    pub fn set_hub(&self, region: &str, on: bool) {
        self.shared.lock().change_hubs(|hubs| hubs.set_on(region, on));
    }

    /// Changes what DescribeHub says about control findings.
    pub fn set_control_finding_generator(&self, generator: ControlFindingGenerator) {
        self.shared.lock().change_hubs(|hubs| hubs.set_generator(generator));
    }

    /// Changes which Regions are linked.
    pub fn set_aggregator(&self, aggregator: Option<Aggregator>) {
        self.shared.lock().change_hubs(|hubs| hubs.set_aggregator(aggregator));
    }

    /// Changes the members in all Regions that have no list of their own.
    pub fn set_members(&self, members: impl IntoIterator<Item = Member>) {
        let members = members.into_iter().collect();
        self.shared.lock().members.set(members);
    }

    /// Changes the members in one Region.
    pub fn set_members_in(&self, region: &str, members: impl IntoIterator<Item = Member>) {
        let members = members.into_iter().collect();
        self.shared.lock().members.set_in(region, members);
    }

    /// Every member in a Region with its status.
    pub fn members(&self, region: &str) -> BTreeMap<String, String> {
        self.shared.lock().members.statuses(region).collect()
    }

    /// Whether Security Hub is on in a member account.
    pub fn member_hub(&self, account: &str, region: &str) -> bool {
        self.shared.lock().hubs.is_on_in(account, region)
    }

    /// Processes accounts from now on that were refused.
    pub fn clear_refusals(&self) {
        self.shared.lock().enrollment.refusals.clear();
    }

    /// The next `times` updates of the finding with this `Id` come back as unprocessed with this
    /// code, for instance `ConcurrentUpdateError` or `InternalFailure`.
    pub fn fail_updates(&self, id: impl Into<String>, code: impl Into<String>, times: u32) {
        let failure = UpdateFailure { id: id.into(), code: code.into(), times };
        self.shared.lock().update_failures.push(failure);
    }

    /// The calls since the start or the last reset, in the order of arrival.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.lock().log.records().to_vec()
    }

    /// The sums over these calls.
    pub fn counters(&self) -> Counters {
        self.shared.lock().log.counters()
    }

    /// Forgets the calls; data, quota and faults stay as they are.
    pub fn reset_calls(&self) {
        self.shared.lock().log.reset();
    }
}

impl Drop for SimulatorHandle {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // the thread has nothing to tell: a panic in it was already printed
            let _ = thread.join();
        }
    }
}
