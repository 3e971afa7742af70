//! Tests of the texts in both languages. `UPDATE_GOLDEN=1 cargo test -p findings-notify` rewrites the golden texts;
//! review the difference. `MAILS_TO=DIR` writes the mails and their HTML parts to a directory for inspection.

use std::path::Path;

use findings_core::coverage::{AcceptedGap, CoverageReason, RegionCoverage, Verdict};
use findings_core::languages::Language;
use findings_core::notify::{Notification, ReportPart};
use findings_core::report::{AccountSummary, Headline, LeadReason, Problem, ProblemKind, Report};
use findings_core::store::LinkLimit;
use findings_core::wording::Wording;
use findings_core::{AccountId, Locale, SeverityCounts};

use crate::{empty, full, incomplete, read};

fn assert_golden(name: &str, notification: &Notification) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let mail = read(notification);
    let url = notification.link.as_ref().map(|link| link.url.expose().clone()).unwrap_or_default();
    let answers = notification.answer_link.as_ref().map(|link| link.url.expose().clone()).unwrap_or_default();
    let text = mail.text.replace(&url, "(link)");
    let text = if answers.is_empty() { text } else { text.replace(&answers, "(link for answers)") };
    let text = format!("Subject: {}\n\n{text}", mail.subject());
    if let Some(dir) = std::env::var_os("MAILS_TO") {
        let file = Path::new(&dir).join(name);
        std::fs::write(file.with_extension("eml"), &mail.raw).unwrap();
        std::fs::write(file.with_extension("html"), &mail.html).unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} differs:\n{text}");
    assert_html_says_the_same(&mail.html, notification);
}

/// Asserts that the HTML part states the same facts as the text part.
fn assert_html_says_the_same(html: &str, n: &Notification) {
    let mut facts = vec![n.project.clone(), n.contact.clone().unwrap()];
    let say = Wording::of(n.locale);
    facts.extend(n.certainty.problems.iter().filter_map(|p| say.problem_detail(p)).map(|d| d.replace('"', "&quot;")));
    facts.extend(n.certainty.problems.iter().filter_map(|p| p.account).map(|a| a.to_string()));
    if n.counts.total() > 0 {
        facts.extend(["1,234", "1,256"].map(str::to_owned));
    }
    // the last report counted no parts
    if n.counts.total() > 0 && n.part.is_none() {
        facts.push("1,240".to_owned());
    }
    for fact in facts {
        assert!(html.contains(&fact), "{fact} is missing in {html}");
    }
}

#[test]
fn full_report_matches_golden_text() {
    assert_golden("full.en.txt", &full(Locale::En));
    assert_golden("full.ja.txt", &full(Locale::Ja));
}

#[test]
fn incomplete_report_matches_golden_text() {
    assert_golden("incomplete.en.txt", &incomplete(Locale::En));
    assert_golden("incomplete.ja.txt", &incomplete(Locale::Ja));
}

#[test]
fn empty_report_matches_golden_text() {
    assert_golden("empty.en.txt", &empty(Locale::En));
    assert_golden("empty.ja.txt", &empty(Locale::Ja));
}

#[test]
fn mail_states_early_expiry_of_link() {
    for (locale, name) in [(Locale::En, "early.en.txt"), (Locale::Ja, "early.ja.txt")] {
        let mut n = full(locale);
        let link = n.link.as_mut().unwrap();
        link.limited_by = LinkLimit::Credentials;
        link.expires_at = Some("2026-11-23T05:47:00Z".parse().unwrap());
        assert_golden(name, &n);
    }
}

#[test]
fn relink_mail_explains_new_link() {
    for (locale, name) in [(Locale::En, "relinked.en.txt"), (Locale::Ja, "relinked.ja.txt")] {
        let mut n = full(locale);
        n.relinked_at = Some("2026-12-01T03:00:00Z".parse().unwrap());
        assert_golden(name, &n);
        assert_eq!(read(&n).header("Date"), ["Tue, 01 Dec 2026 03:00:00 +0000"]);
        n.previous = None;
        assert!(
            !read(&n).text.contains("first report") && !read(&n).text.contains("初回"),
            "a relink mail must not claim to be the first report"
        );
    }
}

