//! Findings in objects in S3, read as `ecs-job` reads them: opened, and then swept project by project.
//!
//! ```text
//! cargo bench -p findings-benches --bench s3              # 10,000 findings to 10 million; needs 8 GB in TMPDIR
//! cargo bench -p findings-benches --bench s3 -- 1000000   # only up to a million
//! ```
//!
//! A server on loopback makes the objects when they are asked for, so only the copies of the source are on the disk.
//! Each size is read in a process of its own, which is this program, so that only its time and memory are measured. The
//! server takes some of the time of the processors.
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

mod bucket;
#[path = "../common/measure.rs"]
mod measure;
#[path = "../common/memory.rs"]
mod memory;
mod read;

use std::process::ExitCode;

use bucket::Bucket;
use measure::{exponent, number};
use read::Told;

/// Numbers of findings. With 10,000 in an object, there are up to 1,000 objects.
const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Findings a second that GetFindings gives: 3 calls of 100.
const GET_FINDINGS: f64 = 300.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, url, findings] = &arguments[..]
        && flag == read::READ
    {
        read::be(url, findings.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` runs it without the flag, only to show that it starts
    if !arguments.iter().any(|a| a == "--bench") {
        return ExitCode::SUCCESS;
    }
    let most = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(usize::MAX);
    println!(
        "| findings | objects | size, MB | open, s | sweep, s | CPU, s | findings a second | peak memory, MiB | GetFindings' quota |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let told: Vec<(usize, Told)> =
        SIZES.into_iter().filter(|size| *size <= most).map(|size| (size, of_size(size))).collect();
    // one point has no slope
    if told.len() > 1 {
        growth(&told);
    }
    ExitCode::SUCCESS
}

/// Reads a number of findings, and prints the row.
fn of_size(findings: usize) -> Told {
    let bucket = Bucket::new(findings);
    let (objects, bytes) = (bucket.objects(), bucket.bytes());
    let told = read::run(&bucket.serve(), findings);
    assert_eq!((told.findings, told.objects), (findings, objects), "a source that loses findings needs no bench");
    println!(
        "| {findings} | {objects} | {} | {:.2} | {:.2} | {:.2} | {:.0} | {} | {} |",
        bytes / 1_000_000,
        told.open_seconds,
        told.seconds - told.open_seconds,
        told.cpu_seconds,
        number(findings) / told.seconds,
        told.peak_mib,
        clock(number(findings) / GET_FINDINGS)
    );
    told
}

/// Prints how time and memory grow.
fn growth(told: &[(usize, Told)]) {
    let of =
        |value: fn(&Told) -> f64| -> Vec<(usize, f64)> { told.iter().map(|(n, told)| (*n, value(told))).collect() };
    println!(
        "\nTime grows with exponent {:.2}, CPU time with {:.2}.",
        exponent(&of(|told| told.seconds)),
        exponent(&of(|told| told.cpu_seconds))
    );
    for (n, told) in told {
        println!(
            "{n} findings: {} MiB when opened, at most {} MiB until then, at most {} MiB in all",
            told.opened_mib, told.open_peak_mib, told.peak_mib
        );
    }
    if let [.., (few, before), (many, after)] = told {
        let more = number(many - few);
        let each = |mib: fn(&Told) -> u64| number_of(mib(after).saturating_sub(mib(before))) * 1024.0 * 1024.0 / more;
        println!(
            "Memory for each further finding: {:.0} bytes at the peak, {:.0} bytes when opened",
            each(|told| told.peak_mib),
            each(|told| told.opened_mib)
        );
    }
}

fn number_of(mib: u64) -> f64 {
    number(usize::try_from(mib).expect("a small number"))
}

/// Returns a time in words.
fn clock(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3_600.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}
