//! The words that stand for values, in the languages of the readers. Sentences that mails alone say stand in the
//! templates, those that reports say too in [`Wording`].

use findings_core::coverage::AcceptedGap;
use findings_core::notify::Notification;
use findings_core::pipeline::{ProjectOutcome, ProjectStatus};
use findings_core::report::News;
use findings_core::wording::Wording;
use findings_core::{AccountId, Locale, Severity, SeverityCounts};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many characters of a text from outside a mail shows.
const MAX_TEXT: usize = 300;

/// What became of a project, for operators. A complete report that somebody did not get is not an incomplete one.
pub(crate) fn project_status(locale: Locale, outcome: &ProjectOutcome) -> &'static str {
    match (locale, outcome.status) {
        (Locale::Ja, _) if outcome.is_undelivered() => "未達あり",
        _ if outcome.is_undelivered() => "not delivered to all",
        (Locale::Ja, ProjectStatus::Ok) => "完了",
        (Locale::Ja, ProjectStatus::Incomplete) => "不完全",
        (Locale::Ja, ProjectStatus::Failed) => "失敗",
        (Locale::Ja, ProjectStatus::Skipped) => "今回は未実施",
        (_, status) => status.as_str(),
    }
}

/// The word before the number of a line.
pub(crate) fn line(locale: Locale) -> &'static str {
    if locale == Locale::Ja { "台帳の行" } else { "registry line" }
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
    let from = n.min_severity.filter(|_| is_below).map(|severity| say.severity(severity));
    let is_seen_again = n.is_complete() && n.previous.as_ref().is_some_and(|previous| !previous.complete);
    let unchanged = news.is_unchanged().then(|| match (n.locale, n.is_complete(), from) {
        (Locale::Ja, ..) if n.part.is_some() => "ご担当分に新たな課題はありません".to_owned(),
        _ if n.part.is_some() => "nothing new in your part".to_owned(),
        (Locale::Ja, true, None) if is_seen_again => "確認できない範囲は解消、変化なし".to_owned(),
        (_, true, None) if is_seen_again => "everything could be checked again, no change".to_owned(),
        (Locale::Ja, true, Some(from)) => format!("{from}以上では変化なし"),
        (_, true, Some(from)) => format!("no change from {} on", from.to_lowercase()),
        (_, true, None) => say.no_change().to_owned(),
        (Locale::Ja, false, _) => "確認できた範囲では変化なし".to_owned(),
        (_, false, _) => "no change in what could be checked".to_owned(),
    });
    Some(unchanged.into_iter().chain(say.news(&news)).collect::<Vec<_>>().join(say.comma()))
}

/// The numbers of findings of a month ago and of now, in a few words. It leaves out what there was and is none of.
pub(crate) fn month(locale: Locale, before: &SeverityCounts, now: &SeverityCounts) -> String {
    let say = Wording::of(locale);
    let pair = |name: String, before: u64, now: u64| format!("{name} {} → {}", number(before), number(now));
    let of_severity = |severity: Severity| {
        let (before, now) = (before.get(severity), now.get(severity));
        let name = say.severity(severity);
        let name = if locale == Locale::Ja { name.to_owned() } else { name.to_lowercase() };
        (before + now > 0).then(|| pair(name, before, now))
    };
    let all = if locale == Locale::Ja { "合計" } else { "in all" };
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
        let (name, issues) = (say.severity(severity), number(issues));
        if locale == Locale::Ja {
            format!("{name}に悪化 {issues}件")
        } else {
            format!("{issues} now {}", name.to_lowercase())
        }
    });
    say.news(&others).into_iter().chain(worse).collect()
}

