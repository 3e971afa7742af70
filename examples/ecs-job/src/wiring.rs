//! Chooses the implementations that the options name.

mod destinations;
mod lanes;
mod notifiers;
mod s3_members;
mod sources;

use std::sync::Arc;

use findings_core::aws::SecurityHubWorkflow;
use findings_core::coverage::AcceptedGaps;
use findings_core::guidance::Guidance;
use findings_core::organisation::OrganisationRenderer;
use findings_core::owners::OwnerRules;
use findings_core::pipeline::{
    AnswerSettings, DecisionSettings, OpenLanes as _, OrganisationSettings, Parts, ReminderSettings,
};
use findings_core::redirect::LinkTable;
use findings_core::registry::RestrictedRegistry;
use findings_core::source::{Lane, Sweep};
use findings_core::{
    ArtifactStore, CoverageSource, DecisionLog, ProjectRegistry, ReportRenderer, Result, WorkflowSink,
};
use findings_notify::Mailer;
use findings_returned::Limits;
use findings_web::{AnswerPage, OrganisationPage, ProjectPage, RunIndexPage};
use findings_xlsx::{CsvRenderer, FindingColumns, JsonlRenderer, OrganisationWorkbook, XlsxRenderer};

pub(crate) use self::destinations::{Destinations, HistoryDatabase, NamedBackend};
pub(crate) use self::lanes::RunLanes;
pub(crate) use self::notifiers::templates;
pub(crate) use self::sources::{region_lanes, registry};
use crate::aws::{Aws, need};
use crate::config::{Format, HubApi, Input, Links, OrganisationFormat, Reports, RunConfig};
use crate::{guidance, input};

/// Builds the configured implementations. Holds the AWS configuration, which is loaded only once.
#[derive(Debug)]
pub(crate) struct Wiring<'a> {
    config: &'a RunConfig,
    aws: Option<Aws>,
}

/// All parts of a run.
#[derive(Debug)]
pub(crate) struct Wired {
    pub(crate) parts: Parts,
    /// Backends that can be checked and set up before a run.
    pub(crate) backends: Vec<NamedBackend>,
    /// The notifiers that send mail.
    pub(crate) mailers: Vec<Arc<dyn Mailer>>,
    /// Where links are kept; `None` if they are not.
    pub(crate) links: Option<Arc<dyn LinkTable>>,
    /// The report about all projects; `None` if none is made.
    pub(crate) organisation: Option<OrganisationSettings>,
    /// What a run shows of decisions; `None` if it shows none.
    pub(crate) decisions: Option<DecisionSettings>,
    /// Where decisions are kept.
    pub(crate) log: Arc<dyn DecisionLog>,
    /// What the organisation says about controls.
    pub(crate) guidance: Arc<Guidance>,
}

impl<'a> Wiring<'a> {
    pub(crate) async fn load(config: &'a RunConfig) -> Result<Self> {
        Ok(Self { config, aws: Aws::load(config.aws()).await? })
    }

    /// Builds everything except the lanes, because opening a file of findings reads it.
    pub(crate) async fn wire(&self) -> Result<Wired> {
        let report = &self.config.report;
        let guidance = guidance::load(report.guidance.as_ref(), self.aws.as_ref()).await?;
        let guidance = guidance.with_site(report.guidance_site.clone());
        let Destinations { store, memory, notifiers, mailers, backends } = self.destinations()?;
        let links = memory.links.filter(|_| matches!(self.config.report.links, Links::Redirect(_)));
        let parts = Parts {
            ledger: memory.ledger,
            registry: self.registry()?,
            sweep: Sweep::new(Vec::new()),
            coverage: self.coverage()?,
            renderers: self
                .config
                .report
                .formats
                .iter()
                .map(|format| renderer(*format, &guidance, &self.config.report.columns))
                .collect(),
            store,
            notifiers,
            history_sink: memory.sink,
            history_reader: memory.reader,
        };
        let (log, organisation) = (memory.decisions, self.organisation(&guidance));
        let decisions = self.decisions(&log);
        Ok(Wired { parts, backends, mailers, links, organisation, decisions, log, guidance: Arc::new(guidance) })
    }

