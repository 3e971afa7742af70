//! The token that says which report a file is, signed so that a project can decide only about its own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use super::SheetSource;
use crate::Secret;

/// What every token begins with. Another form gets another number.
const FORM: &str = "t1";
/// The fewest characters of a key: as many as the digits of 128 bits.
const MIN_KEY: usize = 32;

/// The key that signs tokens.
///
/// ```
/// use findings_core::Secret;
/// use findings_core::decision::{SheetSource, TokenKey};
/// let key = TokenKey::new(Secret::new("0123456789abcdef0123456789abcdef".to_owned()))?;
/// let source = SheetSource::new("Payments", "2026-11-23".parse()?, "2027-02-21T00:00:00Z".parse()?);
/// let token = key.sign(&source);
/// assert_eq!(key.verify(&token, "2026-11-24T00:00:00Z".parse()?)?, source);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenKey(Secret<String>);

/// The error for a key that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key that signs reports has fewer than {MIN_KEY} characters; let a password generator make one")]
pub struct KeyTooShort;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// It is no token, it was changed, or another key signed it.
    #[error("the mark of the report is missing or was changed; enter the decisions into the report itself")]
    Altered,
    /// It is too old.
    #[error("the report is too old: decisions in it were taken until {0}; enter them into the latest report")]
    Expired(Timestamp),
}

impl TokenKey {
    /// A key of at least 32 characters.
    ///
    /// # Errors
    /// If it is shorter.
    pub fn new(key: Secret<String>) -> Result<Self, KeyTooShort> {
        if key.expose().trim().chars().count() < MIN_KEY { Err(KeyTooShort) } else { Ok(Self(key)) }
    }

    /// Makes the token of a report: ASCII without spaces.
    pub fn sign(&self, source: &SheetSource) -> String {
        // a struct of two texts and a time always becomes JSON
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(source).unwrap_or_default());
        let mac = hex::encode(&self.mac(&claims).finalize().into_bytes()[..16]);
        format!("{FORM}.{claims}.{mac}")
    }

    /// Returns the report that a token names.
    ///
    /// # Errors
    /// If the token was changed or has expired.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<SheetSource, InvalidToken> {
        let mut parts = token.trim().split('.');
        let (Some(FORM), Some(claims), Some(mac), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidToken::Altered);
        };
        let mac = hex::decode(mac).map_err(|_| InvalidToken::Altered)?;
        if mac.len() != 16 {
            return Err(InvalidToken::Altered);
        }
        self.mac(claims).verify_truncated_left(&mac).map_err(|_| InvalidToken::Altered)?;
        let json = URL_SAFE_NO_PAD.decode(claims).map_err(|_| InvalidToken::Altered)?;
        let source: SheetSource = serde_json::from_slice(&json).map_err(|_| InvalidToken::Altered)?;
        if source.expires_at < now { Err(InvalidToken::Expired(source.expires_at)) } else { Ok(source) }
    }

    fn mac(&self, claims: &str) -> Hmac<Sha256> {
        // HMAC takes a key of any length
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose().trim().as_bytes()).expect("any key");
        mac.update(FORM.as_bytes());
        mac.update(claims.as_bytes());
        mac
    }
}
