//! Opens the sources of a run after the run is locked.

use std::fmt;

use async_trait::async_trait;

use crate::Result;
use crate::source::Lane;

/// Opens the lanes of a run. What opening does happens once for a run that several processes are started for: reading large
/// files, or beginning an export.
///
/// ```
/// use std::sync::Arc;
/// use findings_core::Result;
/// use findings_core::memory::MemorySource;
/// use findings_core::pipeline::OpenLanes;
/// use findings_core::source::{Budget, Lane};
///
/// #[derive(Debug)]
/// struct OfMemory;
///
/// #[async_trait::async_trait]
/// impl OpenLanes for OfMemory {
///     async fn open(&self) -> Result<Vec<Lane>> {
///         Ok(vec![Lane::new("memory", Arc::new(MemorySource::default()), Budget::unlimited())])
///     }
/// }
/// ```
#[async_trait]
pub trait OpenLanes: fmt::Debug + Send + Sync + 'static {
    /// Opens the lanes, at least one.
    ///
    /// # Errors
    /// If there is nothing to read: the run does not start, and can be started again.
    async fn open(&self) -> Result<Vec<Lane>>;
}
