//! Keeps queries going in every lane and settles what they bring.

use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use super::assembly::{Assembly, Part};
use super::work::{Job, LaneWork, QueryDecision};
use super::{AccountFailure, Counters, Lane, Sweep, SweepEvent, SweepTarget, TargetFindings};
use crate::blocking;
use crate::source::{
    AccountBatch, CollectedFindings, FindingsQuery, FinishedQuery, FollowUp, PacedSource, RejectedRecord, RetryPolicy,
    RetryingSource, batches, collect,
};
use crate::{AccountId, Error, ErrorKind, Result};

/// How often it is looked whether more queries are needed while none ends: answers may have become slower.
const RECONSIDER: Duration = Duration::from_secs(5);

struct Driver {
    sweep: Sweep,
    counters: Arc<Counters>,
    work: Vec<LaneWork>,
    tasks: JoinSet<Result<CollectedFindings>>,
    /// Whose task it is, also if it panics.
    owners: HashMap<Id, (usize, Job)>,
    assembly: Assembly,
}

pub(super) async fn drive(
    sweep: Sweep,
    targets: Vec<SweepTarget>,
    out: mpsc::Sender<TargetFindings>,
    counters: Arc<Counters>,
) {
    let accounts: Vec<AccountId> = targets.iter().flat_map(|t| t.accounts.iter().copied()).collect();
    let batches = batches(&accounts);
    let total = batches.iter().map(|batch| batch.accounts().len()).sum::<usize>() * sweep.lanes.len();
    sweep.observer.on_event(&SweepEvent::Started { accounts: total });
    let mut driver = Driver {
        work: sweep.lanes.iter().map(|_| LaneWork::new(&batches)).collect(),
        assembly: Assembly::new(targets, sweep.lanes.len()),
        tasks: JoinSet::new(),
        owners: HashMap::new(),
        counters,
        sweep,
    };
    let mut ready = driver.assembly.take_empty();
    loop {
        for target in ready.drain(..) {
            if out.send(target).await.is_err() {
                return; // nobody is interested any more
            }
        }
        driver.start_queries();
        match timeout(RECONSIDER, driver.tasks.join_next_with_id()).await {
            Ok(Some(joined)) => ready = driver.finish(joined),
            Ok(None) => return,
            Err(_) => {}
        }
    }
}

impl Driver {
    fn start_queries(&mut self) {
        for lane in 0..self.work.len() {
            let enough = self.sweep.in_flight.unwrap_or_else(|| self.sweep.lanes[lane].budget.in_flight());
            while self.work[lane].running < enough {
                let Some(job) = self.work[lane].next() else { break };
                let query = FindingsQuery::new(job.batch.clone())
                    .with_selection(self.sweep.selection.clone())
                    .with_page_size(self.sweep.page_size);
                let retry = job.retry(&self.sweep.retry);
                let (follow_up, counters) = (self.sweep.follow_up.clone(), self.counters.clone());
                let run = run_query(self.sweep.lanes[lane].clone(), query, retry, follow_up, counters);
                let id = self.tasks.spawn(blocking::inherit_meter(run)).id();
                self.owners.insert(id, (lane, job));
            }
        }
    }

    fn finish(&mut self, joined: Result<(Id, Result<CollectedFindings>), JoinError>) -> Vec<TargetFindings> {
        let (id, result) = match joined {
            Ok((id, result)) => (id, result),
            Err(panic) => {
                let error = Error::new(ErrorKind::Other, "fetch findings").with_message("the source panicked");
                (panic.id(), Err(error.with_source(panic)))
            }
        };
        let Some((lane, job)) = self.owners.remove(&id) else { return Vec::new() };
        self.work[lane].running -= 1;
        match result {
            Ok(collected) => self.succeed(&job.batch, collected),
            Err(error) if error.kind().is_region_wide() => self.fail_lane(lane, &job, &error),
            Err(error) => self.fail(lane, &job, error),
        }
    }

