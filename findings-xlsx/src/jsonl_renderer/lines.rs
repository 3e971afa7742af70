//! The lines of the file as data. Scripts read the names of these fields: fields may be added, but not renamed or
//! removed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use findings_core::coverage::{RegionCoverage, Verdict};
use findings_core::decision::{Decision, DecisionKind};
use findings_core::guidance::{Guidance, GuidancePart};
use findings_core::history::{IssueRecord, ProjectRun};
use findings_core::rendering::{self, AccountRow, ControlRow, Digest};
use findings_core::report::{
    AcceptedIssue, AccountSummary, Change, Changes, Conclusion, CoverageNotice, Problem, ProblemKind, Report,
    ReportFinding, ReportReturn, ResolvedIssue,
};
use findings_core::wording::Wording;
use findings_core::{AccountId, Finding, Locale, Selection, Severity, SeverityCounts, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::columns::FindingColumns;
use crate::dates;

/// A line of the file.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    Report(Box<ReportLine<'a>>),
    Finding(Box<FindingLine<'a>>),
    Resolved(ResolvedLine<'a>),
    Accepted(Box<AcceptedLine<'a>>),
    Control(Box<ControlLine<'a>>),
}

/// The first line: the report itself.
#[derive(Serialize)]
pub(super) struct ReportLine<'a> {
    project: &'a str,
    run_id: &'a str,
    generated_at: Timestamp,
    complete: bool,
    conclusion: Conclusion,
    verdict: Verdict,
    problems: Vec<Problem>,
    notices: Vec<NoticeLine>,
    locale: Locale,
    time_zone: String,
    sources: &'a [String],
    regions: &'a [String],
    other_regions: bool,
    selection: &'a Selection,
    accounts: Vec<AccountLine<'a>>,
    counts: SeverityCounts,
    total: u64,
    issues: u64,
    changes: Changes,
    stale: u64,
    stale_by_severity: SeverityCounts,
    unreadable: u64,
    fetched: Option<u64>,
    duplicates: u64,
    ambiguous: u64,
    odd_values: u64,
    adds_up: Option<bool>,
    trend: &'a [ProjectRun],
    contact: Option<&'a str>,
    overdue: u64,
    returning: Option<ReturnLine<'a>>,
    renderer: &'static str,
}

impl<'a> ReportLine<'a> {
    pub(super) fn new(report: &'a Report, digest: &Digest<'a>) -> Self {
        let (total, changes) = (digest.counts.total(), report.changes);
        let certainty = report.certainty();
        let say = Wording::of(report.locale);
        let is_unreadable = |p: &&Problem| p.kind == ProblemKind::UnreadableFinding;
        Self {
            project: &report.project,
            run_id: report.run_id.as_str(),
            generated_at: report.generated_at,
            complete: certainty.is_complete(),
            conclusion: certainty.conclusion(total),
            verdict: report.verdict(),
            problems: certainty.problems.into_iter().map(|problem| for_readers(problem, say)).collect(),
            notices: certainty.notices.into_iter().map(NoticeLine::from).collect(),
            locale: report.locale,
            time_zone: rendering::zone_name(&report.time_zone, report.generated_at),
            sources: &report.sources,
            regions: &report.regions,
            other_regions: report.other_regions,
            selection: &report.selection,
            accounts: accounts(report, digest),
            counts: digest.counts,
            total,
            issues: changes.current(),
            changes,
            stale: report.stale.total(),
            stale_by_severity: report.stale,
            unreadable: report.problems.iter().filter(is_unreadable).count() as u64,
            fetched: report.fetched,
            duplicates: report.duplicates,
            ambiguous: report.ambiguous,
            odd_values: certainty.odd_values,
            adds_up: report.fetched.map(|fetched| fetched == total + report.duplicates),
            trend: &report.trend,
            contact: report.contact.as_deref(),
            overdue: report.overdue(),
            returning: report.returning.as_ref().map(ReturnLine::from),
            renderer: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// How decisions are returned.
#[derive(Serialize)]
struct ReturnLine<'a> {
    token: Option<&'a str>,
    until: Timestamp,
}

impl<'a> From<&'a ReportReturn> for ReturnLine<'a> {
    fn from(returning: &'a ReportReturn) -> Self {
        Self { token: returning.token.as_deref(), until: returning.until }
    }
}

/// A gap in the coverage of an account that does not make the report incomplete.
#[derive(Serialize)]
struct NoticeLine {
    account: AccountId,
    #[serde(flatten)]
    coverage: RegionCoverage,
}

impl From<CoverageNotice> for NoticeLine {
    fn from(notice: CoverageNotice) -> Self {
        Self { account: notice.account, coverage: notice.coverage }
    }
}

/// An account in the first line.
#[derive(Serialize)]
struct AccountLine<'a> {
    #[serde(flatten)]
    summary: &'a AccountSummary,
    /// Whether everything of the account was fetched and every record could be read.
    read_completely: bool,
    verdict: Verdict,
    last_check: Option<Timestamp>,
    newest_update: Option<Timestamp>,
}

/// Returns the problem without what readers must not see: the text of a service's error.
fn for_readers(mut problem: Problem, say: Wording) -> Problem {
    if problem.kind == ProblemKind::AccountNotFetched {
        problem.detail = say.problem_detail(&problem).unwrap_or_default().to_owned();
    }
    problem
}

/// Returns the accounts in the order of the report; the digest has them in the order of the sheet.
fn accounts<'a>(report: &'a Report, digest: &Digest<'a>) -> Vec<AccountLine<'a>> {
    let rows: HashMap<AccountId, &AccountRow<'a>> = digest.accounts.iter().map(|row| (row.id, row)).collect();
    let line = |summary: &'a AccountSummary| {
        let row = rows.get(&summary.id);
        AccountLine {
            summary,
            read_completely: row.map_or(summary.complete, |row| row.complete),
            verdict: summary.verdict(),
            last_check: summary.last_check(),
            newest_update: row.and_then(|row| row.newest_update),
        }
    };
    report.accounts.iter().map(line).collect()
}

/// A finding.
#[derive(Serialize)]
pub(super) struct FindingLine<'a> {
    change: Change,
    first_seen: Timestamp,
    opened_at: Timestamp,
    age_days: u64,
    console_url: Option<String>,
    resource_url: Option<String>,
    product: &'a str,
    due: Option<Date>,
    due_is_decided: bool,
    days_overdue: u64,
    key: Option<String>,
    /// Who takes care of it, by the decision or by a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    decision: Option<&'a Decision>,
    /// Beside `decision`, which people fill in: the time for which the risk was accepted is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    acceptance_ended: Option<&'a Decision>,
    /// By the IDs of the columns that a program added.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    added: BTreeMap<&'a str, serde_json::Value>,
    #[serde(flatten)]
    finding: Cow<'a, Finding>,
}

impl<'a> FindingLine<'a> {
    pub(super) fn new(row: &'a ReportFinding, report: &'a Report, columns: &'a FindingColumns) -> Self {
        let today = report.today();
        let late = row.due.filter(|due| due.is_overdue(today));
        Self {
            due: row.due.map(|due| due.date),
            due_is_decided: row.due.is_some_and(|due| due.is_decided),
            days_overdue: late.map_or(0, |due| dates::days_from(due.date, today)),
            key: row.row_key().filter(|_| report.returning.is_some()).map(|key| key.to_string()),
            owner: row.responsible().map(|owner| &**owner),
            // one that is not in force decides nothing
            decision: row.decision_in_force(),
            acceptance_ended: row.decision.as_deref().filter(|d| d.entry.kind == DecisionKind::AcceptanceEnded),
            change: row.change,
            first_seen: row.first_seen,
            opened_at: row.opened_at,
            age_days: rendering::age_days(row, report),
            console_url: rendering::finding_link(&row.finding, report),
            resource_url: rendering::resource_link(&row.finding, report),
            product: rendering::product(&row.finding),
            added: columns.added().map(|(id, value)| (id, value(row, report).json())).collect(),
            finding: named(&row.finding, report),
        }
    }
}

/// Returns the finding with the name of its account; the name comes from the report if the finding has none.
fn named<'a>(finding: &'a Finding, report: &'a Report) -> Cow<'a, Finding> {
    match rendering::account_name(report, finding.account) {
        Some(name) if finding.account_name.is_none() => {
            let mut named = finding.clone();
            named.account_name = Some(name.clone());
            Cow::Owned(named)
        }
        _ => Cow::Borrowed(finding),
    }
}

/// An issue that was open in the last report and no longer is.
#[derive(Serialize)]
pub(super) struct ResolvedLine<'a> {
    #[serde(flatten)]
    issue: &'a ResolvedIssue,
    account_name: Option<&'a str>,
    days_open: i64,
}

