//! Links that reports make clickable: into the AWS console, and those of findings as far as they are safe.

mod portal;
mod resource;

pub use self::portal::{ConsolePortal, InvalidPortal};
pub use self::resource::resource_url;
use crate::{Finding, partition};

/// The largest number of bytes of a link: what Excel takes, and every browser.
pub const MAX_URL: usize = 2_079;

/// Returns the URL of a search in the Security Hub console that shows this finding, in the finding's own Region and
/// partition. `None` if the Region is missing or malformed, its partition has no console that is known here, or the URL
/// would be longer than [`MAX_URL`].
///
/// ```
/// use findings_core::{Finding, console};
/// let mut finding = Finding::new("123456789012".parse()?, "1");
/// assert_eq!(console::finding_url(&finding), None, "its Region is not known");
/// finding.region = Some("eu-west-1".into());
/// let url = console::finding_url(&finding).unwrap();
/// assert!(url.contains("/securityhub/home?region=eu-west-1#/findings?search=Id"));
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
pub fn finding_url(finding: &Finding) -> Option<String> {
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
    (url.len() <= MAX_URL).then_some(url)
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

/// Returns the URL if it is safe to make it clickable: http or https, a host without a user name, plain ASCII, and
/// within [`MAX_URL`]. URLs in findings come from anybody who can write findings.
///
/// ```
/// use findings_core::console::linkable;
/// assert!(linkable("https://example.com/fix").is_some());
/// assert!(linkable("javascript:alert(1)").is_none());
/// ```
pub fn linkable(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = |b: u8| {
        b.is_ascii_graphic()
            && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'[' | b']')
    };
    // a user name or an escape in front of the host can make it look like another
    let good_host = !host.is_empty() && !host.contains(['@', '%']);
    let good = good_host && url.len() <= MAX_URL && url.bytes().all(plain);
    good.then_some(url)
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

    #[test]
    fn only_safe_urls_are_clickable() {
        let long = format!("https://example.com/{}", "a".repeat(3_000));
        let refused = [
            "",
            "example.com",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "mailto:a@example.com",
            "ftp://example.com/",
            "https://",
            "https:///path",
            "https://user@example.com/",
            "https://example.com/a b",
            "https://example.com/\"",
            "https://例え.jp/",
            "internal:Sheet1!A1",
            " https://example.com/",
            &long,
        ];
        for url in refused {
            assert_eq!(linkable(url), None, "{url}");
        }
        for url in
            ["https://example.com/%3A", "http://example.com:8080/a?b=c&d=e#f%3A", "https://example.com/a%20b%3Ac"]
        {
            assert_eq!(linkable(url), Some(url));
        }
        let longest = format!("https://example.com/{}", "a".repeat(MAX_URL - 20));
        assert!(linkable(&longest).is_some());
    }
}
