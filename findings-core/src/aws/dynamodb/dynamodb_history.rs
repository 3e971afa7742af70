//! The history's items.

use std::collections::HashMap;

use async_trait::async_trait;

use super::DynamoDbTable;
use super::batch::Write;
use super::item::{Item, ItemBuilder, ItemReader, clipped};
use super::keys::{self, ISSUE, RUN};
use super::query::Slice;
use crate::history::stored::label;
use crate::history::{
    CommitReceipt, HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IssueId, IssueRecord, ProjectHistory,
    ProjectRun, Resolved,
};
use crate::report::Changes;
use crate::{Result, SeverityCounts};

const COMMIT: &str = "remember the run in";
const RECALL: &str = "recall the project from";

#[async_trait]
impl HistorySink for DynamoDbTable {
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt> {
        let pk = keys::project(&commit.project);
        let expiry = self.expiry();
        // a batch that names a key twice is refused as a whole: the last one counts
        let last: HashMap<&IssueId, usize> = commit.issues.iter().zip(0..).map(|(issue, n)| (&issue.id, n)).collect();
        let mut issues: Vec<_> = commit.issues.iter().enumerate().collect();
        issues.retain(|(n, issue)| last.get(&issue.id) == Some(n));
        let encode = |(_, issue): &(usize, &IssueRecord)| Write::Put(issue_item(&pk, &commit.project, issue, expiry));
        let written = self.write_all(COMMIT, &issues, encode).await?;

        let run = run_item(&pk, &commit.project, &commit.run, expiry);
        let put = self.client.put_item().table_name(&self.name).set_item(Some(run));
        put.send().await.map_err(|e| self.failure(e, COMMIT))?;
        Ok(CommitReceipt { writes: written + 1 })
    }
}

#[async_trait]
impl HistoryReader for DynamoDbTable {
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
        let pk = keys::project(&query.project);
        let mut runs = Vec::new();
        // the runs first: a commit in between then shows as issues without their run, and never the other way round
        self.query(RECALL, Slice { pk: &pk, prefix: RUN, keys_only: false }, |item| {
            runs.push(run(ItemReader(&item))?);
            Ok(())
        })
        .await?;
        let mut issues = Vec::new();
        self.query(RECALL, Slice { pk: &pk, prefix: ISSUE, keys_only: false }, |item| {
            issues.push(issue(ItemReader(&item))?);
            Ok(())
        })
        .await?;
        Ok(ProjectHistory::in_order(issues, runs, query.runs))
    }
}

fn issue_item(pk: &str, project: &str, issue: &IssueRecord, expiry: i64) -> Item {
    let item = ItemBuilder::new(pk, keys::issue(&issue.id))
        .text("project", clipped(project))
        .text("account_id", issue.account)
        .maybe("region", issue.region.as_deref().map(clipped))
        .maybe("control_id", issue.control_id.as_deref().map(clipped))
        .text("title", clipped(&issue.title))
        .maybe("resource", issue.resource.as_deref().map(clipped))
        .text("severity", issue.severity.as_str())
        .text("workflow", issue.workflow.as_str())
        .text("first_seen", issue.first_seen.to_string())
        .text("opened_in", issue.opened_in.as_str())
        .number("reopened", issue.reopened);
    let Some(resolved) = &issue.resolved else { return item.build() };
    item.text("resolved_at", resolved.at.to_string())
        .text("resolved_in", resolved.run_id.as_str())
        .text("resolution", label(resolved.resolution))
        .expires(expiry)
        .build()
}

fn issue(item: ItemReader<'_>) -> Result<IssueRecord> {
    let resolved = if item.has("resolved_at") {
        Some(Resolved {
            at: item.value("resolved_at")?,
            run_id: item.value("resolved_in")?,
            resolution: item.value("resolution")?,
        })
    } else {
        None
    };
    Ok(IssueRecord {
        id: IssueId::from_stored(item.text(keys::SK)?.trim_start_matches(ISSUE)),
        account: item.value("account_id")?,
        region: item.maybe("region")?.map(Into::into),
        control_id: item.maybe("control_id")?.map(Into::into),
        title: item.text("title")?.into(),
        resource: item.maybe("resource")?.map(Into::into),
        severity: item.value("severity")?,
        workflow: item.value("workflow")?,
        first_seen: item.value("first_seen")?,
        opened_in: item.value("opened_in")?,
        reopened: item.number("reopened")?,
        resolved,
    })
}

fn run_item(pk: &str, project: &str, run: &ProjectRun, expiry: i64) -> Item {
    ItemBuilder::new(pk, keys::project_run(&run.run_id))
        .text("project", clipped(project))
        .text("run_id", run.run_id.as_str())
        .text("at", run.at.to_string())
        .flag("complete", run.complete)
        .number("critical", run.counts.critical)
        .number("high", run.counts.high)
        .number("medium", run.counts.medium)
        .number("low", run.counts.low)
        .number("informational", run.counts.informational)
        .number("new", run.changes.new)
        .number("reopened", run.changes.reopened)
        .number("open", run.changes.open)
        .number("resolved", run.changes.resolved)
        .text("report", run.report.as_str())
        .expires(expiry)
        .build()
}

fn run(item: ItemReader<'_>) -> Result<ProjectRun> {
    Ok(ProjectRun {
        run_id: item.value("run_id")?,
        at: item.value("at")?,
        complete: item.flag("complete")?,
        counts: SeverityCounts {
            critical: item.number("critical")?,
            high: item.number("high")?,
            medium: item.number("medium")?,
            low: item.number("low")?,
            informational: item.number("informational")?,
        },
        changes: Changes {
            new: item.number("new")?,
            reopened: item.number("reopened")?,
            open: item.number("open")?,
            resolved: item.number("resolved")?,
        },
        report: item.text("report")?.to_owned(),
    })
}
