//! Checks and creates the table.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, ContinuousBackupsStatus, KeySchemaElement, KeyType,
    PointInTimeRecoverySpecification, PointInTimeRecoveryStatus, ScalarAttributeType, TableDescription, TableStatus,
    TimeToLiveSpecification, TimeToLiveStatus,
};

use super::DynamoDbTable;
use super::keys::{PK, SK, TTL};
use crate::{Error, ErrorKind, Result};

const CHECK: &str = "check";
const SETUP: &str = "set up";

/// How often to poll for a new table. Two minutes in total; a few seconds are usual.
const POLLS: u32 = 60;
const POLL: Duration = Duration::from_secs(2);

/// The error codes of emulators for operations that they do not support.
const UNKNOWN_OPERATION: [&str; 3] = ["UnknownOperationException", "NotImplemented", "InvalidAction"];

impl DynamoDbTable {
    /// Checks the table without changing it and returns one line about it.
    pub(super) async fn check_table(&self) -> Result<String> {
        let table = self.describe(CHECK).await?;
        self.verify(CHECK, &table)?;
        match &table.table_status {
            Some(TableStatus::Active | TableStatus::Updating) => {}
            other => {
                let status = other.as_ref().map_or("unknown", TableStatus::as_str);
                return Err(self.complaint(
                    ErrorKind::Unavailable,
                    CHECK,
                    format!("its status is {status}; try again"),
                ));
            }
        }
        let on_demand = table.billing_mode_summary.and_then(|b| b.billing_mode) == Some(BillingMode::PayPerRequest);
        Ok(format!("table {}: active, {}", self.name, if on_demand { "on demand" } else { "provisioned" }))
    }

    /// Creates the table if it is missing, and enables expiry, point-in-time recovery and deletion protection.
    pub(super) async fn set_up_table(&self) -> Result<String> {
        let made = match self.describe(SETUP).await {
            Ok(table) => {
                self.verify(SETUP, &table)?;
                "there already"
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {
                self.create().await?;
                "made"
            }
            Err(e) => return Err(e),
        };
        // DynamoDB refuses changes to a table that is still being made
        self.wait_until_active().await?;
        let expiry = self.switch_on_expiry().await?;
        let recovery = self.switch_on_recovery().await?;
        let protection = self.switch_on_protection().await?;
        Ok(format!("table {}: {made}, {expiry}, {recovery}, {protection}", self.name))
    }

    /// Enables deletion protection, because a lost history cannot be read again: AWS deletes findings after 90 days.
    async fn switch_on_protection(&self) -> Result<&'static str> {
        if self.describe(SETUP).await?.deletion_protection_enabled == Some(true) {
            return Ok("deletion protection on");
        }
        let update = self.client.update_table().table_name(&self.name).deletion_protection_enabled(true);
        match update.send().await {
            Ok(_) => Ok("deletion protection on"),
            Err(e) if e.code().is_some_and(|code| UNKNOWN_OPERATION.contains(&code)) => {
                Ok("deletion protection not offered here")
            }
            Err(e) => Err(self.failure(e, SETUP)),
        }
    }

    async fn describe(&self, operation: &'static str) -> Result<TableDescription> {
        let answer = self.client.describe_table().table_name(&self.name).send().await;
        let table = answer.map_err(|e| self.failure(e, operation))?.table;
        table.ok_or_else(|| self.complaint(ErrorKind::Malformed, operation, "the answer describes no table".to_owned()))
    }

    /// Refuses a table with other keys, because it belongs to another application.
    fn verify(&self, operation: &'static str, table: &TableDescription) -> Result<()> {
        let mut keys: Vec<String> = table.key_schema().iter().map(|key| described(key, table)).collect();
        keys.sort();
        if keys == [format!("HASH {PK} S"), format!("RANGE {SK} S")] {
            return Ok(());
        }
        let text = format!(
            "its keys are {}, not HASH {PK} S, RANGE {SK} S: it belongs to something else; name another table",
            keys.join(", ")
        );
        Err(self.complaint(ErrorKind::InvalidInput, operation, text))
    }

    fn complaint(&self, kind: ErrorKind, operation: &'static str, text: String) -> Error {
        Error::new(kind, operation).with_subject(format!("table {}", self.name)).with_message(text)
    }

