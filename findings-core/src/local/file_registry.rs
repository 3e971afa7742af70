//! Reads the registry from a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::blocking;
use crate::registry::{MAX_BYTES, ProjectRegistry, Registry, parse_csv};
use crate::{Error, ErrorKind, Result, Setting};

/// A registry in a CSV file. Each [`load`](ProjectRegistry::load) reads the file again.
#[derive(Clone, Debug)]
pub struct FileRegistry {
    path: PathBuf,
}

impl FileRegistry {
    /// Creates a registry that reads the file at `path`. Does not access the disk.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn failure(&self, error: io::Error) -> Error {
        let (kind, message) = match error.kind() {
            io::ErrorKind::NotFound => (ErrorKind::NotFound, "there is no such file"),
            io::ErrorKind::IsADirectory => (ErrorKind::InvalidInput, "it is a directory; name the CSV file in it"),
            io::ErrorKind::PermissionDenied => {
                (ErrorKind::PermissionDenied, "it may not be read; check its owner and mode")
            }
            _ => (ErrorKind::Storage, "it cannot be read"),
        };
        Error::new(kind, "read the registry")
            .with_subject(self.subject())
            .with_message(message)
            .with_setting(Setting::Registry)
            .with_source(error)
    }

    fn subject(&self) -> String {
        self.path.display().to_string()
    }
}

/// Reads one byte more than a registry may have, by which `parse_csv` sees that there are too many.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[async_trait]
impl ProjectRegistry for FileRegistry {
    async fn load(&self) -> Result<Registry> {
        let path = self.path.clone();
        let bytes = blocking::run_io(move || read(&path)).await.map_err(|e| self.failure(e))?;
        parse_csv(&bytes).map_err(|error| error.with_subject(self.subject()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn load_reads_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("projects.csv");
        std::fs::write(&path, "project,account_ids,recipients\nA,111100000001,a@example.com\n").unwrap();
        let registry = FileRegistry::new(path).load().await.unwrap();
        assert_eq!(registry.projects[0].name, "A");
    }

    #[tokio::test]
    async fn unreadable_file_error_names_path_and_cause() {
        let folder = tempfile::tempdir().unwrap();
        let workbook = folder.path().join("projects.xlsx");
        std::fs::write(&workbook, b"PK\x03\x04").unwrap();
        for (path, kind, want) in [
            (folder.path().join("missing.csv"), ErrorKind::NotFound, "there is no such file"),
            (folder.path().to_owned(), ErrorKind::InvalidInput, "it is a directory"),
            (workbook.join("x.csv"), ErrorKind::Storage, "it cannot be read"),
            (workbook, ErrorKind::InvalidInput, "Excel workbook"),
        ] {
            let error = FileRegistry::new(&path).load().await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            let text = error.to_string();
            assert!(text.contains(want) && text.contains(&path.display().to_string()), "{text}");
        }
    }

    mod conformance {
        use std::sync::Arc;

        use async_trait::async_trait;

        use crate::ProjectRegistry;
        use crate::local::FileRegistry;
        use crate::testing::conformance::registry::RegistryProbe;

        #[derive(Debug)]
        struct Probe(tempfile::TempDir);

        #[async_trait]
        impl RegistryProbe for Probe {
            async fn registry(&self, csv: &str) -> Arc<dyn ProjectRegistry> {
                let path = self.0.path().join("projects.csv");
                std::fs::write(&path, csv).unwrap();
                Arc::new(FileRegistry::new(path))
            }

            async fn missing(&self) -> Option<Arc<dyn ProjectRegistry>> {
                Some(Arc::new(FileRegistry::new(self.0.path().join("missing.csv"))))
            }
        }

        crate::registry_conformance!(async { Probe(tempfile::tempdir().unwrap()) });
    }
}
