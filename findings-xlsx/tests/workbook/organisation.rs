//! The tables of the workbook about the organisation, beside numbers that were computed by hand and beside the report.

use calamine::{Data, ExcelDateTime, ExcelDateTimeType};
use findings_core::organisation::{
    OrganisationDocument, OrganisationRenderer, OrganisationReport, ProjectSummary, WeekState,
};
use findings_core::testing::organisation::{full_organisation, large_organisation, story_of_twelve_runs};
use findings_core::{Locale, SeverityCounts};
use findings_xlsx::OrganisationWorkbook;
use jiff::civil::{Date, date};

use super::opened::Opened;

pub(super) const PROJECTS: usize = 1;
pub(super) const PROBLEMS: usize = 2;
pub(super) const HEAT_MAP: usize = 3;
pub(super) const AGEING: usize = 4;
pub(super) const WEEKS: usize = 5;
pub(super) const SEVERITIES: usize = 6;
pub(super) const SERIES: usize = 7;
pub(super) const GAPS: usize = 9;
pub(super) const RUNS: usize = 10;

pub(super) fn open(report: OrganisationReport, locale: Locale) -> Opened {
    open_document(&OrganisationDocument::new(report, locale))
}

pub(super) fn open_document(document: &OrganisationDocument) -> Opened {
    Opened::read(OrganisationWorkbook::new().render(document).unwrap().body.to_vec())
}

/// The cells of a column up to the first `rows`: below are notes.
fn column(book: &mut Opened, sheet: usize, heading: &str, rows: usize) -> Vec<String> {
    book.column(sheet, heading).iter().take(rows).map(ToString::to_string).collect()
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// The day as Excel counts it.
fn serial(day: Date) -> ExcelDateTime {
    let days = f64::from(day.since(date(1899, 12, 30)).unwrap().get_days());
    ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false)
}

#[test]
fn projects_are_those_of_the_story() {
    let mut book = open(story_of_twelve_runs(), Locale::En);
    // who needs help comes first, and last who has no rank
    for (heading, expected) in [
        ("Project", ["Alpha", "Beta two", "Gamma", "Delta"]),
        ("Standing", ["Active", "Active", "Active", "Silent"]),
        ("Rank", ["3", "1", "1", "not active"]),
        ("Points per account", ["25", "0", "0", "not active"]),
        ("Critical", ["1", "0", "0", "0"]),
        ("High", ["1", "0", "0", "2"]),
        ("Open", ["2", "1", "0", "2"]),
        ("Overdue", ["1", "0", "0", "2"]),
        ("Trend (4 weeks)", ["not comparable", "steady", "steady", "not comparable"]),
        ("Points in 4 weeks", ["not comparable", "0", "0", "not comparable"]),
        // weeks 10 to 13: a4 and c3 came, c3 was fixed
        ("New, 4 weeks", ["1", "0", "1", "no run"]),
        ("Reopened, 4 weeks", ["0", "0", "0", "no run"]),
        ("Fixed, 4 weeks", ["0", "0", "1", "no run"]),
        // a1 and a2; b1; c2 and c3: no median of fewer than three
        ("Days to fix, median", ["too few"; 4]),
        ("… of n fixed", ["2", "1", "2", "0"]),
        ("Coverage", ["not checked"; 4]),
        ("Latest report", ["complete"; 4]),
        ("Runs", ["12", "12", "10", "4"]),
    ] {
        assert_eq!(column(&mut book, PROJECTS, heading, 4), texts(&expected), "{heading}");
    }
}