/// The numbers of open findings, in a few words.
pub(crate) fn open(n: &Notification) -> String {
    let (say, to_fix) = (Wording::of(n.locale), n.to_fix());
    let written = number(n.counts.total());
    let is_ja = n.locale == Locale::Ja;
    if let Some(severe) = say.severe(&to_fix) {
        let overdue = n.news().and_then(|news| say.overdue_in_all(&news.overdue));
        return overdue.map_or(severe.clone(), |overdue| severe + say.comma() + &overdue);
    }
    let findings = match (is_ja, n.counts.total()) {
        (true, _) => format!("検出結果 {written}件"),
        (false, 1) => "1 finding".to_owned(),
        (false, _) => format!("{written} findings"),
    };
    let all_pass = n.headline.as_ref().is_some_and(|headline| headline.passed.total() == n.counts.total());
    let remark = match (is_ja, n.min_severity) {
        _ if !n.is_complete() => return findings,
        (true, _) if all_pass => "（すべて合格したチェック）",
        (false, _) if all_pass => ", all of checks that pass",
        (true, Some(Severity::Critical)) => "（重大はなし）",
        (false, Some(Severity::Critical)) => ", none critical",
        (true, _) => "（重大・高はなし）",
        (false, _) => ", none critical or high",
    };
    findings + remark
}

/// A number of findings with that of the last report.
pub(crate) fn compared(locale: Locale, now: u64, before: Option<u64>) -> String {
    match (locale, before) {
        (Locale::Ja, None) => format!("{}件", number(now)),
        (Locale::Ja, Some(before)) => format!("{}件（前回 {}件）", number(now), number(before)),
        (_, None) => number(now),
        (_, Some(before)) => format!("{} (last time {})", number(now), number(before)),
    }
}

/// A number of issues.
pub(crate) fn issues(locale: Locale, count: u64) -> String {
    if locale == Locale::Ja { format!("{}件", number(count)) } else { number(count) }
}

/// The labels of what changed: new, reopened, worse, fixed.
pub(crate) fn changes(locale: Locale) -> [&'static str; 4] {
    match locale {
        Locale::Ja => ["新規の課題", "再発", "悪化", "解消"],
        _ => ["New issues", "Reopened", "Worse", "Fixed"],
    }
}

/// The network from which alone a link works: as it is configured, and `company` in the language of the reader. `None` if it
/// says nothing.
pub(crate) fn network(locale: Locale, network: &str) -> Option<String> {
    match (network.trim(), locale) {
        ("", _) => None,
        ("company", Locale::Ja) => Some("社内ネットワーク".to_owned()),
        ("company", _) => Some("the company network".to_owned()),
        (text, _) => Some(one_line(text)),
    }
}

/// The label of the button that leads to the report.
pub(crate) fn open_report(locale: Locale) -> &'static str {
    if locale == Locale::Ja { "レポートを開く" } else { "Open the report" }
}

/// Where the problem is: "Account 123456789012, ap-northeast-1"; empty if it is the whole project's.
pub(crate) fn place(say: Wording, account: Option<AccountId>, region: Option<&str>) -> String {
    say.place(account.map(|id| id.to_string()).as_deref(), region.map(one_line).as_deref())
}

/// A moment in the reader's time zone: "Mon, 23 Nov 2026, 09:00 JST" or "2026年11月23日(月) 09:00（日本時間）".
pub(crate) fn moment(locale: Locale, at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned_datetime(zone.clone());
    let abbreviation = local.strftime("%Z").to_string();
    match locale {
        Locale::Ja => {
            let days = ["月", "火", "水", "木", "金", "土", "日"];
            let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or_default();
            let zone = if zone.iana_name() == Some("Asia/Tokyo") { "日本時間" } else { &abbreviation };
            format!("{}({}) {}（{zone}）", date(locale, at, local.time_zone()), days[weekday], local.strftime("%H:%M"))
        }
        _ => format!("{} {abbreviation}", local.strftime("%a, %-d %b %Y, %H:%M")),
    }
}

/// A day in the reader's time zone: "23 Nov 2026" or "2026年11月23日".
pub(crate) fn date(locale: Locale, at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned_datetime(zone.clone());
    match locale {
        Locale::Ja => local.strftime("%Y年%-m月%-d日").to_string(),
        _ => local.strftime("%-d %b %Y").to_string(),
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn number(n: u64) -> String {
    Wording::of(Locale::En).number(n)
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
