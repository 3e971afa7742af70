//! Sample reports: one with everything that a report can know, a large one, and hostile ones.

use std::collections::{BTreeSet, HashMap};

use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::{account, finding, report, twelve_runs, twelve_runs_as_of, twelve_runs_sla, week};
use crate::coverage::{AcceptedGap, AcceptedGaps, CoverageReason, Ownership, RegionCoverage, UnownedAccount, Verdict};
use crate::history::{
    AbsenceRules, DiffInput, IdentifiedFindings, IssueRecord, IssueResolution, ProjectHistory, ProjectRun, Resolution,
    diff,
};
use crate::organisation::{
    AccountStanding, CoverageInput, OrganisationBuilder, OrganisationInput, OrganisationReport, ReportRange, RunRemark,
    RunRemarks,
};
use crate::registry::{Project, Registry};
use crate::{Finding, RunId, Severity};

/// The report on the story of twelve runs with everything that can be known besides the histories: the registry, a
/// coverage check with gaps, accounts without owner, accepted gaps, remarks about a run, and guidance.
pub fn full_organisation() -> OrganisationReport {
    let histories = twelve_runs();
    let mut input = OrganisationInput::new(ReportRange::last_weeks(13, twelve_runs_as_of(), TimeZone::UTC).unwrap());
    input.sla = twelve_runs_sla();
    let mut registry = Registry::default();
    registry.projects.push(Project::new("Alpha").with_accounts([account(1), account(9)]));
    registry.projects.push(Project::new("Beta two").with_aliases(["Beta"]).with_accounts([account(2)]));
    registry.projects.push(Project::new("Gamma").with_accounts([account(3), account(9)]));
    registry.projects.push(Project::new("Omega").with_accounts([account(5)]));
    input.registry = Some(registry);
    let until = "2026-12-09".parse().unwrap();
    let accepted = AcceptedGap::new(account(9), "will be closed", until);
    input.coverage = Some(coverage(&accepted));
    input.accepted_gaps = Some(AcceptedGaps::new(vec![accepted]));
    input.guidance = Some(BTreeSet::from(["S3.8".to_owned()]));
    let remark = RunRemark::new("the findings of account 111100000001 could not be read: access denied");
    let remark = remark.of_project("Alpha", Some(account(1)));
    input.runs = (1..=13).map(|n| RunRemarks::new(RunId::at(week(n)), Vec::new())).collect();
    input.runs[5].remarks.push(remark);
    report(input, histories.iter().map(|(name, history)| (*name, history)))
}

fn coverage(accepted: &AcceptedGap) -> CoverageInput {
    let with_region = |mut standing: AccountStanding, region: RegionCoverage| {
        standing.regions.push(region);
        standing
    };
    let mut gap = RegionCoverage::new(CoverageReason::NotMember);
    gap.accepted = Some(accepted.clone());
    let covered = |project: &str, n| AccountStanding::new(project, account(n), Verdict::Covered);
    let accounts = vec![
        covered("Alpha", 1),
        with_region(AccountStanding::new("Alpha", account(9), Verdict::NotCovered), gap.clone()),
        covered("Beta two", 2),
        with_region(
            AccountStanding::new("Gamma", account(3), Verdict::Unknown),
            RegionCoverage::new(CoverageReason::NoRecentCheck),
        ),
        with_region(AccountStanding::new("Gamma", account(9), Verdict::NotCovered), gap),
    ];
    let ownership = Ownership {
        unowned: vec![UnownedAccount { account: account(77), name: None, open: None }],
        unknown: vec![account(5)],
        ..Ownership::default()
    };
    CoverageInput::new(accounts, Some(ownership))
}

/// A report about many projects with a history of `weeks` weeks: 33 issues each, of which some are fixed each week.
pub fn large_organisation(projects: u64, weeks: u64) -> OrganisationReport {
    let as_of = week(i64::try_from(weeks).unwrap()) + 24.hours();
    let range = ReportRange::last_weeks(usize::try_from(weeks).unwrap(), as_of, TimeZone::UTC).unwrap();
    let mut builder = OrganisationBuilder::new(OrganisationInput::new(range).with_sla(twelve_runs_sla()));
    for project in 0..projects {
        builder.add_project(&format!("Project {project:04}"), &large_history(project, weeks));
    }
    builder.finish()
}

fn large_history(project: u64, weeks: u64) -> ProjectHistory {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Medium, Severity::Low];
    let mut runs = Vec::new();
    for n in 1..=weeks {
        let at = week(i64::try_from(n).unwrap());
        let mut run = ProjectRun::new(RunId::at(at), at);
        run.complete = !(project + n).is_multiple_of(97);
        run.incomplete_accounts = if run.complete { Vec::new() } else { vec![account(project)] };
        run.report = format!("reports/{}/{project}.xlsx", run.run_id);
        runs.push(run);
    }
    let records = (0..33).map(|n| {
        let severity = severities[usize::try_from(n % 5).unwrap()];
        let opened = usize::try_from((n * 7 + project) % weeks).unwrap();
        let mut record = record_of(&finding(project, &format!("S3.{n}"), severity), &runs[opened]);
        let closed = opened + usize::try_from(3 + n % 11).unwrap();
        if let Some(run) = runs.get(closed).filter(|_| n % 3 != 0) {
            let (at, run_id) = (run.at, run.run_id.clone());
            record.resolved = Some(IssueResolution { at, run_id, resolution: Resolution::Passed });
        }
        record
    });
    let records = records.collect();
    ProjectHistory::new(records, runs)
}

/// The record of an issue that this run reported first.
fn record_of(finding: &Finding, run: &ProjectRun) -> IssueRecord {
    let findings = IdentifiedFindings::new([finding.clone()].into_iter().collect(), &[]).unwrap();
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
    result.unwrap().upserts.get(0).unwrap()
}

/// A report with this text in every text field.
pub fn hostile_organisation(text: &str) -> OrganisationReport {
    let mut report = full_organisation();
    for project in &mut report.projects {
        text.clone_into(&mut project.project);
    }
    for problem in &mut report.problems {
        (problem.control, problem.title) = (Some(text.into()), text.into());
    }
    for renamed in &mut report.renamed {
        (renamed.project, renamed.goes_on_as) = (text.to_owned(), Some(text.to_owned()));
    }
    for run in &mut report.runs {
        for remark in run.remarks.iter_mut().flatten() {
            (remark.project, remark.message) = (Some(text.to_owned()), text.to_owned());
        }
    }
    report.never_reported = Some(vec![text.to_owned()]);
    report.time_zone = Some(text.to_owned());
    let coverage = report.coverage.as_mut().unwrap();
    for gap in &mut coverage.gaps {
        (gap.project, gap.region) = (text.to_owned(), Some(text.to_owned()));
    }
    for accepted in report.accepted_gaps.iter_mut().flatten() {
        text.clone_into(&mut accepted.gap.reason);
    }
    for shared in report.owned_twice.iter_mut().flatten() {
        shared.projects = vec![text.to_owned(), text.to_owned()];
    }
    report
}
