//! Pagination against mocks: the time of the sweep itself, with sources that answer immediately and no quota.
//!
//! The baseline queries one account after the other and one page after the other.
//!
//! ```text
//! cargo bench -p findings-benches --bench pagination                                  # print
//! cargo bench -p findings-benches --bench pagination -- --save-baseline before        # keep
//! cargo bench -p findings-benches --bench pagination -- --baseline before             # compare
//! ```
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

use std::collections::HashMap;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use findings_core::source::{
    AccountBatch, Budget, FindingsQuery, FindingsSource, Lane, MockFindingsSource, Page, PageRequest, PageToken, Sweep,
    SweepTarget, collect,
};
use findings_core::{AccountId, Finding};
use futures::StreamExt;

/// Numbers of accounts: one, as many as fit into a query, an organisation.
const ACCOUNTS: [usize; 3] = [1, 20, 400];
/// Numbers of findings of all accounts together.
const FINDINGS: [usize; 3] = [100, 10_000, 100_000];

fn account(n: usize) -> AccountId {
    format!("{n:012}").parse().expect("twelve digits")
}

/// The number of findings of account `n`. The findings are spread evenly; the first accounts get the remainder.
fn share(n: usize, accounts: usize, findings: usize) -> usize {
    findings / accounts + usize::from(n < findings % accounts)
}

/// A mock that answers like GetFindings: with the findings of the requested accounts, in pages.
fn mock(accounts: usize, findings: usize) -> MockFindingsSource {
    let shares: HashMap<AccountId, usize> = (0..accounts).map(|n| (account(n), share(n, accounts, findings))).collect();
    // a clone shares its texts with the template, which keeps the mock's own work small
    let template = Finding::new(account(0), "template");
    let mut mock = MockFindingsSource::new();
    mock.expect_page().returning(move |request: &PageRequest| {
        let start: usize = request.token.as_ref().map_or(0, |t| t.as_str().parse().expect("a token of this mock"));
        let asked = request.query.accounts.accounts();
        // the index after the last finding of each account
        let sum = |total: &mut usize, account: &AccountId| {
            *total += shares[account];
            Some(*total)
        };
        let ends: Vec<usize> = asked.iter().scan(0, sum).collect();
        let total = ends.last().copied().unwrap_or_default();
        let end = (start + request.query.page_size.get()).min(total);
        let one = |n: usize| {
            let mut finding = template.clone();
            finding.account = asked[ends.partition_point(|end| *end <= n)];
            finding.id = n.to_string().into();
            finding
        };
        let next = (end < total).then(|| PageToken::new(end.to_string())).flatten();
        Ok(Page::new((start..end).map(one).collect(), next))
    });
    mock
}

/// Projects of three accounts each.
fn targets(accounts: usize) -> Vec<SweepTarget> {
    let all: Vec<AccountId> = (0..accounts).map(account).collect();
    all.chunks(3).map(|three| SweepTarget::new(three.to_vec())).collect()
}

async fn sweep(source: Arc<dyn FindingsSource>, accounts: usize) -> usize {
    let mut swept = Sweep::new(vec![Lane::new("mock", source, Budget::unlimited())]).start(targets(accounts));
    let mut findings = 0;
    while let Some(target) = swept.next().await {
        findings += target.accounts.iter().map(|a| a.findings.len()).sum::<usize>();
    }
    findings
}

async fn one_by_one(source: &dyn FindingsSource, accounts: usize) -> usize {
    let mut findings = 0;
    for target in targets(accounts) {
        for account in target.accounts {
            let batch = AccountBatch::new(vec![account]).expect("one account");
            findings += collect(source, FindingsQuery::new(batch)).await.expect("the mock answers").findings.len();
        }
    }
    findings
}

fn pagination(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("pagination");
    group.sample_size(10);
    for (accounts, findings) in ACCOUNTS.iter().flat_map(|accounts| FINDINGS.map(|findings| (*accounts, findings))) {
        let name = format!("{accounts} accounts x {findings} findings");
        let source: Arc<dyn FindingsSource> = Arc::new(mock(accounts, findings));
        assert_eq!(runtime.block_on(sweep(source.clone(), accounts)), findings, "all come");
        assert_eq!(runtime.block_on(one_by_one(&*source, accounts)), findings, "all come");
        group.throughput(Throughput::Elements(findings as u64));
        group.bench_with_input(BenchmarkId::new("sweep", &name), &accounts, |b, accounts| {
            b.to_async(&runtime).iter(|| sweep(source.clone(), *accounts));
        });
        group.bench_with_input(BenchmarkId::new("one by one", &name), &accounts, |b, accounts| {
            b.to_async(&runtime).iter(|| one_by_one(&*source, *accounts));
        });
    }
    group.finish();
}

criterion_group!(benches, pagination);
criterion_main!(benches);
