//! What the absence of a finding shows, for each account of a project, from what was read and what is known of its coverage.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::context::RunContext;
use crate::coverage::{CoverageFacts, NotSeen, RegionCoverage, Verdict, judge_not_seen};
use crate::history::{Absence, AbsenceRules, IssueRecord, ProjectHistory};
use crate::registry::Project;
use crate::report::AccountSummary;
use crate::source::{AccountFindings, View};
use crate::{AccountId, Text};

/// The Regions of each account's issues in the history.
type KnownRegions = HashMap<AccountId, BTreeSet<Text>>;

/// Returns the summaries of the accounts of a project, and what the absence of an issue shows in them.
pub(super) fn summarise(
    run: &RunContext<'_>,
    (project, accounts): (&Project, &[Arc<AccountFindings>]),
    views: &[View],
    history: &ProjectHistory,
) -> (Vec<AccountSummary>, AbsenceRules) {
    let earlier = history.runs.iter().filter(|known| known.sources.len() == 1).max_by_key(|known| known.at);
    let earlier = earlier.and_then(|known| known.sources.first().cloned());
    let mut expected = Expected::of_views(views, &history.issues, earlier.as_ref());
    let mut summaries = Vec::with_capacity(accounts.len());
    for account in accounts {
        let mut summary = facts_of(run, account);
        // an account of which nothing was read is known by its name, too
        summary.name = summary.name.or_else(|| project.account_names.get(&account.account).cloned());
        let facts = summary.coverage.clone();
        for view in &mut expected {
            let not_seen = view.not_seen(run, account);
            let coverage = facts.iter().filter(|c| view.is_checked || c.region.is_none()).chain(&not_seen);
            view.rules = add_absence_rules(
                std::mem::take(&mut view.rules),
                (account.account, summary.complete),
                &coverage.cloned().collect::<Vec<_>>(),
                view.recorded(account),
            );
            summary.coverage.extend(not_seen);
        }
        if is_in_no_file(run, account, &expected) && summary.coverage.is_empty() {
            summary.coverage.extend(judge(run, account, &BTreeSet::new(), None, Some(&BTreeSet::new())));
        }
        summaries.push(summary);
    }
    if views.is_empty() {
        return (summaries, expected.pop().map(|view| view.rules).unwrap_or_default());
    }
    let rules = views.iter().cloned().zip(expected.into_iter().map(|view| view.rules));
    (summaries, AbsenceRules::of_views(rules, earlier))
}

/// What is expected of a view, because earlier runs saw it, and the rules that follow.
#[derive(Debug)]
struct Expected {
    /// Its place among several views; `None` if there are not several.
    place: Option<usize>,
    /// Whether the coverage check says where the view looks.
    is_checked: bool,
    /// The Regions of the issues that it showed.
    regions: KnownRegions,
    rules: AbsenceRules,
}

impl Expected {
    fn of_views(views: &[View], issues: &[IssueRecord], earlier: Option<&Text>) -> Vec<Self> {
        let rules = AbsenceRules::default;
        if views.len() < 2 {
            return vec![Self { place: None, is_checked: true, regions: regions_of(issues), rules: rules() }];
        }
        let has_security_hub = views.iter().any(View::is_security_hub);
        let of_view = |(place, view): (usize, &View)| {
            let is_checked = view.is_security_hub() || !has_security_hub;
            let shown = |issue: &&IssueRecord| match &issue.sources[..] {
                [] => earlier.is_none_or(|source| view.shows(source)) && is_checked,
                sources => sources.iter().any(|source| view.shows(source)),
            };
            // nobody expects files to have records of what is closed
            let shown = issues.iter().filter(shown).filter(|issue| is_checked || issue.is_open());
            Self { place: Some(place), is_checked, regions: regions_of(shown), rules: rules() }
        };
        views.iter().enumerate().map(of_view).collect()
    }

