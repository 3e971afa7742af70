//! Fresh links to the reports of a run that was delivered before.

use super::outcome::{ProjectError, ProjectStatus, Step};
use super::{Pipeline, ProjectOutcome, Summary};
use crate::history::{HistoryQuery, ProjectRun};
use crate::ledger::{Entry, ProgressQuery};
use crate::notify::{Notification, Recipient};
use crate::registry::Project;
use crate::report::CoverageNotice;
use crate::store::{ArtifactKey, ArtifactLink, LinkRequest, download_name};
use crate::{Error, ErrorKind, Result};

const RELINK: &str = "make fresh links for the run";
/// How far back in a project's history the run may be.
const RUNS: usize = 1_000;

impl Pipeline {
    /// Makes fresh links to the reports that the run of the settings delivered, of one project or all, and mails them to whom the registry names now:
    /// who has left gets none. Nothing is fetched, written or remembered; chat channels, which never get links, are left alone.
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
    /// [`NotFound`](ErrorKind::NotFound) if the run, or the project in it, was not delivered, and whatever keeps the ledger and registry from being
    /// read. What fails for one project stands in the summary.
    pub async fn relink(&self, only: Option<&str>) -> Result<Summary> {
        let started_at = self.settings.clock.now();
        let delivered = self.delivered(only).await?;
        let registry = self.parts.registry.load().await?;
        self.settings.link.check(&*self.parts.store, started_at).await?;
        let mut outcomes = Vec::new();
        for earlier in delivered {
            let project = registry.projects.iter().find(|p| p.name == earlier.project);
            outcomes.push(self.relink_project(earlier, project).await);
        }
        let note = "fresh links to the reports of this run were sent";
        let mut summary = Summary::idle(self.settings.run_id.clone(), started_at, note);
        summary.status = Summary::status_of(&outcomes, &[]);
        summary.finished_at = self.settings.clock.now();
        summary.projects = outcomes;
        Ok(summary)
    }

