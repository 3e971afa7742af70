//! Reports as they were written: whoever returns one untouched has decided nothing new.

use findings_core::decision::{BasisNote, DecisionRow, SheetSource};
use findings_core::report::{Report, RowFacts};
use findings_core::testing::conformance::renderer::{report_of, sample_report, sample_token_key};
use findings_core::{Locale, ReportRenderer};
use findings_returned::{FileFormat, ReadError, ReadOptions, ReturnedReport, read};
use findings_xlsx::{CsvRenderer, JsonlRenderer, XlsxRenderer};
use jiff::Timestamp;

pub(super) const LOCALES: [Locale; Locale::ALL.len()] = Locale::ALL;

pub(super) fn now() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

pub(super) fn options() -> ReadOptions {
    ReadOptions::verified(sample_token_key(), now())
}

pub(super) fn source(report: &Report) -> SheetSource {
    SheetSource::new(&report.project, report.run_id.clone(), report.returning.as_ref().unwrap().until)
}

/// The rows with which a report is filled, in its order, without their places.
pub(super) fn filled(report: &Report, with_accepted: bool) -> Vec<DecisionRow> {
    let findings = report.findings.to_vec().unwrap().into_iter().filter_map(|row| {
        let decision = row.decision.as_ref().filter(|decision| decision.entry.kind.is_in_force())?;
        let new = DecisionRow::new("", decision.entry.clone()).with_key(row.row_key().unwrap());
        Some(new.with_finding(row.finding.id.clone(), row.finding.account))
    });
    let accepted = report.accepted.iter().filter(|_| with_accepted).map(|row| {
        let mut new = DecisionRow::new("", row.decision.entry.clone()).with_key(row.row_key());
        new.account = Some(row.issue.account);
        new
    });
    findings.chain(accepted).collect()
}

pub(super) fn without_places(returned: &ReturnedReport) -> Vec<DecisionRow> {
    let mut rows = returned.sheet.rows.clone();
    for row in &mut rows {
        row.place.clear();
        // of accepted issues, the sheet has no finding, but JSON Lines have
        if row.key.as_ref().is_some_and(|key| key.basis.note == BasisNote::Unknown) {
            row.finding_id = None;
        }
    }
    rows
}

fn renderers() -> [(Box<dyn ReportRenderer>, FileFormat, bool); 3] {
    [
        (Box::new(XlsxRenderer::new()), FileFormat::Xlsx, true),
        (Box::new(CsvRenderer::new()), FileFormat::Csv, false),
        (Box::new(JsonlRenderer::new()), FileFormat::Json, true),
    ]
}

#[test]
fn untouched_report_has_the_decisions_with_which_it_was_filled() {
    for locale in LOCALES {
        let report = sample_report(locale);
        for (renderer, format, with_accepted) in renderers() {
            let body = renderer.render(&report).unwrap().body;
            let returned = read(&body, &options()).unwrap();
            assert_eq!(returned.format, format);
            assert_eq!(returned.sheet.source, source(&report));
            assert_eq!(returned.sheet.problems, [], "{format:?}");
            assert_eq!(without_places(&returned), filled(&report, with_accepted), "{format:?}");
            assert_eq!(returned.findings, if with_accepted { 67 } else { 64 });
        }
    }
}

/// An owner whom a rule filled in was entered by nobody, with and without a decision in the row.
#[test]
fn owners_of_rules_are_no_entries() {
    for owner in ["Rule <rule@example.com>", "=1+1", "'佐藤 ", "ａ\u{3000}b \"c\"; d"] {
        let mut report = sample_report(Locale::En);
        report.has_owner_rules = true;
        for row in report.findings.to_mut().unwrap() {
            row.owner = Some(owner.into());
        }
        let has_both = |row: RowFacts<'_>| row.decision_in_force().is_some_and(|decided| decided.entry.owner.is_none());
        assert!(report.findings.facts().any(has_both) && report.findings.facts().any(|row| row.decision.is_none()));
        for (renderer, format, with_accepted) in renderers() {
            let returned = read(&renderer.render(&report).unwrap().body, &options()).unwrap();
            assert_eq!(returned.sheet.problems, [], "{owner:?} {format:?}");
            assert_eq!(without_places(&returned), filled(&report, with_accepted), "{owner:?} {format:?}");
        }
    }
}

#[test]
fn tables_and_language_are_told() {
    for (locale, tables) in
        [(Locale::En, ["Findings", "Accepted"]), (Locale::Ja, ["検出結果一覧", "リスク受容・誤検知"])]
    {
        let body = XlsxRenderer::new().render(&report_of(12, locale)).unwrap().body;
        let returned = read(&body, &options()).unwrap();
        assert_eq!((returned.tables, returned.locale), (tables.map(str::to_owned).to_vec(), Some(locale)));
    }
}

#[test]
fn full_sheets_go_on_in_the_next() {
    let report = report_of(70, Locale::En);
    let body = XlsxRenderer::new().with_max_rows(31).render(&report).unwrap().body;
    let returned = read(&body, &options()).unwrap();
    assert_eq!(returned.tables, ["Findings", "Findings (2)", "Findings (3)", "Accepted"]);
    assert_eq!(without_places(&returned), filled(&report, true));
}

#[test]
fn report_that_nobody_reads_is_read_only_if_somebody_says_which_it_is() {
    let mut report = sample_report(Locale::En);
    let told = ReadOptions::told(source(&report));
    report.returning = None;
    let body = XlsxRenderer::new().render(&report).unwrap().body;
    assert!(matches!(read(&body, &options()), Err(ReadError::Mark(_))));
    let returned = read(&body, &told).unwrap();
    let by_finding = |row: &DecisionRow| row.key.is_none() && row.finding_id.is_some() && row.account.is_some();
    assert!(returned.sheet.rows.iter().all(by_finding));
    assert_eq!(returned.sheet.rows.len(), filled(&report, false).len());
}

#[test]
fn a_report_without_a_token_has_keys() {
    let mut report = sample_report(Locale::En);
    let told = ReadOptions::told(source(&report));
    report.returning.as_mut().unwrap().token = None;
    let body = XlsxRenderer::new().render(&report).unwrap().body;
    assert!(matches!(read(&body, &options()), Err(ReadError::Mark(_))));
    assert_eq!(without_places(&read(&body, &told).unwrap()), filled(&report, true));
}

#[test]
fn old_report_is_told() {
    let body = XlsxRenderer::new().render(&sample_report(Locale::En)).unwrap().body;
    let late = ReadOptions::verified(sample_token_key(), "2027-02-22T00:00:00Z".parse().unwrap());
    let error = read(&body, &late).unwrap_err();
    assert!(error.to_string().contains("too old"), "{error}");
}
