//! Tests of custom templates: errors are found on load.

use findings_core::{ErrorKind, Locale};
use findings_notify::{Templates, compose};

use crate::{full, sender};

fn with_file(name: &str, source: &str) -> findings_core::Result<Templates> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(name), source).unwrap();
    Templates::from_dir(dir.path())
}

#[test]
fn custom_template_replaces_builtin_file() {
    let templates = with_file("subject.ja.txt", "【週次】\n{{ project }}　{{ total|number }}件").unwrap();
    let mail = compose(&full(Locale::Ja), &sender(), &templates).unwrap();
    assert_eq!(mail.subject, "【週次】 決済基盤（本番）　1,256件");
    assert!(mail.text.contains("レポートのダウンロード"));
    let english = compose(&full(Locale::En), &sender(), &templates).unwrap();
    assert!(english.subject.starts_with("[Security Hub] Payments"));
}

#[test]
fn template_errors_are_found_on_load() {
    for (name, source, says) in [
        ("mail.en.txt", "line\n{% if total %}", "mail.en.txt, line 2"),
        ("mail.en.txt", "{{ totl }}", "undefined"),
        // in a branch that only some reports reach
        ("mail.ja.html", "{% if not complete and not total %}{{ totl }}{% endif %}", "mail.ja.html, line 1"),
        ("mail.ja.html", "{% if link and link.early %}{{ link.when }}{% endif %}", "undefined"),
        ("mail.ja.html", "{% if problems_left_out %}{{ x }}{% endif %}", "undefined"),
        ("subject.en.txt", "{{ total|nosuchfilter }}", "nosuchfilter"),
        ("layout.html", "{% include \"other.html\" %}", "layout.html"),
        ("subject.jp.txt", "{{ project }}", "subject.jp.txt is none of the templates"),
    ] {
        let error = with_file(name, source).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name} {source}");
        assert!(error.report().contains(says), "{}", error.report());
    }
}

#[test]
fn missing_directory_is_reported() {
    let error = Templates::from_dir("/no/such/directory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.report().contains("/no/such/directory"));
}

#[test]
fn other_files_are_ignored() {
    assert!(with_file("README.md", "{{ not a template").is_ok());
}
