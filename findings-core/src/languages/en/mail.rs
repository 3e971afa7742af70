//! English.

use crate::languages::mail::MailTexts;

pub(super) const TEXTS: MailTexts = MailTexts {
    undelivered: "not delivered to all",
    project_ok: "ok",
    project_incomplete: "incomplete",
    project_failed: "failed",
    project_skipped: "skipped",
    registry_line: "registry line",
    part_unchanged: "nothing new in your part",
    seen_again_unchanged: "everything could be checked again, no change",
    unchanged_from: "no change from {severity} on",
    unchanged_as_far_as_checked: "no change in what could be checked",
    in_all: "in all",
    now_worse: "{n} now {severity}",
    one_finding: "1 finding",
    findings: "{n} findings",
    all_pass: ", all of checks that pass",
    none_critical: ", none critical",
    none_severe: ", none critical or high",
    count: "{n}",
    compared: "{n} (last time {before})",
    changes: ["New issues", "Reopened", "Worse", "Fixed"],
    company_network: "the company network",
    open_report: "Open the report",
    since: "since {day}",
    open_since: "open since {day}",
    open_workbook: "Excel workbook",
    other_report: "Report",
    until: "until {when}",
    test_mail: "Test mail",
};
