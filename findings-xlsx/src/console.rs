//! Links into the AWS console.

use findings_core::{Finding, partition};

use crate::limits;

/// Returns the URL of a search in the Security Hub console that shows this finding, in the finding's own Region and
/// partition. `None` if the Region is missing or malformed, its partition has no console that is known here, or the URL
/// would be too long for a link.
pub(crate) fn finding_url(finding: &Finding) -> Option<String> {
    let region = finding.region.as_deref().filter(|r| is_region(r))?;
    let host = console_host(region)?;
    // a finding ID of about 150 bytes makes a URL of about 330 bytes
    let mut url = String::with_capacity(512);
    for part in ["https://", region, ".", host, "/securityhub/home?region=", region, "#/findings?search=Id%3D"] {
        url.push_str(part);
    }
    // the console encodes the operator and the value twice
    url.push_str("%255Coperator%255C%253AEQUALS%255C%253A");
    encode_twice(&finding.id, &mut url);
    // all other conditions of a clickable link hold by construction
    (url.len() <= limits::MAX_URL).then_some(url)
}

/// Returns the domain of the console in the partition of a Region. Isolated and sovereign partitions (`us-iso-east-1`,
/// `eusc-de-east-1`) have others: no link is better than a dead one.
fn console_host(region: &str) -> Option<&'static str> {
    const AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
    const DIRECTIONS: [&str; 5] = ["central", "east", "north", "south", "west"];
    let mut parts = region.split('-');
    let (area, direction) = (parts.next()?, parts.next()?);
    match partition::of_region(region) {
        "aws-cn" => Some("console.amazonaws.cn"),
        "aws-us-gov" => Some("console.amazonaws-us-gov.com"),
        // also "northeast" and the like
        "aws" if AREAS.contains(&area) && DIRECTIONS.iter().any(|d| direction.starts_with(d)) => {
            Some("console.aws.amazon.com")
        }
        _ => None,
    }
}

fn is_region(text: &str) -> bool {
    (4..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends a text, percent-encoded twice.
fn encode_twice(text: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            url.push(char::from(byte));
        } else {
            url.push_str("%25");
            url.push(char::from(HEX[usize::from(byte >> 4)]));
            url.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(region: &str, id: &str) -> Option<String> {
        let mut finding = Finding::new("123456789012".parse().unwrap(), id);
        finding.region = Some(region.into());
        finding_url(&finding)
    }

    #[test]
    fn url_searches_for_the_finding() {
        let found = url("eu-west-1", "arn:aws:x/1").unwrap();
        assert_eq!(
            found,
            "https://eu-west-1.console.aws.amazon.com/securityhub/home?region=eu-west-1#/findings?search=Id%3D\
             %255Coperator%255C%253AEQUALS%255C%253Aarn%253Aaws%253Ax%252F1"
        );
        assert!(url("cn-north-1", "1").unwrap().contains(".console.amazonaws.cn/"));
    }

    #[test]
    fn console_is_that_of_the_partition() {
        let commercial =
            "ap-northeast-1 us-east-1 il-central-1 mx-central-1 ca-west-1 af-south-1 me-south-1 eu-north-1";
        for region in commercial.split(' ') {
            assert_eq!(console_host(region), Some("console.aws.amazon.com"), "{region}");
        }
        assert_eq!(console_host("us-gov-west-1"), Some("console.amazonaws-us-gov.com"));
        for region in
            ["us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1", "eusc-de-east-1", "moon-1"]
        {
            assert_eq!(url(region, "1"), None, "{region}");
        }
    }

    #[test]
    fn malformed_region_or_long_id_gives_no_link() {
        assert_eq!(url("", "1"), None);
        assert_eq!(url("evil.example.com/", "1"), None);
        assert_eq!(url("eu-west-1", &"/".repeat(600)), None, "too long for a link");
    }
}
