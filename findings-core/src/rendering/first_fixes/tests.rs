use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::decision::{Decision, DecisionEntry};
use crate::history::{IssueId, ProjectRun};
use crate::report::{Change, DueDate};
use crate::{Finding, Resource};

use Severity::{Critical, High, Informational, Low, Medium};

/// The report is of 2026-11-23.
fn report(rows: Vec<ReportFinding>) -> Report {
    let mut report = Report::new("P", "r".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
    report.trend = vec![ProjectRun::new("q".parse().unwrap(), "2026-11-16T00:00:00Z".parse().unwrap())];
    report.findings = rows.into();
    report
}

/// A finding of a control that was opened on a day of November and, if it has one, is due on another.
fn row(control: &str, severity: Severity, change: Change, opened: u8, due: Option<i8>) -> ReportFinding {
    let mut finding = Finding::new("111111111111".parse().unwrap(), format!("{control}/{opened}"));
    finding.severity = severity;
    finding.control_id = Some(control.into());
    finding.title = "t".into();
    finding.region = Some("eu-west-1".into());
    finding.resources = vec![Resource { id: format!("bucket-{opened}").into(), ..Resource::default() }];
    let mut row = ReportFinding::new(finding, change, format!("2026-11-{opened:02}T00:00:00Z").parse().unwrap());
    row.due = due.map(|day| DueDate::target(jiff::civil::date(2026, 11, day)));
    row
}

fn lines(report: &Report) -> Vec<(String, LeadReason)> {
    let digest = Digest::new(report).unwrap();
    let line = |fix: &FirstFix| (digest.controls[fix.group].label().to_owned(), fix.reason);
    first_fixes(report, &digest).unwrap().iter().map(line).collect()
}

/// Each pair of findings, the one that is to be fixed first before the other.
#[test]
fn table_of_what_comes_first() {
    use Change::{New, Open, Reopened, Worse};
    use LeadReason as Is;
    let pairs = [
        // severity before everything else
        ((Critical, Open, 22, None), Is::Open(1), (High, New, 1, Some(2)), Is::Overdue(21)),
        // then what is overdue, the longest first; the last day itself is not overdue
        ((High, Open, 1, Some(2)), Is::Overdue(21), (High, Open, 2, Some(20)), Is::Overdue(3)),
        ((High, Open, 20, Some(22)), Is::Overdue(1), (High, Worse, 2, Some(23)), Is::Worse),
        // then what changed
        ((Medium, Worse, 20, None), Is::Worse, (Medium, Reopened, 1, None), Is::Reopened),
        ((Medium, Reopened, 22, None), Is::Reopened, (Medium, New, 1, None), Is::New),
        ((Medium, New, 22, None), Is::New, (Medium, Open, 1, None), Is::Open(22)),
        // then the oldest
        ((Low, Open, 1, None), Is::Open(22), (Low, Open, 2, None), Is::Open(21)),
        // what asks for no action is there only if it is overdue
        ((Low, Open, 1, None), Is::Open(22), (Informational, Open, 2, Some(9)), Is::Overdue(14)),
    ];
    for (first, first_is, second, second_is) in pairs {
        // the labels are the other way round, and so are the findings
        let rows =
            vec![row("A.1", second.0, second.1, second.2, second.3), row("B.1", first.0, first.1, first.2, first.3)];
        let expected = [("B.1".to_owned(), first_is), ("A.1".to_owned(), second_is)];
        assert_eq!(lines(&report(rows)), expected, "{first:?} {second:?}");
    }
}

#[test]
fn one_fix_is_one_line_led_by_its_worst_finding() {
    let mut other_account = row("S3.1", High, Change::New, 3, None);
    Arc::make_mut(&mut other_account.finding).account = "222222222222".parse().unwrap();
    let report = report(vec![
        row("S3.1", High, Change::Open, 3, None),
        other_account,
        row("S3.1", Critical, Change::Open, 20, None),
        row("S3.1", Critical, Change::Open, 5, None),
    ]);
    let digest = Digest::new(&report).unwrap();
    let fixes = first_fixes(&report, &digest).unwrap();
    assert_eq!(fixes.len(), 1);
    let (fix, leader) = (&fixes[0], report.findings.get(fixes[0].index).unwrap());
    assert_eq!((fix.reason, fix.places, fix.index), (LeadReason::Open(18), 4, 3));
    assert!(Arc::ptr_eq(&fix.row.finding, &leader.finding));
}

#[test]
fn a_global_check_is_one_place_with_its_regions() {
    let in_region = |region: &str| {
        let mut row = row("IAM.6", Critical, Change::Open, 3, None);
        let finding = Arc::make_mut(&mut row.finding);
        (finding.region, finding.id) = (Some(region.into()), format!("IAM.6/{region}").into());
        row
    };
    let report = report(["us-east-1", "ap-northeast-1", "eu-west-1"].map(in_region).to_vec());
    let digest = Digest::new(&report).unwrap();
    let fixes = first_fixes(&report, &digest).unwrap();
    assert_eq!((fixes.len(), fixes[0].places), (1, 1));
    assert_eq!(fixes[0].regions.join(" "), "ap-northeast-1 eu-west-1 us-east-1");
    assert_eq!(fixes[0].row.finding.region.as_deref(), Some("ap-northeast-1"), "the smallest Region leads");
}

#[test]
fn at_most_five_lines_and_of_equal_ones_those_with_more_places() {
    // seven controls that are alike, but one has two buckets
    let mut rows: Vec<_> = (1..=7).map(|n| row(&format!("A.{n}"), High, Change::New, 5, None)).collect();
    rows.push(row("A.6", High, Change::New, 6, None));
    rows.push(row("A.0", Low, Change::New, 5, None));
    let labels = |rows: &[ReportFinding]| -> Vec<String> {
        lines(&report(rows.to_vec())).into_iter().map(|(label, _)| label).collect()
    };
    let expected = ["A.6", "A.1", "A.2", "A.3", "A.4"];
    assert_eq!(labels(&rows), expected);
    rows.reverse();
    assert_eq!(labels(&rows), expected, "the order of the findings does not matter");
}

#[test]
fn nothing_is_new_in_the_first_report() {
    let mut report = report(vec![row("S3.1", High, Change::New, 3, None)]);
    report.trend.clear();
    assert_eq!(lines(&report), [("S3.1".to_owned(), LeadReason::Open(20))]);
}

#[test]
fn what_asks_for_no_action_of_the_project_is_no_line() {
    let mut elsewhere = row("S3.1", Critical, Change::Open, 3, None);
    let issue = IssueId::of(&elsewhere.finding);
    let entry = DecisionEntry::new(DecisionKind::NotOurs);
    let decision = Decision::new(issue, elsewhere.finding.account, entry, "r".parse().unwrap(), Timestamp::UNIX_EPOCH);
    elsewhere.decision = Some(Arc::new(decision));
    assert_eq!(lines(&report(vec![elsewhere, row("S3.2", Informational, Change::New, 3, None)])), []);
    assert_eq!(lines(&report(Vec::new())), []);
}
