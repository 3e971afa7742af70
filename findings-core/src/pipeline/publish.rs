//! Steps 4 to 6: renders the report, stores its files, and prepares the links to the first and to the page for answers.

use std::sync::Arc;

use super::DecisionSettings;
use super::assign::OwnerShare;
use super::context::RunContext;
use super::links::ReportAccess;
use super::outcome::{ProjectError, Step};
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::blocking;
use crate::report::{RenderedReport, Report, ReportRenderer};
use crate::store::{ArtifactKey, LinkRequest, PutArtifact, StoredArtifact, download_name};
use crate::{Error, ErrorKind, Result};

/// The files of a report.
#[derive(Debug)]
pub(super) struct StoredReport {
    /// The file that recipients get a link to.
    pub(super) report: StoredArtifact,
    /// The files in other formats.
    pub(super) further: Vec<StoredArtifact>,
    /// The page in which the project answers, if there is one.
    pub(super) answers: Option<ArtifactKey>,
    /// Errors of the page and of other formats. They do not prevent delivery of the first.
    pub(super) errors: Vec<ProjectError>,
}

/// Renders and stores the report in every format. Returns the first rendered file, because it may be attached to
/// messages.
pub(super) async fn publish(
    run: &RunContext<'_>,
    report: &Arc<Report>,
) -> Result<(StoredReport, RenderedReport), StepError> {
    let Some((first, others)) = run.parts.renderers.split_first() else {
        return Err(no_renderer()).during(Step::Render);
    };
    let rendered = run.measure(Stage::Render, render(first, report)).await.during(Step::Render)?;
    let stored = store(run, report, &rendered).await?;
    let mut stored = StoredReport { report: stored, further: Vec::new(), answers: None, errors: Vec::new() };
    // one after the other, so that only one of these files is in memory at a time
    for renderer in others {
        match publish_further(run, renderer, report).await {
            Ok(further) => stored.further.push(further),
            Err(StepError { step, error }) => {
                let message = format!("as {}: {}", renderer.format().extension, error.report());
                stored.errors.push(ProjectError::new(step, message));
            }
        }
    }
    match publish_answers(run, report).await {
        Ok(answers) => stored.answers = answers,
        Err(StepError { step, error }) => {
            stored.errors.push(ProjectError::new(step, format!("page for answers: {}", error.report())));
        }
    }
    Ok((stored, rendered))
}

/// Renders and stores, for each owner who is told, the file that shows their part first. Without it, an owner gets a link to
/// the report as it is, so that a failure is an error of the project and does not prevent anything.
pub(super) async fn publish_shares(
    run: &RunContext<'_>,
    report: &Arc<Report>,
    shares: &mut [OwnerShare],
    stored: &mut StoredReport,
) {
    let Some(renderer) = run.parts.renderers.first().filter(|_| !shares.is_empty()) else { return };
    if !renderer.shows_views() {
        return;
    }
    // one after the other, so that only one of these files is in memory at a time
    for share in shares {
        match publish_share(run, renderer, report, share).await {
            Ok(file) => share.file = Some(file),
            Err(StepError { step, error }) => {
                let message = format!("part of {}: {}", share.recipient, error.report());
                stored.errors.push(ProjectError::new(step, message));
            }
        }
    }
}

async fn publish_share(
    run: &RunContext<'_>,
    renderer: &Arc<dyn ReportRenderer>,
    report: &Arc<Report>,
    share: &OwnerShare,
) -> Result<StoredArtifact, StepError> {
    let mut view = (**report).clone();
    view.view = Some(share.part.owner.clone());
    let rendered = run.measure(Stage::Render, render(renderer, &Arc::new(view))).await.during(Step::Render)?;
    let (key, name) = share.file_names(&run.settings.run_id, &report.project, rendered.format.extension);
    let put = PutArtifact::new(key, rendered.body, rendered.format.media_type).with_download_name(name);
    run.measure(Stage::Store, run.parts.store.put(&put)).await.during(Step::Store)
}

