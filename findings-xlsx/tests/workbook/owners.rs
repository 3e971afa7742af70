//! What the workbook says of owners, and the copy that shows the part of one of them first.

use calamine::Data;
use findings_core::Locale;
use findings_core::report::Report;
use findings_core::testing::conformance::renderer::{clean_report, sample_report};

use super::opened::{LOCALES, Opened};

const SATO: &str = "佐藤 & <sato@example.com>";
const MARKUP: &str = "=1+1<b>";

/// The sample, in which every third finding is Sato's, every third that of an owner with a hostile name, and the others nobody's.
fn owned(locale: Locale) -> Report {
    let mut report = sample_report(locale);
    report.has_owner_rules = true;
    for (n, row) in report.findings.to_mut().unwrap().iter_mut().enumerate() {
        row.decision = None;
        row.owner.clone_from(&[Some(SATO.into()), Some(MARKUP.into()), None][n % 3]);
    }
    report
}

fn sheet_of_owners(locale: Locale) -> (&'static str, [&'static str; 3]) {
    match locale {
        Locale::Ja => ("担当者別", ["担当者", "検出件数", "担当者なし（該当するルールなし）"]),
        _ => ("By owner", ["Owner", "Open findings", "Nobody (no rule fits)"]),
    }
}

#[test]
fn each_owner_has_a_row_and_nobody_comes_first() {
    for locale in LOCALES {
        let report = owned(locale);
        let (name, [owner, open, nobody]) = sheet_of_owners(locale);
        let mut book = Opened::new(&report);
        let at = book.sheet_names().iter().position(|sheet| sheet == name).unwrap();
        let owners: Vec<String> = book.column(at, owner).iter().map(ToString::to_string).collect();
        assert_eq!((owners[0].as_str(), owners.len()), (nobody, 3));
        assert!(owners[1..].contains(&SATO.to_owned()) && owners[1..].contains(&MARKUP.to_owned()), "{owners:?}");
        let count = |cell: &Data| if let Data::Float(count) = cell { *count } else { panic!("{cell}") };
        let counted: f64 = book.column(at, open).iter().map(count).sum();
        let findings = f64::from(u32::try_from(report.findings.len()).unwrap());
        assert!((counted - findings).abs() < 0.1, "each finding is counted once");
        let without = Opened::new(&sample_report(locale));
        assert!(!without.sheet_names().contains(&name.to_owned()), "without rules, nothing is nobody's");
        let mut clean = clean_report(locale);
        clean.has_owner_rules = true;
        assert!(!Opened::new(&clean).sheet_names().contains(&name.to_owned()));
    }
}

/// The rows that are not hidden, without the header.
fn shown(xml: &str) -> usize {
    xml.split("<row ").skip(2).filter(|row| !row.split('>').next().unwrap().contains("hidden")).count()
}

#[test]
fn a_view_shows_one_owner_and_leaves_nothing_out() {
    for locale in LOCALES {
        let whole = owned(locale);
        let mut report = whole.clone();
        report.view = Some(SATO.into());
        let mut book = Opened::new(&report);
        assert_eq!(book.rows, whole.findings.len() as u64);
        let at = book.first_of_findings(locale);
        assert_eq!(book.sheet(at), Opened::new(&whole).sheet(at), "all rows are there");
        let xml = book.part(&format!("xl/worksheets/sheet{}.xml", at + 1));
        let own = whole.findings.to_vec().unwrap().into_iter().filter(|row| row.owner.as_deref() == Some(SATO)).count();
        assert_eq!(shown(&xml), own);
        assert!(xml.contains("<filter val=\"佐藤 &amp; &lt;sato@example.com&gt;\"/>"), "{}", &xml[..400]);
        assert!(book.part("xl/workbook.xml").contains(&format!("activeTab=\"{at}\"")));
        let note = book.texts(0);
        let wanted = if locale == Locale::Ja { "担当分 " } else { " findings of " };
        assert!(note.contains(wanted) && note.contains(SATO), "{note}");
        let plain = Opened::new(&whole);
        let xml = plain.part(&format!("xl/worksheets/sheet{}.xml", at + 1));
        assert_eq!(shown(&xml), whole.findings.len());
    }
}
