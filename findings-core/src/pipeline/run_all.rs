//! All projects: the lease, the registry, one sweep, and each project as soon as its last account is done.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::coverage::{Looked, Unowned};
use super::lease::Heartbeat;
use super::manifest::Tally;
use super::outcome::{ApiCalls, ProjectError, ProjectStatus, Step, SummaryError};
use super::{ProjectOutcome, RunEvent, RunOutcome, Settings, Summary};
use crate::coverage::{CoverageSource, Ownership};
use crate::history::{HistoryReader, HistorySink};
use crate::ledger::{AcquireRun, Acquired, CloseRun, ProgressQuery, RunLedger, RunProgress};
use crate::notify::Notifier;
use crate::registry::{Project, ProjectRegistry, Registry};
use crate::report::ReportRenderer;
use crate::source::{EvidencePlan, Sweep, SweepStats, SweepTarget};
use crate::store::ArtifactStore;
use crate::timings::Stage;
use crate::workflow::WorkflowSink;
use crate::{Error, ErrorKind, Result};

/// The implementations that a pipeline is put together from.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever wires a pipeline should see when a part is added")]
pub struct Parts {
    /// Step 1.
    pub ledger: Arc<dyn RunLedger>,
    /// Step 2.
    pub registry: Arc<dyn ProjectRegistry>,
    /// Step 3.
    pub sweep: Sweep,
    /// Step 3: whether an empty answer can be believed; `None` if nobody can tell, as with an exported file.
    pub coverage: Option<Arc<dyn CoverageSource>>,
    /// Step 4, at least one, each with an extension of its own. People get a link to what the first makes; the others are stored beside it.
    pub renderers: Vec<Arc<dyn ReportRenderer>>,
    /// Steps 5 and 6.
    pub store: Arc<dyn ArtifactStore>,
    /// Step 7; a recipient is told through each.
    pub notifiers: Vec<Arc<dyn Notifier>>,
    /// Step 8, writing.
    pub history_sink: Arc<dyn HistorySink>,
    /// Step 8, reading.
    pub history_reader: Arc<dyn HistoryReader>,
}

/// The job: reads who owns what, fetches, writes, stores, links, tells and remembers.
///
/// ```
/// use std::sync::Arc;
/// use findings_core::memory::*;
/// use findings_core::pipeline::{Parts, Pipeline, RunOutcome, Settings};
/// use findings_core::registry::Project;
/// use findings_core::source::{Budget, Lane, Sweep};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut project = Project::new("Payments");
/// project.accounts = vec!["123456789012".parse()?];
/// project.recipients = vec!["sato@example.com".parse()?];
/// let history = MemoryHistory::new();
/// let notifier = MemoryNotifier::new();
/// let parts = Parts {
///     ledger: Arc::new(MemoryLedger::new()),
///     registry: Arc::new(MemoryRegistry::new(vec![project])),
///     sweep: Sweep::new(vec![Lane::new("memory", Arc::new(MemorySource::default()), Budget::unlimited())]),
///     coverage: None,
///     renderers: vec![Arc::new(TextRenderer)],
///     store: Arc::new(MemoryStore::new()),
///     notifiers: vec![Arc::new(notifier.clone())],
///     history_sink: Arc::new(history.clone()),
///     history_reader: Arc::new(history),
/// };
/// let RunOutcome::Done(summary) = Pipeline::new(parts, Settings::new("2026-11-23".parse()?, "me")).run().await? else {
///     panic!("nobody else works on it");
/// };
/// assert_eq!(summary.exit_code(), 0);
/// assert_eq!(notifier.sent().len(), 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub(super) parts: Parts,
    pub(super) settings: Settings,
    /// The notifiers with the names under which the ledger knows them.
    pub(super) channels: Vec<(String, Arc<dyn Notifier>)>,
    pub(super) workflow: Option<Arc<dyn WorkflowSink>>,
}

