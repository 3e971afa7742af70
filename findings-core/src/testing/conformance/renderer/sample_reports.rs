//! Sample reports: ordinary, clean, incomplete, empty and hostile ones.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sample_decisions::{accepted_issue, decide, sample_return};
use crate::history::{IssueId, ProjectRun};
use crate::report::{AccountSummary, Change, Changes, Problem, ProblemKind, Report, ReportFinding};
use crate::report::{Resolution, ResolvedIssue, UnreadReason};
use crate::{
    AccountId, ComplianceStatus, Finding, Locale, Note, Package, Resource, RunId, Severity, SeverityCounts, Text,
    Vulnerability, WorkflowStatus,
};

/// The time at which the sample reports are generated: 2026-11-23T00:00:00Z.
pub const SAMPLE_TIME: Timestamp = Timestamp::constant(1_795_392_000, 0);

/// Returns texts that break careless renderers: formulas, control characters, escapes, markup, long and right-to-left
/// texts.
pub fn hostile_texts() -> Vec<String> {
    let starts = ["=", "+", "-", "@", "\t=", "\r=", " =", "＝"];
    let mut texts: Vec<String> =
        starts.iter().map(|start| format!("{start}HYPERLINK(\"http://x.example\",\"y\")")).collect();
    texts.extend(['\0', '\u{b}', '\r', '\u{1b}', '\u{7f}', '\u{85}'].map(|c| format!("a{c}b")));
    texts.push((0..=0xa0_u8).map(char::from).collect());
    texts.extend(
        [
            "",
            " ",
            "\n\n",
            "_x0041_",
            "_x000D_x",
            "_xD800_",
            "\\ud800",
            "&amp;<b>\"'",
            "]]>",
            "{project}",
            "%s%n",
            "\u{feff}bom",
        ]
        .map(str::to_owned),
    );
    texts.extend(
        ["😀👩‍👩‍👧", "\u{202e}gpj.exe", "\u{200f}عربي", "\u{fffe}\u{ffff}", "日本語のタイトル", "𠮷野家"]
            .map(str::to_owned),
    );
    texts.extend(["javascript:alert(1)", "file:///etc/passwd", "https://user@example.com/"].map(str::to_owned));
    texts.extend([32_766, 32_767, 32_768, 100_000].map(|n| "x".repeat(n)));
    texts.extend(["😀".repeat(20_000), "_x0041_".repeat(1_000), "a\n".repeat(20_000)]);
    texts.push(format!("https://example.com/{}", "a".repeat(3_000)));
    texts
}

/// Returns a report with this text in every text field. Of its 12 findings, every second one has the text.
pub fn hostile_report(text: &str) -> Report {
    let mut report = report_of(12, Locale::En);
    let shared: Text = text.into();
    text.clone_into(&mut report.project);
    report.contact = Some(text.to_owned());
    report.sources = vec![text.to_owned(), text.to_owned()];
    for account in &mut report.accounts {
        account.name = Some(shared.clone());
    }
    report.problems =
        vec![Problem::new(ProblemKind::UnreadableFinding, text).with_account(account(0)).with_region(text)];
    for accepted in &mut report.accepted {
        let (issue, decision) = (&mut accepted.issue, &mut accepted.decision);
        issue.title = shared.clone();
        for optional in [&mut issue.region, &mut issue.control_id, &mut issue.resource, &mut decision.by] {
            *optional = Some(shared.clone());
        }
        decision.entry = decision.entry.clone().with_owner(text).with_comment(text);
    }
    for resolved in &mut report.resolved {
        resolved.title = shared.clone();
        resolved.control_id = Some(shared.clone());
        resolved.resource = Some(shared.clone());
    }
    for row in report.findings.to_mut().expect("findings in memory").iter_mut().step_by(2) {
        let mut finding = Finding::new(row.finding.account, shared.clone());
        finding.severity = row.finding.severity;
        set_texts(&mut finding, &shared);
        row.finding = Arc::new(finding);
        if let Some(decision) = &mut row.decision {
            let decision = Arc::make_mut(decision);
            decision.entry = decision.entry.clone().with_owner(text).with_comment(text);
        }
    }
    report
}

