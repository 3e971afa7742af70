//! Stores artifacts in S3 and makes presigned links with their actual expiry time.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ServerSideEncryption;
use aws_smithy_types::base64;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::CachedCredentials;
use crate::patience::Patience;
use crate::store::{
    ArtifactKey, ArtifactLink, ArtifactStore, LinkRequest, PutArtifact, StoredArtifact, UPLOAD_TYPE, Upload,
};
use crate::{Error, ErrorKind, Result, Secret, Setting};

mod bucket;
mod disposition;
pub(super) mod error;
mod link_lifetime;
#[cfg(test)]
#[cfg(feature = "testing")]
pub(super) mod tests;

use disposition::{attachment, inline, short_attachment};
use error::{S3Call, single_attempt};
use link_lifetime::LinkLifetime;

const LINK: &str = "make a link to";

/// How S3 encrypts stored objects. Without this setting, the default encryption of the bucket applies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum S3Encryption {
    /// A key that S3 manages (`AES256`).
    Aes256,
    /// A key in KMS (`aws:kms`). Storing requires `kms:GenerateDataKey` on it, signing links `kms:Decrypt`.
    Kms {
        /// The ID or ARN of the key. `None` means the account's `aws/s3` key.
        key_id: Option<String>,
    },
}

/// An artifact store in a bucket, below a prefix.
///
/// Storing requires the permission `s3:PutObject`. The identity that signs the links requires `s3:GetObject`, and
/// `s3:PutObject` where links let people store files.
///
/// A link expires with the credentials that signed it, whatever lifetime was requested. The credentials of a task role
/// expire within six hours. Therefore [`link`](ArtifactStore::link) asks for the current credentials every five minutes,
/// signs with exactly these, and returns the earlier of the two expiry times. If newer credentials cannot be had, it
/// signs with those at hand until they expire.
///
/// An object stores the download name from [`put`](ArtifactStore::put). A link without a different name uses it and is
/// shorter: each Japanese character of a name adds 15 characters to a link.
///
/// ```no_run
/// use findings_core::aws::{S3Encryption, S3Store};
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let credentials = config.credentials_provider().expect("a role, a profile or keys");
/// let store = S3Store::new(aws_sdk_s3::Client::new(&config), credentials, "reports", "security-hub")
///     .with_sse(S3Encryption::Kms { key_id: None });
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct S3Store {
    client: Client,
    credentials: Arc<CachedCredentials>,
    bucket: String,
    prefix: String,
    encryption: Option<S3Encryption>,
}

impl S3Store {
    /// Uses the keys below `prefix` in `bucket`. An empty prefix means the whole bucket.
    ///
    /// `credentials` provides the credentials that sign links. They may belong to another identity than the client's.
    pub fn new(
        client: Client,
        credentials: SharedCredentialsProvider,
        bucket: impl Into<String>,
        prefix: impl AsRef<str>,
    ) -> Self {
        let prefix = prefix.as_ref().trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let credentials = Arc::new(CachedCredentials::new(credentials));
        Self { client, credentials, bucket: bucket.into(), prefix, encryption: None }
    }

    /// Sets how S3 encrypts stored objects.
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

    async fn put_once(&self, request: &PutArtifact, checksum: &str, call: &S3Call) -> Result<()> {
        let (encryption, kms_key) = self.encryption();
        let disposition = if request.is_shown { inline } else { attachment }(&request.download_name);
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(self.key_of(&request.key))
            .content_type(&request.media_type)
            .content_disposition(disposition)
            .checksum_sha256(checksum)
            .set_server_side_encryption(encryption)
            .set_ssekms_key_id(kms_key)
            .body(request.body.clone().into());
        let sent = put.customize().config_override(single_attempt(request.body.len())).send().await;
        sent.map(drop).map_err(|e| call.failure(e, self.client.config().region()))
    }

    async fn head_once(&self, key: &ArtifactKey, call: &S3Call) -> Result<Option<u64>> {
        let head = self.client.head_object().bucket(&self.bucket).key(self.key_of(key));
        let head = head.customize().config_override(single_attempt(0)).send().await;
        let head = head.map_err(|e| call.failure(e, self.client.config().region()))?;
        Ok(head.content_length().and_then(|length| u64::try_from(length).ok()))
    }

    async fn read_once(&self, key: &ArtifactKey, call: &S3Call) -> Result<Bytes> {
        let get = self.client.get_object().bucket(&self.bucket).key(self.key_of(key));
        let answer = get.customize().config_override(single_attempt(0)).send().await;
        let answer = answer.map_err(|e| call.failure(e, self.client.config().region()))?;
        // a body that ends early is a broken connection
        let body = answer.body.collect().await.map_err(|error| {
            let cut = Error::new(ErrorKind::Unavailable, call.operation).with_subject(&call.location);
            cut.with_message("the connection broke while it was read").with_setting(call.setting).with_source(error)
        })?;
        Ok(body.into_bytes())
    }

