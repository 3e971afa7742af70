//! Stories of a few runs, told through [`diff`]. The memory between the runs is a map, as every backend keeps it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::*;
use super::{Change, Resolution};
use crate::{Finding, Severity, WorkflowStatus};

const A: &str = "111111111111";
const B: &str = "222222222222";

/// A project whose runs follow each other.
#[derive(Default)]
struct Story {
    known: BTreeMap<IssueId, IssueRecord>,
    runs: Vec<ProjectRun>,
}

/// One run: what was there to see.
struct Scene<'a> {
    day: u32,
    findings: Vec<Finding>,
    complete: &'a [&'a str],
    accounts: Option<&'a [&'a str]>,
    lookups: HashMap<IssueId, LookupOutcome>,
}

impl<'a> Scene<'a> {
    /// Both accounts belong to the project and answered.
    fn on(day: u32, findings: Vec<Finding>) -> Self {
        Self { day, findings, complete: &[A, B], accounts: Some(&[A, B]), lookups: HashMap::new() }
    }

    fn complete(mut self, complete: &'a [&'a str]) -> Self {
        self.complete = complete;
        self
    }

    fn accounts(mut self, accounts: Option<&'a [&'a str]>) -> Self {
        self.accounts = accounts;
        self
    }
}

impl Story {
    /// Compares without remembering: the report was not delivered.
    fn look(&self, scene: &Scene<'_>) -> Diff {
        let known: Vec<_> = self.known.values().cloned().collect();
        let findings: Vec<_> = scene.findings.iter().cloned().map(Arc::new).collect();
        diff(&DiffInput {
            run_id: &run_id(scene.day),
            now: day(scene.day),
            known: &known,
            runs: &self.runs,
            findings: &IdentifiedFindings::new(findings),
            absence: &AbsenceRules::conclusive_for(set(scene.complete)),
            accounts: scene.accounts.map(set).as_ref(),
            lookups: &scene.lookups,
        })
    }

    fn play(&mut self, scene: &Scene<'_>) -> Diff {
        let diff = self.look(scene);
        self.remember(&diff.upserts);
        let mut run = ProjectRun::new(run_id(scene.day), day(scene.day));
        let incomplete = [A, B].into_iter().filter(|a| !scene.complete.contains(a));
        run.incomplete_accounts = incomplete.map(|a| a.parse().unwrap()).collect();
        self.runs.retain(|before| before.run_id != run.run_id);
        self.runs.push(run);
        diff
    }

    fn remember(&mut self, upserts: &[IssueRecord]) {
        self.known.extend(upserts.iter().map(|r| (r.id.clone(), r.clone())));
    }
}

fn set(accounts: &[&str]) -> HashSet<AccountId> {
    accounts.iter().map(|a| a.parse().unwrap()).collect()
}

fn day(n: u32) -> Timestamp {
    format!("2026-11-{n:02}T06:00:00Z").parse().unwrap()
}

fn run_id(n: u32) -> RunId {
    RunId::at(day(n))
}

/// A finding of a control, as each standard reports it.
fn finding(account: &str, bucket: &str) -> Finding {
    let mut finding = Finding::new(account.parse().unwrap(), format!("fsbp/{bucket}"));
    finding.control_id = Some("S3.1".into());
    finding.region = Some("eu-west-1".into());
    finding.severity = Severity::High;
    finding.title = format!("Bucket {bucket} is public").into();
    finding.resources = vec![crate::Resource { id: bucket.into(), ..crate::Resource::default() }];
    finding
}

fn changes(new: u64, reopened: u64, open: u64, resolved: u64) -> Changes {
    Changes { new, reopened, open, worse: 0, resolved }
}

