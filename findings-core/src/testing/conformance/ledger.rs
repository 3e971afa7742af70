//! Conformance suite of [`RunLedger`]. Each clause gets a new, empty ledger.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, FinishedRun, LedgerEntry, MessageEntry, MessageStage, MessageState,
    MessagesQuery, ProgressQuery, RecordEntry, Redo, RenewRun, RunLedger, RunProgress,
};
use crate::recipient::Recipient;
use crate::{ErrorKind, Result, RunId};

/// Generates a test for each clause. `$make` is an async expression that yields an empty ledger.
#[macro_export]
macro_rules! ledger_conformance {
    (ignore = $reason:literal, $make:expr) => { $crate::ledger_conformance!(@ [ignore = $reason,] $make); };
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* ledger, $make, [
            of_many_who_ask_at_once_one_is_granted,
            the_holder_may_ask_again,
            a_lease_that_passed_goes_to_the_next,
            of_many_who_ask_for_a_passed_lease_one_is_granted,
            a_renewed_lease_holds,
            a_stranger_can_neither_renew_nor_close,
            who_lost_the_lease_is_told,
            who_does_not_hold_the_run_records_nothing,
            a_run_that_was_given_up_is_resumed_at_once,
            a_finished_run_stays_finished,
            a_long_summary_comes_back,
            the_last_finished_run_is_known,
            a_reopened_run_has_a_new_edition_and_keeps_its_entries,
            a_run_is_reopened_once_by_many_who_ask,
            redo_respects_a_lease,
            redo_of_an_unfinished_run_begins_one_edition,
            every_entry_comes_back,
            messages_of_a_project_come_alone,
            a_long_outcome_comes_back,
            the_last_entry_counts,
            a_message_takes_only_the_steps_of_the_table,
            entries_stay_apart_whatever_their_names,
            entries_of_runs_never_mix,
            hundreds_of_entries_come_back,
        ]);
    };
    ($make:expr) => { $crate::ledger_conformance!(@ [] $make); };
}

const LEASE: Duration = Duration::from_mins(5);

fn at_second(second: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + second).expect("a moment of this century")
}

fn run() -> RunId {
    RunId::at(at_second(0))
}

fn acquire_request(owner: &str, second: i64) -> AcquireRun {
    let mut request = AcquireRun::new(run(), owner, at_second(second));
    request.lease = LEASE;
    request
}

async fn acquire(ledger: &impl RunLedger, request: &AcquireRun) -> AcquireOutcome {
    ledger.acquire(request).await.expect("an outcome")
}

async fn granted(ledger: &impl RunLedger, owner: &str, second: i64, resumed: bool) {
    assert_eq!(
        acquire(ledger, &acquire_request(owner, second)).await,
        AcquireOutcome::Granted { resumed },
        "{owner} at {second}"
    );
}

async fn redo(ledger: &impl RunLedger, owner: &str, second: i64, redo: Redo) -> AcquireOutcome {
    let mut request = acquire_request(owner, second);
    request.redo = Some(redo);
    acquire(ledger, &request).await
}

async fn renew(ledger: &impl RunLedger, owner: &str, second: i64) -> Result<()> {
    ledger.renew(&RenewRun::new(run(), owner, at_second(second), LEASE)).await
}

async fn finish(ledger: &impl RunLedger, owner: &str, second: i64, summary: &str) -> Result<()> {
    ledger.close(&CloseRun::finished(run(), owner, at_second(second), summary)).await
}

async fn release(ledger: &impl RunLedger, owner: &str, second: i64) -> Result<()> {
    ledger.close(&CloseRun::released(run(), owner, at_second(second))).await
}

fn held(owner: &str, second: i64) -> AcquireOutcome {
    AcquireOutcome::Held { owner: owner.to_owned(), until: at_second(second) }
}

fn assert_conflict(answer: Result<()>) {
    assert_eq!(answer.expect_err("a conflict").kind(), ErrorKind::Conflict);
}