/// What all projects of a run have in common.
#[derive(Debug)]
pub(super) struct Run {
    /// What earlier attempts have done.
    pub(super) progress: RunProgress,
    /// Every line of the registry could be given to a project. If not, a missing account proves nothing.
    pub(super) registry_is_whole: bool,
    /// What is known of coverage; `None` if nobody looked.
    pub(super) coverage: Option<Looked>,
    /// Calls that may still be spent on the question why issues are gone.
    pub(super) lookups: AtomicU32,
    /// Cancelled when the lease is lost: from then on somebody else sends.
    pub(super) lost: CancellationToken,
    /// Notifiers whose quota is used up: nothing more is sent through them.
    pub(super) exhausted: Mutex<HashSet<String>>,
}

impl Pipeline {
    /// Puts a run together.
    pub fn new(parts: Parts, settings: Settings) -> Self {
        let channels = name_channels(&parts.notifiers);
        Self { parts, settings, channels, workflow: None }
    }

    /// Does the run. A project that fails stops no other; what went wrong stands in the summary.
    ///
    /// # Errors
    /// Only if the run could not start: the registry cannot be read or names no project, the ledger fails, or the renderers would overwrite each
    /// other's files.
    pub async fn run(&self) -> Result<RunOutcome> {
        check_renderers(&self.parts.renderers)?;
        let started_at = self.settings.clock.now();
        let registry = self.parts.registry.load().await?;
        registry.warnings.iter().for_each(|warning| tracing::warn!("registry: {warning}"));
        if registry.projects.iter().all(|p| p.accounts.is_empty()) {
            return Err(no_usable_project(&registry));
        }
        match self.acquire(started_at).await? {
            Acquired::Granted { resumed } => {
                if resumed {
                    tracing::info!(run_id = %self.settings.run_id, "going on with a run that was begun before");
                }
                let links = self.settings.link.check(&*self.parts.store, started_at).await;
                let worked = match links {
                    Ok(()) => self.work(registry, started_at).await,
                    Err(error) => Err(error),
                };
                match worked {
                    Ok(summary) => Ok(RunOutcome::Done(Box::new(summary))),
                    Err(error) => {
                        // the next attempt should not have to wait for the lease of one that did nothing
                        self.close(None).await;
                        Err(error)
                    }
                }
            }
            Acquired::Held { owner, until } => Ok(RunOutcome::Held { owner, until }),
            Acquired::Finished { summary } => Ok(RunOutcome::AlreadyFinished { summary }),
        }
    }

    async fn acquire(&self, now: Timestamp) -> Result<Acquired> {
        let mut ask = AcquireRun::new(self.settings.run_id.clone(), &self.settings.owner, now);
        ask.lease = self.settings.lease;
        ask.force = self.settings.force;
        self.parts.ledger.acquire(&ask).await
    }

    async fn work(&self, registry: Registry, started_at: Timestamp) -> Result<Summary> {
        let lost = CancellationToken::new();
        let heartbeat = Heartbeat::start(self.parts.ledger.clone(), self.settings.clone(), lost.clone());
        let progress = self.parts.ledger.progress(&ProgressQuery::new(self.settings.run_id.clone())).await?;
        let coverage = self.look_at_coverage(&registry).await;
        let run = Run {
            progress,
            registry_is_whole: registry.problems.is_empty(),
            coverage,
            lookups: AtomicU32::new(self.settings.lookups),
            lost,
            exhausted: Mutex::default(),
        };
        let mut unowned =
            Unowned { ownership: Ownership::compare(&registry.projects, run.coverage.as_ref().map(|c| &*c.facts)) };
        let mut outcomes: HashMap<usize, ProjectOutcome> = HashMap::new();
        for (index, project) in registry.projects.iter().enumerate() {
            outcomes.extend(done_before(project, &run.progress).map(|outcome| (index, outcome)));
        }
        let (stats, tally) = self.deliver_all(&registry.projects, &run, &mut outcomes, &mut unowned).await;
        let reconciliation = tally.reconcile(&stats);
        let mut summary = self.summarise(&registry, outcomes, &stats, started_at);
        summary.departed = self.settle_departed(&registry, &run).await;
        summary.coverage = run.coverage.as_ref().map(|c| (&*c.facts).into());
        summary.api.coverage.calls = run.coverage.as_ref().map_or(0, |c| c.facts.calls);
        summary.ownership = Some(unowned.ownership).filter(|ownership| !ownership.is_empty());
        summary.errors.extend(reconciliation.and_then(|r| r.error()));
        summary.status = Summary::status_of(&summary.projects, &summary.errors);
        if !run.lost.is_cancelled() {
            self.keep_manifest(&mut summary, &registry, reconciliation).await;
        }
        drop(heartbeat);
        self.close(Some(&summary)).await;
        Ok(summary)
    }

