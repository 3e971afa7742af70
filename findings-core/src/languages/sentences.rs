//! The sentences that each language defines.

use jiff::civil::Date;

use super::outcomes::Outcomes;
use crate::coverage::{CoverageReason, Verdict};
use crate::decision::DecisionKind;
use crate::report::{Change, ClosureKind, LeadReason, Resolution, UnreadReason};
use crate::wording::ReturnColumn;
use crate::{ComplianceStatus, RecordState, Severity, WorkflowStatus};

/// The sentences of a language, one method each, so a language without one of them does not compile.
/// [`Wording`](crate::wording::Wording) documents the sentences.
pub(crate) trait Sentences: Outcomes + Sync {
    fn severity(&self, severity: Severity) -> &'static str;
    /// Returns the name of a severity as it stands inside a sentence.
    fn severity_within(&self, severity: Severity) -> String {
        self.severity(severity).to_owned()
    }
    /// Returns a severity with a number.
    fn of_severity(&self, severity: Severity, written: &str) -> String;
    /// Returns a number of findings of a severity: "3 critical".
    fn count_of_severity(&self, severity: Severity, written: &str) -> String;
    /// Returns the title of a control, if the language has one of its own.
    fn control_title(&self, _control: &str) -> Option<&'static str> {
        None
    }
    /// Returns where AWS documents a control in the language, if findings do not link to that.
    fn control_documentation(&self, _control: &str) -> Option<&'static str> {
        None
    }
    fn change(&self, change: Change) -> &'static str;
    fn lead_reason(&self, reason: LeadReason) -> String;

    /// Returns the number of new issues, of one severity or of any.
    fn new_issues(&self, severity: Option<Severity>, written: &str) -> String;
    fn overdue_issues(&self, written: &str) -> String;
    /// Returns the number of all issues that are overdue.
    fn overdue_in_all(&self, written: &str) -> String;
    fn reopened_issues(&self, written: &str) -> String;
    fn worse_issues(&self, written: &str) -> String;
    fn fixed_issues(&self, written: &str) -> String;
    fn no_change(&self) -> &'static str;
    fn thanks(&self, issues: u64, written: &str) -> String;
    /// Returns the number of places in which a fix is to be made, of which one is named.
    fn further_places(&self, places: u64, written: &str) -> String;
    fn resolution(&self, resolution: Resolution) -> &'static str;
    fn verdict(&self, verdict: Verdict) -> &'static str;
    fn coverage_reason(&self, reason: CoverageReason) -> &'static str;

    fn account_not_fetched(&self) -> &'static str;
    fn unread(&self, reason: UnreadReason) -> &'static str;
    fn unreadable_finding(&self) -> &'static str;
    fn registry_line(&self) -> &'static str;
    fn no_account(&self) -> &'static str;
    fn see_report(&self) -> &'static str;

    fn accepted(&self, until: Date, reason: &str) -> String;
    fn account(&self, account: &str) -> String;
    /// Returns an account in a Region.
    fn account_in(&self, account: &str, region: &str) -> String;

    /// Returns the separator between a place and the sentence about it.
    fn colon(&self) -> &'static str;

    fn checks_in_every_account(&self, regions: &str) -> String;
    fn some_regions_verified(&self, regions: &str) -> String;
    fn not_looked_at(&self, regions: &str, more: u64) -> String;
    fn not_verified(&self) -> &'static str;

    fn incomplete(&self) -> &'static str;
    fn incomplete_meaning(&self) -> &'static str;
    fn not_all_checked(&self) -> &'static str;
    fn not_all_watched(&self) -> &'static str;
    fn operators_know(&self) -> &'static str;
    /// Returns the name of a report about all projects.
    fn organisation(&self) -> &'static str;
    fn replaces_earlier(&self) -> &'static str;
    fn odd_values(&self, written: &str) -> String;
    fn ambiguous(&self, written: &str) -> String;
    fn stale(&self, issues: u64, written: &str, severities: &str) -> String;
    /// Returns the number of issues that are no longer listed for a reason which is no fix.
    fn closed(&self, kind: ClosureKind, written: &str) -> String;
    fn closed_without_fix(&self, numbers: &str) -> String;
    /// Returns what stands between two sentences.
    fn sentence_space(&self) -> &'static str;
    /// Returns the separator between the entries of a list.
    fn comma(&self) -> &'static str;
    fn distinct_problems(&self, issues: u64, written: &str) -> String;
    fn counted_once(&self) -> &'static str;

    /// Returns the name of a severity with the term of ASFF.
    fn severity_label(&self, severity: Severity) -> &'static str;
    fn severity_meaning(&self, severity: Severity) -> &'static str;
    fn change_meaning(&self, change: Change) -> &'static str;
    fn workflow(&self, status: WorkflowStatus) -> &'static str;
    fn workflow_meaning(&self, status: WorkflowStatus) -> &'static str;
    fn compliance(&self, status: ComplianceStatus) -> &'static str;
    fn compliance_meaning(&self, status: ComplianceStatus) -> &'static str;
    fn record_state(&self, state: RecordState) -> &'static str;
    /// Returns the headings of the parts of the organisation's guidance: meaning, fires, fix, impact, contact, exceptions,
    /// sources.
    fn guidance(&self) -> [&'static str; 7];

    fn decision(&self, kind: DecisionKind) -> &'static str;
    fn return_column(&self, column: ReturnColumn) -> &'static str;
    fn how_to_return(&self, until: &str) -> String;
    fn emptied_decides_nothing(&self, withdraw: &str) -> String;
    fn overdue(&self, issues: u64, written: &str) -> String;
    /// Returns a sentence with the number of issues that decisions take out of the report.
    fn accepted_issues(&self, issues: u64, written: &str) -> String;
    fn ending_acceptances(&self, issues: u64, written: &str, days: u16) -> String;
    fn ended_acceptances(&self, issues: u64, written: &str) -> String;
    fn sheet_cell(&self, sheet: &str, cell: &str) -> String;
    fn sheet_row(&self, sheet: &str, row: u64) -> String;
    fn line(&self, line: u64) -> String;
}
