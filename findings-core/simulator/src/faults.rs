//! Faults: what goes wrong, and when.

use std::sync::Arc;
use std::time::Duration;

use super::operation::Operation;
use super::request::Call;

/// What goes wrong with a call.
///
/// The last five shape a page and act on GetFindings only; other operations then answer as usual.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// 500 `InternalException`.
    InternalError,
    /// 503 `ServiceUnavailableException`.
    Unavailable,
    /// 429, worded as the quota's own answer; with a `Retry-After` header of whole seconds if given.
    Throttle {
        /// The value of the header, rounded up.
        retry_after: Option<Duration>,
    },
    /// 403 `AccessDeniedException`.
    AccessDenied,
    /// 401 `InvalidAccessException`: Security Hub is off for the account in this Region.
    HubOff,
    /// Any other error of the service.
    Error {
        /// HTTP status.
        status: u16,
        /// Error code, sent in `x-amzn-ErrorType` and in the body.
        code: String,
        /// Text for people.
        message: String,
    },
    /// An HTML page, as unimplemented paths of emulators and captive proxies send it.
    Html {
        /// HTTP status: 200 and 404 are seen in the wild.
        status: u16,
    },
    /// The connection is reset (RST) after the request was read, without an answer.
    Reset,
    /// The connection is closed (FIN) after the request was read, without an answer: what a load balancer does that is
    /// being replaced.
    Close,
    /// The right answer, cut in the middle; then the connection is closed.
    Truncated {
        /// Cut a chunked body, rather than send less than `Content-Length` says.
        chunked: bool,
    },
    /// The request is read and never answered.
    Hang,
    /// Half of the right answer is sent, and then nothing more.
    Stall,
    /// The right answer, this much later than the usual latency.
    Delay(Duration),
    /// The first finding of the page cannot be decoded: valid JSON with wrong types.
    UndecodableFinding,
    /// The first finding of the page is replaced by this JSON text, which is not checked.
    ReplaceFinding(Arc<str>),
    /// No findings, but a token: the next call continues where this one would have begun.
    EmptyPage,
    /// The token of the request is given back as the next one. On a first page, which has none, the
    /// new token is one that repeats itself when it is used.
    RepeatedToken,
    /// `InvalidInputException` "Invalid NextToken: ...". Without effect on a first page.
    StaleToken,
}

/// Which calls a fault hits. Calls are counted for each rule from the moment it is added, and only
/// those that the rule is about (operation, Region) and that the quota let through.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// Every call.
    Always,
    /// The calls with these numbers, from 0.
    Calls(Vec<u64>),
    /// Every `n`th call: with 7 the calls 6, 13, 20 and so on. 0 never hits.
    Every(u64),
    /// The first `n` calls.
    First(u64),
    /// Calls that name the account, in the `AwsAccountId` filter or in `AccountIds`.
    Asks {
        /// The account.
        account: String,
        /// How often the fault hits at most; `None` is without end.
        times: Option<u64>,
    },
    /// Each call with this probability (0 to 1); the same seed gives the same sequence.
    Chance {
        /// From 0 (never) to 1 (always).
        probability: f64,
        /// Seed of the rule's own generator.
        seed: u64,
    },
}

impl When {
    /// The one call with this number, from 0.
    pub fn call(number: u64) -> Self {
        Self::Calls(vec![number])
    }

    /// Every call that names `account`.
    pub fn asks(account: impl Into<String>) -> Self {
        Self::Asks { account: account.into(), times: None }
    }

    /// The first `times` calls that name `account`.
    pub fn asks_first(account: impl Into<String>, times: u64) -> Self {
        Self::Asks { account: account.into(), times: Some(times) }
    }
}

/// A fault, when it happens, and to which operation.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    fault: Fault,
    when: When,
    operation: Option<Operation>,
    region: Option<String>,
}

impl FaultRule {
    /// A rule about GetFindings in every Region.
    pub fn new(fault: Fault, when: When) -> Self {
        Self { fault, when, operation: Some(Operation::GetFindings), region: None }
    }

    /// The rule is about `operation` instead of GetFindings.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// The rule is about every operation; their calls are counted together.
    pub fn on_every_operation(mut self) -> Self {
        self.operation = None;
        self
    }

    /// The rule is about this Region only.
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
    /// Counts the call and tells whether the fault hits it.
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

/// The rules in force.
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

    /// The fault of this call. Every rule counts the call; the first rule that hits decides.
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
