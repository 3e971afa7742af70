//! Makes fresh links to the reports of a delivered run and mails them.

use super::dispatch::Dispatch;
use super::earlier_report::EarlierReport;
use super::edition::ReportEdition;
use super::heard::Heard;
use super::links::ReportAccess;
use super::outcome::{ProjectError, ProjectOutcome, Step};
use super::parts::Wiring;
use super::step_error::StepError;
use super::stop::Stop;
use super::summary::Summary;
use super::tell::{Audience, Listener, MessageResults, tell};
use crate::ledger::{LedgerEntry, ProgressQuery};
use crate::notify::MonthlyReport;
use crate::registry::{Project, project_key};
use crate::{Error, ErrorKind, NotifyWhen, Result};

const RELINK: &str = "make fresh links for the run";

/// Makes fresh links to the reports of a run and mails them to the current recipients. `only` names the project; `None`
/// means all projects of the run.
pub(super) async fn relink(wiring: &Wiring, only: Option<&str>) -> Result<Summary> {
    let Wiring { parts, settings, .. } = wiring;
    let started_at = settings.clock.now();
    let delivered = delivered_outcomes(wiring, only).await?;
    let registry = parts.registry.load().await?.with_renames(&settings.renames)?;
    settings.link.check(&*parts.store, started_at).await?;
    let dispatch = Dispatch::repeatable(wiring, Stop::new(settings));
    let mut outcomes = Vec::new();
    for earlier in delivered {
        let project = find_project(&registry.projects, &earlier.project);
        let results = match project {
            Some(project) => relink_project(wiring, &dispatch, &earlier, project).await,
            None => RelinkResults::failed(not_registered()),
        };
        outcomes.push(results.into_outcome(earlier));
    }
    let note = "fresh links to the reports of this run were sent";
    let mut summary = Summary::idle(settings.run_id.clone(), started_at, note);
    summary.status = Summary::status_of(&outcomes, &[]);
    summary.finished_at = settings.clock.now();
    summary.projects = outcomes;
    Ok(summary)
}

/// Returns the project that the run knew under this name, which may be another spelling or an earlier name now.
fn find_project<'a>(projects: &'a [Project], name: &str) -> Option<&'a Project> {
    let key = project_key(name);
    let own = projects.iter().find(|project| project_key(&project.name) == key);
    // last: a name of a project is no earlier name of another
    own.or_else(|| projects.iter().find(|project| project.is_called(name)))
}

/// Returns the outcomes of the run's delivered projects, sorted by name.
async fn delivered_outcomes(wiring: &Wiring, only: Option<&str>) -> Result<Vec<ProjectOutcome>> {
    let run_id = &wiring.settings.run_id;
    let progress = wiring.parts.ledger.progress(&ProgressQuery::new(run_id.clone())).await?;
    let outcome = |entry: &LedgerEntry| match entry {
        LedgerEntry::ProjectDone { project, outcome } => match serde_json::from_str::<ProjectOutcome>(outcome) {
            Ok(outcome) => Some(outcome),
            Err(error) => {
                tracing::warn!(%project, %error, "an unreadable entry of the ledger; the project gets no fresh link");
                None
            }
        },
        LedgerEntry::Message(_) => None,
    };
    let mut all: Vec<ProjectOutcome> = progress.entries.iter().filter_map(outcome).collect();
    all.sort_by(|a, b| a.project.cmp(&b.project));
    let missing =
        |message: String| Error::new(ErrorKind::NotFound, RELINK).with_subject(run_id.as_str()).with_message(message);
    if all.is_empty() {
        return Err(missing("no project of this run was delivered; check the run ID".to_owned()));
    }
    let Some(name) = only else { return Ok(all) };
    let names = all.iter().map(|p| p.project.as_str()).collect::<Vec<_>>().join(", ");
    let message = format!("it delivered nothing to a project \"{name}\"; it delivered to: {names}");
    all.retain(|p| project_key(&p.project) == project_key(name));
    if all.is_empty() { Err(missing(message)) } else { Ok(all) }
}

