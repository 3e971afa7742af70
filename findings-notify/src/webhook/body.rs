//! The JSON of a message.

use findings_core::coverage::Verdict;
use findings_core::notify::Notification;
use findings_core::report::{Changes, Conclusion, Problem, ProblemKind};
use findings_core::{AccountId, Error, ErrorKind, Locale, Result, SeverityCounts};
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

pub(super) fn json(notification: &Notification, subject: &str, text: &str) -> Result<String> {
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
