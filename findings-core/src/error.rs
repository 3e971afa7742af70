//! One error for every step: what failed, on whom, and whether trying again can help.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// What kind of failure it is: the only thing that code should branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself is wrong; the same request will fail again.
    InvalidInput,
    /// The object, bucket, table, file or identity is not there.
    NotFound,
    /// The caller is known, but not allowed.
    PermissionDenied,
    /// There are no credentials, or they are expired or wrong.
    Unauthenticated,
    /// Security Hub is off for this account and Region.
    NotEnabled,
    /// Too many calls just now.
    Throttled,
    /// A quota that a pause of seconds does not refill, such as the daily quota of SES.
    QuotaExhausted,
    /// The service or the connection to it failed.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// An answer came, but it cannot be decoded.
    Malformed,
    /// The page token is no longer valid: the query must start again.
    StaleToken,
    /// The answers contradict each other, so that the list may be incomplete.
    Inconsistent,
    /// Somebody else holds it, or was first.
    Conflict,
    /// The local disk failed or is full.
    Storage,
    /// The run was told to stop.
    Cancelled,
    /// The request may have taken effect: it was sent, and its answer was lost. A message may have arrived.
    OutcomeUnknown,
    /// None of the others.
    Other,
}

impl ErrorKind {
    /// Whether the same call may succeed a little later.
    ///
    /// ```
    /// use findings_core::ErrorKind;
    /// assert!(ErrorKind::Throttled.is_retryable());
    /// assert!(!ErrorKind::PermissionDenied.is_retryable());
    /// ```
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Timeout)
    }

    /// Whether the failure concerns the caller or the whole Region, so that asking for fewer accounts cannot help.
    pub fn is_region_wide(self) -> bool {
        matches!(self, Self::NotEnabled | Self::PermissionDenied | Self::Unauthenticated | Self::Cancelled)
    }
}

/// What a program lets its users set, as far as errors of these crates are about it.
///
/// A library does not know what the flags and variables of the program are called that it is part of. An error therefore carries the
/// [setting](Error::setting), and the program that prints it names its own flag or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// Where the registry of projects stands.
    Registry,
    /// Where findings come from.
    Source,
    /// Where the list of member accounts stands that belongs to findings from a file.
    Members,
    /// Where reports are stored.
    Reports,
    /// Where history and ledger are kept.
    History,
    /// How long links should work.
    LinkTtl,
    /// Who signs links, which decides how long they work.
    LinkCredentials,
    /// Whether findings that were delivered are set to NOTIFIED.
    Marking,
}

/// A failure: kind, operation, subject, an explanation that says what to do, and the cause.
///
/// [`Display`](fmt::Display) finishes the sentence "failed to …" and leaves the cause to [`source`](StdError::source);
/// [`Error::report`] prints both once.
///
/// ```
/// use findings_core::error::{Error, ErrorKind, Setting};
/// let e = Error::new(ErrorKind::NotFound, "read the registry")
///     .with_subject("projects.csv")
///     .with_message("there is no such file")
///     .with_setting(Setting::Registry);
/// assert_eq!(e.to_string(), "read the registry projects.csv: there is no such file");
/// // the program that prints it adds the name of its own flag
/// assert_eq!(e.setting(), Some(Setting::Registry));
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    operation: Cow<'static, str>,
    subject: Option<String>,
    message: Option<Cow<'static, str>>,
    setting: Option<Setting>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

impl Error {
    /// An error of this kind during `operation`, a fragment such as "read the registry".
    pub fn new(kind: ErrorKind, operation: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: operation.into(),
            subject: None,
            message: None,
            setting: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Names what it was about: an account, an object, a file. Never a secret.
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// Says what was wrong and, where the user can do something, what.
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Says which setting it is about, so that a program can name the flag or variable to correct.
    pub fn with_setting(mut self, setting: Setting) -> Self {
        self.0.setting = Some(setting);
        self
    }

    /// Keeps the pause that the service asked for (`Retry-After`).
    pub fn with_retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause);
        self
    }

    /// Keeps the cause.
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was being done.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// What it was about.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The setting that it is about, or else that its cause is about.
    pub fn setting(&self) -> Option<Setting> {
        let of_cause = || self.0.source.as_deref()?.downcast_ref::<Self>()?.setting();
        self.0.setting.or_else(of_cause)
    }

    /// The pause that the service asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same call may succeed a little later.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// The error and its causes on one line, each once.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut cause = StdError::source(self);
        while let Some(error) = cause {
            let line = error.to_string();
            // wrappers that repeat their cause would say it twice
            if !line.is_empty() && !text.contains(&line) {
                text.push_str(": ");
                text.push_str(&line);
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.operation)?;
        if let Some(subject) = &self.0.subject {
            write!(f, " {subject}")?;
        }
        if let Some(message) = &self.0.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_each_cause_once() {
        let io = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let e = Error::new(ErrorKind::NotFound, "open the source").with_subject("x.json").with_source(io);
        assert_eq!(e.report(), "open the source x.json: no such file");
    }

    #[test]
    fn the_setting_of_a_cause_is_kept_and_no_text_names_it() {
        let cause = Error::new(ErrorKind::NotFound, "open the registry").with_setting(Setting::Registry);
        assert_eq!(cause.to_string(), "open the registry");
        let e = Error::new(ErrorKind::NotFound, "start").with_source(cause);
        assert_eq!(e.setting(), Some(Setting::Registry));
        assert_eq!(e.with_setting(Setting::Source).setting(), Some(Setting::Source));
        assert_eq!(Error::new(ErrorKind::Other, "start").with_source("nothing").setting(), None);
    }

    #[test]
    fn only_passing_failures_are_retryable() {
        let retryable = [ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::Timeout];
        for kind in [ErrorKind::InvalidInput, ErrorKind::Malformed, ErrorKind::StaleToken, ErrorKind::QuotaExhausted] {
            assert!(!kind.is_retryable(), "{kind:?}");
        }
        assert!(retryable.iter().all(|k| k.is_retryable()));
    }
}
