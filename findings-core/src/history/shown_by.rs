//! Which views showed the findings of a run.

use std::collections::HashMap;

use super::IssueRecord;
use crate::finding_list::IdentityHash;
use crate::source::{AccountFindings, View};
use crate::{Finding, Text};

/// The views of a run, and which of them showed each finding.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShownBy {
    views: Vec<View>,
    /// As bits in the order of `views`; empty unless there are several.
    findings: HashMap<IdentityHash, u64>,
}

impl ShownBy {
    /// What the views of a run showed of these accounts.
    pub(crate) fn of<'a>(views: Vec<View>, accounts: impl IntoIterator<Item = &'a AccountFindings>) -> Self {
        let findings = accounts.into_iter().flat_map(|account| &account.shown_by).map(|(id, bits)| (*id, *bits));
        let findings = if views.len() > 1 { findings.collect() } else { HashMap::new() };
        Self { views, findings }
    }

    /// The names to keep with an issue that begins with the finding, sorted.
    pub(super) fn sources(&self, finding: &Finding) -> Vec<Text> {
        if self.findings.is_empty() {
            return Vec::new();
        }
        let bits = self.findings.get(&finding.identity()).copied().unwrap_or_default();
        let shown = self.views.iter().enumerate().filter(|(place, _)| bits & (1 << place) != 0);
        let mut names: Vec<Text> = shown.map(|(_, view)| view.name().clone()).collect();
        names.sort_unstable();
        names
    }

    /// Whether what the history says of where the issue is seen still holds, if the run does not say it anew: its only
    /// view is one of those, or a query outside of the views found it.
    pub(super) fn confirms(&self, before: &IssueRecord) -> bool {
        match &self.views[..] {
            [only] => before.sources.iter().any(|source| only.shows(source)),
            views => !views.is_empty(),
        }
    }
}
