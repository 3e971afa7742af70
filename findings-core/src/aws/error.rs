//! Maps the error codes of all AWS services to [`ErrorKind`] with one table.

use std::error::Error as StdError;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{Error, ErrorKind};

/// Error codes as the services send them. A listed code takes precedence over the HTTP status.
const CODES: &[(&str, ErrorKind)] = &[
    ("AccessDenied", ErrorKind::PermissionDenied),
    ("AccessDeniedException", ErrorKind::PermissionDenied),
    ("AccountSuspendedException", ErrorKind::PermissionDenied),
    ("BadRequestException", ErrorKind::InvalidInput),
    ("ConditionalCheckFailedException", ErrorKind::Conflict),
    ("ExpiredToken", ErrorKind::Unauthenticated),
    ("ExpiredTokenException", ErrorKind::Unauthenticated),
    ("IncompleteSignature", ErrorKind::Unauthenticated),
    ("InternalException", ErrorKind::Unavailable),
    ("InternalServerError", ErrorKind::Unavailable),
    ("InternalServerException", ErrorKind::Unavailable),
    // sent with HTTP 401, but it says that Security Hub is off and not that the credentials are wrong
    ("InvalidAccessException", ErrorKind::NotEnabled),
    ("InvalidAccessKeyId", ErrorKind::Unauthenticated),
    ("InvalidClientTokenId", ErrorKind::Unauthenticated),
    ("InvalidInputException", ErrorKind::InvalidInput),
    ("InvalidSignatureException", ErrorKind::Unauthenticated),
    ("LimitExceededException", ErrorKind::Throttled),
    ("MailFromDomainNotVerifiedException", ErrorKind::PermissionDenied),
    ("MessageRejected", ErrorKind::InvalidInput),
    ("MissingAuthenticationToken", ErrorKind::Unauthenticated),
    ("MissingAuthenticationTokenException", ErrorKind::Unauthenticated),
    ("NoSuchBucket", ErrorKind::NotFound),
    ("NoSuchKey", ErrorKind::NotFound),
    ("NotFound", ErrorKind::NotFound),
    ("NotFoundException", ErrorKind::NotFound),
    ("PreconditionFailed", ErrorKind::Conflict),
    ("ProvisionedThroughputExceededException", ErrorKind::Throttled),
    ("RequestLimitExceeded", ErrorKind::Throttled),
    // sent with HTTP 400 if the body of a request came too slowly
    ("RequestTimeout", ErrorKind::Timeout),
    ("RequestTimeoutException", ErrorKind::Timeout),
    ("ResourceInUseException", ErrorKind::Conflict),
    ("ResourceNotFoundException", ErrorKind::NotFound),
    ("SendingPausedException", ErrorKind::PermissionDenied),
    // sent with HTTP 402: what is to be made is there already as often as it may be
    ("ServiceQuotaExceededException", ErrorKind::Conflict),
    ("ServiceUnavailable", ErrorKind::Unavailable),
    ("SignatureDoesNotMatch", ErrorKind::Unauthenticated),
    ("SlowDown", ErrorKind::Throttled),
    ("Throttling", ErrorKind::Throttled),
    ("ThrottlingException", ErrorKind::Throttled),
    ("TooManyRequestsException", ErrorKind::Throttled),
    ("UnrecognizedClientException", ErrorKind::Unauthenticated),
    ("ValidationException", ErrorKind::InvalidInput),
];

/// Returns the kind of a listed error code, otherwise the kind of the HTTP status.
fn kind_of(code: Option<&str>, status: Option<u16>) -> ErrorKind {
    let by_code = code.and_then(|code| CODES.iter().find(|(name, _)| *name == code));
    match (by_code, status) {
        (Some((_, kind)), _) => *kind,
        (None, Some(401)) => ErrorKind::Unauthenticated,
        (None, Some(403)) => ErrorKind::PermissionDenied,
        (None, Some(404)) => ErrorKind::NotFound,
        (None, Some(408)) => ErrorKind::Timeout,
        (None, Some(409 | 412)) => ErrorKind::Conflict,
        (None, Some(429)) => ErrorKind::Throttled,
        (None, Some(400..=499)) => ErrorKind::InvalidInput,
        (None, Some(500..=599)) => ErrorKind::Unavailable,
        _ => ErrorKind::Other,
    }
}

/// Converts the error of any SDK call.
///
/// The message contains the error code and message of the service. The SDK's error becomes the source only if there was
/// no readable response, because only then does it say more.
#[doc(hidden)]
pub fn sdk_error<E>(error: SdkError<E, HttpResponse>, operation: &'static str) -> Error
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let code = answer.err().code();
            let message = answer.err().message().unwrap_or("no message");
            let text = format!("{} (HTTP {status}): {}", code.unwrap_or("no error code"), clip(message));
            // the SDK reports a successful response that it cannot parse as a service error
            let kind = if status < 300 { ErrorKind::Malformed } else { kind_of(code, Some(status)) };
            let failure = Error::new(kind, operation).with_message(text);
            with_retry_after_header(failure, answer.raw())
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            // an unreadable response with status 200 was cut off, or came from a proxy instead of the service
            let kind = if status < 300 { ErrorKind::Malformed } else { kind_of(None, Some(status)) };
            let failure = Error::new(kind, operation).with_message(format!("unreadable answer (HTTP {status})"));
            with_retry_after_header(failure, answer.raw()).with_source(error)
        }
        SdkError::TimeoutError(_) => Error::new(ErrorKind::Timeout, operation).with_message("no answer in time"),
        SdkError::DispatchFailure(failure) => {
            let (kind, text) = if failure.is_timeout() {
                (ErrorKind::Timeout, "no answer in time")
            } else if failure.is_io() || failure.as_other().is_some() {
                // the SDK reports a connection that was closed before the response as "other" and regards it as
                // transient
                (ErrorKind::Unavailable, "the connection failed; check the network and the endpoint")
            } else {
                (
                    ErrorKind::Unauthenticated,
                    "the request could not be sent; check the credentials, the Region and the endpoint",
                )
            };
            Error::new(kind, operation).with_message(text).with_source(error)
        }
        _ => Error::new(ErrorKind::InvalidInput, operation)
            .with_message("the request could not be built")
            .with_source(error),
    }
}

/// Shortens a message to 500 characters, because gateways respond with whole HTML pages.
fn clip(message: &str) -> String {
    message.chars().filter(|c| !c.is_control()).take(500).collect()
}

/// Adds the pause of the `Retry-After` header, if there is one. Only seconds are read: AWS does not send dates.
fn with_retry_after_header(failure: Error, response: &HttpResponse) -> Error {
    match response.headers().get("retry-after").and_then(|seconds| seconds.trim().parse().ok()) {
        Some(seconds) => failure.with_retry_after(Duration::from_secs(seconds)),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_code_takes_precedence_over_status() {
        for (code, status, kind) in [
            (Some("LimitExceededException"), 429, ErrorKind::Throttled),
            (Some("InvalidAccessException"), 401, ErrorKind::NotEnabled),
            (Some("UnknownNewCode"), 503, ErrorKind::Unavailable),
            (None, 429, ErrorKind::Throttled),
            (None, 403, ErrorKind::PermissionDenied),
            (Some("InvalidInputException"), 400, ErrorKind::InvalidInput),
        ] {
            assert_eq!(kind_of(code, Some(status)), kind, "{code:?} {status}");
        }
    }

    #[test]
    fn error_codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
