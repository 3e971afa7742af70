//! How far a report can be trusted, and what follows from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CoverageNotice, Problem, Report};
use crate::coverage::Verdict;
use crate::named::named_values;
use crate::{AccountId, SeverityCounts, Text, rendering};

/// How far a report can be trusted: whether it is complete, and what it could not see.
///
/// Workbook, mail, chat, digest, summary, manifest and the history take their statements from this one value, so that
/// all of them say the same. The rules are in `docs/truth.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Certainty {
    /// The worst coverage verdict of the accounts. It says whether "no findings" can be trusted.
    pub verdict: Verdict,
    /// Number of issues that were open and of which the run could not tell whether they still are, by the severity when
    /// last seen.
    #[serde(default)]
    pub stale: SeverityCounts,
    /// Number of values in findings that are not as ASFF defines them. They are shown as far as they could be understood.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub odd_values: u64,
    /// Number of findings that have the same ID as another one and differ from it in title, severity or resources.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ambiguous: u64,
    /// The Regions whose coverage was checked. Empty if the run made no coverage check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// Whether the report can have findings of other Regions, whose coverage was not checked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_regions: bool,
    /// Linked Regions whose coverage could not be checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen_regions: Vec<String>,
    /// The problems that make the report incomplete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Accounts with known coverage gaps, although the report is complete. Not stored: they follow from the coverage of
    /// the accounts.
    #[serde(skip)]
    pub notices: Vec<CoverageNotice>,
    /// The names of the accounts that problems and notices are about, as far as they are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<AccountId, Text>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a report says about its project as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conclusion {
    /// There are open findings.
    Findings,
    /// There are none, and Security Hub made checks in every account and Region.
    Clean,
    /// None were seen, and whether Security Hub made checks everywhere was not verified.
    Unverified,
    /// None were seen, but it is known that not everything was: a gap is accepted, some checks cannot be made, or issues
    /// are stale.
    NotAllSeen,
    /// How many there are is not known, because the report is incomplete.
    Unknown,
}

named_values!(
    /// The name in JSON Lines and templates.
    Conclusion, "a conclusion", [
    Findings => "findings",
    Clean => "clean",
    Unverified => "unverified",
    NotAllSeen => "not_all_seen",
    Unknown => "unknown",
]);

impl Certainty {
    /// The certainty of a report.
    pub(super) fn of(report: &Report) -> Self {
        let (problems, notices) = (report.all_problems(), report.notices());
        let accounts = problems.iter().filter_map(|problem| problem.account);
        let accounts = accounts.chain(notices.iter().map(|notice| notice.account));
        let name = |id| Some((id, rendering::account_name(report, id)?.clone()));
        Self {
            names: accounts.filter_map(name).collect(),
            verdict: report.verdict(),
            stale: report.stale,
            odd_values: report.findings.facts().map(|row| row.odd_values).sum(),
            ambiguous: report.ambiguous,
            regions: report.regions.clone(),
            other_regions: report.other_regions,
            unseen_regions: report.unseen_regions.clone(),
            problems,
            notices,
        }
    }

    /// Returns the ID of an account, followed by its name if it is known.
    ///
    /// ```
    /// use findings_core::report::{AccountSummary, Report};
    /// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    /// let mut account = AccountSummary::new("123456789012".parse()?, false);
    /// account.name = Some("prod".into());
    /// report.accounts.push(account);
    /// assert_eq!(report.certainty().named_account(report.accounts[0].id), "123456789012 (prod)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn named_account(&self, account: AccountId) -> String {
        account.with_name(self.names.get(&account).map(|name| &**name))
    }

    /// Whether all requested findings are there, and every account is covered or its gaps are accepted: there is no
    /// problem. This is the one meaning of "complete".
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// What a report with this number of findings says as a whole.
    ///
    /// ```
    /// use findings_core::report::{AccountSummary, Conclusion, Report};
    /// let mut report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    /// assert_eq!(report.certainty().conclusion(0), Conclusion::Unknown, "it has no account");
    /// report.accounts.push(AccountSummary::new("123456789012".parse()?, true));
    /// assert_eq!(report.certainty().conclusion(0), Conclusion::Unverified, "nobody checked the coverage");
    /// report.stale.critical = 1;
    /// assert_eq!(report.certainty().conclusion(0), Conclusion::NotAllSeen);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn conclusion(&self, findings: u64) -> Conclusion {
        match self {
            _ if findings > 0 => Conclusion::Findings,
            _ if !self.is_complete() => Conclusion::Unknown,
            _ if self.is_partial() => Conclusion::NotAllSeen,
            Self { verdict: Verdict::Covered, .. } => Conclusion::Clean,
            _ => Conclusion::Unverified,
        }
    }

    /// Whether it is known that not everything was seen, although the report is complete.
    pub fn is_partial(&self) -> bool {
        !self.notices.is_empty() || self.stale.total() > 0
    }
}