/// A mail about the part of an owner has the numbers of the part, compares them with nothing, and says nothing of what was
/// fixed. Names are plain text.
#[test]
fn mail_about_a_part_says_whose_it_is() {
    for (locale, name) in [(Locale::En, "part.en.txt"), (Locale::Ja, "part.ja.txt")] {
        let mut n = full(locale);
        n.changes.resolved = 0;
        n.headline = n.headline.map(|headline| {
            let mut headline = Headline::clone(&headline);
            (headline.fixed, headline.news.fixed) = (Vec::new(), SeverityCounts::default());
            headline.into()
        });
        n.part = Some(ReportPart::new("Sato <b>&amp;{{ project }} <sato@example.com>".into(), 1_256));
        assert_golden(name, &n);
        let mail = read(&n);
        for untold in ["resolved", "解消", "last time", "前回 "] {
            assert!(!mail.text.contains(untold) && !mail.html.contains(untold), "{untold}: {}", mail.text);
        }
        assert!(mail.html.contains("Sato &lt;b&gt;&amp;amp;{{ project }} &lt;sato@example.com&gt;"), "{}", mail.html);
    }
}

/// Returns the notification with a link to the page for answers.
fn answering(locale: Locale) -> Notification {
    let mut n = full(locale);
    n.answer_link.clone_from(&n.link);
    n.answer_link.as_mut().unwrap().url = findings_core::Secret::new(
        "https://b.example.com/a?X-Amz-Signature=1#put=https%3A//b.example.com/x".to_owned(),
    );
    n
}

#[test]
fn second_link_leads_to_the_page_for_answers() {
    for (locale, name) in [(Locale::En, "answers.en.txt"), (Locale::Ja, "answers.ja.txt")] {
        let n = answering(locale);
        assert_golden(name, &n);
        let mail = read(&n);
        let href = "href=\"https://b.example.com/a?X-Amz-Signature=1#put=https%3A//b.example.com/x\"";
        assert!(mail.html.contains(href), "{}", mail.html);
    }
    let mut local = answering(Locale::En);
    for link in [&mut local.link, &mut local.answer_link] {
        let link = link.as_mut().unwrap();
        link.url = findings_core::Secret::new("file:///out/a.html".to_owned());
        link.expires_at = None;
    }
    assert!(!read(&local).text.contains("company network"));
}

#[test]
fn corrected_report_says_that_it_replaces_the_first() {
    for (locale, name) in [(Locale::En, "corrected.en.txt"), (Locale::Ja, "corrected.ja.txt")] {
        let mut n = full(locale);
        (n.edition, n.replaces_earlier) = (2, true);
        assert_golden(name, &n);
    }
}

