//! The run ledger in SQLite: reads and writes its rows.
//!
//! A change that depends on what it read is one immediate transaction, which takes the write lock before it reads. Of
//! two processes that request a lease, the second waits and then sees the lease of the first.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, named_params};

use super::SqliteDatabase;
use super::sqlite_history::{unreadable, value};
use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, FinishedRun, Lease, LeaseDecision, LedgerEntry, MessageEntry, MessagesQuery,
    ProgressQuery, RecordEntry, Redo, RenewRun, RunLedger, RunProgress, RunState, StoredState, in_order, lease_end,
    lease_lost, message_settled,
};
use crate::{Result, RunId};

const GRANT: &str = "INSERT INTO run (run_id, begun_at, owner, lease_until, edition, redo) \
     VALUES (:run_id, :now, :owner, :until, :edition, :redo) \
     ON CONFLICT DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until, \
     edition = excluded.edition, redo = excluded.redo, closed_at = NULL, summary = NULL";

const PUT_MESSAGE: &str = "INSERT OR REPLACE INTO message \
     (run_id, project, notifier, recipient, edition, state, message_id, reason, at) \
     VALUES (:run_id, :project, :notifier, :recipient, :edition, :state, :message_id, :reason, :at)";

/// Reads a row of `run`: the state that decides about the lease, and the summary if the run is finished.
fn read_run(connection: &Connection, run_id: &RunId) -> rusqlite::Result<(RunState, Option<String>)> {
    let sql = "SELECT owner, lease_until, summary, edition, redo FROM run WHERE run_id = ?1";
    let row = |row: &Row<'_>| {
        let owner: Option<String> = row.get("owner")?;
        let lease = match owner {
            Some(owner) => Some(Lease { owner, until: value(row, "lease_until")? }),
            None => None,
        };
        let redo: Option<String> = row.get("redo")?;
        let redo = match redo {
            Some(name) => {
                Some(Redo::from_stored(&name).ok_or_else(|| unreadable(row, "redo", &name, "no such value"))?)
            }
            None => None,
        };
        let summary: Option<String> = row.get("summary")?;
        let state = RunState { begun: true, finished: summary.is_some(), lease, edition: row.get("edition")?, redo };
        Ok((state, summary))
    };
    Ok(connection.query_row(sql, [run_id.as_str()], row).optional()?.unwrap_or_default())
}

fn acquire(transaction: &Transaction<'_>, request: &AcquireRun) -> rusqlite::Result<AcquireOutcome> {
    let (state, summary) = read_run(transaction, &request.run_id)?;
    let (resumed, reopened) = match state.decide(request) {
        LeaseDecision::Held(Lease { owner, until }) => return Ok(AcquireOutcome::Held { owner, until }),
        LeaseDecision::Finished => return Ok(AcquireOutcome::Finished { summary: summary.unwrap_or_default() }),
        LeaseDecision::Grant { resumed } => (resumed, None),
        LeaseDecision::Reopen(reopened) => (true, Some(reopened)),
    };
    let RunState { edition, redo, .. } = state.granted(request, reopened);
    transaction.execute(
        GRANT,
        named_params! {
            ":run_id": request.run_id.as_str(),
            ":now": request.now.to_string(),
            ":owner": request.owner,
            ":until": lease_end(request.now, request.lease).to_string(),
            ":edition": edition,
            ":redo": redo.map(Redo::as_str),
        },
    )?;
    Ok(AcquireOutcome::Granted { resumed })
}

/// Closes a run, and notes it as the last one if it is finished. Returns whether the owner held the run.
fn close(transaction: &Transaction<'_>, request: &CloseRun) -> rusqlite::Result<bool> {
    let sql = "UPDATE run SET owner = NULL, lease_until = NULL, closed_at = ?1, summary = ?2 \
         WHERE run_id = ?3 AND owner = ?4";
    let parameters = (request.now.to_string(), &request.summary, request.run_id.as_str(), &request.owner);
    if transaction.execute(sql, parameters)? == 0 {
        return Ok(false);
    }
    let Some(finished) = request.finished_run() else { return Ok(true) };
    let is_latest = read_last_finished(transaction)?.is_none_or(|last| last.at <= finished.at);
    if is_latest {
        let row = (finished.run_id.as_str(), finished.at.to_string(), finished.complete);
        transaction.execute("INSERT OR REPLACE INTO last_finished_run VALUES (1, ?1, ?2, ?3)", row)?;
    }
    Ok(true)
}

fn read_last_finished(connection: &Connection) -> rusqlite::Result<Option<FinishedRun>> {
    let row =
        |row: &Row<'_>| Ok(FinishedRun::new(value(row, "run_id")?, value(row, "finished_at")?, row.get("complete")?));
    connection.query_row("SELECT * FROM last_finished_run", [], row).optional()
}

/// What became of an entry.
enum Recording {
    Recorded,
    /// The owner does not hold the run.
    LeaseLost,
    /// The message was sent before.
    MessageSettled,
}

