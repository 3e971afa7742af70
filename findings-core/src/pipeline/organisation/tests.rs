//! Runs that end with a report of the organisation.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::*;
use crate::ErrorKind;
use crate::ledger::Redo;
use crate::memory::{MemoryHistory, MemoryNotifier, MemoryStore};
use crate::organisation::{IndexedRun, OrganisationDocument, RenderedOrganisation, RunIndex};
use crate::pipeline::run::tests::{World, project, settings};
use crate::pipeline::{Pipeline, RunOutcome, Settings};
use crate::report::ReportFormat;
use crate::store::ArtifactKey;
use crate::testing::Faulty;

/// Writes the open issues of each week, and fails as often as it is told to.
#[derive(Clone, Debug, Default)]
struct WeeksRenderer {
    failures: Arc<Mutex<u32>>,
}

impl OrganisationRenderer for WeeksRenderer {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: "txt", media_type: "text/plain" }
    }

    fn render(&self, document: &OrganisationDocument) -> Result<RenderedOrganisation> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return Err(Error::new(ErrorKind::Other, "write the weeks"));
        }
        let report = &document.report;
        let weeks = report.weeks.iter().map(|week| week.numbers.map_or(-1, |n| i64::try_from(n.open.total()).unwrap()));
        let body = Bytes::from(format!("{:?}", weeks.collect::<Vec<_>>()));
        Ok(RenderedOrganisation { body, format: self.format(), projects: report.projects.len() as u64 })
    }
}

/// Writes the files of the runs, one run on each line.
#[derive(Debug)]
struct NamesRenderer;

impl RunIndexRenderer for NamesRenderer {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: "html", media_type: "text/html" }
    }

    fn render(&self, index: &RunIndex) -> Result<Bytes> {
        let line = |run: &IndexedRun| run.files.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Ok(Bytes::from(index.runs.iter().map(line).collect::<Vec<_>>().join("\n")))
    }
}

struct Organisation {
    world: World,
    store: Arc<MemoryStore>,
    renderer: WeeksRenderer,
    recipients: Vec<Recipient>,
}

impl Organisation {
    fn new() -> Self {
        let projects = vec![project("a", &[1], &["x@example.com"]), project("b", &[2], &["y@example.com"])];
        let (mut world, store) = (World::new(projects), Arc::new(MemoryStore::new()));
        world.parts.store = store.clone();
        world.see(&[(1, "one"), (2, "two")]).at("2026-11-23T00:00:00Z");
        let recipients = vec!["head@example.com".parse().unwrap()];
        Self { world, store, renderer: WeeksRenderer::default(), recipients }
    }

    async fn run(&self, settings: Settings) -> Summary {
        let mut of_organisation = OrganisationSettings::new(vec![Arc::new(self.renderer.clone())]);
        of_organisation.recipients.clone_from(&self.recipients);
        of_organisation.weeks = 2;
        of_organisation.index = Some(Arc::new(NamesRenderer));
        let settings = Settings { clock: self.world.clock(), ..settings };
        let pipeline = Pipeline::new(self.world.parts.clone(), settings).with_organisation(of_organisation);
        match pipeline.run().await.unwrap() {
            RunOutcome::Done(summary) => *summary,
            other => panic!("{other:?}"),
        }
    }

    fn told(&self) -> Vec<String> {
        self.world.notifier.organisation_messages().iter().map(|message| message.recipient.to_string()).collect()
    }

    fn file(&self, run: &str) -> String {
        let key = ArtifactKey::for_organisation(&run.parse().unwrap(), "txt");
        String::from_utf8(self.store.get(&key).unwrap().body.to_vec()).unwrap()
    }
}

fn outcome(summary: &Summary) -> &OrganisationOutcome {
    summary.organisation.as_ref().unwrap()
}

#[tokio::test]
async fn the_report_counts_this_run_and_its_recipients_are_told_once() {
    let organisation = Organisation::new();
    let summary = organisation.run(settings("r1")).await;
    assert_eq!((summary.exit_code(), summary.is_finished()), (0, true), "{:?}", summary.errors);
    assert_eq!(organisation.file("r1"), "[-1, 2]");
    assert_eq!(outcome(&summary).notified, ["head@example.com"]);
    assert_eq!(organisation.told(), ["head@example.com"]);
    let messages = organisation.world.notifier.organisation_messages();
    assert_eq!((messages[0].links.len(), messages[0].links[0].extension), (1, "txt"));
    assert!(organisation.world.notifier.sent().iter().all(|sent| sent.recipient.as_str() != "head@example.com"));
}