fn set_texts(finding: &mut Finding, text: &Text) {
    let some = Some(text.clone());
    finding.product_arn = text.clone();
    finding.title = text.clone();
    finding.description = text.clone();
    finding.types = vec![text.clone()];
    finding.standards = vec![text.clone()];
    finding.compliance_reasons = vec![text.clone()];
    finding.user_defined_fields = vec![(text.clone(), text.clone())];
    finding.account_name.clone_from(&some);
    finding.product_name.clone_from(&some);
    finding.region.clone_from(&some);
    finding.generator_id.clone_from(&some);
    finding.control_id.clone_from(&some);
    finding.remediation_text.clone_from(&some);
    finding.remediation_url.clone_from(&some);
    finding.source_url.clone_from(&some);
    let tags = vec![(text.clone(), text.clone())];
    let resource = Resource { id: text.clone(), kind: some.clone(), region: some.clone(), tags };
    finding.resources = vec![resource.clone(), resource];
    let package = Package { name: some.clone(), version: some.clone(), fixed_in: some.clone() };
    let fix_available = some.clone();
    finding.vulnerabilities = vec![Vulnerability {
        id: text.clone(),
        packages: vec![package],
        fix_available,
        exploit_available: some.clone(),
        ..Vulnerability::default()
    }];
    finding.note = Some(Note { text: text.clone(), updated_by: some, updated_at: Some(SAMPLE_TIME) });
}

/// Title, control ID, severity and resource type of the sample findings.
const CONTROLS: [(&str, &str, Severity, &str); 8] = [
    ("IAM root user access key should not exist", "IAM.4", Severity::Critical, "AwsAccount"),
    (
        "Security groups should not allow unrestricted access to ports with high risk",
        "EC2.19",
        Severity::Critical,
        "AwsEc2SecurityGroup",
    ),
    (
        "EC2 instances should use Instance Metadata Service Version 2 (IMDSv2)",
        "EC2.8",
        Severity::High,
        "AwsEc2Instance",
    ),
    ("S3 general purpose buckets should block public access", "S3.8", Severity::High, "AwsS3Bucket"),
    ("RDS DB instances should have encryption at-rest enabled", "RDS.3", Severity::Medium, "AwsRdsDbInstance"),
    ("CloudTrail log file validation should be enabled", "CloudTrail.4", Severity::Medium, "AwsCloudTrailTrail"),
    ("DynamoDB tables should have point-in-time recovery enabled", "DynamoDB.2", Severity::Low, "AwsDynamoDbTable"),
    ("Lambda functions should be in a VPC", "Lambda.3", Severity::Informational, "AwsLambdaFunction"),
];

/// Returns a small report: three accounts, 64 findings with due dates and decisions, six previous runs, five resolved
/// issues and three that decisions take out. It can be returned with decisions.
pub fn sample_report(locale: Locale) -> Report {
    report_of(64, locale)
}

const RESOLUTIONS: [Resolution; 5] =
    [Resolution::Gone, Resolution::Passed, Resolution::Archived, Resolution::Suppressed, Resolution::AccountLeft];

/// Returns a report with the given number of findings, sorted as the contract of [`Report`] requires.
pub fn report_of(findings: usize, locale: Locale) -> Report {
    let mut report = clean_report(locale);
    report.returning = Some(sample_return(&report));
    report.accepted = (0..3).map(|n| accepted_issue(CONTROLS[n * 3 % 8], account(n), n)).collect();
    let mut rows: Vec<ReportFinding> = (0..findings).map(finding_row).collect();
    rows.iter_mut().enumerate().for_each(|(n, row)| decide(row, n));
    rows.sort_by_key(|r| (std::cmp::Reverse(r.finding.severity), r.first_seen, r.finding.account));
    report.fetched = Some(findings as u64);
    for account in &mut report.accounts {
        let own = rows.iter().filter(|r| r.finding.account == account.id);
        account.counts = own.map(|r| r.finding.severity).collect();
    }
    let count = |change| rows.iter().filter(|r| r.change == change).count() as u64;
    let (new, reopened, worse) = (count(Change::New), count(Change::Reopened), count(Change::Worse));
    let open = count(Change::Open) + worse;
    report.changes =
        Changes { new, reopened, open, worse, resolved: report.resolved.len() as u64, ..Changes::default() };
    report.findings = rows.into();
    report
}

