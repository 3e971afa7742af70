//! Reads the project registry from an S3 object.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use bytes::Bytes;

use super::limited_body;
use super::s3_store::error::{S3Call, single_attempt};
use crate::patience::Patience;
use crate::registry::{MAX_BYTES, ProjectRegistry, Registry, TOO_LARGE, parse_csv};
use crate::{Error, ErrorKind, Result, Setting};

/// A registry in a CSV file in S3. Every [`load`](ProjectRegistry::load) reads the object again.
///
/// Requires the permission `s3:GetObject`, and `s3:ListBucket` to distinguish a missing object from a forbidden one.
///
/// ```no_run
/// use findings_core::ProjectRegistry;
/// use findings_core::aws::S3Registry;
/// # async fn example() -> findings_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let registry = S3Registry::new(aws_sdk_s3::Client::new(&config), "reports", "config/projects.csv");
/// println!("{} projects", registry.load().await?.projects.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct S3Registry {
    client: Client,
    bucket: String,
    key: String,
}

impl S3Registry {
    /// Uses the object `key` in `bucket`.
    pub fn new(client: Client, bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into(), key: key.into() }
    }

    fn location(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// Reads the whole object in one attempt.
    async fn read_once(&self, call: &S3Call) -> Result<Bytes> {
        let get = self.client.get_object().bucket(&self.bucket).key(&self.key);
        let answer = get.customize().config_override(single_attempt(0)).send().await;
        let answer = answer.map_err(|e| call.failure(e, self.client.config().region()))?;
        let body = limited_body::collect(answer.body, MAX_BYTES).await.map_err(|e| {
            self.failure(ErrorKind::Unavailable).with_message("the connection broke while it was read").with_source(e)
        })?;
        body.ok_or_else(|| self.failure(ErrorKind::InvalidInput).with_message(TOO_LARGE))
    }

    fn failure(&self, kind: ErrorKind) -> Error {
        Error::new(kind, "read the registry").with_subject(self.location()).with_setting(Setting::Registry)
    }
}

#[async_trait]
impl ProjectRegistry for S3Registry {
    async fn load(&self) -> Result<Registry> {
        let call = S3Call {
            operation: "read the registry",
            name: "S3 GetObject",
            location: self.location(),
            setting: Setting::Registry,
            missing: "there is no such object or bucket",
            denied: "the credentials need s3:GetObject on it; without s3:ListBucket a missing object looks the same",
        };
        let body = Patience::default().repeat(|| self.read_once(&call)).await?;
        parse_csv(&body).map_err(|error| error.with_subject(self.location()))
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::aws::s3_store::tests::emulated_bucket;

    #[tokio::test]
    #[ignore = "needs the emulators: .ci/test"]
    async fn load_reads_object() {
        let (client, bucket) = emulated_bucket().await;
        let csv = "project,account_ids,recipients\n決済,111100000001,a@example.com\n";
        client.put_object().bucket(&bucket).key("in/p.csv").body(csv.as_bytes().to_vec().into()).send().await.unwrap();
        let registry = S3Registry::new(client, bucket, "in/p.csv").load().await.unwrap();
        assert_eq!(registry.projects[0].name, "決済");
    }

    #[tokio::test]
    #[ignore = "needs the emulators: .ci/test"]
    async fn load_error_names_object_and_cause() {
        let (client, bucket) = emulated_bucket().await;
        client.put_object().bucket(&bucket).key("empty").send().await.unwrap();
        for (bucket, key, kind, want) in [
            (bucket.as_str(), "missing.csv", ErrorKind::NotFound, "NoSuchKey"),
            ("no-such-bucket", "p.csv", ErrorKind::NotFound, "there is no such object or bucket"),
            (bucket.as_str(), "empty", ErrorKind::InvalidInput, "it is empty"),
        ] {
            let error = S3Registry::new(client.clone(), bucket, key).load().await.unwrap_err();
            assert_eq!(error.kind(), kind, "{}", error.report());
            let text = error.report();
            assert!(text.contains(want) && text.contains(&format!("s3://{bucket}/{key}")), "{text}");
        }
    }

    mod conformance {
        use std::sync::Arc;

        use async_trait::async_trait;

        use crate::ProjectRegistry;
        use crate::aws::S3Registry;
        use crate::aws::s3_store::tests::emulated_bucket;
        use crate::testing::conformance::registry::RegistryProbe;

        #[derive(Debug)]
        struct Probe(aws_sdk_s3::Client, String);

        #[async_trait]
        impl RegistryProbe for Probe {
            async fn registry(&self, csv: &str) -> Arc<dyn ProjectRegistry> {
                let body = csv.as_bytes().to_vec().into();
                self.0.put_object().bucket(&self.1).key("projects.csv").body(body).send().await.unwrap();
                Arc::new(S3Registry::new(self.0.clone(), &self.1, "projects.csv"))
            }

            async fn missing(&self) -> Option<Arc<dyn ProjectRegistry>> {
                Some(Arc::new(S3Registry::new(self.0.clone(), &self.1, "missing.csv")))
            }
        }

        crate::registry_conformance!(ignore = "needs the emulators: .ci/test", async {
            let (client, bucket) = emulated_bucket().await;
            Probe(client, bucket)
        });
    }
}
