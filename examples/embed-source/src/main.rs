//! A custom source in a sweep: findings come from a vulnerability scanner instead of Security Hub. The sweep packs
//! accounts into queries, reads all pages, retries, and returns the findings of each team when its accounts are done.
//!
//! Run it with `cargo run -p embed-source`.

use std::sync::Arc;

use async_trait::async_trait;
use findings_core::source::{Budget, Lane, Page, PageRequest, PageToken, Sweep, SweepTarget};
use findings_core::{AccountId, Error, ErrorKind, Finding, FindingsSource, Result, Severity};
use futures::StreamExt;

/// A scanner with 100 findings in every account, which refuses one call in five because it is busy.
#[derive(Debug, Default)]
struct Scanner {
    calls: std::sync::atomic::AtomicU64,
}

#[async_trait]
impl FindingsSource for Scanner {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let call = self.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if call % 5 == 1 {
            // the sweep retries errors of this kind
            return Err(Error::new(ErrorKind::Throttled, "ask the scanner").with_message("busy"));
        }
        let start: usize = request.token.as_ref().map_or(0, |t| t.as_str().parse().unwrap_or(0));
        let all = request.query.accounts.accounts().iter().flat_map(|account| (0..100).map(|n| scan(*account, n)));
        let findings: Vec<Finding> = all.skip(start).take(request.query.page_size.get()).collect();
        let next = start + findings.len();
        let more = next < 100 * request.query.accounts.accounts().len();
        Ok(Page::new(findings, more.then(|| PageToken::new(next.to_string())).flatten()))
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
    let teams = accounts.chunks(3).map(|three| SweepTarget { accounts: three.to_vec() }).collect();

    // 10 calls a second, with bursts of 20
    let lane = Lane::new("scanner", Arc::new(Scanner::default()), Budget::new(10.0, 20));
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
