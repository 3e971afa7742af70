//! What an error of SES means: may the mail be offered again, and was it sent?

use std::error::Error as StdError;
use std::io;

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use findings_core::aws::sdk_error;
use findings_core::{Error, ErrorKind};

use crate::redact;

/// What fails.
pub(super) const SEND: &str = "send the mail through SES";

/// The error of a failed `SendEmail`.
pub(super) fn of_sending(error: SdkError<SendEmailError, HttpResponse>, to: &str) -> Error {
    match &error {
        // the SDK calls any answer that it cannot read a refusal, even a good one
        SdkError::ServiceError(answer) if answer.raw().status().is_success() => {
            unknown(to, "the answer cannot be read")
        }
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or("no error code").to_owned();
            let text = redact::answer(answer.err().message().unwrap_or("no message"));
            let status = answer.raw().status().as_u16();
            refused(sdk_error(error, SEND).kind(), status, &code, &text, to)
        }
        // the request went out: what became of it, only SES knows
        SdkError::TimeoutError(_) => unknown(to, "no answer in time"),
        SdkError::ResponseError(_) => unknown(to, "the answer cannot be read"),
        SdkError::DispatchFailure(_) => lost(error, to),
        _ => sdk_error(error, SEND).with_subject(to),
    }
}

/// SES answered, and the answer is no.
fn refused(kind: ErrorKind, status: u16, code: &str, text: &str, to: &str) -> Error {
    let lower = text.to_ascii_lowercase();
    let (kind, advice) = match kind {
        _ if lower.contains("daily message quota") => {
            (ErrorKind::QuotaExhausted, "; the quota is refilled within a day")
        }
        ErrorKind::Throttled if code == "LimitExceededException" && !lower.contains("rate") => {
            (ErrorKind::QuotaExhausted, "; the account's limits are in the SES console")
        }
        // 503 is turned away at the door; behind any other 5xx the message may have been taken
        ErrorKind::Unavailable if status != 503 => {
            (ErrorKind::OutcomeUnknown, "; it is unknown whether the mail was sent")
        }
        ErrorKind::NotFound => (kind, "; check the configuration set"),
        ErrorKind::InvalidInput if lower.contains("not verified") => {
            (kind, "; verify the sender, and in the sandbox of SES each recipient, too")
        }
        _ => (kind, ""),
    };
    failure(kind, to, format!("{code} (HTTP {status}): {text}{advice}"))
}

/// The connection failed: before the request went out, or after?
fn lost(error: SdkError<SendEmailError, HttpResponse>, to: &str) -> Error {
    let SdkError::DispatchFailure(dispatch) = &error else { return sdk_error(error, SEND).with_subject(to) };
    let causes = causes(&error);
    let never_connected = causes.iter().any(|cause| {
        cause.contains("error (Connect)") || cause.contains("connect timeout") || cause.contains("dns error")
    });
    if never_connected || is_refused(&error) {
        let text = "SES cannot be reached; check the network and the endpoint; nothing was sent".to_owned();
        return failure(ErrorKind::Unavailable, to, text);
    }
    let on_the_way = dispatch.is_io()
        || dispatch.is_timeout()
        || dispatch.as_other().is_some()
        || causes.iter().any(|cause| cause.contains("error (SendRequest)"));
    if on_the_way {
        return unknown(to, "the connection broke before SES answered");
    }
    sdk_error(error, SEND).with_subject(to)
}

fn unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, format!("{what}; it is unknown whether the mail was sent"))
}

fn failure(kind: ErrorKind, to: &str, message: String) -> Error {
    Error::new(kind, SEND).with_subject(to).with_message(message)
}

/// The HTTP client tells connecting from sending by words alone; a test over real connections keeps watch over them.
fn causes(error: &dyn StdError) -> Vec<String> {
    std::iter::successors(Some(error), |e| (*e).source()).map(ToString::to_string).collect()
}

fn is_refused(error: &(dyn StdError + 'static)) -> bool {
    std::iter::successors(Some(error), |e| (*e).source())
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        use ErrorKind as Kind;
        for (kind, status, code, text, want) in [
            (Kind::Throttled, 429, "TooManyRequestsException", "Maximum sending rate exceeded.", Kind::Throttled),
            (Kind::Throttled, 400, "ThrottlingException", "Daily message quota exceeded.", Kind::QuotaExhausted),
            (Kind::Throttled, 400, "LimitExceededException", "Limit exceeded", Kind::QuotaExhausted),
            (Kind::Throttled, 400, "LimitExceededException", "Maximum sending rate exceeded.", Kind::Throttled),
            (Kind::Unavailable, 503, "ServiceUnavailable", "", Kind::Unavailable),
            (Kind::Unavailable, 500, "InternalFailure", "", Kind::OutcomeUnknown),
            (Kind::PermissionDenied, 400, "AccountSuspendedException", "", Kind::PermissionDenied),
            (Kind::InvalidInput, 400, "MessageRejected", "Email address is not verified", Kind::InvalidInput),
        ] {
            let error = refused(kind, status, code, text, "a@example.com");
            assert_eq!(error.kind(), want, "{error}");
            assert!(error.to_string().contains(code));
        }
    }
}
