//! Reads findings from objects in S3.

mod download;
mod listing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use self::listing::Object;
use crate::files::{FindingFiles, InputFile};
use crate::source::{FindingsSource, Page, PageRequest, RejectedRecord, SourceInput};
use crate::{AccountId, Error, ErrorKind, Result, Setting, blocking};

/// The number of GETs at a time. With [`download::PART`] it limits the memory: 64 MiB.
const CONCURRENT: usize = 8;

const READ: &str = "read the findings in S3";

/// Findings in objects in S3: one object, or all objects under a prefix. An object can hold what a file can, see
/// [`AsffFileSource`](crate::local::AsffFileSource).
///
/// [`open`](Self::open) copies the objects to a temporary folder, with 8 ranged GETs at a time and at most 64 MiB of
/// memory, and indexes them there; packed objects are removed once they are unpacked. Each GET is for the version of the
/// object that was listed: an object that is replaced meanwhile is reported and not read. An object that cannot be read
/// does not keep the others from being read.
///
/// Requires the permissions `s3:ListBucket` on the bucket and `s3:GetObject` on the objects, and `kms:Decrypt` on the key
/// if they are encrypted with a KMS key.
///
/// ```no_run
/// use findings_core::aws::S3FindingsSource;
/// # async fn example(client: aws_sdk_s3::Client) -> findings_core::Result<()> {
/// let source = S3FindingsSource::open(&client, "exports", "security-hub/2026-11-29").await?;
/// println!("{} findings in {} objects", source.len(), source.inputs().len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct S3FindingsSource {
    files: Arc<FindingFiles>,
    inputs: Arc<[SourceInput]>,
    /// The copies, which live as long as the source.
    _folder: Arc<TempDir>,
}

impl S3FindingsSource {
    /// Reads the object `prefix`, or, if there is none, all objects whose keys begin with `prefix` and a slash. Objects
    /// in whose keys a part after the prefix begins with a dot or an underscore are left out, because tools keep their
    /// own notes in them.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no object, [`InvalidInput`](ErrorKind::InvalidInput) if nothing in
    /// the objects is a finding, and the error of the first object if none can be read.
    pub async fn open(client: &Client, bucket: &str, prefix: &str) -> Result<Self> {
        let label = format!("s3://{bucket}/{prefix}");
        let objects = listing::objects(client, bucket, prefix).await?;
        let bytes: u64 = objects.iter().map(|object| object.bytes).sum();
        tracing::info!(source = label, objects = objects.len(), bytes, "reading findings from S3");
        let folder = tempfile::tempdir().map_err(|error| FindingFiles::io_error(&label, error))?;
        let inputs: Vec<SourceInput> = objects.iter().map(|object| input(bucket, object)).collect();
        let copies = download_all(client, bucket, objects, folder.path()).await?;
        let files = blocking::run(READ, move || index(label, copies)).await?;
        Ok(Self { files: Arc::new(files), inputs: inputs.into(), _folder: Arc::new(folder) })
    }

    /// Returns the number of findings, selected or not, each in its newest version.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns whether the objects contain no findings.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of copies and older versions of findings, which do not count.
    pub fn superseded(&self) -> usize {
        self.files.superseded()
    }

    /// Returns the number of events and messages that are no findings.
    pub fn set_aside(&self) -> u64 {
        self.files.set_aside()
    }

    /// Returns the number of findings about accounts of other clouds. They do not count as unreadable.
    pub fn outside_aws(&self) -> u64 {
        self.files.outside_aws()
    }

    /// Returns whether an object is only a part of a list.
    pub fn is_cut(&self) -> bool {
        self.files.cut().is_some()
    }

    /// Returns the accounts that have findings, sorted.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.files.accounts()
    }

    /// Returns the objects that were listed, sorted by key, with their ETags.
    pub fn inputs(&self) -> &[SourceInput] {
        &self.inputs
    }

    /// Returns the records and objects that could not be read.
    pub fn rejected(&self) -> &[RejectedRecord] {
        self.files.rejected()
    }
}

#[async_trait]
impl FindingsSource for S3FindingsSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let (files, request) = (self.files.clone(), request.clone());
        blocking::run(READ, move || files.page(&request)).await
    }
}

fn input(bucket: &str, object: &Object) -> SourceInput {
    let mut input = SourceInput::new(format!("s3://{bucket}/{}", object.key), object.bytes);
    input.etag.clone_from(&object.etag);
    input.modified_at = object.modified_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
    input
}

/// An object, and where it was copied to or why it could not be.
type Copy = (String, Result<PathBuf>);

/// Copies all objects into the folder, in any order. Returns the copies in the order of the objects.
///
/// # Errors
/// Those of the disk, which concern all objects.
async fn download_all(client: &Client, bucket: &str, objects: Vec<Object>, folder: &Path) -> Result<Vec<Copy>> {
    let permits = Semaphore::new(CONCURRENT);
    let permits = &permits;
    let copies = stream::iter(objects.into_iter().enumerate()).map(|(index, object)| {
        let path = folder.join(index.to_string());
        async move {
            let copied = download::object(client, bucket, &object, &path, permits).await;
            (format!("s3://{bucket}/{}", object.key), copied.map(|()| path))
        }
    });
    let mut copies = copies.buffered(2 * CONCURRENT);
    let mut all = Vec::new();
    while let Some((name, copied)) = copies.next().await {
        match copied {
            Err(error) if error.kind() == ErrorKind::Storage => return Err(error),
            copied => all.push((name, copied)),
        }
    }
    Ok(all)
}

/// Indexes the copies, and removes those that are not needed again.
fn index(label: String, copies: Vec<Copy>) -> Result<FindingFiles> {
    let (mut files, mut missing, mut first) = (Vec::new(), Vec::new(), None);
    for (name, copied) in copies {
        match copied {
            Ok(path) => files.push(InputFile { path, name }),
            Err(error) => {
                tracing::warn!(error = %error.report(), "an object could not be read; the others are read");
                missing.push((name, reason(&error)));
                first.get_or_insert(error);
            }
        }
    }
    if let Some(error) = first.filter(|_| files.is_empty()) {
        return Err(error);
    }
    let index = FindingFiles::open(label, &files, missing)?;
    let read_again = index.read_again();
    for file in files.iter().filter(|file| !read_again.contains(&file.path)) {
        // a copy that stays only takes room until the source is gone
        drop(std::fs::remove_file(&file.path));
    }
    Ok(index)
}

/// Why an object is missing, without its name.
fn reason(error: &Error) -> String {
    let report = error.report();
    match error.subject().and_then(|subject| report.split_once(&format!("{subject}: "))) {
        Some((_, reason)) => reason.to_owned(),
        None => report,
    }
}

fn failure(kind: ErrorKind, location: &str, message: &'static str) -> Error {
    Error::new(kind, READ).with_subject(location).with_message(message).with_setting(Setting::Source)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;
