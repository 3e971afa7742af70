use super::*;
use crate::decision::{Decision, DecisionEntry, DecisionKind};
use crate::history::{IssueRecord, IssueResolution, ProjectRun, Resolution};
use crate::{ComplianceStatus, Finding, WorkflowStatus};

use Severity::{Critical, High, Medium};

fn at(day: u32) -> Timestamp {
    format!("2026-11-{day:02}T00:00:00Z").parse().unwrap()
}

fn finding(severity: Severity) -> Finding {
    let mut finding = Finding::new("111111111111".parse().unwrap(), "one");
    finding.severity = severity;
    finding
}

/// The history of a project: an issue that was opened on the 2nd, and a run on each of some days, with whether people were told.
struct Story {
    record: Option<IssueRecord>,
    runs: Vec<ProjectRun>,
}

impl Story {
    fn empty() -> Self {
        Self { record: None, runs: Vec::new() }
    }

    /// The issue was seen on the 2nd.
    fn seen(severity: Severity, runs: &[(u32, bool)]) -> Self {
        let run_id = RunId::at(at(2));
        let run = |(day, told): &(u32, bool)| {
            let mut run = ProjectRun::new(RunId::at(at(*day)), at(*day));
            run.told = *told;
            run
        };
        Self {
            record: Some(IssueRecord::new(&finding(severity), &run_id, at(2))),
            runs: runs.iter().map(run).collect(),
        }
    }

    fn closed(mut self, day: u32, resolution: Resolution) -> Self {
        self.record.as_mut().unwrap().resolved = Some(IssueResolution::new(at(day), RunId::at(at(day)), resolution));
        self
    }

    fn candidates(&self, findings: Vec<Finding>, from: Severity) -> Vec<Candidate> {
        self.decided(findings, from, None)
    }

    fn decided(&self, findings: Vec<Finding>, from: Severity, kind: Option<DecisionKind>) -> Vec<Candidate> {
        let issues: Vec<IssueRecord> = self.record.iter().cloned().collect();
        let decide = |kind| {
            let issue = IssueId::of(&finding(Critical));
            Decision::new(issue, "111111111111".parse().unwrap(), DecisionEntry::new(kind), RunId::at(at(2)), at(3))
        };
        let account = AccountFindings::new("111111111111".parse().unwrap(), findings);
        candidates(&CandidateInput {
            run_id: &"urgent-1".parse().unwrap(),
            now: at(9),
            from,
            history: &ProjectHistory::new(issues, self.runs.clone()),
            decisions: &ProjectDecisions::new(kind.map(decide).into_iter().collect::<Vec<_>>()),
            accounts: &[Arc::new(account)],
        })
        .unwrap()
    }

    fn told(&self, finding: Finding, from: Severity) -> Option<Change> {
        let candidates = self.candidates(vec![finding], from);
        assert!(candidates.len() < 2);
        candidates.first().map(|candidate| candidate.row.change)
    }
}

#[test]
fn matrix_of_histories_and_severities() {
    let told = &[(2, true)][..];
    let untold = &[(1, true), (2, false)][..];
    let later_untold = &[(2, true), (3, false)][..];
    let passed = || Story::seen(Critical, &[(2, true), (3, true)]).closed(3, Resolution::Passed);
    for (name, story, now, from, want) in [
        ("never seen", Story::empty(), Critical, Critical, Some(Change::New)),
        ("never seen, less severe", Story::empty(), High, Critical, None),
        ("never seen, from high", Story::empty(), High, High, Some(Change::New)),
        ("told", Story::seen(Critical, told), Critical, Critical, None),
        ("told, later run told nobody", Story::seen(Critical, later_untold), Critical, Critical, None),
        ("seen, nobody told", Story::seen(Critical, untold), Critical, Critical, Some(Change::New)),
        ("worse", Story::seen(High, told), Critical, Critical, Some(Change::Worse)),
        ("worse from far below", Story::seen(Medium, told), High, High, Some(Change::Worse)),
        ("worse within what was told", Story::seen(High, told), Critical, High, None),
        ("less severe than before", Story::seen(Critical, told), High, High, None),
        ("back again", passed(), Critical, Critical, Some(Change::Reopened)),
        (
            "closed after the report and open again",
            Story::seen(Critical, told).closed(3, Resolution::Passed),
            Critical,
            Critical,
            None,
        ),
    ] {
        assert_eq!(story.told(finding(now), from), want, "{name}");
    }
}

#[test]
fn worse_in_a_run_of_which_nobody_was_told_is_told() {
    let mut story = Story::seen(High, &[(2, true), (3, false)]);
    let record = story.record.as_mut().unwrap();
    record.severity = Critical;
    record.severity_change = Some(crate::history::SeverityChange::new(High, RunId::at(at(3))));
    assert_eq!(story.told(finding(Critical), Critical), Some(Change::Worse));
    story.runs[1].told = true;
    assert_eq!(story.told(finding(Critical), Critical), None, "the report told of it");
}

#[test]
fn what_asks_for_nothing_is_not_told() {
    let story = Story::empty();
    let mut suppressed = finding(Critical);
    suppressed.workflow = WorkflowStatus::Suppressed;
    let mut sample = finding(Critical);
    sample.sample = true;
    let mut passed = finding(Critical);
    passed.compliance = Some(ComplianceStatus::Passed);
    for (name, finding) in [("suppressed", suppressed), ("sample", sample), ("passed", passed)] {
        assert_eq!(story.told(finding, Critical), None, "{name}");
    }
    for (kind, is_told) in [
        (DecisionKind::AcceptRisk, false),
        (DecisionKind::FalsePositive, false),
        (DecisionKind::NotOurs, false),
        (DecisionKind::ToFix, true),
        (DecisionKind::Withdrawn, true),
        (DecisionKind::AcceptanceEnded, true),
    ] {
        let candidates = story.decided(vec![finding(Critical)], Critical, Some(kind));
        assert_eq!(!candidates.is_empty(), is_told, "{kind:?}");
    }
}

#[test]
fn findings_of_one_issue_are_one_candidate_and_the_worst_comes_first() {
    let of = |id: &str, control: &str, severity| {
        let mut finding = finding(severity);
        (finding.id, finding.control_id) = (id.into(), Some(control.into()));
        finding
    };
    let findings =
        vec![of("a", "S3.1", High), of("b", "S3.1", Critical), of("c", "EC2.1", High), of("d", "IAM.1", Critical)];
    let candidates = Story::empty().candidates(findings, High);
    let severities: Vec<Severity> = candidates.iter().map(|candidate| candidate.severity).collect();
    assert_eq!(severities, [Critical, Critical, High]);
    assert!(candidates.iter().any(|candidate| &*candidate.row.finding.id == "b"));
    assert_eq!((changes(&candidates).new, changes(&candidates).current()), (3, 3));
}

#[test]
fn an_issue_that_came_back_has_another_opening() {
    let new = Story::empty().candidates(vec![finding(Critical)], Critical);
    let story = Story::seen(Critical, &[(2, true), (3, true)]).closed(3, Resolution::Passed);
    let again = story.candidates(vec![finding(Critical)], Critical);
    assert_eq!((new[0].opening, again[0].opening), (1, 2));
    assert_ne!(new[0].key(), again[0].key());
}
