//! What all that send mail have in common.

use std::fmt;

use async_trait::async_trait;
use findings_core::Result;
use findings_core::notify::Receipt;

use crate::{Mail, Sender, Templates};

/// Sends finished mails: what stands below the notifiers of this crate that send mail, for other mails than those of [`compose`](crate::compose).
///
/// What an error means is as with [`Notifier`](findings_core::Notifier): a retryable one means that nothing was sent.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync + 'static {
    /// Whom its mails come from.
    fn sender(&self) -> &Sender;

    /// What its mails say.
    fn templates(&self) -> &Templates;

    /// Sends one mail.
    ///
    /// # Errors
    /// As the relay or service answers.
    async fn send(&self, mail: &Mail) -> Result<Receipt>;
}
