//! A source that returns nothing at all about anybody, although the last reports had many findings: it looks like a broken
//! export or the wrong source, and not like a week in which everything was fixed.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::super::context::RunContext;
use super::super::coverage_snapshot::CoverageSnapshot;
use crate::history::HistoryQuery;
use crate::registry::Project;
use crate::source::AccountFindings;

/// Findings that the last reports together had, from which on nothing at all is no answer. A small project can fix all that
/// it has in a week, and its reports are never held back for it.
const MANY: u64 = 50;

/// Projects whose last reports are read at a time.
const AT_ONCE: usize = 16;

/// Whether a source returned anything about one of the accounts: a finding, or a record in whatever state.
pub(super) fn is_anything(accounts: &[Arc<AccountFindings>]) -> bool {
    accounts.iter().any(|account| {
        let has_records = account.regions_with_records.as_ref().is_some_and(|regions| !regions.is_empty());
        account.received > 0 || !account.rejected.is_empty() || has_records
    })
}

/// Returns the number of findings in the last reports of the projects, if reports are to be held back because nothing was
/// returned. A check that was seen in one of the accounts shows that the source answers. Once nothing was let through, the
/// last reports have no findings, so that no run after it is held back.
pub(in crate::pipeline) async fn unlikely_nothing(run: &RunContext<'_>, projects: &[Project]) -> Option<u64> {
    let is_checked = |coverage: &CoverageSnapshot| {
        let mut accounts = projects.iter().flat_map(|project| &project.accounts);
        accounts.any(|account| !coverage.evidence.of(*account).checks.is_empty())
    };
    if run.coverage.as_ref().is_some_and(is_checked) {
        return None;
    }
    let last = projects.iter().map(|project| async move {
        let query = HistoryQuery { runs: 1, ..HistoryQuery::new(&project.name).without_issues() };
        // a history that cannot be read fails the projects by itself
        let history = run.parts.history_reader.project(&query).await.unwrap_or_default();
        history.runs.last().map_or(0, |run| run.counts.total())
    });
    let findings = stream::iter(last).buffer_unordered(AT_ONCE).fold(0, async |sum, findings| sum + findings).await;
    (findings >= MANY).then_some(findings)
}
