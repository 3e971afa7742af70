//! Chunked pagination against mocks: what the sweep itself costs, with sources that answer at once and a quota that is not asked.
//!
//! The baseline beside it is the plain way: project by project, one account a query, one page after the other.
//!
//! ```text
//! cargo bench -p findings-benches --bench pagination                                  # print
//! cargo bench -p findings-benches --bench pagination -- --save-baseline before        # keep
//! cargo bench -p findings-benches --bench pagination -- --baseline before             # compare
//! ```
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use findings_core::source::{
    AccountBatch, Budget, FindingsQuery, FindingsSource, Lane, MockFindingsSource, Page, PageRequest, PageToken, Sweep,
    SweepTarget, collect,
};
use findings_core::{AccountId, Finding};
use futures::StreamExt;

/// (accounts, findings): a project, a department, an organisation.
const SIZES: [(usize, usize); 6] = [(1, 100), (20, 100), (20, 10_000), (400, 10_000), (20, 100_000), (400, 100_000)];

fn account(n: usize) -> AccountId {
    format!("{n:012}").parse().expect("twelve digits")
}

/// A mock that answers like GetFindings: findings of the accounts asked for, a page at a time.
fn mock(accounts: usize, findings: usize) -> MockFindingsSource {
    let each = findings.div_ceil(accounts);
    // cloning a finding shares its texts, so that the mock's own work stays small
    let template = Finding::new(account(0), "template");
    let mut mock = MockFindingsSource::new();
    mock.expect_page().returning(move |request: &PageRequest| {
        let start: usize = request.token.as_ref().map_or(0, |t| t.as_str().parse().expect("a token of this mock"));
        let asked = request.query.accounts.accounts();
        let total = asked.len() * each;
        let end = (start + request.query.page_size.get()).min(total);
        let one = |n: usize| {
            let mut finding = template.clone();
            finding.account = asked[n / each];
            finding.id = n.to_string().into();
            finding
        };
        let next = (end < total).then(|| PageToken::new(end.to_string())).flatten();
        Ok(Page::new((start..end).map(one).collect(), next))
    });
    mock
}

/// Three accounts to a project.
fn targets(accounts: usize) -> Vec<SweepTarget> {
    let all: Vec<AccountId> = (0..accounts).map(account).collect();
    all.chunks(3).map(|three| SweepTarget { accounts: three.to_vec() }).collect()
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
    for (accounts, findings) in SIZES {
        let name = format!("{accounts} accounts x {findings} findings");
        let source: Arc<dyn FindingsSource> = Arc::new(mock(accounts, findings));
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
