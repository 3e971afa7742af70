//! Where the work of a run is between its stages, and what is in it.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::saved::{SavedAccount, SavedCoverage, SavedLane, SavedOutcome};
use crate::coverage::Ownership;
use crate::pipeline::departed::Absence;
use crate::pipeline::manifest::Reconciliation;
use crate::pipeline::summary::{HeldBack, SummaryError};
use crate::source::SweepStats;
use crate::store::{ArtifactKey, ArtifactStore, PutArtifact, StoredArtifact};
use crate::{Error, ErrorKind, Result, RunId, Setting};

/// The version of the files. Another one is refused.
const FORMAT: u32 = 1;

const READ: &str = "read the work of the run";

/// The work of a run: files below a folder with the name of the run, in a store.
///
/// ```text
/// RUN/plan.json                       what the last fetch found, except findings
/// RUN/work.jsonl                      its batches, one a line: {"batch":"s3://bucket/prefix/RUN/FETCH/batches/0001.json"}
/// RUN/FETCH/batches/0001.json         the projects of a batch and their accounts
/// RUN/FETCH/batches/0001-1.findings   their findings
/// RUN/FETCH/results/0001.json         what became of the batch
/// ```
#[derive(Clone, Debug)]
pub(in crate::pipeline) struct Work {
    store: Arc<dyn ArtifactStore>,
    run: RunId,
    /// The folder of the fetch. A further fetch of the same run has another one, so that nobody takes its files for those
    /// of this one.
    fetch: String,
}

/// The number of a batch of a run, from 1. It is parsed from the number or the place of the batch.
///
/// ```
/// use findings_core::pipeline::BatchId;
/// let batch: BatchId = "s3://run-stages/2026-11-23/batches/0007.json".parse()?;
/// assert_eq!(batch, "7".parse()?);
/// assert_eq!(batch.to_string(), "0007");
/// # Ok::<(), findings_core::pipeline::InvalidBatchId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BatchId(u32);

/// The error for a text that names no batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no batch; expected a number such as 7, or a place such as s3://run-stages/2026-11-23/batches/0007.json"
)]
pub struct InvalidBatchId(String);

impl BatchId {
    pub(super) fn new(number: u32) -> Self {
        Self(number)
    }
}

impl FromStr for BatchId {
    type Err = InvalidBatchId;

    fn from_str(text: &str) -> Result<Self, InvalidBatchId> {
        let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
        let number = name.strip_suffix(".json").unwrap_or(name).parse().ok().filter(|number| *number > 0);
        number.map(Self).ok_or_else(|| InvalidBatchId(text.chars().take(200).collect()))
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// What the fetch of a run found, except findings.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The folder of the fetch.
    pub(super) fetch: String,
    /// The owner of the run's lease: all stages act for it.
    pub(super) owner: String,
    pub(super) started_at: Timestamp,
    pub(super) batches: u32,
    /// The batch of each project that is to be delivered, by name.
    pub(super) batch_of: HashMap<String, BatchId>,
    pub(super) lanes: Vec<SavedLane>,
    pub(super) coverage: Option<SavedCoverage>,
    pub(super) swept: Option<SavedSweep>,
    /// The only projects that were asked for; empty for all.
    pub(super) only: Vec<String>,
    /// What the history has and the registry has not, before anything is delivered.
    pub(super) absence: Absence,
}

impl Plan {
    /// Fails if there is no such batch. An earlier fetch may have had one.
    pub(super) fn check(&self, batch: BatchId) -> Result<()> {
        if batch.0 <= self.batches {
            return Ok(());
        }
        let error = Error::new(ErrorKind::NotFound, READ).with_subject(format!("batch {batch}"));
        Err(error.with_message(format!("there are {} batches; take one of the list of the last fetch", self.batches)))
    }
}

/// The results of a sweep whose projects others deliver.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedSweep {
    pub(super) stats: SweepStats,
    pub(super) ownership: Ownership,
    pub(super) reconciliation: Option<Reconciliation>,
    pub(super) is_late: bool,
    pub(super) held_back: Option<(HeldBack, SummaryError)>,
    /// The projects that are done without a batch: by earlier attempts, or held back.
    pub(super) outcomes: Vec<SavedOutcome>,
}

/// The projects of a batch.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) projects: Vec<BatchProject>,
    /// The number of findings in each file of findings. Findings are in the order of projects and accounts.
    pub(super) packs: Vec<u32>,
}

/// A project and what was fetched of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BatchProject {
    pub(super) name: String,
    pub(super) accounts: Vec<SavedAccount>,
}

/// What became of a batch.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Results {
    pub(super) outcomes: Vec<SavedOutcome>,
    /// Number of calls to each source, by the place of its lane: for issues that are gone.
    pub(super) calls: Vec<u64>,
}

/// A line of the list of batches.
#[derive(Serialize)]
struct BatchLine<'a> {
    batch: &'a str,
}

/// A file of the work.
#[derive(Serialize, Deserialize)]
struct File<T> {
    format: u32,
    version: String,
    content: T,
}

