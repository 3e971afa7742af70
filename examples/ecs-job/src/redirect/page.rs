//! The pages for people whose link leads to no report.

use jiff::Timestamp;
use minijinja::{Environment, context};

const TEMPLATE: &str = include_str!("page.html");

/// Why there is no report.
#[derive(Clone, Copy, Debug)]
pub(super) enum Page {
    Unknown,
    Expired(Timestamp),
    Revoked(Timestamp),
    Unavailable,
}

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired(_) => "expired",
            Self::Revoked(_) => "revoked",
            Self::Unavailable => "unavailable",
        }
    }

    fn at(self) -> Option<Timestamp> {
        match self {
            Self::Expired(at) | Self::Revoked(at) => Some(at),
            Self::Unknown | Self::Unavailable => None,
        }
    }
}

/// Returns the page in both languages, the reader's first. `languages` is the header Accept-Language.
pub(super) fn html(page: Page, languages: &str, contact: Option<&str>) -> String {
    let first = languages.split([',', ';']).map(str::trim).find(|tag| tag.starts_with("ja") || tag.starts_with("en"));
    let order = if first.is_some_and(|tag| tag.starts_with("ja")) { ["ja", "en"] } else { ["en", "ja"] };
    let at = page.at().map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let mut environment = Environment::new();
    // the end of the name makes minijinja escape values
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let rendered = environment.render_str(TEMPLATE, context! { page => page.name(), at, contact, order });
    // the template is part of the program, and a test renders all its pages
    rendered.unwrap_or_else(|_| page.name().to_owned())
}
