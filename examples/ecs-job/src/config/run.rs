//! The configuration of `run`, and of the subcommands that share it.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use findings_core::desk::Contacts;
use findings_core::ledger::Redo;
use findings_core::notify::Recipient;
use findings_core::pipeline::{InDoubtPolicy, UnownedPolicy};
use findings_core::registry::Rename;
use findings_core::{Locale, RunId, Severity};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

use super::reader::{Reader, given};
use super::values::{boolean, duration};
use super::{
    AudienceConfig, AwsConfig, ConfigError, CoverageConfig, DecisionsConfig, History, Input, Links, Notify,
    NotifyConfig, OrganisationReportConfig, ReportConfig, Reports, ReturnedFiles, RunOutput, Sources, StageName,
    StagingConfig, metrics, places, reading, sources,
};
use crate::metrics::Metrics;
use crate::options::{DecisionsOptions, Options, StagingOptions, UrgentOptions};

/// The checked configuration of a run.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct RunConfig {
    pub(crate) projects: Input,
    pub(crate) renames: Vec<Rename>,
    /// What to print at the end.
    pub(crate) output: RunOutput,
    /// The least severity that an urgent run tells of; `None` for a run that makes reports.
    pub(crate) urgent: Option<Severity>,
    /// The only projects to do, as they were named; empty for all.
    pub(crate) only: Vec<String>,
    pub(crate) sources: Sources,
    /// Names of earlier sources that are gone for good.
    pub(crate) dropped_sources: Vec<String>,
    pub(crate) coverage: CoverageConfig,
    pub(crate) report: ReportConfig,
    pub(crate) organisation: OrganisationReportConfig,
    pub(crate) notify: NotifyConfig,
    pub(crate) audience: AudienceConfig,
    /// The file that says whose findings are inside projects.
    pub(crate) owners: Option<Input>,
    pub(crate) decisions: DecisionsConfig,
    pub(crate) history: History,
    pub(crate) run_id: RunId,
    pub(crate) locale: Locale,
    pub(crate) time_zone: Option<TimeZone>,
    pub(crate) contact: Contacts,
    pub(crate) lease: Duration,
    pub(crate) redo: Option<Redo>,
    /// Whether the run may be a new one although projects are to be done again.
    pub(crate) force: bool,
    pub(crate) grace: Duration,
    pub(crate) held_wait: Duration,
    pub(crate) deadline: Duration,
    pub(crate) timings: bool,
    pub(crate) metrics: Metrics,
    pub(crate) in_doubt: InDoubtPolicy,
    pub(crate) mark_notified: bool,
    pub(crate) lookups: u32,
    pub(crate) unowned: UnownedPolicy,
    /// Percent; `None` for never.
    pub(crate) hold_if_unread: Option<u8>,
    pub(crate) staging: StagingConfig,
    /// The options of the command line, for workers.
    pub(crate) passed: Vec<OsString>,
    s3_path_style: bool,
    /// Whether none of the five main options is set, which selects the sample organisation.
    pub(crate) is_sample: bool,
    /// Whether the ID of the run was given.
    pub(crate) is_named: bool,
    /// The time of the run; `None` for now.
    pub(crate) as_of: Option<Timestamp>,
    /// The folder with the files of the sample organisation as of this run, which is deleted with the last copy of this.
    pub(crate) sample_files: Option<Arc<TempDir>>,
}