    /// Returns what to do with the report about all projects.
    fn organisation(&self, guidance: &Guidance) -> Option<OrganisationSettings> {
        let config = &self.config.organisation;
        if config.formats.is_empty() {
            return None;
        }
        let renderers = config.formats.iter().map(|format| organisation_renderer(*format));
        let mut settings = OrganisationSettings::new(renderers.collect());
        settings.index = Some(Arc::new(RunIndexPage::new()));
        settings.recipients.clone_from(&self.config.notify.executives);
        settings.sla = config.sla.clone();
        settings.guidance = self.config.report.guidance.is_some().then(|| guidance.control_ids());
        Some(settings)
    }

    /// Returns what a run does with decisions.
    fn decisions(&self, log: &Arc<dyn DecisionLog>) -> Option<DecisionSettings> {
        let config = &self.config.decisions;
        let mut settings = config.is_on().then(|| DecisionSettings::new(log.clone()))?;
        settings.token_key.clone_from(&config.key);
        settings.answers = config.answers.clone().map(|inbox| {
            let page = AnswerPage::new().with_policy(config.policy.clone()).with_max_bytes(Limits::default().bytes);
            AnswerSettings::new(Arc::new(page), inbox)
        });
        let mut reminders = ReminderSettings::default();
        (reminders.days_before, reminders.escalate_after) = (config.remind_owners, config.escalate_after);
        reminders.domains = self.config.notify.domains.clone();
        Some(settings.with_reminders(reminders))
    }

    pub(crate) fn config(&self) -> &RunConfig {
        self.config
    }

    /// Returns the store of the work between the stages of the run.
    pub(crate) fn work_store(&self, place: &Reports) -> Result<(Arc<dyn ArtifactStore>, NamedBackend)> {
        let (store, backend) = destinations::store(place, self.config.report.encryption.as_ref(), self.aws.as_ref())?;
        Ok((store, ("work", backend)))
    }

    pub(crate) fn aws(&self) -> Option<&Aws> {
        self.aws.as_ref()
    }

    /// Builds the destinations.
    pub(crate) fn destinations(&self) -> Result<Destinations> {
        Destinations::open(self.config, self.aws.as_ref())
    }

    pub(crate) fn registry(&self) -> Result<Arc<dyn ProjectRegistry>> {
        let registry = registry(&self.config.projects, self.aws.as_ref())?;
        Ok(Arc::new(RestrictedRegistry::new(registry, self.config.notify.domains.clone())))
    }

    /// Returns what opens the sources of findings for a run, and starts exports, if any are configured.
    pub(crate) fn run_lanes(&self) -> RunLanes {
        let sources = self.config.sources.clone();
        RunLanes::new(sources, self.aws.clone()).with_exports(self.config.export_name(), self.config.deadline)
    }

    /// Opens the sources of findings: one lane for files or objects, or for each Region. What an export would hold is asked
    /// of Security Hub itself.
    pub(crate) async fn lanes(&self) -> Result<Vec<Lane>> {
        self.later_lanes().open().await
    }

    /// Returns what opens the sources of findings to ask for single ones.
    pub(crate) fn later_lanes(&self) -> RunLanes {
        RunLanes::new(self.config.sources.clone(), self.aws.clone())
    }

    /// Returns the source of coverage facts, or `None` for a file of findings without a file of members.
    pub(crate) fn coverage(&self) -> Result<Option<Arc<dyn CoverageSource>>> {
        sources::coverage(&self.config.coverage, &self.config.sources, self.aws.as_ref())
    }

