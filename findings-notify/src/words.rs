//! The words that stand for values, in the languages of the readers. Sentences stand in the templates.

use findings_core::coverage::{AcceptedGap, CoverageReason};
use findings_core::pipeline::ProjectStatus;
use findings_core::report::ProblemKind;
use findings_core::{AccountId, Locale, Severity};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many characters of a text from outside a mail shows.
const MAX_TEXT: usize = 300;

/// The severity as Security Hub's console calls it.
pub(crate) fn severity(locale: Locale, severity: Severity) -> &'static str {
    match (locale, severity) {
        (Locale::Ja, Severity::Critical) => "重大",
        (Locale::Ja, Severity::High) => "高",
        (Locale::Ja, Severity::Medium) => "中",
        (Locale::Ja, Severity::Low) => "低",
        (Locale::Ja, Severity::Informational) => "情報",
        (_, Severity::Critical) => "Critical",
        (_, Severity::High) => "High",
        (_, Severity::Medium) => "Medium",
        (_, Severity::Low) => "Low",
        (_, Severity::Informational) => "Informational",
    }
}

/// A sentence for what is missing.
pub(crate) fn problem(locale: Locale, kind: ProblemKind) -> &'static str {
    match (locale, kind) {
        (Locale::Ja, ProblemKind::AccountNotFetched) => "検出結果の全部または一部を取得できませんでした。",
        (Locale::Ja, ProblemKind::UnreadableFinding) => "読み取れない検出結果があり、レポートに含まれていません。",
        (Locale::Ja, ProblemKind::RegistryLine) => {
            "プロジェクト台帳に読み取れない行があります。アカウントが抜けている可能性があります。"
        }
        (Locale::Ja, ProblemKind::NoAccount) => {
            "このプロジェクトにはアカウントが登録されていないため、何も確認できていません。"
        }
        (_, ProblemKind::Coverage(reason)) => coverage(locale, reason),
        (Locale::Ja, _) => "レポートに含まれていない内容があります。",
        (_, ProblemKind::AccountNotFetched) => "All or some of the findings could not be fetched.",
        (_, ProblemKind::UnreadableFinding) => "A finding could not be read and is missing from the report.",
        (_, ProblemKind::RegistryLine) => {
            "A line of the project registry could not be read; accounts of the project may be missing."
        }
        (_, ProblemKind::NoAccount) => "No account is registered for this project, so nothing was checked.",
        (_, _) => "Something is missing from the report.",
    }
}

/// What became of a project, for operators.
pub(crate) fn project_status(locale: Locale, status: ProjectStatus) -> &'static str {
    match (locale, status) {
        (Locale::Ja, ProjectStatus::Ok) => "完了",
        (Locale::Ja, ProjectStatus::Incomplete) => "不完全",
        (Locale::Ja, ProjectStatus::Failed) => "失敗",
        (Locale::Ja, ProjectStatus::Skipped) => "今回は未実施",
        (_, ProjectStatus::Ok) => "ok",
        (_, ProjectStatus::Incomplete) => "incomplete",
        (_, ProjectStatus::Failed) => "failed",
        (_, ProjectStatus::Skipped) => "skipped",
    }
}

/// The word before the number of a line.
pub(crate) fn line(locale: Locale) -> &'static str {
    if locale == Locale::Ja { "台帳の行" } else { "registry line" }
}

/// Why nobody can say that an account is clean, or how far that can be said.
pub(crate) fn coverage(locale: Locale, reason: CoverageReason) -> &'static str {
    use CoverageReason::{
        ChecksImpaired, ChecksNotRead, ChecksSeen, HubOff, Left, MembersNotListed, NeverEnabled, NoRecentCheck,
        NotAccepted, NotLookedAt, NotMember, Suspended,
    };
    match (locale, reason) {
        (Locale::Ja, ChecksSeen) => "過去48時間以内にチェックが実行されています。",
        (Locale::Ja, NotLookedAt) => "Security Hub とそのチェックが有効かどうかは確認していません。",
        (Locale::Ja, ChecksImpaired) => "AWS Config に必要な記録がないため、一部のチェックを実行できません。",
        (Locale::Ja, NoRecentCheck) => "過去48時間以内にチェックが実行されていないため、問題の有無は不明です。",
        (Locale::Ja, MembersNotListed) => {
            "過去48時間以内のチェックが見当たらず、メンバーの一覧も取得できませんでした。"
        }
        (Locale::Ja, NotMember) => "組織の Security Hub に接続されていないため、このアカウントの問題は検出できません。",
        (Locale::Ja, NeverEnabled) => "Security Hub が一度も有効化されていないため、何もチェックされていません。",
        (Locale::Ja, NotAccepted) => {
            "組織の Security Hub への招待を承諾していないため、このアカウントの問題は検出できません。"
        }
        (Locale::Ja, Left) => "組織の Security Hub から外れたため、このアカウントの問題は検出できません。",
        (Locale::Ja, Suspended) => "アカウントが停止または解約されています。",
        (Locale::Ja, HubOff) => "管理者アカウントで Security Hub が無効になっているため、何も検出できません。",
        (Locale::Ja, ChecksNotRead | _) => "チェックが実行されているかどうかを取得できませんでした。",
        (_, ChecksSeen) => "Checks were made in the last 48 hours.",
        (_, NotLookedAt) => "Whether Security Hub and its checks are switched on was not verified.",
        (_, ChecksImpaired) => "Some checks cannot be made, because AWS Config does not record what they need.",
        (_, NoRecentCheck) => "No check was made in the last 48 hours, so nobody knows what is wrong there.",
        (_, MembersNotListed) => "No check was seen in the last 48 hours, and the members could not be listed.",
        (_, NotMember) => "The account is not connected to the organisation's Security Hub, so nothing of it is seen.",
        (_, NeverEnabled) => "Security Hub was never switched on in the account, so nothing is checked there.",
        (_, NotAccepted) => {
            "The account has not accepted the invitation to the organisation's Security Hub, so nothing of it is seen."
        }
        (_, Left) => "The account has left the organisation's Security Hub, so nothing of it is seen any more.",
        (_, Suspended) => "The account is suspended or closed.",
        (_, HubOff) => "Security Hub is switched off in the administrator account, so nothing is seen there.",
        (_, _) => "Whether checks are made could not be read.",
    }
}

/// That somebody knows of a gap and lives with it.
pub(crate) fn accepted(locale: Locale, gap: &AcceptedGap) -> String {
    let reason = one_line(&gap.reason);
    match locale {
        Locale::Ja => format!("{} まで了承済み：{reason}", gap.until),
        _ => format!("Known and accepted until {}: {reason}", gap.until),
    }
}

/// Where the problem is: "Account 123456789012, ap-northeast-1"; empty if it is the whole project's.
pub(crate) fn place(locale: Locale, account: Option<AccountId>, region: Option<&str>) -> String {
    let account = account.map(|account| match locale {
        Locale::Ja => format!("アカウント {account}"),
        _ => format!("Account {account}"),
    });
    let region = region.map(one_line);
    match (account, region) {
        (Some(account), Some(region)) => format!("{account}, {region}"),
        (one, other) => one.or(other).unwrap_or_default(),
    }
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

/// A text from outside on one line: what a terminal, a header or a bidirectional script could turn into something else becomes a space.
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
    fn texts_from_outside_stay_on_their_line() {
        assert_eq!(one_line(" a\r\n\u{2028}b\u{0}\u{202e}c　d "), "a b c　d");
        assert_eq!(one_line(&"x".repeat(500)).chars().count(), 300);
    }
}
