//! The run ledger in SQLite: reads and writes its rows.
//!
//! A change that depends on what it read is one immediate transaction, which takes the write lock before it reads. Of
//! two processes that request a lease, the second waits and then sees the lease of the first.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, named_params};

use super::SqliteDatabase;
use super::sqlite_history::{unreadable, value};
use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, Lease, LeaseDecision, LedgerEntry, ProgressQuery, RecordEntry, RenewRun,
    RunLedger, RunProgress, RunState, StoredState, lease_end, lease_lost,
};
use crate::{Result, RunId};

const LEASE: &str = "INSERT INTO run (run_id, begun_at, owner, lease_until) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until, closed_at = NULL, summary = NULL";

const PUT_MESSAGE: &str = "INSERT OR REPLACE INTO message \
     VALUES (:run_id, :project, :notifier, :recipient, :state, :message_id, :reason, :at)";

/// Reads a row of `run`: the state that decides about the lease, and the summary if the run is finished.
fn read_run(connection: &Connection, run_id: &RunId) -> rusqlite::Result<(RunState, Option<String>)> {
    let sql = "SELECT owner, lease_until, summary FROM run WHERE run_id = ?1";
    let row = |row: &Row<'_>| {
        let owner: Option<String> = row.get("owner")?;
        let lease = match owner {
            Some(owner) => Some(Lease { owner, until: value(row, "lease_until")? }),
            None => None,
        };
        let summary: Option<String> = row.get("summary")?;
        Ok((RunState { begun: true, finished: summary.is_some(), lease }, summary))
    };
    Ok(connection.query_row(sql, [run_id.as_str()], row).optional()?.unwrap_or_default())
}

fn acquire(transaction: &Transaction<'_>, request: &AcquireRun) -> rusqlite::Result<AcquireOutcome> {
    let (state, summary) = read_run(transaction, &request.run_id)?;
    let resumed = match state.decide(request) {
        LeaseDecision::Held(Lease { owner, until }) => return Ok(AcquireOutcome::Held { owner, until }),
        LeaseDecision::Finished => return Ok(AcquireOutcome::Finished { summary: summary.unwrap_or_default() }),
        LeaseDecision::Grant { resumed } => resumed,
        LeaseDecision::Restart => {
            delete_run(transaction, &request.run_id)?;
            false
        }
    };
    let Lease { owner, until } = Lease::new(&request.owner, request.now, request.lease);
    transaction.execute(LEASE, [request.run_id.as_str(), &request.now.to_string(), &owner, &until.to_string()])?;
    Ok(AcquireOutcome::Granted { resumed })
}

/// Deletes everything that the ledger has about a run.
fn delete_run(transaction: &Transaction<'_>, run_id: &RunId) -> rusqlite::Result<()> {
    for table in ["run", "project_done", "message"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE run_id = ?1"), [run_id.as_str()])?;
    }
    Ok(())
}

fn write_entry(connection: &Connection, run_id: &RunId, entry: &LedgerEntry) -> rusqlite::Result<usize> {
    match entry {
        LedgerEntry::ProjectDone { project, outcome } => connection
            .execute("INSERT OR REPLACE INTO project_done VALUES (?1, ?2, ?3)", [run_id.as_str(), project, outcome]),
        LedgerEntry::Message { project, notifier, recipient, state, at } => {
            let state = state.written();
            connection.execute(
                PUT_MESSAGE,
                named_params! {
                    ":run_id": run_id.as_str(),
                    ":project": project,
                    ":notifier": notifier,
                    ":recipient": recipient.as_str(),
                    ":state": state.name,
                    ":message_id": state.message_id,
                    ":reason": state.reason,
                    ":at": at.to_string(),
                },
            )
        }
    }
}

fn read_message(row: &Row<'_>) -> rusqlite::Result<LedgerEntry> {
    let (name, message_id, reason): (String, Option<String>, Option<String>) =
        (row.get("state")?, row.get("message_id")?, row.get("reason")?);
    let written = StoredState { name: &name, message_id: message_id.as_deref(), reason: reason.as_deref() };
    let Some(state) = written.read() else { return Err(unreadable(row, "state", &name, "no such state")) };
    Ok(LedgerEntry::Message {
        project: row.get("project")?,
        notifier: row.get("notifier")?,
        recipient: value(row, "recipient")?,
        state,
        at: value(row, "at")?,
    })
}

fn read_entries(connection: &Connection, run_id: &RunId) -> rusqlite::Result<Vec<LedgerEntry>> {
    let mut entries: Vec<LedgerEntry> = connection
        .prepare("SELECT * FROM message WHERE run_id = ?1")?
        .query_map([run_id.as_str()], read_message)?
        .collect::<rusqlite::Result<_>>()?;
    let mut done = connection.prepare("SELECT project, outcome FROM project_done WHERE run_id = ?1")?;
    for entry in done.query_map([run_id.as_str()], |row| {
        Ok(LedgerEntry::ProjectDone { project: row.get("project")?, outcome: row.get("outcome")? })
    })? {
        entries.push(entry?);
    }
    Ok(entries)
}

#[async_trait]
impl RunLedger for SqliteDatabase {
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
        let request = request.clone();
        self.with_connection("acquire the run in the history database", move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let outcome = acquire(&transaction, &request)?;
            transaction.commit()?;
            Ok(outcome)
        })
        .await
    }

    async fn renew(&self, request: &RenewRun) -> Result<()> {
        let until = lease_end(request.now, request.lease).to_string();
        let parameters = [until, request.run_id.to_string(), request.owner.clone()];
        let sql = "UPDATE run SET lease_until = ?1 WHERE run_id = ?2 AND owner = ?3";
        let changed = self
            .with_connection("renew the lease in the history database", move |connection| {
                connection.execute(sql, parameters)
            })
            .await?;
        if changed == 0 { Err(lease_lost("renew the lease of run", &request.run_id)) } else { Ok(()) }
    }

    async fn close(&self, request: &CloseRun) -> Result<()> {
        let (run_id, owner) = (request.run_id.to_string(), request.owner.clone());
        let (now, summary) = (request.now.to_string(), request.summary.clone());
        let sql = "UPDATE run SET owner = NULL, lease_until = NULL, closed_at = ?1, summary = ?2 \
             WHERE run_id = ?3 AND owner = ?4";
        let changed = self
            .with_connection("close the run in the history database", move |connection| {
                connection.execute(sql, (now, summary, run_id, owner))
            })
            .await?;
        if changed == 0 { Err(lease_lost("close run", &request.run_id)) } else { Ok(()) }
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        let owned = request.clone();
        let recorded = self
            .with_connection("record progress in the history database", move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                // in the same transaction as the write, so that no other process can take the lease in between
                let (state, _) = read_run(&transaction, &owned.run_id)?;
                let holds_lease = state.is_held_by(&owned.owner);
                if holds_lease {
                    write_entry(&transaction, &owned.run_id, &owned.entry)?;
                    transaction.commit()?;
                }
                Ok(holds_lease)
            })
            .await?;
        if recorded { Ok(()) } else { Err(lease_lost("record progress of run", &request.run_id)) }
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        let run_id = query.run_id.clone();
        self.with_connection("read the progress of the run from the history database", move |connection| {
            read_entries(connection, &run_id)
        })
        .await
        .map(RunProgress::new)
    }
}
