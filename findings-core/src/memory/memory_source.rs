//! Findings in memory.

use async_trait::async_trait;

use crate::source::{FindingsSource, Page, PageRequest, PageToken, RejectedRecord};
use crate::{Error, ErrorKind, Finding, Result};

/// A source of findings that it was given.
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
    /// A source of these findings.
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { findings, rejected: Vec::new() }
    }

    /// Adds records that cannot be read.
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
