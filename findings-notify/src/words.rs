//! The words that stand for values, chosen by the values. The words themselves, and the sentences of mails, stand in
//! `findings_core::languages`.

use findings_core::coverage::AcceptedGap;
use findings_core::languages::Language;
use findings_core::languages::mail::MailTexts;
use findings_core::notify::Notification;
use findings_core::pipeline::{ProjectOutcome, ProjectStatus};
use findings_core::report::News;
use findings_core::wording::{Wording, fill, grouped};
use findings_core::{Locale, Severity, SeverityCounts};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many characters of a text from outside a mail shows.
const MAX_TEXT: usize = 300;

/// The words of mails in a language.
pub(crate) fn texts(locale: Locale) -> &'static MailTexts {
    &Language::of(locale).mail
}

/// What became of a project, for operators. A complete report that somebody did not get is not an incomplete one.
pub(crate) fn project_status(locale: Locale, outcome: &ProjectOutcome) -> &'static str {
    let texts = texts(locale);
    match outcome.status {
        _ if outcome.is_undelivered() => texts.undelivered,
        ProjectStatus::Ok => texts.project_ok,
        ProjectStatus::Incomplete => texts.project_incomplete,
        ProjectStatus::Failed => texts.project_failed,
        ProjectStatus::Skipped => texts.project_skipped,
        status => status.as_str(),
    }
}

/// The word before the number of a line.
pub(crate) fn line(locale: Locale) -> &'static str {
    texts(locale).registry_line
}

/// That somebody knows of a gap and lives with it.
pub(crate) fn accepted(say: Wording, gap: &AcceptedGap) -> String {
    say.accepted(gap.until, &one_line(&gap.reason))
}

/// What changed since the last report, in a few words; `None` in a first report, and if it is not known.
pub(crate) fn changed(n: &Notification) -> Option<String> {
    let (say, news) = (Wording::of(n.locale), n.previous.as_ref().and(n.news())?);
    // what is less severe than the project wants to hear of changed, and the numbers of the message say so
    let is_below = n.headline.as_ref().is_some_and(|headline| !headline.news.is_unchanged());
    let from = n.min_severity.filter(|_| is_below).map(|severity| say.severity_within(severity));
    let texts = texts(n.locale);
    let is_seen_again = n.is_complete() && n.previous.as_ref().is_some_and(|previous| !previous.complete);
    let unchanged = news.is_unchanged().then(|| match from {
        _ if n.part.is_some() => texts.part_unchanged.to_owned(),
        _ if !n.is_complete() => texts.unchanged_as_far_as_checked.to_owned(),
        Some(from) => fill(texts.unchanged_from, &[("severity", &from)]),
        None if is_seen_again => texts.seen_again_unchanged.to_owned(),
        None => say.no_change().to_owned(),
    });
    Some(unchanged.into_iter().chain(say.news(&news)).collect::<Vec<_>>().join(say.comma()))
}

/// The numbers of findings of a month ago and of now, in a few words. It leaves out what there was and is none of.
pub(crate) fn month(locale: Locale, before: &SeverityCounts, now: &SeverityCounts) -> String {
    let say = Wording::of(locale);
    let pair = |name: String, before: u64, now: u64| format!("{name} {} → {}", number(before), number(now));
    let of_severity = |severity: Severity| {
        let (before, now) = (before.get(severity), now.get(severity));
        (before + now > 0).then(|| pair(say.severity_within(severity), before, now))
    };
    let all = texts(locale).in_all;
    let severities = Severity::WORST_FIRST.into_iter().filter_map(of_severity);
    severities.chain([pair(all.to_owned(), before.total(), now.total())]).collect::<Vec<_>>().join(say.comma())
}

/// What does not wait for the next report, in a few words. Of what got worse, it says how severe it is now.
pub(crate) fn urgent_news(locale: Locale, news: &News) -> Vec<String> {
    let say = Wording::of(locale);
    let mut others = *news;
    others.worse = SeverityCounts::default();
    let worse = Severity::WORST_FIRST.into_iter().map(|severity| (severity, news.worse.get(severity)));
    let worse = worse.filter(|(_, issues)| *issues > 0).map(|(severity, issues)| {
        let values = [("severity", &*say.severity_within(severity)), ("n", &*number(issues))];
        fill(texts(locale).now_worse, &values)
    });
    say.news(&others).into_iter().chain(worse).collect()
}

