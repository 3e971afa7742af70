//! A report that an earlier attempt or run delivered: what the history says about it, and how to link to it again.

use jiff::tz::TimeZone;

use super::assign::OwnerShare;
use super::links::ReportAccess;
use super::month::monthly;
use super::outcome::{ProjectOutcome, Step};
use super::parts::Parts;
use super::settings::Settings;
use super::step_error::{StepError, StepExt};
use super::{AnswerSettings, DecisionSettings};
use crate::history::{HistoryQuery, ProjectRun};
use crate::notify::{MonthlyReport, Notification};
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::report::{Certainty, CoverageNotice};
use crate::store::{ArtifactKey, LinkRequest, download_name};
use crate::{Error, ErrorKind, Result};

/// Number of latest runs of a project's history in which the run is searched.
const RUNS: usize = 1_000;

/// A delivered report.
#[derive(Debug)]
pub(super) struct EarlierReport {
    run: ProjectRun,
    /// The runs before it that recipients were told of, oldest first.
    told: Vec<ProjectRun>,
    /// How it is reached now, and the page for answers if there is one.
    pub(super) access: Vec<ReportAccess>,
}

impl EarlierReport {
    /// Finds the report of the present run that `outcome` is about, and how it is reached now.
    pub(super) async fn find(
        parts: &Parts,
        settings: &Settings,
        decisions: Option<&DecisionSettings>,
        outcome: &ProjectOutcome,
        project: &Project,
    ) -> Result<Self, StepError> {
        let (run, told) = find_run(parts, settings, &outcome.project).await.during(Step::History)?;
        let mut access = vec![find_access(parts, settings, outcome, project).await?];
        if let Some(answers) = decisions.and_then(DecisionSettings::answer_page) {
            access.extend(answer_access(parts, settings, answers, outcome).await.during(Step::Link)?);
        }
        Ok(Self { run, told, access })
    }

    /// Fails if the report has to go along with the message, because the link dies too soon: the file is not at hand.
    pub(super) fn require_no_attachment(&self, settings: &Settings) -> Result<()> {
        let now = settings.clock.now();
        if self.access.first().is_some_and(|report| settings.link.needs_attachment(report.end, now)) {
            return Err(Error::new(ErrorKind::Inconsistent, "attach the report")
                .with_message("its file has to be written again"));
        }
        Ok(())
    }

    /// Returns the message about the report, as the first message about it was.
    pub(super) fn notification(
        &self,
        settings: &Settings,
        project: &Project,
        outcome: &ProjectOutcome,
        recipient: Recipient,
    ) -> Notification {
        let mut n = Notification::of_earlier(&project.name, &self.run, recipient);
        n.locale = settings.locale_of(project);
        n.time_zone = settings.zone_of(project);
        n.accounts = outcome.accounts;
        n.certainty = certainty(outcome, n.certainty);
        n.headline.clone_from(&outcome.headline);
        n.previous = self.told.last().cloned();
        n.contact = settings.contact_of(project);
        n.min_severity = project.min_severity;
        n
    }

    /// Returns what those who hear monthly compare it with.
    pub(super) fn monthly(&self, zone: &TimeZone) -> MonthlyReport {
        monthly(self.told.iter(), self.run.at, zone)
    }
}

/// Returns how the report of the present run that `outcome` is about is reached now.
pub(super) async fn find_access(
    parts: &Parts,
    settings: &Settings,
    outcome: &ProjectOutcome,
    project: &Project,
) -> Result<ReportAccess, StepError> {
    let key = find_file(parts, settings, outcome).await.during(Step::Store)?;
    let name = download_name(&project.name, settings.run_id.as_str(), extension(parts).unwrap_or_default());
    fresh_access(parts, settings, outcome, name, key).await.during(Step::Link)
}

/// Returns how the file that shows the part of an owner first is reached now; that of the report if there is none.
pub(super) async fn find_share_access(
    parts: &Parts,
    settings: &Settings,
    outcome: &ProjectOutcome,
    project: &Project,
    share: &OwnerShare,
) -> Result<ReportAccess, StepError> {
    let Some(file) = &share.file else { return find_access(parts, settings, outcome, project).await };
    let (key, name) = share.file_names(&settings.run_id, &outcome.project, extension(parts).unwrap_or_default());
    match check_file(parts, key, Some(file.bytes)).await {
        Ok(key) => fresh_access(parts, settings, outcome, name, key).await.during(Step::Link),
        // the report itself is as good, and may be kept longer
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Inconsistent) => {
            find_access(parts, settings, outcome, project).await
        }
        Err(error) => Err(error).during(Step::Store),
    }
}

