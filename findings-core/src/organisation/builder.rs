//! Takes the histories one after the other, and keeps of each only what the report needs.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::pin;

use futures::{Stream, TryStreamExt as _};

use super::decisions::DecisionNumbers;
use super::facts::{IssueFacts, ProjectFacts, RunTimes};
use super::input::OrganisationInput;
use super::problems::ProblemNames;
use super::runs::RunTally;
use super::standing::SharedReports;
use super::{OrganisationReport, assemble};
use crate::Result;
use crate::decision::ProjectDecisions;
use crate::history::{ProjectHistory, ProjectRun};

/// Builds a report about the organisation from the histories of its projects, which are added one after the other. Each
/// can be dropped as soon as it was added.
///
/// ```
/// use findings_core::history::ProjectHistory;
/// use findings_core::organisation::{OrganisationBuilder, OrganisationInput, ReportRange};
/// use jiff::tz::TimeZone;
/// let range = ReportRange::last_weeks(52, "2026-11-25T12:00:00Z".parse()?, TimeZone::UTC)?;
/// let mut builder = OrganisationBuilder::new(OrganisationInput::new(range));
/// builder.add_project("Payments", &ProjectHistory::default());
/// let report = builder.finish();
/// assert_eq!((report.weeks.len(), report.last_run), (52, None), "nothing is known, so there are no numbers");
/// assert!(report.weeks.iter().all(|week| week.numbers.is_none()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OrganisationBuilder {
    pub(super) input: OrganisationInput,
    pub(super) projects: Vec<ProjectFacts>,
    pub(super) problems: ProblemNames,
    pub(super) runs: RunTally,
    pub(super) shared_reports: SharedReports,
    owners: ReportOwners,
}

impl OrganisationBuilder {
    /// A report without histories.
    pub fn new(input: OrganisationInput) -> Self {
        Self {
            input,
            projects: Vec::new(),
            problems: ProblemNames::default(),
            runs: RunTally::default(),
            shared_reports: SharedReports::new(),
            owners: ReportOwners::default(),
        }
    }

    /// Adds the history of a project, all its runs. What happened after the time of the report is left out.
    pub fn add_project(&mut self, name: &str, history: &ProjectHistory) {
        let (index, as_of) = (self.projects.len(), self.input.range.as_of());
        let project = ProjectFacts::new(name, history, as_of);
        for run in history.runs.iter().filter(|run| run.at <= as_of) {
            let others = self.owners.add(run, index);
            self.shared_reports.extend(others.iter().map(|other| (*other, index)));
            // the history of a renamed project has its runs under both names
            if others.is_empty() {
                self.runs.add(index, run);
            }
        }
        self.projects.push(project);
        self.add_issues(history);
    }

    /// Adds issues of the project that was added last.
    fn add_issues(&mut self, part: &ProjectHistory) {
        let (index, as_of) = (self.projects.len() - 1, self.input.range.as_of());
        let Some(project) = self.projects.last_mut() else { return };
        let times = RunTimes::of(&part.runs);
        for record in &part.issues {
            let indexes = (index, self.problems.index(record));
            if let Some(issue) = IssueFacts::of(record, &times, indexes, as_of) {
                project.add(issue);
            }
        }
    }

    /// Adds the history of a project and its decisions.
    pub fn add_decided_project(&mut self, name: &str, history: &ProjectHistory, decisions: &ProjectDecisions) {
        self.add_project(name, history);
        self.count_decisions(history, decisions);
    }

    /// Adds the history of a project that is read in [parts](crate::history::parts) with all its runs, and its decisions if
    /// they are known.
    ///
    /// # Errors
    /// Those of the parts. The report then lacks a part of the project.
    pub async fn add_parts(
        &mut self,
        name: &str,
        parts: impl Stream<Item = Result<ProjectHistory>>,
        decisions: Option<&ProjectDecisions>,
    ) -> Result<()> {
        let mut parts = pin!(parts);
        let mut is_first = true;
        while let Some(part) = parts.try_next().await? {
            if std::mem::take(&mut is_first) {
                self.add_project(name, &part);
            } else {
                self.add_issues(&part);
            }
            if let Some(decisions) = decisions {
                self.count_decisions(&part, decisions);
            }
        }
        Ok(())
    }

    /// Counts decisions about the issues of a part.
    fn count_decisions(&mut self, part: &ProjectHistory, decisions: &ProjectDecisions) {
        let range = &self.input.range;
        let numbers = DecisionNumbers::of(part, decisions, range.as_of(), range.time_zone());
        if let Some(project) = self.projects.last_mut() {
            *project.decisions.get_or_insert_default() += numbers;
        }
    }

    /// Builds the report.
    pub fn finish(self) -> OrganisationReport {
        assemble::report(self)
    }
}

/// Which projects have a report in their history, by a hash of the run and the place of the report.
#[derive(Debug, Default)]
pub(super) struct ReportOwners {
    first: HashMap<u64, usize>,
    others: BTreeMap<u64, Vec<usize>>,
}

impl ReportOwners {
    /// Adds an owner of a report, and returns those that it had before. Runs of early versions have no report.
    pub(super) fn add(&mut self, run: &ProjectRun, project: usize) -> Vec<usize> {
        if run.report.is_empty() {
            return Vec::new();
        }
        let mut hasher = DefaultHasher::new();
        (&run.run_id, &run.report).hash(&mut hasher);
        let key = hasher.finish();
        let Some(first) = self.first.get(&key) else {
            self.first.insert(key, project);
            return Vec::new();
        };
        let others = self.others.entry(key).or_default();
        let before: Vec<usize> = [*first].into_iter().chain(others.iter().copied()).filter(|o| *o != project).collect();
        others.push(project);
        before
    }
}
