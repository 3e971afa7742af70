use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::history::{HistoryQuery, HistoryReader as _};
use crate::ledger::AcquireRun;
use crate::memory::{MemoryLedger, MemoryNotifier, MemorySource};
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{InDoubtPolicy, Pipeline, ProjectStatus, RunStatus, Settings};
use crate::registry::Project;
use crate::{Error, ErrorKind, Finding, NotifyWhen};

mod faults;
mod together;

use Severity::{Critical, High, Medium};

impl World {
    /// The findings that all following runs find.
    fn find(&mut self, findings: &[(u64, &str, Severity)]) -> &mut Self {
        let finding = |(account, id, severity): &(u64, &str, Severity)| {
            let mut finding = Finding::new(format!("{account:012}").parse().unwrap(), *id);
            (finding.severity, finding.title) = (*severity, (*id).into());
            finding
        };
        self.parts.sweep = sweep(MemorySource::new(findings.iter().map(finding).collect()));
        self
    }

    fn urgent_settings(&self) -> Settings {
        let mut settings = settings("weekly");
        settings.clock = self.clock();
        settings
    }

    async fn urgent(&self, run_id: &str) -> Summary {
        self.urgent_with(run_id, self.urgent_settings()).await
    }

    async fn urgent_with(&self, run_id: &str, settings: Settings) -> Summary {
        match self.start_urgent(run_id, settings).await.unwrap() {
            RunOutcome::Done(summary) => *summary,
            other => panic!("{other:?}"),
        }
    }

    async fn start_urgent(&self, run_id: &str, settings: Settings) -> Result<RunOutcome> {
        let urgent = UrgentSettings::new(run_id.parse().unwrap());
        Pipeline::new(self.parts.clone(), settings).run_urgent(&urgent).await
    }

    /// Who was told of what, each message as "recipient: titles".
    fn told(&self) -> Vec<String> {
        let line = |message: &crate::notify::UrgentNotification| {
            let titles: Vec<&str> = message.list.findings.iter().map(|finding| &*finding.title).collect();
            format!("{}: {}", message.recipient, titles.join(" "))
        };
        let mut told: Vec<String> = self.notifier.urgent_messages().iter().map(line).collect();
        told.sort();
        told
    }
}

fn payments() -> Vec<Project> {
    vec![project("Payments", &[1, 2], &["a@example.com", "b@example.com"])]
}

#[tokio::test]
async fn each_recipient_hears_of_an_issue_once_and_the_report_is_whole() {
    let mut world = World::new(payments());
    world.find(&[(1, "old", Critical), (1, "low", Medium)]).at("2026-11-23T00:00:00Z").run("w1").await;
    let none = world.at("2026-11-24T00:00:00Z").urgent("urgent-24").await;
    assert_eq!((none.exit_code(), none.projects[0].notified.len()), (0, 0), "the report told of it");
    world.find(&[(1, "old", Critical), (1, "low", Medium), (2, "new", Critical), (2, "high", High)]);
    let summary = world.at("2026-11-25T00:00:00Z").urgent("urgent-25").await;
    assert_eq!(summary.urgent, Some(UrgentCounts { from: Critical, issues: 1, told: 2 }));
    assert_eq!((summary.exit_code(), summary.projects[0].changes.new), (0, 1));
    assert_eq!(world.told(), ["a@example.com: new", "b@example.com: new"]);
    let again = world.at("2026-11-26T00:00:00Z").urgent("urgent-26").await;
    assert_eq!(again.urgent, Some(UrgentCounts { from: Critical, issues: 1, told: 0 }));
    assert_eq!((again.status, world.told().len()), (RunStatus::Ok, 2));
    world.find(&[(1, "old", Critical), (1, "low", Critical), (2, "new", Critical), (2, "high", High)]);
    let worse = world.at("2026-11-27T00:00:00Z").urgent("urgent-27").await;
    assert_eq!((worse.projects[0].changes.worse, worse.projects[0].changes.new), (1, 1));
    assert_eq!(world.told()[0..2], ["a@example.com: low", "a@example.com: new"]);
    // nothing of it is in the history: the report tells of all since the last report
    let weekly = world.at("2026-11-30T00:00:00Z").run("w2").await;
    assert_eq!((weekly.projects[0].changes.new, weekly.projects[0].changes.worse), (2, 1));
    assert_eq!(world.history.project(&HistoryQuery::new("Payments")).await.unwrap().runs.len(), 2);
    world.at("2026-12-01T00:00:00Z").urgent("urgent-1").await;
    assert_eq!(world.told().len(), 4, "the report told of everything");
}

#[tokio::test]
async fn an_issue_that_comes_back_is_told_again() {
    let mut world = World::new(vec![project("Payments", &[1], &["a@example.com"])]);
    world.find(&[]).run("w1").await;
    world.find(&[(1, "one", Critical)]).at("2026-11-24T00:00:00Z").urgent("urgent-24").await;
    world.at("2026-11-25T00:00:00Z").run("w2").await;
    world.find(&[]).at("2026-11-26T00:00:00Z").run("w3").await;
    world.find(&[(1, "one", Critical)]).at("2026-11-27T00:00:00Z").urgent("urgent-27").await;
    world.at("2026-11-28T00:00:00Z").urgent("urgent-28").await;
    let told = world.notifier.urgent_messages();
    assert_eq!((told.len(), told[1].list.news.reopened.critical), (2, 1));
}