    /// The Regions of which the view has records of the account; `None` if it cannot tell.
    fn recorded<'a>(&self, account: &'a AccountFindings) -> Option<&'a BTreeSet<Option<Text>>> {
        match self.place {
            None => account.regions_with_records.as_ref(),
            Some(place) => account.views.get(place)?.regions_with_records.as_ref(),
        }
    }

    /// Verdicts on what the view does not show although somebody may expect it to.
    fn not_seen(&self, run: &RunContext<'_>, account: &AccountFindings) -> Vec<RegionCoverage> {
        let none = BTreeSet::new();
        let known = self.regions.get(&account.account).unwrap_or(&none);
        // one of several files says nothing about an account of which it never had a record
        if self.place.is_some() && known.is_empty() {
            return Vec::new();
        }
        let facts = run.coverage.as_ref().map(|c| &*c.facts).filter(|_| self.is_checked);
        judge(run, account, known, facts, self.recorded(account))
    }
}

fn judge(
    run: &RunContext<'_>,
    account: &AccountFindings,
    known_regions: &BTreeSet<Text>,
    facts: Option<&CoverageFacts>,
    recorded: Option<&BTreeSet<Option<Text>>>,
) -> Vec<RegionCoverage> {
    let not_seen = NotSeen { account: account.account, known_regions, facts, recorded };
    judge_not_seen(&not_seen, &run.settings.accepted_gaps, run.settings.clock.now())
}

/// Whether the run reads several files and nothing else, and none of them has a record of the account.
fn is_in_no_file(run: &RunContext<'_>, account: &AccountFindings, expected: &[Expected]) -> bool {
    let is_several = expected.iter().any(|view| view.place.is_some());
    is_several && run.coverage.is_none() && account.regions_with_records.as_ref().is_some_and(BTreeSet::is_empty)
}

/// Returns the summary of an account, with the verdicts of the coverage check.
fn facts_of(run: &RunContext<'_>, account: &AccountFindings) -> AccountSummary {
    let RunContext { coverage, settings, .. } = run;
    let mut summary = AccountSummary::of(account);
    if let Some(coverage) = coverage {
        summary.name = summary.name.or_else(|| coverage.facts.name_of(account.account).map(Text::from));
        summary.coverage = coverage.judge(account, settings);
    }
    summary
}

/// Returns the Regions of each account's issues in the history.
fn regions_of<'a>(issues: impl IntoIterator<Item = &'a IssueRecord>) -> KnownRegions {
    let mut regions = KnownRegions::new();
    for issue in issues {
        let of_account = regions.entry(issue.account).or_default();
        if let Some(region) = issue.region.as_ref().filter(|region| !of_account.contains(*region)) {
            of_account.insert(region.clone());
        }
    }
    regions
}

/// Adds the conclusions that a missing finding of an account allows. Without coverage, it does not show that the problem
/// was fixed; with degraded coverage, only proof shows it. Nothing follows for a Region that was not looked at, or of
/// which a file has no record.
fn add_absence_rules(
    mut rules: AbsenceRules,
    (account, is_complete): (AccountId, bool),
    coverage: &[RegionCoverage],
    recorded: Option<&BTreeSet<Option<Text>>>,
) -> AbsenceRules {
    if !is_complete {
        return rules;
    }
    let everywhere = coverage.iter().filter(|c| c.region.is_none()).map(absence).min();
    match recorded {
        Some(regions) => {
            for region in regions {
                // not `None`, which stands for all Regions: records without a Region say nothing about the others
                let region = region.as_deref().unwrap_or_default();
                rules = rules.with(account, Some(region), everywhere.unwrap_or(Absence::Conclusive));
            }
        }
        // without a coverage check, a complete list of findings is all there is to judge by
        None if coverage.is_empty() => rules = rules.with(account, None, Absence::Conclusive),
        None => {
            if let Some(absence) = everywhere {
                rules = rules.with(account, None, absence);
            }
        }
    }
    for known in coverage.iter().filter(|c| c.region.is_some()) {
        rules = rules.with(account, known.region.as_deref(), absence(known));
    }
    rules
}

/// Returns what absence shows where an account has this coverage.
fn absence(coverage: &RegionCoverage) -> Absence {
    match coverage.verdict {
        Verdict::Covered | Verdict::NotChecked => Absence::Conclusive,
        Verdict::Degraded => Absence::NeedsProof,
        Verdict::Unknown | Verdict::NotCovered => Absence::Inconclusive,
    }
}
