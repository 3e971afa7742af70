//! Loads the organisation's guidance, once at the start: a mistake in it must not stop a run halfway.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use findings_core::guidance::Guidance;
use findings_core::{Error, ErrorKind, Result, csv_text};

use crate::aws::{Aws, need};
use crate::config::Input;
use crate::input;

const OPERATION: &str = "read the guidance";

/// Reads the guidance; returns an empty one if none is configured.
pub(crate) async fn load(place: Option<&Input>, aws: Option<&Aws>) -> Result<Guidance> {
    match place {
        None => Ok(Guidance::default()),
        Some(Input::Path(path)) => Guidance::read(path),
        Some(Input::S3 { bucket, key }) => {
            let s3 = need(aws)?.s3();
            let location = format!("s3://{bucket}/{key}");
            let read = from_s3(&s3, bucket, key, &location).await;
            // errors of a single object name it already; errors in its content do not
            read.map_err(|error| if error.subject().is_some() { error } else { error.with_subject(location) })
        }
    }
}

/// Reads a CSV file, or all Markdown files directly under a prefix.
async fn from_s3(s3: &Client, bucket: &str, key: &str, location: &str) -> Result<Guidance> {
    if key.to_ascii_lowercase().ends_with(".csv") {
        return Guidance::from_csv(&input::object(s3, bucket, key, OPERATION).await?);
    }
    let prefix = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
    let (mut files, mut room) = (Vec::new(), csv_text::MAX_BYTES);
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix(&prefix).delimiter("/").into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| {
            unreadable(format!("{}; check FINDINGS_GUIDANCE and s3:ListBucket", DisplayErrorContext(e)))
        })?;
        for key in page.contents().iter().filter_map(|object| object.key()) {
            let name = key.strip_prefix(&prefix).unwrap_or(key);
            if Guidance::is_markdown(name) {
                let bytes = input::object(s3, bucket, key, OPERATION).await?;
                let left = room.checked_sub(bytes.len()).filter(|_| files.len() < Guidance::MAX_FILES);
                room = left.ok_or_else(|| unreadable(Guidance::TOO_MANY.to_owned()))?;
                files.push((name.to_owned(), bytes));
            }
        }
    }
    tracing::debug!(location, files = files.len(), "guidance was listed");
    Guidance::from_markdown(files)
}

fn unreadable(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, OPERATION).with_message(message)
}
