use super::{super::Crew, *};
use crate::{
    operation::Op,
    race::{Act, Made},
    sample,
    subject::Subject,
};
use mneme::MemoryStore;
use std::sync::atomic::AtomicBool;

fn ground() -> Ground {
    Ground { subject: Arc::new(Subject::volatile(MemoryStore::new)), process: None }
}

/// A round in which each of some threads inserts an entry of its own, and all are counted in the end.
fn inserts(threads: usize) -> Round {
    let insert = |thread: usize| Act::Call(Op::Insert(sample::entry("a", &format!("{thread}"))));
    Round {
        threads: (0..threads).map(|thread| vec![insert(thread)]).collect(),
        after: vec![Act::Call(Op::Count(None))],
        ..Round::default()
    }
}

fn run(ground: Ground, until: Until, draw: fn(usize) -> Round, judge: Judge) -> Arc<Series> {
    let series = Arc::new(Series::new(ground, Arc::new(move |n| Arc::new(draw(n))), judge, until));
    Crew::start(3, "a test").expect("threads").run(&series);
    series
}

fn is_right(seen: &Recording) -> bool {
    let threads = seen.round.threads.len();
    let counted = seen.after.first().and_then(Made::outcome);
    seen.threads.len() == threads
        && seen.threads.iter().all(|made| made.len() == 1 && made[0].returned.is_some())
        && matches!(counted, Some(Outcome::Number(count)) if *count == threads as u64)
}

fn judged(seen: &Recording) -> Saw {
    if is_right(seen) { Saw::Right } else { Saw::WrongAlone }
}

#[test]
fn every_thread_plays_its_part_of_each_round_and_what_it_left_is_looked_at() {
    let most = 3 * MOST_AT_ONCE + 1;
    let counted = Until::Counted { most, time: Duration::MAX };
    // Rounds of two threads and of three, mixed.
    let series = run(ground(), counted, |n| inserts(2 + n % 2), Arc::new(judged));
    let Tally { rounds, wrong, calls, recorded, .. } = series.tally();
    assert_eq!((rounds, wrong), (most, 0));
    assert_eq!(recorded, calls + rounds, "each round has one call in the end");
}

/// The numbers of the rounds that are drawn where so many are run.
fn drawn(ground: Ground, most: usize) -> Vec<usize> {
    let drawn = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&drawn);
    let draw: Draw = Arc::new(move |n| {
        seen.lock().expect("nobody panics").push(n);
        Arc::new(inserts(2))
    });
    let until = Until::Counted { most, time: Duration::MAX };
    let series = Arc::new(Series::new(ground, draw, Arc::new(judged), until));
    Crew::start(3, "a test").expect("threads").run(&series);
    let mut drawn = drawn.lock().expect("nobody panics").clone();
    drawn.sort_unstable();
    drawn.dedup();
    drawn
}

#[test]
fn each_round_is_drawn_and_run_a_few_times() {
    let drawn = drawn(ground(), 4 * MOST_AT_ONCE);
    assert_eq!(drawn, (0..4 * MOST_AT_ONCE / REPEATS).collect::<Vec<_>>());
}

#[test]
fn on_a_site_each_round_is_drawn_anew() {
    let of_the_site = Subject::durable(|_| MemoryStore::new());
    let ground = Ground { subject: Arc::new(of_the_site), process: None };
    assert_eq!(drawn(ground, 3 * REPEATS), (0..3 * REPEATS).collect::<Vec<_>>());
}

#[test]
fn on_a_site_each_kind_of_round_is_interrupted_and_is_not() {
    // Kinds come every eighth time, and in every other eight the threads have one handle. Round 0 is in batch 1.
    for kind in 0..16 {
        let turns: Vec<bool> = (0..4).map(|turn| is_restless(1 + kind + 16 * turn)).collect();
        assert!(turns.contains(&true) && turns.contains(&false), "{kind}: {turns:?}");
    }
    let restless = (1..=64).filter(|batch| is_restless(*batch)).count();
    assert_eq!(restless, 64 / RESTLESS);
}

#[test]
fn a_series_stops_where_something_is_wrong_and_goes_on_from_there() {
    let most = 5 * MOST_AT_ONCE;
    // What has three threads is called wrong.
    let draw = |n: usize| Round { after: Vec::new(), ..inserts(2 + n % 2) };
    let is_odd: Judge = Arc::new(|seen| if seen.threads.len() == 3 { Saw::WrongAlone } else { Saw::Right });
    let series =
        Arc::new(Series::new(ground(), Arc::new(move |n| Arc::new(draw(n))), is_odd, Until::Wrong { most }));
    let crew = Crew::start(3, "a test").expect("threads");
    let (mut stops, mut found) = (0, 0);
    loop {
        crew.run(&series);
        let (now, failed) = series.take_found();
        assert!(failed.is_none());
        if now.is_empty() {
            break;
        }
        assert!(now.iter().all(|found| found.recording.threads.len() == 3));
        stops += 1;
        found += now.len();
    }
    let tally = series.tally();
    assert!(stops > 1, "it stopped {stops} times");
    assert_eq!((tally.rounds, tally.wrong), (most, found));
}

#[test]
fn a_plan_is_fulfilled_by_calls_that_ran_beside_others() {
    let plan = Plan::for_a_race(50, 0.1, Duration::MAX);
    let series = run(ground(), Until::Fulfilled(plan), |_| inserts(2), Arc::new(judged));
    let Tally { judged, calls, .. } = series.tally();
    assert!(judged >= plan.overlapping || calls >= plan.calls, "{judged} of {calls}");
    // Not many more than were asked for: rounds are counted batch by batch.
    assert!(calls <= plan.calls + 2 * MOST_AT_ONCE);
}

#[test]
fn a_store_that_cannot_be_made_ends_the_series() {
    let works = AtomicBool::new(true);
    let factory = move || {
        if works.swap(false, Ordering::AcqRel) { Ok(MemoryStore::new()) } else { Err("no room") }
    };
    let ground = Ground { subject: Arc::new(Subject::volatile(factory)), process: None };
    let series = run(ground, Until::Wrong { most: usize::MAX }, |_| inserts(2), Arc::new(judged));
    let (found, failed) = series.take_found();
    assert!(found.is_empty());
    assert!(matches!(failed, Some(Outcome::NotMade(why)) if why == "no room"));
    assert_eq!(series.tally().rounds, 1);
}

#[test]
fn a_panic_of_whoever_judges_is_seen() {
    let crew = Crew::start(3, "a test").expect("threads");
    let judge: Judge = Arc::new(|_| panic!("a mistake"));
    let draw: Draw = Arc::new(|_| Arc::new(inserts(2)));
    let series = Arc::new(Series::new(ground(), draw, judge, Until::Wrong { most: 1 }));
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| crew.run(&series)));
    let panic = ran.expect_err("it panicked");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"a mistake"));
}

// Whoever watches sees in which call a thread is, also in those that no other thread runs beside.
#[test]
fn what_is_done_before_and_after_is_seen_from_outside() {
    let lane = Lane::default();
    let clock = AtomicU64::new(1);
    let round = Round { before: vec![Act::Call(Op::VersionCounter)], ..inserts(2) };
    let before = lane.beat();
    let place = ground().place(&round, &lane, &clock).unwrap_or_else(|failed| panic!("{failed}"));
    // Made, opened, and one call: each begins and ends.
    assert_eq!(lane.beat() - before, 6);
    assert_eq!(place.before.len(), 1);
    place.leave(&lane, &clock);
    // Both threads had the handle, and each gives it back.
    assert_eq!(lane.beat() - before, 10);
}
