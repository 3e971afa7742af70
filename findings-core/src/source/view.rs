//! What a source can show, so that a later run knows whether it looks where an earlier one did.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Text;

/// The name of what a source can show. Lanes with the same view show the same findings; lanes with different views may
/// show different ones.
///
/// If a run has several views, the history keeps with each issue those that showed it. An issue that is absent counts as
/// resolved only if a view that showed it looks there again. See
/// [`AbsenceRules::of_views`](crate::history::AbsenceRules::of_views).
///
/// ```
/// use findings_core::source::View;
/// let (earlier, new) = (View::security_hub(), View::security_hub_v2());
/// assert!(new.shows(earlier.as_str()), "the new Security Hub has the findings of the earlier one");
/// assert!(!earlier.shows(new.as_str()));
/// assert_eq!(View::files("exports/2026-11-28.json"), View::files("exports/2026-11-29.json"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct View(Text);

/// Security Hub CSPM in all its Regions, see `View::security_hub`.
const SECURITY_HUB: &str = "securityhub";
/// The new Security Hub, see `View::security_hub_v2`.
const SECURITY_HUB_V2: &str = "securityhub-v2";

impl View {
    /// A view of a source of your own. Keep the name from run to run.
    pub fn new(name: impl Into<Text>) -> Self {
        Self(name.into())
    }

    /// What GetFindings shows. Where it looks is told by the Regions of the coverage check.
    pub fn security_hub() -> Self {
        Self::new(SECURITY_HUB)
    }

    /// What GetFindingsV2 and exports of the new Security Hub show: the findings of Security Hub CSPM, which AWS hands on
    /// to it, and others.
    pub fn security_hub_v2() -> Self {
        Self::new(SECURITY_HUB_V2)
    }

    /// What files or objects show. Places that differ only in their digits, such as in the date, are one view.
    pub fn files(place: &str) -> Self {
        let mut name = String::with_capacity(place.len());
        for c in place.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }) {
            if c != '#' || !name.ends_with('#') {
                name.push(c);
            }
        }
        Self::new(name)
    }

    /// Returns the name, as the history keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn name(&self) -> &Text {
        &self.0
    }

    /// Returns whether the findings of a view that the history names can be seen here.
    pub fn shows(&self, recorded: &str) -> bool {
        &*self.0 == recorded || (&*self.0 == SECURITY_HUB_V2 && recorded == SECURITY_HUB)
    }

    /// Whether the coverage check of Security Hub says where it looks.
    pub(crate) fn is_security_hub(&self) -> bool {
        matches!(&*self.0, SECURITY_HUB | SECURITY_HUB_V2)
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
