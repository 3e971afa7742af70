//! The history in SQLite: reads and writes its rows.

use std::fmt::Display;

use async_trait::async_trait;
use rusqlite::types::Type;
use rusqlite::{
    Connection, OptionalExtension as _, Params, Row, RowIndex, Transaction, TransactionBehavior, named_params, params,
};
use serde::de::DeserializeOwned;

use super::SqliteDatabase;
use super::error::foreign;
use crate::history::stored::{
    CommonTexts, accounts_from_text, accounts_to_text, from_label, label, periods_from_text, periods_to_text,
    sources_from_text, sources_to_text,
};
use crate::history::{
    CommitReceipt, HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IssueId, IssueRecord, IssueResolution,
    ListProjects, ProjectHistory, ProjectRun, SeverityChange,
};
use crate::report::Changes;
use crate::{Result, SeverityCounts, Text};

/// The columns of an issue, in the order in which they are written and read.
const ISSUE: [&str; 24] = [
    "project_id",
    "issue_id",
    "account_id",
    "region",
    "control_id",
    "title",
    "resource",
    "severity",
    "workflow",
    "first_seen",
    "opened_in",
    "reopened",
    "resolved_at",
    "resolved_in",
    "resolution",
    "last_seen",
    "finding_id",
    "severity_before",
    "severity_changed_in",
    "decided_at",
    "opened_at",
    "earlier",
    "signature",
    "sources",
];

/// The place of a column of an issue, found when this is compiled: SQLite would compare names, 24 times for each of
/// perhaps 100,000 issues.
#[expect(clippy::panic, reason = "it would not compile")]
const fn at(column: &str) -> usize {
    let mut place = 0;
    while place < ISSUE.len() {
        if is_equal(ISSUE[place].as_bytes(), column.as_bytes()) {
            return place;
        }
        place += 1;
    }
    panic!("no such column")
}

/// `==` of slices, which constants cannot use.
const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([], []) => true,
        ([a, rest @ ..], [b, others @ ..]) => *a == *b && is_equal(rest, others),
        _ => false,
    }
}

/// Writes an issue. With `OR REPLACE` in place of `DO UPDATE`, SQLite would copy each page of the table before it changes
/// it, which takes half as much time again.
fn put_issue() -> String {
    let changes: Vec<String> = ISSUE[2..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
    format!(
        "INSERT INTO issue ({}) VALUES ({}) ON CONFLICT (project_id, issue_id) DO UPDATE SET {}",
        ISSUE.join(", "),
        ["?"; ISSUE.len()].join(", "),
        changes.join(", ")
    )
}

/// Reads the issues after one, or all of them. The order is that of the key.
fn select_issues(after: Option<&IssueId>) -> String {
    let follows = if after.is_some() { "issue_id > ?2" } else { "?2 IS NULL" };
    format!("SELECT {} FROM issue WHERE project_id = ?1 AND {follows} ORDER BY issue_id LIMIT ?3", ISSUE.join(", "))
}

const PUT_RUN: &str = "INSERT OR REPLACE INTO project_run VALUES (:project_id, :run_id, :at, :complete, \
     :critical, :high, :medium, :low, :informational, :new, :reopened, :open, :resolved, :report, :worse, :incomplete_accounts, \
     :suppressed, :archived, :left, :stale, :told, :sources)";

#[async_trait]
impl HistorySink for SqliteDatabase {
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt> {
        let commit = commit.clone();
        self.with_connection("remember the run in the history database", move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let writes = write(&transaction, &commit)?;
            transaction.commit()?;
            Ok(CommitReceipt { writes })
        })
        .await
    }
}

