//! One project, steps 4 to 8, top to bottom.

use std::collections::HashMap;
use std::sync::Arc;

use super::account_outcome::AccountOutcome;
use super::build_report::{Fetched, Material, build_report};
use super::links::Access;
use super::outcome::{ProjectError, ProjectStatus, Step};
use super::run_all::Run;
use super::{DoubtfulMessageFate, Pipeline, ProjectOutcome, Settings};
use crate::history::{HistoryCommit, HistoryQuery, ProjectHistory, ProjectRun, missing};
use crate::ledger::{Entry, RecordEntry};
use crate::registry::Project;
use crate::report::{Problem, ProblemKind, RenderedReport, Report, ReportRenderer};
use crate::source::AccountFindings;
use crate::store::{ArtifactKey, LinkRequest, PutArtifact, StoredArtifact, download_name};
use crate::timings::{Stage, spawn_blocking};
use crate::{AccountId, Error, ErrorKind, Result, RunId};

type Failure = (Step, Error);

/// An error with the step it happened in.
trait During<T> {
    fn during(self, step: Step) -> Result<T, Failure>;
}

impl<T> During<T> for Result<T> {
    fn during(self, step: Step) -> Result<T, Failure> {
        self.map_err(|error| (step, error))
    }
}

impl Pipeline {
    /// Delivers one project's report. Never fails: what went wrong stands in the outcome.
    pub(super) async fn run_project(
        &self,
        project: &Project,
        accounts: Vec<Arc<AccountFindings>>,
        run: &Run,
    ) -> ProjectOutcome {
        let mut outcome = ProjectOutcome::new(&project.name, project.accounts.len());
        match self.steps(project, accounts, run, &mut outcome).await {
            Ok(()) => outcome,
            Err((step, error)) => outcome.failed(step, &error),
        }
    }

    async fn steps(
        &self,
        project: &Project,
        accounts: Vec<Arc<AccountFindings>>,
        run: &Run,
        outcome: &mut ProjectOutcome,
    ) -> Result<(), Failure> {
        let (parts, timings) = (&self.parts, &self.settings.timings);
        // recall what was reported last
        let query = HistoryQuery::new(&project.name).with_all_runs();
        let history =
            timings.measure(Stage::Recall, parts.history_reader.project(&query)).await.during(Step::History)?;
        let is_superseded = is_superseded(&history, &self.settings.run_id);

        // 4 write the report
        let generated_at = self.settings.clock.now();
        let material = Material {
            project,
            registry_is_whole: run.registry_is_whole,
            accounts: &accounts,
            history,
            // a run that was followed by others is told again against the last of them, and not as if they had not been
            diff_run_id: if is_superseded { RunId::at(generated_at) } else { self.settings.run_id.clone() },
            sources: &self.source_names(),
            coverage: run.coverage.as_ref(),
            generated_at,
        };
        let fetched = timings.measure(Stage::Compare, async { Fetched::of(&material, &self.settings) }).await;
        let unexplained = HashMap::new();
        let fates = self.fates(&missing(&fetched.beside(&material, &unexplained)), run).await;
        let built = async { build_report(material, fetched, &fates, &self.settings) };
        let (report, mut issues) = timings.measure(Stage::Compare, built).await;
        outcome.findings = report.findings.len() as u64;
        outcome.changes = report.changes;
        outcome.coverage =
            report.accounts.iter().map(|a| AccountOutcome::of(a, duplicates_of(&accounts, a.id))).collect();
        outcome.errors.extend(report.problems.iter().map(as_error));
        let about_people = project.problems.iter().filter(|p| !p.hides_accounts);
        outcome.errors.extend(about_people.map(|p| ProjectError::new(Step::Registry, p.to_string())));
        let report = Arc::new(report);
        let Some((first, others)) = parts.renderers.split_first() else { return Err((Step::Render, no_renderer())) };
        let rendered = timings.measure(Stage::Render, render(first, &report)).await.during(Step::Render)?;

        // 5 store it
        let (key, name) = self.names(&report, &rendered);
        let stored = timings.measure(Stage::Store, self.store(&key, &name, &rendered)).await.during(Step::Store)?;
        outcome.report = Some(stored.clone());
        self.keep_further(others, &report, outcome).await;

        // 6 make a link
        let policy = self.settings.link;
        let ask = LinkRequest::new(key, policy.ttl, self.settings.clock.now()).with_download_name(&name);
        let link = timings.measure(Stage::Link, parts.store.link(&ask)).await.during(Step::Link)?;
        outcome.link_expires_at = link.expires_at;
        let attachment = policy.enclosure(&link, ask.now, &rendered, &name).during(Step::Link)?;
        let access = Access { link, attachment };
        // a large file must not stay in memory while the messages go out
        drop(rendered);

        // 7 tell the project's people
        timings.measure(Stage::Notify, self.tell_people(project, &report, &access, run, outcome)).await;
        if !run.lost.is_cancelled() {
            self.mark_notified(&report, &mut issues, outcome).await;
        }
        outcome.status = status(project, &report, outcome);

        // 8 remember, but only what people have seen
        if run.lost.is_cancelled() {
            return Err((Step::Run, lease_lost()));
        }
        if outcome.status != ProjectStatus::Failed {
            if is_superseded {
                tracing::warn!(project = %project.name, "later runs are remembered; this one is delivered again and changes nothing in the history");
            } else {
                let commit = HistoryCommit::new(&project.name, project_run(&report, &stored), issues);
                // everybody has them: no need to hold a large project's findings beside its history
                drop((report, accounts));
                timings.measure(Stage::Remember, parts.history_sink.commit(&commit)).await.during(Step::History)?;
            }
            if !outcome.has_unsent {
                self.mark_done(outcome).await.during(Step::History)?;
            }
        }
        Ok(())
    }

