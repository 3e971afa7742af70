//! A source that could not be opened, so that a run goes on and says so.

use std::sync::Arc;

use async_trait::async_trait;

use super::{FindingsSource, Page, PageRequest};
use crate::{Error, ErrorKind, Result};

/// A source that answers every query with the error with which opening it failed. Every account is then incomplete, and
/// the projects are told.
///
/// ```
/// use findings_core::source::UnavailableSource;
/// use findings_core::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::NotFound, "open the source").with_message("it is not there");
/// let source = UnavailableSource::new(&error);
/// assert_eq!(source.reason(), "open the source: it is not there");
/// ```
#[derive(Clone, Debug)]
pub struct UnavailableSource {
    kind: ErrorKind,
    reason: Arc<str>,
}

impl UnavailableSource {
    /// Creates the source from the error. Whatever its kind, no retry helps.
    pub fn new(error: &Error) -> Self {
        let kind = if error.kind().is_retryable() { ErrorKind::Other } else { error.kind() };
        Self { kind, reason: error.report().into() }
    }

    /// Returns why it could not be opened.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

#[async_trait]
impl FindingsSource for UnavailableSource {
    async fn page(&self, _: &PageRequest) -> Result<Page> {
        Err(Error::new(self.kind, "fetch findings").with_message(self.reason.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{AccountBatch, FindingsQuery};

    #[tokio::test]
    async fn every_query_fails_at_once_with_the_reason() {
        for (kind, want) in [
            (ErrorKind::PermissionDenied, ErrorKind::PermissionDenied),
            (ErrorKind::Timeout, ErrorKind::Other),
            (ErrorKind::Throttled, ErrorKind::Other),
        ] {
            let source = UnavailableSource::new(&Error::new(kind, "open it").with_message("no"));
            let batch = AccountBatch::new(vec!["000000000001".parse().unwrap()]).unwrap();
            let error = source.page(&PageRequest::first(FindingsQuery::new(batch))).await.unwrap_err();
            assert_eq!((error.kind(), error.report().as_str()), (want, "fetch findings: open it: no"));
        }
    }
}