/// Returns the run, and those before it that recipients were told of. The history has it under the name of that time.
async fn find_run(parts: &Parts, settings: &Settings, project: &str) -> Result<(ProjectRun, Vec<ProjectRun>)> {
    let query = HistoryQuery { runs: RUNS, ..HistoryQuery::new(project) };
    let mut runs = parts.history_reader.project(&query).await?.runs;
    let at = runs.iter().position(|run| run.run_id == settings.run_id).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "recall the run").with_message("the history does not know it")
    })?;
    // moves only runs after this one, so those before it stay at their places
    let run = runs.swap_remove(at);
    Ok((run, runs.into_iter().take(at).filter(|run| run.told).collect()))
}

/// Returns the key of the report after checking that the report is still stored: a link can be made without it, but
/// would not work.
async fn find_file(parts: &Parts, settings: &Settings, outcome: &ProjectOutcome) -> Result<ArtifactKey> {
    let failed = |kind, message| Error::new(kind, "find the report").with_message(message);
    let extension = extension(parts).ok_or_else(|| failed(ErrorKind::InvalidInput, "there is no renderer"))?;
    let key = ArtifactKey::for_report(&settings.run_id, &outcome.project, extension);
    check_file(parts, key, outcome.report.as_ref().map(|report| report.bytes)).await
}

/// Returns the key of a file after checking that it is stored, with this number of bytes if it is known.
async fn check_file(parts: &Parts, key: ArtifactKey, wanted: Option<u64>) -> Result<ArtifactKey> {
    let failed = |kind, message| Error::new(kind, "find the report").with_message(message);
    match parts.store.size_of(&key).await {
        Ok(Some(bytes)) if wanted.is_none_or(|wanted| wanted == bytes) => Ok(key),
        Ok(Some(_)) => {
            Err(failed(ErrorKind::Inconsistent, "another file is in its place now").with_subject(key.as_str()))
        }
        Ok(None) => {
            Err(failed(ErrorKind::NotFound, "it is no longer kept; check where reports are kept and for how long")
                .with_subject(key.as_str()))
        }
        // credentials that may write reports need not be allowed to read them
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!(error = %error.report(), "whether the report is still kept could not be checked; going on");
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

fn extension(parts: &Parts) -> Option<&'static str> {
    parts.renderers.first().map(|renderer| renderer.format().extension)
}

async fn fresh_access(
    parts: &Parts,
    settings: &Settings,
    outcome: &ProjectOutcome,
    name: String,
    key: ArtifactKey,
) -> Result<ReportAccess> {
    let (policy, now) = (settings.link, settings.clock.now());
    let extension = extension(parts).unwrap_or_default();
    let request = LinkRequest::new(key, policy.ttl, now)
        .with_download_name(name)
        // under the name of that time, where all links to this report are found, and revoked
        .for_report(settings.run_id.clone(), &outcome.project);
    let end = parts.store.link_end(&request).await?;
    policy.refuse_short(end, now)?;
    Ok(ReportAccess { extension, request, end, attachment: None, inbox: None })
}

/// How the page for answers is reached; `None` if the run made none, or it is no longer kept.
async fn answer_access(
    parts: &Parts,
    settings: &Settings,
    answers: &AnswerSettings,
    outcome: &ProjectOutcome,
) -> Result<Option<ReportAccess>> {
    let key = ArtifactKey::for_answers(&settings.run_id, &outcome.project);
    match parts.store.size_of(&key).await {
        Ok(Some(_)) => answers.access(parts, settings, key, &outcome.project).await.map(Some),
        Ok(None) => Ok(None),
        // a link that may lead nowhere is worse than none: the report itself can be returned
        Err(error) => {
            tracing::warn!(error = %error.report(), "whether the page for answers is kept could not be checked; the message goes without its link");
            Ok(None)
        }
    }
}

/// Returns what recipients were told of the run's report. `recorded` is what the history has: early versions kept no
/// more in the ledger than the verdicts on the accounts.
pub(super) fn certainty(outcome: &ProjectOutcome, recorded: Certainty) -> Certainty {
    let mut certainty = outcome.certainty.clone().unwrap_or_else(|| {
        let verdict = outcome.coverage.iter().map(|a| a.verdict).max();
        Certainty { verdict: verdict.unwrap_or(recorded.verdict), ..recorded }
    });
    certainty.notices = outcome.coverage.iter().flat_map(|a| CoverageNotice::of(a.account, &a.regions)).collect();
    certainty
}
