//! Puts fetched projects into batches.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

use super::BatchSize;
use super::saved::SavedAccount;
use super::work::{Batch, BatchId, BatchProject, Work};
use crate::finding_list::packed::Packer;
use crate::pipeline::coverage_snapshot::CoverageSnapshot;
use crate::pipeline::project::{ProjectWork, findings_of};
use crate::source::AccountFindings;
use crate::store::StoredArtifact;
use crate::{Result, blocking};

/// Findings that are packed between two looks at the size of the pack.
const AT_ONCE: usize = 5_000;

/// The batches of a run while they are made.
#[derive(Debug)]
pub(in crate::pipeline) struct Packing<'a> {
    work: &'a Work,
    size: BatchSize,
    coverage: Option<CoverageSnapshot>,
    /// The first failure ends it: the stage fails as a whole.
    batches: Mutex<Result<Batches>>,
    has_failed: AtomicBool,
}

#[derive(Debug, Default)]
struct Batches {
    /// The batch in the making.
    batch: Batch,
    findings: usize,
    packer: Packer,
    stored: Vec<StoredArtifact>,
    batch_of: HashMap<String, BatchId>,
}

/// The batches that were made.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) stored: Vec<StoredArtifact>,
    pub(super) batch_of: HashMap<String, BatchId>,
}

impl<'a> Packing<'a> {
    pub(super) fn new(work: &'a Work, size: BatchSize, coverage: Option<CoverageSnapshot>) -> Self {
        Self { work, size, coverage, batches: Mutex::new(Ok(Batches::default())), has_failed: AtomicBool::new(false) }
    }

    /// Whether something could not be stored, so that there is no use in fetching more.
    pub(in crate::pipeline) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Adds a project to the batch in the making, or to the next one.
    pub(in crate::pipeline) async fn add(&self, project: ProjectWork<'_>) {
        let mut batches = self.batches.lock().await;
        if let Ok(making) = &mut *batches
            && let Err(error) = self.add_to(making, project).await
        {
            tracing::error!(error = %error.report(), "the work of the run could not be stored");
            *batches = Err(error);
            self.has_failed.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the last batch.
    pub(super) async fn finish(self) -> Result<Packed> {
        let mut batches = self.batches.into_inner()?;
        Self::end_batch(self.work, &mut batches).await?;
        Ok(Packed { stored: batches.stored, batch_of: batches.batch_of })
    }

    async fn add_to(&self, making: &mut Batches, work: ProjectWork<'_>) -> Result<()> {
        let ProjectWork { project, accounts, earlier: _ } = work;
        let findings = findings_of(&accounts);
        let is_full =
            making.batch.projects.len() >= self.size.projects || making.findings + findings > self.size.findings;
        if is_full && !making.batch.projects.is_empty() {
            Self::end_batch(self.work, making).await?;
        }
        let id = making.id();
        for account in &accounts {
            pack(self.work, making, account).await?;
        }
        let saved = accounts.iter().map(|account| SavedAccount::of(account, self.coverage.as_ref())).collect();
        making.batch.projects.push(BatchProject { name: project.name.clone(), accounts: saved });
        making.findings += findings;
        making.batch_of.insert(project.name.clone(), id);
        Ok(())
    }

    async fn end_batch(work: &Work, making: &mut Batches) -> Result<()> {
        if making.batch.projects.is_empty() {
            return Ok(());
        }
        if making.packer.findings() > 0 {
            end_pack(work, making).await?;
        }
        let (batch, id) = (std::mem::take(&mut making.batch), making.id());
        making.stored.push(work.put_batch(id, &batch).await?);
        making.findings = 0;
        Ok(())
    }
}

impl Batches {
    /// The batch in the making.
    fn id(&self) -> BatchId {
        BatchId::new(u32::try_from(self.stored.len()).unwrap_or(u32::MAX).saturating_add(1))
    }
}

/// Packs the findings of an account, and stores the packs that are full.
async fn pack(work: &Work, making: &mut Batches, account: &Arc<AccountFindings>) -> Result<()> {
    let count = account.findings.len();
    for start in (0..count).step_by(AT_ONCE) {
        let (packer, account) = (std::mem::take(&mut making.packer), account.clone());
        let range = start..count.min(start + AT_ONCE);
        making.packer = blocking::run("pack findings", move || pack_some(packer, &account, range)).await?;
        if making.packer.is_full() {
            end_pack(work, making).await?;
        }
    }
    Ok(())
}

fn pack_some(mut packer: Packer, account: &AccountFindings, mut range: Range<usize>) -> Result<Packer> {
    range.try_for_each(|place| packer.push(&account.findings.get(place)?))?;
    Ok(packer)
}

async fn end_pack(work: &Work, making: &mut Batches) -> Result<()> {
    let packer = std::mem::take(&mut making.packer);
    making.batch.packs.push(packer.findings());
    work.put_pack(making.id(), making.batch.packs.len(), packer.finish()?).await.map(drop)
}
