//! Peak memory of the whole job with a million findings from the simulator.

use std::sync::Arc;

use asff_fixtures::{Findings, Organisation, SAMPLE_NOW};
use security_hub_simulator::{Member, Simulator};

use crate::table::Table;
use crate::{floors, job};

const FINDINGS: usize = 1_000_000;
/// Bytes of a finding, with which a page of 100 has 350 KB.
const BYTES: usize = 3_500;
/// The most CPU time in multiples of what the work takes at least.
const FLOORS: f64 = 1.5;

/// An organisation, and the most memory that the job may take with it.
struct Case {
    projects: usize,
    accounts: usize,
    mib: u64,
}

/// Many small projects, large ones whose accounts are in one query, and a single one.
const CASES: [Case; 3] = [
    Case { projects: 2_000, accounts: 3, mib: 128 },
    Case { projects: 20, accounts: 1, mib: 512 },
    Case { projects: 1, accounts: 20, mib: 128 },
];

/// Adds the rows about memory.
pub(crate) fn measure(table: &mut Table) {
    for case in &CASES {
        measure_one(table, case);
    }
}

fn measure_one(table: &mut Table, &Case { projects, accounts, mib }: &Case) {
    let organisation = Organisation::of_size(projects, accounts);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        FINDINGS,
        &job::open_mix(),
    );
    let simulator = Simulator::builder()
        .quota(None)
        .pad_findings_to(BYTES)
        .raw_findings(findings.lines().map(Arc::from))
        .members(organisation.accounts.iter().map(|account| Member::enabled(&account.id)));
    let simulator = simulator.spawn_thread().expect("a port on loopback");
    let folder = tempfile::tempdir().expect("a folder");
    let registry = std::fs::File::create(folder.path().join("projects.csv")).expect("a file");
    organisation.write_registry(registry).expect("the registry");

    let told = job::run(simulator.url(), folder.path());
    let peak = told.peak_mib;
    let is_whole = told.exit_code == 0 && told.findings == FINDINGS as u64;
    table.row(
        format!(
            "{FINDINGS} findings, {projects} projects with {accounts} accounts each, pages of 350 KB, no quota: peak memory of the whole job"
        ),
        format!(
            "{peak} MiB; {} findings in {} workbooks and mails, {:.0} s",
            told.findings, told.delivered, told.seconds
        ),
        format!("at most {mib} MiB"),
        peak <= mib && is_whole,
    );
    if accounts > 1 && projects > 1 {
        let (decode, write) = (floors::decode(FINDINGS), floors::write(&folder.path().join("reports")));
        let ratio = told.cpu_seconds / (decode + write);
        table.row(
            "the same: CPU, against decoding its pages and writing its cells as plain strings with rust_xlsxwriter, deflated",
            format!("{:.0} s against {decode:.0} s and {write:.0} s: {ratio:.2}×", told.cpu_seconds),
            format!("at most {FLOORS}×"),
            ratio <= FLOORS,
        );
    }
}
