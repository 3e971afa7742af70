//! Faults and the rules that select the calls they affect.

use std::sync::Arc;
use std::time::Duration;

use super::operation::Operation;
use super::request::Call;

/// A fault of a call.
///
/// The last six change a page and affect only operations that return findings; other operations answer as usual.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// 500 `InternalException`.
    InternalError,
    /// 503 `ServiceUnavailableException`.
    Unavailable,
    /// 429 with the text of the quota's refusal, and a `Retry-After` header in whole seconds if given.
    Throttle {
        /// The value of the header, rounded up.
        retry_after: Option<Duration>,
    },
    /// 403 `AccessDeniedException`.
    AccessDenied,
    /// 401 `InvalidAccessException`: Security Hub is off for the account in this Region.
    HubOff,
    /// 403 `UnrecognizedClientException`: the account has not enabled this opt-in Region, which therefore does not know
    /// its credentials.
    RegionNotEnabled,
    /// Any other error of the service.
    Error {
        /// HTTP status.
        status: u16,
        /// Error code, sent in `x-amzn-ErrorType` and in the body.
        code: String,
        /// Error message.
        message: String,
    },
    /// An HTML page, as emulators send for unimplemented paths and captive portals for any path.
    Html {
        /// HTTP status; 200 and 404 occur in practice.
        status: u16,
    },
    /// The connection is reset (RST) after the request was read, without a response.
    Reset,
    /// The connection is closed (FIN) after the request was read, without a response, as by a load balancer that is
    /// being replaced.
    Close,
    /// The correct response is cut in the middle, and the connection is closed.
    Truncated {
        /// Whether to cut a chunked body instead of one with `Content-Length`.
        chunked: bool,
    },
    /// The request is read and never answered.
    Hang,
    /// Half of the correct response is sent, and then nothing more.
    Stall,
    /// The correct response is sent, delayed by this time in addition to the latency.
    Delay(Duration),
    /// The first finding of the page cannot be decoded: valid JSON with wrong types.
    UndecodableFinding,
    /// The first finding of the page is replaced by this JSON text, which is not checked.
    ReplaceFinding(Arc<str>),
    /// The page of GetFindingsV2 lacks its first finding, and nothing in the answer says so.
    LostFinding,
    /// The page has no findings but a token, with which the next call continues at the same place.
    EmptyPage,
    /// The token of the request is returned as the next token. A first page, whose request has no token, returns a
    /// token that repeats itself when it is used.
    RepeatedToken,
    /// `InvalidInputException` "Invalid NextToken: ...". It does not affect a first page.
    StaleToken,
}

/// The calls that a fault affects. Each rule counts calls from the time at which it is added. It counts only calls of
/// its operation and Region that the quota admitted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// Every call.
    Always,
    /// The calls with these numbers, from 0.
    Calls(Vec<u64>),
    /// Every `n`th call: with 7 the calls 6, 13, 20 and so on; with 0 none.
    Every(u64),
    /// The first `n` calls.
    First(u64),
    /// Calls that name the account, in the `AwsAccountId` filter or in `AccountIds`.
    Asks {
        /// The account.
        account: String,
        /// Maximum number of affected calls; `None` for no limit.
        times: Option<u64>,
    },
    /// Each call with this probability; the same seed gives the same sequence.
    Chance {
        /// Probability from 0 (never) to 1 (always).
        probability: f64,
        /// Seed of the rule's random number generator.
        seed: u64,
    },
}

impl When {
    /// Selects the one call with this number, counted from 0.
    pub fn call(number: u64) -> Self {
        Self::Calls(vec![number])
    }

    /// Selects every call that names `account`.
    pub fn asks(account: impl Into<String>) -> Self {
        Self::Asks { account: account.into(), times: None }
    }

    /// Selects the first `times` calls that name `account`.
    pub fn asks_first(account: impl Into<String>, times: u64) -> Self {
        Self::Asks { account: account.into(), times: Some(times) }
    }
}

/// A fault with the calls and the operation that it affects.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    fault: Fault,
    when: When,
    operation: Option<Operation>,
    region: Option<String>,
}

impl FaultRule {
    /// Creates a rule for GetFindings in every Region.
    pub fn new(fault: Fault, when: When) -> Self {
        Self { fault, when, operation: Some(Operation::GetFindings), region: None }
    }

    /// Applies the rule to `operation` instead of GetFindings.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Applies the rule to every operation; their calls are counted together.
    pub fn on_every_operation(mut self) -> Self {
        self.operation = None;
        self
    }

    /// Applies the rule to this Region only.
    pub fn in_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    fn is_about(&self, call: &Call) -> bool {
        self.operation.is_none_or(|operation| operation == call.operation)
            && self.region.as_ref().is_none_or(|region| *region == call.region)
    }
}

#[derive(Debug)]
struct ActiveRule {
    rule: FaultRule,
    calls: u64,
    hits: u64,
    random: fastrand::Rng,
}

impl ActiveRule {
    /// Counts the call and returns whether the fault affects it.
    fn hits(&mut self, call: &Call) -> bool {
        let number = self.calls;
        self.calls += 1;
        let hit = match &self.rule.when {
            When::Always => true,
            When::Calls(numbers) => numbers.contains(&number),
            When::Every(n) => *n > 0 && (number + 1).is_multiple_of(*n),
            When::First(n) => number < *n,
            When::Asks { account, times } => {
                times.is_none_or(|times| self.hits < times) && call.accounts().contains(account)
            }
            When::Chance { probability, .. } => self.random.f64() < *probability,
        };
        self.hits += u64::from(hit);
        hit
    }
}

/// The active rules.
#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<ActiveRule>,
}

impl Faults {
    pub(super) fn add(&mut self, rule: FaultRule) {
        let seed = match rule.when {
            When::Chance { seed, .. } => seed,
            _ => 0,
        };
        let random = fastrand::Rng::with_seed(seed);
        self.rules.push(ActiveRule { rule, calls: 0, hits: 0, random });
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Returns the fault of this call. Every rule counts the call; the first rule that matches decides.
    pub(super) fn next(&mut self, call: &Call) -> Option<Fault> {
        let mut decided = None;
        for active in self.rules.iter_mut().filter(|active| active.rule.is_about(call)) {
            if active.hits(call) && decided.is_none() {
                decided = Some(active.rule.fault.clone());
            }
        }
        decided
    }
}
