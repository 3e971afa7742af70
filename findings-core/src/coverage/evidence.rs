//! Evidence search: finds out which accounts have recent results of checks, with as few API calls as possible.
//!
//! Most accounts need no extra call: Security Hub updates the open finding of a check every day, and the sweep
//! fetches it anyway. The search queries the other accounts together, up to 20 in a call, and leaves every account that
//! the answer contains out of the next query. A query that finds none of its accounts ends the search. Therefore 20
//! accounts without any check cost one call, and `n` accounts without open findings cost between `n / 20` and `n`
//! calls.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt as _};
use jiff::Timestamp;

use super::{
    AcceptedGaps, CoverageFacts, CoverageReason, Evidence, RegionFacts, Verdict, count_check, judge, oldest_evidence,
};
use crate::securityhub::{COVERAGE_PRODUCT, OWN_PRODUCT};
use crate::source::{
    AccountBatch, FindingsQuery, FindingsSource, FinishedQuery, FollowUp, Lane, PageRequest, RetryPolicy, batches,
    pages,
};
use crate::{AccountId, ComplianceStatus, Error, ErrorKind, Finding, Result, Selection, Text};

/// The number of pages after which a query without result is given up. The coverage of its accounts is then unknown.
const MAX_PAGES: usize = 20;

/// The number of concurrent searches in each lane when no sweep runs.
const SEARCHES_PER_LANE: usize = 4;

/// Searches for evidence of every account whose verdict does not follow from membership alone.
///
/// As the [`FollowUp`] of a sweep, it reads the findings that the sweep fetches and queries only the accounts that are
/// still without evidence.
#[derive(Debug)]
pub struct EvidenceSearch {
    facts: Arc<CoverageFacts>,
    accounts: HashSet<AccountId>,
    now: Timestamp,
    found: Mutex<HashMap<AccountId, Evidence>>,
    calls: AtomicU64,
}

/// The evidence that one lane has for the accounts of one batch.
type BatchEvidence = HashMap<AccountId, Evidence>;

impl EvidenceSearch {
    /// Creates a search for these accounts. `now` is the time at which the run began: results that are older than
    /// [`EVIDENCE_AGE`](super::EVIDENCE_AGE) at that time are no evidence.
    pub fn new(facts: Arc<CoverageFacts>, accounts: impl IntoIterator<Item = AccountId>, now: Timestamp) -> Self {
        let accounts = accounts.into_iter().collect();
        Self { facts, accounts, now, found: Mutex::default(), calls: AtomicU64::new(0) }
    }

    /// Searches without a sweep, to check coverage outside a run. It fetches results of checks only, and judges as a run does:
    /// by the open results of an account, and by all if it has no open one.
    pub async fn search(&self, lanes: &[Lane], retry: &RetryPolicy) {
        let since = oldest_evidence(self.now);
        let mut accounts: Vec<AccountId> = self.accounts.iter().copied().collect();
        // a set has no order; every check has to query the same batches
        accounts.sort_unstable();
        let searches = lanes.iter().flat_map(|lane| batches(&accounts).into_iter().map(move |batch| (lane, batch)));
        let searches = searches.map(|(lane, batch)| {
            let source = lane.paced_source(retry);
            async move {
                let mut gathered = BatchEvidence::default();
                self.query_open(&source, lane.region(), &batch, &mut gathered).await;
                for checks in [open_checks(since), Selection::checks_since(since)] {
                    self.query_missing(&source, lane.region(), (batch.accounts(), &checks), &mut gathered).await;
                }
                self.store(gathered);
            }
        });
        futures::stream::iter(searches).buffer_unordered(SEARCHES_PER_LANE * lanes.len().max(1)).collect::<()>().await;
    }

    /// What a search has found, with the number of its calls.
    pub(crate) fn found(
        facts: Arc<CoverageFacts>,
        found: HashMap<AccountId, Evidence>,
        calls: u64,
        now: Timestamp,
    ) -> Self {
        let accounts = found.keys().copied().collect();
        Self { facts, accounts, now, found: Mutex::new(found), calls: AtomicU64::new(calls) }
    }

