//! A few words for what changed since the last report, for the first lines of messages.

use super::Wording;
use crate::report::News;
use crate::{Severity, SeverityCounts};

/// How many of these phrases the subject of a message has room for.
const MAX_PHRASES: usize = 4;

impl Wording {
    /// Returns what changed, a few words each, the most urgent first: "2 new critical", "1 newly overdue", "4 fixed". Empty if
    /// nothing changed. New issues are told by severity if they are critical or high, else together.
    ///
    /// ```
    /// use findings_core::{Locale, Severity, report::News, wording::Wording};
    /// let mut news = News::default();
    /// news.new.add(Severity::Critical);
    /// news.newly_overdue.add(Severity::High);
    /// assert_eq!(Wording::of(Locale::En).news(&news), ["1 new critical", "1 newly overdue"]);
    /// assert_eq!(Wording::of(Locale::Ja).news(&news), ["新規の重大 1件", "新たに期限超過 1件"]);
    /// ```
    pub fn news(self, news: &News) -> Vec<String> {
        let say = self.language.sentences;
        let severe = [Severity::Critical, Severity::High].map(|severity| (Some(severity), news.new.get(severity)));
        let others = if severe.iter().all(|(_, n)| *n == 0) { news.new.total() } else { 0 };
        let new = severe.into_iter().chain([(None, others)]).filter(|(_, n)| *n > 0);
        let new = new.map(|(severity, n)| say.new_issues(severity, &self.number(n)));
        let written = |counts: &SeverityCounts| Some(counts.total()).filter(|n| *n > 0).map(|n| self.number(n));
        let rest = [
            written(&news.newly_overdue).map(|n| say.overdue_issues(&n)),
            written(&news.reopened).map(|n| say.reopened_issues(&n)),
            written(&news.worse).map(|n| say.worse_issues(&n)),
            written(&news.fixed).map(|n| say.fixed_issues(&n)),
        ];
        new.chain(rest.into_iter().flatten()).take(MAX_PHRASES).collect()
    }

    /// Returns two words which say that nothing changed since the last report.
    pub fn no_change(self) -> &'static str {
        self.language.sentences.no_change()
    }

    /// Returns a sentence which thanks for what was fixed since the last report; `None` if nothing was.
    pub fn thanks(self, issues: u64) -> Option<String> {
        (issues > 0).then(|| self.language.sentences.thanks(issues, &self.number(issues)))
    }

    /// Returns the numbers of critical and high findings: "3 critical, 12 high"; `None` if there are none.
    pub fn severe(self, counts: &SeverityCounts) -> Option<String> {
        let severe = [Severity::Critical, Severity::High].into_iter().filter(|severity| counts.get(*severity) > 0);
        let phrases: Vec<String> =
            severe.map(|s| self.language.sentences.count_of_severity(s, &self.number(counts.get(s)))).collect();
        (!phrases.is_empty()).then(|| phrases.join(self.comma()))
    }

    /// Returns the number of all issues that are overdue, new or not: "12 overdue"; `None` if there are none.
    pub fn overdue_in_all(self, counts: &SeverityCounts) -> Option<String> {
        let total = counts.total();
        (total > 0).then(|| self.language.sentences.overdue_in_all(&self.number(total)))
    }

    /// Returns in how many places besides the one that is named a fix is to be made; `None` if there is no other.
    pub fn further_places(self, places: u64) -> Option<String> {
        let further = places.saturating_sub(1);
        (further > 0).then(|| self.language.sentences.further_places(further, &self.number(further)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Locale;

    #[test]
    fn table_of_news() {
        let counts = |critical, high, low| SeverityCounts { critical, high, low, ..SeverityCounts::default() };
        let none = SeverityCounts::default();
        let news = |new, newly_overdue, reopened, worse, fixed| News {
            new,
            reopened,
            worse,
            fixed,
            newly_overdue,
            ..News::default()
        };
        for (news, en) in [
            (news(none, none, none, none, none), ""),
            (news(counts(2, 0, 9), counts(0, 1, 0), none, none, none), "2 new critical, 1 newly overdue"),
            (news(counts(2, 1_200, 0), none, none, none, none), "2 new critical, 1,200 new high"),
            (news(counts(0, 0, 5), none, none, none, counts(0, 1, 1)), "5 new, 2 fixed"),
            (news(none, none, counts(0, 1, 1), counts(1, 0, 0), none), "2 reopened, 1 worse"),
            // the last does not fit
            (
                news(counts(1, 1, 0), counts(1, 0, 0), counts(1, 0, 0), counts(1, 0, 0), counts(1, 0, 0)),
                "1 new critical, 1 new high, 1 newly overdue, 1 reopened",
            ),
        ] {
            assert_eq!(Wording::of(Locale::En).news(&news).join(", "), en);
        }
        assert_eq!(Wording::of(Locale::En).severe(&counts(3, 12, 9)).as_deref(), Some("3 critical, 12 high"));
        assert_eq!(Wording::of(Locale::Ja).severe(&counts(3, 12, 9)).as_deref(), Some("重大 3件、高 12件"));
        assert_eq!(Wording::of(Locale::Ja).severe(&counts(0, 0, 9)), None);
        assert_eq!((Wording::of(Locale::En).further_places(1), Wording::of(Locale::En).thanks(0)), (None, None));
    }
}
