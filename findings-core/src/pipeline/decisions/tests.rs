mod story;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::decision::{DecisionEntry, DecisionKind, RowKey};
use crate::history::Sla;
use crate::memory::{MemoryDecisions, MemoryRegistry, MemorySource, MemoryStore};
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{Pipeline, RunOutcome, Summary};
use crate::report::{RenderedReport, ReportFinding, ReportFormat, ReportRenderer};
use crate::{Finding, Secret, Severity, WorkflowStatus};

/// Keeps the reports.
#[derive(Debug, Default)]
struct Keeping(Mutex<Vec<Arc<Report>>>);

impl ReportRenderer for Keeping {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: "txt", media_type: "text/plain" }
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        self.0.lock().unwrap().push(Arc::new(report.clone()));
        let rows = report.findings.len() as u64;
        Ok(RenderedReport { format: self.format(), body: "x".into(), rows })
    }
}

struct Deciding {
    world: World,
    log: MemoryDecisions,
    reports: Arc<Keeping>,
    key: TokenKey,
    answers: Option<AnswerSettings>,
}

impl Deciding {
    fn new() -> Self {
        let mut world = World::new(vec![project("Payments", &[1], &["x@example.com"])]);
        let reports = Arc::new(Keeping::default());
        world.parts.renderers = vec![reports.clone()];
        let key = TokenKey::new(Secret::new("k".repeat(32))).unwrap();
        Self { world, log: MemoryDecisions::new(), reports, key, answers: None }
    }

    fn see(&mut self, findings: &[(&str, WorkflowStatus)]) {
        let make = |(id, workflow): &(&str, WorkflowStatus)| {
            let mut finding = Finding::new("000000000001".parse().unwrap(), *id);
            (finding.workflow, finding.severity) = (*workflow, Severity::High);
            finding
        };
        self.world.parts.sweep = sweep(MemorySource::new(findings.iter().map(make).collect()));
    }

    async fn run(&self, run_id: &str) -> (Summary, Arc<Report>) {
        let mut settings = settings(run_id);
        settings.clock = self.world.clock();
        settings.targets = Sla::default().with_target(Severity::High, Duration::from_hours(7 * 24));
        let mut decisions = DecisionSettings::new(Arc::new(self.log.clone())).with_token_key(self.key.clone());
        decisions.answers.clone_from(&self.answers);
        let pipeline = Pipeline::new(self.world.parts.clone(), settings).with_decisions(decisions);
        let RunOutcome::Done(summary) = pipeline.run().await.unwrap() else { panic!("it runs") };
        (*summary, self.reports.0.lock().unwrap().last().unwrap().clone())
    }

    async fn decide(&self, project: &str, report: &Report, id: &str, entry: DecisionEntry) {
        let row = row(report, id);
        let issue = row.issue.clone().unwrap();
        let at = report.generated_at;
        let decision = Decision::new(issue, row.finding.account, entry, report.run_id.clone(), at);
        self.log.record(&RecordDecisions::new(project, vec![decision])).await.unwrap();
    }
}

fn row(report: &Report, id: &str) -> ReportFinding {
    report.findings.to_vec().unwrap().into_iter().find(|row| &*row.finding.id == id).unwrap()
}

#[tokio::test]
async fn reports_are_signed_and_their_rows_have_keys_and_due_dates() {
    let mut deciding = Deciding::new();
    deciding.see(&[("f", WorkflowStatus::New)]);
    let (_, report) = deciding.run("r1").await;
    let returning = report.returning.clone().unwrap();
    let source = deciding.key.verify(returning.token.as_deref().unwrap(), report.generated_at).unwrap();
    assert_eq!((source.project.as_str(), source.run_id.as_str()), ("Payments", "r1"));
    assert_eq!(source.expires_at, "2027-02-21T00:00:00Z".parse().unwrap());
    let row = row(&report, "f");
    assert_eq!(row.due, Some(DueDate::target("2026-11-30".parse().unwrap())), "seven days after it was opened");
    let key = row.row_key().unwrap();
    assert_eq!(key.to_string().parse::<RowKey>().unwrap().issue, IssueId::of(&row.finding));
}

#[tokio::test]
async fn next_report_has_the_decision_and_its_date() {
    let mut deciding = Deciding::new();
    deciding.see(&[("f", WorkflowStatus::New), ("g", WorkflowStatus::New)]);
    let (_, first) = deciding.run("r1").await;
    let entry = DecisionEntry::new(DecisionKind::ToFix).with_due("2026-12-24".parse().unwrap());
    deciding.decide("Payments", &first, "f", entry.clone()).await;
    deciding.decide("Payments", &first, "g", DecisionEntry::new(DecisionKind::NotOurs)).await;
    deciding.world.at("2026-11-30T00:00:00Z");
    let (_, second) = deciding.run("r2").await;
    let decided = row(&second, "f");
    assert_eq!(decided.decision.as_ref().unwrap().entry, entry);
    assert_eq!(decided.due, Some(DueDate::decided("2026-12-24".parse().unwrap())));
    assert_ne!(decided.row_key(), row(&first, "f").row_key(), "the key knows with which decision the row was filled");
    let target = row(&second, "g").due.unwrap();
    assert!(!target.is_decided && !target.is_overdue(target.date) && target.is_overdue("2026-12-01".parse().unwrap()));
}

