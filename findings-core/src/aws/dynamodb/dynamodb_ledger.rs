//! The run ledger in the table: the items of runs, finished projects and messages.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;

use super::DynamoDbTable;
use super::format_version::unless_newer;
use super::item::{ItemBuilder, ItemReader};
use super::keys::{self, META, PART, SK};
use super::lease::{LeaseUpdate, Meta};
use super::long_text::{LongText, Parts};
use super::message_item::read_message;
use super::query::Slice;
use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, FinishedRun, Lease, LeaseDecision, LedgerEntry, MessageEntry, MessagesQuery,
    ProgressQuery, RecordEntry, RenewRun, RunLedger, RunProgress, RunState, in_order, lease_lost, message_settled,
};
use crate::patience::Patience;
use crate::{Error, ErrorKind, Result};

const ACQUIRE: &str = "acquire the run in";
const RENEW: &str = "renew the lease in";
const CLOSE: &str = "close the run in";
const RECORD: &str = "record progress in";
const NOTE: &str = "note the finished run in";
const LAST: &str = "read the last finished run from";
const PROGRESS: &str = "read the progress of the run from";
const MESSAGES: &str = "read the messages about the project from";

/// How often to retry if the state of the run changes between two calls. A run rarely changes its owner.
const ROUNDS: usize = 8;

#[async_trait]
impl RunLedger for DynamoDbTable {
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
        for _ in 0..ROUNDS {
            // no read before it: another task could take the lease between the read and the update
            let item = match self.take(ACQUIRE, request).await? {
                LeaseUpdate::Made(before) => return Ok(AcquireOutcome::Granted { resumed: !before.is_empty() }),
                LeaseUpdate::Refused(item) => item,
            };
            match Meta(&item).state()?.decide(request) {
                LeaseDecision::Held(Lease { owner, until }) => return Ok(AcquireOutcome::Held { owner, until }),
                LeaseDecision::Finished => {
                    let pk = keys::run(&request.run_id);
                    let summary = self.read_text(ACQUIRE, &pk, &item, "summary").await?;
                    return Ok(AcquireOutcome::Finished { summary });
                }
                LeaseDecision::Reopen(reopened) => {
                    if let LeaseUpdate::Made(_) = self.reopen(ACQUIRE, request, reopened).await? {
                        return Ok(AcquireOutcome::Granted { resumed: true });
                    }
                }
                LeaseDecision::Grant { .. } => {}
            }
            // the lease was released or taken since the update was refused: try again
        }
        Err(Error::new(ErrorKind::Unavailable, ACQUIRE)
            .with_subject(format!("table {}", self.name))
            .with_message("the run keeps changing hands; try again"))
    }

    async fn renew(&self, request: &RenewRun) -> Result<()> {
        match self.extend_lease(RENEW, request).await? {
            LeaseUpdate::Made(_) => Ok(()),
            LeaseUpdate::Refused(_) => Err(lease_lost("renew the lease of run", &request.run_id)),
        }
    }

    async fn close(&self, request: &CloseRun) -> Result<()> {
        let summary = request.summary.as_deref().map(LongText::new);
        if let Some(summary) = &summary {
            // parts are named by their content, so they do no harm if the lease is lost: no item refers to them
            self.write_parts(CLOSE, &keys::run(&request.run_id), summary).await?;
        }
        match self.release_lease(CLOSE, request, summary.as_ref()).await? {
            LeaseUpdate::Made(_) => {}
            LeaseUpdate::Refused(item) if Meta(&item).was_closed_by(request) => {}
            LeaseUpdate::Refused(_) => return Err(lease_lost("close run", &request.run_id)),
        }
        // only now: a task that is killed in between has finished the run, and the worst that follows is a false alarm
        match request.finished_run() {
            Some(finished) => self.note_finished(NOTE, &finished).await,
            None => Ok(()),
        }
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        let (pk, patience) = (keys::run(&request.run_id), Patience::default());
        // before the parts of an outcome are written
        patience.repeat(|| self.require_lease(request)).await?;
        let put = match &request.entry {
            LedgerEntry::Message(message) => self.message_put(&pk, message),
            LedgerEntry::ProjectDone { project, outcome } => self.done_put(&pk, project, outcome).await?,
        };
        let (put, mut is_repeated) = (&put, false);
        let is_put = patience
            .repeat(|| {
                let is_repeated = std::mem::replace(&mut is_repeated, true);
                async move {
                    if is_repeated {
                        // the lease may have passed during the pause, and an entry must not outlive it
                        self.require_lease(request).await?;
                    }
                    self.put_if_allowed(RECORD, put.clone()).await
                }
            })
            .await?;
        if is_put { Ok(()) } else { Err(message_settled(&request.run_id)) }
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        let pk = keys::run(&query.run_id);
        let (mut entries, mut done, mut parts) = (Vec::new(), Vec::new(), Parts::default());
        let mut state = RunState::default();
        self.query(PROGRESS, Slice::new(&pk, ""), |item| {
            let sk = ItemReader(&item).text(SK)?;
            if sk.starts_with("MSG#") {
                entries.push(LedgerEntry::Message(read_message(ItemReader(&item))?));
            } else if sk.starts_with(PART) {
                parts.add(&item)?;
            } else if sk == META {
                state = Meta(&item).state()?;
            } else {
                done.push(item);
            }
            Ok(())
        })
        .await?;
        // only after the query, because parts sort behind the items that refer to them
        for item in &done {
            let project = ItemReader(item).text("project")?.to_owned();
            entries.push(LedgerEntry::ProjectDone { project, outcome: parts.join(item, "outcome")? });
        }
        Ok(RunProgress::new(state, entries))
    }

    async fn messages(&self, query: &MessagesQuery) -> Result<Vec<MessageEntry>> {
        let (pk, prefix) = (keys::run(&query.run_id), keys::messages(&query.project));
        let mut messages = Vec::new();
        self.query(MESSAGES, Slice::new(&pk, &prefix), |item| {
            messages.push(read_message(ItemReader(&item))?);
            Ok(())
        })
        .await?;
        Ok(in_order(messages))
    }

    async fn last_finished(&self) -> Result<Option<FinishedRun>> {
        self.read_last_finished(LAST).await
    }
}

impl DynamoDbTable {
    /// Fails if the owner of the entry does not hold the lease any more.
    async fn require_lease(&self, request: &RecordEntry) -> Result<()> {
        if !self.is_held_by(RECORD, &request.run_id, &request.owner).await? {
            return Err(lease_lost("record progress of run", &request.run_id));
        }
        Ok(())
    }

    /// Returns the call that writes the item of a finished project, and writes the parts of an outcome that is too long
    /// for one item.
    async fn done_put(&self, pk: &str, project: &str, outcome: &str) -> Result<PutItemFluentBuilder> {
        let outcome = LongText::new(outcome);
        self.write_parts(RECORD, pk, &outcome).await?;
        let item = ItemBuilder::new(pk, keys::done(project)).text("project", project).expires(self.expiry());
        let mut item = item.build();
        item.extend(outcome.attributes("outcome"));
        Ok(unless_newer(self.client.put_item().table_name(&self.name).set_item(Some(item))))
    }
}
