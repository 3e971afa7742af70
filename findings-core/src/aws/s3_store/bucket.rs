//! Checks and creates the bucket.

use async_trait::async_trait;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, PublicAccessBlockConfiguration};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::S3Store;
use super::error::S3Call;
use crate::{Backend, BackendReport, ErrorKind, Result, Setting};

/// The Region that CreateBucket does not accept as a location constraint.
const FIRST_REGION: &str = "us-east-1";

#[async_trait]
impl Backend for S3Store {
    /// Requires the permission `s3:ListBucket`.
    async fn check(&self) -> Result<BackendReport> {
        let call = self.call(
            "use the bucket",
            "S3 HeadBucket",
            "the bucket does not exist; set it up, or check its name",
            "the bucket is another account's, or the credentials need s3:ListBucket on it",
        );
        let answer = self.client.head_bucket().bucket(&self.bucket).send().await;
        let answer = answer.map_err(|e| call.failure(e, self.client.config().region()))?;
        let region = answer.bucket_region().or(self.region()).unwrap_or("an unknown Region");
        Ok(self.report(&format!("in {region}")))
    }

    /// Creates the bucket with public access blocked, if it is missing. An existing bucket is not changed.
    ///
    /// Requires the permissions `s3:CreateBucket` and `s3:PutBucketPublicAccessBlock`.
    async fn setup(&self) -> Result<BackendReport> {
        match self.check().await {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found,
        }
        self.create().await?;
        let state = match self.block_public_access().await {
            Ok(()) => "made, closed to the public".to_owned(),
            // not an error: AWS itself blocks public access to new buckets by default
            Err(error) => format!("made; the public access block could not be set: {}", error.report()),
        };
        Ok(self.report(&state))
    }
}

impl S3Store {
    fn region(&self) -> Option<&str> {
        self.client.config().region().map(AsRef::as_ref)
    }

    fn report(&self, state: &str) -> BackendReport {
        BackendReport::new(format!("bucket s3://{}/{} {state}", self.bucket, self.prefix))
    }

    fn call(&self, operation: &'static str, name: &'static str, missing: &'static str, denied: &'static str) -> S3Call {
        S3Call {
            operation,
            name,
            location: format!("s3://{}", self.bucket),
            setting: Setting::Reports,
            missing,
            denied,
        }
    }

    async fn create(&self) -> Result<()> {
        let place = self.region().filter(|region| *region != FIRST_REGION).map(BucketLocationConstraint::from);
        let place = place.map(|region| CreateBucketConfiguration::builder().location_constraint(region).build());
        let made = self.client.create_bucket().bucket(&self.bucket).set_create_bucket_configuration(place).send().await;
        let call = self.call(
            "make the bucket",
            "S3 CreateBucket",
            "it cannot be made here",
            "the credentials need s3:CreateBucket, or somebody has to make the bucket",
        );
        match made {
            // another process of the same account created it at the same time
            Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
            made => made.map(drop).map_err(|e| call.failure(e, self.client.config().region())),
        }
    }

    async fn block_public_access(&self) -> Result<()> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true)
            .build();
        let set = self.client.put_public_access_block().bucket(&self.bucket).public_access_block_configuration(block);
        let call = self.call(
            "close the bucket to the public",
            "S3 PutPublicAccessBlock",
            "the service does not know this call",
            "the credentials need s3:PutBucketPublicAccessBlock on it",
        );
        set.send().await.map(drop).map_err(|e| call.failure(e, self.client.config().region()))
    }
}
