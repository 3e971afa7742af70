//! The texts that each language must have: a missing text is a compile error.

use findings_core::wording::Wording;

/// The texts of a language. `{name}` is a placeholder for a value, see [`fill`](super::fill).
#[derive(Debug)]
pub(crate) struct Texts {
    /// Texts that mails share with the workbook.
    pub(crate) wording: Wording,
    pub(crate) font: Font,
    pub(crate) date_format: &'static str,
    pub(crate) date_time_format: &'static str,
    /// For times within texts, in the notation of strftime.
    pub(crate) date_time_pattern: &'static str,
    /// Separates the items of a list in a sentence.
    pub(crate) list_separator: &'static str,
    /// Ends a text that was cut because it is too long for a cell.
    pub(crate) cut_mark: &'static str,
    pub(crate) sheets: SheetNames,
    pub(crate) columns: Headings,
    pub(crate) decision_title: &'static str,
    pub(crate) decision_hint: &'static str,
    pub(crate) due_title: &'static str,
    pub(crate) due_hint: &'static str,
    pub(crate) severities: PerSeverity,
    pub(crate) workflows: [&'static str; 4],
    pub(crate) compliances: [&'static str; 4],
    pub(crate) record_states: [&'static str; 2],
    pub(crate) coverage: CoverageTexts,
    pub(crate) open_console: &'static str,
    pub(crate) how_to_fix: &'static str,
    pub(crate) how_to_fix_control: &'static str,
    pub(crate) vulnerable_package: &'static str,
    pub(crate) update_package: &'static str,
    pub(crate) name_unknown: &'static str,
    pub(crate) advice_differs: &'static str,
    pub(crate) fixed_in: &'static str,
    pub(crate) fix_available: &'static str,
    pub(crate) exploit_available: &'static str,
    pub(crate) sample_finding: &'static str,
    pub(crate) no_findings_row: &'static str,
    pub(crate) no_findings_incomplete_row: &'static str,
    pub(crate) no_findings_partial_row: &'static str,
    pub(crate) no_end: &'static str,
    pub(crate) nothing_resolved_row: &'static str,
    pub(crate) first_report_resolved_row: &'static str,
    pub(crate) read_completely: &'static str,
    pub(crate) read_incompletely: &'static str,
    pub(crate) page_footer: &'static str,
    pub(crate) page_incomplete: &'static str,
    pub(crate) summary: SummaryTexts,
    pub(crate) about: AboutTexts,
}

/// The typeface, and its default row height and column width in Excel, in pixels.
#[derive(Debug)]
pub(crate) struct Font {
    pub(crate) name: &'static str,
    pub(crate) charset: u8,
    pub(crate) row_pixels: u32,
    pub(crate) column_pixels: u32,
    /// Width of a digit in pixels, the unit of column widths.
    pub(crate) digit_pixels: f64,
}

/// One text for each severity, the worst first.
pub(crate) type PerSeverity = [&'static str; 5];

/// Names of the sheets: valid in Excel, and at most 25 characters, because a number can be appended.
#[derive(Debug)]
pub(crate) struct SheetNames {
    pub(crate) summary: &'static str,
    pub(crate) findings: &'static str,
    pub(crate) controls: &'static str,
    pub(crate) accounts: &'static str,
    pub(crate) resolved: &'static str,
    pub(crate) accepted: &'static str,
    pub(crate) about: &'static str,
}

/// Headings of the columns of all tables.
#[derive(Debug)]
pub(crate) struct Headings {
    pub(crate) severity: &'static str,
    pub(crate) change: &'static str,
    pub(crate) age_days: &'static str,
    pub(crate) oldest_days: &'static str,
    pub(crate) first_seen: &'static str,
    pub(crate) title: &'static str,
    pub(crate) control: &'static str,
    pub(crate) account_name: &'static str,
    pub(crate) region: &'static str,
    pub(crate) resource_type: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) further_resources: &'static str,
    pub(crate) tags: &'static str,
    pub(crate) workflow: &'static str,
    pub(crate) compliance: &'static str,
    pub(crate) standards: &'static str,
    pub(crate) product: &'static str,
    pub(crate) description: &'static str,
    pub(crate) vulnerabilities: &'static str,
    pub(crate) what_to_do: &'static str,
    pub(crate) console: &'static str,
    pub(crate) product_console: &'static str,
    /// Of the organisation's guidance: meaning, fix, impact, contact.
    pub(crate) guidance: [&'static str; 4],
    pub(crate) notes: &'static str,
    pub(crate) updated: &'static str,
    pub(crate) open_findings: &'static str,
    pub(crate) accounts_touched: &'static str,
    pub(crate) resources_touched: &'static str,
    pub(crate) read: &'static str,
    pub(crate) coverage: &'static str,
    pub(crate) last_check: &'static str,
    pub(crate) total: &'static str,
    pub(crate) newest_update: &'static str,
    pub(crate) resolved_at: &'static str,
    pub(crate) days_left: &'static str,
    pub(crate) days_overdue: &'static str,
    pub(crate) decided_by: &'static str,
    pub(crate) decided_on: &'static str,
    pub(crate) ends_on: &'static str,
    pub(crate) fix_by: &'static str,
    pub(crate) days_open: &'static str,
    pub(crate) why: &'static str,
    pub(crate) run: &'static str,
}

/// Texts about coverage that only the workbook has.
#[derive(Debug)]
pub(crate) struct CoverageTexts {
    pub(crate) notice_meaning: &'static str,
    pub(crate) more_notices: &'static str,
}

/// Texts of the summary.
#[derive(Debug)]
pub(crate) struct SummaryTexts {
    pub(crate) title: &'static str,
    pub(crate) as_of: &'static str,
    pub(crate) covered: &'static str,
    pub(crate) more_problems: &'static str,
    pub(crate) none_seen_title: &'static str,
    pub(crate) clean_title: &'static str,
    pub(crate) clean_accounts: &'static str,
    pub(crate) clean_selection: &'static str,
    pub(crate) clean_resolved: &'static str,
    pub(crate) zero_is_not_none: &'static str,
    pub(crate) last_time: &'static str,
    pub(crate) last_time_incomplete: &'static str,
    pub(crate) first_time: &'static str,
    pub(crate) unchanged: &'static str,
    pub(crate) all: &'static str,
    pub(crate) changes_heading: &'static str,
    pub(crate) changes_first: &'static str,
    pub(crate) changes: [&'static str; 4],
    pub(crate) trend_heading: &'static str,
    pub(crate) trend_heading_incomplete: &'static str,
    pub(crate) trend_first: &'static str,
    pub(crate) by_account_heading: &'static str,
    pub(crate) matrix_heading: &'static str,
    pub(crate) other_accounts: &'static str,
    pub(crate) controls_heading: &'static str,
    pub(crate) oldest_heading: &'static str,
    pub(crate) oldest_none: &'static str,
    pub(crate) this_run: &'static str,
    pub(crate) incomplete_run: &'static str,
    pub(crate) next_sheet: &'static str,
    pub(crate) contact: &'static str,
}

/// Texts of the page about the report.
#[derive(Debug)]
pub(crate) struct AboutTexts {
    pub(crate) title: &'static str,
    pub(crate) report: &'static str,
    pub(crate) project: &'static str,
    pub(crate) run: &'static str,
    pub(crate) generated_at: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) sources: &'static str,
    pub(crate) accounts: &'static str,
    pub(crate) accounts_value: &'static str,
    pub(crate) selection: &'static str,
    pub(crate) selection_value: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) version: &'static str,
    pub(crate) none: &'static str,
    pub(crate) mark: &'static str,
    /// To whom a file is returned if the report names no contact.
    pub(crate) sender: &'static str,
    pub(crate) return_heading: &'static str,
    /// Of a report that is returned.
    pub(crate) return_notes: [&'static str; 3],
    /// Of a report that is not.
    pub(crate) nobody_reads: &'static str,
    pub(crate) counts: &'static str,
    pub(crate) fetched: &'static str,
    pub(crate) duplicates: &'static str,
    pub(crate) shown: &'static str,
    pub(crate) issues: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) unreadable: &'static str,
    pub(crate) do_not_add_up: &'static str,
    pub(crate) problems: &'static str,
    pub(crate) no_problems: &'static str,
    pub(crate) severities: &'static str,
    pub(crate) severity_meanings: PerSeverity,
    pub(crate) changes: &'static str,
    pub(crate) change_meanings: [&'static str; 4],
    pub(crate) workflows: &'static str,
    pub(crate) workflow_meanings: [&'static str; 4],
    pub(crate) compliances: &'static str,
    pub(crate) compliance_meanings: [&'static str; 4],
    pub(crate) use_heading: &'static str,
    pub(crate) use_notes: [&'static str; 6],
}