    /// Sweeps, and delivers projects while the sweep goes on, a few at a time.
    async fn deliver_all(
        &self,
        projects: &[Project],
        run: &Run,
        outcomes: &mut HashMap<usize, ProjectOutcome>,
        unowned: &mut Unowned,
    ) -> (SweepStats, Tally) {
        let todo: Vec<usize> = (0..projects.len()).filter(|index| !outcomes.contains_key(index)).collect();
        self.settings.observer.on_event(&RunEvent::Started { projects: todo.len() });
        let mut targets: Vec<SweepTarget> =
            todo.iter().map(|i| SweepTarget { accounts: projects[*i].accounts.clone() }).collect();
        let mut sweep = self.parts.sweep.clone();
        if let Some(Looked { facts, at }) = &run.coverage {
            let accounts = targets.iter().flat_map(|t| t.accounts.iter().copied());
            sweep = sweep.with_evidence(EvidencePlan::new(facts.clone(), accounts, *at));
        }
        // behind the projects, so that no reader waits for them
        if self.settings.count_unowned && !todo.is_empty() {
            targets.extend(unowned.ownership.unowned.iter().map(|u| SweepTarget { accounts: vec![u.account] }));
        }
        let mut swept = self.settings.timings.measure(Stage::Fetch, async { sweep.start(targets) }).await;
        let mut tally = Tally::new(todo.len(), projects.len() - todo.len());
        let mut working = FuturesUnordered::new();
        let mut more = true;
        let out_of_time = self.out_of_time();
        tokio::pin!(out_of_time);
        while more || !working.is_empty() {
            let may_begin = more && working.len() < self.settings.concurrency;
            tokio::select! {
                biased;
                () = self.settings.cancel.cancelled(), if more => (more, tally.cut_off) = (false, true),
                () = run.lost.cancelled(), if more => (more, tally.cut_off) = (false, true),
                // what is in hand is dropped here: the next attempt does it again, and the intents in the ledger tell what is in doubt
                () = &mut out_of_time => break,
                Some((index, outcome)) = working.next(), if !working.is_empty() => {
                    self.settings.observer.on_event(&RunEvent::ProjectDone(&outcome));
                    outcomes.insert(index, outcome);
                }
                next = self.settings.timings.measure(Stage::Fetch, swept.next()), if may_begin => match next {
                    None => more = false,
                    Some(target) => {
                        target.accounts.iter().for_each(|account| tally.add(account));
                        if let Some(index) = todo.get(target.index).copied() {
                            let work = self.run_project(&projects[index], target.accounts, run);
                            working.push(work.map(move |outcome| (index, outcome)));
                        } else {
                            unowned.count(target.index - todo.len(), &target);
                        }
                    }
                },
            }
        }
        (swept.stats(), tally)
    }

    /// Ends when the time is over that a run has to stop after it was told to.
    async fn out_of_time(&self) {
        self.settings.cancel.cancelled().await;
        tokio::time::sleep(self.settings.grace).await;
        tracing::warn!("what was in hand is not done in time; it is left to the next attempt");
    }

    fn summarise(
        &self,
        registry: &Registry,
        mut outcomes: HashMap<usize, ProjectOutcome>,
        stats: &SweepStats,
        started_at: Timestamp,
    ) -> Summary {
        let outcome =
            |(index, project): (usize, &Project)| outcomes.remove(&index).unwrap_or_else(|| not_begun(project));
        let projects: Vec<ProjectOutcome> = registry.projects.iter().enumerate().map(outcome).collect();
        let lines = registry.problems.iter().map(|p| SummaryError { line: Some(p.line), message: p.message.clone() });
        let records = stats.unattributed.iter().map(|r| SummaryError { line: r.line, message: r.message.clone() });
        let gaps = &self.settings.accepted_gaps.problems;
        let gaps = gaps.iter().map(|p| SummaryError {
            line: None,
            message: format!("accepted gaps, line {}: {}; nothing is accepted by this line", p.line, p.message),
        });
        let errors: Vec<SummaryError> = lines.chain(records).chain(gaps).collect();
        Summary {
            run_id: self.settings.run_id.clone(),
            status: Summary::status_of(&projects, &errors),
            started_at,
            finished_at: self.settings.clock.now(),
            api: ApiCalls { get_findings: stats.into(), ..ApiCalls::default() },
            projects,
            coverage: None,
            ownership: None,
            manifest: None,
            errors,
            departed: Vec::new(),
            note: None,
        }
    }

