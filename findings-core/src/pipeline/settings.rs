//! The settings of a run.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::timings::Timings;
use super::{ChannelLinks, Clock, LinkPolicy, ProjectOutcome, SystemClock};
use crate::console::ConsolePortal;
use crate::coverage::AcceptedGaps;
use crate::desk::Contacts;
use crate::guidance::Guidance;
use crate::history::Sla;
use crate::ledger::Redo;
use crate::owners::OwnerRules;
use crate::recipient::Recipient;
use crate::registry::{Project, RecipientDomains, Rename};
use crate::{Locale, NotifyWhen, RunId};

/// What to do with a message in doubt: the ledger has its intent, but no result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InDoubtPolicy {
    /// Send it again: every recipient gets it, and some may get it twice.
    #[default]
    Resend,
    /// Skip it: no recipient gets it twice, and some may not get it.
    Skip,
}

/// What to find out about accounts that no project owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnownedPolicy {
    /// Nothing: they are not looked for.
    Skip,
    /// Their IDs and names, which cost no call of GetFindings.
    #[default]
    Names,
    /// Their open findings, too. Each 20 of them cost a query like that of a project. These calls follow the calls for
    /// the projects.
    Count,
}

/// The settings of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The run.
    pub run_id: RunId,
    /// The owner of the lease: unique for each process.
    pub owner: String,
    /// The only projects to do, by their names or earlier names in the registry; empty does all. The others stay as they
    /// are, and the run stays open for them: a further attempt without this does the rest. No report of the organisation
    /// is made, and accounts without an owner are not looked for.
    pub only: Vec<String>,
    /// Which projects of the run to do again if they are done. `None` leaves a finished run as it is.
    pub redo: Option<Redo>,
    /// What to do with messages in doubt.
    pub in_doubt: InDoubtPolicy,
    /// The maximum number of GetFindings calls of a run, in each lane, to look up why issues are no longer reported.
    /// One call looks up 20 issues of one project. Issues beyond the maximum are resolved as
    /// [`Gone`](crate::report::Resolution::Gone).
    pub lookups: u32,
    /// How long the lease on the run lasts without renewal.
    pub lease: Duration,
    /// How long the lease lasts between two stages of a run that several processes do, if that is longer than `lease`: nobody
    /// else begins the run before the next stage does.
    pub handover: Duration,
    /// How long to wait for a run that another owner holds. Zero does not wait.
    pub held_wait: Duration,
    /// How long the run may take, from the call of [`Pipeline::run`](super::Pipeline::run) on. When it has passed, no
    /// further query is begun: projects whose findings are all fetched are delivered, and the next attempt does the
    /// others. `None` has no limit.
    pub deadline: Option<Duration>,
    /// The language of projects whose registry entry names none.
    pub locale: Locale,
    /// The time zone of projects whose registry entry names none. `None` uses that of each project's language: that of
    /// Tokyo for Japanese, of Seoul for Korean, UTC for English.
    pub time_zone: Option<TimeZone>,
    /// The wanted and minimum lifetime of links.
    pub link: LinkPolicy,
    /// The network from which alone links work: see [`ArtifactLink::network`](crate::store::ArtifactLink::network).
    pub link_network: Option<Arc<str>>,
    /// The channels whose messages have a link to the report.
    pub channel_links: ChannelLinks,
    /// Target times to fix issues, from which due dates follow.
    pub targets: Sla,
    /// The access portal that the links of reports into the console lead through.
    pub console_portal: Option<ConsolePortal>,
    /// Which reports recipients hear of, unless the registry has a choice of the recipient or the project.
    pub notify_when: NotifyWhen,
    /// The contact that reports and messages name for questions, unless a project has its own.
    pub contact: Contacts,
    /// Whose findings are inside projects.
    pub owners: Arc<OwnerRules>,
    /// The domains to which mail to owners may go. An address that a project entered in a tag or a decision gets mail only
    /// in the domains of the project's own recipients, unless domains are named here.
    pub owner_domains: RecipientDomains,
    /// What the organisation says about controls, for messages. Renderers have their own.
    pub guidance: Arc<Guidance>,
    /// The number of projects that are rendered and delivered at the same time.
    pub concurrency: usize,
    /// Number of findings of the projects that are worked on side by side: 25,000 by default. One with more is worked on
    /// alone. It bounds the memory, some hundred bytes for each.
    pub findings_at_once: usize,
    /// Projects that go on under another name, besides the earlier names in the registry.
    pub renames: Vec<Rename>,
    /// Gaps in the coverage that the operator has accepted.
    pub accepted_gaps: Arc<AcceptedGaps>,
    /// Names of sources of earlier runs that are gone for good: that they are not looked at any more makes no run incomplete.
    pub dropped_sources: Vec<String>,
    /// What to find out about accounts that no project owns.
    pub unowned: UnownedPolicy,
    /// Reports that unread accounts make incomplete are held back if more than this share of all accounts, in percent,
    /// could not be read for one reason, or nothing could be read. `None` never holds a report back.
    pub hold_if_unread: Option<u8>,
    /// Returns the current time.
    pub clock: Arc<dyn Clock>,
    /// Receives progress events.
    pub observer: Arc<dyn RunObserver>,
    /// Measures the stages.
    pub timings: Timings,
    /// Stops the run: no further project and no further message is begun.
    pub cancel: CancellationToken,
    /// How long begun projects may take after `cancel`. The next attempt does those that are not done by then.
    pub grace: Duration,
}

