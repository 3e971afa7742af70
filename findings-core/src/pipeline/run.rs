//! A run, from the lease to the summary.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::assign::unused_rules;
use super::context::RunContext;
use super::coverage_snapshot::CoverageSnapshot;
use super::departed::{Absence, KnownNames, log_absence};
use super::dropped_sources::dropped_source_errors;
use super::earlier::EarlierOutcomes;
use super::heartbeat::Heartbeat;
use super::links::format_span;
use super::manifest::{store_manifest, store_summary};
use super::open_messages::{UntoldRecipient, send_open_messages, untold_recipients};
use super::organisation::report_organisation;
use super::outcome::{ProjectError, ProjectOutcome, ProjectStatus, Step};
use super::parts::{Parts, Wiring};
use super::publish::check_renderers;
use super::reminders::remind;
use super::served::unserved_recipients;
use super::settings::{Settings, UnownedPolicy};
use super::stop::Stop;
use super::summary::{ApiCalls, CallCount, GetFindingsCalls, RunStatus, SourceCounts, Summary, SummaryError};
use super::sweep_projects::{SweepResults, Then, sweep_projects};
use super::telling::{Telling, check_run_id};
use super::timings::Stage;
use crate::coverage::Ownership;
use crate::csv_text::{LISTED, and_more};
use crate::ledger::{AcquireOutcome, AcquireRun, CloseRun, ProgressQuery, Redo};
use crate::registry::{Project, Registry};
use crate::source::RejectedRecord;
use crate::{Error, ErrorKind, Result};

/// How a run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunOutcome {
    /// This process did the run.
    Done(Box<Summary>),
    /// Another process holds the lease: nothing was done.
    Held {
        /// The process that holds the lease.
        owner: String,
        /// The end of the lease unless it is renewed, UTC.
        until: Timestamp,
    },
    /// The run was already finished: nothing was done.
    AlreadyFinished {
        /// The summary of the finished run, one JSON object.
        summary: String,
        /// Recipients in the registry who have no message of the run, because they were added after it.
        untold: Vec<UntoldRecipient>,
    },
}

/// Does a run.
pub(super) async fn run(wiring: &Wiring) -> Result<RunOutcome> {
    let Wiring { parts, settings, .. } = wiring;
    check_renderers(&parts.renderers)?;
    check_run_id(&settings.run_id)?;
    let started_at = settings.clock.now();
    let stop = Stop::new(settings);
    let (registry, chosen) = read_registry(wiring).await?;
    match acquire(wiring, &stop).await? {
        AcquireOutcome::Held { owner, until } => return Ok(RunOutcome::Held { owner, until }),
        AcquireOutcome::Finished { summary } => {
            let progress = parts.ledger.progress(&ProgressQuery::new(settings.run_id.clone())).await?;
            let untold = untold_recipients(wiring, &chosen.projects, &progress);
            return Ok(RunOutcome::AlreadyFinished { summary, untold });
        }
        AcquireOutcome::Granted { resumed: true } => {
            tracing::info!(run_id = %settings.run_id, "going on with a run that was begun before");
        }
        AcquireOutcome::Granted { resumed: false } => {}
    }
    let worked = match settings.link.check(&*parts.store, started_at).await {
        Ok(()) => work(wiring, &registry, &chosen, started_at, stop).await,
        Err(error) => Err(error),
    };
    // close also after an error, or the next attempt would wait for this lease to expire
    // and a run is not finished while projects of it were not even looked at
    let is_whole = chosen.projects.len() == registry.projects.len();
    close(wiring, worked.as_ref().ok().filter(|_| is_whole)).await;
    worked.map(|summary| RunOutcome::Done(Box::new(summary)))
}