impl<'a> ResolvedLine<'a> {
    pub(super) fn new(issue: &'a ResolvedIssue, report: &'a Report) -> Self {
        let account_name = rendering::account_name(report, issue.account).map(|name| &**name);
        Self { issue, account_name, days_open: rendering::days_between(issue.opened_at, issue.resolved_at) }
    }
}

/// An issue that a decision takes out of the report.
#[derive(Serialize)]
pub(super) struct AcceptedLine<'a> {
    #[serde(flatten)]
    issue: &'a IssueRecord,
    account_name: Option<&'a str>,
    accepted_until: Option<Date>,
    days_left: Option<u64>,
    key: Option<String>,
    decision: &'a Decision,
}

impl<'a> AcceptedLine<'a> {
    pub(super) fn new(row: &'a AcceptedIssue, report: &'a Report) -> Self {
        let until = row.decision.accepted_until();
        Self {
            issue: &row.issue,
            account_name: rendering::account_name(report, row.issue.account).map(|name| &**name),
            accepted_until: until,
            days_left: until.map(|until| dates::days_from(report.today(), until)),
            key: report.returning.is_some().then(|| row.row_key().to_string()),
            decision: &row.decision,
        }
    }
}

/// Findings that are fixed together: those of a control or, if the product has no controls, of a vulnerable package, a
/// type or a title.
#[derive(Serialize)]
pub(super) struct ControlLine<'a> {
    /// The worst.
    severity: Severity,
    counts: SeverityCounts,
    control_id: Option<&'a str>,
    product: &'a str,
    package: Option<&'a str>,
    /// Versions of the package that fix the vulnerabilities.
    fixed_in: &'a BTreeSet<Text>,
    /// `null` for a package, whose name says what is wrong.
    title: Option<Cow<'a, str>>,
    findings: u64,
    accounts: usize,
    resources: u64,
    first_seen: Timestamp,
    oldest_days: i64,
    remediation_text: Option<&'a str>,
    remediation_url: Option<&'a str>,
    /// Whether the remediation applies to all findings of the group. If not, only the findings have it.
    remediation_is_common: bool,
    guidance: Option<GuidanceLine<'a>>,
}

