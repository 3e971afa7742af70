//! The trait of all senders of mail.

use std::fmt;

use async_trait::async_trait;
use findings_core::Result;
use findings_core::notify::Receipt;

use crate::{Mail, Sender, Templates};

/// Sends composed mails. The mail notifiers of this crate implement it, so that they can also send mails that
/// [`compose`](crate::compose) did not create, such as digests.
///
/// Errors have the same meaning as those of [`Notifier`](findings_core::Notifier): a retryable error means that nothing
/// was sent.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync + 'static {
    /// Returns the sender of its mails.
    fn sender(&self) -> &Sender;

    /// Returns the templates of its mails.
    fn templates(&self) -> &Templates;

    /// Sends one mail.
    ///
    /// # Errors
    /// Fails if the relay or service cannot be reached or rejects the mail.
    async fn send(&self, mail: &Mail) -> Result<Receipt>;
}