impl Settings {
    /// Returns the default settings: English, links for seven days, a lease of five minutes, 25 seconds to stop (ECS
    /// kills a task after 30), and 300 calls to look up why issues are no longer reported (100 seconds of the quota).
    pub fn new(run_id: RunId, owner: impl Into<String>) -> Self {
        Self {
            run_id,
            owner: owner.into(),
            only: Vec::new(),
            redo: None,
            in_doubt: InDoubtPolicy::default(),
            lookups: 300,
            lease: Duration::from_mins(5),
            handover: Duration::from_mins(15),
            held_wait: Duration::ZERO,
            deadline: None,
            locale: Locale::default(),
            time_zone: None,
            link: LinkPolicy::new(Duration::from_hours(7 * 24)),
            link_network: None,
            channel_links: ChannelLinks::default(),
            targets: Sla::default(),
            console_portal: None,
            notify_when: NotifyWhen::default(),
            contact: Contacts::default(),
            owners: Arc::default(),
            owner_domains: RecipientDomains::default(),
            guidance: Arc::default(),
            concurrency: 4,
            findings_at_once: 25_000,
            renames: Vec::new(),
            accepted_gaps: Arc::default(),
            dropped_sources: Vec::new(),
            unowned: UnownedPolicy::default(),
            hold_if_unread: Some(50),
            clock: Arc::new(SystemClock),
            observer: Arc::new(SilentObserver),
            timings: Timings::default(),
            cancel: CancellationToken::new(),
            grace: Duration::from_secs(25),
        }
    }

    /// The language of a project.
    pub(super) fn locale_of(&self, project: &Project) -> Locale {
        project.locale.unwrap_or(self.locale)
    }

    /// The time zone of a project.
    pub(super) fn zone_of(&self, project: &Project) -> TimeZone {
        let zone = project.time_zone.as_ref().or(self.time_zone.as_ref()).cloned();
        zone.unwrap_or_else(|| self.locale_of(project).time_zone())
    }

    /// Whom readers of a project ask.
    pub(super) fn contact_of(&self, project: &Project) -> Option<String> {
        let locale = self.locale_of(project);
        self.contact.of_project(project.contact_of(locale), locale)
    }

    /// Which reports a recipient of a project hears of.
    pub(super) fn choice_of(&self, project: &Project, recipient: &Recipient) -> NotifyWhen {
        project.choice_of(recipient).unwrap_or(self.notify_when)
    }
}

/// A progress event of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// The run starts.
    Started {
        /// The number of projects to do.
        projects: usize,
    },
    /// A project is done, whether it succeeded or failed.
    ProjectDone(&'a ProjectOutcome),
    /// An urgent run is done with a project, whether it succeeded or failed.
    UrgentDone(&'a ProjectOutcome),
    /// Reports were held back, because Security Hub could not be read. These projects are not done.
    ProjectsHeld {
        /// The number of these projects.
        projects: usize,
    },
}

/// Receives the progress of a run.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use findings_core::pipeline::{RunEvent, RunObserver};
///
/// /// Counts the projects that are done.
/// #[derive(Debug, Default)]
/// struct Counter(AtomicUsize);
///
/// impl RunObserver for Counter {
///     fn on_event(&self, event: &RunEvent<'_>) {
///         if let RunEvent::ProjectDone(_) = event {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// # let counter = Counter::default();
/// # counter.on_event(&RunEvent::Started { projects: 3 });
/// # assert_eq!(counter.0.into_inner(), 0);
/// ```
pub trait RunObserver: fmt::Debug + Send + Sync + 'static {
    /// Called for each event. Must return quickly.
    fn on_event(&self, event: &RunEvent<'_>);
}

#[derive(Debug)]
struct SilentObserver;

impl RunObserver for SilentObserver {
    fn on_event(&self, _: &RunEvent<'_>) {}
}