fn to(address: &str) -> Recipient {
    address.parse().expect("an address")
}

fn message(project: &str, notifier: &str, recipient: &str, state: MessageState) -> LedgerEntry {
    LedgerEntry::Message(MessageEntry::new(project, notifier, to(recipient), state, at_second(7)))
}

fn sent(id: &str) -> MessageState {
    MessageState::Sent { message_id: id.to_owned() }
}

fn done(project: &str, outcome: &str) -> LedgerEntry {
    LedgerEntry::ProjectDone { project: project.to_owned(), outcome: outcome.to_owned() }
}

async fn try_record(ledger: &impl RunLedger, owner: &str, run_id: &RunId, entry: LedgerEntry) -> Result<()> {
    ledger.record(&RecordEntry::new(run_id.clone(), owner, entry)).await
}

/// Records an entry as owner `one`, who must hold the run.
async fn record(ledger: &impl RunLedger, run_id: &RunId, entry: LedgerEntry) {
    try_record(ledger, "one", run_id, entry).await.expect("the entry is recorded");
}

/// Records the intent of a message, with which every message begins that somebody wants.
async fn begin(ledger: &impl RunLedger, entry: &LedgerEntry) {
    if let LedgerEntry::Message(message) = entry
        && !message.may_follow(None)
    {
        let intent = MessageEntry { state: MessageState::Intent, ..message.clone() };
        record(ledger, &run(), LedgerEntry::Message(intent)).await;
    }
}

async fn progress(ledger: &impl RunLedger, run_id: &RunId) -> RunProgress {
    ledger.progress(&ProgressQuery::new(run_id.clone())).await.expect("the progress")
}

async fn acquire_concurrently(ledger: impl RunLedger, second: i64) -> Vec<AcquireOutcome> {
    let ledger = Arc::new(ledger);
    let requests = (0..16).map(|n| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { acquire(&*ledger, &acquire_request(&format!("task {n}"), second)).await })
    });
    let mut outcomes = Vec::new();
    for task in requests.collect::<Vec<_>>() {
        outcomes.push(task.await.expect("a task that does not panic"));
    }
    outcomes
}

fn assert_one_granted(outcomes: &[AcquireOutcome], resumed: bool) {
    let winners = outcomes.iter().filter(|a| **a == AcquireOutcome::Granted { resumed }).count();
    let losers = outcomes.iter().filter(|a| matches!(a, AcquireOutcome::Held { .. })).count();
    assert_eq!((winners, losers), (1, outcomes.len() - 1), "{outcomes:?}");
}

/// MUST grant a run to one owner at a time, even if many owners request it concurrently.
pub async fn of_many_who_ask_at_once_one_is_granted(ledger: impl RunLedger) {
    assert_one_granted(&acquire_concurrently(ledger, 0).await, false);
}

/// MUST grant a run to its holder again, and to no other owner while the lease lasts.
pub async fn the_holder_may_ask_again(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    granted(&ledger, "one", 100, true).await;
    assert_eq!(acquire(&ledger, &acquire_request("two", 399)).await, held("one", 400));
}

/// MUST grant a run whose lease has expired to the next owner who requests it, with `resumed`.
pub async fn a_lease_that_passed_goes_to_the_next(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    assert_eq!(acquire(&ledger, &acquire_request("two", 299)).await, held("one", 300));
    granted(&ledger, "two", 301, true).await;
    assert_eq!(acquire(&ledger, &acquire_request("one", 302)).await, held("two", 601));
}

/// MUST grant a run whose lease has expired to one owner, even if many owners request it concurrently.
pub async fn of_many_who_ask_for_a_passed_lease_one_is_granted(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    assert_one_granted(&acquire_concurrently(ledger, 1_000).await, true);
}

/// MUST measure a lease from its last renewal.
pub async fn a_renewed_lease_holds(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    renew(&ledger, "one", 200).await.expect("the lease is renewed");
    assert_eq!(acquire(&ledger, &acquire_request("two", 499)).await, held("one", 500));
    granted(&ledger, "two", 501, true).await;
}

