//! Merges what the lanes show of an account.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::LaneResult;
use crate::finding_list::IdentityHash;
use crate::source::sweep::newest_versions::NewestVersions;
use crate::source::{AccountFailure, AccountFindings, Lane, View, ViewFindings};
use crate::{AccountId, FindingList, Result, Text};

/// What the lanes can show, each view once, with the place of its view for each lane.
#[derive(Debug, Default)]
pub(super) struct LaneViews {
    pub(super) views: Vec<View>,
    /// By index of the lane; empty unless every lane has a view.
    of_lane: Vec<usize>,
    lanes: usize,
    /// Name of the first lane, for failures that are not of one.
    first: String,
}

impl LaneViews {
    pub(super) fn of(lanes: &[Lane]) -> Self {
        let mut views: Vec<View> = Vec::new();
        let mut of_lane: Vec<usize> = Vec::with_capacity(lanes.len());
        for view in lanes.iter().map_while(Lane::view) {
            let place = views.iter().position(|known| known == view).unwrap_or(views.len());
            if place == views.len() {
                views.push(view.clone());
            }
            of_lane.push(place);
        }
        if of_lane.len() < lanes.len() {
            (views, of_lane) = (Vec::new(), Vec::new());
        }
        let first = lanes.first().map(|lane| lane.name().to_owned()).unwrap_or_default();
        Self { views, of_lane, lanes: lanes.len(), first }
    }
}

/// Merges the results of all lanes for an account. Keeps each finding once, in its newest version.
///
/// Copies are normal: pages shift while they are read, and linked Regions return the same findings. Two views can show
/// one finding in different words, such as in ASFF and in OCSF: then the newest version counts and, if they are equally
/// new, that of the lane that was given first.
pub(super) fn merge(account: AccountId, mut results: Vec<LaneResult>, lanes: &LaneViews) -> AccountFindings {
    // not the order in which the lanes answered, which is another one in every run
    results.sort_by_key(|result| result.lane);
    let received = results.iter().map(|result| result.findings.len() as u64).sum();
    let mut received_by_lane = vec![0; lanes.lanes];
    let mut shown: Vec<Shown> = vec![Shown::default(); lanes.views.len().max(1)];
    let (mut failures, mut rejected, mut unread) = (Vec::new(), Vec::new(), None);
    for result in results {
        failures.extend(result.failure);
        rejected.extend(result.rejected);
        received_by_lane.get_mut(result.lane).into_iter().for_each(|count| *count = result.findings.len() as u64);
        let view = &mut shown[lanes.of_lane.get(result.lane).copied().unwrap_or_default()];
        view.regions = in_both(view.regions.take(), result.regions);
        unread = unread.or(view.newest.add(&result.findings).err());
    }
    let regions = shown.iter().map(|view| view.regions.clone()).reduce(in_both).flatten();
    let views = lanes.views.iter().zip(&shown);
    let views =
        views.map(|(view, shown)| ViewFindings { view: view.clone(), regions_with_records: shown.regions.clone() });
    let views = views.collect();
    let merged = unread.map_or_else(|| merge_views(&shown), Err).unwrap_or_else(|error| {
        failures.push(AccountFailure::new(&lanes.first, error.kind(), error.report()));
        Merged::default()
    });
    AccountFindings {
        account,
        name: merged.name,
        duplicates: received - merged.findings.len() as u64,
        findings: merged.findings,
        received,
        ambiguous: merged.ambiguous,
        failures,
        rejected,
        regions_with_records: regions,
        views,
        shown_by: merged.shown_by,
        received_by_lane,
    }
}

/// What the lanes of a view show of an account.
#[derive(Clone, Debug)]
struct Shown {
    newest: NewestVersions,
    regions: Option<BTreeSet<Option<Text>>>,
}

impl Default for Shown {
    fn default() -> Self {
        Self { newest: NewestVersions::default(), regions: Some(BTreeSet::new()) }
    }
}

/// The Regions of two sources. One that cannot tell may have records in any Region.
fn in_both(
    these: Option<BTreeSet<Option<Text>>>,
    those: Option<BTreeSet<Option<Text>>>,
) -> Option<BTreeSet<Option<Text>>> {
    let (mut all, more) = these.zip(those)?;
    all.extend(more);
    Some(all)
}

/// The findings that the views show together.
#[derive(Debug, Default)]
struct Merged {
    name: Option<Text>,
    findings: FindingList,
    ambiguous: u64,
    shown_by: HashMap<IdentityHash, u64>,
}

/// Keeps the findings of each identity from the view that has its newest version, the first one of several.
fn merge_views(shown: &[Shown]) -> Result<Merged> {
    if let [only] = shown {
        let (findings, ambiguous) = (only.newest.findings(), only.newest.ambiguous());
        return Ok(Merged { name: findings.account_name()?, findings, ambiguous, ..Merged::default() });
    }
    let mut merged = Merged::default();
    let mut best: HashMap<IdentityHash, (Option<Timestamp>, usize)> = HashMap::new();
    let views: Vec<FindingList> = shown.iter().map(|view| view.newest.findings()).collect();
    for (place, findings) in views.iter().enumerate() {
        for (entry, finding) in findings.entries().iter().zip(findings.iter()) {
            *merged.shown_by.entry(entry.identity).or_default() |= 1 << place;
            let updated_at = finding?.updated_at;
            let newest = best.entry(entry.identity).or_insert((updated_at, place));
            if updated_at > newest.0 {
                *newest = (updated_at, place);
            }
        }
    }
    let mut kept: HashMap<IdentityHash, u64> = HashMap::new();
    for (place, findings) in views.iter().enumerate() {
        let of_view = findings.entries().iter().filter(|entry| best.get(&entry.identity).is_some_and(|b| b.1 == place));
        merged
            .findings
            .extend(findings, of_view.copied().inspect(|entry| *kept.entry(entry.identity).or_default() += 1));
    }
    merged.ambiguous = kept.into_values().filter(|kept| *kept > 1).sum();
    merged.name = merged.findings.account_name()?;
    Ok(merged)
}