/// Stores the page in which the project answers. Returns its key; `None` if there is none.
async fn publish_answers(run: &RunContext<'_>, report: &Arc<Report>) -> Result<Option<ArtifactKey>, StepError> {
    let Some(answers) = run.decisions.and_then(DecisionSettings::answer_page) else { return Ok(None) };
    let rendered = run.measure(Stage::Render, render(&answers.renderer, report)).await.during(Step::Render)?;
    let key = ArtifactKey::for_answers(&run.settings.run_id, &report.project);
    let put = PutArtifact::new(key.clone(), rendered.body, rendered.format.media_type).shown();
    run.measure(Stage::Store, run.parts.store.put(&put)).await.during(Step::Store)?;
    Ok(Some(key))
}

async fn publish_further(
    run: &RunContext<'_>,
    renderer: &Arc<dyn ReportRenderer>,
    report: &Arc<Report>,
) -> Result<StoredArtifact, StepError> {
    let rendered = run.measure(Stage::Render, render(renderer, report)).await.during(Step::Render)?;
    store(run, report, &rendered).await
}

/// Finds out when links to the report end, and attaches the file if they end too soon. Otherwise drops the file: a large
/// one must not stay in memory while messages are sent.
pub(super) async fn link(
    run: &RunContext<'_>,
    report: &Report,
    rendered: RenderedReport,
) -> Result<ReportAccess, StepError> {
    let policy = run.settings.link;
    let (key, name) = names(run, report, &rendered);
    let request = LinkRequest::new(key, policy.ttl, run.settings.clock.now())
        .with_download_name(&name)
        .for_report(run.settings.run_id.clone(), &report.project);
    let end = run.measure(Stage::Link, run.parts.store.link_end(&request)).await.during(Step::Link)?;
    let attachment = policy.attachment(end, request.now, &rendered, &name).during(Step::Link)?;
    Ok(ReportAccess { extension: rendered.format.extension, request, end, attachment, inbox: None })
}

/// Prepares the links to the page in which the project answers.
pub(super) async fn link_answers(
    run: &RunContext<'_>,
    report: &Report,
    key: Option<&ArtifactKey>,
) -> Result<Option<ReportAccess>, StepError> {
    let (Some(key), Some(answers)) = (key, run.decisions.and_then(DecisionSettings::answer_page)) else {
        return Ok(None);
    };
    let access = answers.access(run.parts, run.settings, key.clone(), &report.project);
    run.measure(Stage::Link, access).await.during(Step::Link).map(Some)
}

async fn store(run: &RunContext<'_>, report: &Report, rendered: &RenderedReport) -> Result<StoredArtifact, StepError> {
    let (key, name) = names(run, report, rendered);
    let put = PutArtifact::new(key, rendered.body.clone(), rendered.format.media_type).with_download_name(name);
    run.measure(Stage::Store, run.parts.store.put(&put)).await.during(Step::Store)
}

fn names(run: &RunContext<'_>, report: &Report, rendered: &RenderedReport) -> (ArtifactKey, String) {
    let (run_id, extension) = (&run.settings.run_id, rendered.format.extension);
    let key = ArtifactKey::for_report(run_id, &report.project, extension);
    (key, download_name(&report.project, run_id.as_str(), extension))
}

/// Renders on a blocking thread, and checks that no finding was lost.
async fn render(renderer: &Arc<dyn ReportRenderer>, report: &Arc<Report>) -> Result<RenderedReport> {
    let (renderer, input) = (renderer.clone(), report.clone());
    let rendered = blocking::run("render the report", move || renderer.render(&input)).await?;
    if rendered.rows != report.findings.len() as u64 {
        let message = format!("{} of {} findings are in the file", rendered.rows, report.findings.len());
        return Err(Error::new(ErrorKind::Inconsistent, "render the report").with_message(message));
    }
    Ok(rendered)
}

fn no_renderer() -> Error {
    Error::new(ErrorKind::InvalidInput, "render the report").with_message("there is no renderer")
}

/// Checks that there is a renderer and that extensions differ: files with equal extensions would overwrite each other.
pub(super) fn check_renderers(renderers: &[Arc<dyn ReportRenderer>]) -> Result<()> {
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
