//! Proof of life: which accounts had a check made lately, at the price of as few calls as possible.
//!
//! Most accounts prove themselves: an open finding of a check is repeated every day, so the sweep has seen it. Those left are asked for together, up to
//! 20 in a call, and every account that the answer shows is left out of the next question. A call that shows nobody ends the search, so that 20 silent
//! accounts cost one call, and the price of `n` accounts without open findings is between `n / 20` and `n` calls.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use jiff::Timestamp;

use super::{AccountBatch, FindingsQuery, FindingsSource, Lane, PageRequest, RetryPolicy, batches};
use crate::coverage::{
    AcceptedGaps, ChecksByRegion, CoverageFacts, CoverageReason, Evidence, RegionFacts, Verdict, count_check, judge,
    oldest_evidence,
};
use crate::{AccountId, Error, ErrorKind, Finding, Result, Selection, Text};

/// Pages of one question after which the look is given up: nobody knows then.
const PAGES_TO_FOLLOW: usize = 20;

/// Looks at a time in each lane where nothing else is fetched.
const LOOKS_AT_ONCE: usize = 4;

/// What a sweep is to prove of each account besides fetching its findings.
#[derive(Clone, Debug)]
pub struct EvidencePlan {
    facts: Arc<CoverageFacts>,
    accounts: HashSet<AccountId>,
    now: Timestamp,
}

/// Checks of the accounts of one query, as far as one lane shows them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) checks: HashMap<AccountId, ChecksByRegion>,
    /// Accounts for which the look failed.
    pub(super) failed: Vec<AccountId>,
}

impl EvidencePlan {
    /// Wants proof for everything that the facts leave open of these accounts. `now` is when the run began: what is older than
    /// [`EVIDENCE_AGE`](crate::coverage::EVIDENCE_AGE) by then proves nothing.
    pub fn new(facts: Arc<CoverageFacts>, accounts: impl IntoIterator<Item = AccountId>, now: Timestamp) -> Self {
        Self { facts, accounts: accounts.into_iter().collect(), now }
    }

    /// Looks for evidence only and fetches no findings: how to see who is covered without a run. Each account with its checks, and whether the look for
    /// them failed.
    pub async fn prove(&self, lanes: &[Lane], retry: &RetryPolicy) -> HashMap<AccountId, (ChecksByRegion, bool)> {
        let mut accounts: Vec<AccountId> = self.accounts.iter().copied().collect();
        accounts.sort_unstable();
        let calls = AtomicU64::new(0);
        let looks = lanes.iter().flat_map(|lane| batches(&accounts).into_iter().map(move |batch| (lane, batch)));
        let looks = looks.map(|(lane, batch)| {
            let (source, calls) = (lane.patient(retry), &calls);
            async move {
                let mut gathered = Gathered::default();
                self.look(&source, lane.name(), batch.accounts(), &mut gathered, calls).await;
                gathered
            }
        });
        let mut proven: HashMap<AccountId, (ChecksByRegion, bool)> = HashMap::new();
        let mut done = futures::stream::iter(looks).buffer_unordered(LOOKS_AT_ONCE * lanes.len().max(1));
        while let Some(gathered) = done.next().await {
            for (account, checks) in gathered.checks {
                let (all, _) = proven.entry(account).or_default();
                for (region, one) in checks {
                    all.entry(region).or_default().merge(&one);
                }
            }
            for account in gathered.failed {
                proven.entry(account).or_default().1 = true;
            }
        }
        proven
    }

    /// Takes the evidence out of what a query has brought.
    pub(super) fn read<'f>(&self, lane: &str, findings: impl IntoIterator<Item = &'f Finding>) -> Gathered {
        let mut gathered = Gathered::default();
        let (lane, since) = (Text::from(lane), oldest_evidence(self.now));
        for finding in findings {
            count_check(gathered.checks.entry(finding.account).or_default(), finding, &lane, since);
        }
        gathered
    }

    /// Asks for the accounts that are still without evidence.
    pub(super) async fn look(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        accounts: &[AccountId],
        gathered: &mut Gathered,
        calls: &AtomicU64,
    ) {
        for region in self.facts.regions.iter().filter(|region| is_seen_from(region, lane)) {
            let mut silent: Vec<AccountId> = accounts
                .iter()
                .copied()
                .filter(|a| self.accounts.contains(a) && self.is_open(*a, region, gathered))
                .collect();
            while let Ok(batch) = AccountBatch::new(silent.clone()) {
                match self.ask(source, lane, batch, region, gathered, calls).await {
                    Ok(()) => {}
                    Err(error) => {
                        tracing::warn!(lane, error = %error.report(), "whether checks are made could not be read");
                        gathered.failed.append(&mut silent);
                        break;
                    }
                }
                let before = silent.len();
                silent.retain(|account| self.is_open(*account, region, gathered));
                if silent.len() == before {
                    break;
                }
            }
        }
    }

    /// Follows one question until it shows an account that was silent, or ends.
    async fn ask(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        batch: AccountBatch,
        region: &RegionFacts,
        gathered: &mut Gathered,
        calls: &AtomicU64,
    ) -> Result<()> {
        let since = oldest_evidence(self.now);
        let mut selection = Selection::checks_since(since);
        if let Some(region) = &region.region {
            selection = selection.of_security_hub_in(region);
        }
        let mut request = PageRequest::first(FindingsQuery::new(batch).with_selection(selection).newest_first());
        let lane = Text::from(lane);
        for _ in 0..PAGES_TO_FOLLOW {
            calls.fetch_add(1, Ordering::Relaxed);
            let page = source.page(&request).await?;
            for finding in &page.findings {
                count_check(gathered.checks.entry(finding.account).or_default(), finding, &lane, since);
            }
            let asked = request.query.accounts.accounts();
            if page.next.is_none() || asked.iter().any(|account| !self.is_open(*account, region, gathered)) {
                return Ok(());
            }
            request.token = page.next;
        }
        let message =
            format!("{PAGES_TO_FOLLOW} pages showed no check of {} accounts", request.query.accounts.accounts().len());
        Err(Error::new(ErrorKind::Inconsistent, "look for checks").with_message(message))
    }

    /// Whether evidence would change the verdict.
    fn is_open(&self, account: AccountId, region: &RegionFacts, gathered: &Gathered) -> bool {
        let nothing = ChecksByRegion::default();
        let evidence = Evidence { checks: gathered.checks.get(&account).unwrap_or(&nothing), failed: false };
        let of_region = |c: &crate::coverage::RegionCoverage| c.region == region.region;
        let verdicts = judge(account, &self.facts, evidence, &AcceptedGaps::default(), self.now);
        // checks that found nothing to look at may be followed by others that did
        let since = oldest_evidence(self.now);
        verdicts.iter().find(|c| of_region(c)).is_some_and(|c| {
            let is_empty = c.reason == CoverageReason::ChecksImpaired && c.last_check.is_none_or(|last| last < since);
            c.verdict == Verdict::Unknown || is_empty
        })
    }
}

/// Facts of the whole source concern every lane, those of a Region its own lane or the one that it is linked to.
fn is_seen_from(region: &RegionFacts, lane: &str) -> bool {
    match (&region.region, &region.linked_to) {
        (None, _) => true,
        (Some(_), Some(home)) => home == lane,
        (Some(region), None) => region == lane,
    }
}

#[cfg(test)]
mod tests;
