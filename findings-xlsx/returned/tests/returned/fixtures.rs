//! Reports that LibreOffice, openpyxl, exceljs and SheetJS filled in, rearranged and saved: `fixtures/make.sh` made them.

use std::collections::BTreeMap;

use findings_core::Locale;
use findings_core::decision::{DecisionEntry, DecisionKind, RowKey, SheetFault};
use findings_core::report::Report;
use findings_core::testing::conformance::renderer::report_of;
use findings_returned::{FileFormat, ReturnedReport, read};
use jiff::civil::Date;

use super::own::{options, source};

struct Fixture {
    name: &'static str,
    body: &'static [u8],
    format: FileFormat,
    locale: Locale,
    /// CSV has one sheet.
    has_accepted: bool,
}

macro_rules! fixture {
    ($name:literal, $format:ident, $locale:ident, $has_accepted:literal) => {
        Fixture {
            name: $name,
            body: include_bytes!(concat!("../fixtures/", $name)),
            format: FileFormat::$format,
            locale: Locale::$locale,
            has_accepted: $has_accepted,
        }
    };
}

const FIXTURES: [Fixture; 9] = [
    fixture!("openpyxl-en.xlsx", Xlsx, En, true),
    fixture!("exceljs-en.xlsx", Xlsx, En, true),
    fixture!("sheetjs-ja.xlsx", Xlsx, Ja, true),
    fixture!("libreoffice-en.xlsx", Xlsx, En, true),
    fixture!("libreoffice-ja.ods", Ods, Ja, true),
    fixture!("rearranged-en.xlsx", Xlsx, En, true),
    fixture!("rearranged-en.ods", Ods, En, true),
    fixture!("rearranged-ja.xlsx", Xlsx, Ja, true),
    fixture!("rearranged-en.csv", Csv, En, false),
];

/// Entries by the key of their row.
type Entries = BTreeMap<String, DecisionEntry>;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// What `fixtures/entries.json` says, in the words of the reader: by hand, and not by its code.
fn entered(report: &Report) -> Entries {
    use DecisionKind::{AcceptRisk, FalsePositive, Fixed, NotOurs, ToFix, Withdrawn};
    let new = DecisionEntry::new;
    let findings = [
        (
            0,
            new(AcceptRisk)
                .with_owner("sato@example.com")
                .with_due(day("2027-03-31"))
                .with_comment("Behind the firewall; see\n=the plan"),
        ),
        (2, new(ToFix).with_due(day("2027-04-01"))),
        (3, new(FalsePositive).with_comment("誤検知: テスト用 😀")),
        (4, new(AcceptRisk).with_due(day("2026-12-31")).with_comment("half width")),
        (5, new(NotOurs)),
        (6, new(Fixed).with_owner("007")),
    ];
    let key = |n: usize| report.findings.get(n).unwrap().row_key().unwrap().to_string();
    let accepted = |n: usize| &report.accepted[n];
    let mut withdrawn = accepted(0).decision.entry.clone();
    withdrawn.kind = Withdrawn;
    let longer = accepted(1).decision.entry.clone().with_due(day("2027-02-01"));
    let changed = [withdrawn, longer, accepted(2).decision.entry.clone()];
    let changed = changed.into_iter().enumerate().map(|(n, entry)| (accepted(n).row_key().to_string(), entry));
    findings.into_iter().map(|(n, entry)| (key(n), entry)).chain(changed).collect()
}

/// What the report was filled with, in rows in which nothing was entered.
fn prefilled(report: &Report) -> Entries {
    const TOUCHED: [usize; 10] = [0, 2, 3, 4, 5, 6, 8, 9, 10, 11];
    let rows = report.findings.to_vec().unwrap().into_iter().enumerate().filter(|(n, _)| !TOUCHED.contains(n));
    rows.filter_map(|(_, row)| Some((row.row_key()?.to_string(), row.decision.as_ref()?.entry.clone()))).collect()
}

fn read_entries(returned: &ReturnedReport) -> Entries {
    let key = |key: &RowKey| key.to_string();
    returned.sheet.rows.iter().map(|row| (row.key.as_ref().map(key).unwrap(), row.entry.clone())).collect()
}

#[test]
fn what_people_entered_comes_back_exactly_whoever_saved_it() {
    for Fixture { name, body, format, locale, has_accepted } in FIXTURES {
        let report = report_of(12, locale);
        let returned = read(body, &options()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(returned.format, format, "{name}");
        assert_eq!(returned.sheet.source, source(&report), "{name}");
        let accepted: Vec<String> = report.accepted.iter().map(|row| row.row_key().to_string()).collect();
        let mut want = entered(&report);
        want.extend(prefilled(&report));
        want.retain(|key, _| has_accepted || !accepted.contains(key));
        if format == FileFormat::Csv {
            // a formula is its value there
            let row = &report.findings.get(11).unwrap();
            let mut entry = row.decision.as_ref().unwrap().entry.clone().with_comment("2");
            entry.kind = DecisionKind::Fixed;
            want.insert(row.row_key().unwrap().to_string(), entry);
        }
        let got = read_entries(&returned);
        assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>(), "{name}");
        for (key, entry) in &want {
            assert_eq!(&got[key], entry, "{name}, {key}");
        }
        assert_eq!(returned.sheet.rows.len(), want.len(), "{name}: each row once");
        assert_eq!(returned.findings, if has_accepted { 15 } else { 12 }, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_cell() {
    for Fixture { name, body, format, .. } in FIXTURES {
        let problems = read(body, &options()).unwrap().sheet.problems;
        let mut faults: Vec<&SheetFault> = problems.iter().map(|problem| &problem.fault).collect();
        faults.sort_by_cached_key(ToString::to_string);
        let mut want = vec![
            SheetFault::UnknownChoice("Perhaps".to_owned()),
            SheetFault::AmbiguousDate("03/04/2027".to_owned()),
            SheetFault::NoDecision,
        ];
        if format == FileFormat::Csv {
            // a formula is its value there, and the value is a comment
            assert_eq!(faults.len(), 3, "{name}: {faults:?}");
        } else {
            want.push(SheetFault::Formula);
        }
        want.sort_by_key(ToString::to_string);
        assert_eq!(faults, want.iter().collect::<Vec<_>>(), "{name}");
    }
    let problems = read(FIXTURES[0].body, &options()).unwrap().sheet.problems;
    let places: Vec<&str> = problems.iter().map(|problem| problem.place.as_str()).collect();
    let want = [
        "sheet Findings, cell AB10",
        "sheet Findings, cell AD11",
        "sheet Findings, row 12",
        "sheet Findings, cell AE13",
    ];
    assert_eq!(places, want);
}
