//! What became of a request to a service of AWS that failed: whether the service may have carried it out.

use std::error::Error as StdError;
use std::io;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{SdkError, ServiceError};

/// What became of a request that failed.
pub(crate) enum Fate<'a, E> {
    /// The service answered with an error.
    Answered(&'a ServiceError<E, HttpResponse>),
    /// It was sent, or a part of it, so it may have been carried out; says what happened.
    Unknown(&'static str),
    /// The service was not reached.
    NeverSent,
    /// It was not made at all, for example because there are no credentials.
    NotTried,
}

impl<'a, E: StdError + 'static> Fate<'a, E> {
    pub(crate) fn of(error: &'a SdkError<E, HttpResponse>) -> Self {
        match error {
            // the SDK reports a successful response that it cannot parse as a service error
            SdkError::ServiceError(answer) if answer.raw().status().is_success() => {
                Self::Unknown("the answer cannot be read")
            }
            SdkError::ServiceError(answer) => Self::Answered(answer),
            SdkError::TimeoutError(_) => Self::Unknown("no answer in time"),
            SdkError::ResponseError(_) => Self::Unknown("the answer cannot be read"),
            SdkError::DispatchFailure(_) => Self::of_connection(error),
            _ => Self::NotTried,
        }
    }

    /// Tells a connection that failed before the request was sent from one that failed afterwards.
    fn of_connection(error: &SdkError<E, HttpResponse>) -> Self {
        let SdkError::DispatchFailure(dispatch) = error else { return Self::NotTried };
        let causes = causes(error);
        let never_connected = causes.iter().any(|cause| {
            cause.contains("error (Connect)") || cause.contains("connect timeout") || cause.contains("dns error")
        });
        if never_connected || is_connection_refused(error) {
            return Self::NeverSent;
        }
        let was_sending = dispatch.is_io()
            || dispatch.is_timeout()
            || dispatch.as_other().is_some()
            || causes.iter().any(|cause| cause.contains("error (SendRequest)"));
        if was_sending { Self::Unknown("the connection broke before there was an answer") } else { Self::NotTried }
    }
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
