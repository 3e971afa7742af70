//! What the enumerations of OCSF are in ASFF: severity, status, result of a check.

use super::draft::Draft;
use super::loose::{Leaf, Part};
use super::raw::{RawCompliance, RawFinding};
use crate::{ComplianceStatus, RecordState, Severity, WorkflowStatus};

/// `severity_id`, and the words of `severity`. Fatal has no counterpart and is as bad as it can be.
const SEVERITIES: &[(i64, &str, Severity)] = &[
    (0, "unknown", Severity::Informational),
    (1, "informational", Severity::Informational),
    (2, "low", Severity::Low),
    (3, "medium", Severity::Medium),
    (4, "high", Severity::High),
    (5, "critical", Severity::Critical),
    (6, "fatal", Severity::Critical),
    (99, "other", Severity::Informational),
];

/// `status_id`, and the words of `status`, with the last two as Security Lake and early producers write them.
///
/// An unknown status is NEW, so that nothing is hidden by it.
const STATUSES: &[(i64, &str, (WorkflowStatus, RecordState))] = &[
    (0, "unknown", (WorkflowStatus::New, RecordState::Active)),
    (1, "new", (WorkflowStatus::New, RecordState::Active)),
    (2, "in progress", (WorkflowStatus::Notified, RecordState::Active)),
    (3, "suppressed", (WorkflowStatus::Suppressed, RecordState::Active)),
    (4, "resolved", (WorkflowStatus::Resolved, RecordState::Active)),
    (5, "archived", (WorkflowStatus::New, RecordState::Archived)),
    (6, "deleted", (WorkflowStatus::New, RecordState::Archived)),
    (99, "other", (WorkflowStatus::New, RecordState::Active)),
    (2, "notified", (WorkflowStatus::Notified, RecordState::Active)),
    (2, "in_progress", (WorkflowStatus::Notified, RecordState::Active)),
];

/// `compliance.status_id` and the words of `compliance.status`, with the words of ASFF, which Security Lake keeps, and
/// those of Prowler's `status_code`.
const RESULTS: &[(i64, &str, ComplianceStatus)] = &[
    (0, "unknown", ComplianceStatus::NotAvailable),
    (1, "pass", ComplianceStatus::Passed),
    (2, "warning", ComplianceStatus::Warning),
    (3, "fail", ComplianceStatus::Failed),
    (99, "other", ComplianceStatus::NotAvailable),
    (1, "passed", ComplianceStatus::Passed),
    (3, "failed", ComplianceStatus::Failed),
    (99, "not_available", ComplianceStatus::NotAvailable),
    (99, "manual", ComplianceStatus::NotAvailable),
];

/// `activity_id` of a finding that its product closed.
const CLOSE: i64 = 3;

/// The severity that the product gave. One that is unknown or not as OCSF defines it explains nothing.
fn given_severity(raw: &RawFinding<'_>) -> Option<Severity> {
    let Part::Object(vendor) = &raw.vendor_attributes else { return None };
    let known = SEVERITIES.iter().filter(|(number, ..)| !matches!(number, 0 | 99));
    known
        .filter(|(number, word, _)| match (&vendor.severity, &vendor.severity_id) {
            (Leaf::Text(text), _) => text.eq_ignore_ascii_case(word),
            (_, Leaf::Number(id)) => id.as_i64() == Some(*number),
            _ => false,
        })
        .map(|(.., severity)| *severity)
        .next()
}

impl Draft<'_> {
    /// Reads an enumeration from its word or, if that is missing or not known, from its number. Records both if none is
    /// known.
    fn enumerated<T: Copy>(
        &mut self,
        known: &[(i64, &str, T)],
        (word_field, word): (&str, &Leaf<'_>),
        (id_field, id): (&str, &Leaf<'_>),
    ) -> Option<T> {
        let text = self.text(word_field, word);
        let text = text.as_deref().map(str::trim);
        let of_word = |text: &str| known.iter().find(|(_, word, _)| word.eq_ignore_ascii_case(text));
        // "other" and "unknown" say less than a number
        if let Some((number, _, value)) = text.and_then(of_word)
            && !matches!(number, 0 | 99)
        {
            return Some(*value);
        }
        let number = self.number(id_field, id);
        if let Some((_, _, value)) = number.and_then(|n| known.iter().find(|(id, ..)| *id == n)) {
            return Some(*value);
        }
        if let Some(number) = number {
            self.odd(id_field, &number.to_string());
        }
        let text = text?;
        let value = of_word(text).map(|(_, _, value)| *value);
        if value.is_none() {
            self.odd(word_field, text);
        }
        value
    }

    /// Sets severity, workflow status and record state.
    pub(super) fn set_statuses(&mut self, raw: &RawFinding<'_>) {
        let severity =
            self.enumerated(SEVERITIES, ("severity", &raw.severity), ("severity_id", &raw.severity_id)).or_else(|| {
                let vendor = self.part("vendor_attributes", &raw.vendor_attributes)?;
                let word = ("vendor_attributes.severity", &vendor.severity);
                self.enumerated(SEVERITIES, word, ("vendor_attributes.severity_id", &vendor.severity_id))
            });
        self.finding.severity = severity.unwrap_or(Severity::Informational);
        self.finding.provider_severity = given_severity(raw);
        let (workflow, record_state) = self
            .enumerated(STATUSES, ("status", &raw.status), ("status_id", &raw.status_id))
            .or_else(|| self.enumerated(STATUSES, ("state", &raw.state), ("state_id", &raw.state_id)))
            .unwrap_or_default();
        let is_closed = self.number("activity_id", &raw.activity_id) == Some(CLOSE);
        let is_archived = self.unmapped(raw, "RecordState").is_some_and(|state| state.eq_ignore_ascii_case("ARCHIVED"));
        self.finding.workflow = workflow;
        self.finding.record_state = if is_closed || is_archived { RecordState::Archived } else { record_state };
    }

    /// Reads the result of a check.
    pub(super) fn result(&mut self, compliance: &RawCompliance<'_>) -> Option<ComplianceStatus> {
        let status = ("compliance.status", &compliance.status);
        if compliance.status.is_missing() && compliance.status_id.is_missing() {
            // as Security Hub says it of a check without a result
            return (!compliance.control.is_missing()).then_some(ComplianceStatus::NotAvailable);
        }
        self.enumerated(RESULTS, status, ("compliance.status_id", &compliance.status_id))
    }

    /// Reads the result of a check of Prowler, which is not in `compliance`.
    pub(super) fn code(&mut self, code: &Leaf<'_>) -> Option<ComplianceStatus> {
        self.enumerated(RESULTS, ("status_code", code), ("status_code", &Leaf::Missing))
    }
}
