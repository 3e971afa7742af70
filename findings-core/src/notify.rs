//! Step 7: notifies the recipients of a project.

mod decisions;
mod organisation;
mod subscription;
mod urgent;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::guidance::Guidance;
use crate::history::ProjectRun;
use crate::rendering;
use crate::report::{Certainty, Changes, Conclusion, Headline, News, Problem, ProblemKind, Report};
use crate::store::ArtifactLink;
use crate::wording::ENDING_SOON_DAYS;
use crate::{Error, ErrorKind, Locale, Result, RunId, Severity, SeverityCounts, Text};

pub use self::decisions::{DecisionNotification, DecisionSubject, DueList};
pub use self::organisation::{OrganisationNotification, ReportLink};
pub use self::urgent::{UrgentFinding, UrgentList, UrgentNotification};
pub use crate::recipient::{InvalidRecipient, Recipient};

/// A file that is attached to the message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// The file name that the recipient sees.
    pub name: String,
    /// The media type of the file.
    pub media_type: String,
    /// The complete content of the file.
    pub body: Bytes,
}

impl Attachment {
    /// A file with this name, media type and content.
    pub fn new(name: impl Into<String>, media_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), body: body.into() }
    }
}

/// Whose part of a report a message is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportPart {
    /// The owner, as the [rules](crate::owners) or a decision name them.
    pub owner: Text,
    /// Number of findings of the whole report.
    pub of_findings: u64,
}

impl ReportPart {
    /// The part of an owner, of a report with this number of findings.
    pub fn new(owner: Text, of_findings: u64) -> Self {
        Self { owner, of_findings }
    }
}

/// What a message says to somebody who hears of one report each month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MonthlyReport {
    /// The report to compare with: the first one of the last earlier month; `None` if there is none.
    pub before: Option<ProjectRun>,
}

impl MonthlyReport {
    /// A comparison with this report.
    pub fn new(before: Option<ProjectRun>) -> Self {
        Self { before }
    }
}

/// The content of a message to one recipient about the report of one project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Notification {
    /// The recipient. Each recipient gets a separate message, so a failing address does not affect the others.
    pub recipient: Recipient,
    /// The name of the project.
    pub project: String,
    /// The ID of the run that wrote the report.
    pub run_id: RunId,
    /// The time at which the findings were read, UTC.
    pub generated_at: Timestamp,
    /// The language of the message.
    pub locale: Locale,
    /// The time zone in which the message shows times.
    pub time_zone: TimeZone,
    /// The number of accounts of the project.
    pub accounts: u64,
    /// The number of findings by severity.
    pub counts: SeverityCounts,
    /// The changes since the last delivered report.
    pub changes: Changes,
    /// The last delivered run.
    pub previous: Option<ProjectRun>,
    /// How far the report can be trusted. The message MUST say if it is incomplete, and if issues are stale.
    pub certainty: Certainty,
    /// What is new, what to do first, and what was fixed; `None` if it is not known any more, so that the message says
    /// nothing of it.
    pub headline: Option<Arc<Headline>>,
    /// The least severity that the headline tells of; `None` for all. It leaves nothing out of the report and of the counts.
    pub min_severity: Option<Severity>,
    /// The number of issues that decisions take out of the report.
    pub accepted: u64,
    /// The number of issues that are listed again because their acceptance has ended.
    pub ended_acceptances: u64,
    /// How many acceptances end within [`ENDING_SOON_DAYS`].
    pub ending_acceptances: u64,
    /// Whether a mail about the same report goes to somebody, so that a message to a channel may point to it.
    pub is_mailed: bool,
    /// The link to the report. A message to a channel has one only if the operator allows it there.
    pub link: Option<ArtifactLink>,
    /// The link to the page in which the recipient answers the report. Whoever has it can answer, so a message to several
    /// readers MUST NOT have it.
    pub answer_link: Option<ArtifactLink>,
    /// The report file, if it is attached to the message.
    pub attachment: Option<Attachment>,
    /// The contact for questions, from the configuration.
    pub contact: Option<String>,
    /// The time at which a new link to an already delivered report was created, UTC. `None` in the first message about
    /// a report.
    pub relinked_at: Option<Timestamp>,
    /// The edition of the run's reports, from 1. Messages of different editions MUST NOT share their identity: mail
    /// programs drop a second message with the same `Message-ID`.
    pub edition: u32,
    /// Whose part of the report the message is about; `None` for the whole. In a message about a part, the counts, the
    /// changes and the headline are those of the part, and nothing is said of what is fixed, because what is gone is
    /// nobody's any more. The certainty is that of the whole report.
    pub part: Option<ReportPart>,
    /// What changed in a month, for a recipient who [hears monthly](crate::NotifyWhen::Monthly); `None` for all others.
    pub monthly: Option<MonthlyReport>,
    /// Whether the recipient was told of an earlier edition, or may have been. Then the message says that the report
    /// replaces the earlier one.
    pub replaces_earlier: bool,
}

