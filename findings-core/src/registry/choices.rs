//! What the registry says of a project as a whole, and of single recipients: which reports they hear of.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::Project;
use crate::desk::Contacts;
use crate::recipient::Recipient;
use crate::{Locale, NotifyWhen, Severity};

/// The choices of recipients, by address in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choices(BTreeMap<String, NotifyWhen>);

impl Choices {
    pub(crate) fn of(&self, recipient: &Recipient) -> Option<NotifyWhen> {
        self.0.get(&recipient.as_str().to_lowercase()).copied()
    }

    /// Adds a choice, unless the recipient has one. Returns the one that counts.
    pub(crate) fn add(&mut self, recipient: &Recipient, when: NotifyWhen) -> NotifyWhen {
        *self.0.entry(recipient.as_str().to_lowercase()).or_insert(when)
    }

    /// Adds those of recipients who have none.
    pub(crate) fn merge(&mut self, more: Self) {
        for (recipient, when) in more.0 {
            self.0.entry(recipient).or_insert(when);
        }
    }
}

impl Project {
    /// Returns which reports a recipient hears of: their own choice, or else that of the project
    /// ([`notify`](Self::notify)). `None` if neither is made. Case is ignored.
    ///
    /// ```
    /// use findings_core::NotifyWhen;
    /// use findings_core::registry::Project;
    /// let (sato, mori) = ("sato@example.com".parse()?, "mori@example.com".parse()?);
    /// let project = Project::new("Payments").with_notify(NotifyWhen::Changes).with_choice(&sato, NotifyWhen::Critical);
    /// assert_eq!(project.choice_of(&sato), Some(NotifyWhen::Critical));
    /// assert_eq!(project.choice_of(&mori), Some(NotifyWhen::Changes));
    /// # Ok::<(), findings_core::recipient::InvalidRecipient>(())
    /// ```
    pub fn choice_of(&self, recipient: &Recipient) -> Option<NotifyWhen> {
        self.choices.of(recipient).or(self.notify)
    }

    /// Returns which reports somebody who leads the project hears of: their own choice, or else the first one of each month.
    pub fn choice_of_lead(&self, lead: &Recipient) -> NotifyWhen {
        self.choices.of(lead).unwrap_or(NotifyWhen::Monthly)
    }

    /// Sets which reports one recipient hears of, unless that is set already. It makes nobody a recipient.
    pub fn with_choice(mut self, recipient: &Recipient, when: NotifyWhen) -> Self {
        self.choices.add(recipient, when);
        self
    }

    /// Drops all choices, so that the default of the configuration counts for everybody.
    pub fn without_choices(self) -> Self {
        Self { notify: None, choices: Choices::default(), ..self }
    }

    /// Sets which reports recipients hear of who made no choice of their own.
    pub fn with_notify(self, when: NotifyWhen) -> Self {
        Self { notify: Some(when), ..self }
    }

    /// Sets the least severity that the first lines of messages tell of.
    pub fn with_min_severity(self, severity: Severity) -> Self {
        Self { min_severity: Some(severity), ..self }
    }

    /// Sets whom its readers ask.
    pub fn with_contact(self, contact: Contacts) -> Self {
        Self { contact: Some(contact), ..self }
    }

    /// Sets the time zone of its readers.
    pub fn with_time_zone(self, zone: TimeZone) -> Self {
        Self { time_zone: Some(zone), ..self }
    }

    /// Its own contact for readers of a language.
    pub(crate) fn contact_of(&self, locale: Locale) -> Option<&str> {
        self.contact.as_ref().and_then(|contact| contact.of(locale))
    }
}
