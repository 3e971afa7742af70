//! Failures, and the exceptions of Python that they become.

use std::fmt;

use findings_core::{Error, ErrorKind};
use pyo3::PyErr;
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyPermissionError, PyRuntimeError, PyValueError};

/// A failure, as a sentence for whoever wrote the script.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: ErrorKind,
    sentence: String,
}

impl Failure {
    /// An argument has a value that it cannot have.
    pub(crate) fn value(sentence: impl fmt::Display) -> Self {
        Self { kind: ErrorKind::InvalidInput, sentence: sentence.to_string() }
    }

    /// Nothing that the script could change.
    pub(crate) fn unexpected(sentence: impl fmt::Display) -> Self {
        Self { kind: ErrorKind::Other, sentence: sentence.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { kind: error.kind(), sentence: format!("failed to {}", error.report()) }
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        let sentence = failure.sentence;
        match failure.kind {
            ErrorKind::InvalidInput => PyValueError::new_err(sentence),
            ErrorKind::NotFound => PyFileNotFoundError::new_err(sentence),
            ErrorKind::PermissionDenied => PyPermissionError::new_err(sentence),
            ErrorKind::Storage | ErrorKind::Inconsistent => PyOSError::new_err(sentence),
            _ => PyRuntimeError::new_err(sentence),
        }
    }
}
