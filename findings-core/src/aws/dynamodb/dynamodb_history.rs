//! The history in the table: the items of issues, delivered runs and the list of projects.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;

use super::DynamoDbTable;
use super::item::{Item, ItemBuilder, ItemReader, clipped};
use super::keys::{self, ISSUE, PROJECTS, RUN};
use super::query::Slice;
use crate::history::stored::{
    CommonTexts, accounts_from_text, accounts_to_text, label, periods_from_text, periods_to_text, sources_from_text,
    sources_to_text,
};
use crate::history::{
    CommitReceipt, HistoryCommit, HistoryQuery, HistoryReader, HistorySink, IssueId, IssueRecord, IssueResolution,
    ListProjects, ProjectHistory, ProjectRun, SeverityChange,
};
use crate::report::Changes;
use crate::{Result, SeverityCounts};

const COMMIT: &str = "remember the run in";
const RECALL: &str = "recall the project from";
const LIST: &str = "list the projects of";

#[async_trait]
impl HistorySink for DynamoDbTable {
    async fn commit(&self, commit: &HistoryCommit) -> Result<CommitReceipt> {
        let pk = keys::project(&commit.project);
        let expiry = self.expiry();
        // DynamoDB refuses a whole batch if it contains a key twice, so only the last record of an issue is written
        let last: HashMap<&IssueId, usize> = commit.issues.ids().zip(0..).collect();
        let mut issues: Vec<usize> = last.into_values().collect();
        issues.sort_unstable();
        let encode = |index: &usize| Ok(issue_item(&pk, &commit.project, &commit.issues.get(*index)?, expiry));
        let written = self.write_all(COMMIT, &issues, encode).await?;

        // before the run: a project that is missing in the list is never noticed when it leaves the registry
        let listed = self.add_to_list(&pk, &commit.project).await?;
        let run = run_item(&pk, &commit.project, &commit.run, expiry);
        // last, because a run that readers see must have all its issues
        self.put(COMMIT, run).await?;
        Ok(CommitReceipt { writes: written + u64::from(listed) + 1 })
    }
}

#[async_trait]
impl HistoryReader for DynamoDbTable {
    async fn project(&self, query: &HistoryQuery) -> Result<ProjectHistory> {
        let pk = keys::project(&query.project);
        let mut runs = Vec::new();
        // runs are read first: a commit between the two queries then adds issues without their run, never a run
        // without its issues
        self.query(RECALL, Slice::new(&pk, RUN), |item| {
            runs.push(run(ItemReader(&item))?);
            Ok(())
        })
        .await?;
        let mut issues = Vec::new();
        if !query.issues {
            return Ok(ProjectHistory::in_order(issues, runs, query.runs));
        }
        let mut common = CommonTexts::default();
        let after = query.after.as_ref().map(keys::issue);
        let mut slice = Slice::new(&pk, ISSUE).at_most(query.issue_limit);
        if let Some(after) = &after {
            slice = slice.after(after);
        }
        self.query(RECALL, slice, |item| {
            issues.push(common.share(issue(ItemReader(&item))?));
            Ok(())
        })
        .await?;
        Ok(ProjectHistory::in_order(issues, runs, query.runs))
    }

    async fn projects(&self, _: &ListProjects) -> Result<Vec<String>> {
        let mut names = Vec::new();
        self.query(LIST, Slice::new(PROJECTS, ""), |item| {
            names.push(ItemReader(&item).text("project")?.to_owned());
            Ok(())
        })
        .await?;
        names.sort_unstable();
        Ok(names)
    }
}