impl RunConfig {
    pub(crate) fn resolve(options: &Options, now: Timestamp) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let config = Self::read(options, now, &mut reader);
        reader.finish(config)
    }

    /// Resolves the configuration of a run of only these projects; none for all.
    pub(crate) fn resolve_run(
        options: &Options,
        only: Vec<String>,
        output: RunOutput,
        (urgent, staging): (&UrgentOptions, &StagingOptions),
        now: Timestamp,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let config = Self::read(options, now, &mut reader);
        let config = match urgent_from(urgent, &mut reader) {
            Some(from) => {
                Self { urgent: Some(from), redo: None, run_id: urgent_run_id(config.run_id, &mut reader), ..config }
            }
            None => config,
        };
        check_redo(&only, config.redo, &mut reader);
        let staging = StagingConfig::resolve(staging, StageName::Whole, &mut reader);
        if staging.workers > 1 && config.urgent.is_some() {
            reader.fail("workers", "an urgent run makes no reports, and one process does it; leave --workers out");
        }
        reader.finish(Self { output, only, staging, ..config })
    }

    /// Resolves the configuration of a stage of a run. All stages of a run need its ID.
    pub(crate) fn resolve_stage(
        options: &Options,
        stage: StageName<'_>,
        (staging, only): (&StagingOptions, Vec<String>),
        now: Timestamp,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        if given(options.run_id.as_deref()).is_none() {
            reader.fail("run-id", "missing; all stages of a run need the same one, such as the scheduled time");
        }
        let config = Self::read(options, now, &mut reader);
        let staging = StagingConfig::resolve(staging, stage, &mut reader);
        check_redo(&only, config.redo, &mut reader);
        let mut config = Self { only, staging, ..config };
        config.sources.share_pace(config.staging.stage.processes(config.staging.workers));
        reader.finish(config)
    }

    /// Resolves the configuration for a finished run, whose ID is required.
    pub(crate) fn resolve_finished(options: &Options, now: Timestamp) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        if given(options.run_id.as_deref()).is_none() {
            reader.fail(
                "run-id",
                "missing; name the run whose reports need fresh links, as in its mails and its summary",
            );
        }
        let config = Self::read(options, now, &mut reader);
        reader.finish(config)
    }

    /// Resolves the configuration and the address of the test mail.
    pub(crate) fn resolve_plan(
        options: &Options,
        test_mail: Option<&str>,
        now: Timestamp,
    ) -> Result<(Self, Option<Recipient>), Vec<ConfigError>> {
        let mut reader = Reader::default();
        let config = Self::read(options, now, &mut reader);
        let to = config.notify.test_mail(test_mail, &mut reader);
        reader.finish((config, to))
    }

    /// Resolves the configuration and the returned reports to take.
    pub(crate) fn resolve_decisions(
        options: &Options,
        wanted: &DecisionsOptions,
        now: Timestamp,
    ) -> Result<(Self, ReturnedFiles), Vec<ConfigError>> {
        let mut reader = Reader::default();
        let config = Self::read(options, now, &mut reader);
        if wanted.project.is_some() && given(options.run_id.as_deref()).is_none() {
            reader.fail("run-id", "missing; name the run whose report the files are, as their first page says");
        }
        let files = ReturnedFiles::resolve(wanted, &mut reader);
        reader.finish((config, files))
    }

    fn read(options: &Options, now: Timestamp, reader: &mut Reader) -> Self {
        let is_sample = check_main_options(options, reader);
        let locale = reading::locale(options, reader);
        let projects = reader.read("projects", options.projects.as_deref(), Input::sample(), Input::file);
        let sources = Sources::resolve(options, reader);
        let mark_notified = reader.read("mark-notified", options.mark_notified.as_deref(), false, boolean);
        if let Some(message) = sources.unmarkable().filter(|_| mark_notified) {
            reader.fail("mark-notified", message);
        }
        let renames = options.rename.iter().filter_map(|text| {
            reader.read_optional("rename", Some(text), |text| text.parse::<Rename>().map_err(|e| e.to_string()))
        });
        let renames = renames.collect();
        let report = ReportConfig::resolve(options, reader);
        let history = reader.read("history", options.history.as_deref(), History::default(), places::history);
        if matches!((&report.links, &history), (Links::Redirect(_), History::Sqlite(_))) {
            reader.fail("links", "links through a table need --history dynamodb:TABLE, where they are kept");
        }
        let notify = NotifyConfig::resolve(options, reader);
        let decisions = DecisionsConfig::resolve(options, &report.place, reader);
        Self {
            dropped_sources: sources::dropped(options),
            renames,
            only: Vec::new(),
            urgent: None,
            output: RunOutput::Auto,
            report,
            organisation: OrganisationReportConfig::resolve(options, &notify, reader),
            notify,
            audience: AudienceConfig::resolve(&options.audience, reader),
            owners: reader.read_optional("owners", options.owners.as_deref(), Input::file),
            decisions,
            history,
            run_id: reader
                .read("run-id", options.run_id.as_deref(), RunId::at(now), |t| t.parse().map_err(|e| format!("{e}"))),
            time_zone: reading::time_zone(options, reader, locale),
            coverage: CoverageConfig::resolve(options, &sources, reader),
            sources: sources.with_pace(options, reader),
            contact: reader.read("contact", options.contact.as_deref(), Contacts::default(), str::parse),
            lease: reader.read("lease", options.lease.as_deref(), Duration::from_mins(5), lease),
            redo: if options.force {
                Some(Redo::All)
            } else {
                reader.read_optional("redo", options.redo.as_deref(), redo)
            },
            force: options.force,
            grace: reader.read("grace", options.grace.as_deref(), Duration::from_secs(25), grace),
            held_wait: reader.read("held-wait", options.held_wait.as_deref(), Duration::ZERO, duration),
            deadline: reader.read("deadline", options.deadline.as_deref(), Duration::from_hours(6), deadline),
            timings: options.timings,
            metrics: metrics::read(options.metrics.as_deref(), reader),
            lookups: reader.read("lookups", options.lookups.as_deref(), 300, lookups),
            unowned: reader.read("unowned", options.unowned.as_deref(), UnownedPolicy::default(), unowned),
            hold_if_unread: reader.read("hold-if-unread", options.hold_if_unread.as_deref(), Some(50), share),
            in_doubt: reader.read("in-doubt", options.in_doubt.as_deref(), InDoubtPolicy::default(), in_doubt),
            staging: StagingConfig::default(),
            passed: options.passed.clone(),
            s3_path_style: reader.read("s3-path-style", options.s3_path_style.as_deref(), false, boolean),
            projects,
            mark_notified,
            locale,
            is_sample,
            is_named: given(options.run_id.as_deref()).is_some(),
            as_of: None,
            sample_files: None,
        }
    }

    /// The name of the export of this run: that of its ID, so that a further attempt reads the same one, unless the run is
    /// done again.
    pub(crate) fn export_name(&self) -> String {
        match self.redo {
            None => self.run_id.as_str().to_owned(),
            Some(_) => format!("{}-again-{}", self.run_id.as_str(), Timestamp::now().as_second()),
        }
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        let inputs = [
            Some(&self.projects),
            self.coverage.members.as_ref(),
            self.coverage.accepted_gaps.as_ref(),
            self.owners.as_ref(),
            self.report.guidance.as_ref(),
        ];
        // the other services are most likely in the first Region of the Security Hub source
        let region = self.sources.regions().into_iter().next();
        AwsConfig {
            is_needed: inputs.into_iter().flatten().any(Input::is_s3)
                || self.coverage.organizations
                || !self.sources.are_local()
                || matches!(self.report.place, Reports::S3 { .. })
                || matches!(self.decisions.inbox, Reports::S3 { .. })
                || matches!(self.staging.work, Some(Reports::S3 { .. }))
                || matches!(self.history, History::DynamoDb { .. })
                || self.notify.notifiers.iter().any(|n| matches!(n, Notify::Ses { .. } | Notify::Sns { .. })),
            region,
            s3_path_style: self.s3_path_style,
            link_credentials: self.report.link_credentials.clone(),
        }
    }
}

