//! The sender of mails.

use std::fmt;
use std::str::FromStr;

use findings_core::notify::{InvalidRecipient, Recipient};

/// The sender of a mail: an address and an optional display name.
///
/// ```
/// use findings_notify::Sender;
/// let sender: Sender = "Cloud Security <security@example.co.jp>".parse()?;
/// assert_eq!((sender.name(), sender.address().as_str()), (Some("Cloud Security"), "security@example.co.jp"));
/// assert_eq!("security@example.co.jp".parse::<Sender>()?.name(), None);
/// assert!("Cloud Security".parse::<Sender>().is_err());
/// # Ok::<(), findings_notify::InvalidSender>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sender {
    name: Option<String>,
    address: Recipient,
    reply_to: Option<Recipient>,
}

/// The error for a text that is not a valid sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSender {
    /// The address is not valid.
    #[error("not a sender, expected \"name@example.com\" or \"Some Name <name@example.com>\": {0}")]
    Address(InvalidRecipient),
    /// The name is too long or contains characters that are not allowed in it.
    #[error("the sender's name has control characters, '<' or '>', or more than {MAX_NAME} characters")]
    Name,
}

const MAX_NAME: usize = 100;

impl Sender {
    /// Returns the display name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the address.
    pub fn address(&self) -> &Recipient {
        &self.address
    }

    /// Sets the address that answers go to. Without it they go to the contact, if that is an address, or else to the sender.
    ///
    /// ```
    /// use findings_notify::Sender;
    /// let sender: Sender = "reports@example.com".parse()?;
    /// let sender = sender.with_reply_to("security@example.com".parse()?);
    /// assert_eq!(sender.reply_to().map(|address| address.as_str()), Some("security@example.com"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_reply_to(mut self, address: Recipient) -> Self {
        self.reply_to = Some(address);
        self
    }

    /// Returns the address that answers go to, if one is set.
    pub fn reply_to(&self) -> Option<&Recipient> {
        self.reply_to.as_ref()
    }

    pub(crate) fn domain(&self) -> &str {
        self.address.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }
}

impl From<Recipient> for Sender {
    fn from(address: Recipient) -> Self {
        Self { name: None, address, reply_to: None }
    }
}

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|t| t.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text),
        };
        // a line break could begin a header of its own
        if name.chars().count() > MAX_NAME || name.contains(|c: char| c.is_control() || "<>".contains(c)) {
            return Err(InvalidSender::Name);
        }
        let address: Recipient = address.trim().parse().map_err(InvalidSender::Address)?;
        if address.channel().is_some() {
            return Err(InvalidSender::Address(InvalidRecipient::Syntax(address.into())));
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address, reply_to: None })
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sender_syntax_is_validated() {
        for good in ["a@example.com", " 監視 <a@example.com> ", "\"A, B\" <a@example.com>", "<a@example.com>"] {
            assert!(good.parse::<Sender>().is_ok(), "{good}");
        }
        let long = format!("{} <a@example.com>", "x".repeat(101));
        for bad in
            ["", "A", "A <a>", "A\r\nBcc: b <a@example.com>", "A <b@example.com> <a@example.com>", "slack:a", &long]
        {
            assert!(bad.parse::<Sender>().is_err(), "{bad}");
        }
    }
}
