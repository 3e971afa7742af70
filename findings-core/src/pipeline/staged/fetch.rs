//! The first stage: fetches the findings of all projects and stores them as work for others.

use jiff::Timestamp;

use super::packing::{Packed, Packing};
use super::saved::{SavedCoverage, SavedLane, SavedOutcome};
use super::work::{BatchId, Plan, SavedSweep, Work};
use super::{BatchSize, FetchOutcome};
use crate::ledger::{AcquireOutcome, RenewRun};
use crate::pipeline::departed::Absence;
use crate::pipeline::heartbeat::Heartbeat;
use crate::pipeline::parts::Wiring;
use crate::pipeline::publish::check_renderers;
use crate::pipeline::run::{Begun, acquire, begin, close, flush, open_lanes, read_registry};
use crate::pipeline::stop::Stop;
use crate::pipeline::sweep_projects::{SweepResults, Then, sweep_projects};
use crate::pipeline::telling::{Telling, check_run_id};
use crate::registry::Registry;
use crate::{Error, ErrorKind, Result};

/// Fetches, and leaves the lease to the stages that follow.
pub(in crate::pipeline) async fn fetch(wiring: &Wiring, work: &Work, size: BatchSize) -> Result<FetchOutcome> {
    let Wiring { parts, settings, .. } = wiring;
    check_renderers(&parts.renderers)?;
    check_run_id(&settings.run_id)?;
    let work = &work.of_new_fetch(&settings.owner);
    let started_at = settings.clock.now();
    let stop = Stop::new(settings);
    let (registry, chosen) = read_registry(wiring).await?;
    match acquire(wiring, &stop).await? {
        AcquireOutcome::Held { owner, until } => return Ok(FetchOutcome::Held { owner, until }),
        AcquireOutcome::Finished { .. } => {
            store(work, Plan::empty(wiring, work, started_at), Vec::new()).await?;
            return Ok(FetchOutcome::AlreadyFinished);
        }
        AcquireOutcome::Granted { resumed: true } => {
            tracing::info!(run_id = %settings.run_id, "going on with a run that was begun before");
        }
        AcquireOutcome::Granted { resumed: false } => {}
    }
    let fetched = match settings.link.check(&*parts.store, started_at).await {
        Ok(()) => fetch_under_lease(wiring, work, size, (&registry, &chosen), started_at, stop).await,
        Err(error) => Err(error),
    };
    if fetched.is_err() {
        close(wiring, None).await;
    }
    fetched
}

async fn fetch_under_lease(
    wiring: &Wiring,
    work: &Work,
    size: BatchSize,
    registries: (&Registry, &Registry),
    started_at: Timestamp,
    stop: Stop,
) -> Result<FetchOutcome> {
    let heartbeat = Heartbeat::start(wiring.parts.ledger.clone(), wiring.settings.clone(), stop.clone());
    let telling = Telling::begin(wiring, &stop).await;
    // boxed: it is large
    let fetched = Box::pin(fetch_all(wiring, work, size, registries, started_at, stop)).await;
    telling.leave();
    let fetched = fetched?;
    drop(heartbeat);
    hand_over(wiring).await?;
    Ok(fetched)
}

/// Makes the lease of the run last until the next stage goes on with it.
pub(super) async fn hand_over(wiring: &Wiring) -> Result<()> {
    let settings = &wiring.settings;
    let (run_id, now) = (settings.run_id.clone(), settings.clock.now());
    let lease = settings.handover.max(settings.lease);
    wiring.parts.ledger.renew(&RenewRun::new(run_id, &settings.owner, now, lease)).await
}

async fn fetch_all(
    wiring: &Wiring,
    work: &Work,
    size: BatchSize,
    (whole, registry): (&Registry, &Registry),
    started_at: Timestamp,
    stop: Stop,
) -> Result<FetchOutcome> {
    let wiring = &open_lanes(wiring, &stop).await?;
    let Begun { run, earlier, ownership, absence } = begin(wiring, whole, registry, stop).await?;
    let packing = Packing::new(work, size, run.coverage.clone());
    let swept = sweep_projects(&run, &registry.projects, earlier, ownership, Then::Pack(&packing)).await;
    let Packed { stored, batch_of } = packing.finish().await?;
    flush(&run).await;
    if run.stop.is_requested() {
        run.stop.check_lease()?;
        let message = "the run was stopped before everything was fetched; start it again with the same run ID";
        return Err(Error::new(ErrorKind::Cancelled, "fetch the findings").with_message(message));
    }
    let SweepResults { outcomes, ownership, stats, reconciliation, is_late, held_back } = swept;
    let outcomes = outcomes.into_values().map(SavedOutcome::from).collect();
    let plan = Plan {
        batches: u32::try_from(stored.len()).unwrap_or(u32::MAX),
        lanes: run.parts.sweep.lanes().iter().map(SavedLane::of).collect(),
        coverage: run.coverage.as_ref().map(SavedCoverage::of),
        swept: Some(SavedSweep { stats, ownership, reconciliation, is_late, held_back, outcomes }),
        batch_of,
        absence,
        ..Plan::empty(wiring, work, started_at)
    };
    let (projects, batches) = (plan.batch_of.len() as u64, plan.batches);
    let list = store(work, plan, stored.into_iter().map(|batch| batch.location).collect()).await?;
    Ok(FetchOutcome::Fetched { batches: (1..=batches).map(BatchId::new).collect(), projects, list })
}

/// Stores the plan and the list of the batches, and returns where the list is.
async fn store(work: &Work, plan: Plan, batches: Vec<String>) -> Result<String> {
    work.put_plan(&plan).await?;
    // last: whoever waits for the list finds everything else
    Ok(work.put_list(&batches).await?.location)
}

impl Plan {
    /// The plan of a run in which nothing is to be delivered.
    fn empty(wiring: &Wiring, work: &Work, started_at: Timestamp) -> Self {
        Self {
            fetch: work.fetch().to_owned(),
            only: wiring.settings.only.clone(),
            absence: Absence::default(),
            owner: wiring.settings.owner.clone(),
            started_at,
            batches: 0,
            batch_of: std::collections::HashMap::new(),
            lanes: Vec::new(),
            coverage: None,
            swept: None,
        }
    }
}
