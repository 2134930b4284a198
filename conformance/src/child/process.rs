//! A child as its parent has it.

use super::{
    protocol::{Command, Order, Report},
    span::Span,
};
use crate::{outcome::Outcome, probe::gate};
use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Write as _},
    process::{self, Child, ChildStdin, ChildStdout, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

/// A child process. It is killed and reaped when the last of its owners is gone.
pub(crate) struct Process {
    child: Mutex<Child>,
    /// Whether it was ended from here.
    killed: AtomicBool,
    orders: Mutex<Orders>,
    heard: Mutex<Receiver<Heard>>,
    nonsense: Mutex<Option<String>>,
}

struct Orders {
    /// None once the child has been told that there are no more.
    to: Option<ChildStdin>,
    next: u64,
}

/// What is heard of a child.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    /// It begins to follow an order.
    Begun(u64),
    /// It has followed an order, for so long.
    Ended(u64, Outcome, Span),
    /// It said what cannot be understood, or what makes no sense.
    Nonsense(String),
    /// It is gone, and has said all that it will.
    Gone,
}

/// How many of the last lines that are not for the harness are kept, to say what a child did instead.
const KEPT: usize = 3;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// Starts a child, and waits until it listens.
    pub(super) fn start(command: process::Command, patience: Duration) -> Result<Arc<Self>, String> {
        // The program's first word is the sign that it runs: the start itself is over before the files are closed that the
        // new process has of this one.
        gate::starting(|| Self::start_and_hear(command, patience))
    }

    fn start_and_hear(mut command: process::Command, patience: Duration) -> Result<Arc<Self>, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child =
            command.spawn().map_err(|error| format!("no child process could be started: {error}"))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        // From here on the guard ends it, on every way out.
        let (say, heard) = mpsc::channel();
        let process = Self {
            child: Mutex::new(child),
            killed: AtomicBool::new(false),
            orders: Mutex::new(Orders { to: None, next: 0 }),
            heard: Mutex::new(heard),
            nonsense: Mutex::default(),
        };
        let (to, from) = pipes.ok_or("a child process was started without pipes")?;
        lock(&process.orders).to = Some(to);
        let (ready, is_ready) = mpsc::channel();
        thread::Builder::new()
            .name("reports of a child".to_owned())
            .spawn(move || listen(from, &ready, &say))
            .map_err(|error| format!("no thread could be started: {error}"))?;
        match is_ready.recv_timeout(patience) {
            Ok(Ok(())) => Ok(Arc::new(process)),
            Ok(Err(instead)) => Err(format!("the child process cannot be used: {instead}")),
            Err(_) => Err(format!("the child process did not answer within {patience:?}")),
        }
    }

    /// The number that the operating system knows it by.
    pub(crate) fn id(&self) -> u32 {
        lock(&self.child).id()
    }

    /// Sends an order to one of the child's threads, and answers its number.
    ///
    /// A child that is gone takes no orders; what it said last tells of it.
    pub(crate) fn order(&self, thread: usize, command: Command) -> u64 {
        let mut orders = lock(&self.orders);
        let number = orders.next;
        orders.next += 1;
        let line = Order { number, thread, command }.to_line() + "\n";
        if let Some(to) = &mut orders.to {
            let _ = to.write_all(line.as_bytes());
        }
        number
    }

    /// What the child says next; waits for it.
    pub(crate) fn hear(&self) -> Heard {
        lock(&self.heard).recv().unwrap_or(Heard::Gone)
    }

    /// Orders something and waits until it is done. The child has nothing else to do meanwhile.
    pub(crate) fn ask(&self, command: Command) -> Result<Outcome, Heard> {
        let number = self.order(0, command);
        match self.hear() {
            Heard::Begun(begun) if begun == number => {}
            other => return Err(other.unexpected()),
        }
        match self.hear() {
            Heard::Ended(ended, outcome, _) if ended == number => Ok(outcome),
            other => Err(other.unexpected()),
        }
    }

    /// Kills the child where it stands, and waits until it is gone.
    pub(crate) fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        let mut child = lock(&self.child);
        // One that has ended already is as good.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Whether it was ended from here, and not by what it did.
    pub(crate) fn was_killed(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// What is left to be heard of a child that was killed.
    pub(crate) fn last_words(&self, patience: Duration) -> Vec<Heard> {
        let heard = lock(&self.heard);
        let mut words = Vec::new();
        loop {
            match heard.recv_timeout(patience) {
                Ok(word) => words.push(word),
                // What a child left behind may hold its pipe; nothing of it is for the harness.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return words,
            }
        }
    }

    /// How the child ended, whose output has.
    pub(crate) fn ending(&self) -> String {
        let mut child = lock(&self.child);
        // What has ended already ends as it did, and what goes on with its output closed is of no more use.
        let _ = child.kill();
        match child.wait() {
            Ok(status) => format!("the process ended: {status}"),
            Err(error) => format!("the process is lost: {error}"),
        }
    }

    /// Notes that the child talks nonsense: nothing that it says tells of the store.
    pub(crate) fn note_nonsense(&self, reason: String) {
        lock(&self.nonsense).get_or_insert(reason);
    }

    /// The nonsense that the child has talked, if it has.
    pub(crate) fn nonsense(&self) -> Option<String> {
        lock(&self.nonsense).clone()
    }
}

impl Heard {
    fn unexpected(self) -> Self {
        match self {
            Self::Begun(number) | Self::Ended(number, ..) => {
                Self::Nonsense(format!("the child process speaks of order {number} out of turn"))
            }
            other => other,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads what a child writes until its end.
fn listen(from: ChildStdout, ready: &Sender<Result<(), String>>, say: &Sender<Heard>) {
    let mut others: VecDeque<String> = VecDeque::new();
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            // A line that has no end was cut by the child's.
            Ok(read) if read > 0 && line.ends_with(b"\n") => {}
            _ => break,
        }
        let text = String::from_utf8_lossy(&line);
        let heard = match Report::read(text.trim_end_matches('\n')) {
            None if text.trim().is_empty() => continue,
            None => {
                others.push_back(text.trim().to_owned());
                if others.len() > KEPT {
                    others.pop_front();
                }
                continue;
            }
            Some(Ok(Report::Ready)) => {
                let _ = ready.send(Ok(()));
                continue;
            }
            Some(Ok(Report::Begun(number))) => Heard::Begun(number),
            Some(Ok(Report::Ended(number, outcome, span))) => Heard::Ended(number, outcome, span),
            Some(Ok(Report::Refused(reason))) => {
                let _ = ready.send(Err(reason.clone()));
                Heard::Nonsense(reason)
            }
            Some(Err(reason)) => Heard::Nonsense(format!("the child process says nonsense: {reason}")),
        };
        if say.send(heard).is_err() {
            return;
        }
    }
    let wrote = Vec::from(others).join(" / ");
    let _ = ready.send(Err(format!("it ended before it answered, and wrote {wrote:?}")));
    let _ = say.send(Heard::Gone);
}
