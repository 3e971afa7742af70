//! The trait for checking and setting up a backend before a run.

use std::fmt;

use async_trait::async_trait;

use crate::Result;

/// The result of [`Backend::check`] or [`Backend::setup`]: one line for the operator, such as "table findings: on
/// demand, recoverable".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackendReport {
    /// What was found or done, in one line.
    pub summary: String,
}

impl BackendReport {
    /// A report with this line.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into() }
    }
}

/// A resource that has to exist before a run: a bucket, a table, a directory, a mail identity.
///
/// An implementation
/// * MUST NOT change or send anything in [`check`](Self::check),
/// * MUST be safe to repeat in [`setup`](Self::setup), and keep what exists,
/// * MUST say in an error what is missing and how to create it.
///
/// ```
/// use std::path::PathBuf;
///
/// use async_trait::async_trait;
/// use findings_core::{Backend, BackendReport, Error, ErrorKind, Result};
///
/// /// A folder that has to be there.
/// #[derive(Debug)]
/// struct Folder(PathBuf);
///
/// #[async_trait]
/// impl Backend for Folder {
///     async fn check(&self) -> Result<BackendReport> {
///         if self.0.is_dir() {
///             return Ok(BackendReport::new(format!("folder {}", self.0.display())));
///         }
///         Err(Error::new(ErrorKind::NotFound, "find the folder").with_message("it is not there; make it"))
///     }
///
///     async fn setup(&self) -> Result<BackendReport> {
///         std::fs::create_dir_all(&self.0)
///             .map_err(|error| Error::new(ErrorKind::Storage, "make the folder").with_source(error))?;
///         self.check().await
///     }
/// }
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync + 'static {
    /// Checks that the resource exists and is usable.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if it is missing, otherwise as the backend answers.
    async fn check(&self) -> Result<BackendReport>;

    /// Creates what is missing.
    ///
    /// # Errors
    /// As the backend answers; [`NotFound`](crate::ErrorKind::NotFound) if only a person can create it.
    async fn setup(&self) -> Result<BackendReport>;
}
