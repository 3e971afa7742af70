//! Returns coverage facts from memory.

use async_trait::async_trait;

use crate::Result;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource};

/// A coverage source that returns the facts it was created with, whatever the request.
///
/// ```
/// use findings_core::coverage::{CoverageFacts, CoverageRequest, CoverageSource};
/// use findings_core::memory::MemoryCoverage;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), findings_core::Error> {
/// let coverage = MemoryCoverage::new(CoverageFacts::default());
/// assert!(coverage.check(&CoverageRequest::new(vec![])).await?.regions.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryCoverage {
    facts: CoverageFacts,
}

impl MemoryCoverage {
    /// Creates a source that returns `facts`.
    pub fn new(facts: CoverageFacts) -> Self {
        Self { facts }
    }
}

#[async_trait]
impl CoverageSource for MemoryCoverage {
    async fn check(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
        Ok(self.facts.clone())
    }
}
