//! Stores artifacts in a directory.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;

use crate::blocking;
use crate::store::{ArtifactKey, ArtifactLink, ArtifactStore, LinkLimit, LinkRequest, PutArtifact, StoredArtifact};
use crate::{Backend, BackendReport, Error, ErrorKind, Result, Secret, Setting};

const READ: &str = "read the file";

/// A store that keeps artifacts as files below a directory, and creates the directory on first use. Links are `file://`
/// URLs and do not expire. On Unix, files and new folders can be read by their owner only.
#[derive(Clone, Debug)]
pub struct DirStore {
    root: PathBuf,
}

impl DirStore {
    /// Creates a store in the directory `root`. Does not access the disk.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path_of(&self, key: &ArtifactKey) -> PathBuf {
        self.root.join(key.as_str())
    }
}

#[async_trait]
impl ArtifactStore for DirStore {
    async fn put(&self, request: &PutArtifact) -> Result<StoredArtifact> {
        let path = self.path_of(&request.key);
        let stored = StoredArtifact::describe(path.display().to_string(), &request.body);
        let (target, body) = (path.clone(), request.body.clone());
        blocking::run_io(move || write_whole(&target, &body))
            .await
            .map_err(|e| failure("store the report", &path, e))?;
        Ok(stored)
    }

    async fn link(&self, request: &LinkRequest) -> Result<ArtifactLink> {
        let path = self.path_of(&request.key);
        let absolute = std::path::absolute(&path).map_err(|e| failure("make a link to", &path, e))?;
        Ok(ArtifactLink::new(Secret::new(file_url(&absolute)), None, LinkLimit::None))
    }

    async fn size_of(&self, key: &ArtifactKey) -> Result<Option<u64>> {
        let path = self.path_of(key);
        let shown = path.clone();
        match blocking::run_io(move || fs::metadata(path)).await {
            Ok(meta) => Ok(meta.is_file().then_some(meta.len())),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(failure("look at the report", &shown, error)),
        }
    }

    async fn read(&self, key: &ArtifactKey) -> Result<Bytes> {
        let path = self.path_of(key);
        let shown = path.clone();
        blocking::run_io(move || fs::read(path)).await.map(Bytes::from).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                let missing = Error::new(ErrorKind::NotFound, READ).with_subject(shown.display().to_string());
                missing.with_message("it is not there").with_setting(Setting::Reports)
            }
            _ => failure(READ, &shown, error),
        })
    }
}

#[async_trait]
impl Backend for DirStore {
    /// Checks that the directory can be written to. A missing directory passes if it can be created.
    async fn check(&self) -> Result<BackendReport> {
        let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        let found = blocking::run_io(move || nearest_usable(&root)).await;
        let found = found.map_err(|e| failure("use the directory", &self.root, e))?;
        let state = if found { "" } else { ", made when the first report is stored" };
        Ok(BackendReport::new(format!("directory {}{state}", self.root.display())))
    }

    async fn setup(&self) -> Result<BackendReport> {
        let root = self.root.clone();
        let made = blocking::run_io(move || blocking::create_private_folder(&root)).await;
        made.map_err(|e| failure("make the directory", &self.root, e))?;
        self.check().await
    }
}

/// Writes a file under a temporary name in the same folder and renames it. A reader sees either the old file or the
/// whole new one.
fn write_whole(path: &Path, body: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    blocking::create_private_folder(folder)?;
    // only its owner can read it, as with every file of tempfile
    let mut part = tempfile::Builder::new().prefix(".part-").tempfile_in(folder)?;
    part.write_all(body)?;
    part.as_file().sync_all()?;
    part.persist(path).map_err(|refused| refused.error)?;
    // a rename survives a power failure only after its folder is synced; only Unix can open a folder for that
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Returns whether the directory `path` exists. Fails unless it, or else its nearest existing parent, is a directory
/// that can be written to. Creates nothing that others can see.
fn nearest_usable(path: &Path) -> io::Result<bool> {
    for folder in path.ancestors() {
        match fs::metadata(folder) {
            Ok(meta) if meta.is_dir() => {
                // metadata does not tell whether a write succeeds, so this writes a file without a name
                tempfile::tempfile_in(folder)?;
                return Ok(folder == path);
            }
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

fn failure(operation: &'static str, path: &Path, error: io::Error) -> Error {
    use io::ErrorKind as Io;
    let (kind, message) = match error.kind() {
        Io::StorageFull | Io::QuotaExceeded => (ErrorKind::Storage, "the disk is full"),
        Io::ReadOnlyFilesystem => (ErrorKind::Storage, "the file system is read-only"),
        Io::PermissionDenied => (ErrorKind::PermissionDenied, "the directory may not be written to"),
        Io::NotFound | Io::NotADirectory | Io::AlreadyExists => {
            (ErrorKind::NotFound, "the directory is not there and cannot be made")
        }
        Io::IsADirectory => (ErrorKind::Conflict, "a directory of that name is in the way"),
        _ => (ErrorKind::Storage, "the disk failed"),
    };
    Error::new(kind, operation)
        .with_subject(path.display().to_string())
        .with_message(message)
        .with_setting(Setting::Reports)
        .with_source(error)
}

/// Returns the `file://` URL of an absolute path. Escapes everything except letters, digits and `-._~/`, because mail
/// programs cut links at other characters.
fn file_url(path: &Path) -> String {
    let mut url = String::from("file://");
    let bytes = path.as_os_str().as_encoded_bytes();
    if !bytes.starts_with(b"/") {
        url.push('/');
    }
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => url.push(char::from(byte)),
            b'\\' if cfg!(windows) => url.push('/'),
            b':' if cfg!(windows) => url.push(':'),
            _ => {
                url.push('%');
                url.push_str(&hex::encode_upper([byte]));
            }
        }
    }
    url
}

#[cfg(test)]
mod tests;
