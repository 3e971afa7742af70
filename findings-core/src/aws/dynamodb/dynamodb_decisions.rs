//! The decisions in the table: one item each in the partition of the project. They do not expire.

use async_trait::async_trait;

use super::DynamoDbTable;
use super::item::{Item, ItemBuilder, ItemReader, clipped};
use super::keys::{self, DECISION};
use super::query::Slice;
use crate::decision::{
    Decision, DecisionEntry, DecisionId, DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, ReturnedFile,
};
use crate::history::IssueId;
use crate::history::stored::label;
use crate::{Result, Text};

const RECORD: &str = "record the decisions in";
const READ: &str = "read the decisions of the project from";
const NOTE: &str = "note the returned file in";
const FIND: &str = "find the returned file in";

#[async_trait]
impl DecisionLog for DynamoDbTable {
    async fn record(&self, request: &RecordDecisions) -> Result<()> {
        let pk = keys::project(&request.project);
        let encode = |decision: &Decision| Ok(decision_item(&pk, &request.project, decision));
        self.write_all(RECORD, &request.decisions, encode).await.map(drop)
    }

    async fn decisions(&self, query: &DecisionQuery) -> Result<ProjectDecisions> {
        let pk = keys::project(&query.project);
        let mut decisions = Vec::new();
        self.query(READ, Slice::new(&pk, DECISION), |item| {
            decisions.push(read(ItemReader(&item))?);
            Ok(())
        })
        .await?;
        Ok(ProjectDecisions::new(decisions))
    }

    async fn note_returned(&self, file: &ReturnedFile) -> Result<()> {
        let ReturnedFile { id, name, project, taken_at, taken, not_taken } = file;
        let item = ItemBuilder::new(keys::returned_file(id), keys::RETURNED_FILE)
            .text("name", clipped(name))
            .text("project", project)
            .text("taken_at", taken_at.to_string())
            .number("taken", taken)
            .number("not_taken", not_taken)
            .expires(self.expiry());
        self.put(NOTE, item.build()).await
    }

    async fn returned(&self, id: &str) -> Result<Option<ReturnedFile>> {
        let pk = keys::returned_file(id);
        let mut found = None;
        self.query(FIND, Slice::new(&pk, keys::RETURNED_FILE), |item| {
            let item = ItemReader(&item);
            found = Some(ReturnedFile {
                id: id.to_owned(),
                name: item.text("name")?.to_owned(),
                project: item.text("project")?.to_owned(),
                taken_at: item.value("taken_at")?,
                taken: item.number("taken")?,
                not_taken: item.number("not_taken")?,
            });
            Ok(())
        })
        .await?;
        Ok(found)
    }
}

fn decision_item(pk: &str, project: &str, decision: &Decision) -> Item {
    let Decision { id, issue, account, entry, by, run_id, at, mirrored_at } = decision;
    ItemBuilder::new(pk, keys::decision(issue, id))
        .text("project", project)
        .text("issue_id", issue.as_str())
        .text("decision_id", id.as_str())
        .text("account_id", account.to_string())
        .text("kind", label(entry.kind))
        .maybe("owner", entry.owner.as_deref())
        .maybe("due", entry.due.map(|due| due.to_string()))
        .maybe("comment", entry.comment.as_deref())
        .maybe("decided_by", by.as_deref())
        .text("run_id", run_id.as_str())
        .text("at", at.to_string())
        .maybe("mirrored_at", mirrored_at.map(|at| at.to_string()))
        .build()
}

fn read(item: ItemReader<'_>) -> Result<Decision> {
    let text = |name| Ok::<_, crate::Error>(item.maybe(name)?.map(Text::from));
    let entry = DecisionEntry {
        kind: item.value("kind")?,
        owner: text("owner")?,
        due: item.optional("due")?,
        comment: text("comment")?,
    };
    Ok(Decision {
        id: DecisionId::from_stored(item.text("decision_id")?),
        issue: IssueId::from_stored(item.text("issue_id")?),
        account: item.value("account_id")?,
        entry,
        by: text("decided_by")?,
        run_id: item.value("run_id")?,
        at: item.value("at")?,
        mirrored_at: item.optional("mirrored_at")?,
    })
}