    /// Returns the list of members, if one is configured.
    pub(crate) fn members(&self) -> Result<Option<Arc<dyn CoverageSource>>> {
        let place = self.config.coverage.members.as_ref();
        place.map(|place| sources::members(place, self.aws.as_ref())).transpose()
    }

    /// Reads the accepted gaps; returns none if no file is configured.
    pub(crate) async fn accepted_gaps(&self) -> Result<AcceptedGaps> {
        const OPERATION: &str = "read the accepted gaps";
        let Some(input) = &self.config.coverage.accepted_gaps else { return Ok(AcceptedGaps::default()) };
        let gaps = AcceptedGaps::parse_csv(&input::read(input, self.aws.as_ref(), OPERATION).await?)?;
        gaps.problems.iter().for_each(|p| tracing::warn!("accepted gaps: {p}; nothing is accepted by this line"));
        Ok(gaps)
    }

    /// Reads the rules for owners; returns none if no file is configured.
    pub(crate) async fn owners(&self) -> Result<OwnerRules> {
        let rules = owners(self.config.owners.as_ref(), self.aws.as_ref()).await?;
        rules.problems.iter().for_each(|p| tracing::warn!("owners: {p}; the rule of this line is not used"));
        Ok(rules)
    }

    /// Returns the sink that sets delivered findings to NOTIFIED, or `None` if the option is off.
    pub(crate) fn workflow(&self) -> Result<Option<SecurityHubWorkflow>> {
        if self.config.mark_notified { self.security_hub() } else { Ok(None) }
    }

    /// Returns the sink that tells Security Hub of decisions, or `None` if findings come from a file.
    pub(crate) fn decision_sink(&self) -> Result<Option<Arc<dyn WorkflowSink>>> {
        Ok(self.security_hub()?.map(|workflow| Arc::new(workflow) as Arc<dyn WorkflowSink>))
    }

    /// Changes findings where they come from: what GetFindingsV2 shows need not be in the earlier Security Hub.
    fn security_hub(&self) -> Result<Option<SecurityHubWorkflow>> {
        let Some((api, regions)) = self.config.sources.to_change() else { return Ok(None) };
        let Some((first, others)) = regions.split_first() else { return Ok(None) };
        let aws = need(self.aws.as_ref())?;
        let client = aws.security_hub(first);
        let workflow = match api {
            HubApi::V1 => SecurityHubWorkflow::new(&client),
            HubApi::V2 => SecurityHubWorkflow::v2(&client),
        };
        Ok(Some(others.iter().fold(workflow, |workflow, region| workflow.with_region(&aws.security_hub(region)))))
    }
}

/// Reads the rules for owners; returns none if there is no file.
pub(crate) async fn owners(place: Option<&Input>, aws: Option<&Aws>) -> Result<OwnerRules> {
    let Some(place) = place else { return Ok(OwnerRules::default()) };
    OwnerRules::parse_csv(&input::read(place, aws, "read the owners").await?)
}

/// Returns the renderer of a report's file.
pub(crate) fn renderer(format: Format, guidance: &Guidance, columns: &FindingColumns) -> Arc<dyn ReportRenderer> {
    match format {
        Format::Xlsx => {
            let workbook = XlsxRenderer::new().with_packing_thread().with_columns(columns.clone());
            Arc::new(workbook.with_guidance(guidance.clone()))
        }
        Format::Html => Arc::new(ProjectPage::new().with_guidance(guidance.clone())),
        Format::Csv => Arc::new(CsvRenderer::new().with_columns(columns.clone())),
        Format::Jsonl => Arc::new(JsonlRenderer::new().with_guidance(guidance.clone())),
    }
}

/// Returns the renderer of a file of the report about all projects.
pub(crate) fn organisation_renderer(format: OrganisationFormat) -> Arc<dyn OrganisationRenderer> {
    match format {
        OrganisationFormat::Html => Arc::new(OrganisationPage::new()),
        OrganisationFormat::Xlsx => Arc::new(OrganisationWorkbook::new()),
    }
}
