//! The way of a call: quota and faults at its arrival, the answer when it is sent.

use std::time::Duration;

use tokio::time::Instant;

use super::api_error::ApiError;
use super::faults::Fault;
use super::handlers;
use super::operation::Operation;
use super::records::CallRecord;
use super::reply::{Answer, Reply};
use super::request::{Call, Rejected};
use super::state::State;

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
                Reply::Whole(handlers::in_words_of_sts(answer))
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
            Some(Fault::Stall) => return Reply::Stalled(handlers::serve(self, call, None)),
            Some(Fault::Truncated { chunked }) => {
                return Reply::Truncated { answer: handlers::serve(self, call, None), chunked };
            }
            other => return Reply::Whole(handlers::serve(self, call, other.as_ref())),
        };
        Reply::Whole(Answer::error(error))
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
