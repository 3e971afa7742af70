//! Reads small input files, from disk or from S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use findings_core::patience::Patience;
use findings_core::{Error, ErrorKind, Result};

use crate::aws::{Aws, need};
use crate::config::Input;

/// Reads a whole file; `operation` is a fragment such as "read the accepted gaps".
pub(crate) async fn read(input: &Input, aws: Option<&Aws>, operation: &'static str) -> Result<Vec<u8>> {
    match input {
        Input::Path(path) => tokio::fs::read(path).await.map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                _ => ErrorKind::Storage,
            };
            Error::new(kind, operation).with_subject(path.display().to_string()).with_source(error)
        }),
        Input::S3 { bucket, key } => object(&need(aws)?.s3(), bucket, key, operation).await,
    }
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
    let body = answer.body.collect().await.map_err(|e| failed(ErrorKind::Unavailable).with_source(e))?;
    Ok(body.to_vec())
}
