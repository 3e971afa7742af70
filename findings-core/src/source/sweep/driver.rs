//! The driver of a sweep: runs the queries of all lanes and processes their results.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::assembly::{Assembly, LaneResult};
use super::observed_source::ObservedSource;
use super::work::{LaneQuery, LaneQueue, QueryDecision};
use super::{AccountFailure, Lane, Sweep, SweepCounters, SweepEvent, SweepTarget, TargetFindings};
use crate::blocking;
use crate::source::pages::collect_into;
use crate::source::{
    AccountBatch, CollectedFindings, FindingsQuery, FindingsSource, FinishedQuery, FollowUp, RejectedRecord, batches,
};
use crate::{AccountId, Error, ErrorKind, Result, Spool};

/// Interval of checks whether more queries are needed while none ends, because answers may have become slower.
const RECHECK_INTERVAL: Duration = Duration::from_secs(5);

struct Driver {
    sweep: Sweep,
    counters: Arc<SweepCounters>,
    /// Queue of each lane, by index of the lane.
    queues: Vec<LaneQueue>,
    tasks: JoinSet<Result<CollectedFindings>>,
    /// Lane index and query of each task. A task that panics returns only its ID.
    running: HashMap<Id, (usize, LaneQuery)>,
    assembly: Assembly,
}

/// Runs a sweep and sends each finished target to `out`. Ends early if the receiver is dropped, and after `ending`.
pub(super) async fn drive(
    sweep: Sweep,
    targets: Vec<SweepTarget>,
    out: mpsc::Sender<TargetFindings>,
    counters: Arc<SweepCounters>,
    ending: CancellationToken,
) {
    let accounts: Vec<AccountId> = targets.iter().flat_map(|t| t.accounts.iter().copied()).collect();
    let batches = batches(&accounts);
    let total = batches.iter().map(|batch| batch.accounts().len()).sum::<usize>() * sweep.lanes.len();
    sweep.observer.on_event(&SweepEvent::Started { accounts: total });
    let mut driver = Driver {
        queues: sweep.lanes.iter().map(|_| LaneQueue::new(&batches)).collect(),
        assembly: Assembly::new(targets, &sweep.lanes),
        tasks: JoinSet::new(),
        running: HashMap::new(),
        counters,
        sweep,
    };
    let mut ready = driver.assembly.take_empty();
    loop {
        for target in ready.drain(..) {
            if out.send(target).await.is_err() {
                return; // the caller dropped the stream
            }
        }
        // only after all finished targets were taken: a slow caller must not let results pile up in memory
        if ending.is_cancelled() {
            return;
        }
        driver.start_queries();
        let next = timeout(RECHECK_INTERVAL, driver.tasks.join_next_with_id());
        let Some(next) = ending.run_until_cancelled(next).await else { return };
        match next {
            Ok(Some(joined)) => ready = driver.finish_query(joined),
            Ok(None) => return,
            Err(_) => {}
        }
    }
}

impl Driver {
    fn start_queries(&mut self) {
        for lane in 0..self.queues.len() {
            let wanted = self.sweep.in_flight.unwrap_or_else(|| self.sweep.lanes[lane].budget().in_flight());
            while self.queues[lane].running < wanted {
                let Some(waiting) = self.queues[lane].next() else { break };
                let query = FindingsQuery::new(waiting.batch.clone())
                    .with_selection(self.sweep.selection.clone())
                    .with_page_size(self.sweep.page_size);
                let retry = waiting.retry_policy(&self.sweep.retry);
                let source = ObservedSource {
                    source: self.sweep.lanes[lane].paced_source(&retry).counting_in(self.counters.retries.clone()),
                    observer: self.sweep.observer.clone(),
                };
                let (follow_up, counters) = (self.sweep.follow_up.clone(), self.counters.clone());
                let (lane_of, spool) = (self.sweep.lanes[lane].clone(), self.sweep.spool.clone());
                let run = run_query((lane_of, lane), source, query, spool, follow_up, counters);
                let id = self.tasks.spawn(blocking::inherit_meter(run)).id();
                self.running.insert(id, (lane, waiting));
            }
        }
    }

    /// Processes the result of a query. Returns the targets that are complete with it.
    fn finish_query(&mut self, joined: Result<(Id, Result<CollectedFindings>), JoinError>) -> Vec<TargetFindings> {
        let (id, result) = match joined {
            Ok((id, result)) => (id, result),
            // a bug in a source must not end the run: the query is handled like one that failed
            Err(panic) => {
                let error = Error::new(ErrorKind::Other, "fetch findings").with_message("the source panicked");
                (panic.id(), Err(error.with_source(panic)))
            }
        };
        let Some((lane, query)) = self.running.remove(&id) else { return Vec::new() };
        self.queues[lane].running -= 1;
        match result {
            Ok(collected) => self.handle_success(lane, &query.batch, collected),
            // before anything is split or repeated: such an error is the same for all accounts of the lane
            Err(error) if error.kind().is_region_wide() => self.fail_lane(lane, &query, &error),
            Err(error) => self.handle_failure(lane, &query, error),
        }
    }

