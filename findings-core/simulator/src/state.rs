//! The whole state of the simulator.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::api_error::ApiError;
use super::enrollment::Enrollment;
use super::faults::Faults;
use super::hubs::Hubs;
use super::members::Members;
use super::orders::{Position, SortedResults};
use super::padding::Padding;
use super::quota::Quotas;
use super::records::CallLog;
use super::store::FindingStore;
use super::tokens::Tokens;
use super::v2::{After, Exports, View};

/// The settings, which calls do not change.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) administrator: String,
    pub(super) latency: Duration,
    pub(super) padding: Padding,
    pub(super) token_lifetime: Option<Duration>,
    pub(super) throttle_code: String,
    pub(super) retry_after: Option<Duration>,
    pub(super) fixed_now: Option<Timestamp>,
}

impl Settings {
    pub(super) fn now(&self) -> Timestamp {
        self.fixed_now.unwrap_or_else(Timestamp::now)
    }

    pub(super) fn throttled(&self, retry_after: Option<Duration>) -> ApiError {
        let mut error = ApiError::new(429, &self.throttle_code, "Too Many Requests");
        error.retry_after = retry_after;
        error
    }
}

/// Called after each page with the page's number and the data.
pub(super) type PageHook = Box<dyn FnMut(u64, &mut FindingStore) + Send>;

/// An update that must fail.
#[derive(Debug, Clone)]
pub(super) struct UpdateFailure {
    pub(super) id: String,
    pub(super) code: String,
    pub(super) times: u32,
}

pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) findings: FindingStore,
    pub(super) orders: SortedResults,
    pub(super) finding_tokens: Tokens<Position>,
    pub(super) member_tokens: Tokens<String>,
    /// The same findings in OCSF.
    pub(super) view: View,
    pub(super) tokens_v2: Tokens<Option<After>>,
    pub(super) exports: Exports,
    pub(super) quotas: Quotas,
    pub(super) faults: Faults,
    pub(super) hubs: Hubs,
    pub(super) members: Members,
    pub(super) enrollment: Enrollment,
    pub(super) update_failures: Vec<UpdateFailure>,
    pub(super) log: CallLog,
    pub(super) after_page: Option<PageHook>,
    pub(super) pages: u64,
}

impl State {
    pub(super) fn new(default_region: &str, administrator: &str) -> Self {
        Self {
            settings: Settings {
                administrator: administrator.to_owned(),
                latency: Duration::ZERO,
                padding: Padding::default(),
                token_lifetime: None,
                throttle_code: "TooManyRequestsException".to_owned(),
                retry_after: None,
                fixed_now: None,
            },
            findings: FindingStore::new(default_region),
            orders: SortedResults::default(),
            finding_tokens: Tokens::default(),
            member_tokens: Tokens::default(),
            view: View::default(),
            tokens_v2: Tokens::default(),
            exports: Exports::default(),
            quotas: Quotas::default(),
            faults: Faults::default(),
            hubs: Hubs::default(),
            members: Members::default(),
            enrollment: Enrollment::default(),
            update_failures: Vec::new(),
            log: CallLog::default(),
            after_page: None,
            pages: 0,
        }
    }

    /// Returns whether Security Hub is on for the administrator in a Region.
    pub(super) fn hub_is_on(&self, region: &str) -> bool {
        self.hubs.is_on(region, self.findings.knows_region(region) || self.members.knows_region(region))
    }

    /// Changes hubs and clears the cached results, because the visibility of Regions may have changed.
    pub(super) fn change_hubs(&mut self, change: impl FnOnce(&mut Hubs)) {
        change(&mut self.hubs);
        self.orders = SortedResults::default();
    }

    /// Returns the error code with which the update of this finding must fail, if any, and counts it down.
    pub(super) fn take_update_failure(&mut self, id: &str) -> Option<String> {
        let mut failures = self.update_failures.iter_mut();
        let failure = failures.find(|failure| failure.id == id && failure.times > 0)?;
        failure.times -= 1;
        Some(failure.code.clone())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (findings, calls) = (self.findings.len(), self.log.counters().calls);
        write!(f, "State {{ findings: {findings}, calls: {calls}, .. }}")
    }
}
