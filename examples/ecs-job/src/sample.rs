//! The sample organisation, as of today and as of the weeks before.
//!
//! Its files have fixed dates. A run that reads them as they are would find that everything is old and that no check was
//! made for weeks. So the dates are moved, by whole days, such that the files end with the last midnight (UTC).

mod dates;
mod weeks;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use findings_core::history::Sla;
use findings_core::{Error, ErrorKind, Result, Severity};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::config::{Input, RunConfig, Sources};

/// Where the files of the sample organisation are, from the root of the repository.
pub(crate) const FOLDER: &str = "examples/data";

const OPERATION: &str = "read the sample organisation";

/// The findings of the sample organisation as they stand in the file.
#[derive(Debug)]
pub(crate) struct Sample {
    folder: PathBuf,
    findings: Vec<Value>,
    /// The end of the day on which the file ends.
    as_of: Timestamp,
}

impl Sample {
    /// Reads the findings.
    ///
    /// # Errors
    /// `NotFound` if the files are not below the current folder.
    pub(crate) fn read() -> Result<Self> {
        Self::read_from(Path::new(FOLDER))
    }

    fn read_from(folder: &Path) -> Result<Self> {
        let path = folder.join("findings.json");
        let bytes = fs::read(&path).map_err(|error| unusable(&path, error))?;
        let mut file: Value = serde_json::from_slice(&bytes).map_err(|error| unusable(&path, error.into()))?;
        let findings = match &mut file["Findings"] {
            Value::Array(findings) => std::mem::take(findings),
            _ => Vec::new(),
        };
        let latest = findings.iter().filter_map(dates::latest).max();
        let latest = latest.ok_or_else(|| unusable(&path, io::ErrorKind::InvalidData.into()))?;
        Ok(Self { folder: folder.to_owned(), findings, as_of: dates::end_of_day(latest) })
    }

    /// Returns the configuration of a run on the sample organisation some weeks before `now`; 0 for now. What an option names is left
    /// as it is.
    ///
    /// # Errors
    /// `Storage` if the moved files cannot be written to a temporary folder.
    pub(crate) fn config(&self, config: &RunConfig, now: Timestamp, weeks: i64) -> Result<RunConfig> {
        let folder = TempDir::new().map_err(|error| unusable(&std::env::temp_dir(), error))?;
        let at = now - SignedDuration::from_hours(weeks * 7 * 24);
        let days = dates::days_between(self.as_of, now);
        let findings = weeks::findings(&self.findings, self.as_of, weeks);
        let findings: Vec<Value> = findings.into_iter().map(|finding| dates::moved(finding, days)).collect();
        let findings = write(&folder, "findings.json", &json!({ "Findings": findings }).to_string())?;
        let mut moved = config.clone();
        moved.sources = Sources::sample(findings, self.folder.join("findings.json").display().to_string());
        let of_sample = |name: &str| Some(Input::Path(self.folder.join(name)));
        moved.coverage.members = moved.coverage.members.or_else(|| of_sample("members.json"));
        moved.owners = moved.owners.or_else(|| of_sample("owners.csv"));
        // those of the sample as of another day are replaced
        moved.coverage.accepted_gaps.take_if(|gaps| is_in(gaps, config.sample_files.as_deref()));
        if moved.coverage.accepted_gaps.is_none() && weeks < FIRST_WEEK {
            let path = self.folder.join("accepted-gaps.csv");
            let gaps = fs::read_to_string(&path).map_err(|error| unusable(&path, error))?;
            let gaps = write(&folder, "accepted-gaps.csv", &dates::moved_days(&gaps, days))?;
            moved.coverage.accepted_gaps = Some(Input::Path(gaps));
        }
        if moved.organisation.sla == Sla::default() {
            moved.organisation.sla = targets();
        }
        if weeks > 0 {
            (moved.run_id, moved.as_of) = (findings_core::RunId::at(at), Some(at));
        }
        moved.sample_files = Some(Arc::new(folder));
        Ok(moved)
    }
}

/// The number of weeks between the first run of the sample organisation and now. A gap in its coverage is not accepted
/// in this week and is accepted later, so that both are seen.
const FIRST_WEEK: i64 = 2;

/// The weeks before now in which runs are made if there is no history, the first one first.
pub(crate) const EARLIER_WEEKS: [i64; 2] = [FIRST_WEEK, 1];

/// Returns the configuration for the present day if it is that of the sample organisation, else as it is. So it is, too, if the sample is
/// not below this folder, which is said when its registry is read.
///
/// # Errors
/// As [`Sample::config`].
pub(crate) fn today(config: RunConfig) -> Result<RunConfig> {
    if !config.is_sample {
        return Ok(config);
    }
    match Sample::read() {
        Ok(sample) => sample.config(&config, Timestamp::now(), 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(config),
        Err(error) => Err(error),
    }
}

/// Targets of the sample organisation, from which due dates follow.
fn targets() -> Sla {
    let days = |days: u64| Duration::from_hours(days * 24);
    let of = |sla: Sla, (severity, target)| sla.with_target(severity, days(target));
    [(Severity::Critical, 7), (Severity::High, 30), (Severity::Medium, 90)].into_iter().fold(Sla::default(), of)
}

/// Whether the file is in the folder of a sample.
fn is_in(input: &Input, folder: Option<&TempDir>) -> bool {
    matches!((input, folder), (Input::Path(path), Some(folder)) if path.starts_with(folder.path()))
}

fn write(folder: &TempDir, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.path().join(name);
    fs::write(&path, text).map_err(|error| unusable(&path, error))?;
    Ok(path)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::InvalidData => ErrorKind::InvalidInput,
        _ => ErrorKind::Storage,
    };
    Error::new(kind, OPERATION).with_subject(path.display().to_string()).with_source(error)
}

#[cfg(test)]
mod tests;
