//! From what was fetched to the report: pure, no call goes out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::Settings;
use super::coverage::Looked;
use crate::coverage::{AcceptedGaps, CoverageReason, Evidence, Verdict, judge};
use crate::history::{
    Absence, Belief, Diff, DiffInput, Fate, IssueId, IssueRecord, ProjectHistory, ProjectRun, Seen, diff,
};
use crate::registry::Project;
use crate::report::{AccountSummary, Problem, ProblemKind, Report};
use crate::source::AccountFindings;
use crate::{AccountId, Finding, RunId, Text};

/// Runs in the trend: half a year of weeks.
const TREND: usize = 26;

/// What one project's report is made from.
#[derive(Debug)]
pub(super) struct Material<'a> {
    pub(super) project: &'a Project,
    pub(super) registry_is_whole: bool,
    pub(super) accounts: &'a [Arc<AccountFindings>],
    pub(super) history: ProjectHistory,
    /// The run to which changes belong.
    pub(super) diff_run_id: RunId,
    pub(super) sources: &'a [String],
    /// What is known of coverage; `None` if nobody looked.
    pub(super) coverage: Option<&'a Looked>,
    pub(super) generated_at: Timestamp,
}

/// What of the material is compared with what is remembered.
#[derive(Debug)]
pub(super) struct Fetched {
    seen: Seen,
    summaries: Vec<AccountSummary>,
    belief: Belief,
    accounts: Option<HashSet<AccountId>>,
}

impl Fetched {
    pub(super) fn of(material: &Material<'_>, settings: &Settings) -> Self {
        let Material { project, registry_is_whole, accounts, coverage, .. } = material;
        let mut findings: Vec<Arc<Finding>> = accounts.iter().flat_map(|a| a.findings.iter().cloned()).collect();
        sort(&mut findings);
        let summaries: Vec<AccountSummary> = accounts.iter().map(|a| summarise(a, *coverage, settings)).collect();
        let belief = belief(&summaries);
        // an account that is missing from a damaged registry has not left
        let is_whole = *registry_is_whole && !project.problems.iter().any(|p| p.hides_accounts);
        Self {
            seen: Seen::new(findings),
            summaries,
            belief,
            accounts: is_whole.then(|| project.accounts.iter().copied().collect()),
        }
    }

    pub(super) fn beside<'a>(&'a self, material: &'a Material<'_>, fates: &'a HashMap<IssueId, Fate>) -> DiffInput<'a> {
        DiffInput {
            run_id: &material.diff_run_id,
            now: material.generated_at,
            known: &material.history.issues,
            runs: &material.history.runs,
            seen: &self.seen,
            belief: &self.belief,
            accounts: self.accounts.as_ref(),
            fates,
        }
    }
}

/// Where Security Hub does not look, nothing that is gone was fixed; where checks cannot be made, only what is proven.
fn belief(accounts: &[AccountSummary]) -> Belief {
    let mut belief = Belief::of(accounts.iter().filter(|a| a.complete).map(|a| a.id));
    for account in accounts {
        for coverage in &account.coverage {
            let absence = match coverage.verdict {
                Verdict::Covered | Verdict::NotChecked => continue,
                Verdict::Degraded => Absence::NeedsProof,
                Verdict::Unknown | Verdict::NotCovered => Absence::SaysNothing,
            };
            belief = belief.except(account.id, coverage.region.as_deref(), absence);
        }
    }
    belief
}

