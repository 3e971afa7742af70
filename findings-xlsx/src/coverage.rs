//! The coverage of the accounts, in the reader's language.

use findings_core::coverage::{CoverageReason, RegionCoverage, Verdict};
use findings_core::report::{AccountSummary, Report};

use crate::lang::Texts;
use crate::lists;

/// Returns why an account is not covered, one line per Region; empty if all Regions are covered.
pub(crate) fn reasons(account: &AccountSummary, texts: &Texts) -> String {
    if account.coverage.is_empty() {
        return texts.wording.coverage_reason(CoverageReason::NotLookedAt).to_owned();
    }
    let mut reasons: Vec<String> = Vec::new();
    for region in account.coverage.iter().filter(|c| c.verdict != Verdict::Covered) {
        let name = region.region.as_deref().filter(|_| account.coverage.len() > 1);
        reasons.push(texts.wording.at(&texts.wording.place(None, name), &sentence(region, texts)));
    }
    reasons.join("\n")
}

fn sentence(region: &RegionCoverage, texts: &Texts) -> String {
    let reason = texts.wording.coverage_reason(region.reason);
    match &region.accepted {
        Some(gap) => format!("{reason} {}", texts.wording.accepted(gap.until, &gap.reason)),
        None => reason.to_owned(),
    }
}

/// Returns a line for each account and Region that is not fully covered although the report is complete.
pub(crate) fn notices(report: &Report, texts: &Texts) -> Vec<String> {
    let mut lines = Vec::new();
    for notice in report.notices() {
        let account = lists::named_account(report, notice.account);
        let place = texts.wording.place(Some(&account), notice.coverage.region.as_deref());
        lines.push(texts.wording.at(&place, &sentence(&notice.coverage, texts)));
    }
    lines
}

/// Returns a sentence that says how far "no findings" means "no problems".
pub(crate) fn assurance(report: &Report, texts: &Texts) -> String {
    let certainty = report.certainty();
    // a source that does not tell Regions apart is covered as a whole
    let is_everywhere = report.regions.is_empty() && certainty.verdict == Verdict::Covered;
    let regions = if is_everywhere { &report.sources } else { &report.regions };
    texts.wording.assurance(&certainty, &regions.join(texts.list_separator))
}