/// Checks the five main options together and returns whether none is set. A forgotten variable must neither send sample
/// data nor keep the history inside a container, where it is lost.
fn check_main_options(options: &Options, reader: &mut Reader) -> bool {
    let sources = || options.source.iter().filter_map(|text| given(Some(text)));
    let given = [
        ("projects", given(options.projects.as_deref()).is_some()),
        ("source", sources().next().is_some()),
        ("reports", given(options.reports.as_deref()).is_some()),
        ("notify", options.notify.iter().any(|text| given(Some(text)).is_some())),
        ("history", given(options.history.as_deref()).is_some()),
    ];
    let is_sample = given.iter().all(|(_, is)| !is);
    let from_aws = sources()
        .any(|s| ["securityhub:", "securityhub-v2:", "export:", "s3:"].iter().any(|scheme| s.starts_with(scheme)));
    for (flag, is) in given {
        if is || is_sample {
            continue;
        }
        if from_aws {
            reader.fail(
                flag,
                "missing; with a source in AWS all of projects, source, reports, notify and history must be given",
            );
        } else if matches!(flag, "projects" | "source") {
            reader.fail(flag, "missing; the sample data stand in only if none of projects, source, reports, notify and history is given");
        }
    }
    is_sample
}

/// A run that is done again is done again as a whole.
fn check_redo(only: &[String], redo: Option<Redo>, reader: &mut Reader) {
    if !only.is_empty() && redo.is_some() {
        reader.fail(
            "project",
            "it cannot be combined with --redo, which is about a whole run; send fresh links with ecs-job relink --project, or give another --run-id",
        );
    }
}

