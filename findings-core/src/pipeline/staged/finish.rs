//! The last stage: reminders, the report of the organisation, summary and manifest, and the end of the run.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};

use super::deliver::since;
use super::later_lanes::later_lanes;
use super::saved::SavedOutcome;
use super::work::{BatchId, Plan, Results, SavedSweep, Work};
use crate::ledger::{AcquireOutcome, CloseRun, ProgressQuery, RunProgress};
use crate::pipeline::context::RunContext;
use crate::pipeline::earlier::EarlierOutcomes;
use crate::pipeline::heartbeat::Heartbeat;
use crate::pipeline::open_messages::untold_recipients;
use crate::pipeline::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use crate::pipeline::parts::Wiring;
use crate::pipeline::run::{RunOutcome, acquire, close, conclude, known_names, read_registry};
use crate::pipeline::settings::Settings;
use crate::pipeline::stop::Stop;
use crate::pipeline::summary::Summary;
use crate::pipeline::sweep_projects::SweepResults;
use crate::pipeline::telling::Telling;
use crate::registry::{Project, Registry};
use crate::{Error, ErrorKind, Result, RunId};

/// Batches that are looked at side by side: each is a call to the store or the ledger.
const AT_ONCE: usize = 16;

/// Finishes the run for its owner.
pub(in crate::pipeline) async fn finish(wiring: &Wiring, work: &Work) -> Result<RunOutcome> {
    let plan = work.plan().await?;
    let work = &work.of_fetch(&plan);
    let (own, mut wiring) = (wiring, wiring.clone());
    wiring.settings.owner.clone_from(&plan.owner);
    wiring.settings.only.clone_from(&plan.only);
    wiring.settings.redo = None;
    let stop = Stop::new(&since(&wiring.settings, plan.started_at));
    let batches = match BatchLeases::acquire(own, plan.batches, &stop).await? {
        Ok(batches) => batches,
        Err(AcquireOutcome::Held { owner, until }) => return Ok(RunOutcome::Held { owner, until }),
        Err(_) => return Err(Error::new(ErrorKind::Conflict, "finish the run")),
    };
    let finished = finish_alone(wiring, work, plan, stop).await;
    batches.release().await;
    finished
}

/// The leases of all batches, and of this stage: nobody may deliver a batch while the run is finished.
struct BatchLeases<'a> {
    wiring: &'a Wiring,
    runs: Vec<RunId>,
}

impl<'a> BatchLeases<'a> {
    /// Asks for the leases. Returns the answer of the first one that another process holds.
    async fn acquire(wiring: &'a Wiring, batches: u32, stop: &Stop) -> Result<Result<Self, AcquireOutcome>> {
        let run = &wiring.settings.run_id;
        let ask = |run_id: RunId| async move {
            let mut of_batch = wiring.clone();
            of_batch.settings.run_id = run_id.clone();
            of_batch.settings.redo = None;
            acquire(&of_batch, stop).await.map(|answer| (run_id, answer))
        };
        // the one of this stage first: of two processes that finish, one asks for no batch
        let mut leases = match ask(run.of_batch("finish")).await? {
            (run_id, AcquireOutcome::Granted { .. }) => Self { wiring, runs: vec![run_id] },
            (_, held) => return Ok(Err(held)),
        };
        let asked = stream::iter((1..=batches).map(|n| run.of_batch(BatchId::new(n)))).map(ask);
        let mut answers = std::pin::pin!(asked.buffer_unordered(AT_ONCE));
        let mut refused = None;
        // to the end: of a question that is dropped, nobody knows whether it took the lease
        while let Some(answer) = answers.next().await {
            match answer {
                Ok((run_id, AcquireOutcome::Granted { .. })) => leases.runs.push(run_id),
                Ok((_, held)) => refused = refused.or(Some(Ok(held))),
                Err(error) => refused = refused.or(Some(Err(error))),
            }
        }
        match refused {
            None => Ok(Ok(leases)),
            Some(refused) => {
                leases.release().await;
                refused.map(Err)
            }
        }
    }

    async fn release(self) {
        let Settings { owner, clock, .. } = &self.wiring.settings;
        let release = |run_id| async move {
            let close = CloseRun::released(run_id, owner, clock.now());
            if let Err(error) = self.wiring.parts.ledger.close(&close).await {
                tracing::debug!(error = %error.report(), "the lease on a batch ends by itself");
            }
        };
        stream::iter(self.runs).for_each_concurrent(AT_ONCE, release).await;
    }
}

