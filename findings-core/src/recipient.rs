//! Recipients of reports: mail addresses, and channels of other services. They are checked once, when they are parsed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mail address, or a channel of another service: `SCHEME:NAME`, such as `slack:payments`.
///
/// A mail address is ASCII and has at most 254 bytes, at most 64 of them before the `@`: SES and most relays accept
/// nothing else. A domain with other characters is converted to punycode. A scheme has 1 to 32 of the characters `a-z 0-9 -`
/// and begins with a letter; the name has 1 to 64 of the characters `A-Z a-z 0-9 . _ -`. Any scheme can be written: which
/// ones are served, the [notifiers](crate::Notifier::schemes) say. The name of an `sns` channel is the ARN of a topic.
///
/// ```
/// use findings_core::recipient::Recipient;
/// let to: Recipient = "sato@例え.jp".parse()?;
/// assert_eq!((to.as_str(), to.scheme(), to.channel()), ("sato@xn--r8jz45g.jp", Recipient::MAIL, None));
/// assert_eq!("teams:payments".parse::<Recipient>()?.channel(), Some(("teams", "payments")));
/// assert!("sato@".parse::<Recipient>().is_err());
/// assert!("a@example.com\r\nBcc: x@example.com".parse::<Recipient>().is_err());
/// # Ok::<(), findings_core::recipient::InvalidRecipient>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Recipient(String);

/// The error for a text that is not a recipient. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRecipient {
    /// Neither `local@domain.tld` nor `SCHEME:NAME`.
    #[error(
        "\"{0}\" is not a mail address; expected name@example.com, or a channel such as slack:NAME, several separated by ';'"
    )]
    Syntax(String),
    /// The name of an `sns` channel is not the ARN of a topic.
    #[error("not a topic; expected sns:arn:aws:sns:REGION:ACCOUNT:NAME, the ARN of an SNS topic")]
    Topic,
    /// The name of the channel is not valid. The message does not repeat it, because it may be a webhook URL, which is
    /// a secret.
    #[error("not a channel; expected {0}:NAME, the name 1 to 64 of A-Z a-z 0-9 . _ -, and never the URL of a webhook")]
    Channel(String),
    /// The part before the `@` has characters outside ASCII.
    #[error("\"{0}\" has characters outside ASCII before the '@', which cannot be delivered; ask for another address")]
    NotAscii(String),
    /// The domain cannot be converted to punycode.
    #[error("\"{0}\" has a domain that cannot be written as punycode (xn--…); check its spelling")]
    Domain(String),
}

impl Recipient {
    /// The scheme of mail addresses.
    pub const MAIL: &str = "mail";

    /// The mail address, or the channel with its prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme: [`MAIL`](Self::MAIL) for a mail address, otherwise what is before the colon.
    pub fn scheme(&self) -> &str {
        self.channel().map_or(Self::MAIL, |(scheme, _)| scheme)
    }

    /// The scheme and the name of a channel; `None` for a mail address.
    pub fn channel(&self) -> Option<(&str, &str)> {
        self.0.split_once(':')
    }
}

/// Whether the text can be a scheme of channels. `mail` stands for addresses, and people write `mailto:` before them.
fn is_scheme(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(legal)
        && !["mail", "mailto"].contains(&text)
}

fn is_channel_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// The scheme of topics of Amazon SNS.
const SNS: &str = "sns";

/// Whether the text is the ARN of a topic, such as `arn:aws:sns:ap-northeast-1:111122223333:findings`.
fn is_topic_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [arn, partition, service, region, account, topic] = parts[..] else { return false };
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let name = topic.strip_suffix(".fifo").unwrap_or(topic);
    arn == "arn"
        && is_word(partition)
        && partition.starts_with("aws")
        && service == SNS
        && is_word(region)
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && (1..=256).contains(&topic.len())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
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
        if let Some((scheme, name)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
            return match scheme {
                SNS if is_topic_arn(name) => Ok(Self(text.to_owned())),
                SNS => Err(InvalidRecipient::Topic),
                _ if is_channel_name(name) => Ok(Self(text.to_owned())),
                _ => Err(InvalidRecipient::Channel(scheme.to_owned())),
            };
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
            "pager-duty2:on-call",
            "sns:arn:aws:sns:ap-northeast-1:111122223333:findings",
            "sns:arn:aws-cn:sns:cn-north-1:111122223333:find_ings-1.fifo",
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
            "mailto:a@example.com",
            "Slack:a",
            "2x:a",
            "https://hooks.slack.com/services/geheim",
            "hook:https://geheim@example.com/x",
            "sns:findings",
            "sns:arn:aws:sqs:ap-northeast-1:111122223333:findings",
            "sns:arn:aws:sns:ap-northeast-1:1111:findings",
            "sns:arn:aws:sns:ap-northeast-1:111122223333:.fifo",
            "sns:arn:aws:sns:ap-northeast-1:111122223333:a:b",
            "slack:arn:aws:sns:ap-northeast-1:111122223333:findings",
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
