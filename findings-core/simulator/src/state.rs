//! Everything the simulator knows, and the way of a call through it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::api_error::ApiError;
use super::enrollment::{self, Enrollment};
use super::faults::{Fault, Faults};
use super::get_findings::{self, Orders, Position};
use super::hubs::{self, Hubs};
use super::members::{self, Members};
use super::operation::Operation;
use super::organization;
use super::padding::Padding;
use super::quota::Quotas;
use super::records::{CallLog, CallRecord};
use super::reply::{Answer, Reply};
use super::request::{Call, Rejected};
use super::roles;
use super::store::FindingStore;
use super::tokens::Tokens;
use super::updates::{self, UpdateFailure};

/// What does not change by calls.
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

    fn throttled(&self, retry_after: Option<Duration>) -> ApiError {
        let mut error = ApiError::new(429, &self.throttle_code, "Too Many Requests");
        error.retry_after = retry_after;
        error
    }
}

/// Called after each page with the page's number and the data.
pub(super) type PageHook = Box<dyn FnMut(u64, &mut FindingStore) + Send>;

pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) findings: FindingStore,
    pub(super) orders: Orders,
    pub(super) finding_tokens: Tokens<Position>,
    pub(super) member_tokens: Tokens<String>,
    pub(super) quotas: Quotas,
    pub(super) faults: Faults,
    pub(super) hubs: Hubs,
    pub(super) members: Members,
    pub(super) enrollment: Enrollment,
    pub(super) update_failures: Vec<UpdateFailure>,
    pub(super) log: CallLog,
    pub(super) after_page: Option<PageHook>,
    pages: u64,
}

/// What happens to a call, decided at its arrival.
#[derive(Debug)]
enum Verdict {
    Refuse(ApiError),
    Serve(Option<Fault>),
}

/// A call on its way.
#[derive(Debug)]
pub(super) struct Admission {
    number: usize,
    verdict: Verdict,
    /// How long the answer takes.
    pub(super) delay: Duration,
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
            orders: Orders::default(),
            finding_tokens: Tokens::default(),
            member_tokens: Tokens::default(),
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

    /// The quota and the faults are decided when the call arrives, as calls in flight at the same
    /// time compete in that order.
    pub(super) fn admit(&mut self, call: &Result<Call, Rejected>, at: Duration) -> Admission {
        let mut throttled = false;
        let verdict = match call {
            Err(rejected) => Verdict::Refuse(rejected.error.clone()),
            Ok(call) if !self.quotas.admit(&call.quota_scope(), call.operation, Instant::now()) => {
                throttled = true;
                Verdict::Refuse(self.settings.throttled(self.settings.retry_after))
            }
            Ok(call) => Verdict::Serve(self.faults.next(call)),
        };
        let (fault, extra) = match &verdict {
            Verdict::Serve(Some(fault @ Fault::Delay(extra))) => (Some(fault.clone()), *extra),
            Verdict::Serve(fault) => (fault.clone(), Duration::ZERO),
            Verdict::Refuse(_) => (None, Duration::ZERO),
        };
        let number = self.log.open(record(call, at, fault), throttled);
        Admission { number, verdict, delay: self.settings.latency + extra }
    }

    /// The reply, made when it is sent: a page shows the data of that moment.
    pub(super) fn finish(&mut self, call: &Result<Call, Rejected>, admission: Admission) -> Reply {
        let reply = match (admission.verdict, call) {
            (Verdict::Refuse(error), _) => Reply::Whole(Answer::error(error)),
            (Verdict::Serve(fault), Ok(call)) => self.reply(call, fault),
            (Verdict::Serve(_), Err(rejected)) => Reply::Whole(Answer::error(rejected.error.clone())),
        };
        let reply = match (reply, call) {
            (Reply::Whole(answer), Ok(Call { operation: Operation::AssumeRole, .. })) => {
                Reply::Whole(roles::in_words_of_sts(answer))
            }
            (reply, _) => reply,
        };
        self.log.close(admission.number, &reply);
        let is_page = reply.answer().is_some_and(|answer| answer.findings.is_some());
        if is_page {
            if let Some(hook) = &mut self.after_page {
                hook(self.pages, &mut self.findings);
            }
            self.pages += 1;
        }
        reply
    }

