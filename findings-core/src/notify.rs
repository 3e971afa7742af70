//! Step 7: telling a project's people.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::coverage::Verdict;
use crate::history::ProjectRun;
use crate::report::{Changes, CoverageNotice, Problem, Report};
use crate::store::ArtifactLink;
use crate::{Locale, Result, RunId, SeverityCounts};

pub use crate::recipient::{ChatKind, InvalidRecipient, Recipient};

/// A file that goes along with the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Name for the reader's disk.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// The whole file.
    pub body: Bytes,
}

/// What one recipient is told about one project's report.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Notification {
    /// To whom. One message each: an address that fails takes no other with it.
    pub recipient: Recipient,
    /// Name of the project.
    pub project: String,
    /// The run.
    pub run_id: RunId,
    /// When the findings were read, UTC.
    pub generated_at: Timestamp,
    /// Language of the reader.
    pub locale: Locale,
    /// Time zone of the reader.
    pub time_zone: TimeZone,
    /// Number of accounts of the project.
    pub accounts: u64,
    /// Findings by severity.
    pub counts: SeverityCounts,
    /// What happened since the last delivered report.
    pub changes: Changes,
    /// The last delivered run.
    pub previous: Option<ProjectRun>,
    /// As [`Report::is_complete`] says.
    pub complete: bool,
    /// What makes the report incomplete.
    pub problems: Vec<Problem>,
    /// The worst verdict on the coverage of its accounts: what "no findings" is worth.
    pub verdict: Verdict,
    /// The Regions whose coverage was looked at; empty if nobody looked.
    pub regions: Vec<String>,
    /// Whether findings of further Regions are shown whose coverage nobody looked at.
    pub other_regions: bool,
    /// Accounts that are known to be watched badly although the report is complete.
    pub notices: Vec<CoverageNotice>,
    /// The link to the report.
    pub link: Option<ArtifactLink>,
    /// The file itself, where it is to go along.
    pub attachment: Option<Attachment>,
    /// Whom to ask, from the configuration.
    pub contact: Option<String>,
    /// When a fresh link to a report that was delivered before was made, UTC; `None` for the report's own message.
    pub relinked_at: Option<Timestamp>,
}

impl Notification {
    /// What `recipient` is told of `report`.
    pub fn of(report: &Report, recipient: Recipient) -> Self {
        Self::with_counts(report, report.counts(), recipient)
    }

    /// The same, for who has counted the findings already.
    pub(crate) fn with_counts(report: &Report, counts: SeverityCounts, recipient: Recipient) -> Self {
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
            complete: report.is_complete(),
            problems: report.problems.clone(),
            verdict: report.verdict(),
            regions: report.regions.clone(),
            other_regions: report.other_regions,
            notices: report.notices(),
            link: None,
            attachment: None,
            contact: report.contact.clone(),
            relinked_at: None,
        }
    }

    /// What `recipient` is told of a fresh link to the report of an earlier run: what is remembered of that run, without its problems.
    pub fn of_earlier(project: impl Into<String>, run: &ProjectRun, recipient: Recipient, at: Timestamp) -> Self {
        let mut report = Report::new(project, run.run_id.clone(), run.at);
        report.changes = run.changes;
        Self { complete: run.complete, relinked_at: Some(at), ..Self::with_counts(&report, run.counts, recipient) }
    }

    /// Adds the link to the report.
    pub fn with_link(mut self, link: ArtifactLink) -> Self {
        self.link = Some(link);
        self
    }

    /// Whether the report holds everything that was asked for.
    pub fn is_complete(&self) -> bool {
        // a history remembers that a run was incomplete, but not its problems
        self.complete && self.problems.is_empty()
    }
}

/// That a message was accepted. Accepted is not delivered: only the recipient's server knows that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The ID under which the message can be found again.
    pub message_id: String,
}

/// Tells one recipient.
///
/// An implementation
/// * MUST send at most one message a call, and return `Ok` only once it was accepted,
/// * MUST say in the message if the report is incomplete,
/// * MUST take every text of the notification as text: no line break, HTML or template syntax in it has an effect,
/// * MUST NOT print a link in an error or log,
/// * MUST return a [retryable](crate::ErrorKind::is_retryable) error only if it is certain that nothing was sent; a time-out after sending is
///   [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown),
/// * SHOULD speak the recipient's language and show times in their time zone.
///
/// `testing::conformance::notifier` has a test for each MUST that can be seen from outside.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Short name for the summary and the ledger, such as `ses`.
    fn name(&self) -> &str;

    /// Whether it is the one to tell this recipient. Mail serves addresses, chat the channels that it knows.
    fn serves(&self, recipient: &Recipient) -> bool {
        recipient.chat().is_none()
    }

    /// Sends one message.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a recipient that can never be served,
    /// [`QuotaExhausted`](crate::ErrorKind::QuotaExhausted) if no more mail goes out today.
    async fn notify(&self, notification: &Notification) -> Result<Receipt>;
}
