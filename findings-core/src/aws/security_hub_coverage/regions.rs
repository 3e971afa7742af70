//! The Regions in which Security Hub exists.
//!
//! A finding aggregator that links all Regions does not name them, so a check needs this list. A Region that AWS adds
//! later is missing until it is added here; until then, callers name it.
//!
//! Sources: AWS General Reference, "AWS Security Hub CSPM endpoints and quotas"; AWS Account Management, "Enable or
//! disable AWS Regions in your account". As of November 2026.

use crate::partition;

/// A Region in which Security Hub exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownRegion {
    pub(super) name: &'static str,
    /// Whether an account has to enable the Region before it can use it. So it is for Regions that AWS opened after
    /// 20 March 2019, except in the partitions of China and GovCloud.
    pub(super) is_opt_in: bool,
}

const fn default(name: &'static str) -> KnownRegion {
    KnownRegion { name, is_opt_in: false }
}

const fn opt_in(name: &'static str) -> KnownRegion {
    KnownRegion { name, is_opt_in: true }
}

/// Partition `aws`.
const AWS: [KnownRegion; 34] = [
    opt_in("af-south-1"),
    opt_in("ap-east-1"),
    opt_in("ap-east-2"),
    default("ap-northeast-1"),
    default("ap-northeast-2"),
    default("ap-northeast-3"),
    default("ap-south-1"),
    opt_in("ap-south-2"),
    default("ap-southeast-1"),
    default("ap-southeast-2"),
    opt_in("ap-southeast-3"),
    opt_in("ap-southeast-4"),
    opt_in("ap-southeast-5"),
    opt_in("ap-southeast-6"),
    opt_in("ap-southeast-7"),
    default("ca-central-1"),
    opt_in("ca-west-1"),
    default("eu-central-1"),
    opt_in("eu-central-2"),
    default("eu-north-1"),
    opt_in("eu-south-1"),
    opt_in("eu-south-2"),
    default("eu-west-1"),
    default("eu-west-2"),
    default("eu-west-3"),
    opt_in("il-central-1"),
    opt_in("me-central-1"),
    opt_in("me-south-1"),
    opt_in("mx-central-1"),
    default("sa-east-1"),
    default("us-east-1"),
    default("us-east-2"),
    default("us-west-1"),
    default("us-west-2"),
];

/// Partition `aws-cn`.
const CHINA: [KnownRegion; 2] = [default("cn-north-1"), default("cn-northwest-1")];

/// Partition `aws-us-gov`.
const GOVCLOUD: [KnownRegion; 2] = [default("us-gov-east-1"), default("us-gov-west-1")];

/// Returns the Regions in the partition of `home`, sorted; `None` if its partition is not listed here. A finding
/// aggregator never links Regions of another partition.
pub(super) fn in_partition_of(home: &str) -> Option<&'static [KnownRegion]> {
    match partition::of_region(home) {
        "aws" => Some(&AWS),
        "aws-cn" => Some(&CHINA),
        "aws-us-gov" => Some(&GOVCLOUD),
        // the partitions for secret workloads, and the European Sovereign Cloud
        _ => None,
    }
}

/// Returns whether an account has to enable the Region before it can use it.
pub(super) fn is_opt_in(region: &str) -> bool {
    AWS.iter().any(|known| known.name == region && known.is_opt_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_sorted_and_of_their_partition() {
        for home in ["us-east-1", "cn-north-1", "us-gov-west-1"] {
            let names: Vec<_> = in_partition_of(home).unwrap().iter().map(|region| region.name).collect();
            assert!(names.contains(&home) && names.is_sorted(), "{names:?}");
            assert!(names.iter().all(|name| in_partition_of(name) == in_partition_of(home)), "{names:?}");
        }
        for home in ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1"] {
            assert_eq!(in_partition_of(home), None);
        }
        assert!(is_opt_in("ap-east-1") && !is_opt_in("ap-northeast-3") && !is_opt_in("cn-north-1"));
    }
}
