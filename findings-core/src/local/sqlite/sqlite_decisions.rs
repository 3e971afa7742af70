//! The decisions of projects in SQLite.

use async_trait::async_trait;
use rusqlite::{Row, TransactionBehavior, params};

use super::SqliteDatabase;
use super::sqlite_history::{optional_value, value};
use crate::decision::{
    Decision, DecisionEntry, DecisionId, DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions,
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
