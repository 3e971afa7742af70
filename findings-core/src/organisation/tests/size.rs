//! The time that large organisations take.

use std::time::Instant;

use super::*;

/// Prints the time for 3,000 projects of 52 runs each with 100,000 issues, and for a tenth of them. Run it with
/// `cargo test --release … -- --ignored --nocapture organisation`.
#[test]
#[ignore = "prints a time"]
fn time_of_large_organisations() {
    for (projects, issues) in [(300_u64, 33_u64), (3_000, 33), (3_000, 330)] {
        let runs: Vec<ProjectRun> = (1..=52).map(|n| ProjectRun::new(RunId::at(week(n)), week(n))).collect();
        let start = Instant::now();
        let input = OrganisationInput::new(range(52, "2027-09-03T00:00:00Z"));
        let mut builder = OrganisationBuilder::new(input);
        let mut making = std::time::Duration::ZERO;
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