#[test]
fn empty_report_states_coverage() {
    let with = |locale, reason, until: Option<&str>| {
        let mut n = empty(locale);
        let account: AccountId = "012345678901".parse().unwrap();
        let mut coverage = RegionCoverage::new(reason);
        coverage.accepted = until.map(|day| AcceptedGap::new(account, "<b>closing</b>", day.parse().unwrap()));
        let mut summary = AccountSummary::new(account, true);
        summary.coverage = vec![coverage];
        let mut report = Report::new("x", n.run_id.clone(), n.generated_at);
        report.accounts = vec![summary];
        (n.certainty.verdict, n.certainty.notices) = (report.verdict(), report.notices());
        read(&n)
    };
    let green = "#176639";
    let unchecked = read(&empty(Locale::En));
    assert!(unchecked.text.contains("was not verified") && !unchecked.html.contains(green), "nobody verified it");
    assert!(unchecked.text.contains("No open findings were seen") && !unchecked.text.contains("There are no"));
    let covered = with(Locale::En, CoverageReason::ChecksSeen, None);
    assert!(covered.text.contains("made checks in every account") && !covered.text.contains("not verified"));
    assert!(covered.html.contains(green));
    assert!(with(Locale::Ja, CoverageReason::ChecksSeen, None).text.contains("チェックが実行されています"));
    for (locale, gap, clean) in [
        (Locale::En, "until 2026-12-31: <b>closing</b>", "There are no"),
        (Locale::Ja, "2026-12-31 まで了承済み", "ありません"),
    ] {
        let with_gap = with(locale, CoverageReason::NotMember, Some("2026-12-31"));
        assert!(with_gap.text.contains(gap) && with_gap.text.contains("012345678901"), "{}", with_gap.text);
        assert!(
            !with_gap.text.contains(clean) && !with_gap.html.contains(green),
            "a known gap is no all-clear: {}",
            with_gap.text
        );
        assert!(with_gap.html.contains("&lt;b&gt;closing") || locale == Locale::Ja, "{}", with_gap.html);
        assert!(!with_gap.header("Subject")[0].contains("no open findings ("), "{:?}", with_gap.header("Subject"));
    }
    let impaired = with(Locale::En, CoverageReason::ChecksImpaired, None);
    assert!(impaired.text.contains("AWS Config") && !impaired.html.contains(green));
}

/// Issues that could not be checked are in subject, text, HTML and chat, whatever else the mail says.
#[test]
fn stale_issues_are_stated_everywhere() {
    for (locale, sentence, subject) in [
        (Locale::En, "50 issues that were open could not be checked this time (Critical 50)", "50 issues not checked"),
        (Locale::Ja, "50件（重大 50件）", "未確認の課題 50件"),
    ] {
        for mut n in [full(locale), empty(locale), incomplete(locale)] {
            n.certainty.verdict = Verdict::Covered;
            (n.certainty.stale.critical, n.changes.stale) = (50, 50);
            let mail = read(&n);
            assert!(mail.text.contains(sentence) && mail.html.contains(sentence), "{}", mail.text);
            assert!(!mail.html.contains("#176639"), "not green");
            let incomplete_and_empty = !n.is_complete() && n.counts.total() == 0;
            assert!(mail.subject().contains(subject) || incomplete_and_empty, "{}", mail.subject());
        }
    }
}

/// Odd values and findings that share an ID are told, too.
#[test]
fn doubts_about_the_data_are_stated() {
    let mut n = full(Locale::En);
    (n.certainty.odd_values, n.certainty.ambiguous) = (3, 2);
    let mail = read(&n);
    for text in [&mail.text, &mail.html] {
        assert!(text.contains("3 values of findings") && text.contains("2 findings have the same ID"), "{text}");
    }
}

/// What nobody fixed is not called resolved.
#[test]
fn closed_without_fix_is_told_apart() {
    let mut n = full(Locale::En);
    (n.changes.resolved, n.changes.suppressed, n.changes.left) = (0, 3, 1_000);
    let text = read(&n).text;
    assert!(text.contains("0 resolved"), "{text}");
    assert!(text.contains("not fixed: 3 suppressed by somebody, 1,000 in accounts that left the project."), "{text}");
}

#[test]
fn mail_counts_findings_and_issues() {
    let mut n = full(Locale::En);
    assert!(read(&n).text.contains("1,203 distinct problems"));
    (n.changes.new, n.changes.reopened, n.changes.open) = (0, 0, n.counts.total());
    let mail = read(&n);
    assert!(
        !mail.text.contains("distinct problem") && !mail.html.contains("distinct problem"),
        "the numbers are the same"
    );
}

