//! The targets of the engine: each is measured, printed beside its limit, and the process fails if one is missed.
//!
//! ```text
//! cargo bench -p findings-benches --bench targets                # everything, and a build of the release
//! cargo bench -p findings-benches --bench targets -- quota       # calls and time under the quota only
//! cargo bench -p findings-benches --bench targets -- memory      # the million findings only
//! cargo bench -p findings-benches --bench targets -- scaling     # how time grows with the findings only; needs 3 GB for temporary files
//! cargo bench -p findings-benches --bench targets -- startup     # time to start, size and time to build only
//! ```
//!
//! Calls go over HTTP on loopback to the Security Hub simulator with the real quota (3 a second, burst 6) and an answer after 200 ms. Beside the
//! engine runs the plain way, on a simulator of its own: project by project in turn, one page after the other, a second's pause after a 429. The
//! job that is measured as a whole is a process of its own: this program again, wired as `ecs-job` is. `FINDINGS_BENCH_JOB` names an
//! `ecs-job` that is built already, in place of the release that `startup` would build.
#![expect(clippy::expect_used, clippy::panic, reason = "a bench may fail loudly")]

#[path = "../common/mod.rs"]
mod common;
mod fetch;
mod job;
mod memory;
mod quota;
mod scaling;
mod startup;
mod table;

use std::process::ExitCode;

use table::Table;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, origin, folder] = &arguments[..]
        && flag == job::JOB
    {
        job::be(origin, folder.as_ref());
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` comes without the flag, and wants to know whether it starts
    if !arguments.iter().any(|a| a == "--bench") {
        return ExitCode::SUCCESS;
    }
    let only: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| *o == name);
    let mut table = Table::begin();
    if wanted("quota") {
        quota::measure(&mut table);
    }
    if wanted("memory") {
        memory::measure(&mut table);
    }
    if wanted("scaling") {
        scaling::measure(&mut table);
    }
    if wanted("startup") {
        startup::measure(&mut table);
    }
    if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