/// Reads the registry: all of it, and the projects that are to be done.
pub(super) async fn read_registry(wiring: &Wiring) -> Result<(Registry, Registry)> {
    let Wiring { parts, settings, .. } = wiring;
    let registry = parts.registry.load().await?.with_renames(&settings.renames)?;
    registry.warnings.iter().chain(&registry.look_alikes).for_each(|warning| tracing::warn!("registry: {warning}"));
    if registry.projects.iter().all(|p| p.accounts.is_empty()) {
        return Err(no_usable_project(&registry));
    }
    let chosen = registry.chosen(&settings.only)?;
    for unserved in unserved_recipients(&chosen.projects, &parts.notifiers).iter().take(LISTED) {
        tracing::warn!("registry: {unserved}");
    }
    Ok((registry, chosen))
}

/// Interval at which a held run is requested again.
pub(super) const HELD_INTERVAL: Duration = Duration::from_secs(5);

/// Requests the lease on the run. Waits for another owner as long as the settings allow: a task that was killed cannot
/// give its lease up.
pub(super) async fn acquire(wiring: &Wiring, stop: &Stop) -> Result<AcquireOutcome> {
    let settings = &wiring.settings;
    let end = Instant::now() + settings.held_wait;
    let (mut is_waiting, mut redo) = (false, settings.redo);
    loop {
        let mut request = AcquireRun::new(settings.run_id.clone(), &settings.owner, settings.clock.now());
        (request.lease, request.redo) = (settings.lease, redo);
        let outcome = wiring.parts.ledger.acquire(&request).await?;
        let AcquireOutcome::Held { owner, until } = &outcome else { return Ok(outcome) };
        // the other task does what this one was asked for: once it is finished, it is not done a second time
        if redo.is_some() && held_for(wiring, redo).await {
            redo = None;
        }
        if Instant::now() >= end || stop.is_ending() {
            return Ok(outcome);
        }
        if !is_waiting {
            tracing::info!(run_id = %settings.run_id, owner, %until, "another task holds the run; waiting for it");
            is_waiting = true;
        }
        tokio::select! {
            () = stop.ending() => {}
            () = tokio::time::sleep_until(end.min(Instant::now() + HELD_INTERVAL)) => {}
        }
    }
}

/// Whether the run is held by a task that does the same projects again.
async fn held_for(wiring: &Wiring, redo: Option<Redo>) -> bool {
    let query = ProgressQuery::new(wiring.settings.run_id.clone());
    wiring.parts.ledger.progress(&query).await.is_ok_and(|progress| progress.state.redo == redo)
}

/// Opens the lanes that are to be opened under the lease.
pub(super) async fn open_lanes(wiring: &Wiring, stop: &Stop) -> Result<Wiring> {
    let mut opened = wiring.clone();
    let Some(lanes) = &wiring.lanes else { return Ok(opened) };
    let opening = wiring.settings.timings.measure(Stage::Open, lanes.open());
    let lanes = tokio::select! {
        lanes = opening => lanes?,
        () = stop.requested() => {
            let message = "the run was stopped before its sources were open; start it again with the same run ID";
            return Err(Error::new(ErrorKind::Other, "open the sources").with_message(message));
        }
    };
    opened.parts.sweep = opened.parts.sweep.with_lanes(lanes);
    Ok(opened)
}

/// Does all work between acquiring and closing the lease. `whole` is the registry with the projects that are not to be
/// done, too.
async fn work(
    wiring: &Wiring,
    whole: &Registry,
    registry: &Registry,
    started_at: Timestamp,
    stop: Stop,
) -> Result<Summary> {
    // before everything slow: the reads that follow can take longer than the lease
    let _heartbeat = Heartbeat::start(wiring.parts.ledger.clone(), wiring.settings.clone(), stop.clone());
    let telling = Telling::begin(wiring, &stop).await;
    // boxed: it is large
    let worked = Box::pin(make_reports(wiring, whole, registry, started_at, stop)).await;
    telling.end().await;
    worked
}

async fn make_reports(
    wiring: &Wiring,
    whole: &Registry,
    registry: &Registry,
    started_at: Timestamp,
    stop: Stop,
) -> Result<Summary> {
    let wiring = &open_lanes(wiring, &stop).await?;
    let Begun { run, earlier, ownership, absence } = begin(wiring, whole, registry, stop).await?;
    let swept = sweep_projects(&run, &registry.projects, earlier, ownership, Then::Deliver).await;
    conclude(wiring, &run, (whole, registry), swept, absence, started_at).await
}

