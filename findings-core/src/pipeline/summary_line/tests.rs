use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::pipeline::ProjectError;
use crate::pipeline::outcome::Step;

const LIMIT: usize = 200_000;

/// Projects of which every `nth` failed and every second of these is incomplete instead, each with an error of this text.
fn summary(projects: usize, nth: usize, error: &str) -> Summary {
    let mut summary = Summary::idle("2026-11-23".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH, "x");
    for n in 0..projects {
        let mut outcome = ProjectOutcome::new(&format!("Project {n:05}"), 3);
        outcome.notified = vec![format!("team-{n}@example.com")];
        if n % nth == 0 {
            outcome.status = if n % (2 * nth) == 0 { ProjectStatus::Failed } else { ProjectStatus::Incomplete };
            outcome.errors = vec![ProjectError::new(Step::Fetch, error)];
        }
        summary.projects.push(outcome);
    }
    summary.summary_location = Some("s3://bucket/runs/2026-11-23/summary.json".to_owned());
    summary
}

/// Returns the line as JSON, after checks that every line has to pass.
fn checked(summary: &Summary) -> Value {
    let line = summary.line(LIMIT).unwrap();
    assert!(line.len() <= LIMIT && !line.contains('\n'), "{}", line.len());
    let short: Value = serde_json::from_str(&line).unwrap();
    let parsed: Summary = serde_json::from_str(&line).unwrap();
    let shortened = &short["shortened"];
    let left_out: u64 = shortened["left_out"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(parsed.projects.len() as u64 + left_out, summary.projects.len() as u64);
    assert_eq!(short["summary_location"], summary.summary_location.clone().unwrap());
    let trouble: BTreeSet<&str> = summary.projects.iter().filter(|p| !p.is_ok()).map(|p| p.project.as_str()).collect();
    let in_full = parsed.projects.iter().filter(|p| !p.is_ok()).map(|p| p.project.as_str());
    let named: BTreeSet<&str> =
        in_full.chain(shortened["in_trouble"].as_array().unwrap().iter().filter_map(Value::as_str)).collect();
    assert!(named.is_subset(&trouble));
    assert_eq!(named.len() as u64 + shortened["unnamed"].as_u64().unwrap(), trouble.len() as u64);
    short
}

#[test]
fn summary_that_fits_is_unchanged() {
    let summary = summary(300, 10, "no answer");
    assert_eq!(summary.line(LIMIT).unwrap(), serde_json::to_string(&summary).unwrap());
}

#[test]
fn those_in_trouble_come_in_full_and_then_the_others() {
    let short = checked(&summary(3_000, 30, "no answer in time"));
    let projects = short["projects"].as_array().unwrap();
    let trouble = projects.iter().filter(|p| p["status"] != "ok").count();
    assert_eq!((trouble, short["shortened"]["in_trouble"].as_array().unwrap().len()), (100, 0));
    assert!(projects.len() > 600, "the rest of the line is used: {}", projects.len());
    let names: Vec<&str> = projects.iter().map(|p| p["project"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "in the order of the registry");
    assert_eq!(short["shortened"]["left_out"]["ok"], 3_000 - projects.len());
}

#[test]
fn names_of_all_in_trouble_come_before_details() {
    let long =
        "fetch findings: User: arn:aws:sts::111122223333:assumed-role/job is not authorized \"\\\u{1}日本 ".repeat(40);
    for (projects, nth) in [(3_000, 1), (10_000, 1), (10_000, 3)] {
        let short = checked(&summary(projects, nth, &long));
        assert_eq!(short["shortened"]["unnamed"], 0, "{projects} {nth}");
        assert!(!short["projects"].as_array().unwrap().is_empty());
        assert_eq!(short["projects"][0]["status"], "failed", "the failed ones first");
    }
}

#[test]
fn names_that_do_not_fit_are_counted() {
    let mut many = summary(10_000, 1, "x");
    for outcome in &mut many.projects {
        outcome.project = format!("{} \u{1}\"決済基盤\" {}", outcome.project, "n".repeat(60));
    }
    let short = checked(&many);
    assert!(short["shortened"]["unnamed"].as_u64().unwrap() > 5_000);
    assert_eq!(short["projects"].as_array().unwrap().len(), 0, "names come before details");
}

#[test]
fn errors_of_the_run_are_cut_and_counted() {
    let mut summary = summary(3_000, 7, "x");
    summary.errors = (0..2_000).map(|n| SummaryError::new(format!("{n} {}", "\u{1}長い".repeat(2_000)))).collect();
    let short = checked(&summary);
    let errors = short["errors"].as_array().unwrap();
    assert_eq!(errors.len() as u64 + short["shortened"]["errors_left_out"].as_u64().unwrap(), 2_000);
    assert!(errors[0]["message"].as_str().unwrap().starts_with("0 ") && !errors.is_empty());
    let mut wide = self::summary(3_000, 7, "x");
    let departed = |n| crate::pipeline::DepartedProject { project: format!("gone {n}"), issues: 1 };
    wide.departed = (0..10_000).map(departed).collect();
    assert_eq!(checked(&wide)["shortened"]["fields_left_out"][0], "departed");
}
