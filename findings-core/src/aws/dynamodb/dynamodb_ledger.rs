//! The run ledger in the table: the items of runs, finished projects and messages.

use async_trait::async_trait;

use super::DynamoDbTable;
use super::batch::Write;
use super::item::{Item, ItemBuilder, ItemReader};
use super::keys::{self, META, PART, SK};
use super::lease::{LeaseUpdate, Meta};
use super::long_text::{LongText, Parts};
use super::query::Slice;
use crate::ledger::{
    AcquireOutcome, AcquireRun, CloseRun, Lease, LeaseDecision, LedgerEntry, ProgressQuery, RecordEntry, RenewRun,
    RunLedger, RunProgress, StoredState, lease_lost,
};
use crate::patience::Patience;
use crate::{Error, ErrorKind, Result};

const ACQUIRE: &str = "acquire the run in";
const RENEW: &str = "renew the lease in";
const CLOSE: &str = "close the run in";
const RECORD: &str = "record progress in";
const PROGRESS: &str = "read the progress of the run from";

/// How often to retry if the state of the run changes between two calls. A run rarely changes its owner.
const ROUNDS: usize = 8;

#[async_trait]
impl RunLedger for DynamoDbTable {
    async fn acquire(&self, request: &AcquireRun) -> Result<AcquireOutcome> {
        for _ in 0..ROUNDS {
            // no read before it: another task could take the lease between the read and the update
            let item = match self.take(ACQUIRE, request).await? {
                LeaseUpdate::Made(before) => return self.granted(request, &before).await,
                LeaseUpdate::Refused(item) => item,
            };
            match Meta(&item).state()?.decide(request) {
                LeaseDecision::Held(Lease { owner, until }) => return Ok(AcquireOutcome::Held { owner, until }),
                LeaseDecision::Finished => {
                    let pk = keys::run(&request.run_id);
                    let summary = self.read_text(ACQUIRE, &pk, &item, "summary").await?;
                    return Ok(AcquireOutcome::Finished { summary });
                }
                LeaseDecision::Restart => {
                    if let LeaseUpdate::Made(_) = self.restart(ACQUIRE, request).await? {
                        self.forget(request).await?;
                        return Ok(AcquireOutcome::Granted { resumed: false });
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
            LeaseUpdate::Made(_) => Ok(()),
            LeaseUpdate::Refused(item) if Meta(&item).was_closed_by(request) => Ok(()),
            LeaseUpdate::Refused(_) => Err(lease_lost("close run", &request.run_id)),
        }
    }

    async fn record(&self, request: &RecordEntry) -> Result<()> {
        let (pk, patience) = (keys::run(&request.run_id), Patience::default());
        // before the parts of an outcome are written
        patience.repeat(|| self.require_lease(request)).await?;
        let mut item = match &request.entry {
            LedgerEntry::Message { .. } => message_item(&pk, &request.entry),
            LedgerEntry::ProjectDone { project, outcome } => self.done_item(&pk, project, outcome).await?,
        };
        item.insert(keys::TTL.to_owned(), super::item::number(self.expiry()));
        let (item, mut is_repeated) = (&item, false);
        patience
            .repeat(|| {
                let is_repeated = std::mem::replace(&mut is_repeated, true);
                async move {
                    if is_repeated {
                        // the lease may have passed during the pause, and an entry must not outlive it
                        self.require_lease(request).await?;
                    }
                    self.put_once(RECORD, item.clone()).await
                }
            })
            .await
    }

    async fn progress(&self, query: &ProgressQuery) -> Result<RunProgress> {
        let pk = keys::run(&query.run_id);
        let (mut entries, mut done, mut parts) = (Vec::new(), Vec::new(), Parts::default());
        self.query(PROGRESS, Slice { pk: &pk, prefix: "", keys_only: false }, |item| {
            let sk = ItemReader(&item).text(SK)?;
            if sk.starts_with("MSG#") {
                entries.push(message(ItemReader(&item))?);
            } else if sk.starts_with(PART) {
                parts.add(&item)?;
            } else if sk != META {
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
        Ok(RunProgress::new(entries))
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

    /// Builds the item of a finished project, and writes the parts of an outcome that is too long for one item.
    async fn done_item(&self, pk: &str, project: &str, outcome: &str) -> Result<Item> {
        let outcome = LongText::new(outcome);
        self.write_parts(RECORD, pk, &outcome).await?;
        let mut item = ItemBuilder::new(pk, keys::done(project)).text("project", project).build();
        item.extend(outcome.attributes("outcome"));
        Ok(item)
    }

    /// Returns the outcome after the lease was taken. The previous item shows whether the run is resumed.
    async fn granted(&self, request: &AcquireRun, before: &Item) -> Result<AcquireOutcome> {
        if Meta(before).is_forgetting() {
            self.forget(request).await?;
            return Ok(AcquireOutcome::Granted { resumed: false });
        }
        Ok(AcquireOutcome::Granted { resumed: !before.is_empty() })
    }

    /// Removes all entries of a finished run that is started again.
    async fn forget(&self, request: &AcquireRun) -> Result<()> {
        let keys = self.keys_except(ACQUIRE, &keys::run(&request.run_id), META).await?;
        self.write_all(ACQUIRE, &keys, |key| Write::Delete(key.clone())).await?;
        // last, so that a killed task leaves the attribute set and the next task completes the removal
        match self.clear_forgetting(ACQUIRE, request).await? {
            LeaseUpdate::Made(_) => Ok(()),
            LeaseUpdate::Refused(_) => Err(lease_lost("acquire run", &request.run_id)),
        }
    }
}

fn message_item(pk: &str, entry: &LedgerEntry) -> Item {
    let LedgerEntry::Message { project, notifier, recipient, state, at } = entry else { return Item::new() };
    let state = state.written();
    ItemBuilder::new(pk, keys::message(project, notifier, recipient))
        .text("project", project)
        .text("notifier", notifier)
        .text("recipient", recipient.as_str())
        .text("state", state.name)
        .maybe("message_id", state.message_id)
        .maybe("reason", state.reason)
        .text("at", at.to_string())
        .build()
}

fn message(item: ItemReader<'_>) -> Result<LedgerEntry> {
    let name = item.text("state")?;
    let written = StoredState { name, message_id: item.maybe("message_id")?, reason: item.maybe("reason")? };
    let Some(state) = written.read() else {
        return Err(item.malformed("state", format_args!("holds \"{}\"", name.escape_debug())));
    };
    Ok(LedgerEntry::Message {
        project: item.text("project")?.to_owned(),
        notifier: item.text("notifier")?.to_owned(),
        recipient: item.value("recipient")?,
        state,
        at: item.value("at")?,
    })
}
