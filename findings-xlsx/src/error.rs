//! What can go wrong while rendering, and its one translation for callers.

use std::any::Any;

use findings_core::{Error, ErrorKind};
use rust_xlsxwriter::XlsxError;

/// Any failure of rendering.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    #[error(transparent)]
    Workbook(#[from] XlsxError),
    #[error(transparent)]
    Scratch(XlsxError),
    #[error("a number that cannot be in a workbook")]
    Number(#[from] std::num::TryFromIntError),
    #[error("{0}")]
    Panic(String),
}

impl RenderError {
    /// From what a panic carries. The writer panics if its temporary file cannot be written.
    pub(crate) fn from_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
        Self::Panic(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default())
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Scratch(_) | Self::Workbook(XlsxError::IoError(_) | XlsxError::ZipError(_)) => ErrorKind::Storage,
            Self::Panic(text) if is_disk(text) => ErrorKind::Storage,
            Self::Panic(_) => ErrorKind::Other,
            Self::Workbook(_) | Self::Number(_) => ErrorKind::InvalidInput,
        }
    }

    pub(crate) fn into_core(self, project: &str) -> Error {
        let kind = self.kind();
        let message = match kind {
            ErrorKind::Storage => {
                "the folder for temporary files is full, not there or cannot be written; give it about 2 GB for a million findings"
            }
            ErrorKind::Other => "the workbook writer gave up; this is a bug, please report it",
            _ => "the format cannot hold this report",
        };
        Error::new(kind, "render the workbook of").with_subject(project).with_message(message).with_source(self)
    }
}

/// Whether a panic of the writer is about its temporary file.
fn is_disk(panic: &str) -> bool {
    panic.contains("Couldn't write to xml file") || panic.contains("Os { code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_kind() {
        let panic = |text: &str| RenderError::Panic(text.to_owned()).kind();
        let full =
            "Couldn't write to xml file: Os { code: 28, kind: StorageFull, message: \"No space left on device\" }";
        assert_eq!(panic(full), ErrorKind::Storage);
        let unwrapped =
            "called `Result::unwrap()` on an `Err` value: Os { code: 28, kind: StorageFull, message: \"\" }";
        assert_eq!(panic(unwrapped), ErrorKind::Storage);
        assert_eq!(panic("index out of bounds"), ErrorKind::Other);
        assert_eq!(RenderError::Scratch(XlsxError::RowColumnLimitError).kind(), ErrorKind::Storage);
        let io = XlsxError::IoError(std::io::Error::other("gone"));
        assert_eq!(RenderError::Workbook(io).kind(), ErrorKind::Storage);
        assert_eq!(RenderError::Workbook(XlsxError::RowColumnLimitError).kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn the_cause_is_told_once() {
        let report = RenderError::from_panic(&"index out of bounds").into_core("Payments").report();
        assert_eq!(report.matches("index out of bounds").count(), 1, "{report}");
    }
}
