//! The pipeline that runs the nine steps with given implementations of the traits: [`Pipeline::run`].
//!
//! Each step is a function that takes the context of the run (`context::RunContext`) and the result of the previous
//! step, and returns a value. The outcome of a project is built from these values once, at the end, even if a step
//! failed.
//!
//! ```text
//! run ─► registry, coverage, names in the history, sweep
//!        for each project: recall ─► compare ─► publish ─► tell ─► mark ─► remember ─► outcome
//!        then: reminders, report of the organisation, summary, manifest
//! ```

mod absence;
mod account_outcome;
mod assign;
mod carry_over;
mod channel_links;
mod clock;
mod compare;
mod context;
mod coverage_snapshot;
mod decisions;
mod departed;
mod dispatch;
mod dropped_sources;
mod earlier;
mod earlier_report;
mod edition;
mod heard;
mod heartbeat;
mod hold;
mod journal;
mod links;
mod lookups;
mod manifest;
mod mark;
mod message;
mod month;
mod open_lanes;
mod open_messages;
mod organisation;
mod organisation_input;
mod outcome;
mod parts;
mod problems;
mod project;
mod publish;
mod recall;
mod relink;
mod remember;
mod reminders;
mod reply;
mod results;
mod run;
mod served;
mod settings;
mod staged;
mod step_error;
mod stop;
mod summary;
mod summary_line;
mod sweep_projects;
mod tell;
mod telling;
pub mod timings;
mod urgent;

use std::sync::Arc;

pub use account_outcome::{AccountOutcome, CoverageSummary, RegionSummary};
pub use assign::OwnersOutcome;
pub use channel_links::{ChannelLinks, InvalidChannel};
pub use clock::{Clock, FixedClock, SystemClock};
pub use decisions::{AnswerSettings, DecisionSettings, ReminderSettings};
pub use departed::{CarriedHistory, DepartedProject, RegistryComparison, RegistryWarning, compare_registry};
pub use dropped_sources::DroppedSource;
pub use links::{LinkForecast, LinkPolicy, LinkTooShort, ShortLinkPolicy};
pub use open_lanes::OpenLanes;
pub use open_messages::UntoldRecipient;
pub use organisation::{GuidanceGaps, OrganisationOutcome, OrganisationSettings};
pub use outcome::{InDoubtFate, InDoubtMessage, MarkedFindings, ProjectError, ProjectOutcome, ProjectStatus, Step};
pub use parts::Parts;
pub use reminders::RemindersOutcome;
pub use reply::{ReplyFile, ReplyOutcome};
pub use run::RunOutcome;
pub use served::{UnservedRecipient, unserved_recipients};
pub use settings::{InDoubtPolicy, RunEvent, RunObserver, Settings, UnownedPolicy};
pub use staged::{BatchId, BatchSize, DeliverOutcome, FetchOutcome, InvalidBatchId};
pub use summary::{ApiCalls, CallCount, GetFindingsCalls, HeldBack, RunStatus, SourceCounts, Summary, SummaryError};
pub use urgent::{UrgentCounts, UrgentSettings};

use self::parts::Wiring;
use self::staged::Work;
use crate::Result;
use crate::decision::DecisionReply;
use crate::registry::Project;
use crate::store::ArtifactStore;
use crate::workflow::WorkflowSink;

/// The whole job: reads the registry, fetches findings, writes and stores reports, sends links and updates the history.
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
    wiring: Wiring,
}

impl Pipeline {
    /// Creates a pipeline from its parts and settings.
    pub fn new(parts: Parts, settings: Settings) -> Self {
        Self { wiring: Wiring::new(parts, settings) }
    }

    /// Sets the sink that changes delivered findings to NOTIFIED.
    #[must_use]
    pub fn with_workflow(mut self, sink: Arc<dyn WorkflowSink>) -> Self {
        self.wiring.workflow = Some(sink);
        self
    }

    /// Makes a report of the organisation at the end of each run.
    #[must_use]
    pub fn with_organisation(mut self, settings: OrganisationSettings) -> Self {
        self.wiring.organisation = Some(settings);
        self
    }

    /// Shows the decisions of projects in their reports, and says there how reports are returned.
    #[must_use]
    pub fn with_decisions(mut self, settings: DecisionSettings) -> Self {
        self.wiring.decisions = Some(settings);
        self
    }

    /// Opens the lanes of the sweep when the run is locked for other processes, in place of those in the parts.
    #[must_use]
    pub fn with_lanes(mut self, lanes: Arc<dyn OpenLanes>) -> Self {
        self.wiring.lanes = Some(lanes);
        self
    }

