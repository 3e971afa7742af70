//! Copies an object to a file, in parts.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use aws_sdk_s3::Client;
use bytes::Bytes;
use futures::{TryStreamExt as _, stream};
use tokio::sync::Semaphore;

use super::listing::Object;
use super::{CONCURRENT, READ, failure};
use crate::aws::limited_body;
use crate::aws::s3_store::error::{S3Call, single_attempt};
use crate::blocking;
use crate::files::FindingFiles;
use crate::patience::Patience;
use crate::{Error, ErrorKind, Result, Setting};

/// The size of a part, in bytes.
pub(super) const PART: u64 = 8 << 20;

/// Copies the version of an object that was listed to a new file.
pub(super) async fn object(
    client: &Client,
    bucket: &str,
    object: &Object,
    path: &Path,
    permits: &Semaphore,
) -> Result<()> {
    let location = format!("s3://{bucket}/{}", object.key);
    if object.is_archived {
        let message = "it is in an archive; restore it with aws s3api restore-object, or leave it out";
        return Err(failure(ErrorKind::InvalidInput, &location, message));
    }
    File::create_new(path).map_err(|error| FindingFiles::io_error(&location, error))?;
    let parts = stream::iter((0..object.bytes.div_ceil(PART)).map(|part| Ok::<_, Error>(part * PART)));
    let get = Get { client, bucket, object, location: &location };
    let get = &get;
    let copied = parts.map_ok(|start| async move {
        let Ok(_permit) = permits.acquire().await else {
            return Err(failure(ErrorKind::Cancelled, get.location, "the download was stopped"));
        };
        let part = Patience::default().repeat(|| get.part(start)).await?;
        write(path, start, part).await.map_err(|error| FindingFiles::io_error(get.location, error))
    });
    copied.try_buffer_unordered(CONCURRENT).try_collect().await
}

async fn write(path: &Path, start: u64, part: Bytes) -> std::io::Result<()> {
    let path = path.to_owned();
    blocking::run_io(move || {
        let mut file = OpenOptions::new().write(true).open(path)?;
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&part)
    })
    .await
}

/// The GETs of an object.
struct Get<'a> {
    client: &'a Client,
    bucket: &'a str,
    object: &'a Object,
    location: &'a str,
}

impl Get<'_> {
    /// Reads a part in one attempt.
    async fn part(&self, start: u64) -> Result<Bytes> {
        let call = S3Call {
            operation: READ,
            name: "S3 GetObject",
            location: self.location.to_owned(),
            setting: Setting::Source,
            missing: "it is no longer there",
            denied: "the credentials need s3:GetObject on it, and kms:Decrypt if a KMS key encrypts it",
        };
        let len = usize::try_from(PART.min(self.object.bytes - start)).unwrap_or(usize::MAX);
        let get = self.client.get_object().bucket(self.bucket).key(&self.object.key);
        let get = get.range(format!("bytes={start}-{}", start + len as u64 - 1)).set_if_match(self.object.etag.clone());
        let answer = get.customize().config_override(single_attempt(len)).send().await;
        let answer = answer.map_err(|error| match call.failure(error, self.client.config().region()) {
            error if error.kind() == ErrorKind::Conflict => {
                failure(ErrorKind::Conflict, self.location, "it was replaced while it was read; run again")
                    .with_source(error)
            }
            error => error,
        })?;
        let body = limited_body::collect(answer.body, len).await.map_err(|error| {
            failure(ErrorKind::Unavailable, self.location, "the connection broke while it was read").with_source(error)
        })?;
        body.filter(|body| body.len() == len).ok_or_else(|| {
            failure(ErrorKind::Malformed, self.location, "a part of it came with another length than was asked for")
        })
    }
}
