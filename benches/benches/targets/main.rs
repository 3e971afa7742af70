//! Performance targets: measures each, prints it with its limit, and fails if one is missed.
//!
//! ```text
//! cargo bench -p findings-benches --bench targets                # everything, and a build of the release
//! cargo bench -p findings-benches --bench targets -- quota       # calls and time under the quota only
//! cargo bench -p findings-benches --bench targets -- memory      # the million findings only
//! cargo bench -p findings-benches --bench targets -- scaling     # growth of time only; needs 3 GB of temporary files
//! cargo bench -p findings-benches --bench targets -- workers     # two processes against one only; needs taskset
//! cargo bench -p findings-benches --bench targets -- startup     # time to start, size and time to build only
//! ```
//!
//! Calls go over HTTP on loopback to the Security Hub simulator, which has the real quota (3 a second, burst 6) and
//! answers after 200 ms. The baseline, with a simulator of its own, reads one project after the other and one page
//! after the other, and waits a second after a 429. The whole job is measured in a process of its own, which is this
//! program with the parts of `ecs-job`. `FINDINGS_BENCH_JOB` is the path of a built `ecs-job`; without it, `startup`
//! and `workers` build the release.
#![expect(clippy::expect_used, clippy::panic, reason = "a bench may fail loudly")]

#[path = "../common/cells.rs"]
mod cells;
#[path = "../common/mod.rs"]
mod common;
mod fetch;
mod floors;
mod job;
mod last_mail;
#[path = "../common/measure.rs"]
mod measure;
mod memory;
mod quota;
mod regions;
mod scaling;
mod startup;
mod table;
mod workers;

use std::process::ExitCode;

use table::Table;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, origin, folder, more @ ..] = &arguments[..]
        && flag == job::JOB
    {
        job::be(origin, folder.as_ref(), more);
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` runs it without the flag, only to show that it starts
    if !arguments.iter().any(|a| a == "--bench") {
        return ExitCode::SUCCESS;
    }
    let only: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| *o == name);
    let mut table = Table::begin();
    if wanted("quota") {
        quota::measure(&mut table);
        last_mail::measure(&mut table);
    }
    if wanted("memory") {
        memory::measure(&mut table);
    }
    if wanted("scaling") {
        scaling::measure(&mut table);
    }
    if wanted("workers") {
        workers::measure(&mut table);
    }
    if wanted("startup") {
        startup::measure(&mut table);
    }
    if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
