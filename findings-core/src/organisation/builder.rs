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
        let mut facts = HistoryFacts::default();
        self.gather(&mut facts, history, None);
        self.add(name, &history.runs, facts);
    }

    /// Adds the history of a project and its decisions.
    pub fn add_decided_project(&mut self, name: &str, history: &ProjectHistory, decisions: &ProjectDecisions) {
        let mut facts = HistoryFacts::default();
        self.gather(&mut facts, history, Some(&recorded(decisions, self.input.range.as_of())));
        self.add(name, &history.runs, facts);
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
        let (mut parts, mut facts, mut runs) = (pin!(parts), HistoryFacts::default(), None);
        while let Some(part) = parts.try_next().await? {
            self.gather(&mut facts, &part, decisions);
            if *runs.get_or_insert_with(|| part.runs.clone()) != part.runs {
                return Ok(false);
            }
        }
        self.add(name, &runs.unwrap_or_default(), facts);
        Ok(true)
    }

    /// Keeps what the report needs of the issues of a part.
    fn gather(&mut self, facts: &mut HistoryFacts, part: &ProjectHistory, decisions: Option<&ProjectDecisions>) {
        let (index, range) = (self.projects.len(), &self.input.range);
        let (times, as_of) = (RunTimes::of(&part.runs), range.as_of());
        for record in &part.issues {
            let indexes = (index, self.problems.index(record));
            facts.issues.extend(IssueFacts::of(record, &times, indexes, as_of));
        }
        if let Some(decisions) = decisions {
            let numbers = DecisionNumbers::of(part, decisions, as_of, range.time_zone());
            *facts.decisions.get_or_insert_default() += numbers;
        }
    }

    fn add(&mut self, name: &str, runs: &[ProjectRun], facts: HistoryFacts) {
        let (index, as_of) = (self.projects.len(), self.input.range.as_of());
        let mut project = ProjectFacts::new(name, runs, as_of);
        for run in runs.iter().filter(|run| run.at <= as_of) {
            let others = self.owners.add(run, index);
            self.shared_reports.extend(others.iter().map(|other| (*other, index)));
            // the history of a renamed project has its runs under both names
            if others.is_empty() {
                self.runs.add(index, run);
            }
        }
        project.issues.reserve_exact(facts.issues.len());
        facts.issues.into_iter().for_each(|issue| project.add(issue));
        project.decisions = facts.decisions;
        self.projects.push(project);
    }

    /// Builds the report.
    pub fn finish(self) -> OrganisationReport {
        assemble::report(self)
    }
}

/// How often a history is read if runs are added to it meanwhile.
const MAX_READS: usize = 3;

/// What the report needs of the issues of a project.
#[derive(Debug, Default)]
struct HistoryFacts {
    issues: Vec<IssueFacts>,
    /// `None` if its decisions are not known.
    decisions: Option<DecisionNumbers>,
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