/// A run before its sweep.
pub(super) struct Begun<'a> {
    pub(super) run: RunContext<'a>,
    pub(super) earlier: EarlierOutcomes,
    pub(super) ownership: Ownership,
    pub(super) absence: Absence,
}

/// Finds out what the run depends on, and sends the messages that earlier attempts left open.
pub(super) async fn begin<'a>(
    wiring: &'a Wiring,
    whole: &Registry,
    registry: &Registry,
    stop: Stop,
) -> Result<Begun<'a>> {
    let Wiring { parts, settings, .. } = wiring;
    // under the lease, because until then an earlier attempt may still record messages
    let progress = parts.ledger.progress(&ProgressQuery::new(settings.run_id.clone())).await?;
    let coverage = CoverageSnapshot::take(parts, settings, registry, &stop).await;
    let left = whole.projects.len() - registry.projects.len();
    let mut ownership = Ownership::compare(&whole.projects, coverage.as_ref().map(|c| &*c.facts));
    if settings.unowned == UnownedPolicy::Skip || left > 0 {
        ownership.unowned.clear();
    }
    let earlier = EarlierOutcomes::read(&registry.projects, &progress);
    let (names, absence) = compare_names(parts, whole, &stop).await;
    let run = RunContext::new(wiring, stop, (registry, &registry.projects), &progress, names, coverage);
    let earlier = send_open_messages(&run, &registry.projects, earlier).await;
    Ok(Begun { run, earlier, ownership, absence })
}

/// Does what comes after all projects: reminders, the report of the organisation, summary and manifest.
pub(super) async fn conclude(
    wiring: &Wiring,
    run: &RunContext<'_>,
    (whole, registry): (&Registry, &Registry),
    swept: SweepResults,
    absence: Absence,
    started_at: Timestamp,
) -> Result<Summary> {
    let Wiring { parts, settings, .. } = wiring;
    let left = whole.projects.len() - registry.projects.len();
    flush(run).await;
    let (reconciliation, is_late) = (swept.reconciliation, swept.is_late || run.stop.is_late());
    let held = swept.held_back.clone();
    let mut summary = summarise(run, registry, swept, absence, started_at);
    if let Some((held_back, error)) = held {
        tracing::error!("{}", error.message);
        summary.held_back = Some(held_back);
        // before all others: it is the cause of most of them
        summary.errors.insert(0, error);
    }
    if let Some(error) = left_by_deadline(run, &summary).filter(|_| is_late) {
        tracing::error!("{}", error.message);
        summary.errors.insert(0, error);
    }
    summary.errors.extend(reconciliation.and_then(|r| r.error()));
    let reminders = wiring.decisions.as_ref().and_then(|decisions| decisions.reminders.as_ref());
    if reminders.is_some() || !settings.owners.rules.is_empty() {
        let (outcome, errors) = remind(run, reminders, registry, &summary).await;
        summary.reminders = Some(outcome);
        summary.errors.extend(errors);
    }
    if left == 0 {
        summary.unused_owner_rules = unused_rules(&settings.owners, &registry.projects, &summary.projects);
        for line in summary.unused_owner_rules.iter().take(LISTED) {
            tracing::warn!(
                "owners, line {line}: the rule fits no finding; correct it, or delete it if it is no longer needed"
            );
        }
    }
    if left > 0 {
        (summary.note, summary.not_asked_for) = (Some(only_some(registry, left)), Some(left as u64));
    } else if let Some(settings) = &wiring.organisation {
        let (outcome, errors) = report_organisation(run, settings, registry, &summary).await;
        summary.organisation = Some(outcome);
        summary.errors.extend(errors);
        summary.finished_at = run.settings.clock.now();
    }
    // once more: errors may have been added
    summary.update_status();
    // without the lease, another process may do the run: its manifest must not be overwritten
    if run.stop.check_lease().is_err() {
        return Ok(summary);
    }
    let stored = store_manifest(parts, &summary, registry, reconciliation).await;
    let mut summary = summary.with_manifest(stored);
    summary.summary_location = store_summary(parts, &summary).await;
    Ok(summary)
}

