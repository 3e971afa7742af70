//! Opens the file: checks which program it belongs to, migrates its schema, and sets it up for concurrent processes.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::error::convert;
use crate::{Error, ErrorKind, Result, blocking};

/// The schema version that this version of the crate writes.
const SCHEMA: u32 = 9;

/// The migrations: step `n` changes the schema from version `n` to `n + 1`. Released steps never change.
const MIGRATIONS: [&str; SCHEMA as usize] = [
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
];

/// `PRAGMA application_id`, "FNDG" in ASCII: distinguishes the file from databases of other programs.
const APPLICATION_ID: i64 = 0x464E_4447;

/// How long to wait for a lock. Commits are short, so a longer wait means that another process hangs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const OPEN: &str = "open the history database";

/// Opens the file for reading and writing. Creates it and its folder if they are missing, and migrates its schema.
pub(super) fn open(path: &Path) -> Result<Connection> {
    create_file(path)?;
    // without SQLITE_OPEN_URI, so that a path that begins with "file:" is not parsed as a URI
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |e| convert(e, OPEN, path);
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    // before anything is written, so that the file of another program stays as it is
    Identity::read(&connection).map_err(failed)?.verify(path)?;
    prepare(&mut connection).map_err(failed)?;
    Ok(connection)
}

/// Creates the file if it is missing, readable by its owner only on Unix. SQLite would let everybody read it, and gives
/// the files beside it the permissions of this one.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Creates the file and its folder if they are missing, for the owner only.
fn create_file(path: &Path) -> Result<()> {
    let failed = |operation, place: &Path, source| {
        Error::new(ErrorKind::Storage, operation).with_subject(place.display().to_string()).with_source(source)
    };
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        blocking::create_private_folder(folder)
            .map_err(|e: io::Error| failed("make the folder of the history database", folder, e))?;
    }
    create_private(path).map_err(|e| failed(OPEN, path, e))
}

/// Returns one line about the state of the file, without changing it.
pub(super) fn check(path: &Path) -> Result<String> {
    let shown = path.display();
    if !path.exists() {
        return Ok(format!("database {shown}: not there yet, made on first use"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |e| convert(e, "check the history database", path);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    let identity = Identity::read(&connection).map_err(failed)?;
    identity.verify(path)?;
    Ok(match identity.version {
        0 => format!("database {shown}: empty, filled on first use"),
        version => format!("database {shown}: schema {version} of {SCHEMA}"),
    })
}

/// The values that tell which program and which version wrote the file.
struct Identity {
    application: i64,
    version: u32,
    tables: i64,
}

impl Identity {
    /// Reads all values from one snapshot, because another process may be creating the schema at the same time.
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let snapshot = connection.unchecked_transaction()?;
        Ok(Self {
            tables: snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
            application: snapshot.query_row("PRAGMA application_id", [], |row| row.get(0))?,
            version: schema_version(&snapshot)?,
        })
    }

    /// Refuses files of other programs, and files of newer versions of this crate.
    fn verify(&self, path: &Path) -> Result<()> {
        let refuse = |text: String| {
            Err(Error::new(ErrorKind::InvalidInput, OPEN).with_subject(path.display().to_string()).with_message(text))
        };
        if self.application != APPLICATION_ID && (self.application, self.version, self.tables) != (0, 0, 0) {
            return refuse("the database belongs to another program; name another file".to_owned());
        }
        if self.version > SCHEMA {
            return refuse(format!(
                "it was written by a newer version (schema {}, this one knows {SCHEMA}); run that version, or name another file",
                self.version
            ));
        }
        Ok(())
    }
}

fn schema_version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Sets up the connection, and runs the migrations that are missing in one transaction.
fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    // SQLite leaves them off in every new connection
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    enable_wal(connection)?;
    if schema_version(connection)? == SCHEMA {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // read again under the write lock: another process may have migrated the file since
    let done = schema_version(&transaction)?;
    for step in MIGRATIONS.iter().skip(done as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()
}

/// Turns on write-ahead logging, with which readers do not wait for a writer. Where the file system does not support
/// it, SQLite keeps its rollback journal, which is as safe.
fn enable_wal(connection: &Connection) -> rusqlite::Result<()> {
    let mut attempts = 100;
    loop {
        let switched = connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
        match switched {
            // SQLite ignores the busy timeout when two processes switch a new file at the same time, so this waits
            // itself
            Err(e) if attempts > 0 && e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                attempts -= 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
}
