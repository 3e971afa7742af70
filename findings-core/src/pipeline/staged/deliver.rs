//! The second stage: delivers the projects of a batch.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::DeliverOutcome;
use super::fetch::hand_over;
use super::later_lanes::later_lanes;
use super::saved::{SavedAccount, SavedCoverage, SavedOutcome};
use super::unpacking::Unpacking;
use super::work::{Batch, BatchId, BatchProject, Plan, Results, Work};
use crate::ledger::{AcquireOutcome, CloseRun, ProgressQuery};
use crate::pipeline::context::RunContext;
use crate::pipeline::earlier::EarlierOutcomes;
use crate::pipeline::heartbeat::Heartbeat;
use crate::pipeline::open_messages::send_open_messages;
use crate::pipeline::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use crate::pipeline::parts::Wiring;
use crate::pipeline::project::{ProjectWork, run_project};
use crate::pipeline::publish::check_renderers;
use crate::pipeline::run::{acquire, flush, known_names, read_registry, skipped_project};
use crate::pipeline::settings::{RunEvent, Settings};
use crate::pipeline::stop::Stop;
use crate::pipeline::telling::Telling;
use crate::registry::{Project, Registry};
use crate::source::AccountFindings;
use crate::{AccountId, Error, Result, Spool};

/// What differs between the registry of now and that of the fetch.
const REGISTRY_CHANGED: &str =
    "the registry has changed since the findings were fetched; start the run again with the same run ID";

/// Delivers a batch under its lease.
pub(in crate::pipeline) async fn deliver(wiring: &Wiring, work: &Work, id: BatchId) -> Result<DeliverOutcome> {
    check_renderers(&wiring.parts.renderers)?;
    let plan = work.plan().await?;
    plan.check(id)?;
    let work = &work.of_fetch(&plan);
    let batch = work.batch(id).await?;
    let stop = Stop::new(&since(&wiring.settings, plan.started_at));
    let mut of_batch = wiring.clone();
    of_batch.settings.run_id = wiring.settings.run_id.of_batch(id);
    of_batch.settings.redo = None;
    if let AcquireOutcome::Held { owner, until } = acquire(&of_batch, &stop).await? {
        return Ok(DeliverOutcome::Held { owner, until });
    }
    let ledger = &wiring.parts.ledger;
    let heartbeat = Heartbeat::start(ledger.clone(), of_batch.settings.clone(), stop.clone());
    // boxed: it is large
    let delivered = Box::pin(deliver_for_owner(wiring, work, id, (plan, batch), stop)).await;
    drop(heartbeat);
    let settings = &of_batch.settings;
    let close = CloseRun::released(settings.run_id.clone(), &settings.owner, settings.clock.now());
    if let Err(error) = ledger.close(&close).await {
        tracing::warn!(error = %error.report(), "the lease on the batch could not be given up; it ends by itself");
    }
    delivered
}

/// Delivers a batch for the owner of the run.
async fn deliver_for_owner(
    wiring: &Wiring,
    work: &Work,
    id: BatchId,
    (plan, batch): (Plan, Batch),
    stop: Stop,
) -> Result<DeliverOutcome> {
    let mut wiring = wiring.clone();
    wiring.settings.owner.clone_from(&plan.owner);
    wiring.settings.lookups = share(wiring.settings.lookups, batch.projects.len(), plan.batch_of.len());
    if let Some(open) = wiring.lanes.take() {
        wiring.parts.sweep = wiring.parts.sweep.with_lanes(later_lanes(plan.lanes, &open));
    }
    let (settings, ledger) = (&wiring.settings, &wiring.parts.ledger);
    // the run may be another's by now, or finished
    hand_over(&wiring).await?;
    settings.link.check(&*wiring.parts.store, settings.clock.now()).await?;
    let heartbeat = Heartbeat::start(ledger.clone(), settings.clone(), stop.clone());
    let telling = Telling::begin(&wiring, &stop).await;
    let before = wiring.parts.sweep.calls();
    let outcomes = deliver_projects(&wiring, work, id, plan.coverage, batch, stop).await;
    telling.leave();
    drop(heartbeat);
    let outcomes = outcomes?;
    let calls = wiring.parts.sweep.calls().into_iter().zip(before).map(|(now, before)| now - before).collect();
    let saved = outcomes.iter().cloned().map(SavedOutcome::from).collect();
    work.put_results(id, &Results { outcomes: saved, calls }).await?;
    // the next batch may begin later
    hand_over(&wiring).await?;
    Ok(DeliverOutcome::Done(outcomes))
}

/// The settings with what is left of the deadline, which begins with the run.
pub(super) fn since(settings: &Settings, started_at: Timestamp) -> Settings {
    let passed = settings.clock.now().duration_since(started_at);
    let passed = Duration::try_from(passed).unwrap_or_default();
    Settings { deadline: settings.deadline.map(|deadline| deadline.saturating_sub(passed)), ..settings.clone() }
}

/// The part of a number that belongs to some of all projects, rounded up.
fn share(whole: u32, some: usize, all: usize) -> u32 {
    let share = u64::from(whole).saturating_mul(some as u64).div_ceil(all.max(1) as u64);
    u32::try_from(share).unwrap_or(whole).min(whole)
}