/// MUST refuse to renew or close a run for an owner who does not hold it.
pub async fn a_stranger_can_neither_renew_nor_close(ledger: impl RunLedger) {
    assert_conflict(renew(&ledger, "two", 0).await);
    assert_conflict(release(&ledger, "two", 0).await);
    granted(&ledger, "one", 0, false).await;
    assert_conflict(renew(&ledger, "two", 1).await);
    assert_conflict(release(&ledger, "two", 1).await);
    assert_conflict(finish(&ledger, "two", 1, "{}").await);
    assert_eq!(acquire(&ledger, &acquire_request("two", 2)).await, held("one", 300));
}

/// MUST refuse to renew or close a run for an owner who no longer holds it.
pub async fn who_lost_the_lease_is_told(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    granted(&ledger, "two", 301, true).await;
    assert_conflict(renew(&ledger, "one", 302).await);
    assert_conflict(release(&ledger, "one", 302).await);
    assert_conflict(finish(&ledger, "one", 302, "{}").await);
    release(&ledger, "two", 303).await.expect("the run is released");
    assert_conflict(renew(&ledger, "two", 304).await);
    assert_conflict(finish(&ledger, "two", 304, "{}").await);
}

/// MUST refuse entries from an owner who does not hold the run or no longer holds it, and write none of them.
pub async fn who_does_not_hold_the_run_records_nothing(ledger: impl RunLedger) {
    let late = || message("Payments", "ses", "a@example.com", MessageState::Intent);
    assert_conflict(try_record(&ledger, "one", &run(), late()).await);
    granted(&ledger, "one", 0, false).await;
    assert_conflict(try_record(&ledger, "two", &run(), late()).await);
    granted(&ledger, "two", 301, true).await;
    let entry = late();
    try_record(&ledger, "two", &run(), entry.clone()).await.expect("the entry is recorded");
    assert_conflict(try_record(&ledger, "one", &run(), late()).await);
    assert_conflict(try_record(&ledger, "one", &run(), done("Payments", "{}")).await);
    finish(&ledger, "two", 302, "{}").await.expect("the run is closed");
    assert_conflict(try_record(&ledger, "two", &run(), late()).await);
    assert_eq!(progress(&ledger, &run()).await.entries, [entry]);
}

/// MUST grant a released run to the next owner who requests it, with `resumed` and all its entries.
pub async fn a_run_that_was_given_up_is_resumed_at_once(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    record(&ledger, &run(), done("Payments", "{}")).await;
    release(&ledger, "one", 1).await.expect("the run is released");
    granted(&ledger, "two", 2, true).await;
    assert_eq!(progress(&ledger, &run()).await.outcome_of("Payments"), Some("{}"));
}

/// MUST return [`AcquireOutcome::Finished`] for a finished run.
pub async fn a_finished_run_stays_finished(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    finish(&ledger, "one", 10, "{\"状態\":\"ok\"}").await.expect("the run is closed");
    for (owner, second) in [("one", 11), ("two", 11), ("three", 10_000_000)] {
        let summary = "{\"状態\":\"ok\"}".to_owned();
        assert_eq!(
            acquire(&ledger, &acquire_request(owner, second)).await,
            AcquireOutcome::Finished { summary },
            "{owner}"
        );
    }
    assert_conflict(renew(&ledger, "one", 12).await);
    assert_conflict(release(&ledger, "one", 12).await);
}

