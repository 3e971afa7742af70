//! Decoding of GetFindings pages: `decode_page`, which borrows from the input, against `serde_json::Value` as baseline.
//!
//! ```text
//! cargo bench -p findings-benches --bench decode                            # print
//! cargo bench -p findings-benches --bench decode -- --save-baseline before  # keep
//! cargo bench -p findings-benches --bench decode -- --baseline before       # compare
//! ```
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use findings_core::asff::{TextPool, decode_page};

/// Bytes of `Details` of a resource: none, as in exported findings, and as many as in pages of Security Hub (350 KB
/// each).
const DETAILS: [usize; 2] = [0, 1_200];

fn page(details: usize) -> Vec<u8> {
    let accounts = Organisation::of_size(1, 20).accounts;
    let findings = Findings::new(7, SAMPLE_NOW).with_accounts(&accounts, 100, &Mix::default()).with_details(details);
    let mut body = Vec::new();
    findings.write_json(&mut body).expect("a vector takes everything");
    body
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    for details in DETAILS {
        let body = page(details);
        let name = format!("100 findings, {} KB", body.len() / 1_000);
        let pool = TextPool::default();
        group.throughput(Throughput::Elements(100));
        group.bench_with_input(BenchmarkId::new("decode_page", &name), &body, |b, body| {
            b.iter(|| decode_page(body, &pool).expect("a page"));
        });
        group.bench_with_input(BenchmarkId::new("serde_json::Value", &name), &body, |b, body| {
            b.iter(|| serde_json::from_slice::<serde_json::Value>(body).expect("JSON"));
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
