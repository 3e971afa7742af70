//! What the AWS SDK needs to know.

use super::LinkCredentials;

/// What the options say of AWS; the rest is in the environment, as for every AWS tool.
#[derive(Clone, Debug, Default)]
pub(crate) struct AwsConfig {
    /// Whether anything that was chosen is on AWS.
    pub(crate) is_needed: bool,
    /// The Region of what names none itself, if the environment has none.
    pub(crate) region: Option<String>,
    pub(crate) s3_path_style: bool,
    pub(crate) link_credentials: Option<LinkCredentials>,
}
