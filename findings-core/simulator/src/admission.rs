//! Processing of a call: quota and faults when it arrives, the response when it is sent.

use std::time::Duration;

use tokio::time::Instant;

use super::api_error::ApiError;
use super::faults::Fault;
use super::handlers;
use super::operation::Operation;
use super::records::CallRecord;
use super::reply::{HttpResponse, Reply};
use super::request::{Call, Rejected};
use super::state::State;

/// The decision about a call, made when it arrives.
#[derive(Debug)]
enum Decision {
    Refuse(ApiError),
    Serve(Option<Fault>),
}

/// A call that has arrived and is not answered yet.
#[derive(Debug)]
pub(super) struct AdmittedCall {
    number: usize,
    verdict: Decision,
    /// Time until the response is sent.
    pub(super) delay: Duration,
}

impl State {
    /// Decides quota and faults when the call arrives, because concurrent calls use up the quota in the order of
    /// arrival.
    pub(super) fn admit(&mut self, call: &Result<Call, Rejected>, at: Duration) -> AdmittedCall {
        let mut throttled = false;
        let verdict = match call {
            Err(rejected) => Decision::Refuse(rejected.error.clone()),
            Ok(call) if !self.quotas.admit(&call.quota_scope(), call.operation, Instant::now()) => {
                throttled = true;
                Decision::Refuse(self.settings.throttled(self.settings.retry_after))
            }
            Ok(call) => Decision::Serve(self.faults.next(call)),
        };
        let (fault, extra) = match &verdict {
            Decision::Serve(Some(fault @ Fault::Delay(extra))) => (Some(fault.clone()), *extra),
            Decision::Serve(fault) => (fault.clone(), Duration::ZERO),
            Decision::Refuse(_) => (None, Duration::ZERO),
        };
        let number = self.log.open(record(call, at, fault), throttled);
        AdmittedCall { number, verdict, delay: self.settings.latency + extra }
    }

    /// Creates the reply when it is sent, so that a page contains the data of that time.
    pub(super) fn finish(&mut self, call: &Result<Call, Rejected>, admission: AdmittedCall) -> Reply {
        let reply = match (admission.verdict, call) {
            (Decision::Refuse(error), _) => Reply::Whole(HttpResponse::error(error)),
            (Decision::Serve(fault), Ok(call)) => self.reply(call, fault),
            (Decision::Serve(_), Err(rejected)) => Reply::Whole(HttpResponse::error(rejected.error.clone())),
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
            Some(Fault::RegionNotEnabled) => ApiError::region_not_enabled(),
            Some(Fault::HubOff) => ApiError::hub_off(administrator),
            Some(Fault::Error { status, code, message }) => ApiError::new(status, &code, message),
            Some(Fault::Html { status }) => return Reply::Whole(HttpResponse::html(status)),
            Some(Fault::Reset) => return Reply::Reset,
            Some(Fault::Close) => return Reply::Closed,
            Some(Fault::Hang) => return Reply::Hang,
            Some(Fault::Stall) => return Reply::Stalled(handlers::serve(self, call, None)),
            Some(Fault::Truncated { chunked }) => {
                return Reply::Truncated { answer: handlers::serve(self, call, None), chunked };
            }
            other => return Reply::Whole(handlers::serve(self, call, other.as_ref())),
        };
        Reply::Whole(HttpResponse::error(error))
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