fn write(transaction: &Transaction<'_>, commit: &HistoryCommit) -> rusqlite::Result<u64> {
    // not REPLACE, which would delete the row that the issues of the project refer to
    transaction.execute("INSERT OR IGNORE INTO project (name) VALUES (?1)", [&commit.project])?;
    let project = project_id(transaction, &commit.project)?;
    let mut statement = transaction.prepare(&put_issue())?;
    let mut writes = 1;
    // inserts in key order fill the pages of the B-tree one after the other, without splitting them
    let mut issues: Vec<(&IssueId, usize)> = commit.issues.ids().zip(0..).collect();
    issues.sort_unstable();
    for (_, index) in issues {
        let issue = commit.issues.get(index).map_err(foreign)?;
        let resolved = issue.resolved.as_ref();
        writes += statement.execute(params![
            project,
            issue.id.as_str(),
            issue.account.to_string(),
            issue.region,
            issue.control_id,
            issue.title,
            issue.resource,
            issue.severity.as_str(),
            issue.workflow.as_str(),
            issue.first_seen.to_string(),
            issue.opened_in.as_str(),
            issue.reopened,
            resolved.map(|r| r.at.to_string()),
            resolved.map(|r| r.run_id.as_str()),
            resolved.map(|r| label(r.resolution)),
            issue.last_seen.to_string(),
            issue.finding_id,
            issue.severity_change.as_ref().map(|c| c.from.as_str()),
            issue.severity_change.as_ref().map(|c| c.run_id.as_str()),
            issue.decided_at.map(|at| at.to_string()),
            issue.opened_at.to_string(),
            periods_to_text(&issue.earlier),
            issue.signature,
            sources_to_text(&issue.sources),
        ])? as u64;
    }
    write_run(transaction, project, &commit.run)?;
    Ok(writes)
}

fn write_run(transaction: &Transaction<'_>, project: Option<i64>, run: &ProjectRun) -> rusqlite::Result<usize> {
    transaction.execute(
        PUT_RUN,
        named_params! {
            ":project_id": project,
            ":run_id": run.run_id.as_str(),
            ":at": run.at.to_string(),
            ":complete": run.complete,
            ":critical": count(run.counts.critical),
            ":high": count(run.counts.high),
            ":medium": count(run.counts.medium),
            ":low": count(run.counts.low),
            ":informational": count(run.counts.informational),
            ":new": count(run.changes.new),
            ":reopened": count(run.changes.reopened),
            ":open": count(run.changes.open),
            ":resolved": count(run.changes.resolved),
            ":report": run.report,
            ":worse": count(run.changes.worse),
            ":incomplete_accounts": accounts_to_text(&run.incomplete_accounts),
            ":suppressed": count(run.changes.suppressed),
            ":archived": count(run.changes.archived),
            ":left": count(run.changes.left),
            ":stale": count(run.changes.stale),
            ":told": run.told,
            ":sources": sources_to_text(&run.sources),
        },
    )
}

/// Converts a number for SQLite, whose integers are signed.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn project_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT project_id FROM project WHERE name = ?1", [name], |row| row.get(0)).optional()
}

#[async_trait]
impl HistoryReader for SqliteDatabase {
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
        let query = query.clone();
        self.with_connection("recall the project from the history database", move |connection| {
            // one transaction reads issues and runs from the same snapshot
            let transaction = connection.transaction()?;
            let Some(project) = project_id(&transaction, &query.project)? else { return Ok(ProjectHistory::default()) };
            let issues = if query.issues {
                let mut common = CommonTexts::default();
                let decode = |row: &Row<'_>| issue(row).map(|issue| common.share(issue));
                let (after, limit) = (query.after.as_ref(), i64::try_from(query.issue_limit).unwrap_or(i64::MAX));
                let parameters = params![project, after.map(IssueId::as_str), limit];
                rows(&transaction, &select_issues(after), parameters, decode)?
            } else {
                Vec::new()
            };
            let runs = rows(&transaction, "SELECT * FROM project_run WHERE project_id = ?1", [project], run)?;
            Ok(ProjectHistory::in_order(issues, runs, query.runs))
        })
        .await
    }

    async fn projects(&self, _: &ListProjects) -> Result<Vec<String>> {
        self.with_connection("list the projects of the history database", |connection| {
            // SQLite's default collation compares bytes, as Rust does
            connection.prepare("SELECT name FROM project ORDER BY name")?.query_map([], |row| row.get(0))?.collect()
        })
        .await
    }
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    decode: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map(parameters, decode)?.collect()
}

