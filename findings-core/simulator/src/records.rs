//! What was asked and answered, for assertions.

use std::time::Duration;

use serde_json::Value;

use super::faults::Fault;
use super::operation::Operation;
use super::reply::Reply;

/// One call, in the order of arrival.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallRecord {
    /// Name of the operation, or method and path when there is none.
    pub operation: String,
    /// Region of the signature; empty when the call was not signed.
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
    /// The whole JSON body of the call; `null` when it has none.
    pub body: Value,
    /// The fault that hit the call.
    pub fault: Option<Fault>,
    /// HTTP status; `None` while there is no answer, and for good after a reset or a hang.
    pub status: Option<u16>,
    /// Error code of the answer.
    pub error: Option<String>,
    /// Findings in the answer.
    pub findings: usize,
}

impl CallRecord {
    /// Whether it is a call of an operation that changes something.
    pub fn is_mutating(&self) -> bool {
        Operation::ALL.iter().any(|operation| operation.name() == self.operation && operation.is_mutating())
    }
}

/// Sums over all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Calls of every kind, refused ones included.
    pub calls: u64,
    /// Calls that the quota refused; injected throttling is not among them.
    pub throttled: u64,
    /// Calls hit by a fault.
    pub faults: u64,
    /// Pages of findings answered with 200, empty ones included.
    pub pages: u64,
    /// Findings in these pages.
    pub findings: u64,
}

/// The calls since the start or the last reset.
#[derive(Debug, Default)]
pub(super) struct CallLog {
    records: Vec<CallRecord>,
    counters: Counters,
    /// Number of the first record: calls under way while the log is reset must not write into
    /// the records of others.
    first: usize,
}

impl CallLog {
    /// Notes an arrival and gives it a number.
    pub(super) fn open(&mut self, record: CallRecord, throttled: bool) -> usize {
        self.counters.calls += 1;
        self.counters.throttled += u64::from(throttled);
        self.counters.faults += u64::from(record.fault.is_some());
        self.records.push(record);
        self.first + self.records.len() - 1
    }

    /// Notes the answer to the call with this number.
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
