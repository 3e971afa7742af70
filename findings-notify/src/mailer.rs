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
///
/// ```
/// use async_trait::async_trait;
/// use findings_core::Result;
/// use findings_core::notify::Receipt;
/// use findings_notify::{Mail, Mailer, Sender, Templates};
///
/// /// Prints subjects.
/// #[derive(Debug)]
/// struct Printer {
///     sender: Sender,
///     templates: Templates,
/// }
///
/// #[async_trait]
/// impl Mailer for Printer {
///     fn sender(&self) -> &Sender {
///         &self.sender
///     }
///
///     fn templates(&self) -> &Templates {
///         &self.templates
///     }
///
///     async fn send(&self, mail: &Mail) -> Result<Receipt> {
///         println!("{}", mail.subject);
///         Ok(Receipt::new(mail.message_id.clone()))
///     }
/// }
/// ```
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
