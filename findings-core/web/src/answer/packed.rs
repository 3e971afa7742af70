//! The issues for the script: JSON in which every text stands once.
//!
//! An issue is an array; `fields` names the places in it. Texts are indexes into `strings`, where 0 is the empty text.
//! `decision` is an index into `choices`, plus one; 0 is none. `also` is the number of further findings about the issue.

use std::borrow::Cow;
use std::collections::HashMap;

use findings_core::decision::{Decision, DecisionKind, DecisionPolicy};
use findings_core::history::IssueId;
use findings_core::report::{AcceptedIssue, Report, ReportFinding};
use findings_core::wording::Wording;
use findings_core::{AccountId, Result, Severity, rendering};
use jiff::Timestamp;
use serde::Serialize;

use crate::format::plain;
use crate::packed::Strings;

/// The places of an issue's array.
const FIELDS: [&str; 14] = [
    "key",
    "severity",
    "title",
    "control",
    "account",
    "account_name",
    "region",
    "resource",
    "also",
    "accepted",
    "decision",
    "owner",
    "due",
    "comment",
];

/// The data of the page.
#[derive(Debug, Serialize)]
pub(super) struct Packed<'a> {
    token: Option<&'a str>,
    until: Option<Timestamp>,
    /// The name of the zone in which days end; `none` if it has none.
    time_zone: Option<&'a str>,
    contact: Option<Cow<'a, str>>,
    max_bytes: u64,
    /// Names in files, and names for people.
    choices: [(&'static str, &'static str); DecisionKind::CHOICES.len()],
    /// For how many days a risk may be accepted, by severity from the worst.
    longest: [u16; 5],
    refuses_false_positives: bool,
    fields: [&'static str; FIELDS.len()],
    issues: Vec<[u64; FIELDS.len()]>,
    strings: Vec<String>,
}

impl<'a> Packed<'a> {
    pub(super) fn of(report: &'a Report, policy: &DecisionPolicy, max_bytes: u64) -> Result<Self> {
        let say = Wording::of(report.locale);
        let mut strings = Strings::new();
        let mut issues = open(report, &mut strings)?;
        issues.extend(report.accepted.iter().map(|issue| accepted(issue, report, &mut strings)));
        Ok(Self {
            token: report.returning.as_ref().and_then(|returning| returning.token.as_deref()),
            until: report.returning.as_ref().map(|returning| returning.until),
            time_zone: report.time_zone.iana_name(),
            contact: report.contact.as_deref().map(plain),
            max_bytes,
            choices: DecisionKind::CHOICES.map(|kind| (kind.as_str(), say.decision(kind))),
            longest: Severity::WORST_FIRST.map(|severity| policy.longest_acceptance(severity)),
            refuses_false_positives: policy.refuse_false_positives,
            fields: FIELDS,
            issues,
            strings: strings.finish(),
        })
    }

    /// The number of issues.
    pub(super) fn len(&self) -> u64 {
        self.issues.len() as u64
    }
}

/// The open issues, each once: a decision about one of its findings is one about all. A finding without an issue cannot be
/// decided about.
fn open(report: &Report, strings: &mut Strings) -> Result<Vec<[u64; FIELDS.len()]>> {
    let mut issues: Vec<[u64; FIELDS.len()]> = Vec::new();
    let mut known: HashMap<&IssueId, usize> = HashMap::new();
    for (index, facts) in report.findings.facts().enumerate() {
        let Some(issue) = facts.issue else { continue };
        if let Some(at) = known.get(issue) {
            issues[*at][ALSO] += 1;
            continue;
        }
        let row = report.findings.get(index)?;
        if let Some(key) = row.row_key() {
            known.insert(issue, issues.len());
            issues.push(finding(&row, &key.to_string(), report, strings));
        }
    }
    Ok(issues)
}

/// The place of `also` in an array.
const ALSO: usize = 8;

fn finding(row: &ReportFinding, key: &str, report: &Report, strings: &mut Strings) -> [u64; FIELDS.len()] {
    let finding = &*row.finding;
    let own_name = finding.account_name.as_deref();
    let name = own_name.or_else(|| rendering::account_name(report, finding.account).map(|name| &**name));
    let resource = rendering::first_resource(finding, report.locale);
    let facts = Facts {
        key,
        severity: finding.severity,
        title: rendering::issue_title(&finding.title, finding.control_id.as_deref(), report.locale),
        control: finding.control_id.as_deref(),
        account: finding.account,
        account_name: name,
        region: finding.region.as_deref(),
        resource: &resource,
        owner: row.responsible().map(|owner| &**owner),
    };
    // a decision that is no longer in force has no name in the list of choices
    facts.packed(row.decision_in_force(), false, strings)
}

fn accepted(accepted: &AcceptedIssue, report: &Report, strings: &mut Strings) -> [u64; FIELDS.len()] {
    let issue = &accepted.issue;
    let key = accepted.row_key().to_string();
    let resource = issue.resource.as_deref().map(|id| rendering::short_resource(id, report.locale));
    let facts = Facts {
        key: &key,
        severity: issue.severity,
        title: rendering::issue_title(&issue.title, issue.control_id.as_deref(), report.locale),
        control: issue.control_id.as_deref(),
        account: issue.account,
        account_name: rendering::account_name(report, issue.account).map(|name| &**name),
        region: None,
        resource: resource.as_deref().unwrap_or_default(),
        owner: accepted.decision.entry.owner.as_deref(),
    };
    facts.packed(Some(&accepted.decision), true, strings)
}

/// What a reader has to know of an issue.
struct Facts<'a> {
    key: &'a str,
    severity: Severity,
    title: &'a str,
    control: Option<&'a str>,
    account: AccountId,
    account_name: Option<&'a str>,
    region: Option<&'a str>,
    resource: &'a str,
    /// The owner whom the decision names, or a rule.
    owner: Option<&'a str>,
}

impl Facts<'_> {
    fn packed(&self, decision: Option<&Decision>, is_accepted: bool, strings: &mut Strings) -> [u64; FIELDS.len()] {
        let entry = decision.map(|decision| &decision.entry);
        let choice = entry.and_then(|entry| DecisionKind::CHOICES.iter().position(|kind| *kind == entry.kind));
        let severity = Severity::WORST_FIRST.iter().position(|severity| *severity == self.severity);
        let due = entry.and_then(|entry| entry.due).map(|due| due.to_string());
        let mut text = |text: Option<&str>| strings.index(text.unwrap_or_default());
        [
            text(Some(self.key)),
            severity.unwrap_or_default() as u64,
            text(Some(self.title)),
            text(self.control),
            text(Some(&self.account.to_string())),
            text(self.account_name),
            text(self.region),
            text(Some(self.resource)),
            0,
            u64::from(is_accepted),
            choice.map_or(0, |at| at as u64 + 1),
            text(self.owner),
            text(due.as_deref()),
            text(entry.and_then(|entry| entry.comment.as_deref())),
        ]
    }
}
