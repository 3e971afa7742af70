//! Strings of the Security Hub API that several modules use.

/// The end of the `ProductArn` of findings from Security Hub's own checks, in every Region and partition.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html>
pub const OWN_PRODUCT: &str = "product/aws/securityhub";

/// The end of the `ProductArn` of coverage findings: whether a service is on in an account. Only the new Security Hub has
/// them.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/coverage-findings.html>
pub const COVERAGE_PRODUCT: &str = "product/aws/securityhub-coverage";

/// The reason code (`Compliance.StatusReasons`) of a check that passed because there was no resource to evaluate.
pub const NOTHING_EVALUATED: &str = "CONFIG_EVALUATIONS_EMPTY";

/// The linking mode of a finding aggregator that links all Regions, including Regions that AWS adds later.
pub const ALL_REGIONS: &str = "ALL_REGIONS";
/// The linking mode of a finding aggregator that links all Regions except the ones it lists.
pub const ALL_REGIONS_EXCEPT_SPECIFIED: &str = "ALL_REGIONS_EXCEPT_SPECIFIED";
/// The linking mode of a finding aggregator that links only the Regions it lists.
pub const SPECIFIED_REGIONS: &str = "SPECIFIED_REGIONS";
/// The linking mode of a finding aggregator that links no Regions.
pub const NO_REGIONS: &str = "NO_REGIONS";
