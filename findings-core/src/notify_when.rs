//! Which reports a recipient hears of.

use serde::{Deserialize, Serialize};

use crate::named::named_values;

/// Which reports of a project a recipient hears of. [`Notification::is_for`](crate::notify::Notification::is_for) has the
/// rules.
///
/// ```
/// use findings_core::NotifyWhen;
/// let when: NotifyWhen = "changes".parse()?;
/// assert_eq!((when, when.to_string()), (NotifyWhen::Changes, "changes".to_owned()));
/// assert!("weekly".parse::<NotifyWhen>().unwrap_err().to_string().contains("always, changes, critical, overdue, monthly, never"));
/// # Ok::<(), findings_core::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum NotifyWhen {
    /// Of every report.
    #[default]
    Always,
    /// Of reports in which something changed, and of what can no longer be seen.
    Changes,
    /// Of reports with open critical findings, and of what can no longer be seen.
    Critical,
    /// Of reports with overdue issues, and of what can no longer be seen.
    Overdue,
    /// Of the first report of each month.
    Monthly,
    /// Of no report.
    Never,
}

named_values!(
    /// The name in registries, options and ledgers, so it must never change.
    NotifyWhen, "a choice of reports", [
    Always => "always",
    Changes => "changes",
    Critical => "critical",
    Overdue => "overdue",
    Monthly => "monthly",
    Never => "never",
]);

impl NotifyWhen {
    /// Whether a recipient with this choice hears of severe findings between reports.
    ///
    /// ```
    /// use findings_core::NotifyWhen;
    /// let hears: Vec<_> = NotifyWhen::ALL.iter().filter(|when| when.hears_urgent()).map(|when| when.as_str()).collect();
    /// assert_eq!(hears, ["always", "changes", "critical"]);
    /// ```
    pub fn hears_urgent(self) -> bool {
        match self {
            Self::Always | Self::Changes | Self::Critical => true,
            Self::Overdue | Self::Monthly | Self::Never => false,
        }
    }
}
