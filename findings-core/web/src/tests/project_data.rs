//! The data for the script has every finding of the report, with every text of it.

use findings_core::report::{Change, Report, ReportFinding};
use findings_core::testing::conformance::renderer::{hostile_report, incomplete_report, report_of, sample_report};
use findings_core::{Locale, Severity, console, rendering};
use serde_json::Value;

use super::support::{data, project_page};

/// Takes the data apart, with code that shares nothing with what packs it.
struct Data(Value);

impl Data {
    fn of(report: &Report) -> Self {
        Self(data(&project_page(report)))
    }

    fn len(&self) -> usize {
        self.0["findings"].as_array().unwrap().len()
    }

    fn packed(&self, index: usize, field: &str) -> &Value {
        let at = self.0["fields"].as_array().unwrap().iter().position(|name| name == field).expect(field);
        &self.0["findings"][index][at]
    }

    fn number(&self, index: usize, field: &str) -> usize {
        usize::try_from(self.packed(index, field).as_u64().unwrap()).unwrap()
    }

    fn string(&self, at: &Value) -> &str {
        self.0["strings"][usize::try_from(at.as_u64().unwrap()).unwrap()].as_str().unwrap()
    }

    fn text(&self, index: usize, field: &str) -> &str {
        self.string(self.packed(index, field))
    }

    fn texts(&self, index: usize, field: &str) -> Vec<&str> {
        self.packed(index, field).as_array().unwrap().iter().map(|at| self.string(at)).collect()
    }
}

fn check(data: &Data, index: usize, row: &ReportFinding) {
    let finding = &row.finding;
    let optional = |text: &Option<findings_core::Text>| text.as_deref().unwrap_or_default().to_owned();
    for (field, wanted) in [
        ("title", finding.title.to_string()),
        ("description", finding.description.to_string()),
        ("id", finding.id.to_string()),
        ("control_id", optional(&finding.control_id)),
        ("account_name", optional(&finding.account_name)),
        ("region", optional(&finding.region)),
        ("product", optional(&finding.product_name)),
        ("first_seen", row.first_seen.to_string()[..10].to_owned()),
    ] {
        assert_eq!(data.text(index, field), wanted, "{field} of {index}");
    }
    assert_eq!(Severity::WORST_FIRST[data.number(index, "severity")], finding.severity);
    let changes = [Change::New, Change::Reopened, Change::Worse, Change::Open];
    assert_eq!(changes[data.number(index, "change")], row.change);
    let account = &data.0["accounts"][data.number(index, "account")];
    assert_eq!(account[0], finding.account.to_string());
    let resources: Vec<String> = finding
        .resources
        .iter()
        .flat_map(|r| {
            let tags: Vec<String> = r.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            [r.id.to_string(), optional(&r.kind), tags.join("\n")]
        })
        .collect();
    assert_eq!(data.texts(index, "resources"), resources);
    assert_eq!(data.texts(index, "console").concat(), console::finding_url(finding).unwrap());
    assert_eq!(data.text(index, "advice_url"), &**finding.remediation_url.as_ref().unwrap());
    let group = &data.0["controls"][data.number(index, "control")];
    let label = finding.control_id.as_deref().unwrap_or(finding.product_name.as_deref().unwrap());
    assert_eq!(group[0], label, "the group of {index}");
    for vulnerability in &finding.vulnerabilities {
        assert!(data.text(index, "vulnerabilities").contains(&*vulnerability.id));
    }
    if let Some(note) = &finding.note {
        assert!(data.text(index, "notes").starts_with(&*note.text));
    }
}

#[test]
fn every_finding_is_in_the_data_as_the_report_has_it() {
    for report in [report_of(1, Locale::En), sample_report(Locale::En), incomplete_report(Locale::En)] {
        let data = Data::of(&report);
        assert_eq!(data.len(), report.findings.len());
        for (index, row) in report.findings.to_vec().unwrap().iter().enumerate() {
            check(&data, index, row);
        }
    }
}

#[test]
fn ages_and_terms_are_in_the_readers_words_and_time_zone() {
    let report = sample_report(Locale::Ja);
    let data = Data::of(&report);
    for (index, row) in report.findings.to_vec().unwrap().iter().enumerate() {
        let days = report.generated_at.duration_since(row.opened_at).as_hours() / 24;
        assert_eq!(data.number(index, "age_days"), usize::try_from(days).unwrap());
        assert!(data.text(index, "workflow").contains(row.finding.workflow.as_str()));
    }
    let control =
        report.findings.to_vec().unwrap().into_iter().position(|row| row.finding.compliance.is_some()).unwrap();
    assert_eq!(data.text(control, "compliance"), "不適合 (FAILED)");
    // midnight UTC is nine o'clock in Tokyo
    assert!(data.text(0, "updated").ends_with(" 09:00"), "{}", data.text(0, "updated"));
}

#[test]
fn decisions_in_force_and_due_dates_are_in_the_data() {
    let report = sample_report(Locale::En);
    let data = Data::of(&report);
    let mut decided = 0;
    for (index, row) in report.findings.to_vec().unwrap().iter().enumerate() {
        let due = row.due.map(|due| due.date.to_string()).unwrap_or_default();
        assert_eq!(data.text(index, "fix_by"), due);
        assert_eq!(data.text(index, "severity_reason"), rendering::severity_reason(&row.finding, report.locale));
        assert_eq!(data.number(index, "days_overdue") > 0, row.due.is_some_and(|d| d.is_overdue(report.today())));
        let Some(decision) = &row.decision else { continue };
        let told = data.text(index, "decision");
        assert_eq!(told.is_empty(), !decision.entry.kind.is_in_force());
        let comment = decision.entry.comment.as_deref().unwrap_or_default();
        assert!(told.is_empty() || told.ends_with(comment), "{told}");
        decided += 1;
    }
    assert!(decided >= 5);
}

#[test]
fn a_url_that_is_not_safe_to_click_is_a_text() {
    for url in
        ["javascript:alert(1)", "https://user@example.com/", "file:///etc/passwd", "http://x.example/\"onclick=x"]
    {
        let data = Data::of(&hostile_report(url));
        assert_eq!(data.len(), 12);
        let given = (0..12).find(|index| data.text(*index, "title") == url).unwrap();
        assert_eq!((data.text(given, "advice_url"), data.text(given, "product_url")), ("", ""));
        assert!(data.text(given, "advice").ends_with(url) && data.text(given, "product_text") == url);
        assert!(data.texts(given, "console").is_empty(), "its Region is none");
    }
    let data = Data::of(&hostile_report("https://example.com/fix"));
    assert!((0..12).any(|index| data.text(index, "product_url") == "https://example.com/fix"));
}

#[test]
fn a_text_that_many_findings_share_stands_once() {
    let data = Data::of(&report_of(300, Locale::En));
    let strings: Vec<&str> = data.0["strings"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let unique: std::collections::BTreeSet<&&str> = strings.iter().collect();
    assert_eq!((strings[0], strings.len()), ("", unique.len()));
}