/// MUST return the run that was finished at the latest time, whatever the order of the calls, and also after it is
/// reopened. A run that was given up does not count.
pub async fn the_last_finished_run_is_known(ledger: impl RunLedger) {
    let last = async || ledger.last_finished().await.expect("an answer");
    // finishes a run of its own, named by its number
    let close = async |number: i64, second: i64, complete: bool| {
        let (run_id, now) = (RunId::at(at_second(number)), at_second(second));
        let request = AcquireRun::new(run_id.clone(), "one", at_second(0));
        assert!(matches!(acquire(&ledger, &request).await, AcquireOutcome::Granted { .. }));
        let close = CloseRun::finished(run_id.clone(), "one", now, "{}");
        let close = if complete { close } else { close.incomplete() };
        ledger.close(&close).await.expect("the run is closed");
        FinishedRun::new(run_id, now, complete)
    };
    assert_eq!(last().await, None);
    granted(&ledger, "one", 0, false).await;
    release(&ledger, "one", 5).await.expect("the run is given up");
    assert_eq!(last().await, None, "a run that was given up");
    let first = close(1, 10, true).await;
    assert_eq!(last().await, Some(first));
    let second = close(2, 20, false).await;
    assert_eq!(last().await, Some(second.clone()));
    close(3, 15, true).await;
    assert_eq!(last().await, Some(second.clone()), "an earlier run was finished after it");
    let mut again = AcquireRun::new(second.run_id.clone(), "two", at_second(30));
    again.redo = Some(Redo::All);
    assert!(matches!(acquire(&ledger, &again).await, AcquireOutcome::Granted { .. }));
    assert_eq!(last().await, Some(second.clone()), "it is reopened");
    ledger.close(&CloseRun::released(second.run_id.clone(), "two", at_second(35))).await.expect("it is given up");
    assert_eq!(last().await, Some(second), "it is reopened and given up");
}

/// MUST return the summary of a finished run unchanged, whatever its length. The test stores about 900 kB, as for a
/// thousand projects with errors.
pub async fn a_long_summary_comes_back(ledger: impl RunLedger) {
    let summary = "計0123456789".repeat(70_000);
    granted(&ledger, "one", 0, false).await;
    finish(&ledger, "one", 10, &summary).await.expect("the run is closed");
    let AcquireOutcome::Finished { summary: seen } = acquire(&ledger, &acquire_request("two", 11)).await else {
        panic!("the run is finished")
    };
    assert!(seen == summary, "{} bytes instead of {}", seen.len(), summary.len());
}

/// MUST grant a finished run with `redo`, in a new edition and with all its entries.
pub async fn a_reopened_run_has_a_new_edition_and_keeps_its_entries(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    record(&ledger, &run(), done("Payments", "{}")).await;
    let state = progress(&ledger, &run()).await.state;
    assert_eq!((state.edition, state.redo, state.finished), (1, None, false));
    finish(&ledger, "one", 10, "{}").await.expect("the run is closed");
    assert!(progress(&ledger, &run()).await.state.finished);
    assert_eq!(redo(&ledger, "two", 11, Redo::Incomplete).await, AcquireOutcome::Granted { resumed: true });
    let RunProgress { state, entries } = progress(&ledger, &run()).await;
    assert_eq!((state.edition, state.redo, state.finished), (2, Some(Redo::Incomplete), false));
    assert_eq!(entries, [done("Payments", "{}")]);
    assert_eq!(acquire(&ledger, &acquire_request("one", 12)).await, held("two", 311));
    release(&ledger, "two", 13).await.expect("the run is released");
    granted(&ledger, "one", 14, true).await;
    let state = progress(&ledger, &run()).await.state;
    assert_eq!((state.edition, state.redo), (2, Some(Redo::Incomplete)), "the next attempt goes on with it");
    finish(&ledger, "one", 15, "{\"again\":1}").await.expect("the run is closed");
    assert_eq!(
        acquire(&ledger, &acquire_request("one", 16)).await,
        AcquireOutcome::Finished { summary: "{\"again\":1}".to_owned() }
    );
    assert_eq!(redo(&ledger, "one", 17, Redo::All).await, AcquireOutcome::Granted { resumed: true });
    let state = progress(&ledger, &run()).await.state;
    assert_eq!((state.edition, state.redo), (3, Some(Redo::All)));
}

