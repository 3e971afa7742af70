//! The test mail of `plan --test-mail`: one real mail with a real link, before the first run.
//!
//! It goes the way of a report: the first renderer writes a file, the store keeps it and makes the link under the
//! configured policy, and each notifier that sends mail sends it with the configured templates. Neither the ledger nor the
//! history knows of it.

use findings_core::languages::Language;
use findings_core::notify::{Attachment, Notification, Receipt, Recipient};
use findings_core::report::{RenderedReport, Report};
use findings_core::store::{ArtifactKey, ArtifactLink, LinkEnd, LinkRequest, PutArtifact, download_name};
use findings_core::{Error, ErrorKind, Notifier, Result, blocking};
use jiff::Timestamp;

use crate::config::RunConfig;
use crate::wiring::Wired;
use crate::{ending, settings};

/// Sends the mail through each notifier that serves the address, prints what was sent, and returns the number of
/// problems.
pub(super) async fn send(to: &Recipient, wired: &Wired, config: &RunConfig) -> usize {
    ending::print_line(&format!("\nTest mail to {to}:"));
    let mut notifiers = wired.parts.notifiers.iter().filter(|n| n.serves(to)).peekable();
    if notifiers.peek().is_none() {
        ending::print_line(&format!("  ! no notifier serves {to}; nothing was sent"));
        return 1;
    }
    let notification = match notification(to, wired, config).await {
        Ok(notification) => notification,
        Err(error) => {
            ending::print_line(&format!("  ! {}; nothing was sent", settings::failure(&error)));
            return 1;
        }
    };
    let mut problems = 0;
    for notifier in notifiers {
        problems += send_through(&**notifier, &notification).await;
    }
    problems
}

async fn send_through(notifier: &dyn Notifier, notification: &Notification) -> usize {
    match notifier.notify(notification).await {
        Ok(Receipt { message_id, .. }) => {
            let (to, name) = (&notification.recipient, notifier.name());
            ending::print_line(&format!("  sent to {to} through {name}, message ID {message_id}"));
            0
        }
        Err(error) => {
            ending::print_line(&format!("  ! {}: {}", notifier.name(), settings::failure(&error)));
            1
        }
    }
}

/// Stores a report without findings and returns the message about it.
async fn notification(to: &Recipient, wired: &Wired, config: &RunConfig) -> Result<Notification> {
    let now = Timestamp::now();
    let report = report(config, now);
    let rendered = render(&report, wired).await?;
    let (key, name) = names(&report, &rendered)?;
    let put = PutArtifact::new(key.clone(), rendered.body.clone(), rendered.format.media_type);
    let stored = wired.parts.store.put(&put.with_download_name(&name)).await?;
    ending::print_line(&format!("  stored {} ({} bytes)", stored.location, stored.bytes));
    let policy = config.report.link;
    let request = LinkRequest::new(key, policy.ttl, now).with_download_name(&name).for_reader(to.clone());
    let link = wired.parts.store.link(&request.for_report(config.run_id.clone(), &report.project)).await?;
    let attachment = policy.attachment(LinkEnd::new(link.expires_at, link.limited_by), now, &rendered, &name)?;
    print_link(&link, attachment.as_ref());
    let mut notification = Notification::of(&report, to.clone())?.with_link(link);
    notification.attachment = attachment;
    Ok(notification)
}

fn report(config: &RunConfig, now: Timestamp) -> Report {
    let name = Language::of(config.locale).mail.test_mail;
    let mut report = Report::new(name, config.run_id.clone(), now);
    report.locale = config.locale;
    if let Some(zone) = &config.time_zone {
        report.time_zone = zone.clone();
    }
    report.contact = config.contact.of(config.locale).map(str::to_owned);
    // it has no account: nothing was looked at, and so the mail calls nothing clean
    report
}

async fn render(report: &Report, wired: &Wired) -> Result<RenderedReport> {
    const OPERATION: &str = "render the report";
    let renderer = wired.parts.renderers.first().ok_or_else(|| Error::new(ErrorKind::InvalidInput, OPERATION))?.clone();
    let report = report.clone();
    blocking::run(OPERATION, move || renderer.render(&report)).await
}

/// Returns the key, which no run uses, and the name of the download.
fn names(report: &Report, rendered: &RenderedReport) -> Result<(ArtifactKey, String)> {
    let extension = rendered.format.extension;
    let key = format!("test/{}/test-mail.{extension}", report.run_id.key_segment());
    let key = key
        .parse()
        .map_err(|e| Error::new(ErrorKind::InvalidInput, "name the file of the test mail").with_source(e))?;
    Ok((key, download_name(&report.project, report.run_id.as_str(), extension)))
}

fn print_link(link: &ArtifactLink, attachment: Option<&Attachment>) {
    let until = match link.expires_at {
        Some(end) => format!("its link works until {}", end.strftime("%Y-%m-%dT%H:%M:%SZ")),
        None => "its link does not expire".to_owned(),
    };
    let with = if attachment.is_some() { "; the report goes along as an attachment" } else { "" };
    ending::print_line(&format!("  {until}{with}"));
}
