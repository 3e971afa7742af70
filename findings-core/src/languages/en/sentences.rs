//! English.

use jiff::civil::Date;

use crate::coverage::{CoverageReason, Verdict};
use crate::decision::DecisionKind;
use crate::languages::sentences::Sentences;
use crate::report::{Change, ClosureKind, LeadReason, Resolution, UnreadReason};
use crate::wording::ReturnColumn;
use crate::{ComplianceStatus, RecordState, Severity, WorkflowStatus};

pub(super) struct English;

impl Sentences for English {
    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Informational => "Informational",
        }
    }

    fn severity_within(&self, severity: Severity) -> String {
        self.severity(severity).to_lowercase()
    }

    fn of_severity(&self, severity: Severity, written: &str) -> String {
        format!("{} {written}", self.severity(severity))
    }

    fn count_of_severity(&self, severity: Severity, written: &str) -> String {
        format!("{written} {}", self.severity(severity).to_lowercase())
    }

    fn change(&self, change: Change) -> &'static str {
        match change {
            Change::New => "New",
            Change::Reopened => "Reopened",
            Change::Open => "Still open",
            Change::Worse => "Worse",
        }
    }

    fn lead_reason(&self, reason: LeadReason) -> String {
        match reason {
            LeadReason::Overdue(1) => "1 day overdue".to_owned(),
            LeadReason::Overdue(days) => format!("{days} days overdue"),
            LeadReason::Worse => "more severe than before".to_owned(),
            LeadReason::Reopened => "reopened".to_owned(),
            LeadReason::New => "new".to_owned(),
            LeadReason::Open(0) => "open since today".to_owned(),
            LeadReason::Open(1) => "open for 1 day".to_owned(),
            LeadReason::Open(days) => format!("open for {days} days"),
        }
    }

    fn new_issues(&self, severity: Option<Severity>, written: &str) -> String {
        match severity {
            Some(severity) => format!("{written} new {}", self.severity(severity).to_lowercase()),
            None => format!("{written} new"),
        }
    }

    fn overdue_issues(&self, written: &str) -> String {
        format!("{written} newly overdue")
    }

    fn overdue_in_all(&self, written: &str) -> String {
        format!("{written} overdue")
    }

    fn reopened_issues(&self, written: &str) -> String {
        format!("{written} reopened")
    }

    fn worse_issues(&self, written: &str) -> String {
        format!("{written} worse")
    }

    fn fixed_issues(&self, written: &str) -> String {
        format!("{written} fixed")
    }

    fn no_change(&self) -> &'static str {
        "no change"
    }

    fn thanks(&self, issues: u64, written: &str) -> String {
        let was = if issues == 1 { "issue was" } else { "issues were" };
        format!("{written} {was} fixed since the last report. Thank you!")
    }

    fn account_in(&self, account: &str, region: &str) -> String {
        format!("{account}, {region}")
    }

    fn further_places(&self, places: u64, written: &str) -> String {
        format!("and {written} more {}", if places == 1 { "place" } else { "places" })
    }

    fn resolution(&self, resolution: Resolution) -> &'static str {
        match resolution {
            Resolution::Gone => "No longer found; why is not known",
            Resolution::Passed => "Fixed: the check passes",
            Resolution::Archived => "No longer seen by the product: the resource is gone, or the check is off",
            Resolution::Suppressed => "Suppressed: somebody decided that no action is needed",
            Resolution::MarkedResolved => "Set to RESOLVED by somebody; no check has confirmed it yet",
            Resolution::AccountLeft => "The account left the project",
            Resolution::ProjectLeft => "The project left the project registry",
            Resolution::Merged => "It is now reported as part of another problem",
            Resolution::Renamed => "The project goes on under another name",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Covered => "Covered",
            Verdict::NotChecked => "Not verified",
            Verdict::Degraded => "Partly checked",
            Verdict::Unknown => "UNKNOWN",
            Verdict::NotCovered => "NOT COVERED",
        }
    }

    fn coverage_reason(&self, reason: CoverageReason) -> &'static str {
        match reason {
            CoverageReason::ChecksSeen => "Checks were made in the last 48 hours.",
            CoverageReason::NotLookedAt => "Whether Security Hub and its checks are switched on was not verified.",
            CoverageReason::ChecksImpaired => {
                "Some checks cannot be made, because AWS Config does not record what they need."
            }
            CoverageReason::NoRecentCheck => {
                "No check was made in the last 48 hours, so nobody knows what is wrong there."
            }
            CoverageReason::MembersNotListed => {
                "No check was seen in the last 48 hours, and the members could not be listed."
            }
            CoverageReason::ServiceOff => {
                "A service whose findings Security Hub shows, such as GuardDuty or Inspector, is switched off in the account."
            }
            CoverageReason::ChecksNotRead => "Whether checks are made could not be read.",
            CoverageReason::NotMember => {
                "The account is not connected to the organisation's Security Hub, so nothing of it is seen."
            }
            CoverageReason::NeverEnabled => {
                "Security Hub was never switched on in the account, so nothing is checked there."
            }
            CoverageReason::NotAccepted => {
                "The account has not accepted the invitation to the organisation's Security Hub, so nothing of it is seen. Its administrators can accept it: in Security Hub of the account under Settings, Accounts."
            }
            CoverageReason::Left => {
                "The account has left the organisation's Security Hub, so nothing of it is seen any more."
            }
            CoverageReason::Suspended => "The account is suspended or closed.",
            CoverageReason::HubOff => {
                "Security Hub is switched off in the administrator account, so nothing is seen there."
            }
            CoverageReason::RegionNotLookedAt => {
                "Earlier reports had findings of this Region. It is no longer looked at, so whether they are fixed is not known."
            }
            CoverageReason::NoRecords => {
                "The file with the findings has no record of it, so nothing is known about it."
            }
        }
    }

    fn account_not_fetched(&self) -> &'static str {
        "All or some of the findings could not be read."
    }

    fn unread(&self, reason: UnreadReason) -> &'static str {
        match reason {
            UnreadReason::NotAllowed => "Security Hub refused the request (missing permission).",
            UnreadReason::NotSignedIn => "Security Hub refused the request (missing or expired credentials).",
            UnreadReason::HubOff => "Security Hub is switched off.",
            UnreadReason::Throttled => "Security Hub limited the number of requests.",
            UnreadReason::NoAnswer => "Security Hub did not answer.",
            UnreadReason::BadAnswer => "The answer could not be read to its end.",
            UnreadReason::Empty => "Nothing at all was returned about any account.",
            UnreadReason::Other => "The security team has the details.",
        }
    }

    fn unreadable_finding(&self) -> &'static str {
        "A finding could not be read and is missing from this report."
    }

    fn registry_line(&self) -> &'static str {
        "A line of the project registry could not be read; accounts of this project may be missing."
    }

    fn no_account(&self) -> &'static str {
        "No account is registered for this project, so nothing was checked."
    }

    fn see_report(&self) -> &'static str {
        "The first page of the report says what is missing."
    }

    fn accepted(&self, until: Date, reason: &str) -> String {
        format!("Known and accepted until {until}: {reason}")
    }

    fn account(&self, account: &str) -> String {
        format!("Account {account}")
    }

    fn colon(&self) -> &'static str {
        ": "
    }

    fn checks_in_every_account(&self, regions: &str) -> String {
        let sentence = "Security Hub made checks in every account in the last 48 hours";
        if regions.is_empty() { format!("{sentence}.") } else { format!("{sentence} ({regions}).") }
    }

    fn some_regions_verified(&self, regions: &str) -> String {
        let sentence = "Whether Security Hub and its checks are switched on was not verified for every Region";
        if regions.is_empty() { format!("{sentence}.") } else { format!("{sentence}, only for {regions}.") }
    }

    fn not_looked_at(&self, regions: &str, more: u64) -> String {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("Not looked at: {regions}{more}.")
    }

    fn not_verified(&self) -> &'static str {
        "Whether Security Hub and its checks are switched on in each account was not verified."
    }

    fn incomplete(&self) -> &'static str {
        "This report is incomplete"
    }

    fn incomplete_meaning(&self) -> &'static str {
        "Part of this project could not be checked. There may be more findings than shown here, so please do not take this report as an all-clear."
    }

    fn not_all_checked(&self) -> &'static str {
        "Not everything could be checked"
    }

    fn not_all_watched(&self) -> &'static str {
        "Not everything here is watched"
    }

    fn operators_know(&self) -> &'static str {
        "This is for the team that runs AWS Security Hub. The record of the run says what to do."
    }

    fn organisation(&self) -> &'static str {
        "Whole organisation"
    }

    fn replaces_earlier(&self) -> &'static str {
        "This report replaces the one that we sent you earlier for the same date."
    }

    fn odd_values(&self, written: &str) -> String {
        format!(
            "{written} values of findings are not as AWS defines them. They are shown as far as they could be understood."
        )
    }

    fn ambiguous(&self, written: &str) -> String {
        format!("{written} findings have the same ID as another one and differ from it. All of them are listed.")
    }

    fn stale(&self, issues: u64, written: &str, severities: &str) -> String {
        let (were, they) = if issues == 1 { ("issue that was", "It stays") } else { ("issues that were", "They stay") };
        format!(
            "{written} {were} open could not be checked this time ({severities}). {they} open and do not count as fixed."
        )
    }

    fn closed(&self, kind: ClosureKind, written: &str) -> String {
        match kind {
            ClosureKind::Fixed => format!("{written} fixed"),
            ClosureKind::Suppressed => format!("{written} suppressed by somebody"),
            ClosureKind::Archived => format!("{written} archived (the resource is gone, or the check is off)"),
            ClosureKind::Left => format!("{written} in accounts that left the project"),
            ClosureKind::Moved => format!("{written} moved"),
        }
    }

    fn closed_without_fix(&self, numbers: &str) -> String {
        format!("No longer listed, but not fixed: {numbers}.")
    }

    fn comma(&self) -> &'static str {
        ", "
    }

    fn distinct_problems(&self, issues: u64, written: &str) -> String {
        let problems = if issues == 1 { "problem" } else { "problems" };
        format!("{written} distinct {problems} (findings about the same problem count once).")
    }

    fn counted_once(&self) -> &'static str {
        "Distinct issues are counted: findings about the same problem count once."
    }

    fn severity_label(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "CRITICAL",
            Severity::High => "HIGH",
            Severity::Medium => "MEDIUM",
            Severity::Low => "LOW",
            Severity::Informational => "INFORMATIONAL",
        }
    }

    fn severity_meaning(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "Act now: it must not escalate.",
            Severity::High => "Act with priority.",
            Severity::Medium => "Act, but not at once.",
            Severity::Low => "Act when convenient.",
            Severity::Informational => "No action needed, or a check that could not say.",
        }
    }

    fn change_meaning(&self, change: Change) -> &'static str {
        match change {
            Change::New => "Never seen before.",
            Change::Reopened => "Was closed and is back.",
            Change::Open => "Was in the last report too.",
            Change::Worse => "Was in the last report too, and its severity has risen.",
        }
    }

    fn workflow(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => "NEW",
            WorkflowStatus::Notified => "NOTIFIED",
            WorkflowStatus::Suppressed => "SUPPRESSED",
            WorkflowStatus::Resolved => "RESOLVED",
        }
    }

    fn workflow_meaning(&self, status: WorkflowStatus) -> &'static str {
        match status {
            WorkflowStatus::New => "Nobody has looked at it yet.",
            WorkflowStatus::Notified => "The owner of the resource was notified.",
            WorkflowStatus::Suppressed => "Reviewed, and no action is needed. Not part of this report.",
            WorkflowStatus::Resolved => "Fixed. Not part of this report.",
        }
    }

    fn compliance(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => "FAILED",
            ComplianceStatus::Warning => "WARNING",
            ComplianceStatus::NotAvailable => "NOT_AVAILABLE",
            ComplianceStatus::Passed => "PASSED",
        }
    }

    fn compliance_meaning(&self, status: ComplianceStatus) -> &'static str {
        match status {
            ComplianceStatus::Failed => "The check failed.",
            ComplianceStatus::Warning => "The check could not be made completely.",
            ComplianceStatus::NotAvailable => "The check could not be made.",
            ComplianceStatus::Passed => "The check passed.",
        }
    }

    fn record_state(&self, state: RecordState) -> &'static str {
        match state {
            RecordState::Active => "ACTIVE",
            RecordState::Archived => "ARCHIVED",
        }
    }

    fn guidance(&self) -> [&'static str; 7] {
        [
            "What it means",
            "When it fires",
            "How to fix it here",
            "Impact of the fix",
            "Whom to ask",
            "Exceptions",
            "Sources",
        ]
    }

    fn sentence_space(&self) -> &'static str {
        " "
    }

    fn decision(&self, kind: DecisionKind) -> &'static str {
        match kind {
            DecisionKind::ToFix => "To fix",
            DecisionKind::Fixed => "Fixed",
            DecisionKind::AcceptRisk => "Accept risk",
            DecisionKind::FalsePositive => "False positive",
            DecisionKind::NotOurs => "Not ours",
            DecisionKind::Withdrawn => "Withdraw",
            DecisionKind::AcceptanceEnded => "Acceptance ended",
        }
    }

    fn return_column(&self, column: ReturnColumn) -> &'static str {
        match column {
            ReturnColumn::Decision => "Decision",
            ReturnColumn::Owner => "Owner",
            ReturnColumn::Due => "Due date",
            ReturnColumn::Comment => "Comment",
            ReturnColumn::Key => "Key",
            ReturnColumn::FindingId => "Finding ID",
            ReturnColumn::Account => "Account",
        }
    }

    fn how_to_return(&self, until: &str) -> String {
        format!("Enter your decisions into the yellow columns, save the file, and return it by {until}.")
    }

    fn emptied_decides_nothing(&self, withdraw: &str) -> String {
        format!("An emptied cell changes nothing: to take a decision back, choose \"{withdraw}\".")
    }

    fn overdue(&self, issues: u64, written: &str) -> String {
        format!("{written} {} overdue.", if issues == 1 { "issue is" } else { "issues are" })
    }

    fn accepted_issues(&self, issues: u64, written: &str) -> String {
        let issues = if issues == 1 { "issue is" } else { "issues are" };
        format!("{written} {issues} left out because you accepted the risk or found a false positive.")
    }

    fn ending_acceptances(&self, issues: u64, written: &str, days: u16) -> String {
        let ends = if issues == 1 { "acceptance ends" } else { "acceptances end" };
        format!("{written} {ends} within {days} days.")
    }

    fn ended_acceptances(&self, issues: u64, written: &str) -> String {
        let issues = if issues == 1 { "issue is" } else { "issues are" };
        format!("{written} {issues} listed again, because the time for which you accepted the risk is over.")
    }

    fn sheet_cell(&self, sheet: &str, cell: &str) -> String {
        format!("sheet {sheet}, cell {cell}")
    }

    fn sheet_row(&self, sheet: &str, row: u64) -> String {
        format!("sheet {sheet}, row {row}")
    }

    fn line(&self, line: u64) -> String {
        format!("line {line}")
    }
}
