//! What every backend can be asked before a run: is it there, and can what lacks be made?

use std::fmt;

use async_trait::async_trait;

use crate::Result;

/// What [`Backend::check`] or [`Backend::setup`] found or did: one line for the operator, such as "table findings: on demand, recoverable".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendReport {
    /// One line.
    pub summary: String,
}

impl BackendReport {
    /// A report of this line.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into() }
    }
}

/// Something a run depends on that has to exist before: a bucket, a table, a directory, a mail identity.
///
/// An implementation
/// * MUST NOT change or send anything in [`check`](Self::check),
/// * MUST be safe to repeat in [`setup`](Self::setup), and keep what is there,
/// * MUST say in an error what lacks and how to make it.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// Whether it is there and usable.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if it is missing, otherwise as the backend answers.
    async fn check(&self) -> Result<BackendReport>;

    /// Makes what is missing.
    ///
    /// # Errors
    /// As the backend answers; [`NotFound`](crate::ErrorKind::NotFound) if it is something that only a person can make.
    async fn setup(&self) -> Result<BackendReport>;
}
