//! `ecs-job run`: the job itself.

use std::sync::Arc;
use std::time::Instant;

use findings_core::coverage::CoverageRequest;
use findings_core::ledger::FinishedRun;
use findings_core::memory::MemoryRegistry;
use findings_core::pipeline::timings::Timings;
use findings_core::pipeline::{
    BatchId, BatchSize, DeliverOutcome, FetchOutcome, FixedClock, Pipeline, RunOutcome, Settings, Summary,
    UntoldRecipient, UrgentSettings,
};
use findings_core::redirect::LinkTable;
use findings_core::source::Sweep;
use findings_core::{ArtifactStore, Error, ErrorKind, Result, RunLedger, Setting};
use findings_notify::Mailer;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::config::{DecisionsMode, RunConfig, Stage};
use crate::digest::notify_operators;
use crate::logging::LoggedRun;
use crate::metrics::Metrics;
use crate::output::first;
use crate::progress::Progress;
use crate::waiting::limited;
use crate::wiring::{NamedBackend, Wired, Wiring};
use crate::{by_name, decisions, ending, redo, settings, stages, timings, unopened, workers};

mod earlier_weeks;
mod urgent;

/// Runs, prints the summary and returns the exit code.
pub(crate) async fn run(config: RunConfig, progress: Progress, logged: &LoggedRun) -> u8 {
    let (started, clock) = (Timestamp::now(), Instant::now());
    let timings = if config.timings { Timings::on() } else { Timings::default() };
    let cancel = CancellationToken::new();
    tokio::spawn(cancel_on_signal(cancel.clone()));
    workers::cancel_with_parent(&cancel);
    let cancelled = cancel.clone();
    if config.staging.stage.is_first() {
        earlier_weeks::make(&config, &cancel, logged).await;
    }
    let (outcome, after) = match wire(&config).await {
        Ok((wiring, wired)) => {
            let after = After::of(&wired);
            (start(&wiring, wired, &config, &progress, &timings, cancel).await, after)
        }
        Err(error) => (Err(error), After::default()),
    };
    let After { mailers, links, ledger, store } = &after;
    progress.finish();
    timings::print(&timings, clock);
    let outcome = match outcome {
        Ok(Ended::Fetch(fetched)) => return stages::end_fetch(Ok(fetched), &config),
        Ok(Ended::Deliver(batch, delivered)) => return stages::end_deliver(Ok(delivered), batch, &config),
        Ok(Ended::Run(outcome)) => Ok(outcome),
        Err(error) => match config.staging.stage {
            Stage::Fetch => {
                // whoever waits for the next stage waits for nothing
                let mut summary = Summary::not_started(config.run_id.clone(), started, [settings::report(&error)]);
                notify_operators(&mut summary, mailers, None, &config).await;
                return stages::end_fetch(Err(error), &config);
            }
            Stage::Deliver(batch) => return stages::end_deliver(Err(error), batch, &config),
            Stage::Whole | Stage::Finish => Err(error),
        },
    };
    if config.urgent.is_some() {
        return urgent::end(outcome, &config, started);
    }
    match outcome {
        Ok(RunOutcome::Done(mut summary)) => {
            // what follows is owed to the operators even if the task has little time left
            if !cancelled.is_cancelled() {
                summary.unopened = unopened::find(links.as_deref(), &summary).await;
            }
            notify_operators(&mut summary, mailers, store.as_deref(), &config).await;
            let last = last_finished(ledger.as_deref(), &config).await;
            config.metrics.print_run(&config.history, &summary, last.as_ref());
            by_name::name_reports(&summary, &config);
            ending::print_end(&summary, &config);
            summary.exit_code()
        }
        Ok(RunOutcome::AlreadyFinished { summary, untold }) => {
            let note =
                "this run was finished before, and nothing was done now; --redo all does it again, mails included";
            let then = serde_json::from_str(&summary).map(repeated);
            // another version's summary may not parse; the run is finished all the same
            let mut then = then.unwrap_or_else(|_| Summary::idle(config.run_id.clone(), started, note));
            if !untold.is_empty() {
                then.note = then.note.map(|note| format!("{note}; {}", untold_note(&untold)));
            }
            tracing::info!(run_id = %config.run_id, "{}", then.note.as_deref().unwrap_or(note));
            ending::print_nothing_done(&then, &config);
            then.exit_code()
        }
        Ok(RunOutcome::Held { owner, until }) => {
            let note = format!("another task ({owner}) works on this run, at least until {until}");
            tracing::info!(run_id = %config.run_id, "{note}");
            let last = last_finished(ledger.as_deref(), &config).await;
            config.metrics.print_age(&config.history, last.as_ref());
            let summary = Summary::held(config.run_id.clone(), started, note);
            ending::print_nothing_done(&summary, &config);
            summary.exit_code()
        }
        Ok(_) => 1,
        Err(error) => {
            let what =
                if error.kind() == ErrorKind::Cancelled { "the run was stopped" } else { "the run could not start" };
            ending::print_errors(what, &[settings::failure(&error)]);
            let mut summary = Summary::not_started(config.run_id.clone(), started, [settings::report(&error)]);
            notify_operators(&mut summary, mailers, None, &config).await;
            ending::print_nothing_done(&summary, &config);
            stages::code_of(&error)
        }
    }
}

