//! A whole sweep without a quota: over HTTP from the Security Hub simulator, as `ecs-job` fetches, and from an ASFF
//! file.
//!
//! ```text
//! cargo bench -p findings-benches --bench sweep                            # print
//! cargo bench -p findings-benches --bench sweep -- --save-baseline before  # keep
//! cargo bench -p findings-benches --bench sweep -- --baseline before       # compare
//! ```
//! The simulator is a thread of this process, so on a busy machine the time includes some of its work.
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

mod common;

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::Duration;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW, States};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use findings_core::local::AsffFileSource;
use findings_core::source::{Budget, FindingsSource, Lane, Sweep, SweepTarget};
use futures::StreamExt;
use security_hub_simulator::Simulator;

/// Numbers of projects and findings. A project has three accounts.
const SIZES: [(usize, usize); 3] = [(1, 1_000), (7, 10_000), (133, 100_000)];
/// Bytes of `Details` of a resource, with which a full page has 350 KB.
const DETAILS: usize = 1_200;

fn findings(organisation: &Organisation, count: usize) -> Findings {
    // all findings are open, because the default filter fetches only open ones
    let states = States { new: 84, notified: 16, suppressed: 0, resolved: 0, archived: 0 };
    let mix = Mix { passed: 0, states, ..Mix::default() };
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_details(DETAILS);
    findings.with_accounts(&organisation.accounts, count, &mix)
}

fn targets(organisation: &Organisation) -> Vec<SweepTarget> {
    let accounts = |ids: &[String]| {
        ids.iter().map(|id| id.parse().expect("twelve digits")).collect::<Vec<findings_core::AccountId>>()
    };
    organisation.projects.iter().map(|project| SweepTarget::new(accounts(&project.account_ids))).collect()
}

/// Returns the number of fetched findings. Each project is dropped when it arrives, as in the job.
async fn sweep(source: Arc<dyn FindingsSource>, targets: Vec<SweepTarget>) -> usize {
    let mut swept = Sweep::new(vec![Lane::new("bench", source, Budget::unlimited())]).start(targets);
    let mut findings = 0;
    while let Some(target) = swept.next().await {
        findings += target.accounts.iter().map(|account| account.findings.len()).sum::<usize>();
    }
    findings
}

fn bench(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("sweep");
    for (projects, count) in SIZES {
        let organisation = Organisation::of_size(projects, 3);
        let made = findings(&organisation, count);
        let lines = made.lines().map(Arc::from);
        let simulator = Simulator::builder().quota(None).raw_findings(lines).spawn_thread().expect("a port");
        let file = tempfile::NamedTempFile::new().expect("a file");
        made.write_json(BufWriter::new(File::create(file.path()).expect("a file"))).expect("findings");
        let opened = runtime.block_on(AsffFileSource::open(file.path())).expect("findings");
        let sources = [("Security Hub simulator", common::source(simulator.url())), ("file", Arc::new(opened))];

        let name = format!("{projects} projects x {count} findings");
        group.throughput(Throughput::Elements(count as u64));
        group.sample_size(10).measurement_time(Duration::from_secs(if count < 100_000 { 5 } else { 20 }));
        for (kind, source) in sources {
            let found = runtime.block_on(sweep(source.clone(), targets(&organisation)));
            assert_eq!(found, count, "a sweep that loses findings needs no bench");
            group.bench_function(BenchmarkId::new(kind, &name), |b| {
                b.to_async(&runtime).iter(|| sweep(source.clone(), targets(&organisation)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
