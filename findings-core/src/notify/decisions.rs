//! Messages about decisions: what became of a returned report, and what is due.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Recipient, ReportLink};
use crate::decision::{DecisionReply, DueItem};
use crate::{Locale, RunId};

/// What a message about decisions says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DecisionSubject {
    /// What became of a returned report.
    Reply(Arc<DecisionReply>),
    /// What is due soon or overdue, for the one who takes care of it.
    Reminder(DueList),
    /// What has been overdue for long, for those who lead the project.
    Escalation {
        /// From how many days on.
        after_days: u16,
        /// What is overdue.
        due: DueList,
    },
}

impl DecisionSubject {
    /// A name that distinguishes messages to the same recipient about the same project in a run: `reply`, `reminder` or
    /// `escalation`. Ledgers of older versions hold the names, so they must never change.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Reminder(_) => "reminder",
            Self::Escalation { .. } => "escalation",
        }
    }
}

/// The most items that a message lists.
const LISTED: usize = 30;

/// What is due: the earliest days, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueList {
    /// The first items.
    pub items: Vec<DueItem>,
    /// Number of further items.
    pub left_out: u64,
    /// Number of all items whose day has passed.
    pub overdue: u64,
    /// The day on which the list was made, in the time zone of the project.
    pub today: Date,
}

impl DueList {
    /// A list of these items on this day. Of more than 30 items, the others are only counted.
    pub fn new(mut items: Vec<DueItem>, today: Date) -> Self {
        let overdue = items.iter().filter(|item| item.day < today).count() as u64;
        let left_out = items.len().saturating_sub(LISTED) as u64;
        items.truncate(LISTED);
        Self { items, left_out, overdue, today }
    }

    /// Number of all items.
    pub fn total(&self) -> u64 {
        self.items.len() as u64 + self.left_out
    }
}

/// The content of a message to one recipient about decisions of one project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecisionNotification {
    /// The recipient. Each recipient gets a separate message.
    pub recipient: Recipient,
    /// The name of the project.
    pub project: String,
    /// The run that sends it; for a reply, the run whose report was returned.
    pub run_id: RunId,
    /// When it was made, UTC.
    pub at: Timestamp,
    /// The language of the message.
    pub locale: Locale,
    /// The time zone in which the message shows times.
    pub time_zone: TimeZone,
    /// The contact for questions, from the configuration.
    pub contact: Option<String>,
    /// What it says.
    pub subject: DecisionSubject,
    /// The link to a file: the report or, in a reply, the workbook with all entries.
    pub link: Option<ReportLink>,
    /// The edition of the run, from 1. Messages of different editions MUST NOT share their identity.
    pub edition: u32,
}

impl DecisionNotification {
    /// A message in English with times in UTC, without contact and link.
    pub fn new(
        project: impl Into<String>,
        run_id: RunId,
        at: Timestamp,
        recipient: Recipient,
        subject: DecisionSubject,
    ) -> Self {
        Self {
            recipient,
            project: project.into(),
            run_id,
            at,
            locale: Locale::default(),
            time_zone: TimeZone::UTC,
            contact: None,
            subject,
            link: None,
            edition: 1,
        }
    }

    /// Sets the language and the time zone.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale, time_zone: TimeZone) -> Self {
        (self.locale, self.time_zone) = (locale, time_zone);
        self
    }

    /// Sets the link.
    #[must_use]
    pub fn with_link(mut self, link: ReportLink) -> Self {
        self.link = Some(link);
        self
    }
}
