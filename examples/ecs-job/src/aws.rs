//! AWS SDK clients with a shared configuration.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use findings_core::aws::CachedCredentials;
use findings_core::{Error, ErrorKind, Result};

use crate::config::{AwsConfig, LinkCredentials};

/// The AWS configuration, loaded once and only if a configured service is on AWS.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    sdk: SdkConfig,
    s3_path_style: bool,
    link_credentials: Option<LinkCredentials>,
}

impl Aws {
    /// Loads credentials, Region and endpoints from the standard sources. Returns `None` if AWS is not needed.
    pub(crate) async fn load(config: AwsConfig) -> Result<Option<Self>> {
        if !config.is_needed {
            return Ok(None);
        }
        // the client that the SDK builds by itself ignores HTTPS_PROXY and its kin
        let http = aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
            let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
        });
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(55))
            .operation_timeout(Duration::from_mins(5))
            .build();
        let sdk =
            aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts).load().await;
        let provider = sdk.credentials_provider();
        let Some(region) = sdk.region().cloned().or_else(|| config.region.map(Region::new)) else {
            let message = "no Region is configured; set AWS_REGION";
            return Err(Error::new(ErrorKind::InvalidInput, "load the AWS configuration").with_message(message));
        };
        let mut sdk = sdk.into_builder().region(region);
        // the SDK's own cache waits five seconds for an endpoint that throttles, and does not go on with earlier ones
        if let Some(provider) = provider {
            let cached = SharedCredentialsProvider::new(CachedCredentials::new(provider));
            sdk = sdk.credentials_provider(cached).identity_cache(IdentityCache::no_cache());
        }
        let sdk = sdk.build();
        Ok(Some(Self { sdk, s3_path_style: config.s3_path_style, link_credentials: config.link_credentials }))
    }

    /// Returns the configuration that all clients share.
    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    pub(crate) fn security_hub(&self, region: &str) -> aws_sdk_securityhub::Client {
        let config =
            aws_sdk_securityhub::config::Builder::from(&self.sdk).region(Region::new(region.to_owned())).build();
        aws_sdk_securityhub::Client::from_conf(config)
    }

    pub(crate) fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&self.sdk)
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(self.s3_path_style).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.sdk)
    }

    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        aws_sdk_sesv2::Client::new(&self.sdk)
    }

    pub(crate) fn sns(&self, region: &str) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::config::Builder::from(&self.sdk).region(Region::new(region.to_owned())).build();
        aws_sdk_sns::Client::from_conf(config)
    }

    pub(crate) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.sdk)
    }

    /// Returns the credentials that sign links.
    pub(crate) fn link_credentials(&self) -> Result<SharedCredentialsProvider> {
        Ok(match &self.link_credentials {
            None => self.credentials()?,
            Some(LinkCredentials::Key(key)) => SharedCredentialsProvider::new(key.clone()),
            Some(LinkCredentials::Profile(name)) => {
                SharedCredentialsProvider::new(ProfileFileCredentialsProvider::builder().profile_name(name).build())
            }
        })
    }

    fn credentials(&self) -> Result<SharedCredentialsProvider> {
        self.sdk.credentials_provider().ok_or_else(|| {
            let message =
                "no credentials are configured; run with a task role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID";
            Error::new(ErrorKind::Unauthenticated, "load the AWS configuration").with_message(message)
        })
    }
}

/// Returns the AWS configuration. It is present if [`AwsConfig::is_needed`] was set; an error here is a bug.
pub(crate) fn need(aws: Option<&Aws>) -> Result<&Aws> {
    aws.ok_or_else(|| Error::new(ErrorKind::Other, "load the AWS configuration").with_message("it was not loaded"))
}
