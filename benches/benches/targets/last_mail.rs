//! How long people wait after the last page: everything else happens while pages come.

use std::path::Path;
use std::time::{Duration, SystemTime};

use asff_fixtures::{Findings, Organisation, SAMPLE_NOW};
use security_hub_simulator::{Member, Quota, Simulator};

use crate::job;
use crate::table::Table;

const PROJECTS: usize = 500;
const FINDINGS: usize = 20_000;
const LATENCY: Duration = Duration::from_millis(200);
const SECONDS: f64 = 2.0;

/// Adds the row about the time from the last page to the last mail.
pub(crate) fn measure(table: &mut Table) {
    let organisation = Organisation::of_size(PROJECTS, 3);
    let findings = Findings::new(7, SAMPLE_NOW).with_regions([Simulator::REGION]).with_accounts(
        &organisation.accounts,
        FINDINGS,
        &job::open_mix(),
    );
    let members = organisation.accounts.iter().map(|account| Member::enabled(&account.id));
    let simulator = Simulator::builder().quota(Some(Quota::GET_FINDINGS)).latency(LATENCY);
    let simulator = simulator.findings(findings.values()).members(members);
    // before the simulator counts, so that the wait is rather too long than too short
    let begun = SystemTime::now();
    let simulator = simulator.spawn_thread().expect("a port on loopback");
    let folder = tempfile::tempdir().expect("a folder");
    let registry = std::fs::File::create(folder.path().join("projects.csv")).expect("a file");
    organisation.write_registry(registry).expect("the registry");

    let told = job::run_with_quota(simulator.url(), folder.path());
    let calls = simulator.calls();
    let last_page = begun + calls.last().expect("calls").at + LATENCY;
    let wait = last_mail(&folder.path().join("outbox")).duration_since(last_page).unwrap_or_default().as_secs_f64();
    let is_whole = told.exit_code == 0 && told.findings == FINDINGS as u64 && told.delivered == PROJECTS;
    table.row(
        format!("{PROJECTS} projects, the whole job with the quota: last page received → last mail handed over"),
        format!(
            "{wait:.2} s, after {} calls in {:.1} s; {} findings, {} projects complete",
            calls.len(),
            told.seconds,
            told.findings,
            told.delivered
        ),
        format!("at most {SECONDS} s"),
        wait <= SECONDS && is_whole,
    );
}

/// When the newest mail of a folder was written.
fn last_mail(outbox: &Path) -> SystemTime {
    let mails = walk(outbox).into_iter().filter(|path| path.extension().is_some_and(|e| e == "eml"));
    let written = mails.map(|path| std::fs::metadata(path).and_then(|file| file.modified()).expect("a time"));
    written.max().expect("mails")
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