    fn handle_success(
        &mut self,
        lane: usize,
        batch: &AccountBatch,
        collected: CollectedFindings,
    ) -> Vec<TargetFindings> {
        let (accounts, findings) = (batch.accounts().len(), collected.findings.len());
        self.sweep.observer.on_event(&SweepEvent::QueryDone { accounts, findings });
        // the missing rest of a list may hold findings of any account
        let failure = collected.cut.map(|message| AccountFailure {
            lane: self.sweep.lanes[lane].name().to_owned(),
            kind: ErrorKind::Inconsistent,
            message,
        });
        let empty = LaneResult {
            lane,
            failure,
            regions: collected.inventory.is_some().then(BTreeSet::new),
            ..LaneResult::default()
        };
        let mut results: HashMap<AccountId, LaneResult> =
            batch.accounts().iter().map(|account| (*account, empty.clone())).collect();
        for (account, region) in collected.inventory.into_iter().flatten() {
            if let Some(regions) = results.get_mut(&account).and_then(|result| result.regions.as_mut()) {
                regions.insert(region);
            }
        }
        for (account, findings) in collected.findings.by_account() {
            if let Some(result) = results.get_mut(&account) {
                result.findings = findings;
            }
        }
        for record in collected.rejected {
            if let Some(result) = record.account.and_then(|account| results.get_mut(&account)) {
                result.rejected.push(record);
                continue;
            }
            // the record may belong to any account of the query, so none of them is known to be complete
            for result in results.values_mut() {
                result.rejected.push(record.clone());
            }
            self.remember_unattributed(record);
        }
        // the order of the batch, not of the map, makes runs repeatable
        let ordered = batch.accounts().iter().filter_map(|a| results.remove(a).map(|result| (*a, result)));
        let ordered: Vec<_> = ordered.collect();
        let unread = ordered.iter().filter(|(_, result)| !result.is_complete()).count();
        self.count_unread(lane, unread as u64);
        ordered.into_iter().flat_map(|(account, result)| self.assembly.add_result(account, result)).collect()
    }

    fn remember_unattributed(&self, record: RejectedRecord) {
        let mut known = self.counters.unattributed.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&record) {
            known.push(record);
        }
    }

    /// Processes an error of a query that does not concern the whole lane.
    fn handle_failure(&mut self, lane: usize, query: &LaneQuery, error: Error) -> Vec<TargetFindings> {
        let last_page = self.sweep.lanes[lane].budget().last_page();
        let (accounts, reason) = (query.batch.accounts().len(), error.report());
        match self.queues[lane].resolve_failure(query, error.kind(), last_page, self.sweep.retry.outage) {
            QueryDecision::Split => self.sweep.observer.on_event(&SweepEvent::QuerySplit { accounts, reason }),
            QueryDecision::Postpone => self.sweep.observer.on_event(&SweepEvent::QueryPostponed { accounts, reason }),
            QueryDecision::FailAccounts => {
                return query.batch.accounts().iter().flat_map(|a| self.fail_account(lane, *a, &error)).collect();
            }
            QueryDecision::FailLane => {
                let minutes = self.sweep.retry.outage.as_secs() / 60;
                let message = format!("no answer for {minutes} minutes, given up; run again when the service is back");
                let error = Error::new(error.kind(), "fetch findings").with_message(message).with_source(error);
                return self.fail_lane(lane, query, &error);
            }
        }
        Vec::new()
    }

    /// Fails the accounts of `query` and of all waiting queries of the lane. Queries for fewer accounts would fail too.
    fn fail_lane(&mut self, lane: usize, query: &LaneQuery, error: &Error) -> Vec<TargetFindings> {
        let waiting: Vec<LaneQuery> = self.queues[lane].drain().collect();
        let queries = std::iter::once(query).chain(&waiting);
        let accounts: Vec<AccountId> = queries.flat_map(|query| query.batch.accounts().to_vec()).collect();
        accounts.into_iter().flat_map(|account| self.fail_account(lane, account, error)).collect()
    }

    fn fail_account(&mut self, lane: usize, account: AccountId, error: &Error) -> Vec<TargetFindings> {
        let reason = error.report();
        self.sweep.observer.on_event(&SweepEvent::AccountFailed { account, reason: reason.clone() });
        self.count_unread(lane, 1);
        let name = self.sweep.lanes[lane].name().to_owned();
        let failure = AccountFailure { lane: name, kind: error.kind(), message: reason };
        self.assembly.add_result(account, LaneResult { lane, failure: Some(failure), ..LaneResult::default() })
    }

    fn count_unread(&self, lane: usize, accounts: u64) {
        self.counters.lanes[lane].unread.fetch_add(accounts, Relaxed);
    }
}

/// Runs one query with all its pages, and then the follow-up for its accounts.
async fn run_query(
    (lane, index): (Lane, usize),
    source: impl FindingsSource,
    query: FindingsQuery,
    spool: Spool,
    follow_up: Option<Arc<dyn FollowUp>>,
    counters: Arc<SweepCounters>,
) -> Result<CollectedFindings> {
    let accounts = query.accounts.accounts().to_vec();
    let mut collected = collect_into(&source, query, &spool).await?;
    // only of a query that succeeded: the manifest compares these counts with the findings that the accounts hold
    counters.pages.fetch_add(collected.pages as u64, Relaxed);
    // the others are for a follow-up alone, because there is nothing to fix in a project
    let to_fix = collected.findings.entries().iter().filter(|entry| !entry.is_coverage).count();
    let received = to_fix as u64;
    counters.findings.fetch_add(received, Relaxed);
    counters.lanes[index].findings.fetch_add(received, Relaxed);
    if let Some(follow_up) = follow_up {
        let (name, region, findings) = (lane.name(), lane.region(), &collected.findings);
        // through the same budget, because the service has one quota for all callers
        let query = FinishedQuery { lane: name, region, accounts: &accounts, findings, source: &source };
        follow_up.after_query(&query).await;
    }
    if to_fix < collected.findings.len() {
        collected.findings = collected.findings.filtered(|entry| !entry.is_coverage);
    }
    Ok(collected)
}
