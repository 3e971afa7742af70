//! What S3 answered, and what to do about it.

use std::error::Error as StdError;

use aws_sdk_s3::config::Region;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::error::sdk_error;
use crate::{Error, ErrorKind, Setting};

/// A call, as far as its failure has to tell of it.
#[derive(Debug)]
pub(in crate::aws) struct Call {
    /// What it was for, as "store the report".
    pub(in crate::aws) operation: &'static str,
    /// The call itself, as "S3 PutObject".
    pub(in crate::aws) name: &'static str,
    /// `s3://bucket/key`.
    pub(in crate::aws) location: String,
    /// What named the place.
    pub(in crate::aws) setting: Setting,
    /// What to do if it is not there.
    pub(in crate::aws) missing: &'static str,
    /// What to do if it is forbidden.
    pub(in crate::aws) denied: &'static str,
}

impl Call {
    /// Puts what to do before what S3 said. `region` is the client's.
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

/// S3 names the right Region where it refuses the wrong one: 301, or 400 for Regions that came later. HEAD has no body that would say more.
fn bucket_region<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let answer = error.raw_response().filter(|answer| matches!(answer.status().as_u16(), 301 | 307 | 400))?;
    answer.headers().get("x-amz-bucket-region").map(str::to_owned)
}