#[test]
fn weeks_are_those_of_the_story() {
    let mut book = open(story_of_twelve_runs(), Locale::En);
    for (heading, expected) in [
        ("Open", "5  4 7 8 7 6 5 5 6 4 4 5"),
        ("Critical", "1  1 1 1 1 0 0 1 2 1 1 1"),
        ("Not confirmed", "0  0 0 0 4 2 2 2 2 2 2 2"),
        ("Found by first runs", "5  0 2 0 0 0 0 0 0 0 0 0"),
        ("New", "0  0 1 1 0 0 0 0 1 0 0 1"),
        ("Reopened", "0  0 0 0 0 0 0 1 0 0 0 0"),
        ("New and reopened", "0  0 1 1 0 0 0 1 1 0 0 1"),
        ("Fixed", "0  1 0 0 0 1 1 1 0 1 0 0"),
        ("Suppressed", "0  0 0 0 0 0 0 0 0 1 0 0"),
        ("No longer reported", "0  0 0 0 1 0 0 0 0 0 0 0"),
    ] {
        assert_eq!(column(&mut book, WEEKS, heading, 13).join(" "), expected, "{heading}");
    }
    let states = column(&mut book, WEEKS, "State", 13);
    assert_eq!((states[1].as_str(), states[5].as_str()), ("NO RUN", "INCOMPLETE"));
    assert_eq!(states.iter().filter(|state| *state == "complete").count(), 11);
    assert_eq!(column(&mut book, WEEKS, "Incomplete projects", 13)[5], "Alpha");
    let week = book.column(WEEKS, "Week of")[12].clone();
    assert!(matches!(&week, Data::DateTime(day) if *day == serial(date(2026, 11, 30))), "{week:?}");
}

#[test]
fn weeks_by_severity_sum_up_to_the_weeks() {
    let report = full_organisation();
    let mut book = open(report.clone(), Locale::En);
    for (heading, of) in [
        ("Open", (|n| n.open) as fn(&findings_core::organisation::WeekNumbers) -> SeverityCounts),
        ("New", |n| n.flow.new),
        ("Fixed", |n| n.flow.fixed),
    ] {
        let cells = book.column(SEVERITIES, heading);
        for (week, cells) in report.weeks.iter().zip(cells.chunks(5)) {
            let expected = week.numbers.as_ref().map(|numbers| of(numbers).total());
            let sum = cells.iter().map(number).sum::<Option<u64>>();
            assert_eq!(sum, expected, "{heading} in the week of {}", week.first_day);
        }
    }
}

fn number(cell: &Data) -> Option<u64> {
    cell.to_string().parse().ok()
}

#[test]
fn problems_are_those_of_the_story() {
    let mut book = open(story_of_twelve_runs(), Locale::En);
    for (heading, expected) in [
        ("Control", ["S3.8", "IAM.6", "KMS.4", "EC2.2"]),
        ("Points", ["15", "5", "5", "0"]),
        ("Overdue", ["2", "1", "0", "0"]),
        ("Projects", ["2", "1", "1", "1"]),
        ("Accounts", ["2", "1", "1", "1"]),
        ("New in the organisation", ["no", "no", "yes", "no"]),
        ("Own guidance", ["not known"; 4]),
    ] {
        assert_eq!(column(&mut book, PROBLEMS, heading, 4), texts(&expected), "{heading}");
    }
    // since June 1
    assert_eq!(column(&mut book, PROBLEMS, "Weeks open", 1), ["26"]);
}

#[test]
fn every_project_has_the_numbers_of_the_report() {
    for report in [full_organisation(), large_organisation(70, 9)] {
        let mut book = open(report.clone(), Locale::Ja);
        let names = book.column(PROJECTS, "プロジェクト");
        let cells = ["未対応", "重大", "低", "未判断", "実行回数", "順位", "期限超過"]
            .map(|heading| book.column(PROJECTS, heading));
        for project in &report.projects {
            let row = names.iter().position(|name| name.to_string() == project.project).unwrap();
            let known = numbers(project);
            for (cells, expected) in cells.iter().zip(known) {
                assert_eq!(number(&cells[row]), expected, "{}", project.project);
            }
        }
    }
}

fn numbers(p: &ProjectSummary) -> [Option<u64>; 7] {
    let (open, overdue) = (&p.open, p.overdue.as_ref().map(SeverityCounts::total));
    [Some(open.total()), Some(open.critical), Some(open.low), Some(p.undecided), Some(p.runs), p.rank, overdue]
}

#[test]
fn heat_map_has_the_worst_problems_and_says_what_is_left_out() {
    let mut book = open(story_of_twelve_runs(), Locale::En);
    let sheet = book.sheet(HEAT_MAP);
    let rows: Vec<Vec<String>> =
        sheet.rows().take(5).map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(rows[0][..], ["Control", "Title", "Open", "Alpha", "Delta", "Beta two"], "Gamma has no open issue");
    assert_eq!(rows[1][2..], ["2", "1", "1", ""], "S3.8");
    assert!(!book.texts(HEAT_MAP).contains("Left out"));
    let large = open(large_organisation(75, 9), Locale::En).texts(HEAT_MAP);
    assert!(large.contains("Left out: 0 problems with fewer points, and 35 projects with fewer points"), "{large}");
}

