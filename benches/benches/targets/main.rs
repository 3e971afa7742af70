//! The targets of the fetch engine: each is measured, printed beside its limit, and the process fails if one is missed.
//!
//! ```text
//! cargo bench -p findings-benches --bench targets                # everything, some five minutes
//! cargo bench -p findings-benches --bench targets -- quota       # calls and time under the quota only
//! cargo bench -p findings-benches --bench targets -- memory      # the million findings only
//! cargo bench -p findings-benches --bench targets -- scaling     # how time grows with the findings only; takes 3 GB in the folder for temporary files
//! ```
//!
//! Calls go over HTTP on loopback to the Security Hub simulator with the real quota (3 a second, burst 6) and an answer after 200 ms. Beside the
//! engine runs the plain way, on a simulator of its own: project by project in turn, one page after the other, a second's pause after a 429. The
//! job that is measured as a whole is a process of its own: this program again, wired as `ecs-job` is.
#![expect(clippy::expect_used, clippy::panic, reason = "a bench may fail loudly")]

#[path = "../common/mod.rs"]
mod common;
mod fetch;
mod job;
mod memory;
mod quota;
mod scaling;
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
    if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
