//! Six weeks of a project that decides, against a Security Hub in memory. All expected values were computed by hand.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::decision::*;
use crate::history::IssueId;
use crate::memory::{MemoryDecisions, MemorySource};
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{DecisionSettings, Pipeline, RunOutcome};
use crate::registry::Project;
use crate::report::{RenderedReport, Report, ReportFinding, ReportFormat, ReportRenderer};
use crate::source::{FindingsSource, Page, PageRequest};
use crate::workflow::{FindingChange, UpdateFindings, UpdateResult, Verification, WorkflowSink};
use crate::{
    ComplianceStatus, Error, ErrorKind, Finding, Note, Resource, Result, Severity, WorkflowStatus, securityhub,
};

/// What was told about findings by ID, and how many of the next updates fail.
type Told = (Vec<(String, FindingChange)>, u32);

/// Findings that sources read and sinks change.
#[derive(Clone, Debug, Default)]
struct Hub {
    findings: Arc<Mutex<Vec<Finding>>>,
    told: Arc<Mutex<Told>>,
}

#[async_trait]
impl FindingsSource for Hub {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let findings = self.findings.lock().unwrap().clone();
        MemorySource::new(findings).page(request).await
    }
}

#[async_trait]
impl WorkflowSink for Hub {
    async fn update(&self, request: &UpdateFindings) -> Result<UpdateResult> {
        let mut told = self.told.lock().unwrap();
        if told.1 > 0 {
            told.1 -= 1;
            return Err(Error::new(ErrorKind::Unavailable, "change findings"));
        }
        for wanted in &request.findings {
            told.0.push((wanted.id.to_string(), request.change.clone()));
            self.change(&wanted.id, |finding| {
                let FindingChange { workflow, note, user_defined_fields, .. } = &request.change;
                finding.workflow = workflow.unwrap_or(finding.workflow);
                if let Some(text) = note {
                    finding.note = Some(Note { text: text.clone(), updated_by: None, updated_at: None });
                }
                if let Some(fields) = user_defined_fields {
                    finding.user_defined_fields.clone_from(fields);
                }
            });
        }
        Ok(UpdateResult::new(request.findings.len() as u64, Vec::new()))
    }
}

impl Hub {
    fn change(&self, id: &str, change: impl FnOnce(&mut Finding)) {
        change(self.findings.lock().unwrap().iter_mut().find(|finding| &*finding.id == id).unwrap());
    }

    /// The status of a finding and its note.
    fn state(&self, id: &str) -> (WorkflowStatus, String) {
        let findings = self.findings.lock().unwrap();
        let finding = findings.iter().find(|finding| &*finding.id == id).unwrap();
        (finding.workflow, finding.note.as_ref().map_or_else(String::new, |note| note.text.to_string()))
    }

    /// The updates since the last call.
    fn updates(&self) -> Vec<(String, FindingChange)> {
        std::mem::take(&mut self.told.lock().unwrap().0)
    }
}

#[derive(Debug, Default)]
struct Keeping(Mutex<Option<Arc<Report>>>);

impl ReportRenderer for Keeping {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: "txt", media_type: "text/plain" }
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        *self.0.lock().unwrap() = Some(Arc::new(report.clone()));
        Ok(RenderedReport { format: self.format(), body: "x".into(), rows: report.findings.len() as u64 })
    }
}

struct Story {
    world: World,
    hub: Hub,
    log: MemoryDecisions,
    reports: Arc<Keeping>,
    project: Project,
    now: Timestamp,
}

/// A finding of a control, or of another product.
fn finding(id: &str, control: Option<&str>) -> Finding {
    let mut finding = Finding::new("000000000001".parse().unwrap(), id);
    finding.severity = Severity::High;
    finding.region = Some("eu-west-1".into());
    let resource = Resource { id: format!("bucket-{}", &id[..1]).into(), kind: None, region: None, tags: Vec::new() };
    finding.resources = vec![resource];
    if let Some(control) = control {
        finding.control_id = Some(control.into());
        finding.compliance = Some(ComplianceStatus::Failed);
        finding.product_arn = format!("product{}", securityhub::OWN_PRODUCT).into();
    }
    finding
}

