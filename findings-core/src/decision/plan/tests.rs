use super::*;
use crate::Note;
use crate::decision::{DecisionId, RowKey, SheetSource};
use crate::history::IssueRecord;

const ACCOUNT: &str = "123456789012";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn finding(id: &str) -> Finding {
    Finding::new(ACCOUNT.parse().unwrap(), id)
}

/// A project with one issue, as its last report left it, and what happened since.
struct World {
    finding: Finding,
    issue: IssueRecord,
    decisions: Vec<Decision>,
    current: CurrentFindings,
    accounts: HashSet<AccountId>,
}

impl World {
    fn new() -> Self {
        let finding = finding("f-1");
        let issue =
            IssueRecord::of(&finding, IssueId::of(&finding), &"r1".parse().unwrap(), at("2026-11-23T00:00:00Z"));
        let mut world = Self {
            accounts: [finding.account].into(),
            issue,
            decisions: Vec::new(),
            current: CurrentFindings::new(),
            finding,
        };
        world.now_is(|_| {});
        world
    }

    /// Changes the finding after the report was written.
    fn now_is(&mut self, change: impl FnOnce(&mut Finding)) {
        let mut now = self.finding.clone();
        change(&mut now);
        self.current.add(self.issue.id.clone(), vec![Arc::new(now)]);
    }

    fn decided(&mut self, entry: DecisionEntry, when: &str) -> Decision {
        let decision = self.decision(entry, when);
        self.decisions.push(decision.clone());
        decision
    }

    fn decision(&self, entry: DecisionEntry, when: &str) -> Decision {
        Decision::new(self.issue.id.clone(), self.issue.account, entry, "r0".parse().unwrap(), at(when))
    }

    /// A row as the report wrote it, filled with a decision, and with what was entered.
    fn row(&self, place: &str, filled: Option<&Decision>, entry: DecisionEntry) -> DecisionRow {
        let key = RowKey::new(self.issue.id.clone(), Basis::of(&self.finding, filled));
        DecisionRow::new(place, entry).with_key(key).with_finding(self.finding.id.clone(), self.finding.account)
    }

    fn plan(&self, rows: Vec<DecisionRow>) -> Plan {
        let source = SheetSource::new("p", "r1".parse().unwrap(), at("2027-02-01T00:00:00Z"));
        let sheet = DecisionSheet::new(source).with_sender("sato@example.com").with_rows(rows);
        plan(&PlanInput {
            sheet: &sheet,
            history: &ProjectHistory::new(vec![self.issue.clone()], Vec::new()),
            decisions: &ProjectDecisions::new(self.decisions.clone()),
            accounts: &self.accounts,
            current: &self.current,
            policy: &DecisionPolicy::default(),
            now: at("2026-11-25T00:00:00Z"),
            today: "2026-11-25".parse().unwrap(),
        })
    }

    /// What becomes of one row.
    fn outcome(&self, row: DecisionRow) -> PlannedOutcome {
        let mut plan = self.plan(vec![row]);
        assert_eq!((plan.decisions.len(), plan.untouched), (1, 0));
        plan.decisions.remove(0).outcome
    }
}

fn to_fix() -> DecisionEntry {
    DecisionEntry::new(DecisionKind::ToFix).with_owner("sato")
}

fn accept() -> DecisionEntry {
    DecisionEntry::new(DecisionKind::AcceptRisk).with_comment("no data")
}

#[test]
fn new_decision_has_sender_report_and_date() {
    let world = World::new();
    let PlannedOutcome::New(decision) = world.outcome(world.row("row 2", None, accept())) else { panic!("taken") };
    assert_eq!((decision.by.as_deref(), decision.run_id.as_str()), (Some("sato@example.com"), "r1"));
    // informational, as nothing else is known: one year
    assert_eq!((decision.entry.due, decision.mirrored_at), (Some("2027-11-25".parse().unwrap()), None));
}

#[test]
fn acceptance_without_a_date_is_known_on_another_day() {
    let mut world = World::new();
    let PlannedOutcome::New(mut taken) = world.outcome(world.row("x", None, accept())) else { panic!("taken") };
    // taken the day before, when the longest time ended a day earlier
    taken.entry.due = Some("2027-11-24".parse().unwrap());
    world.decisions.push((*taken).clone());
    let again = |entry| world.outcome(world.row("x", None, entry));
    assert_eq!(again(accept()), PlannedOutcome::Known, "the same answer is sent with further ones");
    let conflict = PlannedOutcome::Conflict(Conflict::Decided(DecisionKind::AcceptRisk));
    assert_eq!(again(accept().with_comment("another reason")), conflict);
    assert_eq!(again(accept().with_due("2027-01-01".parse().unwrap())), conflict);
}

