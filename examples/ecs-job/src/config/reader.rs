//! Reads option values and collects errors in them.

use std::fmt;

/// An error in the value of an option.
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

/// Options of one subcommand, which no variable sets.
const FLAGS_ONLY: [&str; 12] = [
    "account",
    "after",
    "from",
    "link",
    "listen",
    "output",
    "severity",
    "since",
    "stale-after",
    "test-mail",
    "to",
    "weeks",
];

/// Returns the flag and the variable of an option: "--link-ttl (FINDINGS_LINK_TTL)".
pub(crate) fn names(flag: &str) -> String {
    // an argument without a flag
    if ["RUN", "FILE", "CONTROL"].contains(&flag) {
        return flag.to_owned();
    }
    if FLAGS_ONLY.contains(&flag) {
        return format!("--{flag}");
    }
    format!("--{flag} (FINDINGS_{})", flag.to_ascii_uppercase().replace('-', "_"))
}

/// Returns the trimmed value, or `None` if it is empty: task definitions set variables without a value to empty.
pub(super) fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|text| !text.is_empty())
}

/// Parses option values and collects the errors.
#[derive(Debug, Default)]
pub(super) struct Reader {
    errors: Vec<ConfigError>,
}

impl Reader {
    pub(super) fn fail(&mut self, flag: &'static str, message: impl Into<String>) {
        self.errors.push(ConfigError { flag, message: message.into() });
    }

    /// Returns whether an error in this option was found.
    pub(super) fn has_failed(&self, flag: &str) -> bool {
        self.errors.iter().any(|error| error.flag == flag)
    }

    /// Returns the value of an option, or its default if it is not set or invalid. Records an error if it is invalid.
    pub(super) fn read<T>(
        &mut self,
        flag: &'static str,
        value: Option<&str>,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.read_optional(flag, value, parse).unwrap_or(default)
    }

    /// Returns the value of an option that has no default.
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

    /// Returns all errors.
    pub(super) fn into_errors(self) -> Vec<ConfigError> {
        self.errors
    }

    /// Returns the value if there was no error.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<ConfigError>> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }
}
