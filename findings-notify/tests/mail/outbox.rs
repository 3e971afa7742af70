//! Tests of the outbox, with the conformance suites of notifiers and backends.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use findings_core::testing::conformance::notifier::{Inbox, Message, sample_notification};
use findings_core::{Backend, ErrorKind, Notifier, notifier_conformance};
use findings_notify::OutboxNotifier;
use tempfile::TempDir;

use crate::parsed::Parsed;
use crate::sender;

pub(crate) struct Files(TempDir);

impl Files {
    fn path(&self) -> PathBuf {
        self.0.path().join("outbox")
    }
}

#[async_trait]
impl Inbox for Files {
    async fn messages(&self) -> Vec<Message> {
        files(&self.path()).iter().map(|path| Parsed::of(&std::fs::read(path).unwrap()).into()).collect()
    }

    async fn break_down(&self) {
        let _ = std::fs::remove_dir_all(self.path());
        std::fs::write(self.path(), "a file where the directory should be").unwrap();
    }
}

/// Returns every file below a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect()
}

pub(crate) fn fresh() -> (OutboxNotifier, Files) {
    let files = Files(tempfile::tempdir().unwrap());
    (OutboxNotifier::new(files.path(), sender()).unwrap(), files)
}

notifier_conformance!(async { fresh() });

#[tokio::test]
async fn repeated_notification_replaces_file() {
    let (outbox, inbox) = fresh();
    let mut notification = sample_notification("anna@example.com");
    outbox.notify(&notification).await.unwrap();
    let before = files(&inbox.path());
    notification.counts.critical = 99;
    outbox.notify(&notification).await.unwrap();
    assert_eq!(files(&inbox.path()), before);
    assert!(inbox.messages().await[0].text.contains("99 critical"));
    let name = before[0].strip_prefix(inbox.path()).unwrap().display().to_string();
    assert!(
        name.starts_with("2026-11-23T000000Z/Payments") && name.contains(" anna@example.com ") && name.contains(".eml"),
        "{name}"
    );
}

#[tokio::test]
async fn relink_mail_keeps_first_file() {
    let (outbox, inbox) = fresh();
    let mut notification = sample_notification("anna@example.com");
    outbox.notify(&notification).await.unwrap();
    notification.relinked_at = Some("2026-12-01T00:00:00Z".parse().unwrap());
    outbox.notify(&notification).await.unwrap();
    assert_eq!(inbox.messages().await.len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn only_owner_can_read_files() {
    use std::os::unix::fs::PermissionsExt;
    let (outbox, inbox) = fresh();
    outbox.notify(&sample_notification("anna@example.com")).await.unwrap();
    let mode = std::fs::metadata(&files(&inbox.path())[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[tokio::test]
async fn setup_creates_directory() {
    let (outbox, inbox) = fresh();
    assert!(outbox.check().await.unwrap().summary.contains("is made"));
    assert!(!inbox.path().exists(), "a check changes nothing");
    outbox.setup().await.unwrap();
    outbox.setup().await.unwrap();
    assert!(inbox.path().is_dir());
    inbox.break_down().await;
    assert_eq!(outbox.check().await.unwrap_err().kind(), ErrorKind::InvalidInput);
}