/// Returns a complete report without findings, after runs that had findings.
pub fn clean_report(locale: Locale) -> Report {
    let mut report = empty_report();
    report.project = String::from(if locale == Locale::Ja { "決済基盤" } else { "Payments & Billing" });
    report.locale = locale;
    report.time_zone =
        jiff::tz::TimeZone::get(if locale == Locale::Ja { "Asia/Tokyo" } else { "UTC" }).expect("a zone");
    report.sources = vec!["ap-northeast-1".to_owned(), "us-east-1".to_owned()];
    report.contact = Some("security@example.com".to_owned());
    for (n, name) in ["決済基盤-本番", "payments-staging", "payments-dev"].into_iter().enumerate() {
        let mut summary = AccountSummary::new(account(n), true);
        summary.name = Some(name.into());
        report.accounts.push(summary);
    }
    report.resolved = (0..5).map(resolved_issue).collect();
    report.changes.resolved = report.resolved.len() as u64;
    report.trend = (1..=6).rev().map(past_run).collect();
    report
}

/// Returns the sample report with three problems: an account that was not fetched, a registry line that cannot be read,
/// and a record that is not a finding.
pub fn incomplete_report(locale: Locale) -> Report {
    let mut report = sample_report(locale);
    report.accounts[1].complete = false;
    report.stale.high = 9;
    report.problems = vec![
        Problem::new(
            ProblemKind::AccountNotFetched,
            "fetch findings of account 100000000002: access denied (AccessDeniedException)",
        )
        .with_account(account(1))
        .with_region("us-east-1")
        .with_unread(UnreadReason::NotAllowed),
        Problem::new(ProblemKind::RegistryLine, "line 7: \"1.23E+11\" is a number that a spreadsheet has rounded"),
        Problem::new(ProblemKind::UnreadableFinding, "line 1812: missing field `Id`").with_account(account(0)),
    ];
    report
}

/// Returns a report without accounts and findings.
pub fn empty_report() -> Report {
    let run: RunId = "2026-11-23T00:00:00Z".parse().expect("a run ID");
    Report::new("Empty", run, SAMPLE_TIME)
}

fn account(n: usize) -> AccountId {
    format!("{:012}", 100_000_000_001 + n).parse().expect("an account ID")
}

pub(super) fn days_ago(days: usize) -> Timestamp {
    SAMPLE_TIME - SignedDuration::from_hours(24 * i64::try_from(days).expect("a few days"))
}

/// Returns the `n`th row. Every eighth finding is a vulnerability; the others are control findings.
fn finding_row(n: usize) -> ReportFinding {
    let (title, control, severity, kind) = CONTROLS[n * 7 % 13 % 8];
    let mut finding = Finding::new(
        account(n % 3),
        format!("arn:aws:securityhub:ap-northeast-1:{}:security-control/{control}/finding/{n:06}", account(n % 3)),
    );
    finding.account_name = Some(["決済基盤-本番", "payments-staging", "payments-dev"][n % 3].into());
    finding.product_name = Some("Security Hub".into());
    finding.region = Some(["ap-northeast-1", "us-east-1"][n % 2].into());
    finding.title = title.into();
    finding.description =
        format!("This control checks the resource number {n}. {title}. It fails until the setting is changed.").into();
    finding.severity = severity;
    // some are of another severity than their product gave
    finding.provider_severity = Some(if n % 16 == 6 { Severity::Medium } else { severity });
    finding.control_id = Some(control.into());
    finding.compliance = Some(ComplianceStatus::Failed);
    finding.standards = vec![
        "standards/aws-foundational-security-best-practices/v/1.0.0".into(),
        "standards/cis-aws-foundations-benchmark/v/3.0.0".into(),
    ];
    finding.workflow = if n.is_multiple_of(4) { WorkflowStatus::Notified } else { WorkflowStatus::New };
    finding.remediation_text = Some(
        "For information on how to correct this issue, consult the AWS Security Hub controls documentation.".into(),
    );
    finding.remediation_url =
        Some(format!("https://docs.aws.amazon.com/console/securityhub/{control}/remediation").into());
    finding.updated_at = Some(days_ago(n % 3));
    finding.resources = resources(n, kind, finding.region.as_ref());
    if n % 8 == 3 {
        make_vulnerability(&mut finding, n);
    }
    if n % 9 == 4 {
        finding.note = Some(Note {
            text: "Ticket OPS-123, planned for December".into(),
            updated_by: Some("yamada".into()),
            updated_at: Some(days_ago(2)),
        });
    }
    let change = [Change::Open, Change::Worse, Change::New, Change::Open, Change::Reopened][n % 5];
    let first_seen = days_ago(if change == Change::New { n % 7 } else { 7 + n * 37 % 400 });
    let opened_at = if change == Change::Reopened { days_ago(n % 7) } else { first_seen };
    let issue = IssueId::of(&finding);
    let mut row = ReportFinding::new(finding, change, first_seen);
    (row.opened_at, row.issue) = (opened_at, Some(issue));
    row
}

