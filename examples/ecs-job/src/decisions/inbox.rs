//! Returned files: those that are named, or those in the inbox.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use findings_core::{Error, ErrorKind, Result, blocking};
use findings_returned::Limits;

use crate::aws::{Aws, need};
use crate::config::{Input, Reports};
use crate::input;

const OPERATION: &str = "read the returned report";
const LIST: &str = "list the inbox";

/// The most files of an inbox that are looked at, and the deepest folder below it.
const MAX_FILES: usize = 10_000;
const MAX_DEPTH: usize = 4;

/// A returned file.
#[derive(Debug)]
pub(super) struct Returned {
    /// Its location, for people.
    pub(super) name: String,
    /// Its path below the inbox, if it lies there.
    pub(super) path: Option<String>,
    pub(super) content: Vec<u8>,
}

/// Reads a file. One that is larger than what is read of a returned report is not read at all: whoever has a link can store
/// one of any size.
pub(super) async fn read(input: &Input, inbox: &Reports, aws: Option<&Aws>) -> Result<Returned> {
    let limit = usize::try_from(Limits::default().bytes).unwrap_or(usize::MAX);
    let content = input::read_up_to(input, aws, OPERATION, limit).await?;
    Ok(Returned { name: name(input), path: path_below(input, inbox), content })
}

/// The path of a file below the inbox, with slashes.
fn path_below(input: &Input, inbox: &Reports) -> Option<String> {
    match (input, inbox) {
        (Input::Path(path), Reports::Dir(inbox)) => {
            Some(path.strip_prefix(inbox).ok()?.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
        }
        (Input::S3 { bucket, key }, Reports::S3 { bucket: own, prefix }) if bucket == own => {
            Some(key.strip_prefix(prefix.trim_end_matches('/'))?.trim_start_matches('/').to_owned())
        }
        _ => None,
    }
}

fn name(input: &Input) -> String {
    match input {
        Input::Path(path) => path.display().to_string(),
        Input::S3 { bucket, key } => format!("s3://{bucket}/{key}"),
    }
}

/// Returns the files of an inbox in the order of their names, those in its folders included.
pub(super) async fn list(place: &Reports, aws: Option<&Aws>) -> Result<Vec<Input>> {
    match place {
        Reports::Dir(dir) => {
            let dir = dir.clone();
            let subject = dir.display().to_string();
            let listed = blocking::run_io(move || list_folder(&dir, 0)).await;
            listed.map_err(|e| Error::new(ErrorKind::Storage, LIST).with_subject(subject).with_source(e))
        }
        Reports::S3 { bucket, prefix } => list_objects(&need(aws)?.s3(), bucket, prefix).await,
    }
}

/// A missing folder is empty: nobody has returned anything yet.
fn list_folder(dir: &std::path::Path, depth: usize) -> std::io::Result<Vec<Input>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && depth == 0 => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        // a link could lead out of the inbox
        let kind = std::fs::symlink_metadata(&path)?.file_type();
        if kind.is_dir() && depth < MAX_DEPTH {
            files.extend(list_folder(&path, depth + 1)?);
        } else if kind.is_file() {
            files.push(Input::Path(path));
        }
        if files.len() > MAX_FILES {
            return Err(std::io::Error::other(too_many()));
        }
    }
    Ok(files)
}

async fn list_objects(s3: &Client, bucket: &str, prefix: &str) -> Result<Vec<Input>> {
    let prefix = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
    let failed = |message: String| {
        Error::new(ErrorKind::InvalidInput, LIST).with_subject(format!("s3://{bucket}/{prefix}")).with_message(message)
    };
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix(&prefix).into_paginator().send();
    let mut files = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| failed(format!("{}; allow s3:ListBucket on it", DisplayErrorContext(e))))?;
        // folders that the console makes are objects without content
        let keys = page.contents().iter().filter(|object| object.size().unwrap_or_default() > 0);
        let keys = keys.filter_map(|object| object.key());
        files.extend(keys.map(|key| Input::S3 { bucket: bucket.to_owned(), key: key.to_owned() }));
        if files.len() > MAX_FILES {
            return Err(failed(too_many()));
        }
    }
    Ok(files)
}

fn too_many() -> String {
    format!("more than {MAX_FILES} files; remove those that were taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_too_large_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        std::fs::File::create(&path).unwrap().set_len(Limits::default().bytes + 1).unwrap();
        let error = read(&Input::Path(path), &Reports::Dir(dir.path().into()), None).await.unwrap_err();
        assert!(error.report().contains("more than 32 MiB"), "{}", error.report());
    }

    #[test]
    fn paths_of_files_begin_at_the_inbox() {
        let s3 = |key: &str| Input::S3 { bucket: "b".to_owned(), key: key.to_owned() };
        let inbox = |prefix: &str| Reports::S3 { bucket: "b".to_owned(), prefix: prefix.to_owned() };
        for (key, prefix, want) in [
            ("r/inbox/a/1/x", "r/inbox", Some("a/1/x")),
            ("r/inbox/a/1/x", "r/inbox/", Some("a/1/x")),
            ("a/1/x", "", Some("a/1/x")),
            ("other/a/1/x", "r/inbox", None),
        ] {
            assert_eq!(path_below(&s3(key), &inbox(prefix)).as_deref(), want, "{key} {prefix}");
        }
        let file = Input::Path("reports/inbox/a/1/x".into());
        assert_eq!(path_below(&file, &Reports::Dir("reports/inbox".into())).as_deref(), Some("a/1/x"));
        assert_eq!(path_below(&file, &inbox("r")), None);
    }

    #[tokio::test]
    async fn files_of_folders_are_listed_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = dir.path().join("inbox");
        assert!(list(&Reports::Dir(inbox.clone()), None).await.unwrap().is_empty(), "nobody has returned anything");
        std::fs::create_dir_all(inbox.join("Payments/r1")).unwrap();
        for name in ["b.xlsx", "Payments/r1/a.xlsx"] {
            std::fs::write(inbox.join(name), "x").unwrap();
        }
        std::fs::write(dir.path().join("secret.xlsx"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("secret.xlsx"), inbox.join("link.xlsx")).unwrap();
        let listed = list(&Reports::Dir(inbox.clone()), None).await.unwrap();
        assert_eq!(listed, [inbox.join("Payments/r1/a.xlsx"), inbox.join("b.xlsx")].map(Input::Path));
    }
}
