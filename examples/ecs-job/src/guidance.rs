//! The organisation's guidance: read once, at the start, so that a mistake in it stops nothing halfway.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use findings_core::{Error, ErrorKind, Result};
use findings_xlsx::Guidance;

use crate::aws::Aws;
use crate::config::GuidancePlace;
use crate::wiring::need;

const OPERATION: &str = "read the guidance";

/// Reads it; none if none is configured.
pub(crate) async fn load(place: Option<&GuidancePlace>, aws: Option<&Aws>) -> Result<Guidance> {
    match place {
        None => Ok(Guidance::default()),
        Some(GuidancePlace::Path(path)) => Guidance::read(path),
        Some(GuidancePlace::S3 { bucket, key }) => {
            let s3 = need(aws)?.s3();
            let location = format!("s3://{bucket}/{key}");
            from_s3(&s3, bucket, key, &location).await.map_err(|error| error.with_subject(location))
        }
    }
}

/// A CSV file, or everything in Markdown under a prefix.
async fn from_s3(s3: &Client, bucket: &str, key: &str, location: &str) -> Result<Guidance> {
    if key.to_ascii_lowercase().ends_with(".csv") {
        return Guidance::from_csv(&object(s3, bucket, key).await?);
    }
    let prefix = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
    let mut files = Vec::new();
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix(&prefix).delimiter("/").into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| {
            unreadable(format!("{}; check FINDINGS_GUIDANCE and s3:ListBucket", DisplayErrorContext(e)))
        })?;
        for key in page.contents().iter().filter_map(|object| object.key()) {
            let name = key.strip_prefix(&prefix).unwrap_or(key);
            if Guidance::is_markdown(name) {
                files.push((name.to_owned(), object(s3, bucket, key).await?));
            }
        }
    }
    tracing::debug!(location, files = files.len(), "guidance was listed");
    Guidance::from_markdown(files)
}

async fn object(s3: &Client, bucket: &str, key: &str) -> Result<Vec<u8>> {
    let told = |cause: String| unreadable(format!("{key}: {cause}; check FINDINGS_GUIDANCE and s3:GetObject"));
    let answer = s3.get_object().bucket(bucket).key(key).send().await;
    let answer = answer.map_err(|e| told(DisplayErrorContext(e).to_string()))?;
    let body = answer.body.collect().await.map_err(|e| told(e.to_string()))?;
    Ok(body.to_vec())
}

fn unreadable(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, OPERATION).with_message(message)
}
