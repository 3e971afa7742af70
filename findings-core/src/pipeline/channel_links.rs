//! In which channels messages have a link to the report.

use std::fmt;
use std::str::FromStr;

use crate::recipient::Recipient;

/// The channels whose messages have a link to the report. Everybody in a channel can use the link, also people who join later
/// and are not of the project, so there are none unless somebody names them.
///
/// Written as a list of channels, separated by commas: `teams:payments`, `teams:*` for all channels of a service, or `all`.
///
/// ```
/// use findings_core::pipeline::ChannelLinks;
/// let links: ChannelLinks = "teams:payments, slack:*".parse()?;
/// assert!(links.allow(&"teams:Payments".parse()?) && links.allow(&"slack:ops".parse()?));
/// assert!(!links.allow(&"teams:ops".parse()?) && !ChannelLinks::default().allow(&"slack:ops".parse()?));
/// assert!("payments".parse::<ChannelLinks>().is_err());
/// assert_eq!(links.unused(&[&"teams:payment".parse()?, &"slack:ops".parse()?]), ["teams:payments"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelLinks(Vec<Allowed>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    All,
    Scheme(String),
    Channel(Recipient),
}

/// The error for a text that names no channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a channel; expected SCHEME:NAME such as teams:payments, SCHEME:* or all, several separated by commas"
)]
pub struct InvalidChannel(String);

impl ChannelLinks {
    /// Whether messages to this recipient have a link. Mail addresses always get theirs.
    pub fn allow(&self, recipient: &Recipient) -> bool {
        let Some((scheme, _)) = recipient.channel() else { return true };
        self.0.iter().any(|allowed| match allowed {
            Allowed::All => true,
            Allowed::Scheme(of) => of == scheme,
            Allowed::Channel(channel) => channel.as_str().eq_ignore_ascii_case(recipient.as_str()),
        })
    }

    /// Returns what is named here and is none of these recipients, as it is written: most likely it is misspelled.
    pub fn unused(&self, recipients: &[&Recipient]) -> Vec<String> {
        let is_unused = |allowed: &&Allowed| {
            let only = Self(vec![(*allowed).clone()]);
            **allowed != Allowed::All && !recipients.iter().any(|to| to.channel().is_some() && only.allow(to))
        };
        self.0.iter().filter(is_unused).map(|allowed| Self(vec![allowed.clone()]).to_string()).collect()
    }

    /// Whether no channel gets a link.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for ChannelLinks {
    type Err = InvalidChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(allowed).collect::<Result<_, _>>().map(Self)
    }
}

fn allowed(entry: &str) -> Result<Allowed, InvalidChannel> {
    if entry.eq_ignore_ascii_case("all") {
        return Ok(Allowed::All);
    }
    // a name that stands for any tells whether the scheme is one
    let (named, is_any) =
        entry.strip_suffix('*').map_or((entry.to_owned(), false), |scheme| (format!("{scheme}x"), true));
    let channel: Recipient = named.parse().map_err(|_| InvalidChannel(entry.chars().take(40).collect()))?;
    let scheme = channel.channel().map(|(scheme, _)| scheme.to_owned());
    match scheme {
        Some(scheme) if is_any && entry == format!("{scheme}:*") => Ok(Allowed::Scheme(scheme)),
        Some(_) if !is_any => Ok(Allowed::Channel(channel)),
        _ => Err(InvalidChannel(entry.chars().take(40).collect())),
    }
}

impl fmt::Display for ChannelLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, allowed) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match allowed {
                Allowed::All => f.write_str("all")?,
                Allowed::Scheme(scheme) => write!(f, "{scheme}:*")?,
                Allowed::Channel(channel) => f.write_str(channel.as_str())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_parsed_again_and_nothing_else_is_a_channel() {
        for text in ["teams:payments, slack:*", "all", ""] {
            assert_eq!(text.parse::<ChannelLinks>().unwrap().to_string(), text);
        }
        for text in ["*", "teams", "teams:a*", "sato@example.com", "teams:", "https://example.com/x", ":*"] {
            assert!(text.parse::<ChannelLinks>().is_err(), "{text}");
        }
    }
}
