//! Runs blocking work (files, SQLite, rendering) on threads where blocking is allowed.
//!
//! Every backend uses this module, so the processor time of that work is counted with the run.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::Either;

use crate::{Error, ErrorKind, Result};

/// A counter of processor time.
pub(crate) trait ProcessorMeter: fmt::Debug + Send + Sync + 'static {
    /// Adds processor time.
    fn add(&self, time: Duration);
}

tokio::task_local! {
    static METER: Arc<dyn ProcessorMeter>;
}

/// Creates a folder and its missing parents. On Unix, only their owner can enter the new ones; existing ones stay as they
/// are. Blocks.
///
/// # Errors
/// Those of the file system.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Runs `work` on a thread where it may block. Its processor time counts for the stage of the run that calls it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sum = findings_core::blocking::run("add up", || Ok((1..=100).sum::<u64>())).await;
/// assert_eq!(sum.unwrap(), 5050);
/// # }
/// ```
///
/// # Errors
/// The errors of `work`, and [`Other`](ErrorKind::Other) if it panics.
pub async fn run<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let metered = with_meter(work);
    tokio::task::spawn_blocking(metered).await.unwrap_or_else(|stopped| {
        Err(Error::new(ErrorKind::Other, operation).with_message("it panicked").with_source(stopped))
    })
}

/// Runs `work` as [`run`] does, for work that returns I/O errors.
///
/// # Errors
/// The errors of `work`, and [`io::ErrorKind::Other`] if it panics.
pub async fn run_io<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(with_meter(work)).await.unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}

/// Wraps `work` so that its processor time is added to the meter of the calling task. The meter is read here, because
/// the thread that runs the work has no task-local values.
fn with_meter<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let meter = METER.try_with(Arc::clone).ok();
    move || match meter {
        Some(meter) => measure(&*meter, work),
        None => work(),
    }
}

/// Wraps a future that will be spawned, so that its processor time is added to the meter of the calling task.
pub(crate) fn inherit_meter<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    match METER.try_with(Arc::clone) {
        Ok(meter) => Either::Left(metered(meter, work)),
        Err(_) => Either::Right(work),
    }
}

/// Wraps a future so that `meter` counts the processor time of each poll, and of the blocking work and tasks it starts.
pub(crate) fn metered<T>(meter: Arc<dyn ProcessorMeter>, work: impl Future<Output = T>) -> impl Future<Output = T> {
    Metered { meter: meter.clone(), work: Box::pin(METER.scope(meter, work)) }
}

struct Metered<F> {
    meter: Arc<dyn ProcessorMeter>,
    work: Pin<Box<F>>,
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let meter = self.meter.clone();
        measure(&*meter, || self.work.as_mut().poll(context))
    }
}

fn measure<T>(meter: &dyn ProcessorMeter, work: impl FnOnce() -> T) -> T {
    let before = processor_time();
    let done = work();
    if let (Some(before), Some(after)) = (before, processor_time()) {
        meter.add(after.saturating_sub(before));
    }
    done
}

/// Returns the time that this thread spent on a processor, or `None` if the system does not report it (Linux does).
fn processor_time() -> Option<Duration> {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    status.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panic_is_error_of_operation() {
        let error = run("read the file", || -> Result<()> { panic!("oops") }).await.unwrap_err();
        assert!(error.report().starts_with("read the file: it panicked"), "{}", error.report());
        let error = run_io(|| -> io::Result<()> { panic!("oops") }).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
    }
}
