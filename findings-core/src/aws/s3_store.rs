//! Artifacts in S3, and presigned links that say when they really die.

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ServerSideEncryption;
use aws_smithy_types::base64;
use sha2::{Digest, Sha256};

use crate::store::{ArtifactKey, ArtifactLink, ArtifactStore, LinkRequest, PutArtifact, StoredArtifact};
use crate::{Error, ErrorKind, Result, Secret, Setting};

mod bucket;
mod disposition;
pub(super) mod error;
mod life;
#[cfg(test)]
#[cfg(feature = "testing")]
pub(super) mod tests;

use disposition::{attachment, short_attachment};
use error::Call;
use life::Life;

const LINK: &str = "make a link to";

/// How S3 encrypts what is stored. Without one, the bucket's own setting counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum S3Encryption {
    /// Keys of S3 (`AES256`).
    Aes256,
    /// A key in KMS (`aws:kms`). The signer of links needs `kms:Decrypt` on it, the writer `kms:GenerateDataKey`.
    Kms {
        /// ID or ARN of the key; `None` for the account's own `aws/s3` key.
        key_id: Option<String>,
    },
}

/// Keeps artifacts in a bucket, below a prefix. Needs `s3:PutObject` to store, and whoever signs the links `s3:GetObject`.
///
/// A link lives no longer than the credentials that signed it: those of a task role end within six hours, whatever was asked for. To keep its
/// promise, [`link`](ArtifactStore::link) asks `credentials` each time, signs with exactly what it gets, and states the earlier of the two ends.
///
/// An object carries the download name it was [put](ArtifactStore::put) with. A link without a name of its own leaves it at that and is
/// shorter; each Japanese character of a name costs a link 15 characters.
#[derive(Clone)]
pub struct S3Store {
    client: Client,
    credentials: SharedCredentialsProvider,
    bucket: String,
    prefix: String,
    encryption: Option<S3Encryption>,
}

impl S3Store {
    /// The place `prefix` in `bucket`, the prefix empty for the whole bucket. Links are signed with what `credentials` yields, which may be another
    /// identity than the client's.
    pub fn new(
        client: Client,
        credentials: SharedCredentialsProvider,
        bucket: impl Into<String>,
        prefix: impl AsRef<str>,
    ) -> Self {
        let prefix = prefix.as_ref().trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Self { client, credentials, bucket: bucket.into(), prefix, encryption: None }
    }

    /// Asks S3 to encrypt in this way.
    pub fn with_sse(mut self, encryption: S3Encryption) -> Self {
        self.encryption = Some(encryption);
        self
    }

    fn key_of(&self, key: &ArtifactKey) -> String {
        format!("{}{key}", self.prefix)
    }

    fn location_of(&self, key: &ArtifactKey) -> String {
        format!("s3://{}/{}", self.bucket, self.key_of(key))
    }

    fn encryption(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        match &self.encryption {
            None => (None, None),
            Some(S3Encryption::Aes256) => (Some(ServerSideEncryption::Aes256), None),
            Some(S3Encryption::Kms { key_id }) => (Some(ServerSideEncryption::AwsKms), key_id.clone()),
        }
    }

    async fn current_credentials(&self) -> Result<Credentials> {
        self.credentials.provide_credentials().await.map_err(|error| {
            let (kind, message) = match &error {
                CredentialsError::ProviderTimedOut(_) => (ErrorKind::Timeout, "the credentials did not come in time"),
                _ => (
                    ErrorKind::Unauthenticated,
                    "there are no credentials to sign with; check the task role or AWS_PROFILE",
                ),
            };
            Error::new(kind, LINK).with_message(message).with_source(error)
        })
    }

    /// The URL of a GET that is signed with exactly these credentials.
    async fn presigned(&self, request: &LinkRequest, credentials: Credentials, life: Life) -> Result<String> {
        let unsigned = || Error::new(ErrorKind::InvalidInput, LINK).with_message("the request cannot be signed");
        let start = SystemTime::try_from(life.start).map_err(|e| unsigned().with_source(e))?;
        let config = PresigningConfig::builder().start_time(start).expires_in(life.ttl()).build();
        let config = config.map_err(|e| unsigned().with_source(e))?;
        let get = self.client.get_object().bucket(&self.bucket).key(self.key_of(&request.key));
        let named =
            request.download_name != LinkRequest::new(request.key.clone(), request.ttl, request.now).download_name;
        let get = get.set_response_content_disposition(named.then(|| short_attachment(&request.download_name)));
        let signer = Builder::new().credentials_provider(credentials);
        let presigned = get.customize().config_override(signer).presigned(config).await;
        presigned.map(|request| request.uri().to_owned()).map_err(|e| unsigned().with_source(e))
    }
}

/// Leaves out the clients: what their `Debug` prints is not ours to vouch for.
impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ArtifactStore for S3Store {
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact> {
        let location = self.location_of(&request.key);
        let digest = Sha256::digest(&request.body);
        let (encryption, kms_key) = self.encryption();
        let sent = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(self.key_of(&request.key))
            .content_type(&request.media_type)
            .content_disposition(attachment(&request.download_name))
            // S3 refuses a body that does not match
            .checksum_sha256(base64::encode(digest))
            .set_server_side_encryption(encryption)
            .set_ssekms_key_id(kms_key)
            .body(request.body.clone().into())
            .send()
            .await;
        let call = Call {
            operation: "store the report",
            name: "S3 PutObject",
            location: location.clone(),
            setting: Setting::Reports,
            missing: "the bucket does not exist; set it up, or check its name",
            denied: "the credentials need s3:PutObject on it, and kms:GenerateDataKey if a KMS key encrypts it",
        };
        sent.map_err(|e| call.failure(e, self.client.config().region()))?;
        Ok(StoredArtifact { location, bytes: request.body.len() as u64, sha256: hex::encode(digest) })
    }

    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
        let about = |error: Error| error.with_subject(self.location_of(&request.key));
        life::check(request.ttl).map_err(about)?;
        let credentials = self.current_credentials().await.map_err(about)?;
        let life = Life::of(request.now, request.ttl, credentials.expiry()).map_err(about)?;
        let url = self.presigned(request, credentials, life).await.map_err(about)?;
        Ok(ArtifactLink { url: Secret::new(url), expires_at: Some(life.end), limited_by: life.limited_by })
    }

    /// Needs `s3:GetObject`; without `s3:ListBucket` a missing object looks forbidden.
    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
        let call = Call {
            operation: "look at the report",
            name: "S3 HeadObject",
            location: self.location_of(key),
            setting: Setting::Reports,
            missing: "it is not there",
            denied: "the credentials need s3:GetObject on it and s3:ListBucket on the bucket",
        };
        let head = self.client.head_object().bucket(&self.bucket).key(self.key_of(key)).send().await;
        match head.map_err(|e| call.failure(e, self.client.config().region())) {
            Ok(head) => Ok(head.content_length().and_then(|length| u64::try_from(length).ok())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
