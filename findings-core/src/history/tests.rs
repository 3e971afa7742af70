//! Tests of [`diff`] over several runs. A map stands for the history backend.

#[cfg(any(feature = "aws-dynamodb", feature = "local"))]
pub(crate) mod early;

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::TryStreamExt as _;

use super::*;
use super::{Change, Resolution};
use crate::memory::MemoryHistory;
use crate::{Finding, Severity, WorkflowStatus};

const A: &str = "111111111111";
const B: &str = "222222222222";

/// The history of a project between runs.
#[derive(Default)]
struct History {
    known: BTreeMap<IssueId, IssueRecord>,
    runs: Vec<ProjectRun>,
}

/// What one run fetches.
struct Observation<'a> {
    day: u32,
    findings: Vec<Finding>,
    complete: &'a [&'a str],
    accounts: Option<&'a [&'a str]>,
    lookups: HashMap<IssueId, LookupOutcome>,
}

impl<'a> Observation<'a> {
    /// A run for which both accounts belong to the project and were fetched completely.
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

fn first(diff: &Diff) -> ReportFinding {
    diff.findings.get(0).unwrap()
}

impl History {
    /// Compares without writing the history, as if the report was not delivered.
    fn compare(&self, observation: &Observation<'_>) -> Diff {
        let known: Vec<_> = self.known.values().cloned().collect();
        let findings = observation.findings.iter().cloned().collect();
        diff(&DiffInput {
            run_id: &run_id(observation.day),
            now: day(observation.day),
            known: &known,
            runs: &self.runs,
            findings: &IdentifiedFindings::new(findings, &known).unwrap(),
            absence: &AbsenceRules::conclusive_for(set(observation.complete)),
            accounts: observation.accounts.map(set).as_ref(),
            lookups: &observation.lookups,
        })
        .unwrap()
    }