#[test]
fn subject_states_counts_and_changes() {
    let counts = |critical, high, medium| SeverityCounts { critical, high, medium, ..SeverityCounts::default() };
    let problem = || Problem::new(ProblemKind::NoAccount, "");
    for (counts, new, reopened, lacking, en, ja) in [
        (
            counts(3, 12, 9),
            2,
            0,
            false,
            "2 new critical (open: 3 critical, 12 high)",
            "新規の重大 2件（未対応：重大 3件、高 12件）",
        ),
        (
            counts(3, 0, 0),
            2,
            1,
            false,
            "2 new critical, 1 reopened (open: 3 critical)",
            "新規の重大 2件、再発 1件（未対応：重大 3件）",
        ),
        (counts(0, 1, 0), 0, 1, false, "1 reopened (open: 1 high)", "再発 1件（未対応：高 1件）"),
        (
            counts(0, 0, 1),
            0,
            0,
            false,
            "no change (open: 1 finding, none critical or high)",
            "変化なし（未対応：検出結果 1件（重大・高はなし））",
        ),
        (
            counts(0, 0, 1_500),
            0,
            0,
            true,
            "INCOMPLETE, no change in what could be checked (open: at least 1,500 findings)",
            "【不完全】確認できた範囲では変化なし（未対応：少なくとも 検出結果 1,500件）",
        ),
        (
            counts(1, 2, 0),
            1,
            0,
            true,
            "INCOMPLETE, at least 1 new critical (open: at least 1 critical, 2 high)",
            "【不完全】確認できた範囲で新規の重大 1件（未対応：少なくとも 重大 1件、高 2件）",
        ),
        (
            counts(0, 0, 0),
            0,
            0,
            false,
            "no open findings seen (no change)",
            "未対応の検出結果は見つかりませんでした（変化なし）",
        ),
        (
            counts(0, 0, 0),
            0,
            0,
            true,
            "INCOMPLETE, not everything could be checked",
            "【不完全】確認できなかった範囲があります",
        ),
    ] {
        for (locale, project, rest) in [(Locale::En, "Payments", en), (Locale::Ja, "決済基盤（本番）", ja)] {
            let mut n = full(locale);
            n.counts = counts;
            (n.changes.new, n.changes.reopened) = (new, reopened);
            let mut headline = Headline::default();
            headline.news.new.critical = new;
            headline.news.reopened.high = reopened;
            n.headline = Some(headline.into());
            n.certainty.problems.extend(lacking.then(problem));
            assert_eq!(read(&n).subject(), format!("[Security Hub] {project}: {rest}"));
        }
    }
}

/// The age is told once, whether it is the reason or stands behind it.
#[test]
fn the_day_since_which_it_is_open_stands_behind_every_reason() {
    for (locale, reason, want) in [
        (Locale::En, LeadReason::Open(9), "open for 9 days, since 14 Nov 2026"),
        (Locale::En, LeadReason::Reopened, "reopened, open since 14 Nov 2026"),
        (Locale::Ja, LeadReason::Open(9), "未対応 9日（2026年11月14日から）"),
        (Locale::Ja, LeadReason::Reopened, "再発（2026年11月14日から未対応）"),
    ] {
        let mut n = full(locale);
        let headline = std::sync::Arc::make_mut(n.headline.as_mut().unwrap());
        headline.first[0].reason = reason;
        let mail = read(&n);
        assert!(mail.text.contains(want), "{}", mail.text);
    }
}

/// What is less severe than the project wants to hear of is in the report and the counts, and not in the headline.
#[test]
fn headline_is_of_the_severities_that_the_project_wants() {
    use findings_core::Severity;
    let mut n = full(Locale::En);
    n.min_severity = Some(Severity::Critical);
    let mail = read(&n);
    assert_eq!(mail.subject(), "[Security Hub] Payments: 2 new critical (open: 3 critical)");
    assert!(mail.text.contains("IAM.6") && !mail.text.contains("S3.1") && mail.text.contains("1,234"), "{}", mail.text);
    n.headline = Some(Headline::default().into());
    n.counts.critical = 0;
    assert_eq!(read(&n).subject(), "[Security Hub] Payments: no change (open: 1,253 findings, none critical)");
}

