//! A mail relay that keeps accepted mails.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A recipient and the mail.
type Accepted = (String, Vec<u8>);

/// The relay. Clones share the accepted mails.
#[derive(Clone, Debug)]
pub(crate) struct SmtpSink {
    pub(crate) address: String,
    /// In the order in which they came.
    accepted: Arc<Mutex<Vec<Accepted>>>,
}

impl SmtpSink {
    /// Starts a relay that asks for a login and refuses it with this answer.
    pub(crate) fn refusing(answer: &'static str) -> Self {
        Self::serve(Some(answer))
    }

    pub(crate) fn start() -> Self {
        Self::serve(None)
    }

    fn serve(refusal: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let sink = Self { address: listener.local_addr().unwrap().to_string(), accepted: Arc::default() };
        let ours = sink.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let sink = ours.clone();
                std::thread::spawn(move || sink.talk(client, refusal));
            }
        });
        sink
    }

    /// Returns the number of mails by recipient.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (recipient, _) in &*self.accepted.lock().unwrap() {
            *counts.entry(recipient.clone()).or_default() += 1;
        }
        counts
    }

    /// Returns the mails in the order in which they came.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        self.accepted.lock().unwrap().iter().map(|(_, mail)| mail.clone()).collect()
    }

    /// Serves one client until the connection ends.
    fn talk(&self, client: TcpStream, refusal: Option<&str>) -> Option<()> {
        let mut out = client.try_clone().ok()?;
        let mut lines = BufReader::new(client).lines();
        out.write_all(b"220 sink\r\n").ok()?;
        let mut to = String::new();
        while let Some(Ok(line)) = lines.next() {
            let answer = match line.split([' ', ':']).next()?.to_ascii_uppercase().as_str() {
                "RCPT" => {
                    line.split(['<', '>']).nth(1)?.clone_into(&mut to);
                    "250 ok"
                }
                "DATA" => {
                    out.write_all(b"354 go on\r\n").ok()?;
                    let mut mail = Vec::new();
                    loop {
                        let line = lines.next()?.ok()?;
                        if line == "." {
                            break;
                        }
                        mail.extend_from_slice(line.as_bytes());
                        mail.extend_from_slice(b"\r\n");
                    }
                    // the mail is accepted from here on, whether or not the answer arrives
                    self.accepted.lock().unwrap().push((to.clone(), mail));
                    "250 accepted"
                }
                "QUIT" => "221 bye",
                "EHLO" if refusal.is_some() => "250 AUTH PLAIN",
                "AUTH" => refusal.unwrap_or("235 welcome"),
                _ => "250 ok",
            };
            out.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        }
        None
    }
}
