//! Notifier that writes mails as files, to inspect them before any are sent.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use findings_core::blocking;
use findings_core::notify::{
    DecisionNotification, Notification, OrganisationNotification, Receipt, UrgentNotification,
};
use findings_core::store::download_name;
use findings_core::{Backend, BackendReport, Error, ErrorKind, Notifier, Result};
use tempfile::NamedTempFile;

use crate::decisions::compose_decisions;
use crate::message::{compose, hash};
use crate::organisation::compose_organisation;
use crate::urgent::compose_urgent;
use crate::{Mail, Mailer, Sender, Templates};

/// The most bytes of a recipient in the name of a file: names have at most 255 bytes.
const MAX_RECIPIENT: usize = 60;

/// Writes each mail as an `.eml` file, which mail programs can open. The path is `<run>/<project> <recipient> <hash>.eml` in
/// a directory; the hash is that of the `Message-ID`.
///
/// Writing the same notification again replaces its file. Only the owner of a file or new folder can read it, because a
/// mail contains the link to the report.
///
/// ```
/// use findings_core::notify::{Notification, Notifier};
/// use findings_core::report::Report;
/// use findings_notify::OutboxNotifier;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let outbox = OutboxNotifier::new(dir.path(), "security@example.com".parse()?)?;
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// outbox.notify(&Notification::of(&report, "anna@example.com".parse()?)?).await?;
/// assert_eq!(std::fs::read_dir(dir.path().join("2026-11-23"))?.count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OutboxNotifier {
    dir: PathBuf,
    from: Sender,
    templates: Templates,
}

impl OutboxNotifier {
    /// Creates an outbox in `dir`. The directory is created with the first mail.
    ///
    /// # Errors
    /// Those of [`Templates::builtin`].
    pub fn new(dir: impl Into<PathBuf>, from: Sender) -> Result<Self> {
        Ok(Self { dir: dir.into(), from, templates: Templates::builtin()? })
    }

    /// Replaces the built-in templates.
    pub fn with_templates(mut self, templates: Templates) -> Self {
        self.templates = templates;
        self
    }

    /// Returns the path of the file for a mail.
    pub fn path_of(&self, mail: &Mail) -> PathBuf {
        let about = mail.project.as_deref().unwrap_or("operators");
        let to = mail.to.as_str();
        let to = &to[..to.floor_char_boundary(MAX_RECIPIENT)];
        // the message ID differs by recipient and edition, and for a relinked report
        let rest = format!("{to} {}", &hash(&[&mail.message_id])[..12]);
        self.dir.join(mail.run_id.key_segment()).join(download_name(about, &rest, "eml"))
    }
}

#[async_trait]
impl Notifier for OutboxNotifier {
    fn name(&self) -> &'static str {
        "outbox"
    }

    async fn notify(&self, notification: &Notification) -> Result<Receipt> {
        self.send(&compose(notification, &self.from, &self.templates)?).await
    }

    async fn notify_organisation(&self, notification: &OrganisationNotification) -> Result<Receipt> {
        self.send(&compose_organisation(notification, &self.from, &self.templates)?).await
    }

    async fn notify_decisions(&self, notification: &DecisionNotification) -> Result<Receipt> {
        self.send(&compose_decisions(notification, &self.from, &self.templates)?).await
    }

    async fn notify_urgent(&self, notification: &UrgentNotification) -> Result<Receipt> {
        self.send(&compose_urgent(notification, &self.from, &self.templates)?).await
    }
}

#[async_trait]
impl Mailer for OutboxNotifier {
    fn sender(&self) -> &Sender {
        &self.from
    }

    fn templates(&self) -> &Templates {
        &self.templates
    }

    async fn send(&self, mail: &Mail) -> Result<Receipt> {
        let path = self.path_of(mail);
        let shown = path.display().to_string();
        let failed = |e: io::Error| io_error("write the mail", &shown, e);
        let raw = mail.raw.clone();
        blocking::run_io(move || write_atomically(&path, &raw)).await.map_err(failed)?;
        tracing::debug!(message_id = mail.message_id, path = shown, "mail written");
        Ok(Receipt::new(mail.message_id.clone()))
    }
}

#[async_trait]
impl Backend for OutboxNotifier {
    async fn check(&self) -> Result<BackendReport> {
        let (dir, shown) = (self.dir.clone(), self.dir.display().to_string());
        match blocking::run_io(move || std::fs::metadata(dir)).await {
            Ok(found) if found.is_dir() => Ok(BackendReport::new(format!("outbox {shown}"))),
            Ok(_) => Err(Error::new(ErrorKind::InvalidInput, "use the outbox")
                .with_subject(shown)
                .with_message("it is a file; name a directory")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Ok(BackendReport::new(format!("outbox {shown}: is made with the first mail")))
            }
            Err(e) => Err(io_error("use the outbox", &shown, e)),
        }
    }

    async fn setup(&self) -> Result<BackendReport> {
        let (dir, shown) = (self.dir.clone(), self.dir.display().to_string());
        blocking::run_io(move || blocking::create_private_folder(&dir))
            .await
            .map_err(|e| io_error("make the outbox", &shown, e))?;
        Ok(BackendReport::new(format!("outbox {shown}")))
    }
}

/// Writes a temporary file first and renames it, so that readers never see an incomplete file.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    blocking::create_private_folder(dir)?;
    let mut file = NamedTempFile::with_prefix_in(".mail-", dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn io_error(operation: &'static str, subject: &str, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        _ => ErrorKind::Storage,
    };
    Error::new(kind, operation).with_subject(subject).with_source(error)
}
