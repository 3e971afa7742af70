//! Records of calls and responses, for assertions.

use std::time::Duration;

use serde_json::Value;

use super::faults::Fault;
use super::operation::Operation;
use super::reply::Reply;

/// The record of a call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallRecord {
    /// Name of the operation, or method and path if there is none.
    pub operation: String,
    /// Region of the signature; empty if the call was not signed.
    pub region: String,
    /// The member account that calls; `None` for the administrator.
    pub member: Option<String>,
    /// Arrival, counted from the start of the simulator.
    pub at: Duration,
    /// Accounts that the call names.
    pub accounts: Vec<String>,
    /// The NextToken of the call.
    pub token: Option<String>,
    /// `MaxResults` of the call.
    pub max_results: Option<i64>,
    /// The whole JSON body of the call; `null` if it has none.
    pub body: Value,
    /// The fault that affected the call.
    pub fault: Option<Fault>,
    /// HTTP status of the response; `None` until it is sent, and always after a reset or a hang.
    pub status: Option<u16>,
    /// Error code of the response.
    pub error: Option<String>,
    /// Number of findings in the response.
    pub findings: usize,
}

impl CallRecord {
    /// Returns whether the operation of the call changes data.
    pub fn is_mutating(&self) -> bool {
        Operation::ALL.iter().any(|operation| operation.name() == self.operation && operation.is_mutating())
    }
}

/// Totals of all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// All calls, including refused ones.
    pub calls: u64,
    /// Calls that the quota refused, without injected throttling.
    pub throttled: u64,
    /// Calls affected by a fault.
    pub faults: u64,
    /// Pages of findings with status 200, including empty ones.
    pub pages: u64,
    /// Findings in these pages.
    pub findings: u64,
}

/// The calls since the start or the last reset.
#[derive(Debug, Default)]
pub(super) struct CallLog {
    records: Vec<CallRecord>,
    counters: Counters,
    /// Number of the first record. It prevents calls that were in progress during a reset from writing into later
    /// records.
    first: usize,
}

impl CallLog {
    /// Records the arrival of a call and returns its number.
    pub(super) fn open(&mut self, record: CallRecord, throttled: bool) -> usize {
        self.counters.calls += 1;
        self.counters.throttled += u64::from(throttled);
        self.counters.faults += u64::from(record.fault.is_some());
        self.records.push(record);
        self.first + self.records.len() - 1
    }

    /// Records the response to the call with this number.
    pub(super) fn close(&mut self, number: usize, reply: &Reply) {
        let Some(answer) = reply.answer() else {
            return;
        };
        let record = number.checked_sub(self.first).and_then(|index| self.records.get_mut(index));
        let Some(record) = record else {
            return;
        };
        record.status = Some(answer.status);
        record.error.clone_from(&answer.error);
        record.findings = answer.findings.unwrap_or_default();
        self.counters.pages += u64::from(answer.findings.is_some());
        self.counters.findings += record.findings as u64;
    }

    pub(super) fn records(&self) -> &[CallRecord] {
        &self.records
    }

    pub(super) fn counters(&self) -> Counters {
        self.counters
    }

    pub(super) fn reset(&mut self) {
        self.first += self.records.len();
        self.records.clear();
        self.counters = Counters::default();
    }
}