impl<'a> ControlLine<'a> {
    pub(super) fn new(row: &'a ControlRow, report: &Report, guidance: &'a Guidance) -> Self {
        let advice = row.advice_is_common.then_some(&*row.example);
        // lines do not depend on the language
        let title = || row.title(Locale::default());
        Self {
            severity: row.severity,
            counts: row.counts,
            control_id: row.control(),
            product: rendering::product(&row.example),
            package: row.package(),
            fixed_in: row.fixed_in(),
            title: row.package().is_none().then(title),
            findings: row.findings,
            accounts: row.accounts.len(),
            resources: row.resources(),
            first_seen: row.oldest,
            oldest_days: rendering::days_between(row.oldest, report.generated_at),
            remediation_text: advice.and_then(|f| f.remediation_text.as_deref()),
            remediation_url: advice.and_then(|f| f.remediation_url.as_deref()),
            remediation_is_common: row.advice_is_common,
            guidance: row.control().and_then(|control| GuidanceLine::new(control, report.locale, guidance)),
        }
    }
}

/// The organisation's guidance for a control, in the report's language if there is any.
#[derive(Serialize)]
struct GuidanceLine<'a> {
    meaning: Option<&'a str>,
    fires: Option<&'a str>,
    fix: Option<&'a str>,
    impact: Option<&'a str>,
    contact: Option<&'a str>,
    exceptions: Option<&'a str>,
    sources: Option<&'a str>,
    /// The organisation's page about the control.
    url: Option<String>,
}

impl<'a> GuidanceLine<'a> {
    fn new(control: &str, locale: Locale, guidance: &'a Guidance) -> Option<Self> {
        let parts = GuidancePart::ALL.map(|part| guidance.part(control, part, locale));
        let [meaning, fires, fix, impact, contact, exceptions, sources] = parts;
        let url = guidance.link(control, locale);
        let has_text = parts.iter().any(Option::is_some);
        has_text.then_some(Self { meaning, fires, fix, impact, contact, exceptions, sources, url })
    }
}