#[tokio::test]
async fn choices_of_recipients_decide_who_hears() {
    let mut project =
        project("Payments", &[1], &["always@x.com", "changes@x.com", "critical@x.com", "overdue@x.com", "never@x.com"]);
    for when in NotifyWhen::ALL {
        project = project.with_choice(&format!("{when}@x.com").parse().unwrap(), *when);
    }
    project.leads = vec!["lead@x.com".parse().unwrap()];
    let mut world = World::new(vec![project]);
    let summary = world.find(&[(1, "one", Critical)]).urgent("urgent-1").await;
    assert_eq!(world.told(), ["always@x.com: one", "changes@x.com: one", "critical@x.com: one"]);
    assert_eq!(summary.projects[0].silent, ["overdue@x.com", "never@x.com"]);
    assert_eq!(summary.exit_code(), 0);
}

#[tokio::test]
async fn a_run_that_is_done_is_not_done_again_and_is_no_report() {
    let mut world = World::new(payments());
    world.find(&[(1, "one", Critical)]).urgent("urgent-1").await;
    let outcome = world.start_urgent("urgent-1", world.urgent_settings()).await.unwrap();
    let RunOutcome::AlreadyFinished { summary, .. } = outcome else { panic!("{outcome:?}") };
    let earlier: Summary = serde_json::from_str(&summary).unwrap();
    assert_eq!(earlier.urgent.map(|urgent| urgent.told), Some(2));
    assert_eq!(world.parts.ledger.last_finished().await.unwrap(), None);
    assert_eq!(world.told().len(), 2);
}

#[tokio::test]
async fn no_run_may_have_the_id_of_the_messages() {
    let world = World::new(payments());
    for error in [
        world.start_urgent("urgent", world.urgent_settings()).await.unwrap_err(),
        Pipeline::new(world.parts.clone(), settings("urgent")).run().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[tokio::test]
async fn an_unread_account_makes_the_run_incomplete_and_the_rest_is_told() {
    #[derive(Debug)]
    struct Deaf(MemorySource);
    #[async_trait::async_trait]
    impl crate::FindingsSource for Deaf {
        async fn page(&self, request: &crate::source::PageRequest) -> Result<crate::source::Page> {
            if request.query.accounts.contains("000000000002".parse().unwrap()) {
                return Err(Error::new(ErrorKind::Unavailable, "fetch").with_message("no answer"));
            }
            self.0.page(request).await
        }
    }
    let mut world = World::new(vec![project("a", &[1, 2], &["a@example.com"]), project("b", &[2], &["b@example.com"])]);
    let mut finding = Finding::new("000000000001".parse().unwrap(), "one");
    (finding.severity, finding.title) = (Critical, "one".into());
    world.parts.sweep = sweep(Deaf(MemorySource::new(vec![finding])));
    let summary = world.urgent("urgent-1").await;
    assert_eq!(summary.exit_code(), 3, "{summary:?}");
    let statuses: HashMap<&str, ProjectStatus> = summary.projects.iter().map(|p| (&*p.project, p.status)).collect();
    assert_eq!(statuses, [("a", ProjectStatus::Incomplete), ("b", ProjectStatus::Incomplete)].into());
    assert_eq!(world.told(), ["a@example.com: one"]);

    world.parts.registry = Arc::new(crate::memory::MemoryRegistry::new(vec![project("b", &[2], &["b@example.com"])]));
    let nothing = world.urgent("urgent-2").await;
    assert_eq!(nothing.exit_code(), 1, "nothing at all could be read");
    assert!(nothing.errors[0].message.contains("no account could be read"), "{nothing:?}");
}

#[tokio::test]
async fn a_long_list_is_one_message() {
    let names: Vec<String> = (0..30).map(|n| format!("f{n}")).collect();
    let findings: Vec<_> = names.iter().map(|name| (1, name.as_str(), Critical)).collect();
    let mut world = World::new(vec![project("Payments", &[1], &["a@example.com"])]);
    world.find(&findings).urgent("urgent-1").await;
    let told = world.notifier.urgent_messages();
    assert_eq!((told.len(), told[0].list.findings.len(), told[0].list.total()), (1, 10, 30));
    world.urgent("urgent-2").await;
    assert_eq!(world.notifier.urgent_messages().len(), 1, "those that were only counted were told, too");
}

#[tokio::test]
async fn a_rejected_recipient_is_not_asked_again_for_the_issue() {
    let mut world = World::new(payments());
    world.notifier.fail_for(&"b@example.com".parse().unwrap(), ErrorKind::InvalidInput);
    let summary = world.find(&[(1, "one", Critical)]).urgent("urgent-1").await;
    assert_eq!((summary.exit_code(), summary.projects[0].rejected), (1, 1));
    world.notifier.recover();
    assert_eq!(world.urgent("urgent-2").await.exit_code(), 0);
    assert_eq!(world.told(), ["a@example.com: one"]);
    world.find(&[(1, "one", Critical), (1, "two", Critical)]).urgent("urgent-3").await;
    assert_eq!(world.told(), ["a@example.com: one", "a@example.com: two", "b@example.com: two"]);
}

#[tokio::test]
async fn nobody_to_tell_is_an_error() {
    let mut world = World::new(vec![project("Payments", &[1], &[])]);
    assert_eq!(world.find(&[(1, "high", High)]).urgent("urgent-1").await.exit_code(), 0, "nothing to tell");
    let summary = world.find(&[(1, "one", Critical)]).urgent("urgent-2").await;
    assert_eq!(summary.exit_code(), 1);
    assert!(summary.projects[0].errors[0].message.contains("no recipient"), "{summary:?}");
}
