//! Regions and accounts that a run says nothing about, although somebody may expect it to.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{AcceptedGaps, CoverageFacts, CoverageReason, RegionCoverage};
use crate::{AccountId, Text};

/// What is known of an account apart from its findings: the input of [`judge_not_seen`].
#[derive(Clone, Copy, Debug)]
pub struct NotSeen<'a> {
    /// The account.
    pub account: AccountId,
    /// The Regions of its issues in the history.
    pub known_regions: &'a BTreeSet<Text>,
    /// The coverage check of this run; `None` if there was none.
    pub facts: Option<&'a CoverageFacts>,
    /// The Regions of which the source has records of the account, in any state; `None` if the source cannot tell, as with
    /// Security Hub.
    pub recorded: Option<&'a BTreeSet<Option<Text>>>,
}

/// Returns a verdict for each Region that earlier runs had findings of and this run did not look at, and for an account
/// of which a file has no record at all.
///
/// In these, "no findings" shows nothing: findings are absent because nobody looks. A Region that was never looked at gets
/// no verdict, because nobody expects a statement about it.
///
/// ```
/// use findings_core::coverage::*;
/// let account = "111100000001".parse()?;
/// let known_regions = ["us-east-1".into()].into();
/// let facts = CoverageFacts::new(vec![RegionFacts::new(Some("eu-west-1".to_owned()))]);
/// let not_seen = NotSeen { account, known_regions: &known_regions, facts: Some(&facts), recorded: None };
/// let verdicts = judge_not_seen(&not_seen, &AcceptedGaps::default(), "2026-11-23T00:00:00Z".parse()?);
/// assert_eq!(verdicts[0].reason, CoverageReason::RegionNotLookedAt);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge_not_seen(not_seen: &NotSeen<'_>, accepted: &AcceptedGaps, now: Timestamp) -> Vec<RegionCoverage> {
    let NotSeen { account, known_regions, facts, recorded } = *not_seen;
    let verdict = |region: Option<&Text>, reason: CoverageReason| {
        let mut coverage = RegionCoverage::new(reason);
        coverage.region = region.map(ToString::to_string);
        coverage.accepted = accepted.find(account, region.map(|r| &**r), now).cloned();
        coverage
    };
    // without a coverage check, a file is all there is to judge by
    if facts.is_none() && recorded.is_some_and(BTreeSet::is_empty) {
        return vec![verdict(None, CoverageReason::NoRecords)];
    }
    known_regions.iter().filter_map(|region| Some(verdict(Some(region), reason(region, facts, recorded)?))).collect()
}

/// Why nothing is known about a Region; `None` if it was looked at.
fn reason(
    region: &Text,
    facts: Option<&CoverageFacts>,
    recorded: Option<&BTreeSet<Option<Text>>>,
) -> Option<CoverageReason> {
    let is_checked = |facts: &CoverageFacts| {
        facts.regions.iter().any(|checked| checked.region.as_deref().is_none_or(|name| name == &**region))
    };
    match facts {
        // first, because the next case would match such a Region, too, and say less
        Some(facts) if facts.unused_regions.iter().any(|unused| unused == &**region) => Some(CoverageReason::HubOff),
        Some(facts) if !is_checked(facts) => Some(CoverageReason::RegionNotLookedAt),
        _ if recorded.is_some_and(|regions| !regions.contains(&Some(region.clone()))) => {
            Some(CoverageReason::NoRecords)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::RegionFacts;

    /// What each kind of check and file says about a Region of the history and about the account.
    #[test]
    fn regions_of_the_history_are_judged_by_what_was_looked_at() {
        use CoverageReason::{HubOff, NoRecords, RegionNotLookedAt};
        let facts = |regions: &[Option<&str>], unused: &[&str]| {
            let regions = regions.iter().map(|name| RegionFacts::new(name.map(str::to_owned))).collect();
            let unused_regions = unused.iter().map(ToString::to_string).collect();
            Some(CoverageFacts { unused_regions, ..CoverageFacts::new(regions) })
        };
        let file = |regions: &[&str]| Some(regions.iter().map(|name| Some(Text::from(*name))).collect::<BTreeSet<_>>());
        let us = Some("us-east-1".to_owned());
        for (case, facts, recorded, expected) in [
            ("looked at", facts(&[Some("us-east-1")], &[]), None, vec![]),
            ("unlinked", facts(&[Some("eu-west-1")], &[]), None, vec![(us.clone(), RegionNotLookedAt)]),
            ("off", facts(&[Some("eu-west-1")], &["us-east-1"]), None, vec![(us.clone(), HubOff)]),
            ("facts for all Regions", facts(&[None], &[]), None, vec![]),
            ("neither check nor file", None, None, vec![]),
            ("in the file", None, file(&["us-east-1"]), vec![]),
            ("Region not in the file", None, file(&["eu-west-1"]), vec![(us.clone(), NoRecords)]),
            ("account not in the file", None, file(&[]), vec![(None, NoRecords)]),
            ("members from a file, Region not in the file", facts(&[None], &[]), file(&[]), vec![(us, NoRecords)]),
        ] {
            let known_regions = [Text::from("us-east-1")].into();
            let account = "111100000001".parse().unwrap();
            let (facts, recorded) = (facts.as_ref(), recorded.as_ref());
            let not_seen = NotSeen { account, known_regions: &known_regions, facts, recorded };
            let now = "2026-11-23T00:00:00Z".parse().unwrap();
            let verdicts = judge_not_seen(&not_seen, &AcceptedGaps::default(), now);
            let got: Vec<_> = verdicts.into_iter().map(|c| (c.region, c.reason)).collect();
            assert_eq!(got, expected, "{case}");
        }
    }
}
