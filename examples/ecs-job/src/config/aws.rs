//! Options for the AWS SDK.

use super::LinkCredentials;

/// The options that concern AWS. The SDK reads all other settings from the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct AwsConfig {
    /// Whether any configured service is on AWS.
    pub(crate) is_needed: bool,
    /// Region for services that are configured without one, if the environment sets none.
    pub(crate) region: Option<String>,
    pub(crate) s3_path_style: bool,
    pub(crate) link_credentials: Option<LinkCredentials>,
}