    /// Compares and writes the history.
    fn run(&mut self, observation: &Observation<'_>) -> Diff {
        let diff = self.compare(observation);
        self.remember(&diff.upserts.to_vec().unwrap());
        let mut run = ProjectRun::new(run_id(observation.day), day(observation.day));
        let incomplete = [A, B].into_iter().filter(|a| !observation.complete.contains(a));
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

/// A finding of control S3.1.
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
    Changes { new, reopened, open, resolved, ..Changes::default() }
}

#[test]
fn issue_is_new_then_open_then_resolved_then_reopened() {
    let mut history = History::default();
    let x = || vec![finding(A, "x")];
    // day, findings, expected changes, expected change of the finding, expected writes
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
        let diff = history.run(&Observation::on(n, findings));
        assert_eq!(diff.changes, counts, "day {n}");
        assert_eq!(diff.findings.facts().next().map(|f| f.change), change, "day {n}");
        assert_eq!(diff.upserts.len(), writes, "day {n}");
        assert_eq!(diff.stale.total(), 0);
    }
    let record = history.known.values().next().unwrap();
    assert_eq!((record.reopened, record.first_seen, record.is_open()), (2, day(1), true));
    assert_eq!(record.opened_in, run_id(8));
}

#[test]
fn resolved_issue_has_times_and_reason() {
    let mut history = History::default();
    let mut low = finding(A, "a");
    low.severity = Severity::Low;
    history.run(&Observation::on(1, vec![low, finding(B, "b")]));
    let diff = history.run(&Observation::on(2, vec![]).accounts(Some(&[A])).complete(&[A]));
    let resolved: Vec<_> = diff.resolved.iter().map(|r| (&*r.title, r.severity, r.resolution)).collect();
    assert_eq!(
        resolved,
        [
            ("Bucket b is public", Severity::High, Resolution::AccountLeft),
            ("Bucket a is public", Severity::Low, Resolution::Gone)
        ]
    );
    assert!(diff.resolved.iter().all(|r| (r.first_seen, r.resolved_at) == (day(1), day(2))));
    assert!(history.known.values().all(|r| r.resolved.as_ref().unwrap().run_id == run_id(2)));
}

#[test]
fn issues_of_incomplete_account_are_stale_and_not_resolved() {
    let mut history = History::default();
    history.run(&Observation::on(1, vec![finding(A, "a"), finding(B, "b1"), finding(B, "b2")]));
    // only one page of B was fetched
    let observation = Observation::on(2, vec![finding(B, "b2"), finding(B, "b3")]).complete(&[A]);
    let diff = history.run(&observation);
    assert_eq!(diff.changes, Changes { stale: 1, ..changes(1, 0, 1, 1) });
    assert_eq!(diff.resolved[0].account.to_string(), A);
    // B is fetched completely: only now is the stale issue resolved
    let diff = history.run(&Observation::on(3, vec![finding(B, "b2"), finding(B, "b3")]));
    assert_eq!(diff.changes, changes(0, 0, 2, 1));
}

#[test]
fn account_leaves_only_if_registry_was_read() {
    let stale = Changes { stale: 1, ..changes(0, 0, 1, 0) };
    let left = Changes { left: 1, ..changes(0, 0, 1, 0) };
    for (accounts, counts) in [(None, stale), (Some(&[A][..]), left)] {
        let mut history = History::default();
        history.run(&Observation::on(1, vec![finding(A, "a"), finding(B, "b")]));
        let diff = history.run(&Observation::on(2, vec![finding(A, "a")]).complete(&[A]).accounts(accounts));
        assert_eq!(diff.changes, counts, "{accounts:?}");
        assert!(diff.resolved.iter().all(|r| r.resolution == Resolution::AccountLeft));
    }
}

#[test]
fn findings_of_several_standards_are_one_issue() {
    let mut cis = finding(A, "x");
    (cis.id, cis.severity) = ("cis/x".into(), Severity::Critical);
    cis.first_observed_at = Some(day(2));
    let mut fsbp = finding(A, "x");
    fsbp.first_observed_at = Some(day(5));
    for findings in [vec![cis.clone(), fsbp.clone()], vec![fsbp, cis]] {
        let mut history = History::default();
        let diff = history.run(&Observation::on(9, findings.clone()));
        assert_eq!(diff.changes, changes(1, 0, 0, 0));
        assert_eq!(diff.findings.len(), 2);
        assert!(diff.findings.facts().all(|f| (f.change, f.first_seen) == (Change::New, day(2))));
        let record = history.known.values().next().unwrap();
        assert_eq!((history.known.len(), record.severity, record.first_seen), (1, Severity::Critical, day(2)));
        assert!(history.run(&Observation::on(10, findings)).upserts.is_empty());
    }
}

#[test]
fn switch_to_consolidated_findings_keeps_issues_open() {
    let mut history = History::default();
    let mut cis = finding(A, "x");
    cis.id = "cis/x".into();
    history.run(&Observation::on(1, vec![finding(A, "x"), cis]));
    let mut consolidated = finding(A, "x");
    consolidated.id = "security-control/S3.1/x".into();
    let diff = history.run(&Observation::on(2, vec![consolidated]));
    // the one write stores the new finding ID, which later queries need
    assert_eq!((diff.changes, diff.upserts.len()), (changes(0, 0, 1, 0), 1));
    assert_eq!(diff.upserts.get(0).unwrap().finding_id.as_deref(), Some("security-control/S3.1/x"));
}

#[test]
fn repeated_run_after_partial_commit_gives_same_changes() {
    let mut before = History::default();
    before.run(&Observation::on(1, vec![finding(A, "stays"), finding(A, "goes"), finding(A, "returns")]));
    before.run(&Observation::on(2, vec![finding(A, "stays"), finding(A, "goes")]));
    let observation = Observation::on(3, vec![finding(A, "stays"), finding(A, "returns"), finding(A, "new")]);
    let first = before.compare(&observation);
    assert_eq!(first.changes, changes(1, 1, 1, 1));
    // any subset of the records may have been written
    for mask in 0..1_u32 << first.upserts.len() {
        let mut history = History { known: before.known.clone(), runs: before.runs.clone() };
        let written = first.upserts.iter().enumerate().filter(|(n, _)| mask & (1 << n) != 0);
        history.remember(&written.map(|(_, r)| r.unwrap()).collect::<Vec<_>>());
        let again = history.run(&observation);
        assert_eq!(again.changes, first.changes, "written: {mask:b}");
        assert_eq!(again.resolved, first.resolved, "written: {mask:b}");
        let rows = |diff: &Diff| diff.findings.facts().map(|f| f.change).collect::<Vec<_>>();
        assert_eq!(rows(&again), rows(&first), "written: {mask:b}");
        let mut undisturbed = History { known: before.known.clone(), runs: before.runs.clone() };
        undisturbed.run(&observation);
        assert_eq!(history.known, undisturbed.known, "written: {mask:b}");
    }
}

#[test]
fn repeated_run_undoes_its_own_resolution() {
    let mut history = History::default();
    history.run(&Observation::on(1, vec![finding(A, "x")]));
    assert_eq!(history.run(&Observation::on(2, vec![])).changes, changes(0, 0, 0, 1));
    let diff = history.run(&Observation::on(2, vec![finding(A, "x")]));
    assert_eq!((diff.changes, first(&diff).change), (changes(0, 0, 1, 0), Change::Open));
    let record = history.known.values().next().unwrap();
    assert_eq!((record.is_open(), record.reopened, &record.opened_in), (true, 0, &run_id(1)));
}

#[test]
fn only_changed_records_are_written() {
    type Touch = fn(&mut Finding);
    let mut history = History::default();
    let findings: Vec<_> = (0..100).map(|n| finding(A, &format!("bucket-{n}"))).collect();
    assert_eq!(history.run(&Observation::on(1, findings.clone())).upserts.len(), 100);
    assert!(history.run(&Observation::on(2, findings.clone())).upserts.is_empty());
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
        let diff = history.compare(&Observation::on(n, today));
        assert_eq!(diff.upserts.len(), writes, "{what}");
        let worse = u64::from(what == "severity");
        assert_eq!(diff.changes, Changes { worse, ..changes(0, 0, 100, 0) }, "{what}");
    }
}