#[test]
fn an_issue_appears_stays_goes_and_returns() {
    let mut story = Story::default();
    let x = || vec![finding(A, "x")];
    // what is there; the changes; the row's change; writes to the history
    for (n, findings, counts, change, writes) in [
        (1, x(), changes(1, 0, 0, 0), Some(Change::New), 1),
        (2, x(), changes(0, 0, 1, 0), Some(Change::Open), 0),
        (3, vec![], changes(0, 0, 0, 1), None, 1),
        (4, vec![], changes(0, 0, 0, 0), None, 0),
        (5, x(), changes(0, 1, 0, 0), Some(Change::Reopened), 1),
        (6, x(), changes(0, 0, 1, 0), Some(Change::Open), 0),
        (7, vec![], changes(0, 0, 0, 1), None, 1),
        (8, x(), changes(0, 1, 0, 0), Some(Change::Reopened), 1),
    ] {
        let diff = story.play(&Scene::on(n, findings));
        assert_eq!(diff.changes, counts, "day {n}");
        assert_eq!(diff.findings.first().map(|f| f.change), change, "day {n}");
        assert_eq!(diff.upserts.len(), writes, "day {n}");
        assert_eq!(diff.stale, 0);
    }
    let record = story.known.values().next().unwrap();
    assert_eq!((record.reopened, record.first_seen, record.is_open()), (2, day(1), true));
    assert_eq!(record.opened_in, run_id(8));
}

#[test]
fn what_is_resolved_says_since_when_and_why() {
    let mut story = Story::default();
    let mut low = finding(A, "a");
    low.severity = Severity::Low;
    story.play(&Scene::on(1, vec![low, finding(B, "b")]));
    let diff = story.play(&Scene::on(2, vec![]).accounts(Some(&[A])).complete(&[A]));
    let told: Vec<_> = diff.resolved.iter().map(|r| (&*r.title, r.severity, r.resolution)).collect();
    assert_eq!(
        told,
        [
            ("Bucket b is public", Severity::High, Resolution::AccountLeft),
            ("Bucket a is public", Severity::Low, Resolution::Gone)
        ]
    );
    assert!(diff.resolved.iter().all(|r| (r.first_seen, r.resolved_at) == (day(1), day(2))));
    assert!(story.known.values().all(|r| r.resolved.as_ref().unwrap().run_id == run_id(2)));
}

#[test]
fn an_account_that_did_not_answer_resolves_nothing() {
    let mut story = Story::default();
    story.play(&Scene::on(1, vec![finding(A, "a"), finding(B, "b1"), finding(B, "b2")]));
    // of B came one page only
    let scene = Scene::on(2, vec![finding(B, "b2"), finding(B, "b3")]).complete(&[A]);
    let diff = story.play(&scene);
    assert_eq!((diff.changes, diff.stale), (changes(1, 0, 1, 1), 1));
    assert_eq!(diff.resolved[0].account.to_string(), A);
    // it answers again: what was stale is gone, and only now
    let diff = story.play(&Scene::on(3, vec![finding(B, "b2"), finding(B, "b3")]));
    assert_eq!((diff.changes, diff.stale), (changes(0, 0, 2, 1), 0));
}

#[test]
fn an_account_has_left_only_if_the_registry_could_be_read() {
    for (accounts, counts, stale) in [(None, changes(0, 0, 1, 0), 1), (Some(&[A][..]), changes(0, 0, 1, 1), 0)] {
        let mut story = Story::default();
        story.play(&Scene::on(1, vec![finding(A, "a"), finding(B, "b")]));
        let diff = story.play(&Scene::on(2, vec![finding(A, "a")]).complete(&[A]).accounts(accounts));
        assert_eq!((diff.changes, diff.stale), (counts, stale), "{accounts:?}");
        assert!(diff.resolved.iter().all(|r| r.resolution == Resolution::AccountLeft));
    }
}

#[test]
fn one_finding_per_standard_is_one_issue_as_bad_as_the_worst_and_as_old_as_the_oldest() {
    let mut cis = finding(A, "x");
    (cis.id, cis.severity) = ("cis/x".into(), Severity::Critical);
    cis.first_observed_at = Some(day(2));
    let mut fsbp = finding(A, "x");
    fsbp.first_observed_at = Some(day(5));
    for findings in [vec![cis.clone(), fsbp.clone()], vec![fsbp, cis]] {
        let mut story = Story::default();
        let diff = story.play(&Scene::on(9, findings.clone()));
        assert_eq!(diff.changes, changes(1, 0, 0, 0));
        assert_eq!(diff.findings.len(), 2);
        assert!(diff.findings.iter().all(|f| (f.change, f.first_seen) == (Change::New, day(2))));
        let record = story.known.values().next().unwrap();
        assert_eq!((story.known.len(), record.severity, record.first_seen), (1, Severity::Critical, day(2)));
        assert_eq!(story.play(&Scene::on(10, findings)).upserts, []);
    }
}

