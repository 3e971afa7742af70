//! Recipients of reports: mail addresses and chat channels. They are checked once, when they are parsed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mail address, or the name of a chat channel.
///
/// A mail address is ASCII and has at most 254 bytes, at most 64 of them before the `@`: SES and most relays accept
/// nothing else. A domain with other characters is converted to punycode. A channel is `teams:NAME` or `slack:NAME`,
/// where the name has 1 to 64 of the characters `A-Z a-z 0-9 . _ -`.
///
/// ```
/// use findings_core::recipient::{ChatKind, Recipient};
/// let to: Recipient = "sato@例え.jp".parse()?;
/// assert_eq!(to.as_str(), "sato@xn--r8jz45g.jp");
/// assert_eq!("teams:payments".parse::<Recipient>()?.chat(), Some((ChatKind::Teams, "payments")));
/// assert!("sato@".parse::<Recipient>().is_err());
/// assert!("a@example.com\r\nBcc: x@example.com".parse::<Recipient>().is_err());
/// # Ok::<(), findings_core::recipient::InvalidRecipient>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Recipient(String);

/// The chat service of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatKind {
    /// Microsoft Teams.
    Teams,
    /// Slack.
    Slack,
}

impl ChatKind {
    /// The prefix of a recipient before the colon: `teams` or `slack`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Teams => "teams",
            Self::Slack => "slack",
        }
    }
}

/// The error for a text that is not a recipient. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRecipient {
    /// Neither `local@domain.tld` nor `teams:NAME` nor `slack:NAME`.
    #[error(
        "\"{0}\" is not a mail address; expected name@example.com, teams:NAME or slack:NAME, several separated by ';'"
    )]
    Syntax(String),
    /// The name of the channel is not valid. The message does not repeat it, because it may be a webhook URL, which is
    /// a secret.
    #[error("not a channel; expected {0}:NAME, the name 1 to 64 of A-Z a-z 0-9 . _ -, and never the URL of a webhook")]
    Channel(&'static str),
    /// The part before the `@` has characters outside ASCII.
    #[error("\"{0}\" has characters outside ASCII before the '@', which cannot be delivered; ask for another address")]
    NotAscii(String),
    /// The domain cannot be converted to punycode.
    #[error("\"{0}\" has a domain that cannot be written as punycode (xn--…); check its spelling")]
    Domain(String),
}

impl Recipient {
    /// The mail address, or the channel with its prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The chat service and the name of the channel; `None` for a mail address.
    pub fn chat(&self) -> Option<(ChatKind, &str)> {
        chat(&self.0)
    }
}

fn chat(text: &str) -> Option<(ChatKind, &str)> {
    let (kind, name) = text.split_once(':')?;
    let kinds = [ChatKind::Teams, ChatKind::Slack];
    kinds.into_iter().find(|known| known.as_str() == kind).map(|kind| (kind, name))
}

fn is_channel_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn is_local_part(local: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    (1..=64).contains(&local.len())
        && local.bytes().all(legal)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

pub(crate) fn is_domain(domain: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

impl FromStr for Recipient {
    type Err = InvalidRecipient;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((kind, name)) = chat(text) {
            let legal = is_channel_name(name);
            return if legal { Ok(Self(text.to_owned())) } else { Err(InvalidRecipient::Channel(kind.as_str())) };
        }
        let shown = || text.chars().filter(|c| !c.is_control()).take(80).collect::<String>();
        let syntax = || InvalidRecipient::Syntax(text.escape_debug().take(80).collect());
        let (local, domain) = text.rsplit_once('@').ok_or_else(syntax)?;
        if !local.is_ascii() {
            return Err(InvalidRecipient::NotAscii(shown()));
        }
        if !is_local_part(local) {
            return Err(syntax());
        }
        let domain = if domain.is_ascii() {
            domain.to_owned()
        } else {
            idna::domain_to_ascii(domain).map_err(|_| InvalidRecipient::Domain(shown()))?
        };
        let address = format!("{local}@{domain}");
        if address.len() <= 254 && is_domain(&domain) { Ok(Self(address)) } else { Err(syntax()) }
    }
}

impl TryFrom<String> for Recipient {
    type Error = InvalidRecipient;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_accepts_valid_recipients_only() {
        for good in [
            "a@example.com",
            "a.b+c@x.example.co.jp",
            "o'neil@example.com",
            "x@xn--wgv71a119e.jp",
            "teams:Payments-1",
            "slack:a.b_c",
        ] {
            assert!(good.parse::<Recipient>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@example.com",
            "a@",
            "a@b",
            "a b@example.com",
            "a@exam ple.com",
            "a..b@example.com",
            ".a@example.com",
            "a@-x.com",
            "a@x..com",
            "a,b@example.com",
            "a@example.com;b@example.com",
            "\"a\"@example.com",
            "<a@example.com>",
            "teams:",
            "slack:a b",
            "slack:https://hooks.slack.com/services/geheim",
            "mail:a",
        ] {
            let error = bad.parse::<Recipient>().expect_err(bad);
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
    }

    #[test]
    fn parse_converts_domains_to_punycode() {
        let read = |text: &str| text.parse::<Recipient>().map(String::from);
        assert_eq!(read("x@日本語.jp").unwrap(), "x@xn--wgv71a119e.jp");
        assert_eq!(
            read("x@例え。ＪＰ").unwrap(),
            "x@xn--r8jz45g.jp",
            "full-width letters and dot, as typed with an input method"
        );
        assert!(read("佐藤@example.com").unwrap_err().to_string().contains("before the '@'"));
        assert!(matches!(read("x@日本 語.jp"), Err(InvalidRecipient::Domain(_) | InvalidRecipient::Syntax(_))));
    }
}
