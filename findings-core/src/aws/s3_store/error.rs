//! Calls of S3: one attempt of a call, and its errors, with advice.

use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, Region};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::error::sdk_error;
use crate::{Error, ErrorKind, Setting};

/// How long an attempt may take that sends no body.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// The slowest connection on which an object is sent in one attempt, in bytes per second.
const SLOWEST: u64 = 128 << 10;

/// Returns the configuration of one attempt that sends `bytes`: without the retries of the SDK, because [`Patience`]
/// repeats calls, and with a time limit, because the SDK has none.
///
/// [`Patience`]: crate::patience::Patience
pub(in crate::aws) fn single_attempt(bytes: usize) -> Builder {
    let limit = ATTEMPT_LIMIT + Duration::from_secs(bytes as u64 / SLOWEST);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(limit).build();
    Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// The description of an S3 call for its error messages.
#[derive(Debug)]
pub(in crate::aws) struct S3Call {
    /// The purpose of the call, for example "store the report".
    pub(in crate::aws) operation: &'static str,
    /// The API operation, for example "S3 PutObject".
    pub(in crate::aws) name: &'static str,
    /// `s3://bucket/key`.
    pub(in crate::aws) location: String,
    /// The setting that names the bucket or object.
    pub(in crate::aws) setting: Setting,
    /// The message if the bucket or object does not exist.
    pub(in crate::aws) missing: &'static str,
    /// The message if the call is forbidden.
    pub(in crate::aws) denied: &'static str,
}

impl S3Call {
    /// Converts an SDK error. The advice becomes the message, and the S3 error the source. `region` is the client's.
    pub(in crate::aws) fn failure<E>(&self, error: SdkError<E, HttpResponse>, region: Option<&Region>) -> Error
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let elsewhere = bucket_region(&error).filter(|found| region.is_none_or(|ours| ours.as_ref() != found));
        let cause = sdk_error(error, self.name);
        let (kind, advice) = match (cause.kind(), elsewhere) {
            (_, Some(found)) => {
                (ErrorKind::InvalidInput, format!("the bucket is in Region {found}; set AWS_REGION to it"))
            }
            (ErrorKind::NotFound, _) => (ErrorKind::NotFound, self.missing.to_owned()),
            (ErrorKind::PermissionDenied, _) => (ErrorKind::PermissionDenied, self.denied.to_owned()),
            (ErrorKind::Unauthenticated, _) => {
                let advice =
                    "there are no credentials, or they are expired or wrong; check the task role or AWS_PROFILE";
                (ErrorKind::Unauthenticated, advice.to_owned())
            }
            (kind, None) => {
                return self.error(kind, &cause).with_source(cause);
            }
        };
        self.error(kind, &cause).with_message(advice).with_source(cause)
    }

    fn error(&self, kind: ErrorKind, cause: &Error) -> Error {
        let error = Error::new(kind, self.operation).with_subject(&self.location).with_setting(self.setting);
        match cause.retry_after() {
            Some(pause) => error.with_retry_after(pause),
            None => error,
        }
    }
}

/// Returns the Region of the bucket, if S3 refused the call because the client uses another Region.
///
/// S3 answers with status 301 or 307, or 400 for newer Regions. The header is read because HEAD responses have no body.
fn bucket_region<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let answer = error.raw_response().filter(|answer| matches!(answer.status().as_u16(), 301 | 307 | 400))?;
    answer.headers().get("x-amz-bucket-region").map(str::to_owned)
}