/// Records an entry if it may be recorded.
fn record(transaction: &Transaction<'_>, request: &RecordEntry) -> rusqlite::Result<Recording> {
    let (state, _) = read_run(transaction, &request.run_id)?;
    if !state.is_held_by(&request.owner) {
        return Ok(Recording::LeaseLost);
    }
    if let LedgerEntry::Message(message) = &request.entry
        && !message.may_follow(last_message(transaction, &request.run_id, message)?.as_ref())
    {
        return Ok(Recording::MessageSettled);
    }
    write_entry(transaction, &request.run_id, &request.entry)?;
    Ok(Recording::Recorded)
}

/// Returns the last entry of the same project, notifier and recipient.
fn last_message(connection: &Connection, run_id: &RunId, of: &MessageEntry) -> rusqlite::Result<Option<MessageEntry>> {
    let sql = "SELECT * FROM message WHERE run_id = ?1 AND project = ?2 AND notifier = ?3 AND recipient = ?4";
    let key = [run_id.as_str(), &of.project, &of.notifier, of.recipient.as_str()];
    connection.query_row(sql, key, read_message).optional()
}

fn write_entry(connection: &Connection, run_id: &RunId, entry: &LedgerEntry) -> rusqlite::Result<usize> {
    match entry {
        LedgerEntry::ProjectDone { project, outcome } => connection
            .execute("INSERT OR REPLACE INTO project_done VALUES (?1, ?2, ?3)", [run_id.as_str(), project, outcome]),
        LedgerEntry::Message(message) => {
            let state = message.state.written();
            connection.execute(
                PUT_MESSAGE,
                named_params! {
                    ":run_id": run_id.as_str(),
                    ":project": message.project,
                    ":notifier": message.notifier,
                    ":recipient": message.recipient.as_str(),
                    ":edition": message.edition,
                    ":state": state.name,
                    ":message_id": state.message_id,
                    ":reason": state.reason,
                    ":at": message.at.to_string(),
                },
            )
        }
    }
}

fn read_message(row: &Row<'_>) -> rusqlite::Result<MessageEntry> {
    let (name, message_id, reason): (String, Option<String>, Option<String>) =
        (row.get("state")?, row.get("message_id")?, row.get("reason")?);
    let written = StoredState { name: &name, message_id: message_id.as_deref(), reason: reason.as_deref() };
    let Some(state) = written.read() else { return Err(unreadable(row, "state", &name, "no such state")) };
    let (project, notifier): (String, String) = (row.get("project")?, row.get("notifier")?);
    let message = MessageEntry::new(project, notifier, value(row, "recipient")?, state, value(row, "at")?);
    Ok(message.in_edition(row.get("edition")?))
}

fn read_entries(connection: &Connection, run_id: &RunId) -> rusqlite::Result<Vec<LedgerEntry>> {
    let mut entries: Vec<LedgerEntry> = connection
        .prepare("SELECT * FROM message WHERE run_id = ?1")?
        .query_map([run_id.as_str()], |row| read_message(row).map(LedgerEntry::Message))?
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
        let owned = request.clone();
        let is_closed = self
            .with_connection("close the run in the history database", move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let is_closed = close(&transaction, &owned)?;
                transaction.commit()?;
                Ok(is_closed)
            })
            .await?;
        if is_closed { Ok(()) } else { Err(lease_lost("close run", &request.run_id)) }
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        let owned = request.clone();
        let recording = self
            .with_connection("record progress in the history database", move |connection| {
                // one transaction, so that no other process can take the lease or send the message in between
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let recording = record(&transaction, &owned)?;
                transaction.commit()?;
                Ok(recording)
            })
            .await?;
        match recording {
            Recording::Recorded => Ok(()),
            Recording::LeaseLost => Err(lease_lost("record progress of run", &request.run_id)),
            Recording::MessageSettled => Err(message_settled(&request.run_id)),
        }
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        let run_id = query.run_id.clone();
        self.with_connection("read the progress of the run from the history database", move |connection| {
            let snapshot = connection.unchecked_transaction()?;
            let (state, _) = read_run(&snapshot, &run_id)?;
            Ok(RunProgress::new(state, read_entries(&snapshot, &run_id)?))
        })
        .await
    }

    async fn messages(&self, query: &MessagesQuery) -> Result<Vec<MessageEntry>> {
        let MessagesQuery { run_id, project } = query.clone();
        let messages = self
            .with_connection("read the messages about the project from the history database", move |connection| {
                let sql = "SELECT * FROM message WHERE run_id = ?1 AND project = ?2";
                let key = [run_id.as_str(), &project];
                connection.prepare(sql)?.query_map(key, read_message)?.collect()
            })
            .await?;
        Ok(in_order(messages))
    }

    async fn last_finished(&self) -> Result<Option<FinishedRun>> {
        self.with_connection("read the last finished run from the history database", |connection| {
            read_last_finished(connection)
        })
        .await
    }
}
