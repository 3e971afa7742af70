//! Prints the time for the report of an organisation of 3,000 projects with 52 runs each and 100,000 or a million issues, and
//! for a tenth of the projects:
//! `cargo run --release -p findings-core --features testing --example organisation_size`.
#![expect(clippy::unwrap_used, reason = "an example stops at what it does not expect")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use findings_core::history::{AbsenceRules, DiffInput, IdentifiedFindings, ProjectHistory, ProjectRun, diff};
use findings_core::organisation::{OrganisationBuilder, OrganisationInput};
use findings_core::testing::organisation::{finding, range, week};
use findings_core::{RunId, Severity};

fn main() {
    for (projects, issues) in [(300_u64, 33_u64), (3_000, 33), (3_000, 330)] {
        let runs: Vec<ProjectRun> = (1..=52).map(|n| ProjectRun::new(RunId::at(week(n)), week(n))).collect();
        let start = Instant::now();
        let input = OrganisationInput::new(range(52, "2027-09-03T00:00:00Z"));
        let mut builder = OrganisationBuilder::new(input);
        let mut making = Duration::ZERO;
        for project in 0..projects {
            let begun = Instant::now();
            let record = |n: u64| {
                let finding = finding(project, &format!("S3.{n}"), Severity::High);
                let run = &runs[usize::try_from(n % 52).unwrap()];
                let findings = IdentifiedFindings::new(vec![Arc::new(finding)], &[]);
                let result = diff(&DiffInput {
                    run_id: &run.run_id,
                    now: run.at,
                    known: &[],
                    runs: &[],
                    findings: &findings,
                    absence: &AbsenceRules::default(),
                    accounts: None,
                    lookups: &HashMap::new(),
                });
                result.upserts.into_iter().next().unwrap()
            };
            let mut runs = runs.clone();
            for run in &mut runs {
                run.report = format!("reports/{}/{project}.xlsx", run.run_id);
            }
            let history = ProjectHistory::new((0..issues).map(record).collect(), runs);
            making += begun.elapsed();
            builder.add_project(&format!("Project {project}"), &history);
        }
        let report = builder.finish();
        let took = start.elapsed().saturating_sub(making);
        let json = serde_json::to_string(&report).unwrap().len();
        println!("{projects} projects, {} issues: {took:.1?}, {json} bytes of JSON", report.totals.open.total());
    }
}
