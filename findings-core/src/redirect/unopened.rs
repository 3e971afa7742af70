//! Projects whose reports nobody opens.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::IssuedLink;
use crate::RunId;

/// A project whose reports nobody has opened for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unopened {
    /// The name of the project.
    pub project: String,
    /// When one of its links was opened last, UTC; `None` if never, as far as is known.
    pub last_opened_at: Option<Timestamp>,
}

/// Returns whether nobody has opened a link of the project for `span`, although there were links all that time.
///
/// `links` are its links, at least those that were made in the last two spans. Projects that get their first links are
/// not accused of anything: the oldest link has to be as old as the span. Nor are those who opened a report when it came,
/// and get one a month: there have to be links of two runs since. Revoked links do not count, because nobody can open them.
///
/// ```
/// use findings_core::redirect::unopened;
/// use jiff::{SignedDuration, Timestamp};
/// assert_eq!(unopened("Payments", &[], Timestamp::now(), SignedDuration::from_hours(21 * 24)), None);
/// ```
pub fn unopened(project: &str, links: &[IssuedLink], now: Timestamp, span: SignedDuration) -> Option<Unopened> {
    let since = now.checked_sub(span).ok()?;
    links.iter().filter(|link| link.revoked_at.is_none()).find(|link| link.issued_at <= since)?;
    let last_opened_at = links.iter().filter_map(|link| link.openings.last_at).max();
    let is_after =
        |link: &&IssuedLink| link.revoked_at.is_none() && last_opened_at.is_none_or(|last| link.issued_at > last);
    let runs: BTreeSet<&RunId> =
        links.iter().filter(is_after).filter_map(|l| Some(&l.report.as_ref()?.run_id)).collect();
    let is_unopened = last_opened_at.is_none_or(|last| last <= since) && runs.len() >= 2;
    is_unopened.then(|| Unopened { project: project.to_owned(), last_opened_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect::LinkToken;
    use crate::store::LinkRequest;

    const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

    fn now() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    /// A link that was made `age` weeks ago and opened last `opened` weeks ago.
    fn link(age: i32, opened: Option<i32>) -> IssuedLink {
        let id = LinkToken::generate().unwrap().id();
        let mut link = IssuedLink::new(id, "a".parse().unwrap(), now() - WEEK * age, now() + WEEK);
        let run = format!("{age}").parse().unwrap();
        link.report = LinkRequest::new(link.key.clone(), std::time::Duration::ZERO, now()).for_report(run, "p").report;
        link.openings.last_at = opened.map(|weeks| now() - WEEK * weeks);
        link
    }

    #[test]
    fn only_projects_with_old_links_and_no_recent_opening_are_named() {
        let named = |links: &[IssuedLink]| unopened("p", links, now(), WEEK * 3).map(|u| u.last_opened_at);
        assert_eq!(named(&[]), None, "nothing is known");
        assert_eq!(named(&[link(2, None), link(1, None)]), None, "they have had links for two weeks only");
        assert_eq!(named(&[link(3, None), link(1, None)]), Some(None));
        assert_eq!(named(&[link(5, Some(4)), link(2, None), link(1, None)]), Some(Some(now() - WEEK * 4)));
        assert_eq!(named(&[link(5, Some(2))]), None, "an old link counts, too");
        assert_eq!(named(&[link(4, Some(4))]), None, "once a month, opened when it came");
        assert_eq!(named(&[link(9, Some(9)), link(4, None)]), None, "one report was not opened yet");
        assert_eq!(named(&[link(9, Some(9)), link(5, None), link(1, None)]), Some(Some(now() - WEEK * 9)));
        let mut revoked = link(5, None);
        revoked.revoked_at = Some(now());
        assert_eq!(named(&[revoked, link(1, None)]), None);
    }
}
