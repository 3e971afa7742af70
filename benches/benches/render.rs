//! Rendering of workbooks, CSV and JSON Lines. The baseline is `rust_xlsxwriter`, which writes the same cells as
//! strings.
//!
//! ```text
//! cargo bench -p findings-benches --bench render                           # all sizes, then the table below
//! cargo bench -p findings-benches --bench render -- --save-baseline before # keep
//! cargo bench -p findings-benches --bench render -- --baseline before      # compare
//! cargo bench -p findings-benches --bench render -- table    # only the table: times, ratios, memory (Linux)
//! ```
//! The table shows the best of several runs. Memory is measured in a new process for each size, so that memory of
//! earlier runs does not count.
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

#[path = "common/cells.rs"]
mod cells;
#[path = "common/memory.rs"]
mod memory;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use cells::{bare_strings, cells};
use criterion::{BenchmarkId, Criterion, Throughput};
use findings_core::asff::{TextPool, decode_page};
use findings_core::report::{AccountSummary, Change, RenderedReport, Report, ReportFinding};
use findings_core::testing::conformance::renderer::clean_report;
use findings_core::{Locale, ReportRenderer};
use findings_web::ProjectPage;
use findings_xlsx::{CsvRenderer, JsonlRenderer, XlsxRenderer};
use memory::memory;

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// Environment variable of the processes that measure memory. Its value is the number of findings.
const PEAK_OF: &str = "FINDINGS_BENCH_PEAK_OF";
/// Number of runs of which the table shows the best.
const RUNS: usize = 5;

/// The report of a project of 20 accounts with generated findings of all products.
fn report(findings: usize) -> Report {
    let accounts = Organisation::of_size(1, 20).accounts;
    let made = Findings::new(7, SAMPLE_NOW).with_accounts(&accounts, findings, &Mix::default());
    let pool = TextPool::default();
    let mut report = clean_report(Locale::En);
    report.generated_at = SAMPLE_NOW;
    report.accounts = accounts.iter().map(|a| AccountSummary::new(a.id.parse().expect("an ID"), true)).collect();
    let mut rows = Vec::with_capacity(findings);
    for (n, finding) in made.lines().enumerate() {
        let page = decode_page(format!("{{\"Findings\":[{finding}]}}").as_bytes(), &pool).expect("a page");
        let finding = page.findings.into_iter().next().expect("a finding");
        let change = [Change::Open, Change::New, Change::Open, Change::Reopened][n % 4];
        let first_seen = finding.since().unwrap_or(SAMPLE_NOW);
        rows.push(ReportFinding::new(finding, change, first_seen));
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.finding.severity), row.first_seen));
    report.findings = rows.into();
    report.fetched = Some(findings as u64);
    report
}

fn workbook(report: &Report) -> RenderedReport {
    XlsxRenderer::new().render(report).expect("a workbook")
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("render");
    for size in SIZES {
        let report = report(size);
        let cells = cells(&workbook(&report).body);
        group.throughput(Throughput::Elements(size as u64));
        group.sample_size(10).measurement_time(Duration::from_secs(if size < 100_000 { 5 } else { 30 }));
        group.bench_function(BenchmarkId::new("workbook", size), |b| b.iter(|| workbook(&report)));
        group.bench_function(BenchmarkId::new("bare strings", size), |b| b.iter(|| bare_strings(&cells)));
        group.bench_function(BenchmarkId::new("csv", size), |b| b.iter(|| CsvRenderer::new().render(&report)));
        group.bench_function(BenchmarkId::new("jsonl", size), |b| b.iter(|| JsonlRenderer::new().render(&report)));
        group.bench_function(BenchmarkId::new("html", size), |b| b.iter(|| ProjectPage::new().render(&report)));
    }
    group.finish();
}

/// Returns the best wall-clock time and the best CPU time of this thread, in seconds. Other processes on the machine do
/// not add to the CPU time.
fn best(mut work: impl FnMut()) -> (f64, f64) {
    let mut once = || {
        let (start, on_core) = (Instant::now(), seconds_on_core());
        work();
        let clock = start.elapsed().as_secs_f64();
        (clock, on_core.zip(seconds_on_core()).map_or(clock, |(before, after)| after - before))
    };
    let runs = (0..RUNS).map(|_| once());
    runs.fold((f64::INFINITY, f64::INFINITY), |best, run| (best.0.min(run.0), best.1.min(run.1)))
}

fn seconds_on_core() -> Option<f64> {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(schedule.split(' ').next()?.parse().ok()?).as_secs_f64())
}

fn table() {
    println!(
        "{:>8} {:>11} {:>13} {:>6} {:>9} {:>11}",
        "findings", "workbook, s", "bare cells, s", "ratio", "two, ratio", "peak, MiB"
    );
    for size in SIZES {
        let report = report(size);
        let cells = cells(&workbook(&report).body);
        let (clock, one) = best(|| _ = black_box(workbook(&report)));
        let (_, bare) = best(|| _ = black_box(bare_strings(&cells)));
        drop(cells);
        let (two, _) = best(|| {
            std::thread::scope(|threads| {
                let each = [threads.spawn(|| workbook(&report)), threads.spawn(|| workbook(&report))];
                for thread in each {
                    thread.join().expect("a workbook");
                }
            });
        });
        let peak =
            peak_in_own_process(size).map_or_else(|| "unknown".to_owned(), |kib| format!("{:.1}", kib / 1_024.0));
        println!("{size:>8} {one:>11.4} {bare:>13.4} {:>6.2} {:>9.2} {peak:>11}", one / bare, two / clock);
    }
    println!(
        "two, ratio: two workbooks on two threads against one; peak: memory above that of the findings, the file itself included"
    );
}

fn peak_in_own_process(size: usize) -> Option<f64> {
    let itself = std::env::current_exe().ok()?;
    let output = Command::new(itself).env(PEAK_OF, size.to_string()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// The peak memory of rendering in KiB, less the memory before it.
fn peak(size: usize) -> Option<u64> {
    let report = report(size);
    let before = memory("VmRSS:")?;
    // "5" resets the peak, VmHWM, see proc_pid_clear_refs(5)
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    black_box(workbook(&report));
    Some(memory("VmHWM:")?.saturating_sub(before))
}

fn main() {
    if let Ok(size) = std::env::var(PEAK_OF) {
        if let Some(kib) = peak(size.parse().expect("a number")) {
            println!("{kib}");
        }
        return;
    }
    if !std::env::args().any(|argument| argument == "table") {
        let mut criterion = Criterion::default().configure_from_args();
        bench(&mut criterion);
        criterion.final_summary();
    }
    if !std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        table();
    }
}
