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
    match input {
        Input::Path(path) => file(path.clone(), operation).await,
        Input::S3 { bucket, key } => object(&need(aws)?.s3(), bucket, key, operation).await,
    }
}

async fn file(path: PathBuf, operation: &'static str) -> Result<Vec<u8>> {
    let subject = path.display().to_string();
    let read = blocking::run_io(move || csv_text::read_file(&path, csv_text::MAX_BYTES)).await;
    read.map_err(|error| {
        let error = match error.kind() {
            io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, operation).with_source(error),
            io::ErrorKind::FileTooLarge => Error::new(ErrorKind::InvalidInput, operation).with_source(error),
            _ => Error::new(ErrorKind::Storage, operation).with_source(error),
        };
        error.with_subject(subject)
    })
}

/// Reads a whole object from S3.
pub(crate) async fn object(s3: &Client, bucket: &str, key: &str, operation: &'static str) -> Result<Vec<u8>> {
    Patience::default().repeat(|| object_once(s3, bucket, key, operation)).await
}

async fn object_once(s3: &Client, bucket: &str, key: &str, operation: &'static str) -> Result<Vec<u8>> {
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
    let body = collect(answer.body, csv_text::MAX_BYTES).await;
    let body = body.map_err(|e| failed(ErrorKind::Unavailable).with_source(e))?;
    body.ok_or_else(|| failed(ErrorKind::InvalidInput).with_message(csv_text::TOO_LARGE))
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
    async fn objects_are_read_up_to_the_limit() {
        for (length, want) in [(0, Some(0)), (10, Some(10)), (11, None)] {
            let read = collect(ByteStream::from(vec![b'x'; length]), 10).await.unwrap();
            assert_eq!(read.map(|bytes| bytes.len()), want);
        }
    }
}
