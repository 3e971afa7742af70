//! Merges what the lanes show of an account.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::LaneResult;
use crate::source::sweep::newest_versions::NewestVersions;
use crate::source::{AccountFindings, Lane, View, ViewFindings};
use crate::{AccountId, Finding, Text};

/// What the lanes can show, each view once, with the place of its view for each lane.
#[derive(Debug, Default)]
pub(super) struct LaneViews {
    pub(super) views: Vec<View>,
    /// By index of the lane; empty unless every lane has a view.
    of_lane: Vec<usize>,
    lanes: usize,
}

impl LaneViews {
    pub(super) fn of(lanes: &[Lane]) -> Self {
        let mut views: Vec<View> = Vec::new();
        let mut of_lane = Vec::with_capacity(lanes.len());
        for view in lanes.iter().map_while(Lane::view) {
            let place = views.iter().position(|known| known == view).unwrap_or(views.len());
            if place == views.len() {
                views.push(view.clone());
            }
            of_lane.push(place);
        }
        if of_lane.len() < lanes.len() {
            return Self { lanes: lanes.len(), ..Self::default() };
        }
        Self { views, of_lane, lanes: lanes.len() }
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
    let (mut failures, mut rejected) = (Vec::new(), Vec::new());
    for result in results {
        failures.extend(result.failure);
        rejected.extend(result.rejected);
        received_by_lane.get_mut(result.lane).into_iter().for_each(|count| *count = result.findings.len() as u64);
        let view = &mut shown[lanes.of_lane.get(result.lane).copied().unwrap_or_default()];
        view.regions = in_both(view.regions.take(), result.regions);
        result.findings.into_iter().for_each(|finding| view.newest.add(finding));
    }
    let regions = shown.iter().map(|view| view.regions.clone()).reduce(in_both).flatten();
    let views = lanes.views.iter().zip(&shown);
    let views =
        views.map(|(view, shown)| ViewFindings { view: view.clone(), regions_with_records: shown.regions.clone() });
    let views = views.collect();
    let merged = merge_views(shown);
    AccountFindings {
        account,
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
    findings: Vec<Arc<Finding>>,
    ambiguous: u64,
    shown_by: HashMap<(Text, Text), u64>,
}

/// Keeps the findings of each identity from the view that has its newest version, the first one of several.
fn merge_views(mut shown: Vec<Shown>) -> Merged {
    if let [only] = &mut shown[..] {
        let newest = std::mem::take(&mut only.newest);
        let ambiguous = newest.ambiguous();
        return Merged { ambiguous, findings: newest.into_findings().collect(), ..Merged::default() };
    }
    let mut merged = Merged::default();
    let mut best: HashMap<(Text, Text), (Option<Timestamp>, usize)> = HashMap::new();
    for (place, view) in shown.iter().enumerate() {
        for finding in view.newest.iter() {
            let key = (finding.product_arn.clone(), finding.id.clone());
            *merged.shown_by.entry(key.clone()).or_default() |= 1 << place;
            let newest = best.entry(key).or_insert((finding.updated_at, place));
            if finding.updated_at > newest.0 {
                *newest = (finding.updated_at, place);
            }
        }
    }
    let mut kept: HashMap<(Text, Text), u64> = HashMap::new();
    for (place, view) in shown.into_iter().enumerate() {
        for finding in view.newest.into_findings() {
            let key = (finding.product_arn.clone(), finding.id.clone());
            if best.get(&key).is_some_and(|(_, best)| *best == place) {
                *kept.entry(key).or_default() += 1;
                merged.findings.push(finding);
            }
        }
    }
    merged.ambiguous = kept.into_values().filter(|kept| *kept > 1).sum();
    merged
}