impl Notification {
    /// Creates the notification of `recipient` about `report`.
    ///
    /// # Errors
    /// Those of findings that cannot be read ([`ReportFindings::iter`](crate::report::ReportFindings::iter)).
    pub fn of(report: &Report, recipient: Recipient) -> Result<Self> {
        let headline = rendering::headline(report, &Guidance::default())?;
        Ok(Self::with_headline(report, report.counts(), Some(Arc::new(headline)), recipient))
    }

    /// Like [`of`](Self::of), with what the caller has already computed.
    pub(crate) fn with_headline(
        report: &Report,
        counts: SeverityCounts,
        headline: Option<Arc<Headline>>,
        recipient: Recipient,
    ) -> Self {
        Self {
            recipient,
            project: report.project.clone(),
            run_id: report.run_id.clone(),
            generated_at: report.generated_at,
            locale: report.locale,
            time_zone: report.time_zone.clone(),
            accounts: report.accounts.len() as u64,
            counts,
            changes: report.changes,
            previous: report.previous().cloned(),
            certainty: report.certainty(),
            headline,
            min_severity: None,
            accepted: report.accepted.len() as u64,
            ended_acceptances: report.ended_acceptances(),
            ending_acceptances: report.ending_acceptances(ENDING_SOON_DAYS),
            is_mailed: false,
            link: None,
            answer_link: None,
            attachment: None,
            contact: report.contact.clone(),
            relinked_at: None,
            edition: 1,
            part: None,
            monthly: None,
            replaces_earlier: false,
        }
    }

    /// Creates the notification of `recipient` about the report of an earlier run. It contains what the history records
    /// of that run. The history records neither what was uncertain nor the headline: set [`Notification::certainty`] and
    /// [`Notification::headline`] to what was said then. For a new link, set [`Notification::relinked_at`].
    pub fn of_earlier(project: impl Into<String>, run: &ProjectRun, recipient: Recipient) -> Self {
        let mut report = Report::new(project, run.run_id.clone(), run.at);
        report.changes = run.changes;
        let mut notification = Self::with_headline(&report, run.counts, None, recipient);
        notification.certainty.problems.clear();
        if !run.complete {
            notification.certainty.problems.push(Problem::new(ProblemKind::SeeReport, ""));
        }
        notification
    }

    /// Adds the link to the report.
    pub fn with_link(mut self, link: ArtifactLink) -> Self {
        self.link = Some(link);
        self
    }

    /// Adds the link to the page in which the recipient answers.
    pub fn with_answer_link(mut self, link: ArtifactLink) -> Self {
        self.answer_link = Some(link);
        self
    }

    /// What is new since the last report, as far as the message tells of it: see [`Notification::min_severity`]. `None` if it
    /// is not known.
    pub fn news(&self) -> Option<News> {
        let news = self.headline.as_ref()?.news;
        Some(self.min_severity.map_or(news, |severity| news.at_least(severity)))
    }

    /// Number of findings by severity, without those of checks that pass, as far as the headline tells of them.
    pub fn to_fix(&self) -> SeverityCounts {
        let passed = self.headline.as_ref().map(|headline| headline.passed).unwrap_or_default();
        self.counts.without(&passed).at_least(self.min_severity.unwrap_or(Severity::Informational))
    }

    /// Whether the report contains everything that was requested.
    pub fn is_complete(&self) -> bool {
        self.certainty.is_complete()
    }

    /// What the report says about the project as a whole.
    pub fn conclusion(&self) -> Conclusion {
        self.certainty.conclusion(self.counts.total())
    }
}

/// The confirmation that a message was accepted. It does not confirm delivery, which only the recipient's server knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The ID that the accepting service gave the message.
    pub message_id: String,
}

impl Receipt {
    /// A message was accepted under this ID.
    pub fn new(message_id: impl Into<String>) -> Self {
        Self { message_id: message_id.into() }
    }
}

