//! The error of rendering, and its conversion for callers.

use findings_core::{Error, ErrorKind};
use rust_xlsxwriter::XlsxError;
use zip::result::ZipError;

/// An error while a workbook is rendered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    #[error(transparent)]
    Workbook(#[from] XlsxError),
    #[error(transparent)]
    Zip(#[from] ZipError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("the writer made a sheet without {0}")]
    Frame(&'static str),
    #[error("the writer made no sample of the format of cell {0}")]
    MissingFormat(String),
    #[error("the writer gave a sheet a relationship that would be lost: {0}")]
    Relationship(String),
    #[error("the formats of a sheet changed while its rows were written")]
    FormatsChanged,
    #[error("the findings of a sheet take more than 4 GB, which a workbook cannot hold")]
    SheetTooLarge,
    #[error("the writer made a list of texts without {0}")]
    Texts(&'static str),
    #[error("the writer left no place for the links of a sheet")]
    Links,
    #[error("the thread that packs the rows has stopped")]
    Packer,
    #[error("an earlier row could not be written")]
    Lost,
    #[error("a number that cannot be in a workbook")]
    Number(#[from] std::num::TryFromIntError),
    /// A finding that cannot be read. It has its own kind and message.
    #[error(transparent)]
    Finding(#[from] Error),
}

impl RenderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Workbook(_) | Self::Number(_) | Self::SheetTooLarge => ErrorKind::InvalidInput,
            Self::Io(_) | Self::Zip(ZipError::Io(_)) | Self::Lost => ErrorKind::Storage,
            Self::Zip(_)
            | Self::Frame(_)
            | Self::MissingFormat(_)
            | Self::Relationship(_)
            | Self::FormatsChanged
            | Self::Texts(_)
            | Self::Links
            | Self::Packer => ErrorKind::Other,
            Self::Finding(error) => error.kind(),
        }
    }

    pub(crate) fn into_core(self, project: &str) -> Error {
        if let Self::Finding(error) = self {
            return error;
        }
        let kind = self.kind();
        let message = match kind {
            ErrorKind::InvalidInput => "the format cannot hold this report",
            ErrorKind::Storage => "the file cannot be written",
            _ => "the file could not be put together; this is a bug, please report it",
        };
        Error::new(kind, "render the workbook of").with_subject(project).with_message(message).with_source(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_has_its_kind_and_reports_its_cause_once() {
        assert_eq!(RenderError::Workbook(XlsxError::RowColumnLimitError).kind(), ErrorKind::InvalidInput);
        for bug in [RenderError::Texts("</sst>"), RenderError::Links, RenderError::Packer] {
            assert_eq!(bug.kind(), ErrorKind::Other);
        }
        let error = RenderError::Frame("<sheetData>").into_core("Payments");
        assert_eq!(error.kind(), ErrorKind::Other);
        assert_eq!(error.report().matches("<sheetData>").count(), 1, "{}", error.report());
    }
}