#[test]
fn the_switch_to_consolidated_findings_opens_and_resolves_nothing() {
    let mut story = Story::default();
    let mut cis = finding(A, "x");
    cis.id = "cis/x".into();
    story.play(&Scene::on(1, vec![finding(A, "x"), cis]));
    let mut consolidated = finding(A, "x");
    consolidated.id = "security-control/S3.1/x".into();
    let diff = story.play(&Scene::on(2, vec![consolidated]));
    // the one write is the new ID, by which can be asked later what became of it
    assert_eq!((diff.changes, diff.upserts.len()), (changes(0, 0, 1, 0), 1));
    assert_eq!(diff.upserts[0].finding_id.as_deref(), Some("security-control/S3.1/x"));
}

#[test]
fn a_run_whose_commit_was_cut_off_gives_the_same_changes_again() {
    let mut before = Story::default();
    before.play(&Scene::on(1, vec![finding(A, "stays"), finding(A, "goes"), finding(A, "returns")]));
    before.play(&Scene::on(2, vec![finding(A, "stays"), finding(A, "goes")]));
    let scene = Scene::on(3, vec![finding(A, "stays"), finding(A, "returns"), finding(A, "new")]);
    let first = before.look(&scene);
    assert_eq!(first.changes, changes(1, 1, 1, 1));
    // every part of the commit may have been written, in whatever order
    for mask in 0..1_u32 << first.upserts.len() {
        let mut story = Story { known: before.known.clone(), runs: before.runs.clone() };
        let written = first.upserts.iter().enumerate().filter(|(n, _)| mask & (1 << n) != 0);
        story.remember(&written.map(|(_, r)| r.clone()).collect::<Vec<_>>());
        let again = story.play(&scene);
        assert_eq!(again.changes, first.changes, "written: {mask:b}");
        assert_eq!(again.resolved, first.resolved, "written: {mask:b}");
        let rows = |diff: &Diff| diff.findings.iter().map(|f| f.change).collect::<Vec<_>>();
        assert_eq!(rows(&again), rows(&first), "written: {mask:b}");
        let mut undisturbed = Story { known: before.known.clone(), runs: before.runs.clone() };
        undisturbed.play(&scene);
        assert_eq!(story.known, undisturbed.known, "written: {mask:b}");
    }
}

#[test]
fn what_a_cut_off_run_resolved_and_its_repetition_sees_has_been_open_all_the_time() {
    let mut story = Story::default();
    story.play(&Scene::on(1, vec![finding(A, "x")]));
    assert_eq!(story.play(&Scene::on(2, vec![])).changes, changes(0, 0, 0, 1));
    let diff = story.play(&Scene::on(2, vec![finding(A, "x")]));
    assert_eq!((diff.changes, diff.findings[0].change), (changes(0, 0, 1, 0), Change::Open));
    let record = story.known.values().next().unwrap();
    assert_eq!((record.is_open(), record.reopened, &record.opened_in), (true, 0, &run_id(1)));
}

