//! Tables of all shapes: CSV with any separator and encoding, JSON by hand, merged cells, numbers in place of texts.

use encoding_rs::SHIFT_JIS;
use findings_core::decision::{DecisionKind, SheetFault, SheetSource};
use findings_returned::{FileFormat, ReadError, ReadOptions, ReturnedReport, read};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};

fn told() -> ReadOptions {
    let source = SheetSource::new("p", "r".parse().unwrap(), "2027-02-01T00:00:00Z".parse().unwrap());
    ReadOptions::told(source)
}

fn read_text(text: &str) -> ReturnedReport {
    read(text.as_bytes(), &told()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn kinds(returned: &ReturnedReport) -> Vec<DecisionKind> {
    returned.sheet.rows.iter().map(|row| row.entry.kind).collect()
}

fn faults(returned: &ReturnedReport) -> Vec<(&str, &SheetFault)> {
    returned.sheet.problems.iter().map(|problem| (problem.place.as_str(), &problem.fault)).collect()
}

#[test]
fn csv_of_any_separator_and_encoding() {
    let text =
        "検出結果ID,アカウントID,対応方針,担当者,期限,コメント\r\nf-1,000000000042,誤検知,,2027/3/31,\"a, b\"\"c\"\r\n";
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let tabs =
        "検出結果ID\tアカウントID\t対応方針\t担当者\t期限\tコメント\r\nf-1\t42\t誤検知\t\t2027/3/31\ta, b\"c\r\n";
    let semicolons = text.replace("\"a, b", "\"a; b").replace(',', ";").replace("a; b", "a, b");
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        SHIFT_JIS.encode(text).0.into_owned(),
        utf16(text),
        semicolons.into_bytes(),
        format!("sep=,\r\n\r\nTitle of the list\r\n{text}").into_bytes(),
    ] {
        let returned = read(&bytes, &told()).unwrap();
        let [row] = &returned.sheet.rows[..] else { panic!("{returned:?}") };
        assert_eq!((row.entry.kind, row.entry.comment.as_deref()), (DecisionKind::FalsePositive, Some("a, b\"c")));
        assert_eq!(row.entry.due, Some("2027-03-31".parse().unwrap()));
        assert_eq!((row.finding_id.as_deref(), row.account), (Some("f-1"), "000000000042".parse().ok()));
    }
    let returned = read(&utf16(tabs), &told()).unwrap();
    assert_eq!(faults(&returned), [("2行目", &SheetFault::NoIdentity)], "an account that lost its zeros");
}

#[test]
fn faults_of_rows_are_told_with_their_line() {
    let long = "x".repeat(201);
    let text = format!(
        "Key,Finding ID,Account,Decision,Owner,Due date,Comment\n\
         ,f-1,123456789012,To fix,,,\n\
         ,f-2,123456789012,,someone,,\n\
         ,f-3,123456789012,maybe,,tomorrow,\n\
         k1.abc,f-4,123456789012,To fix,,,\n\
         ,f-5,123456789012,To fix,{long},,\n\
         ,,,To fix,,,\n\
         ,f-6,123456789012,,,,\n"
    );
    let returned = read_text(&text);
    assert_eq!(kinds(&returned), [DecisionKind::ToFix]);
    assert_eq!(
        faults(&returned),
        [
            ("line 3", &SheetFault::NoDecision),
            ("line 4", &SheetFault::UnknownChoice("maybe".to_owned())),
            ("line 4", &SheetFault::UnreadableDate("tomorrow".to_owned())),
            ("line 5", &SheetFault::AlteredKey),
            ("line 6", &SheetFault::TooLong(200)),
            ("line 7", &SheetFault::NoIdentity),
        ]
    );
    assert_eq!(returned.findings, 6);
}

#[test]
fn names_below_the_first_rows_and_names_that_are_there_twice() {
    let table = "Finding ID,Account,Decision\nf,123456789012,Fixed\n";
    let at = |rows: usize| format!("{}{table}", "title\n".repeat(rows));
    assert_eq!(kinds(&read_text(&at(19))), [DecisionKind::Fixed]);
    assert!(matches!(read(at(20).as_bytes(), &told()), Err(ReadError::NoTable)));
    let twice = "Finding ID,Account,Decision,Owner,owner\nf,123456789012,Fixed,a,b\n";
    let error = read(twice.as_bytes(), &told()).unwrap_err();
    assert!(error.to_string().contains("line 1: the columns D, E have the same name"), "{error}");
}

#[test]
fn json_by_hand() {
    for text in [
        r#"{"rows": [{"finding_id": "f-1", "account": "123456789012", "decision": "Accept risk", "due": "2027-03-31", "comment": "why"}]}"#,
        r#"[{"finding_id": "f-1", "account": 123456789012, "decision": {"kind": "accept_risk", "due": "2027/3/31", "comment": "why"}, "due": "2020-01-01"}]"#,
        "{\"type\": \"report\", \"x\": [1, {\"y\": 2}]}\n\n{\"type\": \"finding\", \"id\": \"f-1\", \"account\": \"123456789012\", \"due\": \"2020-01-01\", \"decision\": {\"kind\": \"リスクを受容\", \"due\": \"2027-03-31\", \"comment\": \"why\"}}",
    ] {
        let returned = read_text(text);
        assert_eq!(returned.format, FileFormat::Json);
        let [row] = &returned.sheet.rows[..] else { panic!("{returned:?}") };
        assert_eq!((row.entry.kind, row.entry.comment.as_deref()), (DecisionKind::AcceptRisk, Some("why")));
        assert_eq!(row.entry.due, Some("2027-03-31".parse().unwrap()), "{text}");
        assert_eq!(row.finding_id.as_deref(), Some("f-1"));
    }
    let returned = read_text(
        "{\"key\": 5, \"decision\": \"fixed\"}\n{\"decision\": [1], \"id\": \"f\", \"account\": \"123456789012\"}\n",
    );
    let want = [("line 1", &SheetFault::AlteredKey), ("line 2", &SheetFault::Formula)];
    assert_eq!(faults(&returned), want);
    for text in ["{\"decision\": ", "[1]", "{\"rows\": 5}", "{} x"] {
        assert!(matches!(read(text.as_bytes(), &told()), Err(ReadError::Damaged(_))), "{text}");
    }
    for text in ["{}", "[]", "[[{}]]", "{\"x\": 1}\n{\"y\": 2}"] {
        assert!(matches!(read(text.as_bytes(), &told()), Err(ReadError::NoTable)), "{text}");
    }
}

fn workbook(fill: impl FnOnce(&mut Worksheet)) -> ReturnedReport {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (col, name) in (0..).zip(["Finding ID", "Account", "Decision", "Due date", "Owner"]) {
        sheet.write_string(0, col, name).unwrap();
    }
    fill(sheet);
    read(&book.save_to_buffer().unwrap(), &told()).unwrap()
}

fn row(sheet: &mut Worksheet, row: u32) {
    sheet.write_string(row, 0, format!("f-{row}")).unwrap();
    sheet.write_number(row, 1, 42).unwrap();
}

#[test]
fn merged_cells_count_for_all_rows_that_they_cover() {
    use DecisionKind::{Fixed, NotOurs, ToFix};
    let returned = workbook(|sheet| {
        (1..=5).for_each(|n| row(sheet, n));
        sheet.merge_range(1, 2, 3, 2, "Fixed", &Format::new()).unwrap();
        sheet.write_string(4, 2, "Not ours").unwrap();
        // what stood in a covered cell is not seen
        sheet.write_string(2, 2, "Withdraw").unwrap();
        // a merged cell that reaches below the table
        sheet.merge_range(5, 2, 8, 2, "To fix", &Format::new()).unwrap();
    });
    assert_eq!(kinds(&returned), [Fixed, Fixed, Fixed, NotOurs, ToFix]);
    assert_eq!(returned.sheet.problems, []);
    assert_eq!(returned.sheet.rows[0].account, "000000000042".parse().ok(), "a number that lost its zeros");
}

#[test]
fn cells_of_other_types() {
    let returned = workbook(|sheet| {
        (1..=7).for_each(|n| row(sheet, n));
        (1..=5).for_each(|n| _ = sheet.write_string(n, 2, "To fix").unwrap());
        sheet.write_number(1, 3, 46_477).unwrap();
        sheet.write_number(2, 3, 20_270_331).unwrap();
        sheet.write_boolean(3, 3, true).unwrap();
        sheet.write_number(4, 4, 7).unwrap();
        sheet.write_formula(5, 3, Formula::new("=TODAY()").set_result("46477")).unwrap();
        sheet.write_boolean(6, 2, true).unwrap();
        sheet.write_formula(7, 2, Formula::new("=\"Fixed\"").set_result("Fixed")).unwrap();
    });
    let dues: Vec<_> = returned.sheet.rows.iter().map(|row| row.entry.due).collect();
    assert_eq!(dues, ["2027-03-31".parse().ok(), "2027-03-31".parse().ok(), None]);
    assert_eq!(returned.sheet.rows[2].entry.owner.as_deref(), Some("7"));
    assert_eq!(
        faults(&returned),
        [
            ("sheet Sheet1, cell D4", &SheetFault::UnreadableDate("TRUE".to_owned())),
            ("sheet Sheet1, cell D6", &SheetFault::Formula),
            ("sheet Sheet1, cell C7", &SheetFault::UnknownChoice("TRUE".to_owned())),
            ("sheet Sheet1, cell C8", &SheetFault::Formula),
        ]
    );
}

#[test]
fn dates_of_workbooks_that_count_from_1904() {
    // 45015 days after 1904-01-01
    let bytes = super::zips::with_part(
        &{
            let mut book = Workbook::new();
            let sheet = book.add_worksheet();
            for (col, name) in (0..).zip(["Finding ID", "Account", "Decision", "Due date"]) {
                sheet.write_string(0, col, name).unwrap();
            }
            row(sheet, 1);
            sheet.write_string(1, 2, "To fix").unwrap();
            let date = Format::new().set_num_format("yyyy-mm-dd");
            sheet.write_number_with_format(1, 3, 45_015, &date).unwrap();
            book.save_to_buffer().unwrap()
        },
        "xl/workbook.xml",
        |xml| xml.replace("<workbookPr ", "<workbookPr date1904=\"1\" "),
    );
    let returned = read(&bytes, &told()).unwrap();
    assert_eq!(returned.sheet.rows[0].entry.due, Some("2027-03-31".parse().unwrap()));
}