/// What is needed after the run.
#[derive(Default)]
struct After {
    mailers: Vec<Arc<dyn Mailer>>,
    links: Option<Arc<dyn LinkTable>>,
    ledger: Option<Arc<dyn RunLedger>>,
    store: Option<Arc<dyn ArtifactStore>>,
}

impl After {
    fn of(wired: &Wired) -> Self {
        Self {
            mailers: wired.mailers.clone(),
            links: wired.links.clone(),
            ledger: Some(wired.parts.ledger.clone()),
            store: Some(wired.parts.store.clone()),
        }
    }
}

/// Returns the last finished run, whose age is a metric; `None` if no metrics are printed, or if it cannot be read.
async fn last_finished(ledger: Option<&dyn RunLedger>, config: &RunConfig) -> Option<FinishedRun> {
    let ledger = ledger.filter(|_| config.metrics != Metrics::None)?;
    match limited("the history", "read the last finished run", ledger.last_finished()).await {
        Ok(last) => last,
        Err(error) => {
            tracing::warn!(error = %settings::report(&error), "the age of the last finished run is not among the metrics");
            None
        }
    }
}

/// Returns a sentence that names recipients who were added after the run.
fn untold_note(untold: &[UntoldRecipient]) -> String {
    let named: Vec<String> = untold.iter().map(|u| format!("{} ({})", u.recipient, u.project)).collect();
    format!(
        "not told, because they were added after the run: {}; --redo incomplete tells them",
        first(&named).join(", ")
    )
}

/// Returns the summary of the finished run, with a note that says how to repeat it.
fn repeated(summary: Summary) -> Summary {
    let mut summary = summary.repeated();
    summary.note = summary.note.map(|note| format!("{note} (--redo)"));
    summary
}

/// What the process did.
enum Ended {
    Run(RunOutcome),
    Fetch(FetchOutcome),
    Deliver(BatchId, DeliverOutcome),
}

async fn wire(config: &RunConfig) -> Result<(Wiring<'_>, Wired)> {
    let wiring = Wiring::load(config).await?;
    let wired = wiring.wire().await?;
    Ok((wiring, wired))
}

async fn start(
    wiring: &Wiring<'_>,
    mut wired: Wired,
    config: &RunConfig,
    progress: &Progress,
    timings: &Timings,
    cancel: CancellationToken,
) -> Result<Ended> {
    // read first: a mistake in the registry is reported before a large source is opened
    let registry = wired.parts.registry.load().await.map_err(|error| hint_at_sample(error, config))?;
    let projects = registry.projects.len();
    wired.parts.registry = Arc::new(MemoryRegistry::of(registry));
    let mut settings = run_settings(config);
    settings.guidance.clone_from(&wired.guidance);
    settings.observer = Arc::new(progress.clone());
    settings.timings = timings.clone();
    settings.cancel = cancel.clone();
    let owner = settings.owner.clone();
    settings.accepted_gaps = Arc::new(wiring.accepted_gaps().await?);
    settings.owners = Arc::new(wiring.owners().await?);
    settings.owner_domains.clone_from(&config.notify.domains);
    settings.guidance = wired.guidance.clone();
    if let Some(members) = wiring.members()?.filter(|_| config.urgent.is_none()) {
        // read once at the start: otherwise a mistake in this list would make every report incomplete
        members.check(&CoverageRequest::new(Vec::new())).await?;
    }
    check(&wired.backends).await?;
    let is_first = config.staging.stage.is_first();
    if is_first {
        redo::require_begun(&*wired.parts.ledger, config).await?;
    }
    // the lanes are opened under the lease: a second task must neither read everything nor begin an export
    wired.parts.sweep = Sweep::new(Vec::new()).with_observer(Arc::new(progress.clone()));
    if is_first && config.decisions.mode == DecisionsMode::Take && config.urgent.is_none() {
        // first, so that the reports show what was decided
        Box::pin(decisions::take_inbox(config)).await;
    }
    // an export is made for the findings, and not for the few questions of the other stages
    let lanes = if is_first { wiring.run_lanes() } else { wiring.later_lanes() };
    let mut pipeline = Pipeline::new(wired.parts, settings).with_lanes(Arc::new(lanes));
    if let Some(decisions) = wired.decisions {
        pipeline = pipeline.with_decisions(decisions);
    }
    if let Some(from) = config.urgent {
        let urgent = UrgentSettings::new(config.run_id.clone()).with_severity(from);
        return Box::pin(pipeline.run_urgent(&urgent)).await.map(Ended::Run);
    }
    if let Some(organisation) = wired.organisation {
        pipeline = pipeline.with_organisation(organisation);
    }
    if let Some(workflow) = wiring.workflow()? {
        pipeline = pipeline.with_workflow(Arc::new(workflow));
    }
    let work = match &config.staging.work {
        Some(place) => {
            let (work, backend) = wiring.work_store(place)?;
            let checked = check(&[backend]).await;
            checked.map_err(|error| error.with_setting(Setting::Work))?;
            Some(work)
        }
        None => None,
    };
    match (config.staging.stage, &work) {
        (Stage::Fetch, Some(work)) => {
            let size = BatchSize::for_workers(config.staging.workers as usize, projects);
            Box::pin(pipeline.fetch(work, size)).await.map(Ended::Fetch)
        }
        (Stage::Deliver(batch), Some(work)) => {
            let delivered = Box::pin(pipeline.deliver(work, batch)).await;
            delivered.map(|delivered| Ended::Deliver(batch, delivered))
        }
        (Stage::Finish, Some(work)) => Box::pin(pipeline.finish(work)).await.map(Ended::Run),
        (Stage::Whole, _) if config.staging.workers > 1 => {
            Box::pin(workers::run(&pipeline, wiring, (projects, owner), work.clone(), cancel)).await.map(Ended::Run)
        }
        // the options were checked: every other stage has a place for its work
        _ => Box::pin(pipeline.run()).await.map(Ended::Run),
    }
}

