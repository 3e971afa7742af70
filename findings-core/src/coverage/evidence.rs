//! The search for evidence: in which accounts did a check run recently, with as few calls as possible.
//!
//! For most accounts the sweep itself has the evidence, because an open finding of a check is updated every day. The
//! remaining accounts are queried together, up to 20 in a call. Accounts that the answer shows are left out of the next
//! query. A call that shows no further account ends the search: 20 silent accounts cost one call, and `n` accounts
//! without open findings cost between `n / 20` and `n` calls.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::StreamExt;
use jiff::Timestamp;

use super::{
    AcceptedGaps, CoverageFacts, CoverageReason, Evidence, RegionFacts, Verdict, count_check, judge, oldest_evidence,
};
use crate::source::{
    AccountBatch, FindingsQuery, FindingsSource, FinishedQuery, FollowUp, Lane, PageRequest, RetryPolicy, batches,
};
use crate::{AccountId, Error, ErrorKind, Finding, Result, Selection, Text};

/// The number of pages of one query after which the search is given up.
const PAGES_TO_FOLLOW: usize = 20;

/// The number of concurrent searches in each lane if no sweep is running.
const SEARCHES_AT_ONCE: usize = 4;

/// Searches for evidence for every account whose membership alone does not decide the verdict. As the [`FollowUp`] of a
/// sweep it reads the findings that the sweep fetches anyway, and queries the remaining accounts.
#[derive(Debug)]
pub struct EvidenceSearch {
    facts: Arc<CoverageFacts>,
    accounts: HashSet<AccountId>,
    now: Timestamp,
    found: Mutex<HashMap<AccountId, Evidence>>,
    calls: AtomicU64,
}

/// The evidence for the accounts of one query in one lane.
type BatchEvidence = HashMap<AccountId, Evidence>;

impl EvidenceSearch {
    /// A search for everything that the facts leave open about these accounts. `now` is the start of the run, UTC:
    /// checks that are older than [`EVIDENCE_AGE`](super::EVIDENCE_AGE) at that time are no evidence.
    pub fn new(facts: Arc<CoverageFacts>, accounts: impl IntoIterator<Item = AccountId>, now: Timestamp) -> Self {
        let accounts = accounts.into_iter().collect();
        Self { facts, accounts, now, found: Mutex::default(), calls: AtomicU64::new(0) }
    }

    /// Searches without a sweep and fetches no other findings.
    pub async fn search(&self, lanes: &[Lane], retry: &RetryPolicy) {
        let mut accounts: Vec<AccountId> = self.accounts.iter().copied().collect();
        accounts.sort_unstable();
        let searches = lanes.iter().flat_map(|lane| batches(&accounts).into_iter().map(move |batch| (lane, batch)));
        let searches = searches.map(|(lane, batch)| {
            let source = lane.patient(retry);
            async move {
                let mut gathered = BatchEvidence::default();
                self.ask_for_silent(&source, lane.name(), batch.accounts(), &mut gathered).await;
                self.keep(gathered);
            }
        });
        futures::stream::iter(searches).buffer_unordered(SEARCHES_AT_ONCE * lanes.len().max(1)).collect::<()>().await;
    }

    /// Returns the evidence found for an account so far. It is final once the sweep has finished the account.
    pub fn of(&self, account: AccountId) -> Evidence {
        self.lock().get(&account).cloned().unwrap_or_default()
    }

    /// Returns the number of calls of the search, without retries.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Evidence>> {
        // nothing that is done under the lock leaves half a change behind
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, gathered: BatchEvidence) {
        let mut found = self.lock();
        for (account, evidence) in gathered {
            found.entry(account).or_default().merge(evidence);
        }
    }

    /// Reads the evidence from findings that were fetched anyway.
    fn read<'f>(&self, lane: &str, findings: impl IntoIterator<Item = &'f Finding>) -> BatchEvidence {
        let mut gathered = BatchEvidence::default();
        let (lane, since) = (Text::from(lane), oldest_evidence(self.now));
        for finding in findings {
            count_check(&mut gathered.entry(finding.account).or_default().checks, finding, &lane, since);
        }
        gathered
    }

    /// Queries the accounts that are still without evidence.
    async fn ask_for_silent(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        accounts: &[AccountId],
        gathered: &mut BatchEvidence,
    ) {
        for region in self.facts.regions.iter().filter(|region| is_seen_from(region, lane)) {
            let wanted = |a: &AccountId| self.accounts.contains(a) && self.is_open(*a, region, gathered);
            let mut silent: Vec<AccountId> = accounts.iter().copied().filter(wanted).collect();
            while let Ok(batch) = AccountBatch::new(silent.clone()) {
                if let Err(error) = self.ask(source, lane, batch, region, gathered).await {
                    tracing::warn!(lane, error = %error.report(), "whether checks are made could not be read");
                    for account in &silent {
                        gathered.entry(*account).or_default().failed = true;
                    }
                    break;
                }
                let before = silent.len();
                silent.retain(|account| self.is_open(*account, region, gathered));
                if silent.len() == before {
                    break;
                }
            }
        }
    }

    /// Reads the pages of one query until they show an account that was silent, or end.
    async fn ask(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        batch: AccountBatch,
        region: &RegionFacts,
        gathered: &mut BatchEvidence,
    ) -> Result<()> {
        let since = oldest_evidence(self.now);
        let mut selection = Selection::checks_since(since);
        if let Some(region) = &region.region {
            selection = selection.of_security_hub_in(region);
        }
        let mut request = PageRequest::first(FindingsQuery::new(batch).with_selection(selection).newest_first());
        let lane = Text::from(lane);
        for _ in 0..PAGES_TO_FOLLOW {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let page = source.page(&request).await?;
            for finding in &page.findings {
                count_check(&mut gathered.entry(finding.account).or_default().checks, finding, &lane, since);
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

    /// Returns whether evidence would change the verdict.
    fn is_open(&self, account: AccountId, region: &RegionFacts, gathered: &BatchEvidence) -> bool {
        let nothing = Evidence::default();
        let evidence = gathered.get(&account).unwrap_or(&nothing);
        let of_region = |c: &super::RegionCoverage| c.region == region.region;
        let verdicts = judge(account, &self.facts, evidence, &AcceptedGaps::default(), self.now);
        // checks that found nothing to look at may be followed by others that did
        let since = oldest_evidence(self.now);
        verdicts.iter().find(|c| of_region(c)).is_some_and(|c| {
            let is_empty = c.reason == CoverageReason::ChecksImpaired && c.last_check.is_none_or(|last| last < since);
            c.verdict == Verdict::Unknown || is_empty
        })
    }
}

#[async_trait]
impl FollowUp for EvidenceSearch {
    async fn after_query(&self, query: &FinishedQuery<'_>) {
        let mut gathered = self.read(query.lane, query.findings.iter().map(|finding| &**finding));
        self.ask_for_silent(query.source, query.lane, query.accounts, &mut gathered).await;
        self.keep(gathered);
    }
}

/// Returns whether a lane shows the findings of a Region: facts without a Region apply to every lane, those of a Region
/// to its own lane or the lane of its home Region.
fn is_seen_from(region: &RegionFacts, lane: &str) -> bool {
    match (&region.region, &region.linked_to) {
        (None, _) => true,
        (Some(_), Some(home)) => home == lane,
        (Some(region), None) => region == lane,
    }
}

#[cfg(test)]
mod tests;