async fn deliver_projects(
    wiring: &Wiring,
    work: &Work,
    id: BatchId,
    coverage: Option<SavedCoverage>,
    mut batch: Batch,
    stop: Stop,
) -> Result<Vec<ProjectOutcome>> {
    let Wiring { parts, settings, .. } = wiring;
    let (registry, _) = read_registry(wiring).await?;
    let mut accounts = batch.projects.iter_mut().flat_map(|project| &mut project.accounts);
    let evidence: HashMap<_, _> = accounts.by_ref().filter_map(SavedAccount::take_evidence).collect();
    let found: Vec<Found<'_>> = batch.projects.iter().map(|project| Found::of(project, &registry)).collect();
    let projects: Vec<Project> = found.iter().filter_map(|found| found.project.cloned()).collect();
    let progress = parts.ledger.progress(&ProgressQuery::new(settings.run_id.clone())).await?;
    let earlier = EarlierOutcomes::read(&projects, &progress);
    let names = known_names(parts, &registry).await;
    let coverage = coverage.map(|coverage| coverage.restore(evidence));
    let run = RunContext::new(wiring, stop, (&registry, &projects), &progress, names, coverage);
    settings.observer.on_event(&RunEvent::Started { projects: found.len() });
    let mut earlier = send_open_messages(&run, &projects, earlier).await;
    let mut outcomes: HashMap<usize, ProjectOutcome> = HashMap::new();
    let mut works = HashMap::new();
    // the place among the projects of the registry, and that in the batch
    let known = found.iter().enumerate().filter(|(_, found)| found.project.is_some()).map(|(place, _)| place);
    for (index, place) in known.enumerate() {
        match earlier.done.remove(&index) {
            Some(outcome) => drop(outcomes.insert(place, outcome)),
            None => drop(works.insert(place, (&projects[index], earlier.again.remove(&index)))),
        }
    }
    run_projects(&run, Unpacking::new(work.clone(), id, batch, Spool::default()), works, &mut outcomes).await;
    flush(&run).await;
    let outcome =
        |(place, found): (usize, &Found<'_>)| outcomes.remove(&place).unwrap_or_else(|| found.unfinished(&run.stop));
    Ok(found.iter().enumerate().map(outcome).collect())
}

/// A project of the batch in the registry.
struct Found<'r> {
    name: String,
    accounts: usize,
    /// `None` if the registry has another project of this name by now, or none.
    project: Option<&'r Project>,
}

impl<'r> Found<'r> {
    fn of(fetched: &BatchProject, registry: &'r Registry) -> Self {
        let accounts: HashSet<AccountId> = fetched.accounts.iter().map(SavedAccount::account).collect();
        let is_same = |project: &&Project| {
            project.name == fetched.name && project.accounts.iter().copied().collect::<HashSet<_>>() == accounts
        };
        let project = registry.projects.iter().find(is_same);
        Self { name: fetched.name.clone(), accounts: accounts.len(), project }
    }

    /// The outcome if it was not done.
    fn unfinished(&self, stop: &Stop) -> ProjectOutcome {
        if let Some(project) = self.project {
            return skipped_project(stop, project);
        }
        let mut outcome = ProjectOutcome::new(&self.name, self.accounts);
        outcome.status = ProjectStatus::Failed;
        outcome.errors.push(ProjectError::new(Step::Registry, REGISTRY_CHANGED));
        outcome
    }
}

/// Delivers the projects in `works`, which are named by their place in the batch, a few at a time.
async fn run_projects(
    run: &RunContext<'_>,
    unpacking: Unpacking,
    mut works: HashMap<usize, (&Project, Option<ProjectOutcome>)>,
    outcomes: &mut HashMap<usize, ProjectOutcome>,
) {
    type Read = (usize, Result<(String, Vec<Arc<AccountFindings>>)>);
    let read = stream::unfold((0, unpacking), async |(place, mut unpacking)| {
        // after the deadline, too: what was fetched is delivered
        if run.stop.is_requested() {
            return None;
        }
        let read: Read = (place, unpacking.next().await?);
        Some((read, (place + 1, unpacking)))
    });
    let working = read.map(|(place, read)| {
        let work = works.remove(&place);
        async move {
            let (project, earlier) = work?;
            let outcome = match read {
                Ok((_, accounts)) => run_project(run, ProjectWork { project, accounts, earlier }).await,
                Err(error) => unread(project, &error),
            };
            run.settings.observer.on_event(&RunEvent::ProjectDone(&outcome));
            Some((place, outcome))
        }
    });
    let mut working = std::pin::pin!(working.buffer_unordered(run.settings.concurrency));
    let grace_over = run.stop.grace_over();
    tokio::pin!(grace_over);
    loop {
        tokio::select! {
            biased;
            // what is in hand is dropped: the intents in the ledger show what is in doubt
            () = &mut grace_over => return,
            next = working.next() => match next {
                None => return,
                Some(done) => outcomes.extend(done),
            },
        }
    }
}

fn unread(project: &Project, error: &Error) -> ProjectOutcome {
    ProjectOutcome::new(&project.name, project.accounts.len()).failed(Step::Fetch, error)
}