/// Returns the resources of the `n`th finding: three for every fifth finding, one for the others.
fn resources(n: usize, kind: &str, region: Option<&Text>) -> Vec<Resource> {
    let id = format!("arn:aws:service:ap-northeast-1:{}:{}/sample-{:05}", account(n % 3), kind.to_lowercase(), n / 3);
    let tags = vec![("Owner".into(), "team-a".into()), ("環境".into(), "本番".into())];
    let resource = |m| Resource {
        id: format!("{id}/{m}").into(),
        kind: Some(kind.into()),
        region: region.cloned(),
        tags: tags.clone(),
    };
    (0..=usize::from(n.is_multiple_of(5)) * 2).map(resource).collect()
}

/// Turns a control finding into a vulnerability reported by Amazon Inspector.
fn make_vulnerability(finding: &mut Finding, n: usize) {
    (finding.control_id, finding.compliance) = (None, None);
    finding.product_name = Some("Inspector".into());
    finding.types = vec!["Software and Configuration Checks/Vulnerabilities/CVE".into()];
    finding.title = format!("CVE-2026-{:05} - openssl", 10_000 + n).into();
    let package =
        Package { name: Some("openssl".into()), version: Some("3.0.1".into()), fixed_in: Some("3.0.14".into()) };
    let (id, fix, exploit) = (format!("CVE-2026-{:05}", 10_000 + n).into(), Some("YES".into()), Some("NO".into()));
    finding.vulnerabilities = vec![Vulnerability {
        id,
        packages: vec![package],
        fix_available: fix,
        exploit_available: exploit,
        cvss_score: Some(9.8),
        epss_score: Some(0.94),
    }];
}

fn resolved_issue(n: usize) -> ResolvedIssue {
    let (title, control, severity, kind) = CONTROLS[n * 3 % 8];
    ResolvedIssue {
        account: account(n % 3),
        severity,
        title: title.into(),
        control_id: Some(control.into()),
        resource: Some(
            format!("arn:aws:service:ap-northeast-1:{}:{}/gone-{n}", account(n % 3), kind.to_lowercase()).into(),
        ),
        first_seen: days_ago(30 + n * 11),
        opened_at: days_ago(30 + n * 11),
        resolved_at: SAMPLE_TIME,
        resolution: RESOLUTIONS[n % RESOLUTIONS.len()],
    }
}

fn past_run(weeks: usize) -> ProjectRun {
    let at = days_ago(7 * weeks);
    let mut run = ProjectRun::new(RunId::at(at), at);
    let n = weeks as u64;
    run.counts = SeverityCounts { critical: 9 + n, high: 12 + 2 * n, medium: 14 + n, low: 9, informational: 6 + n };
    run.changes = Changes { new: n, reopened: n % 2, open: 40, worse: n % 3, resolved: 3 + n, ..Changes::default() };
    run.complete = weeks != 3;
    run
}
