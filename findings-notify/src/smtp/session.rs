//! The conversation with the relay, in steps, because it matters in which of them it breaks: before the message itself nothing can have been sent.
//! lettre's own transport does not tell the steps apart, and waits for ever for an answer.

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
use crate::message::Mail;
use crate::{Sender, redact};

/// For connecting and greeting, and for each command.
const PATIENCE: Duration = Duration::from_secs(30);
/// For the answer to the message, which a relay gives only after its filters.
const PATIENCE_FOR_MESSAGE: Duration = Duration::from_mins(3);
/// How many connections are kept for the next message.
const IDLE: usize = 4;

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

    /// Connects and says goodbye.
    pub(super) async fn probe(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        // the relay has answered; how it takes the goodbye does not matter
        let _ = timeout(PATIENCE, connection.quit()).await;
        Ok(())
    }

    /// Hands over one message to one recipient.
    pub(super) async fn send(&self, from: &Sender, mail: &Mail) -> Result<()> {
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let to = mail.to.as_str();
        announce(&mut connection, from, to).await?;
        match timeout(PATIENCE_FOR_MESSAGE, connection.message(&mail.raw)).await {
            Ok(Ok(_)) => self.keep(connection),
            Ok(Err(e)) if e.status().is_some() => return Err(declined(&e, to)),
            Ok(Err(_)) => return Err(unknown(to, "the connection broke before the relay answered")),
            Err(_) => return Err(unknown(to, "the relay did not answer in time")),
        }
        Ok(())
    }

    /// A connection of an earlier message, if it still stands.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        let stands = timeout(PATIENCE, connection.test_connected()).await;
        stands.unwrap_or(false).then_some(connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection> {
        let connected = timeout(PATIENCE, self.greet()).await;
        let relay = format!("{}:{}", self.target.host, self.target.port);
        match connected {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(e)) => Err(unconnected(&e, relay)),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "connect to the SMTP relay")
                .with_subject(relay)
                .with_message("no answer in time")),
        }
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let Target { host, port, encryption, credentials, hello } = &self.target;
        let wrapped = match encryption {
            Encryption::Wrapped(tls) => Some(tls.clone()),
            _ => None,
        };
        let server = (host.as_str(), *port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), hello, wrapped, None).await?;
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

/// Everything before the message.
async fn announce(connection: &mut AsyncSmtpConnection, from: &Sender, to: &str) -> Result<()> {
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
    match timeout(PATIENCE, commands).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => Err(declined(&e, to)),
        Err(_) => Err(failure(ErrorKind::Timeout, to, "no answer in time; nothing was sent")),
    }
}

/// The relay said no, or the connection broke while nothing was sent.
fn declined(error: &SmtpError, to: &str) -> Error {
    failure(kind_of(error), to, &said(error))
}

fn unknown(to: &str, what: &str) -> Error {
    failure(ErrorKind::OutcomeUnknown, to, &format!("{what}; it is unknown whether the mail was sent"))
}

fn failure(kind: ErrorKind, to: &str, message: &str) -> Error {
    Error::new(kind, "send the mail through the SMTP relay").with_subject(to).with_message(message.to_owned())
}

fn unconnected(error: &SmtpError, relay: String) -> Error {
    let advice = match kind_of(error) {
        ErrorKind::Unauthenticated => "; check the user and the password",
        _ if error.is_tls() || said(error).contains("certificate") => {
            "; check the host name, and if a private authority signed its certificate, add ?ca=FILE to the URL"
        }
        _ => "",
    };
    let message = format!("{}{advice}", said(error));
    Error::new(kind_of(error), "connect to the SMTP relay").with_subject(relay).with_message(message)
}

fn kind_of(error: &SmtpError) -> ErrorKind {
    match error.status().map(u16::from) {
        Some(530 | 534 | 535 | 538) => ErrorKind::Unauthenticated,
        Some(400..=499) => ErrorKind::Unavailable,
        Some(_) => ErrorKind::InvalidInput,
        // such as a relay that offers neither STARTTLS nor a way to log in
        None if error.is_client() => ErrorKind::InvalidInput,
        None if error.is_response() && !is_cut_off(error) => ErrorKind::Malformed,
        None if error.is_timeout() => ErrorKind::Timeout,
        None => ErrorKind::Unavailable,
    }
}

/// lettre reads a closed connection as an answer that lacks its end.
fn is_cut_off(error: &SmtpError) -> bool {
    error.source().is_some_and(|cause| cause.to_string() == "incomplete response")
}

/// The relay's own words. Content filters quote the links they dislike.
fn said(error: &SmtpError) -> String {
    let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        None if is_cut_off(error) => "the relay closed the connection".to_owned(),
        Some(code) => format!("{code} {}", redact::answer(&words)),
        None => redact::answer(&words),
    }
}
