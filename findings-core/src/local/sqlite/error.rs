//! Maps errors of SQLite to [`Error`]: the only place that does.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::{Error, ErrorKind};

/// Returns the kind of an error of SQLite, and what the operator can do.
fn explain(error: &rusqlite::Error) -> (ErrorKind, &'static str) {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(failure, _) => explain_code(failure.code),
        E::FromSqlConversionFailure(..) | E::IntegralValueOutOfRange(..) | E::InvalidColumnType(..) => {
            (ErrorKind::Malformed, "a record cannot be read; was it changed by hand, or written by a newer version?")
        }
        _ => (ErrorKind::Other, "SQLite refused"),
    }
}

fn explain_code(code: ErrorCode) -> (ErrorKind, &'static str) {
    match code {
        ErrorCode::NotADatabase => {
            (ErrorKind::InvalidInput, "the file is not a SQLite database; name another file, or move this one away")
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            (ErrorKind::Unavailable, "another process keeps it locked; end that process, or try again")
        }
        ErrorCode::DatabaseCorrupt => {
            (ErrorKind::Malformed, "the file is damaged; restore a copy, or move it away to begin a new history")
        }
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            (ErrorKind::PermissionDenied, "it may not be written; check the permissions of the file and its folder")
        }
        ErrorCode::CannotOpen => (
            ErrorKind::Storage,
            "it cannot be opened; check that the path is a file and that its folder may be written",
        ),
        ErrorCode::DiskFull => (ErrorKind::Storage, "the disk is full"),
        ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed => {
            (ErrorKind::Storage, "the disk failed; a network file system cannot hold the database")
        }
        _ => (ErrorKind::Other, "SQLite refused"),
    }
}

/// Puts an error that is not one of SQLite, such as that of a record that cannot be read, into one of SQLite.
pub(super) fn foreign(error: Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// Converts an error that SQLite returned during `operation` on the database at `path`.
pub(super) fn convert(error: rusqlite::Error, operation: &'static str, path: &Path) -> Error {
    let error = match error {
        rusqlite::Error::ToSqlConversionFailure(foreign) => match foreign.downcast::<Error>() {
            Ok(own) => return *own,
            Err(foreign) => rusqlite::Error::ToSqlConversionFailure(foreign),
        },
        error => error,
    };
    let (kind, advice) = explain(&error);
    Error::new(kind, operation).with_subject(path.display().to_string()).with_message(advice).with_source(error)
}
