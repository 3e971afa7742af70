//! Sources of the current time.

use std::fmt;

use jiff::Timestamp;

/// A source of the current time.
///
/// ```
/// use findings_core::pipeline::Clock;
/// use jiff::{Timestamp, ToSpan as _};
///
/// /// A clock of a machine that is behind by a minute.
/// #[derive(Debug)]
/// struct LateClock;
///
/// impl Clock for LateClock {
///     fn now(&self) -> Timestamp {
///         Timestamp::now() + 1.minute()
///     }
/// }
/// # assert!(LateClock.now() > Timestamp::now());
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now, UTC.
    fn now(&self) -> Timestamp;
}

/// The system clock, in whole milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // what is shown and stored needs no more, and stays readable
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// A clock with a fixed time, for tests and for runs that must be reproducible byte by byte.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
