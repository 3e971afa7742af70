//! Messages between reports: what is so severe that it does not wait for the next one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Recipient;
use crate::history::Change;
use crate::report::News;
use crate::{AccountId, Locale, RunId, Severity, Text};

/// The most findings that a message lists.
const LISTED: usize = 10;

/// What is told: the worst findings, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrgentList {
    /// The first findings, one of each issue.
    pub findings: Vec<UrgentFinding>,
    /// Number of further issues.
    pub left_out: u64,
    /// Number of all issues by what happened to them since the last report, by severity.
    pub news: News,
}

impl UrgentList {
    /// A list of these findings, the worst first. Of more than 10, the others are only counted.
    pub fn new(mut findings: Vec<UrgentFinding>) -> Self {
        let mut news = News::default();
        for finding in &findings {
            match finding.change {
                Change::Reopened => news.reopened.add(finding.severity),
                Change::Worse => news.worse.add(finding.severity),
                Change::New | Change::Open => news.new.add(finding.severity),
            }
        }
        let left_out = findings.len().saturating_sub(LISTED) as u64;
        findings.truncate(LISTED);
        Self { findings, left_out, news }
    }

    /// Number of all issues.
    pub fn total(&self) -> u64 {
        self.findings.len() as u64 + self.left_out
    }
}

/// A finding that does not wait for the next report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrgentFinding {
    /// What distinguishes it from all others of the project: the issue, and how often it was opened. Messages about the same
    /// ones are the same message.
    pub key: String,
    /// The severity.
    pub severity: Severity,
    /// What happened since the last report.
    pub change: Change,
    /// The control, or else the product.
    pub label: Text,
    /// The title in the reader's language, without the control.
    pub title: Text,
    /// The resource, without the first part of its ARN.
    pub resource: Option<Text>,
    /// The account.
    pub account: AccountId,
    /// Its name, if it is known.
    pub account_name: Option<Text>,
    /// The Region, if it has one.
    pub region: Option<Text>,
    /// When its issue was last opened, UTC.
    pub since: Timestamp,
    /// The first sentence of the organisation's own guidance on the fix.
    pub guidance: Option<Text>,
    /// A page about the fix.
    pub url: Option<Text>,
    /// The finding in the console.
    pub console_url: Option<Text>,
}

impl UrgentFinding {
    /// A finding without resource, Region and links.
    pub fn new(
        key: impl Into<String>,
        severity: Severity,
        change: Change,
        account: AccountId,
        since: Timestamp,
    ) -> Self {
        Self {
            key: key.into(),
            severity,
            change,
            label: Text::default(),
            title: Text::default(),
            resource: None,
            account,
            account_name: None,
            region: None,
            since,
            guidance: None,
            url: None,
            console_url: None,
        }
    }
}

/// The content of a message to one recipient about severe findings of one project. It has no link to a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UrgentNotification {
    /// The recipient. Each recipient gets a separate message.
    pub recipient: Recipient,
    /// The name of the project.
    pub project: String,
    /// The run that sends it.
    pub run_id: RunId,
    /// When it was made, UTC.
    pub at: Timestamp,
    /// The language of the message.
    pub locale: Locale,
    /// The time zone in which the message shows times.
    pub time_zone: TimeZone,
    /// What it tells of.
    pub list: UrgentList,
    /// The contact for questions, from the configuration.
    pub contact: Option<String>,
    /// A link that begins a question to the contact; `None` if it has no address.
    pub question_url: Option<String>,
}

impl UrgentNotification {
    /// A message in English with times in UTC, without contact.
    pub fn new(
        project: impl Into<String>,
        run_id: RunId,
        at: Timestamp,
        recipient: Recipient,
        list: UrgentList,
    ) -> Self {
        Self {
            recipient,
            project: project.into(),
            run_id,
            at,
            locale: Locale::default(),
            time_zone: TimeZone::UTC,
            list,
            contact: None,
            question_url: None,
        }
    }

    /// Sets the language and the time zone.
    #[must_use]
    pub fn with_locale(mut self, locale: Locale, time_zone: TimeZone) -> Self {
        (self.locale, self.time_zone) = (locale, time_zone);
        self
    }

    /// What distinguishes the message from all others: the same issues to the same recipient are the same message, whichever
    /// run sends it, so that mail programs drop a second one.
    pub fn identity(&self) -> Vec<&str> {
        let keys = self.list.findings.iter().map(|finding| finding.key.as_str());
        ["urgent", &self.project, self.recipient.as_str()].into_iter().chain(keys).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_list_is_cut_and_counted_whole() {
        let at: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let account: AccountId = "123456789012".parse().unwrap();
        let finding = |n: usize| {
            let change = [Change::New, Change::Reopened, Change::Worse][n % 3];
            UrgentFinding::new(n.to_string(), Severity::Critical, change, account, at)
        };
        let list = UrgentList::new((0..14).map(finding).collect());
        assert_eq!((list.findings.len(), list.left_out, list.total()), (10, 4, 14));
        let News { new, reopened, worse, .. } = list.news;
        assert_eq!((new.critical, reopened.critical, worse.critical), (5, 5, 4));
    }
}
