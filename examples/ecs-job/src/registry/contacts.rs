//! The alternate contacts of accounts, as suggestions for recipients.

use aws_sdk_account::Client;
use aws_sdk_account::config::retry::RetryConfig;
use aws_sdk_account::error::SdkError;
use aws_sdk_account::types::AlternateContactType;
use findings_core::{AccountId, Error, ErrorKind, Result};

use crate::aws::Aws;

/// Reads alternate contacts. Requires `account:GetAlternateContact` in the management account, or in a delegated
/// administrator of Account Management.
#[derive(Clone, Debug)]
pub(super) struct Contacts {
    client: Client,
}

impl Contacts {
    pub(super) fn new(aws: &Aws) -> Self {
        let config = aws_sdk_account::config::Builder::from(aws.sdk());
        let config = config.retry_config(RetryConfig::standard().with_max_attempts(8));
        Self { client: Client::from_conf(config.build()) }
    }

    /// Returns the addresses for security and operations, each once. Billing is not asked: it cannot fix anything.
    pub(super) async fn of(&self, account: AccountId) -> Result<Vec<String>> {
        let mut addresses = Vec::new();
        for kind in [AlternateContactType::Security, AlternateContactType::Operations] {
            let asked =
                self.client.get_alternate_contact().account_id(account.to_string()).alternate_contact_type(kind);
            match asked.send().await {
                Ok(answer) => {
                    let contact = answer.alternate_contact.and_then(|contact| contact.email_address);
                    addresses.extend(contact.filter(|address| !addresses.contains(address)));
                }
                // most accounts have none
                Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {}
                Err(error) => return Err(failed(account, &error)),
            }
        }
        Ok(addresses)
    }
}

fn failed(account: AccountId, error: &impl aws_sdk_account::error::ProvideErrorMetadata) -> Error {
    let cause = [error.code(), error.message()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let cause = if cause.is_empty() { "the service did not answer".to_owned() } else { cause };
    Error::new(ErrorKind::Other, "read the alternate contacts of an account")
        .with_subject(account.to_string())
        .with_message(format!("{cause}; allow account:GetAlternateContact, or leave --contacts out"))
}