#[test]
fn ageing_is_by_severity_and_by_project() {
    let mut book = open(story_of_twelve_runs(), Locale::En);
    let ages = ["0–7 days", "8–30 days", "31–90 days", "Over 90 days"];
    let columns = ages.map(|heading| column(&mut book, AGEING, heading, 9).concat());
    // a4 for 1 day, a1 for 29, b2 and d2 for 65 and 85, d1 since June; then Alpha, Beta two, Gamma, Delta
    assert_eq!(columns, ["010001000", "100001000", "010100101", "010000001"]);
    // due of severity critical: a1 in week 2 and in week 10, c3 in week 11, which alone was fixed in time
    assert_eq!(column(&mut book, AGEING, "… of n due", 3), ["3", "3", "no target"]);
    assert_eq!(column(&mut book, AGEING, "Fixed within target", 3), ["too few", "too few", "no target"]);
    assert_eq!(column(&mut book, AGEING, "Overdue", 5), texts(&["1", "2", "no target", "no target", "no target"]));
}

#[test]
fn series_are_empty_where_nothing_is_known() {
    let report = story_of_twelve_runs();
    let book = &mut open(report.clone(), Locale::En);
    let sheet = book.sheet(SERIES);
    let row = |n: usize| -> Vec<String> { sheet.rows().nth(n).unwrap()[2..].iter().map(ToString::to_string).collect() };
    assert_eq!(row(1).join(" "), "2  1 1 2  1 1 2 2 1 1 2", "Alpha: no run in week 2, incomplete in week 6");
    assert_eq!(row(4).join(" ").trim_end(), "2  2 2 2", "Delta");
    assert_eq!(report.projects[0].series.state[5], WeekState::Incomplete);
    let xml = book.part("xl/worksheets/sheet8.xml");
    assert!(xml.contains("<xm:f>'Projects by week'!C2:O2</xm:f><xm:sqref>B2</xm:sqref>"), "the line is in its row");
    assert!(xml.contains("displayEmptyCellsAs=\"gap\""));
}

#[test]
fn one_week_has_no_line_and_one_project_has_one() {
    for (projects, weeks, lines) in [(1, 1, 0), (2, 1, 0), (1, 2, 1), (2, 2, 2)] {
        let xml = open(large_organisation(projects, weeks), Locale::En).part("xl/worksheets/sheet8.xml");
        assert_eq!(xml.matches("<x14:sparkline>").count(), lines, "{projects} projects, {weeks} weeks");
    }
}

#[test]
fn gaps_and_accounts_are_listed_by_kind() {
    let mut book = open(full_organisation(), Locale::En);
    let kinds: Vec<String> = book.column(GAPS, "What").iter().map(ToString::to_string).collect();
    let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
    assert_eq!((count("Gap"), count("Accepted gap")), (1, 3), "two of the coverage check, and the entry itself");
    assert_eq!((count("Account that no project owns"), count("Account of several projects")), (1, 1));
    assert_eq!((count("Account unknown to the organisation"), count("Renamed project")), (1, 1));
    assert_eq!(count("Project without any report"), 1);
    let until = book.column(GAPS, "Until (UTC)");
    let row = kinds.iter().rposition(|kind| kind == "Accepted gap").unwrap();
    assert!(matches!(&until[row], Data::DateTime(day) if *day == serial(date(2026, 12, 9))));
    assert_eq!(book.column(GAPS, "Days left")[row].to_string(), "7");
}

#[test]
fn runs_say_what_was_incomplete_and_why() {
    let mut book = open(full_organisation(), Locale::En);
    // the newest first
    let remarks = column(&mut book, RUNS, "Remarks", 12);
    assert_eq!(remarks[7], "Alpha: the findings of account 111100000001 could not be read: access denied");
    assert_eq!(remarks.iter().filter(|text| *text == "none").count(), 11);
    assert_eq!(column(&mut book, RUNS, "Incomplete projects", 12)[7], "Alpha");
    let mut unknown = open(story_of_twelve_runs(), Locale::En);
    assert_eq!(column(&mut unknown, RUNS, "Remarks", 12), ["not known"; 12]);
}