/// Records what became of messages and could not be recorded at once: once more, for projects that were cut off.
pub(super) async fn flush(run: &RunContext<'_>) {
    if let Err(error) = run.dispatch.flush(None).await {
        tracing::warn!(error = %error.report(), "what became of a message could not be recorded; it is in doubt for the next attempt");
    }
}

/// Says that the run did only some projects.
fn only_some(registry: &Registry, left: usize) -> String {
    let done = registry.projects.len();
    let projects = if done == 1 { "project was" } else { "projects were" };
    format!(
        "only {done} {projects} asked for; {left} others of the registry stay as they are, and the run stays open for them"
    )
}

/// Reads the names in the history. A failure does not stop the run: then, of earlier names only those are found that the
/// registry spells as the history does.
pub(super) async fn known_names(parts: &Parts, registry: &Registry) -> KnownNames {
    KnownNames::read(&*parts.history_reader, &registry.projects).await.unwrap_or_else(|error| {
        log_unread_names(&error);
        KnownNames::assumed(&registry.projects)
    })
}

/// Compares the names in the history with the registry, before the sweep. After a failure, nothing is said of absent projects.
pub(super) async fn compare_names(parts: &Parts, registry: &Registry, stop: &Stop) -> (KnownNames, Absence) {
    let names = known_names(parts, registry).await;
    // the history of every absent project would be read next, and the task may be killed soon
    if stop.is_ending() {
        return (names, Absence::default());
    }
    let absence = names.absence(&*parts.history_reader).await;
    let absence = absence.inspect_err(log_unread_names).unwrap_or_default();
    log_absence(&absence);
    (names, absence)
}

fn log_unread_names(error: &Error) {
    tracing::warn!(error = %error.report(), "the projects in the history could not be compared with the registry; the run goes on");
}

/// Builds the summary, without the manifest.
fn summarise(
    run: &RunContext<'_>,
    registry: &Registry,
    swept: SweepResults,
    absence: Absence,
    started_at: Timestamp,
) -> Summary {
    let SweepResults { mut outcomes, ownership, stats, .. } = swept;
    let outcome = |(index, project): (usize, &Project)| {
        outcomes.remove(&index).unwrap_or_else(|| skipped_project(&run.stop, project))
    };
    let projects: Vec<ProjectOutcome> = registry.projects.iter().enumerate().map(outcome).collect();
    let lines = registry_errors(registry);
    let records = unreadable_records(&stats.unattributed);
    let gaps = run.settings.accepted_gaps.problems.iter().map(|p| {
        let message = format!("accepted gaps, line {}: {}; nothing is accepted by this line", p.line, p.message);
        SummaryError::incomplete(message)
    });
    let owners = run.settings.owners.problems.iter().map(|p| {
        let message = format!("owners, line {}: {}; the rule of this line is not used", p.line, p.message);
        SummaryError::new(message)
    });
    let dropped = dropped_source_errors(run.settings, &projects);
    let errors: Vec<SummaryError> = lines.into_iter().chain(records).chain(gaps).chain(owners).chain(dropped).collect();
    let coverage = run.coverage.as_ref();
    let evidence = coverage.map_or(0, |c| c.evidence.calls());
    Summary {
        run_id: run.settings.run_id.clone(),
        status: Summary::status_of(&projects, &errors),
        started_at,
        finished_at: run.settings.clock.now(),
        api: ApiCalls {
            get_findings: GetFindingsCalls::of(&stats, evidence),
            coverage: CallCount { calls: coverage.map_or(0, |c| c.facts.calls) },
        },
        odd_values: projects.iter().filter_map(|p| p.certainty.as_ref()).map(|certainty| certainty.odd_values).sum(),
        projects,
        coverage: coverage.map(|c| (&*c.facts).into()),
        ownership: Some(ownership).filter(|ownership| !ownership.is_empty()),
        manifest: None,
        summary_location: None,
        errors,
        sources: SourceCounts::of(&stats),
        departed: absence.departed,
        registry_warning: absence.warning,
        look_alikes: registry.look_alikes.iter().map(ToString::to_string).collect(),
        held_back: None,
        organisation: None,
        reminders: None,
        unused_owner_rules: Vec::new(),
        unopened: Vec::new(),
        not_asked_for: None,
        urgent: None,
        note: None,
    }
}

