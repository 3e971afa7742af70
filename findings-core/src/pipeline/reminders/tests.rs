//! Runs that end with reminders.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::decision::{Decision, DecisionEntry, DecisionKind, RecordDecisions};
use crate::history::{IssueId, Sla};
use crate::memory::{MemoryDecisions, MemoryRegistry, MemorySource};
use crate::pipeline::run::tests::{World, project, settings, sweep};
use crate::pipeline::{DecisionSettings, Pipeline, RunOutcome};
use crate::{DecisionLog as _, ErrorKind, Finding, Severity, WorkflowStatus};

struct Due {
    world: World,
    log: MemoryDecisions,
    reminders: ReminderSettings,
}

impl Due {
    /// Project "a" with findings "f", "g" and "h", its recipient x@example.com and the lead boss@example.com.
    fn new() -> Self {
        let lead = "boss@example.com".parse().unwrap();
        let mut world = World::new(vec![project("a", &[1], &["x@example.com"]).with_leads([lead])]);
        world.see(&[(1, "f"), (1, "g"), (1, "h")]).at("2026-11-23T00:00:00Z");
        Self { world, log: MemoryDecisions::new(), reminders: ReminderSettings::default() }
    }

    async fn decide(&self, finding: &str, kind: DecisionKind, owner: &str, due: &str) {
        let finding = Finding::new("000000000001".parse().unwrap(), finding);
        let entry = DecisionEntry::new(kind).with_owner(owner).with_due(due.parse().unwrap()).with_comment("why");
        let (run, at) = ("r1".parse().unwrap(), self.world.clock().0);
        let decision = Decision::new(IssueId::of(&finding), finding.account, entry, run, at);
        self.log.record(&RecordDecisions::new("a", vec![decision])).await.unwrap();
    }

    async fn run(&self, run_id: &str) -> Summary {
        let decisions = DecisionSettings::new(Arc::new(self.log.clone())).with_reminders(self.reminders.clone());
        let mut settings = settings(run_id);
        settings.clock = self.world.clock();
        settings.targets = Sla::default().with_target(Severity::Informational, Duration::from_hours(24));
        let pipeline = Pipeline::new(self.world.parts.clone(), settings).with_decisions(decisions);
        match pipeline.run().await.unwrap() {
            RunOutcome::Done(summary) => *summary,
            other => panic!("{other:?}"),
        }
    }

    /// Kind, recipient, findings and overdue ones of each message so far.
    fn told(&self) -> Vec<(&'static str, String, Vec<String>, u64)> {
        let messages = self.world.notifier.decision_messages();
        let told = messages.iter().map(|message| {
            let (DecisionSubject::Reminder(due) | DecisionSubject::Escalation { due, .. }) = &message.subject else {
                panic!("no answer is sent by a run")
            };
            let findings = due.items.iter().map(|item| item.issue.finding_id.as_deref().unwrap().to_owned());
            assert!(message.link.is_some() && message.project == "a");
            (message.subject.kind(), message.recipient.to_string(), findings.collect(), due.overdue)
        });
        told.collect()
    }
}

fn told(kind: &'static str, to: &str, findings: &[&str], overdue: u64) -> (&'static str, String, Vec<String>, u64) {
    (kind, to.to_owned(), findings.iter().map(|f| (*f).to_owned()).collect(), overdue)
}

