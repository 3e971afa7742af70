//! What is known of how well the accounts are watched, in the reader's language.

use findings_core::coverage::{RegionCoverage, Verdict};
use findings_core::report::{AccountSummary, Report};

use crate::lang::{Texts, fill};
use crate::lists;

/// Why an account is not plainly covered, Region by Region; empty if it is.
pub(crate) fn reasons(account: &AccountSummary, texts: &Texts) -> String {
    if account.coverage.is_empty() {
        return texts.coverage.not_looked_at.to_owned();
    }
    let mut reasons: Vec<String> = Vec::new();
    for region in account.coverage.iter().filter(|c| c.verdict != Verdict::Covered) {
        let mut reason = String::new();
        if let (Some(name), true) = (&region.region, account.coverage.len() > 1) {
            reason.push_str(&fill(texts.problems.region, &[("region", name)]));
        }
        reasons.push(reason + &sentence(region, texts));
    }
    reasons.join("\n")
}

fn sentence(region: &RegionCoverage, texts: &Texts) -> String {
    let reason = texts.coverage_reason(region.reason);
    match &region.accepted {
        Some(gap) => {
            let values = [("until", &*gap.until.to_string()), ("reason", &gap.reason)];
            format!("{reason} {}", fill(texts.coverage.accepted, &values))
        }
        None => reason.to_owned(),
    }
}

/// A line for each account and Region that is watched badly although the report is complete.
pub(crate) fn notices(report: &Report, texts: &Texts) -> Vec<String> {
    let mut lines = Vec::new();
    for notice in report.notices() {
        let account = match lists::account_name(report, notice.account) {
            Some(name) => format!("{} ({name})", notice.account),
            None => notice.account.to_string(),
        };
        let mut line = fill(texts.problems.account, &[("account", &account)]);
        if let Some(name) = &notice.coverage.region {
            line.push_str(&fill(texts.problems.region, &[("region", name)]));
        }
        lines.push(line + &sentence(&notice.coverage, texts));
    }
    lines
}

/// Where checks were seen, for a project that is proven to be watched; `None` if it is not.
pub(crate) fn proof(report: &Report, texts: &Texts) -> Option<String> {
    let regions = if report.regions.is_empty() { &report.sources } else { &report.regions };
    let regions = regions.join(texts.list_separator);
    (report.verdict() == Verdict::Covered).then(|| fill(texts.coverage.proven, &[("regions", &regions)]))
}
