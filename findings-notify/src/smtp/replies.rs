//! A connection that is not encrypted yet, as lettre reads it: one line at a time, and each reply only in its turn.
//!
//! lettre 0.11 keeps what it has read beyond a reply, across the handshake of STARTTLS, and takes any reply of the groups
//! 2xx and 3xx for a yes. Somebody on the way could therefore send the answers to all later commands in advance, and a
//! mail that no relay ever got would count as sent. Here nothing is left over that lettre could keep: what the peer sends
//! before it is asked is an error.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

/// The relay did not keep to the order of commands and replies.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutOfTurn {
    /// It sent more than the reply that it was asked for.
    #[error("the relay, or somebody on the way to it, answered before it was asked")]
    Early,
    /// It agreed with a reply that does not belong to the command.
    #[error("the relay, or somebody on the way to it, gave an answer that does not belong to the command")]
    Wrong,
}

/// The stream. With STARTTLS it passes everything on unchanged once the handshake begins.
#[derive(Debug)]
pub(super) struct Replies {
    stream: BufReader<TcpStream>,
    phase: Phase,
    /// The start of the line that is being read.
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    /// After EHLO.
    Hello,
    /// After STARTTLS.
    StartTls,
    /// After any other command, whose reply the session checks.
    Other,
    /// The handshake has begun.
    Encrypted,
}

impl Replies {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream), phase: Phase::Greeting, line: Vec::new() }
    }

    /// Takes note of bytes that are handed out, and checks a reply when it is complete.
    fn note(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.line.extend_from_slice(bytes);
        if !self.line.ends_with(b"\n") {
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        // "250-" begins or continues a reply, "250 " ends it
        if line.get(3) == Some(&b'-') {
            return Ok(());
        }
        let is_yes = matches!(line.first(), Some(b'2' | b'3'));
        let wanted: &[u8] = match self.phase {
            Phase::Greeting | Phase::StartTls => b"220",
            Phase::Hello => b"250",
            Phase::Other | Phase::Encrypted => return Ok(()),
        };
        match (line.starts_with(wanted), self.phase) {
            (false, _) if is_yes => Err(io::Error::new(io::ErrorKind::InvalidData, OutOfTurn::Wrong)),
            (true, Phase::StartTls) => {
                self.phase = Phase::Encrypted;
                self.nothing_is_left()
            }
            _ => Ok(()),
        }
    }

    fn nothing_is_left(&self) -> io::Result<()> {
        if self.stream.buffer().is_empty() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, OutOfTurn::Early))
    }
}

impl AsyncRead for Replies {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.phase == Phase::Encrypted {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let available = ready!(Pin::new(&mut this.stream).poll_fill_buf(cx))?;
        let line = available.iter().position(|byte| *byte == b'\n').map_or(available.len(), |at| at + 1);
        let part = available[..line.min(buf.remaining())].to_vec();
        buf.put_slice(&part);
        Pin::new(&mut this.stream).consume(part.len());
        Poll::Ready(this.note(&part))
    }
}

impl AsyncWrite for Replies {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.phase != Phase::Encrypted {
            this.nothing_is_left()?;
            // lettre writes a command at once
            this.phase = match buf {
                command if command.starts_with(b"EHLO ") => Phase::Hello,
                b"STARTTLS\r\n" => Phase::StartTls,
                _ => Phase::Other,
            };
        }
        Pin::new(&mut this.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Replies {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().peer_addr()
    }
}
