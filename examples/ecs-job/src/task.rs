//! The task that the command line asks for.

use findings_core::notify::Recipient;
use findings_core::{Result, RunId};
use jiff::Timestamp;

use crate::compare::TwoRuns;
use crate::config::{
    ConfigError, DirectoryConfig, EnrollConfig, ExportConfig, FindingsConfig, HistoryConfig, KnowledgeConfig,
    NewConfig, OrganisationConfig, OverdueConfig, PublishConfig, RedirectConfig, RegistryConfig, ReturnedFiles,
    RevokeConfig, RunConfig, StageName, StatusConfig,
};
use crate::enroll::Enroll;
use crate::logging::LoggedRun;
use crate::messages::MessagesFilter;
use crate::opened::OpenedFilter;
use crate::options::{Command, CompareOptions, GivenOption, GuidanceCommand, Options, RegistryTask, TopicsOptions};
use crate::output::Output;
use crate::preview::Wanted;
use crate::progress::Progress;
use crate::status::StatusFilter;
use crate::{
    COULD_NOT_START, compare, coverage, decisions, doctor, ending, enroll, export, findings, guidance, history,
    messages, opened, organisation, overdue, plan, preview, redirect, registry, relink, revoke, run, sample, settings,
    setup, status, topics,
};

/// A subcommand and its resolved configuration.
#[derive(Debug)]
pub(crate) enum Task {
    Run(RunConfig),
    /// With the address of the test mail.
    Plan(RunConfig, Option<Recipient>),
    Preview(RunConfig, Wanted),
    Setup(RunConfig),
    /// The configuration may be unusable: that is among what is printed.
    Doctor(Result<RunConfig, Vec<ConfigError>>, Vec<GivenOption>),
    CheckRegistry(RegistryConfig, Output),
    FromOrganizations(DirectoryConfig),
    Status(HistoryConfig, StatusFilter, Output),
    /// With whether covered accounts are listed, too.
    Coverage(RunConfig, Output, bool),
    Relink(RunConfig, Option<String>),
    History(HistoryConfig, Option<String>, Output),
    Opened(HistoryConfig, OpenedFilter, Output),
    Messages(HistoryConfig, MessagesFilter, Output),
    Findings(FindingsConfig, Output),
    Compare(HistoryConfig, TwoRuns, Output),
    Export(ExportConfig),
    Redirect(RedirectConfig),
    Revoke(RevokeConfig),
    Overdue(OverdueConfig),
    Organisation(OrganisationConfig, Output),
    Decisions(RunConfig, ReturnedFiles, Output),
    Enroll(EnrollConfig, Enroll),
    GuidanceStatus(StatusConfig, Output),
    GuidanceNew(NewConfig),
    GuidancePublish(PublishConfig),
    Topics(KnowledgeConfig, TopicsOptions),
}

impl Task {
    pub(crate) fn prepare(command: Command, options: &Options) -> Result<Self, Vec<ConfigError>> {
        let now = Timestamp::now();
        let config = || RunConfig::resolve(options, now);
        Ok(match command {
            Command::Run { project, output, urgent, staging } => {
                Self::Run(RunConfig::resolve_run(options, project, output, (&urgent, &staging), now)?)
            }
            Command::Fetch { project, staging } => {
                Self::Run(RunConfig::resolve_stage(options, StageName::Fetch, (&staging, project), now)?)
            }
            Command::Deliver { batch, staging } => {
                Self::Run(RunConfig::resolve_stage(options, StageName::Deliver(&batch), (&staging, Vec::new()), now)?)
            }
            Command::Finish { output, staging } => {
                let mut config = RunConfig::resolve_stage(options, StageName::Finish, (&staging, Vec::new()), now)?;
                config.output = output;
                Self::Run(config)
            }
            Command::Plan { test_mail, project } => {
                let (mut config, to) = RunConfig::resolve_plan(options, test_mail.as_deref(), now)?;
                config.only = project;
                Self::Plan(config, to)
            }
            Command::Preview { project, out } => Self::Preview(config()?, Wanted { project, out }),
            Command::Setup => Self::Setup(config()?),
            // `main` has done the other two
            Command::Doctor | Command::Completions { .. } | Command::Man { .. } => {
                Self::Doctor(config(), options.given.clone())
            }
            Command::Coverage { output, all } => Self::Coverage(config()?, output, all),
            Command::Registry { task: RegistryTask::Check { output } } => {
                Self::CheckRegistry(RegistryConfig::resolve(options)?, output)
            }
            Command::Registry { task: RegistryTask::FromOrganizations(wanted) } => {
                Self::FromOrganizations(DirectoryConfig::resolve(&wanted)?)
            }
            Command::Status { project, output } => {
                let (config, run_id) = HistoryConfig::resolve_of_run(options, false)?;
                Self::Status(config, StatusFilter { project, run_id }, output)
            }
            Command::Relink { project } => Self::Relink(RunConfig::resolve_finished(options, now)?, project),
            Command::History { project, opened: true, output, .. } => {
                let (config, run_id) = HistoryConfig::resolve_of_run(options, true)?;
                Self::Opened(config, OpenedFilter { project, run_id }, output)
            }
            Command::History { project: Some(project), messages: true, output, .. } => {
                let (config, run_id) = HistoryConfig::resolve_of_run(options, false)?;
                Self::Messages(config, MessagesFilter { project, run_id }, output)
            }
            Command::History { project, output, .. } => {
                Self::History(HistoryConfig::resolve(options)?, project, output)
            }
            Command::Redirect { listen } => Self::Redirect(RedirectConfig::resolve(options, &listen)?),
            Command::Revoke { link, project } => {
                Self::Revoke(RevokeConfig::resolve(options, link.as_deref(), project)?)
            }
            Command::Overdue { after } => Self::Overdue(OverdueConfig::resolve(options, &after)?),
            Command::Organisation { weeks, output } => {
                Self::Organisation(OrganisationConfig::resolve(options, &weeks, now)?, output)
            }
            Command::Findings(wanted) => Self::Findings(FindingsConfig::resolve(options, &wanted)?, wanted.output),
            Command::Compare(CompareOptions { runs, details, output }) => {
                let (config, runs) = HistoryConfig::resolve_of_two_runs(options, &runs)?;
                Self::Compare(config, TwoRuns { runs, details }, output)
            }
            Command::Decisions(wanted) => {
                let (config, files) = RunConfig::resolve_decisions(options, &wanted, now)?;
                Self::Decisions(config, files, wanted.output)
            }
            Command::Guidance { what: GuidanceCommand::Status(wanted) } => {
                Self::GuidanceStatus(StatusConfig::resolve(options, &wanted, now)?, wanted.output)
            }
            Command::Guidance { what: GuidanceCommand::New(wanted) } => {
                Self::GuidanceNew(NewConfig::resolve(options, &wanted)?)
            }
            Command::Guidance { what: GuidanceCommand::Publish(wanted) } => {
                Self::GuidancePublish(PublishConfig::resolve(options, &wanted)?)
            }
            Command::Topics(wanted) => Self::Topics(KnowledgeConfig::resolve(options, now)?, wanted),
            Command::Export { output } => Self::Export(ExportConfig::resolve(options, &output)?),
            Command::Enroll(enroll_options) => Self::Enroll(EnrollConfig::resolve(options)?, enroll_options),
        })
    }

