//! The coverage variables of the digest: gaps by project, and accounts that do not match the registry.

use std::collections::HashSet;

use findings_core::Locale;
use findings_core::coverage::{RegionCoverage, UnownedAccount, Verdict};
use findings_core::pipeline::{AccountOutcome, ProjectOutcome, Summary};
use findings_core::wording::Wording;
use serde::Serialize;

use crate::words;

/// Maximum number of entries in each list of the mail; the manifest has all.
const MAX_SHOWN: usize = 30;

/// The coverage variables of the templates. Lists are empty if the run made no coverage check.
#[derive(Serialize)]
pub(crate) struct CoverageContent {
    /// Whether the run made a coverage check.
    looked_at: bool,
    covered: usize,
    degraded: usize,
    unknown: usize,
    not_covered: usize,
    /// Number of accounts without a verdict: their project was not started, or its history could not be read.
    not_judged: u64,
    gaps: Truncated<ListedGap>,
    /// Accounts that Security Hub lists and no project owns.
    unowned: Truncated<ListedUnowned>,
    /// Accounts of the registry that are unknown to the organisation, suspended or closed.
    strangers: Truncated<String>,
    /// Number of accounts that several projects own.
    shared: usize,
    notes: Vec<String>,
}

/// The first entries of a list, and the number of entries left out.
#[derive(Serialize)]
pub(crate) struct Truncated<T> {
    items: Vec<T>,
    left_out: usize,
}

/// A coverage gap, or a degraded Region, of an account.
#[derive(Serialize)]
struct ListedGap {
    place: String,
    project: String,
    text: &'static str,
    accepted: Option<String>,
}

/// An account that no project owns.
#[derive(Serialize)]
struct ListedUnowned {
    account: String,
    name: Option<String>,
    /// Open findings; `none` if they were not counted.
    open: Option<u64>,
    critical: u64,
    high: u64,
}

impl<T> Truncated<T> {
    pub(crate) fn of(all: impl IntoIterator<Item = T>) -> Self {
        let mut items: Vec<T> = all.into_iter().collect();
        let left_out = items.len().saturating_sub(MAX_SHOWN);
        items.truncate(MAX_SHOWN);
        Self { items, left_out }
    }
}

impl ListedGap {
    /// Returns the gaps and degraded Regions of all projects, gaps that are not accepted first.
    fn all(summary: &Summary, say: Wording) -> Vec<Self> {
        let accounts = summary.projects.iter().flat_map(|p| p.coverage.iter().map(move |a| (p, a)));
        let regions =
            accounts.flat_map(|(project, account)| account.regions.iter().map(move |r| (project, account, r)));
        let mut gaps: Vec<_> = regions.filter(|(_, _, r)| r.is_gap() || r.verdict == Verdict::Degraded).collect();
        gaps.sort_by_key(|(_, _, region)| !region.is_open_gap());
        let gap = |(project, account, region): (&ProjectOutcome, &AccountOutcome, &RegionCoverage)| Self {
            place: words::place(say, Some(&account.account.to_string()), region.region.as_deref()),
            project: words::one_line(&project.project),
            text: say.coverage_reason(region.reason),
            accepted: region.accepted.as_ref().map(|gap| words::accepted(say, gap)),
        };
        gaps.into_iter().map(gap).collect()
    }
}

impl ListedUnowned {
    /// Sorts the accounts by their open findings, worst first, because these need an owner most urgently.
    fn all(mut accounts: Vec<UnownedAccount>) -> impl Iterator<Item = Self> {
        accounts.sort_by_key(|u| std::cmp::Reverse(u.open.map(|open| (open.critical, open.high, open.total()))));
        accounts.into_iter().map(|u| Self {
            account: u.account.to_string(),
            name: u.name.as_deref().map(words::one_line),
            open: u.open.map(|open| open.total()),
            critical: u.open.unwrap_or_default().critical,
            high: u.open.unwrap_or_default().high,
        })
    }
}

impl CoverageContent {
    pub(crate) fn of(summary: &Summary, locale: Locale) -> Self {
        // an account that several projects own counts once
        let mut seen = HashSet::new();
        let accounts = summary.projects.iter().flat_map(|p| &p.coverage);
        let verdicts: Vec<Verdict> = accounts.filter(|a| seen.insert(a.account)).map(|a| a.verdict).collect();
        let count = |verdict| verdicts.iter().filter(|v| **v == verdict).count();
        let ownership = summary.ownership.clone().unwrap_or_default();
        let strangers = ownership.unknown.iter().chain(&ownership.closed).map(ToString::to_string);
        Self {
            looked_at: summary.coverage.is_some(),
            covered: count(Verdict::Covered),
            degraded: count(Verdict::Degraded),
            unknown: count(Verdict::Unknown),
            not_covered: count(Verdict::NotCovered),
            not_judged: summary.projects.iter().map(|p| p.accounts.saturating_sub(p.coverage.len() as u64)).sum(),
            gaps: Truncated::of(ListedGap::all(summary, Wording::of(locale))),
            strangers: Truncated::of(strangers),
            shared: ownership.shared.len(),
            unowned: Truncated::of(ListedUnowned::all(ownership.unowned)),
            notes: summary.coverage.iter().flat_map(|c| c.notes.iter().map(|n| words::one_line(n))).collect(),
        }
    }
}