/// Checks the backends before any call to Security Hub. A missing bucket or table would otherwise fail every project
/// one by one, after all findings were fetched.
pub(crate) async fn check(backends: &[NamedBackend]) -> Result<()> {
    for (flag, backend) in backends {
        match backend.check().await {
            Ok(_) => {}
            // a role that may write to the backend may lack the permission to check it; a service that is busy now can
            // be well when it is needed
            Err(error) if error.kind() == ErrorKind::PermissionDenied || error.is_retryable() => {
                tracing::warn!(error = %error.report(), "--{flag} could not be checked beforehand; going on");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Explains where the sample organisation is, if the program runs without options in another folder.
pub(crate) fn hint_at_sample(error: Error, config: &RunConfig) -> Error {
    if config.is_sample && error.kind() == ErrorKind::NotFound {
        let message = "the sample organisation is not in this folder; run in the root of the repository, or give --projects and --source";
        return Error::new(ErrorKind::NotFound, "open the sample data").with_message(message).with_source(error);
    }
    error
}

/// Returns the pipeline settings of the configuration.
pub(crate) fn run_settings(config: &RunConfig) -> Settings {
    let mut settings = Settings::new(config.run_id.clone(), workers::parent().unwrap_or_else(owner));
    settings.only.clone_from(&config.only);
    settings.redo = config.redo;
    settings.grace = config.grace;
    settings.held_wait = config.held_wait;
    settings.deadline = Some(config.deadline);
    settings.in_doubt = config.in_doubt;
    settings.lookups = config.lookups;
    settings.hold_if_unread = config.hold_if_unread;
    settings.dropped_sources.clone_from(&config.dropped_sources);
    settings.unowned = config.unowned;
    settings.renames.clone_from(&config.renames);
    settings.lease = config.lease;
    if config.staging.stage == Stage::Whole || workers::parent().is_some() {
        // workers are begun at once, and who starts a killed run again should not wait
        settings.handover = config.lease;
    }
    settings.locale = config.locale;
    settings.time_zone.clone_from(&config.time_zone);
    settings.link = config.report.link;
    settings.link_network.clone_from(&config.audience.link_network);
    settings.channel_links.clone_from(&config.audience.channel_links);
    settings.notify_when = config.audience.notify_when;
    settings.targets = config.organisation.sla.clone();
    settings.contact.clone_from(&config.contact);
    settings.console_portal.clone_from(&config.report.console_portal);
    if let Some(at) = config.as_of {
        settings.clock = Arc::new(FixedClock(at));
    }
    settings
}

/// Returns a lease owner that is unique for each process: host name, process ID and current time in milliseconds.
fn owner() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "task".to_owned());
    format!("{host}-{}-{}", std::process::id(), Timestamp::now().as_millisecond())
}

/// Cancels the run on the first signal, which lets started work finish, and exits on the second one. ECS sends SIGTERM
/// and, after `stopTimeout`, SIGKILL.
async fn cancel_on_signal(cancel: CancellationToken) {
    for is_second in [false, true] {
        if wait_for_signal().await.is_err() {
            return;
        }
        if is_second {
            std::process::exit(1);
        }
        tracing::warn!("received a signal to stop: finishing started work; a second signal stops at once");
        cancel.cancel();
    }
}

/// Waits for SIGTERM or Ctrl-C.
#[cfg(unix)]
pub(crate) async fn wait_for_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[cfg(not(unix))]
pub(crate) async fn wait_for_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