#[tokio::test]
async fn other_runs_of_the_week_tell_nobody_again_and_the_next_week_does() {
    let mut organisation = Organisation::new();
    organisation.run(settings("monday")).await;
    organisation.world.at("2026-11-25T00:00:00Z");
    organisation.recipients.push("new@example.com".parse().unwrap());
    let summary = organisation.run(settings("wednesday")).await;
    assert_eq!(outcome(&summary).told_this_week, ["head@example.com"]);
    assert_eq!(outcome(&summary).notified, ["new@example.com"]);
    assert!(summary.is_finished());
    organisation.world.at("2026-11-30T00:00:00Z");
    organisation.run(settings("next")).await;
    assert_eq!(organisation.told(), ["head@example.com", "new@example.com", "head@example.com", "new@example.com"]);
}

#[tokio::test]
async fn a_run_that_is_done_again_replaces_the_report() {
    let organisation = Organisation::new();
    organisation.run(settings("r1")).await;
    organisation.run(Settings { redo: Some(Redo::Incomplete), ..settings("r1") }).await;
    assert_eq!(organisation.told().len(), 1, "nothing was wrong with what was told");
    organisation.run(Settings { redo: Some(Redo::All), ..settings("r1") }).await;
    let messages = organisation.world.notifier.organisation_messages();
    assert_eq!(messages.len(), 2);
    assert!(!messages[0].replaces_earlier && messages[1].replaces_earlier && messages[1].edition > messages[0].edition);
}

#[tokio::test]
async fn what_fails_leaves_the_run_open_and_the_next_attempt_does_only_that() {
    let organisation = Organisation::new();
    *organisation.renderer.failures.lock().unwrap() = 1;
    let summary = organisation.run(settings("r1")).await;
    assert_eq!((summary.exit_code(), summary.is_finished()), (1, false));
    assert!(summary.errors[0].message.contains("write the weeks"), "{:?}", summary.errors);
    let summary = organisation.run(settings("r1")).await;
    assert_eq!((summary.exit_code(), summary.is_finished()), (0, true), "{:?}", summary.errors);
    assert_eq!((organisation.told().len(), organisation.world.notifier.sent().len()), (1, 2), "nobody is told twice");
}

#[tokio::test]
async fn a_refused_recipient_keeps_the_run_open_unless_nothing_helps() {
    for (kind, finished) in [(ErrorKind::Unavailable, false), (ErrorKind::InvalidInput, true)] {
        let mut organisation = Organisation::new();
        let notifier = MemoryNotifier::new();
        notifier.fail_for(&organisation.recipients[0], kind);
        organisation.world.parts.notifiers = vec![Arc::new(notifier.clone())];
        let summary = organisation.run(settings("r1")).await;
        assert_eq!((summary.exit_code(), summary.is_finished()), (1, finished), "{kind:?}");
        assert!(summary.errors[0].message.contains("head@example.com"), "{:?}", summary.errors);
    }
}

#[tokio::test]
async fn a_history_that_cannot_be_read_makes_no_report() {
    let mut organisation = Organisation::new();
    organisation.run(settings("r0")).await;
    organisation.world.at("2026-11-30T00:00:00Z");
    let history: MemoryHistory = organisation.world.history.clone();
    let counting = Arc::new(Faulty::new(history.clone()));
    organisation.world.parts.history_reader = counting.clone();
    organisation.run(settings("r1")).await;
    organisation.world.at("2026-12-07T00:00:00Z");
    // the projects read their histories first, so the last read is one of the report
    let faulty = Faulty::new(history).failing(counting.calls() - 1, ErrorKind::Unavailable);
    organisation.world.parts.history_reader = Arc::new(faulty);
    let summary = organisation.run(settings("r2")).await;
    assert!(!summary.is_finished() && outcome(&summary).reports.is_empty(), "{:?}", summary.errors);
    assert_eq!(organisation.told().len(), 2, "nothing is told of a report that was not made");
}

#[tokio::test]
async fn index_lists_the_files_of_runs_that_are_stored() {
    let mut organisation = Organisation::new();
    // a run before there was a report of the organisation
    organisation.world.run("r0").await;
    organisation.world.at("2026-11-30T00:00:00Z");
    organisation.run(settings("r1")).await;
    let index = organisation.store.get(&ArtifactKey::for_index("html")).unwrap().body;
    let of_run = |run: &str| format!("runs/{run}/manifest.json runs/{run}/summary.json");
    let expected = format!("organisation/r1/organisation.txt {}\n{}", of_run("r1"), of_run("r0"));
    assert_eq!(String::from_utf8_lossy(&index), expected);
}

#[tokio::test]
async fn a_stopped_run_leaves_the_report_to_the_next_attempt() {
    let organisation = Organisation::new();
    let stopped = settings("r1");
    stopped.cancel.cancel();
    let summary = organisation.run(stopped).await;
    assert!(!summary.is_finished() && outcome(&summary).reports.is_empty());
    let summary = organisation.run(settings("r1")).await;
    assert!(summary.is_finished() && organisation.told().len() == 1);
}
