//! The coverage as a table for people: gaps first, grouped by their cause, with what closes each.

use std::collections::BTreeMap;

use findings_core::coverage::{CoverageReason, RegionCoverage, Verdict};

use super::{CheckedCoverage, Row, print_ownership, verdict_text};
use crate::ending;

/// Prints the gaps, the accepted gaps, and the covered accounts as one number, or one by one with `all`.
pub(super) fn print(found: &CheckedCoverage, all: bool) {
    let (open, closed): (Vec<&Row>, Vec<&Row>) = found.accounts.iter().partition(|row| row.coverage.is_open_gap());
    print_groups("!", &open);
    let (accepted, seen): (Vec<&Row>, Vec<&Row>) = closed.into_iter().partition(|row| row.coverage.accepted.is_some());
    print_accepted(&accepted);
    // what is no gap and not covered either is told all the same
    let (covered, other): (Vec<&Row>, Vec<&Row>) =
        seen.into_iter().partition(|row| row.coverage.verdict == Verdict::Covered);
    print_groups(" ", &other);
    if all {
        print_groups(" ", &covered);
    } else if !covered.is_empty() {
        ending::print_line(&format!("  {} covered; --all lists them", pairs(covered.len())));
    }
    print_ownership(&found.ownership, usize::MAX);
    found.linked_regions.print("");
    found.notes.iter().for_each(|note| ending::print_line(&format!("(note) {note}")));
    print_counts(found);
}

/// Prints the accounts of each cause under the cause, the worst verdict first.
fn print_groups(mark: &str, rows: &[&Row]) {
    let mut groups: BTreeMap<(Verdict, String), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let cause = (row.coverage.verdict, row.coverage.reason.to_string());
        groups.entry(cause).or_default().push(row);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((verdict, _), rows)| (std::cmp::Reverse(*verdict), std::cmp::Reverse(rows.len())));
    for ((verdict, cause), rows) in groups {
        ending::print_line(&format!("{mark} {}: {} - {cause}", verdict_text(verdict), pairs(rows.len())));
        if let Some(cure) = rows.first().and_then(|row| cure(row.coverage.reason)) {
            ending::print_line(&format!("    to close: {cure}"));
        }
        for row in rows {
            ending::print_line(&format!("    {}", place(row)));
        }
        ending::print_line("");
    }
}

fn print_accepted(rows: &[&Row]) {
    for row in rows {
        let RegionCoverage { verdict, reason, accepted, .. } = &row.coverage;
        let Some(gap) = accepted else { continue };
        ending::print_line(&format!(
            "  {}, accepted until {}: {} ({reason})\n    {}\n",
            verdict_text(*verdict),
            gap.until,
            gap.reason,
            place(row)
        ));
    }
}

/// The account with its name, Region and projects.
fn place(row: &Row) -> String {
    let name = row.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let region = row.coverage.region.as_deref().unwrap_or("all Regions");
    format!("{}{name}  {region}  {}", row.account, row.projects.join(", "))
}

fn pairs(number: usize) -> String {
    format!("{number} account and Region {}", if number == 1 { "pair" } else { "pairs" })
}

/// The command that closes a gap of this cause, if there is one: the reason itself says what to do by hand. Readers of
/// reports get the reasons, too, and cannot run commands.
fn cure(reason: CoverageReason) -> Option<&'static str> {
    match reason {
        CoverageReason::NotMember | CoverageReason::Left | CoverageReason::NeverEnabled | CoverageReason::HubOff => {
            Some("ecs-job enroll shows what would make accounts members, and does it with --apply")
        }
        CoverageReason::NotAccepted => {
            Some("ecs-job enroll --member-role ROLE --apply accepts in the accounts, with a role in each of them")
        }
        CoverageReason::ChecksImpaired | CoverageReason::NoRecentCheck => {
            Some("ecs-job enroll shows for each account whether AWS Config records what checks need")
        }
        CoverageReason::RegionNotLookedAt => {
            Some("ecs-job enroll --linked-regions REGION --apply links it to the home Region")
        }
        CoverageReason::ChecksNotRead => Some("start ecs-job coverage again"),
        _ => None,
    }
}

fn print_counts(found: &CheckedCoverage) {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for row in &found.accounts {
        *counts.entry(row.coverage.verdict).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().rev().map(|(verdict, n)| format!("{n} {}", verdict_text(*verdict))).collect();
    ending::print_line(&format!("\n{}: {}", pairs(found.accounts.len()), counts.join(", ")));
}
