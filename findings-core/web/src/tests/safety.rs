//! What must never be in a page, and how large it is.

use findings_core::Locale;
use findings_core::testing::organisation::{full_organisation, hostile_organisation, large_organisation};

use super::support::{attributes, between, page};
use crate::policy::source;

const MARKUP: &str = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u{202e}{{ 7*7 }}\"'";

#[test]
fn the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() {
    let page = page(full_organisation(), Locale::En);
    let head = between(&page, "<head>", "</head>").trim_start();
    let policy = between(head, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    assert!(head.starts_with("<meta http-equiv=\"Content-Security-Policy\""), "it comes first");
    assert!(page.find("charset").unwrap() < 1024);
    let (style, script) = (between(&page, "<style>", "</style>"), between(&page, "<script>", "</script>"));
    let wanted = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source(style),
        source(script)
    );
    assert_eq!(policy, wanted);
    assert_eq!(page.matches("<style").count(), 1);
    assert_eq!(page.matches("<script").count(), 3, "texts, data, script");
}

#[test]
fn hashes_are_written_as_policies_write_them() {
    // the example of the specification
    assert_eq!(source("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
}

#[test]
fn nothing_leaves_the_page_and_nothing_of_others_runs() {
    for text in [MARKUP.to_owned(), "x".repeat(100_000), "\0\u{fffe}".to_owned()] {
        let page = page(hostile_organisation(&text), Locale::En);
        let script = between(&page, "<script>", "</script>");
        let rest = page.replace(script, "");
        for bad in ["http:", "https:", "<img", "<link", "<iframe", "@import", "\0"] {
            assert!(!rest.contains(bad), "{bad}");
        }
        assert!(!script.contains("https:") && !script.contains("innerHTML") && !script.contains("eval("));
        assert_eq!(rest.matches("<script").count(), 3);
        assert_eq!((attributes(&rest, "style"), attributes(&rest, "on"), attributes(&rest, "src")), (0, 0, 0));
    }
}

#[test]
fn long_names_are_cut_and_whole_in_their_tooltip() {
    let page = page(hostile_organisation(&"長".repeat(300)), Locale::Ja);
    let cut = format!("<bdi title=\"{}\">{}…</bdi>", "長".repeat(300), "長".repeat(crate::format::MAX_SHOWN));
    assert!(page.contains(&cut));
}

#[test]
fn a_page_of_a_thousand_projects_and_a_year_is_small() {
    let page = page(large_organisation(1_000, 52), Locale::Ja);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("<tr id=\"p").count(), 1_000);
}