impl Story {
    fn new() -> Self {
        let hub = Hub::default();
        *hub.findings.lock().unwrap() = vec![
            finding("a", Some("S3.1")),
            finding("b", Some("S3.2")),
            finding("c", Some("S3.3")),
            finding("d", None),
            finding("e", None),
        ];
        let project = project("Payments", &[1], &["x@example.com"]);
        let mut world = World::new(vec![project.clone()]);
        let reports = Arc::new(Keeping::default());
        world.parts.renderers = vec![reports.clone()];
        world.parts.sweep = sweep(hub.clone());
        Self { world, hub, log: MemoryDecisions::new(), reports, project, now: Timestamp::UNIX_EPOCH }
    }

    fn on(&mut self, day: &str) -> &mut Self {
        self.now = format!("{day}T09:00:00Z").parse().unwrap();
        self.world.at(&self.now.to_string());
        self
    }

    async fn run(&self, run_id: &str) -> Arc<Report> {
        let mut settings = settings(run_id);
        settings.clock = self.world.clock();
        let decisions = DecisionSettings::new(Arc::new(self.log.clone()));
        let pipeline = Pipeline::new(self.world.parts.clone(), settings).with_decisions(decisions);
        let pipeline = pipeline.with_workflow(Arc::new(self.hub.clone()));
        assert!(matches!(pipeline.run().await.unwrap(), RunOutcome::Done(_)));
        self.hub.updates();
        self.reports.0.lock().unwrap().clone().unwrap()
    }

