//! A source decorator that tells an observer of each page.

use std::sync::Arc;

use async_trait::async_trait;

use super::{SweepEvent, SweepObserver};
use crate::Result;
use crate::source::{FindingsSource, Page, PageRequest};

/// A source whose pages are told as they come: a query of many pages takes minutes.
#[derive(Debug)]
pub(super) struct ObservedSource<S> {
    pub(super) source: S,
    pub(super) observer: Arc<dyn SweepObserver>,
}

#[async_trait]
impl<S: FindingsSource> FindingsSource for ObservedSource<S> {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let page = self.source.page(request).await?;
        self.observer.on_event(&SweepEvent::PageReceived { findings: page.findings.len() });
        Ok(page)
    }
}
