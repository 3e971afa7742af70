//! SMTP sessions. The commands are sent one by one, because the outcome of a failure depends on the step: before the
//! message itself nothing was sent. lettre's own transport does not expose the step that failed and has no timeout for
//! responses.

use std::error::Error as StdError;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use findings_core::{Error, ErrorKind, Result};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::replies::{OutOfTurn, Replies};
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
            Ok(Ok(reply)) if reply.has_code(250) => self.keep_idle(connection),
            Ok(Ok(reply)) => {
                return Err(outcome_unknown(to, &format!("the relay answered {} to the message", reply.code())));
            }
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
        connected.unwrap_or_else(|_| Err(self.unreachable(ErrorKind::Timeout, "no answer in time")))
    }

    /// Returns the error for a relay that there is no connection to.
    fn unreachable(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        let relay = format!("{}:{}", self.target.host, self.target.port);
        Error::new(kind, "connect to the SMTP relay").with_subject(relay).with_message(message.into())
    }

    async fn handshake(&self) -> Result<AsyncSmtpConnection> {
        let Target { host, port, encryption, .. } = &self.target;
        let server = (host.as_str(), *port);
        let stream = if matches!(encryption, Encryption::Wrapped(_)) {
            None
        } else {
            let stream = TcpStream::connect(server).await;
            Some(stream.map_err(|e| self.unreachable(ErrorKind::Unavailable, e.to_string()))?)
        };
        let mut connection = self.greet(stream).await.map_err(|e| self.connect_error(&e))?;
        let Some(credentials) = &self.target.credentials else { return Ok(connection) };
        let reply = connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|e| self.connect_error(&e))?;
        if !reply.has_code(235) {
            return Err(self.unreachable(ErrorKind::Malformed, format!("it answered {} to the login", reply.code())));
        }
        Ok(connection)
    }

    /// Reads the greeting, says hello, and encrypts the connection as the target says.
    async fn greet(&self, stream: Option<TcpStream>) -> Result<AsyncSmtpConnection, SmtpError> {
        let Target { host, port, encryption, hello, .. } = &self.target;
        let mut connection = match (stream, encryption) {
            (Some(stream), _) => {
                AsyncSmtpConnection::connect_with_transport(Box::new(Replies::new(stream)), hello).await?
            }
            (None, encryption) => {
                let tls = if let Encryption::Wrapped(tls) = encryption { Some(tls.clone()) } else { None };
                let server = (host.as_str(), *port);
                AsyncSmtpConnection::connect_tokio1(server, Some(COMMAND_TIMEOUT), hello, tls, None).await?
            }
        };
        match encryption {
            Encryption::Required(tls) => connection.starttls(tls.clone(), hello).await?,
            Encryption::Opportunistic(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), hello).await?;
            }
            _ => {}
        }
        Ok(connection)
    }

    fn connect_error(&self, error: &SmtpError) -> Error {
        let text = relay_text(error, &self.target.secrets);
        let advice = match kind_of(error) {
            ErrorKind::Unauthenticated => "; check the user and the password",
            ErrorKind::InvalidInput if error.is_client() && text.contains("STARTTLS") => {
                "; ask for a relay with TLS, or add tls=none to the URL if everybody on the way may read the mails"
            }
            _ if error.is_tls() || text.contains("certificate") => {
                "; check the host name, and if a private authority signed its certificate, add ?ca=FILE to the URL"
            }
            _ => "",
        };
        self.unreachable(kind_of(error), format!("{text}{advice}"))
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
        let replies = [
            ("MAIL", &[250][..], connection.command(MailFrom::new(Some(sender), Vec::new())).await?),
            ("RCPT", &[250, 251], connection.command(Rcpt::new(recipient, Vec::new())).await?),
        ];
        let data = ("DATA", &[354][..], connection.command(Data).await?);
        // lettre takes every reply of 2xx and 3xx for a yes; one in the wrong place belongs to another command
        Ok(replies.into_iter().chain([data]).find(|(_, codes, reply)| !codes.iter().any(|code| reply.has_code(*code))))
    };
    match timeout(COMMAND_TIMEOUT, commands).await {
        Ok(Ok(None)) => Ok(()),
        Ok(Ok(Some((command, _, reply)))) => {
            let message = format!("it answered {} to {command}; nothing was sent", reply.code());
            Err(failure(ErrorKind::Malformed, to, &message))
        }
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

fn kind_of(error: &SmtpError) -> ErrorKind {
    match error.status().map(u16::from) {
        Some(530 | 534 | 535 | 538) => ErrorKind::Unauthenticated,
        Some(400..=499) => ErrorKind::Unavailable,
        Some(_) => ErrorKind::InvalidInput,
        // for example, the relay offers no STARTTLS or no supported way to log in
        None if error.is_client() => ErrorKind::InvalidInput,
        None if error.is_response() && !is_cut_off(error) => ErrorKind::Malformed,
        None if is_out_of_turn(error) => ErrorKind::Malformed,
        None if error.is_timeout() => ErrorKind::Timeout,
        None => ErrorKind::Unavailable,
    }
}

/// Returns whether the peer answered what it was not asked.
fn is_out_of_turn(error: &SmtpError) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.and_then(io::Error::get_ref).is_some_and(<dyn StdError + Send + Sync>::is::<OutOfTurn>)
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
