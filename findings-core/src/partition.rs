//! The partitions of AWS: separate clouds with ARNs, endpoints and accounts of their own.

/// Returns the partition of a Region, as it stands in ARNs. Regions of no other known partition are in `aws`.
///
/// Source: the partitions of the AWS SDKs, by the prefixes of their Regions.
///
/// ```
/// use findings_core::partition;
/// assert_eq!(partition::of_region("ap-northeast-1"), "aws");
/// assert_eq!(partition::of_region("cn-north-1"), "aws-cn");
/// assert_eq!(partition::of_region("us-isob-east-1"), "aws-iso-b");
/// ```
pub fn of_region(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_is_that_of_the_region() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("ap-southeast-7", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-west-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(of_region(region), partition, "{region}");
        }
    }
}
