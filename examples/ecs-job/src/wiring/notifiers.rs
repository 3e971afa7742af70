//! Builds the notifiers that `--notify` names.

use std::sync::Arc;

use findings_core::notify::Recipient;
use findings_core::{Backend, Error, ErrorKind, Notifier, Result};
use findings_notify::{
    ChatNotifier, Mailer, OutboxNotifier, Sender, SesNotifier, SmtpNotifier, SnsNotifier, Templates, WebhookNotifier,
};

use crate::aws::{Aws, need};
use crate::config::{Notify, NotifyConfig, RunConfig};

/// One notifier, behind each trait that it implements.
pub(super) struct Channel {
    pub(super) notifier: Arc<dyn Notifier>,
    pub(super) backend: Arc<dyn Backend>,
    /// Set if it sends mail.
    pub(super) mailer: Option<Arc<dyn Mailer>>,
}

/// Builds the configured notifiers, in their order.
pub(super) fn channels(config: &RunConfig, aws: Option<&Aws>) -> Result<Vec<Channel>> {
    let templates = templates(&config.notify)?;
    let reply_to = config.audience.reply_to.as_ref();
    let senders = config.staging.stage.processes(config.staging.workers);
    config.notify.notifiers.iter().map(|notify| channel(notify, (&templates, senders), reply_to, aws)).collect()
}

/// Returns the texts of messages.
pub(crate) fn templates(config: &NotifyConfig) -> Result<Templates> {
    match &config.templates {
        Some(dir) => Templates::from_dir(dir),
        None => Templates::builtin(),
    }
}

/// The sender of mails in an outbox: an address that cannot receive answers.
const OUTBOX_FROM: &str = "Security Hub reports <security-hub@example.invalid>";

fn channel(
    notify: &Notify,
    (templates, senders): (&Templates, u32),
    reply_to: Option<&Recipient>,
    aws: Option<&Aws>,
) -> Result<Channel> {
    fn mail<N: Notifier + Mailer + Backend>(notifier: N) -> Channel {
        let notifier = Arc::new(notifier);
        Channel { notifier: notifier.clone(), backend: notifier.clone(), mailer: Some(notifier) }
    }
    fn channels<N: Notifier + Backend>(notifier: N) -> Channel {
        let notifier = Arc::new(notifier);
        Channel { notifier: notifier.clone(), backend: notifier, mailer: None }
    }
    let templates = templates.clone();
    let answered = |from: Sender| match reply_to {
        Some(address) => from.with_reply_to(address.clone()),
        None => from,
    };
    Ok(match notify {
        Notify::Outbox(dir) => {
            mail(OutboxNotifier::new(dir, answered(sender(OUTBOX_FROM)?))?.with_templates(templates))
        }
        Notify::Ses { from, configuration_set } => {
            let ses = SesNotifier::new(need(aws)?.ses(), answered(from.clone()))?;
            let ses = ses.with_templates(templates).with_senders(senders);
            mail(match configuration_set {
                Some(name) => ses.with_configuration_set(name),
                None => ses,
            })
        }
        Notify::Chat { format, webhooks } => {
            channels(ChatNotifier::of(format.clone(), webhooks.clone())?.with_templates(templates))
        }
        Notify::Webhook(endpoints) => channels(WebhookNotifier::new(endpoints.clone())?.with_templates(templates)),
        Notify::Sns { regions } => {
            let aws = need(aws)?;
            channels(SnsNotifier::new(regions.iter().map(|region| aws.sns(region)))?.with_templates(templates))
        }
        Notify::Smtp { url } => {
            let smtp = SmtpNotifier::from_url(url, None)?.with_templates(templates);
            mail(match reply_to {
                Some(address) => smtp.with_reply_to(address.clone()),
                None => smtp,
            })
        }
    })
}

fn sender(text: &str) -> Result<Sender> {
    text.parse().map_err(|e| Error::new(ErrorKind::InvalidInput, "read the sender of mails").with_source(e))
}