/// The report, and the records that are to be remembered once it is delivered.
pub(super) fn build_report(
    material: Material<'_>,
    fetched: Fetched,
    fates: &HashMap<IssueId, Fate>,
    settings: &Settings,
) -> (Report, Vec<IssueRecord>) {
    let Diff { findings, resolved, changes, stale, upserts, .. } = diff(&fetched.beside(&material, fates));
    let Material { project, accounts, history, sources, coverage, generated_at, diff_run_id, .. } = material;
    let mut report = Report::new(&project.name, settings.run_id.clone(), generated_at);
    report.locale = project.locale.unwrap_or(settings.locale);
    report.time_zone = settings.time_zone.clone().unwrap_or_else(|| report.locale.time_zone());
    report.sources = sources.to_vec();
    if let Some(Looked { facts, .. }) = coverage {
        report.regions = facts.regions.iter().filter_map(|r| r.region.clone()).collect();
        report.other_regions = facts.other_regions;
    }
    report.accounts = fetched.summaries;
    report.accounts.sort_by_key(|a| a.id);
    report.fetched = Some(accounts.iter().map(|a| a.received).sum());
    report.duplicates = accounts.iter().map(|a| a.duplicates).sum();
    report.problems = problems(project, accounts);
    report.problems.extend(gaps(&report.accounts, &settings.accepted_gaps));
    report.contact.clone_from(&settings.contact);
    // an attempt at this very run that was cut off is not what people saw last, and nobody saw what left the registry
    let seen = |run: &ProjectRun| run.run_id != diff_run_id && !run.report.is_empty();
    report.trend = history.runs.into_iter().filter(seen).collect();
    report.trend.drain(..report.trend.len().saturating_sub(TREND));
    (report.findings, report.resolved, report.changes, report.stale) = (findings, resolved, changes, stale);
    (report, upserts)
}

/// The worst first, then the oldest; account and ID make the order the same in every run.
fn sort(findings: &mut [Arc<Finding>]) {
    findings.sort_by(|a, b| {
        (b.severity, a.since(), a.account, &a.product_arn, &a.id).cmp(&(
            a.severity,
            b.since(),
            b.account,
            &b.product_arn,
            &b.id,
        ))
    });
}

fn summarise(account: &AccountFindings, coverage: Option<&Looked>, settings: &Settings) -> AccountSummary {
    let mut summary = AccountSummary::new(account.account, account.is_complete());
    summary.name = account.findings.iter().find_map(|f| f.account_name.clone());
    summary.counts = account.findings.iter().map(|f| f.severity).collect();
    if let Some(Looked { facts, at }) = coverage {
        summary.name = summary.name.or_else(|| facts.name_of(account.account).map(Text::from));
        let failed = account.checks_unread || !account.failures.is_empty();
        let evidence = Evidence { checks: &account.checks, failed };
        summary.coverage = judge(account.account, facts, evidence, &settings.accepted_gaps, *at);
    }
    summary
}

/// The gaps that nobody has accepted. That checks could not be read of an account whose findings could not be read either was said before.
fn gaps(accounts: &[AccountSummary], accepted: &AcceptedGaps) -> Vec<Problem> {
    let mut problems = Vec::new();
    for account in accounts {
        for gap in account.coverage.iter().filter(|c| c.is_open_gap()) {
            if gap.reason == CoverageReason::ChecksNotRead && !account.complete {
                continue;
            }
            let mut detail = gap.reason.to_string();
            if let Some(ended) = accepted.ended(account.id, gap.region.as_deref()) {
                detail = format!("{detail} (the gap was accepted until {}: {})", ended.until, ended.reason);
            }
            let mut problem = Problem::new(ProblemKind::Coverage(gap.reason), detail).with_account(account.id);
            problem.region.clone_from(&gap.region);
            problems.push(problem);
        }
    }
    problems
}

fn problems(project: &Project, accounts: &[Arc<AccountFindings>]) -> Vec<Problem> {
    let hiding = project.problems.iter().filter(|p| p.hides_accounts);
    let mut problems: Vec<Problem> = hiding.map(|p| Problem::new(ProblemKind::RegistryLine, p.to_string())).collect();
    if project.accounts.is_empty() {
        problems.push(Problem::new(ProblemKind::NoAccount, "the registry names no readable account for this project"));
    }
    let mut anyones = BTreeSet::new();
    for account in accounts {
        for failure in &account.failures {
            let problem = Problem::new(ProblemKind::AccountNotFetched, &failure.message);
            problems.push(problem.with_account(account.account).with_region(&failure.lane));
        }
        for record in &account.rejected {
            if record.account.is_some() {
                let problem = Problem::new(ProblemKind::UnreadableFinding, record.to_string());
                problems.push(problem.with_account(account.account));
            } else {
                anyones.insert(record.to_string());
            }
        }
    }
    // records whose owner is unknown come with every account: said once, however many they are
    problems.extend(anyones.first().map(|first| {
        let count = anyones.len();
        let detail =
            format!("{count} unreadable record(s) of unknown accounts may belong to this project; the first: {first}");
        Problem::new(ProblemKind::UnreadableFinding, detail)
    }));
    problems
}
