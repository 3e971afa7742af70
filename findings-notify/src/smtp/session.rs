//! SMTP sessions. The commands are sent one by one, because the outcome of a failure depends on the step: before the
//! message itself nothing was sent. lettre's own transport does not expose the step that failed and has no timeout for
//! responses.

use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use findings_core::{Error, ErrorKind, Result};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use tokio::time::timeout;

use super::target::{Encryption, Target};
use crate::Sender;
use crate::message::Mail;
use crate::redact::Secrets;

/// Time limit for connecting with its handshake, and for the commands before a message.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// Time limit for the response to the message. It is longer, because a relay answers only after its content filters.
const MESSAGE_TIMEOUT: Duration = Duration::from_mins(3);
/// Maximum number of idle connections kept for later messages.
const MAX_IDLE: usize = 4;

/// Connections to one relay.
pub(super) struct Sessions {
    target: Target,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Sessions {
    pub(super) fn new(target: Target) -> Self {
        Self { target, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Connects and disconnects, to check the relay and the credentials.
    pub(super) async fn probe(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        // the check has passed by now, so errors of QUIT are ignored
        let _ = timeout(COMMAND_TIMEOUT, connection.quit()).await;
        Ok(())
    }

    /// Sends one message to one recipient.
    pub(super) async fn send(&self, from: &Sender, mail: &Mail) -> Result<()> {
        let mut connection = match self.take_idle().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let to = mail.to.as_str();
        let secrets = self.target.secrets.clone().with_mail(mail);
        begin_message(&mut connection, from, to, &secrets).await?;
        // from here on the relay may have the message, so only an error status means that it does not
        match timeout(MESSAGE_TIMEOUT, connection.message(&mail.raw)).await {
            Ok(Ok(_)) => self.keep_idle(connection),
            Ok(Err(e)) if e.status().is_some() => return Err(rejected(&e, to, &secrets)),
            Ok(Err(_)) => return Err(outcome_unknown(to, "the connection broke before the relay answered")),
            Err(_) => return Err(outcome_unknown(to, "the relay did not answer in time")),
        }
        Ok(())
    }

    /// Returns a connection of an earlier message, if it is still open.
    async fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        let is_open = timeout(COMMAND_TIMEOUT, connection.test_connected()).await;
        is_open.unwrap_or(false).then_some(connection)
    }

    fn keep_idle(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection> {
        let connected = timeout(COMMAND_TIMEOUT, self.handshake()).await;
        let relay = format!("{}:{}", self.target.host, self.target.port);
        match connected {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(e)) => Err(connect_error(&e, relay, &self.target.secrets)),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "connect to the SMTP relay")
                .with_subject(relay)
                .with_message("no answer in time")),
        }
    }

    async fn handshake(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let Target { host, port, encryption, credentials, hello, .. } = &self.target;
        let wrapped = match encryption {
            Encryption::Wrapped(tls) => Some(tls.clone()),
            _ => None,
        };
        let server = (host.as_str(), *port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(COMMAND_TIMEOUT), hello, wrapped, None).await?;
        match encryption {
            Encryption::Required(tls) => connection.starttls(tls.clone(), hello).await?,
            Encryption::Opportunistic(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), hello).await?;
            }
            _ => {}
        }
        if let Some(credentials) = credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// Sends the commands before the message: `MAIL`, `RCPT` and `DATA`.
async fn begin_message(connection: &mut AsyncSmtpConnection, from: &Sender, to: &str, secrets: &Secrets) -> Result<()> {
    let address = |text: &str| {
        text.parse::<Address>().map_err(|e| {
            Error::new(ErrorKind::InvalidInput, "send the mail").with_subject(text).with_message(e.to_string())
        })
    };
    let (sender, recipient) = (address(from.address().as_str())?, address(to)?);
    let commands = async {
        connection.command(MailFrom::new(Some(sender), Vec::new())).await?;
        connection.command(Rcpt::new(recipient, Vec::new())).await?;
        connection.command(Data).await
    };
    match timeout(COMMAND_TIMEOUT, commands).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => Err(rejected(&e, to, secrets)),
        Err(_) => Err(failure(ErrorKind::Timeout, to, "no answer in time; nothing was sent")),
    }
}

/// Returns the error for a rejection, or for a connection that broke before the message was sent.
fn rejected(error: &SmtpError, to: &str, secrets: &Secrets) -> Error {
    failure(kind_of(error), to, &relay_text(error, secrets))
}

fn outcome_unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, &format!("{what}; it is unknown whether the mail was sent"))
}

fn failure(kind: ErrorKind, to: &str, message: &str) -> Error {
    Error::new(kind, "send the mail through the SMTP relay").with_subject(to).with_message(message.to_owned())
}

fn connect_error(error: &SmtpError, relay: String, secrets: &Secrets) -> Error {
    let text = relay_text(error, secrets);
    let advice = match kind_of(error) {
        ErrorKind::Unauthenticated => "; check the user and the password",
        _ if error.is_tls() || text.contains("certificate") => {
            "; check the host name, and if a private authority signed its certificate, add ?ca=FILE to the URL"
        }
        _ => "",
    };
    let message = format!("{text}{advice}");
    Error::new(kind_of(error), "connect to the SMTP relay").with_subject(relay).with_message(message)
}

fn kind_of(error: &SmtpError) -> ErrorKind {
    match error.status().map(u16::from) {
        Some(530 | 534 | 535 | 538) => ErrorKind::Unauthenticated,
        Some(400..=499) => ErrorKind::Unavailable,
        Some(_) => ErrorKind::InvalidInput,
        // for example, the relay offers no STARTTLS or no supported way to log in
        None if error.is_client() => ErrorKind::InvalidInput,
        None if error.is_response() && !is_cut_off(error) => ErrorKind::Malformed,
        None if error.is_timeout() => ErrorKind::Timeout,
        None => ErrorKind::Unavailable,
    }
}

/// Returns whether the relay closed the connection, which lettre reports as an incomplete response.
fn is_cut_off(error: &SmtpError) -> bool {
    error.source().is_some_and(|cause| cause.to_string() == "incomplete response")
}

/// Returns the relay's error text without secrets and links.
fn relay_text(error: &SmtpError, secrets: &Secrets) -> String {
    let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        None if is_cut_off(error) => "the relay closed the connection".to_owned(),
        Some(code) => format!("{code} {}", secrets.answer(&words)),
        None => secrets.answer(&words),
    }
}
