//! Runs a scenario on a thread of its own, and stops waiting for it when a call never returns.

use super::{Finding, Probe, Verdict};
use crate::{
    blame,
    model::Manner,
    race::AtWork,
    settings::{self, Settings},
    subject::Subject,
    trace::{Record, Trace},
};
use std::{
    fmt,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a call may take, in one run of a battery.
///
/// A store that hangs everywhere would cost the deadline for each clause. So after two hangs the others get a tenth, and
/// after ten a hundredth, but no less than what a busy machine may need to come back to a thread.
#[derive(Debug)]
pub(crate) struct Deadline {
    whole: Duration,
    hangs: AtomicUsize,
}

/// From how many hangs on which part of the deadline is in force, the last that applies.
const PARTS: [(usize, u32); 3] = [(0, 1), (2, 10), (10, 100)];

/// What is always left of a deadline, unless less was set.
const LEAST: Duration = Duration::from_millis(50);

impl Deadline {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { whole: settings.deadline(), hangs: AtomicUsize::new(0) }
    }

    /// What is left of the deadline where calls hung, if they did.
    pub(crate) fn shortened(&self) -> Option<Duration> {
        Some(self.in_force()).filter(|limit| limit.shortened).map(|limit| limit.time)
    }

    fn in_force(&self) -> Limit {
        let hangs = self.hangs.load(Ordering::Relaxed);
        let part = PARTS.iter().rev().find(|(from, _)| *from <= hangs).map_or(1, |(_, part)| *part);
        Limit { time: (self.whole / part).max(LEAST).min(self.whole), shortened: part > 1 }
    }
}

/// How long a call may take now.
#[derive(Clone, Copy)]
struct Limit {
    time: Duration,
    /// Whether it is a part of what was set.
    shortened: bool,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, shortened } = self;
        let part = if *shortened { ", a part of the deadline as calls hung before" } else { "" };
        write!(f, "an answer within {time:?}{part} (set {} to allow more seconds)", settings::DEADLINE)
    }
}

/// Runs a scenario, and answers what it found and what was done. The name is for people who see its thread.
///
/// # Panics
///
/// When the scenario itself does, which is a mistake of this crate.
pub(crate) fn examine(
    subject: &Arc<Subject>,
    name: &str,
    scenario: Box<dyn FnOnce(&mut Probe) -> Verdict + Send>,
    settings: &Settings,
    deadline: &Deadline,
) -> (Finding, Trace) {
    let _at_work = AtWork::begin();
    let record = Arc::new(Record::default());
    let probe = Probe::new(Arc::clone(subject), name, settings.clone(), Arc::clone(&record));
    let found = Arc::clone(&probe.finding);
    let children = probe.children.clone();
    let (report, reports) = mpsc::channel();
    let worker = thread::Builder::new().name(name.to_owned());
    let worker = worker.spawn(move || {
        let mut probe = probe;
        let verdict = scenario(&mut probe);
        let finding = probe.finish(&verdict);
        // Nobody listens any more where the deadline has passed meanwhile.
        let _ = report.send(finding);
    });
    let worker = match worker {
        Ok(worker) => worker,
        Err(error) => {
            return (Finding::NotChecked(format!("no thread could be started: {error}")), Trace::default());
        }
    };

    let limit = deadline.in_force();
    let mut last: Vec<(u64, Instant)> = Vec::new();
    loop {
        match reports.recv_timeout(limit.time / 8) {
            Ok(finding) => return (finding, record.take()),
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("a worker reports before it ends"),
            },
            Err(RecvTimeoutError::Timeout) => {
                let now = Instant::now();
                let beats = record.beats();
                last.resize_with(beats.len().max(last.len()), || (u64::MAX, now));
                let mut hangs = false;
                for (beat, last) in beats.into_iter().zip(&mut last) {
                    if beat != last.0 {
                        *last = (beat, now);
                    }
                    hangs |= !beat.is_multiple_of(2) && now - last.1 >= limit.time;
                }
                if hangs {
                    deadline.hangs.fetch_add(1, Ordering::Relaxed);
                    // A worker that waits for a child comes back when the child is gone.
                    children.end();
                    // Where a finding is there already, what hangs is in its wake, such as the drop of the handle.
                    let before = found.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let picture = record.abandon();
                    let finding = before.unwrap_or_else(|| {
                        let clauses = match picture {
                            Some(picture) => {
                                record.picture(picture);
                                blame::hang_beside_others()
                            }
                            None => blame::hang(&record.rows(), subject.claims()),
                        };
                        let expected = limit.to_string();
                        Finding::Violated { clauses, expected, manner: Manner::HANG, further: false }
                    });
                    return (finding, record.trace());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::contract;

    #[test]
    fn a_store_that_hangs_in_every_check_costs_a_few_deadlines() {
        let deadline = Deadline::new(&Settings::default());
        let checks = contract().clauses().count();
        let all: Duration = (0..checks)
            .map(|_| {
                let limit = deadline.in_force();
                deadline.hangs.fetch_add(1, Ordering::Relaxed);
                limit.time
            })
            .sum();
        assert!(all < Settings::default().deadline() * 5, "{all:?}");
    }

    #[test]
    fn a_deadline_is_cut_only_after_hangs_and_never_to_nothing() {
        let left = |whole: u64, hangs| {
            let settings = Settings::default().with_deadline(Duration::from_millis(whole));
            let deadline = Deadline::new(&settings);
            deadline.hangs.store(hangs, Ordering::Relaxed);
            (deadline.in_force().time.as_millis(), deadline.shortened().is_some())
        };
        assert_eq!(left(10_000, 1), (10_000, false));
        assert_eq!(left(10_000, 2), (1_000, true));
        assert_eq!(left(10_000, 10), (100, true));
        assert_eq!(left(400, 99), (50, true));
        assert_eq!(left(20, 99), (20, true));
    }
}
