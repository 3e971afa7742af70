//! The patience with services: how often and for how long a call is repeated. GetFindings has
//! [retries of its own](crate::source::RetryPolicy), because its attempts are paid from a quota.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::{Error, ErrorKind, Result};

/// How often a call is made, and the pauses between two attempts.
///
/// By default twelve attempts, with pauses from 50 ms up to 5 s: about half a minute for a service that answers at once
/// that it is overloaded. Calls that hang take longer; after four minutes no further attempt begins.
///
/// Every attempt counts. Therefore the retries of an SDK must be off for a call that is repeated here.
///
/// ```
/// use findings_core::patience::Patience;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> findings_core::Result<()> {
/// let answer = Patience::default().repeat(async || Ok("an answer")).await?;
/// assert_eq!(answer, "an answer");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patience {
    /// Attempts for a call, including the first.
    pub attempts: u32,
    /// Half of the longest pause after the first failed attempt. It doubles with each further one.
    pub first_pause: Duration,
    /// Upper limit of every pause, also of those that a service asks for.
    pub longest_pause: Duration,
    /// Time since the first attempt after which no further one begins.
    pub limit: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 12,
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(5),
            limit: Duration::from_mins(4),
        }
    }
}

impl Patience {
    /// Makes a call that has the same effect however often it is made. Repeats it while the service is overloaded or
    /// out of order, and if its answer is lost or cut.
    ///
    /// # Errors
    /// The error of the last attempt. After several attempts, its message says how many there were and what to do.
    pub async fn repeat<T, F>(&self, call: impl FnMut() -> F + Send) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        self.repeat_if(Self::allows, call).await
    }

    /// Returns whether a call that has the same effect however often it is made may be repeated after this error.
    pub(crate) fn allows(error: &Error) -> bool {
        // an answer that is cut off cannot be decoded
        error.is_retryable() || error.kind() == ErrorKind::Malformed
    }

    /// Makes a call, and repeats it after errors of which `may_repeat` says that they allow it.
    ///
    /// # Errors
    /// Those of [`repeat`](Self::repeat).
    pub async fn repeat_if<T, F>(
        &self,
        may_repeat: impl Fn(&Error) -> bool + Send,
        mut call: impl FnMut() -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        let (began, mut failed) = (Instant::now(), 0);
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            if !may_repeat(&error) {
                return Err(error);
            }
            if failed >= self.attempts || began.elapsed() >= self.limit {
                return Err(given_up(error, failed));
            }
            let asked = error.retry_after().unwrap_or_default().min(self.longest_pause);
            let pause = self.pause(failed).max(asked);
            tracing::debug!(attempt = failed, ?pause, error = %error.report(), "making a call again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Returns the pause after `failed` failed attempts in a row.
    ///
    /// A random part of up to a quarter is taken off, so that tasks that were throttled together do not return
    /// together. It is no larger, because the sum of the pauses has to outlast half a minute of throttling.
    pub(crate) fn pause(&self, failed: u32) -> Duration {
        let full = self.first_pause.saturating_mul(1 << failed.min(10)).min(self.longest_pause);
        full.mul_f64(1.0 - fastrand::f64() / 4.0)
    }
}

/// Adds to the error how often the call was made and what to do.
pub(crate) fn given_up(error: Error, attempts: u32) -> Error {
    let advice = match error.kind() {
        ErrorKind::Throttled => {
            "the service is overloaded or its quota is too low: raise the quota, or run again later"
        }
        ErrorKind::Malformed => "the answers are cut: check the network and proxies, then run again",
        _ => "check the network and the state of the service, then run again",
    };
    error.with_note(format!("tried {attempts} times; {advice}"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Fails the first `faults` calls; returns the result and the number of calls.
    async fn outcome(kind: ErrorKind, faults: u32) -> (Result<()>, u32) {
        let calls = AtomicU32::new(0);
        let call = || async {
            match calls.fetch_add(1, Ordering::Relaxed) {
                n if n < faults => Err(Error::new(kind, "ask").with_message("no")),
                _ => Ok(()),
            }
        };
        let result = Patience::default().repeat(call).await;
        (result, calls.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn twelve_attempts_outlast_twenty_seconds() {
        for kind in [ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Malformed] {
            let (result, calls) = outcome(kind, 11).await;
            assert!(result.is_ok() && calls == 12, "{kind:?}");
            let began = Instant::now();
            let (result, calls) = outcome(kind, u32::MAX).await;
            let error = result.unwrap_err();
            assert_eq!((error.kind(), calls), (kind, 12));
            assert!(error.to_string().starts_with("ask: no; tried 12 times; "), "{error}");
            assert!((20..=32).contains(&began.elapsed().as_secs()), "{kind:?}: {:?}", began.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn errors_that_no_repetition_cures_are_returned_at_once() {
        for kind in
            [ErrorKind::InvalidInput, ErrorKind::PermissionDenied, ErrorKind::Conflict, ErrorKind::OutcomeUnknown]
        {
            let (result, calls) = outcome(kind, u32::MAX).await;
            assert_eq!((result.unwrap_err().to_string().as_str(), calls), ("ask: no", 1), "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_calls_end() {
        let calls = AtomicU32::new(0);
        let hanging = || async {
            calls.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_mins(1)).await;
            Err::<(), _>(Error::new(ErrorKind::Timeout, "ask"))
        };
        let error = Patience::default().repeat(hanging).await.unwrap_err();
        assert_eq!((error.kind(), calls.into_inner()), (ErrorKind::Timeout, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn pause_that_the_service_asks_for_is_kept_up_to_a_limit() {
        let patience = Patience { attempts: 2, ..Patience::default() };
        for (asked, seconds) in [(3, 3), (600, 5)] {
            let call = || async {
                Err::<(), _>(Error::new(ErrorKind::Throttled, "ask").with_retry_after(Duration::from_secs(asked)))
            };
            let began = Instant::now();
            patience.repeat(call).await.unwrap_err();
            assert_eq!(began.elapsed().as_secs(), seconds);
        }
    }
}