#[test]
fn first_seen_is_the_products_time_but_not_in_the_future() {
    let history = History::default();
    for (observed, want) in [(Some(day(1)), day(1)), (None, day(9)), (Some(day(20)), day(9))] {
        let mut f = finding(A, "x");
        f.first_observed_at = observed;
        assert_eq!(first(&history.compare(&Observation::on(9, vec![f]))).first_seen, want, "{observed:?}");
    }
}

#[test]
fn issue_id_depends_on_account_region_control_and_main_resource() {
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
fn higher_severity_is_worse_once_and_lower_severity_is_recorded() {
    let mut history = History::default();
    let with_severity = |severity| {
        let mut x = finding(A, "x");
        x.severity = severity;
        vec![x]
    };
    history.run(&Observation::on(1, with_severity(Severity::Medium)));
    // day, severity, expected change, expected severity change in the record, expected writes
    for (n, severity, change, noted, writes) in [
        (2, Severity::High, Change::Worse, Some((Severity::Medium, 2)), 1),
        (3, Severity::High, Change::Open, Some((Severity::Medium, 2)), 0),
        (4, Severity::Low, Change::Open, Some((Severity::High, 4)), 1),
        (5, Severity::Critical, Change::Worse, Some((Severity::Low, 5)), 1),
    ] {
        let observation = Observation::on(n, with_severity(severity));
        let diff = history.run(&observation);
        assert_eq!((first(&diff).change, diff.upserts.len()), (change, writes), "day {n}");
        assert_eq!((diff.changes.open, diff.changes.worse), (1, u64::from(change == Change::Worse)), "day {n}");
        let record = history.known.values().next().unwrap();
        let recorded = record.severity_change.as_ref().map(|c| (c.from, c.run_id.clone()));
        assert_eq!(recorded, noted.map(|(from, day)| (from, run_id(day))), "day {n}");
        // the same run again, as after a crash directly after the commit
        let again = history.compare(&observation);
        assert_eq!((again.changes, again.upserts.len()), (diff.changes, 0), "day {n}, again");
    }
    // an interrupted attempt saw a lower severity, the next attempt at the same run the old one
    history.run(&Observation::on(6, with_severity(Severity::Informational)));
    let diff = history.run(&Observation::on(6, with_severity(Severity::Critical)));
    assert_eq!((diff.changes.worse, first(&diff).change), (0, Change::Open));
}

#[test]
fn last_seen_follows_from_runs_without_writes() {
    let mut history = History::default();
    let both = || vec![finding(A, "a"), finding(B, "b")];
    history.run(&Observation::on(1, both()));
    assert!(history.run(&Observation::on(2, both())).upserts.is_empty());
    // B is not fetched completely on days 3 and 4, and resolved on day 5
    history.run(&Observation::on(3, vec![finding(A, "a")]).complete(&[A]));
    history.run(&Observation::on(4, vec![finding(A, "a")]).complete(&[A]));
    let last_seen = |history: &History| -> Vec<_> {
        let history = ProjectHistory::new(history.known.values().cloned().collect(), history.runs.clone());
        let mut seen: Vec<_> = history.issues.iter().map(|i| (i.account.to_string(), history.last_seen(i))).collect();
        seen.sort();
        seen
    };
    assert_eq!(last_seen(&history), [(A.to_owned(), day(4)), (B.to_owned(), day(2))]);
    history.run(&Observation::on(5, vec![]));
    history.run(&Observation::on(6, vec![]));
    assert_eq!(last_seen(&history), [(A.to_owned(), day(4)), (B.to_owned(), day(2))]);
}

#[test]
fn lookups_give_the_reason_and_keep_unclear_issues_open() {
    let mut history = History::default();
    let names = ["passed", "archived", "suppressed", "marked", "unclear", "unknown"];
    let all: Vec<_> = names.iter().map(|n| finding(A, n)).collect();
    history.run(&Observation::on(1, all.clone()));
    let mut observation = Observation::on(2, vec![]);
    let outcomes = [
        LookupOutcome::Closed(Resolution::Passed),
        LookupOutcome::Closed(Resolution::Archived),
        LookupOutcome::Closed(Resolution::Suppressed),
        LookupOutcome::Closed(Resolution::MarkedResolved),
        LookupOutcome::Unclear,
    ];
    observation.lookups = all.iter().map(IssueId::of).zip(outcomes).collect();
    let diff = history.run(&observation);
    let counts = Changes { suppressed: 1, archived: 1, stale: 1, ..changes(0, 0, 0, 3) };
    assert_eq!((diff.changes, diff.stale.high), (counts, 1));
    let resolution_of = |name: &str| {
        let record = &history.known[&IssueId::of(&finding(A, name))];
        (record.resolved.as_ref().map(|r| r.resolution), record.decided_at)
    };
    assert_eq!(resolution_of("passed"), (Some(Resolution::Passed), None));
    assert_eq!(resolution_of("archived"), (Some(Resolution::Archived), None));
    assert_eq!(resolution_of("suppressed"), (Some(Resolution::Suppressed), Some(day(2))));
    assert_eq!(resolution_of("marked"), (Some(Resolution::MarkedResolved), Some(day(2))));
    assert_eq!(resolution_of("unclear"), (None, None));
    assert_eq!(resolution_of("unknown"), (Some(Resolution::Gone), None));
}

#[test]
fn issue_of_returning_project_counts_as_open_before() {
    let mut history = History::default();
    history.run(&Observation::on(1, vec![finding(A, "stays"), finding(A, "goes")]));
    for record in history.known.values_mut() {
        record.resolved = Some(IssueResolution { at: day(2), run_id: run_id(2), resolution: Resolution::ProjectLeft });
    }
    let diff = history.run(&Observation::on(3, vec![finding(A, "stays")]));
    assert_eq!(diff.changes, changes(0, 0, 1, 1));
    assert!(history.known[&IssueId::of(&finding(A, "stays"))].is_open());
    let gone = history.known[&IssueId::of(&finding(A, "goes"))].resolved.clone().unwrap();
    assert_eq!((gone.run_id, gone.resolution), (run_id(3), Resolution::Gone));
}

#[test]
fn first_decision_is_kept() {
    let mut history = History::default();
    let mut noted = finding(A, "x");
    history.run(&Observation::on(1, vec![noted.clone()]));
    noted.workflow = WorkflowStatus::Notified;
    let note = r#"{"Id":"1","AwsAccountId":"111111111111","Note":{"Text":"on it","UpdatedAt":"2026-11-03T06:00:00Z"}}"#;
    let decoded = crate::asff::decode_finding(note.as_bytes(), &crate::asff::TextPool::default()).unwrap();
    history.run(&Observation::on(2, vec![noted.clone()]));
    assert_eq!(history.known.values().next().unwrap().decided_at, None, "NOTIFIED is not a decision");
    noted.note = decoded.note;
    for n in [4, 5] {
        history.run(&Observation::on(n, vec![noted.clone()]));
        assert_eq!(history.known.values().next().unwrap().decided_at, Some(day(3)), "day {n}");
    }
}

/// An account that leaves is no work, and one that comes back reopens nothing.
#[test]
fn leaving_and_coming_back_is_neither_work_nor_reopening() {
    let mut history = History::default();
    let both = || vec![finding(A, "a"), finding(B, "b"), finding(B, "fixed while away")];
    history.run(&Observation::on(1, both()));
    let diff = history.run(&Observation::on(2, vec![finding(A, "a")]).accounts(Some(&[A])));
    assert_eq!(diff.changes, Changes { left: 2, ..changes(0, 0, 1, 0) });
    let diff = history.run(&Observation::on(3, vec![finding(A, "a")]).accounts(Some(&[A])));
    assert_eq!(diff.changes, changes(0, 0, 1, 0), "told once");
    let diff = history.run(&Observation::on(4, vec![finding(A, "a"), finding(B, "b")]));
    assert_eq!(diff.changes, changes(0, 0, 2, 1), "one is fixed now, and the other one was open all the time");
    let record = &history.known[&IssueId::of(&finding(B, "b"))];
    assert_eq!((record.reopened, record.opened_at, record.earlier.len()), (0, day(1), 0));
}

/// Every opening and every fix is kept, and the age begins with the last opening.
#[test]
fn reopened_issue_is_as_old_as_its_last_opening() {
    let mut history = History::default();
    let mut old = finding(A, "x");
    old.first_observed_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
    history.run(&Observation::on(1, vec![old.clone()]));
    history.run(&Observation::on(2, vec![]));
    let diff = history.run(&Observation::on(3, vec![old.clone()]));
    let row = first(&diff);
    assert_eq!(row.change, Change::Reopened);
    assert_eq!((row.first_seen, row.opened_at), (old.first_observed_at.unwrap(), day(3)));
    history.run(&Observation::on(10, vec![]));
    let record = &history.known[&IssueId::of(&old)];
    assert_eq!((record.reopened, record.earlier.len()), (1, 1));
    let known = ProjectHistory::new(vec![record.clone()], history.runs.clone());
    let measures = Measures::of_project("Payments", &known, &Sla::default(), day(11));
    let high = measures.severities.iter().find(|s| s.severity == Severity::High).unwrap();
    assert_eq!((high.time_to_resolve.count, high.time_to_resolve.median_days), (2, Some(7.0)), "305 and 7 days");
}

/// A project without recipients: what nobody was told of is still new to the first people who are.
#[test]
fn changes_are_relative_to_what_people_were_told() {
    let mut history = History::default();
    let told = |history: &mut History, day: u32, told: bool| {
        let run = history.runs.iter_mut().find(|run| run.run_id == run_id(day)).unwrap();
        run.told = told;
    };
    history.run(&Observation::on(1, vec![finding(A, "a"), finding(A, "b"), finding(A, "c")]));
    history.run(&Observation::on(2, vec![finding(A, "a"), finding(A, "b"), finding(A, "new")]));
    told(&mut history, 2, false);
    let now = || vec![finding(A, "a"), finding(A, "new")];
    assert_eq!(history.compare(&Observation::on(3, now())).changes, changes(1, 0, 1, 2), "c was closed on day 2");
    told(&mut history, 1, false);
    assert_eq!(history.compare(&Observation::on(3, now())).changes, changes(2, 0, 0, 0), "nobody ever heard of it");
    told(&mut history, 2, true);
    assert_eq!(history.compare(&Observation::on(3, now())).changes, changes(0, 0, 2, 1));
}

/// Ways in which the same issue comes back with something else in its finding.
#[test]
fn known_issue_goes_on_when_its_finding_moves() {
    let resources =
        |ids: &[&str]| ids.iter().map(|id| crate::Resource { id: (*id).into(), ..Default::default() }).collect();
    let plain = |id: &str, title: &str| {
        let mut finding = Finding::new(A.parse().unwrap(), id.to_owned());
        (finding.title, finding.severity) = (title.into(), Severity::High);
        (finding.product_arn, finding.generator_id) = ("arn:aws:securityhub:::product/x/y".into(), Some("rule".into()));
        finding.resources = resources(&["r"]);
        finding
    };
    let mut control = finding(A, "a");
    control.resources = resources(&["a", "b"]);
    let mut other_order = control.clone();
    other_order.resources.reverse();
    let mut without_id = finding(A, "a");
    (without_id.control_id, without_id.standards) = (Some("1.4".into()), vec!["cis/v/1.2.0".into()]);
    let mut with_id = without_id.clone();
    with_id.control_id = Some("IAM.4".into());
    let cases = [
        ("resources in another order", control, other_order),
        ("SecurityControlId appears", without_id, with_id),
        ("another Id at every scan", plain("scan-1", "Port 22 is open"), plain("scan-2", "Port 22 is open")),
    ];
    for (case, before, now) in cases {
        let mut history = History::default();
        history.run(&Observation::on(1, vec![before]));
        let diff = history.run(&Observation::on(2, vec![now.clone()]));
        assert_eq!(diff.changes, changes(0, 0, 1, 0), "{case}");
        let diff = history.run(&Observation::on(3, vec![now]));
        assert_eq!((diff.changes, history.known.len()), (changes(0, 0, 1, 0), 1), "{case}");
    }
    let mut history = History::default();
    history.run(&Observation::on(1, vec![plain("1", "Port 22 is open")]));
    let diff = history.run(&Observation::on(2, vec![plain("2", "Port 23 is open")]));
    assert_eq!(diff.changes, changes(1, 0, 0, 1), "another title is another issue");
}

#[tokio::test]
async fn parts_are_the_whole() {
    let reader = MemoryHistory::new();
    let runs: Vec<ProjectRun> = [day(1), day(2)].map(|at| ProjectRun::new(RunId::at(at), at)).into();
    let records: Vec<IssueRecord> =
        (0..7).map(|n| IssueRecord::new(&finding(A, &n.to_string()), &runs[0].run_id, day(1))).collect();
    for run in &runs {
        reader.commit(&HistoryCommit::new("Payments", run.clone(), records.clone())).await.unwrap();
    }
    let whole = reader.project(&HistoryQuery::new("Payments")).await.unwrap();
    for size in 1..=9 {
        let parts: Vec<_> = parts_of(&reader, HistoryQuery::new("Payments"), size).try_collect().await.unwrap();
        assert!(parts.iter().all(|part| part.runs == runs && part.issues.len() <= size));
        let issues: Vec<_> = parts.iter().flat_map(|part| part.issues.clone()).collect();
        assert_eq!((issues, parts.len()), (whole.issues.clone(), 7 / size + 1), "{size}");
    }
    let unknown: Vec<_> = parts(&reader, HistoryQuery::new("Nobody")).try_collect().await.unwrap();
    assert_eq!(unknown, [ProjectHistory::default()], "one part, which is empty");
}

/// A reader that was written before histories had parts returns all issues, or the first ones again and again.
#[tokio::test]
async fn reader_that_does_not_heed_the_start_is_an_error() {
    let records: Vec<IssueRecord> =
        (0..3).map(|n| IssueRecord::new(&finding(A, &n.to_string()), &run_id(1), day(1))).collect();
    let whole = ProjectHistory::in_order(records, Vec::new(), 0);
    for (size, is_refused) in [(2, false), (3, true), (4, false)] {
        let mut reader = MockHistoryReader::new();
        let answer = whole.clone();
        reader.expect_project().returning(move |_| Ok(answer.clone()));
        let parts: Result<Vec<_>> = parts_of(&reader, HistoryQuery::new("Payments"), size).try_collect().await;
        match parts {
            Ok(parts) => assert!(!is_refused && parts == std::slice::from_ref(&whole), "{size}"),
            Err(error) => assert!(is_refused && error.kind() == ErrorKind::Inconsistent, "{size}: {error}"),
        }
    }
}

/// "1.4" of CIS 1.2 and "1.4" of CIS 1.4 are two controls.
#[test]
fn numbers_of_controls_belong_to_their_standard() {
    let cis = |version: &str| {
        let mut finding = finding(A, "root");
        finding.id = format!("cis/{version}").into();
        (finding.control_id, finding.standards) = (Some("1.4".into()), vec![format!("cis/v/{version}").into()]);
        finding
    };
    let (old, new) = (cis("1.2.0"), cis("1.4.0"));
    assert_ne!(IssueId::of(&old), IssueId::of(&new));
    let mut history = History::default();
    // as an early version wrote it: one record for both, with the first Id
    let mut merged = IssueRecord::of(&old, IssueId::of_earlier_rule(&old).unwrap(), &run_id(1), day(1));
    (merged.signature, merged.first_seen) = (None, day(1));
    history.remember(&[merged]);
    history.runs.push(ProjectRun::new(run_id(1), day(1)));
    let diff = history.run(&Observation::on(2, vec![old.clone(), new.clone()]));
    assert_eq!(diff.changes, changes(0, 0, 2, 0), "both were open before");
    let diff = history.run(&Observation::on(3, vec![new]));
    assert_eq!(diff.changes, changes(0, 0, 1, 1), "and now they are fixed one by one");
}

/// Several findings of the same control, which standards reported one by one, are one issue from now on.
#[test]
fn merged_issues_are_not_resolved() {
    let mut history = History::default();
    let of = |control: &str, id: &str| {
        let mut finding = finding(A, "root");
        (finding.id, finding.control_id, finding.standards) = (id.into(), Some(control.into()), vec!["cis".into()]);
        finding
    };
    history.run(&Observation::on(1, vec![of("1.4", "one"), of("1.14", "two")]));
    let diff = history.run(&Observation::on(2, vec![of("IAM.4", "one"), of("IAM.4", "two")]));
    assert_eq!((diff.changes, diff.resolved.len()), (changes(0, 0, 1, 0), 0));
    let diff = history.run(&Observation::on(3, vec![of("IAM.4", "one"), of("IAM.4", "two")]));
    assert_eq!(diff.changes, changes(0, 0, 1, 0));
}

/// What an attempt noted and the next one finds otherwise.
#[test]
fn last_lookup_of_a_run_wins() {
    let x = finding(A, "x");
    let mut history = History::default();
    history.run(&Observation::on(1, vec![x.clone()]));
    let mut attempt = Observation::on(2, vec![]);
    attempt.lookups = [(IssueId::of(&x), LookupOutcome::Closed(Resolution::Archived))].into();
    let noted = history.compare(&attempt).upserts.to_vec().unwrap();
    history.remember(&noted);
    attempt.lookups = [(IssueId::of(&x), LookupOutcome::Closed(Resolution::Passed))].into();
    assert_eq!(history.compare(&attempt).resolved[0].resolution, Resolution::Passed);
    attempt.lookups = [(IssueId::of(&x), LookupOutcome::Unclear)].into();
    let diff = history.compare(&attempt);
    assert_eq!((diff.changes.stale, diff.changes.closed()), (1, 0));
    history.remember(&diff.upserts.to_vec().unwrap());
    assert!(history.known[&IssueId::of(&x)].is_open());
    attempt.findings = vec![x];
    assert_eq!(history.compare(&attempt).changes, changes(0, 0, 1, 0));
}
