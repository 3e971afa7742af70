//! What a message has to tell to be sent once: what it is about, who gets it, and how it is handed over.

use super::links::ReportAccess;
use crate::Result;
use crate::notify::{DecisionNotification, Notification, Notifier, OrganisationNotification, Receipt, ReportLink};
use crate::recipient::Recipient;
use crate::registry::ORGANISATION;
use crate::store::ArtifactLink;

/// A message that the ledger records before and after it is sent.
pub(super) trait Message: Clone + Send + Sync {
    /// The project that it is about; [`ORGANISATION`] for all of them.
    fn about(&self) -> &str;

    fn recipient(&self) -> &Recipient;

    /// The edition of the report that it is about.
    fn edition(&self) -> u32;

    /// What distinguishes it from the message about the report itself, in the ledger.
    fn kind(&self) -> Option<&'static str> {
        None
    }

    /// Adds the link to a file of the report.
    #[must_use]
    fn with_link(self, file: &ReportAccess, link: ArtifactLink) -> Self;

    /// Gives the message to the notifier.
    fn hand_over(&self, notifier: &dyn Notifier) -> impl Future<Output = Result<Receipt>> + Send;
}

impl Message for Notification {
    fn about(&self) -> &str {
        &self.project
    }

    fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    fn edition(&self) -> u32 {
        self.edition
    }

    fn kind(&self) -> Option<&'static str> {
        // ledgers of older versions hold the name, so it must never change
        self.part.as_ref().map(|_| "part")
    }

    fn with_link(self, file: &ReportAccess, link: ArtifactLink) -> Self {
        if file.inbox.is_some() { self.with_answer_link(link) } else { Self::with_link(self, link) }
    }

    async fn hand_over(&self, notifier: &dyn Notifier) -> Result<Receipt> {
        notifier.notify(self).await
    }
}

impl Message for OrganisationNotification {
    fn about(&self) -> &str {
        ORGANISATION
    }

    fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    fn edition(&self) -> u32 {
        self.edition
    }

    fn with_link(self, file: &ReportAccess, link: ArtifactLink) -> Self {
        Self::with_link(self, ReportLink::new(file.extension, link))
    }

    async fn hand_over(&self, notifier: &dyn Notifier) -> Result<Receipt> {
        notifier.notify_organisation(self).await
    }
}

impl Message for DecisionNotification {
    fn about(&self) -> &str {
        &self.project
    }

    fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    fn edition(&self) -> u32 {
        self.edition
    }

    fn kind(&self) -> Option<&'static str> {
        Some(self.subject.kind())
    }

    fn with_link(self, file: &ReportAccess, link: ArtifactLink) -> Self {
        Self::with_link(self, ReportLink::new(file.extension, link))
    }

    async fn hand_over(&self, notifier: &dyn Notifier) -> Result<Receipt> {
        notifier.notify_decisions(self).await
    }
}