    /// Returns the run that the task works on, if it does.
    pub(crate) fn run_id(&self) -> Option<&RunId> {
        match self {
            Self::Run(config) | Self::Relink(config, _) => Some(&config.run_id),
            _ => None,
        }
    }

    /// Puts the sample organisation of today in place of its files, if the task reads them.
    fn with_sample(self) -> Result<Self> {
        Ok(match self {
            Self::Run(config) => Self::Run(sample::today(config)?),
            Self::Plan(config, to) => Self::Plan(sample::today(config)?, to),
            Self::Preview(config, wanted) => Self::Preview(sample::today(config)?, wanted),
            Self::Coverage(config, output, all) => Self::Coverage(sample::today(config)?, output, all),
            Self::Doctor(Ok(config), given) => Self::Doctor(Ok(sample::today(config)?), given),
            other => other,
        })
    }

    /// Performs the task and returns the exit code.
    pub(crate) async fn perform(self, progress: Progress, logged: &LoggedRun) -> u8 {
        let task = match self.with_sample() {
            Ok(task) => task,
            Err(error) => {
                ending::print_errors("the sample organisation is not usable", &[settings::failure(&error)]);
                return COULD_NOT_START;
            }
        };
        match task {
            Self::Run(config) => Box::pin(run::run(config, progress, logged)).await,
            Self::Plan(config, test_mail) => plan::plan(&config, test_mail.as_ref()).await,
            Self::CheckRegistry(config, output) => registry::check(&config, output).await,
            Self::FromOrganizations(config) => registry::from_organizations(&config).await,
            Self::Status(config, filter, output) => status::status(&config, &filter, output).await,
            Self::Preview(config, wanted) => preview::preview(&config, &wanted).await,
            Self::Setup(config) => setup::setup(&config).await,
            Self::Doctor(config, given) => Box::pin(doctor::doctor(config, &given)).await,
            Self::Coverage(config, output, all) => coverage::coverage(&config, output, all).await,
            Self::Relink(config, project) => relink::relink(&config, project.as_deref()).await,
            Self::History(config, project, output) => history::history(&config, project.as_deref(), output).await,
            Self::Opened(config, filter, output) => opened::opened(&config, &filter, output).await,
            Self::Messages(config, filter, output) => messages::messages(&config, &filter, output).await,
            Self::Findings(config, output) => findings::findings(&config, output).await,
            Self::Compare(config, wanted, output) => compare::compare(&config, &wanted, output).await,
            Self::Export(config) => export::export(&config).await,
            Self::Redirect(config) => redirect::redirect(&config).await,
            Self::Revoke(config) => revoke::revoke(&config).await,
            Self::Overdue(config) => overdue::overdue(&config).await,
            Self::Organisation(config, output) => organisation::organisation(&config, output).await,
            Self::Decisions(config, files, output) => decisions::decisions(&config, &files, output).await,
            Self::GuidanceStatus(config, output) => guidance::status(&config, output).await,
            Self::GuidanceNew(config) => guidance::new(&config).await,
            Self::GuidancePublish(config) => guidance::publish(&config).await,
            Self::Topics(config, wanted) => topics::topics(&config, wanted.new, wanted.output).await,
            Self::Enroll(config, enroll_options) => enroll::enroll(&config, &enroll_options).await,
        }
    }
}
