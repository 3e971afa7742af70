//! The secret part of a link, and the hash by which the table knows it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result, Secret};

/// Random bytes of a token: 192 bits, which nobody guesses.
const BYTES: usize = 24;

/// The secret part of a link: 48 lower-case hex digits.
///
/// ```
/// use findings_core::redirect::LinkToken;
/// let token = LinkToken::generate()?;
/// let again: LinkToken = token.expose().parse().unwrap();
/// assert_eq!(token.id(), again.id());
/// assert_eq!(format!("{token:?}"), "LinkToken([redacted])");
/// assert!("altered".parse::<LinkToken>().is_err());
/// # Ok::<(), findings_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkToken(Secret<String>);

/// The error for a text that is not a token. It does not repeat the text, which may be one with a typing error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the token of a link: 48 of the characters 0-9 a-f")]
pub struct InvalidLinkToken;

impl LinkToken {
    /// Makes a new token.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|e| Error::new(ErrorKind::Other, "make the token of a link").with_source(e))?;
        Ok(Self(Secret::new(hex::encode(bytes))))
    }

    /// The token as text.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The ID of its link.
    pub fn id(&self) -> LinkId {
        LinkId(hex::encode(Sha256::digest(self.expose().as_bytes())))
    }
}

impl FromStr for LinkToken {
    type Err = InvalidLinkToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_hex(text, 2 * BYTES) { Ok(Self(Secret::new(text.to_owned()))) } else { Err(InvalidLinkToken) }
    }
}

/// Identifies a link: the SHA-256 of its token, 64 lower-case hex digits. Who reads it cannot open the link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LinkId(String);

impl LinkId {
    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits, which tell links apart in a log or table.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or_default()
    }

    #[cfg(feature = "aws-dynamodb")]
    /// Reads an ID that was stored.
    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        is_hex(text, 64).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_new_and_parses() {
        let tokens: Vec<LinkToken> = (0..100).map(|_| LinkToken::generate().unwrap()).collect();
        let ids: std::collections::HashSet<_> = tokens.iter().map(LinkToken::id).collect();
        assert_eq!(ids.len(), tokens.len());
        for token in tokens {
            assert_eq!(token.expose().parse(), Ok(token.clone()));
            assert!(!token.id().as_str().contains(token.expose()));
        }
    }

    #[test]
    fn parse_refuses_everything_else() {
        let token = LinkToken::generate().unwrap();
        let text = token.expose();
        for bad in ["", &text[1..], &format!("{text}0"), &text.to_uppercase().replace('0', "O"), &format!("{text}\n")] {
            assert_eq!(bad.parse::<LinkToken>(), Err(InvalidLinkToken), "{bad:?}");
        }
    }
}
