//! Where the organisation publishes its guidance.

use std::fmt;
use std::str::FromStr;

use crate::Locale;

/// The address of the organisation's own site with its guidance. Each control has a page, such as `S3.8.html`.
///
/// ```
/// use findings_core::{Locale, guidance::GuidanceSite};
/// let site: GuidanceSite = "https://wiki.example.com/security/".parse()?;
/// assert_eq!(site.page("S3.8", Locale::Ja), "https://wiki.example.com/security/S3.8.html#ja");
/// assert!("http://wiki.example.com".parse::<GuidanceSite>().is_err(), "it is not encrypted");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuidanceSite {
    /// Without a slash at the end.
    address: String,
}

/// The longest address: links stay short enough for workbooks.
const LONGEST: usize = 1_000;

impl GuidanceSite {
    /// The file of a control's page.
    pub fn file(control: &str) -> String {
        format!("{control}.html")
    }

    /// The link to the page of a control, in the part of it that is in a language.
    pub fn page(&self, control: &str, locale: Locale) -> String {
        format!("{}/{}#{}", self.address, Self::file(control), locale.as_str())
    }
}

impl FromStr for GuidanceSite {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.trim().trim_end_matches('/');
        let host = address.strip_prefix("https://").unwrap_or_default();
        let legal = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '#' | '?' | '@');
        if host.is_empty() || host.starts_with('/') || !address.chars().all(legal) {
            return Err("expected the address of a site, such as https://wiki.example.com/security".to_owned());
        }
        if address.len() > LONGEST {
            return Err(format!("the address has more than {LONGEST} characters"));
        }
        Ok(Self { address: address.to_owned() })
    }
}

impl fmt::Display for GuidanceSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}