#[tokio::test]
async fn owners_hear_of_what_is_near_and_leads_of_what_is_long_overdue() {
    use DecisionKind::{AcceptRisk, ToFix};
    let mut due = Due::new();
    due.run("r1").await;
    assert!(due.told().is_empty(), "nobody has decided, and the targets passed less than 14 days ago");
    due.decide("f", ToFix, "Sato <Sato@Example.com>", "2026-11-30").await;
    due.decide("g", ToFix, "sato@example.com", "2026-12-09").await;
    due.decide("h", AcceptRisk, "ito@example.com", "2026-12-31").await;
    let finding = |id: &str, workflow| {
        let mut finding = Finding::new("000000000001".parse().unwrap(), id);
        finding.workflow = workflow;
        finding
    };
    let [f, g] = ["f", "g"].map(|id| finding(id, WorkflowStatus::Notified));
    due.world.parts.sweep = sweep(MemorySource::new(vec![f, g, finding("h", WorkflowStatus::Suppressed)]));
    due.world.at("2026-11-25T00:00:00Z");
    due.run("r2").await;
    assert_eq!(due.told(), [told("reminder", "sato@example.com", &["f"], 0)], "the others are far");
    due.world.at("2026-12-07T00:00:00Z");
    let summary = due.run("r3").await;
    assert_eq!(
        due.told()[1..],
        [told("reminder", "ito@example.com", &["h"], 0), told("reminder", "sato@example.com", &["f", "g"], 1)]
    );
    assert_eq!((summary.reminders.unwrap().told, summary.errors.len()), (2, 0));
    due.world.at("2026-12-14T00:00:00Z");
    due.run("r4").await;
    assert_eq!(due.told()[5..], [told("escalation", "boss@example.com", &["f"], 1)], "overdue for 14 days");
}

#[tokio::test]
async fn each_is_told_once_for_a_run_and_a_failure_leaves_the_run_open() {
    let due = Due::new();
    due.run("r1").await;
    for owner in ["ito@example.com", "sato@example.com"] {
        due.decide(if owner.starts_with('i') { "f" } else { "g" }, DecisionKind::ToFix, owner, "2026-11-24").await;
    }
    let sato: Recipient = "sato@example.com".parse().unwrap();
    due.world.notifier.fail_for(&sato, ErrorKind::Unavailable);
    let summary = due.run("r2").await;
    assert_eq!(due.told(), [told("reminder", "ito@example.com", &["f"], 0)]);
    assert!(!summary.is_finished() && summary.projects[0].is_ok(), "{summary:?}");
    assert!(
        summary.errors[0].message.starts_with("owners and leads of a: memory to sato@example.com: "),
        "{summary:?}"
    );
    due.world.notifier.recover();
    let summary = due.run("r2").await;
    assert_eq!(due.told()[1..], [told("reminder", "sato@example.com", &["g"], 0)], "and ito not again");
    assert!(summary.is_finished() && summary.errors.is_empty());
    assert_eq!(due.world.notifier.sent().iter().filter(|n| n.run_id.as_str() == "r2").count(), 1, "one report");
}

#[tokio::test]
async fn no_mail_leaves_the_domains_of_the_project() {
    let mut due = Due::new();
    due.run("r1").await;
    for (finding, owner) in
        [("f", "sato@evil.example"), ("g", "teams:payments"), ("h", "not an address\r\nBcc: x@evil.example")]
    {
        due.decide(finding, DecisionKind::ToFix, owner, "2026-11-24").await;
    }
    due.run("r2").await;
    assert!(due.told().is_empty());
    due.reminders.domains = "evil.example".parse().unwrap();
    due.run("r3").await;
    assert_eq!(due.told(), [told("reminder", "sato@evil.example", &["f"], 0)], "allowed by the operator");
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_fixed_or_undelivered() {
    let mut due = Due::new();
    due.run("r1").await;
    due.decide("f", DecisionKind::ToFix, "sato@example.com", "2026-11-24").await;
    due.world.notifier.fail_for(&"x@example.com".parse().unwrap(), ErrorKind::Unavailable);
    let summary = due.run("r2").await;
    assert!(due.told().is_empty() && !summary.projects[0].is_delivered(), "the report comes first");
    due.world.notifier.recover();
    due.world.parts.sweep = sweep(MemorySource::default());
    due.run("r3").await;
    assert!(due.told().is_empty(), "it is gone");
    due.world.parts.registry = Arc::new(MemoryRegistry::new(vec![project("a", &[1], &["x@example.com"])]));
    due.world.see(&[(1, "f")]).at("2027-01-30T00:00:00Z");
    due.reminders.days_before = None;
    due.run("r4").await;
    assert!(due.told().is_empty(), "no leads, and owners are not reminded");
}