#[tokio::test]
async fn accepted_issues_are_listed_until_they_are_fixed_otherwise() {
    let mut deciding = Deciding::new();
    deciding.see(&[("f", WorkflowStatus::New), ("g", WorkflowStatus::New), ("h", WorkflowStatus::New)]);
    let (_, first) = deciding.run("r1").await;
    let accept = |due: &str| DecisionEntry::new(DecisionKind::AcceptRisk).with_due(due.parse().unwrap());
    deciding.decide("Payments", &first, "f", accept("2027-01-02")).await;
    deciding.decide("Payments", &first, "g", accept("2027-01-01")).await;
    deciding.decide("Payments", &first, "h", accept("2027-01-01")).await;
    let suppressed = WorkflowStatus::Suppressed;
    deciding.world.at("2026-11-30T00:00:00Z");
    // h is gone altogether: the resource was deleted, so nothing is accepted any more
    deciding.see(&[("f", suppressed), ("g", suppressed)]);
    let (summary, second) = deciding.run("r2").await;
    assert_eq!((second.findings.len(), summary.projects[0].changes.suppressed), (0, 2));
    let accepted: Vec<&str> = second.accepted.iter().filter_map(|one| one.issue.finding_id.as_deref()).collect();
    assert_eq!(accepted, ["g", "f"], "what ends first comes first");
    // one of them came back under its old ID: it is in the report again, with its decision
    deciding.world.at("2026-12-07T00:00:00Z");
    deciding.see(&[("f", WorkflowStatus::New), ("g", suppressed)]);
    let (_, third) = deciding.run("r3").await;
    assert_eq!((third.accepted.len(), row(&third, "f").decision.is_some()), (1, true));
}

#[tokio::test]
async fn decisions_go_on_under_a_new_name() {
    let mut deciding = Deciding::new();
    deciding.see(&[("f", WorkflowStatus::New)]);
    let (_, first) = deciding.run("r1").await;
    deciding.decide("Payments", &first, "f", DecisionEntry::new(DecisionKind::ToFix)).await;
    let mut renamed = project("Billing", &[1], &["x@example.com"]);
    renamed.aliases = vec!["Payments".to_owned()];
    deciding.world.parts.registry = Arc::new(MemoryRegistry::new(vec![renamed]));
    deciding.world.at("2026-11-30T00:00:00Z");
    let (_, second) = deciding.run("r2").await;
    assert!(row(&second, "f").decision.is_some());
    let kept = deciding.log.decisions(&DecisionQuery::new("Billing")).await.unwrap();
    assert_eq!(kept.all().len(), 1, "it is kept under the new name");
}

#[tokio::test]
async fn without_decisions_a_report_is_not_returned() {
    let mut deciding = Deciding::new();
    deciding.see(&[("f", WorkflowStatus::New)]);
    let pipeline = Pipeline::new(deciding.world.parts.clone(), settings("r1"));
    pipeline.run().await.unwrap();
    let report = deciding.reports.0.lock().unwrap()[0].clone();
    assert_eq!((report.returning.clone(), report.findings.facts().next().unwrap().due), (None, None));
}

/// A page for answers.
#[derive(Debug)]
struct AnswerForm {
    fails: bool,
}

impl ReportRenderer for AnswerForm {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: "html", media_type: "text/html" }
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let rows = if self.fails { 99 } else { report.findings.len() as u64 };
        let body = report.returning.as_ref().and_then(|returning| returning.token.clone()).unwrap_or_default();
        Ok(RenderedReport { format: self.format(), body: body.into(), rows })
    }
}

fn answering(fails: bool) -> (Deciding, Arc<MemoryStore>) {
    let mut deciding = Deciding::new();
    let store = Arc::new(MemoryStore::new());
    deciding.world.parts.store = store.clone();
    let recipients = ["x@example.com", "y@example.com"];
    deciding.world.parts.registry = Arc::new(MemoryRegistry::new(vec![project("Payments", &[1], &recipients)]));
    deciding.see(&[("f", WorkflowStatus::New)]);
    let form = Arc::new(AnswerForm { fails });
    deciding.answers = Some(AnswerSettings::new(form, "inbox".parse().unwrap()));
    (deciding, store)
}

#[tokio::test]
async fn each_mail_leads_to_the_page_for_answers() {
    let (deciding, store) = answering(false);
    let (summary, report) = deciding.run("r1").await;
    assert_eq!(summary.exit_code(), 0, "{summary:?}");
    let key = ArtifactKey::for_answers(&report.run_id, "Payments");
    let page = store.get(&key).unwrap();
    assert!(page.is_shown && page.body == report.returning.clone().unwrap().token.unwrap());
    let sent = deciding.world.notifier.sent();
    assert_eq!(sent.len(), 2);
    for message in sent {
        let [link, answers] = [message.link.unwrap(), message.answer_link.unwrap()];
        assert!(answers.url.expose().contains(key.as_str()) && !link.url.expose().contains("answers"), "{key}");
        assert_eq!(link.expires_at, answers.expires_at);
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_written_keeps_no_report_back() {
    let (deciding, store) = answering(true);
    let (summary, report) = deciding.run("r1").await;
    let outcome = &summary.projects[0];
    assert!(outcome.errors[0].message.starts_with("page for answers: "), "{:?}", outcome.errors);
    assert_eq!(outcome.notified.len(), 2);
    assert!(store.get(&ArtifactKey::for_answers(&report.run_id, "Payments")).is_none());
    assert!(
        deciding.world.notifier.sent().iter().all(|message| message.link.is_some() && message.answer_link.is_none())
    );
}

#[tokio::test]
async fn without_a_key_that_signs_reports_there_is_no_page() {
    let (deciding, _) = answering(false);
    let log = Arc::new(deciding.log.clone());
    let settings = DecisionSettings::new(log).with_answers(deciding.answers.clone().unwrap());
    assert!(settings.answer_page().is_none());
    assert!(settings.with_token_key(deciding.key.clone()).answer_page().is_some());
}
