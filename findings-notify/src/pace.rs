//! At most so many messages a second.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Gives out turns at even distances; at once as long as no rate is known.
#[derive(Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    distance: Duration,
    next: Option<Instant>,
}

impl Pace {
    pub(crate) fn set_rate(&self, per_second: f64) {
        if per_second.is_finite() && per_second > 0.0 {
            self.state().distance = Duration::try_from_secs_f64(1.0 / per_second).unwrap_or_default();
        }
    }

    /// Waits for the next turn.
    pub(crate) async fn turn(&self) {
        let slot = {
            let mut state = self.state();
            let now = Instant::now();
            let slot = state.next.map_or(now, |next| next.max(now));
            state.next = Some(slot + state.distance);
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
    async fn turns_keep_their_distance() {
        let pace = Pace::default();
        let start = Instant::now();
        pace.turn().await;
        pace.turn().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        pace.set_rate(2.0);
        for _ in 0..5 {
            pace.turn().await;
        }
        // to the millisecond, which is what timers are good for
        assert_eq!(start.elapsed().as_millis() / 10, 200);
    }
}
