//! Reads the member accounts from an object in S3.

use std::io::Write as _;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use findings_core::coverage::{CoverageFacts, CoverageRequest};
use findings_core::local::FileCoverage;
use findings_core::{CoverageSource, Error, ErrorKind, Result, Setting, blocking};

use crate::input;

const OPERATION: &str = "read the members";

/// The member accounts in an object, in the form that [`FileCoverage`] reads from a file.
#[derive(Debug)]
pub(super) struct S3Members {
    s3: Client,
    bucket: String,
    key: String,
}

impl S3Members {
    pub(super) fn new(s3: Client, bucket: &str, key: &str) -> Self {
        Self { s3, bucket: bucket.to_owned(), key: key.to_owned() }
    }
}

#[async_trait]
impl CoverageSource for S3Members {
    async fn check(&self, request: &CoverageRequest) -> Result<CoverageFacts> {
        let location = format!("s3://{}/{}", self.bucket, self.key);
        let body = input::object(&self.s3, &self.bucket, &self.key, OPERATION).await;
        let body = body.map_err(|error| error.with_setting(Setting::Members))?;
        let copy = blocking::run_io(move || {
            let mut copy = tempfile::NamedTempFile::new()?;
            copy.write_all(&body)?;
            Ok(copy)
        });
        let copy = copy.await.map_err(|error| {
            let failure = Error::new(ErrorKind::Storage, OPERATION).with_subject(&location);
            failure
                .with_message("it cannot be kept in a temporary file; set TMPDIR to a folder with room")
                .with_source(error)
        })?;
        FileCoverage::new(copy.path()).named(location).check(request).await
    }
}
