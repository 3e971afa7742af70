//! The decisions of projects in SQLite.

use async_trait::async_trait;
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use super::SqliteDatabase;
use super::sqlite_history::{count, optional_value, value};
use crate::decision::{
    Decision, DecisionEntry, DecisionId, DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile,
};
use crate::history::IssueId;
use crate::history::stored::label;
use crate::{Result, Text};

const PUT: &str = "INSERT OR REPLACE INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

#[async_trait]
impl DecisionLog for SqliteDatabase {
    async fn record(&self, request: &RecordDecisions) -> Result<()> {
        let request = request.clone();
        self.with_connection("record the decisions in the history database", move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut statement = transaction.prepare(PUT)?;
            for decision in &request.decisions {
                let Decision { id, issue, account, entry, by, run_id, at, mirrored_at } = decision;
                statement.execute(params![
                    request.project,
                    issue.as_str(),
                    id.as_str(),
                    account.to_string(),
                    label(entry.kind),
                    entry.owner,
                    entry.due.map(|due| due.to_string()),
                    entry.comment,
                    by,
                    run_id.as_str(),
                    at.to_string(),
                    mirrored_at.map(|at| at.to_string()),
                ])?;
            }
            drop(statement);
            transaction.commit()
        })
        .await
    }

    async fn decisions(&self, query: &DecisionQuery) -> Result<ProjectDecisions> {
        let project = query.project.clone();
        self.with_connection("read the decisions of the project from the history database", move |connection| {
            let mut statement = connection.prepare("SELECT * FROM decision WHERE project = ?1")?;
            let decisions = statement.query_map([project], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(ProjectDecisions::new(decisions))
        })
        .await
    }

    async fn note_returned(&self, file: &ReturnedFile) -> Result<()> {
        let file = file.clone();
        self.with_connection("note the returned file in the history database", move |connection| {
            let ReturnedFile { id, name, project, taken_at, taken, not_taken } = file;
            let numbers = [taken, not_taken].map(count);
            let values = params![id, name, project, taken_at.to_string(), numbers[0], numbers[1]];
            connection.execute("INSERT OR REPLACE INTO returned_file VALUES (?, ?, ?, ?, ?, ?)", values).map(drop)
        })
        .await
    }

    async fn returned(&self, id: &str) -> Result<Option<ReturnedFile>> {
        let id = id.to_owned();
        self.with_connection("find the returned file in the history database", move |connection| {
            let find = "SELECT * FROM returned_file WHERE file_id = ?1";
            connection.query_row(find, [id], read_file).optional()
        })
        .await
    }
}

fn read_file(row: &Row<'_>) -> rusqlite::Result<ReturnedFile> {
    let number = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(ReturnedFile {
        id: row.get("file_id")?,
        name: row.get("name")?,
        project: row.get("project")?,
        taken_at: value(row, "taken_at")?,
        taken: number("taken")?,
        not_taken: number("not_taken")?,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Decision> {
    let entry = DecisionEntry {
        kind: value(row, "kind")?,
        owner: row.get("owner")?,
        due: optional_value(row, "due")?,
        comment: row.get("comment")?,
    };
    Ok(Decision {
        id: DecisionId::from_stored(row.get::<_, Text>("decision_id")?),
        issue: IssueId::from_stored(row.get::<_, Text>("issue_id")?),
        account: value(row, "account_id")?,
        entry,
        by: row.get("decided_by")?,
        run_id: value(row, "run_id")?,
        at: value(row, "at")?,
        mirrored_at: optional_value(row, "mirrored_at")?,
    })
}
