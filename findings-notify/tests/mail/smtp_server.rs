//! The conformance suite of notifiers against aiosmtpd, an SMTP server in a separate process that stores accepted mails
//! as files.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use findings_core::testing::conformance::notifier::{Inbox, Message};
use findings_core::{Backend, Secret, notifier_conformance};
use findings_notify::SmtpNotifier;
use tempfile::TempDir;

use crate::parsed::Parsed;
use crate::sender;

struct Server {
    child: Mutex<Child>,
    dir: TempDir,
}

impl Server {
    fn stop(&self) {
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn python() -> PathBuf {
    let workspace = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv");
    std::env::var_os("FINDINGS_TEST_VENV").map_or_else(workspace, PathBuf::from).join("bin/python")
}

async fn fresh() -> (SmtpNotifier, Server) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(python());
    command.args(["-m", "aiosmtpd", "-n", "-l", &address, "-c", "aiosmtpd.handlers.Mailbox"]);
    command.arg(dir.path().join("box")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("Python with aiosmtpd: .ci/test installs it");
    let server = Server { child: Mutex::new(child), dir };
    let url = Secret::new(format!("smtp://{address}"));
    let notifier = SmtpNotifier::from_url(&url, Some(sender())).unwrap();
    for _ in 0..600 {
        if notifier.check().await.is_ok() {
            return (notifier, server);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("aiosmtpd did not answer; is it in the environment that .ci/test makes?");
}

#[async_trait]
impl Inbox for Server {
    async fn messages(&self) -> Vec<Message> {
        let mails = std::fs::read_dir(self.dir.path().join("box/new")).into_iter().flatten();
        let read = |path: PathBuf| {
            let parsed = Parsed::of(&std::fs::read(path).unwrap());
            // the envelope as the server recorded it
            let envelope = parsed.header("X-RcptTo").join(",");
            let mut message = Message::from(parsed);
            assert_eq!(message.recipients.join(","), envelope, "the header and the envelope differ");
            message.recipients = vec![envelope];
            message
        };
        mails.map(|entry| read(entry.unwrap().path())).collect()
    }

    async fn break_down(&self) {
        self.stop();
    }
}

notifier_conformance!(ignore = "needs the emulators: .ci/test", fresh());