fn issue(row: &Row<'_>) -> rusqlite::Result<IssueRecord> {
    let resolved_at: Option<String> = row.get(const { at("resolved_at") })?;
    let resolved = match resolved_at {
        None => None,
        Some(_) => Some(IssueResolution {
            at: value(row, const { at("resolved_at") })?,
            run_id: value(row, const { at("resolved_in") })?,
            resolution: value(row, const { at("resolution") })?,
        }),
    };
    let changed_in: Option<String> = row.get(const { at("severity_changed_in") })?;
    let severity_change = match changed_in {
        None => None,
        Some(_) => Some(SeverityChange {
            from: value(row, const { at("severity_before") })?,
            run_id: value(row, const { at("severity_changed_in") })?,
        }),
    };
    Ok(IssueRecord {
        id: IssueId::from_stored(row.get::<_, Text>(const { at("issue_id") })?),
        account: value(row, const { at("account_id") })?,
        region: row.get(const { at("region") })?,
        control_id: row.get(const { at("control_id") })?,
        title: row.get(const { at("title") })?,
        resource: row.get(const { at("resource") })?,
        severity: value(row, const { at("severity") })?,
        workflow: value(row, const { at("workflow") })?,
        first_seen: value(row, const { at("first_seen") })?,
        opened_at: value(row, const { at("opened_at") })?,
        opened_in: value(row, const { at("opened_in") })?,
        reopened: row.get(const { at("reopened") })?,
        earlier: {
            let text: Option<String> = row.get(const { at("earlier") })?;
            let text = text.unwrap_or_default();
            periods_from_text(&text).map_err(|e| unreadable(row, const { at("earlier") }, &text, e))?
        },
        severity_change,
        finding_id: row.get(const { at("finding_id") })?,
        signature: row.get(const { at("signature") })?,
        last_seen: value(row, const { at("last_seen") })?,
        decided_at: optional_value(row, const { at("decided_at") })?,
        resolved,
        sources: sources(row, const { at("sources") })?,
    })
}

fn run(row: &Row<'_>) -> rusqlite::Result<ProjectRun> {
    let number = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(ProjectRun {
        run_id: value(row, "run_id")?,
        at: value(row, "at")?,
        complete: row.get("complete")?,
        incomplete_accounts: {
            let text: String = row.get("incomplete_accounts")?;
            accounts_from_text(&text).map_err(|e| unreadable(row, "incomplete_accounts", &text, e))?
        },
        counts: SeverityCounts {
            critical: number("critical")?,
            high: number("high")?,
            medium: number("medium")?,
            low: number("low")?,
            informational: number("informational")?,
        },
        changes: Changes {
            new: number("new")?,
            reopened: number("reopened")?,
            open: number("open")?,
            worse: number("worse")?,
            resolved: number("resolved")?,
            suppressed: number("suppressed")?,
            archived: number("archived")?,
            left: number("account_left")?,
            stale: number("stale")?,
        },
        told: row.get("told")?,
        report: row.get("report")?,
        sources: sources(row, "sources")?,
    })
}

fn sources(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Vec<Text>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.as_deref().map(sources_from_text).unwrap_or_default())
}

/// Reads a value that is stored as text.
pub(super) fn value<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    from_label(&text).map_err(|e| unreadable(row, column, &text, e))
}

/// Reads a value that is stored as text, or NULL.
pub(super) fn optional_value<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|_| value(row, column)).transpose()
}

/// Returns the error for a column whose content this version cannot read.
pub(super) fn unreadable(row: &Row<'_>, column: impl RowIndex, text: &str, why: impl Display) -> rusqlite::Error {
    let index = column.idx(row.as_ref()).unwrap_or_default();
    let column = row.as_ref().column_name(index).unwrap_or_default();
    let source = format!("column {column} holds \"{}\": {why}", text.escape_debug());
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, source.into())
}
