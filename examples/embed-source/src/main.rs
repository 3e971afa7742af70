//! A custom source in a sweep: findings come from a vulnerability scanner instead of Security Hub. The sweep packs
//! accounts into queries, reads all pages, retries, and returns the findings of each team when its accounts are done.
//!
//! Run it with `cargo run --bin embed-source`. `.ci/test -p embed-source` runs the conformance suite on the source.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use findings_core::source::{Budget, Lane, Page, PageRequest, PageToken, Sweep, SweepTarget};
use findings_core::{AccountId, Error, ErrorKind, Finding, FindingsSource, Result, Severity};
use futures::StreamExt;

/// A scanner that keeps its findings and refuses one call in five because it is busy.
#[derive(Debug)]
struct Scanner {
    findings: Vec<Finding>,
    /// The calls so far; `None` if the scanner is never busy.
    calls: Option<AtomicU64>,
}

#[async_trait]
impl FindingsSource for Scanner {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        if self.calls.as_ref().is_some_and(|calls| calls.fetch_add(1, Ordering::Relaxed) % 5 == 1) {
            // the sweep retries errors of this kind
            return Err(Error::new(ErrorKind::Throttled, "ask the scanner").with_message("busy"));
        }
        let query = &request.query;
        let start = match &request.token {
            None => 0,
            // a token from elsewhere must not begin another list
            Some(token) => token.as_str().parse().map_err(|_| Error::new(ErrorKind::StaleToken, "ask the scanner"))?,
        };
        let matching = |f: &&Finding| query.accounts.contains(f.account) && query.selection.matches(f);
        let mut rest = self.findings.iter().filter(matching).skip(start);
        let findings: Vec<Finding> = rest.by_ref().take(query.page_size.get()).cloned().collect();
        let end = start + findings.len();
        Ok(Page::new(findings, rest.next().and_then(|_| PageToken::new(end.to_string()))))
    }
}

fn scan(account: AccountId, n: usize) -> Finding {
    let mut finding = Finding::new(account, format!("scan-{account}-{n}"));
    finding.title = format!("Port {} is open", 1024 + n).into();
    finding.severity = if n == 0 { Severity::Critical } else { Severity::Low };
    finding
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let accounts: Vec<AccountId> = (1..=30).map(|n| format!("{n:012}").parse()).collect::<Result<_, _>>()?;
    let teams = accounts.chunks(3).map(|three| SweepTarget::new(three.to_vec())).collect();

    let findings = accounts.iter().flat_map(|account| (0..100).map(|n| scan(*account, n))).collect();
    let scanner = Scanner { findings, calls: Some(AtomicU64::default()) };
    // 10 calls a second, with bursts of 20
    let lane = Lane::new("scanner", Arc::new(scanner), Budget::new(10.0, 20));
    let mut swept = Sweep::new(vec![lane]).start(teams);
    while let Some(team) = swept.next().await {
        let findings: usize = team.accounts.iter().map(|a| a.findings.len()).sum();
        let complete = team.accounts.iter().all(|a| a.is_complete());
        println!("team {}: {findings} findings, {}", team.index, if complete { "complete" } else { "INCOMPLETE" });
    }
    let stats = swept.stats();
    println!("{} calls, {} of them throttled, {} findings", stats.calls, stats.throttled, stats.findings);
    Ok(())
}

#[cfg(test)]
mod tests {
    use findings_core::testing::conformance::source::SourceProbe;

    use super::*;

    #[derive(Debug)]
    struct Probe;

    #[async_trait]
    impl SourceProbe for Probe {
        async fn source(&self, findings: Vec<Finding>) -> Arc<dyn FindingsSource> {
            Arc::new(Scanner { findings, calls: None })
        }
    }

    findings_core::source_conformance!(async { Probe });
}