    /// Stores the report in its other formats. One that fails is told and keeps nobody from the first.
    async fn keep_further(
        &self,
        renderers: &[Arc<dyn ReportRenderer>],
        report: &Arc<Report>,
        outcome: &mut ProjectOutcome,
    ) {
        for renderer in renderers {
            match self.keep(renderer, report).await {
                Ok(stored) => outcome.further_reports.push(stored),
                Err((step, error)) => {
                    let message = format!("as {}: {}", renderer.format().extension, error.report());
                    outcome.errors.push(ProjectError::new(step, message));
                }
            }
        }
    }

    async fn keep(&self, renderer: &Arc<dyn ReportRenderer>, report: &Arc<Report>) -> Result<StoredArtifact, Failure> {
        let timings = &self.settings.timings;
        let rendered = timings.measure(Stage::Render, render(renderer, report)).await.during(Step::Render)?;
        let (key, name) = self.names(report, &rendered);
        timings.measure(Stage::Store, self.store(&key, &name, &rendered)).await.during(Step::Store)
    }

    fn names(&self, report: &Report, rendered: &RenderedReport) -> (ArtifactKey, String) {
        let extension = rendered.format.extension;
        let key = ArtifactKey::for_report(&self.settings.run_id, &report.project, extension);
        (key, download_name(&report.project, self.settings.run_id.as_str(), extension))
    }

    async fn store(&self, key: &ArtifactKey, name: &str, rendered: &RenderedReport) -> Result<StoredArtifact> {
        let put =
            PutArtifact::new(key.clone(), rendered.body.clone(), rendered.format.media_type).with_download_name(name);
        self.parts.store.put(&put).await
    }

    async fn mark_done(&self, outcome: &ProjectOutcome) -> Result<()> {
        let json = serde_json::to_string(outcome)
            .map_err(|e| Error::new(ErrorKind::Other, "write a project's outcome").with_source(e))?;
        let entry = Entry::ProjectDone { project: outcome.project.clone(), outcome: json };
        let Settings { run_id, owner, .. } = &self.settings;
        self.parts.ledger.record(&RecordEntry::new(run_id.clone(), owner, entry)).await
    }
}

/// Whether a run that is forced is not the last one of the project: doing it again must not rewrite what came after it.
fn is_superseded(history: &ProjectHistory, run_id: &RunId) -> bool {
    let own = history.runs.iter().position(|run| run.run_id == *run_id);
    own.is_some_and(|own| own + 1 < history.runs.len())
}

fn no_renderer() -> Error {
    Error::new(ErrorKind::InvalidInput, "render the report").with_message("there is no renderer")
}

/// Somebody else may work on the run by now, and would send and remember the same.
pub(super) fn lease_lost() -> Error {
    Error::new(ErrorKind::Conflict, "go on with the run")
        .with_message("its lease was lost; another task may work on it")
}

/// Renders on a thread where it may block, and checks that no finding was lost.
async fn render(renderer: &Arc<dyn ReportRenderer>, report: &Arc<Report>) -> Result<RenderedReport> {
    let (renderer, input) = (renderer.clone(), report.clone());
    let rendered = spawn_blocking(move || renderer.render(&input)).await.map_err(|e| {
        Error::new(ErrorKind::Other, "render the report").with_message("the renderer panicked").with_source(e)
    })??;
    if rendered.rows != report.findings.len() as u64 {
        let message = format!("{} of {} findings are in the file", rendered.rows, report.findings.len());
        return Err(Error::new(ErrorKind::Inconsistent, "render the report").with_message(message));
    }
    Ok(rendered)
}

fn status(project: &Project, report: &Report, outcome: &ProjectOutcome) -> ProjectStatus {
    let perhaps = outcome.in_doubt.iter().any(|message| message.fate == DoubtfulMessageFate::Skipped);
    let nobody = outcome.notified.is_empty() && !perhaps && !project.recipients.is_empty();
    match (nobody, report.is_complete() && outcome.errors.is_empty()) {
        (true, _) => ProjectStatus::Failed,
        (false, true) => ProjectStatus::Ok,
        (false, false) => ProjectStatus::Incomplete,
    }
}

fn project_run(report: &Report, stored: &StoredArtifact) -> ProjectRun {
    let mut run = ProjectRun::new(report.run_id.clone(), report.generated_at);
    run.complete = report.is_complete();
    run.incomplete_accounts = report.accounts.iter().filter(|a| !a.shows_what_is_gone()).map(|a| a.id).collect();
    run.counts = report.counts();
    run.changes = report.changes;
    run.report.clone_from(&stored.location);
    run
}

fn duplicates_of(accounts: &[Arc<AccountFindings>], account: AccountId) -> u64 {
    accounts.iter().find(|a| a.account == account).map_or(0, |a| a.duplicates)
}

fn as_error(problem: &Problem) -> ProjectError {
    let step = match problem.kind {
        ProblemKind::RegistryLine | ProblemKind::NoAccount => Step::Registry,
        ProblemKind::AccountNotFetched | ProblemKind::UnreadableFinding => Step::Fetch,
        ProblemKind::Coverage(_) => Step::Coverage,
    };
    let message = match &problem.region {
        Some(region) => format!("{region}: {}", problem.detail),
        None => problem.detail.clone(),
    };
    ProjectError { step, account: problem.account, message }
}
