//! What the page for answers has: every issue once, with the key of its row, the decisions so far, and the rules.

use std::collections::HashSet;

use findings_core::decision::{DecisionKind, DecisionPolicy, Refusal, RowKey, SheetFault};
use findings_core::languages::Language;
use findings_core::report::Report;
use findings_core::testing::conformance::renderer::{hostile_report, hostile_texts, report_of, sample_report};
use findings_core::wording::Wording;
use findings_core::{Locale, ReportRenderer, Severity};
use serde_json::{Value, json};

use super::support::{answer_page, attributes, between, data};
use crate::AnswerPage;
use crate::answer::OF_THE_SCRIPT;
use crate::policy::source;
use crate::texts::{Texts, answer_texts};

/// Takes the data apart, with code that shares nothing with what packs it.
struct Data(Value);

impl Data {
    fn of(report: &Report) -> Self {
        Self(data(&answer_page(report)))
    }

    fn issues(&self) -> &Vec<Value> {
        self.0["issues"].as_array().unwrap()
    }

    fn packed(&self, issue: &Value, field: &str) -> usize {
        let at = self.0["fields"].as_array().unwrap().iter().position(|name| name == field).expect(field);
        usize::try_from(issue[at].as_u64().unwrap()).unwrap()
    }

    fn text(&self, issue: &Value, field: &str) -> &str {
        self.0["strings"][self.packed(issue, field)].as_str().unwrap()
    }

    fn decision(&self, issue: &Value) -> Option<&str> {
        let at = self.packed(issue, "decision").checked_sub(1)?;
        self.0["choices"][at][0].as_str()
    }
}

#[test]
fn every_issue_stands_once_with_its_key_and_the_decision_so_far() {
    for report in [sample_report(Locale::En), report_of(500, Locale::Ja)] {
        let data = Data::of(&report);
        let mut seen = HashSet::new();
        for issue in data.issues() {
            let key: RowKey = data.text(issue, "key").parse().unwrap();
            assert!(seen.insert(key.issue.as_str().to_owned()), "twice: {key}");
        }
        let open: HashSet<&str> = report.findings.facts().map(|row| row.issue.unwrap().as_str()).collect();
        let accepted: HashSet<&str> = report.accepted.iter().map(|one| one.issue.id.as_str()).collect();
        assert_eq!(seen.len(), open.len() + accepted.len());
        let further: usize = data.issues().iter().map(|issue| data.packed(issue, "also")).sum();
        assert_eq!(report.findings.len(), open.len() + further, "every finding counts");
        for row in report.findings.to_vec().unwrap().iter().filter(|row| row.decision.is_some()) {
            let id = row.issue.as_ref().unwrap().as_str();
            let is_it = |issue: &&Value| data.text(issue, "key").split('.').nth(1) == Some(id);
            let issue = data.issues().iter().find(is_it).unwrap();
            let entry = &row.decision.as_ref().unwrap().entry;
            let wanted = entry.kind.is_in_force().then(|| entry.kind.as_str());
            assert_eq!(data.decision(issue), wanted);
            if wanted.is_some() {
                assert_eq!(data.text(issue, "comment"), entry.comment.as_deref().unwrap_or_default());
                assert_eq!(data.text(issue, "due"), entry.due.map(|due| due.to_string()).unwrap_or_default());
            }
        }
        for one in &report.accepted {
            let key = one.row_key().to_string();
            let issue = data.issues().iter().find(|issue| data.text(issue, "key") == key).unwrap();
            assert_eq!(
                (data.packed(issue, "accepted"), data.decision(issue)),
                (1, Some(one.decision.entry.kind.as_str()))
            );
        }
        assert_eq!(data.0["token"], json!(report.returning.as_ref().unwrap().token));
    }
}