/// MUST reopen a run for one owner, even if many ask at the same time.
pub async fn a_run_is_reopened_once_by_many_who_ask(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    finish(&ledger, "one", 1, "{}").await.expect("the run is closed");
    let ledger = Arc::new(ledger);
    let ask = |n: usize| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { redo(&*ledger, &format!("task {n}"), 2, Redo::All).await })
    };
    let mut outcomes = Vec::new();
    for task in (0..8).map(ask).collect::<Vec<_>>() {
        outcomes.push(task.await.expect("a task that does not panic"));
    }
    assert_one_granted(&outcomes, true);
    assert_eq!(progress(&*ledger, &run()).await.state.edition, 2);
}

/// MUST respect the lease of another owner, even with `redo`.
pub async fn redo_respects_a_lease(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    assert_eq!(redo(&ledger, "two", 1, Redo::All).await, held("one", 300));
    assert_eq!(redo(&ledger, "two", 1, Redo::Incomplete).await, held("one", 300));
    finish(&ledger, "one", 2, "{}").await.expect("the run is closed");
    assert_eq!(redo(&ledger, "two", 3, Redo::All).await, AcquireOutcome::Granted { resumed: true });
    assert_eq!(redo(&ledger, "three", 4, Redo::All).await, held("two", 303));
}

/// MUST begin one new edition of an unfinished run with [`Redo::Incomplete`], and none with [`Redo::All`], which goes
/// on with what is not done.
pub async fn redo_of_an_unfinished_run_begins_one_edition(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    record(&ledger, &run(), done("Payments", "{}")).await;
    let attempts = [(Redo::All, 1), (Redo::Incomplete, 2), (Redo::Incomplete, 2), (Redo::All, 2)];
    for ((wanted, edition), second) in attempts.into_iter().zip([301, 602, 903, 1204]) {
        let owner = format!("task {second}");
        let outcome = redo(&ledger, &owner, second, wanted).await;
        assert_eq!(outcome, AcquireOutcome::Granted { resumed: true }, "{wanted:?} at {second}");
        let RunProgress { state, entries } = progress(&ledger, &run()).await;
        assert_eq!((state.edition, entries.len()), (edition, 1), "{wanted:?} at {second}");
    }
}

/// MUST include in the progress every entry whose `record` call has returned.
pub async fn every_entry_comes_back(ledger: impl RunLedger) {
    assert_eq!(progress(&ledger, &run()).await, RunProgress::default());
    granted(&ledger, "one", 0, false).await;
    assert_eq!(progress(&ledger, &run()).await.entries, []);
    let reason = "550 \"no such user\"\n".to_owned();
    let entries = [
        message("Payments", "ses", "a@example.com", MessageState::Intent),
        message("Payments", "ses", "b@example.com", sent("0102-abc")),
        message("Payments", "ses", "c@example.com", MessageState::Resent { message_id: "7".to_owned() }),
        message("Payments", "smtp", "a@example.com", MessageState::Failed { reason }),
        message("Payments", "smtp", "d@example.com", MessageState::Rejected { reason: "550".to_owned() }),
        message("Payments", "ses", "e@example.com", MessageState::Silent),
        message("", "ses", "a@example.com", MessageState::Failed { reason: String::new() }),
        done("Payments", "{\"project\":\"決済\"}"),
        done("", ""),
    ];
    for (entry, n) in entries.iter().zip(1..) {
        begin(&ledger, entry).await;
        record(&ledger, &run(), entry.clone()).await;
        let seen = progress(&ledger, &run()).await.entries;
        assert_eq!(seen.len(), n);
        assert!(seen.contains(entry), "{entry:?} is not in {seen:?}");
    }
}

