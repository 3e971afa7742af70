//! Reads the projects of a batch one after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::saved::SavedAccount;
use super::work::{Batch, BatchId, BatchProject, Work};
use crate::finding_list::packed::Unpacker;
use crate::source::AccountFindings;
use crate::{Error, ErrorKind, Finding, FindingList, Result, Spool, blocking};

const READ: &str = "read the findings of the batch";

/// Findings that are read between two looks at the memory that they take.
const AT_ONCE: usize = 1_000;

/// A batch, of which some projects are read.
#[derive(Debug)]
pub(super) struct Unpacking {
    work: Work,
    id: BatchId,
    projects: VecDeque<BatchProject>,
    /// The number of findings in each pack.
    packs: Vec<u32>,
    /// Number of packs that were read or begun.
    begun: usize,
    pack: Option<Unpacker<Bytes>>,
    /// Whether a project could not be read.
    is_broken: bool,
    spool: Spool,
}

impl Unpacking {
    pub(super) fn new(work: Work, id: BatchId, batch: Batch, spool: Spool) -> Self {
        Self {
            work,
            id,
            projects: batch.projects.into(),
            packs: batch.packs,
            begun: 0,
            pack: None,
            is_broken: false,
            spool,
        }
    }

    /// Reads the next project; `None` after the last one.
    pub(super) async fn next(&mut self) -> Option<Result<(String, Vec<Arc<AccountFindings>>)>> {
        let BatchProject { name, accounts } = self.projects.pop_front()?;
        if self.is_broken {
            // where its findings begin is not known
            let message = "those before it in the batch cannot be read; fetch again";
            return Some(Err(Error::new(ErrorKind::Storage, READ).with_subject(name).with_message(message)));
        }
        let mut read = Vec::with_capacity(accounts.len());
        for account in accounts {
            match self.account(account).await {
                Ok(account) => read.push(Arc::new(account)),
                Err(error) => {
                    self.is_broken = true;
                    return Some(Err(error.with_subject(format!("{name}, batch {}", self.id))));
                }
            }
        }
        Some(Ok((name, read)))
    }

    async fn account(&mut self, account: SavedAccount) -> Result<AccountFindings> {
        let findings = self.findings(account.findings).await?;
        account.restore(findings)
    }

    /// Reads the next findings.
    async fn findings(&mut self, mut left: u64) -> Result<FindingList> {
        let mut writer = self.spool.writer();
        while left > 0 {
            let Some(mut pack) = self.pack.take() else {
                self.begin_pack().await?;
                continue;
            };
            let wanted = usize::try_from(left).unwrap_or(AT_ONCE).min(AT_ONCE);
            let (pack, some) = blocking::run(READ, move || {
                let some = pack.by_ref().take(wanted).collect::<Result<Vec<Finding>>>()?;
                Ok((pack, some))
            })
            .await?;
            writer.extend(&some);
            writer.make_room().await?;
            left -= some.len() as u64;
            // a pack that gave less than was wanted is at its end
            self.pack = (some.len() == wanted).then_some(pack);
        }
        writer.finish().await
    }

    async fn begin_pack(&mut self) -> Result<()> {
        let missing = || {
            Error::new(ErrorKind::Inconsistent, READ).with_message("there are fewer than the batch says; fetch again")
        };
        let expected = *self.packs.get(self.begun).ok_or_else(missing)?;
        self.begun += 1;
        let pack = Unpacker::new(self.work.pack(self.id, self.begun).await?)?;
        if pack.findings() != expected {
            return Err(missing());
        }
        self.pack = Some(pack);
        Ok(())
    }
}
