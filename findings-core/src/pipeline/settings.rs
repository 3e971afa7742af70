//! What a run is told besides its parts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::timings::Timings;
use super::{Clock, LinkPolicy, ProjectOutcome, SystemClock};
use crate::coverage::AcceptedGaps;
use crate::{Locale, RunId};

/// What to do with a message of which nobody knows whether it was sent: its intent is in the ledger, and nothing after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InDoubt {
    /// Send it again: nobody is left without, and somebody may get it twice.
    #[default]
    Resend,
    /// Leave it: nobody gets it twice, and somebody may be left without.
    Skip,
}

/// What a run is told besides its parts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The run.
    pub run_id: RunId,
    /// Who works on it: unique for each process.
    pub owner: String,
    /// Work on it even if it is finished.
    pub force: bool,
    /// What to do with messages of which nobody knows whether they were sent.
    pub in_doubt: InDoubt,
    /// GetFindings calls that a run may spend, in each lane, on the question why issues are gone: 20 issues a call, those of one project together.
    /// What is not asked is called [`Gone`](crate::report::Resolution::Gone).
    pub lookups: u32,
    /// How long the lease on the run holds without a sign of life.
    pub lease: Duration,
    /// Language of projects that name none.
    pub locale: Locale,
    /// Time zone of all readers; `None` for that of each one's language: Tokyo for Japanese, else UTC.
    pub time_zone: Option<TimeZone>,
    /// How long links should work, and must.
    pub link: LinkPolicy,
    /// Whom readers can ask.
    pub contact: Option<String>,
    /// Projects that are rendered and delivered at the same time.
    pub concurrency: usize,
    /// Gaps in the coverage that the organisation knows of and lives with.
    pub accepted_gaps: Arc<AcceptedGaps>,
    /// Count the open findings of accounts that no project owns, so that somebody takes them. Costs their calls after those of the projects.
    pub count_unowned: bool,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Listens to the progress.
    pub observer: Arc<dyn RunObserver>,
    /// Measures the stages.
    pub timings: Timings,
    /// Stops the run: no new project is begun, what is in hand is finished.
    pub cancel: CancellationToken,
    /// How long what is in hand may take after that; what is not done by then is left to the next attempt.
    pub grace: Duration,
}

impl Settings {
    /// English, links for seven days, a lease of five minutes, 25 seconds to stop (ECS kills after 30),
    /// 300 calls to find out why issues are gone (100 seconds of the quota).
    pub fn new(run_id: RunId, owner: impl Into<String>) -> Self {
        Self {
            run_id,
            owner: owner.into(),
            force: false,
            in_doubt: InDoubt::default(),
            lookups: 300,
            lease: Duration::from_mins(5),
            locale: Locale::default(),
            time_zone: None,
            link: LinkPolicy::new(Duration::from_hours(7 * 24)),
            contact: None,
            concurrency: 4,
            accepted_gaps: Arc::default(),
            count_unowned: true,
            clock: Arc::new(SystemClock),
            observer: Arc::new(SilentObserver),
            timings: Timings::default(),
            cancel: CancellationToken::new(),
            grace: Duration::from_secs(25),
        }
    }
}

/// Progress of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// It begins with so many projects.
    Started {
        /// Projects to be done.
        projects: usize,
    },
    /// A project is done, well or badly.
    ProjectDone(&'a ProjectOutcome),
}

/// Listens to the progress of a run.
pub trait RunObserver: fmt::Debug + Send + Sync + 'static {
    /// Something happened: return soon.
    fn on_event(&self, event: &RunEvent<'_>);
}

#[derive(Debug)]
struct SilentObserver;

impl RunObserver for SilentObserver {
    fn on_event(&self, _: &RunEvent<'_>) {}
}
