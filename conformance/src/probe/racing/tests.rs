use super::*;
use crate::{
    race::{Judged, Kind, draw, judge},
    settings::Settings,
    subject::Subject,
};
use std::time::Instant;

// The figure is of this machine, so nothing is asked of it: `.ci/run bench-races` prints it.
#[test]
#[ignore = "it measures, and needs the machine for itself"]
#[allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "it prints figures")]
fn calls_recorded_and_checked_in_a_second() {
    for kind in [Kind::Single, Kind::WholeReads, Kind::WholeWrites] {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let mut probe = Probe::unwatched(subject, Settings::default());
        let crew = Crew::start(THREADS, "a bench").expect("threads");
        let plan =
            Plan { overlapping: usize::MAX, shows_in: 1, calls: usize::MAX, time: Duration::from_secs(5) };
        let start = Instant::now();
        let right: Judge = Arc::new(|seen| match judge(seen) {
            Judged::Right => Saw::Right,
            _ => panic!("MemoryStore is right"),
        });
        let draw: Draw = Arc::new(move |number| Arc::new(draw(kind, 0, number, false)));
        let (tally, _) = probe.rounds(&crew, plan, draw, &right).expect("MemoryStore is right");
        let a_second = |calls| f64::from(u32::try_from(calls).expect("few")) / start.elapsed().as_secs_f64();
        let (threads, all) = (a_second(tally.calls), a_second(tally.recorded));
        let overlap = 100.0 * tally.overlapping as f64 / tally.calls as f64;
        println!(
            "recorded_and_checked_a_second {kind:?} {threads:.0} of the threads, {all:.0} in all ({overlap:.0} % overlapped)"
        );
    }
}