    async fn current_credentials(&self) -> Result<Credentials> {
        self.credentials.get().await.map_err(|error| {
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

    /// Returns the URL of a GET request that is signed with exactly these credentials.
    async fn presigned(
        &self,
        request: &LinkRequest,
        credentials: Credentials,
        lifetime: LinkLifetime,
    ) -> Result<String> {
        let config = presigning(lifetime)?;
        let get = self.client.get_object().bucket(&self.bucket).key(self.key_of(&request.key));
        let named =
            request.download_name != LinkRequest::new(request.key.clone(), request.ttl, request.now).download_name;
        let get = get.set_response_content_disposition(named.then(|| short_attachment(&request.download_name)));
        let signer = Builder::new().credentials_provider(credentials);
        let presigned = get.customize().config_override(signer).presigned(config).await;
        presigned.map(|request| request.uri().to_owned()).map_err(|e| unsigned().with_source(e))
    }

    /// Returns the URL of a PUT request that is signed with exactly these credentials. It has to state the media type, and
    /// states no size: a signed URL cannot limit it. The default encryption of the bucket applies.
    async fn presigned_upload(
        &self,
        upload: &Upload,
        credentials: Credentials,
        lifetime: LinkLifetime,
    ) -> Result<String> {
        let config = presigning(lifetime)?;
        let put = self.client.put_object().bucket(&self.bucket).key(self.key_of(&upload.key)).content_type(UPLOAD_TYPE);
        let signer = Builder::new().credentials_provider(credentials);
        let presigned = put.customize().config_override(signer).presigned(config).await;
        presigned.map(|request| request.uri().to_owned()).map_err(|e| unsigned().with_source(e))
    }
}

fn unsigned() -> Error {
    Error::new(ErrorKind::InvalidInput, LINK).with_message("the request cannot be signed")
}

fn presigning(lifetime: LinkLifetime) -> Result<PresigningConfig> {
    let start = SystemTime::try_from(lifetime.start).map_err(|e| unsigned().with_source(e))?;
    let config = PresigningConfig::builder().start_time(start).expires_in(lifetime.ttl()).build();
    config.map_err(|e| unsigned().with_source(e))
}

/// Omits the client and the credentials, because their `Debug` output is outside our control and could contain secrets.
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
        let call = S3Call {
            operation: "store the report",
            name: "S3 PutObject",
            location: location.clone(),
            setting: Setting::Reports,
            missing: "the bucket does not exist; set it up, or check its name",
            denied: "the credentials need s3:PutObject on it, and kms:GenerateDataKey if a KMS key encrypts it",
        };
        // S3 refuses a body that does not match the checksum
        let checksum = base64::encode(digest);
        Patience::default().repeat(|| self.put_once(request, &checksum, &call)).await?;
        Ok(StoredArtifact { location, bytes: request.body.len() as u64, sha256: hex::encode(digest) })
    }

    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
        let about = |error: Error| error.with_subject(self.location_of(&request.key));
        link_lifetime::check(request.ttl).map_err(about)?;
        let credentials = self.current_credentials().await.map_err(about)?;
        let end = link_lifetime::end_of(&credentials, request.now);
        let lifetime = LinkLifetime::of(request.now, request.ttl, end).map_err(about)?;
        let mut url = self.presigned(request, credentials.clone(), lifetime).await.map_err(about)?;
        if let Some(upload) = &request.upload {
            link_lifetime::check(upload.ttl).map_err(about)?;
            let lifetime = LinkLifetime::of(request.now, upload.ttl, end).map_err(about)?;
            let put = self.presigned_upload(upload, credentials, lifetime).await.map_err(about)?;
            url += &Upload::fragment(&put, lifetime.end);
        }
        Ok(ArtifactLink::new(Secret::new(url), Some(lifetime.end), lifetime.limited_by))
    }

    /// Requires the permission `s3:GetObject`. Without `s3:ListBucket`, S3 reports a missing object as forbidden.
    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
        let call = S3Call {
            operation: "look at the report",
            name: "S3 HeadObject",
            location: self.location_of(key),
            setting: Setting::Reports,
            missing: "it is not there",
            denied: "the credentials need s3:GetObject on it and s3:ListBucket on the bucket",
        };
        match Patience::default().repeat(|| self.head_once(key, &call)).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            answer => answer,
        }
    }

    /// Requires the permission `s3:GetObject`, and `kms:Decrypt` if a KMS key encrypts the object.
    async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
        let call = S3Call {
            operation: "read the file",
            name: "S3 GetObject",
            location: self.location_of(key),
            setting: Setting::Reports,
            missing: "it is not there",
            denied: "the credentials need s3:GetObject on it, and kms:Decrypt if a KMS key encrypts it",
        };
        Patience::default().repeat(|| self.read_once(key, &call)).await
    }
}
