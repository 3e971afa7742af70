//! The mail to the operators after a run.

use std::sync::Arc;

use findings_core::Result;
use findings_core::pipeline::Summary;
use findings_notify::{Digest, Mailer, compose_digest};

use crate::config::RunConfig;
use crate::settings;

/// Mails the digest of the run to the operators, through every notifier that sends mail. Failures are logged and added
/// to the summary.
pub(crate) async fn notify_operators(summary: &mut Summary, mailers: &[Arc<dyn Mailer>], config: &RunConfig) {
    let zone = config.time_zone.clone().unwrap_or_else(|| config.locale.time_zone());
    let mut failures = Vec::new();
    for recipient in &config.notify.operators {
        let digest = Digest::new(recipient, summary).with_locale(config.locale, zone.clone());
        for mailer in mailers {
            if let Err(error) = send(&**mailer, &digest).await {
                failures.push(format!("the operator {recipient} was not told: {}", settings::report(&error)));
            }
        }
    }
    for failure in failures {
        tracing::error!("{failure}");
        summary.add_error(failure);
    }
}

async fn send(mailer: &dyn Mailer, digest: &Digest<'_>) -> Result<()> {
    let mail = compose_digest(digest, mailer.sender(), mailer.templates())?;
    mailer.send(&mail).await.map(drop)
}
