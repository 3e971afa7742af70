//! Classifies errors of SES: whether the mail was sent, and whether it may be sent again.

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use findings_core::aws::sdk_error;
use findings_core::{Error, ErrorKind};

use crate::fate::Fate;
use crate::redact::Secrets;

/// The operation that error messages name.
pub(super) const SEND: &str = "send the mail through SES";

/// Converts the error of a failed `SendEmail`. The service knows `secrets`, and its text is shown without them.
pub(super) fn of_sending(error: SdkError<SendEmailError, HttpResponse>, to: &str, secrets: &Secrets) -> Error {
    match Fate::of(&error) {
        Fate::Answered(answer) => {
            let code = secrets.answer(answer.err().code().unwrap_or("no error code"));
            let text = secrets.answer(answer.err().message().unwrap_or("no message"));
            let status = answer.raw().status().as_u16();
            error_response(sdk_error(error, SEND).kind(), status, &code, &text, to)
        }
        Fate::Unknown(what) => outcome_unknown(to, what),
        Fate::NeverSent => {
            let text = "SES cannot be reached; check the network and the endpoint; nothing was sent".to_owned();
            failure(ErrorKind::Unavailable, to, text)
        }
        Fate::NotTried => sdk_error(error, SEND).with_subject(to),
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

fn outcome_unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, format!("{what}; it is unknown whether the mail was sent"))
}

fn failure(kind: ErrorKind, to: &str, message: String) -> Error {
    Error::new(kind, SEND).with_subject(to).with_message(message)
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
