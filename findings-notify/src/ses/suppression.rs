//! The suppression list of the account. SES accepts mail to an address on the list and drops it.

use std::collections::HashMap;

use aws_sdk_sesv2::types::SuppressionListReason;
use findings_core::aws::sdk_error;
use findings_core::{Error, ErrorKind, Result};

use super::account::is_unsupported;
use super::{SesNotifier, failure};
use crate::Mail;

/// Addresses per page, the maximum of SES.
const PAGE: i32 = 1_000;
/// Maximum number of pages that are read (100,000 addresses).
const MAX_PAGES: usize = 100;

/// The suppressed addresses in lower case, with the reason for each.
pub(super) type Suppressed = HashMap<String, &'static str>;

impl SesNotifier {
    /// Fails if SES would accept the mail and drop it.
    pub(super) async fn refuse_suppressed(&self, mail: &Mail) -> Result<()> {
        let list = self.suppressed.get_or_init(|| self.read_suppression()).await;
        let to = mail.to.as_str();
        let Some(reason) = list.get(&to.to_ascii_lowercase()) else { return Ok(()) };
        let message = format!(
            "nothing was sent, because the address is on the suppression list of the SES account ({reason}) and SES would drop the mail; \
             once the address works: aws sesv2 delete-suppressed-destination --email-address {to}"
        );
        Err(Error::new(ErrorKind::InvalidInput, failure::SEND).with_subject(to).with_message(message))
    }

    /// Reads the list, or as much of it as possible. A failure is logged only, because mail can be sent without the
    /// list.
    async fn read_suppression(&self) -> Suppressed {
        let mut list = Suppressed::new();
        if let Err(error) = self.read_pages(&mut list).await {
            tracing::warn!(error = %error.report(), "whether SES would drop mail to some addresses is not known");
        }
        list
    }

    async fn read_pages(&self, list: &mut Suppressed) -> Result<()> {
        if !self.is_suppression_on().await {
            return Ok(());
        }
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let call = self.client.list_suppressed_destinations().page_size(PAGE).set_next_token(token);
            let page = match call.send().await {
                // emulators do not implement the operation
                Err(e) if is_unsupported(&e) => return Ok(()),
                answer => answer
                    .map_err(|e| sdk_error(e, "read the suppression list of SES (ses:ListSuppressedDestinations)"))?,
            };
            for entry in page.suppressed_destination_summaries.unwrap_or_default() {
                let reason = match entry.reason {
                    SuppressionListReason::Complaint => "complaint",
                    _ => "bounce",
                };
                list.insert(entry.email_address.to_ascii_lowercase(), reason);
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(());
            }
        }
        let message = format!("it has more than {MAX_PAGES} pages; those are read");
        Err(Error::new(ErrorKind::Inconsistent, "read the suppression list of SES").with_message(message))
    }

    /// Returns whether the account uses its list. If the account cannot be read, the answer is yes.
    async fn is_suppression_on(&self) -> bool {
        let account = self.client.get_account().send().await.ok();
        let attributes = account.and_then(|account| account.suppression_attributes);
        attributes.and_then(|a| a.suppressed_reasons).is_none_or(|reasons| !reasons.is_empty())
    }
}
