//! Classifies errors of SES: whether the mail was sent, and whether it may be sent again.

use std::error::Error as StdError;
use std::io;

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use findings_core::aws::sdk_error;
use findings_core::{Error, ErrorKind};

use crate::redact::Secrets;

/// The operation that error messages name.
pub(super) const SEND: &str = "send the mail through SES";

/// Converts the error of a failed `SendEmail`. The service knows `secrets`, and its text is shown without them.
pub(super) fn of_sending(error: SdkError<SendEmailError, HttpResponse>, to: &str, secrets: &Secrets) -> Error {
    match &error {
        // the SDK reports a successful response that it cannot parse as a service error
        SdkError::ServiceError(answer) if answer.raw().status().is_success() => {
            outcome_unknown(to, "the answer cannot be read")
        }
        SdkError::ServiceError(answer) => {
            let code = secrets.answer(answer.err().code().unwrap_or("no error code"));
            let text = secrets.answer(answer.err().message().unwrap_or("no message"));
            let status = answer.raw().status().as_u16();
            error_response(sdk_error(error, SEND).kind(), status, &code, &text, to)
        }
        // the request was sent, so SES may have sent the mail
        SdkError::TimeoutError(_) => outcome_unknown(to, "no answer in time"),
        SdkError::ResponseError(_) => outcome_unknown(to, "the answer cannot be read"),
        SdkError::DispatchFailure(_) => connection_error(error, to),
        _ => sdk_error(error, SEND).with_subject(to),
    }
}

/// Classifies an error response.
fn error_response(kind: ErrorKind, status: u16, code: &str, text: &str, to: &str) -> Error {
    let lower = text.to_ascii_lowercase();
    let (kind, advice) = match kind {
        _ if lower.contains("daily message quota") => {
            (ErrorKind::QuotaExhausted, "; the quota is refilled within a day")
        }
        ErrorKind::Throttled if code == "LimitExceededException" && !lower.contains("rate") => {
            (ErrorKind::QuotaExhausted, "; the account's limits are in the SES console")
        }
        // 503 means that SES did not process the request; with any other 5xx it may have accepted the message
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

/// Classifies a failed connection by whether it failed before or after the request was sent.
fn connection_error(error: SdkError<SendEmailError, HttpResponse>, to: &str) -> Error {
    let SdkError::DispatchFailure(dispatch) = &error else { return sdk_error(error, SEND).with_subject(to) };
    let causes = causes(&error);
    let never_connected = causes.iter().any(|cause| {
        cause.contains("error (Connect)") || cause.contains("connect timeout") || cause.contains("dns error")
    });
    if never_connected || is_connection_refused(&error) {
        let text = "SES cannot be reached; check the network and the endpoint; nothing was sent".to_owned();
        return failure(ErrorKind::Unavailable, to, text);
    }
    let was_sending = dispatch.is_io()
        || dispatch.is_timeout()
        || dispatch.as_other().is_some()
        || causes.iter().any(|cause| cause.contains("error (SendRequest)"));
    if was_sending {
        return outcome_unknown(to, "the connection broke before SES answered");
    }
    sdk_error(error, SEND).with_subject(to)
}

fn outcome_unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, format!("{what}; it is unknown whether the mail was sent"))
}

fn failure(kind: ErrorKind, to: &str, message: String) -> Error {
    Error::new(kind, SEND).with_subject(to).with_message(message)
}

/// Returns the texts of all causes. Only by its texts does the HTTP client distinguish connecting from sending; a test
/// over real connections detects if they change.
fn causes(error: &dyn StdError) -> Vec<String> {
    std::iter::successors(Some(error), |e| (*e).source()).map(ToString::to_string).collect()
}

fn is_connection_refused(error: &(dyn StdError + 'static)) -> bool {
    std::iter::successors(Some(error), |e| (*e).source())
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified_by_code_and_text() {
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
            let error = error_response(kind, status, code, text, "a@example.com");
            assert_eq!(error.kind(), want, "{error}");
            assert!(error.to_string().contains(code));
        }
    }
}