    async fn with_intake<T>(&self, work: impl AsyncFnOnce(Intake<'_>, &Project) -> T) -> T {
        let targets = DecisionTargets { log: &self.log, sink: Some(&self.hub) };
        let (policy, zone) = (DecisionPolicy::default(), TimeZone::UTC);
        let intake = Intake {
            history: &self.world.history,
            targets,
            sweep: &self.world.parts.sweep,
            policy: &policy,
            now: self.now,
            time_zone: &zone,
        };
        work(intake, &self.project).await
    }

    /// Takes a returned report, and returns what became of each finding.
    async fn take(&self, sheet: &DecisionSheet) -> (Vec<(String, PlannedOutcome)>, AppliedDecisions) {
        self.with_intake(async |intake, project| {
            let planned = intake.plan(project, sheet).await.unwrap();
            let outcomes = planned.plan.decisions.iter().map(|one| (one.places[0].clone(), one.outcome.clone()));
            (outcomes.collect(), intake.apply(project, &planned).await.unwrap())
        })
        .await
    }

    async fn keep_up(&self) -> AppliedDecisions {
        self.with_intake(async |intake, project| {
            let planned = intake.plan_upkeep(project).await.unwrap();
            intake.apply_upkeep(project, &planned).await.unwrap()
        })
        .await
    }

    async fn kinds_of(&self, issue: &IssueId) -> Vec<DecisionKind> {
        let decisions = self.log.decisions(&DecisionQuery::new("Payments")).await.unwrap();
        decisions.of(issue).iter().map(|decision| decision.entry.kind).collect()
    }
}

/// The report as it comes back with these entries.
fn returned(report: &Report, entries: &[(&str, DecisionEntry)]) -> DecisionSheet {
    let row = |(id, entry): &(&str, DecisionEntry)| {
        let row = row_of(report, id);
        DecisionRow::new(*id, entry.clone())
            .with_key(row.row_key().unwrap())
            .with_finding(row.finding.id.clone(), row.finding.account)
    };
    let source = SheetSource::new(&report.project, report.run_id.clone(), Timestamp::MAX);
    DecisionSheet::new(source).with_sender("sato@example.com").with_rows(entries.iter().map(row).collect())
}

fn ids(report: &Report) -> String {
    let rows = report.findings.to_vec().unwrap();
    let mut ids: Vec<&str> = rows.iter().map(|row| &*row.finding.id).collect();
    ids.sort_unstable();
    ids.join(" ")
}

fn row_of(report: &Report, id: &str) -> ReportFinding {
    report.findings.to_vec().unwrap().into_iter().find(|row| &*row.finding.id == id).unwrap()
}

fn accepted(report: &Report) -> String {
    report.accepted.iter().filter_map(|one| one.issue.finding_id.as_deref()).collect::<Vec<_>>().join(" ")
}

fn issue_of(report: &Report, id: &str) -> IssueId {
    row_of(report, id).issue.unwrap()
}

fn entry(kind: DecisionKind, due: &str, comment: &str) -> DecisionEntry {
    let mut entry = DecisionEntry::new(kind).with_comment(comment);
    entry.due = (!due.is_empty()).then(|| due.parse().unwrap());
    entry
}

#[tokio::test]
async fn six_weeks_of_decisions() {
    use DecisionKind::{AcceptRisk, AcceptanceEnded, FalsePositive, NotOurs, ToFix};
    use WorkflowStatus::{New, Notified, Suppressed};
    let mut story = Story::new();

    // week 1: five findings; four are decided, and Security Hub fails in the middle
    let first = story.on("2026-11-23").run("r1").await;
    assert_eq!(ids(&first), "a b c d e");
    let entries = [
        ("a", entry(AcceptRisk, "2026-12-10", "no data in it")),
        ("b", entry(ToFix, "2026-12-20", "")),
        ("c", entry(FalsePositive, "", "the check is wrong")),
        ("d", entry(NotOurs, "", "team X")),
    ];
    let sheet = returned(&first, &entries);
    story.on("2026-11-24").hub.told.lock().unwrap().1 = 2;
    let (outcomes, applied) = story.take(&sheet).await;
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, PlannedOutcome::New(_))), "{outcomes:?}");
    assert_eq!((applied.kept, applied.mirrored.len(), applied.open.len()), (4, 2, 2));
    // returned once more: nothing is new, and what was left open is told by the upkeep
    let (outcomes, _) = story.take(&sheet).await;
    assert!(outcomes.iter().all(|(_, outcome)| *outcome == PlannedOutcome::Known), "{outcomes:?}");
    let before = story.hub.updates().len();
    assert_eq!((before, story.keep_up().await.mirrored.len(), story.hub.updates().len()), (2, 2, 2));
    assert_eq!(story.keep_up().await.mirrored.len(), 0, "all is told");
    let note = |text: &str| format!("[decision: {text}]");
    assert_eq!(story.hub.state("a"), (Suppressed, note("risk accepted until 2026-12-10: no data in it")));
    assert_eq!(story.hub.state("b"), (Notified, note("to fix by 2026-12-20")));
    assert_eq!(story.hub.state("c"), (Suppressed, note("false positive: the check is wrong")));
    assert_eq!(story.hub.state("d"), (Notified, note("not ours: team X")));

    // week 2: two are out of the report; somebody suppresses e by hand before it is decided
    let second = story.on("2026-11-30").run("r2").await;
    assert_eq!((&*ids(&second), &*accepted(&second)), ("b d e", "a c"));
    story.hub.change("e", |finding| finding.workflow = Suppressed);
    let sheet = returned(&second, &[("b", entries[1].1.clone()), ("e", entry(ToFix, "", ""))]);
    let (outcomes, applied) = story.on("2026-12-01").take(&sheet).await;
    let conflict = PlannedOutcome::Conflict(Conflict::Status(Suppressed));
    assert_eq!((outcomes, applied.kept), (vec![("e".to_owned(), conflict)], 0), "b was left as it was filled");

    // week 3: b is fixed; the report of week 2 says otherwise too late. c comes back under another ID
    story.hub.change("b", |finding| {
        (finding.compliance, finding.workflow) = (Some(ComplianceStatus::Passed), WorkflowStatus::Resolved);
    });
    story.hub.findings.lock().unwrap().retain(|finding| &*finding.id != "c");
    story.hub.findings.lock().unwrap().push(finding("c-2", Some("S3.3")));
    let sheet = returned(&second, &[("b", entry(AcceptRisk, "2026-12-15", "later"))]);
    let (outcomes, _) = story.on("2026-12-07").take(&sheet).await;
    assert_eq!(outcomes, [("b".to_owned(), PlannedOutcome::Conflict(Conflict::Closed))]);
    let third = story.run("r3").await;
    assert_eq!((&*ids(&third), &*accepted(&third)), ("c-2 d", "a"));
    let c = issue_of(&third, "c-2");
    assert_eq!(c, issue_of(&first, "c"), "the issue goes on");
    story.keep_up().await;
    assert_eq!(story.hub.state("c-2").0, Suppressed, "it keeps its decision");
    let [(_, change)] = &story.hub.updates()[..] else { panic!("one update") };
    assert_eq!(change.verification, Some(Verification::FalsePositive));

    // week 4: the time of a is over, once, however often that is looked at
    story.on("2026-12-14");
    for updates in [1, 0] {
        story.keep_up().await;
        assert_eq!(story.hub.updates().len(), updates);
    }
    assert_eq!(story.hub.state("a"), (New, note("acceptance ended until 2026-12-10: no data in it")));
    let fourth = story.run("r4").await;
    assert_eq!((&*ids(&fourth), &*accepted(&fourth)), ("a d", "c-2"));
    let a = issue_of(&fourth, "a");
    let row = row_of(&fourth, "a");
    assert_eq!(row.decision.as_ref().unwrap().entry.kind, AcceptanceEnded);
    assert_eq!(row.change, crate::report::Change::Reopened);

    // week 5: it is accepted again, and d is taken back by the project
    let sheet = returned(&fourth, &[("a", entry(AcceptRisk, "2027-01-20", "still none"))]);
    let (outcomes, _) = story.on("2026-12-21").take(&sheet).await;
    assert!(matches!(outcomes[0].1, PlannedOutcome::New(_)), "{outcomes:?}");
    let sheet = returned(&fourth, &[("d", DecisionEntry::new(DecisionKind::Withdrawn))]);
    story.take(&sheet).await;
    assert_eq!(story.hub.state("d"), (Notified, note("withdrawn")));

    // week 6
    let sixth = story.on("2026-12-28").run("r6").await;
    assert_eq!((&*ids(&sixth), &*accepted(&sixth)), ("d", "a c-2"));
    assert_eq!(story.kinds_of(&a).await, [AcceptRisk, AcceptanceEnded, AcceptRisk]);
    assert_eq!(story.kinds_of(&c).await, [FalsePositive]);
    assert_eq!(story.kinds_of(&issue_of(&sixth, "d")).await, [NotOurs, DecisionKind::Withdrawn]);
}