/// Returns the least severity that an urgent run tells of; `None` if the run makes reports.
fn urgent_from(options: &UrgentOptions, reader: &mut Reader) -> Option<Severity> {
    let is_urgent = reader.read("urgent", options.urgent.as_deref(), false, boolean);
    let from = reader.read("urgent-from", options.urgent_from.as_deref(), Severity::Critical, |text| match text {
        "critical" => Ok(Severity::Critical),
        "high" => Ok(Severity::High),
        _ => Err(format!("\"{text}\" is not known; expected critical or high")),
    });
    is_urgent.then_some(from)
}

/// The ID of an urgent run differs from that of the reports of the same scheduled time.
fn urgent_run_id(run_id: RunId, reader: &mut Reader) -> RunId {
    const URGENT: &str = "urgent-";
    if run_id.as_str().starts_with(URGENT) {
        return run_id;
    }
    format!("{URGENT}{run_id}").parse().unwrap_or_else(|_| {
        reader.fail("run-id", "too long for an urgent run, which puts urgent- in front; give at most 57 characters");
        run_id
    })
}

fn lease(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        lease if lease < Duration::from_secs(15) => {
            Err(format!("{text} is too short to be renewed; give at least 15s"))
        }
        lease => Ok(lease),
    }
}

/// ECS on Fargate waits at most two minutes between SIGTERM and SIGKILL.
fn grace(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        grace if grace > Duration::from_mins(2) => {
            Err(format!("{text} is longer than a task is given to stop; give at most 2m"))
        }
        grace => Ok(grace),
    }
}

fn deadline(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err(format!("{text} leaves no time for anything; give at least 1s")),
        deadline => Ok(deadline),
    }
}

fn redo(text: &str) -> Result<Redo, String> {
    Redo::from_stored(text).ok_or_else(|| format!("\"{text}\" is not known; expected incomplete or all"))
}

fn lookups(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a number of calls, such as 300"))
}

/// Parses `50%`, `50` or `never`.
fn share(text: &str) -> Result<Option<u8>, String> {
    if text == "never" {
        return Ok(None);
    }
    match text.strip_suffix('%').unwrap_or(text).parse() {
        Ok(percent @ 0..=100) => Ok(Some(percent)),
        _ => Err(format!("\"{text}\" is not a share; expected 0% to 100%, such as 50%, or never")),
    }
}

fn unowned(text: &str) -> Result<UnownedPolicy, String> {
    match text {
        "skip" => Ok(UnownedPolicy::Skip),
        "names" => Ok(UnownedPolicy::Names),
        "count" => Ok(UnownedPolicy::Count),
        _ => Err(format!("\"{text}\" is not known; expected skip, names or count")),
    }
}

fn in_doubt(text: &str) -> Result<InDoubtPolicy, String> {
    match text {
        "resend" => Ok(InDoubtPolicy::Resend),
        "skip" => Ok(InDoubtPolicy::Skip),
        _ => Err(format!("\"{text}\" is not known; expected resend or skip")),
    }
}
