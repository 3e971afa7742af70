//! The accounts: how far they are covered and read, and the numbers of their findings.

use findings_core::Severity;
use findings_core::coverage::Verdict;
use findings_core::rendering::{self, AccountRow, Digest};
use findings_core::report::{AccountSummary, Report};
use findings_core::wording::{ReportTexts, Wording};
use jiff::Timestamp;
use serde::Serialize;

use super::severity_class;
use crate::texts::word;

/// An account.
#[derive(Debug, Serialize)]
pub(super) struct AccountLine {
    index: usize,
    id: String,
    name: Option<String>,
    /// The verdict, its class and the reasons; `none` for an account that only findings name.
    coverage: Option<Coverage>,
    last_check: Option<Timestamp>,
    is_read: bool,
    read: &'static str,
    /// The number of findings of each severity, the worst first, with its class.
    counts: Vec<(&'static str, u64)>,
    total: u64,
    newest_update: Option<Timestamp>,
    /// Whether its numbers can be trusted.
    is_believed: bool,
}

#[derive(Debug, Serialize)]
struct Coverage {
    class: String,
    verdict: &'static str,
    is_gap: bool,
    reasons: String,
}

impl AccountLine {
    fn of(index: usize, row: &AccountRow<'_>, report: &Report) -> Self {
        let texts = &ReportTexts::of(report.locale).finding;
        Self {
            index,
            id: row.id.to_string(),
            name: row.name.as_deref().map(str::to_owned),
            coverage: row.summary.map(|summary| coverage(summary, report)),
            last_check: row.summary.and_then(AccountSummary::last_check),
            is_read: row.complete,
            read: match (row.complete, row.summary.is_none_or(AccountSummary::proves_absence)) {
                (true, true) => texts.read_completely,
                // all that there was, of an account that nobody watches
                (true, false) => "–",
                (false, _) => texts.read_incompletely,
            },
            counts: Severity::WORST_FIRST.map(|s| (severity_class(s), row.counts.get(s))).to_vec(),
            total: row.counts.total(),
            newest_update: row.newest_update,
            is_believed: row.is_believed(),
        }
    }
}

fn coverage(summary: &AccountSummary, report: &Report) -> Coverage {
    let verdict = summary.verdict();
    Coverage {
        class: word(&verdict),
        verdict: Wording::of(report.locale).verdict(verdict),
        is_gap: verdict > Verdict::NotChecked,
        reasons: rendering::coverage_reasons(summary, report.locale),
    }
}

/// The accounts, those with the worst findings first.
pub(super) fn accounts(report: &Report, digest: &Digest<'_>, most: usize) -> Vec<AccountLine> {
    let rows = digest.accounts.iter().take(most).enumerate();
    rows.map(|(index, row)| AccountLine::of(index, row, report)).collect()
}
