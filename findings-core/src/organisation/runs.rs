//! The runs of the weeks: what was incomplete, and why.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::input::{RunRemark, RunRemarks};
use super::range::Window;
use crate::history::{Changes, ProjectRun};
use crate::{RunId, SeverityCounts};

/// A run, summed over its projects.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RunOverview {
    /// The run.
    pub run_id: RunId,
    /// When its findings were read, UTC: those of the first project.
    pub at: Timestamp,
    /// Number of projects whose report was delivered.
    pub projects: u64,
    /// Number of projects of whose report anybody was told.
    pub told: u64,
    /// The projects whose report was incomplete, as indexes into [`projects`](super::OrganisationReport::projects).
    pub incomplete: Vec<usize>,
    /// Number of accounts that could not be seen completely, an account of several projects once for each.
    pub incomplete_accounts: u64,
    /// Findings in the reports by severity.
    pub findings: SeverityCounts,
    /// Issues by what the reports said that happened to them.
    pub changes: Changes,
    /// What the run could not do, and why; `null` if the summary of the run is not known.
    pub remarks: Option<Vec<RunRemark>>,
}

/// Collects the runs while histories are added.
#[derive(Debug, Default)]
pub(super) struct RunTally {
    runs: BTreeMap<RunId, RunOverview>,
}

impl RunTally {
    /// Adds a run of a project, by its index.
    pub(super) fn add(&mut self, project: usize, run: &ProjectRun) {
        let overview = self.runs.entry(run.run_id.clone()).or_insert_with(|| RunOverview {
            run_id: run.run_id.clone(),
            at: run.at,
            projects: 0,
            told: 0,
            incomplete: Vec::new(),
            incomplete_accounts: 0,
            findings: SeverityCounts::default(),
            changes: Changes::default(),
            remarks: None,
        });
        overview.at = overview.at.min(run.at);
        overview.projects += 1;
        overview.told += u64::from(run.told);
        overview.incomplete_accounts += run.incomplete_accounts.len() as u64;
        overview.findings += run.counts;
        overview.changes += run.changes;
        if !run.complete {
            overview.incomplete.push(project);
        }
    }

    /// The runs of a stretch of time, the oldest first; `positions` are the indexes of projects in the report.
    pub(super) fn finish(self, window: Window, positions: &[Option<usize>], known: &[RunRemarks]) -> Vec<RunOverview> {
        let mut runs: Vec<RunOverview> = self.runs.into_values().filter(|run| window.contains(run.at)).collect();
        let mut remarks: BTreeMap<&RunId, Vec<RunRemark>> = BTreeMap::new();
        for run in known {
            remarks.entry(&run.run_id).or_default().extend(run.remarks.iter().cloned());
        }
        for run in &mut runs {
            let unique: HashSet<usize> = run.incomplete.iter().filter_map(|project| positions[*project]).collect();
            run.incomplete = unique.into_iter().collect();
            run.incomplete.sort_unstable();
            run.remarks = remarks.remove(&run.run_id);
        }
        runs.sort_by(|a, b| (a.at, &a.run_id).cmp(&(b.at, &b.run_id)));
        runs
    }
}