/// What is not known is not said: of a report of an early version, the headline is not kept.
#[test]
fn nothing_is_said_of_changes_that_are_not_known() {
    let mut n = full(Locale::En);
    n.headline = None;
    let mail = read(&n);
    assert_eq!(mail.subject(), "[Security Hub] Payments: 3 critical, 12 high");
    assert!(!mail.text.contains("no change") && !mail.text.contains("Do these first"), "{}", mail.text);
}

/// Checks that pass are counted in the report, and are nothing to do.
#[test]
fn checks_that_pass_are_no_headline() {
    let mut n = full(Locale::En);
    let mut headline = Headline::default();
    headline.passed = n.counts;
    n.headline = Some(headline.into());
    let subject = "[Security Hub] Payments: no change (open: 1,256 findings, all of checks that pass)";
    assert_eq!(read(&n).subject(), subject);
}

#[test]
fn mail_names_the_network_only_where_it_is_configured() {
    for (locale, said) in [(Locale::En, "It works only from the office."), (Locale::Ja, "officeからのみダウンロード")]
    {
        let mut n = full(locale);
        assert!(!read(&n).text.contains("It works only from") && !read(&n).text.contains("からのみ"));
        let network = if locale == Locale::En { "the office" } else { "office" };
        n.link = n.link.map(|link| link.with_network(Some(network.into())));
        let mail = read(&n);
        assert!(mail.text.contains(said) && mail.html.contains(said), "{}", mail.text);
    }
}

#[test]
fn incomplete_empty_report_never_reads_as_clean() {
    for locale in Locale::ALL {
        let mut n = empty(locale);
        n.certainty.problems.push(Problem::new(ProblemKind::AccountNotFetched, "throttled"));
        let mail = read(&n);
        for said in [mail.subject(), &mail.text, &mail.html] {
            for clean in ["no open findings", "ありません。", "結果はありません", "결과가 없습니다"]
            {
                assert!(!said.contains(clean), "{clean} in {said}");
            }
            assert!(said.to_lowercase().contains(Language::of(locale).mail.project_incomplete), "{said}");
        }
    }
}

#[test]
fn first_report_shows_no_changes() {
    let mut n = full(Locale::En);
    n.previous = None;
    let mail = read(&n);
    assert_eq!(mail.subject(), "[Security Hub] Payments: 3 critical, 12 high");
    assert!(mail.text.contains("This is the first report") && !mail.text.contains("last time"));
    assert!(mail.html.contains("This is the first report") && !mail.html.contains("Last time"));
}

#[test]
fn long_problem_list_is_cut() {
    let mut n = incomplete(Locale::En);
    n.certainty.problems =
        (0..25).map(|i| Problem::new(ProblemKind::RegistryLine, format!("line {i} is bad"))).collect();
    let mail = read(&n);
    for said in [&mail.text, &mail.html] {
        assert!(said.contains("line 19 is bad") && !said.contains("line 20 is bad"));
        assert!(said.contains("nd 5 more, all listed in the report"), "{said}");
    }
}

#[test]
fn mail_without_link_explains_how_to_get_report() {
    let mut n = full(Locale::En);
    n.link = None;
    let mail = read(&n);
    assert!(mail.text.contains("No link to the report could be made") && mail.html.contains("No link to the report"));
    assert!(!mail.html.contains("X-Amz") && !mail.html.contains("href=\"https://reports"));
}

#[test]
fn local_file_link_has_no_expiry() {
    let mut n = full(Locale::En);
    let link = n.link.as_mut().unwrap();
    link.url = findings_core::Secret::new("file:///out/report.xlsx".to_owned());
    (link.expires_at, link.limited_by) = (None, LinkLimit::None);
    let mail = read(&n);
    assert!(mail.text.contains("file:///out/report.xlsx"));
    assert!(!mail.text.contains("works until") && !mail.text.contains("company network"));
}
