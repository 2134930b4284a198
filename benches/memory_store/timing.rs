use crate::inputs::Key;
use std::{hint::black_box, sync::Barrier, thread, time::Instant};

/// Nanoseconds per item.
pub(crate) fn time<T, R>(
    items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    mut run: impl FnMut(T) -> R,
) -> f64 {
    let items = items.into_iter();
    let count = items.len();
    let start = Instant::now();
    for item in items {
        black_box(run(item));
    }
    let elapsed = start.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a figure has three digits")]
    let count = count as f64;
    elapsed.as_secs_f64() * 1e9 / count
}

/// Runs both, the one first in even rounds and the other in odd ones.
pub(crate) fn in_turns(
    round: usize,
    of_store: impl FnOnce() -> f64,
    of_map: impl FnOnce() -> f64,
) -> (f64, f64) {
    if round.is_multiple_of(2) {
        let of_store = of_store();
        (of_store, of_map())
    } else {
        let of_map = of_map();
        (of_store(), of_map)
    }
}

/// So many lookups last long beside the start of a thread.
const LOOKUPS: usize = 60_000;

/// The throughput of two threads, each with its keys, in that of one thread with both.
pub(crate) fn two_to_one<R>(keys: &[Vec<Key>; 2], get: impl Fn(&Key) -> R + Sync) -> f64 {
    let barrier = &Barrier::new(2);
    let read = &|keys: &Vec<Key>| {
        let passes = LOOKUPS.div_ceil(keys.len());
        time(0..passes, |_| keys.iter().for_each(|key| drop(black_box(get(key)))))
    };
    let alone = keys.iter().map(read).sum::<f64>() / 2.0;
    let together = thread::scope(|threads| {
        let started = keys.each_ref().map(|keys| {
            threads.spawn(move || {
                barrier.wait();
                read(keys)
            })
        });
        started.map(|thread| thread.join().expect("a reader does not panic"))
    });
    2.0 * alone / together[0].max(together[1])
}