    fn reply(&mut self, call: &Call, fault: Option<Fault>) -> Reply {
        let administrator = &self.settings.administrator;
        let error = match fault {
            Some(Fault::InternalError) => ApiError::internal(),
            Some(Fault::Unavailable) => ApiError::unavailable(),
            Some(Fault::Throttle { retry_after }) => self.settings.throttled(retry_after),
            Some(Fault::AccessDenied) => ApiError::access_denied(administrator, call.operation.name()),
            Some(Fault::HubOff) => ApiError::hub_off(administrator),
            Some(Fault::Error { status, code, message }) => ApiError::new(status, &code, message),
            Some(Fault::Html { status }) => return Reply::Whole(Answer::html(status)),
            Some(Fault::Reset) => return Reply::Reset,
            Some(Fault::Close) => return Reply::Closed,
            Some(Fault::Hang) => return Reply::Hang,
            Some(Fault::Stall) => return Reply::Stalled(self.serve(call, None)),
            Some(Fault::Truncated { chunked }) => {
                return Reply::Truncated { answer: self.serve(call, None), chunked };
            }
            other => return Reply::Whole(self.serve(call, other.as_ref())),
        };
        Reply::Whole(Answer::error(error))
    }

    fn serve(&mut self, call: &Call, fault: Option<&Fault>) -> Answer {
        match (call.operation, &call.member) {
            (Operation::AssumeRole, _) => return roles::assume_role(self, call).into(),
            (Operation::ListAccounts, _) => return organization::list_accounts(self, call).into(),
            (Operation::EnableSecurityHub, _) => return hubs::enable_security_hub(self, call).into(),
            (_, Some(member)) => return self.serve_member(call, member).into(),
            (_, None) if !self.hubs.is_on(&call.region) => {
                return Answer::error(ApiError::hub_off(&self.settings.administrator));
            }
            (_, None) => {}
        }
        match call.operation {
            Operation::GetFindings => get_findings::get_findings(self, call, fault).into(),
            Operation::BatchUpdateFindings => updates::batch_update_findings(self, call).into(),
            Operation::ListMembers => members::list_members(self, call).into(),
            Operation::GetMembers => members::get_members(self, call).into(),
            Operation::DescribeHub => hubs::describe_hub(self, call).into(),
            Operation::ListFindingAggregators => hubs::list_finding_aggregators(self),
            Operation::GetFindingAggregator => hubs::get_finding_aggregator(self, call).into(),
            Operation::CreateFindingAggregator => hubs::create_finding_aggregator(self, call).into(),
            Operation::UpdateFindingAggregator => hubs::update_finding_aggregator(self, call).into(),
            Operation::DescribeOrganizationConfiguration => organization::describe_configuration(self).into(),
            Operation::CreateMembers => enrollment::create_members(self, call).into(),
            Operation::InviteMembers => enrollment::invite_members(self, call).into(),
            other => Answer::error(ApiError::only_members(other.name())),
        }
    }

    /// What a member account can ask here: enough to become one.
    fn serve_member(&mut self, call: &Call, member: &str) -> Result<Answer, ApiError> {
        if !self.hubs.is_on_in(member, &call.region) {
            return Err(ApiError::hub_off(member));
        }
        match call.operation {
            Operation::DescribeHub => hubs::describe_hub(self, call),
            Operation::ListInvitations => enrollment::list_invitations(self, call, member),
            Operation::AcceptAdministratorInvitation => enrollment::accept_invitation(self, call, member),
            other => Err(ApiError::not_administrator(member, other.name())),
        }
    }

    /// Regions may have become visible or invisible: results in order no longer hold.
    pub(super) fn change_hubs(&mut self, change: impl FnOnce(&mut Hubs)) {
        change(&mut self.hubs);
        self.orders = Orders::default();
    }

    /// The error code that the update of this finding is to fail with, if any; uses it up.
    pub(super) fn take_update_failure(&mut self, id: &str) -> Option<String> {
        let mut failures = self.update_failures.iter_mut();
        let failure = failures.find(|failure| failure.id == id && failure.times > 0)?;
        failure.times -= 1;
        Some(failure.code.clone())
    }
}

fn record(call: &Result<Call, Rejected>, at: Duration, fault: Option<Fault>) -> CallRecord {
    let (operation, region) = match call {
        Ok(call) => (&call.label, &call.region),
        Err(rejected) => (&rejected.label, &rejected.region),
    };
    let call = call.as_ref().ok();
    CallRecord {
        operation: operation.clone(),
        region: region.clone(),
        member: call.and_then(|call| call.member.clone()),
        at,
        accounts: call.map(Call::accounts).unwrap_or_default(),
        token: call.and_then(Call::next_token).map(str::to_owned),
        max_results: call.and_then(Call::max_results),
        body: call.map(|call| call.body.clone()).unwrap_or_default(),
        fault,
        status: None,
        error: None,
        findings: 0,
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (findings, calls) = (self.findings.len(), self.log.counters().calls);
        write!(f, "State {{ findings: {findings}, calls: {calls}, .. }}")
    }
}
