//! Links through the AWS access portal of IAM Identity Center.

use std::fmt::Write as _;
use std::str::FromStr;

use super::{MAX_URL, linkable};
use crate::AccountId;

/// The AWS access portal of an organisation. A link through it opens in the account that it is about; a plain link opens in
/// the account that the reader is signed in to, which is seldom the right one.
///
/// The links are the shortcut links of the [AWS IAM Identity Center User Guide], "Creating shortcut links to AWS Management
/// Console destinations". Without a role, the portal asks the reader for one.
///
/// [AWS IAM Identity Center User Guide]: https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
///
/// ```
/// use findings_core::console::ConsolePortal;
/// let portal: ConsolePortal = "https://d-1234567890.awsapps.com/start,SecurityAudit".parse()?;
/// assert_eq!(
///     portal.link("123456789012".parse()?, "https://console.aws.amazon.com/iam/home?a=b"),
///     "https://d-1234567890.awsapps.com/start/#/console?account_id=123456789012&role_name=SecurityAudit\
///      &destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fiam%2Fhome%3Fa%3Db"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsolePortal {
    /// Without a slash at its end.
    url: String,
    role: Option<String>,
}

/// A portal that no link can lead through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPortal {
    /// The URL is not that of a portal.
    #[error(
        "\"{0}\" is not the address of an access portal; expected one such as https://d-1234567890.awsapps.com/start, as IAM Identity Center shows it"
    )]
    Url(String),
    /// The role is not the name of a permission set.
    #[error(
        "\"{0}\" is not the name of a permission set; it has at most 32 letters, digits and the signs + = , . @ - _"
    )]
    Role(String),
}

/// The longest name of a permission set: `CreatePermissionSet` of IAM Identity Center.
const MAX_ROLE: usize = 32;

impl ConsolePortal {
    /// A portal by its URL, and the name of the permission set (the role) that links ask for.
    ///
    /// # Errors
    /// [`InvalidPortal`] if the URL is not a plain `https` one, or the role cannot be a permission set.
    pub fn new(url: &str, role: Option<&str>) -> Result<Self, InvalidPortal> {
        let base = url.trim().trim_end_matches(['/', '#']);
        let is_plain = linkable(base).is_some() && base.starts_with("https://") && !base.contains(['?', '#']);
        if !is_plain || base.len() > MAX_URL / 4 {
            return Err(InvalidPortal::Url(url.to_owned()));
        }
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
        if let Some(role) = role.filter(|role| role.is_empty() || role.len() > MAX_ROLE || !role.chars().all(is_sign)) {
            return Err(InvalidPortal::Role(role.to_owned()));
        }
        Ok(Self { url: base.to_owned(), role: role.map(str::to_owned) })
    }

    /// Returns a link that signs in to an account and then opens a page of the console.
    pub fn link(&self, account: AccountId, destination: &str) -> String {
        let mut link = format!("{}/#/console?account_id={account}", self.url);
        if let Some(role) = &self.role {
            link.push_str("&role_name=");
            encode(role, &mut link);
        }
        link.push_str("&destination=");
        encode(destination, &mut link);
        link
    }
}

impl FromStr for ConsolePortal {
    type Err = InvalidPortal;

    /// Parses `URL` or `URL,ROLE`.
    fn from_str(text: &str) -> Result<Self, InvalidPortal> {
        match text.split_once(',') {
            Some((url, role)) => Self::new(url, Some(role.trim())),
            None => Self::new(text, None),
        }
    }
}

/// Appends a text, percent-encoded.
pub(super) fn encode(text: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            url.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portal_is_a_plain_https_url_with_an_optional_role() {
        let account = "123456789012".parse().unwrap();
        for (text, want) in [
            ("https://d-1.awsapps.com/start", "https://d-1.awsapps.com/start/#/console?account_id=123456789012&"),
            ("https://d-1.awsapps.com/start/#/", "https://d-1.awsapps.com/start/#/console?account_id=123456789012&"),
            (
                "https://ssoins-1.portal.us-east-1.app.aws, Audit@jp",
                "https://ssoins-1.portal.us-east-1.app.aws/#/console?account_id=123456789012&role_name=Audit%40jp&",
            ),
        ] {
            let link = text.parse::<ConsolePortal>().unwrap().link(account, "https://x.example/#a");
            assert_eq!(link, format!("{want}destination=https%3A%2F%2Fx.example%2F%23a"), "{text}");
            assert!(linkable(&link).is_some());
        }
        for wrong in ["", "d-1.awsapps.com/start", "http://d-1.awsapps.com/start", "https://a@b/start", "https://x/?y"]
        {
            assert!(matches!(wrong.parse::<ConsolePortal>(), Err(InvalidPortal::Url(_))), "{wrong}");
        }
        let long = format!("https://d-1.awsapps.com/start,{}", "r".repeat(33));
        for wrong in ["https://d-1.awsapps.com/start,", "https://d-1.awsapps.com/start,a b", &long] {
            assert!(matches!(wrong.parse::<ConsolePortal>(), Err(InvalidPortal::Role(_))), "{wrong}");
        }
    }
}
