//! Carries the history of a project's earlier names over to its name in the registry.
//!
//! Everything is written under the new name first, and the issues of the old name are closed last. What a task that is
//! killed in between has written is found by the next one: it merges the two histories again and writes the rest.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::history::{
    HistoryCommit, HistorySink, IssueId, IssueRecord, IssueRecords, IssueResolution, ProjectHistory, ProjectRun,
    Resolution,
};
use crate::{Result, RunId};

/// The history of an earlier name of a project.
#[derive(Debug)]
pub(super) struct Earlier {
    pub(super) name: String,
    pub(super) history: ProjectHistory,
}

/// What has to be written so that a project needs no earlier name any more.
#[derive(Debug, Default)]
pub(super) struct CarryOver {
    /// The issue records that the history of the project's own name lacks.
    issues: Vec<IssueRecord>,
    /// The runs that it lacks, the oldest first.
    runs: Vec<ProjectRun>,
    /// The earlier names with open issues.
    closing: Vec<Closing>,
}

/// An earlier name whose open issues have to be closed.
#[derive(Debug)]
struct Closing {
    name: String,
    latest: ProjectRun,
    open: Vec<IssueRecord>,
}

impl CarryOver {
    /// Whether the history of the earlier name has something that the own one lacks, or issues that it calls open.
    pub(super) fn is_needed(own: &ProjectHistory, earlier: &Earlier) -> bool {
        let old = &earlier.history;
        let is_known = |run: &ProjectRun| own.runs.iter().any(|known| known.run_id == run.run_id);
        !old.runs.is_empty() && (old.issues.iter().any(IssueRecord::is_open) || !old.runs.iter().all(is_known))
    }

    /// Merges the histories of earlier names into that of the own name, and returns what is to be written.
    ///
    /// Of a record in several histories, that of the name with the latest run counts: two registries with two spellings
    /// of a name may use one history in turn. A record that was closed because of the new name never outweighs another.
    pub(super) fn merge(own: ProjectHistory, mut earlier: Vec<Earlier>) -> (ProjectHistory, Self) {
        earlier.retain(|one| Self::is_needed(&own, one));
        if earlier.is_empty() {
            return (own, Self::default());
        }
        let latest = |history: &ProjectHistory| history.runs.last().map(|run| run.at);
        let mut histories: Vec<&ProjectHistory> = vec![&own];
        histories.extend(earlier.iter().map(|one| &one.history));
        // the sort is stable, so the own history comes before another of the same time
        histories.sort_by_key(|history| std::cmp::Reverse(latest(history)));
        let mut merged: BTreeMap<IssueId, IssueRecord> = BTreeMap::new();
        for issue in histories.iter().flat_map(|history| &history.issues) {
            add(&mut merged, issue);
        }
        let mut known: HashSet<&str> = own.runs.iter().map(|run| run.run_id.as_str()).collect();
        let mut runs: Vec<ProjectRun> = Vec::new();
        for run in histories.iter().flat_map(|history| &history.runs) {
            if known.insert(run.run_id.as_str()) {
                runs.push(run.clone());
            }
        }
        runs.sort_by(|a, b| (a.at, &a.run_id).cmp(&(b.at, &b.run_id)));
        let had: BTreeMap<&IssueId, &IssueRecord> = own.issues.iter().map(|issue| (&issue.id, issue)).collect();
        // only what differs, because every record that is written costs money
        let issues = merged.values().filter(|issue| had.get(&issue.id) != Some(issue)).cloned().collect();
        let carry = Self { issues, runs: runs.clone(), closing: earlier.iter().filter_map(Closing::of).collect() };
        runs.extend(own.runs);
        (ProjectHistory::in_order(merged.into_values().collect(), runs, usize::MAX), carry)
    }

    /// Writes what the own name lacks, before the run is remembered. All issues come with the first run, so that no run
    /// is visible without them.
    pub(super) async fn write_own(&mut self, sink: &dyn HistorySink, project: &str) -> Result<()> {
        for Closing { name, .. } in &self.closing {
            tracing::info!(project, from = %name, "the history of an earlier name is carried over");
        }
        for carried in std::mem::take(&mut self.runs) {
            let commit = HistoryCommit::new(project, carried, std::mem::take(&mut self.issues));
            sink.commit(&commit).await?;
        }
        Ok(())
    }

    /// Adds the issues that no run of an earlier name carries to the records of this run.
    pub(super) fn add_rest(&mut self, records: &mut IssueRecords) {
        let written: HashSet<IssueId> = records.ids().cloned().collect();
        records.extend(std::mem::take(&mut self.issues).into_iter().filter(|issue| !written.contains(&issue.id)));
    }

    /// Closes the issues of the earlier names, after the run is remembered under the own one. The commit repeats the
    /// latest run of the earlier name as it is.
    pub(super) async fn close_earlier(self, sink: &dyn HistorySink, run_id: &RunId, at: Timestamp) -> Result<()> {
        let resolution = Resolution::Renamed;
        for Closing { name, latest, mut open } in self.closing {
            for issue in &mut open {
                issue.resolved = Some(IssueResolution { at, run_id: run_id.clone(), resolution });
            }
            let commit = HistoryCommit::new(name, latest, open);
            sink.commit(&commit).await?;
        }
        Ok(())
    }
}

impl Closing {
    fn of(earlier: &Earlier) -> Option<Self> {
        let open: Vec<IssueRecord> = earlier.history.issues.iter().filter(|issue| issue.is_open()).cloned().collect();
        let latest = earlier.history.runs.last().filter(|_| !open.is_empty())?.clone();
        Some(Self { name: earlier.name.clone(), latest, open })
    }
}

/// Adds a record of a less recent history.
fn add(merged: &mut BTreeMap<IssueId, IssueRecord>, issue: &IssueRecord) {
    let known = merged.entry(issue.id.clone()).or_insert_with(|| issue.clone());
    let first_seen = known.first_seen.min(issue.first_seen);
    if known.is_renamed() && !issue.is_renamed() {
        *known = issue.clone();
    }
    // whichever record counts, the issue is as old as its first sight under any name
    known.first_seen = first_seen;
}

#[cfg(test)]
mod tests;
