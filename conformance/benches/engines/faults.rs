//! How much of the fault zoo each engine finds alone.

use crate::{
    median,
    zoo::{
        self,
        fault::{Fault, is_sampled},
    },
};
use mneme_conformance::{Engine, Settings, run_exhaustive, run_random};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// As many programs as `quick` has, whatever time this machine takes for them: some 60,000 operations.
const PROGRAMS: usize = 600;
/// How long a call may take. Where calls hang, each one that shrinking tries costs it.
const DEADLINE: Duration = Duration::from_millis(300);
/// Past any time that the depth of `quick` takes, so that the depth ends the search and not the clock.
const NO_LIMIT: Duration = Duration::from_secs(3_600);
/// What takes longer is told, as it is what the bench waits for.
const LONG: Duration = Duration::from_secs(10);

/// What one engine brought over all faults.
#[derive(Default)]
struct Finds {
    operations: Vec<usize>,
    excess: Vec<usize>,
    missed: Vec<String>,
}

/// Has both engines look for each fault that they can see, and prints how they did.
pub(crate) fn find(list_what_is_missed: bool) {
    let all = zoo::faults();
    let seen: Vec<&Fault> = all.iter().filter(|fault| can_be_seen(fault)).collect();
    let next = AtomicUsize::new(0);
    let finds = Mutex::new([Finds::default(), Finds::default()]);
    // Each engine's result is of its own stores, so two faults can be looked for at once.
    let look = || {
        while let Some(fault) = seen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = Instant::now();
            let engines = [
                run_random(
                    (fault.subject)(),
                    &Settings::default().with_programs(PROGRAMS).with_deadline(DEADLINE),
                ),
                run_exhaustive(
                    (fault.subject)(),
                    &Settings::default().with_engine_budget(NO_LIMIT).with_deadline(DEADLINE),
                ),
            ];
            if start.elapsed() > LONG {
                println!("# {:.0} s: {} ({})", start.elapsed().as_secs_f64(), fault.name, fault.first);
            }
            note(&mut finds.lock().unwrap_or_else(PoisonError::into_inner), fault, &engines);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(look);
        }
    });
    println!("faults_that_engines_can_see {} of {}", seen.len(), all.len());
    for (name, mut finds) in ["random", "exhaustive"].into_iter().zip(finds.into_inner().unwrap_or_default())
    {
        println!("{name}_finds {} of {}", finds.operations.len(), seen.len());
        println!("{name}_operations_median {}", median(&mut finds.operations));
        println!(
            "{name}_excess_median {} (of {} that both find)",
            median(&mut finds.excess),
            finds.excess.len()
        );
        if list_what_is_missed {
            finds.missed.sort();
            finds.missed.iter().for_each(|missed| println!("{name} misses: {missed}"));
        }
    }
}

/// Whether one handle at a time can show it: no race, no other process, no file that is copied or damaged, and no size
/// that programs of a hundred operations do not reach.
fn can_be_seen(fault: &Fault) -> bool {
    let claims = (fault.subject)().claims();
    let is_of_files = claims.files || claims.snapshots || matches!(fault.first.area(), "files" | "integrity");
    !is_sampled(fault.first) && !fault.children && !is_of_files && fault.size == 0
}

fn note(finds: &mut [Finds; 2], fault: &Fault, engines: &[Engine; 2]) {
    let lengths = engines.each_ref().map(|engine| {
        engine.failure()?;
        engine.program().map(|program| program.0.len())
    });
    // Where one engine alone finds it, nothing shorter is known to compare with.
    let shortest = lengths[0].zip(lengths[1]).map(|(one, other)| one.min(other));
    for ((finds, engine), length) in finds.iter_mut().zip(engines).zip(lengths) {
        match length {
            Some(length) => {
                finds.operations.push(engine.operations());
                finds.excess.extend(shortest.map(|shortest| length - shortest));
            }
            None => finds.missed.push(format!("{} ({})", fault.name, fault.first)),
        }
    }
}