    /// Runs the pipeline. A project that fails does not stop the others; the summary lists the errors.
    ///
    /// # Errors
    /// Only if the run could not start: the registry cannot be read or names no project, a renaming in the settings does
    /// not fit it, the ledger fails, or the renderers would overwrite each other's files.
    pub async fn run(&self) -> Result<RunOutcome> {
        run::run(&self.wiring).await
    }

    /// The first of three stages in which [`run`](Self::run) can be done by several processes: fetches the findings of all
    /// projects and stores them in `work`, in batches.
    ///
    /// [`deliver`](Self::deliver) delivers a batch, in any process, and [`finish`](Self::finish) does what comes after all
    /// projects. All stages need the same run ID, settings and parts. The first stage takes the lease of the run and leaves it
    /// to the others, so no other process does the run meanwhile.
    ///
    /// The work has findings: it needs the same protection as reports. Nothing needs it once the run is finished.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use findings_core::memory::*;
    /// # use findings_core::pipeline::{BatchSize, FetchOutcome, Parts, Pipeline, RunOutcome, Settings};
    /// # use findings_core::registry::Project;
    /// # use findings_core::source::{Budget, Lane, Sweep};
    /// # use findings_core::ArtifactStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut project = Project::new("Payments");
    /// # project.accounts = vec!["123456789012".parse()?];
    /// # project.recipients = vec!["sato@example.com".parse()?];
    /// # let (history, notifier) = (MemoryHistory::new(), MemoryNotifier::new());
    /// # let parts = Parts {
    /// #     ledger: Arc::new(MemoryLedger::new()),
    /// #     registry: Arc::new(MemoryRegistry::new(vec![project])),
    /// #     sweep: Sweep::new(vec![Lane::new("memory", Arc::new(MemorySource::default()), Budget::unlimited())]),
    /// #     coverage: None,
    /// #     renderers: vec![Arc::new(TextRenderer)],
    /// #     store: Arc::new(MemoryStore::new()),
    /// #     notifiers: vec![Arc::new(notifier.clone())],
    /// #     history_sink: Arc::new(history.clone()),
    /// #     history_reader: Arc::new(history),
    /// # };
    /// let work: Arc<dyn ArtifactStore> = Arc::new(MemoryStore::new());
    /// let pipeline = Pipeline::new(parts, Settings::new("2026-11-23".parse()?, "me"));
    /// let FetchOutcome::Fetched { batches, .. } = pipeline.fetch(&work, BatchSize::default()).await? else { panic!() };
    /// for batch in batches {
    ///     assert!(pipeline.deliver(&work, batch).await?.is_delivered());
    /// }
    /// let RunOutcome::Done(summary) = pipeline.finish(&work).await? else { panic!() };
    /// assert_eq!((summary.exit_code(), notifier.sent().len()), (0, 1));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run), and whatever keeps the work from being stored.
    pub async fn fetch(&self, work: &Arc<dyn ArtifactStore>, size: BatchSize) -> Result<FetchOutcome> {
        staged::fetch(&self.wiring, &self.work(work), size).await
    }

    /// The second stage: delivers the projects of a batch that [`fetch`](Self::fetch) stored, and notes there what became of
    /// them. Batches may be delivered at the same time, each by one process. A batch can be repeated: what is done stays done,
    /// and nothing is sent twice.
    ///
    /// Calls to find out why issues are gone are shared out by the number of projects in each batch
    /// ([`Settings::lookups`]). The rates of sources and notifiers are those of the parts: who delivers several batches at the
    /// same time divides them.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the work or the batch is not there, [`Conflict`](crate::ErrorKind::Conflict)
    /// if another process has taken the run, and whatever keeps registry, ledger or work from being read. What fails for one
    /// project stands in its outcome.
    pub async fn deliver(&self, work: &Arc<dyn ArtifactStore>, batch: BatchId) -> Result<DeliverOutcome> {
        staged::deliver(&self.wiring, &self.work(work), batch).await
    }

    /// The last stage: sends reminders, makes the report of the organisation, summary and manifest, and ends the run. A
    /// batch without result makes the run incomplete, and the next attempt at the run does its projects.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the work is not there, and whatever keeps registry, ledger or work from
    /// being read.
    pub async fn finish(&self, work: &Arc<dyn ArtifactStore>) -> Result<RunOutcome> {
        staged::finish(&self.wiring, &self.work(work)).await
    }

    fn work(&self, store: &Arc<dyn ArtifactStore>) -> Work {
        Work::new(store.clone(), self.wiring.settings.run_id.clone())
    }

