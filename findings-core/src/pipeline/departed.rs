//! The names in the history compared with those in the registry: projects that are in the history and not in the
//! registry, and earlier names of projects. Only reads: that a project is absent says nothing about its issues.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::carry_over::{CarryOver, Earlier};
use crate::Result;
use crate::history::{HistoryQuery, HistoryReader, IssueRecord, ListProjects, ProjectHistory};
use crate::registry::{Project, Registry, project_key};

/// A project that is in the history and not in this registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DepartedProject {
    /// Its name in the history.
    pub project: String,
    /// Its open issues. They stay open, because nothing is known of them.
    pub issues: u64,
}

/// So many projects of the history are missing in the registry that the registry may be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RegistryWarning {
    /// Number of projects in the history that had a report.
    pub known: u64,
    /// Those of them that are not in the registry.
    pub missing: u64,
    /// The numbers and what to check.
    pub message: String,
}

impl RegistryWarning {
    /// Returns a warning if more than a tenth of the known projects is missing.
    fn of(known: u64, missing: u64) -> Option<Self> {
        let message = format!(
            "{missing} of {known} projects in the history are not in the registry; check whether the registry is truncated, and whether another registry uses the same history"
        );
        (missing * 10 > known).then_some(Self { known, missing, message })
    }
}

/// A project whose history is under an earlier name, and goes on under its name in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarriedHistory {
    /// The name in the registry.
    pub project: String,
    /// The names in the history.
    pub from: Vec<String>,
}

/// What a run will find when it compares the registry with the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryComparison {
    /// Projects that are in the history and not in the registry, with open issues, by name.
    pub departed: Vec<DepartedProject>,
    /// Whether so many are missing that the registry may be wrong.
    pub warning: Option<RegistryWarning>,
    /// Histories of earlier names that the next delivered report carries over, in the order of the registry.
    pub carried: Vec<CarriedHistory>,
}

/// Compares the registry with the history as a run does, for a preview. Only reads.
///
/// ```
/// use findings_core::memory::MemoryHistory;
/// use findings_core::pipeline::compare_registry;
/// use findings_core::registry::Registry;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> findings_core::Result<()> {
/// let comparison = compare_registry(&MemoryHistory::new(), &Registry::default()).await?;
/// assert!(comparison.departed.is_empty() && comparison.warning.is_none());
/// # Ok(()) }
/// ```
///
/// # Errors
/// As the history answers.
pub async fn compare_registry(reader: &dyn HistoryReader, registry: &Registry) -> Result<RegistryComparison> {
    let names = KnownNames::read(reader, &registry.projects).await?;
    let Absence { departed, warning } = names.absence(reader).await?;
    let mut carried = Vec::new();
    for project in &registry.projects {
        let earlier = names.earlier_histories(reader, project).await?;
        // most projects have no earlier name, and reading a history costs a query
        if earlier.is_empty() {
            continue;
        }
        let own = history_of(reader, &project.name).await?;
        let from: Vec<String> = earlier.into_iter().filter(|e| CarryOver::is_needed(&own, e)).map(|e| e.name).collect();
        if !from.is_empty() {
            carried.push(CarriedHistory { project: project.name.clone(), from });
        }
    }
    Ok(RegistryComparison { departed, warning, carried })
}

/// Reads the whole history under one name.
pub(super) async fn history_of(reader: &dyn HistoryReader, name: &str) -> Result<ProjectHistory> {
    reader.project(&HistoryQuery::new(name).with_all_runs()).await
}

/// The projects that are absent from the registry.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Absence {
    pub(super) departed: Vec<DepartedProject>,
    pub(super) warning: Option<RegistryWarning>,
}

/// The names in the history, by what they are to the registry.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    /// Earlier names, and other spellings of the name, that the history knows, by the name of the project.
    earlier: HashMap<String, Vec<String>>,
    /// Names of no project of the registry.
    absent: Vec<String>,
    /// Number of projects of the registry that the history knows under any name.
    present: u64,
}

impl KnownNames {
    /// Reads the names in the history and compares them with the projects of the registry.
    pub(super) async fn read(reader: &dyn HistoryReader, projects: &[Project]) -> Result<Self> {
        Ok(Self::compare(projects, reader.projects(&ListProjects::new()).await?))
    }

    /// Assumes that the history knows all aliases of the registry, for when its names cannot be read: an alias that it
    /// does not know has an empty history.
    pub(super) fn assumed(projects: &[Project]) -> Self {
        Self::compare(projects, projects.iter().flat_map(|project| project.aliases.iter().cloned()).collect())
    }

    fn compare(projects: &[Project], names: Vec<String>) -> Self {
        let mut owners: HashMap<String, &Project> = HashMap::new();
        // names first: a name of a project is no earlier name of another
        let own = projects.iter().map(|project| (&project.name, project));
        let aliases = projects.iter().flat_map(|project| project.aliases.iter().map(move |alias| (alias, project)));
        for (name, project) in own.chain(aliases) {
            owners.entry(project_key(name)).or_insert(project);
        }
        let (mut known, mut present) = (Self::default(), HashSet::new());
        for name in names {
            match owners.get(&project_key(&name)) {
                None => known.absent.push(name),
                Some(owner) => {
                    present.insert(owner.name.as_str());
                    if owner.name != name {
                        known.earlier.entry(owner.name.clone()).or_default().push(name);
                    }
                }
            }
        }
        known.present = present.len() as u64;
        known
    }

    /// The earlier names of a project.
    pub(super) fn earlier_of(&self, project: &Project) -> impl Iterator<Item = &str> {
        self.earlier.get(&project.name).into_iter().flatten().map(String::as_str)
    }

    /// Reads the histories of the earlier names of a project.
    pub(super) async fn earlier_histories(
        &self,
        reader: &dyn HistoryReader,
        project: &Project,
    ) -> Result<Vec<Earlier>> {
        let mut histories = Vec::new();
        for name in self.earlier_of(project) {
            histories.push(Earlier { name: name.to_owned(), history: history_of(reader, name).await? });
        }
        Ok(histories)
    }

    /// Reads the history of each absent project and counts its open issues.
    pub(super) async fn absence(&self, reader: &dyn HistoryReader) -> Result<Absence> {
        let (mut departed, mut missing) = (Vec::new(), 0);
        for name in &self.absent {
            let history = reader.project(&HistoryQuery::new(name)).await?;
            let issues = history.issues.iter().filter(|issue| issue.is_open()).count() as u64;
            if issues > 0 {
                departed.push(DepartedProject { project: name.clone(), issues });
            }
            // not missing: a name that never had a report, and one whose issues were all carried over to another
            let had_report = history.runs.iter().any(|run| !run.report.is_empty());
            missing += u64::from(had_report && (issues > 0 || !history.issues.iter().any(IssueRecord::is_renamed)));
        }
        Ok(Absence { departed, warning: RegistryWarning::of(self.present + missing, missing) })
    }
}

/// Number of absent projects that are logged one by one.
const LOGGED: usize = 20;

/// Says in the log which projects are absent.
pub(super) fn log_absence(absence: &Absence) {
    if let Some(RegistryWarning { known, missing, message }) = &absence.warning {
        tracing::warn!(known, missing, "{message}");
    }
    for DepartedProject { project, issues } in absence.departed.iter().take(LOGGED) {
        tracing::info!(%project, issues, "the project is in the history and not in the registry; its open issues stay open");
    }
    if let Some(more) = absence.departed.len().checked_sub(LOGGED).filter(|more| *more > 0) {
        tracing::info!(more, "further projects are in the history and not in the registry; the summary has all");
    }
}

#[cfg(test)]
mod tests;
