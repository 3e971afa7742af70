//! Check and set-up of SES: the account must be allowed to send, and the sender must be a verified identity.

use async_trait::async_trait;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::get_account::GetAccountOutput;
use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::types::{SendQuota, VerificationStatus};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use findings_core::aws::sdk_error;
use findings_core::{Backend, BackendReport, Error, ErrorKind, Result};

use super::SesNotifier;

/// The state of the sender's identity.
enum Identity {
    Verified(String),
    Unverified(String),
    Missing,
    /// The role may not read identities; it may still be allowed to send.
    AccessDenied,
}

#[async_trait]
impl Backend for SesNotifier {
    async fn check(&self) -> Result<BackendReport> {
        let account = self.account().await?;
        let sender = self.from.address();
        let identity = match self.identity().await? {
            Identity::Verified(name) => format!("identity {name} is verified"),
            Identity::AccessDenied => "identity unknown (needs ses:GetEmailIdentity)".to_owned(),
            Identity::Unverified(name) => {
                return Err(unusable(ErrorKind::PermissionDenied, &name).with_message(
                    "it is not verified yet: a person has to open the link that SES mailed to the address, or publish the \
                     domain's DKIM records",
                ));
            }
            Identity::Missing => {
                return Err(unusable(ErrorKind::NotFound, sender.as_str()).with_message(
                    "neither the address nor its domain is an identity of this account and Region; run setup or create \
                     it in the SES console",
                ));
            }
        };
        Ok(BackendReport::new(format!("SES as {sender}: {identity}; {account}")))
    }

    async fn setup(&self) -> Result<BackendReport> {
        let sender = self.from.address().as_str();
        let summary = match self.identity().await? {
            Identity::Verified(name) => format!("SES identity {name} is verified"),
            Identity::Unverified(name) => format!("SES identity {name} waits for a person to verify it"),
            Identity::Missing | Identity::AccessDenied => {
                let created = self.client.create_email_identity().email_identity(sender).send().await;
                match created {
                    Err(e) if e.code() != Some("AlreadyExistsException") => {
                        return Err(sdk_error(e, "create the SES identity").with_subject(sender));
                    }
                    _ => format!(
                        "SES identity {sender} created: a person has to open the link that SES has mailed there"
                    ),
                }
            }
        };
        Ok(BackendReport::new(summary))
    }
}

impl SesNotifier {
    /// Describes the quota and status of the account, and sets the sending rate from the quota.
    async fn account(&self) -> Result<String> {
        match self.client.get_account().send().await {
            Ok(account) => {
                if let Some(quota) = &account.send_quota {
                    self.pace.set_rate(quota.max_send_rate);
                }
                describe(&account)
            }
            Err(e) if is_unsupported(&e) => Ok("quota unknown (the endpoint does not tell it)".to_owned()),
            Err(e) => match sdk_error(e, "read the SES account") {
                e if e.kind() == ErrorKind::PermissionDenied => Ok("quota unknown (needs ses:GetAccount)".to_owned()),
                e => Err(e),
            },
        }
    }

    /// Finds the identity that authorizes the sender: its address, its domain or a parent domain.
    async fn identity(&self) -> Result<Identity> {
        let address = self.from.address().as_str();
        let domains = std::iter::successors(Some(self.from.domain()), |domain| parent_domain(domain));
        let mut found = Identity::Missing;
        for name in std::iter::once(address).chain(domains) {
            match self.client.get_email_identity().email_identity(name).send().await {
                Ok(identity) if is_verified(&identity) => return Ok(Identity::Verified(name.to_owned())),
                Ok(_) if matches!(found, Identity::Missing) => found = Identity::Unverified(name.to_owned()),
                Ok(_) => {}
                Err(e) => match sdk_error(e, "read the SES identity").with_subject(name) {
                    e if e.kind() == ErrorKind::NotFound => {}
                    e if e.kind() == ErrorKind::PermissionDenied => return Ok(Identity::AccessDenied),
                    e => return Err(e),
                },
            }
        }
        Ok(found)
    }
}

/// Returns the parent domain, if it still contains a dot.
fn parent_domain(domain: &str) -> Option<&str> {
    domain.split_once('.').map(|(_, rest)| rest).filter(|rest| rest.contains('.'))
}

fn describe(account: &GetAccountOutput) -> Result<String> {
    let status = account.enforcement_status.as_deref().unwrap_or("HEALTHY");
    let paused = !account.sending_enabled && account.send_quota.is_some();
    if status == "SHUTDOWN" || paused {
        return Err(unusable(ErrorKind::PermissionDenied, "this account")
            .with_message("its sending is switched off; see the SES console under account dashboard"));
    }
    let mut parts = vec![account.send_quota.as_ref().map_or("quota unknown".to_owned(), quota)];
    if !account.production_access_enabled {
        parts.push("in the sandbox: mail to verified addresses alone arrives".to_owned());
    }
    if status != "HEALTHY" {
        parts.push(format!("account status {status}"));
    }
    Ok(parts.join("; "))
}

fn quota(quota: &SendQuota) -> String {
    let (sent, rate) = (quota.sent_last24_hours, quota.max_send_rate);
    if quota.max24_hour_send < 0.0 {
        return format!("{sent} sent in 24 hours, no limit, {rate} a second");
    }
    format!("{sent} of {} sent in 24 hours, {rate} a second", quota.max24_hour_send)
}

/// Returns whether the identity is verified. Emulators set only `verification_status`.
fn is_verified(identity: &GetEmailIdentityOutput) -> bool {
    identity.verified_for_sending_status || identity.verification_status == Some(VerificationStatus::Success)
}

/// Returns whether the endpoint does not implement the operation, as is the case with emulators.
pub(super) fn is_unsupported<E>(error: &SdkError<E, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|answer| matches!(answer.status().as_u16(), 404 | 405 | 501))
}

fn unusable(kind: ErrorKind, subject: &str) -> Error {
    Error::new(kind, "send mail through SES with").with_subject(subject)
}
