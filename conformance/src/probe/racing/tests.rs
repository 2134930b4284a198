use super::*;
use crate::{
    race::{Judged, Kind, draw, judge},
    settings::Settings,
    subject::Subject,
};

// The figure is of this machine, so nothing is asked of it: `.ci/run bench-races` prints it.
#[test]
#[ignore = "it measures, and needs the machine for itself"]
#[allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "it prints figures")]
fn calls_recorded_and_checked_in_a_second() {
    for kind in [Kind::Single, Kind::WholeReads, Kind::WholeWrites] {
        let subject = Arc::new(Subject::volatile(mneme::MemoryStore::new));
        let mut probe = Probe::unwatched(subject, Settings::default());
        let crew = Crew::start(THREADS, "a bench").expect("threads");
        let plan = Plan {
            overlapping: usize::MAX,
            shows_in: 1,
            calls: usize::MAX,
            time: Duration::from_secs(5),
            repeats: 4,
        };
        let start = Instant::now();
        let right = |seen: &Recording| match judge(seen) {
            Judged::Right => Saw::Right,
            _ => panic!("MemoryStore is right"),
        };
        let tally = probe.rounds(&crew, plan, &|n| draw(kind, 0, n), &right).expect("MemoryStore is right");
        let a_second = tally.calls as f64 / start.elapsed().as_secs_f64();
        let overlap = 100.0 * tally.overlapping as f64 / tally.calls as f64;
        println!("recorded_and_checked_a_second {kind:?} {a_second:.0} ({overlap:.0} % overlapped)");
    }
}
