//! Keeps history and run ledger in one SQLite file.
//!
//! The file can be queried by hand: times and labels are stored as text, and views answer the usual questions.
//! `docs/history-sql.md` describes them.
//!
//! ```text
//! sqlite3 history.db "SELECT * FROM open_issues WHERE project = 'Payments'"
//! sqlite3 history.db "SELECT * FROM project_trend"
//! sqlite3 history.db "SELECT * FROM runs"
//! ```

mod connection;
mod error;
mod sqlite_decisions;
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

/// History and run ledger in one SQLite file. The first use creates the file and its folder.
///
/// Clones share one connection. Other processes can use the file at the same time. Nothing in it expires. Keep it on a
/// local disk: the locks of SQLite do not work on network file systems.
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
    /// Opened by the first call, so that `new` needs no disk and the next call retries after a failure.
    connection: Mutex<Option<Connection>>,
    /// The temporary folder of a test, deleted with the last clone.
    #[cfg(test)]
    _folder: Option<tempfile::TempDir>,
}

impl SqliteDatabase {
    /// Creates a database in the file at `path`. Does not access the disk.
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

    /// Runs `work` with the connection, on a thread that may block.
    async fn with_connection<T, F>(&self, operation: &'static str, work: F) -> Result<T>
    where
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        blocking::run(operation, move || {
            // safe after a panic: dropping the transaction rolled it back
            let mut opened = shared.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = match &mut *opened {
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
    /// Checks the file without changing it. A missing file passes, because the first use creates it.
    async fn check(&self) -> Result<BackendReport> {
        let shared = Arc::clone(&self.shared);
        blocking::run("check the history database", move || connection::check(&shared.path))
            .await
            .map(BackendReport::new)
    }

    async fn setup(&self) -> Result<BackendReport> {
        self.with_connection("set up the history database", |_| Ok(())).await?;
        self.check().await
    }
}