async fn finish_alone(mut wiring: Wiring, work: &Work, plan: Plan, stop: Stop) -> Result<RunOutcome> {
    let (registry, chosen) = read_registry(&wiring).await?;
    match acquire(&wiring, &stop).await? {
        AcquireOutcome::Held { owner, until } => return Ok(RunOutcome::Held { owner, until }),
        AcquireOutcome::Finished { summary } => {
            let progress = progress(&wiring).await?;
            let untold = untold_recipients(&wiring, &chosen.projects, &progress);
            return Ok(RunOutcome::AlreadyFinished { summary, untold });
        }
        AcquireOutcome::Granted { .. } => {}
    }
    let heartbeat = Heartbeat::start(wiring.parts.ledger.clone(), wiring.settings.clone(), stop.clone());
    let telling = Telling::begin(&wiring, &stop).await;
    // boxed: it is large
    let worked = Box::pin(finish_under_lease(&mut wiring, work, plan, (&registry, &chosen), stop)).await;
    telling.end().await;
    drop(heartbeat);
    let is_whole = chosen.projects.len() == registry.projects.len();
    close(&wiring, worked.as_ref().ok().filter(|_| is_whole)).await;
    worked.map(|summary| RunOutcome::Done(Box::new(summary)))
}

async fn progress(wiring: &Wiring) -> Result<RunProgress> {
    wiring.parts.ledger.progress(&ProgressQuery::new(wiring.settings.run_id.clone())).await
}

async fn finish_under_lease(
    wiring: &mut Wiring,
    work: &Work,
    plan: Plan,
    (whole, registry): (&Registry, &Registry),
    stop: Stop,
) -> Result<Summary> {
    let Plan { started_at, batches, batch_of, lanes, coverage, swept, absence, .. } = plan;
    let Some(mut swept) = swept else {
        let message = "the run was finished when the findings were to be fetched, and is not any more; fetch again";
        return Err(Error::new(ErrorKind::Conflict, "finish the run").with_message(message));
    };
    if let Some(open) = wiring.lanes.take() {
        wiring.parts.sweep = wiring.parts.sweep.clone().with_lanes(later_lanes(lanes, &open));
    }
    let wiring = &*wiring;
    let progress = progress(wiring).await?;
    let names = known_names(&wiring.parts, whole).await;
    let mut delivered = HashMap::new();
    let results_of = stream::iter((1..=batches).map(BatchId::new)).map(|batch| work.results(batch));
    let mut all = results_of.buffered(AT_ONCE);
    while let Some(results) = all.try_next().await? {
        let Results { outcomes, calls } = results.unwrap_or_default();
        add(&mut delivered, outcomes);
        for (lane, calls) in swept.stats.lanes.iter_mut().zip(&calls) {
            lane.calls += calls;
        }
        swept.stats.calls += calls.iter().sum::<u64>();
    }
    let coverage = coverage.map(|coverage| coverage.restore(HashMap::new()));
    let run = RunContext::new(wiring, stop, (registry, &registry.projects), &progress, names, coverage);
    let swept = results(&run, swept, delivered, &batch_of, registry, &progress);
    conclude(wiring, &run, (whole, registry), swept, absence, started_at).await
}

fn add(outcomes: &mut HashMap<String, ProjectOutcome>, saved: Vec<SavedOutcome>) {
    outcomes.extend(saved.into_iter().map(|saved| (saved.project().to_owned(), saved.into())));
}

/// What became of each project: as its batch says, or else as the ledger does.
fn results(
    run: &RunContext<'_>,
    swept: SavedSweep,
    mut delivered: HashMap<String, ProjectOutcome>,
    batch_of: &HashMap<String, BatchId>,
    registry: &Registry,
    progress: &RunProgress,
) -> SweepResults {
    let SavedSweep { stats, ownership, reconciliation, is_late, held_back, outcomes } = swept;
    add(&mut delivered, outcomes);
    let mut recorded = EarlierOutcomes::read(&registry.projects, progress).done;
    let mut outcomes = HashMap::new();
    for (index, project) in registry.projects.iter().enumerate() {
        let recorded = recorded.remove(&index).map(|outcome| {
            // the ledger does not say it of the project, but of its messages
            let has_open = run.dispatch.has_open_message(project, outcome.edition);
            ProjectOutcome { has_open, is_settled: !has_open, ..outcome }
        });
        let outcome = delivered.remove(&project.name).or(recorded);
        let outcome = outcome.or_else(|| match batch_of.get(&project.name) {
            // what was not begun is left to the next attempt
            _ if run.stop.is_requested() => None,
            Some(batch) => Some(failed(project, Step::Run, &without_result(*batch))),
            // the fetch came to its end, so it would be in a batch if it had been in the registry
            None if reconciliation.is_some() => Some(failed(project, Step::Registry, ADDED)),
            None => None,
        });
        outcomes.extend(outcome.map(|outcome| (index, outcome)));
    }
    SweepResults { outcomes, ownership, stats, reconciliation, is_late, held_back }
}

const ADDED: &str =
    "it is in the registry only since the findings were fetched; start the run again with the same run ID";

fn without_result(batch: BatchId) -> String {
    format!(
        "batch {batch} did not come to its end; find out why in its log, then start the run again with the same run ID"
    )
}

fn failed(project: &Project, step: Step, message: &str) -> ProjectOutcome {
    let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
    outcome.status = ProjectStatus::Failed;
    outcome.errors.push(ProjectError::new(step, message));
    outcome
}
