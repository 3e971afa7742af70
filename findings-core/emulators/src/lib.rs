#![doc = include_str!("../README.md")]

use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

mod http;

pub use http::{HttpAnswer, http_get, http_put, percent_decoded};

/// Access key ID and secret access key that an [`Emulator`] accepts.
pub const CREDENTIALS: (&str, &str) = ("test", "test");

/// Environment variable with the folder of the Python environment, if it is not `.venv` in the workspace.
const VENV: &str = "FINDINGS_TEST_VENV";
const START_TIMEOUT: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Python program that runs a module and ends it, with all its child processes, when its standard input is closed. That
/// happens even if the test process crashes.
const LAUNCHER: &str = "
import os, runpy, signal, sys, threading
os.setsid()
def watch():
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)
";

/// The available emulators. The versions are pinned in `.ci/requirements.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmulatorKind {
    /// ministack, which emulates S3, DynamoDB, SES, STS and other services.
    ///
    /// * S3 verifies checksums, and the signature and expiry of presigned links. It accepts unsigned requests and does
    ///   not verify signatures in headers.
    /// * It accepts only session tokens of its own STS.
    /// * SES requires verified identities. Sent mails are listed at `/_ministack/ses/messages`, without headers and
    ///   attachments.
    Ministack,
    /// moto, whose SES lists the complete raw mails at `/moto-api/data.json`.
    Moto,
}

impl EmulatorKind {
    fn module(self) -> &'static str {
        match self {
            Self::Ministack => "ministack",
            Self::Moto => "moto.server",
        }
    }

    /// Returns a path that the emulator answers once it is ready.
    fn health(self) -> &'static str {
        match self {
            Self::Ministack => "/_ministack/health",
            Self::Moto => "/moto-api/",
        }
    }

    fn configure(self, command: &mut Command, port: u16) {
        let port = port.to_string();
        match self {
            Self::Ministack => {
                command.env("BIND_HOST", "127.0.0.1").env("MINISTACK_HOST", "127.0.0.1").env("GATEWAY_PORT", port);
            }
            Self::Moto => {
                command.args(["-H", "127.0.0.1", "-p", &port]);
            }
        }
    }
}

/// A running emulator. Dropping it stops the process.
#[derive(Debug)]
pub struct Emulator {
    kind: EmulatorKind,
    endpoint: String,
    child: Child,
}

impl Emulator {
    /// Starts a separate emulator.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the Python environment is missing, [`TimedOut`](ErrorKind::TimedOut) if the
    /// emulator does not answer within a minute, and [`Other`](ErrorKind::Other), with its output, if it exits.
    pub fn start(kind: EmulatorKind) -> io::Result<Self> {
        let python = python()?;
        let port = free_port().map_err(|e| failed(e.kind(), format!("there is no free port: {e}")))?;
        let log = std::env::temp_dir().join(format!("findings-emulator-{}-{port}.log", std::process::id()));
        let started = Self::spawn(kind, &python, port, &log).and_then(|mut emulator| {
            emulator.wait_until_ready(&log)?;
            Ok(emulator)
        });
        // the error contains the output already, and a running emulator can write to the unlinked file
        let _ = std::fs::remove_file(&log);
        started
    }

    /// Returns the emulator that all tests of this process share. Each test creates its own buckets and tables, with
    /// names from [`unique`](Self::unique).
    ///
    /// # Errors
    /// Those of [`start`](Self::start). If the start failed, every call returns that error.
    pub fn shared(kind: EmulatorKind) -> io::Result<&'static Self> {
        static MINISTACK: OnceLock<io::Result<Emulator>> = OnceLock::new();
        static MOTO: OnceLock<io::Result<Emulator>> = OnceLock::new();
        let cell = match kind {
            EmulatorKind::Ministack => &MINISTACK,
            EmulatorKind::Moto => &MOTO,
        };
        let started = cell.get_or_init(|| Self::start(kind));
        started.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }

    /// Returns the URL for `AWS_ENDPOINT_URL` and clients: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns a name for a bucket or table that is unique in this process: `stem-PROCESS-NUMBER`.
    pub fn unique(&self, stem: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        format!("{stem}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn spawn(kind: EmulatorKind, python: &Path, port: u16, log: &Path) -> io::Result<Self> {
        let output = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = output.map_err(|e| failed(e.kind(), format!("its log cannot be written: {e}")))?;
        let mut command = Command::new(python);
        command.args(["-c", LAUNCHER, kind.module()]);
        kind.configure(&mut command, port);
        // the emulators are AWS clients, too: settings for the real AWS must not reach them
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.env("AWS_ACCESS_KEY_ID", CREDENTIALS.0).env("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1);
        command.stdin(Stdio::piped()).stdout(out).stderr(err);
        let child = command.spawn().map_err(|e| failed(e.kind(), format!("Python cannot be started: {e}")))?;
        Ok(Self { kind, endpoint: format!("http://127.0.0.1:{port}"), child })
    }

    fn wait_until_ready(&mut self, log: &Path) -> io::Result<()> {
        let end = Instant::now() + START_TIMEOUT;
        let health = format!("{}{}", self.endpoint, self.kind.health());
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(failed(ErrorKind::Other, format!("it ended with {status}: {}", last_lines(log))));
            }
            if http::get(&health).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        let message = format!("it did not answer within {} s: {}", START_TIMEOUT.as_secs(), last_lines(log));
        Err(failed(ErrorKind::TimedOut, message))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // closing the input makes the launcher end the process group; killing the launcher first would leave the group
        // running
        drop(self.child.stdin.take());
        for _ in 0..40 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed(kind: ErrorKind, why: impl Display) -> io::Error {
    io::Error::new(kind, format!("failed to start an emulator: {why}"))
}

/// Returns the path of the Python interpreter.
fn python() -> io::Result<PathBuf> {
    let workspace = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv");
    let folder = std::env::var_os(VENV).map_or_else(workspace, PathBuf::from);
    let python = folder.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    let folder = folder.display();
    let why = format!("there is no Python environment in {folder}; run .ci/test, which makes it, or set {VENV}");
    Err(failed(ErrorKind::NotFound, why))
}

fn free_port() -> io::Result<u16> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.local_addr().map(|address| address.port())
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "needs the emulators: .ci/test"]
    fn dropped_emulator_stops() {
        for kind in [EmulatorKind::Ministack, EmulatorKind::Moto] {
            let emulator = Emulator::start(kind).unwrap();
            let health = format!("{}{}", emulator.endpoint(), kind.health());
            assert_eq!(http::get(&health).unwrap().status, 200);
            drop(emulator);
            assert!(http::get(&health).is_err());
        }
    }

    #[test]
    fn start_error_contains_output() {
        let log = std::env::temp_dir().join(format!("findings-emulator-test-{}", std::process::id()));
        std::fs::write(&log, (1..=20).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat()).unwrap();
        assert!(last_lines(&log).starts_with("line 13 | ") && last_lines(&log).ends_with("line 20"));
        std::fs::remove_file(&log).unwrap();
        assert_eq!(last_lines(&log), "");
    }
}