/// MUST return the last entry of each message about a project in a run by recipient and notifier, and nothing else.
pub async fn messages_of_a_project_come_alone(ledger: impl RunLedger) {
    let other: RunId = "other".parse().expect("an ID");
    let of = async |project: &str, run_id: &RunId| {
        ledger.messages(&MessagesQuery::new(run_id.clone(), project)).await.expect("the messages")
    };
    assert_eq!(of("Payments", &run()).await, [], "nobody began the run");
    granted(&ledger, "one", 0, false).await;
    acquire(&ledger, &AcquireRun::new(other.clone(), "one", at_second(0))).await;
    let wanted = [
        message("Payments", "outbox", "a@example.com", MessageState::Intent),
        message("Payments", "ses", "a@example.com", sent("1")),
        message("Payments", "ses", "b@example.com", MessageState::Rejected { reason: "550".to_owned() }),
    ];
    for entry in wanted.iter().rev() {
        begin(&ledger, entry).await;
        record(&ledger, &run(), entry.clone()).await;
    }
    record(&ledger, &run(), done("Payments", "{}")).await;
    for project in ["", "Pay", "Payments ", "payments", "決済", "Payments#ses"] {
        record(&ledger, &run(), message(project, "ses", "a@example.com", MessageState::Intent)).await;
    }
    record(&ledger, &other, message("Payments", "ses", "c@example.com", MessageState::Intent)).await;
    finish(&ledger, "one", 10, "{}").await.expect("the run is closed");
    let seen: Vec<LedgerEntry> = of("Payments", &run()).await.into_iter().map(LedgerEntry::Message).collect();
    assert_eq!(seen, wanted);
    assert_eq!(
        (of("決済", &run()).await.len(), of("Payments", &other).await.len(), of("No", &run()).await.len()),
        (1, 1, 0)
    );
}

/// MUST include every entry in the progress, whatever the length of its outcome.
pub async fn a_long_outcome_comes_back(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    for outcome in ["長い0123456789".repeat(50_000), "short".to_owned(), "長い".repeat(60_000)] {
        record(&ledger, &run(), done("Payments", &outcome)).await;
        let seen = progress(&ledger, &run()).await;
        assert!(seen.outcome_of("Payments") == Some(&outcome), "{} bytes differ", outcome.len());
        assert_eq!(seen.entries.len(), 1);
    }
}

/// MUST return the last entry for each message and each project.
pub async fn the_last_entry_counts(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    let states =
        [MessageState::Intent, MessageState::Failed { reason: "busy".to_owned() }, MessageState::Intent, sent("1")];
    for state in states {
        let entry = message("Payments", "ses", "a@example.com", state);
        record(&ledger, &run(), entry.clone()).await;
        assert_eq!(progress(&ledger, &run()).await.entries, [entry]);
    }
    record(&ledger, &run(), done("Payments", "{\"n\":1}")).await;
    record(&ledger, &run(), done("Payments", "{}")).await;
    let seen = progress(&ledger, &run()).await;
    assert_eq!(seen.outcome_of("Payments"), Some("{}"));
    assert_eq!(seen.messages().map(|message| message.state.clone()).collect::<Vec<_>>(), [sent("1")]);
}

fn state(stage: MessageStage) -> MessageState {
    let text = || "text".to_owned();
    match stage {
        MessageStage::Intent => MessageState::Intent,
        MessageStage::Sent => MessageState::Sent { message_id: text() },
        MessageStage::Resent => MessageState::Resent { message_id: text() },
        MessageStage::Failed => MessageState::Failed { reason: text() },
        MessageStage::Rejected => MessageState::Rejected { reason: text() },
        MessageStage::Silent => MessageState::Silent,
    }
}

