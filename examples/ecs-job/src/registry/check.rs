//! `ecs-job registry check`: what a run would make of the registry, without any other resource.

use std::collections::BTreeMap;

use findings_core::coverage::Ownership;
use findings_core::csv_text::LineProblem;
use findings_core::registry::{Registry, RegistryProblem};
use findings_core::{AccountId, Result};
use serde::Serialize;
use serde_json::json;

use crate::aws::Aws;
use crate::config::RegistryConfig;
use crate::grid::Grid;
use crate::output::Output;
use crate::unheard::{self, Defaults};
use crate::{COULD_NOT_START, ending, settings, wiring};

/// How much a run minds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Weight {
    /// Something is left out or nobody is told.
    Problem,
    /// It changes nothing.
    Note,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Remark {
    weight: Weight,
    /// Line of the file, counted from 1; `null` if it belongs to none.
    line: Option<u64>,
    /// The project; `null` if it belongs to none.
    project: Option<String>,
    message: String,
}

/// Checks the registry, prints the remarks, and returns the exit code: 0, 1 if there is a problem, 2 if it cannot be
/// read.
pub(crate) async fn check(config: &RegistryConfig, output: Output) -> u8 {
    let registry = match load(config).await {
        Ok(registry) => registry,
        Err(error) => {
            ending::print_errors("the registry cannot be used", &[settings::failure(&error)]);
            return COULD_NOT_START;
        }
    };
    let mut remarks = remarks(&registry);
    match owner_remarks(config, &registry).await {
        Ok(of_owners) => remarks.extend(of_owners),
        Err(error) => {
            ending::print_errors("the owners cannot be used", &[settings::failure(&error)]);
            return COULD_NOT_START;
        }
    }
    let defaults = Defaults { notify_when: config.notify_when, targets: &config.sla };
    let note = |message| Remark { weight: Weight::Note, line: None, project: None, message };
    remarks.extend(unheard::notes(&registry, defaults).into_iter().map(note));
    let printed = match output {
        Output::Table => Ok(table(&registry, &remarks)),
        Output::Csv => grid(&remarks).csv(),
        Output::Json => Ok(json!({
            "projects": registry.projects.len(),
            "accounts": accounts(&registry).len(),
            "remarks": remarks,
        })
        .to_string()),
    };
    match printed {
        Ok(text) => ending::print_line(text.trim_end()),
        Err(error) => {
            ending::print_errors("the remarks could not be written", &[error.report()]);
            return COULD_NOT_START;
        }
    }
    u8::from(remarks.iter().any(|remark| remark.weight == Weight::Problem))
}

async fn load(config: &RegistryConfig) -> Result<Registry> {
    let aws = Aws::load(config.aws()).await?;
    let registry = wiring::registry(&config.projects, aws.as_ref())?.load().await?;
    Ok(registry.with_renames(&config.renames)?.with_recipient_domains(&config.domains))
}

/// What is wrong with the rules for owners, if there is a file of them.
async fn owner_remarks(config: &RegistryConfig, registry: &Registry) -> Result<Vec<Remark>> {
    let aws = Aws::load(config.aws()).await?;
    let rules = wiring::owners(config.owners.as_ref(), aws.as_ref()).await?;
    let remark = |weight, problem: &LineProblem| Remark {
        weight,
        line: Some(problem.line),
        project: None,
        message: format!("owners: {}", problem.message),
    };
    let unread = rules.problems.iter().map(|problem| remark(Weight::Problem, problem));
    let useless = rules.check(registry);
    Ok(unread.chain(useless.iter().map(|problem| remark(Weight::Note, problem))).collect())
}

/// Everything to look at, by line; what belongs to no line comes last.
fn remarks(registry: &Registry) -> Vec<Remark> {
    let remark = |weight, project: Option<&str>, problem: &RegistryProblem| Remark {
        weight,
        line: (problem.line > 0).then_some(problem.line),
        project: project.map(str::to_owned),
        message: problem.message.clone(),
    };
    let mut found: Vec<Remark> = registry.problems.iter().map(|p| remark(Weight::Problem, None, p)).collect();
    let oddities = registry.warnings.iter().chain(&registry.look_alikes);
    found.extend(oddities.map(|p| remark(Weight::Note, None, p)));
    for project in &registry.projects {
        found.extend(project.problems.iter().map(|p| remark(Weight::Problem, Some(&project.name), p)));
    }
    for shared in Ownership::compare(&registry.projects, None).shared {
        let message =
            format!("the account {} belongs to {}; all get its findings", shared.account, shared.projects.join(", "));
        found.push(Remark { weight: Weight::Note, line: None, project: None, message });
    }
    found.sort_by_key(|remark| (remark.weight, remark.line.unwrap_or(u64::MAX)));
    found
}

fn accounts(registry: &Registry) -> BTreeMap<AccountId, usize> {
    let mut owners = BTreeMap::new();
    for account in registry.projects.iter().flat_map(|project| &project.accounts) {
        *owners.entry(*account).or_default() += 1;
    }
    owners
}

fn grid(remarks: &[Remark]) -> Grid<4> {
    let row = |remark: &Remark| {
        [
            if remark.weight == Weight::Problem { "problem" } else { "note" }.to_owned(),
            remark.line.map(|line| line.to_string()).unwrap_or_default(),
            remark.project.clone().unwrap_or_default(),
            remark.message.clone(),
        ]
    };
    Grid::new(["weight", "line", "project", "message"], remarks.iter().map(row))
}

fn table(registry: &Registry, remarks: &[Remark]) -> String {
    let table = if remarks.is_empty() { String::new() } else { grid(remarks).table() };
    let problems = remarks.iter().filter(|remark| remark.weight == Weight::Problem).count();
    let (projects, accounts) = (registry.projects.len(), accounts(registry).len());
    let recipients: usize = registry.projects.iter().map(|project| project.recipients.len()).sum();
    format!(
        "{table}{projects} projects with {accounts} accounts and {recipients} recipients: {problems} problems, {} notes\n",
        remarks.len() - problems
    )
}

#[cfg(test)]
mod tests {
    use findings_core::registry::parse_csv;

    use super::*;

    fn of(csv: &str) -> Vec<(Weight, Option<u64>, String)> {
        let registry = parse_csv(csv.as_bytes()).unwrap();
        let remarks = remarks(&registry).into_iter();
        remarks.map(|remark| (remark.weight, remark.line, remark.message)).collect()
    }

    #[test]
    fn everything_that_a_run_would_mind_is_remarked() {
        let good = "project,account_ids,recipients\nA,111122223333,a@example.com\n";
        assert_eq!(of(good), []);
        let bad = "project,account_ids,recipients,cost\nA,111122223333,a@example.com,1\nB,111122223333,,2\nC,12345,c@example.com,3\n";
        let found = of(bad);
        let has = |weight, line, text: &str| {
            found.iter().any(|(w, l, message)| (*w, *l) == (weight, line) && message.contains(text))
        };
        assert!(has(Weight::Problem, Some(4), "12345"), "{found:?}");
        assert!(has(Weight::Problem, Some(3), "nobody is told"), "{found:?}");
        assert!(has(Weight::Note, Some(1), "cost"), "{found:?}");
        assert!(has(Weight::Note, None, "111122223333 belongs to A, B"), "{found:?}");
        assert!(found.is_sorted_by_key(|(weight, ..)| *weight), "problems come first: {found:?}");
    }
}
