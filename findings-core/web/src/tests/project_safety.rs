//! What must never be in a project's page, and how large it is.

use findings_core::Locale;
use findings_core::testing::conformance::renderer::{hostile_report, hostile_texts, report_of, sample_report};

use super::support::{attributes, between, project_page, rows};
use crate::policy::source;

const MARKUP: &str = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u{202e}{{ 7*7 }}\"'";

#[test]
fn the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() {
    let page = project_page(&sample_report(Locale::En));
    let head = between(&page, "<head>", "</head>").trim_start();
    let policy = between(head, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    assert!(head.starts_with("<meta http-equiv=\"Content-Security-Policy\""), "it comes first");
    let (style, script) = (between(&page, "<style>", "</style>"), between(&page, "<script>", "</script>"));
    let wanted = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source(style),
        source(script)
    );
    assert_eq!(policy, wanted);
    assert_eq!((page.matches("<style").count(), page.matches("<script").count()), (1, 3), "texts, data, script");
}

#[test]
fn nothing_of_others_runs_or_is_fetched() {
    for text in hostile_texts().into_iter().chain([MARKUP.to_owned()]) {
        let page = project_page(&hostile_report(&text));
        let rest = page.replace(between(&page, "<script>", "</script>"), "");
        for bad in ["<img", "<link", "<iframe", "@import", "\0", "\u{202e}"] {
            assert!(!rest.contains(bad), "{bad} of {:?}", text.chars().take(40).collect::<String>());
        }
        assert_eq!(rest.matches("<script").count(), 3);
        assert_eq!((attributes(&rest, "style"), attributes(&rest, "on"), attributes(&rest, "src")), (0, 0, 0));
        for link in rest.split(" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(link.starts_with('#') || link.starts_with("https:"), "{link}");
        }
    }
}

#[test]
fn links_leave_the_page_without_a_trace_of_it() {
    let page = project_page(&sample_report(Locale::En));
    let leaving = page.matches("<a href=\"http").count() + page.matches("<a href=\"mailto:").count();
    assert!(leaving > 10);
    assert_eq!(page.matches("target=\"_blank\" rel=\"noopener noreferrer\"").count(), leaving);
    assert!(page.contains("<meta name=\"referrer\" content=\"no-referrer\">"));
}

#[test]
fn a_name_that_turns_the_direction_turns_no_words_of_ours() {
    let page = project_page(&hostile_report("\u{202e}gpj.exe"));
    let title = between(&page, "<title>", "</title>");
    assert_eq!(title, "Security findings: \u{fffd}gpj.exe 2026-11-23");
    assert!(between(&page, "<h1>", "</h1>").contains("<bdi>"));
}

#[test]
fn a_page_of_five_thousand_findings_is_small_and_has_a_hundred_rows() {
    let page = project_page(&report_of(5_000, Locale::Ja));
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    assert_eq!(rows(&page, "findings-table").len(), 100);
}