#[test]
fn row_without_key_is_found_by_finding_and_account() {
    let world = World::new();
    let row = |id: &str, account: &str| DecisionRow::new("x", to_fix()).with_finding(id, account.parse().unwrap());
    assert!(matches!(world.outcome(row("f-1", ACCOUNT)), PlannedOutcome::New(_)));
    for row in [row("f-2", ACCOUNT), row("f-1", "999999999999"), DecisionRow::new("x", to_fix())] {
        assert_eq!(world.outcome(row), PlannedOutcome::Rejected(Rejection::Unknown));
    }
}

#[test]
fn account_that_left_the_project_is_foreign() {
    let mut world = World::new();
    world.accounts.clear();
    let foreign = Rejection::Foreign(world.issue.account);
    assert_eq!(world.outcome(world.row("x", None, to_fix())), PlannedOutcome::Rejected(foreign));
}

#[test]
fn table_of_what_happened_since_the_report() {
    type Happened = fn(&mut World);
    let rows: [(&str, Happened, Option<Conflict>); 9] = [
        ("nothing", |_| {}, None),
        ("marked", |w| w.now_is(|f| f.workflow = WorkflowStatus::Notified), None),
        (
            "suppressed",
            |w| w.now_is(|f| f.workflow = WorkflowStatus::Suppressed),
            Some(Conflict::Status(WorkflowStatus::Suppressed)),
        ),
        (
            "resolved by hand",
            |w| w.now_is(|f| f.workflow = WorkflowStatus::Resolved),
            Some(Conflict::Status(WorkflowStatus::Resolved)),
        ),
        ("fixed", |w| w.now_is(|f| f.compliance = Some(ComplianceStatus::Passed)), Some(Conflict::Closed)),
        ("archived", |w| w.now_is(|f| f.record_state = RecordState::Archived), Some(Conflict::Closed)),
        ("gone", |w| w.current.add(w.issue.id.clone(), Vec::new()), Some(Conflict::Closed)),
        (
            "noted",
            |w| w.now_is(|f| f.note = Some(Note { text: "ask us".into(), updated_by: None, updated_at: None })),
            Some(Conflict::Note("ask us".into())),
        ),
        (
            "decided otherwise",
            |w| drop(w.decided(accept(), "2026-11-24T00:00:00Z")),
            Some(Conflict::Decided(DecisionKind::AcceptRisk)),
        ),
    ];
    for (what, happened, conflict) in rows {
        let mut world = World::new();
        happened(&mut world);
        let outcome = world.outcome(world.row("x", None, to_fix()));
        match conflict {
            Some(conflict) => assert_eq!(outcome, PlannedOutcome::Conflict(conflict), "{what}"),
            None => assert!(matches!(outcome, PlannedOutcome::New(_)), "{what}: {outcome:?}"),
        }
    }
}

#[test]
fn what_could_not_be_looked_at_is_not_decided() {
    let mut world = World::new();
    world.current.add_unseen(world.issue.id.clone());
    assert_eq!(world.outcome(world.row("x", None, to_fix())), PlannedOutcome::NotSeen);
    world.current = CurrentFindings::new();
    assert_eq!(world.outcome(world.row("x", None, to_fix())), PlannedOutcome::NotSeen);
}

#[test]
fn returned_twice_is_known_and_untouched_says_nothing() {
    let mut world = World::new();
    let decision = world.decided(to_fix(), "2026-11-24T00:00:00Z");
    assert_eq!(world.outcome(world.row("x", None, to_fix())), PlannedOutcome::Known);
    let plan = world.plan(vec![world.row("x", Some(&decision), to_fix())]);
    assert_eq!((plan.decisions.len(), plan.untouched), (0, 1));
    // an older report, from before that decision, in which it stands differently
    let old = world.row("x", None, to_fix().with_comment("other"));
    assert_eq!(world.outcome(old), PlannedOutcome::Conflict(Conflict::Decided(DecisionKind::ToFix)));
}

#[test]
fn filled_row_that_was_changed_is_a_new_decision() {
    let mut world = World::new();
    let decision = world.decided(to_fix(), "2026-11-24T00:00:00Z");
    let outcome = world.outcome(world.row("x", Some(&decision), accept()));
    assert!(matches!(outcome, PlannedOutcome::New(_)), "{outcome:?}");
    // one of the rows of an issue was changed, the others were left as they were
    let rows = vec![world.row("1", Some(&decision), to_fix()), world.row("2", Some(&decision), accept())];
    let plan = world.plan(rows);
    assert_eq!((plan.new_decisions().count(), plan.untouched), (1, 1));
    assert_eq!(plan.decisions[0].places, ["2"]);
}

