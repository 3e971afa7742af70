//! AWS account IDs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An AWS account ID: exactly 12 digits, leading zeros included.
///
/// ```
/// use findings_core::AccountId;
/// let id: AccountId = "012345678901".parse()?;
/// assert_eq!(id.to_string(), "012345678901");
/// assert!("12345678901".parse::<AccountId>().is_err());
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AccountId(u64);

const DIGITS: usize = 12;

/// The error for a text that is not an account ID. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAccountId {
    /// A number in scientific notation, as spreadsheets save it.
    #[error(
        "\"{0}\" is a number that a spreadsheet has rounded; the digits are lost, enter the account ID again as text"
    )]
    Scientific(String),
    /// Too few digits, for example because a spreadsheet dropped leading zeros. Holds the text and its number of
    /// digits.
    #[error(
        "\"{0}\" has {1} digits instead of 12; if a spreadsheet dropped leading zeros, put them back and format the column as text"
    )]
    TooShort(String, usize),
    /// Too many digits. Holds the text and its number of digits.
    #[error("\"{0}\" has {1} digits instead of 12; separate several account IDs with ';'")]
    TooLong(String, usize),
    /// Something other than digits.
    #[error("\"{0}\" is not an account ID; expected exactly 12 digits")]
    NotDigits(String),
}

impl AccountId {
    /// The ID as a number of up to 12 digits.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The ID with this number; `None` if it has more than 12 digits.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        (number < 1_000_000_000_000).then_some(Self(number))
    }

    /// Returns the ID, followed by the name of the account if it is known: "123456789012 (prod)".
    pub(crate) fn with_name(self, name: Option<&str>) -> String {
        name.map_or_else(|| self.to_string(), |name| format!("{self} ({name})"))
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(if looks_scientific(text) {
                InvalidAccountId::Scientific(text.to_owned())
            } else {
                InvalidAccountId::NotDigits(text.escape_debug().take(60).collect())
            });
        }
        match digits.cmp(&DIGITS) {
            std::cmp::Ordering::Less => Err(InvalidAccountId::TooShort(text.to_owned(), digits)),
            std::cmp::Ordering::Greater => Err(InvalidAccountId::TooLong(text.chars().take(60).collect(), digits)),
            std::cmp::Ordering::Equal => {
                text.parse().map(Self).map_err(|_| InvalidAccountId::NotDigits(text.to_owned()))
            }
        }
    }
}

/// Whether the text is like `1.23E+11`, as Excel shows and saves large numbers. In some languages Excel writes a comma.
fn looks_scientific(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.split_once('e').is_some_and(|(mantissa, exponent)| {
        mantissa.starts_with(|c: char| c.is_ascii_digit())
            && mantissa.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
            && exponent.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit())
            && exponent.bytes().any(|b| b.is_ascii_digit())
    })
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({self})")
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_damage_by_spreadsheets() {
        for (text, want) in [
            ("1.23E+11", "rounded"),
            ("1,23457E+11", "rounded"),
            ("12345678901", "leading zeros"),
            ("1234567890123", "separate several"),
            ("12345678901a", "exactly 12 digits"),
            ("", "exactly 12 digits"),
            ("１２３４５６７８９０１２", "exactly 12 digits"),
        ] {
            let message = text.parse::<AccountId>().unwrap_err().to_string();
            assert!(message.contains(want), "{text}: {message}");
        }
    }

    #[test]
    fn account_id_keeps_leading_zeros() {
        let id: AccountId = "000000000001".parse().unwrap();
        assert_eq!(id.to_string(), "000000000001");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"000000000001\"");
    }
}