#[test]
fn only_what_changed_is_written() {
    type Touch = fn(&mut Finding);
    let mut story = Story::default();
    let findings: Vec<_> = (0..100).map(|n| finding(A, &format!("bucket-{n}"))).collect();
    assert_eq!(story.play(&Scene::on(1, findings.clone())).upserts.len(), 100);
    assert_eq!(story.play(&Scene::on(2, findings.clone())).upserts, []);
    let touches: [(&str, Touch, usize); 5] = [
        ("severity", |f| f.severity = Severity::Critical, 1),
        ("workflow", |f| f.workflow = WorkflowStatus::Notified, 1),
        ("title", |f| f.title = "Renamed".into(), 1),
        ("description", |f| f.description = "Reworded".into(), 0),
        ("updated", |f| f.updated_at = Some(day(3)), 0),
    ];
    for ((what, touch, writes), n) in touches.into_iter().zip(3..) {
        let mut today = findings.clone();
        touch(&mut today[7]);
        let diff = story.look(&Scene::on(n, today));
        assert_eq!(diff.upserts.len(), writes, "{what}");
        let worse = u64::from(what == "severity");
        assert_eq!(diff.changes, Changes { worse, ..changes(0, 0, 100, 0) }, "{what}");
    }
}

#[test]
fn first_seen_is_the_products_word_but_never_the_future() {
    let story = Story::default();
    for (said, want) in [(Some(day(1)), day(1)), (None, day(9)), (Some(day(20)), day(9))] {
        let mut f = finding(A, "x");
        f.first_observed_at = said;
        assert_eq!(story.look(&Scene::on(9, vec![f])).findings[0].first_seen, want, "{said:?}");
    }
}

