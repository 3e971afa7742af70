//! The error type of all steps: what failed, what it concerns, and whether a retry can help.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// The kind of a failure. Code should branch on nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself is wrong; the same request will fail again.
    InvalidInput,
    /// The object, bucket, table, file or identity does not exist.
    NotFound,
    /// The caller is authenticated, but not authorized.
    PermissionDenied,
    /// The credentials are missing, expired or wrong.
    Unauthenticated,
    /// Security Hub is off for this account and Region.
    NotEnabled,
    /// There were too many calls in a short time.
    Throttled,
    /// A quota is used up that a pause of seconds does not refill, for example the daily sending quota of SES.
    QuotaExhausted,
    /// The service or the connection to it failed.
    Unavailable,
    /// No response arrived in time.
    Timeout,
    /// A response arrived, but it cannot be decoded.
    Malformed,
    /// The page token is no longer valid: the query must start again.
    StaleToken,
    /// Responses contradict each other, so a list may be incomplete.
    Inconsistent,
    /// Another process holds the resource (a lease, for example), or has changed it first.
    Conflict,
    /// The local disk failed or is full.
    Storage,
    /// The run was asked to stop.
    Cancelled,
    /// The request was sent but the response was lost, so it may have taken effect: a message may have been delivered.
    OutcomeUnknown,
    /// Any other failure.
    Other,
}

impl ErrorKind {
    /// Returns whether the same call may succeed a little later.
    ///
    /// ```
    /// use findings_core::ErrorKind;
    /// assert!(ErrorKind::Throttled.is_retryable());
    /// assert!(!ErrorKind::PermissionDenied.is_retryable());
    /// ```
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Timeout)
    }

    /// Returns whether the failure concerns the caller or the whole Region, so that a query for fewer accounts fails,
    /// too.
    pub fn is_region_wide(self) -> bool {
        matches!(self, Self::NotEnabled | Self::PermissionDenied | Self::Unauthenticated | Self::Cancelled)
    }
}

/// A setting of the program that an error can be about.
///
/// A library does not know the flags and variables of the program that uses it. Therefore an error carries the
/// [setting](Error::setting), and the program that prints the error names its own flag or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// The location of the registry of projects.
    Registry,
    /// The source of findings.
    Source,
    /// The location of the list of member accounts, for findings from a file.
    Members,
    /// The location of stored reports.
    Reports,
    /// The location of the work of a run between its stages.
    Work,
    /// The location of history and ledger.
    History,
    /// The requested lifetime of links.
    LinkTtl,
    /// The credentials that sign links. A link stops working when they expire.
    LinkCredentials,
    /// Whether the program sets delivered findings to NOTIFIED.
    Marking,
}

/// A failure: its kind, operation and subject, a message that says what to do, and its cause.
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
    /// Creates an error of this kind. `operation` is a fragment that finishes "failed to …", for example "read the
    /// registry".
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

    /// Sets the subject: an account, an object, a file. MUST NOT contain a secret.
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// Sets the message: what is wrong and, if the user can correct it, how.
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Adds a clause to the message.
    pub(crate) fn with_note(mut self, note: String) -> Self {
        let message = match self.0.message.take() {
            Some(message) => format!("{message}; {note}"),
            None => note,
        };
        self.0.message = Some(message.into());
        self
    }

    /// Sets the setting that the error is about, so that a program can name the flag or variable to correct.
    pub fn with_setting(mut self, setting: Setting) -> Self {
        self.0.setting = Some(setting);
        self
    }

    /// Sets the pause that the service requested (`Retry-After`).
    pub fn with_retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause);
        self
    }

    /// Sets the cause.
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the operation that failed.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// Returns the subject.
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Returns the setting that the error is about. Without one, returns that of its cause.
    pub fn setting(&self) -> Option<Setting> {
        let of_cause = || self.0.source.as_deref()?.downcast_ref::<Self>()?.setting();
        self.0.setting.or_else(of_cause)
    }

    /// Returns the pause that the service requested.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether the same call may succeed a little later.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// Returns the error and its causes on one line, each once.
    pub fn report(&self) -> String {
        let mut text = self.to_string();
        let mut cause = StdError::source(self);
        while let Some(error) = cause {
            let line = error.to_string();
            // some error types repeat their cause in their own text
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
    fn report_names_each_cause_once() {
        let io = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let e = Error::new(ErrorKind::NotFound, "open the source").with_subject("x.json").with_source(io);
        assert_eq!(e.report(), "open the source x.json: no such file");
    }

    #[test]
    fn setting_falls_back_to_cause_and_is_not_printed() {
        let cause = Error::new(ErrorKind::NotFound, "open the registry").with_setting(Setting::Registry);
        assert_eq!(cause.to_string(), "open the registry");
        let e = Error::new(ErrorKind::NotFound, "start").with_source(cause);
        assert_eq!(e.setting(), Some(Setting::Registry));
        assert_eq!(e.with_setting(Setting::Source).setting(), Some(Setting::Source));
        assert_eq!(Error::new(ErrorKind::Other, "start").with_source("nothing").setting(), None);
    }

    #[test]
    fn only_temporary_failures_are_retryable() {
        let retryable = [ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::Timeout];
        for kind in [ErrorKind::InvalidInput, ErrorKind::Malformed, ErrorKind::StaleToken, ErrorKind::QuotaExhausted] {
            assert!(!kind.is_retryable(), "{kind:?}");
        }
        assert!(retryable.iter().all(|k| k.is_retryable()));
    }
}
