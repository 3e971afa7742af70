//! Returns findings from memory.

use async_trait::async_trait;

use crate::source::{FindingsSource, Page, PageRequest, PageToken, RejectedRecord};
use crate::{Error, ErrorKind, Finding, Result};

/// A source that returns the findings it was created with.
///
/// ```
/// use findings_core::{Finding, memory::MemorySource};
/// let source = MemorySource::new(vec![Finding::new("123456789012".parse()?, "1")]);
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    findings: Vec<Finding>,
    rejected: Vec<RejectedRecord>,
}

impl MemorySource {
    /// Creates a source of `findings`.
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { findings, rejected: Vec::new() }
    }

    /// Sets the records that the source reports as unreadable.
    pub fn with_rejected(mut self, rejected: Vec<RejectedRecord>) -> Self {
        self.rejected = rejected;
        self
    }
}

#[async_trait]
impl FindingsSource for MemorySource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let query = &request.query;
        let start = match &request.token {
            None => 0,
            Some(token) => token.as_str().parse::<usize>().map_err(|_| {
                Error::new(ErrorKind::StaleToken, "read a page of findings").with_message("the page token is not known")
            })?,
        };
        let matching = |f: &&Finding| query.accounts.contains(f.account) && query.selection.matches(f);
        let mut rest = self.findings.iter().filter(matching).skip(start);
        let findings: Vec<Finding> = rest.by_ref().take(query.page_size.get()).cloned().collect();
        let end = start + findings.len();
        let next = rest.next().and_then(|_| PageToken::new(end.to_string()));
        let mine = |r: &&RejectedRecord| r.account.is_none_or(|account| query.accounts.contains(account));
        let rejected = if start == 0 { self.rejected.iter().filter(mine).cloned().collect() } else { Vec::new() };
        Ok(Page::new(findings, next).with_rejected(rejected))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::asff::{TextPool, decode_finding};
    use crate::testing::conformance::source::AsffProbe;

    #[derive(Debug)]
    struct Probe;

    #[async_trait]
    impl AsffProbe for Probe {
        async fn asff_source(&self, findings: Vec<Value>) -> Arc<dyn FindingsSource> {
            let pool = TextPool::default();
            let decoded = findings.iter().map(|f| decode_finding(f.to_string().as_bytes(), &pool));
            let (good, bad): (Vec<_>, Vec<_>) = decoded.partition(Result::is_ok);
            let rejected = bad.into_iter().filter_map(Result::err).collect();
            Arc::new(MemorySource::new(good.into_iter().flatten().collect()).with_rejected(rejected))
        }
    }

    crate::asff_source_conformance!(async { Probe });
}