/// The results of the steps of one project that were done.
#[derive(Debug, Default)]
struct RelinkResults {
    access: Vec<ReportAccess>,
    messages: Option<MessageResults>,
    failure: Option<StepError>,
}

impl RelinkResults {
    fn failed(failure: StepError) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// Builds the outcome: the earlier one, with the results of the fresh link.
    fn into_outcome(self, earlier: ProjectOutcome) -> ProjectOutcome {
        let messages = self.messages.unwrap_or_default();
        let outcome = ProjectOutcome {
            // a fresh link that reached no recipient has failed, even if the registry names none
            status: messages.status(true, messages.errors.is_empty()),
            link_expires_at: self.access.first().and_then(|report| report.end.expires_at),
            notified: messages.notified,
            silent: messages.silent,
            in_doubt: messages.in_doubt,
            errors: messages.errors,
            ..earlier
        };
        match self.failure {
            Some(StepError { step, error }) => outcome.failed(step, &error),
            None => outcome,
        }
    }
}

/// Makes a fresh link for one project and mails it. Chat channels are left out.
async fn relink_project(
    wiring: &Wiring,
    dispatch: &Dispatch<'_>,
    earlier: &ProjectOutcome,
    project: &Project,
) -> RelinkResults {
    let Wiring { parts, settings, .. } = wiring;
    let report = match EarlierReport::find(parts, settings, wiring.decisions.as_ref(), earlier, project).await {
        Ok(report) => report,
        Err(failure) => return RelinkResults::failed(failure),
    };
    // channels never get the link, so there is nothing new for them
    let mut addresses = project.recipients.iter().filter(|r| r.channel().is_none()).peekable();
    let messages = match addresses.peek() {
        Some(first) => {
            let mut notification = report.notification(settings, project, earlier, (*first).clone());
            notification.relinked_at = Some(settings.clock.now());
            // an operator asks for it, so everybody gets it, whatever they chose
            let audience = Audience {
                listeners: addresses.map(|recipient| Listener::new(recipient, NotifyWhen::Always)).collect(),
                heard: Heard::NotAsked,
                monthly: MonthlyReport::default(),
            };
            tell(dispatch, notification, &report.access, &ReportEdition::of(earlier), audience).await
        }
        None => no_mail_address(),
    };
    RelinkResults { access: report.access, messages: Some(messages), failure: None }
}

fn not_registered() -> StepError {
    let error = Error::new(ErrorKind::NotFound, "find the project in the registry")
        .with_message("it is no longer there, so that nobody is told");
    StepError { step: Step::Registry, error }
}