/// Sends notifications, one recipient at a time.
///
/// An implementation
/// * MUST send at most one message per call, and return `Ok` only after it was accepted,
/// * MUST say in the message if the report is incomplete,
/// * MUST say in the message how many issues are stale, if any are,
/// * MUST treat every text of the notification as plain text: line breaks, HTML and template syntax in it have no
///   effect,
/// * MUST NOT print a link in an error or log,
/// * MUST return a [retryable](crate::ErrorKind::is_retryable) error only if it is certain that nothing was sent; a
///   time-out after sending is [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown),
/// * MUST name in [`schemes`](Self::schemes) the scheme of each recipient that it serves,
/// * SHOULD use the recipient's language and time zone.
///
/// `testing::conformance::notifier` has a test for each MUST that can be seen from outside.
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::notify::{Notification, Notifier, Receipt};
/// use findings_core::{Error, ErrorKind, Result};
///
/// /// Pages somebody on call, for recipients such as `pager:payments`.
/// #[derive(Debug)]
/// struct Pager;
///
/// impl Pager {
///     /// Returns the ID of the page. Here the service is out of reach.
///     async fn page(&self, to: &str, text: &str) -> std::result::Result<String, std::io::Error> {
///         Err(std::io::ErrorKind::ConnectionRefused.into())
///     }
/// }
///
/// #[async_trait]
/// impl Notifier for Pager {
///     fn name(&self) -> &str {
///         "pager"
///     }
///
///     fn schemes(&self) -> Vec<String> {
///         vec!["pager".to_owned()]
///     }
///
///     async fn notify(&self, notification: &Notification) -> Result<Receipt> {
///         let Notification { recipient, project, counts, certainty, .. } = notification;
///         let warning = if notification.is_complete() { "" } else { " (INCOMPLETE)" };
///         let text = format!(
///             "{project}{warning}: {} findings, {} issues not checked",
///             counts.total(),
///             certainty.stale.total()
///         );
///         let failed = |error: std::io::Error| {
///             // refused means certainly not sent; after anything else, nobody knows
///             let kind = match error.kind() {
///                 std::io::ErrorKind::ConnectionRefused => ErrorKind::Unavailable,
///                 _ => ErrorKind::OutcomeUnknown,
///             };
///             Error::new(kind, "page somebody").with_subject(recipient.as_str()).with_source(error)
///         };
///         self.page(recipient.as_str(), &text).await.map(Receipt::new).map_err(failed)
///     }
/// }
/// # use findings_core::report::ReportBuilder;
/// # let report = ReportBuilder::new("Payments", "r".parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap()).build().unwrap();
/// # let to = Notification::of(&report, "pager:payments".parse().unwrap()).unwrap();
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # assert!(Pager.serves(&to.recipient) && runtime.block_on(Pager.notify(&to)).unwrap_err().is_retryable());
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Returns a short name for the summary and the ledger, for example `ses`.
    fn name(&self) -> &str;

    /// Returns the schemes of the recipients that it serves. By default, mail addresses.
    fn schemes(&self) -> Vec<String> {
        vec![Recipient::MAIL.to_owned()]
    }

    /// Whether this notifier can send to `recipient`: by default to all with one of its schemes. Chat notifiers serve the
    /// channels that they know.
    fn serves(&self, recipient: &Recipient) -> bool {
        self.schemes().iter().any(|scheme| scheme == recipient.scheme())
    }

    /// Sends one message.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a recipient that can never be served,
    /// [`QuotaExhausted`](crate::ErrorKind::QuotaExhausted) if no more mail can be sent today.
    async fn notify(&self, notification: &Notification) -> Result<Receipt>;

    /// Sends one message about the report of the organisation. The rules are those of [`notify`](Self::notify). A notifier
    /// that does not override it sends no such messages.
    ///
    /// # Errors
    /// As [`notify`](Self::notify); [`InvalidInput`](crate::ErrorKind::InvalidInput) if the notifier sends no such
    /// messages.
    async fn notify_organisation(&self, notification: &OrganisationNotification) -> Result<Receipt> {
        Err(Error::new(ErrorKind::InvalidInput, "send the report of the organisation")
            .with_subject(notification.recipient.as_str())
            .with_message(format!("{} sends only the reports of projects", self.name())))
    }

    /// Sends one message about decisions. The rules are those of [`notify`](Self::notify). A notifier that does not override
    /// it sends no such messages.
    ///
    /// # Errors
    /// As [`notify`](Self::notify); [`InvalidInput`](crate::ErrorKind::InvalidInput) if the notifier sends no such
    /// messages.
    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        Err(Error::new(ErrorKind::InvalidInput, "send a message about decisions")
            .with_subject(notification.recipient.as_str())
            .with_message(format!("{} sends only reports", self.name())))
    }

    /// Sends one message about what does not wait for the next report. The rules are those of [`notify`](Self::notify). A
    /// notifier that does not override it sends no such messages.
    ///
    /// # Errors
    /// As [`notify`](Self::notify); [`InvalidInput`](crate::ErrorKind::InvalidInput) if the notifier sends no such
    /// messages.
    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        Err(Error::new(ErrorKind::InvalidInput, "send an urgent message")
            .with_subject(notification.recipient.as_str())
            .with_message(format!("{} sends only reports", self.name())))
    }
}