    /// Tells people of severe findings of which nobody was told yet, and does nothing else: no report is made, the history
    /// stays as it is, and the next report is as if this run had not been. Each recipient hears of an issue once, whichever
    /// urgent run tells; those who want to hear only of overdue issues, or of nothing, do not.
    ///
    /// While another process makes reports, nobody is told beside them: this run waits until its deadline or, if there is none, as
    /// long as [`Settings::held_wait`] allows.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use findings_core::memory::*;
    /// # use findings_core::pipeline::{Parts, Pipeline, RunOutcome, Settings, UrgentSettings};
    /// # use findings_core::registry::Project;
    /// # use findings_core::source::{Budget, Lane, Sweep};
    /// # use findings_core::{Finding, Severity};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut finding = Finding::new("123456789012".parse()?, "1");
    /// finding.severity = Severity::Critical;
    /// let source = Arc::new(MemorySource::new(vec![finding]));
    /// # let mut project = Project::new("Payments");
    /// # project.accounts = vec!["123456789012".parse()?];
    /// # project.recipients = vec!["sato@example.com".parse()?];
    /// # let (history, notifier) = (MemoryHistory::new(), MemoryNotifier::new());
    /// # let parts = Parts {
    /// #     ledger: Arc::new(MemoryLedger::new()),
    /// #     registry: Arc::new(MemoryRegistry::new(vec![project])),
    /// #     sweep: Sweep::new(vec![Lane::new("memory", source, Budget::unlimited())]),
    /// #     coverage: None,
    /// #     renderers: vec![Arc::new(TextRenderer)],
    /// #     store: Arc::new(MemoryStore::new()),
    /// #     notifiers: vec![Arc::new(notifier.clone())],
    /// #     history_sink: Arc::new(history.clone()),
    /// #     history_reader: Arc::new(history),
    /// # };
    /// let pipeline = Pipeline::new(parts, Settings::new("2026-11-23".parse()?, "me"));
    /// for day in ["urgent-2026-11-24", "urgent-2026-11-25"] {
    ///     let RunOutcome::Done(summary) = pipeline.run_urgent(&UrgentSettings::new(day.parse()?)).await? else { panic!() };
    ///     assert_eq!(summary.exit_code(), 0);
    /// }
    /// assert_eq!(notifier.urgent_messages().len(), 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Only if the run could not start: the registry cannot be read or names no project, or the ledger fails.
    pub async fn run_urgent(&self, urgent: &UrgentSettings) -> Result<RunOutcome> {
        urgent::run(&self.wiring, urgent).await
    }

    /// Creates new links to the reports that the run in the settings delivered, for one project or all, and mails them
    /// to the recipients that the registry names now; former recipients get none. Fetches no findings, writes no report
    /// and leaves the history unchanged. Chat channels never get links and are skipped.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use findings_core::memory::*;
    /// # use findings_core::pipeline::{Parts, Pipeline, Settings};
    /// # use findings_core::registry::Project;
    /// # use findings_core::source::Sweep;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let history = MemoryHistory::new();
    /// # let parts = Parts {
    /// #     ledger: Arc::new(MemoryLedger::new()),
    /// #     registry: Arc::new(MemoryRegistry::new(vec![Project::new("Payments")])),
    /// #     coverage: None,
    /// #     sweep: Sweep::new(Vec::new()),
    /// #     renderers: vec![Arc::new(TextRenderer)],
    /// #     store: Arc::new(MemoryStore::new()),
    /// #     notifiers: Vec::new(),
    /// #     history_sink: Arc::new(history.clone()),
    /// #     history_reader: Arc::new(history),
    /// # };
    /// let pipeline = Pipeline::new(parts, Settings::new("2026-11-23".parse()?, "me"));
    /// let error = pipeline.relink(None).await.unwrap_err();
    /// assert!(error.to_string().contains("no project of this run was delivered"), "{error}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the run, or the project in it, was not delivered, and whatever keeps the
    /// ledger and registry from being read. What fails for one project stands in the summary.
    pub async fn relink(&self, only: Option<&str>) -> Result<Summary> {
        relink::relink(&self.wiring, only).await
    }

    /// Tells the people of a project what became of a report that they returned, each of them once, however often the file is
    /// taken. Chat channels are not told. `file` has all entries; messages list the first ones and link to it.
    ///
    /// The run ID of the settings does not matter: the ledger keeps these messages by returned file.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if another process is about to tell them, and whatever keeps the ledger from
    /// being read or the file from being linked to. What fails for one recipient stands in the outcome.
    pub async fn reply(
        &self,
        reply: &Arc<DecisionReply>,
        project: &Project,
        file: Option<&ReplyFile>,
    ) -> Result<ReplyOutcome> {
        reply::send(&self.wiring, reply, project, file).await
    }
}
