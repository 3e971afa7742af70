//! `ecs-job coverage`: prints whether Security Hub covers each account, and which accounts have no owner.

use std::collections::BTreeMap;

use findings_core::coverage::{
    AcceptedGaps, CoverageFacts, CoverageReason, CoverageRequest, Evidence, EvidenceSearch, Ownership, RegionCoverage,
    Verdict, judge,
};
use findings_core::csv_text::guard_formulas;
use findings_core::registry::{Project, Registry};
use findings_core::source::{Lane, RetryPolicy};
use findings_core::{AccountId, Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::Serialize;

use crate::config::RunConfig;
use crate::output::Output;
use crate::waiting::announced;
use crate::wiring::Wiring;
use crate::{COULD_NOT_START, ending, settings};

mod table;

/// The verdict on one account in one Region.
#[derive(Debug, Serialize)]
struct Row {
    account: AccountId,
    /// Its name, as Organizations has it; left out if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The projects that own it.
    projects: Vec<String>,
    #[serde(flatten)]
    coverage: RegionCoverage,
}

/// The result of the coverage check.
#[derive(Debug, Serialize)]
struct CheckedCoverage {
    accounts: Vec<Row>,
    linked_regions: LinkedRegions,
    ownership: Ownership,
    notes: Vec<String>,
}

/// The Regions that the source shows through their home Region.
#[derive(Debug, Default, Serialize)]
pub(crate) struct LinkedRegions {
    /// Those that were looked at.
    seen: Vec<String>,
    /// Those in which Security Hub is off, and which nobody named.
    unused: Vec<String>,
    /// Those that could not be looked at.
    unseen: Vec<String>,
}

impl LinkedRegions {
    pub(crate) fn of(facts: &CoverageFacts) -> Self {
        let seen = facts.regions.iter().filter(|region| region.linked_to.is_some());
        Self {
            seen: seen.filter_map(|region| region.region.clone()).collect(),
            unused: facts.unused_regions.clone(),
            unseen: facts.unseen_regions.clone(),
        }
    }

    /// Prints a line for each kind of Region that there is.
    pub(crate) fn print(&self, indent: &str) {
        let print = |what: &str, regions: &[String]| {
            if !regions.is_empty() {
                ending::print_line(&format!("{indent}{what}: {}", regions.join(", ")));
            }
        };
        print("linked Regions that were looked at", &self.seen);
        print("linked Regions that are not used (Security Hub is off there)", &self.unused);
        print("(note) linked Regions that could not be looked at", &self.unseen);
    }
}

/// Checks the coverage, prints it, and returns the exit code: 1 if an account is not covered or unknown and the gap is
/// not accepted.
pub(crate) async fn coverage(config: &RunConfig, output: Output, all: bool) -> u8 {
    match check_coverage(config).await {
        Ok(found) => {
            match output {
                Output::Table => table::print(&found, all),
                Output::Csv => csv(&found),
                Output::Json => json(&found),
            }
            u8::from(found.accounts.iter().any(|row| row.coverage.is_open_gap()))
        }
        Err(error) => {
            ending::print_errors("the coverage could not be looked at", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn check_coverage(config: &RunConfig) -> Result<CheckedCoverage> {
    let wiring = Wiring::load(config).await?;
    let registry = wiring.registry()?.load().await?;
    let accepted = wiring.accepted_gaps().await?;
    let Some(source) = wiring.coverage()? else {
        let message = "the members of an exported file are unknown; give --coverage, or a securityhub: source";
        return Err(Error::new(ErrorKind::InvalidInput, "look at the coverage").with_message(message));
    };
    let owners = owners(&registry.projects);
    let accounts: Vec<AccountId> = owners.keys().copied().collect();
    let request = CoverageRequest::new(accounts.clone());
    let facts = announced("the members of Security Hub and its linked Regions", source.check(&request)).await?;
    let lanes: Vec<Lane> = wiring.lanes().await?;
    let now = Timestamp::now();
    let evidence = EvidenceSearch::new(facts.clone().into(), accounts, now);
    let names: Vec<&str> = lanes.iter().map(Lane::name).collect();
    let retry = RetryPolicy::default();
    let searching = evidence.search(&lanes, &retry);
    announced(&format!("results of checks, with GetFindings in {}", names.join(", ")), searching).await;
    let ownership = Ownership::compare(&registry.projects, Some(&facts));
    let rows = owners.into_iter().flat_map(|(account, projects)| {
        let judged = judge(account, &facts, &evidence.of(account), &accepted, now);
        let name = facts.name_of(account).map(str::to_owned);
        judged.into_iter().map(move |coverage| Row {
            account,
            name: name.clone(),
            projects: projects.clone(),
            coverage,
        })
    });
    let linked_regions = LinkedRegions::of(&facts);
    Ok(CheckedCoverage { accounts: rows.collect(), linked_regions, ownership, notes: facts.notes.clone() })
}

fn owners(projects: &[Project]) -> BTreeMap<AccountId, Vec<String>> {
    let mut owners: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
    for project in projects {
        for account in &project.accounts {
            owners.entry(*account).or_default().push(project.name.clone());
        }
    }
    owners
}

fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Covered => "covered",
        Verdict::NotChecked => "not checked",
        Verdict::Degraded => "degraded",
        Verdict::NotCovered => "not covered",
        _ => "unknown",
    }
}

/// Prints a hint at the command that closes gaps. The texts of the reasons do not name it, because they also appear in
/// reports, whose readers cannot run it.
fn point_to_enroll<'a>(mut coverages: impl Iterator<Item = &'a RegionCoverage>) {
    use CoverageReason::{HubOff, Left, NeverEnabled, NotAccepted, NotMember};
    if coverages.any(|c| c.is_open_gap() && matches!(c.reason, NotMember | NeverEnabled | NotAccepted | Left | HubOff))
    {
        ending::print_line("(note) ecs-job enroll shows what would make accounts members, and does it with --apply");
    }
}

/// Prints differences between the registry and the accounts that exist, one per line, and at most `limit` of a kind.
pub(crate) fn print_ownership(ownership: &Ownership, limit: usize) {
    print_some(&ownership.unknown, limit, |account| {
        format!("(note) {account}  in the registry, and unknown to Security Hub; is it mistyped or closed?")
    });
    print_some(&ownership.closed, limit, |account| {
        format!("(note) {account}  in the registry, and suspended or closed; take it out if it is gone")
    });
    print_some(&ownership.unowned, limit, |unowned| {
        let name = unowned.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("(note) {}{name}  seen by Security Hub, and owned by no project", unowned.account)
    });
    print_some(&ownership.shared, limit, |shared| {
        format!("(note) {}  owned by several projects: {}", shared.account, shared.projects.join(", "))
    });
}

/// Prints a note for each of the first items, and how many there are if not all are shown.
fn print_some<T>(items: &[T], limit: usize, note: impl Fn(&T) -> String) {
    items.iter().take(limit).for_each(|item| ending::print_line(&note(item)));
    if let Some(hidden) = items.len().checked_sub(limit).filter(|hidden| *hidden > 0) {
        let all = items.len();
        ending::print_line(&format!(
            "(note) and {hidden} more of these, {all} in all; ecs-job coverage --output json lists them"
        ));
    }
}

/// Prints gaps that membership alone shows, for `plan`, and returns the number of open ones. Only `run` and `coverage`
/// find out whether checks are made.
pub(crate) fn print_membership(facts: &CoverageFacts, registry: &Registry, accepted: &AcceptedGaps) -> usize {
    let now = Timestamp::now();
    let mut gaps = Vec::new();
    for (account, projects) in owners(&registry.projects) {
        for coverage in judge(account, facts, &Evidence::default(), accepted, now) {
            if coverage.verdict != Verdict::NotCovered {
                continue;
            }
            let region = coverage.region.as_deref().unwrap_or("everywhere");
            let projects = projects.join(", ");
            let (mark, accepted) = match &coverage.accepted {
                Some(gap) => ("(note)", format!("accepted until {}: {}; ", gap.until, gap.reason)),
                None => ("!", String::new()),
            };
            ending::print_line(&format!("  {mark} {account} in {region} ({projects}): {accepted}{}", coverage.reason));
            gaps.extend(coverage.is_open_gap().then_some(coverage));
        }
    }
    point_to_enroll(gaps.iter());
    gaps.len()
}

fn csv(found: &CheckedCoverage) {
    let mut writer = csv::Writer::from_writer(std::io::stdout());
    let header =
        ["account", "region", "verdict", "reason", "last_check", "accepted_until", "accepted_reason", "projects"];
    let mut written = writer.write_record(header);
    for row in &found.accounts {
        let c = &row.coverage;
        let (until, why) =
            c.accepted.as_ref().map_or_else(Default::default, |g| (g.until.to_string(), g.reason.clone()));
        written = written.and_then(|()| {
            let cells = [
                row.account.to_string(),
                c.region.clone().unwrap_or_default(),
                verdict_text(c.verdict).to_owned(),
                c.reason.to_string(),
                c.last_check.map(|at| at.to_string()).unwrap_or_default(),
                until,
                why,
                row.projects.join(";"),
            ];
            writer.write_record(cells.map(|cell| guard_formulas(&cell).into_owned()))
        });
    }
    if let Err(error) = written.and_then(|()| writer.flush().map_err(Into::into)) {
        tracing::debug!(%error, "the table could not be written");
    }
}

fn json(found: &CheckedCoverage) {
    match serde_json::to_string_pretty(found) {
        Ok(json) => ending::print_line(&json),
        Err(error) => ending::print_errors("the coverage could not be written", &[error.to_string()]),
    }
}
