//! What a child does: it follows the orders on its standard input until that ends, and then ends too.

use super::{
    protocol::{Command, Order, Report},
    span::Span,
};
use crate::{outcome::Outcome, probe::guard, subject::Subject};
use mneme::Store;
use std::{
    collections::BTreeMap,
    io::{BufRead as _, Write as _},
    process::exit,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

/// What the threads of a child share.
struct Child {
    subject: Subject,
    handles: Mutex<BTreeMap<usize, Arc<dyn Store>>>,
}

/// Serves the parent, and ends the process when the parent is gone or has had enough.
pub(super) fn serve(subject: Result<Subject, String>) -> ! {
    let subject = subject.unwrap_or_else(|reason| give_up(reason));
    let child = Arc::new(Child { subject, handles: Mutex::default() });
    let mut threads: BTreeMap<usize, Sender<Order>> = BTreeMap::new();
    say(&Report::Ready);
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let order = Order::read(&line).unwrap_or_else(|reason| give_up(reason));
        let thread = threads.entry(order.thread).or_insert_with(|| {
            let (orders, received) = mpsc::channel();
            let child = Arc::clone(&child);
            thread::spawn(move || child.follow(&received));
            orders
        });
        if thread.send(order).is_err() {
            give_up("a thread of the child has ended".to_owned());
        }
    }
    exit(0)
}

impl Child {
    fn follow(&self, orders: &Receiver<Order>) {
        // The ids that this thread was given, each once.
        let mut given = Vec::new();
        for Order { number, command, .. } in orders {
            say(&Report::Begun(number));
            let (outcome, span) = Span::of(|| self.run(command, &mut given));
            say(&Report::Ended(number, outcome, span));
        }
    }

    fn run(&self, command: Command, given: &mut Vec<u64>) -> Outcome {
        match command {
            Command::Make { handle, site } => {
                let mut made = None;
                let outcome = guard::calling(|| match self.subject.make(&site) {
                    Ok(store) => {
                        made = Some(store);
                        Outcome::Done
                    }
                    Err(error) => Outcome::not_made(error),
                });
                if let Some(made) = made {
                    self.handles.lock().unwrap_or_else(PoisonError::into_inner).insert(handle, made);
                }
                outcome
            }
            Command::Call { handle, op, most } => {
                let handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(store) = handles.get(&handle).cloned() else {
                    return Outcome::NotMade(format!("there is no handle {handle}"));
                };
                drop(handles);
                let op = op.map_ids(|id| id.resolve(given));
                let outcome = guard::calling(|| op.call(&*store, most));
                if let Outcome::Id(id) = outcome
                    && !given.contains(&id)
                {
                    given.push(id);
                }
                outcome
            }
            Command::Drop { handle } => {
                let dropped = self.handles.lock().unwrap_or_else(PoisonError::into_inner).remove(&handle);
                guard::calling(move || {
                    drop(dropped);
                    Outcome::Done
                })
            }
            Command::Restore { snapshot, site } => {
                guard::calling(|| self.subject.restore(&snapshot, &site).into())
            }
            Command::Meet(path) => {
                while !path.exists() {
                    thread::yield_now();
                }
                Outcome::Done
            }
        }
    }
}

/// Writes a report, in a line of its own whatever stands before it.
fn say(report: &Report) {
    let line = format!("\n{}\n", report.to_line());
    let mut out = std::io::stdout().lock();
    // Without a parent that listens there is nothing left to do.
    if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
        exit(1);
    }
}

fn give_up(reason: String) -> ! {
    say(&Report::Refused(reason));
    exit(1)
}
