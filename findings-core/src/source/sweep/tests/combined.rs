//! Several lanes together keep the contract of one source.

use async_trait::async_trait;
use futures::StreamExt;

use crate::Text;
use crate::memory::MemorySource;
use crate::source::{
    Budget, FindingsSource, Lane, Page, PageRequest, PageToken, RejectedRecord, Sweep, SweepTarget, View,
};
use crate::testing::conformance::source::SourceProbe;
use crate::{Error, ErrorKind, Finding, Result, VersionOrder};
use std::sync::Arc;

/// What a sweep over several lanes finds, as a source.
#[derive(Debug)]
struct Combined(Sweep);

#[async_trait]
impl FindingsSource for Combined {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let query = &request.query;
        let start = request.token.as_ref().map_or(Ok(0), |token| token.as_str().parse::<usize>());
        let start = start.map_err(|_| Error::new(ErrorKind::StaleToken, "read a page"))?;
        let sweep = self.0.clone().with_selection(query.selection.clone()).with_page_size(query.page_size);
        let target = SweepTarget::new(query.accounts.accounts().iter().copied());
        let mut swept = sweep.start(vec![target]);
        let accounts = swept.next().await.map(|done| done.accounts).unwrap_or_default();
        let findings: Vec<Finding> = accounts.iter().flat_map(|a| a.findings.to_vec().unwrap()).collect();
        let rejected: Vec<RejectedRecord> = accounts.iter().flat_map(|a| a.rejected.iter().cloned()).collect();
        let end = findings.len().min(start + query.page_size.get());
        let next = (end < findings.len()).then(|| PageToken::new(end.to_string())).flatten();
        Ok(Page::new(findings[start..end].to_vec(), next).with_rejected(rejected))
    }
}

/// Deals the findings out to three lanes of two views; every second one is in two of them, in another version.
#[derive(Debug)]
struct Probe;

#[async_trait]
impl SourceProbe for Probe {
    async fn source(&self, findings: Vec<Finding>) -> Arc<dyn FindingsSource> {
        let mut dealt = vec![Vec::new(); 3];
        for (n, finding) in findings.into_iter().enumerate() {
            if n % 2 == 0 {
                let mut older = finding.clone();
                (older.title, older.updated_at) = (Text::from("older"), None);
                assert_eq!(finding.version_order(&older), VersionOrder::Newer);
                dealt[(n + 1) % 3].push(older);
            }
            dealt[n % 3].push(finding);
        }
        let views = [View::security_hub(), View::security_hub_v2(), View::security_hub()];
        let lanes = dealt.into_iter().zip(views).enumerate().map(|(n, (findings, view))| {
            Lane::new(n.to_string(), Arc::new(MemorySource::new(findings)), Budget::unlimited()).with_view(view)
        });
        Arc::new(Combined(Sweep::new(lanes.collect())))
    }
}

mod conformance {
    crate::source_conformance!(async { super::Probe });
}