#[tokio::test]
async fn note_of_others_and_their_fields_stay() {
    let mut story = Story::new();
    let theirs = Note { text: "asked team X".into(), updated_by: Some("yamada".into()), updated_at: None };
    story.hub.change("a", |finding| {
        finding.note = Some(theirs);
        finding.user_defined_fields = vec![("ticket".into(), "OPS-1".into())];
    });
    let report = story.on("2026-11-23").run("r1").await;
    let fix = entry(DecisionKind::ToFix, "2026-12-20", "").with_owner("sato");
    story.take(&returned(&report, &[("a", fix)])).await;
    assert_eq!(story.hub.state("a").1, "asked team X\n[decision: to fix by 2026-12-20, owner sato]");
    let fields = story.hub.findings.lock().unwrap()[0].user_defined_fields.clone();
    let names: HashSet<&str> = fields.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["ticket", "decision-owner", "decision-due"].into());
    // what the job wrote itself is no conflict for the next decision
    let next = story.on("2026-11-30").run("r2").await;
    let (outcomes, _) = story.take(&returned(&next, &[("a", entry(DecisionKind::NotOurs, "", "team X"))])).await;
    assert!(matches!(outcomes[0].1, PlannedOutcome::New(_)), "{outcomes:?}");
    assert_eq!(story.hub.findings.lock().unwrap()[0].user_defined_fields, [("ticket".into(), "OPS-1".into())]);
}

#[tokio::test]
async fn without_security_hub_decisions_are_kept_all_the_same() {
    let mut story = Story::new();
    let report = story.on("2026-11-23").run("r1").await;
    let sheet = returned(&report, &[("a", entry(DecisionKind::ToFix, "", ""))]);
    let (targets, policy) = (DecisionTargets { log: &story.log, sink: None }, DecisionPolicy::default());
    let intake = Intake {
        history: &story.world.history,
        targets,
        sweep: &story.world.parts.sweep,
        policy: &policy,
        now: story.now,
        time_zone: &TimeZone::UTC,
    };
    let planned = intake.plan(&story.project, &sheet).await.unwrap();
    assert_eq!(intake.apply(&story.project, &planned).await.unwrap().kept, 1);
    assert_eq!((story.hub.updates().len(), story.kinds_of(&issue_of(&report, "a")).await.len()), (0, 1));
}
