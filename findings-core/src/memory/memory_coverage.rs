//! Coverage that is given.

use async_trait::async_trait;

use crate::Result;
use crate::coverage::{CoverageFacts, CoverageRequest, CoverageSource};

/// Says what it was told.
///
/// ```
/// use findings_core::coverage::{CoverageFacts, CoverageRequest, CoverageSource};
/// use findings_core::memory::MemoryCoverage;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), findings_core::Error> {
/// let coverage = MemoryCoverage::new(CoverageFacts::default());
/// assert!(coverage.look(&CoverageRequest::new(vec![])).await?.regions.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryCoverage {
    facts: CoverageFacts,
}

impl MemoryCoverage {
    /// These facts.
    pub fn new(facts: CoverageFacts) -> Self {
        Self { facts }
    }
}

#[async_trait]
impl CoverageSource for MemoryCoverage {
    async fn look(&self, _: &CoverageRequest) -> Result<CoverageFacts> {
        Ok(self.facts.clone())
    }
}
