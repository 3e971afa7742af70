//! Reads small input files, from disk or from S3.

use std::io;
use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::primitives::{ByteStream, ByteStreamError};
use findings_core::patience::Patience;
use findings_core::{Error, ErrorKind, Result, blocking, csv_text};

use crate::aws::{Aws, need};
use crate::config::Input;

/// Reads a whole file; `operation` is a fragment such as "read the accepted gaps".
pub(crate) async fn read(input: &Input, aws: Option<&Aws>, operation: &'static str) -> Result<Vec<u8>> {
    read_up_to(input, aws, operation, csv_text::MAX_BYTES).await
}

/// Reads a whole file of at most `limit` bytes. Nothing is read of an object that states a larger size.
pub(crate) async fn read_up_to(
    input: &Input,
    aws: Option<&Aws>,
    operation: &'static str,
    limit: usize,
) -> Result<Vec<u8>> {
    match input {
        Input::Path(path) => file(path.clone(), operation, limit).await,
        Input::S3 { bucket, key } => object_up_to(&need(aws)?.s3(), bucket, key, operation, limit).await,
    }
}

async fn file(path: PathBuf, operation: &'static str, limit: usize) -> Result<Vec<u8>> {
    let subject = path.display().to_string();
    let read = blocking::run_io(move || csv_text::read_file(&path, limit)).await;
    read.map_err(|error| {
        let error = match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, operation).with_source(error),
            io::ErrorKind::FileTooLarge => {
                Error::new(ErrorKind::InvalidInput, operation).with_message(too_large(limit))
            }
            _ => Error::new(ErrorKind::Storage, operation).with_source(error),
        };
        error.with_subject(subject)
    })
}

/// Reads a whole object from S3.
pub(crate) async fn object(s3: &Client, bucket: &str, key: &str, operation: &'static str) -> Result<Vec<u8>> {
    object_up_to(s3, bucket, key, operation, csv_text::MAX_BYTES).await
}

async fn object_up_to(s3: &Client, bucket: &str, key: &str, operation: &'static str, limit: usize) -> Result<Vec<u8>> {
    Patience::default().repeat(|| object_once(s3, bucket, key, operation, limit)).await
}

async fn object_once(s3: &Client, bucket: &str, key: &str, operation: &'static str, limit: usize) -> Result<Vec<u8>> {
    let failed = |kind| {
        let message = "check its name, and that s3:GetObject is allowed on it";
        Error::new(kind, operation).with_subject(format!("s3://{bucket}/{key}")).with_message(message)
    };
    let once = aws_sdk_s3::config::Builder::new().retry_config(RetryConfig::disabled());
    let answer = s3.get_object().bucket(bucket).key(key).customize().config_override(once).send().await;
    let answer = answer.map_err(|e| {
        let error = findings_core::aws::sdk_error(e, operation);
        failed(error.kind()).with_source(error)
    })?;
    let refused = || failed(ErrorKind::InvalidInput).with_message(too_large(limit));
    if answer.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > limit)) {
        return Err(refused());
    }
    let body = collect(answer.body, limit).await;
    let body = body.map_err(|e| failed(ErrorKind::Unavailable).with_source(e))?;
    body.ok_or_else(refused)
}

fn too_large(limit: usize) -> String {
    format!("it has more than {} MiB; check that it is the right file, and delete what is below the table", limit >> 20)
}

/// Reads the body. Returns `None` as soon as it has more than `limit` bytes, whatever length it states.
async fn collect(mut body: ByteStream, limit: usize) -> Result<Option<Vec<u8>>, ByteStreamError> {
    let mut all = Vec::new();
    while let Some(part) = body.try_next().await? {
        if all.len() + part.len() > limit {
            return Ok(None);
        }
        all.extend_from_slice(&part);
    }
    Ok(Some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_are_read_up_to_the_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let input = Input::Path(file.path().to_owned());
        let limit = csv_text::MAX_BYTES as u64;
        file.as_file().set_len(limit).unwrap();
        assert_eq!(read(&input, None, "read the accepted gaps").await.unwrap().len() as u64, limit);
        file.as_file().set_len(limit + 1).unwrap();
        let error = read(&input, None, "read the accepted gaps").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.report();
        assert!(text.contains("more than 64 MiB") && text.contains(&file.path().display().to_string()), "{text}");
    }

    #[tokio::test]
    async fn a_smaller_limit_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len((32 << 20) + 1).unwrap();
        let input = Input::Path(file.path().to_owned());
        let error = read_up_to(&input, None, "read the returned report", 32 << 20).await.unwrap_err();
        assert!(error.report().contains("more than 32 MiB; check"), "{}", error.report());
    }

    #[tokio::test]
    async fn objects_are_read_up_to_the_limit() {
        for (length, want) in [(0, Some(0)), (10, Some(10)), (11, None)] {
            let read = collect(ByteStream::from(vec![b'x'; length]), 10).await.unwrap();
            assert_eq!(read.map(|bytes| bytes.len()), want);
        }
    }
}
