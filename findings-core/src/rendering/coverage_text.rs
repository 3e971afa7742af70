//! The coverage of accounts, in the reader's language.

use super::named_account;
use crate::Locale;
use crate::coverage::{CoverageReason, RegionCoverage, Verdict};
use crate::report::{AccountSummary, Report};
use crate::wording::Wording;

/// Returns why an account is not covered, one line per Region; empty if all Regions are covered.
pub fn coverage_reasons(account: &AccountSummary, locale: Locale) -> String {
    let say = Wording::of(locale);
    if account.coverage.is_empty() {
        return say.coverage_reason(CoverageReason::NotLookedAt).to_owned();
    }
    let mut reasons: Vec<String> = Vec::new();
    for region in account.coverage.iter().filter(|c| c.verdict != Verdict::Covered) {
        let name = region.region.as_deref().filter(|_| account.coverage.len() > 1);
        reasons.push(say.at(&say.place(None, name), &sentence(region, say)));
    }
    reasons.join("\n")
}

fn sentence(region: &RegionCoverage, say: Wording) -> String {
    let reason = say.coverage_reason(region.reason);
    match &region.accepted {
        Some(gap) => format!("{reason} {}", say.accepted(gap.until, &gap.reason)),
        None => reason.to_owned(),
    }
}

/// Returns a line for each account and Region that is not fully covered although the report is complete.
pub fn notices(report: &Report) -> Vec<String> {
    let say = Wording::of(report.locale);
    let line = |account, coverage: &RegionCoverage| {
        let place = say.place(Some(&named_account(report, account)), coverage.region.as_deref());
        say.at(&place, &sentence(coverage, say))
    };
    report.notices().iter().map(|notice| line(notice.account, &notice.coverage)).collect()
}

/// Returns a sentence that says how far "no findings" means "no problems".
pub fn assurance(report: &Report) -> String {
    let (say, certainty) = (Wording::of(report.locale), report.certainty());
    // a source that does not tell Regions apart is covered as a whole
    let is_everywhere = report.regions.is_empty() && certainty.verdict == Verdict::Covered;
    let regions = if is_everywhere { &report.sources } else { &report.regions };
    say.assurance(&certainty, &regions.join(say.comma()))
}
