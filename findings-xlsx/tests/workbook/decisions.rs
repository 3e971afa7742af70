//! What the workbook says of decisions, due dates and the way back.

use calamine::{Data, Reader, Xlsx};
use findings_core::testing::conformance::renderer::{clean_report, sample_report};
use findings_core::wording::Wording;
use findings_core::{Locale, ReportRenderer};
use findings_xlsx::XlsxRenderer;

use super::opened::{LOCALES, Opened};

const SUMMARY: usize = 0;
const FINDINGS: usize = 2;
const ACCEPTED: usize = 6;
const ABOUT: usize = 7;

#[test]
fn accepted_issues_have_a_sheet_in_which_they_can_be_changed() {
    let report = sample_report(Locale::En);
    let mut book = Opened::new(&report);
    assert_eq!(book.sheet_names()[ACCEPTED], "Accepted");
    let mut column =
        |heading: &str| -> Vec<String> { book.column(ACCEPTED, heading).iter().map(ToString::to_string).collect() };
    assert_eq!(column("Decision"), ["Accept risk", "Accept risk", "False positive"]);
    assert_eq!(column("Days left"), ["12", "80", ""]);
    assert_eq!(column("Ends on")[2], "no end");
    assert_eq!(column("Decided by"), ["tanaka@example.com"; 3]);
    assert!(column("Comment").iter().all(|text| text == "The port is open to the office only"));
    let key = format!("Key {}", report.returning.clone().unwrap().token.unwrap());
    let keys: Vec<String> = report.accepted.iter().map(|row| row.row_key().to_string()).collect();
    assert_eq!(column(&key), keys);
    for heading in ["Ends on", "Decided on", "Due date"] {
        let cells = book.column(ACCEPTED, heading);
        assert!(matches!(cells[0], Data::DateTime(_)), "{heading}: {:?}", cells[0]);
    }
    assert_eq!(Opened::new(&sample_report(Locale::Ja)).sheet_names()[ACCEPTED], "リスク受容・誤検知");
    assert_eq!(Opened::new(&clean_report(Locale::En)).sheet_names().len(), 6, "nothing is accepted");
}

#[test]
fn page_one_says_what_is_overdue_and_what_ends() {
    for locale in LOCALES {
        let (mut report, say) = (sample_report(locale), Wording::of(locale));
        let (overdue, ending) = (report.overdue(), report.ending_acceptances(30));
        let mut book = Opened::new(&report);
        let days = book.column(FINDINGS, if locale == Locale::Ja { "超過日数" } else { "Days overdue" });
        let late = days.iter().filter(|cell| **cell != Data::Empty).count() as u64;
        assert!(late > 1);
        assert_eq!((overdue, ending), (late, 1), "each finding of the sample is an issue of its own");
        let summary = book.texts(SUMMARY);
        let ended = say.ended_acceptances(report.ended_acceptances()).unwrap();
        for sentence in [say.overdue(overdue).unwrap(), say.accepted_issues(3, 1).unwrap(), ended] {
            assert!(summary.contains(&sentence), "{sentence} in {summary}");
        }
        report.accepted.clear();
        report.findings.to_mut().unwrap().iter_mut().for_each(|row| (row.due, row.decision) = (None, None));
        let summary = Opened::new(&report).texts(SUMMARY);
        let (overdue, accepted) =
            if locale == Locale::Ja { ("期限を過ぎた", "リスク受容") } else { ("overdue", "accepted") };
        assert!(!summary.contains(overdue) && !summary.contains(accepted), "{summary}");
    }
}

#[test]
fn workbook_says_how_it_is_returned_or_that_nobody_reads_it() {
    for (locale, until, nobody) in [
        (Locale::En, "2027-02-21 00:00 (UTC)", "Nothing else reads them"),
        (Locale::Ja, "2027年2月21日 09:00 (Asia/Tokyo)", "自動では読み取られません"),
    ] {
        let (mut report, say) = (sample_report(locale), Wording::of(locale));
        let how = say.how_to_return(until);
        let token = report.returning.clone().unwrap().token.unwrap();
        let mut book = Opened::new(&report);
        let about = book.texts(ABOUT);
        for wanted in [&how, &say.emptied_decides_nothing(), &token, &"security@example.com".to_owned()] {
            assert!(about.contains(wanted), "{wanted}");
        }
        assert!(!about.contains(nobody));
        assert!(book.part("xl/worksheets/sheet3.xml").contains(&format!("prompt=\"{how}")), "the hint of the choices");
        let mut xlsx: Xlsx<_> =
            Xlsx::new(std::io::Cursor::new(XlsxRenderer::new().render(&report).unwrap().body)).unwrap();
        assert_eq!(xlsx.workbook_properties().unwrap().custom_properties["findings-report"], token);

        report.returning = None;
        let mut book = Opened::new(&report);
        let about = book.texts(ABOUT);
        assert!(about.contains(nobody) && !about.contains(&how) && !about.contains(&token[..9]));
        assert!(book.parts().iter().all(|(name, part)| !part.contains(&token[..9]) && name != "docProps/custom.xml"));
    }
}