/// MUST record a message after the last one as [`MessageEntry::may_follow`] says, and refuse it otherwise: each pair of
/// states, within an edition and across editions.
pub async fn a_message_takes_only_the_steps_of_the_table(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    let stages = || std::iter::once(None).chain(MessageStage::ALL.iter().copied().map(Some));
    for (from, to_stage) in stages().flat_map(|from| MessageStage::ALL.iter().map(move |to| (from, *to))) {
        for (edition, next_edition) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let name = format!("{from:?} {to_stage:?} {edition} {next_edition}");
            let entry = |stage, edition, second| {
                let at = at_second(second);
                MessageEntry::new(&*name, "ses", to("a@example.com"), state(stage), at).in_edition(edition)
            };
            let before = from.map(|stage| entry(stage, edition, 7));
            if let Some(before) = &before {
                begin(&ledger, &LedgerEntry::Message(before.clone())).await;
                record(&ledger, &run(), LedgerEntry::Message(before.clone())).await;
            }
            let next = entry(to_stage, next_edition, 8);
            let answer = try_record(&ledger, "one", &run(), LedgerEntry::Message(next.clone())).await;
            assert_eq!(answer.is_ok(), next.may_follow(before.as_ref()), "{name}: {answer:?}");
            let kind = answer.as_ref().err().map(crate::Error::kind);
            assert!(kind.is_none_or(|kind| kind == ErrorKind::Conflict), "{name}: {kind:?}");
            let expected = if answer.is_ok() { Some(next) } else { before };
            let seen = progress(&ledger, &run()).await;
            assert_eq!(seen.messages().find(|message| message.project == name), expected.as_ref(), "{name}");
            if let Some(last) = expected {
                // the response to the call was lost, and the call is repeated
                record(&ledger, &run(), LedgerEntry::Message(last)).await;
            }
        }
    }
}

/// MUST return an entry for each message and each project, whatever their names.
pub async fn entries_stay_apart_whatever_their_names(ledger: impl RunLedger) {
    let (long, names) = ("x".repeat(3_000), ["a", "A", "a#b", "b#a", "a ", "", "META", "決済", "a\0", "'", "%"]);
    let mut wanted = 0;
    granted(&ledger, "one", 0, false).await;
    for name in names.into_iter().chain([long.as_str()]) {
        for notifier in ["ses", "smtp", "ses#a"] {
            let entry = message(name, notifier, "a@example.com", sent(&format!("{notifier} {name}")));
            begin(&ledger, &entry).await;
            record(&ledger, &run(), entry).await;
            record(&ledger, &run(), message(name, notifier, "A@example.com", MessageState::Intent)).await;
            wanted += 2;
        }
        record(&ledger, &run(), done(name, name)).await;
        wanted += 1;
    }
    let seen = progress(&ledger, &run()).await;
    assert_eq!(seen.entries.len(), wanted);
    for name in names {
        assert_eq!(seen.outcome_of(name), Some(name));
        let of_smtp =
            |m: &&MessageEntry| m.project == name && m.notifier == "smtp" && m.recipient == to("a@example.com");
        assert_eq!(seen.messages().find(of_smtp).map(|m| &m.state), Some(&sent(&format!("smtp {name}"))));
    }
}

/// MUST NOT mix the entries of different runs.
pub async fn entries_of_runs_never_mix(ledger: impl RunLedger) {
    let ids: Vec<RunId> = ["1", "10", "1.", "RUN", "a:b", "A:b"].map(|id| id.parse().expect("an ID")).into();
    for id in &ids {
        let request = AcquireRun::new(id.clone(), "one", at_second(0));
        assert_eq!(acquire(&ledger, &request).await, AcquireOutcome::Granted { resumed: false });
        record(&ledger, id, done("Payments", id.as_str())).await;
    }
    for id in &ids {
        assert_eq!(progress(&ledger, id).await.entries, [done("Payments", id.as_str())]);
    }
}

/// MUST include every entry in the progress, whatever their number.
pub async fn hundreds_of_entries_come_back(ledger: impl RunLedger) {
    granted(&ledger, "one", 0, false).await;
    let ledger = Arc::new(ledger);
    let outcome = "x".repeat(3_000);
    let tasks = (0..8).map(|n| {
        let (ledger, outcome) = (Arc::clone(&ledger), outcome.clone());
        tokio::spawn(async move {
            for m in 0..50 {
                record(&*ledger, &run(), done(&format!("Project {n} {m}"), &outcome)).await;
                let intent = message(&format!("Project {n} {m}"), "ses", "a@example.com", MessageState::Intent);
                record(&*ledger, &run(), intent).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("the records");
    }
    assert_eq!(progress(&*ledger, &run()).await.entries.len(), 800);
}