#[test]
fn the_rules_of_the_organisation_are_in_the_page() {
    let mut policy = DecisionPolicy::default().with_longest_acceptance(Severity::Critical, 0);
    policy.refuse_false_positives = true;
    let page =
        AnswerPage::new().with_policy(policy).with_max_bytes(5 << 20).render(&sample_report(Locale::En)).unwrap();
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    let data = data(&page);
    assert_eq!(data["longest"], json!([0, 90, 180, 365, 365]));
    assert_eq!((&data["refuses_false_positives"], &data["max_bytes"]), (&json!(true), &json!(5 << 20)));
    assert!(page.contains("at most 5 MiB"));
    let names: Vec<Value> =
        DecisionKind::CHOICES.map(|kind| json!([kind.as_str(), Wording::of(Locale::En).decision(kind)])).into();
    assert_eq!(data["choices"], json!(names));
}

/// What is told in the page, and what is told when the answer is taken, is one wording.
#[test]
fn reasons_are_worded_as_where_answers_are_taken() {
    let texts = answer_texts(Locale::En);
    let day: jiff::civil::Date = "2027-03-31".parse().unwrap();
    for (key, value, reason) in [
        ("not_taken_decision", String::new(), SheetFault::NoDecision.to_string()),
        ("not_taken_comment", String::new(), Refusal::NoComment.to_string()),
        ("not_taken_false_positive", String::new(), Refusal::FalsePositive.to_string()),
        ("not_taken_past", day.to_string(), Refusal::PastDue(day).to_string()),
        ("not_taken_too_long", day.to_string(), Refusal::TooLong(day).to_string()),
        ("not_taken_risk", "HIGH".to_owned(), Refusal::NotAcceptable(Severity::High).to_string()),
    ] {
        assert_eq!(texts[key].replace("{0}", &value), reason);
    }
}

#[test]
fn all_languages_have_all_texts_of_the_page() {
    let en: Texts = serde_json::from_str(Language::of(Locale::En).pages.answer).unwrap();
    for locale in Locale::ALL {
        let missing: Vec<_> = OF_THE_SCRIPT.iter().filter(|key| !answer_texts(locale).contains_key(**key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
    let scripts = include_str!("../../script/answer/main.js").to_owned() + include_str!("../../script/answer/list.js");
    let template = include_str!("../../templates/answer/answer.html");
    let built = ["not_sent_", "not_taken_", "state_", "means_", "enter_", "happens_", "column_", "nowhere_"];
    let is_used = |key: &str| {
        let quoted = format!("\"{key}\"");
        scripts.contains(&quoted) || template.contains(&quoted) || built.iter().any(|start| key.starts_with(start))
    };
    let unused: Vec<_> = en.keys().filter(|key| !is_used(key) && *key != "answer_title").collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn the_policy_lets_the_script_send_to_its_own_host_alone() {
    let page = answer_page(&sample_report(Locale::En));
    let head = between(&page, "<head>", "</head>").trim_start();
    let policy = between(head, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    let (style, script) = (between(&page, "<style>", "</style>"), between(&page, "<script>", "</script>"));
    let wanted = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; base-uri 'none'; form-action 'none'",
        source(style),
        source(script)
    );
    assert_eq!(policy, wanted);
    assert_eq!((page.matches("<style").count(), page.matches("<script").count()), (1, 3), "texts, data, script");
}

#[test]
fn nothing_of_others_runs_or_is_fetched() {
    for text in hostile_texts() {
        let page = answer_page(&hostile_report(&text));
        let rest = page.replace(between(&page, "<script>", "</script>"), "");
        for bad in ["<img", "<link", "<iframe", "@import", "\0", "\u{202e}"] {
            assert!(!rest.contains(bad), "{bad} of {:?}", text.chars().take(40).collect::<String>());
        }
        assert_eq!(rest.matches("<script").count(), 3);
        assert_eq!((attributes(&rest, "style"), attributes(&rest, "on"), attributes(&rest, "src")), (0, 0, 0));
    }
}