/// The numbers of open findings, in a few words.
pub(crate) fn open(n: &Notification) -> String {
    let (say, to_fix) = (Wording::of(n.locale), n.to_fix());
    let written = number(n.counts.total());
    let texts = texts(n.locale);
    if let Some(severe) = say.severe(&to_fix) {
        let overdue = n.news().and_then(|news| say.overdue_in_all(&news.overdue));
        return overdue.map_or(severe.clone(), |overdue| severe + say.comma() + &overdue);
    }
    let findings = if n.counts.total() == 1 { texts.one_finding } else { texts.findings };
    let findings = fill(findings, &[("n", &written)]);
    let all_pass = n.headline.as_ref().is_some_and(|headline| headline.passed.total() == n.counts.total());
    let remark = match n.min_severity {
        _ if !n.is_complete() => return findings,
        _ if all_pass => texts.all_pass,
        Some(Severity::Critical) => texts.none_critical,
        _ => texts.none_severe,
    };
    findings + remark
}

/// A number of findings with that of the last report.
pub(crate) fn compared(locale: Locale, now: u64, before: Option<u64>) -> String {
    match before {
        None => issues(locale, now),
        Some(before) => fill(texts(locale).compared, &[("n", &number(now)), ("before", &number(before))]),
    }
}

/// A number of issues.
pub(crate) fn issues(locale: Locale, count: u64) -> String {
    fill(texts(locale).count, &[("n", &number(count))])
}

/// The labels of what changed: new, reopened, worse, fixed.
pub(crate) fn changes(locale: Locale) -> [&'static str; 4] {
    texts(locale).changes
}

/// The network from which alone a link works: as it is configured, and `company` in the language of the reader. `None` if it
/// says nothing.
pub(crate) fn network(locale: Locale, network: &str) -> Option<String> {
    match network.trim() {
        "" => None,
        "company" => Some(texts(locale).company_network.to_owned()),
        text => Some(one_line(text)),
    }
}

/// The label of the button that leads to the report.
pub(crate) fn open_report(locale: Locale) -> &'static str {
    texts(locale).open_report
}

/// Where the problem is: "Account 123456789012, ap-northeast-1"; empty if it is the whole project's.
pub(crate) fn place(say: Wording, account: Option<&str>, region: Option<&str>) -> String {
    say.place(account.map(one_line).as_deref(), region.map(one_line).as_deref())
}

/// A moment in the reader's time zone: "Mon, 23 Nov 2026, 09:00 JST" or "2026年11月23日(月) 09:00（日本時間）".
pub(crate) fn moment(locale: Locale, at: Timestamp, zone: &TimeZone) -> String {
    Language::of(locale).formats.moment(at, zone)
}

/// A day in the reader's time zone: "23 Nov 2026" or "2026年11月23日".
pub(crate) fn date(locale: Locale, at: Timestamp, zone: &TimeZone) -> String {
    Language::of(locale).formats.date(at, zone)
}

/// `1234567` as `1,234,567`.
pub(crate) fn number(n: u64) -> String {
    grouped(n)
}

/// A text from outside on one line: what a terminal, a header or a bidirectional script could turn into something else
/// becomes a space.
pub(crate) fn one_line(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = text.chars().map(|c| if harmful(c) { ' ' } else { c }).collect();
    let words: Vec<_> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    clip(&words.join(" "), MAX_TEXT)
}

/// At most `max` characters, with an ellipsis where something was cut off.
pub(crate) fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some(_) => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_the_readers() {
        let at: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        assert_eq!(moment(Locale::En, at, &tokyo), "Mon, 23 Nov 2026, 09:00 JST");
        assert_eq!(moment(Locale::Ja, at, &tokyo), "2026年11月23日(月) 09:00（日本時間）");
        assert_eq!(moment(Locale::Ja, at, &TimeZone::UTC), "2026年11月23日(月) 00:00（UTC）");
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(number(n), text);
        }
    }

    #[test]
    fn texts_from_outside_stay_on_their_line() {
        assert_eq!(one_line(" a\r\n\u{2028}b\u{0}\u{202e}c　d "), "a b c　d");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), 300);
    }
}
