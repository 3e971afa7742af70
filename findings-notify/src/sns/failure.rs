//! Classifies errors of SNS: whether the message was published, and whether it may be published again.

use aws_sdk_sns::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use findings_core::aws::sdk_error;
use findings_core::{Error, ErrorKind};

use crate::fate::Fate;
use crate::redact::Secrets;

/// The operation that error messages name.
pub(super) const PUBLISH: &str = "publish the message to the topic";

/// Converts the error of a request that could not be built.
pub(super) fn of_building(arn: &str, error: BuildError) -> Error {
    Error::new(ErrorKind::InvalidInput, PUBLISH).with_subject(arn).with_source(error)
}

/// Converts the error of a failed `Publish`.
pub(super) fn of_publishing(error: SdkError<PublishError, HttpResponse>, arn: &str) -> Error {
    match Fate::of(&error) {
        Fate::Answered(answer) => {
            let secrets = Secrets::default();
            let code = secrets.answer(answer.err().code().unwrap_or("no error code"));
            let text = secrets.answer(answer.err().message().unwrap_or("no message"));
            let status = answer.raw().status().as_u16();
            error_response(sdk_error(error, PUBLISH).kind(), status, &code, &text, arn)
        }
        Fate::Unknown(what) => {
            failure(ErrorKind::OutcomeUnknown, arn, format!("{what}; it is unknown whether it was published"))
        }
        Fate::NeverSent => {
            let text = "SNS cannot be reached; check the network and the endpoint; nothing was published".to_owned();
            failure(ErrorKind::Unavailable, arn, text)
        }
        Fate::NotTried => sdk_error(error, PUBLISH).with_subject(arn),
    }
}

/// Classifies an error response.
fn error_response(kind: ErrorKind, status: u16, code: &str, text: &str, arn: &str) -> Error {
    let (kind, advice) = match kind {
        _ if code.starts_with("KMS") => (
            if code.starts_with("KMSThrottling") { ErrorKind::Throttled } else { ErrorKind::PermissionDenied },
            "; the topic is encrypted: allow kms:GenerateDataKey and kms:Decrypt on its key",
        ),
        _ if code == "Throttled" || code == "Throttling" => (ErrorKind::Throttled, ""),
        _ if code == "EndpointDisabled" => (ErrorKind::InvalidInput, ""),
        // 503 means that SNS did not process the request; with any other 5xx it may have published the message
        _ if status >= 500 && status != 503 => (ErrorKind::OutcomeUnknown, "; it is unknown whether it was published"),
        _ if code == "AuthorizationError" => (
            ErrorKind::PermissionDenied,
            "; allow sns:Publish on the topic, for the role and in the policy of the topic",
        ),
        ErrorKind::PermissionDenied => {
            (kind, "; allow sns:Publish on the topic, for the role and in the policy of the topic")
        }
        _ if code == "NotFound" => {
            (ErrorKind::NotFound, "; check the ARN in the registry: its Region, account and name")
        }
        _ => (kind, ""),
    };
    failure(kind, arn, format!("{code} (HTTP {status}): {text}{advice}"))
}

fn failure(kind: ErrorKind, arn: &str, message: String) -> Error {
    Error::new(kind, PUBLISH).with_subject(arn).with_message(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_classified_by_code_and_status() {
        use ErrorKind as Kind;
        for (kind, status, code, want) in [
            (Kind::Throttled, 400, "Throttled", Kind::Throttled),
            (Kind::Other, 400, "Throttled", Kind::Throttled),
            (Kind::Other, 403, "AuthorizationError", Kind::PermissionDenied),
            (Kind::PermissionDenied, 403, "AccessDenied", Kind::PermissionDenied),
            (Kind::Other, 404, "NotFound", Kind::NotFound),
            (Kind::InvalidInput, 400, "InvalidParameter", Kind::InvalidInput),
            (Kind::Other, 400, "KMSAccessDenied", Kind::PermissionDenied),
            (Kind::Other, 400, "KMSThrottling", Kind::Throttled),
            (Kind::Unavailable, 503, "ServiceUnavailable", Kind::Unavailable),
            (Kind::Unavailable, 500, "InternalError", Kind::OutcomeUnknown),
        ] {
            let error = error_response(kind, status, code, "why", "arn:aws:sns:x:1:t");
            assert_eq!(error.kind(), want, "{error}");
            assert!(error.to_string().contains(code));
        }
    }
}