#[test]
fn issues_differ_by_account_region_control_and_main_resource() {
    let base = finding(A, "x");
    let mut region = base.clone();
    region.region = Some("us-east-1".into());
    let mut control = base.clone();
    control.control_id = Some("S3.2".into());
    let mut product = base.clone();
    product.control_id = None;
    let mut other_id = product.clone();
    other_id.id = "other".into();
    let all = [base, region, control, product, other_id, finding(B, "x"), finding(A, "y")];
    let ids: HashSet<_> = all.iter().map(IssueId::of).collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn a_rise_of_severity_is_announced_once_and_a_fall_is_recorded() {
    let mut story = Story::default();
    let as_bad_as = |severity| {
        let mut x = finding(A, "x");
        x.severity = severity;
        vec![x]
    };
    story.play(&Scene::on(1, as_bad_as(Severity::Medium)));
    // what it is; the change told; its change of severity afterwards; writes
    for (n, severity, change, noted, writes) in [
        (2, Severity::High, Change::Worse, Some((Severity::Medium, 2)), 1),
        (3, Severity::High, Change::Open, Some((Severity::Medium, 2)), 0),
        (4, Severity::Low, Change::Open, Some((Severity::High, 4)), 1),
        (5, Severity::Critical, Change::Worse, Some((Severity::Low, 5)), 1),
    ] {
        let scene = Scene::on(n, as_bad_as(severity));
        let diff = story.play(&scene);
        assert_eq!((diff.findings[0].change, diff.upserts.len()), (change, writes), "day {n}");
        assert_eq!((diff.changes.open, diff.changes.worse), (1, u64::from(change == Change::Worse)), "day {n}");
        let record = story.known.values().next().unwrap();
        let told = record.severity_change.as_ref().map(|c| (c.from, c.run_id.clone()));
        assert_eq!(told, noted.map(|(from, day)| (from, run_id(day))), "day {n}");
        // the same run again, as after a crash behind the commit
        let again = story.look(&scene);
        assert_eq!((again.changes, again.upserts.len()), (diff.changes, 0), "day {n}, again");
    }
    // an attempt that was cut off saw it worse, the next attempt at the same run as it was
    story.play(&Scene::on(6, as_bad_as(Severity::Informational)));
    let diff = story.play(&Scene::on(6, as_bad_as(Severity::Critical)));
    assert_eq!((diff.changes.worse, diff.findings[0].change), (0, Change::Open));
}

#[test]
fn when_an_issue_was_last_seen_is_known_without_a_write() {
    let mut story = Story::default();
    let both = || vec![finding(A, "a"), finding(B, "b")];
    story.play(&Scene::on(1, both()));
    assert_eq!(story.play(&Scene::on(2, both())).upserts, []);
    // B does not answer twice, then it is gone
    story.play(&Scene::on(3, vec![finding(A, "a")]).complete(&[A]));
    story.play(&Scene::on(4, vec![finding(A, "a")]).complete(&[A]));
    let last_seen = |story: &Story| -> Vec<_> {
        let history = ProjectHistory::new(story.known.values().cloned().collect(), story.runs.clone());
        let mut seen: Vec<_> = history.issues.iter().map(|i| (i.account.to_string(), history.last_seen(i))).collect();
        seen.sort();
        seen
    };
    assert_eq!(last_seen(&story), [(A.to_owned(), day(4)), (B.to_owned(), day(2))]);
    story.play(&Scene::on(5, vec![]));
    story.play(&Scene::on(6, vec![]));
    assert_eq!(last_seen(&story), [(A.to_owned(), day(4)), (B.to_owned(), day(2))]);
}

#[test]
fn what_became_of_an_issue_is_said_and_what_is_open_after_all_stays() {
    let mut story = Story::default();
    let names = ["passed", "archived", "suppressed", "marked", "open", "unknown"];
    let all: Vec<_> = names.iter().map(|n| finding(A, n)).collect();
    story.play(&Scene::on(1, all.clone()));
    let mut scene = Scene::on(2, vec![]);
    let outcomes = [
        LookupOutcome::Resolved(Resolution::Passed),
        LookupOutcome::Resolved(Resolution::Archived),
        LookupOutcome::Resolved(Resolution::Suppressed),
        LookupOutcome::Resolved(Resolution::MarkedResolved),
        LookupOutcome::Open,
    ];
    scene.lookups = all.iter().map(IssueId::of).zip(outcomes).collect();
    let diff = story.play(&scene);
    assert_eq!((diff.changes, diff.stale), (changes(0, 0, 0, 5), 1));
    let why = |name: &str| {
        let record = &story.known[&IssueId::of(&finding(A, name))];
        (record.resolved.as_ref().map(|r| r.resolution), record.decided_at)
    };
    assert_eq!(why("passed"), (Some(Resolution::Passed), None));
    assert_eq!(why("archived"), (Some(Resolution::Archived), None));
    assert_eq!(why("suppressed"), (Some(Resolution::Suppressed), Some(day(2))));
    assert_eq!(why("marked"), (Some(Resolution::MarkedResolved), Some(day(2))));
    assert_eq!(why("open"), (None, None));
    assert_eq!(why("unknown"), (Some(Resolution::Gone), None));
}

#[test]
fn an_issue_of_a_project_that_left_and_returns_was_open_all_the_time() {
    let mut story = Story::default();
    story.play(&Scene::on(1, vec![finding(A, "stays"), finding(A, "goes")]));
    for record in story.known.values_mut() {
        record.resolved = Some(IssueResolution { at: day(2), run_id: run_id(2), resolution: Resolution::ProjectLeft });
    }
    let diff = story.play(&Scene::on(3, vec![finding(A, "stays")]));
    assert_eq!(diff.changes, changes(0, 0, 1, 1));
    assert!(story.known[&IssueId::of(&finding(A, "stays"))].is_open());
    let gone = story.known[&IssueId::of(&finding(A, "goes"))].resolved.clone().unwrap();
    assert_eq!((gone.run_id, gone.resolution), (run_id(3), Resolution::Gone));
}

#[test]
fn the_first_decision_is_remembered() {
    let mut story = Story::default();
    let mut noted = finding(A, "x");
    story.play(&Scene::on(1, vec![noted.clone()]));
    noted.workflow = WorkflowStatus::Notified;
    let note = r#"{"Id":"1","AwsAccountId":"111111111111","Note":{"Text":"on it","UpdatedAt":"2026-11-03T06:00:00Z"}}"#;
    let decoded = crate::asff::decode_finding(note.as_bytes(), &crate::asff::TextPool::default()).unwrap();
    story.play(&Scene::on(2, vec![noted.clone()]));
    assert_eq!(story.known.values().next().unwrap().decided_at, None, "that its owner was told is no decision");
    noted.note = decoded.note;
    for n in [4, 5] {
        story.play(&Scene::on(n, vec![noted.clone()]));
        assert_eq!(story.known.values().next().unwrap().decided_at, Some(day(3)), "day {n}");
    }
}
