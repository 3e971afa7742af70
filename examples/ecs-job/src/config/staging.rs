//! The stages of a run, if several processes do it.

use findings_core::pipeline::BatchId;

use super::reader::{Reader, given};
use super::{Reports, places};
use crate::options::StagingOptions;

/// The most workers that share the rates.
const MOST_WORKERS: u32 = 1_000;

/// What a process does of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Everything, if need be with the help of workers.
    #[default]
    Whole,
    Fetch,
    Deliver(BatchId),
    Finish,
}

impl Stage {
    /// How many processes do this stage at the same time.
    pub(crate) fn processes(self, workers: u32) -> u32 {
        if let Self::Deliver(_) = self { workers } else { 1 }
    }

    /// Whether the run begins with it.
    pub(crate) fn is_first(self) -> bool {
        matches!(self, Self::Whole | Self::Fetch)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct StagingConfig {
    pub(crate) stage: Stage,
    /// `None` for a run in one process, and for a temporary folder.
    pub(crate) work: Option<Reports>,
    pub(crate) workers: u32,
}

impl Default for StagingConfig {
    /// A run in one process.
    fn default() -> Self {
        Self { stage: Stage::Whole, work: None, workers: 1 }
    }
}

impl StagingConfig {
    /// Resolves the options of a stage. `batch` is that of the stage deliver.
    pub(super) fn resolve(options: &StagingOptions, stage: StageName<'_>, reader: &mut Reader) -> Self {
        let stage = match stage {
            StageName::Whole => Stage::Whole,
            StageName::Fetch => Stage::Fetch,
            StageName::Finish => Stage::Finish,
            StageName::Deliver(batch) => {
                let batch = reader.read_optional("batch", Some(batch), |text| text.parse().map_err(|e| format!("{e}")));
                // without a batch, the reader fails
                batch.map_or(Stage::Whole, Stage::Deliver)
            }
        };
        if stage != Stage::Whole && given(options.work.as_deref()).is_none() {
            reader.fail("work", "missing; name the folder or the prefix in S3 where the stages of the run meet");
        }
        Self {
            stage,
            work: reader.read_optional("work", options.work.as_deref(), places::reports),
            workers: reader.read("workers", options.workers.as_deref(), 1, workers),
        }
    }
}

/// A stage as the command line names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StageName<'a> {
    Whole,
    Fetch,
    /// With the number or the place of the batch.
    Deliver(&'a str),
    Finish,
}

fn workers(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(workers) if (1..=MOST_WORKERS).contains(&workers) => Ok(workers),
        _ => Err(format!("\"{text}\" is not a number of workers; expected 1 to {MOST_WORKERS}")),
    }
}
