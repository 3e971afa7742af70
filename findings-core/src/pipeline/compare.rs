//! Compares the fetched findings with the history and builds the report.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::absence::summarise;
use super::account_outcome::AccountOutcome;
use super::assign::{OwnerFacts, assign};
use super::context::RunContext;
use super::coverage_snapshot::CoverageSnapshot;
use super::decisions::add_decisions;
use super::dropped_sources::{DroppedSource, dropped_sources};
use super::lookups::{LookUps, look_up_missing};
use super::mark::Markable;
use super::outcome::{ProjectError, Step};
use super::problems::{as_error, gaps, problems};
use super::recall::RecalledHistory;
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::decision::ProjectDecisions;
use crate::guidance::Guidance;
use crate::history::{
    AbsenceRules, Changes, Diff, DiffInput, IdentifiedFindings, IssueId, IssueRecords, LookupOutcome, ProjectHistory,
    ProjectRun, ShownBy, diff, missing,
};
use crate::registry::Project;
use crate::rendering;
use crate::report::{AccountSummary, Certainty, Headline, Report, take_findings};
use crate::source::{AccountFindings, View};
use crate::store::StoredArtifact;
use crate::{AccountId, Finding, FindingList, RunId, SeverityCounts, VersionOrder};

/// Number of runs in the trend: half a year of weekly runs.
const TREND: usize = 26;

/// A report and the data derived with it.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) report: Arc<Report>,
    pub(super) facts: ReportFacts,
    /// The issue records to write to the history after the report is delivered.
    pub(super) records: IssueRecords,
    /// Findings that can be set to NOTIFIED; empty if this was not requested.
    pub(super) markable: Markable,
}

/// The facts of a report that its outcome, messages and history share, computed once.
#[derive(Debug)]
pub(super) struct ReportFacts {
    pub(super) findings: u64,
    pub(super) counts: SeverityCounts,
    pub(super) changes: Changes,
    pub(super) certainty: Certainty,
    pub(super) headline: Arc<Headline>,
    /// Accounts of which the run shows neither that their issues are open nor that they are closed.
    pub(super) incomplete_accounts: Vec<AccountId>,
    pub(super) coverage: Vec<AccountOutcome>,
    /// Whose the findings are; `None` if no rule is about the project.
    pub(super) owners: Option<OwnerFacts>,
    /// Sources of earlier runs that are not looked at any more.
    pub(super) dropped_sources: Vec<DroppedSource>,
    /// The problems that make the report incomplete, and those of the registry that concern only the operator.
    pub(super) errors: Vec<ProjectError>,
}

impl ReportFacts {
    fn of(
        report: &Report,
        project: &Project,
        duplicates: &HashMap<AccountId, u64>,
        stale: &BTreeSet<AccountId>,
        guidance: &Guidance,
    ) -> crate::Result<Self> {
        let outcome = |a: &AccountSummary| AccountOutcome::of(a, duplicates.get(&a.id).copied().unwrap_or_default());
        let operator_problems = project.problems.iter().filter(|p| !p.hides_accounts);
        let operator_errors = operator_problems.map(|p| ProjectError::new(Step::Registry, p.to_string()));
        Ok(Self {
            findings: report.findings.len() as u64,
            counts: report.counts(),
            changes: report.changes,
            incomplete_accounts: incomplete_accounts(report, stale),
            certainty: report.certainty(),
            headline: Arc::new(rendering::headline(report, guidance)?),
            coverage: report.accounts.iter().map(outcome).collect(),
            owners: None,
            dropped_sources: Vec::new(),
            errors: report.problems.iter().map(as_error).chain(operator_errors).collect(),
        })
    }

    /// Returns the record of the delivered run for the history.
    pub(super) fn project_run(&self, report: &Report, stored: &StoredArtifact, views: &[View]) -> ProjectRun {
        let mut run = ProjectRun::new(report.run_id.clone(), report.generated_at);
        run.complete = self.certainty.is_complete();
        run.incomplete_accounts.clone_from(&self.incomplete_accounts);
        (run.counts, run.changes) = (self.counts, self.changes);
        run.report.clone_from(&stored.location);
        run.sources = views.iter().map(|view| view.name().clone()).collect();
        run
    }
}

