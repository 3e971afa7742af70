//! Strings of the Security Hub API that more than one place compares with, each once.

/// End of the `ProductArn` of findings that Security Hub's own checks make, in every Region and partition.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html>
pub const OWN_PRODUCT: &str = "product/aws/securityhub";

/// Reason code (`Compliance.StatusReasons`) of a check that passed because there was nothing to check.
pub const NOTHING_EVALUATED: &str = "CONFIG_EVALUATIONS_EMPTY";

/// Linking mode of a finding aggregator: all Regions, future ones included.
pub const ALL_REGIONS: &str = "ALL_REGIONS";
/// Linking mode of a finding aggregator: all Regions but those that it names.
pub const ALL_REGIONS_EXCEPT_SPECIFIED: &str = "ALL_REGIONS_EXCEPT_SPECIFIED";
/// Linking mode of a finding aggregator: the Regions that it names.
pub const SPECIFIED_REGIONS: &str = "SPECIFIED_REGIONS";
/// Linking mode of a finding aggregator: none.
pub const NO_REGIONS: &str = "NO_REGIONS";
