//! The JSON of a message.

use findings_core::coverage::Verdict;
use findings_core::history::Change;
use findings_core::notify::{
    DecisionNotification, DecisionSubject, DueList, Notification, UrgentFinding, UrgentNotification,
};
use findings_core::report::{Changes, Conclusion, Problem, ProblemKind};
use findings_core::{AccountId, Error, ErrorKind, Locale, Result, Severity, SeverityCounts};
use jiff::Timestamp;
use serde::Serialize;

use crate::posting::POST;

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    version: u32,
    run_id: &'a str,
    project: &'a str,
    generated_at: Timestamp,
    edition: u32,
    replaces_earlier: bool,
    complete: bool,
    conclusion: Conclusion,
    verdict: Verdict,
    problems: Vec<ListedProblem<'a>>,
    accounts: u64,
    total: u64,
    counts: SeverityCounts,
    changes: Changes,
    stale: SeverityCounts,
    contact: Option<&'a str>,
    locale: Locale,
    subject: &'a str,
    text: &'a str,
}

/// A problem without its detail, which is for operators.
#[derive(Serialize)]
struct ListedProblem<'a> {
    kind: ProblemKind,
    account: Option<AccountId>,
    region: Option<&'a str>,
}

pub(crate) fn json(notification: &Notification, subject: &str, text: &str) -> Result<String> {
    let body = Body {
        r#type: "security_hub.report",
        version: 1,
        run_id: notification.run_id.as_str(),
        project: &notification.project,
        generated_at: notification.generated_at,
        edition: notification.edition,
        replaces_earlier: notification.replaces_earlier,
        complete: notification.is_complete(),
        conclusion: notification.conclusion(),
        verdict: notification.certainty.verdict,
        problems: notification.certainty.problems.iter().map(ListedProblem::of).collect(),
        accounts: notification.accounts,
        total: notification.counts.total(),
        counts: notification.counts,
        changes: notification.changes,
        stale: notification.certainty.stale,
        contact: notification.contact.as_deref(),
        locale: notification.locale,
        subject,
        text,
    };
    serde_json::to_string(&body).map_err(|error| Error::new(ErrorKind::Other, POST).with_source(error))
}

impl<'a> ListedProblem<'a> {
    fn of(problem: &'a Problem) -> Self {
        Self { kind: problem.kind, account: problem.account, region: problem.region.as_deref() }
    }
}

#[derive(Default, Serialize)]
struct DecisionsBody<'a> {
    r#type: &'static str,
    version: u32,
    kind: &'static str,
    run_id: &'a str,
    project: &'a str,
    at: Timestamp,
    edition: u32,
    /// `None` unless it is a reply.
    taken: Option<u64>,
    not_taken: Option<u64>,
    /// `None` in a reply.
    total: Option<u64>,
    overdue: Option<u64>,
    contact: Option<&'a str>,
    locale: Locale,
    subject: &'a str,
    text: &'a str,
}

pub(crate) fn decisions_json(notification: &DecisionNotification, subject: &str, text: &str) -> Result<String> {
    let mut body = DecisionsBody {
        r#type: "security_hub.decisions",
        version: 1,
        kind: notification.subject.kind(),
        run_id: notification.run_id.as_str(),
        project: &notification.project,
        at: notification.at,
        edition: notification.edition,
        contact: notification.contact.as_deref(),
        locale: notification.locale,
        subject,
        text,
        ..DecisionsBody::default()
    };
    let due = |list: &DueList| (Some(list.total()), Some(list.overdue));
    match &notification.subject {
        DecisionSubject::Reply(reply) => {
            (body.taken, body.not_taken) = (Some(reply.taken()), Some(reply.not_taken()));
        }
        DecisionSubject::Reminder(list) | DecisionSubject::Escalation { due: list, .. } => {
            (body.total, body.overdue) = due(list);
        }
        _ => {}
    }
    serde_json::to_string(&body).map_err(|error| Error::new(ErrorKind::Other, POST).with_source(error))
}

#[derive(Serialize)]
struct UrgentBody<'a> {
    r#type: &'static str,
    version: u32,
    run_id: &'a str,
    project: &'a str,
    at: Timestamp,
    total: u64,
    findings: Vec<ListedFinding<'a>>,
    contact: Option<&'a str>,
    locale: Locale,
    subject: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct ListedFinding<'a> {
    severity: Severity,
    change: Change,
    control: &'a str,
    title: &'a str,
    account: AccountId,
    region: Option<&'a str>,
    resource: Option<&'a str>,
    since: Timestamp,
    url: Option<&'a str>,
}

impl<'a> ListedFinding<'a> {
    fn of(finding: &'a UrgentFinding) -> Self {
        Self {
            severity: finding.severity,
            change: finding.change,
            control: &finding.label,
            title: &finding.title,
            account: finding.account,
            region: finding.region.as_deref(),
            resource: finding.resource.as_deref(),
            since: finding.since,
            url: finding.url.as_deref(),
        }
    }
}

pub(crate) fn urgent_json(notification: &UrgentNotification, subject: &str, text: &str) -> Result<String> {
    let body = UrgentBody {
        r#type: "security_hub.urgent",
        version: 1,
        run_id: notification.run_id.as_str(),
        project: &notification.project,
        at: notification.at,
        total: notification.list.total(),
        findings: notification.list.findings.iter().map(ListedFinding::of).collect(),
        contact: notification.contact.as_deref(),
        locale: notification.locale,
        subject,
        text,
    };
    serde_json::to_string(&body).map_err(|error| Error::new(ErrorKind::Other, POST).with_source(error))
}