/// Compares the fetched findings with the history, looks up why issues are no longer reported, and builds the report.
pub(super) async fn compare(
    run: &RunContext<'_>,
    project: &Project,
    accounts: Vec<Arc<AccountFindings>>,
    recalled: RecalledHistory,
) -> Result<Comparison, StepError> {
    let generated_at = run.settings.clock.now();
    let fetched = async { FetchedProject::new(run, project, accounts, recalled, generated_at) };
    let (fetched, accounts) = run.measure(Stage::Compare, fetched).await.during(Step::Fetch)?;
    let unexplained = HashMap::new();
    let LookUps { outcomes, found } = look_up_missing(run, &missing(&fetched.diff_input(&unexplained))).await;
    let reported = async { fetched.with_found(found)?.into_report(run, project, &accounts, &outcomes) };
    run.measure(Stage::Compare, reported).await.during(Step::Fetch)
}

/// The fetched findings of a project and its history, ready for comparison.
#[derive(Debug)]
struct FetchedProject {
    generated_at: Timestamp,
    /// The run under which changes are recorded.
    diff_run_id: RunId,
    history: ProjectHistory,
    decisions: ProjectDecisions,
    findings: IdentifiedFindings,
    /// Number of findings that the pages lacked and a query for them found.
    found: u64,
    summaries: Vec<AccountSummary>,
    absence: AbsenceRules,
    /// The project's accounts. `None` if a damaged registry may hide some: then a missing account does not count as
    /// removed from the project.
    accounts: Option<HashSet<AccountId>>,
}

impl FetchedProject {
    /// Returns the accounts, too, without their findings.
    fn new(
        run: &RunContext<'_>,
        project: &Project,
        accounts: Vec<Arc<AccountFindings>>,
        recalled: RecalledHistory,
        generated_at: Timestamp,
    ) -> crate::Result<(Self, Vec<Arc<AccountFindings>>)> {
        let history = recalled.history;
        let views = run.parts.sweep.views();
        let (summaries, absence) = summarise(run, (project, &accounts), &views, &history);
        let shown_by = Arc::new(ShownBy::of(views, accounts.iter().map(|account| &**account)));
        let is_whole = run.registry_is_whole && !project.problems.iter().any(|p| p.hides_accounts);
        let (findings, accounts) = take_findings(accounts)?;
        let fetched = Self {
            generated_at,
            // a repeated run that later runs followed is compared with the last of them, so it needs an ID after theirs
            diff_run_id: if recalled.superseded { RunId::at(generated_at) } else { run.settings.run_id.clone() },
            findings: IdentifiedFindings::new(findings, &history.issues)?.with_shown_by(shown_by),
            history,
            decisions: recalled.decisions.decisions,
            found: 0,
            absence,
            summaries,
            accounts: is_whole.then(|| project.accounts.iter().copied().collect()),
        };
        Ok((fetched, accounts))
    }