impl Work {
    pub(in crate::pipeline) fn new(store: Arc<dyn ArtifactStore>, run: RunId) -> Self {
        Self { store, run, fetch: String::new() }
    }

    /// The work of a fetch that begins.
    pub(super) fn of_new_fetch(&self, owner: &str) -> Self {
        // the time of the machine, which goes on even if that of the run stands still
        let now = Timestamp::now().as_millisecond();
        let fetch = format!("{now}-{}", hex::encode(&Sha256::digest(owner.as_bytes())[..4]));
        Self { fetch, ..self.clone() }
    }

    /// The work of the fetch that a plan is of.
    pub(super) fn of_fetch(&self, plan: &Plan) -> Self {
        Self { fetch: plan.fetch.clone(), ..self.clone() }
    }

    /// The name of the folder of the fetch.
    pub(super) fn fetch(&self) -> &str {
        &self.fetch
    }

    pub(super) async fn put_plan(&self, plan: &Plan) -> Result<StoredArtifact> {
        self.put_json("plan.json", plan).await
    }

    pub(super) async fn plan(&self) -> Result<Plan> {
        self.json("plan.json").await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::new(ErrorKind::NotFound, READ)
                .with_subject(self.run.as_str())
                .with_message("there is none at this place; run the stage fetch first, with the same run ID and place")
                .with_source(error),
            _ => error,
        })
    }

    pub(super) async fn put_list(&self, batches: &[String]) -> Result<StoredArtifact> {
        let mut lines = Vec::new();
        for batch in batches {
            serde_json::to_writer(&mut lines, &BatchLine { batch }).map_err(unwritten)?;
            lines.push(b'\n');
        }
        self.put("work.jsonl", lines, "application/jsonl").await
    }

    pub(super) async fn put_batch(&self, id: BatchId, batch: &Batch) -> Result<StoredArtifact> {
        self.put_json(&format!("{}/batches/{id}.json", self.fetch), batch).await
    }

    pub(super) async fn batch(&self, id: BatchId) -> Result<Batch> {
        self.json(&format!("{}/batches/{id}.json", self.fetch)).await
    }

    pub(super) async fn put_pack(&self, id: BatchId, number: usize, pack: Vec<u8>) -> Result<StoredArtifact> {
        self.put(&format!("{}/batches/{id}-{number}.findings", self.fetch), pack, "application/octet-stream").await
    }

    pub(super) async fn pack(&self, id: BatchId, number: usize) -> Result<Bytes> {
        self.read(&self.key(&format!("{}/batches/{id}-{number}.findings", self.fetch))?).await
    }

    pub(super) async fn put_results(&self, id: BatchId, results: &Results) -> Result<StoredArtifact> {
        self.put_json(&format!("{}/results/{id}.json", self.fetch), results).await
    }

    /// What became of a batch; `None` if it did not come to its end.
    pub(super) async fn results(&self, id: BatchId) -> Result<Option<Results>> {
        match self.json(&format!("{}/results/{id}.json", self.fetch)).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            results => results.map(Some),
        }
    }

    fn key(&self, name: &str) -> Result<ArtifactKey> {
        format!("{}/{name}", self.run.key_segment())
            .parse()
            .map_err(|error| Error::new(ErrorKind::InvalidInput, "name the work of the run").with_source(error))
    }

    async fn put(&self, name: &str, body: Vec<u8>, media_type: &str) -> Result<StoredArtifact> {
        let stored = self.store.put(&PutArtifact::new(self.key(name)?, body.into(), media_type)).await;
        stored.map_err(of_work)
    }

    async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
        self.store.read(key).await.map_err(of_work)
    }

    async fn put_json<T: Serialize + ?Sized>(&self, name: &str, content: &T) -> Result<StoredArtifact> {
        let file = File { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), content };
        let json = serde_json::to_vec(&file).map_err(unwritten)?;
        self.put(name, json, "application/json").await
    }

    async fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let key = self.key(name)?;
        let json = self.read(&key).await?;
        let about = |kind| Error::new(kind, READ).with_subject(key.as_str());
        // the version first: the content of another one need not be readable
        let File { format, version, content }: File<serde_json::Value> =
            serde_json::from_slice(&json).map_err(|error| {
                about(ErrorKind::Malformed).with_message("the file is damaged; fetch again").with_source(error)
            })?;
        if (format, version.as_str()) != (FORMAT, env!("CARGO_PKG_VERSION")) {
            let message = format!(
                "version {version} wrote it, and this is {}; use one version for all stages of a run",
                env!("CARGO_PKG_VERSION")
            );
            return Err(about(ErrorKind::InvalidInput).with_message(message));
        }
        serde_json::from_value(content).map_err(|error| {
            about(ErrorKind::Malformed).with_message("the file is damaged; fetch again").with_source(error)
        })
    }
}

/// The store calls its place that of the reports.
fn of_work(error: Error) -> Error {
    error.with_setting(Setting::Work)
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Other, "write the work of the run").with_source(error)
}