    async fn create(&self) -> Result<()> {
        let mut create = self.client.create_table().table_name(&self.name).billing_mode(BillingMode::PayPerRequest);
        for (name, role) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
            let element = KeySchemaElement::builder().attribute_name(name).key_type(role).build();
            let definition =
                AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
            let incomplete = |e| Error::new(ErrorKind::Other, SETUP).with_source(e);
            create =
                create.key_schema(element.map_err(incomplete)?).attribute_definitions(definition.map_err(incomplete)?);
        }
        match create.send().await {
            Ok(_) => Ok(()),
            // another process creates it at the same time
            Err(e) if e.code() == Some("ResourceInUseException") => Ok(()),
            Err(e) => Err(self.failure(e, SETUP)),
        }
    }

    async fn wait_until_active(&self) -> Result<()> {
        for _ in 0..POLLS {
            match self.describe(SETUP).await {
                Ok(table) if matches!(table.table_status, Some(TableStatus::Active | TableStatus::Updating)) => {
                    return Ok(());
                }
                // DynamoDB is eventually consistent here: a new table may not be visible at once
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
            tokio::time::sleep(POLL).await;
        }
        Err(self.complaint(ErrorKind::Timeout, SETUP, "it is still not active; repeat the setup later".to_owned()))
    }

    async fn switch_on_expiry(&self) -> Result<&'static str> {
        let asked = self.client.describe_time_to_live().table_name(&self.name).send().await;
        let known = asked.map_err(|e| self.failure(e, SETUP))?.time_to_live_description;
        let status = known.as_ref().and_then(|k| k.time_to_live_status.as_ref());
        // the setting may be changed once an hour only, so it is left alone where it is on
        if let Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling) = status {
            let ours = known.and_then(|k| k.attribute_name).as_deref() == Some(TTL);
            return Ok(if ours { "expiry on" } else { "expiry by another attribute than ttl" });
        }
        let ours = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build();
        let ours = ours.map_err(|e| Error::new(ErrorKind::Other, SETUP).with_source(e))?;
        let update = self.client.update_time_to_live().table_name(&self.name).time_to_live_specification(ours);
        update.send().await.map_err(|e| self.failure(e, SETUP))?;
        Ok("expiry on")
    }

    async fn switch_on_recovery(&self) -> Result<&'static str> {
        if self.has_recovery().await {
            return Ok("point-in-time recovery on");
        }
        let on = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
        let on = on.map_err(|e| Error::new(ErrorKind::Other, SETUP).with_source(e))?;
        let mut polls = 0;
        loop {
            let update = self.client.update_continuous_backups().table_name(&self.name);
            match update.point_in_time_recovery_specification(on.clone()).send().await {
                Ok(_) => return Ok("point-in-time recovery on"),
                Err(e) if e.code().is_some_and(|code| UNKNOWN_OPERATION.contains(&code)) => {
                    return Ok("point-in-time recovery not offered here");
                }
                // AWS enables the backups of a new table with a delay
                Err(e) if e.code() == Some("ContinuousBackupsUnavailableException") && polls < POLLS => {
                    polls += 1;
                    tokio::time::sleep(POLL).await;
                }
                Err(e) => return Err(self.failure(e, SETUP)),
            }
        }
    }

    /// Returns whether point-in-time recovery is on. Also returns false if the call fails, because the attempt to
    /// enable recovery then returns the more useful error.
    async fn has_recovery(&self) -> bool {
        let asked = self.client.describe_continuous_backups().table_name(&self.name).send().await;
        let Some(backups) = asked.ok().and_then(|a| a.continuous_backups_description) else { return false };
        let recovery = backups.point_in_time_recovery_description.and_then(|r| r.point_in_time_recovery_status);
        backups.continuous_backups_status == ContinuousBackupsStatus::Enabled
            && recovery == Some(PointInTimeRecoveryStatus::Enabled)
    }
}

/// Describes a key of a table: `HASH pk S`.
fn described(key: &KeySchemaElement, table: &TableDescription) -> String {
    let definition = table.attribute_definitions().iter().find(|d| d.attribute_name == key.attribute_name);
    let attribute_type = definition.map_or("?", |d| d.attribute_type.as_str());
    format!("{} {} {attribute_type}", key.key_type.as_str(), key.attribute_name)
}
