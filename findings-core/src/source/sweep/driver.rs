//! Keeps queries going in every lane and settles what they bring.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};

use super::assembly::{Assembly, Part};
use super::{AccountFailure, Counters, Lane, Sweep, SweepEvent, SweepTarget, SweptTarget};
use crate::source::evidence::Gathered;
use crate::source::{
    AccountBatch, Collected, EvidencePlan, FindingsQuery, Paced, RejectedRecord, RetryPolicy, Retrying, batches,
    collect,
};
use crate::{AccountId, Error, ErrorKind, Result};

/// Attempts for each page of a query that is half of one that failed for good: the patience was spent there, and what is left to find out is whose
/// fault it is.
const ATTEMPTS_AFTER_SPLIT: u32 = 3;

/// A query to be made.
#[derive(Clone, Debug)]
struct Job {
    batch: AccountBatch,
    is_half: bool,
}

/// What waits and runs in a lane.
#[derive(Debug)]
struct LaneWork {
    queue: VecDeque<Job>,
    running: usize,
}

/// What a query brings: findings, and evidence of checks where it is wanted.
#[derive(Debug)]
struct Brought {
    collected: Collected,
    evidence: Gathered,
}

struct Driver {
    sweep: Sweep,
    counters: Arc<Counters>,
    work: Vec<LaneWork>,
    tasks: JoinSet<Result<Brought>>,
    /// Whose task it is, also if it panics.
    owners: HashMap<Id, (usize, AccountBatch)>,
    assembly: Assembly,
}

pub(super) async fn drive(
    sweep: Sweep,
    targets: Vec<SweepTarget>,
    out: mpsc::Sender<SweptTarget>,
    counters: Arc<Counters>,
) {
    let accounts: Vec<AccountId> = targets.iter().flat_map(|t| t.accounts.iter().copied()).collect();
    let queue: VecDeque<Job> = batches(&accounts).into_iter().map(|batch| Job { batch, is_half: false }).collect();
    let total = queue.iter().map(|job| job.batch.accounts().len()).sum::<usize>() * sweep.lanes.len();
    sweep.observer.on_event(&SweepEvent::Started { accounts: total });
    let mut driver = Driver {
        work: sweep.lanes.iter().map(|_| LaneWork { queue: queue.clone(), running: 0 }).collect(),
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
        let Some(joined) = driver.tasks.join_next_with_id().await else { return };
        ready = driver.finish(joined);
    }
}

impl Driver {
    fn start_queries(&mut self) {
        for lane in 0..self.work.len() {
            while self.work[lane].running < self.sweep.in_flight {
                let Some(Job { batch, is_half }) = self.work[lane].queue.pop_front() else { break };
                let query = FindingsQuery::new(batch.clone())
                    .with_selection(self.sweep.selection.clone())
                    .with_page_size(self.sweep.page_size);
                let mut retry = self.sweep.retry.clone();
                if is_half {
                    retry.attempts = retry.attempts.min(ATTEMPTS_AFTER_SPLIT);
                }
                let (plan, counters) = (self.sweep.evidence.clone(), self.counters.clone());
                let run = run_query(self.sweep.lanes[lane].clone(), query, retry, plan, counters);
                let id = self.tasks.spawn(run).id();
                self.owners.insert(id, (lane, batch));
                self.work[lane].running += 1;
            }
        }
    }

    fn finish(&mut self, joined: Result<(Id, Result<Brought>), JoinError>) -> Vec<SweptTarget> {
        let (id, result) = match joined {
            Ok((id, result)) => (id, result),
            Err(panic) => {
                let error = Error::new(ErrorKind::Other, "fetch findings").with_message("the source panicked");
                (panic.id(), Err(error.with_source(panic)))
            }
        };
        let Some((lane, batch)) = self.owners.remove(&id) else { return Vec::new() };
        self.work[lane].running -= 1;
        match result {
            Ok(brought) => self.succeed(&batch, brought),
            Err(error) if error.kind().is_region_wide() => self.fail_lane(lane, batch, &error),
            Err(error) => self.split_or_fail(lane, &batch, &error),
        }
    }

    fn succeed(&mut self, batch: &AccountBatch, brought: Brought) -> Vec<SweptTarget> {
        let Brought { collected, mut evidence } = brought;
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
        for (account, part) in &mut parts {
            part.checks = evidence.checks.remove(account).unwrap_or_default();
            part.checks_unread = evidence.failed.contains(account);
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

    /// Asking for fewer accounts cannot help: everything that the lane still owes fails now.
    fn fail_lane(&mut self, lane: usize, batch: AccountBatch, error: &Error) -> Vec<SweptTarget> {
        let waiting: Vec<Job> = self.work[lane].queue.drain(..).collect();
        let batches = std::iter::once(batch).chain(waiting.into_iter().map(|job| job.batch));
        let accounts: Vec<AccountId> = batches.flat_map(|b| b.accounts().to_vec()).collect();
        accounts.into_iter().flat_map(|account| self.fail_account(lane, account, error)).collect()
    }

    fn split_or_fail(&mut self, lane: usize, batch: &AccountBatch, error: &Error) -> Vec<SweptTarget> {
        // more queries would be the wrong answer to throttling
        let halves = if error.kind() == ErrorKind::Throttled { None } else { batch.halves() };
        let Some((left, right)) = halves else {
            return batch.accounts().iter().flat_map(|account| self.fail_account(lane, *account, error)).collect();
        };
        let event = SweepEvent::QuerySplit { accounts: batch.accounts().len(), reason: error.report() };
        self.sweep.observer.on_event(&event);
        // to the front: the projects of these accounts are nearest to being done
        for batch in [right, left] {
            self.work[lane].queue.push_front(Job { batch, is_half: true });
        }
        Vec::new()
    }

    fn fail_account(&mut self, lane: usize, account: AccountId, error: &Error) -> Vec<SweptTarget> {
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
    plan: Option<Arc<EvidencePlan>>,
    counters: Arc<Counters>,
) -> Result<Brought> {
    let accounts = query.accounts.accounts().to_vec();
    let paced = Paced::new(lane.source, lane.budget, retry.attempt_limit);
    let source = Retrying::new(paced, retry).counting_in(counters.retried.clone());
    let collected = collect(&source, query).await?;
    counters.pages.fetch_add(collected.pages as u64, Relaxed);
    counters.findings.fetch_add(collected.findings.len() as u64, Relaxed);
    let mut evidence = Gathered::default();
    if let Some(plan) = plan {
        evidence = plan.read(&lane.name, &collected.findings);
        plan.look(&source, &lane.name, &accounts, &mut evidence, &counters.evidence).await;
    }
    Ok(Brought { collected, evidence })
}
