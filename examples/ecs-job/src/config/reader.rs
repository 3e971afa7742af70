//! Mistakes in the options, collected while these are read.

use std::fmt;

/// A mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(crate) flag: &'static str,
    pub(crate) message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", names(self.flag), self.message)
    }
}

/// An option by its flag and its variable: "--link-ttl (FINDINGS_LINK_TTL)".
pub(crate) fn names(flag: &str) -> String {
    format!("--{flag} (FINDINGS_{})", flag.to_ascii_uppercase().replace('-', "_"))
}

/// An option that is empty counts as not given, because task definitions pass empty variables on.
pub(super) fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|text| !text.is_empty())
}

/// Collects mistakes while values are read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    errors: Vec<ConfigError>,
}

impl Reader {
    pub(super) fn fail(&mut self, flag: &'static str, message: impl Into<String>) {
        self.errors.push(ConfigError { flag, message: message.into() });
    }

    /// Whether a mistake in this option was found.
    pub(super) fn has_failed(&self, flag: &str) -> bool {
        self.errors.iter().any(|error| error.flag == flag)
    }

    /// The value of an option, or its default; a mistake gives the default and is remembered.
    pub(super) fn read<T>(
        &mut self,
        flag: &'static str,
        value: Option<&str>,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.read_optional(flag, value, parse).unwrap_or(default)
    }

    /// The value of an option that has no default.
    pub(super) fn read_optional<T>(
        &mut self,
        flag: &'static str,
        value: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(given(value)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fail(flag, message);
                None
            }
        }
    }

    /// All mistakes.
    pub(super) fn into_errors(self) -> Vec<ConfigError> {
        self.errors
    }

    /// What was read, if there was no mistake.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<ConfigError>> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }
}
