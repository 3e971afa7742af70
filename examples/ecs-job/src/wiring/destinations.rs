//! The destinations: the store of reports, the database of history and ledger, and the notifiers.

use std::sync::Arc;

use findings_core::aws::{DynamoDbTable, S3Encryption, S3Store};
use findings_core::local::{DirStore, SqliteDatabase};
use findings_core::redirect::{LinkTable, RedirectLinks};
use findings_core::{
    ArtifactStore, Backend, DecisionLog, Error, ErrorKind, HistoryReader, HistorySink, Notifier, Result, RunLedger,
};
use findings_notify::Mailer;

use super::notifiers;
use crate::aws::{Aws, need};
use crate::config::{History, Links, Reports, RunConfig};

/// A backend and the option that chose it.
pub(crate) type NamedBackend = (&'static str, Arc<dyn Backend>);

/// The destinations of a run.
#[derive(Debug)]
pub(crate) struct Destinations {
    pub(super) store: Arc<dyn ArtifactStore>,
    pub(super) memory: HistoryDatabase,
    pub(super) notifiers: Vec<Arc<dyn Notifier>>,
    /// The notifiers that send mail.
    pub(super) mailers: Vec<Arc<dyn Mailer>>,
    /// All destinations, as backends that can be checked and set up before a run.
    pub(crate) backends: Vec<NamedBackend>,
}

/// One database, behind each trait that it implements.
#[derive(Clone, Debug)]
pub(crate) struct HistoryDatabase {
    pub(crate) ledger: Arc<dyn RunLedger>,
    pub(super) sink: Arc<dyn HistorySink>,
    pub(crate) reader: Arc<dyn HistoryReader>,
    pub(crate) decisions: Arc<dyn DecisionLog>,
    /// `None` for a file, which no function of AWS could read.
    pub(crate) links: Option<Arc<dyn LinkTable>>,
    backend: Arc<dyn Backend>,
}

impl HistoryDatabase {
    pub(crate) fn open(history: &History, aws: Option<&Aws>) -> Result<Self> {
        Ok(match history {
            History::Sqlite(path) => Self::of(SqliteDatabase::new(path)),
            History::DynamoDb { table } => {
                let table = DynamoDbTable::new(need(aws)?.dynamodb(), table);
                Self { links: Some(Arc::new(table.clone())), ..Self::of(table) }
            }
        })
    }

    fn of<D: HistorySink + HistoryReader + RunLedger + DecisionLog + Backend>(database: D) -> Self {
        let database = Arc::new(database);
        let (ledger, sink, reader) = (database.clone(), database.clone(), database.clone());
        Self { ledger, sink, reader, decisions: database.clone(), links: None, backend: database }
    }
}

impl Destinations {
    pub(super) fn open(config: &RunConfig, aws: Option<&Aws>) -> Result<Self> {
        let (store, store_backend) = store(&config.report.place, config.report.encryption.as_ref(), aws)?;
        let memory = HistoryDatabase::open(&config.history, aws)?;
        let store = through_links(store, &memory, &config.report.links)?;
        let mut backends = vec![("reports", store_backend), ("history", memory.backend.clone())];
        let (mut notifiers, mut mailers) = (Vec::new(), Vec::new());
        for channel in notifiers::channels(config, aws)? {
            notifiers.push(channel.notifier);
            backends.push(("notify", channel.backend));
            mailers.extend(channel.mailer);
        }
        Ok(Self { store, memory, notifiers, mailers, backends })
    }
}

/// Returns the store of files at a place.
pub(super) fn store(
    place: &Reports,
    encryption: Option<&S3Encryption>,
    aws: Option<&Aws>,
) -> Result<(Arc<dyn ArtifactStore>, Arc<dyn Backend>)> {
    Ok(match place {
        Reports::Dir(dir) => both(DirStore::new(dir)),
        Reports::S3 { bucket, prefix } => {
            let aws = need(aws)?;
            let store = S3Store::new(aws.s3(), aws.link_credentials()?, bucket, prefix);
            both(match encryption {
                Some(encryption) => store.with_sse(encryption.clone()),
                None => store,
            })
        }
    })
}

/// Returns the store with the links that the option asks for.
fn through_links(
    store: Arc<dyn ArtifactStore>,
    memory: &HistoryDatabase,
    links: &Links,
) -> Result<Arc<dyn ArtifactStore>> {
    let Links::Redirect(base) = links else { return Ok(store) };
    let failed = || Error::new(ErrorKind::InvalidInput, "make links");
    // both were checked with the options
    let table = memory.links.clone().ok_or_else(failed)?;
    Ok(Arc::new(RedirectLinks::new(store, table, base).map_err(|e| failed().with_source(e))?))
}

fn both<S: ArtifactStore + Backend>(store: S) -> (Arc<dyn ArtifactStore>, Arc<dyn Backend>) {
    let store = Arc::new(store);
    (store.clone(), store)
}