impl DynamoDbTable {
    /// Adds a project to the list of projects and returns whether it was missing.
    ///
    /// The list is read once per process, so that a commit of a listed project costs no second write.
    async fn add_to_list(&self, pk: &str, project: &str) -> Result<bool> {
        // held over the calls, so that projects that commit at the same time read the list once
        let mut listed = self.listed.lock().await;
        let keys = match &mut *listed {
            Some(keys) => keys,
            none => {
                let mut keys = HashSet::new();
                self.query(COMMIT, Slice::new(PROJECTS, "").keys_only(), |item| {
                    keys.insert(ItemReader(&item).text(keys::SK)?.to_owned());
                    Ok(())
                })
                .await?;
                none.insert(keys)
            }
        };
        if keys.contains(pk) {
            return Ok(false);
        }
        let item = ItemBuilder::new(PROJECTS, pk).text("project", clipped(project)).build();
        self.put(COMMIT, item).await?;
        // only now: a write that failed has to be tried again
        keys.insert(pk.to_owned());
        Ok(true)
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
        .text("opened_at", issue.opened_at.to_string())
        .text("opened_in", issue.opened_in.as_str())
        .number("reopened", issue.reopened)
        .maybe("earlier", periods_to_text(&issue.earlier))
        .maybe("signature", issue.signature.as_deref())
        .maybe("finding_id", issue.finding_id.as_deref().map(clipped))
        .maybe("severity_before", issue.severity_change.as_ref().map(|c| c.from.as_str()))
        .maybe("severity_changed_in", issue.severity_change.as_ref().map(|c| c.run_id.as_str()))
        .text("last_seen", issue.last_seen.to_string())
        .maybe("decided_at", issue.decided_at.map(|at| at.to_string()))
        .maybe("sources", sources_to_text(&issue.sources));
    // an open issue never expires, however long it is open
    let Some(resolved) = &issue.resolved else { return item.build() };
    item.text("resolved_at", resolved.at.to_string())
        .text("resolved_in", resolved.run_id.as_str())
        .text("resolution", label(resolved.resolution))
        .expires(expiry)
        .build()
}

fn issue(item: ItemReader<'_>) -> Result<IssueRecord> {
    let resolved = if item.has("resolved_at") {
        Some(IssueResolution {
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
        // items written by early versions have neither this nor `earlier` and `signature`
        opened_at: item.value(if item.has("opened_at") { "opened_at" } else { "first_seen" })?,
        opened_in: item.value("opened_in")?,
        reopened: item.number("reopened")?,
        earlier: periods_from_text(item.maybe("earlier")?.unwrap_or_default())
            .map_err(|e| item.malformed("earlier", e))?,
        signature: item.maybe("signature")?.map(Into::into),
        severity_change: if item.has("severity_changed_in") {
            Some(SeverityChange { from: item.value("severity_before")?, run_id: item.value("severity_changed_in")? })
        } else {
            None
        },
        finding_id: item.maybe("finding_id")?.map(Into::into),
        // items written by early versions have no `last_seen`
        last_seen: item.value(if item.has("last_seen") { "last_seen" } else { "first_seen" })?,
        decided_at: if item.has("decided_at") { Some(item.value("decided_at")?) } else { None },
        resolved,
        sources: sources_from_text(item.maybe("sources")?.unwrap_or_default()),
    })
}

fn run_item(pk: &str, project: &str, run: &ProjectRun, expiry: i64) -> Item {
    ItemBuilder::new(pk, keys::project_run(&run.run_id))
        .text("project", clipped(project))
        .text("run_id", run.run_id.as_str())
        .text("at", run.at.to_string())
        .flag("complete", run.complete)
        .text("incomplete_accounts", accounts_to_text(&run.incomplete_accounts))
        .number("critical", run.counts.critical)
        .number("high", run.counts.high)
        .number("medium", run.counts.medium)
        .number("low", run.counts.low)
        .number("informational", run.counts.informational)
        .number("new", run.changes.new)
        .number("reopened", run.changes.reopened)
        .number("open", run.changes.open)
        .number("worse", run.changes.worse)
        .number("resolved", run.changes.resolved)
        .number("suppressed", run.changes.suppressed)
        .number("archived", run.changes.archived)
        .number("account_left", run.changes.left)
        .number("stale", run.changes.stale)
        .flag("told", run.told)
        .text("report", run.report.as_str())
        .maybe("sources", sources_to_text(&run.sources))
        .expires(expiry)
        .build()
}

fn run(item: ItemReader<'_>) -> Result<ProjectRun> {
    // early versions did not write all numbers
    let number_or_zero = |name| if item.has(name) { item.number(name) } else { Ok(0) };
    Ok(ProjectRun {
        run_id: item.value("run_id")?,
        at: item.value("at")?,
        complete: item.flag("complete")?,
        incomplete_accounts: accounts_from_text(item.maybe("incomplete_accounts")?.unwrap_or_default())
            .map_err(|e| item.malformed("incomplete_accounts", e))?,
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
            worse: number_or_zero("worse")?,
            resolved: item.number("resolved")?,
            suppressed: number_or_zero("suppressed")?,
            archived: number_or_zero("archived")?,
            left: number_or_zero("account_left")?,
            stale: number_or_zero("stale")?,
        },
        // early versions wrote runs without a report, of which nobody was told
        told: if item.has("told") { item.flag("told")? } else { !item.text("report")?.is_empty() },
        report: item.text("report")?.to_owned(),
        sources: sources_from_text(item.maybe("sources")?.unwrap_or_default()),
    })
}
