//! Conformance suite of [`DecisionLog`]: see [`decisions_conformance!`](crate::decisions_conformance).

#![expect(clippy::expect_used, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]

use jiff::{SignedDuration, Timestamp};

use crate::Finding;
use crate::decision::{
    Decision, DecisionEntry, DecisionKind, DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile,
};
use crate::history::IssueId;

/// Generates a test for each clause. `$make` is an async expression that yields an empty [`DecisionLog`].
///
/// ```ignore
/// mod conformance {
///     findings_core::decisions_conformance!(async { MyLog::new().await });
/// }
/// ```
#[macro_export]
macro_rules! decisions_conformance {
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* decisions, $make, [
            every_decision_comes_back_whole,
            the_same_decision_is_kept_once,
            decisions_do_not_expire,
            many_decisions_are_kept,
            projects_are_kept_apart,
            a_returned_file_is_known_by_its_content,
        ]);
    };
    (ignore = $reason:literal, $make:expr) => {
        $crate::decisions_conformance!(@ [ignore = $reason,] $make);
    };
    ($make:expr) => {
        $crate::decisions_conformance!(@ [] $make);
    };
}

fn now() -> Timestamp {
    "2026-11-23T01:02:03.123456789Z".parse().expect("a time")
}

/// Returns a decision about the issue with this number.
fn decision(issue: usize, entry: DecisionEntry, at: Timestamp) -> Decision {
    let finding = Finding::new("123456789012".parse().expect("an account"), format!("f-{issue}"));
    Decision::new(IssueId::of(&finding), finding.account, entry, "2026-11-23".parse().expect("a run ID"), at)
}

fn to_fix(owner: &str) -> DecisionEntry {
    DecisionEntry::new(DecisionKind::ToFix).with_owner(owner)
}

async fn record(log: &impl DecisionLog, project: &str, decisions: Vec<Decision>) {
    log.record(&RecordDecisions::new(project, decisions)).await.expect("the decisions are kept");
}

async fn of(log: &impl DecisionLog, project: &str) -> ProjectDecisions {
    log.decisions(&DecisionQuery::new(project)).await.expect("the log answers")
}

/// Every field comes back, of every kind of decision, whether the fields are set or not.
pub async fn every_decision_comes_back_whole(log: impl DecisionLog) {
    let mut all = Vec::new();
    for (n, kind) in DecisionKind::CHOICES.into_iter().chain([DecisionKind::AcceptanceEnded]).enumerate() {
        let full =
            DecisionEntry::new(kind).with_owner("佐藤 \"x\"").with_comment("two\nlines, 'quoted' # | \u{202e}rtl");
        let full = full.with_due("2027-03-31".parse().expect("a date"));
        let mut full = decision(n, full, now()).with_sender(Some("sato@example.com".into()));
        full.mirrored_at = Some(now() + SignedDuration::from_mins(1));
        all.extend([full, decision(n, DecisionEntry::new(kind), now() + SignedDuration::from_mins(2))]);
    }
    record(&log, "決済", all.clone()).await;
    assert_eq!(of(&log, "決済").await, ProjectDecisions::new(all));
}

/// A decision that is recorded again replaces the first record, and no other decision.
pub async fn the_same_decision_is_kept_once(log: impl DecisionLog) {
    let (first, other) =
        (decision(1, to_fix("a"), now()), decision(1, to_fix("b"), now() + SignedDuration::from_mins(1)));
    record(&log, "a", vec![first.clone(), other.clone()]).await;
    let mut again = first;
    again.mirrored_at = Some(now());
    record(&log, "a", vec![again.clone()]).await;
    assert_eq!(of(&log, "a").await, ProjectDecisions::new([again, other]));
}

/// A decision of years ago is still there.
pub async fn decisions_do_not_expire(log: impl DecisionLog) {
    let old = decision(1, to_fix("a"), "2016-01-01T00:00:00Z".parse().expect("a time"));
    record(&log, "a", vec![old.clone()]).await;
    assert_eq!(of(&log, "a").await.last(&old.issue), Some(&old));
}

/// More decisions than a call or a page takes, one of them with long texts.
pub async fn many_decisions_are_kept(log: impl DecisionLog) {
    let long = "長".repeat(2_000);
    let all: Vec<Decision> = (0..130).map(|n| decision(n, to_fix("a").with_comment(long.as_str()), now())).collect();
    record(&log, "a", all.clone()).await;
    assert_eq!(of(&log, "a").await, ProjectDecisions::new(all));
}

/// Projects do not share decisions, whatever their names are, and an unknown project has none.
pub async fn projects_are_kept_apart(log: impl DecisionLog) {
    let names = ["a", "A", "a#b", "a/b", "", "決済", "決済基盤"];
    for name in names {
        record(&log, name, vec![decision(1, to_fix(name), now())]).await;
    }
    for name in names {
        assert_eq!(of(&log, name).await, ProjectDecisions::new([decision(1, to_fix(name), now())]));
    }
    assert!(of(&log, "b").await.is_empty());
}

/// A file is found by its content, with the latest note about it, and another content is not.
pub async fn a_returned_file_is_known_by_its_content(log: impl DecisionLog) {
    // recent: a log may forget files after a year
    let now = Timestamp::from_second(Timestamp::now().as_second()).expect("a time of today");
    let mut file = ReturnedFile::new("inbox/決済 1.xlsx", b"content", now);
    log.note_returned(&file).await.expect("the file is noted");
    "決済".clone_into(&mut file.project);
    (file.taken, file.not_taken) = (3, 2);
    log.note_returned(&file).await.expect("the file is noted");
    let known = log.returned(&ReturnedFile::id_of(b"content")).await.expect("the log answers");
    assert_eq!(known, Some(file));
    assert_eq!(log.returned(&ReturnedFile::id_of(b"other")).await.expect("the log answers"), None);
}