    /// Ends the run for good if everything is delivered, else leaves the rest to the next attempt. The reports are out, so a ledger that fails now
    /// is told and not fatal.
    async fn close(&self, summary: Option<&Summary>) {
        let Settings { run_id, owner, clock, .. } = &self.settings;
        let finished = summary.filter(|s| s.is_finished()).and_then(|s| serde_json::to_string(s).ok());
        let close = match finished {
            Some(json) => CloseRun::finished(run_id.clone(), owner, clock.now(), json),
            None => CloseRun::released(run_id.clone(), owner, clock.now()),
        };
        if let Err(error) = self.parts.ledger.close(&close).await {
            tracing::error!(error = %error.report(), "the run could not be closed in the ledger");
        }
    }

    pub(super) fn source_names(&self) -> Vec<String> {
        self.parts.sweep.lanes().iter().map(|lane| lane.name().to_owned()).collect()
    }
}

/// A report is stored under the extension of its renderer.
fn check_renderers(renderers: &[Arc<dyn ReportRenderer>]) -> Result<()> {
    let extensions: Vec<&str> = renderers.iter().map(|r| r.format().extension).collect();
    let twice = extensions.iter().enumerate().find(|(n, extension)| extensions[..*n].contains(extension));
    let message = match (extensions.first(), twice) {
        (None, _) => "there is no renderer; give at least one".to_owned(),
        (_, Some((_, twice))) => {
            format!("two renderers write .{twice} files and would overwrite each other's; keep one")
        }
        (Some(_), None) => return Ok(()),
    };
    Err(Error::new(ErrorKind::InvalidInput, "put the run together").with_message(message))
}

/// Two notifiers of one kind must not share their entries in the ledger: `smtp`, `smtp-2`.
fn name_channels(notifiers: &[Arc<dyn Notifier>]) -> Vec<(String, Arc<dyn Notifier>)> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let named = |notifier: &Arc<dyn Notifier>| {
        let count = counts.entry(notifier.name().to_owned()).or_default();
        *count += 1;
        let name = if *count == 1 { notifier.name().to_owned() } else { format!("{}-{count}", notifier.name()) };
        (name, notifier.clone())
    };
    notifiers.iter().map(named).collect()
}

fn no_usable_project(registry: &Registry) -> Error {
    let problems = registry.problems.iter().chain(registry.projects.iter().flat_map(|p| &p.problems));
    let problems: Vec<String> = problems.take(5).map(ToString::to_string).collect();
    let found = if problems.is_empty() { "it has no rows".to_owned() } else { problems.join("; ") };
    Error::new(ErrorKind::InvalidInput, "read the registry").with_message(format!("no usable project in it: {found}"))
}

/// The outcome of a project that an earlier attempt at this run has delivered.
fn done_before(project: &Project, progress: &RunProgress) -> Option<ProjectOutcome> {
    let json = progress.outcome_of(&project.name)?;
    let mut outcome: ProjectOutcome = match serde_json::from_str(json) {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(project = %project.name, %error, "an unreadable entry of the ledger; the project is done again");
            return None;
        }
    };
    if outcome.status == ProjectStatus::Ok {
        outcome.status = ProjectStatus::Skipped;
    }
    Some(outcome)
}

fn not_begun(project: &Project) -> ProjectOutcome {
    let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
    outcome.status = ProjectStatus::Skipped;
    let message = "not begun or not done, because the run was stopped; start it again with the same run ID";
    outcome.errors.push(ProjectError::new(Step::Run, message));
    outcome
}

#[cfg(test)]
pub(super) mod tests;
