//! Kills a process between any two of its steps. The process reaches its services through gates, which are proxies that
//! count requests.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// When to kill a process: at the request of this number, either before the gate forwards it, or after the service has
/// answered and before the process gets the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary {
    pub(crate) question: u32,
    pub(crate) answered: bool,
}

/// The state that the gates of one process share.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    questions: AtomicU32,
    plan: Mutex<Option<Boundary>>,
    victim: Mutex<Option<Child>>,
}

impl Watch {
    /// Starts a process that is killed at the planned boundary.
    pub(crate) fn start(&self, plan: Option<Boundary>, spawn: impl FnOnce() -> Child) {
        // the lock is held until the process is stored: a gate that must kill it waits for the lock
        let mut victim = self.victim.lock().unwrap();
        self.questions.store(0, Ordering::SeqCst);
        *self.plan.lock().unwrap() = plan;
        *victim = Some(spawn());
    }

    /// Returns the number of requests so far.
    pub(crate) fn questions(&self) -> u32 {
        self.questions.load(Ordering::SeqCst)
    }

    /// Waits until the process has ended by itself or was killed. Does not hold the lock meanwhile, because the gates
    /// need it.
    pub(crate) fn wait(&self) -> std::process::Output {
        loop {
            let mut victim = self.victim.lock().unwrap();
            if victim.as_mut().unwrap().try_wait().unwrap().is_some() {
                return victim.take().unwrap().wait_with_output().unwrap();
            }
            drop(victim);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Returns whether the process has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.victim.lock().unwrap().as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Sends SIGKILL, which the process cannot handle.
    pub(crate) fn kill(&self) {
        if let Some(child) = &mut *self.victim.lock().unwrap() {
            child.kill().unwrap();
            while child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
        }
    }

    /// Sends SIGTERM, after which the process stops in good order.
    pub(crate) fn terminate(&self) {
        if let Some(child) = &mut *self.victim.lock().unwrap()
            && child.try_wait().unwrap().is_none()
        {
            // the standard library sends no other signal than SIGKILL
            let id = child.id().to_string();
            assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        }
    }

    fn is_due(&self, question: u32, answered: bool) -> bool {
        *self.plan.lock().unwrap() == Some(Boundary { question, answered })
    }
}

/// Opens a gate to one service and returns the gate's address.
pub(crate) fn open(watch: &Arc<Watch>, service: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let watch = watch.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&service) else { return };
            let line =
                Arc::new(Line { watch: watch.clone(), asking: AtomicBool::new(false), question: AtomicU32::new(0) });
            let (from, to, up) = (client.try_clone().unwrap(), server.try_clone().unwrap(), line.clone());
            std::thread::spawn(move || pump(from, to, || up.ask()));
            std::thread::spawn(move || pump(server, client, || line.answer()));
        }
    });
    address
}

/// One connection. Requests and answers of HTTP/1.1 and SMTP alternate, so the first bytes after an answer begin a
/// request.
struct Line {
    watch: Arc<Watch>,
    asking: AtomicBool,
    question: AtomicU32,
}

impl Line {
    /// Counts a request; returns false if the process was killed.
    fn ask(&self) -> bool {
        if !self.asking.swap(true, Ordering::SeqCst) {
            let question = self.watch.questions.fetch_add(1, Ordering::SeqCst);
            self.question.store(question, Ordering::SeqCst);
            if self.watch.is_due(question, false) {
                self.watch.kill();
                return false;
            }
        }
        true
    }

    fn answer(&self) -> bool {
        if self.asking.swap(false, Ordering::SeqCst) && self.watch.is_due(self.question.load(Ordering::SeqCst), true) {
            self.watch.kill();
            return false;
        }
        true
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, may_pass: impl Fn() -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if !may_pass() || to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    // closes both directions: a killed process neither reads nor writes
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
