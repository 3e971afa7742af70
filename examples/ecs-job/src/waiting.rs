//! Says what a command waits for, and for how long it does.

use std::pin::pin;
use std::time::Duration;

use findings_core::{Error, ErrorKind, Result};
use tokio::time::timeout;

/// Time until the first line about what is waited for.
const QUIET: Duration = Duration::from_secs(3);
/// Time between two lines.
const INTERVAL: Duration = Duration::from_secs(15);
/// The longest time that an answer is worth if nothing depends on it but a line of output.
const LIMIT: Duration = Duration::from_secs(15);

/// Waits for an answer, and logs what it waits for if that takes longer than three seconds.
pub(crate) async fn announced<T>(what: &str, answer: impl Future<Output = T>) -> T {
    let (mut answer, mut pause) = (pin!(answer), QUIET);
    loop {
        if let Ok(answer) = timeout(pause, &mut answer).await {
            return answer;
        }
        tracing::info!("waiting for {what}");
        pause = INTERVAL;
    }
}

/// Waits for an answer as [`announced`] does, but no longer than 15 seconds. `operation` is that of the error.
pub(crate) async fn limited<T>(
    what: &str,
    operation: &'static str,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    timeout(LIMIT, announced(what, answer)).await.unwrap_or_else(|_| {
        let message = format!("no answer within {} s", LIMIT.as_secs());
        Err(Error::new(ErrorKind::Timeout, operation).with_message(message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn answer_that_does_not_come_is_an_error() {
        let answer = async |after| {
            tokio::time::sleep(Duration::from_secs(after)).await;
            Ok(after)
        };
        assert_eq!(limited("a service", "ask", answer(14)).await.unwrap(), 14);
        let error = limited("a service", "ask", answer(16)).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Timeout, "ask: no answer within 15 s"));
        assert_eq!(announced("a service", answer(1_000)).await.ok(), Some(1_000));
    }
}