    /// Adds open findings that the fetched pages lacked: what is known to be open is in the report.
    fn with_found(mut self, found: Vec<Arc<Finding>>) -> crate::Result<Self> {
        // the ID of a missing issue can be that of another issue whose finding is there
        let fetched = self.findings.findings();
        let is_there = |finding: &Finding| -> crate::Result<bool> {
            let identity = finding.identity();
            for entry in fetched.entries().iter().filter(|entry| entry.identity == identity) {
                if fetched.read(entry)?.version_order(finding) != VersionOrder::Different {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let mut lacked = Vec::new();
        for finding in found {
            if !is_there(&finding)? {
                lacked.push(Arc::unwrap_or_clone(finding));
            }
        }
        if lacked.is_empty() {
            return Ok(self);
        }
        self.found = lacked.len() as u64;
        for finding in &lacked {
            if let Some(account) = self.summaries.iter_mut().find(|a| a.id == finding.account) {
                account.counts.add(finding.severity);
            }
        }
        let (mut findings, lacked) = (fetched.clone(), lacked.into_iter().collect::<FindingList>());
        findings.reserve(lacked.len());
        findings.extend(&lacked, lacked.entries().iter().copied());
        findings.sort()?;
        let shown_by = self.findings.shown_by().clone();
        self.findings = IdentifiedFindings::new(findings, &self.history.issues)?.with_shown_by(shown_by);
        Ok(self)
    }

    fn diff_input<'a>(&'a self, lookups: &'a HashMap<IssueId, LookupOutcome>) -> DiffInput<'a> {
        DiffInput {
            run_id: &self.diff_run_id,
            now: self.generated_at,
            known: &self.history.issues,
            runs: &self.history.runs,
            findings: &self.findings,
            absence: &self.absence,
            accounts: self.accounts.as_ref(),
            lookups,
        }
    }

    fn into_report(
        self,
        run: &RunContext<'_>,
        project: &Project,
        accounts: &[Arc<AccountFindings>],
        lookups: &HashMap<IssueId, LookupOutcome>,
    ) -> crate::Result<Comparison> {
        let Diff { findings, resolved, changes, stale, stale_accounts, upserts, .. } = diff(&self.diff_input(lookups))?;
        // the report has its own list
        let identified = self.findings;
        let dropped_sources = dropped_sources(&self.history.issues, &self.absence);
        let markable = if run.workflow.is_some() { Markable::of(&identified) } else { Markable::default() };
        drop(identified);
        let mut report = empty_report(run, project, self.generated_at);
        (report.findings, report.resolved, report.changes, report.stale) = (findings, resolved, changes, stale);
        report.accounts = self.summaries;
        report.accounts.sort_by_key(|a| a.id);
        report.fetched = Some(accounts.iter().map(|a| a.received).sum::<u64>() + self.found);
        report.duplicates = accounts.iter().map(|a| a.duplicates).sum();
        report.received_by_source = received_by_source(run, accounts);
        report.ambiguous = accounts.iter().map(|a| a.ambiguous).sum();
        report.problems = problems(project, accounts);
        report.problems.extend(gaps(&report.accounts, &run.settings.accepted_gaps));
        add_decisions(run, &mut report, &self.decisions, &self.history.issues, &upserts)?;
        report.trend = trend(self.history.runs, &self.diff_run_id);
        let duplicates = accounts.iter().map(|a| (a.account, a.duplicates)).collect();
        let owners = assign(run, project, &mut report)?;
        let mut facts = ReportFacts::of(&report, project, &duplicates, &stale_accounts, &run.settings.guidance)?;
        (facts.owners, facts.dropped_sources) = (owners, dropped_sources);
        Ok(Comparison { report: Arc::new(report), facts, records: upserts, markable })
    }
}

/// Returns a report of this run without findings.
fn empty_report(run: &RunContext<'_>, project: &Project, generated_at: Timestamp) -> Report {
    let settings = run.settings;
    let mut report = Report::new(&project.name, settings.run_id.clone(), generated_at);
    report.locale = settings.locale_of(project);
    report.time_zone = settings.zone_of(project);
    report.sources = run.parts.source_names();
    if let Some(CoverageSnapshot { facts, .. }) = &run.coverage {
        report.regions = facts.regions.iter().filter_map(|r| r.region.clone()).collect();
        report.other_regions = facts.other_regions;
        report.unseen_regions.clone_from(&facts.unseen_regions);
    }
    report.console_portal.clone_from(&settings.console_portal);
    report.contact = settings.contact_of(project);
    report
}

/// Returns how many findings each source returned about these accounts, if there are several.
fn received_by_source(run: &RunContext<'_>, accounts: &[Arc<AccountFindings>]) -> Vec<u64> {
    let lanes = run.parts.sweep.lanes().len();
    let received = |lane: usize| accounts.iter().filter_map(|a| a.received_by_lane.get(lane)).sum();
    if lanes > 1 { (0..lanes).map(received).collect() } else { Vec::new() }
}

/// Returns the runs before this one that recipients were told of, oldest first, at most [`TREND`]. Leaves out an
/// interrupted attempt at this run.
fn trend(runs: Vec<ProjectRun>, diff_run_id: &RunId) -> Vec<ProjectRun> {
    let mut trend: Vec<ProjectRun> = runs.into_iter().filter(|run| run.run_id != *diff_run_id && run.told).collect();
    trend.drain(..trend.len().saturating_sub(TREND));
    trend
}

/// The accounts of which the run shows neither that their issues are open nor that they are closed.
fn incomplete_accounts(report: &Report, stale: &BTreeSet<AccountId>) -> Vec<AccountId> {
    let unseen = report.accounts.iter().filter(|a| !a.proves_absence() || stale.contains(&a.id));
    unseen.map(|a| a.id).collect()
}
