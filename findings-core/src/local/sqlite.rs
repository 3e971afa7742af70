//! History and run ledger in one SQLite file.
//!
//! The file can be read by hand: times and labels stand in it as text, and three views answer the usual questions.
//!
//! ```text
//! sqlite3 history.db "SELECT * FROM open_issues WHERE project = 'Payments'"
//! sqlite3 history.db "SELECT * FROM project_trend"
//! sqlite3 history.db "SELECT * FROM runs"
//! ```

mod connection;
mod error;
mod sqlite_history;
mod sqlite_ledger;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::Connection;

use crate::blocking;
use crate::{Backend, BackendReport, Result};

/// History and run ledger in one SQLite file, made with its folder on first use. Clones share one connection; other processes may use the file
/// at the same time.
///
/// Nothing in it expires. Keep it on a local disk: network file systems break SQLite's locks.
///
/// ```
/// use findings_core::history::{HistoryQuery, HistoryReader};
/// use findings_core::local::SqliteDatabase;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("history.db");
/// let database = SqliteDatabase::new(path);
/// assert!(database.project(&HistoryQuery::new("Payments")).await?.runs.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteDatabase {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// Opened by the first who needs it, so that making the value touches no disk and a failure is tried again.
    connection: Mutex<Option<Connection>>,
    /// The folder of a test, removed with the last clone.
    #[cfg(test)]
    _folder: Option<tempfile::TempDir>,
}

impl SqliteDatabase {
    /// The database in the file at `path`. Nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            shared: Arc::new(Shared {
                path: path.into(),
                connection: Mutex::new(None),
                #[cfg(test)]
                _folder: None,
            }),
        }
    }

    /// Does `work` with the connection on a thread that may block.
    async fn with<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        blocking::run(operation, move || {
            // a transaction that panicked was rolled back when it was dropped
            let mut slot = shared.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = match &mut *slot {
                Some(connection) => connection,
                none => none.insert(connection::open(&shared.path)?),
            };
            work(connection).map_err(|e| error::convert(e, operation, &shared.path))
        })
        .await
    }
}

#[async_trait]
impl Backend for SqliteDatabase {
    /// A file that is not there yet is fine: the first use makes it.
    async fn check(&self) -> Result<BackendReport> {
        let shared = Arc::clone(&self.shared);
        blocking::run("check the history database", move || connection::check(&shared.path))
            .await
            .map(BackendReport::new)
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.with("set up the history database", |_| Ok(())).await?;
        self.check().await
    }
}
