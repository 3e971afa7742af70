//! Takes the histories one after the other, and keeps of each only what the report needs.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::pin;

use futures::{Stream, TryStreamExt as _};

use super::decisions::{DecisionNumbers, recorded};
use super::facts::{IssueFacts, ProjectFacts, RunTimes};
use super::input::OrganisationInput;
use super::problems::ProblemNames;
use super::runs::RunTally;
use super::standing::SharedReports;
use super::{OrganisationReport, assemble};
use crate::decision::ProjectDecisions;
use crate::history::{HistoryQuery, HistoryReader, ProjectHistory, ProjectRun, parts};
use crate::{Error, ErrorKind, Result};

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
        let mut project = self.project(name, &history.runs);
        self.add_issues(&mut project, history, None);
        self.add(project, &history.runs);
    }

    /// Adds the history of a project and its decisions.
    pub fn add_decided_project(&mut self, name: &str, history: &ProjectHistory, decisions: &ProjectDecisions) {
        let mut project = self.project(name, &history.runs);
        let decisions = recorded(decisions, self.input.range.as_of());
        self.add_issues(&mut project, history, Some(&decisions));
        self.add(project, &history.runs);
    }

    /// Reads the history of a project in parts, so that it does not have to fit into memory, and adds it, with its decisions if
    /// they are known.
    ///
    /// # Errors
    /// Those of the reader, and [`Inconsistent`](ErrorKind::Inconsistent) if runs were added each time that it was read. The
    /// project is then not in the report.
    pub async fn read_project(
        &mut self,
        name: &str,
        reader: &dyn HistoryReader,
        decisions: Option<&ProjectDecisions>,
    ) -> Result<()> {
        let decisions = decisions.map(|decisions| recorded(decisions, self.input.range.as_of()));
        for _ in 0..MAX_READS {
            let parts = parts(reader, HistoryQuery::new(name).with_all_runs());
            if self.add_parts(name, parts, decisions.as_ref()).await? {
                return Ok(());
            }
        }
        let message = "runs were added each time that it was read; try again when no run works on it";
        Err(Error::new(ErrorKind::Inconsistent, "recall the project")
            .with_subject(name.to_owned())
            .with_message(message))
    }

    /// Adds the parts of a history. Returns `false`, and adds nothing, if a run was added between them: its issues would be those
    /// of two states.
    pub(super) async fn add_parts(
        &mut self,
        name: &str,
        parts: impl Stream<Item = Result<ProjectHistory>>,
        decisions: Option<&ProjectDecisions>,
    ) -> Result<bool> {
        let mut parts = pin!(parts);
        let first = parts.try_next().await?.unwrap_or_default();
        let mut project = self.project(name, &first.runs);
        self.add_issues(&mut project, &first, decisions);
        let ProjectHistory { runs, .. } = first;
        while let Some(part) = parts.try_next().await? {
            if part.runs != runs {
                return Ok(false);
            }
            self.add_issues(&mut project, &part, decisions);
        }
        self.add(project, &runs);
        Ok(true)
    }

    /// A project with these runs, without issues.
    fn project(&self, name: &str, runs: &[ProjectRun]) -> ProjectFacts {
        ProjectFacts::new(name, runs, self.input.range.as_of())
    }

    /// Adds what the report needs of the issues of a part to the next project.
    fn add_issues(&mut self, project: &mut ProjectFacts, part: &ProjectHistory, decisions: Option<&ProjectDecisions>) {
        let (index, range) = (self.projects.len(), &self.input.range);
        let (times, as_of) = (RunTimes::of(&part.runs), range.as_of());
        for record in &part.issues {
            let indexes = (index, self.problems.index(record));
            if let Some(issue) = IssueFacts::of(record, &times, indexes, as_of) {
                project.add(issue);
            }
        }
        if let Some(decisions) = decisions {
            let numbers = DecisionNumbers::of(part, decisions, as_of, range.time_zone());
            *project.decisions.get_or_insert_default() += numbers;
        }
    }

    /// Adds a project that has its issues.
    fn add(&mut self, project: ProjectFacts, runs: &[ProjectRun]) {
        let (index, as_of) = (self.projects.len(), self.input.range.as_of());
        for run in runs.iter().filter(|run| run.at <= as_of) {
            let others = self.owners.add(run, index);
            self.shared_reports.extend(others.iter().map(|other| (*other, index)));
            // the history of a renamed project has its runs under both names
            if others.is_empty() {
                self.runs.add(index, run);
            }
        }
        self.projects.push(project);
    }

    /// Builds the report.
    pub fn finish(self) -> OrganisationReport {
        assemble::report(self)
    }
}

/// How often a history is read if runs are added to it meanwhile.
const MAX_READS: usize = 3;

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
