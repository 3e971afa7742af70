//! Test that no log line, at level `trace`, contains the link or the relay's password, plain or encoded.

use std::io;
use std::sync::{Arc, Mutex};

use findings_core::Notifier;
use findings_core::testing::conformance::notifier::{Inbox, SECRET, sample_notification};
use tracing_subscriber::fmt::MakeWriter;

use crate::{chat, outbox, ses, smtp};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn send_and_fail(notifier: &dyn Notifier, inbox: &dyn Inbox) {
    let notification = sample_notification(inbox.recipients()[0]);
    notifier.notify(&notification).await.unwrap();
    inbox.break_down().await;
    notifier.notify(&notification).await.unwrap_err();
}

#[tokio::test]
async fn logs_contain_no_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(lines.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let (notifier, inbox) = outbox::fresh();
    send_and_fail(&notifier, &inbox).await;
    let (notifier, inbox) = smtp::fresh().await;
    send_and_fail(&notifier, &inbox).await;
    let (notifier, inbox) = ses::fresh().await;
    send_and_fail(&notifier, &inbox).await;
    let (notifier, inbox) = chat::fresh_slack().await;
    send_and_fail(&notifier, &inbox).await;
    let (notifier, inbox) = chat::fresh_teams().await;
    send_and_fail(&notifier, &inbox).await;
    drop(guard);

    let logged = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(
        logged.contains("mail written") && logged.contains("message accepted by the webhook"),
        "the test captured no log"
    );
    let password = "p@ss+word";
    // "AGpvYgBwQHNzK3dvcmQ=" is how AUTH PLAIN sends it, and mails begin with "From: " in base64
    for secret in [SECRET, "X-Amz-Signature", "geheim0geheim", password, "AGpvYgBwQHNzK3dvcmQ", "RnJvbTog"] {
        let line = logged.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in {}", line.unwrap());
    }
}