    fn succeed(&mut self, batch: &AccountBatch, collected: CollectedFindings) -> Vec<TargetFindings> {
        let (accounts, findings) = (batch.accounts().len(), collected.findings.len());
        self.sweep.observer.on_event(&SweepEvent::QueryDone { accounts, findings });
        let mut parts: HashMap<AccountId, Part> =
            batch.accounts().iter().map(|account| (*account, Part::default())).collect();
        for finding in collected.findings {
            if let Some(part) = parts.get_mut(&finding.account) {
                part.findings.push(finding);
            }
        }
        for record in collected.rejected {
            if let Some(part) = record.account.and_then(|account| parts.get_mut(&account)) {
                part.rejected.push(record);
                continue;
            }
            // it may belong to any of them
            for part in parts.values_mut() {
                part.rejected.push(record.clone());
            }
            self.remember_unattributed(record);
        }
        // in the order of the batch, so that equal runs are equal
        let settled = batch.accounts().iter().filter_map(|a| parts.remove(a).map(|part| (*a, part)));
        settled.flat_map(|(account, part)| self.assembly.settle(account, part)).collect()
    }

    fn remember_unattributed(&self, record: RejectedRecord) {
        let mut known = self.counters.unattributed.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&record) {
            known.push(record);
        }
    }

    fn fail(&mut self, lane: usize, job: &Job, error: Error) -> Vec<TargetFindings> {
        let last_page = self.sweep.lanes[lane].budget.last_page();
        let (accounts, reason) = (job.batch.accounts().len(), error.report());
        match self.work[lane].judge(job, error.kind(), last_page, self.sweep.retry.outage) {
            QueryDecision::Split => self.sweep.observer.on_event(&SweepEvent::QuerySplit { accounts, reason }),
            QueryDecision::Again => self.sweep.observer.on_event(&SweepEvent::QueryPostponed { accounts, reason }),
            QueryDecision::Failed => {
                return job.batch.accounts().iter().flat_map(|a| self.fail_account(lane, *a, &error)).collect();
            }
            QueryDecision::LaneIsOut => {
                let minutes = self.sweep.retry.outage.as_secs() / 60;
                let message = format!("no answer for {minutes} minutes, given up; run again when the service is back");
                let error = Error::new(error.kind(), "fetch findings").with_message(message).with_source(error);
                return self.fail_lane(lane, job, &error);
            }
        }
        Vec::new()
    }

    /// Asking for fewer accounts cannot help: everything that the lane still owes fails now.
    fn fail_lane(&mut self, lane: usize, job: &Job, error: &Error) -> Vec<TargetFindings> {
        let waiting: Vec<Job> = self.work[lane].drain().collect();
        let jobs = std::iter::once(job).chain(&waiting);
        let accounts: Vec<AccountId> = jobs.flat_map(|job| job.batch.accounts().to_vec()).collect();
        accounts.into_iter().flat_map(|account| self.fail_account(lane, account, error)).collect()
    }

    fn fail_account(&mut self, lane: usize, account: AccountId, error: &Error) -> Vec<TargetFindings> {
        let reason = error.report();
        self.sweep.observer.on_event(&SweepEvent::AccountFailed { account, reason: reason.clone() });
        let lane = self.sweep.lanes[lane].name.clone();
        let failure = AccountFailure { lane, kind: error.kind(), message: reason };
        self.assembly.settle(account, Part { failure: Some(failure), ..Part::default() })
    }
}

async fn run_query(
    lane: Lane,
    query: FindingsQuery,
    retry: RetryPolicy,
    follow_up: Option<Arc<dyn FollowUp>>,
    counters: Arc<Counters>,
) -> Result<CollectedFindings> {
    let accounts = query.accounts.accounts().to_vec();
    let paced = PacedSource::new(lane.source, lane.budget, retry.attempt_limit);
    let source = RetryingSource::new(paced, retry).counting_in(counters.retries.clone());
    let collected = collect(&source, query).await?;
    counters.pages.fetch_add(collected.pages as u64, Relaxed);
    counters.findings.fetch_add(collected.findings.len() as u64, Relaxed);
    if let Some(follow_up) = follow_up {
        let (lane, findings) = (&*lane.name, &*collected.findings);
        follow_up.after_query(&FinishedQuery { lane, accounts: &accounts, findings, source: &source }).await;
    }
    Ok(collected)
}
