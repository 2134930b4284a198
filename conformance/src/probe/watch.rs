//! Runs a scenario on a thread of its own, and stops waiting for it when a call never returns.

use super::{Finding, Probe, Verdict};
use crate::{
    blame,
    settings::{self, Settings},
    subject::Subject,
    trace::{Record, Trace},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a call may take, in one run of a battery.
///
/// A store that hangs everywhere would cost the deadline for each clause: after two hangs the rest gets a tenth.
#[derive(Debug)]
pub(crate) struct Deadline {
    whole: Duration,
    hangs: AtomicUsize,
}

const PATIENT_HANGS: usize = 2;

impl Deadline {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { whole: settings.deadline(), hangs: AtomicUsize::new(0) }
    }

    pub(crate) fn in_force(&self) -> Duration {
        if self.hangs.load(Ordering::Relaxed) < PATIENT_HANGS { self.whole } else { self.whole / 10 }
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
    let record = Arc::new(Record::default());
    let probe = Probe::new(Arc::clone(subject), name, settings.clone(), Arc::clone(&record));
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
    let mut last = (record.beat(), Instant::now());
    loop {
        match reports.recv_timeout(limit / 8) {
            Ok(finding) => return (finding, record.trace()),
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("a worker reports before it ends"),
            },
            Err(RecvTimeoutError::Timeout) => {
                let beat = record.beat();
                if beat != last.0 {
                    last = (beat, Instant::now());
                } else if !beat.is_multiple_of(2) && last.1.elapsed() >= limit {
                    deadline.hangs.fetch_add(1, Ordering::Relaxed);
                    let trace = record.trace();
                    let expected = format!(
                        "an answer within {limit:?} (set {} to allow more seconds)",
                        settings::DEADLINE
                    );
                    return (
                        Finding::Violated { clauses: blame::hang(trace.rows(), subject.claims()), expected },
                        trace,
                    );
                }
            }
        }
    }
}
