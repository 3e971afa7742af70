//! Implementations of the crate's traits for AWS services.
//!
//! Each one takes an SDK client that the caller has configured. No other SDK type is part of the public API.

#[cfg(feature = "aws-s3")]
mod cached_credentials;
#[cfg(feature = "aws-dynamodb")]
mod dynamodb;
mod error;
mod limited_body;
#[cfg(feature = "aws-organizations")]
mod organization_directory;
#[cfg(feature = "aws-organizations")]
mod organizations_coverage;
#[cfg(all(feature = "aws-s3", feature = "files"))]
mod s3_findings_source;
#[cfg(feature = "aws-s3")]
mod s3_registry;
#[cfg(feature = "aws-s3")]
mod s3_store;
#[cfg(feature = "aws-security-hub")]
mod security_hub_controls;
#[cfg(feature = "aws-security-hub")]
mod security_hub_coverage;
#[cfg(all(feature = "aws-s3", feature = "aws-security-hub", feature = "files"))]
mod security_hub_export;
#[cfg(feature = "aws-security-hub")]
mod security_hub_source;
#[cfg(feature = "aws-security-hub")]
mod security_hub_v2_source;
#[cfg(feature = "aws-security-hub")]
mod security_hub_workflow;
#[cfg(test)]
#[cfg(all(feature = "aws-dynamodb", feature = "aws-s3"))]
mod tests;

#[cfg(feature = "aws-s3")]
pub use cached_credentials::CachedCredentials;
#[cfg(feature = "aws-dynamodb")]
pub use dynamodb::DynamoDbTable;
#[doc(hidden)]
pub use error::sdk_error;
#[cfg(feature = "aws-organizations")]
pub use organization_directory::{DirectoryAccount, OrganizationDirectory};
#[cfg(feature = "aws-organizations")]
pub use organizations_coverage::OrganizationsCoverage;
#[cfg(all(feature = "aws-s3", feature = "files"))]
pub use s3_findings_source::S3FindingsSource;
#[cfg(feature = "aws-s3")]
pub use s3_registry::S3Registry;
#[cfg(feature = "aws-s3")]
pub use s3_store::{S3Encryption, S3Store};
#[cfg(feature = "aws-security-hub")]
pub use security_hub_controls::SecurityHubControls;
#[cfg(feature = "aws-security-hub")]
pub use security_hub_coverage::SecurityHubCoverage;
#[cfg(all(feature = "aws-s3", feature = "aws-security-hub", feature = "files"))]
pub use security_hub_export::{ExportRequest, export_findings};
#[cfg(feature = "aws-security-hub")]
pub use security_hub_source::SecurityHubSource;
#[cfg(feature = "aws-security-hub")]
pub use security_hub_v2_source::SecurityHubV2Source;
#[cfg(feature = "aws-security-hub")]
pub use security_hub_workflow::SecurityHubWorkflow;
