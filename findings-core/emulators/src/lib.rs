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

pub use http::{HttpAnswer, http_get};

/// Access key ID and secret that an [`Emulator`] accepts.
pub const CREDENTIALS: (&str, &str) = ("test", "test");

/// Folder of the Python environment, if it is not `.venv` in the workspace.
const VENV: &str = "FINDINGS_TEST_VENV";
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(50);

/// Runs a module, and ends with everything it has started as soon as its input is closed: that happens however the test
/// process ends.
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

/// Which emulator. The versions are pinned in `.ci/requirements.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmulatorKind {
    /// ministack: S3, DynamoDB, SES, STS and more in one.
    ///
    /// * S3 verifies checksums, and the signature and expiry of presigned links. It serves requests without any
    ///   signature, and does not verify those in headers.
    /// * Session tokens are only accepted if its own STS made them.
    /// * SES wants verified identities; sent mails are at `/_ministack/ses/messages`, without their headers and
    ///   attachments.
    Ministack,
    /// moto: SES with whole raw mails, at `/moto-api/data.json`.
    Moto,
}

impl EmulatorKind {
    fn module(self) -> &'static str {
        match self {
            Self::Ministack => "ministack",
            Self::Moto => "moto.server",
        }
    }

    /// A path that is answered once the emulator is ready.
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

/// A running emulator; dropping it ends it.
#[derive(Debug)]
pub struct Emulator {
    kind: EmulatorKind,
    endpoint: String,
    child: Child,
}

impl Emulator {
    /// Starts an emulator of one's own.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the Python environment is missing, [`TimedOut`](ErrorKind::TimedOut) if the
    /// emulator never answers, and [`Other`](ErrorKind::Other), with what it printed, if it ends instead.
    pub fn start(kind: EmulatorKind) -> io::Result<Self> {
        let python = python()?;
        let port = free_port().map_err(|e| failed(e.kind(), format!("there is no free port: {e}")))?;
        let log = std::env::temp_dir().join(format!("findings-emulator-{}-{port}.log", std::process::id()));
        let started = Self::spawn(kind, &python, port, &log).and_then(|mut emulator| {
            emulator.wait_until_ready(&log)?;
            Ok(emulator)
        });
        // its last words stand in the error by now, and a running one keeps writing into the file without a name
        let _ = std::fs::remove_file(&log);
        started
    }

    /// The emulator that all tests of this process share. Each makes its own buckets and tables, see
    /// [`unique`](Self::unique).
    ///
    /// # Errors
    /// As [`start`](Self::start), to each who asks.
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

    /// URL for `AWS_ENDPOINT_URL` and clients: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A name for a bucket or table that nobody else in this process uses: `stem-PROCESS-NUMBER`.
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
        // the emulators are AWS clients themselves: what is set for the real AWS must not reach them
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
        let end = Instant::now() + PATIENCE;
        let health = format!("{}{}", self.endpoint, self.kind.health());
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(failed(ErrorKind::Other, format!("it ended with {status}: {}", last_lines(log))));
            }
            if http::get(&health).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        let message = format!("it did not answer within {} s: {}", PATIENCE.as_secs(), last_lines(log));
        Err(failed(ErrorKind::TimedOut, message))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // the launcher ends the whole group when its input is closed; killing it first would leave the group behind
        drop(self.child.stdin.take());
        for _ in 0..40 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed(kind: ErrorKind, why: impl Display) -> io::Error {
    io::Error::new(kind, format!("failed to start an emulator: {why}"))
}

/// The interpreter of the Python environment.
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
    fn emulators_answer_and_end_when_dropped() {
        for kind in [EmulatorKind::Ministack, EmulatorKind::Moto] {
            let emulator = Emulator::start(kind).unwrap();
            let health = format!("{}{}", emulator.endpoint(), kind.health());
            assert_eq!(http::get(&health).unwrap().status, 200);
            drop(emulator);
            assert!(http::get(&health).is_err());
        }
    }

    #[test]
    fn what_a_failed_start_printed_is_told() {
        let log = std::env::temp_dir().join(format!("findings-emulator-test-{}", std::process::id()));
        std::fs::write(&log, (1..=20).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat()).unwrap();
        assert!(last_lines(&log).starts_with("line 13 | ") && last_lines(&log).ends_with("line 20"));
        std::fs::remove_file(&log).unwrap();
        assert_eq!(last_lines(&log), "");
    }
}
