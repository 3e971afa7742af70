//! Rate limit for messages.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Spaces messages evenly to a number per second. Without a rate it does not wait.
#[derive(Default)]
pub(crate) struct Pace {
    /// How many others send at the same rate, besides this one.
    others: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// Divides the rate between this many senders.
    pub(crate) fn set_senders(&mut self, senders: u32) {
        self.others = senders.saturating_sub(1);
    }

    pub(crate) fn set_rate(&self, per_second: f64) {
        if per_second.is_finite() && per_second > 0.0 {
            let interval = (f64::from(self.others) + 1.0) / per_second;
            self.state().interval = Duration::try_from_secs_f64(interval).unwrap_or_default();
        }
    }

    /// Waits until the next message may be sent.
    pub(crate) async fn wait_for_turn(&self) {
        // the slot is reserved under the lock, so that concurrent senders get different slots
        let slot = {
            let mut state = self.state();
            let now = Instant::now();
            let slot = state.next.map_or(now, |next| next.max(now));
            state.next = Some(slot + state.interval);
            slot
        };
        sleep_until(slot).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pace_spaces_messages_evenly() {
        let pace = Pace::default();
        let start = Instant::now();
        pace.wait_for_turn().await;
        pace.wait_for_turn().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        pace.set_rate(2.0);
        for _ in 0..5 {
            pace.wait_for_turn().await;
        }
        // tokio timers are accurate to the millisecond
        assert_eq!(start.elapsed().as_millis() / 10, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn several_senders_share_the_rate() {
        let mut pace = Pace::default();
        pace.set_senders(4);
        pace.set_rate(2.0);
        let start = Instant::now();
        for _ in 0..3 {
            pace.wait_for_turn().await;
        }
        assert_eq!(start.elapsed().as_millis() / 10, 400);
    }
}
