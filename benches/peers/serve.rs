//! The server that all peers query: the Security Hub simulator without a quota. It is a separate process, so its
//! processor time and memory do not count for a peer.
//!
//! `serve-findings COUNT FOLDER` makes COUNT open findings of 20 accounts, with full pages of some 350 KB. It writes
//! `projects.csv` and `accounts.csv` into the folder, prints a line of JSON with its address, and serves until its
//! standard input ends.
#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use asff_fixtures::{Account, Findings, Mix, Organisation, States};
use jiff::Timestamp;
use security_hub_simulator::{Member, Simulator};

/// Number of accounts: as many as one GetFindings query can name.
const ACCOUNTS: usize = 20;
/// Size of the `Details` of a resource in bytes, about that of real resources.
const DETAILS: usize = 1_200;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count = arguments.next().and_then(|count| count.parse().ok()).expect("the number of findings");
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let organisation = Organisation::of_size(1, ACCOUNTS);
    let registry = std::fs::File::create(folder.join("projects.csv")).expect("a file");
    organisation.write_registry(registry).expect("the registry");
    write_accounts(&folder, &organisation.accounts);

    // all findings are open, so all are fetched; they are dated now, so the checks count as recent
    let states = States { new: 84, notified: 16, suppressed: 0, resolved: 0, archived: 0 };
    let mix = Mix { passed: 0, states, ..Mix::default() };
    let findings = Findings::new(7, Timestamp::now()).with_regions([Simulator::REGION]).with_details(DETAILS);
    let findings = findings.with_accounts(&organisation.accounts, count, &mix);
    let mut bytes = 0;
    let lines = findings.lines().inspect(|line| bytes += line.len()).map(Arc::from);
    let simulator = Simulator::builder().quota(None).raw_findings(lines);
    let members = organisation.accounts.iter().map(|account| Member::enabled(&account.id));
    let simulator = simulator.members(members).spawn_thread().expect("a port on loopback");
    let description = serde_json::json!({ "url": simulator.url(), "region": Simulator::REGION, "bytes": bytes });
    println!("{description}");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).expect("standard input");
}

/// Writes the accounts and their names, for peers that do not read the registry.
fn write_accounts(folder: &std::path::Path, accounts: &[Account]) {
    let mut file = std::fs::File::create(folder.join("accounts.csv")).expect("a file");
    writeln!(file, "account_id,name").expect("a line");
    for account in accounts {
        writeln!(file, "{},{}", account.id, account.name).expect("a line");
    }
}