#[test]
fn rows_that_contradict_each_other_are_named() {
    let world = World::new();
    let plan = world.plan(vec![world.row("row 2", None, to_fix()), world.row("row 9", None, accept())]);
    let places = vec!["row 2".to_owned(), "row 9".to_owned()];
    assert_eq!(plan.decisions.len(), 1);
    assert_eq!(plan.decisions[0].outcome, PlannedOutcome::Rejected(Rejection::Contradiction(places)));
    let same = world.plan(vec![world.row("row 2", None, to_fix()), world.row("row 9", None, to_fix())]);
    assert_eq!(same.new_decisions().count(), 1);
}

#[test]
fn only_what_is_in_force_can_be_withdrawn() {
    let withdraw = DecisionEntry::new(DecisionKind::Withdrawn);
    let mut world = World::new();
    let nothing = PlannedOutcome::Rejected(Rejection::NothingToWithdraw);
    assert_eq!(world.outcome(world.row("x", None, withdraw.clone())), nothing);
    let decision = world.decided(to_fix(), "2026-11-24T00:00:00Z");
    assert!(matches!(world.outcome(world.row("x", Some(&decision), withdraw.clone())), PlannedOutcome::New(_)));
    world.decided(withdraw.clone(), "2026-11-24T01:00:00Z");
    assert_eq!(world.outcome(world.row("x", Some(&decision), withdraw)), PlannedOutcome::Known);
}

#[test]
fn ended_acceptance_can_be_renewed_with_the_report_from_before() {
    let mut world = World::new();
    let accepted = world.decided(accept().with_due("2026-11-24".parse().unwrap()), "2026-11-01T00:00:00Z");
    let mut ended = accepted.entry.clone();
    ended.kind = DecisionKind::AcceptanceEnded;
    world.decided(ended, "2026-11-25T00:00:00Z");
    let again = accept().with_due("2026-12-24".parse().unwrap());
    assert!(matches!(world.outcome(world.row("x", Some(&accepted), again)), PlannedOutcome::New(_)));
}

#[test]
fn key_of_another_decision_is_no_untouched_row() {
    let mut world = World::new();
    world.decided(to_fix(), "2026-11-24T00:00:00Z");
    let mut row = world.row("x", None, accept());
    let forged = DecisionId::from_stored("0123456789abcdef");
    row.key.as_mut().unwrap().basis.decision = Some(forged);
    assert_eq!(world.outcome(row), PlannedOutcome::Conflict(Conflict::Decided(DecisionKind::ToFix)));
}

/// The sheet of accepted issues is written from the history, which keeps no notes.
#[test]
fn accepted_issue_is_changed_whatever_its_note_is_but_not_its_status() {
    let mut world = World::new();
    let accepted = world.decided(accept(), "2026-11-24T00:00:00Z");
    let row = |entry| {
        let key = RowKey::new(accepted.issue.clone(), Basis::of_accepted(&accepted));
        DecisionRow::new("sheet Accepted, row 2", entry).with_key(key)
    };
    let withdraw = || row(DecisionEntry::new(DecisionKind::Withdrawn));
    let note = Note { text: "by whomever".into(), updated_by: None, updated_at: None };
    world.now_is(|now| (now.workflow, now.note) = (WorkflowStatus::Suppressed, Some(note)));
    assert!(matches!(world.outcome(withdraw()), PlannedOutcome::New(_)));
    assert_eq!(world.plan(vec![row(accept())]).untouched, 1);
    world.now_is(|now| now.workflow = WorkflowStatus::Notified);
    let changed = PlannedOutcome::Conflict(Conflict::Status(WorkflowStatus::Notified));
    assert_eq!(world.outcome(withdraw()), changed, "somebody has taken it back in Security Hub");
}

#[test]
fn entry_without_a_date_is_known_if_it_was_taken_before() {
    let mut world = World::new();
    // the policy had set the date, a day earlier
    let kept = world.decided(accept().with_due("2027-11-24".parse().unwrap()), "2026-11-24T00:00:00Z");
    assert_eq!(world.outcome(world.row("row 2", None, accept())), PlannedOutcome::Known, "returned twice");
    assert_eq!(world.outcome(world.row("row 2", Some(&kept), accept())), PlannedOutcome::Known, "an emptied cell");
    let other = accept().with_due("2027-01-01".parse().unwrap());
    assert!(matches!(world.outcome(world.row("row 2", Some(&kept), other)), PlannedOutcome::New(_)));
}
