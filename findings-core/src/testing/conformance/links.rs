//! Conformance suite of [`LinkTable`]: see [`links_conformance!`](crate::links_conformance).

#![expect(clippy::expect_used, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]

use jiff::{SignedDuration, Timestamp};

use crate::ErrorKind;
use crate::redirect::{IssuedLink, LinkId, LinkQuery, LinkTable, LinkToken, Opening, RevokeLink};
use crate::store::{ArtifactKey, LinkRequest};

/// Generates a test for each clause. `$make` is an async expression that yields an empty [`LinkTable`].
///
/// ```ignore
/// mod conformance {
///     findings_core::links_conformance!(async { MyTable::new().await });
/// }
/// ```
#[macro_export]
macro_rules! links_conformance {
    (@ [$($ignore:tt)*] $make:expr) => {
        $crate::__conformance_tests!($($ignore)* links, $make, [
            an_issued_link_is_found_whole,
            an_expired_link_is_still_found,
            every_link_of_a_project_is_listed_in_order,
            projects_are_kept_apart,
            openings_are_counted,
            a_revoked_link_stays_revoked,
            an_unknown_link_is_not_made,
        ]);
    };
    (ignore = $reason:literal, $make:expr) => {
        $crate::links_conformance!(@ [ignore = $reason,] $make);
    };
    ($make:expr) => {
        $crate::links_conformance!(@ [] $make);
    };
}

/// Whole seconds, and recent: a table may forget links long after they expired.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).expect("a time of today")
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Returns a link to a report of the project that was made at this time.
fn link(project: &str, issued_at: Timestamp) -> IssuedLink {
    let id = LinkToken::generate().expect("a token").id();
    let key: ArtifactKey = "runs/1/a.xlsx".parse().expect("a legal key");
    let request = LinkRequest::new(key.clone(), std::time::Duration::ZERO, issued_at);
    let mut link = IssuedLink::new(id, key, issued_at, issued_at + minutes(60));
    "決済 1.xlsx".clone_into(&mut link.download_name);
    link.report = request.for_report("2026-11-23T00:00:00Z".parse().expect("a run ID"), project).report;
    link.reader = Some("sato@example.com".parse().expect("an address"));
    link.upload = Some("inbox/a/1/answer-0".parse().expect("a legal key"));
    link
}

async fn issue(table: &impl LinkTable, link: IssuedLink) -> IssuedLink {
    table.issue(&link).await.expect("the link is issued");
    link
}

async fn find(table: &impl LinkTable, id: &LinkId) -> Option<IssuedLink> {
    table.find(id).await.expect("the table answers")
}

async fn issued(table: &impl LinkTable, query: &LinkQuery) -> Vec<IssuedLink> {
    table.issued(query).await.expect("the table answers")
}

/// A link is found with all its fields, also if it is for no report and nobody.
pub async fn an_issued_link_is_found_whole(table: impl LinkTable) {
    let whole = issue(&table, link("決済", now())).await;
    assert_eq!(find(&table, &whole.id).await.as_ref(), Some(&whole));
    let mut bare = link("", now());
    (bare.report, bare.reader, bare.upload) = (None, None, None);
    let bare = issue(&table, bare).await;
    assert_eq!(find(&table, &bare.id).await.as_ref(), Some(&bare));
    assert_eq!(find(&table, &link("決済", now()).id).await, None);
}

/// A link that expired 29 days ago is found.
pub async fn an_expired_link_is_still_found(table: impl LinkTable) {
    let mut old = link("a", now() - SignedDuration::from_hours(90 * 24));
    old.expires_at = now() - SignedDuration::from_hours(29 * 24);
    let old = issue(&table, old).await;
    assert_eq!(find(&table, &old.id).await, Some(old));
}

/// The links of a project come in the order in which they were made, and those before a time can be left out.
pub async fn every_link_of_a_project_is_listed_in_order(table: impl LinkTable) {
    let now = now();
    for minute in [2, 0, 1] {
        issue(&table, link("a", now + minutes(minute))).await;
    }
    let times = |links: Vec<IssuedLink>| links.iter().map(|link| link.issued_at).collect::<Vec<_>>();
    let all = issued(&table, &LinkQuery::new("a")).await;
    assert_eq!(times(all.clone()), [now, now + minutes(1), now + minutes(2)]);
    assert_eq!(find(&table, &all[0].id).await.as_ref(), all.first());
    let later = issued(&table, &LinkQuery::new("a").since(now + minutes(1))).await;
    assert_eq!(times(later), [now + minutes(1), now + minutes(2)]);
    assert!(issued(&table, &LinkQuery::new("a").since(now + minutes(3))).await.is_empty());
}

/// Projects do not share links, whatever their names are.
pub async fn projects_are_kept_apart(table: impl LinkTable) {
    let names = ["a", "A", "a#b", "a/b", "", "決済", "決済基盤"];
    for name in names {
        issue(&table, link(name, now())).await;
    }
    for name in names {
        let links = issued(&table, &LinkQuery::new(name)).await;
        assert_eq!(links.iter().map(IssuedLink::project).collect::<Vec<_>>(), [name]);
    }
    assert!(issued(&table, &LinkQuery::new("b")).await.is_empty());
}

/// Each opening counts, and the first and the last are kept, with the address of the last.
pub async fn openings_are_counted(table: impl LinkTable) {
    let now = now();
    let (opened, other) = (issue(&table, link("a", now)).await, issue(&table, link("a", now)).await);
    for (minute, from) in [(1, Some("192.0.2.1")), (2, None), (3, Some("2001:db8::1"))] {
        let opening = Opening::new(opened.id.clone(), now + minutes(minute), from.map(str::to_owned));
        table.note_opening(&opening).await.expect("the opening is remembered");
    }
    let openings = find(&table, &opened.id).await.expect("the link is there").openings;
    assert_eq!(
        (openings.count, openings.first_at, openings.last_at),
        (3, Some(now + minutes(1)), Some(now + minutes(3)))
    );
    assert_eq!(openings.last_from.as_deref(), Some("2001:db8::1"));
    assert_eq!(find(&table, &other.id).await, Some(other), "another link is not opened");
}

/// A revoked link stays revoked since the first time, and other links still work.
pub async fn a_revoked_link_stays_revoked(table: impl LinkTable) {
    let now = now();
    let (bad, good) = (issue(&table, link("a", now)).await, issue(&table, link("a", now)).await);
    for minute in [5, 6] {
        let request = RevokeLink::new(bad.id.clone(), now + minutes(minute));
        table.revoke(&request).await.expect("the link is revoked");
    }
    table.note_opening(&Opening::new(bad.id.clone(), now + minutes(7), None)).await.expect("the opening is remembered");
    let revoked = find(&table, &bad.id).await.expect("the link is there");
    assert_eq!(revoked.revoked_at, Some(now + minutes(5)));
    assert_eq!(find(&table, &good.id).await.expect("the link is there").revoked_at, None);
}

/// To open or revoke a link that does not exist is an error, and makes none.
pub async fn an_unknown_link_is_not_made(table: impl LinkTable) {
    let unknown = link("a", now()).id;
    let opened = table.note_opening(&Opening::new(unknown.clone(), now(), None)).await;
    let revoked = table.revoke(&RevokeLink::new(unknown.clone(), now())).await;
    for result in [opened, revoked] {
        assert_eq!(result.expect_err("there is no such link").kind(), ErrorKind::NotFound);
    }
    assert_eq!(find(&table, &unknown).await, None);
}