fn no_mail_address() -> MessageResults {
    let message = "the registry names no mail address, so that nobody was told; add one";
    MessageResults { errors: vec![ProjectError::new(Step::Notify, message)], ..MessageResults::default() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::parts::Parts;
    use super::super::settings::Settings;
    use super::*;
    use crate::memory::{
        MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemorySource, MemoryStore, TextRenderer,
    };
    use crate::pipeline::{FixedClock, LinkPolicy, Pipeline, RunOutcome, ShortLinkPolicy};
    use crate::source::{Budget, Lane, Sweep};
    use crate::{AccountId, Finding};

    /// Projects "a" and "b" with these recipients.
    fn projects(recipients: &[&str]) -> Vec<Project> {
        let account: AccountId = "000000000001".parse().unwrap();
        let recipients = || recipients.iter().map(|r| r.parse().unwrap());
        ["a", "b"].map(|name| Project::new(name).with_accounts([account]).with_recipients(recipients())).into()
    }

    /// Returns parts with a delivered run "one".
    async fn delivered_run() -> (Parts, MemoryNotifier) {
        let (history, notifier) = (MemoryHistory::new(), MemoryNotifier::new());
        let source = MemorySource::new(vec![Finding::new("000000000001".parse().unwrap(), "f")]);
        let parts = Parts {
            ledger: Arc::new(MemoryLedger::new()),
            registry: Arc::new(MemoryRegistry::new(projects(&["old@example.com"]))),
            coverage: None,
            sweep: Sweep::new(vec![Lane::new("test", Arc::new(source), Budget::unlimited())]),
            renderers: vec![Arc::new(TextRenderer)],
            store: Arc::new(MemoryStore::new()),
            notifiers: vec![Arc::new(notifier.clone())],
            history_sink: Arc::new(history.clone()),
            history_reader: Arc::new(history),
        };
        let done = pipeline(&parts, "one", "2026-11-23T00:00:00Z").run().await.unwrap();
        assert!(matches!(done, RunOutcome::Done(summary) if summary.exit_code() == 0));
        (parts, notifier)
    }

    fn pipeline(parts: &Parts, run_id: &str, now: &str) -> Pipeline {
        let mut settings = Settings::new(run_id.parse().unwrap(), "me");
        settings.clock = Arc::new(FixedClock(now.parse().unwrap()));
        settings.link = LinkPolicy::new(Duration::from_hours(24));
        Pipeline::new(parts.clone(), settings)
    }

    #[tokio::test]
    async fn relink_mails_current_recipients() {
        let (mut parts, notifier) = delivered_run().await;
        parts.registry = Arc::new(MemoryRegistry::new(projects(&["new@example.com", "slack:x"])));
        let summary = pipeline(&parts, "one", "2026-11-30T00:00:00Z").relink(Some("b")).await.unwrap();
        assert_eq!((summary.projects.len(), summary.exit_code()), (1, 0));
        assert_eq!(summary.projects[0].notified, ["new@example.com"]);
        let end = "2026-12-01T00:00:00Z".parse().unwrap();
        assert_eq!(summary.projects[0].link_expires_at, Some(end));
        let sent = notifier.sent().pop().unwrap();
        assert_eq!((sent.project.as_str(), sent.counts.total(), sent.changes.new), ("b", 1, 1));
        assert_eq!(sent.generated_at, "2026-11-23T00:00:00Z".parse().unwrap());
        assert_eq!(sent.relinked_at, Some("2026-11-30T00:00:00Z".parse().unwrap()));
        assert!(sent.is_complete() && sent.link.unwrap().expires_at == Some(end));
        assert_eq!(notifier.sent().len(), 3, "two messages of the run and one with the fresh link");
    }

    #[tokio::test]
    async fn relink_refuses_undelivered_run_and_project() {
        let (parts, _) = delivered_run().await;
        let nothing = pipeline(&parts, "two", "2026-11-30T00:00:00Z").relink(None).await.unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::NotFound);
        let error = pipeline(&parts, "one", "2026-11-30T00:00:00Z").relink(Some("c")).await.unwrap_err();
        assert!(error.to_string().contains("it delivered to: a, b"), "{error}");
    }

    #[tokio::test]
    async fn outcome_names_error_of_its_project() {
        let (mut parts, notifier) = delivered_run().await;
        let store = MemoryStore::new();
        let mut projects = projects(&["a@example.com"]);
        projects.remove(1);
        (parts.registry, parts.store) = (Arc::new(MemoryRegistry::new(projects)), Arc::new(store));
        let summary = pipeline(&parts, "one", "2026-11-30T00:00:00Z").relink(None).await.unwrap();
        let error = |at: usize| summary.projects[at].errors[0].message.clone();
        assert!(error(0).contains("no longer kept"), "{}", error(0));
        assert!(error(1).contains("no longer there"), "{}", error(1));
        assert_eq!((summary.exit_code(), notifier.sent().len()), (1, 2));
    }

    #[tokio::test]
    async fn relink_refuses_short_links() {
        let (mut parts, notifier) = delivered_run().await;
        let soon = "2026-11-30T01:00:00Z".parse().unwrap();
        parts.store = Arc::new(MemoryStore::new().with_credentials_until(soon));
        let mut pipeline = pipeline(&parts, "one", "2026-11-30T00:00:00Z");
        pipeline.wiring.settings.link =
            pipeline.wiring.settings.link.with_min_ttl(Duration::from_hours(2), ShortLinkPolicy::Fail);
        assert!(pipeline.relink(None).await.unwrap_err().to_string().contains("1h instead of at least 2h"));
        assert_eq!(notifier.sent().len(), 2);
    }
}
