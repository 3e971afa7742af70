//! Credentials for member accounts, from a role that has the same name in each.

use std::collections::HashMap;

use ::aws_config::sts::AssumeRoleProvider;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_securityhub::Client;
use findings_core::{AccountId, Error, ErrorKind, Result, partition};
use findings_enrollment::MemberClients;
use tokio::sync::Mutex;

use crate::aws::Aws;

/// Assumes the role once in each account. The credentials are valid for one hour.
#[derive(Debug)]
pub(super) struct MemberRoles {
    aws: Aws,
    role: String,
    assumed: Mutex<HashMap<AccountId, Credentials>>,
}

impl MemberRoles {
    pub(super) fn new(aws: Aws, role: String) -> Self {
        Self { aws, role, assumed: Mutex::default() }
    }

    async fn assume(&self, account: AccountId, region: &str) -> Result<Credentials> {
        let arn = format!("arn:{}:iam::{account}:role/{}", partition::of_region(region), self.role);
        let role = AssumeRoleProvider::builder(&arn).configure(self.aws.sdk()).session_name("ecs-job-enroll").build();
        role.await.provide_credentials().await.map_err(|error| {
            let message = "allow sts:AssumeRole on it, and let its trust policy name who runs this";
            Error::new(ErrorKind::PermissionDenied, "assume the role")
                .with_subject(arn)
                .with_message(message)
                .with_source(error)
        })
    }
}

#[async_trait]
impl MemberClients for MemberRoles {
    async fn client(&self, account: AccountId, region: &str) -> Result<Client> {
        let known = self.assumed.lock().await.get(&account).cloned();
        let credentials = match known {
            Some(known) => known,
            None => self.assume(account, region).await?,
        };
        self.assumed.lock().await.insert(account, credentials.clone());
        let config = self.aws.security_hub(region).config().to_builder().credentials_provider(credentials).build();
        Ok(Client::from_conf(config))
    }
}