    /// What became of the projects of the run, by name.
    async fn delivered(&self, only: Option<&str>) -> Result<Vec<ProjectOutcome>> {
        let run_id = &self.settings.run_id;
        let progress = self.parts.ledger.progress(&ProgressQuery::new(run_id.clone())).await?;
        let outcome = |entry: &Entry| match entry {
            Entry::ProjectDone { outcome, .. } => serde_json::from_str::<ProjectOutcome>(outcome).ok(),
            Entry::Message { .. } => None,
        };
        let mut all: Vec<ProjectOutcome> = progress.entries.iter().filter_map(outcome).collect();
        all.sort_by(|a, b| a.project.cmp(&b.project));
        let missing = |message: String| {
            Error::new(ErrorKind::NotFound, RELINK).with_subject(run_id.as_str()).with_message(message)
        };
        if all.is_empty() {
            return Err(missing("no project of this run was delivered; check the run ID".to_owned()));
        }
        let Some(name) = only else { return Ok(all) };
        let names = all.iter().map(|p| p.project.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("it delivered nothing to a project \"{name}\"; it delivered to: {names}");
        all.retain(|p| p.project == name);
        if all.is_empty() { Err(missing(message)) } else { Ok(all) }
    }

    async fn relink_project(&self, earlier: ProjectOutcome, project: Option<&Project>) -> ProjectOutcome {
        let mut outcome = ProjectOutcome {
            status: ProjectStatus::Ok,
            link_expires_at: None,
            notified: Vec::new(),
            in_doubt: Vec::new(),
            errors: Vec::new(),
            ..earlier
        };
        let Some(project) = project else {
            let gone = Error::new(ErrorKind::NotFound, "find the project in the registry")
                .with_message("it is no longer there, so that nobody is told");
            return outcome.failed(Step::Registry, &gone);
        };
        match self.relink_steps(project, &mut outcome).await {
            Ok(()) => outcome,
            Err((step, error)) => outcome.failed(step, &error),
        }
    }

    async fn relink_steps(&self, project: &Project, outcome: &mut ProjectOutcome) -> Result<(), (Step, Error)> {
        let runs = self.runs_of(project).await.map_err(|e| (Step::History, e))?;
        let key = self.find_report(outcome).await.map_err(|e| (Step::Store, e))?;
        let link = self.fresh_link(project, key).await.map_err(|e| (Step::Link, e))?;
        outcome.link_expires_at = link.expires_at;
        for recipient in project.recipients.iter().filter(|r| r.chat().is_none()) {
            let notification = self.notification(project, &runs, recipient, &link, outcome);
            self.tell_again(&notification, outcome).await;
        }
        outcome.status = match (outcome.notified.is_empty(), outcome.errors.is_empty()) {
            (true, true) => {
                let nobody = "the registry names no mail address, so that nobody was told; add one";
                outcome.errors.push(ProjectError::new(Step::Notify, nobody));
                ProjectStatus::Failed
            }
            (true, false) => ProjectStatus::Failed,
            (false, true) => ProjectStatus::Ok,
            (false, false) => ProjectStatus::Incomplete,
        };
        Ok(())
    }

    /// The run, and the one before it if there was one.
    async fn runs_of(&self, project: &Project) -> Result<(ProjectRun, Option<ProjectRun>)> {
        let query = HistoryQuery { runs: RUNS, ..HistoryQuery::new(&project.name) };
        let mut runs = self.parts.history_reader.project(&query).await?.runs;
        let at = runs.iter().position(|run| run.run_id == self.settings.run_id).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "recall the run").with_message("the history does not know it")
        })?;
        let run = runs.swap_remove(at);
        Ok((run, at.checked_sub(1).and_then(|before| runs.into_iter().nth(before))))
    }

    /// The key of the report, if it is still there: a fresh link to nothing would help nobody.
    async fn find_report(&self, outcome: &ProjectOutcome) -> Result<ArtifactKey> {
        let failed = |kind, message| Error::new(kind, "find the report").with_message(message);
        let extension = self.extension().ok_or_else(|| failed(ErrorKind::InvalidInput, "there is no renderer"))?;
        let key = ArtifactKey::for_report(&self.settings.run_id, &outcome.project, extension);
        match self.parts.store.size_of(&key).await {
            Ok(Some(bytes)) if outcome.report.as_ref().is_none_or(|report| report.bytes == bytes) => Ok(key),
            Ok(Some(_)) => {
                Err(failed(ErrorKind::Inconsistent, "another file is in its place now").with_subject(key.as_str()))
            }
            Ok(None) => {
                Err(failed(ErrorKind::NotFound, "it is no longer kept; check where reports are kept and for how long")
                    .with_subject(key.as_str()))
            }
            // whoever may write need not be allowed to look
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                tracing::warn!(error = %error.report(), "whether the report is still kept could not be checked; going on");
                Ok(key)
            }
            Err(error) => Err(error),
        }
    }

    fn extension(&self) -> Option<&'static str> {
        self.parts.renderers.first().map(|renderer| renderer.format().extension)
    }

    async fn fresh_link(&self, project: &Project, key: ArtifactKey) -> Result<ArtifactLink> {
        let (policy, now) = (self.settings.link, self.settings.clock.now());
        let name = download_name(&project.name, self.settings.run_id.as_str(), self.extension().unwrap_or_default());
        let link = self.parts.store.link(&LinkRequest::new(key, policy.ttl, now).with_download_name(name)).await?;
        policy.refuse_short(&link, now)?;
        Ok(link)
    }

    fn notification(
        &self,
        project: &Project,
        (run, before): &(ProjectRun, Option<ProjectRun>),
        recipient: &Recipient,
        link: &ArtifactLink,
        outcome: &ProjectOutcome,
    ) -> Notification {
        let now = self.settings.clock.now();
        let mut n = Notification::of_earlier(&project.name, run, recipient.clone(), now).with_link(link.clone());
        n.locale = project.locale.unwrap_or(self.settings.locale);
        n.time_zone = self.settings.time_zone.clone().unwrap_or_else(|| n.locale.time_zone());
        n.accounts = outcome.accounts;
        n.verdict = outcome.coverage.iter().map(|a| a.verdict).max().unwrap_or(n.verdict);
        n.notices = outcome.coverage.iter().flat_map(|a| CoverageNotice::of(a.account, &a.regions)).collect();
        n.previous.clone_from(before);
        n.contact.clone_from(&self.settings.contact);
        n
    }

    async fn tell_again(&self, notification: &Notification, outcome: &mut ProjectOutcome) {
        let to = &notification.recipient;
        let mut told = false;
        for (channel, notifier) in self.channels.iter().filter(|(_, notifier)| notifier.serves(to)) {
            match notifier.notify(notification).await {
                Ok(_) => told = true,
                Err(error) => {
                    let message = format!("{channel} to {to}: {}", error.report());
                    outcome.errors.push(ProjectError::new(Step::Notify, message));
                }
            }
        }
        if told {
            outcome.notified.push(to.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::memory::{
        MemoryHistory, MemoryLedger, MemoryNotifier, MemoryRegistry, MemorySource, MemoryStore, TextRenderer,
    };
    use crate::pipeline::{FixedClock, LinkPolicy, Parts, RunOutcome, Settings, ShortLink};
    use crate::source::{Budget, Lane, Sweep};
    use crate::{AccountId, Finding};

    fn projects(recipients: &[&str]) -> Vec<Project> {
        let account: AccountId = "000000000001".parse().unwrap();
        let people = || recipients.iter().map(|r| r.parse().unwrap());
        ["a", "b"].map(|name| Project::new(name).with_accounts([account]).with_recipients(people())).into()
    }

    /// Parts with a run "one" that is delivered.
    async fn delivered() -> (Parts, MemoryNotifier) {
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
    async fn whom_the_registry_names_now_gets_a_fresh_link_to_the_old_report() {
        let (mut parts, notifier) = delivered().await;
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
        assert_eq!(notifier.sent().len(), 3, "two of the run, one now");
    }

    #[tokio::test]
    async fn what_was_not_delivered_is_an_error() {
        let (parts, _) = delivered().await;
        let nothing = pipeline(&parts, "two", "2026-11-30T00:00:00Z").relink(None).await.unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::NotFound);
        let error = pipeline(&parts, "one", "2026-11-30T00:00:00Z").relink(Some("c")).await.unwrap_err();
        assert!(error.to_string().contains("it delivered to: a, b"), "{error}");
    }

    #[tokio::test]
    async fn what_fails_for_one_project_stands_with_it() {
        let (mut parts, notifier) = delivered().await;
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
    async fn links_that_end_too_soon_are_refused_here_too() {
        let (mut parts, notifier) = delivered().await;
        let soon = "2026-11-30T01:00:00Z".parse().unwrap();
        parts.store = Arc::new(MemoryStore::new().with_credentials_until(soon));
        let mut pipeline = pipeline(&parts, "one", "2026-11-30T00:00:00Z");
        pipeline.settings.link = pipeline.settings.link.with_min_ttl(Duration::from_hours(2), ShortLink::Fail);
        assert!(pipeline.relink(None).await.unwrap_err().to_string().contains("1h instead of at least 2h"));
        assert_eq!(notifier.sent().len(), 2);
    }
}
