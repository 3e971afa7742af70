//! `ecs-job run --workers N`: fetches, lets processes of its own deliver the batches, and finishes.
//!
//! Each worker is this program with the command `deliver`. It ends by itself when this process ends, however that happens:
//! its standard input is then closed.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;

use findings_core::pipeline::{BatchId, BatchSize, FetchOutcome, Pipeline, RunOutcome};
use findings_core::{ArtifactStore, Error, ErrorKind, Result, blocking};
use futures::{StreamExt, stream};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::config::RunConfig;
use crate::wiring::Wiring;

const BEGIN: &str = "begin a worker";

/// The variable with the name of the process that began a worker. All its workers ask for the leases of batches with this name,
/// so that a batch whose worker was killed can be begun again at once.
const PARENT: &str = "FINDINGS_WORKER_OF";

/// How often a batch is begun whose worker does not come to its end.
const ATTEMPTS: u32 = 3;

/// The name of the process that began this one as a worker.
pub(crate) fn parent() -> Option<String> {
    std::env::var(PARENT).ok().filter(|name| !name.is_empty())
}

/// Cancels the run when standard input is closed, if this process is a worker.
pub(crate) fn cancel_with_parent(cancel: &CancellationToken) {
    if parent().is_none() {
        return;
    }
    let cancel = cancel.clone();
    // a thread of its own: a blocking read cannot be given up
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        tracing::warn!("the process that began this worker has ended or was asked to stop: finishing started work");
        cancel.cancel();
    });
}

/// What all workers of a run have in common.
struct Workers<'a> {
    config: &'a RunConfig,
    work: OsString,
    owner: String,
    cancel: CancellationToken,
}

/// Does a run with workers. `owner` is the name of this process.
pub(crate) async fn run(
    pipeline: &Pipeline,
    wiring: &Wiring<'_>,
    (projects, owner): (usize, String),
    work: Option<Arc<dyn ArtifactStore>>,
    cancel: CancellationToken,
) -> Result<RunOutcome> {
    let config = wiring.config();
    let workers = config.staging.workers as usize;
    let (work, place, _folder) = place(wiring, work)?;
    match pipeline.fetch(&work, BatchSize::for_workers(workers, projects)).await? {
        FetchOutcome::Held { owner, until } => return Ok(RunOutcome::Held { owner, until }),
        FetchOutcome::Fetched { batches, .. } => {
            let all = Workers { config, work: place, owner, cancel };
            stream::iter(batches).for_each_concurrent(workers, |batch| all.deliver(batch)).await;
        }
        _ => {}
    }
    pipeline.finish(&work).await
}

/// Returns the store of the work, and its place for workers. A temporary folder is deleted when it is dropped.
fn place(
    wiring: &Wiring<'_>,
    work: Option<Arc<dyn ArtifactStore>>,
) -> Result<(Arc<dyn ArtifactStore>, OsString, Option<TempDir>)> {
    if let (Some(place), Some(work)) = (&wiring.config().staging.work, work) {
        return Ok((work, place.to_string().into(), None));
    }
    let folder = tempfile::Builder::new().prefix("ecs-job-").tempdir().map_err(|error| {
        let failed =
            Error::new(ErrorKind::Storage, "make a temporary folder for the work of the run").with_source(error);
        failed.with_message("set TMPDIR to a folder that can be written to, or give --work")
    })?;
    let place = crate::config::Reports::Dir(folder.path().to_owned());
    Ok((wiring.work_store(&place)?.0, folder.path().into(), Some(folder)))
}

impl Workers<'_> {
    /// Delivers a batch. What fails is in the result of the batch, or missing there: the stage finish says so.
    async fn deliver(&self, batch: BatchId) {
        for attempt in 1..=ATTEMPTS {
            if self.cancel.is_cancelled() {
                return;
            }
            match self.work_on(batch).await {
                // it said what is wrong, and a further attempt would say the same
                Ok(status) if status.code().is_some_and(|code| code != PANICKED) => return,
                Ok(status) if attempt < ATTEMPTS => {
                    tracing::warn!(%batch, %status, "a worker did not come to its end; its batch is begun again");
                }
                Ok(status) => tracing::error!(%batch, %status, "a worker did not come to its end; its batch is left"),
                Err(error) => {
                    tracing::error!(%batch, error = %error.report(), "a batch is left");
                    return;
                }
            }
        }
    }

    async fn work_on(&self, batch: BatchId) -> Result<ExitStatus> {
        let (mut worker, input) = self.begin(batch)?;
        let ending = blocking::run(BEGIN, move || worker.wait().map_err(unstarted));
        tokio::pin!(ending);
        tokio::select! {
            ended = &mut ending => return ended,
            () = self.cancel.cancelled() => {}
        }
        // asks it to stop; it takes as long as it is given
        drop(input);
        ending.await
    }

    fn begin(&self, batch: BatchId) -> Result<(Child, Option<ChildStdin>)> {
        let program = std::env::current_exe().map_err(unstarted)?;
        let worker = self.command(&program, batch).spawn();
        let mut worker = worker.map_err(unstarted)?;
        let input = worker.stdin.take();
        Ok((worker, input))
    }

    fn command(&self, program: &Path, batch: BatchId) -> Command {
        let RunConfig { run_id, passed, staging, .. } = self.config;
        let mut command = Command::new(program);
        command.arg("deliver").args(passed);
        command.args(["--run-id", run_id.as_str(), "--batch", &batch.to_string()]);
        command.args(["--workers", &staging.workers.to_string()]).arg("--work").arg(&self.work);
        command.env(PARENT, &self.owner).stdin(Stdio::piped()).stdout(Stdio::null());
        command
    }
}

/// Exit code of a Rust program whose main thread panicked.
const PANICKED: i32 = 101;

fn unstarted(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Other, BEGIN).with_source(error)
}