    /// Returns the evidence found for an account so far. It is final once the sweep has completed the account.
    pub fn of(&self, account: AccountId) -> Evidence {
        self.lock().get(&account).cloned().unwrap_or_default()
    }

    /// Returns the number of API calls that the search made, without retries.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Evidence>> {
        // a poisoned lock is safe to use: no operation under the lock leaves a change half done
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, gathered: BatchEvidence) {
        merge(&mut self.lock(), gathered);
    }

    /// Extracts the evidence from findings that the sweep fetched.
    fn extract<'f>(&self, lane: &str, findings: impl IntoIterator<Item = &'f Finding>) -> BatchEvidence {
        let mut gathered = BatchEvidence::default();
        let (lane, since) = (Text::from(lane), oldest_evidence(self.now));
        for finding in findings {
            count_check(&mut gathered.entry(finding.account).or_default().checks, finding, &lane, since);
        }
        gathered
    }

    /// Reads the open findings that say that checks cannot run or a service is off, which a sweep would have fetched.
    async fn query_open(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        batch: &AccountBatch,
        gathered: &mut BatchEvidence,
    ) {
        let regions = self.facts.regions.iter().filter(|region| is_seen_from(region, lane));
        for selection in open_problems(regions.map(|region| region.region.as_deref()), oldest_evidence(self.now)) {
            let query = FindingsQuery::new(batch.clone()).with_selection(selection);
            if let Err(error) = self.read_open(source, lane, query, gathered).await {
                tracing::warn!(lane, error = %error.report(), "whether checks are made could not be read");
                for account in batch.accounts() {
                    gathered.entry(*account).or_default().failed = true;
                }
            }
        }
    }

    /// Counts page by page, because the open findings of a file can be many.
    async fn read_open(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        query: FindingsQuery,
        gathered: &mut BatchEvidence,
    ) -> Result<()> {
        let mut pages = pin!(pages(source, query));
        loop {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let Some(page) = pages.try_next().await? else { return Ok(()) };
            merge(gathered, self.extract(lane, &page.findings));
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Queries the accounts that are still without evidence, until a query finds none of them.
    async fn query_missing(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        (accounts, checks): (&[AccountId], &Selection),
        gathered: &mut BatchEvidence,
    ) {
        for region in self.facts.regions.iter().filter(|region| is_seen_from(region, lane)) {
            let wanted = |a: &AccountId| self.accounts.contains(a) && self.needs_evidence(*a, region, gathered);
            let mut missing: Vec<AccountId> = accounts.iter().copied().filter(wanted).collect();
            // ends once no account is missing, because there is no empty batch
            while let Ok(batch) = AccountBatch::new(missing.clone()) {
                if let Err(error) = self.query_batch(source, lane, (batch, checks), region, gathered).await {
                    tracing::warn!(lane, error = %error.report(), "whether checks are made could not be read");
                    for account in &missing {
                        gathered.entry(*account).or_default().failed = true;
                    }
                    break;
                }
                let before = missing.len();
                missing.retain(|account| self.needs_evidence(*account, region, gathered));
                if missing.len() == before {
                    break;
                }
            }
        }
    }

    /// Reads the pages of one query until one of its accounts has evidence or the pages end.
    ///
    /// It stops at the first success because an account with many results can fill page after page. The caller queries
    /// again without that account.
    async fn query_batch(
        &self,
        source: &dyn FindingsSource,
        lane: &str,
        (batch, checks): (AccountBatch, &Selection),
        region: &RegionFacts,
        gathered: &mut BatchEvidence,
    ) -> Result<()> {
        let since = oldest_evidence(self.now);
        let mut selection = checks.clone();
        if let Some(region) = &region.region {
            selection = selection.of_security_hub_in(region);
        }
        // only the first pages are read, so a result that moves while they are read does no harm
        let mut request = PageRequest::first(FindingsQuery::new(batch).with_selection(selection).newest_first());
        let lane = Text::from(lane);
        for _ in 0..MAX_PAGES {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let page = source.page(&request).await?;
            for finding in &page.findings {
                count_check(&mut gathered.entry(finding.account).or_default().checks, finding, &lane, since);
            }
            let queried = request.query.accounts.accounts();
            if page.next.is_none() || queried.iter().any(|account| !self.needs_evidence(*account, region, gathered)) {
                return Ok(());
            }
            request.token = page.next;
        }
        let message =
            format!("{MAX_PAGES} pages showed no check of {} accounts", request.query.accounts.accounts().len());
        Err(Error::new(ErrorKind::Inconsistent, "look for checks").with_message(message))
    }

    /// Returns whether more evidence could change the verdict on the account in this Region.
    fn needs_evidence(&self, account: AccountId, region: &RegionFacts, gathered: &BatchEvidence) -> bool {
        let nothing = Evidence::default();
        let evidence = gathered.get(&account).unwrap_or(&nothing);
        let of_region = |c: &super::RegionCoverage| c.region == region.region;
        let verdicts = judge(account, &self.facts, evidence, &AcceptedGaps::default(), self.now);
        // results of checks with nothing to evaluate may be followed by results of other checks
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
        let mut gathered = BatchEvidence::default();
        let (lane, since) = (Text::from(query.region), oldest_evidence(self.now));
        for finding in query.findings.iter() {
            match finding {
                Ok(finding) => {
                    count_check(&mut gathered.entry(finding.account).or_default().checks, &finding, &lane, since);
                }
                Err(error) => {
                    tracing::warn!(lane = query.lane, error = %error.report(), "whether checks are made could not be read");
                    for account in query.accounts {
                        gathered.entry(*account).or_default().failed = true;
                    }
                    break;
                }
            }
        }
        let checks = Selection::checks_since(oldest_evidence(self.now));
        self.query_missing(query.source, query.region, (query.accounts, &checks), &mut gathered).await;
        self.store(gathered);
    }
}

/// Recent results of checks that are open.
fn open_checks(since: Timestamp) -> Selection {
    Selection { workflow: Selection::default().workflow, ..Selection::checks_since(since) }
}

/// The open findings that say that something is not checked. A run has them from its sweep, and the same rule counts them
/// there. In files, which name no Region, all open findings are read: that costs no call.
fn open_problems<'a>(regions: impl Iterator<Item = Option<&'a str>>, since: Timestamp) -> Vec<Selection> {
    use ComplianceStatus::{Failed, NotAvailable, Warning};
    let Some(regions) = regions.collect::<Option<Vec<&str>>>() else { return vec![Selection::default()] };
    let impaired = |region| {
        let selection =
            Selection { compliance: vec![Warning, NotAvailable], updated_since: Some(since), ..Selection::default() };
        selection.of_security_hub_in(region)
    };
    let off = |region| {
        let mut selection = Selection { compliance: vec![Failed], ..Selection::default() }.of_security_hub_in(region);
        selection.products =
            selection.products.iter().map(|own| own.replace(OWN_PRODUCT, COVERAGE_PRODUCT).into()).collect();
        selection
    };
    regions.into_iter().flat_map(|region| [impaired(region), off(region)]).collect()
}

fn merge(gathered: &mut BatchEvidence, more: BatchEvidence) {
    for (account, evidence) in more {
        gathered.entry(account).or_default().merge(evidence);
    }
}

/// Returns whether the lane shows the findings of the Region. Facts without a Region apply to every lane; a linked
/// Region belongs to the lane of its home Region, any other Region to its own lane.
fn is_seen_from(region: &RegionFacts, lane: &str) -> bool {
    match (&region.region, &region.linked_to) {
        (None, _) => true,
        (Some(_), Some(home)) => home == lane,
        (Some(region), None) => region == lane,
    }
}

#[cfg(test)]
mod tests;
