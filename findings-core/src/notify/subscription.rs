//! Whether a recipient hears of a report.

use std::collections::BTreeSet;

use super::Notification;
use crate::{AccountId, NotifyWhen};

impl Notification {
    /// Whether somebody who made this choice is told of the report. The rules, of which the first that applies counts:
    ///
    /// * `always` is told, and `never` is not.
    /// * Whoever was told of an earlier report of the same run is told of its correction.
    /// * `monthly` is told of the first report of each month in the reader's time zone, whatever is in it, and of nothing
    ///   between.
    /// * If it is not known what is new, everybody is told.
    /// * If something can no longer be seen that the last report saw, everybody is told: silence must not mean that all is
    ///   well. What could not be seen in the last report either is nothing new.
    /// * `changes` is told of a first report, if something changed ([`is_unchanged`](Self::is_unchanged)), and if everything
    ///   can be seen again.
    /// * `critical` is told while a critical finding is open, also if it could not be looked at this time, `overdue` while an issue is overdue.
    ///
    /// What is less severe than [`min_severity`](Self::min_severity) is no news and not overdue.
    ///
    /// ```
    /// use findings_core::NotifyWhen;
    /// use findings_core::notify::Notification;
    /// use findings_core::report::ReportBuilder;
    /// let report = ReportBuilder::new("Payments", "r".parse()?, "2026-11-23T00:00:00Z".parse()?)
    ///     .with_account("123456789012".parse()?, [])
    ///     .build()?;
    /// let first = Notification::of(&report, "sato@example.com".parse()?)?;
    /// assert!(first.is_for(NotifyWhen::Changes) && !first.is_for(NotifyWhen::Critical));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_for(&self, when: NotifyWhen) -> bool {
        match when {
            NotifyWhen::Always => return true,
            NotifyWhen::Never => return false,
            NotifyWhen::Monthly => return self.replaces_earlier || self.is_first_of_month(),
            NotifyWhen::Changes | NotifyWhen::Critical | NotifyWhen::Overdue => {}
        }
        let Some(news) = self.news() else { return true };
        if self.replaces_earlier || self.is_newly_unseen() {
            return true;
        }
        match when {
            // a critical issue that could not be looked at stays open
            NotifyWhen::Critical => self.to_fix().critical + self.certainty.stale.critical > 0,
            NotifyWhen::Overdue => news.overdue.total() > 0,
            _ => !self.is_unchanged() || self.is_seen_again(),
        }
    }

    /// Whether it is known that nothing changed since the last report: no issue came or went, for whatever reason, got worse
    /// or became overdue. What could not be seen may have changed.
    pub fn is_unchanged(&self) -> bool {
        let without_fix = self.changes.closed() - self.changes.resolved;
        self.previous.is_some() && self.news().is_some_and(|news| news.is_unchanged()) && without_fix == 0
    }

    /// Whether recipients were told of no report of this month before, in the reader's time zone.
    fn is_first_of_month(&self) -> bool {
        let month = |at| self.time_zone.to_datetime(at).date().first_of_month();
        self.previous.as_ref().is_none_or(|previous| month(previous.at) != month(self.generated_at))
    }

    /// Whether something cannot be seen that the last report saw: more issues that were open could not be looked at, or an
    /// account that was read could not be.
    fn is_newly_unseen(&self) -> bool {
        if self.previous.as_ref().is_some_and(|previous| self.changes.stale > previous.changes.stale) {
            return true;
        }
        if self.is_complete() {
            return false;
        }
        let Some(previous) = self.previous.as_ref().filter(|previous| !previous.complete) else { return true };
        let before: BTreeSet<AccountId> = previous.incomplete_accounts.iter().copied().collect();
        let accounts = self.certainty.problems.iter().filter_map(|problem| problem.account);
        accounts.into_iter().any(|account| !before.contains(&account))
    }

    /// Whether everything can be seen, and the last report did not see it.
    fn is_seen_again(&self) -> bool {
        self.is_complete() && self.previous.as_ref().is_some_and(|previous| !previous.complete)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::history::ProjectRun;
    use crate::report::{Headline, Problem, ProblemKind, Report};
    use crate::{Severity, SeverityCounts};

    use NotifyWhen::{Always, Changes, Critical, Monthly, Never, Overdue};

    fn unseen(account: &str) -> Problem {
        Problem::new(ProblemKind::AccountNotFetched, "").with_account(account.parse().unwrap())
    }

    /// A report after a complete one, in which nothing changed.
    fn unchanged() -> Notification {
        let mut report = Report::new("P", "r".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
        report.trend = vec![ProjectRun::new("q".parse().unwrap(), "2026-11-16T00:00:00Z".parse().unwrap())];
        let mut n = Notification::of(&report, "a@example.com".parse().unwrap()).unwrap();
        n.certainty.problems.clear();
        n.counts = SeverityCounts { high: 3, ..SeverityCounts::default() };
        n
    }

    fn with(change: impl FnOnce(&mut Notification, &mut Headline)) -> Notification {
        let (mut n, mut headline) = (unchanged(), Headline::default());
        change(&mut n, &mut headline);
        n.headline = Some(Arc::new(headline));
        n
    }

    #[test]
    fn table_of_who_hears_of_what() {
        let told = |n: &Notification| [Changes, Critical, Overdue].map(|when| n.is_for(when));
        let one = SeverityCounts { high: 1, ..SeverityCounts::default() };
        let rows = vec![
            ("nothing", unchanged(), [false, false, false]),
            ("the first report", with(|n, _| n.previous = None), [true, false, false]),
            ("a new one", with(|_, h| h.news.new = one), [true, false, false]),
            ("a fixed one", with(|_, h| h.news.fixed = one), [true, false, false]),
            ("one that was suppressed", with(|n, _| n.changes.suppressed = 1), [true, false, false]),
            ("overdue as before", with(|_, h| h.news.overdue = one), [false, false, true]),
            ("newly overdue", with(|_, h| (h.news.overdue, h.news.newly_overdue) = (one, one)), [true, false, true]),
            ("an old critical one", with(|n, _| n.counts.critical = 1), [false, true, false]),
            (
                "a check that passes",
                with(|n, h| {
                    n.counts.critical = 1;
                    h.passed.critical = 1;
                }),
                [false, false, false],
            ),
            ("an account is lost", with(|n, _| n.certainty.problems = vec![unseen("111111111111")]), [true; 3]),
            ("more of what was open is out of sight", with(|n, _| n.changes.stale = 1), [true; 3]),
            (
                "as much as before is out of sight",
                with(|n, _| {
                    n.changes.stale = 1;
                    if let Some(previous) = &mut n.previous {
                        previous.changes.stale = 1;
                    }
                }),
                [false, false, false],
            ),
            ("a critical one is out of sight", with(|n, _| n.certainty.stale.critical = 1), [false, true, false]),
            ("a correction", with(|n, _| n.replaces_earlier = true), [true; 3]),
        ];
        for (what, n, expected) in rows {
            assert_eq!(told(&n), expected, "{what}");
            assert!(n.is_for(Always) && !n.is_for(Never), "{what}");
        }
        let mut unknown = unchanged();
        unknown.headline = None;
        assert_eq!(told(&unknown), [true; 3], "what is not known is told");
    }

    /// Absence is not a statement: an account that cannot be read is told when it is lost, and not every week.
    #[test]
    fn what_is_lost_is_told_once_and_that_it_is_back_is_a_change() {
        let lost = |before: &[&str], now: &[&str]| {
            let mut n = unchanged();
            let previous = n.previous.as_mut().unwrap();
            previous.complete = before.is_empty();
            previous.incomplete_accounts = before.iter().map(|account| account.parse().unwrap()).collect();
            n.certainty.problems = now.iter().map(|account| unseen(account)).collect();
            [n.is_for(Changes), n.is_for(Critical)]
        };
        let (a, b) = ("111111111111", "222222222222");
        assert_eq!(lost(&[], &[a]), [true, true], "it is lost");
        assert_eq!(lost(&[a], &[a]), [false, false], "it still is");
        assert_eq!(lost(&[a], &[a, b]), [true, true], "another one is lost");
        assert_eq!(lost(&[a, b], &[b]), [false, false], "one of two is back, and not all");
        assert_eq!(lost(&[a], &[]), [true, false], "all are back");
    }

    /// Nothing between two months is a statement to those who hear monthly, so what is lost can wait for them.
    #[test]
    fn monthly_readers_hear_of_the_first_report_of_a_month() {
        let at = |at: &str| with(|n, _| n.generated_at = at.parse().unwrap());
        assert!(!at("2026-11-23T00:00:00Z").is_for(Monthly), "the last one was a week ago");
        assert!(at("2026-12-07T00:00:00Z").is_for(Monthly));
        let mut tokyo = at("2026-11-30T16:00:00Z");
        tokyo.time_zone = TimeZone::get("Asia/Tokyo").unwrap();
        assert!(tokyo.is_for(Monthly), "it is December there");
        assert!(with(|n, _| n.previous = None).is_for(Monthly), "the first report");
        assert!(with(|n, _| n.replaces_earlier = true).is_for(Monthly), "a correction");
        assert!(!with(|n, _| n.certainty.problems = vec![unseen("111111111111")]).is_for(Monthly));
    }

    #[test]
    fn what_the_project_does_not_want_to_hear_of_is_no_change() {
        let low = SeverityCounts { low: 1, ..SeverityCounts::default() };
        let mut n = with(|_, h| (h.news.new, h.news.overdue, h.news.newly_overdue) = (low, low, low));
        assert!(n.is_for(Changes) && n.is_for(Overdue));
        n.min_severity = Some(Severity::Medium);
        assert!(!n.is_for(Changes) && !n.is_for(Overdue));
    }
}
