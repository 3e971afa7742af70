//! What the first lines of a message say of a report: what changed, what to do first, and what was fixed.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::LeadReason;
use crate::{AccountId, Severity, SeverityCounts, Text};

/// Number of issues by what is new about them since the last report, by severity. Findings of checks that pass count
/// nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct News {
    /// Never seen before. In the first report of a project, all.
    pub new: SeverityCounts,
    /// Closed before, and open again.
    pub reopened: SeverityCounts,
    /// More severe than in the last report, by their present severity.
    pub worse: SeverityCounts,
    /// Fixed, by the severity when last seen.
    pub fixed: SeverityCounts,
    /// To be fixed by now, whether or not they were so in the last report.
    pub overdue: SeverityCounts,
    /// Those of them that were not yet overdue on the day of the last report.
    pub newly_overdue: SeverityCounts,
}

impl News {
    /// The same without what is less severe.
    #[must_use]
    pub fn at_least(&self, severity: Severity) -> Self {
        let only = |counts: &SeverityCounts| counts.at_least(severity);
        Self {
            new: only(&self.new),
            reopened: only(&self.reopened),
            worse: only(&self.worse),
            fixed: only(&self.fixed),
            overdue: only(&self.overdue),
            newly_overdue: only(&self.newly_overdue),
        }
    }

    /// Whether nothing changed: no issue came, went, got worse or became overdue.
    ///
    /// ```
    /// use findings_core::{Severity, report::News};
    /// let mut news = News::default();
    /// news.overdue.add(Severity::High);
    /// assert!(news.is_unchanged(), "it was overdue before");
    /// news.newly_overdue.add(Severity::High);
    /// assert!(!news.is_unchanged() && news.at_least(Severity::Critical).is_unchanged());
    /// ```
    pub fn is_unchanged(&self) -> bool {
        [self.new, self.reopened, self.worse, self.fixed, self.newly_overdue].iter().all(|of| of.total() == 0)
    }
}

/// What the first lines of a message say of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Headline {
    /// What is new, in issues.
    pub news: News,
    /// Number of findings of checks that pass, by severity: nothing is to be done about them.
    pub passed: SeverityCounts,
    /// What to do first, the most urgent first: see [`first_fixes`](crate::rendering::first_fixes).
    pub first: Vec<FirstThing>,
    /// What was fixed, the worst first, at most [`MAX_FIXED`].
    pub fixed: Vec<FixedThing>,
}

/// How many kinds of fixed issues a headline names.
pub const MAX_FIXED: usize = 3;

/// Something to do first. A fix closes all its findings; the texts are about the finding that leads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FirstThing {
    /// The severity.
    pub severity: Severity,
    /// The control, or else the product.
    pub label: Text,
    /// The title in the reader's language, without the control.
    pub title: Text,
    /// The resource, without the first part of its ARN.
    pub resource: Option<Text>,
    /// The account.
    pub account: AccountId,
    /// Its name, if it is known.
    pub account_name: Option<Text>,
    /// The Regions of the findings about this resource.
    pub regions: Vec<Text>,
    /// Why it comes first.
    pub reason: LeadReason,
    /// When its issue was last opened, UTC.
    pub since: Timestamp,
    /// Until when it is to be fixed.
    pub due: Option<Date>,
    /// How often the fix is to be made: number of pairs of account and resource.
    pub places: u64,
    /// A page about the fix: the organisation's own, or else that of Security Hub's own check. The URL of another finding
    /// can lead anywhere.
    pub url: Option<Text>,
    /// The first sentence of the organisation's own guidance on the fix.
    pub guidance: Option<Text>,
}

/// Issues of one kind that were fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FixedThing {
    /// The worst severity of them.
    pub severity: Severity,
    /// The control, if they have one.
    pub control: Option<Text>,
    /// The title, without the control.
    pub title: Text,
    /// Number of issues.
    pub issues: u64,
}
