//! Values that must never be printed.

use std::fmt;

/// A value that `Debug` and `Display` hide, such as a presigned URL.
///
/// ```
/// use findings_core::Secret;
/// let url = Secret::new("https://example.com/?sig=1".to_owned());
/// assert_eq!(format!("{url} {url:?}"), "[redacted] [redacted]");
/// assert!(url.expose().ends_with("sig=1"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place where the value could leak, so call it only where the value is used.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
