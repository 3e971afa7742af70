use std::sync::Arc;

use super::*;
use crate::history::{IssueId, ProjectRun};
use crate::report::{LeadReason, ReportFinding, Resolution};
use crate::{ComplianceStatus, Finding, Resource};

use Severity::{Critical, High, Low};

/// A report of 2026-11-23 whose last one was of 2026-11-16.
fn report(rows: Vec<ReportFinding>) -> Report {
    let mut report = Report::new("P", "r".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap());
    report.trend = vec![ProjectRun::new("q".parse().unwrap(), "2026-11-16T00:00:00Z".parse().unwrap())];
    report.findings = rows.into();
    report
}

fn row(id: &str, severity: Severity, change: Change, due: Option<Date>) -> ReportFinding {
    let mut finding = Finding::new("111111111111".parse().unwrap(), id);
    (finding.severity, finding.control_id) = (severity, Some(id.into()));
    finding.title = format!("{id} A title").into();
    finding.resources = vec![Resource { id: format!("bucket-{id}").into(), ..Resource::default() }];
    let mut row = ReportFinding::new(finding, change, "2026-11-01T00:00:00Z".parse().unwrap());
    row.issue = Some(IssueId::of(&row.finding));
    row.due = due.map(DueDate::target);
    row
}

fn november(day: i8) -> Date {
    jiff::civil::date(2026, 11, day)
}

fn resolved(control: Option<&str>, severity: Severity, resolution: Resolution) -> ResolvedIssue {
    ResolvedIssue {
        account: "111111111111".parse().unwrap(),
        severity,
        title: control.map_or_else(|| "A title".into(), |control| format!("{control} A title").into()),
        control_id: control.map(Into::into),
        resource: None,
        first_seen: jiff::Timestamp::UNIX_EPOCH,
        opened_at: jiff::Timestamp::UNIX_EPOCH,
        resolved_at: jiff::Timestamp::UNIX_EPOCH,
        resolution,
    }
}

#[test]
fn news_count_issues_by_severity() {
    let mut second = row("S3.1", High, Change::New, None);
    Arc::make_mut(&mut second.finding).id = "of another standard".into();
    let rows = vec![
        row("IAM.1", Critical, Change::Worse, Some(november(15))), // was overdue in the last report
        row("IAM.2", Critical, Change::Open, Some(november(16))),  // its last day was that of the last report
        row("IAM.3", Low, Change::Reopened, Some(november(23))),   // its last day is today
        row("S3.1", Critical, Change::New, None),
        second, // the same issue, less severe
    ];
    let news = headline(&report(rows), &Guidance::default()).unwrap().news;
    let one = |severity| SeverityCounts::from_iter([severity]);
    assert_eq!((news.new, news.reopened, news.worse), (one(Critical), one(Low), one(Critical)));
    assert_eq!((news.overdue.critical, news.overdue.total(), news.newly_overdue), (2, 2, one(Critical)));
    assert_eq!(news.at_least(High).reopened.total(), 0);
}

/// Products report checks that pass, too, with the severity that a failure would have.
#[test]
fn checks_that_pass_are_in_no_headline() {
    let mut passed = row("S3.1", Critical, Change::New, Some(november(1)));
    Arc::make_mut(&mut passed.finding).compliance = Some(ComplianceStatus::Passed);
    let headline = headline(&report(vec![passed]), &Guidance::default()).unwrap();
    let passed = SeverityCounts::from_iter([Critical]);
    assert_eq!(headline, Headline { passed, ..Headline::default() });
}

#[test]
fn only_fixes_are_thanked_for() {
    use Resolution::{AccountLeft, Archived, Gone, MarkedResolved, Passed, Suppressed};
    let mut report = report(Vec::new());
    report.resolved = vec![
        resolved(Some("S3.1"), Low, Passed),
        resolved(Some("S3.1"), High, Gone),
        resolved(Some("S3.2"), High, MarkedResolved),
        resolved(Some("S3.3"), Critical, Suppressed),
        resolved(Some("S3.4"), Critical, Archived),
        resolved(Some("S3.5"), Critical, AccountLeft),
        resolved(None, Low, Passed),
        resolved(Some("S3.6"), Low, Passed),
    ];
    let headline = headline(&report, &Guidance::default()).unwrap();
    let fixed: Vec<_> =
        headline.fixed.iter().map(|f| (f.control.as_deref(), &*f.title, f.severity, f.issues)).collect();
    let expected = [(Some("S3.1"), "A title", High, 2), (Some("S3.2"), "A title", High, 1), (None, "A title", Low, 1)];
    assert_eq!(fixed, expected);
    assert_eq!((headline.news.fixed.high, headline.news.fixed.low), (2, 3));
}

#[test]
fn things_to_do_lead_to_guidance_and_to_pages_of_own_checks_alone() {
    let guidance = Guidance::from_csv("control,fix\nS3.1,\"\n Apply the module. \nThen wait.\"\n".as_bytes()).unwrap();
    let mut own = row("S3.1", High, Change::New, Some(november(30)));
    let finding = Arc::make_mut(&mut own.finding);
    finding.remediation_url = Some("https://docs.example.com/S3.1".into());
    finding.resources[0].id = "arn:aws:s3:::bucket".into();
    finding.region = Some("eu-west-1".into());
    finding.product_arn = "arn:aws:securityhub:eu-west-1::product/aws/securityhub".into();
    finding.compliance = Some(ComplianceStatus::Failed);
    let mut other = own.clone();
    let finding = Arc::make_mut(&mut other.finding);
    (finding.control_id, finding.product_arn) = (Some("X.1".into()), "arn:aws:securityhub:::product/x/y".into());
    let mut report = report(vec![own, other]);
    report.accounts = vec![crate::report::AccountSummary::new("111111111111".parse().unwrap(), true)];
    report.accounts[0].name = Some("prod".into());
    let first = headline(&report, &guidance).unwrap().first;
    let shown = |thing: &FirstThing| {
        let (url, guidance) = (thing.url.as_deref().map(str::to_owned), thing.guidance.as_deref().map(str::to_owned));
        (thing.label.to_string(), thing.title.to_string(), url, guidance)
    };
    let own = ("S3.1", "A title", Some("https://docs.example.com/S3.1"), Some("Apply the module."));
    let (label, title, url, line) = own;
    let expected = (label.to_owned(), title.to_owned(), url.map(str::to_owned), line.map(str::to_owned));
    assert_eq!(shown(&first[0]), expected);
    assert_eq!(shown(&first[1]), ("X.1".to_owned(), "S3.1 A title".to_owned(), None, None));
    let thing = &first[0];
    assert_eq!((thing.resource.as_deref(), thing.account_name.as_deref()), (Some("bucket"), Some("prod")));
    assert_eq!(
        (&*thing.regions[0], thing.reason, thing.due, thing.places),
        ("eu-west-1", LeadReason::New, Some(november(30)), 1)
    );
}