/// Returns the lines of the registry that cannot be read and name no project.
pub(super) fn registry_errors(registry: &Registry) -> Vec<SummaryError> {
    registry.problems.iter().map(|problem| SummaryError::new(&problem.message).at_line(problem.line)).collect()
}

/// Returns the records of the source that cannot be read and name no account, the first ones one by one.
pub(super) fn unreadable_records(records: &[RejectedRecord]) -> Vec<SummaryError> {
    let error = |record: &RejectedRecord| match &record.file {
        Some(_) => SummaryError::incomplete(record.to_string()),
        None => SummaryError::incomplete(&record.message).at_line(record.line),
    };
    let mut errors: Vec<SummaryError> = records.iter().take(LISTED).map(error).collect();
    if let Some(first) = records.get(LISTED) {
        errors.push(SummaryError::incomplete(and_more(records.len() - LISTED)).at_line(first.line));
    }
    errors
}

/// Returns the outcome of a project that was not started or not finished before the run was stopped.
pub(super) fn skipped_project(stop: &Stop, project: &Project) -> ProjectOutcome {
    let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
    outcome.status = ProjectStatus::Skipped;
    let message = if stop.is_requested() {
        "not begun or not done, because the run was stopped; start it again with the same run ID"
    } else {
        "not begun, because the deadline of the run had passed; start it again with the same run ID"
    };
    outcome.errors.push(ProjectError::new(Step::Run, message));
    outcome
}

/// Returns the error that says how many projects are left after the deadline has passed; `None` if none is.
fn left_by_deadline(run: &RunContext<'_>, summary: &Summary) -> Option<SummaryError> {
    let is_left = |project: &&ProjectOutcome| project.has_open || !(project.is_delivered() || project.is_settled);
    let left = summary.projects.iter().filter(is_left).count();
    let deadline = run.settings.deadline.filter(|_| left > 0)?;
    Some(SummaryError::new(format!(
        "the deadline of {} passed: {left} of {} projects are left; start the run again with the same run ID, and it does only these",
        format_span(deadline),
        summary.projects.len()
    )))
}

/// Marks the run finished if everything is delivered; otherwise releases the lease for the next attempt. The reports
/// are already delivered, so a failure of the ledger is logged and not fatal.
pub(super) async fn close(wiring: &Wiring, summary: Option<&Summary>) {
    let Settings { run_id, owner, clock, .. } = &wiring.settings;
    let finished = summary.filter(|s| s.is_finished());
    let close = match finished.and_then(|s| Some((s.status, serde_json::to_string(s).ok()?))) {
        Some((RunStatus::Ok, json)) => CloseRun::finished(run_id.clone(), owner, clock.now(), json),
        Some((_, json)) => CloseRun::finished(run_id.clone(), owner, clock.now(), json).incomplete(),
        None => CloseRun::released(run_id.clone(), owner, clock.now()),
    };
    if let Err(error) = wiring.parts.ledger.close(&close).await {
        tracing::error!(error = %error.report(), "the run could not be closed in the ledger");
    }
}

fn no_usable_project(registry: &Registry) -> Error {
    let problems = registry.problems.iter().chain(registry.projects.iter().flat_map(|p| &p.problems));
    let problems: Vec<String> = problems.take(5).map(ToString::to_string).collect();
    let found = if problems.is_empty() { "it has no rows".to_owned() } else { problems.join("; ") };
    Error::new(ErrorKind::InvalidInput, "read the registry").with_message(format!("no usable project in it: {found}"))
}

#[cfg(test)]
pub(super) mod tests;
