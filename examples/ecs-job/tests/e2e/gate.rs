//! A way to kill a process between any two of its steps: it talks to the world through gates, which count what it asks.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// When a process is killed: at its question of this number, before it gets through or after it was answered and before the answer comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary {
    pub(crate) question: u32,
    pub(crate) answered: bool,
}

/// What the gates of one process have in common.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    questions: AtomicU32,
    plan: Mutex<Option<Boundary>>,
    victim: Mutex<Option<Child>>,
}

impl Watch {
    /// Starts a process that is killed as planned.
    pub(crate) fn start(&self, plan: Option<Boundary>, spawn: impl FnOnce() -> Child) {
        // held until the process is known: a gate that wants to kill it waits
        let mut victim = self.victim.lock().unwrap();
        self.questions.store(0, Ordering::SeqCst);
        *self.plan.lock().unwrap() = plan;
        *victim = Some(spawn());
    }

    /// Questions so far.
    pub(crate) fn questions(&self) -> u32 {
        self.questions.load(Ordering::SeqCst)
    }

    /// Waits for the process, or what the gates left of it. The lock is not held meanwhile.
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

    /// Whether the process has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.victim.lock().unwrap().as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// SIGKILL: the process can do nothing about it.
    pub(crate) fn kill(&self) {
        if let Some(child) = &mut *self.victim.lock().unwrap() {
            child.kill().unwrap();
            while child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
        }
    }

    fn is_due(&self, question: u32, answered: bool) -> bool {
        *self.plan.lock().unwrap() == Some(Boundary { question, answered })
    }
}

/// A gate to one service; returns the address to be given to the process.
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

/// One connection: HTTP/1.1 and SMTP take turns on it, so that the first bytes after an answer are a question.
struct Line {
    watch: Arc<Watch>,
    asking: AtomicBool,
    question: AtomicU32,
}

impl Line {
    /// False if the process was killed instead.
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
    // both ways: a process that was killed reads and writes nothing more
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
